"""The futures in which a plan fails: an event of one driver is found at its limit, in its unit; what always happens is refused."""

import numpy as np
import pytest

from simulator.drivers import draw_drivers
from simulator.errors import SimulatorError
from simulator.sensitivity.factors import factors
from simulator.sensitivity.failures import find_failures
from simulator.summary import probability
from simulator.variants import SharedLuck
from simulator.weighting import Draws
from tests.sensitivity.test_variance import FACTORIES, INTENSITY, QUIET, SIZE, WAN
from tests.support import money, stream, tiny

DRAWS = 2048


def failures(world, event=None, draws=DRAWS, **how):
    return find_failures(world, event, luck=SharedLuck(draws, 2), **how)


@pytest.fixture(scope="module")
def certain(tmp_path_factory):
    """Eight projects of 100万元: 240万元 at full intensity, which lies evenly between 20% and 100%."""
    return tiny(tmp_path_factory.mktemp("certain"), {"one": stream("first_of_kind", "100万元", 2)}, QUIET, INTENSITY)


@pytest.mark.parametrize(("event", "limits", "likely"), [
    ("outlay>144万元", (0.6, None), 0.5), ("outlay>=0.0204亿元", (0.85, None), 0.1875), ("outlay<96万元", (None, 0.4), 0.25),
    ("outlay>96万元 & outlay<168万元", (0.4, 0.7), 0.375)])
def test_an_event_that_one_driver_decides_is_found_at_its_limit(certain, event, limits, likely):
    found = failures(certain, event)
    (box,) = found.boxes
    assert box.limits.keys() == {"award_intensity"}
    for limit, expected in zip(box.limits["award_intensity"], limits, strict=True):
        assert limit is None if expected is None else limit == pytest.approx(expected, abs=0.003)
    assert box.coverage.value > 0.98
    assert box.density.value > 0.98
    assert box.mass == pytest.approx(likely, abs=0.02)
    assert found.probability.value == pytest.approx(likely, abs=4 * found.probability.error)
    assert found.event == event
    assert found.units["award_intensity"] == "share"


def test_luck_blurs_a_box_and_hides_no_driver(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, QUIET, INTENSITY)
    found = failures(world, "outlay>700万元")
    box = found.boxes[0]
    assert {name for each in found.boxes for name in each.limits} == {"award_intensity"}
    low, high = box.limits["award_intensity"]
    assert 0.6 < low < 0.95
    assert high is None
    assert box.density.value > 1.5 * found.probability.value
    assert 0.5 < box.coverage.value < 1


def test_limits_are_in_the_unit_of_their_driver(tmp_path):
    """24 demonstrations and 4 benchmarks: the limit of an amount is in CNY, of a saving in tce a CNY."""
    one = {"benchmark": FACTORIES["benchmark"]}
    found = failures(tiny(tmp_path, one, QUIET), "outlay>2400万元")
    (box,) = found.boxes
    assert box.limits == {"smart_factory.benchmark": (pytest.approx(600 * WAN, rel=0.01), None)}
    assert found.units["smart_factory.benchmark"] == "CNY"
    assert found.units["software_purchase.rate"] == "share"
    intense = {"drivers": {"intensity_energy": {"uniform": ["0.1tce/万元", "0.5tce/万元"]}}}
    found = failures(tiny(tmp_path, one, QUIET, intense), "energy_saving<50万吨标煤")
    assert found.units["intensity_energy"] == "tce/CNY"
    (box,) = found.boxes
    low, high = box.limits["intensity_energy"]
    assert low is None
    # half of the city's equipment is renewal, of which 8% at this intensity and the rest at 0.005, three quarters of it realised
    equipment = 868.13e8 * sum(1.05**k for k in (1, 2, 3, 4))
    expected = (50e4 / (0.75 * 0.5 * equipment) - 0.92 * 0.005e-4) / 0.08
    assert high == pytest.approx(expected, rel=0.05)
    assert box.coverage.value > 0.98
    assert box.density.value > 0.98


def test_by_default_a_plan_fails_where_its_targets_are_not_all_reached(tmp_path):
    shared = {"drivers": {"intensity_energy": {"uniform": ["0.1tce/万元", "0.5tce/万元"]},
                          "city_growth": {"value": {year: {"uniform": ["0%", "14%"]} for year in range(2024, 2028)}}}}
    world = tiny(tmp_path, {"one": stream("first_of_kind", "100万元", 2)}, QUIET, shared)
    lines = SharedLuck(DRAWS, 2).headlines([world]).isel(variant=0)
    failed = lines["joint"].values < 1
    assert 0.2 < failed.mean() < 0.95
    found = failures(world)
    assert found.event == "joint<1"
    assert found.probability == probability(failed, Draws.of(lines))
    assert found.boxes
    assert {name for box in found.boxes for name in box.limits} <= {"intensity_energy", "city_growth"}
    same = failures(world, "joint<100%")
    assert (same.boxes, same.probability) == (found.boxes, found.probability)


@pytest.mark.parametrize(("event", "said"), [
    ("outlay>1亿元", "never fails"), ("outlay>=1万元", "always fails"), ("outlay>235万元", "fewer than 20"), ("outlay>", "<="),
    ("outlay>3%", "does not fit"), ("outlya>1亿元", "outlay"), ("outlay", "missing")])
def test_what_always_or_hardly_ever_happens_or_cannot_be_read_is_refused(certain, event, said):
    with pytest.raises(SimulatorError, match=said):
        failures(certain, event, draws=256)


@pytest.mark.parametrize("event", ["in_budget<1", "outlay>144万元 & in_budget<100%"])
def test_an_event_that_the_scenario_does_not_state_is_refused_and_does_not_never_happen(tmp_path, event):
    one = {"one": stream("first_of_kind", "100万元", 2)}
    with pytest.raises(SimulatorError, match=r"no such figure: in_budget \(within the budget\)"):
        failures(tiny(tmp_path, one, QUIET, INTENSITY), event, draws=256)
    assert failures(tiny(tmp_path, one, QUIET, INTENSITY, money("36万元")), "in_budget<1", draws=256).boxes


def test_every_uncertain_driver_with_a_number_of_its_own_may_limit_a_box(baseline):
    calls = []
    found = failures(baseline, "outlay>60亿元", draws=128, progress=lambda *at: calls.append(at))
    names = {each.name for each in factors(baseline, merge=False)}
    assert found.units.keys() == names - {"outcome", "wave"}
    assert found.factors.keys() == names
    assert {name for name, unit in found.units.items() if unit == "tce/CNY"} == {"intensity_energy", "intensity_other"}
    assert {name for name, unit in found.units.items() if unit == "CNY"} == {
        "open_challenge.award", "smart_factory.demonstration", "smart_factory.benchmark"}
    assert calls == [(128, 128)]


def test_boxes_are_of_the_draws_that_a_run_has(certain):
    """The same event from the scenario's own draws: the box holds those that it says it holds."""
    found = failures(certain, "outlay>144万元")
    drivers = draw_drivers(certain, DRAWS)
    inside = found.boxes[0].contains(drivers[["award_intensity"]])
    fails = 0.3 * 800 * WAN * drivers["award_intensity"].values > 144 * WAN
    measured = np.arange(DRAWS) % 2 == 1
    assert found.boxes[0].mass == inside[measured].mean()
    assert found.boxes[0].coverage.value == pytest.approx((inside & fails)[measured].sum() / fails[measured].sum())
