"""Which factors an output's variance comes from: first-order and total Sobol indices, each with its error from independent scrambles."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.language import tr

PARTS = ("value", "error", "low", "high")
_ROUNDING = 1e-12  # of the largest value: a standard deviation below it is that of adding up
_CHANCE = 4.0  # standard errors of no correlation: rows that belong together are further from none
_IMPOSSIBLE = 6.0  # standard errors below zero: no rows that belong together are there
_ERRORS, _MARGIN = 10.0, 0.2  # by how many errors, and how much at least, indices must contradict each other to be refused
_ENOUGH_DRAWS, _ENOUGH_VARIED = 256, 30  # draws, and draws off the commonest value: below, rows look shuffled by chance
_ENOUGH_TO_CONTRADICT = 512  # draws: with fewer, all scrambles may err alike, and the error does not tell


class NoVariance(SimulatorError):
    """The output is the same in all draws, or in all but so few that indices cannot be told."""


def sobol_indices(base: xr.DataArray, other: xr.DataArray, mixed: xr.DataArray, *, scrambles: int = 8, aligned: bool = False) -> xr.Dataset:
    """Share of an output's variance that each factor explains alone (first) and with all its interactions (total).

    Parameters
    ----------
    base, other : float64(draw)  [any one unit]
        The output at two independent samples of all factors. Draw d belongs to scramble d mod `scrambles`; all draws count alike.
    mixed : float64(factor, draw)  [the same]
        The output at base's points with the columns of this one factor, or group of factors, taken from `other`. Factors must be
        independent of each other; columns within a group need not be.

    aligned : bool
        Whether rows are known to belong together, as where one program has made them all: labels are checked, and values not. A
        figure of which chance and the drivers make something only together looks like shuffled rows where draws are few.

    Returns
    -------
    Dataset(factor, part)
        `first` and `total` [1], with `interactions` (part) = 1 - the sum of `first`, and `variance` (part) [unit squared].
        `part` is value, error (standard error), low and high (95%: value -+ Student's t with scrambles - 1 degrees x error).
        Nothing is clipped, for an index of zero must be able to fall below it; to show a figure, clip value and limits to 0..1.

    Raises
    ------
    SimulatorError
        For draws that are missing, repeated, unequal or in another order, values that are no numbers, an output that does not vary,
        fewer than two draws a scramble, and rows that do not belong together although their labels say so.

    Notes
    -----
    With a, b, m the outputs at the three points: total = E(m - a)^2 / (var a + var m) (Jansen 1999), which no factor without
    influence makes anything but 0. First = the correlation of b and m, less what a lends them by chance (after
    Glen and Isaacs 2012), written with m - a so that small indices have small errors; it is exact for a factor that is
    everything or nothing. Errors: delete-one-scramble jackknife.

    References
    ----------
    M. J. W. Jansen, Computer Physics Communications 117 (1999) 35-43; G. Glen, K. Isaacs, Environmental Modelling & Software 37
    (2012) 157-166; A. Saltelli et al., Computer Physics Communications 181 (2010) 259-270.
    """
    from scipy.special import stdtrit

    mixed = mixed.transpose("factor", "draw")
    draw = _draws(base, other, mixed, scrambles)
    a, b, m = (np.asarray(each.values, dtype=float) for each in (base, other, mixed))
    _refuse_values(a, b, m)
    centre = (a.mean() + b.mean()) / 2
    found = _estimates(a - centre, b - centre, m - centre, draw % scrambles, scrambles)
    if not all(np.isfinite(each).all() for each in found):
        raise NoVariance(tr("结果只在极少数抽样中有变化，或两组样本相同，无法计算敏感性指数；请增加抽样次数",
                            "the output varies in too few draws, or both samples are the same: no indices; take more draws"))
    if not aligned:
        _refuse_strangers(a, b, m, [str(name) for name in mixed["factor"].values])
    if not aligned and a.size >= _ENOUGH_TO_CONTRADICT:
        _refuse_contradiction(_with_errors(found[1]), _with_errors(found[2]))
    return _table(mixed, base.attrs.get("units", "1"), found, stdtrit(scrambles - 1, 0.975))


def no_indices(mixed: xr.DataArray) -> xr.Dataset:
    """The table of an output that does not vary: nan throughout."""
    nothing = np.full(2, np.nan)
    each = np.full((mixed.sizes["factor"], 2), np.nan)
    return _table(mixed, "1", (nothing, each, each), np.nan)


def _draws(base: xr.DataArray, other: xr.DataArray, mixed: xr.DataArray, scrambles: int) -> np.ndarray:
    """The numbers of the draws, once all three are known to have the same, each once."""
    if not all("draw" in each.coords and np.issubdtype(each["draw"].dtype, np.integer) for each in (base, other, mixed)):
        raise SimulatorError(tr("缺少抽样编号（坐标 draw，整数），无法核对各行是否对应",
                                "the numbers of the draws are missing (coordinate `draw`, whole numbers): rows cannot be matched"))
    draw = base["draw"].values
    if any(np.unique(each["draw"].values).size != each.sizes["draw"] for each in (base, other, mixed)):
        raise SimulatorError(tr("抽样编号有重复", "some draws appear more than once"))
    for each in (other, mixed):
        if not np.array_equal(np.sort(draw), np.sort(each["draw"].values)):
            raise SimulatorError(tr("各组结果的抽样编号不同，无法逐行比较", "the results are not of the same draws"))
        if not np.array_equal(draw, each["draw"].values):
            raise SimulatorError(tr("行的次序不一致：各组结果的抽样编号相同，但排列次序不同",
                                    "rows are in different orders: the results are of the same draws, but not in the same order"))
    if np.bincount(draw % scrambles, minlength=scrambles).min() < 2:
        raise SimulatorError(tr(f"抽样太少：{scrambles} 组随机化中每组至少要有 2 次抽样，共 {draw.size} 次",
                                f"too few draws: each of the {scrambles} scrambles needs at least 2, and there are {draw.size} in all"))
    return np.asarray(draw)


def _refuse_values(a: np.ndarray, b: np.ndarray, m: np.ndarray) -> None:
    if not (np.isfinite(a).all() and np.isfinite(b).all() and np.isfinite(m).all()):
        raise SimulatorError(tr("结果中有缺失值或无穷大，无法计算敏感性指数",
                                "some outputs are not finite numbers: no sensitivity indices"))
    both = np.concatenate([a, b])
    if both.std() <= _ROUNDING * np.abs(both).max():
        raise NoVariance(tr("结果在所有抽样中相同，没有可分解的方差",
                            "the output is the same in all draws: there is no variance to apportion"))


def _estimates(a: np.ndarray, b: np.ndarray, m: np.ndarray, scramble: np.ndarray, scrambles: int) -> tuple[np.ndarray, ...]:
    """Variance, first and total: float64[..., 1 + scramble], of all draws, then without each scramble."""
    member = (scramble[:, None] == np.arange(scrambles)).astype(float)
    counts = member.sum(axis=0)

    def mean(values: np.ndarray) -> np.ndarray:
        own = values @ member
        whole = own.sum(axis=-1, keepdims=True)
        return np.concatenate([whole / counts.sum(), (whole - own) / (counts.sum() - counts)], axis=-1)

    def covariance(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return mean(x * y) - mean(x) * mean(y)

    change = m - a
    var_a, var_b, var_m, between = covariance(a, a), covariance(b, b), covariance(m, m), covariance(a, b)
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = covariance(b, change) - between * covariance(a, change) / var_a
        first = shared / (np.sqrt(var_b * var_m) * (1.0 - between**2 / (var_a * var_b)))
        total = mean(change**2) / (var_a + var_m)
    return (var_a + var_b) / 2, first, total


def _with_errors(found: np.ndarray) -> np.ndarray:
    """Value and standard error, float64[2, ...]: jackknife, leaving out one scramble at a time."""
    left_out = found[..., 1:]
    n = left_out.shape[-1]
    return np.stack([found[..., 0], np.sqrt((n - 1) * left_out.var(axis=-1))])


def _refuse_strangers(a: np.ndarray, b: np.ndarray, m: np.ndarray, names: list[str]) -> None:
    """A row of `mixed` shares points with that of base, and one factor with that of other: it cannot be independent of both.

    For any function g, g(a) and g(m) have a covariance of zero or more, and so have g(b) and g(m). Where neither ranks nor ranks of
    distances from the mean (products of factors around zero have no other trace) are correlated, rows were shuffled.
    Only a parity (a product of signs, the cosine of a sum of phases) would look the same. From 256 draws on.
    """
    rows = np.concatenate([a[None], b[None], m]) - (a.mean() + b.mean()) / 2
    if a.size < _ENOUGH_DRAWS or min(_off_the_commonest(row) for row in (a, b)) < _ENOUGH_VARIED:
        return
    scores = np.stack([_standard(np.stack([_ranks(row) for row in each])) for each in (rows, np.abs(rows))])  # float64[2, row, draw]
    close = scores[:, :2] @ scores[:, 2:].transpose(0, 2, 1) * np.sqrt(a.size)  # of a and b with each m, in standard errors
    nearest, furthest = close.max(axis=(0, 1)), close.min(axis=(0, 1))
    wrong = np.flatnonzero((nearest < _CHANCE) | (furthest < -_IMPOSSIBLE))
    if wrong.size:
        which = "、".join(names[i] for i in wrong[:5])
        raise SimulatorError(tr(f"行的次序不一致：替换因素（{which}）后的结果与原结果逐行无关，编号可能有误，请按抽样编号重新对齐",
                                f"rows are in different orders: outputs with {which} exchanged have nothing to do with those of the same "
                                "rows before; the labels may be wrong, align them by draw anew"))


def _refuse_contradiction(first: np.ndarray, total: np.ndarray) -> None:
    """What holds for every function: a total leaves room for the others' first, and what is in no first is in two totals or more."""
    rest = first.sum(axis=1, keepdims=True) - first
    excess = np.append((total + rest)[0] - 1.0, 2.0 - total[0].sum() - first[0].sum())
    error = np.append(np.hypot(total[1], np.linalg.norm(first[1])), np.hypot(np.linalg.norm(total[1]), np.linalg.norm(first[1])))
    if first.shape[1] > 1 and (excess > np.maximum(_ERRORS * error, _MARGIN)).any():
        raise SimulatorError(tr("行的次序不一致：一阶指数与总指数互相矛盾，各组结果的行可能没有对应，或因素之间并不独立",
                                "rows are in different orders: first-order and total indices contradict each other; rows do not match, or "
                                "the factors are not independent"))


def _off_the_commonest(values: np.ndarray) -> int:
    return int(values.size - np.unique(values, return_counts=True)[1].max())


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks around zero, ties sharing theirs."""
    ordered = np.sort(values)
    return np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") - float(values.size)


def _standard(rows: np.ndarray) -> np.ndarray:
    """Each row with mean 0 and length 1; a row that does not vary stays 0."""
    around = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(around, axis=1, keepdims=True)
    return np.divide(around, length, out=np.zeros_like(around), where=length > 1e-9 * rows.shape[1])


def _table(mixed: xr.DataArray, units: str, found: tuple[np.ndarray, ...], t: float) -> xr.Dataset:
    """Value, error and interval of every figure, labelled."""
    variance, first, total = found
    squared = "1" if units == "1" else f"({units})^2"
    described = {"first": (first, "1", "一阶指数 first-order index"), "total": (total, "1", "总指数 total index"),
                 "interactions": (1.0 - first.sum(axis=0), "1", "交互作用占比 share of interactions"),
                 "variance": (variance, squared, "方差 variance")}
    table = xr.Dataset(coords={name: mixed[name] for name in mixed.coords if mixed[name].dims == ("factor",)} | {"part": list(PARTS)})
    for name, (figures, unit, long_name) in described.items():
        value, error = _with_errors(figures)
        parts = np.stack([value, error, value - t * error, value + t * error], axis=-1)
        table[name] = (("factor", "part")[-parts.ndim:], parts, {"units": unit, "long_name": long_name})
    return table
