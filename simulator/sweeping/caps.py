"""What each cap does: whom it binds, what it saves, and what one more 万元 on it costs.

A cap's derivative counts: with decisions held fast, one yuan more on a cap costs one yuan for every contract or project
that is at it. So the number at the cap is a difference quotient under the same luck, with nobody responding (reading
`response: none`), and what the cap saves, and what raising it costs once enterprises respond, are differences of whole runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.changes import with_values
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.metrics import Metric, read_metric
from simulator.scenario import Scenario
from simulator.summary import Estimate, as_parts, columns_of_ratio, estimate_of, mean
from simulator.units import WAN
from simulator.variants import SharedLuck
from simulator.weighting import Draws

NUDGE = 100.0  # CNY by which a cap is raised to see who is at it: fewer have just come within reach than can be seen
RAISE = 0.1  # of the cap: wide enough for responses to show, narrow enough for a slope


def diagnose_caps(scenario: Scenario, *, instruments: Sequence[str] | None = None, luck: SharedLuck | None = None,
                  progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """For every instrument with a cap: who is at it, what it saves, what one more 万元 on it costs and brings.

    Returns
    -------
    Dataset(instrument, part)
        `cap` (instrument) [CNY]; `awards`, approvals over all years; `at_cap`, awards whose cap decides (contracts, where the cap
        is of each); `share_at_cap` of the awards; `saved` [CNY], outlay without the cap less with it; `marginal_outlay` and
        `marginal_induced` [CNY a 万元], of raising it by a tenth, with responses; part = value or error. A cap of each year counts
        once for every year in which it binds.
    """
    rules = scenario.model.policy.instruments
    capped = [key for key, rule in rules.items() if rule.cap.value is not None]
    chosen = capped if instruments is None else list(instruments)
    if strange := [key for key in chosen if key not in capped]:
        raise SimulatorError(tr(f"{strange[0]} 没有上限", f"{strange[0]} has no cap"))
    quiet = with_values(scenario, {("readings", "response"): "none"}, "quiet")
    variants = [scenario.renamed("as.it.stands"), quiet]
    for key in chosen:
        cap = rules[key].cap.value or 0.0
        at = ("policy", "instruments", key, "cap")
        variants += [with_values(quiet, {at: f"{cap + NUDGE!r}元"}, f"{key}.nudged"), with_values(scenario, {at: None}, f"{key}.open"),
                     with_values(scenario, {at: f"{cap * (1 + RAISE)!r}元"}, f"{key}.raised")]
    lines = (luck or SharedLuck()).headlines(variants, progress)
    sets = {each.name: lines.isel(variant=i) for i, each in enumerate(variants)}
    table = xr.Dataset(coords={"instrument": chosen, "part": ["value", "error"]},
                       attrs={"scenario": scenario.name, "draws": lines.sizes["draw"], "projects": lines.attrs["projects"]})
    table["cap"] = ("instrument", [rules[key].cap.value for key in chosen], {"units": "CNY"})
    found = {key: _figures(sets, key, rules[key].cap.value or 0.0) for key in chosen}
    for name, units in (("awards", "1"), ("at_cap", "1"), ("share_at_cap", "1"), ("saved", "CNY"), ("marginal_outlay", "CNY"),
                        ("marginal_induced", "CNY")):
        table[name] = (("instrument", "part"), as_parts([found[key][name] for key in chosen]), {"units": units})
    return table


def _figures(sets: dict[str, xr.Dataset], key: str, cap: float) -> dict[str, Estimate]:
    stands, quiet = sets["as.it.stands"], sets["quiet"]
    nudged = sets[f"{key}.nudged"]
    at_cap = (nudged["entitlement"].values - quiet["entitlement"].values) / NUDGE  # of all instruments: projects may change over
    awards = nudged["approvals_by_instrument"].sel(instrument=key).values  # where two pay alike, the nudge decides for this one
    draws, n = Draws.of(quiet), quiet.sizes["draw"]
    outlay, induced = read_metric("outlay"), read_metric("induced_investment")
    per_wan = WAN / (RAISE * cap) if cap else np.nan  # a tenth of nothing is nothing
    return {
        "awards": estimate_of(mean(awards, draws.weights), n),
        "at_cap": estimate_of(mean(at_cap, draws.weights), n),
        "share_at_cap": estimate_of(columns_of_ratio(at_cap, awards, draws), n),
        "saved": outlay.difference(sets[f"{key}.open"], stands),
        "marginal_outlay": estimate_of(per_wan * _apart(outlay, sets[f"{key}.raised"], stands), n),
        "marginal_induced": estimate_of(per_wan * _apart(induced, sets[f"{key}.raised"], stands), n),
    }


def _apart(metric: Metric, one: xr.Dataset, other: xr.Dataset) -> np.ndarray:
    """The difference of a metric, of all draws and of each scramble."""
    return metric.columns(one, Draws.of(one)) - metric.columns(other, Draws.of(other))
