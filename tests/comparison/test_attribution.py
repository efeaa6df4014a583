"""What each change brings: both ways add up to the whole, exactly, and are what they must be where that is known."""

import random

import numpy as np
import pytest

from simulator.changes import changes_between, with_values
from simulator.comparison import attribute, attribution, compare
from simulator.errors import SimulatorError
from simulator.variants import SharedLuck
from tests.support import CERTAIN, financed, stream, tiny

WAN, YI = 1e4, 1e8
SIZE = {"lognormal": {"median": "3000万元", "sigma": 1.2}}
STREAMS = {
    "made": stream(["first_of_kind", "catalogue_breakthrough"], SIZE, {"negative_binomial": {"mean": 6, "dispersion": 4}}, approval=None),
    "upgrade": stream(["upgrade_loan_interest", "upgrade_lease", "major_project"], SIZE, 8, count_of="potential_projects", approval=None,
                      outcome="at_risk", **financed(loan=30, lease=30, both=20)),
    "factory": stream("smart_factory", "1亿元", {"poisson": 3}, tier="benchmark"),
}
METRICS = [*attribution.ATTRIBUTED, "leverage_net", "p50(outlay)", "P(outlay<=2亿元)", "outlay.2026", "outlay.first_of_kind", "awards"]


def rule(instrument, field, value):
    """A value of the rule book, by its path."""
    return {("policy", "instruments", instrument, *field.split(".")): value}


POOL = {
    "first_of_kind.rate": rule("first_of_kind", "rate", "45%"),
    "first_of_kind.cap": rule("first_of_kind", "cap", "500万元"),
    "catalogue_breakthrough.rate": rule("catalogue_breakthrough", "rate", "35%"),
    "upgrade_lease.rate": rule("upgrade_lease", "rate", "15%"),
    "upgrade_lease.threshold": rule("upgrade_lease", "threshold", "1000万元"),
    "upgrade_loan_interest.cap": rule("upgrade_loan_interest", "cap", "200万元"),
    "smart_factory.tiers": rule("smart_factory", "tiers.benchmark.amount", "700万元"),
    "drivers.award_intensity": {("drivers", "award_intensity"): {"value": "100%"}},
    "drivers.approval_level": {("drivers", "approval_level"): {"value": {"beta": [7, 3]}}},
    "behaviour.approval_lag": {("behaviour", "approval_lag"): {"value": "10个月"}},
    "readings.exclusivity": {("readings", "exclusivity"): "stack"},
    "appropriation.industrial_development": {("appropriation", "industrial_development", "amount"): "4000万元",
                                             ("appropriation", "industrial_development", "enforce"): "cash"},
}


def package(world, names, name="other"):
    return with_values(world, {path: value for each in names for path, value in POOL[each].items()}, name)


def figures(table, name, metric="outlay", part="value"):
    return table[name].sel(metric=metric, part=part).values


# --- adding up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "all_orders"), [(1, 8), (2, 8), (3, 8), (4, 8), (3, 2), (6, 2)],
                         ids=lambda n: str(n))
def test_both_ways_add_up_to_the_paired_difference(world, luck, monkeypatch, n, all_orders):
    monkeypatch.setattr(attribution, "ALL_ORDERS", all_orders)
    monkeypatch.setattr(attribution, "ORDERS", 4)
    for seed in range(2 if n < 4 else 1):
        names = random.Random(100 * n + seed).sample(list(POOL), n)
        other = package(world, names)
        table = attribute(world, other, metrics=METRICS, luck=luck)
        assert set(table["change"].values) == set(names)
        assert table.attrs["orders"] == (0 if n <= all_orders else 4)
        whole = compare([world, other], metrics=METRICS, luck=luck)["difference"].sel(scenario="other")
        assert np.array_equal(table["difference"], whole.sel(part=table["part"]), equal_nan=True)
        scale = compare([world, other], metrics=METRICS, luck=luck)["value"].sel(part="value").max("scenario").values
        for way in ("stacked", "shapley"):
            total = table[way].sel(part="value").sum("change").values
            assert total == pytest.approx(whole.sel(part="value").values, rel=1e-9, abs=1e-12 * scale.max()), (way, names)
            assert (np.abs(total - whole.sel(part="value").values) <= 1e-9 * np.abs(scale)).all()


def test_a_package_beyond_eight_is_attributed_over_sampled_orders(world, luck, monkeypatch):
    monkeypatch.setattr(attribution, "ORDERS", 4)
    table = attribute(world, package(world, list(POOL)[:9]), metrics=["outlay"], luck=luck)
    assert table.attrs["orders"] == 4
    assert figures(table, "shapley").sum() == pytest.approx(figures(table, "difference"), rel=1e-9)


def test_the_last_stacked_change_completes_the_other_scenario_and_the_first_is_made_to_the_one(world, luck):
    names = ["first_of_kind.rate", "upgrade_lease.rate", "drivers.award_intensity"]
    table = attribute(world, package(world, names), luck=luck)
    order = table["change"].values.tolist()
    alone = compare([world, package(world, order[:1])], metrics=["outlay"], luck=luck)
    last = compare([package(world, order[:-1], "most"), package(world, order)], metrics=["outlay"], luck=luck)
    for part in ("value", "error"):
        assert figures(table, "stacked", part=part)[0] == alone["difference"].sel(part=part).values[1, 0]
        assert figures(table, "stacked", part=part)[-1] == last["difference"].sel(part=part).values[1, 0]


# --- what must be -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("all_orders", [8, 1])
def test_a_change_that_does_nothing_is_worth_nothing_and_said_to_change_nothing(world, luck, monkeypatch, all_orders):
    monkeypatch.setattr(attribution, "ALL_ORDERS", all_orders)
    idle = rule("catalogue_lease", "rate", "10%") | rule("first_of_kind", "cap", "200亿元")
    base = with_values(world, rule("first_of_kind", "cap", "100亿元"))
    other = with_values(package(base, ["first_of_kind.rate", "upgrade_lease.rate", "readings.exclusivity"]), idle)
    table = attribute(base, other, metrics=METRICS, luck=luck)
    worth_nothing = table["change"].values[table["unchanged"].values]
    assert sorted(worth_nothing) == ["catalogue_lease.rate", "first_of_kind.cap"]
    for name in worth_nothing:
        assert not table["stacked"].sel(change=name).values.any()
        assert not table["shapley"].sel(change=name).values.any()


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two instruments that are the same, each with its own stream of the same projects by chance."""
    same = {"cap": "3000万元", "rate": "30%"}
    streams = {name: stream(name, SIZE, 10) for name in ("first_of_kind", "catalogue_breakthrough")}
    return tiny(tmp_path_factory.mktemp("twins"), streams, CERTAIN, {"instruments": dict.fromkeys(streams, same)})


def test_the_same_change_of_two_instruments_that_are_the_same_is_worth_the_same(twins):
    other = with_values(twins, rule("first_of_kind", "rate", "40%") | rule("catalogue_breakthrough", "rate", "40%"), "other")
    table = attribute(twins, other, metrics=["outlay", "induced_investment"], luck=SharedLuck(256))
    for metric in ("outlay", "induced_investment"):
        one, two = figures(table, "shapley", metric)
        error = np.hypot(*figures(table, "shapley", metric, "error"))
        assert one > 0
        assert abs(one - two) <= 4 * error
        assert abs(one - two) < 0.1 * one


def test_changes_that_have_nothing_to_do_with_each_other_are_worth_what_each_brings_alone(twins):
    changes = [rule("first_of_kind", "rate", "40%"), rule("catalogue_breakthrough", "cap", "1000万元")]
    other = with_values(twins, changes[0] | changes[1], "other")
    luck = SharedLuck(64)
    table = attribute(twins, other, luck=luck)
    alone = {name: compare([twins, with_values(twins, change, "alone")], metrics=attribution.ATTRIBUTED, luck=luck)["difference"].values[1]
             for name, change in zip(("first_of_kind.rate", "catalogue_breakthrough.cap"), changes, strict=True)}
    for name, own in alone.items():
        for way in ("stacked", "shapley"):
            assert table[way].sel(change=name).values == pytest.approx(own, rel=1e-9, abs=1e-3), (way, name)


# Contracts of 1亿: 30% of them is 3000万. Of 8 contracts, in 万元: min(10%, 500) min(20%, 500) min(10%, 1500) min(20%, 1500)
FOUR = {"neither": 500, "rate": 500, "cap": 1000, "both": 1500}
FIRST = {"rate": "10%", "cap": "500万元"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Rate and cap, and both in either order of writing: (one, rate first, cap first)."""
    folder, streams = tmp_path_factory.mktemp("written"), {"made": stream("first_of_kind", "1亿元", 2)}

    def world(name, terms):
        return tiny(folder, streams, CERTAIN, {"instruments": {"first_of_kind": terms}}, name=name)

    return (world("one", FIRST), world("rate.first", {"rate": "20%", "cap": "1500万元"}),
            world("cap.first", {"cap": "1500万元", "rate": "20%"}))


@pytest.mark.parametrize(("place", "stacked"), [
    (1, {"first_of_kind.rate": FOUR["rate"] - FOUR["neither"], "first_of_kind.cap": FOUR["both"] - FOUR["rate"]}),
    (2, {"first_of_kind.cap": FOUR["cap"] - FOUR["neither"], "first_of_kind.rate": FOUR["both"] - FOUR["cap"]}),
], ids=["rate first", "cap first"])
def test_a_rate_and_its_cap_are_worth_what_their_order_makes_of_them_and_shapley_the_mean_of_both(written, place, stacked):
    table = attribute(written[0], written[place], metrics=["outlay", "entitlement"], luck=SharedLuck(16))
    assert table["change"].values.tolist() == list(stacked)
    for metric in ("outlay", "entitlement"):
        assert figures(table, "stacked", metric) / WAN == pytest.approx([8 * each for each in stacked.values()], rel=1e-12)
        found = dict(zip(table["change"].values, figures(table, "shapley", metric) / WAN, strict=True))
        assert found["first_of_kind.rate"] == pytest.approx(8 * (0 + 500) / 2, rel=1e-12)
        assert found["first_of_kind.cap"] == pytest.approx(8 * (500 + 1000) / 2, rel=1e-12)
        assert not figures(table, "shapley", metric, "error").any()
    alone = dict(zip(table["change"].values, table["unchanged"].values, strict=True))
    assert alone == {"first_of_kind.rate": True, "first_of_kind.cap": False}  # the cap hides the rate: alone it does nothing


def test_where_changes_meet_in_pairs_only_reversed_orders_give_the_shapley_values_exactly(written, tmp_path, monkeypatch):
    """Rate and cap of two instruments: what is sampled with its reverse has every pair in both orders equally often."""
    streams = {name: stream(name, "1亿元", 2) for name in ("first_of_kind", "catalogue_breakthrough")}
    one = tiny(tmp_path, streams, CERTAIN, {"instruments": dict.fromkeys(streams, FIRST)})
    other = with_values(one, {path: value for name in streams
                              for path, value in (rule(name, "rate", "20%") | rule(name, "cap", "1500万元")).items()}, "other")
    exact = attribute(one, other, luck=SharedLuck(16))
    monkeypatch.setattr(attribution, "ALL_ORDERS", 2)
    sampled = attribute(one, other, luck=SharedLuck(16))
    assert (exact.attrs["orders"], sampled.attrs["orders"]) == (0, 16)
    assert figures(sampled, "shapley") == pytest.approx(figures(exact, "shapley"), rel=1e-9)
    assert sorted(figures(exact, "shapley") / WAN) == pytest.approx([2000, 2000, 6000, 6000])


@pytest.mark.parametrize("seed", range(3))
def test_rows_are_in_the_order_written_with_the_place(tmp_path, seed):
    terms = {"rate": "20%", "cap": "900万元", "threshold": "100万元", "payout": "two_tranches"}
    names = list(terms)
    random.Random(seed).shuffle(names)
    streams = {"made": stream("first_of_kind", "1亿元", 1)}
    one = tiny(tmp_path, streams, CERTAIN, name="one")
    other = tiny(tmp_path, streams, CERTAIN, {"instruments": {"first_of_kind": {name: terms[name] for name in names}}}, name="other")
    table = attribute(one, other, metrics=["outlay"], luck=SharedLuck(16))
    assert table["change"].values.tolist() == [f"first_of_kind.{name}" for name in names]
    lines = [int(str(place).split(":")[1]) for place in table["place"].values]
    assert lines == sorted(lines)
    assert all(str(place).startswith(f"{tmp_path}/other.yaml:") for place in table["place"].values)


# --- what is one change, what is none, and what is refused ----------------------------------------------------------------


def test_a_reading_and_what_it_sets_are_one_change(tmp_path):
    streams = {"bought": stream("catalogue_loan_interest", "4亿元", 2, **financed(loan=100))}
    one, other = (tiny(tmp_path, streams, CERTAIN, {"readings": {"cap_period_17": choice}}, name=choice) for choice in ("lifetime", "year"))
    table = attribute(one, other, luck=SharedLuck(16))
    assert table["change"].values.tolist() == ["readings.cap_period_17"]
    assert figures(table, "stacked").item() == figures(table, "difference") > 0


def test_between_scenarios_that_say_the_same_there_is_nothing_to_attribute(world, luck):
    table = attribute(world, world.renamed("other"), luck=luck)
    assert table.sizes["change"] == 0
    assert not table["difference"].values.any()
    assert figures(table, "stacked").shape == (0,)


def test_a_whole_population_is_one_change(world, tmp_path):
    more = {"made": STREAMS["made"] | {"size": {"value": "1亿元"}}, "more": stream("energy_management_centre", SIZE, 3)}
    larger = tiny(tmp_path, STREAMS | more, {"instruments": {"first_of_kind": {"rate": "40%"}}}, name="larger")
    luck = SharedLuck(64)
    table = attribute(world, larger, luck=luck)
    assert set(table["change"].values) == {"population", "first_of_kind.rate"}
    whole = compare([world, larger], metrics=attribution.ATTRIBUTED, luck=luck)["difference"].values[1]
    assert table["difference"].values == pytest.approx(whole, rel=1e-12)


def test_a_population_that_lacks_a_stream_is_one_change_too(world, tmp_path):
    fewer = tiny(tmp_path, {name: STREAMS[name] for name in ("made", "factory")}, name="fewer")
    luck = SharedLuck(64)
    table = attribute(world, fewer, luck=luck)
    assert table["change"].values.tolist() == ["population"]
    whole = compare([world, fewer], metrics=attribution.ATTRIBUTED, luck=luck)["difference"].values[1]
    assert table["difference"].values == pytest.approx(whole, rel=1e-12)


def test_too_many_changes_are_refused_with_their_number(world, luck, monkeypatch):
    monkeypatch.setattr(attribution, "MOST_CHANGES", 2)
    other = package(world, list(POOL)[:3])
    assert len(changes_between(world, other)) == 3
    with pytest.raises(SimulatorError, match="相差 3 处，归因最多 2 处"):
        attribute(world, other, luck=luck)


def test_a_change_that_cannot_stand_alone_is_refused_by_its_field(tmp_path, luck):
    """A cap for each contract is one on contracts: without the other base it is none."""
    streams = {"centre": stream("energy_management_centre", "1亿元", 1)}
    one = tiny(tmp_path, streams, name="one")
    terms = {"base": "contract", "cap_scope": "contract"}
    other = tiny(tmp_path, streams, {"instruments": {"energy_management_centre": terms}}, name="other")
    with pytest.raises(SimulatorError, match="energy_management_centre"):
        attribute(one, other, luck=luck)
