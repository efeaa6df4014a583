"""Tuning as a whole, through the simulator, on small worlds: what is told of solutions, and that it holds on fresh draws."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from simulator import tune
from simulator.errors import SimulatorError
from simulator.levers import find_lever, with_levers
from simulator.metrics import read_constraint
from simulator.tuning.dominance import non_dominated
from simulator.tuning.problem import ONE_SIDED
from simulator.tuning.relaxing import _wider
from simulator.variants import SharedLuck
from tests.support import CERTAIN, money, stream, tiny

YI = 1e8
SIZE = {"lognormal": {"median": "1亿元", "sigma": 0.6}}
FREE = {"readings": {"response": "none"}, "instruments": {"first_of_kind": {"cap": None}, "energy_management_centre": {"cap": None}}}
LEVERS = ["first_of_kind.rate=5%..30%", "energy_management_centre.rate=5%..30%"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two products and two centres a year, paid for in proportion to their price."""
    streams = {name: stream(name, SIZE, 2) for name in ("first_of_kind", "energy_management_centre")}
    return tiny(tmp_path_factory.mktemp("world"), streams, CERTAIN, FREE)


@pytest.fixture(scope="module")
def responsive(tmp_path_factory):
    """Firms that also come to invest more."""
    streams = {name: stream(name, SIZE, 4, count_of="potential_projects", approval=None, p0={"value": "60%"})
               for name in ("first_of_kind", "energy_management_centre")}
    return tiny(tmp_path_factory.mktemp("responsive"), streams, money("100亿元"),
                {"instruments": FREE["instruments"]})


@pytest.fixture(scope="module")
def budget(world):
    return tune(world, LEVERS[:1], subject_to=["P(outlay<=4亿元)>=90%", "mean(outlay)<=100亿元"], luck=SharedLuck(256))


def part(found, name, metric, solution=0):
    dim = "metric" if "metric" in found[name].dims else "constraint"
    return found[name].isel(solution=solution).sel({dim: metric}).values


def test_dims_and_attributes_are_as_stated(budget):
    sizes = {"solution": 1, "lever": 1, "constraint": 2, "edge": 4, "metric": 0, "part": 2, "relaxed_metric": 0}
    assert dict(budget.sizes) | {"metric": 0, "relaxed_metric": 0} == sizes
    assert {name: budget[name].dims for name in budget.data_vars} == {
        "lever_value": ("solution", "lever", "edge"), "unit": ("metric",), "unit_of_constraint": ("constraint",),
        "base": ("metric", "part"), **dict.fromkeys(("value", "difference", "fresh_value", "next_yi"), ("solution", "metric", "part")),
        **dict.fromkeys(("holds", "room", "fresh"), ("solution", "constraint", "part")),
        "relaxed_value": (), "relaxed_constraint": (), "relaxed_difference": ("relaxed_metric", "part")}
    assert budget.attrs["kind"] == "one" and budget.attrs["status"] == "edge" and not budget.attrs["interrupted"]
    assert budget.attrs["draws"] == 256 and budget.attrs["fresh_draws"] == 1024 and budget.attrs["fresh_seed"] != budget.attrs["seed"]
    json.dumps(budget.to_dict())


def test_the_constraint_that_binds_has_no_room_and_the_other_has(budget):
    room, error = part(budget, "room", "P(outlay<=4亿元)>=90%")
    assert abs(room) < 0.1 * error
    room, error = part(budget, "room", "mean(outlay)<=100亿元")
    assert room > 50 * error > 0


def test_the_solution_lies_in_its_interval_and_the_safe_value_is_what_is_told(world, budget):
    value, low, high, safe = budget["lever_value"].values[0, 0]
    assert 0.05 <= safe <= low < value < high <= 0.3
    assert str(budget["text"].values[0, 0]) == f"{safe * 100:.12g}%"
    lever = find_lever(world, "first_of_kind.rate")
    lines = SharedLuck(256).headlines([with_levers(world, [(lever, str(budget["text"].values[0, 0]))], "safe"), world.renamed("now")])
    outlay = lines["outlay"].mean("draw").values
    assert part(budget, "value", "outlay")[0] == pytest.approx(outlay[0], rel=1e-12)
    assert budget["base"].sel(metric="outlay", part="value").item() == pytest.approx(outlay[1], rel=1e-12)
    assert part(budget, "difference", "outlay")[0] == pytest.approx(part(budget, "value", "outlay")[0] - budget["base"].values[0, 0])


def test_the_constraint_holds_on_fresh_draws_which_are_other_draws(world, budget):
    held, error = part(budget, "fresh", "P(outlay<=4亿元)>=90%")
    assert held >= 0.9 and error > 0
    assert part(budget, "fresh_value", "outlay")[0] != part(budget, "value", "outlay")[0]
    other = world.with_seed(budget.attrs["fresh_seed"])
    lever = find_lever(world, "first_of_kind.rate")
    again = SharedLuck(1024).headlines([with_levers(other, [(lever, str(budget["text"].values[0, 0]))], "x")])
    metric = read_constraint("P(outlay<=4亿元)>=90%").metric
    assert metric.estimate(again.isel(variant=0)).value == held


def test_another_yi_of_outlay_supports_nothing_more_where_only_the_rate_rises(world, budget):
    """Without a response outlay is all that a rate changes; and it is 1亿元 by definition."""
    assert part(budget, "next_yi", "outlay") == pytest.approx([YI, 0], abs=1e-3)
    assert part(budget, "next_yi", "supported_investment") == pytest.approx([0, 0], abs=1e-3)
    assert part(budget, "next_yi", "awards") == pytest.approx([0, 0], abs=1e-9)


def test_another_yi_buys_what_two_neighbouring_runs_say(responsive):
    """With responses, and against two plain runs beside each other."""
    luck = SharedLuck(512)
    found = tune(responsive, LEVERS[:1], subject_to=["mean(outlay)<=2亿元"], luck=luck)
    value = found["lever_value"].values[0, 0, 0]
    lever = find_lever(responsive, "first_of_kind.rate")
    lines = luck.headlines([with_levers(responsive, [(lever, f"{100 * x:.10f}%")], f"v{i}") for i, x in enumerate((value, value + 0.005))])
    bought = lines["induced_investment"].diff("variant").mean() / lines["outlay"].diff("variant").mean() * YI
    told, error = part(found, "next_yi", "induced_investment")
    assert told > 0 and abs(told - bought.item()) < 4 * error


def test_the_appropriation_that_gives_90_of_100_for_a_target(tmp_path):
    """Backwards: of money that is handed out as they come, the smallest sum a year with which 90% of the draws reach 5亿元 in all."""
    streams = {"one": stream("first_of_kind", {"lognormal": {"median": "5000万元", "sigma": 0.6}}, 10)}
    world, luck = tiny(tmp_path, streams, CERTAIN, FREE, money("1亿元", enforce="cash")), SharedLuck(64)
    found = tune(world, ["appropriation.industrial_development=5000万元..2亿元:100万元"], subject_to=["P(outlay>=5亿元)>=90%"],
                 prefer="smallest", luck=luck)
    assert found.attrs["status"] == "edge"
    value, low, high, safe = found["lever_value"].values[0, 0]
    last = np.floor(value / 1e6) * 1e6
    lever = find_lever(world, "appropriation.industrial_development")
    lines = luck.headlines([with_levers(world, [(lever, f"{amount:.0f}元")], f"{amount:.0f}") for amount in (last, last + 1e6, safe)])
    below, above, sure = (lines["outlay"].values >= 5 * YI).mean(axis=1)
    assert below < 0.9 <= above <= sure
    assert low < value < high <= safe and safe % 1e6 == 0
    assert part(found, "room", "P(outlay>=5亿元)>=90%")[0] == pytest.approx(0, abs=1)  # between two steps, yet it binds


def test_results_are_the_same_over_threads_and_calls(world, budget):
    again = tune(world, LEVERS[:1], subject_to=["P(outlay<=4亿元)>=90%", "mean(outlay)<=100亿元"], luck=SharedLuck(256, threads=1))
    xr.testing.assert_identical(budget, again)


def test_progress_counts_the_points(world):
    told = []
    found = tune(world, LEVERS[:1], subject_to=["mean(outlay)<=4亿元"], luck=SharedLuck(64), progress=lambda *done: told.append(done))
    assert told and all(done <= most for done, most in told) and (np.diff([done for done, _ in told]) > 0).all()
    assert told[-1][0] <= found.attrs["evaluations"]


def test_an_interrupt_of_one_lever_is_passed_on(world):
    def stop(*_):
        raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        tune(world, LEVERS[:1], subject_to=["mean(outlay)<=4亿元"], luck=SharedLuck(64), progress=stop)


@pytest.mark.parametrize("levers", [LEVERS[:1], LEVERS])
def test_where_nothing_holds_it_is_told_how_near_one_comes(world, levers):
    found = tune(world, levers, maximize=["awards"] if len(levers) > 1 else [], subject_to=["mean(outlay)<=1万元"], luck=SharedLuck(64),
                 evaluations=40)
    assert found.attrs["status"] == "none" and found.sizes["solution"] == 0
    least = tune(world, LEVERS, minimize=["outlay"], luck=SharedLuck(64), evaluations=40)
    assert found.attrs["best_reach"][0] >= 0.9 * part(least, "value", "outlay")[0] > 0
    json.dumps(found.to_dict())


def test_levers_that_touch_nothing_are_told_and_those_that_do_are_not(world):
    idle = "first_of_kind.cap=999亿元..9999亿元"
    for levers, named in (([idle], [idle]), (LEVERS[:1], []), ([idle, LEVERS[1]], [idle]), ([LEVERS[0], LEVERS[1]], [])):
        found = tune(world, levers, maximize=["leverage_gross"], subject_to=["mean(outlay)<=900亿元"], luck=SharedLuck(64), evaluations=40)
        assert found.attrs["without_effect"] == [each.partition("=")[0] for each in named]
        assert found.attrs["projects"] > 0


def test_a_front_on_which_all_points_are_one_is_a_point(world):
    levers = ["first_of_kind.cap=999亿元..9999亿元", "energy_management_centre.cap=999亿元..9999亿元"]
    found = tune(world, levers, luck=SharedLuck(64), evaluations=30)
    assert found.sizes["solution"] == 1 and not np.isfinite(found["next_yi"].values).any()
    assert len(found.attrs["without_effect"]) == 2


def test_where_no_value_is_safe_figures_are_told_of_the_value(world):
    """The bound is the mean that 5% gives, and a hundredth of its error."""
    least = tune(world, ["first_of_kind.rate=5%..5.1%"], minimize=["outlay"], luck=SharedLuck(64))
    value, error = part(least, "value", "outlay")
    text = f"mean(outlay)<={value + 0.01 * error:.0f}元"
    for lever, at in ((LEVERS[0], None), (f"{LEVERS[0]}:1%", 0.05)):
        found = tune(world, [lever], subject_to=[text], luck=SharedLuck(64))
        edges = found["lever_value"].values[0, 0]
        assert found.attrs["status"] == "edge" and np.isnan(edges[3]) and edges[1] == 0.05 <= edges[0] < edges[2]
        assert at is None or str(found["text"].values[0, 0]) == "5%"
        assert part(found, "holds", text)[0] <= value + 0.01 * error
        assert np.isfinite(found["value"].values[0, 0]).all() and np.isfinite(found["fresh"].values).all()
        json.dumps(found.to_dict())


def test_several_levers_with_one_goal(world):
    found = tune(world, LEVERS, maximize=["leverage_gross"], subject_to=["mean(outlay)>=3亿元"], luck=SharedLuck(64), evaluations=100)
    assert found.attrs["kind"] == "several" and found.attrs["status"] == "found" and found.attrs["evaluations"] <= 100
    value, error = part(found, "holds", "mean(outlay)>=3亿元")
    assert 3 * YI <= value - ONE_SIDED * error < 3.02 * YI
    assert np.isnan(found["lever_value"].sel(edge=["low", "high"]).values).all()


def test_a_budget_of_1_yi_more_is_solved_as_if_it_had_been_asked_for(world, budget):
    assert str(budget["relaxed_constraint"].values) == "P(outlay<=5亿元)>=90%"
    asked = tune(world, LEVERS[:1], subject_to=["P(outlay<=5亿元)>=90%"], luck=SharedLuck(256))
    assert float(budget["relaxed_value"]) == pytest.approx(asked["lever_value"].sel(edge="value").item(), rel=1e-3)
    paid = budget["relaxed_difference"].sel(relaxed_metric="outlay", part="value")
    assert float(paid) > 0.5e8


@pytest.mark.parametrize(("constraint", "wider"), [
    ("P(outlay<=4亿元)>=90%", "P(outlay<=5亿元)>=90%"), ("P(outlay>=4亿元)>=90%", "P(outlay>=3亿元)>=90%"),
    ("P(outlay<=4亿元)<=90%", "P(outlay<=3亿元)<=90%"), ("P(outlay>=4亿元)<=90%", "P(outlay>=5亿元)<=90%"),
    ("mean(outlay)<=40000万元", "mean(outlay)<=50000万元"), ("mean(outlay.2026)>=4亿元", "mean(outlay.2026)>=3亿元"),
])
def test_a_wider_bound_leaves_more_room_whichever_way_it_is_said(constraint, wider):
    assert _wider(read_constraint(constraint)) == read_constraint(wider)


@pytest.fixture(scope="module")
def front(responsive):
    return tune(responsive, LEVERS, subject_to=["P(outlay<=8亿元)>=80%"], luck=SharedLuck(128), evaluations=80)


def test_a_front_is_beaten_nowhere_and_keeps_its_constraint_on_fresh_draws(front):
    assert front.attrs["kind"] == "front" and front.attrs["evaluations"] == 80
    assert front.attrs["goals"] == ["min outlay", "max induced_investment", "max energy_induced"]
    values = front["value"].sel(metric=["outlay", "induced_investment", "energy_induced"], part="value").values * [1, -1, -1]
    assert 2 <= len(values) <= 24 and non_dominated(values).all()
    assert (np.diff(values[:, 0]) > 0).all()
    held = front["fresh"].isel(constraint=0)
    assert (held.sel(part="value") >= 0.8 - 2.4 * held.sel(part="error")).all()
    bought = front["next_yi"].sel(metric="induced_investment", part="value").values
    assert np.isnan(bought[-1]) and (bought[np.isfinite(bought)] > 0).all()
    json.dumps(front.to_dict())


def test_a_front_is_reproducible(front, responsive):
    again = tune(responsive, LEVERS, subject_to=["P(outlay<=8亿元)>=80%"], luck=SharedLuck(128, threads=1), evaluations=80)
    xr.testing.assert_identical(front, again)


def test_a_long_front_is_thinned_and_keeps_both_ends(world):
    """Outlay against itself: every rate is on the front."""
    found = tune(world, ["first_of_kind.rate=5%..30%"], maximize=["outlay"], minimize=["p50(outlay)"], luck=SharedLuck(64), evaluations=40)
    assert found.sizes["solution"] == 24
    assert found["lever_value"].values[[0, -1], 0, 0] == pytest.approx([0.3, 0.05])


@pytest.mark.parametrize(("levers", "wanted", "text"), [
    ([], {}, "请给出不同的调节项"), ([LEVERS[0]] * 2, {}, "请给出不同的调节项"), (LEVERS[:1], {}, "请给出目标"),
    (["first_of_kin.rate=5%..30%"], {}, "没有可调的数"), (LEVERS[:1], {"maximize": ["induced"]}, "没有指标"),
    (LEVERS[:1], {"subject_to": ["outlay<=5%"]}, "不合适"),
])
def test_what_cannot_be_tuned_is_refused_before_anything_is_simulated(world, levers, wanted, text):
    class Untouched(SharedLuck):
        def headlines(self, *_):
            raise AssertionError
    with pytest.raises(SimulatorError, match=text):
        tune(world, levers, luck=Untouched(64), **wanted)
