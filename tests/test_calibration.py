"""Stated 95% intervals cover in 95% of cases: figure ± t x error, for a number of draws that is given and for one that is found.

A world is one instrument in one year: firms in waves, sizes with a heavy tail, a capped share paid at once, nothing else by
chance. Nothing links an instrument to another or a year to the next, so a run of one seed holds 16 worlds with a dimension
and luck of their own, and 12 seeds make 192. Whoever understates or overstates errors falls out of the band.
"""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom, t

from simulator import precision
from simulator.drivers import SCRAMBLES, draw_drivers
from simulator.engine import simulate
from simulator.population import draw_applications
from simulator.precision import simulate_to_precision
from simulator.summary import Estimate, estimate, mean, quantile
from simulator.weighting import Draws
from tests.support import CERTAIN, stream, tiny, with_seed
from tests.test_closed_forms import lognormal_limited

WAN = 1e4
SEEDS, MOST = range(1, 13), 8192
T_95 = t.ppf(0.975, SCRAMBLES - 1)
ONE_IN = 1000  # a true 95% falls out of the band so rarely, at either end
RULES = {"first_of_kind": (0.30, 2000), "catalogue_breakthrough": (0.30, 2000), "energy_management_centre": (0.20, 1000),
         "scenario_demonstration": (0.20, 800)}  # rate, cap in 万元
SIZE, SIGMA, NUMBER = 3000, 1.2, 5


@dataclasses.dataclass(frozen=True)
class World:
    """One instrument in one year of one seed: its outlay, the control of this year, and what is known of it from elsewhere."""

    run: xr.Dataset
    truth: dict[str, float]

    def first(self, draws):
        return self.run["outlay"].values[:draws, 0, 0]

    def estimate(self, name, draws, tail=False):
        """The statistic as a run of so many draws states it, by weights of its own."""
        weighted = Draws.controlled(self.run["control"].values[:draws], SCRAMBLES)
        return estimate(self.first(draws), STATISTICS[name], weighted, tail=tail)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    waves = {"negative_binomial": {"mean": NUMBER, "dispersion": 1}}
    size = {"lognormal": {"median": f"{SIZE}万元", "sigma": SIGMA}}
    return tiny(tmp_path_factory.mktemp("worlds"), {name: stream(name, size, waves) for name in RULES}, CERTAIN)


@pytest.fixture(scope="module")
def worlds(scenario):
    frame = draw_applications(scenario)

    def run(seed):
        chosen = with_seed(scenario, seed)
        results = simulate(chosen, frame, draw_drivers(chosen, MOST))
        return results[["outlay", "control"]].sel(instrument=list(RULES), year=slice(2024, 2027))

    runs = [run(seed) for seed in SEEDS]
    found = []
    for own in runs:
        others = xr.concat([run["outlay"] for run in runs if run is not own], dim="draw")  # four years of eleven seeds: a very long run
        for name, (rate, cap) in RULES.items():
            truth = {"mean": NUMBER * rate * lognormal_limited(cap * WAN / rate, SIZE * WAN, SIGMA),
                     "p95": float(np.quantile(others.sel(instrument=name).values, 0.95))}
            found += [World(own.sel(instrument=[name], year=[year], plan_year=[year]), truth) for year in own["year"].values]
    return found


def assert_covers(stated, truths):
    """That many of the intervals cover as 95% intervals do."""
    covered = sum(abs(found.value - truth) <= T_95 * found.error for found, truth in zip(stated, truths, strict=True))
    low, high = binom.ppf([0.5 / ONE_IN, 1 - 0.5 / ONE_IN], len(truths), 0.95)
    assert low <= covered <= high, f"{covered} of {len(truths)} are covered, not {low:.0f} to {high:.0f}"


STATISTICS = {"mean": mean, "p95": quantile(0.95)}


def stated(worlds, name, draws):
    found = [world.estimate(name, draws, tail=name == "p95") for world in worlds]
    return found, [world.truth[name] for world in worlds]


@pytest.mark.parametrize(("name", "draws"), [("mean", 256), ("mean", 4096), ("p95", 2048), ("p95", MOST)])
def test_an_interval_of_outlay_covers_the_truth_in_95_percent_of_worlds(worlds, name, draws):
    assert_covers(*stated(worlds, name, draws))


@pytest.mark.parametrize("factor", [0.5, 5.0])
@pytest.mark.parametrize(("name", "draws"), [("mean", 4096), ("p95", MOST)])
def test_errors_that_are_too_small_or_too_large_fall_out_of_the_band(worlds, name, draws, factor):
    found, truths = stated(worlds, name, draws)
    with pytest.raises(AssertionError, match="are covered"):
        assert_covers([Estimate(each.value, factor * each.error) for each in found], truths)


def test_the_usual_formula_of_independent_draws_would_overstate_the_errors(worlds):
    """Waves of applications are drawn evenly, which the usual formula does not know: this is what scrambles are for."""
    usual = [Estimate(x.mean(), x.std(ddof=1) / np.sqrt(x.size)) for x in (world.first(4096) for world in worlds)]
    with pytest.raises(AssertionError, match="are covered"):
        assert_covers(usual, [world.truth["mean"] for world in worlds])


ASKED = 0.02


@pytest.fixture(scope="module")
def stopped(worlds, scenario):
    """The draws that `simulate_to_precision` takes in every world, taken themselves from the run that is there."""
    with pytest.MonkeyPatch.context() as patch:
        found = []
        for world in worlds:
            run = world.run.assign_attrs(scrambles=SCRAMBLES, scenarios=["world"])
            patch.setattr(precision, "_simulate_new", lambda _, __, first, draws, run=run, **how: run.isel(draw=slice(first, draws)))
            found.append(simulate_to_precision(scenario, xr.Dataset(), ASKED, ceiling=MOST).sizes["draw"])
    return found


def test_the_number_of_draws_differs_from_world_to_world(stopped):
    assert set(stopped) == {4096, MOST}
    assert min(stopped.count(4096), stopped.count(MOST)) > len(stopped) / 5


@pytest.mark.parametrize("name", STATISTICS)
def test_an_interval_covers_as_often_where_the_number_of_draws_was_found_by_looking(worlds, stopped, name):
    found = [world.estimate(name, draws) for world, draws in zip(worlds, stopped, strict=True)]
    assert_covers(found, [world.truth[name] for world in worlds])


@pytest.mark.parametrize("name", STATISTICS)
def test_figures_are_as_precise_as_was_asked(worlds, stopped, name):
    """The asked error is a standard error: all but 5% of the figures must lie within 1.96 of it, by far if it was reached."""
    off = np.array([world.estimate(name, draws).value / world.truth[name] - 1 for world, draws in zip(worlds, stopped, strict=True)])
    assert np.sqrt((off**2).mean()) <= ASKED
    assert (np.abs(off) > 1.96 * ASKED).sum() <= binom.ppf(1 - 1 / ONE_IN, len(off), 0.05)
