"""Of a run from a ledger: paid and owed are exact, the forecast is the rest."""

import dataclasses

import pytest
import xarray as xr

from simulator.charts import Tables
from simulator.charts.known import data, grid
from simulator.errors import NotShown
from simulator.store import Run


@pytest.fixture(scope="module")
def from_ledger(quick):
    """The run as if a tenth of each year's mean had been paid and a fifth were owed."""
    results = quick.results
    mean = results["outlay"].mean("draw")
    changed = results.assign(outlay_paid=0.1 * mean, outlay_owed=0.2 * mean, outlay=results["outlay"] + 0.3 * mean,
                             ).assign_attrs(results.attrs | {"as_of": "2026-11-30", "ledger": "x", "ledger_rows": 3})
    return dataclasses.replace(quick, run=Run(quick.run.folder, quick.run.manifest, changed))


def test_paid_owed_and_forecast_add_up_to_the_outlay(from_ledger):
    table = data(from_ledger)
    together = table["paid"] + table["owed"] + table["forecast"].sel(part="value")
    xr.testing.assert_allclose(together.drop_vars("part"), from_ledger.results["outlay"].sum("instrument").mean("draw"))
    for name in ("paid", "owed"):
        assert float(table[f"{name}_total"]) == pytest.approx(float(table[name].sum()))


@pytest.mark.usefixtures("tongue")
def test_its_grid_ends_with_the_totals(from_ledger):
    made = grid(Tables(from_ledger)["known"])
    assert len(made.rows) == 10 and made.totals == 1


def test_a_run_without_a_ledger_has_none(quick):
    with pytest.raises(NotShown):
        data(quick)
