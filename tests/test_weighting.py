"""Weights set the control to its mean, leave no figure without the others, and the errors that they shrink still cover."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulator.summary import cvar95, estimate, mean, quantile, summarise
from simulator.weighting import ENOUGH_TO_WEIGHT, Draws, draw_weights

SCRAMBLES = 8
REPEATS = 1_000
T_95 = stats.t.ppf(0.975, SCRAMBLES - 1)


def some_control(n, k=3, seed=1):
    return np.random.default_rng(seed).standard_normal((n, k)) + 0.02


@given(st.integers(ENOUGH_TO_WEIGHT, 2000), st.integers(1, 4), st.integers(0, 99))
def test_under_the_weights_of_all_draws_and_of_each_scramble_the_control_has_mean_zero(n, k, seed):
    control = some_control(n, k, seed)
    weights = Draws.controlled(control, SCRAMBLES).weights
    assert weights.shape == (n, 1 + SCRAMBLES)
    assert weights.sum(axis=0) == pytest.approx(np.ones(1 + SCRAMBLES))
    assert control.T @ weights == pytest.approx(np.zeros((k, 1 + SCRAMBLES)), abs=1e-12)
    assert weights[:, 0].min() > 0


def test_the_weighted_mean_is_the_regression_estimator():
    control = some_control(1024, 1)
    values = 3 * control[:, 0] + np.random.default_rng(2).standard_normal(1024)
    slope, intercept = np.polyfit(control[:, 0], values, 1)
    assert mean(values, Draws.controlled(control, SCRAMBLES).weights)[0] == pytest.approx(intercept)
    assert slope > 2


def test_the_scrambles_of_a_weighted_run_share_its_slope():
    control = some_control(1024, 1)
    values = 3 * control[:, 0] + np.random.default_rng(2).standard_normal(1024)
    slope = np.polyfit(control[:, 0], values, 1)[0]
    for scramble, found in enumerate(mean(values, Draws.controlled(control, SCRAMBLES).weights)[1:]):
        own = slice(scramble, None, SCRAMBLES)
        assert found == pytest.approx(values[own].mean() - slope * control[own, 0].mean())


@pytest.mark.parametrize("control", [some_control(ENOUGH_TO_WEIGHT - 1), np.zeros((1024, 4)), np.empty((1024, 0)),
                                     np.r_[np.full(1023, 100.0), -1.0][:, None] + 1e-9],
                         ids=["few draws", "nothing to control", "no control", "one draw for all"])
def test_otherwise_all_draws_count_alike(control):
    found, alike = (draws.weights for draws in (Draws.controlled(control, SCRAMBLES), Draws.alike(len(control), SCRAMBLES)))
    assert found.tobytes() == alike.tobytes()


@given(st.lists(st.floats(-1e6, 1e6), min_size=16, max_size=90), st.floats(0.01, 0.99))
def test_a_quantile_of_draws_that_count_alike_is_hazens(values, q):
    values = np.array(values)
    found = quantile(q)(values, Draws.alike(len(values), SCRAMBLES).weights)[0]
    assert found == pytest.approx(np.quantile(values, q, method="hazen"), rel=1e-6, abs=1e-3)


def test_a_draw_of_double_weight_counts_as_two():
    values, weights = np.array([5.0, 1.0, 3.0]), np.array([[1.0], [2.0], [1.0]]) / 4
    twice = np.array([5.0, 1.0, 1.0, 3.0])
    assert mean(values, weights)[0] == twice.mean()
    assert cvar95(values, weights)[0] == 5.0
    assert quantile(0.5)(values, weights)[0] == pytest.approx(7 / 3)  # 1 stands at a quarter, 3 at five eighths


@pytest.mark.parametrize(("statistic", "truth"), [(mean, 0.0), (quantile(0.5), 0.0), (quantile(0.95), stats.norm.ppf(0.95) * np.sqrt(10)),
                                                  (cvar95, stats.norm.pdf(stats.norm.ppf(0.95)) / 0.05 * np.sqrt(10))],
                         ids=["mean", "p50", "p95", "cvar95"])
def test_weighted_intervals_cover_and_are_shorter(statistic, truth):
    rng, covered, errors = np.random.default_rng(3), 0, []
    for _ in range(REPEATS // 2):
        control = rng.standard_normal((1024, 2))
        values = control @ [3.0, 0.0] + rng.standard_normal(1024)  # nine tenths of its variance is the control
        ours, plain = (estimate(values, statistic, draws) for draws in (Draws.controlled(control, 8), Draws.alike(1024, 8)))
        covered += abs(ours.value - truth) <= T_95 * ours.error
        errors.append(ours.error / plain.error)
    assert 0.92 <= covered / (REPEATS // 2) <= 0.975
    assert np.median(errors) < (0.4 if statistic is mean else 0.95)


# --- a run -----------------------------------------------------------------------------------------------------------


def test_the_weights_of_a_run_average_one_and_give_its_figures(small_run):
    weights, outlay = draw_weights(small_run), small_run["outlay"].sum(["year", "instrument"])
    assert weights.dims == ("draw",)
    assert float(weights.mean()) == pytest.approx(1)
    assert float(weights.std()) > 0.001
    expected = summarise(small_run)["outlay_total"].sel(statistic="mean", part="value")
    assert float(outlay.weighted(weights).mean("draw")) == pytest.approx(float(expected), rel=1e-12)


def test_every_scenario_has_weights_of_its_own(small_run):
    names = xr.DataArray(["a", "b"], dims="scenario", name="scenario")
    both = xr.concat([small_run, small_run.assign(control=small_run["control"] + 1e6)], dim=names, combine_attrs="override")
    found = draw_weights(both)
    assert found.dims == ("scenario", "draw")
    assert not np.array_equal(found[0], found[1])
    assert found.sel(scenario="a").values == pytest.approx(draw_weights(small_run).values)


def test_a_run_without_a_control_counts_all_draws_alike(small_run):
    assert (draw_weights(small_run.drop_vars("control")) == 1).all()
