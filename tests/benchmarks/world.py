"""The baseline and its neighbours as the kernel's arrays, and how many (project, draw) pairs exist in them."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from kernels import layouts
from simulator import draw_applications, draw_drivers, load_scenario
from simulator.blocks import run_blocks
from simulator.pack import outputs, pack
from simulator.rows import group_names, part_names
from simulator.scenario import Scenario

SEED = 20240531  # of what is chosen at random here


class World(NamedTuple):
    """One or more scenarios with who could apply, what all projects of a draw share, and both as the kernel reads them."""

    scenarios: list[Scenario]
    applications: xr.Dataset
    drivers: xr.Dataset
    inputs: layouts.Inputs

    @property
    def n_draw(self) -> int:
        """Draws."""
        return self.inputs.drivers.shape[1]

    def new_outputs(self) -> layouts.Outputs:
        """Zeroed outputs, every page of them in memory."""
        made = outputs(self.inputs, len(part_names(self.scenarios[0])), len(group_names(self.applications, "district")))
        clear(made)
        return made

    def pairs(self, first: int = 0, last: int | None = None) -> int:
        """(project, draw) pairs that exist in these draws."""
        return int(existing(self.inputs)[first:last].sum())


def run_engine(run: World, made: layouts.Outputs, threads: int, block: int | None = None) -> None:
    """All draws through the engine's own threads, in blocks of its own choice or of so many draws."""
    run_blocks(run.inputs, made, threads, block)


@cache
def baseline() -> Scenario:
    """The baseline as shipped."""
    return load_scenario("baseline")


@cache
def everybody() -> xr.Dataset:
    """Who could apply in the baseline."""
    return draw_applications(baseline())


def world(draws: int, applications: xr.Dataset | None = None, scenarios: Sequence[Scenario] = ()) -> World:
    """The first so many draws of the baseline or of other scenarios, with its applications or with others."""
    chosen = list(scenarios) or [baseline()]
    found = everybody() if applications is None else applications
    drivers = draw_drivers(chosen, draws)
    return World(chosen, found, drivers, pack(chosen, found, drivers, "district"))


def existing(inputs: layouts.Inputs) -> np.ndarray:
    """int64[draw]: projects that exist, those whose rank is below the count of their cell."""
    total = np.zeros(inputs.counts.shape[0], np.int64)
    for segment in inputs.segments:
        ranks = inputs.rank[segment["first"]: segment["first"] + segment["size"]]
        total += segment["size"] if segment["cell"] < 0 else np.searchsorted(ranks, inputs.counts[:, segment["cell"]])
    return total


def with_about(projects: float) -> xr.Dataset:
    """The baseline's applications, thinned at random or repeated under new ids, so that about so many exist in a draw.

    Chances, sizes and what is filed for stay as they are: an application keeps its cell, and its rank in it.
    """
    frame, rng = everybody(), np.random.default_rng(SEED)
    wanted = projects / mean_existing()
    chosen = np.flatnonzero(rng.random(frame.sizes["application"]) < wanted % 1.0)
    copies = [frame.isel(application=chosen)] if chosen.size else []
    copies += [frame] * int(wanted)
    for number, copy in enumerate(copies):
        names = copy["application"].values
        copies[number] = copy.assign_coords(application=names if number == 0 else [f"{name}/{number}" for name in names])
    return copies[0] if len(copies) == 1 else xr.concat(copies, dim="application")


@cache
def mean_existing() -> float:
    """Projects that exist in a draw of the baseline, on average over 1,024 draws."""
    return float(existing(world(1024).inputs).mean())


def clear(made: layouts.Outputs) -> None:
    """Set outputs to zero."""
    for array in made:
        array.fill(0.0)


def size_of(made: layouts.Outputs) -> int:
    """Bytes of outputs."""
    return sum(array.nbytes for array in made)


def disagreement(found: layouts.Outputs, expected: layouts.Outputs) -> float:
    """The largest difference of two outputs, of each figure relative to itself or to a thousandth of the largest of its kind."""
    worst = 0.0
    for name, axis in (("flows", 2), ("totals", 2), ("grouped", 2), ("parts", 0)):
        ours, theirs = np.moveaxis(getattr(expected, name), axis, 0), np.moveaxis(getattr(found, name), axis, 0)
        for kind, other in zip(ours, theirs, strict=True):
            scale = np.maximum(np.abs(kind), 1e-3 * np.abs(kind).max(initial=0.0))
            difference = np.abs(kind - other)
            scale[difference == 0.0] = 1.0
            worst = max(worst, float(np.max(difference / np.where(scale > 0.0, scale, 1e-300), initial=0.0)))
    return worst
