"""Outlay by year as a fan, against the appropriation where one is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, LIGHT, MAIN, MUTED, PALE, grid_lines, label_end
from simulator.evidence import Evidence, refuse_without_outlay
from simulator.language import tr
from simulator.statements import Number, Statement, number, state, unit_name, unit_size
from simulator.summary import as_parts, cvar95, estimate, mean, probability, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("分年拨付", "Outlay by year")
STATISTICS = {"mean": mean, "p5": quantile(0.05), "p25": quantile(0.25), "p50": quantile(0.5), "p75": quantile(0.75), "p95": quantile(0.95),
              "cvar95": cvar95}
_TAILS = ("p5", "p95", "cvar95")


def data(evidence: Evidence) -> xr.Dataset:
    """Outlay by year and in all: by_year (year, statistic, part), total and tail (statistic, part) [CNY].

    Where appropriations are stated, the same of their funds alone: fund_by_year (year, statistic, part), appropriation (year) [CNY]
    and over (year, part), the probability that one of them is exceeded. attrs: funds, their titles, or empty.
    """
    results, draws = evidence.results, evidence.draws
    refuse_without_outlay(results)
    by_year = results["outlay"].sum("instrument")
    later = by_year.where(results["year"] > evidence.last_filing_year, 0.0)
    table = xr.Dataset(coords={"year": evidence.years, "statistic": list(STATISTICS), "part": ["value", "error"]})

    def of(values: np.ndarray) -> np.ndarray:
        return as_parts([estimate(values, statistic, draws, tail=name in _TAILS) for name, statistic in STATISTICS.items()])

    money = {"units": "CNY"}
    dims = ("year", "statistic", "part")
    every = np.stack([of(by_year.sel(year=year).values) for year in evidence.years])
    table["by_year"] = dims, every, {**money, "long_name": "分年拨付 outlay"}
    table["total"] = dims[1:], of(by_year.sum("year").values), {**money, "long_name": "拨付合计 outlay in all"}
    table["tail"] = dims[1:], of(later.sum("year").values), {**money, "long_name": "计划期后拨付 outlay after the plan"}
    table["calendar"] = "year", np.array(evidence.years, float), {"units": "1", "long_name": "年份 year"}
    table.attrs.update(last_filing_year=evidence.last_filing_year, funds="")
    stated = np.isfinite(results["appropriation"].values).any(axis=0)  # (fund,)
    if stated.any():
        funds = [str(fund) for fund in results["fund"].values[stated]]
        policy = evidence.scenario.model.policy
        theirs = [key for key, rule in policy.instruments.items() if rule.fund.value in funds]
        own = results["outlay"].sel(instrument=theirs).sum("instrument")
        table["fund_by_year"] = dims, np.stack([of(own.sel(year=year).values) for year in evidence.years]), {
            **money, "long_name": "有预算的资金分年拨付 outlay of funds with an appropriation"}
        table["appropriation"] = "year", results["appropriation"].sel(fund=funds).sum("fund", min_count=1).values, {
            **money, "long_name": "年度预算 appropriation"}
        over = (results["overrun"].sel(fund=funds) > 0).any("fund")
        table["over"] = ("year", "part"), as_parts([probability(over.sel(year=year).values, draws) for year in evidence.years]), {
            "units": "1", "long_name": "超预算概率 probability of exceeding the appropriation"}
        table.attrs["funds"] = tr("、", ", ").join(str(policy.funds[fund].title) for fund in funds)
    return table


def finding(table: xr.Dataset) -> Statement:
    """The likeliest overrun where a budget can be exceeded; else the dearest year and the total."""
    if (year := worst_year(table)) is not None:
        return state("{year}年拨付有{over}的可能超过预算", "Outlay of {year} exceeds the appropriation with a probability of {over}",
                     year=_year(table, year), over=number(table, "over", "share.0", year=year))
    year = dearest_year(table)
    return state("{year}年拨付最多，平均{most}亿元；{first}—{last}年共{total}亿元",
                 "Outlay peaks in {year} at CNY {most} bn; {first}–{last} take CNY {total} bn in all",
                 year=_year(table, year), most=number(table, "by_year", "money", year=year, statistic="mean"),
                 first=_year(table, int(table["year"][0])), last=_year(table, int(table["year"][-1])),
                 total=number(table, "total", "money", statistic="mean"))


def worst_year(table: xr.Dataset) -> int | None:
    """The year in which the appropriation is likeliest exceeded; None where none is stated, or where it never is."""
    if not table.attrs["funds"]:
        return None
    over = table["over"].sel(part="value").values
    return int(table["year"].values[int(np.argmax(over))]) if float(over.max()) > 0.0 else None


def dearest_year(table: xr.Dataset) -> int:
    """The year with the largest mean outlay."""
    return int(table["year"].values[int(np.argmax(table["by_year"].sel(statistic="mean", part="value").values))])


def _year(table: xr.Dataset, year: int) -> Number:
    return number(table, "calendar", "year", year=year)


def note(table: xr.Dataset) -> str:
    """What the bands are, and of which funds."""
    bands = tr("线为均值，深色带含一半抽样，浅色带含九成", "Line: mean; dark band: half of the draws, pale band: nine in ten")
    few = tr("线为均值，深色带含一半抽样；抽样不足，不给九成区间", "Line: mean; dark band: half of the draws; too few for nine in ten")
    text = bands if np.isfinite(table["by_year"].sel(statistic="p95", part="value")).all() else few
    return text + (tr(f"；仅含{table.attrs['funds']}", f"; {table.attrs['funds']} only") if table.attrs["funds"] else "")


def grid(table: xr.Dataset) -> Grid:
    """Statistics by year, with their standard errors."""
    years = [int(year) for year in table["year"]]
    unit = unit_name("money")
    heads = {"mean": tr("均值", "mean"), "p5": "P5", "p25": "P25", "p50": "P50", "p75": "P75", "p95": "P95", "cvar95": "CVaR95"}
    columns = [Column(tr("年份", "year"), [*map(str, years), tr("合计", "total")])]
    for name, head in heads.items():
        cells = [number(table, "by_year", "money±", year=year, statistic=name) for year in years]
        cells.append(number(table, "total", "money±", statistic=name))
        columns.append(Column(head, cells, unit, plotted=name in ("mean", "p5", "p95")))
    if table.attrs["funds"]:
        exact = [number(table, "appropriation", "money", year=year) for year in years]
        columns.append(Column(tr("预算", "appropriation"), [*exact, ""], unit, plotted=True))
        columns.append(Column(tr("超预算概率", "P(over)"), [*(number(table, "over", "share±", year=year) for year in years), ""]))
    return Grid(tr("分年拨付", "Outlay by year"), columns, totals=1, native="line")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """A fan over the years; steps of the appropriation."""
    axes = sheet.axes()
    shown = table["fund_by_year"] if table.attrs["funds"] else table["by_year"]
    years, last = table["year"].values, int(table.attrs["last_filing_year"])
    of = {name: shown.sel(statistic=name, part="value").values / unit_size("money") for name in STATISTICS}
    budget = table["appropriation"].values / unit_size("money") if table.attrs["funds"] else np.full(len(years), np.nan)
    widest = "p95" if np.isfinite(of["p95"]).all() else "p75"
    if widest == "p95":
        axes.fill_between(years, of["p5"], of["p95"], color=PALE, linewidth=0)
    axes.fill_between(years, of["p25"], of["p75"], color=LIGHT, linewidth=0)
    axes.plot(years, of["mean"], color=MAIN, marker="o")
    top = 1.16 * float(np.nanmax([*of[widest], *budget, *of["mean"]]))
    axes.set_ylim(0, top)
    axes.axvline(last + 0.5, color=MUTED, linewidth=sheet.font / 16, linestyle=(0, (4, 3)))
    label_end(axes, last + 0.5, top, tr("计划期后", "after the plan"), colour=MUTED, size=sheet.small, offset=(3, -1), vertical="top")
    near = (budget >= of["mean"]) & (budget - of["mean"] < 0.09 * top)
    _label_means(sheet, axes, years, of["mean"], near)
    if np.isfinite(budget).any():
        axes.step(years, budget, where="mid", color=ALERT, linestyle=(0, (5, 2)))
        end = int(np.flatnonzero(np.isfinite(budget))[-1])
        label_end(axes, years[end], budget[end], tr("预算", "appropriation"), colour=ALERT, size=sheet.small, offset=(0, 3), align="right",
                  vertical="bottom")
    axes.set_xlim(years[0] - 0.45, years[-1] + 0.45)
    axes.set_ylabel(unit_name("money"))
    axes.set_xticks(years, [f"{year}" if not sheet.narrow else f"{year % 100:02d}" for year in years])
    axes.tick_params(axis="x", colors=INK)
    grid_lines(axes)


def _label_means(sheet: Sheet, axes: Axes, years: np.ndarray, means: np.ndarray, below: np.ndarray) -> None:
    """Figures on the outer side of the line: above where it rises, to the right where it falls, below where the budget is near."""
    for i, (year, value) in enumerate(zip(years, means, strict=True)):
        if below[i]:
            label_end(axes, year, value, tr(f"{value:.1f}", f"{value:.2f}"), size=sheet.small, align="center", vertical="top",
                      offset=(0, -sheet.font * 0.6))
            continue
        falls = i > 0 and means[i - 1] > value and (i + 1 == len(means) or means[i + 1] < value)
        label_end(axes, year, value, tr(f"{value:.1f}", f"{value:.2f}"), size=sheet.small, align="left" if falls else "center",
                  vertical="bottom", offset=(sheet.font * 0.35, sheet.font * 0.15) if falls else (0, sheet.font * 0.7))
