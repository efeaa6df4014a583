"""A metric in one line is read as a planner writes it, and its value is that of numpy over the same draws."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.errors import SimulatorError
from simulator.headlines import EVENTS, HEADLINES, RATIOS
from simulator.metrics import read_constraint, read_metric
from simulator.summary import Estimate, cvar95, estimate, mean, quantile, ratio
from simulator.weighting import Draws

N = 64
YEARS, INSTRUMENTS = (2024, 2025, 2026), ("upgrade_lease", "major_project")


def lines(n=N, seed=1, **given_):
    """Headlines made by hand: all draws count alike."""
    rng = np.random.default_rng(seed)
    made = {name: ("draw", (rng.random(n) > 0.4).astype(float) if name in EVENTS else 1e9 * (1 + rng.random(n))) for name in HEADLINES}
    made["outlay_by_year"] = (("draw", "year"), rng.random((n, len(YEARS))) * 1e9)
    made["outlay_by_instrument"] = (("draw", "instrument"), rng.random((n, len(INSTRUMENTS))) * 1e9)
    made |= {name: ("draw", np.asarray(values, float)) for name, values in given_.items()}
    return xr.Dataset(made, coords={"year": list(YEARS), "instrument": list(INSTRUMENTS)}, attrs={"scrambles": 8})


def of(data, *names):
    return [data[name].values for name in names]


# --- what may be written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "statistic", "names"), [
    ("outlay", "mean", ["outlay."]), ("mean(outlay)", "mean", ["outlay."]), (" mean ( outlay ) ", "mean", ["outlay."]),
    ("median(outlay)", "p50", ["outlay."]), ("p5(outlay)", "p5", ["outlay."]), ("p95(outlay.2026)", "p95", ["outlay.2026"]),
    ("p99.5(outlay)", "p99.5", ["outlay."]), ("cvar95(outlay)", "cvar95", ["outlay."]),
    ("outlay.major_project", "mean", ["outlay.major_project"]), ("leverage_net", "mean", ["leverage_net."]),
    ("p90（拨付合计）", "p90", ["outlay."]), ("拨付合计", "mean", ["outlay."]), ("拨付合计.2026", "mean", ["outlay.2026"]),
    ("outlay of the dearest year", "mean", ["outlay_peak."]), ("撬动倍数（净）", "mean", ["leverage_net."]),
    ("撬动倍数(净)", "mean", ["leverage_net."]), ("mean(撬动倍数（毛）)", "mean", ["leverage_gross."]),
    ("投资目标达到", "mean", ["investment_target."]),
    ("P(outlay<=12亿元)", "P", ["outlay."]), ("P（拨付合计≤12亿元）", "P", ["outlay."]), ("P(outlay.2026 >= 5亿元)", "P", ["outlay.2026"]),
    ("P(outlay<=12亿元 & energy_saving>=50万吨标煤)", "P", ["outlay.", "energy_saving."]),
    ("P(outlay<=12亿元且energy_saving>=50万吨标煤)", "P", ["outlay.", "energy_saving."]),
    ("P(拨付合计≤12亿元 且 节能量≥50万吨标煤 且 awards>=10项)", "P", ["outlay.", "energy_saving.", "awards."]),
    ("P(outlay<=12亿元 and leverage_net>=1)", "P", ["outlay.", "leverage_net."]),
    ("P(deadweight_share<=40%)", "P", ["deadweight_share."]), ("P(overrun＞0元)", "P", ["overrun."]), ("P(joint>=1)", "P", ["joint."]),
])
def test_a_metric_is_read_as_it_is_written(text, statistic, names):
    read = read_metric(text)
    assert (read.statistic, [f"{each.name}.{each.part}" for each in read.quantities]) == (statistic, names)
    again = read_metric(read.text)
    assert again == read
    assert len(read.conditions) == (len(names) if statistic == "P" else 0)


@pytest.mark.parametrize("name", [*HEADLINES, *RATIOS])
def test_every_headline_goes_by_its_name_and_by_its_titles(name, tongue):
    titles = RATIOS[name][:2] if name in RATIOS else (HEADLINES[name].zh, HEADLINES[name].en)
    for written in (name, *titles):
        assert [each.name for each in read_metric(written).quantities] == [name]
    title = read_metric(name).title
    assert titles[tongue == "en"] in title
    assert read_metric(name).units == ("share" if name in (*EVENTS, "deadweight_share") else read_metric(name).quantities[0].units)


@pytest.mark.parametrize(("text", "units"), [
    ("p95(outlay)", "CNY"), ("outlay.2026", "CNY"), ("energy_saving", "tce"), ("awards", "1"), ("leverage_gross", "1"),
    ("deadweight_share", "share"), ("joint", "share"), ("P(outlay<=12亿元)", "share"),
])
def test_a_metric_has_the_unit_of_what_it_measures(text, units):
    assert read_metric(text).units == units


@pytest.mark.parametrize(("text", "zh", "en"), [
    ("outlya", "没有指标 'outlya'；是否指 outlay？", "no such figure: 'outlya'; did you mean outlay?"),
    ("p95(energy_savings)", "是否指 energy_saving？", "did you mean energy_saving?"),
    ("P(outlai<=1亿元)", "是否指 outlay？", "did you mean outlay?"),
    ("qqqqqq", "；有：outlay、", "; there are: outlay, "),
    ("", "没有指标", "no such figure"),
    ("mean(outlay", "是否指 outlay", "did you mean outlay"),
    ("p100(outlay)", "没有指标", "no such figure"),
    ("outlay.", "是否指 outlay？", "did you mean outlay?"),
    ("awards.2026", "只有 outlay 可按年份或政策工具细分", "only outlay has parts"),
    ("P(outlay)", "应含 <= 或 >=", "a <= or >= is missing"),
    ("P()", "应含 <= 或 >=", "a <= or >= is missing"),
    ("P(outlay<=12亿元 &)", "应含 <= 或 >=", "a <= or >= is missing"),
    ("P(outlay<=12)", "12 不合适，例如 12亿元", "12 does not fit; for example 12亿元"),
    ("P(outlay<=12万吨标煤)", "例如 12亿元", "for example 12亿元"),
    ("P(energy_saving>=50亿元)", "例如 50万吨标煤", "for example 50万吨标煤"),
    ("P(leverage_net>=5亿元)", "例如 1.5", "for example 1.5"),
    ("P(deadweight_share<=40)", "例如 95%", "for example 95%"),
    ("P(outlay<=十二亿元)", "无法识别的数量", "cannot read"),
])
def test_a_metric_that_cannot_be_read_is_an_error_with_the_nearest_name_or_an_example(text, zh, en, tongue):
    with pytest.raises(SimulatorError) as caught:
        read_metric(text)
    assert {"zh": zh, "en": en}[tongue] in str(caught.value)


@pytest.mark.parametrize(("text", "nearest"), [("outlay.2028", "outlay.2026"), ("outlay.upgrade_leas", "outlay.upgrade_lease"),
                                               ("outlay.²", ""), ("outlay.99999", ""), ("P(outlay.1<=5亿元)", "")])
def test_a_part_that_a_run_does_not_have_is_an_error_when_it_is_asked_for(text, nearest):
    with pytest.raises(SimulatorError) as caught:
        read_metric(text).estimate(lines())
    assert nearest in str(caught.value)


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "metric", "below", "bound"), [
    ("P(outlay<=12亿元)>=95%", "P(outlay<=12亿元)", False, 0.95), (" P( outlay <= 12亿元 ) >= 95 % ", "P(outlay <= 12亿元)", False, 0.95),
    ("P（拨付合计≤12亿元）≥0.95", "P(拨付合计<=12亿元)", False, 0.95), ("mean(outlay)<=40亿元", "mean(outlay)", True, 4e9),
    ("outlay.2026<=400000万元", "outlay.2026", True, 4e9), ("leverage_net>=1", "leverage_net", False, 1.0),
    ("撬动倍数（净）≥1.5", "撬动倍数(净)", False, 1.5), ("deadweight_share<=40%", "deadweight_share", True, 0.4),
    ("joint>=50%", "joint", False, 0.5), ("awards>=100项", "awards", False, 100.0),
    ("energy_saving>=50万吨标煤", "energy_saving", False, 5e5),
    ("P(outlay<=12亿元 & leverage_net>=1)>=80%", "P(outlay<=12亿元 & leverage_net>=1)", False, 0.8),
    ("cvar95(overrun)<=0元", "cvar95(overrun)", True, 0.0),
])
def test_a_condition_is_a_metric_and_a_bound(text, metric, below, bound):
    read = read_constraint(text)
    assert (read.metric.text, read.condition.below, read.condition.bound) == (metric, below, bound)
    assert list(read.condition.margin(np.array([bound, bound + 1]))) == [0.0, pytest.approx(-1.0 if below else 1.0)]
    assert read.condition.moved(2.0).bound == bound + 2.0


@pytest.mark.parametrize("text", [
    "P(outlay<=12亿元)>=95", "P(outlay<=12亿元)>=-5%", "P(outlay<=12亿元)", "outlay", "outlay<=12", "outlay<=95%", "energy_saving>=50", "",
    "leverage_net>=1亿元", "P(outlay<=12亿元)xyz>=95%", "P(outlay<=12亿元)>=", ">=95%", "outlay=<1亿元",
    "joint>=50", "deadweight_share<=40", "outlai<=1亿元",
])
def test_a_condition_that_cannot_be_read_is_refused(text, tongue):
    with pytest.raises(SimulatorError) as caught:
        read_constraint(text)
    assert (text in str(caught.value)) or "outlay" in str(caught.value)


# --- values -----------------------------------------------------------------------------------------------------------


def test_means_quantiles_and_probabilities_are_those_of_numpy():
    data = lines(2048)
    outlay, saving, in_2026 = data["outlay"].values, data["energy_saving"].values, data["outlay_by_year"].values[:, 2]
    alike = Draws.alike(2048, 8)
    spread = outlay.reshape(-1, 8).mean(axis=0).std(ddof=1) / np.sqrt(8)
    assert read_metric("outlay").estimate(data) == Estimate(pytest.approx(outlay.mean()), pytest.approx(spread))
    assert read_metric("outlay.2026").estimate(data).value == pytest.approx(in_2026.mean())
    assert read_metric("outlay.major_project").estimate(data).value == pytest.approx(data["outlay_by_instrument"].values[:, 1].mean())
    for p in (5, 50, 95, 99.5):
        found = read_metric(f"p{p}(outlay)").estimate(data)
        assert found.value == pytest.approx(np.quantile(outlay, p / 100, method="hazen"))
        assert found == estimate(outlay, quantile(p / 100), alike)
    assert read_metric("median(outlay)").estimate(data) == read_metric("p50(outlay)").estimate(data)
    assert read_metric("cvar95(outlay)").estimate(data) == estimate(outlay, cvar95, alike)
    both = (outlay <= 1.5e9) & (saving >= 1.2e9)
    found = read_metric("P(outlay<=15亿元 & energy_saving>=120000万吨标煤)").estimate(data)
    assert found == estimate(both.astype(float), mean, alike)
    assert found.value == pytest.approx(both.mean())


@pytest.mark.parametrize("name", RATIOS)
def test_a_mean_ratio_is_one_of_totals_and_any_other_figure_of_it_goes_draw_by_draw(name):
    data = lines(512)
    top, bottom = of(data, *RATIOS[name][2:])
    assert read_metric(name).estimate(data) == ratio(top, bottom, Draws.alike(512, 8))
    assert read_metric(f"median({name})").estimate(data).value == pytest.approx(np.quantile(top / bottom, 0.5, method="hazen"))
    assert read_metric(f"P({name}>=100%)").estimate(data).value == pytest.approx((top / bottom >= 1).mean())


def test_a_ratio_to_nothing_is_no_number():
    empty = lines(outlay=np.zeros(N))
    assert np.isnan(read_metric("leverage_net").estimate(empty).value)
    assert np.isnan(read_metric("leverage_net").difference(empty, lines()).value)


def test_draws_count_by_the_weights_of_their_control():
    control = np.random.default_rng(3).normal(0.05, 1, (1024, 2))
    data = lines(1024).assign(control=(("draw", "plan_year"), control))
    draws = Draws.controlled(control, 8)
    assert read_metric("outlay").estimate(data) == estimate(data["outlay"].values, mean, draws)
    assert read_metric("outlay").estimate(data).value != pytest.approx(data["outlay"].values.mean(), rel=1e-9)
    assert read_metric("outlay").estimate(data, Draws.alike(1024, 8)).value == pytest.approx(data["outlay"].values.mean())


@pytest.mark.parametrize(("text", "hits"), [
    ("P(awards<=2)", 3), ("P(awards<2)", 2), ("P(awards>=2)", N - 2), ("P(awards>2)", N - 3), ("P(awards＞2)", N - 3),
    ("P(awards>0 & awards<3)", 2),
])
def test_below_is_not_the_same_as_at_most(text, hits):
    assert read_metric(text).estimate(lines(awards=np.arange(N))).value == pytest.approx(hits / N)


@pytest.mark.parametrize(("text", "value"), [("P(outlay<=12亿元)", 0.0), ("P(outlay>=0元)", 1.0), ("in_budget", 1.0), ("joint", 0.0)])
def test_a_probability_on_which_all_draws_agree_has_the_error_of_the_rule_of_three(text, value):
    data = lines(outlay=np.full(N, 2e9), in_budget=np.ones(N), joint=np.zeros(N))
    assert read_metric(text).estimate(data) == Estimate(value, 1.5 / N)


def test_a_target_that_no_document_states_is_no_number():
    data = lines(investment_target=np.full(N, np.nan))
    for text in ("investment_target", "P(investment_target>=1)", "P(investment_target>=1 & outlay<=99亿元)", "median(investment_target)"):
        assert np.isnan(read_metric(text).estimate(data).value), text
        assert np.isnan(read_metric(text).difference(data, lines()).value), text
    assert np.isfinite(read_metric("joint").estimate(data).value)


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_a_probability_by_its_name_or_as_a_condition(event):
    data = lines()
    share = data[event].values.mean()
    for text in (event, f"mean({event})", f"P({event}>=1)"):
        assert read_metric(text).estimate(data).value == pytest.approx(share)
    assert read_metric(f"P({event}<1)").estimate(data).value == pytest.approx(1 - share)
    assert read_metric(f"median({event})").estimate(data).value == float(share > 0.5)


@pytest.mark.parametrize(("text", "tail"), [
    ("p5(outlay)", True), ("p9.9(outlay)", True), ("p10(outlay)", False), ("median(outlay)", False), ("p90(outlay)", False),
    ("p95(outlay)", True), ("cvar95(outlay)", True), ("outlay", False), ("P(outlay<=12亿元)", False),
])
def test_tails_are_not_shown_below_two_thousand_draws(text, tail):
    metric = read_metric(text)
    assert metric.tail == tail
    few, many = lines(1999), lines(2000)
    for found in (metric.estimate(few), metric.difference(few, lines(1999, seed=2))):
        assert np.isnan(found.value) == np.isnan(found.error) == tail
    assert np.isfinite(metric.estimate(many).value)


ALL = ["outlay", "outlay.2026", "median(outlay)", "P(outlay<=15亿元)", "leverage_net", "deadweight_share", "joint", "awards",
       "p20(leverage_gross)"]


@pytest.mark.parametrize("text", ALL)
def test_a_metric_differs_from_itself_by_exactly_nothing(text):
    assert read_metric(text).difference(lines(), lines()) == Estimate(0.0, 0.0)


@pytest.mark.parametrize("text", ALL)
def test_a_difference_is_that_of_the_values_with_the_error_of_its_scrambles(text):
    one, other = lines(512), lines(512, seed=2)
    metric = read_metric(text)
    found = metric.difference(one, other)
    assert found.value == pytest.approx(metric.estimate(one).value - metric.estimate(other).value)
    apart = [[metric.estimate(each.isel(draw=slice(s, None, 8)), Draws.alike(64, 8)).value for s in range(8)] for each in (one, other)]
    quantiles = metric.statistic.startswith("p")  # that of a scramble runs along the draws of the others between its own
    assert found.error == pytest.approx(np.subtract(*apart).std(ddof=1) / np.sqrt(8), rel=0.15 if quantiles else 1e-6)
    assert metric.difference(other, one).value == -found.value


def test_a_difference_that_is_the_same_in_every_draw_has_no_error():
    one = lines()
    found = read_metric("outlay").difference(one.assign(outlay=one["outlay"] + 1e6), one)
    assert found == Estimate(pytest.approx(1e6), pytest.approx(0.0, abs=1e-6))


# --- whatever is written ----------------------------------------------------------------------------------------------

anything = st.text(max_size=40) | st.text(st.sampled_from("Pp95()（）<>=≤≥&且.outlay12亿元% "), max_size=30)


@given(anything)
@example("p٩٥(outlay)")
@example("outlay.²")
@example("P(outlay<=1e400元)")
@example("P(outlay<=1e-99999999999999999999元)")
@example("P(" * 50)
@example(")>=5%")
def test_a_metric_or_condition_is_read_or_refused_whatever_is_written(text):
    for whole in (text, f"P({text})", f"outlay.{text}", f"P(outlay<={text})", f"{text}>=95%", f"outlay<={text}", f"p{text}(outlay)"):
        for read in (read_metric, read_constraint):
            try:
                found = read(whole)
                assert isinstance((found if read is read_metric else found.metric).title, str)
                assert isinstance((found if read is read_metric else found.metric).tail, bool)
            except SimulatorError as error:
                assert str(error)  # noqa: PT017
