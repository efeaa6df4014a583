"""The table of targets says what `attainment` says, one row a target or a part of it."""

import numpy as np
import pytest

from simulator.charts import Tables
from simulator.charts.targets import grid
from simulator.targets import attainment


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["targets"]


def test_every_modelled_target_has_its_result_and_its_probability(table, evidence):
    for each in attainment(evidence.scenario, evidence.results):
        if each.result is not None and each.target.treatment != "physical":
            row = table.sel(target=each.target.id)
            assert row["result"].values.tolist() == [each.result.value, each.result.error]
            if each.probability:
                assert row["reached"].values.tolist() == [each.probability.value, each.probability.error]
            else:
                assert np.isnan(row["reached"]).all()


def test_a_target_of_several_parts_has_a_row_for_each(table):
    assert [key for key in table["target"].values if key.startswith("T34")] == ["T34.equipment", "T34.software", "T34.material"]


def test_targets_that_nothing_drives_are_not_in_it(table, evidence):
    tracked = {target.id for target in evidence.scenario.model.policy.targets if target.treatment == "tracked"}
    assert tracked.isdisjoint(table["target"].values)


@pytest.mark.usefixtures("tongue")
def test_its_grid_has_a_dash_where_no_probability_is_given(evidence):
    table = Tables(evidence)["targets"]
    rows = dict(zip(table["target"].values, grid(table).rows, strict=True))
    assert str(rows["T17"][-1]) == "—"
    assert str(rows["T16"][-1]).endswith("%")
    assert "±" in str(rows["T16"][3])
