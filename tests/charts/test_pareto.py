"""The front of outlay and induced investment: what is on it is beaten by nothing, and nothing is claimed within the errors."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from simulator.charts import Tables, draw_chart, pareto
from simulator.evidence import NotShown
from tests.charts.sweeps import swept

FIGURES = st.lists(st.tuples(st.integers(50, 90), st.integers(50, 90)), min_size=4, max_size=4)


def table_of(outlay, induced, **options):
    return pareto.data(SimpleNamespace(sweep=swept(outlay, induced, **options))).assign_attrs(kind="pareto")


@given(FIGURES)
def test_the_front_is_what_no_other_point_beats(figures):
    outlay, induced = np.array(figures).T
    table = table_of(outlay.reshape(2, 2), induced.reshape(2, 2))
    for i, (paid, won) in enumerate(figures):
        beaten = any(other <= paid and more >= won and (other, more) != (paid, won) for other, more in figures)
        assert bool(table["on_front"][i]) is not beaten


def test_points_are_the_cells_of_the_sweep(quick):
    table, found = Tables(quick)["pareto"], quick.sweep
    levers = list(found["unchanged"].dims)
    for i, (row, column) in enumerate(product(range(5), range(5))):
        cell = found.isel(dict(zip(levers, (row, column), strict=True)))
        assert table["settings"].values[i] == "/".join(str(cell[f"text_of_{lever}"].values) for lever in levers)
        for name in pareto.METRICS:
            np.testing.assert_array_equal(table[name][i], cell["value"].sel(metric=name))
            np.testing.assert_array_equal(table[f"change_of_{name}"][i], cell["difference"].sel(metric=name))


BETTER = {
    (66.0, 75.0): ("现行设计不在前沿上：取5%/15%少拨4.00亿元，多带动2.00亿元",
                   "Not on the front: 5%/15% pays CNY 0.400 bn less and induces CNY 0.200 bn more"),
    (66.0, 73.0): ("现行设计不在前沿上：取5%/15%少拨4.00亿元，带动投资不减",
                   "Not on the front: 5%/15% pays CNY 0.400 bn less and induces no less"),
    (69.99, 75.0): ("现行设计不在前沿上：取5%/15%拨付不增，多带动2.00亿元",
                    "Not on the front: 5%/15% pays no more and induces CNY 0.200 bn more"),
    (69.99, 73.01): ("现行设计与前沿几乎没有差距", "The present design is next to the front"),
    (66.0, 70.0): ("现行设计在前沿上：取5%/15%少拨4.00亿元，但少带动3.00亿元",
                   "On the front: 5%/15% would pay CNY 0.400 bn less, but induce CNY 0.300 bn less"),
    (72.0, 72.0): ("现行设计在前沿上：没有哪组取值拨付更少而带动投资更多",
                   "The present design is on the front: no settings pay less and induce more"),
}


@pytest.mark.parametrize("point", BETTER)
def test_the_design_as_it_stands_is_judged_beyond_the_errors_only(point, tongue):
    table = table_of([[point[0], 80.0], [80.0, 70.0]], [[point[1], 60.0], [60.0, 73.0]])
    assert pareto.finding(table).text == BETTER[point][tongue == "en"]


def test_of_several_better_settings_the_nearest_is_told():
    table = table_of([[50.0, 68.0], [80.0, 70.0]], [[90.0, 74.0], [60.0, 73.0]])
    assert "取5%/30%少拨2.00亿元" in pareto.finding(table).text


def test_a_gain_that_is_sure_but_tiny_is_not_told():
    assert not list(pareto.finding(table_of([[69.95, 80.0], [80.0, 70.0]], [[73.0, 60.0], [60.0, 73.0]], error=1e3)).numbers)


def test_the_design_is_judged_as_well_where_it_is_none_of_the_settings():
    table = table_of([[66.0, 80.0], [80.0, 81.0]], [[75.0, 60.0], [60.0, 61.0]], unchanged=False)
    assert "少拨4.00亿元，多带动2.00亿元" in pareto.finding(table).text


def test_the_table_for_readers_goes_by_outlay_and_ends_with_the_design():
    grid = pareto.grid(table_of([[72.0, 60.0], [66.0, 70.0]], [[71.0, 60.0], [70.0, 73.0]]))
    assert [str(row[0]) for row in grid.rows] == ["5%/30%", "10%/15%", "10%/30%", "5%/15%", "现行设计"]
    assert [row[3] for row in grid.rows] == ["是", "是", "是", "", "是"]
    assert str(grid.rows[-1][1]) == "70.00±0.01"


def tuned(texts, values):
    """What a tuning for two goals gives, by hand."""
    figures = np.array(values, float).reshape(-1, 2) * 1e8
    base = np.array([70e8, 73e8])
    errors = np.full_like(figures, 1e6)
    dims = ("solution", "metric", "part")
    return xr.Dataset({"value": (dims, np.stack([figures, errors], -1)), "difference": (dims, np.stack([figures - base, errors], -1)),
                       "base": (("metric", "part"), np.stack([base, [1e6, 1e6]], -1))},
                      {"lever": ["a.rate", "b.cap"], "metric": ["outlay", "induced_investment"], "part": ["value", "error"],
                       "text": (("solution", "lever"), np.array(texts, dtype=str).reshape(-1, 2))}, {"draws": 64})


def test_a_tuning_for_several_goals_gives_the_same_table():
    found = tuned([["7.7369774%", "41.8072909万元"], ["5%", "无"]], [[66.0, 75.0], [69.0, 74.0]])
    table = pareto.from_tuning(found).assign_attrs(kind="pareto")
    assert table["settings"].values.tolist() == ["7.74%/41.8万元", "5%/无"]
    assert table["on_front"].values.tolist() == [True, False]
    assert pareto.finding(table).text == "现行设计不在前沿上：取5%/无少拨1.00亿元，多带动1.00亿元"
    assert list(table.variables) == list(table_of([[66.0, 75.0]] * 2, [[66.0, 75.0]] * 2).variables)


def test_a_tuning_that_found_nothing_has_no_chart():
    with pytest.raises(NotShown, match="可行解"):
        pareto.from_tuning(tuned([], []))


def test_it_draws(quick, tmp_path):
    draw_chart("pareto", Tables(quick), [tmp_path / "drawn.png"], "column")
    assert (tmp_path / "drawn.png").stat().st_size > 5_000
