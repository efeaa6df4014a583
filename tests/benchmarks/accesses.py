"""The kernel run as plain Python on one draw, counting what each stage reads and writes. Needs NUMBA_DISABLE_JIT=1.

    NUMBA_DISABLE_JIT=1 python -m tests.benchmarks.accesses
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels import candidates, futures, layouts, streams
from tests.benchmarks.anatomy import IN_VECTORS, STAGES
from tests.benchmarks.world import World, world

DRAWS = 1
KINDS = ("words", "vector_loads", "vector_stores", "scalar_loads", "scalar_stores")
UNSEEN = ("filed", "n_waiting", "paid", "deadweight", "cut", "places", "demand", "obligations", "drivers", "appropriation",
          "counts", "rationed", "tier_amounts", "tier_drivers", "central_points", "largest_base")  # few, and in registers


class Tally:
    """Counts by stage; the stage in hand is set by the functions that begin one."""

    def __init__(self) -> None:
        """Nothing counted, in the first stage."""
        self.stage, self.counted = STAGES[0].name, {stage.name: Counter[str]() for stage in STAGES}

    def add(self, what: str, lanes: bool) -> None:
        """One access, of a lane in a plain loop or of something looked up."""
        vector = lanes and self.stage in IN_VECTORS
        self.counted[self.stage][f"{'vector' if vector else 'scalar'}_{what}"] += 1

    def in_stage(self, name: str, function: Callable) -> Callable:
        """The function, everything in it counted for this stage."""
        def counted(*arguments: Any) -> Any:
            before, self.stage = self.stage, name
            try:
                return function(*arguments)
            finally:
                self.stage = before
        return counted

    def counting_words(self, function: Callable) -> Callable:
        """`streams.words`, every call counted."""
        def counted(*arguments: Any) -> Any:
            self.counted[self.stage]["words"] += 1
            return function(*arguments)
        return counted


class Watched:
    """An array whose elements are counted as they are read and written."""

    def __init__(self, array: np.ndarray, tally: Tally, lanes: bool) -> None:
        """`lanes`: candidates lie side by side."""
        self.array, self.tally, self.lanes = array, tally, lanes
        self.size, self.shape = array.size, array.shape

    def __getitem__(self, place: Any) -> Any:
        """Read."""
        self.tally.add("loads", self.lanes)
        return self.array[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        """Write."""
        self.tally.add("stores", self.lanes)
        self.array[place] = value


class Rows:
    """An array of rows with named fields, which are attributes to numba; not counted."""

    def __init__(self, array: np.ndarray) -> None:
        """Any number of axes."""
        self.array, self.size, self.shape = array, array.size, array.shape

    def __getitem__(self, place: Any) -> "Row":
        """A row, not a copy of it."""
        return Row(self.array[place])

    def __setitem__(self, place: Any, row: "Row") -> None:
        """Copy a row."""
        self.array[place] = object.__getattribute__(row, "_row")


class Row:
    """One row."""

    def __init__(self, row: np.void) -> None:
        """A view."""
        object.__setattr__(self, "_row", row)

    def __getattr__(self, name: str) -> Any:
        """A field."""
        return self._row[name]

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a field."""
        self._row[name] = value


def watched(arrays: Any, tally: Tally) -> Any:
    """Inputs, outputs or workspace, counting."""
    made = {}
    for name, array in arrays._asdict().items():
        if not isinstance(array, np.ndarray) or name in UNSEEN:
            made[name] = array
        elif array.dtype.names:
            made[name] = Rows(array)
        else:
            made[name] = Watched(array, tally, lanes=array.shape[-1] in (layouts.LANES, layouts.WIDTH))
    return arrays._replace(**made)


def count(run: World, draws: int) -> dict[str, Any]:
    """Run some draws and count."""
    tally = Tally()
    for stage in STAGES:
        for name in stage.calls:
            setattr(futures, name, tally.in_stage(stage.name, getattr(futures, name)))
    candidates.streams.words = tally.counting_words(streams.words)
    work = layouts.workspace(run.inputs)
    with np.errstate(all="ignore"):
        futures.simulate_draws(watched(run.inputs, tally), watched(run.new_outputs(), tally),
                               watched(work, tally), 0, draws)
    return {"draws": draws, "pairs": run.pairs(0, draws),
            "stages": {name: {kind: counted[kind] for kind in KINDS} for name, counted in tally.counted.items()}}


if __name__ == "__main__":
    print(json.dumps(count(world(16), DRAWS)))
