"""The frozen run in results/reference: made anew by `python -m tests.reference`, reproduced by tests/test_reference.py."""

from __future__ import annotations

import shutil
from pathlib import Path

from simulator import draw_applications, draw_drivers, load_scenario, save_run, simulate

FOLDER = Path(__file__).parent.parent / "results" / "reference"
NAME = "baseline-128"
DRAWS = 128


def make() -> Path:
    """Simulate the shipped baseline with few draws and save it under a name that does not change with versions."""
    scenario = load_scenario("baseline", draws=DRAWS)
    results = simulate(scenario, draw_applications(scenario), draw_drivers(scenario))
    saved = save_run(scenario, results, FOLDER)
    frozen = FOLDER / NAME
    shutil.rmtree(frozen, ignore_errors=True)
    return saved.rename(frozen)


if __name__ == "__main__":
    print(make())
