"""Quantiles and means of the distributions that files may state, against scipy, and what is no distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy import stats

from simulator.schema.distributions import Distribution, Intensity, Money, Number, Share, SignedShare

U = np.array([1e-12, 1e-6, 0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1 - 1e-6, 1 - 1e-12])


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


def numbers(written):
    return Distribution[Number].model_validate(written)


class Truncated:
    """A distribution of scipy above a lower end, cut off at the top."""

    def __init__(self, whole, top):
        self.whole, self.top = whole, top

    def ppf(self, u):
        return self.whole.ppf(u * self.whole.cdf(self.top))

    def mean(self):
        return self.whole.expect(lambda x: x, lb=self.whole.support()[0], ub=self.top, conditional=True)


LOG_SD = np.sqrt(np.log(1 + 0.15**2))
CASES = {
    "uniform": ({"uniform": [0.39, 0.75]}, stats.uniform(0.39, 0.36)),
    "triangular": ({"triangular": [0.25, 0.8, 1.84]}, stats.triang(0.55 / 1.59, 0.25, 1.59)),
    "triangular, mode lowest": ({"triangular": [0, 0, 2]}, stats.triang(0, 0, 2)),
    "triangular, mode highest": ({"triangular": [-1, 2, 2]}, stats.triang(1, -1, 3)),
    "beta": ({"beta": [7.5, 2.5]}, stats.beta(7.5, 2.5)),
    "beta, skewed": ({"beta": [1.5, 18]}, stats.beta(1.5, 18)),
    "normal": ({"normal": {"mean": -2, "sd": 3}}, stats.norm(-2, 3)),
    "lognormal by median": ({"lognormal": {"median": 1500, "sigma": 1.1}}, stats.lognorm(1.1, scale=1500)),
    "lognormal by mean": ({"lognormal": {"mean": 1.08, "sd": 0.15 * 1.08}},
                          stats.lognorm(LOG_SD, scale=1.08 * np.exp(-LOG_SD**2 / 2))),
    "lognormal, truncated": ({"lognormal": {"median": 1500, "sigma": 1.665, "max": 600000}},
                             Truncated(stats.lognorm(1.665, scale=1500), 600000)),
    "lognormal, truncated below its median": ({"lognormal": {"median": 10, "sigma": 0.5, "max": 8}},
                                              Truncated(stats.lognorm(0.5, scale=10), 8)),
    "pareto": ({"pareto": {"min": 1.5, "alpha": 3}}, stats.pareto(3, scale=1.5)),
    "pareto, truncated": ({"pareto": {"min": 1.5, "alpha": 1.3, "max": 4}}, Truncated(stats.pareto(1.3, scale=1.5), 4)),
    "lomax": ({"lomax": {"scale": 2, "alpha": 4}}, stats.lomax(4, scale=2)),
}
each_case = pytest.mark.parametrize(("written", "expected"), CASES.values(), ids=CASES)


@each_case
def test_quantiles_are_those_of_scipy(written, expected):
    u = U[:-2] if "alpha" in str(written) else U  # 1 - u loses the digits of a heavy tail in both
    np.testing.assert_allclose(numbers(written).ppf(u), expected.ppf(u), rtol=2e-9, atol=1e-12)


@each_case
def test_the_mean_is_that_of_scipy(written, expected):
    assert numbers(written).mean() == pytest.approx(expected.mean(), rel=5e-4)


@each_case
def test_the_median_is_the_quantile_at_one_half(written, expected):
    assert numbers(written).median() == pytest.approx(expected.ppf(0.5), rel=1e-9)


def test_a_constant_has_one_value_everywhere():
    constant = numbers("80%")
    assert constant.kind == "constant"
    assert (constant.ppf(U) == 0.8).all()
    assert constant.mean() == pytest.approx(0.8)


def test_a_discrete_distribution_steps_at_its_cumulated_weights():
    given = numbers({"discrete": [{"value": 3, "weight": 30}, {"value": 5, "weight": 50}, {"value": 8, "weight": 20}]})
    assert given.ppf([1e-9, 0.299, 0.301, 0.799, 0.801, 1 - 1e-9]).tolist() == [3, 3, 5, 5, 8, 8]
    assert given.mean() == pytest.approx(0.3 * 3 + 0.5 * 5 + 0.2 * 8)


def test_a_mixture_puts_its_parts_side_by_side_in_the_order_written():
    low, high = {"triangular": [0.9, 1, 1.5]}, {"pareto": {"min": 1.5, "alpha": 1.3, "max": 4}}
    given = numbers({"mixture": [{"weight": 82, "of": low}, {"weight": 18, "of": high}]})
    np.testing.assert_allclose(given.ppf([0.41, 0.82 * 0.999]), numbers(low).ppf([0.5, 0.999]))
    np.testing.assert_allclose(given.ppf([0.82, 0.91, 0.82 + 0.18 * 0.999]), numbers(high).ppf([0, 0.5, 0.999]))
    assert given.mean() == pytest.approx(0.82 * numbers(low).mean() + 0.18 * numbers(high).mean(), rel=1e-5)
    assert (np.diff(given.ppf(np.linspace(0.0005, 0.9995, 1000))) >= 0).all()


@pytest.mark.parametrize(("quantity", "written", "median"), [
    (Money, {"uniform": ["50万元", "0.02亿元"]}, 1.25e6),
    (Money, "2000万元", 20e6),
    (Money, {"lognormal": {"median": "1500万元", "sigma": 1.665, "max": "60亿元"}}, 15e6),
    (Share, {"discrete": [{"value": "10%", "weight": 1}, {"value": 0.5, "weight": 9}]}, 0.5),
    (Share, {"uniform": ["39%", 0.75]}, 0.57),
    (SignedShare, {"uniform": ["-50bp", "1%"]}, 0.0025),
    (Intensity, {"uniform": ["0tce/万元", "0.02tce/万元"]}, 1e-6),
])
def test_a_distribution_is_written_in_units(quantity, written, median):
    assert Distribution[quantity].model_validate(written).median() == pytest.approx(median, rel=2e-3)


@pytest.mark.parametrize(("quantity", "written"), [
    (Share, {"normal": {"mean": "50%", "sd": "20%"}}),
    (Share, {"lognormal": {"mean": "90%", "sd": "50%"}}),
    (Share, {"pareto": {"min": "50%", "alpha": 2}}),
    (Share, {"mixture": [{"weight": 1, "of": {"lomax": {"scale": "10%", "alpha": 1}}}]}),
    (SignedShare, {"normal": {"mean": 0, "sd": "50%"}}),
    (Money, {"normal": {"mean": "100万元", "sd": "50万元"}}),
    (Intensity, {"normal": {"mean": "0.3tce/万元", "sd": "0.1tce/万元"}}),
])
def test_a_distribution_that_leaves_the_range_of_its_quantity_is_refused(quantity, written):
    with pytest.raises(ValidationError, match="以外的值，可用 max 截断或换一种分布"):
        Distribution[quantity].model_validate(written)


@pytest.mark.parametrize(("quantity", "written"), [
    (Share, {"normal": {"mean": "50%", "sd": "5%"}}),
    (Share, {"lognormal": {"mean": "90%", "sd": "50%", "max": "100%"}}),
    (SignedShare, {"normal": {"mean": "3%", "sd": "5%"}}),
    (Money, {"lognormal": {"mean": "100万元", "sd": "500万元"}}),
])
def test_a_distribution_within_the_range_of_its_quantity_is_accepted(quantity, written):
    assert np.isfinite(Distribution[quantity].model_validate(written).mean())


shape = st.floats(0.2, 20)
level = st.floats(-1e6, 1e6)
positive = st.floats(1e-3, 1e6)
ends = st.lists(level, min_size=3, max_size=3, unique=True).map(sorted).filter(lambda v: v[2] - v[0] > 1e-6)
stated = st.one_of(
    ends.map(lambda v: {"triangular": v}),
    ends.map(lambda v: {"uniform": [v[0], v[2]]}),
    st.tuples(shape, shape).map(lambda v: {"beta": list(v)}),
    st.tuples(level, positive).map(lambda v: {"normal": {"mean": v[0], "sd": v[1]}}),
    st.tuples(positive, st.floats(0.01, 2)).map(lambda v: {"lognormal": {"median": v[0], "sigma": v[1]}}),
    st.tuples(positive, positive).map(lambda v: {"lognormal": {"mean": v[0], "sd": v[1]}}),
    st.tuples(positive, st.floats(0.01, 2), st.floats(0.5, 9)).map(
        lambda v: {"lognormal": {"median": v[0], "sigma": v[1], "max": v[0] * v[2]}}),
    st.tuples(positive, shape, st.floats(1.01, 50)).map(
        lambda v: {"pareto": {"min": v[0], "alpha": v[1], "max": v[0] * v[2]}}),
    st.tuples(positive, shape).map(lambda v: {"lomax": {"scale": v[0], "alpha": v[1]}}),
    st.lists(st.tuples(level, positive), min_size=1, max_size=5).map(
        lambda pairs: {"discrete": [{"value": v, "weight": w} for v, w in sorted(pairs)]}),
)


@given(stated, st.lists(st.floats(1e-9, 1 - 1e-9), min_size=2, max_size=50).map(sorted))
def test_quantiles_are_finite_and_never_fall(written, u):
    quantiles = numbers(written).ppf(u)
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles) >= -1e-9 * np.abs(quantiles[1:])).all()


@given(stated)
def test_quantiles_stay_between_the_stated_ends(written):
    quantiles = numbers(written).ppf(U)
    (kind, value), = written.items()
    low, high = {
        "triangular": lambda: (value[0], value[2]), "uniform": lambda: (value[0], value[1]), "beta": lambda: (0, 1),
        "lognormal": lambda: (0, value.get("max", np.inf)), "pareto": lambda: (value["min"], value["max"]),
        "lomax": lambda: (0, np.inf), "discrete": lambda: (value[0]["value"], value[-1]["value"]),
        "normal": lambda: (-np.inf, np.inf),
    }[kind]()
    slack = 1e-9 * np.abs([low, high]) if np.isfinite([low, high]).all() else (0, 0)
    assert quantiles.min() >= low - slack[0]
    assert quantiles.max() <= high + slack[1]


ONE, ASCEND = "必须且只能写一种分布", "数值应由小到大"


@pytest.mark.parametrize(("written", "said"), [
    ({}, ONE),
    (None, ONE),
    ({"constant": None}, ONE),
    ({"lognormal": None}, ONE),
    ({"discrete": []}, ONE),
    ({"mixture": []}, ONE),
    ({"beta": [1, 1], "uniform": [0, 1]}, ONE),
    ({"triangular": [3, 2, 1]}, ASCEND),
    ({"triangular": [0, 2, 1]}, ASCEND),
    ({"triangular": [1, 1, 1]}, ASCEND),
    ({"uniform": [1, 0]}, ASCEND),
    ({"uniform": [1, 1]}, ASCEND),
    ({"discrete": [{"value": 2, "weight": 1}, {"value": 1, "weight": 1}]}, ASCEND),
    ({"lognormal": {"median": 1}}, "要么 median 与 sigma，要么 mean 与 sd"),
    ({"lognormal": {"median": 1, "sigma": 1, "mean": 1, "sd": 1}}, "要么 median 与 sigma，要么 mean 与 sd"),
    ({"lognormal": {"mean": 0, "sd": 1}}, "mean 应大于 0"),
    ({"lognormal": {"mean": 1, "sd": -1}}, "sd 应大于 0"),
    ({"lognormal": {"median": -1, "sigma": 1}}, "median 应大于 0"),
    ({"lognormal": {"median": 1, "sigma": 1, "max": 0}}, "max 应大于 0"),
    ({"normal": {"mean": 0, "sd": 0}}, "sd 应大于 0"),
    ({"lomax": {"scale": -2, "alpha": 1}}, "scale 应大于 0"),
    ({"pareto": {"min": 0, "alpha": 1}}, "min 应大于 0"),
    ({"pareto": {"min": 2, "alpha": 1, "max": 2}}, "max 应大于 min"),
])
def test_an_impossible_distribution_is_refused_with_a_reason(written, said):
    with pytest.raises(ValidationError) as caught:
        numbers(written)
    assert [str(problem["ctx"]["error"]) for problem in caught.value.errors()] == [said]


@pytest.mark.parametrize(("written", "kind"), [
    ({"triangular": [1, 2]}, "missing"),
    ({"triangular": [1, 2, 3, 4]}, "too_long"),
    ({"uniform": 5}, "tuple_type"),
    ({"beta": [0, 1]}, "greater_than"),
    ({"beta": [True, 1]}, "float_type"),
    ({"beta": ["1_0", 1]}, "float_type"),
    ({"beta": [float("inf"), 1]}, "finite_number"),
    ({"beta": [float("nan"), 1]}, "finite_number"),
    ({"lognormal": {"median": 1, "sigma": 0}}, "greater_than"),
    ({"lognormall": {"mean": 1, "sd": 1}}, "extra_forbidden"),
    ({"discrete": [{"value": 1, "weight": -1}]}, "greater_than"),
    ({"mixture": [{"weight": 1, "of": {"uniform": [0, 1], "sd": 1}}]}, "extra_forbidden"),
    ({"constant": "５０"}, "value_error"),
    (True, "value_error"),
    ([1, 2], "value_error"),
])
def test_a_malformed_distribution_is_refused(written, kind):
    with pytest.raises(ValidationError) as caught:
        numbers(written)
    assert [problem["type"] for problem in caught.value.errors()] == [kind]
