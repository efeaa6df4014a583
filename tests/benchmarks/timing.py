"""Contestants take turns in one process, so that whatever slows the machine down meets all of them; medians and quartiles."""

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np


class Time(NamedTuple):
    """What one call took [s]; `cpu` is that of all threads of the process."""

    cpu: float
    wall: float


class Spread(NamedTuple):
    """Lower quartile, median, upper quartile."""

    low: float
    median: float
    high: float

    def text(self, digits: int = 3) -> str:
        """The median with its quartiles."""
        return f"{number(self.median, digits)} ({number(self.low, digits)} … {number(self.high, digits)})"


def number(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, and no exponent."""
    if value != value or value in (float("inf"), float("-inf")):
        return "—"
    rounded = float(f"{value:.{digits}g}")
    decimals = 0 if rounded == 0 else max(0, digits - 1 - int(np.floor(np.log10(abs(rounded)))))
    return f"{rounded:,.{decimals}f}"


def spread(values: Sequence[float]) -> Spread:
    """Quartiles of some values."""
    return Spread(*(float(quartile) for quartile in np.quantile(np.asarray(values, float), [0.25, 0.5, 0.75])))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Quartiles of the ratios round by round: what slowed down a whole round cancels out."""
    return spread([a / b for a, b in zip(above, below, strict=True)])


def timed(function: Callable[[], object]) -> Time:
    """Call it once."""
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return Time(time.process_time() - cpu, time.perf_counter() - wall)


@contextmanager
def no_collection() -> Iterator[None]:
    """The garbage collector rests, so that nobody pays for another's garbage."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def alternate(contestants: Mapping[str, Callable[[], object]], rounds: int, warm: bool = False) -> dict[str, list[Time]]:
    """Every contestant once a round, each round begun by the next of them; before that once untimed, unless they are warm."""
    names = list(contestants)
    if not warm:
        for name in names:
            contestants[name]()
    found: dict[str, list[Time]] = {name: [] for name in names}
    with no_collection():
        for turn in range(rounds):
            for name in names[turn % len(names):] + names[: turn % len(names)]:
                found[name].append(timed(contestants[name]))
    return found


def cpu_of(times: Sequence[Time], per: float = 1.0) -> list[float]:
    """The CPU times, each over `per`."""
    return [each.cpu / per for each in times]


def wall_of(times: Sequence[Time], per: float = 1.0) -> list[float]:
    """The wall times, each over `per`."""
    return [each.wall / per for each in times]
