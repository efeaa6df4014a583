"""Scenarios against the first: nothing differs from itself, differences are those of the draws, and their errors cover."""

import math

import numpy as np
import pytest

from simulator.changes import with_values
from simulator.comparison import compare
from simulator.comparison.paired import COMPARED, compare_headlines
from simulator.errors import SimulatorError
from simulator.headlines import HEADLINES
from simulator.metrics import read_metric
from simulator.summary import T_OF_EIGHT
from simulator.variants import SharedLuck
from tests.support import CERTAIN, financed, stream, tiny, with_seed

WAN = 1e4
SIZE = {"lognormal": {"median": "2000万元", "sigma": 1}}
BOUNDED = {"lognormal": {"median": "2000万元", "sigma": 1, "max": "6000万元"}}  # 30% of it is below any cap
STREAMS = {
    "made": stream("first_of_kind", BOUNDED, {"negative_binomial": {"mean": 6, "dispersion": 4}}),
    "upgrade": stream(["upgrade_loan_interest", "upgrade_lease"], SIZE, 8, count_of="potential_projects", approval=None,
                      outcome="at_risk", **financed(loan=30, lease=30, both=20)),
}
RATE = ("policy", "instruments", "first_of_kind", "rate")
CAP = ("policy", "instruments", "first_of_kind", "cap")


# --- the same -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draws", [64, 1024])
def test_a_scenario_differs_from_itself_by_nothing_at_all(world, draws):
    every = [*HEADLINES, *COMPARED, "p50(outlay)", "P(outlay<=1亿元)", "outlay.2026", "outlay.first_of_kind"]
    table = compare([world, world.renamed("again")], metrics=list(dict.fromkeys(every)), luck=SharedLuck(draws))
    differences = table["difference"].sel(scenario="again")
    known = ~np.isnan(table["value"].sel(scenario="again", part="value").values)
    assert known.sum() > 20
    assert not differences.values[known].any()
    for name in ("difference_by_year", "difference_by_instrument"):
        assert not table[name].values.any()
    assert table["unchanged"].values.all()
    assert table["value"].values[0].tobytes() == table["value"].values[1].tobytes()


@pytest.mark.parametrize(("change", "values"), [
    ("the rate of an instrument that nobody files for", {("policy", "instruments", "catalogue_lease", "rate"): "10%"}),
    ("the amount of a tier that nobody reaches", {("policy", "instruments", "smart_factory", "tiers", "benchmark", "amount"): "900万元"}),
    ("a cap far above every award", {CAP: "90亿元"}),
    ("no cap where no award comes near it", {CAP: None}),
    ("the value that is there already", {RATE: "30%"}),
])
@pytest.mark.parametrize("draws", [64, 512])
def test_a_change_that_touches_no_project_is_unchanged(world, change, values, draws):
    table = compare([world, with_values(world, values, "other")], luck=SharedLuck(draws))
    assert table["unchanged"].sel(scenario="other").item()
    assert not np.nan_to_num(table["difference"].values).any()


def test_a_change_that_no_amount_shows_is_not_unchanged(world, luck):
    never, always = ({("drivers", "clawback"): share} for share in ("0%", "100%"))  # of what cancelled projects owe back
    table = compare([with_values(world, never, "never"), with_values(world, always, "always")], luck=luck)
    assert table["difference"].sel(metric="outlay", scenario="always", part="value") == 0.0
    assert table["unchanged"].values.tolist() == [True, False]


# --- differences by hand ----------------------------------------------------------------------------------------------


def test_a_paired_difference_is_the_mean_of_the_differences_of_the_draws(world, luck):
    metrics = ["outlay", "outlay_peak", "induced_investment", "awards", "energy_saving", "outlay.2026", "outlay.first_of_kind"]
    scenarios = [world, with_values(world, {RATE: "45%"}, "more"), with_values(world, {RATE: "10%", CAP: "500万元"}, "less")]
    table = compare(scenarios, metrics=metrics, luck=luck)
    lines = luck.headlines(scenarios)
    for other in (1, 2):
        for name in metrics:
            quantity = read_metric(name).quantities[0]
            of_draws = quantity.values(lines.isel(variant=other)) - quantity.values(lines.isel(variant=0))
            of_scrambles = of_draws.reshape(8, 8).mean(axis=0)  # draw d is of scramble d mod 8
            value, error = table["difference"].isel(scenario=other).sel(metric=name).values
            scale = max(abs(of_draws).max(), 1e-30)
            assert value == pytest.approx(of_draws.mean(), abs=1e-9 * scale)
            assert error == pytest.approx(of_scrambles.std(ddof=1) / math.sqrt(8), abs=1e-9 * scale)
    more, less = (table["difference"].sel(scenario=name, metric="outlay", part="value").item() for name in ("more", "less"))
    assert less < 0 < more


@pytest.mark.parametrize("draws", [64, 1024])
def test_differences_by_year_and_by_instrument_add_up_to_that_of_the_whole(world, draws):
    scenarios = [world, with_values(world, {RATE: "45%"}, "more"),
                 with_values(world, {("readings", "exclusivity"): "stack", ("drivers", "award_intensity"): {"value": "70%"}}, "stacked")]
    table = compare(scenarios, metrics=["outlay"], luck=SharedLuck(draws)).sel(part="value")
    assert table["difference"].values[1:].all()
    for name in ("value", "difference"):
        whole = table[name].sel(metric="outlay").values
        for dim in ("year", "instrument"):
            assert table[f"{name}_by_{dim}"].sum(dim).values == pytest.approx(whole, rel=1e-11)


def test_the_figures_of_a_scenario_do_not_depend_on_those_beside_it(world, luck):
    more, less = (with_values(world, {RATE: rate}, name) for name, rate in (("more", "45%"), ("less", "10%")))
    together, pair = compare([world, more, less], luck=luck), compare([world, less], luck=luck)
    assert together.sel(scenario=["tiny", "less"]).identical(pair)


def test_the_other_way_round_the_difference_has_the_other_sign(world, luck):
    more = with_values(world, {RATE: "45%"}, "more")
    one, other = compare([world, more], luck=luck), compare([more, world], luck=luck)
    assert np.array_equal(one["difference"].sel(scenario="more", part="value"), -other["difference"].sel(scenario="tiny", part="value"),
                          equal_nan=True)
    assert np.array_equal(one["difference"].sel(scenario="more", part="error"), other["difference"].sel(scenario="tiny", part="error"),
                          equal_nan=True)


def test_scenarios_of_other_populations_are_compared_under_the_same_drivers(world, tmp_path):
    """One stream less: what the other brings is the same in every draw, so that it alone is the difference."""
    less = tiny(tmp_path, {"made": STREAMS["made"]}, name="less")
    table = compare([world, less], luck=SharedLuck(64))
    by = table["difference_by_instrument"].sel(scenario="less", part="value")
    assert by.sel(instrument="first_of_kind").item() == 0
    assert by.sum().item() == pytest.approx(-table["value_by_instrument"].sel(scenario="tiny", part="value").drop_sel(
        instrument="first_of_kind").sum().item())
    assert not table["unchanged"].sel(scenario="less").item()


# --- in closed form ---------------------------------------------------------------------------------------------------


REPLICATES = ("first_of_kind", "catalogue_breakthrough", "energy_management_centre", "scenario_demonstration", "software_rnd")


@pytest.fixture(scope="module")
def doubled(tmp_path_factory):
    """20 contracts of each of five instruments, of which 10% are paid, at the intensity of the draw; and the same of which 20% are."""
    sure = CERTAIN | {"drivers": {name: value for name, value in CERTAIN["drivers"].items() if name != "award_intensity"}}
    terms = {"rate": "10%", "rate_is": "ceiling", "cap": None, "payout": "at_once", "quota": None}
    one = tiny(tmp_path_factory.mktemp("doubled"), {name: stream(name, SIZE, 5) for name in REPLICATES}, sure,
               {"instruments": dict.fromkeys(REPLICATES, terms)})
    return one, with_values(one, {("policy", "instruments", name, "rate"): "20%" for name in REPLICATES}, "doubled")


MEAN = 20 * 2000 * WAN * math.exp(0.5)  # of the contracts of an instrument


@pytest.mark.parametrize(("draws", "seeds", "intensity"), [(16, 40, 1.0), (512, 10, (0.6 + 0.9 + 1.0) / 3)],
                         ids=["the luck of projects alone", "with a driver, weighted"])
def test_the_interval_of_a_paired_difference_covers_the_true_one(doubled, draws, seeds, intensity):
    """At 95% of eight scrambles; and the errors are as large as the spread over seeds."""
    if intensity == 1.0:
        doubled = [with_values(each, {("drivers", "award_intensity"): {"value": "100%"}}, each.name) for each in doubled]
    truth, luck, found = 0.1 * intensity * MEAN, SharedLuck(draws), []
    for seed in range(1, seeds + 1):  # with_seed leaves the text as it is: a luck that is kept has the drivers of its first seed
        luck = luck if intensity == 1.0 else SharedLuck(draws)
        table = compare([with_seed(each, seed) for each in doubled], metrics=["outlay"], luck=luck)
        found.append(table["difference_by_instrument"].sel(scenario="doubled", instrument=list(REPLICATES)).values)
    values, errors = np.moveaxis(found, -1, 0)  # (seed, instrument): each with projects of its own
    covered = (np.abs(values - truth) <= T_OF_EIGHT * errors).mean()
    assert covered >= 0.90
    of_seeds = values.mean(axis=1)  # instruments of a seed share its drivers
    assert abs(of_seeds.mean() - truth) <= 4 * of_seeds.std(ddof=1) / math.sqrt(seeds)
    if seeds * len(REPLICATES) >= 200:
        assert covered <= 0.99
        assert math.sqrt(np.mean(errors**2)) == pytest.approx(values.std(ddof=1), rel=0.2)


def test_a_paired_difference_of_shares_of_the_same_contracts_is_as_sure_as_the_contracts(doubled):
    """Twice the share of the same contracts: the difference is what was paid before, in every draw, with its error."""
    table = compare(doubled, metrics=["outlay"], luck=SharedLuck(64))
    assert table["difference"].values[1, 0] == pytest.approx(table["value"].values[0, 0], rel=1e-12)


def test_the_first_is_cheaper_for_certain_where_the_other_pays_a_larger_share(doubled):
    one, more = doubled
    table = compare([one, more, one.renamed("same")], luck=SharedLuck(64))
    assert table["cheaper"].values.tolist() == [[0, 1.5 / 64], [1, 1.5 / 64], [0, 1.5 / 64]]  # the rule of three
    assert compare([more, one], luck=SharedLuck(64))["cheaper"].values.tolist() == [[0, 1.5 / 64], [0, 1.5 / 64]]


@pytest.mark.parametrize("level", [0.72, 0.84, 0.95])
def test_the_first_is_cheaper_as_often_as_its_award_intensity_is_lower(doubled, level):
    """Triangular from 60% over 90% to 100%, against one that is always the same."""
    fixed = with_values(doubled[0], {("drivers", "award_intensity"): {"value": f"{level:%}"}}, "fixed")
    value, error = compare([doubled[0], fixed], luck=SharedLuck(1024))["cheaper"].values[1]
    likely = (level - 0.6) ** 2 / (0.4 * 0.3) if level < 0.9 else 1 - (1.0 - level) ** 2 / (0.4 * 0.1)
    assert abs(value - likely) <= 4 * max(error, 1 / 1024)
    assert error < 0.005


# --- without pairs, and what is refused --------------------------------------------------------------------------------


def test_without_pairs_the_errors_of_both_are_added(world, luck):
    lines = luck.headlines([world, with_values(world, {RATE: "45%"}, "more")])
    sets = [lines.isel(variant=i) for i in (0, 1)]
    table = compare_headlines(sets, ["a", "b"], [read_metric("outlay")], paired=[True, False])
    (first, second) = table["value"].values[:, 0]
    assert table["difference"].values[1, 0] == pytest.approx([second[0] - first[0], math.hypot(first[1], second[1])])
    assert not table["unchanged"].values[1]
    assert np.isnan(table["cheaper"].values[1]).all()
    paired = compare_headlines(sets, ["a", "b"], [read_metric("outlay")])
    assert table["difference"].values[1, 0, 1] > paired["difference"].values[1, 0, 1] > 0


def test_a_metric_that_is_none_is_refused_before_anything_is_simulated(world):
    class Untouched(SharedLuck):
        def headlines(self, *_):
            raise AssertionError

    with pytest.raises(SimulatorError, match=r"outlai.*outlay"):
        compare([world, world.renamed("other")], metrics=["outlai"], luck=Untouched())


def test_scenarios_of_one_name_are_refused(world, luck):
    with pytest.raises(SimulatorError, match="方案名称重复"):
        compare([world, world], luck=luck)
