"""What all projects of a draw share: means, correlations, prefixes, the LPR path, and the numbers of projects."""

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm, poisson, rankdata

from simulator.drivers import (
    SCALARS,
    SCRAMBLES,
    _poisson_quantile,
    assumed_values,
    dimensions,
    draw_drivers,
    instrument_values,
    luck_key,
    nominal_drivers,
    normal_scores,
)
from simulator.errors import SimulatorError
from simulator.population import cells, draw_applications
from simulator.scenario import load_scenario
from tests.support import assert_identical, changed, count_moments, run, stream, tiny, with_seed

ONE = {"one": stream("first_of_kind", "1000万元", 5)}
DRAWS = 4096


@pytest.fixture(scope="module")
def many(baseline):
    return draw_drivers(baseline, DRAWS)


@pytest.fixture(scope="module")
def stated(baseline, many):
    """Every driver of the baseline that has a distribution: (name, values, distribution)."""
    given = baseline.model.drivers
    found = [(name, many[name].values, getattr(given, name).value) for name in SCALARS]
    found += [(f"{family}.{size}", many[family].sel(size_class=size).values, getattr(given, family)[size].value)
              for family in ("filing", "additional") for size in ("small", "medium", "large")]
    found += [(f"demand.{year}", many["demand"].sel(filing_year=year).values, given.demand.value) for year in range(2024, 2028)]
    found += [(f"city_growth.{year}", many["city_growth"].sel(filing_year=year).values, given.city_growth.value[year])
              for year in range(2024, 2028)]
    return found + [(name, many["assumed"].sel(assumed_value=name).values, d) for name, d in instrument_values(baseline).items()
                    if name in assumed_values(baseline)]


# --- points -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [1, 8, 9, 64, 100, 1000])
def test_the_first_draws_of_any_number_are_the_same(many, baseline, draws):
    assert_identical(draw_drivers(baseline, draws), many.isel(draw=slice(draws)))


def test_every_dimension_is_level_within_each_scramble(baseline):
    """Draw d takes point d // 8 of scramble d % 8: any 2**k of them have one value in each of 2**k equal bands."""
    for name, score in normal_scores(baseline, 1024).items():
        for scramble in range(SCRAMBLES):
            bands = np.sort((norm.cdf(score[scramble::SCRAMBLES]) * 128).astype(int))
            assert np.array_equal(bands, np.arange(128)), name


def test_dimensions_are_unrelated(baseline):
    """Some pairs of Sobol dimensions are a little related at 512 points a scramble; a pair that mattered would show here."""
    scores = np.stack(list(normal_scores(baseline, DRAWS).values()))
    assert np.abs(np.corrcoef(scores) - np.eye(len(scores))).max() < 0.1


def test_scrambles_err_independently(baseline):
    """The means of eight replicates are what errors are estimated from: over all dimensions they are unrelated and centred."""
    scores = np.stack(list(normal_scores(baseline, 1024).values()))
    means = scores.reshape(len(scores), -1, SCRAMBLES).mean(axis=1)
    means /= means.std()
    assert np.abs(np.corrcoef(means.T) - np.eye(SCRAMBLES)).max() < 5 / math.sqrt(len(scores))
    assert abs(means.mean()) < 4 / math.sqrt(means.size)


def test_another_seed_has_other_drivers_and_counts(baseline, many):
    other = draw_drivers(with_seed(baseline, 1), 64)
    assert not np.isin(other["elasticity"].values, many["elasticity"].values).any()
    assert (other["count"].values != many["count"].values[:64]).mean() > 0.5


def test_dimension_names_are_unique(baseline):
    assert len(set(dimensions(baseline))) == len(dimensions(baseline))
    assert len({luck_key(f"cell/{cell.key}") for cell in cells(baseline)}) == len(cells(baseline))


# --- distributions ----------------------------------------------------------------------------------------------------


def test_every_driver_has_the_mean_and_the_ranks_of_its_distribution(stated):
    for name, values, distribution in stated:
        error = values.std() / math.sqrt(values.size)
        assert abs(values.mean() - distribution.mean()) <= 4 * error + 1e-9 * abs(distribution.mean()), name
        if distribution.kind not in ("constant", "discrete"):
            u = (rankdata(values) - 0.5) / values.size
            fit = distribution.ppf(u)
            assert np.abs(values - fit).mean() < 0.1 * values.std(), name


def test_the_shares_of_outcomes_add_up_and_are_dirichlet(many, baseline):
    outcome, weights = many["outcome"].values, np.array(list(baseline.model.drivers.outcome.value.model_dump().values()))
    assert outcome.sum(axis=1) == pytest.approx(np.ones(DRAWS))
    assert (outcome > 0).all()
    mean = weights / weights.sum()
    spread = np.sqrt(mean * (1 - mean) / (weights.sum() + 1))
    assert np.all(np.abs(outcome.mean(axis=0) - mean) <= 4 * spread / math.sqrt(DRAWS))
    assert outcome.std(axis=0) == pytest.approx(spread, rel=0.06)
    assert np.corrcoef(outcome.T)[0, 1] == pytest.approx(-math.sqrt(mean[0] * mean[1] / ((1 - mean[0]) * (1 - mean[1]))), abs=0.06)


def test_the_nominal_case_has_every_driver_at_its_median_and_pays_ceilings_in_full(baseline):
    nominal = nominal_drivers(baseline)
    assert nominal["award_intensity"].item() == 1
    assert nominal["elasticity"].item() == pytest.approx(baseline.model.drivers.elasticity.value.median())
    assert nominal["lpr"].sel(year=2026).item() == 0.03


# --- correlations -----------------------------------------------------------------------------------------------------


def test_stated_correlations_are_those_of_thenormal_scores(stated):
    score = {name: ndtri((rankdata(values) - 0.5) / values.size) for name, values, _ in stated}
    macro = [name for name in score if name.startswith(("demand.", "city_growth."))]
    assert len(macro) == 8
    within = np.corrcoef([score[name] for name in macro])[np.triu_indices(8, 1)]
    assert within == pytest.approx(np.full(28, 0.3), abs=0.06)
    apart = np.corrcoef([score["demand.2024"], score["elasticity"], score["approval_level"], score["award_intensity"]])
    assert np.abs(apart - np.eye(4)).max() < 0.06


def test_low_rates_go_with_strong_demand(tmp_path):
    """Rates take few values, so the correlation of the scores shows in the means: E[demand score | two cuts]."""
    change = {"drivers": {"lpr": {"published": {"value": {2024: "3%"}}, "cut": "10bp", "probability": "50%", "floor": "0%"}}}
    drivers = draw_drivers(tiny(tmp_path, ONE, change), DRAWS)
    score = ndtri((rankdata(drivers["demand"].sel(filing_year=2027).values) - 0.5) / DRAWS)
    lowest = drivers["lpr"].diff("year").sel(year=2027).values < -0.0015
    assert lowest.mean() == pytest.approx(0.25, abs=0.02)
    assert score[lowest].mean() == pytest.approx(0.3 * norm.pdf(norm.ppf(0.25)) / 0.25, abs=0.1)


@pytest.mark.parametrize("correlations", [
    [{"id": "a", "between": ["demand.2024", "elasticity"], "value": {"value": -0.9}},
     {"id": "b", "between": ["elasticity", "delay"], "value": {"value": 0.9}},
     {"id": "c", "between": ["demand.2024", "delay"], "value": {"value": 0.9}}],
    [{"id": "macro", "among": ["demand"], "value": {"value": -0.9}}],
], ids=["a triangle", "four that all oppose each other"])
def test_contradictory_correlations_are_refused_with_their_line(tmp_path, correlations):
    scenario = changed(tmp_path, {"correlations": correlations})
    with pytest.raises(SimulatorError, match=r"\.yaml:\d+:\d+: correlations: "):
        draw_drivers(scenario, 8)


def test_a_correlation_of_an_unknown_driver_is_refused(tmp_path):
    unknown = [{"id": "typo", "among": ["demnd"], "value": {"value": 0.3}}]
    with pytest.raises(SimulatorError, match="demnd"):
        draw_drivers(changed(tmp_path, {"correlations": unknown}), 8)


# --- the LPR ----------------------------------------------------------------------------------------------------------


def test_published_rates_are_exact_and_later_ones_fall_by_whole_cuts_to_the_floor(many):
    for year, rate in ((2024, 0.0334), (2025, 0.0303), (2026, 0.0300)):
        assert np.all(many["lpr"].sel(year=year) == rate)
    later = many["lpr"].sel(year=slice(2026, 2032))
    steps = later.diff("year").values / 0.001
    assert steps == pytest.approx(np.round(steps))
    assert np.isin(np.round(steps), (-2, -1, 0)).all()
    assert later.min() >= 0.025 - 1e-12
    first = np.round(steps[:, 0])
    for cuts, likely in ((2, 0.0625), (1, 0.375), (0, 0.5625)):
        assert (first == -cuts).mean() == pytest.approx(likely, abs=4 * math.sqrt(likely * (1 - likely) / DRAWS))


def test_the_floor_holds_and_never_raises_a_rate(tmp_path):
    lpr = {"published": {"value": {2024: "2.4%"}}, "probability": "100%", "floor": "2.5%"}
    assert np.all(draw_drivers(tiny(tmp_path, ONE, {"drivers": {"lpr": lpr}}), 8)["lpr"] == 0.024)
    lpr = {"published": {"value": {2024: "2.65%"}}, "probability": "100%", "floor": "2.5%"}
    path = draw_drivers(tiny(tmp_path, ONE, {"drivers": {"lpr": lpr}}), 8)["lpr"]
    assert path.sel(year=[2024, 2025, 2032]).isel(draw=0).values == pytest.approx([0.0265, 0.025, 0.025])


def test_a_shift_holds_from_its_year_on_and_leaves_the_cuts_alone(many, tmp_path):
    shift = {"lpr": {"shift": {"value": {2026: "1%", 2028: "-4%"}}}}
    shifted = draw_drivers(changed(tmp_path, {"drivers": shift}), 256)
    plain = many["lpr"].isel(draw=slice(256))
    added = (shifted["lpr"] - plain).isel(draw=0).sel(year=[2024, 2025, 2026, 2027]).values
    assert added == pytest.approx([0, 0, 0.01, 0.01])
    assert np.all(shifted["lpr"].sel(year=slice(2028, 2032)) == 0)  # a rate below nothing is nothing


# --- scenarios side by side -------------------------------------------------------------------------------------------


def test_scenarios_with_different_distributions_share_their_points(baseline, tmp_path):
    other = changed(tmp_path, {"drivers": {
        "elasticity": {"uniform": [1, 3]}, "cost_index": {"lognormal": {"mean": 2, "sd": 1}},
        "demand": {"value": {"lognormal": {"mean": 0.8, "sd": 0.2}}}}})
    both = draw_drivers([baseline, other], 512)
    for name in ("elasticity", "cost_index", "demand"):
        ranks = [rankdata(both[name].sel(scenario=s.name).values, axis=0) for s in (baseline, other)]
        assert np.array_equal(*ranks), name
    assert np.array_equal(both["delay"].sel(scenario="baseline"), both["delay"].sel(scenario=other.name))
    assert "scenario" not in both["count"].dims


def test_drivers_beside_another_scenario_are_those_on_its_own(baseline, many):
    other = load_scenario("investment_slump")
    both = draw_drivers([baseline, other], 128)
    alone = draw_drivers(other, 128)
    for name in alone.data_vars:
        assert np.array_equal(both[name].sel(scenario=other.name) if "scenario" in both[name].dims else both[name], alone[name]), name


# --- numbers of projects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [1e-3, 0.5, 3.0, 40.0, 1700.0])
def test_a_count_is_the_poisson_quantile_of_its_uniform(mean):
    u = np.concatenate([(np.arange(500) + 0.5) / 500, [1e-12, 1 - 1e-12], poisson.cdf(np.arange(5), mean).clip(1e-12, 1 - 1e-12)])
    expected = poisson.ppf(u, mean)
    assert np.array_equal(_poisson_quantile(u, mean), expected)
    assert np.array_equal(_poisson_quantile(u, np.full(u.size, mean)), expected)


@pytest.mark.parametrize(("mean", "dispersion"), [(2, 0.5), (0.3, 0.2), (5, 0.05), (30, 1), (1700, 40)])
def test_a_negative_binomial_count_has_its_mean_and_variance_however_small(tmp_path, mean, dispersion):
    one = {"one": stream("first_of_kind", "1000万元", {"negative_binomial": {"mean": mean, "dispersion": dispersion}})}
    count = draw_drivers(tiny(tmp_path, one), DRAWS)["count"].values.ravel().astype(float)
    variance = mean + mean**2 / dispersion
    assert count.min() >= 0
    assert abs(count.mean() - mean) <= 4 * math.sqrt(variance / count.size)
    skewed = 6 / dispersion + (mean + dispersion) / (mean * (mean + dispersion)) + dispersion / (mean * (mean + dispersion))
    assert abs(count.var() / variance - 1) <= 4 * math.sqrt((2 + skewed) / count.size)


def test_counts_respect_what_is_fixed_and_not_fewer_than(tmp_path):
    streams = {"fixed": stream("first_of_kind", "1000万元", 7), "few": stream("first_of_kind", "1000万元", {"poisson": 3, "at_least": 3})}
    scenario = tiny(tmp_path, streams)
    drivers = draw_drivers(scenario, DRAWS)
    assert np.all(drivers["count"].sel(cell="fixed.2025") == 7)
    few = drivers["count"].sel(cell=[f"few.{year}" for year in range(2024, 2028)]).values
    mean, variance = count_moments(next(cell for cell in cells(scenario) if cell.stream == "few"))
    assert few.min() == 3
    assert (few == 3).mean() == pytest.approx(poisson.cdf(3, 3), abs=4 * 0.5 / math.sqrt(few.size))
    assert few.mean() == pytest.approx(mean, abs=4 * math.sqrt(variance / few.size))
    assert few.var() == pytest.approx(variance, rel=0.06)


@pytest.mark.parametrize("count", [0, {"poisson": 1e-6}], ids=["fixed at 0", "hardly ever one"])
def test_a_stream_of_nobody_pays_nobody(tmp_path, count):
    scenario = tiny(tmp_path, ONE | {"nobody": stream("first_of_kind", "1000万元", count)})
    frame = draw_applications(scenario)
    assert set(frame["stream"].values) == {"one"}
    assert run(scenario, 8, frame)["awards"].sum() == 8 * 4 * 5


def test_years_and_streams_are_counted_independently(many):
    count = many["count"].sel(cell=[f"{name}.{year}" for name in ("software_users", "catalogue_purchase") for year in range(2024, 2028)])
    assert np.abs(np.corrcoef(count.values.T) - np.eye(8)).max() < 5 / math.sqrt(DRAWS)


def test_the_classes_of_one_year_share_their_wave(many):
    """Small and large firms' projects rise and fall together: covariance = product of the means / dispersion."""
    small, large = (many["count"].sel(cell=f"technical_upgrade.2025.{size}").values for size in ("small", "large"))
    expected = 1700 * 0.55 * 1700 * 0.15 / 40
    assert np.cov(small, large)[0, 1] == pytest.approx(expected, rel=0.15)
