"""How likely the total outlay exceeds an amount, with the value at risk and what is paid on average beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, LIGHT, MAIN, MUTED, grid_lines, label_end
from simulator.evidence import Evidence
from simulator.language import tr
from simulator.statements import Number, Statement, number, state, unit_name, unit_size
from simulator.summary import as_parts, cvar95, estimate, mean, quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("拨付超过某数的概率", "Exceedance of outlay")
TAIL = 0.05  # of the draws, beyond the value at risk
LEVELS = {f"{half / 2:g}%": half / 200 for half in range(198, 1, -1)}  # 99% to 1% in half percents, by their texts
_NAMED_AT = {"var95": 32.0, "cvar95": 18.0}  # percent of the vertical axis
_READ = ("99%", *(f"{percent}%" for percent in range(95, 0, -5)), "1%")  # levels that the table for readers has


def data(evidence: Evidence) -> xr.Dataset:
    """Total outlay that is exceeded with each probability: amount (level, part) [CNY], probability (level) [1].

    With var95, cvar95, mean and median (part) [CNY] and tail_level [1], the probability of exceeding var95. Levels beyond
    what the draws support are nan.
    """
    total, draws = evidence.results["outlay"].sum(["year", "instrument"]).values, evidence.draws
    table = xr.Dataset(coords={"level": list(LEVELS), "part": ["value", "error"]})
    amounts = [estimate(total, quantile(1.0 - share), draws, tail=not TAIL < share < 1.0 - TAIL) for share in LEVELS.values()]
    money = {"units": "CNY"}
    table["amount"] = ("level", "part"), as_parts(amounts), {
        **money, "long_name": "以此概率被超过的拨付 outlay exceeded with this probability"}
    table["probability"] = "level", list(LEVELS.values()), {"units": "1", "long_name": "超过的概率 probability of exceeding"}
    for name, statistic, long_name in (("var95", quantile(1.0 - TAIL), "在险值 value at risk (P95)"),
                                       ("cvar95", cvar95, "超过在险值时的平均 mean beyond the value at risk (CVaR95)"),
                                       ("mean", mean, "均值 mean"), ("median", quantile(0.5), "中位数 median")):
        found = estimate(total, statistic, draws, tail=name in ("var95", "cvar95"))
        table[name] = "part", as_parts([found])[0], {**money, "long_name": long_name}
    table["tail_level"] = (), TAIL, {"units": "1", "long_name": "超过在险值的概率 probability of exceeding the value at risk"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """The tail where draws are enough for it; else the middle half."""
    if not _with_tail(table):
        return state("拨付合计的中位数{median}亿元，一半可能在{low}至{high}亿元之间",
                     "Outlay in all: median CNY {median} bn; as likely as not between {low} and {high}",
                     median=number(table, "median", "money"), low=number(table, "amount", "money", level="75%"),
                     high=number(table, "amount", "money", level="25%"))
    at, beyond, share = number(table, "var95", "money"), number(table, "cvar95", "money"), number(table, "tail_level", "share")
    if beyond.value - at.value <= 2.0 * max(at.error, beyond.error):  # a ceiling: many draws end at the same amount
        return state("拨付合计封顶在{at}亿元附近，最高的{share}平均{beyond}亿元",
                     "Outlay in all stops near CNY {at} bn; the dearest {share} of draws average {beyond}",
                     at=at, beyond=beyond, share=share)
    return state("拨付合计有{share}的可能超过{at}亿元，超过时平均{beyond}亿元",
                 "Total outlay exceeds CNY {at} bn with a probability of {share}, and then averages CNY {beyond} bn",
                 share=share, at=at, beyond=beyond)


def note(table: xr.Dataset) -> str:
    """What the curve and the shaded tail are."""
    curve = tr("曲线为拨付合计超过横轴金额的概率", "Curve: probability that outlay exceeds the amount")
    if _with_tail(table):
        return curve + tr("；阴影为在险值（VaR）以外的尾部，CVaR为其均值",
                          "; shaded: the tail beyond the value at risk (VaR), CVaR its mean")
    return curve + tr("；抽样不足，不给尾部", "; too few draws for the tails")


def grid(table: xr.Dataset) -> Grid:
    """Quantiles every five percents with the probabilities of exceeding them; below them the mean and the tail's."""
    rows = [f"P{100 - int(level[:-1])}" for level in _READ]
    amounts = [number(table, "amount", "money±", level=level) for level in _READ]
    shares: list[str | Number] = [number(table, "probability", "share", level=level) for level in _READ]
    summed = {tr("均值", "mean"): "mean", "VaR95": "var95", "CVaR95": "cvar95"}
    return Grid(tr("拨付合计的分位数与超过概率", "Quantiles of total outlay and the probability of exceeding them"), [
        Column(tr("分位", "quantile"), [*rows, *summed]),
        Column(tr("拨付合计", "outlay in all"), [*amounts, *(number(table, name, "money±") for name in summed.values())],
               unit_name("money"), plotted=True),
        Column(tr("超过的概率", "P(exceeding)"), [*shares, "", number(table, "tail_level", "share"), ""], plotted=True),
    ], totals=len(summed), native="scatter")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """The curve, its tail shaded; mean, value at risk and the mean beyond it named where they stand."""
    axes = sheet.axes()
    amounts = table["amount"].sel(part="value").values / unit_size("money")
    shares = 100.0 * table["probability"].values
    axes.plot(amounts, shares, color=MAIN)
    marked = [("mean", tr("均值", "mean")) if _with_tail(table) else ("median", tr("中位数", "median"))]
    if _with_tail(table):
        tail = shares <= 100.0 * TAIL
        axes.fill_between(amounts[tail], shares[tail], color=ALERT, alpha=0.55, linewidth=0)
        marked += [("var95", "VaR95"), ("cvar95", "CVaR95")]
    else:
        _quartiles(sheet, axes, table)
    for name, title in marked:
        _mark(sheet, axes, table, name, title)
    axes.set_ylim(0, 102)
    axes.set_yticks([0, 25, 50, 75, 100], ["0", "25%", "50%", "75%", "100%"])
    axes.set_xlabel(tr(f"拨付合计（{unit_name('money')}）", f"Outlay in all ({unit_name('money')})"))
    axes.set_ylabel(tr("超过的概率", "Probability of exceeding"))
    axes.tick_params(axis="x", colors=INK)
    grid_lines(axes)


def _with_tail(table: xr.Dataset) -> bool:
    return bool(np.isfinite(table["var95"].sel(part="value")))


def _mark(sheet: Sheet, axes: Axes, table: xr.Dataset, name: str, title: str) -> None:
    """A point on the curve with its name; what lies in the tail is named above, at heights that keep the names apart."""
    cell = number(table, name, "money")
    at = cell.value / unit_size("money")
    height = _height(table, at)
    if name not in _NAMED_AT:
        axes.vlines(at, 0, height, color=MAIN, linewidth=sheet.font / 12)
        axes.plot([at], [height], color=MAIN, marker="o", linestyle="none")
        label_end(axes, at, height, f"{title} {cell.text}", colour=MAIN, size=sheet.small, offset=(sheet.font * 0.6, sheet.font * 0.4),
                  vertical="bottom")
        return
    top = _NAMED_AT[name]
    axes.vlines(at, 0, top, color=ALERT, linewidth=sheet.font / 10, linestyle=(0, (4, 2)) if name == "cvar95" else "-")
    beside = name == "cvar95"  # the line of the other one is near on the left
    label_end(axes, at, top, f"{title} {cell.text}", colour=ALERT, size=sheet.small, align="left" if beside else "center",
              offset=(sheet.font * 0.3, 0) if beside else (0, sheet.font * 0.2), vertical="top" if beside else "bottom")


def _quartiles(sheet: Sheet, axes: Axes, table: xr.Dataset) -> None:
    for level in ("75%", "25%"):
        cell = number(table, "amount", "money", level=level)
        at, height = cell.value / unit_size("money"), 100.0 * LEVELS[level]
        axes.plot([at], [height], color=LIGHT, markeredgecolor=MUTED, marker="o", linestyle="none")
        label_end(axes, at, height, f"P{100 - int(level[:-1])} {cell.text}", colour=MUTED, size=sheet.small,
                  offset=(sheet.font * 0.6, sheet.font * 0.4), vertical="bottom")


def _height(table: xr.Dataset, at: float) -> float:
    """The curve's height there, in percent; amounts rise along the levels."""
    known = table["amount"].sel(part="value").values / unit_size("money")
    own = np.isfinite(known)
    return float(np.interp(at, known[own], 100.0 * table["probability"].values[own]))
