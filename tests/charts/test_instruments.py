"""Outlay by instrument: means that add up, assumed amounts apart."""

import numpy as np
import pytest

from simulator.charts import Tables
from simulator.charts.instruments import TOTAL, _layers, finding, grid
from simulator.statements import Quoted
from simulator.weighting import draw_weights


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["instruments"]


def test_cells_are_weighted_means(table, evidence):
    means = evidence.results["outlay"].weighted(draw_weights(evidence.results)).mean("draw")
    np.testing.assert_allclose(table["outlay"].sel(part="value").values, means.values, rtol=1e-9)
    assert float(table["total"].sel(part="value")) == pytest.approx(float(means.sum()))


def test_the_printed_table_adds_up_and_stays_near_the_means(table):
    rounded, means = table["rounded"].values, table["outlay"].sel(part="value").transpose("instrument", "year").values
    step = 1e8 * 10.0 ** -table.attrs["decimals"]
    np.testing.assert_allclose(rounded[:-1, :-1].sum(axis=1), rounded[:-1, -1])
    np.testing.assert_allclose(rounded[:-1].sum(axis=0), rounded[-1])
    assert np.abs(rounded[:-1, :-1] - means).max() < step
    assert abs(rounded[-1, -1] - means.sum()) <= step / 2 * 1.000001


def test_shares_of_assumed_amounts_are_counted_apart(table, evidence):
    of_assumed = float(table["share"].sel(instrument=evidence.assumed, part="value").sum())
    assert float(table["assumed_share"].sel(part="value")) == pytest.approx(of_assumed)
    assert "金额属假设" in finding(table).text


def test_no_layer_mixes_assumed_amounts_with_those_of_the_document(table, evidence):
    layers = _layers(table)
    assert all(set(keys) <= set(evidence.assumed) if assumed else set(keys).isdisjoint(evidence.assumed) for _, keys, assumed in layers)
    everything = [key for _, keys, _ in layers for key in keys]
    assert sorted(everything) == sorted(str(key) for key in table["instrument"].values)


@pytest.mark.usefixtures("tongue")
def test_the_grid_names_clause_and_instrument_and_ends_with_the_total(evidence):
    table = Tables(evidence)["instruments"]
    made = grid(table)
    assert len(made.rows) == table.sizes["instrument"] + 1
    assert [str(made.rows[i][1]).endswith("*") for i in range(len(made.rows))] == [i in made.assumed for i in range(len(made.rows))]
    last = made.rows[-1]
    assert last[-1].where == (("row", TOTAL), ("column", TOTAL))
    assert all(isinstance(row[0], Quoted) for row in made.rows[:-1])
