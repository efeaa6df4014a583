"""Outlay by year and instrument, stacked; what rests on assumed amounts is hatched and never mixed with the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import HATCH, INK, LAYERS, grid_lines, label_end, spread
from simulator.evidence import Evidence, refuse_without_outlay
from simulator.language import tr
from simulator.rounding import round_table
from simulator.statements import Statement, number, quoted, state, unit_name, unit_size
from simulator.summary import as_parts, estimate, mean, ratio
from simulator.units import YI, supported_decimals

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("分工具拨付", "Outlay by instrument")
TOTAL = "total"
_ASSUMED = ("#FFFFFF", "#E3E3E3", "#C6C6C6")  # pale, for the hatches to be seen
_TALL = 0.9  # of the tallest stack: names lead from the last of these, past no other that is as high
_APART = 5  # instruments with an amount of the document that have a layer of their own; the others are one


def data(evidence: Evidence) -> xr.Dataset:
    """outlay (year, instrument, part), by_instrument, by_year and their total [CNY], means.

    share (instrument, part) and assumed_share (part) [1] of the total; rounded (row, column) [CNY], the same table with its sums, in
    multiples that the error of the total supports and that add up; short, title, clause, assumed (instrument). attrs: decimals of 亿元.
    """
    results, draws, rules = evidence.results, evidence.draws, evidence.scenario.model.policy.instruments
    refuse_without_outlay(results)
    keys, years = [str(key) for key in results["instrument"].values], evidence.years
    table = xr.Dataset(coords={"year": years, "instrument": keys, "part": ["value", "error"]})
    outlay = results["outlay"].transpose("draw", "year", "instrument").values
    money = {"units": "CNY"}
    cells = [estimate(outlay[:, i, j], mean, draws) for i in range(len(years)) for j in range(len(keys))]
    table["outlay"] = ("year", "instrument", "part"), as_parts(cells, len(years), len(keys)), {**money, "long_name": "拨付 outlay"}
    whole, own = outlay.sum(axis=(1, 2)), outlay.sum(axis=1)
    by_instrument = [estimate(own[:, j], mean, draws) for j in range(len(keys))]
    table["by_instrument"] = ("instrument", "part"), as_parts(by_instrument), {**money, "long_name": "各工具拨付 outlay by instrument"}
    total = estimate(whole, mean, draws)
    table["total"] = "part", as_parts([total])[0], {**money, "long_name": "拨付合计 outlay in all"}
    shares = [ratio(own[:, j], whole, draws) for j in range(len(keys))]
    table["share"] = ("instrument", "part"), as_parts(shares), {"units": "1", "long_name": "占拨付 share of the outlay"}
    assumed = np.array([key in evidence.assumed for key in keys])
    of_assumed = ratio(own[:, assumed].sum(axis=1), whole, draws)
    table["assumed_share"] = "part", as_parts([of_assumed])[0], {
        "units": "1", "long_name": "金额属假设的条款占拨付 share of assumed amounts"}
    errors = np.array([cell.error for cell in cells])
    for name, error, title in (("error_of_total", total.error, "合计的标准误 standard error of the total"),
                               ("largest_error", errors.max(), "单格最大的标准误 largest standard error of a cell")):
        table[name] = (), _error(error), {**money, "long_name": title}
    decimals = min(2, 1 + supported_decimals(total.error / YI))  # one more than the total supports: cells are smaller
    means = table["outlay"].sel(part="value").transpose("instrument", "year").values
    rounded = round_table(means, YI * 10.0**-decimals)
    table["rounded"] = ("row", "column"), rounded, {**money, "long_name": "拨付（取整后可加） rounded outlay"}
    table = table.assign_coords(row=[*keys, TOTAL], column=[*map(str, years), TOTAL])
    named = [evidence.short(key) + ("" if rules[key].priced else " *") for key in keys]
    sums = np.concatenate([means, means.sum(axis=1, keepdims=True)], axis=1)
    table["means"] = ("row", "column"), np.concatenate([sums, sums.sum(axis=0, keepdims=True)]), {
        **money, "long_name": "拨付均值 mean outlay"}
    for name, texts in (("short", named), ("clause", [f"({rules[key].clause})" for key in keys])):
        table[name] = "instrument", texts, {"long_name": {"short": "政策工具 instrument", "clause": "条 clause"}[name]}
    table["assumed"] = "instrument", assumed
    return table.assign_attrs(decimals=decimals)


def finding(table: xr.Dataset) -> Statement:
    """The largest instrument, and what rests on assumed amounts."""
    largest = str(table["instrument"].values[int(np.argmax(table["by_instrument"].sel(part="value").values))])
    said = state("{name}占拨付的{share}", "{name} takes {share} of the outlay", name=quoted(table, "short", instrument=largest),
                 share=number(table, "share", "share.0", instrument=largest))
    if not bool(table["assumed"].any()):
        return said
    return said + state("，金额属假设的条款占{assumed}", "; clauses with assumed amounts take {assumed}",
                        assumed=number(table, "assumed_share", "share.0"))


def note(table: xr.Dataset) -> str:
    """What the hatches are."""
    return tr("均值", "Means") + (tr("；斜线为金额属假设的条款", "; hatched: the document names no amount")
                                  if bool(table["assumed"].any()) else "")


def grid(table: xr.Dataset) -> Grid:
    """Instruments by year, rounded so that all of it adds up."""
    return _grid(table, "rounded")


def grid_in_full(table: xr.Dataset) -> Grid:
    """The same unrounded, for a workbook."""
    return _grid(table, "means")


def _grid(table: xr.Dataset, variable: str) -> Grid:
    keys = [str(key) for key in table["instrument"].values]
    form = f"money.{table.attrs['decimals']}"
    columns = [Column(tr("条", "clause"), [*(quoted(table, "clause", instrument=key) for key in keys), ""]),
               Column(tr("政策工具", "instrument"), [*(quoted(table, "short", instrument=key) for key in keys), tr("合计", "total")])]
    for column in table["column"].values:
        cells = [number(table, variable, form, row=key, column=column) for key in (*keys, TOTAL)]
        head = tr("合计", "total") if column == TOTAL else str(column)
        columns.append(Column(head, cells, unit_name("money"), plotted=column != TOTAL))
    assumed = [i for i, key in enumerate(keys) if bool(table["assumed"].sel(instrument=key))]
    return Grid(tr("分年、分工具的市级拨付", "Municipal outlay by year and instrument"), columns, _precision(table), totals=1,
                native="stacked_rows", assumed=assumed)


def _precision(table: xr.Dataset) -> Statement:
    """How sure a cell and the total are, and what the star says."""
    total, cell = (number(table, name, "money") for name in ("error_of_total", "largest_error"))
    if np.isfinite(total.value) and np.isfinite(cell.value):
        said = state("均值；合计的标准误为{total}亿元，单格的不超过{cell}亿元",
                     "Means; the standard error of the total is CNY {total} bn, of a cell at most CNY {cell} bn", total=total, cell=cell)
    else:
        said = state("均值；抽样不足，标准误未知", "Means; too few draws for standard errors")
    said += tr("。为使行、列相加一致，个别格的末位与单独取整相差一",
               ". The last digit of some cells is one off, for rows and columns to add up")
    return said + (tr("。* 文件未给金额，数额全是假设", ". * The document names no amount: all of it is assumed")
                   if bool(table["assumed"].any()) else "")


def _error(error: float) -> float:
    """A standard error as it is printed, with the one digit that there is to it."""
    return float(f"{error:.1g}")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """A stack a year, the largest instruments at the foot, assumed amounts hatched on top; names beside it."""
    axes = sheet.axes()
    years = table["year"].values
    height = np.zeros(len(years))
    whole = table["outlay"].sel(part="value").sum("instrument").values
    middles, names, tallest = [], [], int(np.flatnonzero(whole >= _TALL * whole.max())[-1])
    for i, (name, keys, assumed) in enumerate(_layers(table)):
        values = table["outlay"].sel(instrument=keys, part="value").sum("instrument").values / unit_size("money")
        looks = ({"color": LAYERS[i % len(LAYERS)], "edgecolor": "white"} if not assumed
                 else {"color": _ASSUMED[i % len(_ASSUMED)], "edgecolor": INK, "hatch": HATCH})
        axes.bar(years, values, 0.72, bottom=height, linewidth=sheet.font / 14, **looks)  # type: ignore[arg-type]
        middles.append(float(height[tallest] + values[tallest] / 2))
        names.append(name)
        height += values
    top = 1.08 * float(height.max())
    axes.set_ylim(0, top)
    _name_layers(sheet, axes, float(years[tallest]), middles, names, top)
    axes.set_ylabel(unit_name("money"))
    axes.set_xticks(years, [f"{year % 100:02d}" if sheet.narrow else f"{year}" for year in years])
    axes.tick_params(axis="x", colors=INK)
    grid_lines(axes)


def _name_layers(sheet: Sheet, axes: Axes, tallest: float, middles: Sequence[float], names: Sequence[str], top: float) -> None:
    """Names in a column at the right, each with a thin line to its layer in the last tall stack, before what is right of it."""
    inches = sheet.size.height / 2.54 * 0.6
    least = top * sheet.small * 1.35 / 72 / inches
    at = spread(list(middles), least)
    low = least / 2
    shift = max(0.0, low - min(at))
    right = axes.get_xlim()[1]
    for middle, place, name in zip(middles, at, names, strict=True):
        y = place + shift
        axes.plot([tallest + 0.36, tallest + 1.1, right], [middle, y, y], color=INK, linewidth=sheet.font / 24, clip_on=False,
                  zorder=0.5)
        label_end(axes, right, y, name, size=sheet.small, offset=(3, 0))


def _layers(table: xr.Dataset) -> list[tuple[str, list[str], bool]]:
    """(name, instruments, assumed): the largest with an amount of the document, the rest of these together, then assumed ones."""
    paid = table["by_instrument"].sel(part="value")
    largest_first = paid["instrument"].values[np.argsort(-paid.values, kind="stable")]
    ordered = [str(key) for key in largest_first if float(paid.sel(instrument=key)) > 0]
    assumed = [key for key in ordered if bool(table["assumed"].sel(instrument=key))]
    stated = [key for key in ordered if key not in assumed]
    apart = stated if len(stated) <= _APART + 1 else stated[:_APART]
    found = [(str(table["short"].sel(instrument=key).item()), [key], False) for key in apart]
    if rest := stated[len(apart):]:
        found.append((tr(f"其他{len(rest)}项", f"{len(rest)} others"), rest, False))
    return [*found, *((str(table["short"].sel(instrument=key).item()), [key], True) for key in assumed)]
