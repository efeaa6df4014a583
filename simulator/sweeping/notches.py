"""The notch at a threshold: just below it a project gets nothing, at it the whole subsidy of its size.

Who lies near it is counted by moving the threshold: what files between 90% and 100% of it, and between 100% and 110%. A
project just below gains the whole jump by planning a little larger, so the notch is what an office has to look out for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from simulator.changes import with_values
from simulator.metrics import read_metric
from simulator.scenario import Scenario
from simulator.summary import Estimate, as_parts, estimate_of, mean
from simulator.variants import SharedLuck
from simulator.weighting import Draws

BAND = 0.1  # of the threshold, on either side of it


def diagnose_notches(scenario: Scenario, *, luck: SharedLuck | None = None,
                     progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """For every instrument with a threshold: how many lie just below and just above it, and what it would cost to let the former in.

    Returns
    -------
    Dataset(instrument, part)
        `threshold` (instrument) [CNY]; `below`, applications of projects within a tenth below it, which are turned away today, and
        `above`, within a tenth above; `bunching` [CNY], further outlay if all of the former grew to the threshold, as it is by
        moving the threshold down to them; `jump` [CNY], the mean award of one just above. With nobody responding, so that the
        projects are the same. part = value or error.
    """
    rules = scenario.model.policy.instruments
    chosen = [key for key, rule in rules.items() if rule.threshold and rule.threshold.value]
    quiet = with_values(scenario, {("readings", "response"): "none"}, "quiet")
    variants = [quiet]
    for key in chosen:
        rule = rules[key].threshold
        threshold = (rule.value if rule else None) or 0.0
        at = ("policy", "instruments", key, "threshold")
        variants += [with_values(quiet, {at: f"{threshold * (1 + side * BAND)!r}元"}, f"{key}.{name}")
                     for name, side in (("lower", -1), ("higher", 1))]
    lines = (luck or SharedLuck()).headlines(variants, progress)
    sets = {each.name: lines.isel(variant=i) for i, each in enumerate(variants)}
    table = xr.Dataset(coords={"instrument": chosen, "part": ["value", "error"]},
                       attrs={"scenario": scenario.name, "draws": lines.sizes["draw"], "projects": lines.attrs["projects"]})
    thresholds = [rule.value for key in chosen if (rule := rules[key].threshold)]
    table["threshold"] = ("instrument", np.array(thresholds, float), {"units": "CNY"})
    found = {key: _figures(sets, key) for key in chosen}
    for name, units in (("below", "1"), ("above", "1"), ("bunching", "CNY"), ("jump", "CNY")):
        table[name] = (("instrument", "part"), as_parts([found[key][name] for key in chosen]), {"units": units})
    return table


def _figures(sets: dict[str, xr.Dataset], key: str) -> dict[str, Estimate]:
    quiet, lower, higher = sets["quiet"], sets[f"{key}.lower"], sets[f"{key}.higher"]
    draws, n = Draws.of(quiet), quiet.sizes["draw"]

    def of(name: str, lines: xr.Dataset) -> np.ndarray:
        return np.asarray(mean(lines[f"{name}_by_instrument"].sel(instrument=key).values, draws.weights))

    approved_above = of("approvals", quiet) - of("approvals", higher)
    entitled_above = of("entitlement", quiet) - of("entitlement", higher)
    outlay = read_metric("outlay")
    jump = np.divide(entitled_above, approved_above, out=np.full_like(approved_above, np.nan), where=approved_above > 0.0)
    return {
        "below": estimate_of(of("applications", lower) - of("applications", quiet), n),
        "above": estimate_of(of("applications", quiet) - of("applications", higher), n),
        "bunching": outlay.difference(lower, quiet),
        "jump": estimate_of(jump, n),
    }
