"""The tornado against closed forms: what outlay is on average when one driver stays at its first or last decile."""

import math

import numpy as np
import pytest

from simulator.drivers import draw_drivers
from simulator.errors import SimulatorError
from simulator.sensitivity.factors import factors
from simulator.sensitivity.moved import move_assumptions
from simulator.sensitivity.tornado import MOVED, tornado
from simulator.variants import SharedLuck
from tests.sensitivity.test_variance import FACTORIES, INTENSITY, PHI, QUIET, SIZE, SUM, T_999, WAN
from tests.support import stream, tiny

DRAWS = 1024
LOW, HIGH = 0.28, 0.92  # deciles of an intensity even between 20% and 100%


def moving(world, metrics=("outlay",), draws=DRAWS, **how):
    return tornado(world, metrics=list(metrics), luck=SharedLuck(draws, 2), **how)


def both(found, name, variable="value", metric="outlay", part="value"):
    """Low and high."""
    return found[variable].sel(metric=metric, factor=name, part=part).values


def triangular_quantile(u, low, mode, high):
    split = (mode - low) / (high - low)
    return low + math.sqrt(u * (high - low) * (mode - low)) if u < split else high - math.sqrt((1 - u) * (high - low) * (high - mode))


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("product"), {"one": stream("first_of_kind", SIZE, 2)}, QUIET, INTENSITY)


@pytest.fixture(scope="module")
def found(product):
    """With the size of projects moved, too."""
    luck = SharedLuck(DRAWS, 2)
    return tornado(product, metrics=["outlay", "supported_investment", "P(outlay>=500万元)"], luck=luck,
                   moved=move_assumptions(product, luck=luck))


# --- closed forms -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 5))
def test_outlay_with_the_intensity_at_its_deciles_is_the_closed_form(product, seed):
    found = moving(product.with_seed(seed))
    values, errors = both(found, "award_intensity"), both(found, "award_intensity", part="error")
    expected = 0.3 * SUM * np.array([LOW, HIGH])
    assert np.all(np.abs(values - expected) < T_999 * errors)
    assert np.all(errors < 0.02 * expected)
    assert values[1] / values[0] == pytest.approx(HIGH / LOW)  # the same projects: to the last digit
    base, error = found["base"].sel(metric="outlay").values
    assert abs(base - 0.3 * PHI * SUM) < T_999 * error
    swing, error = found["swing"].sel(metric="outlay", factor="award_intensity").values
    assert abs(swing - 0.3 * (HIGH - LOW) * SUM) < T_999 * error


def test_a_swing_is_high_less_low_and_a_difference_is_from_the_base(found):
    value, difference, swing = (found[name].sel(part="value") for name in ("value", "difference", "swing"))
    assert swing.values == pytest.approx((value.sel(side="high") - value.sel(side="low")).values, rel=1e-9, abs=1e-3)
    assert difference.values == pytest.approx((value - found["base"].sel(part="value")).values, rel=1e-9, abs=1e-3)


def test_an_even_driver_moves_as_far_down_as_up(found):
    low, high = both(found, "award_intensity", "difference")
    errors = both(found, "award_intensity", "difference", part="error")
    assert low < 0 < high
    assert abs(low + high) < T_999 * np.hypot(*errors)
    assert abs(high - 0.3 * (HIGH - PHI) * SUM) < T_999 * errors[1]


def test_a_skewed_driver_moves_further_on_its_long_side(tmp_path):
    """The triangle of 300, 500 and 1000万元: deciles and mean in closed form, and nothing else that is uncertain."""
    found = moving(tiny(tmp_path, {"benchmark": FACTORIES["benchmark"]}, QUIET), draws=256)
    ends = np.array([triangular_quantile(u, 300, 500, 1000) for u in (0.1, 0.9)])
    assert both(found, "smart_factory.benchmark") == pytest.approx(4 * WAN * ends)
    assert both(found, "smart_factory.benchmark", part="error") == pytest.approx([0, 0], abs=1e-3)
    low, high = both(found, "smart_factory.benchmark", "difference")
    assert (low, high) == pytest.approx(tuple(4 * WAN * (ends - 600)), rel=0.01)
    assert -low < high
    texts = [found[f"{side}_text"].sel(factor="smart_factory.benchmark").item() for side in ("low", "high")]
    assert texts == [f"{each:,.0f}万元" for each in ends]


@pytest.mark.parametrize(("driver", "given", "metric", "sign"), [
    ("decay", {"uniform": ["0%", "20%"]}, "energy_saving", -1), ("realisation", {"uniform": ["50%", "90%"]}, "energy_saving", 1),
    ("city_renewal_share", {"uniform": ["40%", "60%"]}, "energy_saving", 1), ("city_growth", None, "city_equipment", 1),
    ("cost_index", {"uniform": [0.5, 0.9]}, "supported_investment", 1)])
def test_what_lowers_a_figure_has_a_negative_swing(tmp_path, driver, given, metric, sign):
    stated = {"value": {year: {"uniform": ["0%", "10%"]} for year in range(2024, 2028)}} if given is None else given
    readings = {"readings": {"energy_accounting": "run_rate_2027"}} if driver == "decay" else {}
    upgrade = stream("energy_management_centre", "500万元", 2, renewal_share={"value": "50%"}, outcome="at_risk")
    found = moving(tiny(tmp_path, {"one": upgrade}, QUIET, {"drivers": {driver: stated}}, readings), [metric], draws=64)
    low, high = both(found, driver, "difference", metric)
    assert sign * low < 0 < sign * high
    others = [name for name in found["factor"].values if name != driver]
    assert np.all(found["swing"].sel(factor=others) == 0)


def test_what_does_not_move_a_figure_has_a_swing_of_exactly_nothing(found, product):
    names = {each.name for each in factors(product)} - {"award_intensity", "outcome"}
    assert np.all(found["swing"].sel(factor=sorted(names)) == 0)
    assert np.all(found["difference"].sel(factor=sorted(names)) == 0)
    assert np.all(found["swing"].sel(factor="award_intensity", metric="supported_investment") == 0)


def test_correlated_drivers_are_moved_alone(tmp_path):
    """With the one amount at its decile the other keeps its own mean, and not the one that goes with this decile."""
    pair = ["smart_factory.demonstration", "smart_factory.benchmark"]
    world = tiny(tmp_path, FACTORIES, QUIET, {"correlations": [{"id": "amounts", "between": pair, "value": {"value": 0.9}}]})
    found = moving(world)
    triangles = {pair[0]: (24, 50, 100, 200), pair[1]: (4, 300, 500, 1000)}
    for name, other in (pair, pair[::-1]):
        n, *of = triangles[name]
        m, *of_other = triangles[other]
        expected = WAN * np.array([n * triangular_quantile(u, *of) + m * sum(of_other) / 3 for u in (0.1, 0.9)])
        values, errors = both(found, name), both(found, name, part="error")
        assert np.all(np.abs(values - expected) < T_999 * errors + 1), name
        assert np.all(errors < 0.01 * expected)
        assert values[1] - values[0] == pytest.approx(expected[1] - expected[0], rel=1e-6)  # the other amount is the same in both


def test_all_values_of_a_driver_are_low_or_high_together(tmp_path):
    """Four years of growth at 1% and at 9%."""
    growth = {"drivers": {"city_growth": {"value": {year: {"uniform": ["0%", "10%"]} for year in range(2024, 2028)}}}}
    found = moving(tiny(tmp_path, {"one": stream("first_of_kind", "1万元", 1)}, QUIET, growth), ["city_equipment"], draws=64)
    expected = [868.13e8 * sum(rate**k for k in (1, 2, 3, 4)) for rate in (1.01, 1.09)]
    assert both(found, "city_growth", metric="city_equipment") == pytest.approx(expected, rel=1e-4)
    assert found["low_text"].sel(factor="city_growth") == "1%"
    assert found["high_text"].sel(factor="city_growth") == "9%"


def test_a_probability_moves_as_its_figure_does(found, product):
    share = found.sel(metric="P(outlay>=500万元)", part="value")
    low, high = share["value"].sel(factor="award_intensity").values
    assert low < share["base"] < high
    assert share["unit"] == "share"
    drivers = draw_drivers(product, DRAWS)
    outlay = SharedLuck(DRAWS, 2).headlines([product])["outlay"].values[0]
    at_high = (outlay / drivers["award_intensity"].values * HIGH >= 500 * WAN).mean()
    assert high == pytest.approx(at_high, abs=0.01)  # draws count nearly alike


# --- numbers without a distribution -------------------------------------------------------------------------------------


def test_the_swing_of_an_assumed_size_is_twice_its_share(found):
    base = found["base"].sel(metric="outlay", part="value").item()
    assert both(found, "one.size") == pytest.approx([0.8 * base, 1.2 * base], rel=2e-3)  # draws are weighted anew
    assert both(found, "one.size", "difference") == pytest.approx([-0.2 * base, 0.2 * base], rel=1e-2)
    assert found["swing"].sel(metric="outlay", factor="one.size", part="value").item() == pytest.approx(0.4 * base, rel=1e-2)
    swing, error = found["swing"].sel(metric="outlay", factor="one.size").values
    assert abs(swing - 0.4 * 0.3 * PHI * SUM) < T_999 * error
    assert (found["low_text"].sel(factor="one.size"), found["high_text"].sel(factor="one.size")) == ("240万元", "360万元")
    assert np.all(found["swing"].sel(metric="outlay", factor="behaviour.discount_rate") == 0)


# --- the table --------------------------------------------------------------------------------------------------------


def test_factors_stand_in_one_order_with_title_ground_and_kind(found, product):
    drivers = [each for each in factors(product, merge=False) if each.name != "outcome"]
    assert found["factor"].values.tolist()[: len(drivers)] == [each.name for each in drivers]
    kinds = found["kind"].values.tolist()
    assert kinds == ["driver"] * len(drivers) + ["fixed"] * (len(kinds) - len(drivers))
    assert found["basis"].sel(factor="city.base") == "computed"
    assert found["basis"].sel(factor="one.size") == "assumption"
    assert found["value"].dims == found["difference"].dims == ("metric", "factor", "side", "part")
    assert found["swing"].dims == ("metric", "factor", "part")
    assert (found.attrs["draws"], found.attrs["spread"]) == (DRAWS, 0.2)
    for metric in found["metric"].values:
        alone = moving(product, [metric])
        assert alone["title"].values.tolist() == [each.title for each in drivers]
        assert np.array_equal(alone["swing"], found["swing"].sel(metric=[metric], factor=alone["factor"]))


def test_the_usual_metrics_of_the_baseline_can_be_moved(baseline):
    calls = []
    found = tornado(baseline, luck=SharedLuck(8, 2), progress=lambda *at: calls.append(at))
    assert found["metric"].values.tolist() == list(MOVED)
    names = {each.name for each in factors(baseline, merge=False)}
    assert set(found["factor"].values) == names - {"outcome"}
    assert "outcome" in names  # its four shares cannot be low together
    texts = {name: found[f"{side}_text"].sel(factor=name).item() for name, side in (
        ("approval_level", "low"), ("software_purchase.rate", "high"), ("lpr", "low"), ("delay", "low"), ("wave", "high"))}
    assert all(each.endswith("%") for name, each in texts.items() if name not in ("delay", "wave"))
    assert float(texts["delay"]) < 1
    assert texts["wave"] == "P90"
    assert np.isfinite(found["value"].sel(part="value")).all()
    assert calls[-1][0] == calls[-1][1] == 8 * (1 + 2 * found["factor"].size)
    assert calls == sorted(calls)


def test_an_unknown_metric_is_refused(product):
    with pytest.raises(SimulatorError, match="outlya"):
        moving(product, ["outlya"])
