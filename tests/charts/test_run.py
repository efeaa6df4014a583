"""The table of the run says what the manifest and the scenario say."""

import pytest

from simulator.charts import Tables
from simulator.charts.run import grid


def test_counts_are_those_of_the_run(capped):
    table = Tables(capped)["run"]
    manifest = capped.run.manifest
    assert (float(table["draws"]), float(table["seed"])) == (manifest["draws"], manifest["seed"])
    assert float(table["assumed"]) == len(capped.assumed)
    assert (float(table["first_year"]), float(table["last_year"])) == (2024, 2032)
    assert manifest["kernels"] in str(table["program"].item())


@pytest.mark.usefixtures("tongue")
def test_its_grid_has_a_row_for_each(capped):
    rows = {str(name): str(text) for name, text in grid(Tables(capped)["run"]).rows}
    assert len(rows) == 13
    assert "20240531" in rows.values()  # a seed has no thousands
