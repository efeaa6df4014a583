"""Draws through the kernel, in blocks, on several threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Event

from kernels import layouts
from kernels.futures import simulate_draws

_BLOCK_WORK = 2_000_000  # projects x draws x variants of a block: a tenth of a second, so that Ctrl-C is prompt


def run_blocks(inputs: layouts.Inputs, made: layouts.Outputs, threads: int | None = None, block: int | None = None,
               progress: Callable[[int, int], None] | None = None) -> None:
    """Add all draws of the inputs to the outputs, `block` at a time; an interrupt stops after the blocks in hand."""
    n_draw, threads = inputs.drivers.shape[1], threads or os.cpu_count() or 1
    size = block or _draws_of_a_block(inputs, n_draw, threads)
    starts, stopped = iter(range(0, n_draw, size)), Event()
    finished: SimpleQueue[int | BaseException] = SimpleQueue()

    def work() -> None:
        scratch = layouts.workspace(inputs)
        try:
            while not stopped.is_set() and (first := next(starts, None)) is not None:
                last = min(first + size, n_draw)
                simulate_draws(inputs, made, scratch, first, last)
                finished.put(last - first)
        except BaseException as error:
            finished.put(error)

    done = 0
    with ThreadPoolExecutor(threads) as pool:
        try:
            for _ in range(threads):
                pool.submit(work)
            while done < n_draw:
                try:
                    message = finished.get(timeout=0.5)  # a wait without an end is deaf to Ctrl-C on Windows
                except Empty:
                    continue
                if isinstance(message, BaseException):
                    raise message
                done += message
                if progress:
                    progress(done, n_draw)
        finally:
            stopped.set()


def _draws_of_a_block(inputs: layouts.Inputs, n_draw: int, threads: int) -> int:
    """Few enough for a prompt Ctrl-C and for all threads to end together; at least one."""
    return max(1, min(_BLOCK_WORK // (max(inputs.key.size, 1) * inputs.policies.size), n_draw // (4 * threads)))
