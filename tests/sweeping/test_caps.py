"""What caps do, against closed forms: how many are at them, what they save, and what one more 万元 costs."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulator.changes import with_values
from simulator.comparison import compare
from simulator.errors import SimulatorError
from simulator.sweeping import diagnose_caps
from simulator.variants import SharedLuck
from tests.support import CERTAIN, assert_near, financed, stream, tiny

WAN, YI = 1e4, 1e8
MEDIAN, SIGMA, N = 5000 * WAN, 1.0, 40
SIZE = {"lognormal": {"median": "5000万元", "sigma": SIGMA}}


def share_above(limit):
    """P(X >= limit)."""
    return ndtr(-math.log(limit / MEDIAN) / SIGMA)


def limited(limit):
    """E[min(X, limit)]."""
    z = math.log(limit / MEDIAN) / SIGMA
    return MEDIAN * math.exp(SIGMA**2 / 2) * ndtr(z - SIGMA) + limit * share_above(limit)


EXPECTED = MEDIAN * math.exp(SIGMA**2 / 2)


@pytest.fixture(scope="module")
def luck():
    return SharedLuck(1024)


# --- who is at it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("instrument", "intensity", "rate", "cap"), [
    ("first_of_kind", "100%", 0.30, 2000 * WAN),
    ("first_of_kind", "80%", 0.24, 2000 * WAN),
    ("energy_management_centre", "80%", 0.20, 1000 * WAN),
])
@pytest.mark.parametrize("response", ["none", "elasticity"])
def test_a_cap_on_lognormal_sizes_binds_saves_and_costs_what_the_closed_form_says(tmp_path, luck, instrument, intensity, rate, cap,
                                                                                  response):
    world = tiny(tmp_path, {"one": stream(instrument, SIZE, N // 4)}, CERTAIN,
                 {"drivers": CERTAIN["drivers"] | {"award_intensity": intensity}},
                 {"readings": {"response": response}})
    table = diagnose_caps(world, instruments=[instrument], luck=luck).sel(instrument=instrument)
    assert table["cap"].item() == cap
    assert table["awards"].values == pytest.approx([N, 0], rel=1e-12)
    at_cap = N * share_above(cap / rate)
    assert_near(table["at_cap"], at_cap, 0.03)
    assert_near(table["share_at_cap"], at_cap / N, 0.03)
    assert_near(table["saved"], N * rate * (EXPECTED - limited(cap / rate)), 0.1)
    assert_near(table["marginal_outlay"], N * rate * (limited(1.1 * cap / rate) - limited(cap / rate)) / (0.1 * cap) * WAN, 0.03)
    if response == "none":
        assert table["marginal_induced"].values.tolist() == [0, 0]


def test_one_more_10_000_costs_between_those_at_the_cap_and_those_at_the_raised_one(tmp_path, luck):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, N // 4)}, CERTAIN, {"readings": {"response": "none"}})
    raised = with_values(world, {("policy", "instruments", "first_of_kind", "cap"): "2200万元"})
    low, high = (diagnose_caps(each, instruments=["first_of_kind"], luck=luck) for each in (raised, world))
    costs = high["marginal_outlay"].sel(part="value").item() / WAN
    assert low["at_cap"].sel(part="value").item() < costs < high["at_cap"].sel(part="value").item()


def test_the_money_saved_and_the_margins_are_differences_of_whole_runs(tmp_path):
    """With responses: what is asked here and what two scenarios say beside each other is the same."""
    one = stream("first_of_kind", SIZE, 8, count_of="potential_projects", approval=None, p0={"value": "60%"})
    world = tiny(tmp_path, {"one": one})
    luck = SharedLuck(256)
    table = diagnose_caps(world, instruments=["first_of_kind"], luck=luck).sel(instrument="first_of_kind")
    path = ("policy", "instruments", "first_of_kind", "cap")
    open_, raised = with_values(world, {path: None}, "open"), with_values(world, {path: "2200万元"}, "raised")
    differences = compare([world, open_, raised], metrics=["outlay", "induced_investment"], luck=luck)["difference"].values
    assert table["saved"].values == pytest.approx(differences[1, 0])
    assert table["marginal_outlay"].values == pytest.approx(differences[2, 0] / 200)
    assert table["marginal_induced"].values == pytest.approx(differences[2, 1] / 200)
    assert table["marginal_induced"].values[0] > 0


@pytest.mark.parametrize(("size", "at_cap"), [("6600万元", 0), ("6700万元", 8)])
def test_sizes_that_are_certain_are_all_at_the_cap_or_none_of_them(tmp_path, size, at_cap):
    world = tiny(tmp_path, {"one": stream("first_of_kind", size, 2)}, CERTAIN)
    table = diagnose_caps(world, instruments=["first_of_kind"], luck=SharedLuck(16)).sel(instrument="first_of_kind")
    assert table["at_cap"].values == pytest.approx([at_cap, 0], abs=1e-9)
    assert table["share_at_cap"].values == pytest.approx([at_cap / 8, 0], abs=1e-9)
    assert table["saved"].values == pytest.approx([at_cap * 10 * WAN, 0], abs=1e-6)
    assert table["marginal_outlay"].values == pytest.approx([at_cap * 10 * WAN / 200, 0], abs=1e-6)  # of 200万 more, 10万 are called for


def test_an_instrument_without_projects_has_nobody_at_its_cap(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, CERTAIN)
    table = diagnose_caps(world, luck=SharedLuck(16))
    capped = [key for key, rule in world.model.policy.instruments.items() if rule.cap.value is not None]
    assert table["instrument"].values.tolist() == capped
    assert not {"smart_factory", "open_challenge"} & set(capped)
    nobody = table.drop_sel(instrument="first_of_kind")
    for name in ("awards", "at_cap", "saved", "marginal_outlay", "marginal_induced"):
        assert not nobody[name].values.any(), name
    assert np.isnan(nobody["share_at_cap"].sel(part="value").values).all()


# --- several at once --------------------------------------------------------------------------------------------------


def test_of_two_instruments_that_pay_alike_each_cap_has_all_who_are_at_it(tmp_path, luck):
    """A maker may have either: both caps bind the same contracts, and to raise either costs the same."""
    both = ["first_of_kind", "catalogue_breakthrough"]
    world = tiny(tmp_path, {"one": stream(both, SIZE, N // 4)}, CERTAIN)
    table = diagnose_caps(world, instruments=both, luck=luck)
    at_cap = N * share_above(2000 * WAN / 0.3)
    for key in both:
        assert_near(table["at_cap"].sel(instrument=key), at_cap, 0.03)
        assert_near(table["saved"].sel(instrument=key), N * 0.3 * (EXPECTED - limited(2000 * WAN / 0.3)), 0.1)
    for name in ("at_cap", "saved", "marginal_outlay", "marginal_induced"):
        one, other = table[name].values
        assert one == pytest.approx(other, rel=1e-9), name
    shares = table["share_at_cap"].sel(part="value").values
    assert ((0 < shares) & (shares <= 1 + 1e-9)).all()
    assert (table["at_cap"].sel(part="value") <= table["awards"].sel(part="value") + 1e-6).all()


def test_instruments_of_separate_streams_are_diagnosed_as_if_alone(tmp_path):
    streams = {name: stream(name, SIZE, 4) for name in ("first_of_kind", "energy_management_centre")}
    world, luck = tiny(tmp_path, streams, CERTAIN), SharedLuck(64)
    both = diagnose_caps(world, instruments=list(streams), luck=luck)
    for name in streams:
        alone = diagnose_caps(tiny(tmp_path, {name: streams[name]}, CERTAIN, name=f"only.{name}"), instruments=[name], luck=luck)
        for figure in ("awards", "at_cap", "share_at_cap", "saved", "marginal_outlay", "marginal_induced"):
            assert both[figure].sel(instrument=name).values == pytest.approx(alone[figure].values[0], rel=1e-6, abs=1e-6), figure


# --- caps of other kinds ---------------------------------------------------------------------------------------------------


def test_of_a_cap_for_each_contract_contracts_are_counted(tmp_path, luck):
    """Four equal contracts a product, each of 30% up to 2000万."""
    one = stream("first_of_kind", {"lognormal": {"median": "2亿元", "sigma": SIGMA}}, N // 4, contracts={"value": 4})
    world = tiny(tmp_path, {"one": one}, CERTAIN, {"readings": {"first_of_kind_scope": "contract"}})
    table = diagnose_caps(world, instruments=["first_of_kind"], luck=luck).sel(instrument="first_of_kind")
    assert_near(table["at_cap"], 4 * N * share_above(2000 * WAN / 0.3), 0.03)
    assert_near(table["marginal_outlay"], 4 * N * 0.3 * (limited(2200 * WAN / 0.3) - limited(2000 * WAN / 0.3)) / 200, 0.03)


LOAN = stream("catalogue_loan_interest", "4亿元", 2, **financed(loan=100))
RATES = {"drivers": CERTAIN["drivers"] | {"lpr": {"published": {"value": dict.fromkeys(range(2024, 2033), "3%")}}},
         "behaviour": CERTAIN["behaviour"] | {"central": {"share": {"value": "0%"}}}}


@pytest.mark.parametrize(("reading", "cap", "at_cap", "saved"), [
    ("lifetime", "500万元", 8, 360 + 360 + 270 - 500),  # half of 720, 720 and 540万
    ("lifetime", "2000万元", 0, 0),
    ("year", "100万元", 24, 360 + 360 + 270 - 300),
    ("year", "300万元", 16, 60 + 60),
    ("year", "400万元", 0, 0),
])
def test_a_cap_of_each_year_counts_once_for_every_year_in_which_it_binds(tmp_path, reading, cap, at_cap, saved):
    world = tiny(tmp_path, {"one": LOAN}, CERTAIN | RATES, {"readings": {"cap_period_17": reading, "response": "none"}},
                 {"instruments": {"catalogue_loan_interest": {"cap": cap}}})
    table = diagnose_caps(world, instruments=["catalogue_loan_interest"], luck=SharedLuck(16)).sel(instrument="catalogue_loan_interest")
    assert table["awards"].values.tolist() == [8, 0]
    assert table["at_cap"].values == pytest.approx([at_cap, 0], abs=1e-6)
    assert table["saved"].values == pytest.approx([8 * saved * WAN, 0], rel=1e-9, abs=1e-3)


def test_under_a_cap_of_nothing_all_are_at_it_and_a_tenth_more_is_nothing(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 2)}, CERTAIN, {"instruments": {"first_of_kind": {"cap": "0元"}}})
    table = diagnose_caps(world, instruments=["first_of_kind"], luck=SharedLuck(16)).sel(instrument="first_of_kind")
    assert table["at_cap"].values == pytest.approx([8, 0])
    assert table["saved"].values == pytest.approx([8 * 300 * WAN, 0])
    assert np.isnan(table["marginal_outlay"].values).all()


@pytest.mark.parametrize("name", ["smart_factory", "open_challenge", "first_of_kin"])
def test_an_instrument_without_a_cap_is_refused_by_name(tmp_path, name):
    class Untouched(SharedLuck):
        def headlines(self, *_):
            raise AssertionError

    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)})
    with pytest.raises(SimulatorError, match=name):
        diagnose_caps(world, instruments=["first_of_kind", name], luck=Untouched())


def test_a_cap_that_a_scenario_lifts_is_no_cap(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, {"instruments": {"first_of_kind": {"cap": None}}})
    with pytest.raises(SimulatorError, match="first_of_kind 没有上限"):
        diagnose_caps(world, instruments=["first_of_kind"])
