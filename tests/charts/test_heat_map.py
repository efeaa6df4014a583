"""The heat map: every cell is a run with its two settings, and the frame is the design as it stands."""

import numpy as np
import pytest

from simulator.charts import Tables, draw_chart, heat_map
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.levers import find_lever, with_levers
from simulator.weighting import draw_weights
from tests.charts.sweeps import swept

OUTLAY, INDUCED = [[54.2, 60.0], [65.0, 70.0]], [[61.0, 66.0], [70.0, 73.0]]


def table_of(*given, **options):
    return heat_map.of_sweep(swept(*given, **options)).assign_attrs(kind="heat_map")


def framed(table):
    return [(str(table["row"].values[i]), str(table["column"].values[j])) for i, j in np.argwhere(table["present"].values)]


def test_a_cell_is_the_run_with_its_two_settings(quick, frame):
    table = Tables(quick)["heat_map"]
    levers = [str(name) for name in quick.sweep["unchanged"].dims]
    cell = {"row": str(table["row"].values[0]), "column": str(table["column"].values[-1])}
    moved = [(find_lever(quick.scenario, lever), text) for lever, text in zip(levers, cell.values(), strict=True)]
    other = with_levers(quick.scenario, moved, "other")
    run = simulate(other, frame, draw_drivers(other))
    means = [each["outlay"].sum(["year", "instrument"]).weighted(draw_weights(each)).mean("draw").item() for each in (run, quick.results)]
    assert table["outlay"].sel(**cell, part="value").item() == pytest.approx(means[0], rel=1e-9)
    assert table["change_of_outlay"].sel(**cell, part="value").item() == pytest.approx(means[0] - means[1], rel=1e-6)


def test_the_default_levers_are_the_largest_rates_and_the_frame_is_what_the_scenario_states(quick):
    table = Tables(quick)["heat_map"]
    assert list(quick.sweep["unchanged"].dims) == ["major_project.rate", "first_of_kind.rate"]
    assert framed(table) == [("10%", "30%")]
    assert table.attrs["exact"]
    assert heat_map.finding(table).text.startswith("两项比例都减半，可少拨")


def test_less_is_the_change_with_the_other_sign_and_the_same_error():
    table = table_of(OUTLAY, INDUCED)
    np.testing.assert_array_equal(table["less_outlay"].sel(part="value"), -table["change_of_outlay"].sel(part="value"))
    np.testing.assert_array_equal(table["less_outlay"].sel(part="error"), table["change_of_outlay"].sel(part="error"))


def test_halving_both_rates_is_said_so(tongue):
    assert heat_map.finding(table_of(OUTLAY, INDUCED)).text == {
        "zh": "两项比例都减半，可少拨15.80亿元，带动投资少12.00亿元",
        "en": "Halving both rates cuts outlay by CNY 1.580 bn and induced investment by 1.200"}[tongue]


@pytest.mark.parametrize(("induced", "told"), [(73.01, "带动投资看不出变化"), (74.0, "带动投资多1.00亿元"), (72.0, "带动投资少1.00亿元")])
def test_other_settings_are_named_and_changes_within_their_errors_are_not_told(induced, told):
    table = table_of([[60.0, 65.0], [66.0, 70.0]], [[induced, 73.0], [73.0, 73.0]], rates=(("7%", "10%"), ("20%", "30%")))
    assert heat_map.finding(table).text == f"a的比例7%、b的比例20%，可少拨10.00亿元，{told}"


def test_where_no_setting_is_cheaper_beyond_its_error_nothing_is_said_to_be_saved():
    assert not list(heat_map.finding(table_of([[69.99, 70.0], [70.0, 70.0]], [[73.0] * 2] * 2)).numbers)


def test_a_design_beside_the_map_frames_the_nearest_cell_and_says_so(tongue):
    table = table_of(OUTLAY, INDUCED, base=(69e8, 72e8), written=("9%", "16%"))
    assert framed(table) == [("10%", "15%")]
    assert {"zh": "最接近", "en": "nearest"}[tongue] in heat_map.note(table)


def test_levers_without_effect_frame_what_is_written_alone():
    assert framed(table_of([[70.0] * 2] * 2, [[73.0] * 2] * 2, written=("5%", "30%"))) == [("5%", "30%")]


@pytest.mark.parametrize(("written", "cell"), [("None", "无"), ("800万元", "1000万元"), ("{2026: '3亿元'}", "500万元")])
def test_settings_without_a_limit_have_their_place(written, cell):
    caps = ("500万元", "1000万元", "无")
    table = table_of([[60.0, 61.0, 62.0]] * 2, [[70.0, 71.0, 72.0]] * 2, names=("a.rate", "b.cap"), rates=(("5%", "10%"), caps),
                     written=("10%", written))
    assert framed(table) == [("10%", cell)]


def test_english_counts_settings_in_its_own_units(tongue):
    table = table_of([[60.0, 61.0, 62.0]] * 2, [[70.0, 71.0, 72.0]] * 2, names=("a.rate", "b.cap"),
                     rates=(("5%", "10%"), ("500万元", "1000万元", "无")), written=("10%", "1000万元"))
    assert framed(table) == [("10%", {"zh": "1000万元", "en": "CNY 10m"}[tongue])]


def test_the_table_for_readers_has_every_pair():
    grid = heat_map.grid(table_of(OUTLAY, INDUCED))
    assert [row[:2] for row in grid.rows] == [("5%", "15%"), ("5%", "30%"), ("10%", "15%"), ("10%", "30%")]
    assert [str(cell) for cell in grid.rows[1][2:]] == ["60.00±0.01", "−10.00±0.01", "66.00±0.01", "−7.00±0.01"]


@pytest.mark.parametrize(("value", "highest", "text"), [
    (54.249, 82.9, "54.2"), (5.4249, 8.29, "5.42"), (0.5424, 0.82, "0.542"), (-0.4, 120.0, "0"), (-2.4, 120.0, "−2"), (123.4, 150.0, "123"),
])
def test_three_digits_are_enough_for_a_cell(value, highest, text):
    assert heat_map._cell(value, highest) == text


def test_the_map_is_lighter_where_there_is_less_and_its_text_stands_out():
    from matplotlib.colors import LinearSegmentedColormap

    from simulator.charts.marks import INK, MAIN, PALE

    shades = LinearSegmentedColormap.from_list("one hue", [PALE, MAIN])(np.linspace(0, 1, 101))[:, :3]
    light = luminance(shades)
    assert (np.diff(light) < 0).all()
    ink = luminance(np.array([[int(INK[k : k + 2], 16) / 255 for k in (1, 3, 5)]]))[0]
    dark = np.linspace(0, 1, 101) > heat_map._DARK
    contrast = np.where(dark, 1.05 / (light + 0.05), (light + 0.05) / (ink + 0.05))
    assert contrast.min() > 3.8


def luminance(colours):
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_it_draws(quick, tmp_path):
    draw_chart("heat_map", Tables(quick), [tmp_path / "drawn.png"], "column")
    assert (tmp_path / "drawn.png").stat().st_size > 5_000
