"""How honest errors are: python -m tests.benchmarks.calibration [seeds]. Counts, not times; they take some minutes.

Of one lever, how often the 95% interval has the closed form and the safe value keeps its constraint, on 512 plain draws and on
eight Sobol scrambles; and of the baseline, how far figures spread over seeds beside the standard errors that are printed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

from simulator import draw_applications, draw_drivers, load_scenario, simulate
from simulator.summary import estimate, mean
from simulator.tuning.one_lever import solve
from simulator.weighting import Draws
from tests.tuning.test_one_lever import CASES, Q95, counted, lognormal
from tests.tuning.test_problem import normals, paid, problem, small_world

SEEDS = 200
RUNS = 96
DRAWS = (512, 1024, 2048)


def main() -> None:
    """Count, print."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        world = small_world(Path(folder))
        for case, (rule, text, prefer, exact) in CASES.items():
            found = [solve(problem(world, paid(rule), normals(512, seed), text), prefer) for seed in seeds]
            safe = sum(each.safe <= exact if prefer == "largest" else each.safe >= exact for each in found)
            print(f"{case}: {counted(found, exact)} of {len(seeds)} intervals have it, {safe} safe values hold")
        text = f"P(outlay<={0.16 * Q95:.9f}亿元)>=95%"
        found = [solve(problem(world, paid(lognormal), normals(512, seed, sobol=True), text), "largest") for seed in seeds]
        safe = sum(each.safe <= 0.16 for each in found)
        print(f"the first, eight Sobol scrambles: {counted(found, 0.16)} of {len(seeds)} intervals have it, {safe} safe values hold")
    for draws in DRAWS:
        outlay, induced = spread(draws)
        print(f"{draws:,} draws, {RUNS} seeds of the baseline, spread over printed error: "
              f"outlay {outlay:.2f}, induced investment {induced:.2f}")


def spread(draws: int) -> tuple[float, float]:
    """Of mean outlay and of mean induced investment: standard deviation over seeds, over the root mean square of the printed errors."""
    scenario = load_scenario("baseline")
    applications = draw_applications(scenario)
    found = []
    for seed in range(RUNS):
        other = scenario.with_seed(1000 + seed)
        results = simulate(other, applications, draw_drivers(other, draws))
        found.append([estimate(results[name].sum(["year", "instrument"]).values, mean, Draws.of(results))
                      for name in ("outlay", "induced_investment")])
    ratios = [np.std([each.value for each in column], ddof=1) / np.sqrt(np.mean([each.error**2 for each in column]))
              for column in zip(*found, strict=True)]
    return float(ratios[0]), float(ratios[1])


if __name__ == "__main__":
    main()
