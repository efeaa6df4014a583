"""In which futures the plan fails: boxes of few inputs that hold most failures and little else (PRIM)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.summary import Estimate, ratio
from simulator.weighting import Draws

SCRAMBLES = 8  # draw d belongs to scramble d mod 8: those of even number find the boxes, the others measure them
ENOUGH_FAILURES = 20  # failures below which no box is looked for
_SIGNIFICANT, _EARNED = 0.05, 0.02  # a limit goes that chance explains as often, or that adds less than this share of the score
_CONFIRMED, _WEAKEST = 0.01, 0.1  # where it is measured: chance of so many failures in a box at most, and its score at least
_SLICE, _ROUNDS = 10, 20  # draws that a peel takes away at least; rounds of moving limits, which settle within a few

Limits = dict[tuple[int, int], float]  # (column of the inputs, side 1 or -1) -> the most that side x value may be


@dataclass(frozen=True)
class Box:
    """A region of the inputs, and what it holds of the draws that did not help to find it.

    `limits`: input -> lowest and highest value inside, both included, in the input's unit; None: unbounded on that side. Shares [1]:
    `coverage`, of all failures that lie inside; `density`, of the draws inside that fail (`base_rate`: of all draws); `mass`, of all draws
    that lie inside; `added`, of all failures that lie inside and in no box before. `removed`: inputs limited and freed again.
    """

    limits: dict[str, tuple[float | None, float | None]]
    coverage: Estimate
    density: Estimate
    mass: float
    base_rate: float
    added: Estimate
    removed: tuple[str, ...]

    def contains(self, inputs: xr.Dataset) -> np.ndarray:
        """Which draws lie inside: bool[draw]; those without a number do not."""
        inside = np.ones(inputs.sizes["draw"], bool)
        for name, (low, high) in self.limits.items():
            values = np.asarray(inputs[name].values, dtype=float)
            inside &= (values >= (-np.inf if low is None else low)) & (values <= (np.inf if high is None else high))
        return inside


def find_boxes(inputs: xr.Dataset, failed: xr.DataArray, *, most: int = 2, peel: float = 0.05, smallest: float = 0.05) -> list[Box]:
    """Boxes of the inputs in which the plan fails, most telling first; none where the inputs do not tell failures apart.

    Parameters
    ----------
    inputs, failed : Dataset of float64(draw), bool(draw)
        One variable an input, in any unit (those of one value only are passed over), and whether the plan fails; matched by the
        coordinate `draw`, in whatever order.
    most, peel, smallest
        Boxes at most, each looked for among the draws that those before it leave; share [1] of a box that each peel takes away (draws
        of equal value go together); share [1] of the draws that a box must hold.

    Notes
    -----
    Found on scrambles 0, 2, 4, 6 and measured on 1, 3, 5, 7, so that the search flatters no figure. Standard errors come from the four
    that measure: for 95%, Student's t with 3 degrees, 3.18 of them to either side. A box scores the correlation of lying inside with
    failing: near sqrt(coverage x density) where failures are few, and nothing for holding all draws. The edge of an input with the
    fewest failures is cut off, again and again; of the boxes on the way, the one that scores best is kept, each limit moved to where
    the score is greatest (pasting), and limits dropped that chance explains (binomial test, 5%) or that add less than 2% to the score.
    It is reported if it holds where it is measured: at 1%, with a score of 0.1.
    SimulatorError: draws missing or repeated, inputs no numbers; a plan that fails always, never or fewer than 20 times. Sources: J. H.
    Friedman, N. I. Fisher, Statistics and Computing 9 (1999) 123-143; B. P. Bryant, R. J. Lempert, Technological Forecasting and
    Social Change 77 (2010) 34-49 (coverage, density, quasi-p-values).
    """
    draw, values, names, fails = _matched(inputs, failed)
    finds, before = draw % 2 == 0, np.zeros(draw.size, bool)
    boxes: list[Box] = []
    while len(boxes) < most:
        here, there = finds & ~before, ~finds & ~before
        limits, removed = _search(values[here], fails[here].astype(float), peel, max(smallest * finds.sum(), 1.0))
        inside = _inside(values, limits)
        chance = _chance(inside[there], fails[there], fails[there].mean()) if limits and there.any() else 1.0
        if chance >= _CONFIRMED or _score(inside[there].sum(), fails[there & inside].sum(), fails[there]) < _WEAKEST:
            break
        boxes.append(_measured(limits, names, removed, draw[~finds], inside[~finds], fails[~finds], before[~finds]))
        before |= inside
    return boxes


def _matched(inputs: xr.Dataset, failed: xr.DataArray) -> tuple[np.ndarray, np.ndarray, list[str], np.ndarray]:
    """Draws in order of their numbers, float64[draw, input] of the inputs that vary, their names, and which draws fail."""
    _refuse(any("draw" not in each.coords or np.unique(each["draw"].values).size != each.sizes["draw"] for each in (inputs, failed)),
            "抽样编号（坐标 draw）缺失或有重复", "the numbers of the draws (coordinate `draw`) are missing or repeated")
    draw = np.sort(inputs["draw"].values)
    _refuse(not np.array_equal(draw, np.sort(failed["draw"].values)),
            "输入与结果的抽样编号不同", "inputs and results are not of the same draws")
    columns = {str(name): np.asarray(each.sel(draw=draw).values, dtype=float) for name, each in inputs.data_vars.items()}
    unknown = [name for name, column in columns.items() if np.isnan(column).any()] + ["failed"] * bool(failed.isnull().any())
    _refuse(bool(unknown), f"有缺失值：{'、'.join(unknown)}", f"missing values in {', '.join(unknown)}")
    fails = failed.sel(draw=draw).values.astype(bool)
    n = int(fails.sum())
    _refuse(n == fails.size, "方案在这些抽样中全部失败，无从区分", "the plan always fails in these draws: nothing to tell apart")
    _refuse(n == 0, "方案在这些抽样中从未失败，无从区分", "the plan never fails in these draws: nothing to tell apart")
    _refuse(n < ENOUGH_FAILURES, f"方案只在 {n} 次抽样中失败，少于 {ENOUGH_FAILURES} 次，无法归纳情形；请增加抽样次数",
            f"the plan fails in only {n} draws, fewer than {ENOUGH_FAILURES}; take more draws")
    varied = {name: column for name, column in columns.items() if column.min() < column.max()}
    return draw, np.stack([*varied.values()], axis=1) if varied else np.empty((draw.size, 0)), list(varied), fails


def _refuse(fault: bool, zh: str, en: str) -> None:
    if fault:
        raise SimulatorError(tr(zh, en))


def _inside(values: np.ndarray, limits: Limits, besides: tuple[int, int] | None = None) -> np.ndarray:
    """Which draws keep to all limits, or to all but one."""
    kept = np.ones(len(values), bool)
    for column, side in limits.keys() - {besides}:
        kept &= side * values[:, column] <= limits[column, side]
    return kept


def _score(n: np.ndarray, hits: np.ndarray, fails: np.ndarray) -> np.ndarray:
    """Correlation of lying inside with failing, for boxes of n draws with so many failures; 0 where either does not vary."""
    total, failures, n = float(fails.size), float(fails.sum()), np.asarray(n, dtype=float)
    spread = n * (total - n) * failures * (total - failures)
    return (hits * total - n * failures) / np.sqrt(np.where(spread > 0.0, spread, np.inf))


def _chance(inside: np.ndarray, fails: np.ndarray, rate: float) -> float:
    """Probability of so many failures inside, or more, were this their rate (quasi-p-value)."""
    from scipy.special import bdtrc

    return float(bdtrc(int(fails[inside].sum()) - 1, int(inside.sum()), rate))


def _search(values: np.ndarray, fails: np.ndarray, peel: float, smallest: float) -> tuple[Limits, set[int]]:
    """Limits of the best box, empty where there is none, and the columns freed again."""
    limits = _pasted(values, fails, _peeled(values, fails, peel, smallest), smallest)
    peeled = {column for column, _ in limits}
    while limits:
        least = (1.0 - _EARNED) * _score((box := _inside(values, limits)).sum(), fails[box].sum(), fails)
        wider = {key: _inside(values, limits, besides=key) for key in limits}
        scores = {key: float(_score(wide.sum(), fails[wide].sum(), fails)) for key, wide in wider.items()}
        weak = [key for key in limits if scores[key] > least or _chance(box, fails, fails[wider[key]].mean()) >= _SIGNIFICANT]
        if not weak:
            break
        del limits[max(weak, key=lambda key: scores[key])]
        limits = _pasted(values, fails, limits, smallest)
    return limits, peeled - {column for column, _ in limits}


def _peeled(values: np.ndarray, fails: np.ndarray, peel: float, smallest: float) -> Limits:
    """Cut off, again and again, the edge with the fewest failures: the best box on the way."""
    limits, inside, scored = Limits(), np.arange(len(values)), [(0.0, Limits())]
    while values.size and (edge := max(int(peel * inside.size), _SLICE)) < inside.size and not fails[inside].all():
        held, n = values[inside], inside.size
        ordered = np.partition(held, (edge - 1, n - edge), axis=0)
        cut = np.concatenate([held >= ordered[n - edge], held <= ordered[edge - 1]], axis=1)
        share = np.where(n - cut.sum(axis=0) >= smallest, fails[inside] @ cut / cut.sum(axis=0), np.inf)
        if np.isinf(share[fewest := int(np.argmin(share))]):
            break
        inside = inside[~cut[:, fewest]]
        column, side = fewest % values.shape[1], 1 if fewest < values.shape[1] else -1
        limits[column, side] = float((side * values[inside, column]).max())
        scored.append((float(_score(inside.size, fails[inside].sum(), fails)), dict(limits)))
    return max(scored, key=lambda each: each[0])[1]


def _pasted(values: np.ndarray, fails: np.ndarray, limits: Limits, smallest: float) -> Limits:
    """Move every limit, out or in, to where the score is greatest given all others, until none moves; one that holds all goes."""
    for _ in range(_ROUNDS):
        before = limits
        for column, side in before:
            others = _inside(values, limits, besides=(column, side))
            order = np.argsort(side * values[others, column], kind="stable")
            x, n = (side * values[others, column])[order], np.arange(1, order.size + 1)
            score = _score(n, np.cumsum(fails[others][order]), fails)
            score[np.append(x[1:] == x[:-1], False) | (n < smallest)] = -np.inf
            last = order.size - 1 - int(np.argmax(score[::-1]))  # of equals the widest
            limits = limits | {(column, side): float(x[last]) if last < order.size - 1 else np.inf}
        limits = {key: limit for key, limit in limits.items() if limit < np.inf}
        if limits == before:
            break
    return limits


def _measured(limits: Limits, names: list[str], removed: set[int], draw: np.ndarray, inside: np.ndarray, fails: np.ndarray,
              before: np.ndarray) -> Box:
    """The box as the draws see it that did not find it."""
    weights = np.column_stack([np.ones(draw.size), *(draw % SCRAMBLES == odd for odd in range(1, SCRAMBLES, 2))])
    draws = Draws(SCRAMBLES // 2, weights / np.maximum(weights.sum(axis=0), 1.0))

    def share(hits: np.ndarray, among: np.ndarray) -> Estimate:
        found = ratio(hits.astype(float), among.astype(float), draws)
        return found if 0.0 < found.value < 1.0 else Estimate(found.value, 1.5 / float(among.sum()))  # rule of three, as in summary

    sides = {names[i]: (-limits[i, -1] if (i, -1) in limits else None, limits.get((i, 1))) for i, _ in sorted(limits)}
    return Box(sides, coverage=share(inside & fails, fails), density=share(inside & fails, inside),
               mass=float(inside.mean()), base_rate=float(fails.mean()), added=share(inside & fails & ~before, fails),
               removed=tuple(names[i] for i in sorted(removed)))
