"""How much even spread and weights are worth: error against the number of draws, ours beside plain Monte Carlo.

    python -m tests.benchmarks.precision --replicates 16 --chart precision.png

Plain Monte Carlo is the same model with independent normal scores for the drivers in place of scrambled Sobol points, and
every draw counting alike. Every replicate has a seed of its own for the drivers, the numbers of projects and their luck. Fewer
draws are the first of more, as in the product. The truth is a pooled run of other seeds. `--shares` says where the variance
of a mean comes from.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import xarray as xr

from kernels.streams import uniforms_of_count
from simulator import drivers
from simulator.drivers import SCRAMBLES, dimensions, draw_drivers
from simulator.engine import simulate
from simulator.population import draw_applications
from simulator.scenario import Scenario, load_scenario
from simulator.summary import Statistic, cvar95, mean, quantile
from simulator.weighting import Draws
from tests.support import with_seed

DRAWS = (256, 512, 1024, 2048, 4096)
STATISTICS: dict[str, Statistic] = {"mean": mean, "P95": quantile(0.95), "CVaR95": cvar95}
SAMPLERS = ("plain", "ours")
TRUTH = (32, 8192)  # seeds, draws each
RESAMPLES = 2000
SEED, OTHER = 1_000_000, 2_000_000  # first seeds of the replicates and of the pooled run; another luck is a seed apart


def independent_scores(scenario: Scenario, n_draw: int) -> dict[str, np.ndarray]:
    """Independent normal scores in place of Sobol points: any first draws are those of more draws here too."""
    names = list(dimensions(scenario))
    scores = np.random.default_rng([scenario.model.seed, 20]).standard_normal((n_draw, len(names)))
    return {name: scores[:, i].copy() for i, name in enumerate(names)}


def drawn(scenario: Scenario, draws: int, sampler: str) -> xr.Dataset:
    """The drivers of either sampler."""
    if sampler == "ours":
        return draw_drivers(scenario, draws)
    with mock.patch.object(drivers, "normal_scores", independent_scores):
        return draw_drivers(scenario, draws)


class Run(NamedTuple):
    """Municipal outlay over the horizon float64[draw] and the control float64[draw, plan_year] of one seed [CNY]."""

    outlay: np.ndarray
    control: np.ndarray

    def find(self, statistic: Statistic, n: int, weighted: bool) -> float:
        """A statistic of the first n draws."""
        draws = Draws.controlled(self.control[:n], SCRAMBLES) if weighted else Draws.alike(n, SCRAMBLES)
        return float(statistic(self.outlay[:n], draws.weights[:, :1])[0])


def run_of(scenario: Scenario, frame: xr.Dataset, given: xr.Dataset) -> Run:
    """Simulate, and keep what is measured."""
    results = simulate(scenario, frame, given)
    return Run(results["outlay"].sum(("year", "instrument")).values, results["control"].values)


def outlay(scenario: Scenario, frame: xr.Dataset, given: xr.Dataset) -> np.ndarray:
    """Municipal outlay over the horizon in every draw [CNY]."""
    return run_of(scenario, frame, given).outlay


def measure(scenario: Scenario, replicates: int = 16, draws: Sequence[int] = DRAWS, truth: tuple[int, int] = TRUTH,
            say: Callable[[str], None] = lambda text: None) -> list[dict[str, Any]]:
    """One row a statistic and number of draws: relative RMSE of both samplers with its standard error, and their ratio.

    `ratio` is plain over ours with `low` and `high` of its 95% interval (bootstrap over replicates); `as_many` is the square
    of it: so many plain draws do what one of ours does.
    """
    frame, most = draw_applications(scenario), max(draws)
    found: dict[str, list[Run]] = {sampler: [] for sampler in SAMPLERS}
    for sampler in SAMPLERS:
        for replicate in range(replicates):
            chosen = with_seed(scenario, SEED + replicate + replicates * SAMPLERS.index(sampler))
            found[sampler].append(run_of(chosen, frame, drawn(chosen, most, sampler)))
        say(f"{sampler}: {replicates} x {most:,} draws")
    seeds, each = truth
    known = [run_of(chosen, frame, draw_drivers(chosen, each)) for chosen in (with_seed(scenario, OTHER + i) for i in range(seeds))]
    pooled = Run(*(np.concatenate(fields) for fields in zip(*known, strict=True)))
    say(f"truth: {seeds} x {each:,} draws")
    rows = []
    for name, statistic in STATISTICS.items():
        true = pooled.find(statistic, len(pooled.outlay), weighted=True)
        for n in draws:
            off = {sampler: np.array([run.find(statistic, n, sampler == "ours") / true - 1 for run in found[sampler]])
                   for sampler in SAMPLERS}
            rows.append({"statistic": name, "draws": n, "truth": true, **_compared(off)})
    return rows


def _compared(off: dict[str, np.ndarray]) -> dict[str, float]:
    """RMSE of both samplers from their relative errors, and the ratio."""
    rng = np.random.default_rng(1)
    resampled = {name: _rms(x[rng.integers(0, x.size, (RESAMPLES, x.size))]) for name, x in off.items()}
    ratios = resampled["plain"] / resampled["ours"]
    ratio = float(_rms(off["plain"]) / _rms(off["ours"]))
    row = {name: float(_rms(x)) for name, x in off.items()} | {f"{name}_error": float(resampled[name].std()) for name in off}
    low, high = np.quantile(ratios, [0.025, 0.975])
    return row | {"ratio": ratio, "low": float(low), "high": float(high), "as_many": ratio**2}


def _rms(x: np.ndarray) -> np.ndarray:
    return np.sqrt((x**2).mean(axis=-1))


def variance_shares(scenario: Scenario, draws: int = 8192) -> dict[str, tuple[float, float]]:
    """Where the variance of outlay comes from, with standard errors: drivers, numbers of projects given them, luck of projects.

    Two runs with the same drivers but other luck have in common what the drivers decide: their correlation is its share.
    """
    frame = draw_applications(scenario)
    given = drawn(scenario, draws, "plain")
    first = outlay(scenario, frame, given)
    other_luck = outlay(with_seed(scenario, OTHER), frame, given)
    other_counts = outlay(with_seed(scenario, OTHER + 1), frame, with_other_counts(scenario, draws, "plain", OTHER + 1))
    decided, driven = (float(np.corrcoef(first, other)[0, 1]) for other in (other_luck, other_counts))
    error = {r: (1 - r * r) / math.sqrt(draws) for r in (decided, driven)}
    return {"drivers": (driven, error[driven]), "counts": (decided - driven, math.hypot(error[decided], error[driven])),
            "luck": (1 - decided, error[decided])}


def with_other_counts(scenario: Scenario, draws: int, sampler: str, seed: int) -> xr.Dataset:
    """The same drivers, waves of applications included; the number of projects given them is by the luck of another seed."""
    def other(_: np.uint64, *rest: Any) -> np.ndarray:
        return uniforms_of_count(np.uint64(seed), *rest)

    with mock.patch.object(drivers, "uniforms_of_count", other):
        return drawn(scenario, draws, sampler)


def left_of_drivers(scenario: Scenario, share: float, replicates: int = 16, draws: Sequence[int] = DRAWS) -> list[dict[str, float]]:
    """What Sobol points leave of the drivers' part of the variance of a mean: 1 is as much as independent draws leave.

    Every scramble is run twice, with other numbers of projects and other luck: the covariance of its two means is what its
    drivers leave. `share` is that of the drivers in the variance of a draw, from `variance_shares`. `luck` is the part of the
    variance of our mean that is not the drivers'.
    """
    frame, most = draw_applications(scenario), max(draws)
    pairs = []
    for replicate in range(replicates):
        chosen, other = (with_seed(scenario, start + replicate) for start in (SEED, OTHER))
        again = with_other_counts(chosen, most, "ours", OTHER + replicate)
        pairs.append([outlay(chosen, frame, draw_drivers(chosen, most)), outlay(other, frame, again)])
    runs = np.array(pairs).reshape(replicates, 2, -1, SCRAMBLES)
    rows = []
    for n in draws:
        means = runs[:, :, : n // SCRAMBLES].mean(axis=2).transpose(1, 0, 2).reshape(2, -1)
        plain = runs.var() * SCRAMBLES / n
        common = np.prod(means - means.mean(axis=1, keepdims=True), axis=0)
        ours = means.var(axis=1).mean()
        rows.append({"draws": n, "left": float(common.mean() / (share * plain)),
                     "error": float(common.std() / math.sqrt(common.size) / (share * plain)),
                     "luck": float(1 - common.mean() / ours), "variance": float(ours / plain)})
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows of `measure` as text."""
    lines = [f"{'statistic':<10}{'draws':>7}{'plain':>18}{'ours':>18}{'ratio':>7}  {'95% interval':<14}{'plain for one':>14}"]
    for row in rows:
        both = "".join(f"{100 * row[name]:>9.3f}% ±{100 * row[f'{name}_error']:.3f} " for name in SAMPLERS)
        lines.append(f"{row['statistic']:<10}{row['draws']:>7,}{both}{row['ratio']:>7.2f}  {row['low']:.2f} to {row['high']:<7.2f}"
                     f"{row['as_many']:>9.1f}")
    return "\n".join(lines)


def chart(rows: Sequence[dict[str, Any]], file: str) -> None:
    """RMSE against draws, both axes logarithmic, one panel a statistic; dotted: the rate of independent draws."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    panels = figure.subplots(1, len(STATISTICS), sharey=True)
    for panel, name in zip(panels, STATISTICS, strict=True):
        mine = [row for row in rows if row["statistic"] == name]
        n = np.array([row["draws"] for row in mine], float)
        for sampler, colour in zip(SAMPLERS, ("tab:orange", "tab:blue"), strict=True):
            y, bar = (np.array([row[key] for row in mine]) for key in (sampler, f"{sampler}_error"))
            panel.errorbar(n, 100 * y, 196 * bar, label=sampler, color=colour, marker="o", markersize=3, capsize=2)
        panel.plot(n, 100 * mine[0]["plain"] * np.sqrt(n[0] / n), ":", color="grey", linewidth=1)
        panel.set(xscale="log", yscale="log", title=name, xlabel="draws")
        panel.set_xticks(n, [f"{int(x):,}" for x in n], rotation=45)
        panel.minorticks_off()
        panel.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0], ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2"])
    panels[0].set_ylabel("RMSE of total outlay [%]")
    panels[0].legend()
    figure.savefig(file, dpi=150)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and draw where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.precision", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="baseline")
    parser.add_argument("--replicates", type=int, default=16)
    parser.add_argument("--draws", type=int, nargs="+", default=list(DRAWS), help="multiples of 8")
    parser.add_argument("--truth", type=int, nargs=2, default=TRUTH, metavar=("SEEDS", "DRAWS"), help="the pooled run")
    parser.add_argument("--chart", metavar="FILE", help="save a chart here")
    parser.add_argument("--shares", action="store_true", help="also where the variance of a mean comes from")
    given = parser.parse_args(arguments)
    scenario, began = load_scenario(given.scenario), time.perf_counter()
    rows = measure(scenario, given.replicates, given.draws, tuple(given.truth), lambda text: print(text, flush=True))
    print(table(rows))
    if given.chart:
        chart(rows, given.chart)
    if given.shares:
        shares = variance_shares(scenario)
        print("variance of a draw: " + ", ".join(f"{name} {100 * x:.1f}% ±{100 * error:.1f}" for name, (x, error) in shares.items()))
        for row in left_of_drivers(scenario, shares["drivers"][0], given.replicates, given.draws):
            print(f"{row['draws']:>6,} draws: variance of our mean over that of plain draws {row['variance']:.3f}; luck and counts are "
                  f"{100 * row['luck']:.0f}% of ours; of the drivers' part {100 * row['left']:.1f}% ±{100 * row['error']:.1f} is left")
    print(f"took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
