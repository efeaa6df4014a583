"""What somebody waits for at the command line: help, a warm run of the baseline, the very first run."""

import tempfile
import time
from pathlib import Path

from tests.benchmarks.machine import python
from tests.benchmarks.report import Report
from tests.benchmarks.sizes import Sizes
from tests.benchmarks.timing import Spread, spread

COMMAND = ("-c", "from simulator.cli import main; main()")  # what the installed `subsidysim` does


def starts(report: Report, sizes: Sizes) -> dict[str, Spread | None]:
    """Wall time of whole processes."""
    report.title("Starts: wall time of a whole process")
    _timed("run", "baseline", "--draws", "16")  # compiles, if nothing has
    found: dict[str, Spread | None] = {
        "help": spread([_timed("--help") for _ in range(sizes.help_starts)]),
        "warm": spread([_timed("run", "baseline") for _ in range(sizes.warm_starts)]),
        "cold": spread([_cold() for _ in range(sizes.cold_starts)]) if sizes.cold_starts else None,
    }
    titles = {"help": "subsidysim --help", "warm": "subsidysim run baseline, compiled before",
              "cold": "subsidysim run baseline, nothing compiled"}
    report.table(["", "seconds (quartiles)"], [[titles[name], each.text() if each else "with --full"] for name, each in found.items()])
    report.keep("starts_s", {name: each._asdict() if each else None for name, each in found.items()})
    return found


def _timed(*arguments: str, cache: str | None = None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {"SUBSIDYSIM_CACHE": cache} if cache else {}
        began = time.perf_counter()
        python(*COMMAND, *arguments, folder=Path(folder), **environment)
        return time.perf_counter() - began


def _cold() -> float:
    with tempfile.TemporaryDirectory() as cache:
        return _timed("run", "baseline", cache=cache)
