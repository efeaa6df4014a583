"""Sobol indices are right where closed forms know them, so is the error beside them, and rows that do not belong together are refused."""

import time

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from scipy.special import ndtri
from scipy.stats import qmc

from simulator.errors import SimulatorError
from simulator.language import set_language
from simulator.sensitivity.indices import sobol_indices

SCRAMBLES, DRAWS, REPEATS = 8, 1_024, 200
T_95 = stats.t.ppf(0.975, SCRAMBLES - 1)


def ishigami(x):
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on -pi..pi (Ishigami and Homma 1990)."""
    z = np.pi * (2 * x - 1)
    return np.sin(z[..., 0]) + 7 * np.sin(z[..., 1]) ** 2 + 0.1 * z[..., 2] ** 4 * np.sin(z[..., 0])


def ishigami_indices():
    v1, v2, v13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    return np.array([v1, v2, 0.0]) / (v1 + v2 + v13), np.array([v1 + v13, v2, v13]) / (v1 + v2 + v13)


def g_function(a):
    """Product of (|4x - 2| + a) / (1 + a) (Saltelli and Sobol 1995)."""
    return lambda x: np.prod((np.abs(4 * x - 2) + np.array(a)) / (1 + np.array(a)), axis=-1)


def g_indices(a):
    own = 1 / 3 / (1 + np.array(a, dtype=float)) ** 2
    whole = np.prod(1 + own) - 1
    return own / whole, own * np.prod(1 + own) / (1 + own) / whole


A = (0, 1, 4.5, 9, 99, 99)
KNOWN = {"ishigami": (ishigami, *ishigami_indices()), "g": (g_function(A), *g_indices(A))}


def points(k, seed, draws=DRAWS):
    """float64[draw, k] of base and of other: point d // 8 of scramble d % 8."""
    both = np.stack([qmc.Sobol(2 * k, rng=np.random.default_rng([seed, s])).random(draws // SCRAMBLES) for s in range(SCRAMBLES)], axis=1)
    both = both.reshape(draws, 2 * k)
    return both[:, :k], both[:, k:]


def outputs(function, k, seed=0, draws=DRAWS, groups=None):
    a, b = points(k, seed, draws)
    groups = groups or [[i] for i in range(k)]
    mixed = np.stack([np.where(np.isin(np.arange(k), group), b, a) for group in groups])
    return function(a), function(b), function(mixed)


def labelled(a, b, mixed, draw=None):
    draw = np.arange(len(a)) if draw is None else draw
    own = [xr.DataArray(each, dims="draw", coords={"draw": draw}, attrs={"units": "CNY"}) for each in (a, b)]
    factor = [f"x{i + 1}" for i in range(len(mixed))]
    return *own, xr.DataArray(mixed, dims=("factor", "draw"), coords={"factor": factor, "draw": draw})


def indices(function, k, **how):
    return sobol_indices(*labelled(*outputs(function, k, **how)))


@pytest.fixture(scope="module")
def repeats():
    return {name: [indices(function, len(first), seed=seed) for seed in range(REPEATS)] for name, (function, first, _) in KNOWN.items()}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize(("index", "place"), [("first", 1), ("total", 2)])
def test_95_percent_intervals_cover_the_known_index_in_93_to_98_percent_of_repeats(repeats, name, index, place):
    truth = KNOWN[name][place]
    found = np.stack([each[index].values for each in repeats[name]])  # float64[repeat, factor, part]
    covered = ((found[..., 2] <= truth) & (truth <= found[..., 3])).mean(axis=0)
    assert 0.93 <= covered.mean() <= 0.98, covered
    assert (covered >= 0.90).all(), covered  # of a single factor 200 repeats know it to 1.5%
    assert np.abs(found[..., 0].mean(axis=0) - truth).max() < 0.004


def test_small_indices_have_small_errors(repeats):
    """A first-order index of 0.0001 is known to a few 0.0001, not to the 0.02 that an index of 0.7 is known to."""
    error = np.mean([each["first"].sel(part="error").values for each in repeats["g"]], axis=0)
    assert (error[-2:] < 0.0005).all()
    assert error[0] < 0.03
    assert np.mean([each["total"].sel(part="error").values for each in repeats["g"]], axis=0)[-1] < 1e-4


def test_the_estimates_agree_with_those_of_scipy():
    ours = indices(ishigami, 3, draws=8_192)
    theirs = stats.sobol_indices(func=lambda x: ishigami(x.T), n=8_192, dists=[stats.uniform()] * 3, rng=np.random.default_rng(5))
    assert ours["first"].sel(part="value").values == pytest.approx(theirs.first_order, abs=0.02)
    assert ours["total"].sel(part="value").values == pytest.approx(theirs.total_order, abs=0.02)


def test_the_variance_is_that_of_the_output(repeats):
    truth = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2 + 49 / 8 + 0.01 * np.pi**8 * (1 / 18 - 1 / 50)
    found = np.stack([each["variance"].values for each in repeats["ishigami"]])
    assert found[:, 0].mean() == pytest.approx(truth, rel=0.005)
    assert 0.91 <= ((found[:, 2] <= truth) & (truth <= found[:, 3])).mean() <= 0.99


def test_a_table_says_what_it_holds():
    table = indices(ishigami, 3)
    assert table["first"].dims == table["total"].dims == ("factor", "part")
    assert list(table["part"].values) == ["value", "error", "low", "high"]
    assert list(table["factor"].values) == ["x1", "x2", "x3"]
    assert {name: each.attrs["units"] for name, each in table.items()} == {
        "first": "1", "total": "1", "interactions": "1", "variance": "(CNY)^2"}
    assert table["first"].attrs["long_name"] == "一阶指数 first-order index"
    value, error, low, high = table["first"].values.T
    assert (low, high) == (pytest.approx(value - T_95 * error), pytest.approx(value + T_95 * error))
    assert float(table["interactions"].sel(part="value")) == pytest.approx(1 - value.sum())


def test_a_factor_without_influence_has_no_index_and_no_error():
    table = indices(lambda x: np.exp(x[..., 0]) + x[..., 2], 3)
    assert (table["total"].sel(factor="x2") == 0).all()
    assert (table["first"].sel(factor="x2") == 0).all()


def test_a_function_of_one_factor_is_explained_by_it_whole():
    for k in (1, 3):
        table = indices(lambda x: np.exp(x[..., 0]), k)
        assert table["first"].sel(factor="x1", part=["value", "low", "high"]).values == pytest.approx(1.0, abs=1e-9)
        assert float(table["total"].sel(factor="x1", part="value")) == pytest.approx(1.0, abs=0.02)


def test_a_group_of_factors_counts_as_one():
    """The g-function's first two factors together: 1 + V = (1 + V1)(1 + V2)."""
    own = 1 / 3 / (1 + np.array(A)) ** 2
    truth = (np.prod(1 + own[:2]) - 1) / (np.prod(1 + own) - 1)
    table = indices(g_function(A), 6, groups=[[0, 1], [2, 3, 4, 5]])
    value, error = table["first"].sel(factor="x1").values[:2]
    assert abs(value - truth) < 4 * error


@pytest.mark.parametrize(("factor", "shift"), [(1e-9, 0.0), (1e9, 0.0), (-3.0, 0.0), (1.0, 1e6)])
def test_unit_and_level_of_the_output_change_no_index(factor, shift):
    here, there = indices(ishigami, 3), indices(lambda x: shift + factor * ishigami(x), 3)
    for name in ("first", "total"):
        assert there[name].values == pytest.approx(here[name].values, rel=1e-6, abs=1e-7)


def test_the_order_of_rows_does_not_matter_if_all_go_along():
    a, b, mixed = labelled(*outputs(ishigami, 3))
    order = np.random.default_rng(1).permutation(DRAWS)
    shuffled = sobol_indices(a[order], b[order], mixed.transpose("draw", "factor")[order])
    assert shuffled["first"].values == pytest.approx(sobol_indices(a, b, mixed)["first"].values, abs=1e-12)


# --- guards ----------------------------------------------------------------------------------------------------------

FUNCTIONS = {
    "ishigami": (ishigami, 3), "g": (g_function(A), 6), "g, all interact": (g_function([0] * 6), 6),
    "sum": (lambda x: x @ np.array([5, 2, 1, 0.2]), 4), "sum of many": (lambda x: x.sum(-1), 12),
    "product": (lambda x: x.prod(-1), 4), "product around zero": (lambda x: (x - 0.5).prod(-1), 6),
    "product of two around zero": (lambda x: (x - 0.5).prod(-1), 2), "largest": (lambda x: x.max(-1), 5),
    "heavy tail": (lambda x: np.exp(ndtri(np.clip(x, 1e-12, 1 - 1e-12)).sum(-1) * 2), 3),
    "all below": (lambda x: (x < 0.6).all(-1) * 1.0, 4), "one of three": (lambda x: x[..., 1] ** 2, 3), "one": (lambda x: x[..., 0], 1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("draws", [256, 1_024])
def test_rows_that_belong_together_are_accepted(name, draws):
    for seed in range(20):
        indices(*FUNCTIONS[name], seed=seed, draws=draws)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shuffled_rows_are_refused_though_labels_lie(name):
    for seed in range(20):
        a, b, mixed = outputs(*FUNCTIONS[name], seed=seed)
        rng = np.random.default_rng(seed)
        own = mixed.copy()
        influential = int(np.argmax((mixed != a).sum(axis=1)))
        own[influential] = rng.permutation(own[influential])
        for wrong in (mixed[:, rng.permutation(DRAWS)], rng.permuted(mixed, axis=1), own):
            with pytest.raises(SimulatorError, match="rows are in different orders"):
                sobol_indices(*labelled(a, b, wrong))


@pytest.mark.parametrize("name", ["ishigami", "g", "sum", "sum of many"])
def test_another_sample_in_another_order_is_refused_where_factors_act_alone(name):
    a, b, mixed = outputs(*FUNCTIONS[name])
    order = np.random.default_rng(0).permutation(DRAWS)
    for wrong in ((a, b[order], mixed), (a[order], b, mixed)):
        with pytest.raises(SimulatorError, match="rows are in different orders"):
            sobol_indices(*labelled(*wrong))


def test_the_refusal_names_the_factor_whose_rows_are_shuffled():
    a, b, mixed = outputs(ishigami, 3)
    mixed[1] = np.random.default_rng(0).permutation(mixed[1])
    with pytest.raises(SimulatorError, match="with x2 exchanged"):
        sobol_indices(*labelled(a, b, mixed))


@pytest.mark.parametrize("level", [0.0, 1.0, 1e9])
def test_an_output_that_does_not_vary_is_refused(level):
    a, b, mixed = outputs(lambda x: level * (1 + 1e-15 * x[..., 0]), 2)
    with pytest.raises(SimulatorError, match="same in all draws"):
        sobol_indices(*labelled(a, b, mixed))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(place, bad):
    each = outputs(ishigami, 3)
    each[place][..., 5] = bad
    with pytest.raises(SimulatorError, match="not finite"):
        sobol_indices(*labelled(*each))


@pytest.mark.parametrize(("change", "message"), [
    (lambda a: a.drop_vars("draw"), "missing"), (lambda a: a.assign_coords(draw=a["draw"] * 0.5), "missing"),
    (lambda a: a.assign_coords(draw=a["draw"] + 8), "not of the same draws"), (lambda a: a[:-8], "not of the same draws"),
    (lambda a: a[::-1], "not in the same order"), (lambda a: a.assign_coords(draw=a["draw"] // 2), "more than once"),
])
@pytest.mark.parametrize("place", range(3))
def test_draws_that_do_not_match_are_refused(change, message, place):
    given = list(labelled(*outputs(ishigami, 3)))
    given[place] = change(given[place].transpose("draw", ...))
    with pytest.raises(SimulatorError, match=message):
        sobol_indices(*given)


def test_fewer_than_two_draws_a_scramble_are_refused():
    a, b, mixed = (each[..., :15] for each in outputs(ishigami, 3))
    with pytest.raises(SimulatorError, match="too few draws"):
        sobol_indices(*labelled(a, b, mixed))
    with pytest.raises(SimulatorError, match="too few draws"):  # many draws, but none of scramble 7
        sobol_indices(*labelled(*(each[..., :48] for each in outputs(ishigami, 3)), draw=np.flatnonzero(np.arange(55) % 8 != 7)[:48]))


def test_the_same_sample_twice_and_a_single_event_are_refused():
    a, _, mixed = outputs(ishigami, 3)
    with pytest.raises(SimulatorError, match="both samples are the same"):
        sobol_indices(*labelled(a, a, mixed))
    once = np.arange(DRAWS) == 5.0
    with pytest.raises(SimulatorError, match="too few draws"):
        sobol_indices(*labelled(once, once, np.stack([once, once])))


def test_messages_are_chinese_first():
    set_language("zh")
    a, b, mixed = labelled(*outputs(ishigami, 3))
    with pytest.raises(SimulatorError, match="行的次序不一致"):
        sobol_indices(a, b[::-1], mixed)


def test_thirty_factors_of_four_thousand_draws_take_under_a_tenth_of_a_second():
    given = labelled(*outputs(lambda x: x.sum(-1), 30, draws=4_096))
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        sobol_indices(*given)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.1
