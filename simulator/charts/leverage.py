"""Leverage gross beside net, with deadweight, in all and by instrument: never the one without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, INK, LIGHT, MAIN, MUTED, label_end
from simulator.charts.wrapping import wrap
from simulator.evidence import Evidence, refuse_without_outlay
from simulator.fonts import legible
from simulator.language import tr
from simulator.statements import Number, Statement, number, state
from simulator.summary import as_parts, ratio

if TYPE_CHECKING:
    from simulator.charts.sheet import Sheet

NAME = ("撬动倍数", "Leverage")
TOTAL = "total"
RATIOS = {"gross": ("supported_investment", "毛撬动倍数 gross leverage"), "net": ("induced_investment", "净撬动倍数 net leverage"),
          "deadweight": ("deadweight", "无谓补贴占比 share of deadweight")}


def data(evidence: Evidence) -> xr.Dataset:
    """gross, net, deadweight (instrument, part) [1], ratios of means over the whole horizon; the first instrument is `total`.

    Instruments that pay nothing are left out. `short` (instrument) are titles in the language, `assumed` those with assumed amounts.
    """
    results, draws = evidence.results, evidence.draws
    paid = results["outlay"].sum("year")
    refuse_without_outlay(results)
    keys = [str(key) for key in results["instrument"].values if float(paid.sel(instrument=key).max()) > 0.0]
    table = xr.Dataset(coords={"instrument": [TOTAL, *keys], "part": ["value", "error"]})
    for name, (variable, long_name) in RATIOS.items():
        own = results[variable].sum("year")
        pairs = [(own.sum("instrument"), paid.sum("instrument")), *((own.sel(instrument=key), paid.sel(instrument=key)) for key in keys)]
        found = [ratio(top.values, bottom.values, draws) for top, bottom in pairs]
        table[name] = ("instrument", "part"), as_parts(found), {"units": "1", "long_name": long_name}
    model = evidence.scenario.model
    enforced = any(fund.enforce != "none" for fund in model.appropriation.values())
    unfunded = enforced and bool((results["lapsed"] > 0.0).any())
    table["flattered"] = (), unfunded and not model.behaviour.reckons_with_queue.value, {
        "long_name": "有项目未获安排而其带动照计 induced investment counts though some of it went unfunded"}
    table["short"] = "instrument", [tr("合计", "All"), *(evidence.short(key) for key in keys)]
    table["assumed"] = "instrument", [False, *(key in evidence.assumed for key in keys)]
    return table


def finding(table: xr.Dataset) -> Statement:
    """Gross, net and deadweight of the whole."""
    gross, net, idle = (number(table, name, form, instrument=TOTAL) for name, form in
                        (("gross", "ratio"), ("net", "ratio"), ("deadweight", "share.0")))
    return state("每拨付1元，受支持投资{gross}元，净增{net}元；{idle}给了没有补助也会做的项目",
                 "One yuan goes with {gross} of supported and {net} of induced investment; {idle} goes to projects that needed none",
                 gross=gross, net=net, idle=idle)


def note(table: xr.Dataset) -> str:
    """What the columns are."""
    said = tr("毛：受支持投资÷拨付；净：没有补助就不会发生的投资÷拨付，竖线为1",
              "Gross: supported investment over outlay; net: investment that support induced over outlay, the line at 1")
    said += tr("；* 金额属假设", "; * assumed amounts") if bool(table["assumed"].any()) else ""
    return said + (tr("。有项目未获安排，带动的投资照计，净倍数偏高",
                      ". Some went unfunded, what it induced counts all the same: net leverage is flattering")
                   if bool(table["flattered"]) else "")


def grid(table: xr.Dataset) -> Grid:
    """One row an instrument, all of them together first."""
    keys = [str(key) for key in table["instrument"].values]
    columns = [Column(tr("政策工具", "instrument"), [_name(table, key) for key in keys]),
               Column(tr("毛", "gross"), [number(table, "gross", "ratio±", instrument=key) for key in keys], plotted=True),
               Column(tr("净", "net"), [number(table, "net", "ratio±", instrument=key) for key in keys], plotted=True),
               Column(tr("无谓补贴占比", "deadweight"), [number(table, "deadweight", "share±", instrument=key) for key in keys])]
    assumed = [i for i, key in enumerate(keys) if bool(table["assumed"].sel(instrument=key))]
    return Grid(tr("撬动倍数和无谓补贴", "Leverage and deadweight"), columns, note(table), native="bar", assumed=assumed)


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Gross on the left, net on the right, deadweight as a column of figures; the same rows."""
    keys = [TOTAL, *sorted((str(key) for key in table["instrument"].values[1:]),
                           key=lambda key: -float(table["gross"].sel(instrument=key, part="value")))]
    gross, net = sheet.panels((1, 1.15), share_rows=True)
    rows = np.arange(len(keys))
    for axes, name, head, room in ((gross, "gross", tr("毛", "gross"), 1.28), (net, "net", tr("净", "net"), 1.85)):
        values = table[name].sel(instrument=keys, part="value").values
        longest = max(float(np.nanmax(values)), 0.1)
        axes.barh(rows, values, height=0.62, color=[MAIN, *[LIGHT] * (len(keys) - 1)], edgecolor="none")
        for row, key in enumerate(keys):
            at = values[row] if axes is gross else longest  # the line at 1 runs where labels of net bars would be
            label_end(axes, at, row, _shown(number(table, name, "ratio", instrument=key)), size=sheet.small, offset=(3, 0))
        axes.set_title(head, loc="left", color=MUTED)
        axes.set_xlim(0, room * longest)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    net.axvline(1.0, color=ALERT, linewidth=sheet.font / 10, linestyle=(0, (4, 2)))
    net.set_title(tr("无谓占比", "deadweight"), loc="right", color=MUTED)
    for row, key in enumerate(keys):
        label_end(net, net.get_xlim()[1], row, str(number(table, "deadweight", "share.0", instrument=key)), size=sheet.small,
                  offset=(0, 0), align="right")
    narrow = 9.0 if sheet.narrow else 14.0
    gross.set_yticks(rows, ["\n".join(wrap(legible(_name(table, key)), narrow)) for key in keys], color=INK)
    gross.invert_yaxis()


def _shown(value: Number) -> str:
    """Large multiples need no decimals."""
    return f"{value.value:.0f}" if value.value >= 20 else f"{value.value:.1f}" if value.value >= 3 else f"{value.value:.2f}"


def _name(table: xr.Dataset, key: str) -> str:
    row = table.sel(instrument=key)
    return str(row["short"].item()) + (" *" if bool(row["assumed"]) else "")
