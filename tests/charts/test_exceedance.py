"""The exceedance curve: levels, value at risk and what lies beyond it, against known distributions and a run counted by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, draw_chart, exceedance
from simulator.weighting import Draws, draw_weights

YI = 1e8


def table_of(totals):
    """The table of a run whose outlay in all is this, in 亿元."""
    outlay = xr.DataArray(np.asarray(totals, float)[:, None, None] * YI, dims=("draw", "year", "instrument"))
    fake = SimpleNamespace(results=xr.Dataset({"outlay": outlay}), draws=Draws.alike(len(totals), 8))
    return exceedance.data(fake).assign_attrs(kind="exceedance")


@pytest.fixture(scope="module")
def even():
    """4,000 draws evenly from 0 to 100亿元, in any order."""
    return table_of(np.random.default_rng(355).permutation(np.arange(4000) + 0.5) / 40)


def value(table, name, **where):
    return table[name].sel(part="value", **where).item() / YI


@pytest.mark.parametrize(("level", "amount"), [("99%", 1.0), ("90%", 10.0), ("50%", 50.0), ("12.5%", 87.5), ("5%", 95.0), ("1%", 99.0)])
def test_an_even_distribution_exceeds_each_amount_with_what_is_left_above_it(even, level, amount):
    assert value(even, "amount", level=level) == pytest.approx(amount, abs=1e-6)


def test_value_at_risk_and_the_mean_beyond_it_of_an_even_distribution(even):
    found = [value(even, name) for name in ("var95", "cvar95", "mean", "median")]
    assert found == pytest.approx([95.0, 97.5, 50.0, 50.0], abs=1e-6)
    assert even["tail_level"].item() == even["probability"].sel(level="5%").item() == 0.05


def test_levels_of_a_run_are_those_of_its_weighted_draws(evidence):
    table = Tables(evidence)["exceedance"]
    total, weights = evidence.results["outlay"].sum(["year", "instrument"]), draw_weights(evidence.results)
    assert table["mean"].sel(part="value").item() == pytest.approx(total.weighted(weights).mean("draw").item(), rel=1e-12)
    for level, share in (("75%", 0.75), ("50%", 0.5), ("20%", 0.2)):
        above = total.values > table["amount"].sel(level=level, part="value").item()
        assert weights.values[above].sum() / weights.values.sum() == pytest.approx(share, abs=2 / len(above))


def test_few_draws_have_no_tails_and_are_told_by_their_middle_half(evidence, tongue):
    table = Tables(evidence)["exceedance"]
    told = np.isfinite(table["amount"].sel(part="value").values)
    assert table["level"].values[told][[0, -1]].tolist() == ["94.5%", "5.5%"]
    assert np.isnan(table["cvar95"]).all()
    found = exceedance.finding(table)
    assert [number.variable for number in found.numbers] == ["median", "amount", "amount"]
    assert {"zh": "不给尾部", "en": "too few draws"}[tongue] in exceedance.note(table)


def test_the_finding_is_the_tail(even, tongue):
    zh, en = ("拨付合计有5%的可能超过{}亿元，超过时平均{}亿元",
              "Total outlay exceeds CNY {} bn with a probability of 5%, and then averages CNY {} bn")
    texts = [number.text for number in exceedance.finding(even).numbers if number.variable != "tail_level"]
    assert exceedance.finding(even).text == {"zh": zh, "en": en}[tongue].format(*texts)


def test_no_amount_is_said_to_be_exceeded_where_a_ceiling_stops_many_draws(tongue):
    found = exceedance.finding(table_of(np.minimum(np.arange(4000) / 40, 60.0))).text
    assert {"zh": "封顶在60亿元", "en": "stops near CNY 6 bn"}[tongue] in found
    assert {"zh": "可能超过", "en": "exceeds"}[tongue] not in found


def test_the_table_for_readers_has_quantiles_and_below_them_mean_and_tail(even):
    grid = exceedance.grid(even)
    names = [row[0] for row in grid.rows]
    assert names[:2] == ["P1", "P5"]
    assert names[-grid.totals:] == ["均值", "VaR95", "CVaR95"]
    assert grid.rows[names.index("P90")][1].value == even["amount"].sel(level="10%", part="value").item()
    assert [column.plotted for column in grid.columns] == [False, True, True]


@pytest.mark.parametrize("few", [True, False])
def test_it_draws_with_and_without_tails(evidence, even, few, tmp_path):
    tables = Tables(evidence)
    if not few:
        tables._found["exceedance"] = even
    draw_chart("exceedance", tables, [tmp_path / "drawn.png"], "column")
    assert (tmp_path / "drawn.png").stat().st_size > 5_000
