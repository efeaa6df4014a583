"""Projects that reckon with the queue expect what then comes true, and nothing changes where nobody does."""

from datetime import date

import numpy as np
import pytest

from simulator import expectations
from simulator.blocks import run_blocks
from simulator.conditioning import remaining_applications
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.expectations import PILOT, expecting
from simulator.explanation import explain
from simulator.pack import outputs, pack
from simulator.population import draw_applications
from simulator.position import take_position
from simulator.precision import simulate_to_precision
from tests.benchmarks.contestants import AGREE
from tests.benchmarks.numpy_model import simulate_draws_numpy
from tests.benchmarks.world import disagreement
from tests.ledgers import ledger_of
from tests.support import CERTAIN, assert_identical, changed, money, run, stream, tiny

RECKONS = {"behaviour": {"reckons_with_queue": True}}
SIZE = {"lognormal": {"median": "2000万元", "sigma": 0.8}}
POTENTIAL = {"count_of": "potential_projects", "p0": {"value": "40%"}}
STREAMS = {"made": stream("first_of_kind", SIZE, 12, **POTENTIAL),
           "shown": stream("scenario_demonstration", SIZE, 12, outcome="at_risk", **POTENTIAL),
           "filed": stream("first_of_kind", SIZE, 3)}
STRONG = {"drivers": {"elasticity": 3}}  # four times the usual
TIGHT = money("1500万元", enforce="commitment")
EMPTY = money("0元", enforce="commitment")
DRAWS = 128


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Makes the small world under changes of the baseline."""
    folder = tmp_path_factory.mktemp("worlds")
    made = []

    def make(*changes):
        made.append(tiny(folder, STREAMS, *changes, name=f"world{len(made)}"))
        return made[-1]

    return make


@pytest.fixture(scope="module")
def tight(world):
    """Money for a part of those who come, without and with reckoning."""
    return world(TIGHT), world(TIGHT, RECKONS)


def total(results, name):
    """Mean over draws. [CNY]"""
    return float(results[name].sum([dim for dim in results[name].dims if dim != "draw"]).mean())


def belief(scenario, frame=None):
    """Instrument -> the share that projects expect to be funded."""
    frame = draw_applications(scenario) if frame is None else frame
    found = expecting(pack([scenario], frame, draw_drivers(scenario, 8), "district"), [scenario], frame)
    return dict(zip(scenario.model.policy.instruments, found.funded[0].tolist(), strict=True))


def came_true(results, instrument):
    """The share of its entitlements that was committed."""
    return total(results.sel(instrument=instrument), "commitment") / total(results.sel(instrument=instrument), "entitlement")


# --- nothing changes where nobody reckons with the queue --------------------------------------------------------------


def test_nobody_reckons_with_the_queue_unless_the_scenario_says_so(baseline, world, tight):
    assert baseline.model.behaviour.reckons_with_queue.value is False
    assert_identical(run(world(TIGHT, {"behaviour": {"reckons_with_queue": False}})), run(tight[0]))


@pytest.mark.parametrize("changes", [
    [TIGHT], [money("4000万元"), RECKONS], [TIGHT, RECKONS, {"readings": {"response": "none"}}],
    [TIGHT, RECKONS, {"readings": {"response": "participation"}}],
], ids=["off", "not enforced", "no response", "response that does not look at the amount"])
def test_no_pilot_is_run_where_the_queue_cannot_move_anybody(world, monkeypatch, changes):
    scenario = world(*changes)
    monkeypatch.setattr(expectations, "run_blocks", lambda *_: pytest.fail("a pilot"))
    assert set(belief(scenario).values()) == {1.0}
    run(scenario, 8)


@pytest.mark.parametrize("change", [money("4000万元"), money("9999亿元", enforce="commitment"), money("9999亿元", enforce="cash")],
                         ids=["a yardstick", "ample commitments", "ample cash"])
def test_an_appropriation_that_holds_nothing_up_changes_no_bit(world, change):
    assert_identical(run(world(change, RECKONS)), run(world(change)))


def test_the_control_is_what_it_was_so_its_mean_stays_zero(tight):
    without, reckoning = (run(each, DRAWS) for each in tight)
    assert np.any(without["control"].values != 0)
    assert without["control"].values.tobytes() == reckoning["control"].values.tobytes()


# --- what is expected comes true --------------------------------------------------------------------------------------


@pytest.mark.parametrize("enforce", ["commitment", "cash"])
def test_without_money_nothing_is_induced_and_nothing_paid(tmp_path, enforce):
    at_once = {key: each | {"outcome": "executed"} for key, each in STREAMS.items()}  # what is paid after the horizon needs no cash
    nothing = tiny(tmp_path, at_once, money("0元", enforce=enforce), RECKONS)
    results = run(nothing, DRAWS)
    assert results["applications"].sum() > 0
    assert not results["induced_investment"].any()
    assert not results["outlay"].any()
    assert {belief(nothing)[key] for key in ("first_of_kind", "scenario_demonstration")} == {0.0}


def test_a_fund_that_is_not_enforced_is_relied_on_though_another_is_empty(world):
    found = belief(world(EMPTY, RECKONS))
    assert {found["energy_management_centre"], found["first_of_kind"]} == {0.0, 1.0}


def test_the_less_money_the_less_is_induced(world):
    amounts = ("0元", "300万元", "800万元", "1500万元", "4000万元", "9999亿元")
    induced = [total(run(world(money(amount, enforce="commitment"), RECKONS), DRAWS), "induced_investment") for amount in amounts]
    assert induced == sorted(induced)
    assert induced[0] == 0.0 < induced[1] < induced[3] < induced[5]


@pytest.mark.parametrize("rule", ["first_come", "by_score", "pro_rata"])
def test_of_many_draws_the_share_is_funded_that_was_expected(tmp_path, rule):
    many = {key: each | {"count": {"value": {"fixed": 100}}} for key, each in STREAMS.items()}
    scenario = tiny(tmp_path, many, money("1.5亿元", enforce="commitment", rule=rule), RECKONS)
    expected, results = belief(scenario), run(scenario, 4096)
    for key in ("first_of_kind", "scenario_demonstration"):
        assert 0.1 < expected[key] < 0.9
        assert expected[key] == pytest.approx(came_true(results, key), rel=0.01)


@pytest.mark.parametrize("amount", ["1500万元", "4000万元", "1亿元"])
def test_where_support_decides_nearly_all_the_belief_still_comes_true_in_the_pilot(world, amount):
    rich = {"instruments": {"scenario_demonstration": {"rate": "80%", "cap": "9亿元"}}}
    scenario = world(money(amount, enforce="commitment", rule="pro_rata"), CERTAIN, STRONG, rich, RECKONS)
    results = run(scenario, PILOT)
    assert belief(scenario)["scenario_demonstration"] == pytest.approx(came_true(results, "scenario_demonstration"), abs=0.003)


def test_an_instrument_that_nobody_files_for_has_the_share_of_its_fund(tight):
    results, found = run(tight[1], PILOT), belief(tight[1])
    assert found["upgrade_lease"] == pytest.approx(total(results, "commitment") / total(results, "entitlement"), abs=0.002)


def test_the_same_model_in_numpy_takes_what_is_expected_into_account_alike(tight):
    frame = draw_applications(tight[1])
    given = expecting(pack([*tight], frame, draw_drivers([*tight], 32), "district"), [*tight], frame)
    assert given.funded[0].min() == 1.0 > given.funded[1].max(where=given.instruments["fund"][1] == 0, initial=0.0)
    ours, theirs = (outputs(given, 1, 2) for _ in range(2))
    run_blocks(given, ours)
    simulate_draws_numpy(given, theirs, 0, 32)
    assert disagreement(theirs, ours) < AGREE


# --- the same bits ----------------------------------------------------------------------------------------------------


def test_any_prefix_of_the_draws_is_itself_a_run(tight):
    whole = run(tight[1], 300)
    for draws in (8, 40, 257):
        assert_identical(run(tight[1], draws), whole.isel(draw=slice(draws)))


@pytest.mark.parametrize(("threads", "block"), [(1, 7), (2, 1), (2, 64), (3, 1000)])
def test_neither_threads_nor_blocks_change_a_bit(tight, threads, block):
    assert_identical(run(tight[1], 40, threads=threads, block=block), run(tight[1], 40, threads=1))


def test_scenarios_in_one_pass_equal_each_on_its_own(world, tight):
    scenarios = [*tight, world(EMPTY, RECKONS), world(TIGHT, STRONG, RECKONS), world(money("9999亿元", enforce="cash"), RECKONS)]
    together = run(scenarios, 40)
    for scenario in scenarios:
        assert_identical(together.sel(scenario=scenario.name, drop=True), run(scenario, 40))


def test_a_run_to_a_precision_is_the_run_of_as_many_draws(tight):
    frame = draw_applications(tight[1])
    assert_identical(simulate_to_precision(tight[1], frame, 0.0001, ceiling=2048), run(tight[1], 2048, frame))


# --- beside a ledger, and one by one ----------------------------------------------------------------------------------


def test_obligations_of_a_ledger_come_first_so_little_is_expected_of_what_they_leave(tmp_path, baseline):
    row = {"instruments": "“三首”产品支持", "filing_year": 2024, "contract": 3000, "status": "立项", "approved_year": 2024}
    ledger = ledger_of(tmp_path, baseline, row)
    just_owed = {year: "900万元" if year == 2024 else "0元" for year in range(2024, 2033)}

    def forecast(*changes):
        scenario = changed(tmp_path, money({"value": just_owed}, enforce="commitment"), *changes)
        known = take_position(scenario, ledger, date(2024, 6, 30))
        frame = remaining_applications(known)
        return simulate(scenario, frame, draw_drivers(scenario, 64), known=known)

    kinds = [key for key, rule in baseline.model.policy.instruments.items() if rule.fund.value == "industrial_development"]
    heedless, reckoning = (forecast(*changes).sel(instrument=kinds) for changes in ([], [RECKONS]))
    for results in (heedless, reckoning):
        assert total(results, "outlay") == total(results, "outlay_owed") + total(results, "outlay_paid") == 9_000_000
    assert total(heedless, "induced_investment") > 1e9
    assert 0 < total(reckoning, "induced_investment") < 30_000_000  # a part of what the ledger's own project invests, no more


def test_explain_shows_the_support_that_the_run_went_by(tmp_path):
    few = {"made": stream("first_of_kind", SIZE, 4, **POTENTIAL)}
    heedless, reckoning = (tiny(tmp_path, few, money("600万元", enforce="commitment"), *changes) for changes in ([], [RECKONS]))
    frame = draw_applications(reckoning)
    results, expected = run(reckoning, 8, frame), belief(reckoning, frame)
    assert 0.1 < expected["first_of_kind"] < 0.9
    induced = 0.0
    for name in frame["application"].values:
        without, found = (explain(each, str(name), 5, applications=frame) for each in (heedless, reckoning))
        if found.case is None:
            continue
        key = found.attributes["instruments"]
        assert found.decisions["support"] == pytest.approx(expected[key] * without.decisions["support"], rel=1e-12)
        if found.decisions["applied"] and not found.decisions["anyway"]:
            induced += found.decisions["realised_investment"]
    assert induced > 0
    assert induced == pytest.approx(float(results["induced_investment"].sel(draw=5).sum()), rel=1e-9)
