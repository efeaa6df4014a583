"""The chart of scenarios side by side against the draws of a run that holds several."""

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, draw_chart, scenarios
from simulator.charts.sheet import SIZES, Sheet, settings

METRICS = list(scenarios.METRICS)


@pytest.fixture(scope="module")
def table(capped):
    return Tables(capped)["scenarios"]


def hand_made(differences, *, error=1e6, induced=0.0, alike=False, budget=(np.nan,), n_metric=None):
    """A first scenario that pays 70亿元 and others that pay so much more."""
    apart = np.array([0.0, *differences])
    n = len(apart)
    difference = np.zeros((n, len(METRICS), 2))
    difference[1:, :, 1] = error
    difference[:, METRICS.index("outlay"), 0] = apart
    difference[1:, METRICS.index("induced_investment")] = [induced, error if induced else 0.0]
    value = np.full((n, len(METRICS), 2), [0.5, 0.01])
    value[:, METRICS.index("outlay")] = np.stack([70e8 + apart, np.full(n, 1e7)], axis=1)
    value[:, METRICS.index("in_budget"), 0] = np.resize(budget, n)
    errors = difference[:, METRICS.index("outlay"), 1]
    made = xr.Dataset(
        {"value": (("scenario", "metric", "part"), value), "difference": (("scenario", "metric", "part"), difference),
         "apart": (("scenario", "part"), np.stack([abs(apart), errors], axis=1)),
         "relative": (("scenario", "part"), np.stack([apart, errors], axis=1) / 70e8), "alike": ("scenario", [True] + [alike] * (n - 1))},
        {"scenario": [f"s{i}" for i in range(n)], "metric": METRICS, "part": ["value", "error"],
         "title": ("scenario", [f"S{i}" for i in range(n)])}, {"kind": "scenarios"})
    return made.assign_attrs(third=scenarios._third(made))


def test_values_and_differences_are_those_of_the_saved_draws(capped, table):
    total = capped.run.results[["outlay", "induced_investment"]].load().sum(["year", "instrument"]).mean("draw")
    assert table["scenario"].values.tolist() == ["capped_envelope_8", "baseline"]
    for name in ("outlay", "induced_investment"):
        own = total[name].sel(scenario=table["scenario"].values).values
        assert table["value"].sel(metric=name, part="value").values == pytest.approx(own)
        assert table["difference"].sel(metric=name, part="value").values == pytest.approx(own - own[0], abs=1e-3)
    relative = total["outlay"].sel(scenario="baseline") / total["outlay"].sel(scenario="capped_envelope_8") - 1
    assert table["relative"].sel(scenario="baseline", part="value").item() == pytest.approx(float(relative))


def test_gross_leverage_never_stands_without_net():
    assert METRICS.index("leverage_net") == METRICS.index("leverage_gross") + 1


def test_a_probability_within_a_budget_is_not_drawn_beside_one_without(table):
    assert np.isfinite(table["value"].sel(metric="in_budget", part="value")).values.tolist() == [True, False]
    assert table.attrs["third"] == "leverage_net"
    assert [hand_made([1e8], budget=budget).attrs["third"] for budget in ((np.nan,), (0.4,), (0.4, np.nan))] == [
        "joint", "joint", "leverage_net"]


@pytest.mark.parametrize(("made", "zh", "en"), [
    (hand_made([15.2e8, -3e8]), "“S1”比“S0”多拨15.20亿元（+22%），带动新增投资不变",
     "S1: CNY 1.520 bn more outlay than S0 (+22%); what is induced stays the same"),
    (hand_made([2e8, -35e8], induced=-7e8), "“S2”比“S0”少拨35.00亿元（−50%），带动新增投资−7.00亿元",
     "S2: CNY 3.500 bn less outlay than S0 (−50%); induced investment CNY −0.700 bn"),
    (hand_made([1e6], error=1e7), "各情景的拨付与“S0”没有可辨的差别", "No outlay can be told from that of S0"),
    (hand_made([0.0, 0.0], error=0.0, alike=True), "各情景与“S0”毫无差别", "Nothing differs from S0"),
])
def test_the_title_names_the_scenario_that_pays_most_differently(tongue, made, zh, en):
    assert scenarios.finding(made).text == {"zh": zh, "en": en}[tongue]


def test_the_grid_has_a_row_a_scenario_and_no_column_of_what_none_states(table, tongue):
    grid = scenarios.grid(table)
    heads = [column.head for column in grid.columns]
    assert len(grid.rows) == 2 and len(set(heads)) == len(heads)
    assert len(grid.columns) == 1 + len(METRICS) + 2 - 1  # 64 draws have no P95
    assert [column.head for column in grid.columns if column.plotted] == {"zh": ["拨付", "带动新增投资"],
                                                                          "en": ["outlay", "induced investment"]}[tongue]
    without = [column.head for column in scenarios.grid(hand_made([1e8])).columns]
    assert {"zh": "不超预算", "en": "within budget"}[tongue] not in without


def test_of_many_scenarios_the_first_and_those_furthest_from_it_are_drawn():
    made = hand_made([1e8, -9e8, 2e8, 3e8, 4e8, 5e8, 6e8, 7e8])
    assert scenarios._drawn(made) == ["s0", "s2", "s4", "s5", "s6", "s7", "s8"]
    assert "6" in scenarios.note(made)
    with settings(SIZES["column"]):
        sheet = Sheet(SIZES["column"], "", "")
        scenarios.draw(sheet, made)
    assert [label.get_text() for label in sheet.figure.axes[0].get_yticklabels()] == ["S0", "S2", "S4", "S5", "S6", "S7", "S8"]


def test_a_title_that_does_not_fit_says_that_it_goes_on():
    assert scenarios._lines("中央贴息全覆盖时按合同利息计算", 6.0, 3) == "中央贴息全覆\n盖时按合同利\n息计算"
    assert scenarios._lines("中央贴息全覆盖时按合同利息计算", 6.0, 2) == "中央贴息全覆\n盖时按合同利…"


def test_it_is_drawn(capped, tmp_path):
    draw_chart("scenarios", Tables(capped), [tmp_path / "scenarios.svg"], "column")
    assert (tmp_path / "scenarios.svg").stat().st_size > 5_000
