"""Move one or two levers over a grid: every figure at every point, under one luck, against the scenario as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.headlines import unchanged
from simulator.language import tr
from simulator.levers import Values, read_values, with_levers
from simulator.metrics import Constraint, read_constraint, read_metric
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS, T_OF_EIGHT, estimate_of
from simulator.variants import SharedLuck
from simulator.weighting import Draws

MOST_POINTS = 2500
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
        `break_even` (condition, crossing, edge) as `break_even` gives it. attrs: projects.

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
    read, conditions = [read_metric(text) for text in metrics], [read_constraint(text) for text in ("leverage_net>=1", *breaks)]
    base = scenario.renamed("as.it.stands")
    variants = [with_levers(scenario, [(axis.lever, text) for axis, text in zip(axes, point, strict=True)], f"point.{i}")
                for i, point in enumerate(points)]
    lines = (luck or SharedLuck()).headlines([base, *variants], progress)
    sets = [lines.isel(variant=i) for i in range(len(variants) + 1)]
    shape, dims = tuple(len(each.texts) for each in axes), tuple(each.lever.name for each in axes)
    table = xr.Dataset(coords={"metric": [each.text for each in read], "part": ["value", "error"]},
                       attrs={"scenario": scenario.name, "projects": lines.attrs["projects"], "draws": lines.sizes["draw"],
                              "scrambles": lines.attrs["scrambles"]})
    for axis in axes:
        named = {"long_name": axis.lever.title, "written": str(axis.lever.written)}
        table = table.assign_coords({axis.lever.name: (axis.lever.name, axis.numbers, named),
                                     f"text_of_{axis.lever.name}": (axis.lever.name, [text or tr("无", "none") for text in axis.texts])})
    table["unit"] = ("metric", [each.units for each in read])
    table["base"] = (("metric", "part"), _parts([each.estimate(sets[0]) for each in read]))
    table["value"] = ((*dims, "metric", "part"), _parts([each.estimate(own) for own in sets[1:] for each in read], (*shape, len(read))))
    table["difference"] = ((*dims, "metric", "part"),
                           _parts([each.difference(own, sets[0]) for own in sets[1:] for each in read], (*shape, len(read))))
    table["unchanged"] = (dims, np.reshape([unchanged(sets[0], own) for own in sets[1:]], shape))
    for name in PER_DRAW:
        table[name] = ((*dims, "draw"), lines[name].values[1:].reshape(*shape, -1), lines[name].attrs)
    if len(axes) == 1:
        found = [break_even(axes[0].numbers, sets[1:], condition) for condition in conditions]
        most = max((len(each) for each in found), default=0)
        table["break_even"] = (("condition", "crossing", "edge"), np.array(
            [[*each, *[(np.nan,) * 3] * (most - len(each))] for each in found], float).reshape(len(found), most, 3))
        table = table.assign_coords(condition=[each.text for each in conditions], edge=["value", "low", "high"])
    return table


def break_even(numbers: Sequence[float], sets: Sequence[xr.Dataset], condition: Constraint) -> list[tuple[float, float, float]]:
    """Where a condition begins or ceases to hold along a lever: (value, low, high) of each crossing, by straight lines between points.

    The interval is of 95%: the same crossing in every scramble, 2.365 standard errors about it. Where a scramble
    does not cross, it is as wide as the step.
    """
    if condition.metric.tail and sets[0].sizes["draw"] < ENOUGH_FOR_TAILS:
        return []
    x = np.asarray(numbers, float)
    order = np.argsort(x)
    order = order[np.isfinite(x[order])]
    x = x[order]
    margins = np.stack([condition.condition.margin(condition.metric.columns(sets[i], Draws.of(sets[i]))) for i in order])
    found = []
    for i in range(len(x) - 1):
        low, high = margins[i], margins[i + 1]
        if np.isnan([low[0], high[0]]).any() or (low[0] >= 0.0) == (high[0] >= 0.0):
            continue
        slope = (high - low) / (x[i + 1] - x[i])
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.where(slope != 0.0, x[i] - low / slope, np.nan)
        error = estimate_of(at, sets[0].sizes["draw"]).error
        half = T_OF_EIGHT * error if np.isfinite(error) else x[i + 1] - x[i]
        found.append((float(at[0]), float(at[0] - half), float(at[0] + half)))
    return found


def _parts(estimates: Sequence, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """float64[..., part]."""
    made = np.array([[each.value, each.error] for each in estimates])
    return made if shape is None else made.reshape(*shape, 2)
