"""What a run is: draws, seed, projects, program. A table without a chart, for what a brief says of its method."""

from __future__ import annotations

import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.evidence import Evidence
from simulator.language import tr
from simulator.statements import Number, number, quoted

NAME = ("运行", "Run")
_TEXTS = {"scenario": ("情景", "Scenario"), "policy": ("文件", "Document"), "ledger": ("台账", "Ledger"), "program": ("程序", "Program")}
_COUNTS = {"draws": ("抽样次数", "Draws"), "scrambles": ("独立扰动组数", "Independent scrambles"), "seed": ("随机种子", "Seed"),
           "projects": ("可能申报的项目数", "Potential projects"), "instruments": ("资金支持条款数", "Funded clauses"),
           "assumed": ("其中金额属假设的", "of which with assumed amounts"), "first_year": ("首个申报年", "First filing year"),
           "last_filing_year": ("末个申报年", "Last filing year"), "last_year": ("现金期末", "Last year of cash")}


def data(evidence: Evidence) -> xr.Dataset:
    """Scalars, exact: counts [1] and texts."""
    results, scenario = evidence.results, evidence.scenario
    model = scenario.model
    counts = {
        "draws": results.sizes["draw"], "scrambles": int(results.attrs["scrambles"]), "seed": int(results.attrs["seed"]),
        "projects": int(results.attrs["applications"]), "instruments": len(model.policy.instruments), "assumed": len(evidence.assumed),
        "first_year": evidence.years[0], "last_filing_year": evidence.last_filing_year, "last_year": evidence.years[-1],
    }
    rows, day = results.attrs.get("ledger_rows", 0), results.attrs.get("as_of")
    ledger = tr(f"{rows}项，截至{day}", f"{rows} rows as of {day}") if evidence.with_ledger else tr("无", "none")
    texts = {"scenario": str(model.title), "policy": model.policy.number or model.policy.id, "ledger": ledger,
             "program": f"kernels {evidence.run.manifest['kernels']}; {'; '.join(map(str, evidence.run.manifest['versions']))}"}
    table = xr.Dataset()
    for name, value in counts.items():
        table[name] = (), float(value), {"units": "1", "long_name": " ".join(_COUNTS[name])}
    for name, text in texts.items():
        table[name] = (), text, {"long_name": " ".join(_TEXTS[name])}
    return table


def grid(table: xr.Dataset) -> Grid:
    """One row a fact."""
    years = ("first_year", "last_filing_year", "last_year", "seed")
    rows: list[tuple[str, Number]] = [(tr(*title), quoted(table, name)) for name, title in _TEXTS.items()]
    rows += [(tr(*title), number(table, name, "year" if name in years else "count")) for name, title in _COUNTS.items()]
    heads = (tr("项目", "item"), tr("内容", "content"))
    return Grid(tr("本次运行", "This run"), [Column(head, cells) for head, cells in zip(heads, zip(*rows, strict=True), strict=True)])
