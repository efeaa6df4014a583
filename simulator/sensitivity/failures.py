"""In which futures the plan fails: boxes of the drivers, as PRIM finds them (boxes.py), for one scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.drivers import drivers_at, normal_scores
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.metrics import Metric, read_metric
from simulator.scenario import Scenario
from simulator.sensitivity.at import headlines_at, told_of
from simulator.sensitivity.boxes import Box, find_boxes
from simulator.sensitivity.driver_values import unit_of_driver, values_of
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
    """Of every uncertain driver."""
    units: dict[str, str]
    """Of every input that boxes may name: share, CNY, tce/CNY or 1."""


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
        If it always, never or hardly ever happens, cannot be read, or is about a budget or target that is not stated.
    """
    asked = event or "joint<1"
    metric = read_metric(f"P({asked})")
    luck = luck or SharedLuck(DRAWS)
    draws = luck.draws or scenario.model.draws
    drivers = drivers_at(scenario, normal_scores(scenario, draws))
    lines = headlines_at(scenario, [drivers], luck, told_of(progress, draws))[0]
    hits = happens(metric, lines)
    known = {each.name: each for each in factors(scenario, merge=False)}
    inputs = _inputs(drivers, known)
    labels = np.arange(draws)
    boxes = find_boxes(inputs.assign_coords(draw=labels), xr.DataArray(hits, dims="draw", coords={"draw": labels}))
    return Failures(asked, probability(hits, Draws.of(lines)), boxes, known, {name: unit_of_driver(name) for name in map(str, inputs)})


def happens(event: Metric, lines: xr.Dataset) -> np.ndarray:
    """bool[draw]: where an event, P(...), happens; refused where it is about a budget or target that the scenario does not state."""
    if event.unknown(lines):
        asked = event.text.removeprefix("P(").removesuffix(")")
        lacking = [each for each in event.quantities if np.isnan(each.values(lines)).any()]
        named = tr("、", ", ").join(dict.fromkeys(tr(f"{each.text}（{each.title}）", f"{each.text} ({each.title})") for each in lacking))
        raise SimulatorError(tr(f"{asked}：情景没有这个数：{named}；没有写明相应的预算或目标",
                                f"{asked}: the scenario has no such figure: {named}; it states no budget or target for it"))
    return event.hits(lines)


def _inputs(drivers: xr.Dataset, known: dict[str, Factor]) -> xr.Dataset:
    """One number a draw of every uncertain driver that has one: of one with several values, such as years, their mean.

    Left out are `wave`, whose scores are in the numbers of projects and nowhere by themselves, and `outcome`, four shares that
    always add up to 1, so that their mean tells nothing: neither can limit a box.
    """
    values = {name: found for name in known if (found := values_of(drivers, name)) is not None}
    return xr.Dataset({name: ("draw", found.mean(axis=1)) for name, found in values.items()})
