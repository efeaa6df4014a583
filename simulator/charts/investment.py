"""The city's equipment investment toward its target, and what of it is supported and induced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, LAYERS, LIGHT, MAIN, MUTED, PALE, grid_lines, label_end, spread
from simulator.evidence import Evidence
from simulator.language import tr
from simulator.statements import Number, Statement, number, state, unit_name, unit_size
from simulator.summary import as_parts, estimate, mean, probability, quantile, ratio
from simulator.targets import DECIDING, reached, simulated_values
from simulator.units import YI

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("投资目标", "Investment target")
STATISTICS = {"mean": mean, "p5": quantile(0.05), "p25": quantile(0.25), "p50": quantile(0.5), "p75": quantile(0.75), "p95": quantile(0.95)}
_TAILS = ("p5", "p95")


def data(evidence: Evidence) -> xr.Dataset:
    """Equipment investment added up from the first year of the plan: of the city cumulated (plan_year, statistic, part), and the mean
    of what is supported and induced (plan_year, part) [CNY]; induced_share (part), of the city's over the plan. goal [CNY] and
    reached (part), its probability; nan where the policy states none.
    """
    results, draws, scenario = evidence.results, evidence.draws, evidence.scenario
    plan = [int(year) for year in results["plan_year"].values]
    city = results["city_equipment"].values.cumsum(axis=1)
    table = xr.Dataset(coords={"plan_year": plan, "statistic": list(STATISTICS), "part": ["value", "error"]})
    found = [estimate(values, statistic, draws, tail=name in _TAILS) for values in city.T for name, statistic in STATISTICS.items()]
    table["cumulated"] = ("plan_year", "statistic", "part"), as_parts(found, len(plan), len(STATISTICS)), {
        "units": "CNY", "long_name": "全市设备投资累计 equipment investment of the city, cumulated"}
    for name, long_name in (("supported", "受支持设备投资累计 supported equipment, cumulated"),
                            ("induced", "带动新增设备投资累计 induced equipment, cumulated")):
        own = results[f"{name}_equipment"].sel(year=plan).values.cumsum(axis=1)
        table[name] = ("plan_year", "part"), as_parts([estimate(values, mean, draws) for values in own.T]), {
            "units": "CNY", "long_name": long_name}
    table["induced_share"] = "part", as_parts([ratio(own[:, -1], city[:, -1], draws)], 1)[0], {
        "units": "1", "long_name": "带动新增占比 induced share"}
    table["calendar"] = "plan_year", table["plan_year"].values.astype(float), {"units": "1", "long_name": "年份 year"}
    _, goal = simulated_values(scenario, results).get(DECIDING["investment"], (None, np.nan))
    table["goal"] = (), goal, {"units": "CNY", "long_name": "累计投资目标 target of cumulated investment"}
    hits = reached(scenario, results).get("investment")
    table["reached"] = "part", [np.nan] * 2 if hits is None else as_parts([probability(hits, draws)])[0], {
        "units": "1", "long_name": "达到概率 probability of reaching the target"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """What is reached at the end of the plan, how likely the target is, and how little of it is induced."""
    year = int(table["plan_year"][-1])
    found = state("设备投资到{year}年累计{city}亿元", "Equipment worth CNY {city} bn by {year}",
                  year=number(table, "calendar", "year", plan_year=year), city=_city(table, year))
    if np.isfinite(table["goal"]):
        found += state("，有{reached}的可能达到{goal}亿元", " (target {goal}, probability {reached})",
                       reached=number(table, "reached", "share.0"), goal=number(table, "goal", "money"))
    return found + state("；其中补助带动{induced}亿元（{share}）", "; CNY {induced} bn ({share}) of it is induced",
                         induced=number(table, "induced", "money", plan_year=year), share=number(table, "induced_share", "share"))


def note(table: xr.Dataset) -> str:
    """What is added up, and what the bands are."""
    bands = (tr("深色带含一半抽样，浅色带含九成", "dark band: half of the draws, pale band: nine in ten") if _with_tails(table)
             else tr("深色带含一半抽样；抽样不足，不给九成区间", "dark band: half of the draws; too few for nine in ten"))
    first = int(table["plan_year"][0])
    return tr(f"自{first}年起累计的工业设备投资。线为均值，", f"Industrial equipment investment since {first}. Line: mean; ") + bands + tr(
        "；受支持、带动只计其中的设备", "; supported and induced: equipment only")


def grid(table: xr.Dataset) -> Grid:
    """Cumulated investment by year, its statistics and parts; the target and its probability in the last year."""
    years = [int(year) for year in table["plan_year"]]
    unit, empty = unit_name("money"), [""] * (len(years) - 1)
    heads = {"mean": tr("全市均值", "city, mean"), "p5": "P5", "p25": "P25", "p50": "P50", "p75": "P75", "p95": "P95"}
    columns = [Column(tr("截至年末", "by the end of"), [str(year) for year in years])]
    for name, head in heads.items():
        cells = [number(table, "cumulated", "money±", plan_year=year, statistic=name) for year in years]
        columns.append(Column(head, cells, unit, plotted=name in ("mean", "p5", "p95")))
    for name, head in (("supported", tr("受支持", "supported")), ("induced", tr("带动新增", "induced"))):
        columns.append(Column(head, [number(table, name, "money±", plan_year=year) for year in years], unit, plotted=True))
    if np.isfinite(table["goal"]):
        columns.append(Column(tr("目标", "target"), [*empty, number(table, "goal", "money")], unit))
        columns.append(Column(tr("达到概率", "P(reached)"), [*empty, number(table, "reached", "share±")]))
    return Grid(tr("设备投资累计", "Cumulated equipment investment"), columns, native="line")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """A fan from nothing at the start of the plan; supported and induced as areas at its foot; the target as a line across."""
    axes = sheet.axes()
    years = table["plan_year"].values
    since = np.concatenate([[years[0] - 1], years])
    of = {name: np.concatenate([[0.0], table["cumulated"].sel(statistic=name, part="value").values / unit_size("money")])
          for name in STATISTICS}
    if _with_tails(table):
        axes.fill_between(since, of["p5"], of["p95"], color=PALE, linewidth=0)
    axes.fill_between(since, of["p25"], of["p75"], color=LIGHT, linewidth=0)
    axes.plot(since, of["mean"], color=MAIN)
    axes.plot(years, of["mean"][1:], color=MAIN, marker="o", linestyle="none", clip_on=False)
    for name, colour in (("supported", LAYERS[1]), ("induced", LAYERS[4])):
        own = np.concatenate([[0.0], table[name].sel(part="value").values / unit_size("money")])
        axes.fill_between(since, own, color=colour, linewidth=sheet.font / 10)
    for year in years[:-1]:
        label_end(axes, year, _city(table, year).shown, _city(table, year).text, size=sheet.small,
                  offset=(-sheet.font * 0.4, sheet.font * 0.7), align="right", vertical="bottom")
    if np.isfinite(table["goal"]):
        goal = number(table, "goal", "money")
        axes.axhline(goal.shown, color=ALERT, linestyle=(0, (5, 2)), linewidth=sheet.font / 8)
        label_end(axes, since[0], goal.shown, tr(f"目标{goal}", f"target {goal}"), colour=ALERT, size=sheet.small, offset=(3, 3),
                  vertical="bottom")
    axes.set_xlim(since[0], years[-1])
    axes.set_ylim(0, max(axes.get_ylim()[1], 1.08 * np.nan_to_num(float(table["goal"]) / unit_size("money"))))
    _label_ends(sheet, axes, table)
    axes.set_ylabel(unit_name("money"))
    axes.set_xticks(years)
    axes.tick_params(axis="x", colors=INK)
    grid_lines(axes)


def _label_ends(sheet: Sheet, axes: Axes, table: xr.Dataset) -> None:
    """At the right, what each line and area is and comes to."""
    year = int(table["plan_year"][-1])
    ends: list[tuple[str, str, Number]] = [
        (tr("全市", "city"), MAIN, _city(table, year)),
        (tr("受支持", "supported"), MUTED, number(table, "supported", "money", plan_year=year)),
        (tr("带动新增", "induced"), LAYERS[4], number(table, "induced", "money", plan_year=year))]
    height = axes.get_ylim()[1]
    heights = spread([end.shown for _, _, end in ends], height * 0.15)
    lowest = min(heights)
    for (name, colour, end), at in zip(ends, heights, strict=True):
        label_end(axes, year, at - min(lowest - 0.03 * height, 0.0), f"{name}\n{end}", colour=colour, size=sheet.small, offset=(6, 0))


def _city(table: xr.Dataset, year: int) -> Number:
    """What is cumulated by a year, in whole 亿元 where it is hundreds of them."""
    found = number(table, "cumulated", "money", plan_year=year, statistic="mean")
    return found if found.value < 100 * YI else number(table, "cumulated", "money.0", plan_year=year, statistic="mean")


def _with_tails(table: xr.Dataset) -> bool:
    return bool(np.isfinite(table["cumulated"].sel(statistic="p95", part="value")).all())
