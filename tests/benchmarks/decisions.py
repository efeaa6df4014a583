"""How long decisions take: python -m tests.benchmarks.decisions [evaluations]. A sweep against separate runs, and a Pareto front.

The bars: a sweep of 50 variants costs at most 0.6 of 50 separate runs; a two-lever front on the baseline (1,024 draws, 2,000
evaluations) takes under 10 minutes on two cores.

Separate runs are those of one process that has everything imported and compiled, with the frame of projects drawn once for all
of them: the hardest comparison. What a planner would do instead, 50 commands one after the other, is timed on five.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

from simulator import SharedLuck, draw_applications, draw_drivers, load_scenario, simulate, sweep, tune
from simulator.headlines import headlines
from simulator.levers import read_values, with_levers

VARIANTS = 50
ROUNDS = 3  # alternating; the least of each counts
COMMANDS = 5
EVALUATIONS = 2000
DRAWS = 1024
VARIED = "upgrade_loan_interest.rate=30%..70%"
FRONT = ("major_project.rate=5%..15%", VARIED)
RUN = "from simulator.cli import main; main()"


def main() -> None:
    """Time both, print."""
    evaluations = int(sys.argv[1]) if len(sys.argv) > 1 else EVALUATIONS
    scenario = load_scenario("baseline")
    values = read_values(scenario, f"{VARIED}:{VARIANTS}")
    variants = [with_levers(scenario, [(values.lever, text)], f"variant.{i}") for i, text in enumerate(values.texts)]
    applications = draw_applications(scenario)

    def apart() -> None:
        for each in variants:
            headlines(each, simulate(each, applications, draw_drivers(each)))

    def together() -> None:
        sweep(scenario, [values])

    together()  # compiled, imported, parsed
    times = [(seconds(together), seconds(apart)) for _ in range(ROUNDS)]
    swept, separate = (min(each) for each in zip(*times, strict=True))
    print(f"sweep of {VARIANTS}, {scenario.model.draws:,} draws: {swept:.1f} s; {VARIANTS} separate runs: {separate:.1f} s; "
          f"ratio {swept / separate:.2f} (bar 0.6)")
    by_command = seconds(lambda: commands(COMMANDS)) / COMMANDS * VARIANTS
    print(f"the same as {VARIANTS} commands, from {COMMANDS}: {by_command:.0f} s; ratio {swept / by_command:.2f}")
    start = time.perf_counter()
    found = tune(scenario, FRONT, subject_to=["P(outlay<=85亿元)>=90%"], evaluations=evaluations, luck=SharedLuck(DRAWS))
    took = time.perf_counter() - start
    print(f"front of {len(FRONT)} levers, {DRAWS:,} draws, {found.attrs['evaluations']:,} evaluations: {took:.0f} s (bar 600 s at 2,000), "
          f"{1000 * took / found.attrs['evaluations']:.0f} ms a point; {found.sizes['solution']} points shown")


def seconds(work: Callable[[], None]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def commands(n: int) -> None:
    """So many runs from the command line."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(n):
            subprocess.run([sys.executable, "-c", RUN, "run", "baseline", "--seed", str(seed), "--out", folder], check=True,
                           capture_output=True)


if __name__ == "__main__":
    main()
