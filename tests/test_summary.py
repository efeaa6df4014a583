"""Every statistic is right on data whose truth is known, and so is the error that stands beside it."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.summary import (
    ENOUGH_FOR_TAILS,
    Estimate,
    cvar95,
    estimate,
    mean,
    paired_difference,
    probability,
    quantile,
    ratio,
    summarise,
)
from simulator.weighting import Draws, draw_weights
from tests import support

SCRAMBLES = 8
REPEATS = 1_000
T_95 = stats.t.ppf(0.975, SCRAMBLES - 1)


def alike(values):
    """Draws that all count the same."""
    return Draws.alike(len(values), SCRAMBLES)


def scrambled(rng, n_point, quantiles):
    """Draws as the drivers lay them out: point d // 8 of scramble d % 8, each scramble an even grid shifted at random."""
    shifts = rng.random(SCRAMBLES)
    points = (np.arange(n_point)[:, None] / n_point + shifts) % 1.0
    return quantiles(points.reshape(-1))


def independent(rng, n_point, quantiles):
    return quantiles(rng.random(n_point * SCRAMBLES))


LAWS = {"exponential": (stats.expon.ppf, 1.0), "normal": (stats.norm.ppf, 0.0),
        "lognormal": (stats.lognorm(0.5).ppf, np.exp(0.125)), "probability": (lambda u: (u > 0.7).astype(float), 0.3)}


@pytest.mark.parametrize(("drawn", "law", "truth"), [
    *((scrambled, *LAWS[name]) for name in ("exponential", "normal", "lognormal")),
    *((independent, *law) for law in LAWS.values()),  # counts on an even grid are whole: their error is no Student's
])
def test_95_percent_intervals_of_a_mean_cover_it_in_93_to_97_percent_of_repeats(drawn, law, truth):
    rng = np.random.default_rng(355)
    covered = 0
    for _ in range(REPEATS):
        values = drawn(rng, 33, law)
        found = estimate(values, mean, alike(values))
        covered += abs(found.value - truth) <= T_95 * found.error
    assert 0.93 <= covered / REPEATS <= 0.97, covered / REPEATS


@pytest.mark.parametrize(("statistic", "truth"), [
    (quantile(0.05), stats.norm.ppf(0.05)), (quantile(0.5), 0.0), (quantile(0.95), stats.norm.ppf(0.95)),
    (cvar95, stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05),
], ids=["p5", "p50", "p95", "cvar95"])
def test_intervals_of_quantiles_and_of_the_worst_twentieth_cover_them(statistic, truth):
    rng = np.random.default_rng(7)
    drawn = [independent(rng, 512, stats.norm.ppf) for _ in range(REPEATS // 5)]
    found = [estimate(values, statistic, alike(values), tail=True) for values in drawn]
    covered = np.mean([abs(each.value - truth) <= T_95 * each.error for each in found])
    assert 0.90 <= covered <= 0.99, covered
    assert np.mean([each.value for each in found]) == pytest.approx(truth, abs=0.01)


def test_an_error_is_the_spread_of_the_scrambles_over_the_root_of_their_number():
    values = np.tile(np.arange(8.0), 4)  # scramble s holds s, four times
    assert estimate(values, mean, alike(values)) == Estimate(3.5, pytest.approx(np.arange(8).std(ddof=1) / np.sqrt(8)))


def test_a_draw_belongs_to_the_scramble_of_its_number_modulo_eight():
    values = np.zeros(64)
    values[3::8] = 8.0
    assert estimate(values, mean, alike(values)).error == pytest.approx(1.0)


@pytest.mark.parametrize("draws", [8, 15])
def test_fewer_than_two_draws_a_scramble_give_no_error(draws):
    found = estimate(np.arange(float(draws)), mean, Draws.alike(draws, SCRAMBLES))
    assert (found.value, np.isnan(found.error)) == (pytest.approx((draws - 1) / 2), True)
    assert found.as_dict()["error"] is None


@pytest.mark.parametrize(("draws", "shown"), [(16, False), (ENOUGH_FOR_TAILS - 1, False), (ENOUGH_FOR_TAILS, True), (2_048, True)])
def test_tails_are_hidden_below_two_thousand_draws(draws, shown):
    values = np.arange(float(draws))
    for statistic in (quantile(0.05), quantile(0.95), cvar95):
        found = estimate(values, statistic, alike(values), tail=True)
        assert (np.isfinite(found.value), np.isfinite(found.error)) == (shown, shown)
        assert (found.as_dict() == {"value": None, "error": None}) != shown
    assert ENOUGH_FOR_TAILS == 2_000


@pytest.mark.parametrize(("values", "worst"), [
    (np.arange(1.0, 101.0), 98.0), (np.arange(100.0, 0.0, -1.0), 98.0), (np.ones(40), 1.0), (np.arange(20.0), 19.0), (np.arange(5.0), 4.0),
])
def test_cvar95_is_the_mean_of_the_worst_twentieth(values, worst):
    assert cvar95(values, alike(values).weights)[0] == pytest.approx(worst, rel=1e-12)


def test_a_ratio_of_proportional_amounts_has_no_error():
    outlay = np.random.default_rng(1).random(64) + 1
    assert ratio(3 * outlay, outlay, alike(outlay)) == Estimate(pytest.approx(3.0), pytest.approx(0.0, abs=1e-12))


def test_a_ratio_is_one_of_means_not_a_mean_of_ratios():
    assert ratio(np.tile([1.0, 3.0], 32), np.tile([1.0, 1.5], 32), Draws.alike(64, SCRAMBLES)).value == pytest.approx(4.0 / 2.5)


def test_a_ratio_to_nothing_is_no_number():
    found = ratio(np.ones(64), np.zeros(64), Draws.alike(64, SCRAMBLES))
    assert found.as_dict() == {"value": None, "error": None}


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_intervals_of_a_ratio_cover_it(noise):
    rng, covered = np.random.default_rng(11), 0
    for _ in range(REPEATS):
        outlay = independent(rng, 32, stats.expon.ppf) + 1
        found = ratio(2 * outlay + noise * rng.standard_normal(outlay.size), outlay, alike(outlay))
        covered += abs(found.value - 2) <= T_95 * found.error + 1e-12
    assert covered == REPEATS if noise == 0 else 0.93 <= covered / REPEATS <= 0.97


@given(st.lists(st.floats(-1e9, 1e9), min_size=16, max_size=64), st.floats(-1e6, 1e6))
def test_errors_do_not_move_when_every_draw_moves_alike(values, shift):
    values = np.array(values)
    here, there = (estimate(v, mean, alike(v)).error for v in (values, values + shift))
    assert there == pytest.approx(here, rel=1e-6, abs=1e-5)


# --- a run -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(small_run):
    return summarise(small_run)


def test_the_mean_of_parts_adds_up_to_the_mean_of_the_whole(table):
    whole = float(table["outlay_total"].sel(statistic="mean", part="value"))
    for parts, dim in (("by_instrument", "instrument"), ("outlay_by_year", "year")):
        assert float(table[parts].sel(statistic="mean", part="value").sum(dim)) == pytest.approx(whole, rel=1e-12)
    after_2027 = table["outlay_by_year"].sel(statistic="mean", part="value").sel(year=slice(2028, None)).sum()
    assert float(table["outlay_tail"].sel(statistic="mean", part="value")) == pytest.approx(float(after_2027), rel=1e-12)


@pytest.mark.parametrize("name", ["outlay", "commitment", "supported_investment", "induced_investment"])
def test_groups_add_up_to_instruments_in_every_draw_and_year(small_run, name):
    by_group, by_instrument = small_run[f"{name}_by_group"].sum("group"), small_run[name].sum("instrument")
    assert by_group.values == pytest.approx(by_instrument.values, rel=1e-12)


def test_statistics_are_those_of_the_draws_themselves(table, small_run):
    weights = draw_weights(small_run)
    total = small_run["outlay"].sum(["year", "instrument"])
    assert float(table["outlay_total"].sel(statistic="mean", part="value")) == pytest.approx(float((weights * total).mean()))
    below = (weights * (total <= float(table["outlay_total"].sel(statistic="p50", part="value")))).mean()
    assert float(below) == pytest.approx(0.5, abs=1.5 / total.size)
    assert np.isnan(table["outlay_total"].sel(statistic=["p5", "p95", "cvar95"])).all()  # 512 draws are too few
    share = (weights * small_run["deadweight"]).sum() / (weights * small_run["outlay"]).sum()
    assert float(table["deadweight_share"].sel(part="value")) == pytest.approx(float(share))
    gross = (weights * small_run["supported_investment"]).sum() / (weights * small_run["outlay"]).sum()
    assert float(table["leverage_gross"].sel(part="value")) == pytest.approx(float(gross))


def test_leverage_never_comes_gross_alone(table):
    assert {"leverage_gross", "leverage_net", "deadweight_share"} <= set(table.data_vars)
    assert 0 < float(table["leverage_net"][0]) < float(table["leverage_gross"][0])


def test_without_an_appropriation_there_is_no_probability_of_exceeding_it(table):
    assert np.isnan(table["over_appropriation"]).all()


def test_the_probability_of_exceeding_an_appropriation_counts_the_draws_that_do(small_run):
    money = small_run["appropriation"].copy(data=np.full(small_run["appropriation"].shape, np.inf))
    overrun = xr.zeros_like(small_run["overrun"])
    money[2, 0], overrun[:128, 2, 0] = 1e9, 5.0
    found = summarise(small_run.assign(appropriation=money, overrun=overrun))["over_appropriation"]
    assert float(found[2, 0].sel(part="value")) == pytest.approx(float(draw_weights(small_run)[:128].sum()) / 512)
    assert np.isfinite(found).sum() == 2


@pytest.fixture(scope="module")
def twins(baseline, frame):
    return support.run([baseline, baseline.renamed("again")], 64, frame)


def test_a_scenario_differs_from_itself_by_exactly_nothing(twins):
    for name in twins.data_vars:
        if {"draw", "scenario"} <= set(twins[name].dims):
            assert paired_difference(twins, name, "again", "baseline") == Estimate(0.0, 0.0), name


def test_scenarios_of_one_pass_are_summarised_as_if_alone(twins):
    both = summarise(twins)
    alone = summarise(twins.sel(scenario="again"))
    assert list(both["scenario"].values) == ["baseline", "again"]
    xr.testing.assert_equal(both.sel(scenario="again", drop=True), alone.drop_vars("scenario", errors="ignore"))


def test_a_paired_difference_has_the_error_of_the_difference(twins):
    shifted = twins.copy()
    shifted["outlay"] = twins["outlay"] + xr.DataArray([0.0, 1.0], dims="scenario")
    n_cell = twins.sizes["year"] * twins.sizes["instrument"]
    found = paired_difference(shifted, "outlay", "again", "baseline")
    assert found == Estimate(pytest.approx(n_cell), pytest.approx(0.0, abs=1e-5))


def test_a_probability_on_which_all_draws_agree_still_has_an_error():
    """None in 3,000 draws does not mean never: the rule of three bounds it by 3/n."""
    never = probability(np.zeros(3000, bool), Draws.alike(3000, 8))
    assert (never.value, never.error) == (0.0, 1.5 / 3000)
    assert probability(np.ones(3000, bool), Draws.alike(3000, 8)).error == 1.5 / 3000
    half = np.arange(4096) % 16 < 8
    assert probability(half, Draws.alike(4096, 8)).value == 0.5
