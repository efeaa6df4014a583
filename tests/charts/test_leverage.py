"""Leverage: gross and net of the same outlay, side by side, with what would have been done anyway."""

import numpy as np
import pytest

from simulator.charts import Tables
from simulator.charts.leverage import TOTAL, data, finding, grid
from simulator.errors import NotShown
from simulator.weighting import draw_weights


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["leverage"]


@pytest.mark.parametrize(("name", "top"), [("gross", "supported_investment"), ("net", "induced_investment"), ("deadweight", "deadweight")])
def test_a_ratio_is_that_of_the_weighted_means(table, evidence, name, top):
    results, weights = evidence.results, draw_weights(evidence.results)
    means = {each: results[each].sum("year").weighted(weights).mean("draw") for each in (top, "outlay")}
    assert float(table[name].sel(instrument=TOTAL, part="value")) == pytest.approx(float(means[top].sum() / means["outlay"].sum()))
    for key in table["instrument"].values[1:]:
        expected = float(means[top].sel(instrument=key) / means["outlay"].sel(instrument=key))
        assert float(table[name].sel(instrument=key, part="value")) == pytest.approx(expected)


def test_the_total_is_the_one_that_the_screen_shows(table, evidence):
    for name, other in (("gross", "leverage_gross"), ("net", "leverage_net"), ("deadweight", "deadweight_share")):
        np.testing.assert_allclose(table[name].sel(instrument=TOTAL).values, evidence.summary[other].values, rtol=1e-12)


def test_gross_never_stands_without_net(table):
    assert {"gross", "net"} <= {number.variable for number in finding(table).numbers}
    heads = [column.head for column in grid(table).columns]
    assert heads.index("净") == heads.index("毛") + 1


def test_instruments_that_pay_nothing_are_left_out(evidence, monkeypatch):
    results = evidence.results.copy()
    results["outlay"] = results["outlay"].where(results["instrument"] != "major_project", 0.0)
    monkeypatch.setitem(evidence.__dict__, "results", results)
    assert "major_project" not in data(evidence)["instrument"].values
    results["outlay"] = 0.0 * results["outlay"]
    with pytest.raises(NotShown):
        data(evidence)


def test_assumed_amounts_are_marked(table, evidence):
    rows = grid(table).rows
    assert [str(rows[i][0]).endswith("*") for i in grid(table).assumed] == [True] * len(evidence.assumed)


def test_net_leverage_is_said_to_flatter_only_where_money_ran_out(evidence, capped, monkeypatch):
    assert not bool(data(evidence)["flattered"])
    assert bool(data(capped)["flattered"])
    enough = capped.results.assign(lapsed=0.0 * capped.results["lapsed"])
    monkeypatch.setitem(capped.__dict__, "results", enough)
    assert not bool(data(capped)["flattered"])
