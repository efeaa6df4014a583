"""Outlay by district: means, shares, and many or strange districts."""

import dataclasses

import numpy as np
import pytest

from simulator.charts import Tables
from simulator.charts.districts import MOST, REST, data, finding, grid
from simulator.charts.sheet import SIZES, Sheet, settings
from simulator.errors import NotShown
from simulator.store import Run
from simulator.weighting import draw_weights


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["districts"]


def with_groups(evidence, names):
    """The same run with other districts, all alike."""
    results = evidence.results
    own = [name for name in results.data_vars if "group" in results[name].dims]
    wide = results[own].isel(group=[0] * len(names)).assign_coords(group=names)
    changed = results.drop_vars([*own, "group"]).merge(wide, combine_attrs="override").assign_attrs(results.attrs)
    return dataclasses.replace(evidence, run=Run(evidence.run.folder, evidence.run.manifest, changed))


def test_districts_add_up_to_the_outlay_and_stand_in_its_order(table, evidence):
    mean = table["outlay"].sel(statistic="mean", part="value")
    assert float(mean.sum()) == pytest.approx(float(evidence.summary["outlay_total"].sel(statistic="mean", part="value")))
    assert (np.diff(mean.values) <= 0).all()
    assert float(table["share"].sel(part="value").sum()) == pytest.approx(1.0)


def test_a_district_is_its_weighted_mean(table, evidence):
    means = evidence.results["outlay_by_group"].sum("year").weighted(draw_weights(evidence.results)).mean("draw")
    for key in table["district"].values:
        assert float(table["outlay"].sel(district=key, statistic="mean", part="value")) == pytest.approx(float(means.sel(group=key)))


def test_the_first_three_are_said_together(table):
    three = float(table["share"].sel(part="value")[:3].sum())
    assert float(table["top_three"].sel(part="value")) == pytest.approx(three)
    assert "前三位" in finding(table).text


def test_what_is_beyond_the_largest_is_one(evidence):
    many = data(with_groups(evidence, [f"区{i}" for i in range(30)]))
    assert many.sizes["district"] == MOST
    assert str(many["district"].values[-1]) == REST
    assert str(many["name"].values[-1]) == "其余15个"


def test_a_run_of_one_place_has_no_such_chart(evidence):
    with pytest.raises(NotShown):
        data(with_groups(evidence, ["全市"]))


def test_names_of_a_ledger_are_drawn_and_addressed_whatever_they_hold(evidence):
    strange = data(with_groups(evidence, ["=1+1&a#b", "𠮷镇", "喆/赟?区"])).assign_attrs(kind="districts")
    assert {cell.text for cell in grid(strange).columns[0].cells} == {"=1+1&a#b", "𠮷镇", "喆/赟?区"}
    from simulator.charts import districts

    with settings(SIZES["column"]):
        sheet = Sheet(SIZES["column"], finding(strange).text, "")
        districts.draw(sheet, strange)
        sheet.figure.canvas.draw()
