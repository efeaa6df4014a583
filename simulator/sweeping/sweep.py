"""Move one or two levers over a grid: every figure at every point, under one luck, against the scenario as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.headlines import unchanged
from simulator.language import tr
from simulator.levers import Values, read_values, with_levers
from simulator.metrics import Constraint, Metric, needed_by, read_constraint, read_metrics
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS, T_OF_EIGHT, as_parts, estimate_of, mean
from simulator.units import unit_of, written_in
from simulator.variants import SharedLuck
from simulator.weighting import Draws

MOST_POINTS = 2500
FINER = 7  # points that are put between two values of a lever where a condition changes
SWEPT = ("outlay", "p95(outlay)", "outlay_peak", "supported_investment", "induced_investment", "leverage_gross", "leverage_net",
         "deadweight_share", "awards", "energy_induced", "energy_target", "in_budget", "joint")
PER_DRAW = ("outlay", "outlay_peak", "induced_investment", "supported_investment", "deadweight", "energy_saving", "energy_induced")


def sweep(scenario: Scenario, vary: Sequence[str | Values], *, metrics: Sequence[str] = SWEPT, breaks: Sequence[str] = (),
          luck: SharedLuck | None = None, progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """Simulate the scenario with every combination of the values of one or two levers.

    Parameters
    ----------
    vary : one or two of str
        `upgrade_loan_interest.rate=30%..70%:9`, or values one by one: `upgrade_lease.cap=1000万元,2000万元,无`.
    metrics : sequence of str
        What the tables are of: `outlay`, `p95(outlay)`, `P(outlay_peak<=20亿元)`.
    breaks : sequence of str
        Conditions whose break-even points are looked for besides net leverage 1: `mean(outlay)<=60亿元`.

    Returns
    -------
    Dataset(lever, [lever,] metric, part)
        The dims of the levers bear their names, and their coordinates are numbers in CNY, shares or counts (inf: no limit),
        with the text of each as `text_of_...`. `value` of each metric, `difference` from the scenario as it stands, `base`
        (metric, part), `unchanged` (lever...), and the headlines of every draw (lever..., draw). Where one lever is moved,
        `break_even` (condition, crossing, edge) as `break_even` gives it, with further points where conditions change, and
        `margin` (step, part), what one more yuan of outlay induces from one value to the next. attrs: projects.

    Raises
    ------
    SimulatorError
        Naming a lever, value or metric that is none.
    """
    axes = [read_values(scenario, each) if isinstance(each, str) else each for each in vary]
    if not 1 <= len(axes) <= 2 or len({each.lever.name for each in axes}) != len(axes):
        raise SimulatorError(tr("请给一个或两个不同的调节项（--vary）", "vary one or two different levers (--vary)"))
    points = list(product(*(each.texts for each in axes)))
    if len(points) > MOST_POINTS:
        raise SimulatorError(tr(f"共 {len(points):,} 点，上限 {MOST_POINTS:,}：请减少取值",
                                f"{len(points):,} points; the most is {MOST_POINTS:,}"))
    read = read_metrics(metrics, scenario)
    conditions = list({each.text: each for each in map(read_constraint, ("leverage_net>=1", *breaks))}.values())
    asked = [*read, *read_metrics((each.metric.text for each in conditions), scenario)]
    base = scenario.renamed("as.it.stands")
    variants = [with_levers(scenario, [(axis.lever, text) for axis, text in zip(axes, point, strict=True)], f"point.{i}")
                for i, point in enumerate(points)]
    luck = luck or SharedLuck()
    lines = luck.headlines([base, *variants], progress, keep=(*PER_DRAW, *needed_by(asked)))
    sets = [lines.isel(variant=i) for i in range(len(variants) + 1)]
    draws = [Draws.of(own) for own in sets]
    shape, dims = tuple(len(each.texts) for each in axes), tuple(each.lever.name for each in axes)
    table = _over(axes, read).assign_attrs({"scenario": scenario.name, "projects": lines.attrs["projects"], "draws": lines.sizes["draw"],
                                            "scrambles": lines.attrs["scrambles"]})
    moved, whole = list(zip(sets, draws, strict=True))[1:], (*shape, len(read))
    table["base"] = (("metric", "part"), as_parts([each.estimate(sets[0], draws[0]) for each in read]))
    table["value"] = ((*dims, "metric", "part"), as_parts([each.estimate(*pair) for pair in moved for each in read], *whole))
    apart = [each.difference(own, sets[0], its, draws[0]) for own, its in moved for each in read]
    table["difference"] = ((*dims, "metric", "part"), as_parts(apart, *whole))
    table["unchanged"] = (dims, np.reshape([unchanged(sets[0], own) for own in sets[1:]], shape))
    for name in PER_DRAW:
        table[name] = ((*dims, "draw"), lines[name].values[1:].reshape(*shape, -1), lines[name].attrs)
    if len(axes) == 1:
        table["margin"] = (("step", "part"), _margins(sets[1:], draws[1:]))
        finer = _finer(scenario, axes[0], sets[1:], conditions, luck, needed_by(asked))
        table["break_even"] = _crossing_by_condition({each.text: break_even(*finer, each) for each in conditions})
    return table


def _over(axes: Sequence[Values], metrics: Sequence[Metric]) -> xr.Dataset:
    """The coordinates of a sweep: the values of each lever as numbers and as they are written, the metrics with their units."""
    table = xr.Dataset(coords={"metric": [each.text for each in metrics], "part": ["value", "error"]})
    for axis in axes:
        named = {"long_name": axis.lever.title, "written": str(axis.lever.written)}
        table = table.assign_coords({axis.lever.name: (axis.lever.name, axis.numbers, named),
                                     f"text_of_{axis.lever.name}": (axis.lever.name, [text or tr("无", "none") for text in axis.texts])})
    table["unit"] = ("metric", [each.units for each in metrics])
    return table


def _crossing_by_condition(found: dict[str, list[tuple[float, float, float]]]) -> xr.DataArray:
    """float64[condition, crossing, edge]: nan where a condition has fewer crossings than another."""
    most = max((len(each) for each in found.values()), default=0)
    edges = np.array([[*each, *[(np.nan,) * 3] * (most - len(each))] for each in found.values()], float).reshape(len(found), most, 3)
    return xr.DataArray(edges, dims=("condition", "crossing", "edge"),
                        coords={"condition": list(found), "edge": ["value", "low", "high"]})


def _margins(sets: Sequence[xr.Dataset], draws: Sequence[Draws]) -> np.ndarray:
    """float64[step, part]: induced investment over outlay, of what is added from one value to the next; nan where nothing is."""
    paid, induced = (np.array([mean(own[name].values, its.weights) for own, its in zip(sets, draws, strict=True)])
                     for name in ("outlay", "induced_investment"))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.diff(induced, axis=0) / np.diff(paid, axis=0)
    n_draw = sets[0].sizes["draw"]
    return as_parts([estimate_of(each if np.isfinite(each).all() else np.full_like(each, np.nan), n_draw) for each in found])


def _finer(scenario: Scenario, axis: Values, sets: Sequence[xr.Dataset], conditions: Sequence[Constraint], luck: SharedLuck,
           keep: Sequence[str]) -> tuple[list[float], list[xr.Dataset]]:
    """The values and headlines with more points between those where a condition changes: a straight line there would be a guess."""
    numbers, texts = list(axis.numbers), [text for text in axis.texts if text is not None]
    if axis.lever.whole or not texts:
        return numbers, list(sets)
    steps = [(low, high) for low, high in pairwise(sorted(x for x in numbers if np.isfinite(x)))
             if any(low <= at <= high for condition in conditions for at, _, _ in break_even(numbers, sets, condition))]
    unit = unit_of(texts[0])
    between = dict.fromkeys(written_in(unit, low + (high - low) * i / (FINER + 1)) for low, high in steps for i in range(1, FINER + 1))
    new = [text for text in between if text not in texts]
    if not new:
        return numbers, list(sets)
    lines = luck.headlines([with_levers(scenario, [(axis.lever, text)], f"between.{i}") for i, text in enumerate(new)], keep=keep)
    return numbers + Values(axis.lever, tuple(new)).numbers, [*sets, *(lines.isel(variant=i) for i in range(len(new)))]


def break_even(numbers: Sequence[float], sets: Sequence[xr.Dataset], condition: Constraint) -> list[tuple[float, float, float]]:
    """Where a condition begins or ceases to hold along a lever: (value, low, high) of each crossing, by straight lines between points.

    The interval is of 95%: the same crossing in every scramble, 2.365 standard errors about it, but not beyond the range; where a
    scramble crosses nowhere, it is the whole range.
    """
    if condition.metric.tail and sets[0].sizes["draw"] < ENOUGH_FOR_TAILS:
        return []
    x = np.asarray(numbers, float)
    order = np.argsort(x)
    order = order[np.isfinite(x[order])]
    x = x[order]
    margins = np.stack([condition.condition.margin(condition.metric.columns(sets[i], Draws.of(sets[i]))) for i in order])
    crossings = [_crossings(x, column) for column in margins.T]
    found = []
    for at in crossings[0]:
        of_scrambles = [min(each, key=lambda other, here=at: abs(other - here), default=np.nan) for each in crossings[1:]]  # type: ignore[misc]
        error = estimate_of(np.array([at, *of_scrambles]), sets[0].sizes["draw"]).error
        half = T_OF_EIGHT * error if np.isfinite(error) else np.inf
        found.append((at, max(at - half, float(x[0])), min(at + half, float(x[-1]))))
    return found


def _crossings(x: np.ndarray, margins: np.ndarray) -> list[float]:
    """Where margins change their sign along x, on straight lines between points."""
    holds = margins >= 0.0
    places = np.flatnonzero((holds[:-1] != holds[1:]) & np.isfinite(margins[:-1]) & np.isfinite(margins[1:]))
    return [float(x[i] + margins[i] / (margins[i] - margins[i + 1]) * (x[i + 1] - x[i])) for i in places]
