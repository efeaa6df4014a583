"""What is promised, what is paid, and what is left to pay after the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, PALE, grid_lines, label_end
from simulator.evidence import Evidence, refuse_without_outlay
from simulator.language import tr
from simulator.statements import Statement, number, state, unit_name, unit_size
from simulator.summary import Estimate, as_parts, estimate, mean, ratio

if TYPE_CHECKING:
    from simulator.charts.sheet import Sheet

NAME = ("承诺与拨付", "Commitments and outlay")
_REST = {"lapsed": "到期未安排 lapsed without funds", "cut": "核减 cut at acceptance", "recovered": "追回 recovered",
         "due": "期后应付 due after the horizon"}


def data(evidence: Evidence) -> xr.Dataset:
    """commitment, outlay (year, part), their totals, the tail after the plan and its share of the outlay [CNY, 1], all means.

    lapsed, cut, recovered, due (part) [CNY]: what else became of commitments.
    """
    results, draws = evidence.results, evidence.draws
    refuse_without_outlay(results)
    table = xr.Dataset(coords={"year": evidence.years, "part": ["value", "error"]}, attrs={"last_filing_year": evidence.last_filing_year})
    table["calendar"] = "year", np.array(evidence.years, float), {"units": "1", "long_name": "年份 year"}

    def of(values: np.ndarray) -> Estimate:
        return estimate(values, mean, draws)

    money = {"units": "CNY"}
    for name, title in (("commitment", "核定承诺额"), ("outlay", "拨付")):
        by_year = results[name].sum("instrument")
        found = as_parts([of(by_year.sel(year=year).values) for year in evidence.years])
        table[name] = ("year", "part"), found, {**money, "long_name": f"{title} {name}"}
        total = as_parts([of(by_year.sum("year").values)])[0]
        table[f"{name}_total"] = "part", total, {**money, "long_name": f"{title}合计 {name} in all"}
    paid = results["outlay"].sum("instrument")
    later = paid.where(results["year"] > evidence.last_filing_year, 0.0).sum("year").values
    table["tail"] = "part", as_parts([of(later)])[0], {**money, "long_name": "计划期后拨付 outlay after the plan"}
    share = ratio(later, paid.sum("year").values, draws)
    table["tail_share"] = "part", as_parts([share])[0], {"units": "1", "long_name": "计划期后占拨付 share of the tail in the outlay"}
    for name, title in _REST.items():
        table[name] = "part", as_parts([of(results[name].sum("year").values)])[0], {**money, "long_name": title}
    return table


def finding(table: xr.Dataset) -> Statement:
    """How much of the outlay comes after the plan."""
    committed, paid = number(table, "commitment_total", "money"), number(table, "outlay_total", "money")
    if not float(table["tail"].sel(part="value")) > 0:
        return state("核定承诺{committed}亿元，拨付{paid}亿元，都在{year}年以前",
                     "CNY {committed} bn are committed and CNY {paid} bn paid, all of it by {year}", committed=committed, paid=paid,
                     year=number(table, "calendar", "year", year=int(table.attrs["last_filing_year"])))
    return state("核定承诺{committed}亿元；拨付{paid}亿元中有{tail}亿元（{share}）在{year}年以后",
                 "CNY {committed} bn are committed; of CNY {paid} bn of outlay, {tail} ({share}) are paid after {year}",
                 committed=committed, paid=paid,
                 tail=number(table, "tail", "money"), share=number(table, "tail_share", "share.0"),
                 year=number(table, "calendar", "year", year=int(table.attrs["last_filing_year"])))


def note(table: xr.Dataset) -> str:
    """Why the two differ."""
    return tr("均值。承诺在安排资金之年计；与拨付之差为核减和期后应付",
              "Means; a commitment counts in the year it is funded; it differs from outlay by what is cut or due later")


def grid(table: xr.Dataset) -> Grid:
    """By year, then in all."""
    years = [int(year) for year in table["year"].values]
    columns = [Column(tr("年份", "year"), [*(number(table, "calendar", "year", year=year) for year in years), tr("合计", "total")])]
    for name, head in (("commitment", tr("核定承诺额", "commitments")), ("outlay", tr("拨付", "outlay"))):
        cells = [*(number(table, name, "money±", year=year) for year in years), number(table, f"{name}_total", "money±")]
        columns.append(Column(head, cells, unit_name("money"), plotted=True))
    return Grid(tr("承诺与拨付", "Commitments and outlay"), columns, note(table), totals=1, native="column")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Pairs of columns by year; what is paid after the plan is paler, under a bracket with its sum."""
    axes = sheet.axes()
    years, last = table["year"].values, int(table.attrs["last_filing_year"])
    committed, paid = (table[name].sel(part="value").values / unit_size("money") for name in ("commitment", "outlay"))
    axes.bar(years - 0.2, committed, 0.38, color=PALE, edgecolor=MAIN, linewidth=sheet.font / 14)
    axes.bar(years + 0.2, paid, 0.38, color=[MAIN if year <= last else LIGHT for year in years])
    decimals = tr("1", "2")
    for at, values in ((-0.2, committed), (0.2, paid)):
        for year, value in zip(years, values, strict=True):
            if value >= 0.004 * max(committed.max(), paid.max()):
                label_end(axes, year + at, value, f"{value:.{decimals}f}", size=sheet.small * (0.72 if sheet.narrow else 0.85),
                          offset=(0, 1), align="center", vertical="bottom", halo=False)
    top = 1.2 * max(committed.max(), paid.max())
    axes.set_ylim(0, top)
    axes.axvline(last + 0.5, color=MUTED, linewidth=sheet.font / 16, linestyle=(0, (4, 3)))
    tail = number(table, "tail", "money")
    text = tr(f"{last}年以后拨付\n{tail}{unit_name('money')}", f"paid after {last}:\nCNY {tail} bn")
    label_end(axes, last + 0.62, top, text, colour=INK, size=sheet.small, offset=(0, -2), vertical="top")
    first = float(years[0]) - 0.4
    for i, (colour, edge, words) in enumerate(((PALE, MAIN, tr("核定承诺", "committed")), (MAIN, MAIN, tr("拨付", "paid")))):
        at = first + i * (2.0 if sheet.narrow else 1.35)
        axes.scatter(at, top * 0.965, s=sheet.font * 5, marker="s", color=colour, edgecolor=edge, linewidth=sheet.font / 14)
        label_end(axes, at, top * 0.965, words, size=sheet.small, offset=(sheet.font * 0.6, 0))
    axes.set_ylabel(unit_name("money"))
    axes.set_xticks(years, [f"{year % 100:02d}" if sheet.narrow else f"{year}" for year in years])
    axes.tick_params(axis="x", colors=INK)
    grid_lines(axes)
