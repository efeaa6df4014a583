"""Simulate until the figures are sure enough: rounds of draws, each added to those before, and no draw simulated twice.

What is watched, in every scenario: the mean and the P95 of outlay over the horizon, and the mean outlay of each year that
makes up at least 1% of the whole. A smaller year is printed with its error like any other, but would alone decide the
number of draws. An error is the standard error that stands behind ± (eight scrambles, see summary), as a share of its
figure.

When to stop: an error from eight replicates is itself known to about a quarter only, and whoever stops as soon as it looks
small enough stops too often where it looks smaller than it is. So the errors must be small enough in two rounds running.
Of normal replicates (40,000 repeats, rounds that double, the true error from half to six times what is asked):

                                     true error small enough    value ± t x error covers    draws, were the error known: 1
    at once, one figure                        74%                       93.1%                        1.0
    error x 2.36/1.96 (t quantile)             87%                       92.7%                        1.4
    twice running                              97%                       94.3%                        2.1
    twice running, nine figures                99%                       94.8%                        2.4

With the engine, in 960 small worlds, the interval of the P95 covers in 94.4% to 95.9% when stopped at once and in 94.9% to
96.1% when twice running, for precisions from 1.5% to 4%; 95% is nominal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr

from simulator.drivers import SCRAMBLES, draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.population import draw_applications
from simulator.position import Position
from simulator.scenario import Scenario
from simulator.summary import QUANTILES, Estimate, estimate, mean, quantile
from simulator.units import parse_quantity
from simulator.weighting import Draws

FIRST_ROUND = 1024
CEILING = 65_536
LOOSEST = 0.5
SMALL_YEAR = 0.01  # of the outlay of all years; the mean of a smaller year is not watched
RUNNING = 2  # rounds in which the errors must be small enough, one after the other


def simulate_to_precision(
    scenario: Scenario | Sequence[Scenario],
    applications: xr.Dataset | None = None,
    precision: float | str = 0.005,
    *,
    ceiling: int = CEILING,
    threads: int | None = None,
    by: str = "district",
    progress: Callable[[int, int], None] | None = None,
    known: Position | Sequence[Position] | None = None,
) -> xr.Dataset:
    """Simulate rounds of 1,024, 2,048, 4,096 ... draws in all until the watched errors are small enough twice running.

    Parameters
    ----------
    scenario : Scenario or sequence of them
        Several must share population, years and seed; all of them have to reach the precision.
    applications : Dataset(application), optional
        From `draw_applications`; by default drawn here.
    precision : float or str
        Largest standard error as a share of its figure: 0.005 or "0.5%"; above 0 and at most 50%.
    ceiling : int
        Most draws. Memory is a ceiling too: a round that would not fit is not begun, and what is there is returned.
    threads, by, progress, known : optional
        As for `simulate`; progress is told the draws done and those of the round in hand.

    Returns
    -------
    Dataset(draw, year, instrument)
        Bit for bit what `simulate` gives for the same number of draws. `attrs["precision"]` says in JSON what was asked,
        whether it was reached, the rounds, and the relative error of each watched figure.

    Raises
    ------
    SimulatorError
        For a precision that is none, or a first round that does not fit into memory.
    """
    asked = read_precision(precision)
    first = scenario if isinstance(scenario, Scenario) else scenario[0]
    applications = draw_applications(first) if applications is None else applications
    results: xr.Dataset | None = None
    rounds: list[int] = []
    worst: list[float] = []
    stopped_by = "ceiling"
    for draws in round_sizes(ceiling):
        try:
            new = _simulate_new(scenario, applications, rounds[-1] if rounds else 0, draws, threads=threads, by=by, progress=progress,
                                known=known)
        except SimulatorError:
            if results is None:
                raise
            stopped_by = "memory"  # a later round differs from the first in its size only
            break
        results = new if results is None else _appended(results, new)
        del new  # half a run, which the next round has better use for
        rounds.append(draws)
        worst.append(max(error for errors in relative_errors(results).values() for error in errors.values()))
        if reached(worst, asked):
            stopped_by = "precision"
            break
    assert results is not None
    return results.assign_attrs(precision=_told(results, asked, stopped_by, ceiling, rounds))


def _told(results: xr.Dataset, asked: float, stopped_by: str, ceiling: int, rounds: list[int]) -> str:
    errors = {name: {key: float(x) if np.isfinite(x) else None for key, x in each.items()}
              for name, each in relative_errors(results).items()}
    return json.dumps({"asked": asked, "reached": stopped_by == "precision", "stopped_by": stopped_by, "ceiling": ceiling,
                       "rounds": rounds, "errors": errors})


def read_precision(written: float | str) -> float:
    """A share above 0 and at most 50%; as text it carries its %, lest 0.5 be taken for 0.5%."""
    try:
        value = float(written) if not isinstance(written, str) else _percentage(written)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 < value <= LOOSEST:
        raise SimulatorError(tr(f"精度（--precision）应为大于 0、不超过 50% 的百分数，例如 0.5%；得到 {written!r}",
                                f"precision (--precision): write a percentage above 0% and up to 50%, for example 0.5%; got {written!r}"))
    return value


def _percentage(text: str) -> float:
    quantity = parse_quantity(text)
    return float(quantity.value) if quantity.dimension == "share" else float("nan")


def round_sizes(ceiling: int) -> Iterator[int]:
    """Draws in all after each round: doubled up to the ceiling, which is the last."""
    if ceiling < 2 * SCRAMBLES:
        raise SimulatorError(tr(f"抽样次数的上限应不小于 {2 * SCRAMBLES}，得到 {ceiling}",
                                f"the ceiling of draws must be at least {2 * SCRAMBLES}, got {ceiling}"))
    draws = FIRST_ROUND
    while draws < ceiling:
        yield draws
        draws *= 2
    yield ceiling


def relative_errors(results: xr.Dataset) -> dict[str, dict[str, float]]:
    """Scenario -> watched figure, named as in `report` -> standard error over the figure; infinite where there is none yet."""
    if "scenario" in results.dims:
        return {str(name): _relative_errors(results.sel(scenario=name)) for name in results["scenario"].values}
    return {str(np.atleast_1d(results.attrs["scenarios"])[0]): _relative_errors(results)}


def reached(worst: Sequence[float], asked: float) -> bool:
    """Whether the largest error of each round, so far, was small enough in the last two."""
    return len(worst) >= RUNNING and all(error <= asked for error in worst[-RUNNING:])


def _relative_errors(results: xr.Dataset) -> dict[str, float]:
    draws = Draws.of(results)
    outlay = results["outlay"].sum("instrument")
    total = outlay.sum("year").values
    found = {"outlay_total.mean": estimate(total, mean, draws),
             "outlay_total.p95": estimate(total, quantile(QUANTILES["p95"]), draws, tail=True)}
    for year in outlay["year"].values:
        of_year = estimate(outlay.sel(year=year).values, mean, draws)
        if of_year.value >= SMALL_YEAR * found["outlay_total.mean"].value:
            found[f"outlay_by_year.{year}.mean"] = of_year
    return {name: _relative(each) for name, each in found.items()}


def _relative(found: Estimate) -> float:
    """What does not vary has no error, be it nothing; what has no error yet is not known at all."""
    if found.error == 0.0:
        return 0.0
    return found.error / found.value if found.value > 0 and np.isfinite(found.error) else float("inf")


def _simulate_new(scenario: Scenario | Sequence[Scenario], applications: xr.Dataset, first: int, draws: int,
                  **how: Any) -> xr.Dataset:
    """Draws first .. draws - 1 as they are in a run of them all.

    A draw's luck goes by its number, so the draws that are there already keep their places, empty: no project exists in
    them, and they take no time. (Only rows that a frame of one's own places in no cell exist there too; they are dropped.)
    """
    drivers = draw_drivers(scenario, draws)
    drivers["count"][:first] = 0
    return simulate(scenario, applications, drivers, **how).isel(draw=slice(first, None))


def _appended(results: xr.Dataset, new: xr.Dataset) -> xr.Dataset:
    return xr.concat([results, new], dim="draw", data_vars="minimal", coords="minimal", compat="override", join="override",
                     combine_attrs="override")
