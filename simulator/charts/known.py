"""Of a run from a ledger: what has been paid, what is owed, and what is forecast, year by year. A table without a chart."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.evidence import Evidence, NotShown
from simulator.language import tr
from simulator.statements import number, unit_name
from simulator.summary import as_parts, estimate, mean

NAME = ("已拨付、应付与预测", "Paid, owed and forecast")
HEADS = {"paid": ("已拨付", "paid"), "owed": ("应付（已立项）", "owed (approved)"), "forecast": ("预测（均值）", "forecast (mean)")}


def data(evidence: Evidence) -> xr.Dataset:
    """paid, owed (year), exact, and forecast (year, part) [CNY]; the same in all as paid_total, owed_total, forecast_total."""
    if not evidence.with_ledger:
        raise NotShown(tr("这次运行不从台账出发", "the run does not start from a ledger"))
    results, draws, years = evidence.results, evidence.draws, evidence.years
    certain = results["outlay_paid"] + results["outlay_owed"]
    forecast = (results["outlay"] - certain).transpose("draw", "year", "instrument").sum("instrument").values
    table = xr.Dataset(coords={"year": years, "part": ["value", "error"]})
    for name in ("paid", "owed"):
        by_year = results[f"outlay_{name}"].transpose("year", "instrument").sum("instrument").values
        long_name = " ".join(HEADS[name])
        table[name] = "year", by_year, {"units": "CNY", "long_name": long_name}
        table[f"{name}_total"] = (), float(by_year.sum()), {"units": "CNY", "long_name": long_name}
    found = [estimate(values, mean, draws) for values in (*forecast.T, forecast.sum(axis=1))]
    table["forecast"] = ("year", "part"), as_parts(found[:-1]), {"units": "CNY", "long_name": "预测 forecast"}
    table["forecast_total"] = "part", as_parts(found[-1:])[0], {"units": "CNY", "long_name": "预测 forecast"}
    table["calendar"] = "year", np.array(years, float), {"units": "1", "long_name": "年份 year"}
    return table


def grid(table: xr.Dataset) -> Grid:
    """By year, then in all."""
    years = [int(year) for year in table["year"].values]
    columns = [Column(tr("年份", "year"), [*(number(table, "calendar", "year", year=year) for year in years), tr("合计", "total")])]
    for name, head in HEADS.items():
        form = "money±" if name == "forecast" else "money.4"
        cells = [*(number(table, name, form, year=year) for year in years), number(table, f"{name}_total", form)]
        columns.append(Column(tr(*head), cells, unit_name("money")))
    note = tr("已拨付是台账所载的事实；应付按条款计算，不含期末以后的部分",
              "What was paid is the ledger's; what is owed is by the clauses, within the horizon")
    return Grid(tr(*NAME), columns, note, totals=1)
