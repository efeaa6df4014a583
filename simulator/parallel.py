"""A function over many pieces of work, on all cores where that pays, with the results in order."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TypeVar

W = TypeVar("W")
R = TypeVar("R")

_WORTH_IT = 3  # pieces: for fewer, starting processes takes longer than the work


def in_order(work: Callable[[W], R], pieces: Iterable[W], processes: int | None = None) -> Iterator[R]:
    """work(piece) for every piece, in order; a few pieces are worked on here, more by processes.

    `work` is a function of a module, pieces and results can be pickled. A few pieces are in hand at a time, so that a
    long stream needs little memory.
    """
    rest = iter(pieces)
    first = list(itertools.islice(rest, _WORTH_IT))
    processes = processes or _cores()
    if len(first) < _WORTH_IT or processes == 1:
        yield from map(work, itertools.chain(first, rest))
        return
    waiting: deque[Future[R]] = deque()
    try:
        for piece in itertools.chain(first, rest):
            waiting.append(_pool(processes).submit(work, piece))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        _pool.cache_clear()  # the next call starts new processes
        raise
    finally:
        for future in waiting:
            future.cancel()


def _cores() -> int:
    """Cores that this process may use, which may be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(processes: int) -> ProcessPoolExecutor:
    """The processes, started once, while this one is still small: they are copies of it."""
    method = "fork" if sys.platform == "linux" else "spawn"  # fork needs no importable main module
    return ProcessPoolExecutor(processes, multiprocessing.get_context(method), initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Ctrl-C goes to all processes of a terminal; only the first one answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
