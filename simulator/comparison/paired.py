"""Scenarios against the first of them, draw by draw under the same luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from simulator.headlines import unchanged
from simulator.metrics import Metric, read_metrics
from simulator.scenario import Scenario
from simulator.summary import Estimate, as_parts, difference, estimate, mean, probability
from simulator.variants import SharedLuck
from simulator.weighting import Draws

COMPARED = (
    "outlay", "p95(outlay)", "cvar95(outlay)", "outlay_peak", "outlay_later", "commitment", "supported_investment", "induced_investment",
    "leverage_gross", "leverage_net", "deadweight", "deadweight_share", "applications", "awards", "city_equipment", "energy_saving",
    "energy_induced", "investment_target", "energy_target", "in_budget", "joint", "overrun", "backlog", "lapsed",
)


def compare(scenarios: Sequence[Scenario], *, metrics: Sequence[str] = COMPARED, luck: SharedLuck | None = None,
            progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """Every headline of each scenario, and its paired difference from the first.

    Parameters
    ----------
    scenarios : sequence of Scenario
        With different names, and the same draws and seed: what differs otherwise is luck.
    metrics : sequence of str
        As in `metrics`: `outlay`, `p95(outlay)`, `P(outlay<=60亿元)`.
    luck : SharedLuck, optional
        To share with other questions about the same scenarios.

    Returns
    -------
    Dataset(scenario, metric, part)
        `value` and `difference` in CNY, tce or 1, part = value or error; the same by year and by instrument for the outlay
        (value_by_year, difference_by_year, difference_by_instrument); `cheaper` and `as_dear` (scenario, part), the probability that
        the first pays less than this one, or as much; `unchanged` (scenario), whether every figure of every draw is that of the first.
        attrs: projects, the potential projects of the frame.

    Raises
    ------
    SimulatorError
        For a metric that is none, names that are not different, other numbers of draws, or more than memory holds.
    """
    read = read_metrics(metrics, scenarios[0])
    lines = (luck or SharedLuck()).headlines(scenarios, progress)
    names = [each.name for each in scenarios]
    table = compare_headlines([lines.sel(variant=name) for name in names], names, read)
    return table.assign_attrs(projects=lines.attrs["projects"])


def compare_headlines(sets: Sequence[xr.Dataset], names: Sequence[str], metrics: Sequence[Metric], *,
                      paired: Sequence[bool] | None = None) -> xr.Dataset:
    """The comparison of headlines that are there already; where they are not `paired` with the first, the errors of both are added."""
    first = sets[0]
    keys = {dim: list(dict.fromkeys(key for lines in sets for key in lines[dim].values.tolist())) for dim in ("year", "instrument")}
    keys["year"].sort()  # runs may be of other years and rule books
    table = xr.Dataset(coords={"scenario": list(names), "metric": [each.text for each in metrics], "part": ["value", "error"], **keys})
    dims = ("scenario", "metric", "part")
    found = [[each.estimate(lines) for each in metrics] for lines in sets]
    table["value"] = (dims, _beside(found))
    pairs = [True] * len(sets) if paired is None else list(paired)
    differences = [[each.difference(lines, first) if pair else _apart(own, other)
                    for each, own, other in zip(metrics, row, found[0], strict=True)]
                   for lines, row, pair in zip(sets, found, pairs, strict=True)]
    table["difference"] = (dims, _beside(differences))
    table["unit"] = ("metric", [each.units for each in metrics])
    for dim, of_dim in keys.items():
        of = [[estimate(_column(lines, dim, key), mean, Draws.of(lines)) for key in of_dim] for lines in sets]
        table[f"value_by_{dim}"] = (("scenario", dim, "part"), _beside(of), {"units": "CNY"})
        apart = [[difference(_column(lines, dim, key), Draws.of(lines), _column(first, dim, key), Draws.of(first)) if pair
                  else _apart(own, other) for key, own, other in zip(of_dim, row, of[0], strict=True)]
                 for lines, row, pair in zip(sets, of, pairs, strict=True)]
        table[f"difference_by_{dim}"] = (("scenario", dim, "part"), _beside(apart), {"units": "CNY"})
    nothing = Estimate(float("nan"), float("nan"))
    for name, beside in (("cheaper", np.less), ("as_dear", np.equal)):
        chances = [probability(beside(first["outlay"].values, lines["outlay"].values), Draws.of(first)) if pair else nothing
                   for lines, pair in zip(sets, pairs, strict=True)]
        table[name] = (("scenario", "part"), as_parts(chances), {"units": "1"})
    table["unchanged"] = ("scenario", [pair and unchanged(first, lines) for lines, pair in zip(sets, pairs, strict=True)])
    return table


def _column(lines: xr.Dataset, dim: str, key: Any) -> np.ndarray:
    """The outlay of a year or an instrument in every draw; of one that these headlines lack, nothing."""
    known = lines[dim].values.tolist()
    return lines[f"outlay_by_{dim}"].values[:, known.index(key)] if key in known else np.zeros(lines.sizes["draw"])


def _apart(own: Estimate, other: Estimate) -> Estimate:
    """The difference of two figures that have nothing to do with each other."""
    return Estimate(own.value - other.value, float(np.hypot(own.error, other.error)))


def _beside(rows: Sequence[Sequence[Estimate]]) -> np.ndarray:
    """float64[scenario, figure, part]."""
    return as_parts([each for row in rows for each in row], len(rows), -1)
