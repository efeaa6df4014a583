"""Boxes find what was planted, find nothing in noise, and say of themselves what new draws confirm."""

import dataclasses
import time

import numpy as np
import pytest
import xarray as xr
from scipy.stats import qmc

from simulator.errors import SimulatorError
from simulator.sensitivity.boxes import find_boxes
from simulator.summary import Estimate

T_95 = 3.182  # Student's t with 3 degrees: four scrambles measure


def points(k, seed, draws=4_096):
    """float64[draw, k]: point d // 8 of scramble d % 8."""
    each = [qmc.Sobol(k, rng=np.random.default_rng([seed, s])).random(draws // 8) for s in range(8)]
    return np.stack(each, axis=1).reshape(draws, k)


def dataset(x):
    return xr.Dataset({f"x{i}": ("draw", column) for i, column in enumerate(x.T)}, coords={"draw": np.arange(len(x))})


def boxes(x, failed, **how):
    return find_boxes(dataset(x), xr.DataArray(failed, dims="draw", coords={"draw": np.arange(len(x))}), **how)


def planted(x):
    return (x[:, 1] > 0.6) & (x[:, 4] < 0.5)


def noisy(x, seed=0):
    """Four fifths of the futures in the planted box fail, and one in twenty of all."""
    rng = np.random.default_rng(seed)
    return (planted(x) & (rng.random(len(x)) < 0.8)) | (rng.random(len(x)) < 0.05)


@pytest.mark.parametrize("fails", [planted, noisy])
@pytest.mark.parametrize("seed", range(5))
def test_a_planted_box_in_two_of_six_inputs_is_found(fails, seed):
    x = points(6, seed)
    (box,) = boxes(x, fails(x))
    assert box.limits == {"x1": (pytest.approx(0.6, abs=0.015), None), "x4": (None, pytest.approx(0.5, abs=0.015))}
    assert box.mass == pytest.approx(0.2, abs=0.015)
    assert box.density.value > 0.75
    assert box.coverage.value > 0.75


def test_a_box_bounded_on_both_sides_is_found():
    x = points(6, 1)
    (box,) = boxes(x, (np.abs(x[:, 1] - 0.5) < 0.15) & (x[:, 4] < 0.5))
    assert box.limits == {"x1": (pytest.approx(0.35, abs=0.01), pytest.approx(0.65, abs=0.01)), "x4": (None, pytest.approx(0.5, abs=0.01))}


def test_the_one_future_in_which_a_plan_does_not_fail_leaves_limits_too():
    x = points(4, 2)
    box = boxes(x, x[:, 2] > 0.2)[0]
    assert box.limits == {"x2": (pytest.approx(0.2, abs=0.01), None)}
    assert (box.coverage.value, box.base_rate) == (pytest.approx(1.0, abs=0.01), pytest.approx(0.8, abs=0.01))


def test_two_boxes_are_found_one_after_the_other():
    x = points(40, 3)
    found = boxes(x, ((x[:, 1] > 0.7) & (x[:, 4] < 0.4)) | (x[:, 7] < 0.1))
    assert sorted(tuple(box.limits) for box in found) == [("x1", "x4"), ("x7",)]
    first, second = found
    assert first.added == first.coverage
    assert second.added.value < second.coverage.value  # where they overlap, the first has been before
    assert first.added.value + second.added.value == pytest.approx(1.0, abs=0.04)
    assert boxes(x, ((x[:, 1] > 0.7) & (x[:, 4] < 0.4)) | (x[:, 7] < 0.1), most=1) == [first]


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.9])
def test_noise_has_no_box(rate):
    for seed in range(10):
        assert boxes(points(10, seed, 2_048), np.random.default_rng(seed).random(2_048) < rate) == []


@pytest.mark.parametrize("values", [2, 3, 5])
def test_inputs_of_few_values_are_limited_by_value(values):
    x = points(8, 4)
    x[:, ::2] = np.floor(x[:, ::2] * values)
    (box,) = boxes(x, (x[:, 4] == values - 1) & (x[:, 3] < 0.5))
    assert box.limits == {"x3": (None, pytest.approx(0.5, abs=0.01)), "x4": (values - 1.0, None)}
    assert box.contains(dataset(x)).any()


def test_a_value_in_the_middle_is_cut_out_on_both_sides():
    x = np.floor(points(3, 5) * 3)
    (box,) = boxes(x, x[:, 1] == 1)
    assert box.limits == {"x1": (1.0, 1.0)}


def test_inputs_of_one_value_and_equal_inputs_do_no_harm():
    x = points(4, 6)
    x[:, 0], x[:, 3] = 7.0, x[:, 1]
    (box,) = boxes(x, x[:, 1] > 0.8)
    assert list(box.limits) in (["x1"], ["x3"])
    assert boxes(np.ones((64, 2)), np.arange(64) < 30) == []


def test_limits_are_in_the_unit_of_the_input_and_follow_its_sign():
    x = points(3, 7)
    fails = x[:, 1] > 0.7
    (here,), (scaled,), (mirrored,) = (boxes(x * factor, fails) for factor in (1.0, 1e9, -1.0))
    low = here.limits["x1"][0]
    assert scaled.limits == {"x1": (pytest.approx(1e9 * low), None)}
    assert mirrored.limits == {"x1": (None, -low)}


def test_no_box_is_smaller_than_asked():
    x = points(4, 8)
    (box,) = boxes(x, (x[:, 1] > 0.9) & (x[:, 2] > 0.9), smallest=0.2)
    assert box.mass == pytest.approx(0.2, abs=0.02)


def test_the_same_draws_give_the_same_boxes_in_whatever_order():
    x = points(6, 9)
    inputs, failed = dataset(x), xr.DataArray(noisy(x), dims="draw", coords={"draw": np.arange(len(x))})
    rng = np.random.default_rng(0)
    assert find_boxes(inputs, failed) == find_boxes(inputs, failed)
    one, other = (rng.permutation(len(x)) for _ in range(2))
    assert find_boxes(inputs.isel(draw=one), failed[other]) == find_boxes(inputs, failed)


def test_draws_that_measure_do_not_move_a_limit():
    x = points(6, 10)
    fails = noisy(x)
    (before,) = boxes(x, fails)
    odd = np.flatnonzero(np.arange(len(x)) % 2)
    x[odd[:200], 1] = 0.99  # more draws with few failures inside
    (after,) = boxes(x, fails)
    assert after.limits == before.limits
    assert after.density.value < before.density.value


@pytest.mark.parametrize("fails", [planted, noisy, lambda x: x[:, :3].sum(1) > 2.1], ids=["planted", "noisy", "oblique"])
def test_coverage_and_density_are_those_of_a_hundred_thousand_new_draws(fails):
    fresh = np.random.default_rng(99).random((100_000, 6))
    new, anew = dataset(fresh), fails(fresh)
    z, within = [], []
    for seed in range(40):
        x = points(6, seed, 2_048)
        box = boxes(x, noisy(x, seed) if fails is noisy else fails(x))[0]
        inside = box.contains(new)
        for found, truth in ((box.coverage, (inside & anew).sum() / anew.sum()), (box.density, (inside & anew).sum() / inside.sum())):
            z.append(found.value - truth)
            within.append(abs(z[-1]) <= T_95 * found.error + 1e-9)
    assert np.mean(within) >= 0.90, np.mean(within)
    assert abs(np.mean(z)) < 0.01  # neither flattered nor the reverse


def test_a_share_on_which_all_agree_still_has_an_error():
    x = points(2, 11)
    (box,) = boxes(x, x[:, 0] > 0.75)
    assert box.density == Estimate(1.0, pytest.approx(1.5 / (box.mass * 2_048)))


def test_a_box_contains_its_edges_and_nothing_unknown():
    x = points(2, 12)
    (box,) = boxes(x, x[:, 0] > 0.75)
    low = box.limits["x0"][0]
    values = np.array([low, np.nextafter(low, 0.0), np.nan, np.inf])
    assert box.contains(xr.Dataset({"x0": ("draw", values)})).tolist() == [True, False, False, True]


def test_a_box_cannot_be_changed():
    x = points(2, 13)
    (box,) = boxes(x, x[:, 0] > 0.75)
    with pytest.raises(dataclasses.FrozenInstanceError):
        box.mass = 1.0


# --- guards ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("failures", "message"), [(0, "never fails"), (256, "always fails"), (19, "fails in only 19 draws")])
def test_a_plan_that_fails_always_never_or_hardly_ever_is_refused(failures, message):
    with pytest.raises(SimulatorError, match=message):
        boxes(points(2, 0, 256), np.arange(256) < failures)


@pytest.mark.parametrize(("change", "message"), [
    (lambda x: x.drop_vars("draw"), "missing or repeated"), (lambda x: x.assign_coords(draw=x["draw"] // 2), "missing or repeated"),
    (lambda x: x.isel(draw=slice(8, None)), "not of the same draws"), (lambda x: x.where(x["draw"] != 5), "missing values in x0, x1"),
])
def test_inputs_that_cannot_be_matched_or_read_are_refused(change, message):
    x = points(2, 0, 256)
    failed = xr.DataArray(x[:, 0] > 0.5, dims="draw", coords={"draw": np.arange(256)})
    with pytest.raises(SimulatorError, match=message):
        find_boxes(change(dataset(x)), failed)


def test_forty_inputs_of_four_thousand_draws_take_under_two_seconds_of_a_processor():
    x = points(40, 14)
    start = time.process_time()
    boxes(x, noisy(x))
    assert time.process_time() - start < 2.0
