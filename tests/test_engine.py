"""A whole run: the same bits however the work is cut, sums that add up, and what may and may not move a result."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from simulator.drivers import draw_drivers
from simulator.engine import simulate, simulate_apart
from simulator.errors import SimulatorError
from simulator.levers import read_values, with_levers
from simulator.pack import alike, pack
from simulator.population import draw_applications, read_applications, write_applications
from simulator.scenario import load_scenario
from tests.support import CERTAIN, assert_identical, changed, financed, money, run, stream, tiny

FEN = 0.01
DRAWS = 64


@pytest.fixture(scope="module")
def few(baseline):
    return draw_drivers(baseline, DRAWS)


@pytest.fixture(scope="module")
def reference(baseline, frame, few):
    return simulate(baseline, frame, few, threads=1, block=DRAWS)


@pytest.fixture(scope="module", params=["baseline", "commitment", "cash", "pro_rata", "stack"])
def result(request, frame, reference, tmp_path_factory):
    """Runs under every kind of rationing and the package of several awards."""
    change = {
        "commitment": money("5亿元", wait_years=1, enforce="commitment"),
        "cash": money("5亿元", wait_years=1, enforce="cash", rule="first_come", partial=True),
        "pro_rata": money("5亿元", wait_years=1, enforce="commitment", rule="pro_rata"),
        "stack": {"readings": {"exclusivity": "stack"}},
    }.get(request.param)
    if change is None:
        return reference
    return run(changed(tmp_path_factory.mktemp("tight"), change, name=request.param), DRAWS, frame)


# --- the same bits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threads", "block"), [(1, 1), (1, 7), (2, 1), (2, 7), (2, 64), (2, 1000)])
def test_neither_threads_nor_blocks_change_a_bit(baseline, frame, few, reference, threads, block):
    assert_identical(simulate(baseline, frame, few, threads=threads, block=block), reference)


def test_any_prefix_of_the_draws_is_itself_a_run(baseline, frame, small_run):
    prefix = simulate(baseline, frame, draw_drivers(baseline, 256))
    assert_identical(prefix, small_run.isel(draw=slice(256)))


def test_the_order_of_rows_changes_nothing(baseline, frame, few, reference):
    shuffled = frame.isel(application=np.random.default_rng(1).permutation(frame.sizes["application"]))
    assert_identical(simulate(baseline, shuffled, few), reference)


def test_a_frame_written_and_read_back_gives_the_same_bits(baseline, frame, few, reference, tmp_path):
    write_applications(frame, tmp_path / "frame.csv")
    assert_identical(simulate(baseline, read_applications(tmp_path / "frame.csv"), few), reference)


PRINT_DIGEST = """
import hashlib
from simulator.drivers import draw_drivers
from simulator.engine import simulate, simulate_apart
from simulator.population import draw_applications
from simulator.scenario import load_scenario
scenario = load_scenario("baseline")
result = simulate(scenario, draw_applications(scenario), draw_drivers(scenario, 16))
print(hashlib.sha256(b"".join(result[name].values.tobytes() for name in sorted(result.data_vars))).hexdigest())
"""


def test_hash_seed_locale_and_time_zone_change_nothing():
    root = str(Path(__file__).parents[1])
    prints = set()
    for seed, place, zone in (("0", "C.UTF-8", "UTC"), ("4711", "POSIX", "Asia/Shanghai")):
        environment = os.environ | {"PYTHONPATH": root, "PYTHONHASHSEED": seed, "LC_ALL": place, "TZ": zone}
        command = [sys.executable, "-W", "error", "-c", PRINT_DIGEST]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root, env=environment)
        prints.add(done.stdout.strip())
    assert [len(print_) for print_ in prints] == [64]


# --- several scenarios in one pass ------------------------------------------------------------------------------------


def test_a_scenario_against_itself_differs_by_exactly_nothing(baseline, frame, reference, tmp_path):
    twin = changed(tmp_path, name="twin")
    both = run([baseline, twin], DRAWS, frame)
    for name in ("baseline", "twin"):
        assert_identical(both.sel(scenario=name, drop=True), reference)


SHIPPED = ["full_rate", "capped_envelope", "rates_fall", "central_overlap", "stacking_full", "investment_slump"]


def test_scenarios_in_one_pass_equal_each_on_its_own(baseline, frame, reference):
    scenarios = [baseline, *(load_scenario(name) for name in SHIPPED)]
    together = run(scenarios, DRAWS, frame)
    assert_identical(together.sel(scenario="baseline", drop=True), reference)
    for scenario in scenarios[1:]:
        assert_identical(together.sel(scenario=scenario.name, drop=True), run(scenario, DRAWS, frame))


def test_variants_of_one_lever_share_the_awards_of_the_instruments_that_it_does_not_touch(baseline, frame, few, reference):
    values = read_values(baseline, "upgrade_loan_interest.rate=40%,50%,60%")
    variants = [with_levers(baseline, [(values.lever, text)], text) for text in values.texts]
    inputs = pack(variants, frame, few, "district")
    moved = list(baseline.model.policy.instruments).index("upgrade_loan_interest")
    touched = inputs.batches["instruments"] >> moved & 1 == 1
    assert touched.any()
    assert not touched.all()
    own = np.where(touched, np.arange(3)[:, None], 0)
    np.testing.assert_array_equal(alike(inputs), own)
    for text, result in zip(values.texts, simulate_apart(variants, frame, few), strict=True):
        assert_identical(result, reference if text == "50%" else simulate(variants[values.texts.index(text)], frame, few))


@pytest.mark.parametrize("change", [
    {"software_purchase": {"rate": "10%"}},
    {"open_challenge": {"tiers": {"award": {"amount": "100万元"}}}},
    {"first_of_kind": {"rate": {"uniform": ["20%", "30%"]}}},
], ids=["a rate that is assumed", "a tier that is assumed", "a rate that becomes assumed"])
def test_an_assumed_value_that_a_scenario_states_or_opens_moves_no_other(baseline, frame, reference, tmp_path, change):
    stated = changed(tmp_path, {"instruments": change})
    together = run([baseline, stated], DRAWS, frame)
    for scenario, alone in ((baseline, reference), (stated, run(stated, DRAWS, frame))):
        beside = together.sel(scenario=scenario.name, drop=True)
        assert beside["outlay"].values.tobytes() == alone["outlay"].values.tobytes(), scenario.name


def test_scenarios_with_other_tiers_cannot_share_a_pass(baseline, tmp_path):
    more = {"title": {"zh": "二", "en": "2"}, "amount": {"uniform": ["0万元", "10万元"]}}
    stated = changed(tmp_path, {"instruments": {"open_challenge": {"tiers": {"more": more}}}})
    for scenarios in ([baseline, stated], [stated, baseline]):
        with pytest.raises(SimulatorError):
            draw_drivers(scenarios, 16)


def test_changing_one_rate_leaves_the_other_streams_bit_equal(reference, frame, tmp_path):
    one = "scenario_demonstration"
    halved = run(changed(tmp_path, {"instruments": {one: {"rate": "10%"}}}), DRAWS, frame)
    others = reference["instrument"] != one
    for name in ("outlay", "applications", "commitment", "induced_investment"):
        assert halved[name].values[..., others].tobytes() == reference[name].values[..., others].tobytes()
    assert (halved["outlay"] - reference["outlay"]).sel(instrument=one).sum() < 0


def test_scenarios_of_different_populations_or_equal_names_are_refused(baseline, tmp_path):
    other = tiny(tmp_path, {"one": stream("first_of_kind", "1000万元")})
    frame = draw_applications(other)
    with pytest.raises(SimulatorError):
        simulate([baseline, other], frame, draw_drivers(other, 8))
    with pytest.raises(SimulatorError):
        simulate([other, other], frame, draw_drivers(other, 8))


def test_a_project_that_can_never_be_eligible_changes_nothing(tmp_path):
    one = stream("upgrade_lease", {"lognormal": {"median": "5000万元", "sigma": 0.3}}, count_of="potential_projects",
                 p0={"value": "50%"}, **financed(lease=100))
    scenario = tiny(tmp_path, {"one": one})
    frame = draw_applications(scenario)
    below = frame.isel(application=slice(40)).copy(deep=True)
    below["investment"][:], below["size_sigma"][:], below["cell"][:] = 19_999_999.99, 0.0, ""
    below["application"] = [f"below-{i}" for i in range(40)]
    more = xr.concat([below, frame], dim="application")
    alone = run(scenario, 32, frame)
    assert alone["outlay"].sum() > 0
    assert_identical(run(scenario, 32, more), alone)


# --- sums that add up -------------------------------------------------------------------------------------------------


def total(run_, name):
    """Over everything but draws. [CNY]"""
    return run_[name].sum([dim for dim in run_[name].dims if dim != "draw"]).values


def test_commitment_is_paid_due_or_cut_to_the_fen(result):
    rest = total(result, "outlay") + total(result, "due") + total(result, "cut")
    assert np.abs(total(result, "commitment") - rest).max() <= FEN


def test_entitlement_is_committed_lapsed_or_still_waiting_to_the_fen(result):
    waiting = result["backlog"].isel(year=-1).sum("instrument").values
    rest = total(result, "commitment") + total(result, "lapsed") + waiting
    assert np.abs(total(result, "entitlement") - rest).max() <= FEN


def test_groups_add_up_to_totals(result):
    for name in ("outlay", "commitment", "supported_investment", "induced_investment"):
        by_year = result[name].sum("instrument").values
        assert np.allclose(result[f"{name}_by_group"].sum("group").values, by_year, rtol=1e-12, atol=FEN)


@pytest.mark.parametrize("by", ["sector", "size_class", "filing_year"])
def test_any_split_leaves_the_totals_and_adds_up_to_them(baseline, frame, few, reference, by):
    split = simulate(baseline, frame, few, by=by)
    assert split["outlay"].values.tobytes() == reference["outlay"].values.tobytes()
    assert np.allclose(split["outlay_by_group"].sum("group"), reference["outlay"].sum("instrument"), rtol=1e-12, atol=FEN)
    assert set(split["group"].values) == set(frame[by].values)


def test_about_ten_certifications_a_year_are_ten(small_run):
    assert small_run["awards"].sel(instrument="material_certification").max() == 10


def test_counted_parts_are_awards(result):
    awards, parts = result["awards"].sum("year"), result["part_awards"].sum("year")
    for instrument in ("first_of_kind", "smart_factory", "material_certification", "open_challenge"):
        mine = [part for part in parts["part"].values if part.split(".")[0] == instrument]
        assert np.all(parts.sel(part=mine).sum("part") >= awards.sel(instrument=instrument) - 1e-9)
    assert np.all(parts.sum("part") <= awards.sum("instrument"))


def test_no_part_is_larger_than_its_whole(result):
    assert np.all(result["deadweight"] <= result["outlay"] + FEN)
    assert np.all(result["approvals"].sum("year") <= result["applications"].sum("year"))
    assert np.all(result["awards"].sum("year") <= result["approvals"].sum("year"))
    assert np.all(total(result, "recovered") <= total(result, "outlay"))
    assert np.all(result["supported_renewal"] <= result["supported_equipment"] + FEN)
    assert np.all(total(result, "supported_equipment") <= total(result, "supported_investment") + FEN)
    for name in result.data_vars:
        if name not in ("appropriation", "cut", "control"):
            assert np.all(np.isfinite(result[name].values) & (result[name].values >= -FEN)), name


def test_overrun_is_the_outlay_above_the_appropriation(result, baseline):
    fund = {key: rule.fund.value for key, rule in baseline.model.policy.instruments.items()}
    of = xr.DataArray([fund[str(key)] for key in result["instrument"].values], dims="instrument", name="fund")
    spent = result["outlay"].groupby(of).sum("instrument").sel(fund=result["fund"].values)
    above = (spent - result["appropriation"]).clip(min=0)
    assert np.allclose(result["overrun"].transpose(*above.dims), above, rtol=0, atol=FEN)


def test_a_yardstick_reports_the_overrun_and_changes_no_payment(reference, frame, tmp_path):
    measured = run(changed(tmp_path, money("10亿元")), DRAWS, frame)
    assert measured["outlay"].values.tobytes() == reference["outlay"].values.tobytes()
    assert (measured["overrun"].sum("year") > 0).any()
    assert not reference["overrun"].any()


@pytest.mark.parametrize("enforce", ["commitment", "cash"])
def test_enforcing_a_more_than_ample_appropriation_changes_no_bit(reference, frame, tmp_path, enforce):
    funds = ("industrial_development", "energy_conservation")
    ample = {"appropriation": {fund: {"amount": "9999亿元", "enforce": enforce} for fund in funds}}
    enforced = run(changed(tmp_path, ample), DRAWS, frame)
    for name in ("outlay", "commitment", "awards", "backlog", "lapsed", "due"):
        assert enforced[name].values.tobytes() == reference[name].values.tobytes(), name


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize("rule", ["first_come", "by_score", "pro_rata"])
def test_enforced_cash_stays_within_the_appropriation(frame, tmp_path, rule, partial):
    tight = money("5亿元", enforce="cash", rule=rule, partial=partial and rule != "pro_rata")
    result = run(changed(tmp_path, tight), DRAWS, frame)
    assert result["outlay"].sum() > 0
    assert result["overrun"].max() <= FEN


def test_enforced_cash_reports_as_overrun_what_smaller_loans_draw_when_they_reach_their_cap_later(tmp_path):
    """Approved 1200万, 800万 and 0 a year; with three quarters of the loan 900万, 900万 and 200万: the clause pays it."""
    outcome = {"drivers": {"outcome": {"complete": 0.5, "partial": 500, "late": 0.5, "cancelled": 0.5}}}
    one = stream("upgrade_loan_interest", "12亿元", 4, outcome="at_risk", **financed(loan=100, term=8))
    tight = money("4000万元", enforce="cash", rule="first_come")
    result = run(tiny(tmp_path, {"one": one}, CERTAIN, outcome, tight), 32)
    paid = result["outlay"].sum("instrument")
    assert (result["overrun"].sum("fund") == np.maximum(paid - 4e7, 0)).all()
    assert result["overrun"].max() > 0
    assert (paid.sum("year") <= result["commitment"].sum(["year", "instrument"]) + FEN).all()


def test_a_project_counts_as_supported_when_it_is_first_funded(tmp_path):
    """The lease fits at once, the larger loan a year later: the project is supported from the first year on."""
    one = stream(["upgrade_loan_interest", "upgrade_lease"], "4亿元", 1, **financed(both=100, leased="20%"))
    tight = money({"value": {2024: "500万元"}}, enforce="commitment", wait_years=2)
    result = run(tiny(tmp_path, {"one": one}, CERTAIN, tight, {"readings": {"exclusivity": "stack"}}), 8)
    at_once = result["commitment"].sel(year=2024) > 0
    assert {str(key) for key in result["instrument"].values[at_once.all("draw")]} == {"upgrade_lease"}
    assert np.all(result["awards"].sel(year=2024).sum("instrument") == 1)
    assert np.all(result["awards"].sum(("year", "instrument")) == 4)


@pytest.mark.parametrize("rule", ["by_score", "pro_rata"])
def test_a_project_that_is_paid_nothing_is_not_supported(tmp_path, rule):
    nothing = money("0元", enforce="commitment", rule=rule, partial=rule == "by_score")
    result = run(tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 5)}, CERTAIN, nothing), 8)
    assert result["lapsed"].sum() > 0
    for name in ("commitment", "awards", "supported_investment"):
        assert not result[name].any()


# --- what moves a result the right way --------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"rate": "40%"}, {"cap": "3000万元"}], ids=["rate", "cap"])
def test_a_higher_rate_or_cap_never_pays_less_where_nobody_responds(tmp_path, change):
    one = {"one": stream("first_of_kind", {"lognormal": {"median": "4000万元", "sigma": 1}})}
    numb = {"readings": {"response": "none"}}
    plain = run(tiny(tmp_path, one, CERTAIN, numb))
    raised = run(tiny(tmp_path, one, CERTAIN, numb, {"instruments": {"first_of_kind": change}}, name="raised"))
    assert np.all(raised["outlay"].values >= plain["outlay"].values)
    assert raised["outlay"].sum() > plain["outlay"].sum()
    assert np.array_equal(raised["awards"], plain["awards"])


def test_support_that_moves_nobody_induces_nothing_and_is_all_deadweight(frame, tmp_path):
    numb = run(changed(tmp_path, {"readings": {"response": "none"}}), DRAWS, frame)
    assert not numb["induced_investment"].any()
    assert np.array_equal(numb["deadweight"], numb["outlay"])
