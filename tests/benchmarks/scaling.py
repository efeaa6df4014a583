"""Memory beyond the outputs and time per pair, from few projects and draws to many: each point in a process of its own."""

import gc
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.futures import simulate_draws
from simulator import draw_drivers, simulate
from simulator.pack import pack
from tests.benchmarks.machine import python
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import number, timed
from tests.benchmarks.world import World, baseline, with_about

MB = 1e6
DRAWN = 1024  # draws of the drivers; more repeat them, which changes neither memory nor time
NEEDED = 2.5  # times the outputs: what the engine wants to see before it starts
LONG_ENOUGH = 0.5  # s of CPU time, before a time per pair is believed


def ladder(report: Report, sizes: Sizes) -> dict[str, float | None]:
    """Every point of the ladder; returns the most memory of any, beyond the outputs, and the same without drivers and frame. [MB]"""
    report.title("Scaling: memory and time by projects and draws, one thread")
    if not Path("/proc/self/clear_refs").exists():
        report.note("not measured: the peak of memory is read from Linux's /proc")
        return {"beyond": None, "own": None}
    points: list[dict[str, Any]] = []
    for projects, draws in sizes.ladder:
        if reason := _too_large(draws, points):
            report.note(f"not measured: {projects:,} projects x {draws:,} draws: {reason(projects, draws)}")
            continue
        points.append(json.loads(python("-m", "tests.benchmarks.scaling", str(projects), str(draws))))
    report.table(["projects x draws", "outputs MB", "frame, drivers MB", "beyond outputs MB", "of it own MB", "scratch MB", "ns/pair"], [
        [f"{each['projects']:,} x {each['draws']:,}", *(number(each[name]) for name in (
            "outputs", "given", "beyond", "own", "scratch", "ns_per_pair"))] for each in points])
    report.note("beyond outputs: peak of resident memory during simulate(), less what imports, compiled code and a small run had taken, "
                "less the outputs; own: also less the frame and the drivers that simulate() is given. scratch: the kernel's workspace.")
    report.note("projects: the baseline's applications, thinned or repeated so that about so many exist in a draw.")
    report.keep("scaling", points)
    return {name: max(each[name] for each in points) if points else None for name in ("beyond", "own")}


def _too_large(draws: int, points: list[dict[str, Any]]) -> Any:
    """None if the outputs of so many draws fit; else what says what they need, and how long they would take."""
    if not points:
        return None
    last = points[-1]
    needed = NEEDED * last["outputs"] / last["draws"] * draws * MB
    if needed <= available():
        return None
    return lambda projects, draws: (
        f"its outputs need {needed / 2**30:.0f} GiB while they are labelled, {available() / 2**30:.0f} GiB are free; the kernel would take "
        f"about {projects * draws * last['ns_per_pair'] * 1e-9:,.0f} s")


def available() -> float:
    """Memory that could be had now [bytes]."""
    return _status(Path("/proc/meminfo"), "MemAvailable")


def resident() -> float:
    """Memory of this process [bytes]."""
    return _status(Path("/proc/self/status"), "VmRSS")


def peak() -> float:
    """The most memory of this process since `forget_peak` [bytes]."""
    return _status(Path("/proc/self/status"), "VmHWM")


def forget_peak() -> None:
    """Begin the peak anew."""
    Path("/proc/self/clear_refs").write_text("5")


def _status(file: Path, name: str) -> float:
    line = next(line for line in file.read_text("utf-8").splitlines() if line.startswith(name + ":"))
    return float(line.split()[1]) * 1024


def point(projects: int, draws: int) -> dict[str, float]:
    """What one process measures. [MB, ns]"""
    simulate(baseline(), with_about(projects), draw_drivers(baseline(), 16), threads=1)
    gc.collect()
    imports = resident()
    frame, drivers = with_about(projects), _repeated(draws)
    gc.collect()
    given = resident() - imports
    forget_peak()
    results = simulate(baseline(), frame, drivers, threads=1)
    highest, outputs = peak(), sum(variable.nbytes for variable in results.data_vars.values())
    beyond = highest - imports - outputs
    del results
    run = World([baseline()], frame, drivers, pack([baseline()], frame, drivers, "district"))
    scratch = sum(getattr(array, "nbytes", 0) for array in layouts.workspace(run.inputs))
    return {"projects": projects, "draws": draws, "outputs": outputs / MB, "given": given / MB, "beyond": beyond / MB,
            "own": (beyond - given) / MB, "scratch": scratch / MB, "ns_per_pair": _ns_per_pair(run)}


def _repeated(draws: int) -> xr.Dataset:
    drawn = draw_drivers(baseline(), min(draws, DRAWN))
    return drawn if draws <= DRAWN else drawn.isel(draw=np.arange(draws) % DRAWN)


def _ns_per_pair(run: World) -> float:
    """CPU time of the kernel, on as many of the first draws as it takes to be believed."""
    work, made, last = layouts.workspace(run.inputs), run.new_outputs(), min(16, run.n_draw)
    while True:
        took = timed(lambda last=last: simulate_draws(run.inputs, made, work, 0, last)).cpu
        if took >= LONG_ENOUGH or last == run.n_draw:
            return 1e9 * took / run.pairs(0, last)
        last = min(run.n_draw, 4 * last)


if __name__ == "__main__":
    print(json.dumps(point(int(sys.argv[1]), int(sys.argv[2]))))
