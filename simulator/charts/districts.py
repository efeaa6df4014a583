"""Outlay by district, with its range and the investment that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, label_end
from simulator.evidence import Evidence, NotShown, refuse_without_outlay
from simulator.fonts import legible
from simulator.language import tr
from simulator.statements import Statement, number, quoted, state, unit_name, unit_size
from simulator.summary import as_parts, estimate, mean, quantile, ratio

if TYPE_CHECKING:
    from simulator.charts.sheet import Sheet

NAME = ("分区", "Districts")
MOST = 16
REST = "…rest"  # no district is called so
STATISTICS = {"mean": mean, "p5": quantile(0.05), "p95": quantile(0.95)}


def data(evidence: Evidence) -> xr.Dataset:
    """outlay (district, statistic, part), investment (district, part) [CNY], share (district, part) [1]; the largest first.

    Beyond MOST districts the others are one, `rest`. `name` (district) in the language.
    """
    results, draws = evidence.results, evidence.draws
    refuse_without_outlay(results)
    paid = results["outlay_by_group"].sum("year").transpose("draw", "group").values
    invested = results["supported_investment_by_group"].sum("year").transpose("draw", "group").values
    names = [str(name) for name in results["group"].values]
    if len(names) < 2:
        raise NotShown(tr("这次运行不分区", "the run does not tell districts apart"))
    order = np.argsort(-(draws.weights[:, 0] @ paid), kind="stable")
    apart, rest = (order, order[:0]) if len(order) <= MOST else (order[:MOST - 1], order[MOST - 1:])
    groups = [*([i] for i in apart), *([list(rest)] if len(rest) else [])]
    keys = [*(names[i] for i in apart), *([REST] if len(rest) else [])]
    own, theirs = ([values[:, group].sum(axis=1) for group in groups] for values in (paid, invested))
    table = xr.Dataset(coords={"district": keys, "statistic": list(STATISTICS), "part": ["value", "error"]})
    found = [estimate(values, statistic, draws, tail=name != "mean") for values in own for name, statistic in STATISTICS.items()]
    money = {"units": "CNY"}
    table["outlay"] = ("district", "statistic", "part"), as_parts(found, len(keys), len(STATISTICS)), {**money, "long_name": "拨付 outlay"}
    table["investment"] = ("district", "part"), as_parts([estimate(values, mean, draws) for values in theirs]), {
        **money, "long_name": "受支持投资 supported investment"}
    whole = paid.sum(axis=1)
    table["share"] = ("district", "part"), as_parts([ratio(values, whole, draws) for values in own]), {
        "units": "1", "long_name": "占拨付 share of the outlay"}
    others = tr(f"其余{len(rest)}个", f"{len(rest)} others")
    english = evidence.scenario.model.population.english
    table["name"] = "district", [others if key == REST else tr(key, english.get(key, key)) for key in keys], {"long_name": "区 district"}
    table["top_three"] = "part", as_parts([ratio(np.sum(own[:3], axis=0), whole, draws)])[0], {
        "units": "1", "long_name": "前三位占拨付 share of the first three"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """The district that receives most, and the first three together."""
    first = str(table["district"].values[0])
    said = state("{name}拨付最多，占{share}", "{name} receives most, {share} of the outlay", name=quoted(table, "name", district=first),
                 share=number(table, "share", "share.0", district=first))
    return said if table.sizes["district"] < 4 else said + state("；前三位合占{three}", "; the first three together {three}",
                                                                 three=number(table, "top_three", "share.0"))


def note(table: xr.Dataset) -> str:
    """What the whiskers are, and where the places come from."""
    whiskers = (tr("条为均值，横线含九成抽样", "Bars: mean; whiskers: nine in ten draws") if _with_tails(table)
                else tr("条为均值", "Bars: mean"))
    return whiskers + tr("；项目落在各区的份额是假设，来自台账的除外", "; where projects lie is assumed, but for those of a ledger")


def grid(table: xr.Dataset) -> Grid:
    """One row a district."""
    keys = [str(key) for key in table["district"].values]
    unit = unit_name("money")
    means = [number(table, "outlay", "money±", district=key, statistic="mean") for key in keys]
    columns = [Column(tr("区", "district"), [quoted(table, "name", district=key) for key in keys]),
               Column(tr("拨付均值", "outlay, mean"), means, unit, plotted=True)]
    if _with_tails(table):
        columns += [Column(name.upper(), [number(table, "outlay", "money±", district=key, statistic=name) for key in keys], unit)
                    for name in ("p5", "p95")]
    invested = [number(table, "investment", "money±", district=key) for key in keys]
    columns += [Column(tr("占比", "share"), [number(table, "share", "share±", district=key) for key in keys]),
                Column(tr("受支持投资", "supported investment"), invested, unit)]
    return Grid(tr("分区拨付", "Outlay by district"), columns, native="bar")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Bars, the largest on top, with whiskers; the mean as a column of figures beside the investment."""
    axes = sheet.axes()
    keys = [str(key) for key in table["district"].values]
    rows = np.arange(len(keys))
    of = {name: table["outlay"].sel(statistic=name, part="value").values / unit_size("money") for name in STATISTICS}
    axes.barh(rows, of["mean"], height=0.62, color=LIGHT)
    longest = float(np.nanmax(of["mean"]))
    if _with_tails(table):
        axes.errorbar(of["mean"], rows, xerr=[of["mean"] - of["p5"], of["p95"] - of["mean"]], fmt="none", ecolor=MAIN,
                      elinewidth=sheet.font / 8, capsize=sheet.font * 0.18)
        longest = float(np.nanmax(of["p95"]))
    for row, key in enumerate(keys):
        label_end(axes, 1.14 * longest, row, str(number(table, "outlay", "money.1", district=key, statistic="mean")),
                  size=sheet.small, align="right", offset=(0, 0))
        label_end(axes, 1.38 * longest, row, str(number(table, "investment", "money.0", district=key)), size=sheet.small, align="right",
                  offset=(0, 0))
    top = -0.5
    for at, head in ((1.14, tr("拨付", "outlay")), (1.38, tr("受支持投资", "investment"))):
        label_end(axes, at * longest, top, head, size=sheet.small, colour=MUTED, align="right", offset=(0, 2), vertical="bottom")
    axes.set_xlim(0, 1.4 * longest)
    axes.set_ylim(len(keys) - 0.5, top)
    axes.set_yticks(rows, [legible(str(name)) for name in table["name"].values], color=INK)
    axes.tick_params(axis="y", length=0)
    ticks = [tick for tick in axes.get_xticks() if 0 <= tick <= longest]
    axes.set_xticks(ticks)
    axes.set_xlabel(unit_name("money"))


def _with_tails(table: xr.Dataset) -> bool:
    return bool(np.isfinite(table["outlay"].sel(statistic="p95", part="value")).all())
