"""In which futures the plan fails: boxes of the drivers, as PRIM finds them (boxes.py), for one scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.drivers import drivers_at, normal_scores
from simulator.metrics import read_metric
from simulator.scenario import Scenario
from simulator.sensitivity.at import headlines_at
from simulator.sensitivity.boxes import Box, find_boxes
from simulator.sensitivity.factors import Factor, factors
from simulator.summary import Estimate, probability
from simulator.variants import SharedLuck
from simulator.weighting import Draws

DRAWS = 4096


@dataclass(frozen=True)
class Failures:
    """When something goes wrong."""

    event: str
    probability: Estimate
    boxes: list[Box]
    factors: dict[str, Factor]
    """Of every input that boxes may name."""
    units: dict[str, str]


def find_failures(scenario: Scenario, event: str | None = None, *, luck: SharedLuck | None = None,
                  progress: Callable[[int, int], None] | None = None) -> Failures:
    """The futures in which an event happens, such as `outlay>80亿元`; by default, that the plan's targets are not all reached.

    Parameters
    ----------
    event : str, optional
        A condition on figures of a draw: `energy_saving<50万吨标煤`, `outlay_peak>20亿元 & leverage_net<1`.

    Raises
    ------
    SimulatorError
        If it always, never or hardly ever happens, or cannot be read.
    """
    luck = luck or SharedLuck(DRAWS)
    draws = luck.draws or scenario.model.draws
    drivers = drivers_at(scenario, normal_scores(scenario, draws))
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, draws)

    lines = headlines_at(scenario, [drivers], luck, tell)[0]
    asked = event or "joint<1"
    metric = read_metric(f"P({asked})")
    hits = metric.hits(lines) if event else lines["joint"].values < 1.0
    known = {each.name: each for each in factors(scenario, merge=False)}
    inputs = _inputs(drivers, known)
    labels = np.arange(draws)
    boxes = find_boxes(inputs.assign_coords(draw=labels), xr.DataArray(hits, dims="draw", coords={"draw": labels}))
    units = {name: str(inputs[name].attrs.get("units", "1")) for name in inputs.data_vars}
    return Failures(asked, probability(hits, Draws.of(lines)), boxes, known, {str(name): unit for name, unit in units.items()})


def _inputs(drivers: xr.Dataset, known: dict[str, Factor]) -> xr.Dataset:
    """One number a draw of every uncertain driver: of one with several values, such as years, their mean."""
    found = {}
    for name in known:
        if name in drivers["assumed_value"].values:
            values = drivers["assumed"].sel(assumed_value=name).values
            units = "CNY" if values.max() > 1.0 else "1"
        elif name in drivers and name != "outcome":
            array = drivers[name]
            values = array.values.reshape(array.sizes["draw"], -1).mean(axis=1)
            units = str(array.attrs.get("units", "1"))
        else:
            continue
        found[name] = ("draw", np.asarray(values, float), {"units": units})
    return xr.Dataset(found)
