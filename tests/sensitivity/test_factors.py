"""Factors: every uncertain driver in exactly one, certain ones in none, correlated ones together; and drivers at scores of one's own."""

import numpy as np
import pytest

from simulator.changes import with_values
from simulator.drivers import ENDINGS, dimensions, draw_drivers, drivers_at, normal_scores
from simulator.scenario import load_scenario
from simulator.sensitivity.factors import factors, luck_factor
from tests.sensitivity.test_variance import FACTORIES, QUIET
from tests.support import assert_identical, changed, stream, tiny

ONE = {"one": stream("first_of_kind", "1000万元", 5)}
WAVES = {key: stream("first_of_kind", "1000万元", {"negative_binomial": {"mean": 12, "dispersion": 8}}) for key in ("waving", "rolling")}
DRAWS = 256


def names(scenario, **how):
    return [each.name for each in factors(scenario, **how)]


def of(scenario, name, **how):
    return next(each for each in factors(scenario, **how) if each.name == name)


def correlated(*groups, value=0.5):
    return {"id": "-".join(groups), "between": list(groups), "value": {"value": value}}


def setting(**drivers):
    return {("drivers", name): {"value": value} for name, value in drivers.items()}


# --- which there are ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("merge", [True, False])
def test_every_uncertain_driver_of_the_baseline_is_in_exactly_one_factor(baseline, merge):
    columns = [column for each in factors(baseline, merge=merge) for column in each.columns]
    assert len(columns) == len(set(columns))
    certain = {"upgrade_lease.rate", "first_of_kind.rate"}
    assert certain < dimensions(baseline).keys()
    assert set(dimensions(baseline)) - set(columns) == {
        name for name in dimensions(baseline) if name.endswith(".rate") and name != "software_purchase.rate"}
    drawn = draw_drivers(baseline, 64)
    for name, values in drawn.drop_vars(["count", "assumed"]).data_vars.items():
        assert values.std() > 0, name
        assert any(column.split(".")[0] == name for column in columns), name
    assert set(drawn["assumed_value"].values) <= set(columns)


def test_the_factors_of_the_baseline_are_those_of_its_file(baseline):
    alone = names(baseline, merge=False)
    assert {"demand", "city_growth", "lpr", "filing", "outcome", "wave", "software_purchase.rate", "smart_factory.benchmark"} < set(alone)
    assert "demand+city_growth+lpr" in names(baseline)
    assert len(names(baseline)) == len(alone) - 2
    assert of(baseline, "filing").columns == ("filing.small", "filing.medium", "filing.large")
    assert of(baseline, "outcome").columns == tuple(f"outcome.{ending}" for ending in ENDINGS)
    assert {each.basis for each in factors(baseline)} == {"assumption"}
    assert luck_factor().columns == ()
    assert luck_factor().basis == "chance"


@pytest.mark.parametrize(("gone", "values"), [
    ("award_intensity", setting(award_intensity="100%")),
    ("delay", setting(delay={"constant": 1})),
    ("district_match", setting(district_match={"discrete": [{"value": 0.5, "weight": 3}]})),
    ("filing", {("drivers", "filing", size): {"value": "50%"} for size in ("small", "medium", "large")}),
    ("smart_factory.benchmark", {("policy", "instruments", "smart_factory", "tiers", "benchmark", "amount"): "500万元"}),
    ("lpr", {("drivers", "lpr", "published"): {"value": dict.fromkeys(range(2024, 2033), "3%")}}),
    ("lpr", {("drivers", "lpr", "probability"): {"value": "0%"}}),
    ("lpr", {("drivers", "lpr", "probability"): {"value": "100%"}}),
    ("lpr", {("drivers", "lpr", "cut"): {"value": "0bp"}}),
    ("lpr", {("drivers", "lpr", "floor"): {"value": "3%"}}),
], ids=lambda value: value if isinstance(value, str) else next(iter(value))[-1])
def test_what_is_certain_is_no_factor(baseline, gone, values):
    certain = with_values(baseline, values)
    assert names(certain, merge=False) == [name for name in names(baseline, merge=False) if name != gone]
    drawn = draw_drivers(certain, 64)
    assert gone not in drawn or np.all(drawn[gone].std("draw") < 1e-12)
    assert gone not in drawn["assumed_value"].values


def test_a_value_of_an_instrument_with_a_distribution_is_a_factor(baseline):
    doubted = with_values(baseline, {("policy", "instruments", "first_of_kind", "rate"): {"uniform": ["20%", "30%"]}})
    assert set(names(doubted)) - set(names(baseline)) == {"first_of_kind.rate"}
    assert of(doubted, "first_of_kind.rate").columns == ("first_of_kind.rate",)


def test_the_waves_of_all_streams_are_one_factor(tmp_path):
    wave = of(tiny(tmp_path, WAVES), "wave")
    assert wave.columns == tuple(f"wave.{key}.{year}" for key in WAVES for year in range(2024, 2028))
    assert "wave" not in names(tiny(tmp_path, ONE))


def test_a_growth_beyond_the_filing_years_counts_for_nothing(tmp_path):
    growth = dict.fromkeys(range(2024, 2028), "5%") | {2030: {"uniform": ["0%", "10%"]}}
    assert "city_growth" not in names(tiny(tmp_path, ONE, QUIET, {"drivers": {"city_growth": {"value": growth}}}))


# --- correlations -------------------------------------------------------------------------------------------------------


def test_without_correlations_nothing_is_merged(baseline):
    plain = with_values(baseline, {("correlations",): []})
    assert factors(plain) == factors(plain, merge=False) == factors(baseline, merge=False)


@pytest.mark.parametrize(("correlations", "together"), [
    ([correlated("delay", "clawback"), correlated("clawback", "decay")], "delay+clawback+decay"),
    ([correlated("delay", "clawback"), correlated("decay", "realisation"), correlated("realisation", "delay")],
     "delay+clawback+realisation+decay"),
    ([correlated("filing.small", "delay")], "delay+filing"),
    ([correlated("demand.2024", "wave")], "demand+wave"),
    ([correlated("smart_factory.benchmark", "delay")], "delay+smart_factory.benchmark"),
    ([correlated("smart_factory", "delay")], "delay+smart_factory.demonstration+smart_factory.benchmark"),
    ([{"id": "among", "among": ["decay", "delay", "lpr"], "value": {"value": 0.2}}], "delay+decay+lpr"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_a_correlation_ties_together_is_one_factor(baseline, correlations, together):
    tied = with_values(baseline, {("correlations",): correlations})
    alone, merged = names(tied, merge=False), names(tied)
    members = together.split("+")
    assert sorted(merged) == sorted([name for name in alone if name not in members] + [together])
    assert of(tied, together).columns == tuple(column for name in members for column in of(tied, name, merge=False).columns)
    assert sorted(column for each in factors(tied) for column in each.columns) == sorted(
        column for each in factors(tied, merge=False) for column in each.columns)


def test_a_correlation_of_zero_ties_nothing(baseline):
    assert names(with_values(baseline, {("correlations",): [correlated("delay", "decay", value=0)]})) == names(baseline, merge=False)


def test_the_score_of_a_certain_driver_belongs_to_the_later_one_that_is_made_of_it(baseline):
    tied = {("correlations",): [correlated("award_intensity", "delay", value=0.8)]}
    early = with_values(baseline, tied | setting(award_intensity="100%"))
    assert of(early, "delay").columns == ("award_intensity", "delay")
    late = with_values(baseline, tied | setting(delay=1))
    assert of(late, "award_intensity").columns == ("award_intensity",)
    settled = with_values(baseline, {("drivers", "lpr", "published"): {"value": dict.fromkeys(range(2024, 2033), "3%")}})
    assert not any(column.startswith("lpr") for each in factors(settled) for column in each.columns)


@pytest.mark.parametrize("merge", [True, False])
def test_drivers_of_different_factors_are_made_of_different_scores(baseline, merge):
    """Exchanging the columns of one factor changes its own drivers and no others."""
    tied = with_values(baseline, {("correlations",): [correlated("elasticity", "delay"), correlated("clawback", "filing", value=-0.4)]}
                       | setting(elasticity=1))
    scores, others = normal_scores(tied, 32), normal_scores(tied.with_seed(5), 32)
    before = drivers_at(tied, scores)
    for each in factors(tied, merge=merge) if merge else [of(tied, "award_intensity", merge=False)]:
        after = drivers_at(tied, scores | {column: others[column] for column in each.columns})
        moved = {name for name in ("award_intensity", "delay", "clawback", "filing", "demand", "outcome", "lpr", "decay")
                 if not np.array_equal(before[name], after[name])}
        assert moved <= set(each.name.split("+")), each.name
        assert moved == set(each.name.split("+")) & {"award_intensity", "delay", "clawback", "filing", "demand", "outcome", "lpr", "decay"}


# --- on what ground -----------------------------------------------------------------------------------------------------


def test_a_fact_a_document_and_an_assumption_are_told_apart(tmp_path):
    drivers = {
        "delay": {"value": {"uniform": [0.8, 1.2]}, "basis": "fact", "source": "x"},
        "decay": {"value": {"uniform": ["0%", "4%"]}, "basis": "computed"},
        "filing": {"small": {"value": {"beta": [3, 7]}, "basis": "fact"}, "medium": {"value": {"beta": [3, 7]}, "basis": "assumption"},
                   "large": {"value": {"beta": [3, 7]}, "basis": "fact"}},
        "additional": {size: {"value": {"beta": [3, 7]}, "basis": "fact"} for size in ("small", "medium", "large")},
        "lpr": {"probability": {"value": "25%", "basis": "fact"}, "cut": {"value": "10bp", "basis": "assumption"}},
    }
    tied = [correlated("delay", "cost_index"), correlated("additional.small", "decay")]
    scenario = changed(tmp_path, {"drivers": drivers, "correlations": []})
    found = {each.name: each.basis for each in factors(scenario)}
    assert (found["delay"], found["decay"], found["filing"], found["additional"]) == ("fact", "computed", "assumption", "fact")
    assert found["lpr"] == "assumption"
    merged = {each.name: each.basis for each in factors(changed(tmp_path, {"drivers": drivers, "correlations": tied}))}
    assert merged["cost_index+delay"] == "assumption"  # one of them is assumed
    assert merged["decay+additional"] == "computed"


def test_the_ground_of_a_wave_is_that_of_the_counts(tmp_path):
    bases = {"waving": "fact", "rolling": "computed"}
    counted = {key: one | {"count": {**one["count"], "basis": bases[key]}} for key, one in WAVES.items()}
    assert of(tiny(tmp_path, counted), "wave").basis == "computed"
    fact = {key: one | {"count": {**one["count"], "basis": "fact"}} for key, one in WAVES.items()}
    assert of(tiny(tmp_path, fact), "wave").basis == "fact"


# --- drivers at scores of one's own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["baseline", "investment_slump", "rates_fall", "capped_envelope"])
def test_a_scenario_s_own_scores_give_its_own_drivers(name):
    scenario = load_scenario(name)
    assert_identical(drivers_at(scenario, normal_scores(scenario, DRAWS)), draw_drivers(scenario, DRAWS))
    assert drivers_at(scenario, normal_scores(scenario, 8)).attrs == draw_drivers(scenario, 8).attrs


@pytest.mark.parametrize("score", [-1.2815515655446004, 0.0, 2.0])
def test_what_is_held_stays_at_its_quantile_whatever_it_is_correlated_with(baseline, score):
    from scipy.special import ndtr

    tied = with_values(baseline, {("correlations",): [correlated("elasticity", "delay", value=0.8), correlated("delay", "decay")]})
    scores = normal_scores(tied, DRAWS)
    free, held = drivers_at(tied, scores), drivers_at(tied, scores, {"delay": score, "smart_factory.benchmark": score})
    delay = tied.model.drivers.delay.value.ppf(ndtr(score))
    assert np.array_equal(held["delay"], np.full(DRAWS, delay))
    amount = tied.model.policy.instruments["smart_factory"].tiers["benchmark"].amount.value.ppf(ndtr(score))
    assert np.array_equal(held["assumed"].sel(assumed_value="smart_factory.benchmark"), np.full(DRAWS, amount))
    others = [name for name in free["assumed_value"].values if name != "smart_factory.benchmark"]
    assert_identical(held.drop_vars(["delay", "assumed"]), free.drop_vars(["delay", "assumed"]))
    assert np.array_equal(held["assumed"].sel(assumed_value=others), free["assumed"].sel(assumed_value=others))


def test_a_held_wave_leaves_to_the_counts_what_is_chance(tmp_path):
    world = tiny(tmp_path, WAVES | ONE)
    scores = normal_scores(world, DRAWS)
    columns = of(world, "wave").columns
    low, high = (drivers_at(world, scores, dict.fromkeys(columns, score)) for score in (-1.0, 1.0))
    free = drivers_at(world, scores)
    waved = [cell for cell in free["cell"].values if cell.split(".")[0] in WAVES]
    means = [each["count"].sel(cell=waved).mean().item() for each in (low, free, high)]
    assert means == sorted(means)
    assert 1.5 * means[0] < means[2]
    spread = [each["count"].sel(cell=waved).std("draw").mean().item() for each in (low, free, high)]
    assert spread[0] < spread[1] > spread[2] > 0
    assert np.array_equal(low["count"].drop_sel(cell=waved), free["count"].drop_sel(cell=waved))
    assert_identical(low.drop_vars("count"), free.drop_vars("count"))


def test_worlds_of_the_tests_are_as_quiet_as_they_say(tmp_path):
    assert set(names(tiny(tmp_path, FACTORIES, QUIET))) == {
        "outcome", "software_purchase.rate", "open_challenge.award", "smart_factory.demonstration", "smart_factory.benchmark"}
