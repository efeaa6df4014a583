"""A simple limit: how long random words, loads and stores would take if nothing else had to be done."""

from collections.abc import Mapping
from typing import NamedTuple

from kernels.compiled import kernel
from tests.benchmarks.timing import timed

LOADS_PER_CYCLE, STORES_PER_CYCLE = 2, 1  # of today's x86-64 and Arm cores, from the first-level cache
STEP_CYCLES, STEPS = 4, 50_000_000  # a multiplication of integers takes three cycles, the addition that waits for it one
LANES = {"zmm": 8, "ymm": 4, "xmm": 2, "none": 1}


class Machine(NamedTuple):
    """What limits are made of."""

    gigahertz: float
    ns_per_call: float  # of Philox
    lanes: int  # of float64 in one instruction


@kernel()
def _chain(x, steps):
    """Every step waits for the one before, and no compiler can sum them up."""
    for _ in range(steps):
        x = x * x + 12345
    return x


def gigahertz() -> float:
    """The clock, from the best of several runs of a chain of a known number of cycles."""
    _chain(3, 10)
    return STEP_CYCLES * STEPS / min(timed(lambda: _chain(3, STEPS)).cpu for _ in range(3)) / 1e9


def machine_of(ns_per_call: float, widest: str = "ymm") -> Machine:
    """This machine, with the registers that the kernel uses."""
    return Machine(gigahertz(), ns_per_call, LANES[widest])


def nanoseconds(counted: Mapping[str, float], machine: Machine) -> float:
    """Words, then loads and stores side by side: the slower of the two."""
    loads = counted["vector_loads"] / machine.lanes + counted["scalar_loads"]
    stores = counted["vector_stores"] / machine.lanes + counted["scalar_stores"]
    return counted["words"] * machine.ns_per_call + max(loads / LOADS_PER_CYCLE, stores / STORES_PER_CYCLE) / machine.gigahertz
