"""One scenario under drivers of one's own, many sets of them in a pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.engine import simulate_apart
from simulator.headlines import headlines
from simulator.scenario import Scenario
from simulator.variants import PASS, SharedLuck


def told_of(progress: Callable[[int, int], None] | None, total: int) -> Callable[[int], None]:
    """Called with the draws of each pass, it calls `progress` with all that are done so far and their total."""
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, total)

    return tell


def headlines_at(scenario: Scenario, sets: Sequence[xr.Dataset], luck: SharedLuck, tell: Callable[[int], None]) -> list[xr.Dataset]:
    """The headlines of the scenario under each set of drivers, in their order.

    Sets with the same numbers of projects are simulated side by side; `tell` is called with the draws of each pass. The luck
    of projects is that of the scenario's seed.
    """
    groups: dict[bytes, list[int]] = {}
    for i, drivers in enumerate(sets):
        groups.setdefault(drivers["count"].values.tobytes(), []).append(i)
    applications = luck.applications(scenario)
    found: dict[int, xr.Dataset] = {}
    for places in groups.values():
        for start in range(0, len(places), PASS):
            some = places[start : start + PASS]
            variants = [scenario.renamed(f"set.{i}") for i in some]
            results = simulate_apart(variants, applications, _beside([sets[i] for i in some], [each.name for each in variants]),
                                     threads=luck.threads)
            found |= {i: headlines(scenario, result) for i, result in zip(some, results, strict=True)}
            tell(sets[0].sizes["draw"] * len(some))
    return [found[i] for i in range(len(sets))]


def _beside(sets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """Drivers of several variants with the same numbers of projects."""
    if len(sets) == 1:
        return sets[0]
    together = xr.concat([each.drop_vars("count") for each in sets], dim=xr.DataArray(np.array(names), dims="scenario", name="scenario"))
    return together.assign(count=sets[0]["count"]).assign_attrs(sets[0].attrs)
