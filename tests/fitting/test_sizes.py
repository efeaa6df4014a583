"""Sizes: the truncated lognormal against general optimisation and integration, tails, power laws, and what a file states of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import norm, truncnorm

from simulator.fitting import goodness, truncated
from simulator.fitting.sectors import fit_factors
from simulator.fitting.size_fits import fit_in_windows, fit_sizes
from simulator.fitting.sizes import Sizes
from simulator.fitting.stream_sizes import written
from simulator.fitting.truncated import log_mass, see
from simulator.schema.distributions import Distribution, Money

WINDOWS = [(-np.inf, np.inf), (0.0, np.inf), (-0.5, 1.5), (-np.inf, 1.0)]


def logs(n, low=-np.inf, high=np.inf, mu=0.0, sigma=1.0, seed=0):
    made = np.random.default_rng(seed).normal(mu, sigma, 40 * n)
    return made[(made >= low) & (made <= high)][:n]


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (8.0, 9.0), (-9.0, -8.5), (30.0, np.inf), (-np.inf, -30.0), (0.1, 0.1000001)])
def test_the_mass_between_two_bounds_is_exact_far_out(low, high):
    expected = np.log(quad(norm.pdf, low, high)[0]) if abs(low) < 10 else norm.logsf(30.0)
    assert log_mass(np.array(low), np.array(high)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("low", "high"), WINDOWS)
def test_the_peak_is_where_a_general_optimiser_finds_it(low, high):
    values = logs(400, low, high)
    found = truncated.peak(see(values, low, high))

    def loss(at):
        mu, sigma = at[0], np.exp(at[1])
        return -truncnorm.logpdf(values, (low - mu) / sigma, (high - mu) / sigma, mu, sigma).sum()

    finely = {"xatol": 1e-7, "fatol": 1e-9, "maxiter": 5000}
    best = minimize(loss, [values.mean(), np.log(values.std())], method="Nelder-Mead", options=finely)
    assert -found.loglikelihood == pytest.approx(best.fun, abs=1e-3)
    assert [found.mu, np.log(found.sigma)] == pytest.approx(best.x, abs=5e-3)


def test_many_fits_side_by_side_are_those_one_by_one():
    values = np.stack([logs(200, 0.0, seed=seed) for seed in range(5)])
    together = truncated.peak(see(values, 0.0))
    for row, mu, sigma in zip(values, together.mu, together.sigma, strict=True):
        alone = truncated.peak(see(row, 0.0))
        assert (float(alone.mu), float(alone.sigma)) == pytest.approx((mu, sigma), abs=1e-4)


def test_where_most_is_hidden_sigma_is_not_invented():
    """40 rows above the 95% quantile: any sigma from 0.5 on will do. The base's is kept, and the median said to be doubtful."""
    found = fit_sizes(logs(40, 1.645), 1.645, base_sigma=1.0)
    assert found.sigma is None
    if found.sizes.is_power_law:
        assert found.median is None
        assert found.alpha.value > 0
    else:
        assert found.sizes.sigma_is_base
        assert found.sizes.sigma == 1.0
        assert found.median.error > 0.4 * found.median.value


def test_a_power_law_above_the_threshold_stays_one():
    """Which of its parameters a lognormal that looks so would have cannot be told; the index can."""
    fits = [fit_sizes(2.0 + np.random.default_rng(seed).exponential(1 / 3.0, 300), 2.0, base_sigma=1.5) for seed in range(100)]
    laws = [each for each in fits if each.sizes.is_power_law]
    assert len(laws) >= 90
    assert all(each.sizes.seen() == 1.0 and each.median is None for each in laws)
    assert np.mean([abs(each.alpha.value - 3.0) <= 2 * each.alpha.error for each in laws]) >= 0.93


def test_more_is_hidden_from_a_sector_of_smaller_projects():
    sizes = Sizes(np.log(2e7), np.log(1.5e7), 1.2)
    assert sizes.seen() == pytest.approx(norm.sf(np.log(2 / 1.5) / 1.2))
    assert sizes.seen(sizes.low - np.log(0.5)) < sizes.seen() < sizes.seen(sizes.low - np.log(2.0))


@pytest.mark.parametrize("sizes", [
    Sizes(-np.inf, 16.0, 1.1), Sizes(np.log(2e7), 16.5, 1.3), Sizes(-np.inf, 16.0, 1.0, 17.5, 1.4, 0.08),
    Sizes(np.log(2e7), 16.5, 1.3, 19.0, 1.2, 0.05), Sizes(np.log(2e7), alpha=2.5),
], ids=["lognormal", "seen from a threshold", "tail", "tail and threshold", "power law"])
def test_the_file_states_the_distribution_that_was_fitted(baseline, sizes):
    """Above the threshold, its distribution function is the fitted one; as much lies above as was said."""
    stream = baseline.model.population.streams["energy_management_centre"]
    stated = Distribution[Money].model_validate(written(sizes, stream, 1e12))
    chances = (np.arange(200_000) + 0.5) / 200_000
    all_sizes = np.log(stated.ppf(chances))
    above = all_sizes[all_sizes >= sizes.low]
    assert len(above) / len(all_sizes) == pytest.approx(sizes.seen(), abs=1e-4)
    for at in np.quantile(above, [0.1, 0.5, 0.9, 0.99]):
        assert (above <= at).mean() == pytest.approx(float(sizes.chances(at)), abs=2e-4)
    for further in (0.5, 3.0):
        beyond = max(sizes.low, 15.0) + further
        assert (all_sizes >= beyond).mean() == pytest.approx(sizes.seen(beyond), abs=1e-4)
    drawn = sizes.draw(np.array([0.1, 0.5, 0.9, 0.99]))
    assert sizes.chances(drawn) == pytest.approx([0.1, 0.5, 0.9, 0.99], abs=1e-6)


def test_a_tail_is_stated_as_a_mixture_whose_parts_ascend(baseline):
    stream = baseline.model.population.streams["technical_upgrade"]
    value = written(Sizes(-np.inf, 16.0, 1.0, 17.5, 1.4, 0.08), stream, 1e9)
    body, tail = (part["of"] for part in value["mixture"])
    assert body["lognormal"]["max"] == tail["pareto"]["min"]
    assert tail["pareto"]["max"] == "600000万元"  # the largest size of the base holds on: no row lies beyond
    assert "max" not in written(Sizes(-np.inf, 16.0, 1.0), stream, 7e9)["lognormal"]


def test_sectors_are_told_apart_behind_a_threshold_too():
    rng = np.random.default_rng(5)
    sector = rng.choice(["大", "小"], 6000)
    values = np.where(sector == "大", 0.5, -0.5) + rng.standard_normal(6000)
    seen = values >= 0.3
    found = fit_factors(values[seen], sector[seen], 0.3)
    assert found.p < 1e-6
    ratio = found.of["大"].value / found.of["小"].value
    assert ratio == pytest.approx(np.e, rel=0.25)
    assert fit_factors(values[seen], sector[seen], -np.inf).of["大"].value < found.of["大"].value  # what is seen alone understates it
    away = found.logs(sector[seen])
    fitted = fit_in_windows(values[seen] - away, 0.3 - away, 1.0)
    assert abs(fitted.sigma.value - 1.0) <= 2 * fitted.sigma.error


def test_few_rows_of_a_sector_have_no_factor():
    sector = np.array(["甲"] * 50 + ["乙"] * 29)
    found = fit_factors(logs(79), sector, -np.inf)
    assert set(found.of) == {"甲"}
    assert fit_factors(logs(50), np.array(["甲"] * 50), -np.inf) is None


@pytest.mark.parametrize("sizes", [Sizes(-np.inf, 0.0, 1.0), Sizes(0.2, 0.0, 1.0), Sizes(-np.inf, 0.0, 1.0, 1.5, 1.2, 0.1)])
def test_goodness_of_fit_accepts_what_was_drawn_and_rejects_what_was_not(sizes):
    rng = np.random.default_rng(11)
    good = sizes.draw(rng.random(500))
    assert goodness.of_sizes(sizes.chances(good), sizes)[1] > 0.01
    other = sizes.chances(np.round(good * 1.5) / 1.5)  # figures that were rounded
    assert goodness.of_sizes(np.clip(other, 1e-9, 1 - 1e-9), sizes)[1] < 0.01


def test_goodness_of_fit_is_the_same_every_time():
    sizes = Sizes(-np.inf, 0.0, 1.0)
    chances = np.random.default_rng(1).random(200)
    assert goodness.of_sizes(chances, sizes) == goodness.of_sizes(chances, sizes)
