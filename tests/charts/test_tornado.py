"""The tornado: its figures are those of the sensitivity analysis, its finding the widest swing that is beyond chance."""

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, draw_chart, tornado

BASE = {"outlay": 70e8, "energy_saving": 55e4}


def table_of(*factors):
    """Factors by (name, title, low_text, high_text, {metric: (low, high)}), everything with an error of a thousandth of the base."""
    table = xr.Dataset(coords={"metric": list(BASE), "factor": [each[0] for each in factors], "side": ["low", "high"],
                               "part": ["value", "error"], "title": ("factor", [each[1] for each in factors]),
                               "low_text": ("factor", [each[2] for each in factors]),
                               "high_text": ("factor", [each[3] for each in factors]),
                               "basis": ("factor", ["assumption"] * len(factors))}, attrs={"kind": "tornado", "draws": 64})
    ends = np.array([[each[4].get(metric, (base, base)) for each in factors] for metric, base in BASE.items()])
    base = np.array(list(BASE.values()))
    error = np.broadcast_to(base[:, None, None] / 1e3, ends.shape)
    dims = ("metric", "factor", "side", "part")
    table["value"] = dims, np.stack([ends, error], axis=-1)
    table["difference"] = dims, np.stack([ends - base[:, None, None], error], axis=-1)
    table["swing"] = ("metric", "factor", "part"), np.stack([ends[..., 1] - ends[..., 0], error[..., 0]], axis=-1)
    table["base"] = ("metric", "part"), np.stack([base, base / 1e3], axis=-1)
    return tornado.told(table)


FALLING = ("delay", "时间系数", "0.9", "1.4", {"outlay": (76e8, 61e8)})
RISING = ("approval", "立项率", "40.1%", "79%", {"outlay": (66e8, 75e8)})
CHANCE = ("wave", "波动", "P10", "P90", {"outlay": (70e8, 70.1e8), "energy_saving": (55e4, 55.05e4)})
SAVING = ("realised", "节能实现率", "56.9%", "90.7%", {"energy_saving": (40e4, 70e4)})


def test_the_figures_are_those_of_the_analysis_and_agree_with_each_other(quick):
    table, found = Tables(quick)["tornado"], quick.tornado
    assert table["factor"].values.tolist() == found["factor"].values.tolist()
    np.testing.assert_array_equal(table["difference"].values, found["difference"].sel(metric=["outlay", "energy_saving"]).values)
    value = table["value"].sel(part="value")
    np.testing.assert_allclose(value, table["base"].sel(part="value") + table["difference"].sel(part="value"), rtol=1e-12)
    swing = value.sel(side="high", drop=True) - value.sel(side="low", drop=True)
    np.testing.assert_allclose(swing, table["swing"].sel(part="value"), atol=1e-9 * float(value.max()))


def test_the_finding_is_the_widest_swing_whichever_way_it_goes(tongue):
    assert tornado.finding(table_of(RISING, FALLING, CHANCE)).text == {
        "zh": "时间系数最能左右拨付：由0.9到1.4，拨付从76.00变到61.00亿元",
        "en": "Outlay depends most on the 时间系数: at 0.9 CNY 7.600 bn, at 1.4 CNY 6.100 bn"}[tongue]


def test_where_only_chance_moves_outlay_the_saving_is_told_and_else_that_nothing_does(tongue):
    found = tornado.finding(table_of(CHANCE, SAVING))
    assert found.text.startswith({"zh": "没有因素左右拨付；节能实现率", "en": "No factor moves outlay"}[tongue])
    assert {number.variable for number in found.numbers} == {"named", "low_said", "high_said", "value"}
    assert not list(tornado.finding(table_of(CHANCE)).numbers)


def test_the_table_for_readers_has_every_factor_by_its_swing():
    rows = tornado.grid(table_of(CHANCE, RISING, SAVING, FALLING)).rows
    assert [str(row[0]) for row in rows] == ["时间系数", "立项率", "波动", "节能实现率"]
    assert [str(cell) for cell in rows[1][1:3]] == ["40.1%", "79%"]
    assert [str(cell) for cell in rows[1][3:5]] == ["−4.00±0.07", "+5.00±0.07"]


def test_a_factor_that_a_document_states_is_named_among_the_assumptions():
    table = table_of(RISING, FALLING)
    table["basis"] = "factor", ["document", "assumption"]
    assert "除立项率外" in tornado.note(table)


@pytest.mark.parametrize(("title", "short"), [
    ("智能工厂 示范性智能工厂", "示范性智能工厂"), ("Smart factory Demonstration smart factory", "Demonstration smart factory"),
    ("软件采购 支持比例", "软件采购 支持比例"), ("立项率", "立项率")])
def test_a_tier_that_repeats_its_instrument_stands_alone(title, short):
    assert tornado._title(table_of(("x", title, "", "", {})).sel(factor="x")) == short


def test_every_label_finds_its_room_beside_its_bar():
    ends, rooms, width = np.array([[60.0, 80.0], [68.0, 71.0]]), np.array([[30.0, 20.0], [10.0, 60.0]]), 150.0
    low, high = tornado._limits(ends, rooms, width, 70.0)
    points = width / (high - low)
    assert ((ends[:, 0] - low) * points >= rooms[:, 0] - 0.5).all()
    assert ((high - ends[:, 1]) * points >= rooms[:, 1] - 0.5).all()


def test_it_draws(quick, tmp_path):
    draw_chart("tornado", Tables(quick), [tmp_path / "drawn.png"], "column")
    assert (tmp_path / "drawn.png").stat().st_size > 5_000
