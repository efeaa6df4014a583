"""How far each uncertain factor alone moves outlay and saving, from its low to its high value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.amounts import PER_INVESTMENT, in_language
from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, label_end
from simulator.charts.wrapping import ems, wrap_short
from simulator.evidence import EXPLAINED, Evidence
from simulator.fonts import legible
from simulator.language import tr
from simulator.statements import Number, Statement, number, quoted, state, unit_name, unit_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("因素的影响", "Effects of factors")
METRICS = {"outlay": ("money", ("拨付合计", "outlay")), "energy_saving": ("energy", ("节能量", "energy saving"))}
_NARROW, _WIDE = 6, 9  # factors that are drawn of each metric
_TITLE = 12.0  # of a factor's title, in Chinese characters


def data(evidence: Evidence) -> xr.Dataset:
    """Each metric with one factor low and high, everything else as uncertain as it is.

    value and difference (metric, factor, side, part), swing (metric, factor, part), high less low, and base (metric, part), by
    `unit` (metric): CNY, tce. Coordinates of a factor: title, low_text, high_text, basis. attrs: draws.
    """
    found = evidence.tornado
    attrs = {"value": "因素取低值和高值时 with the factor low and high", "difference": "与基准之差 difference from the base",
             "swing": "高值减低值 high less low", "base": "基准 base"}
    table = found[list(attrs)].sel(metric=list(EXPLAINED)).copy()
    for name, long_name in attrs.items():
        table[name].attrs.update(units="CNY, tce", long_name=long_name)
    return told(table).assign_coords(unit=("metric", found["unit"].sel(metric=list(EXPLAINED)).values)).drop_attrs(
        deep=False).assign_attrs(draws=int(found.attrs["draws"]))


def told(table: xr.Dataset) -> xr.Dataset:
    """With what is said of the factors in the language: named, low_said, high_said (factor)."""
    factors = [table.sel(factor=factor) for factor in table["factor"].values]
    table["named"] = "factor", [_title(own) for own in factors], {"long_name": "因素 factor"}
    for side, long_name in (("low", "低值 low"), ("high", "高值 high")):
        table[f"{side}_said"] = "factor", [_text(own, side) for own in factors], {"long_name": long_name}
    return table


def strongest(table: xr.Dataset, metric: str) -> str | None:
    """The factor that moves a metric most, by more than its error; None where none does."""
    return next(iter(_order(table, metric)), None)


def finding(table: xr.Dataset) -> Statement:
    """The factor that moves outlay most, with what outlay is at its ends; where none does, the saving."""
    for metric, zh, en in (
            ("outlay", "{title}最能左右拨付：由{low_text}到{high_text}，拨付从{low}变到{high}亿元",
             "Outlay depends most on the {title}: at {low_text} CNY {low} bn, at {high_text} CNY {high} bn"),
            ("energy_saving", "没有因素左右拨付；{title}由{low_text}到{high_text}，节能量从{low}变到{high}万吨标煤",
             "No factor moves outlay; the saving depends most on the {title}: at {low_text} {low} kt ce, at {high_text} {high} kt ce")):
        if (first := strongest(table, metric)) is not None:
            low, high = (number(table, "value", METRICS[metric][0], metric=metric, factor=first, side=side) for side in ("low", "high"))
            return state(zh, en, title=quoted(table, "named", factor=first), low_text=quoted(table, "low_said", factor=first),
                         high_text=quoted(table, "high_said", factor=first), low=low, high=high)
    return state("没有哪个因素单独左右拨付或节能量", "No factor alone moves outlay or saving")


def note(table: xr.Dataset) -> str:
    """What a bar and the texts at its ends are, and which factors are assumed."""
    text = tr("浅条、深条为因素取第一、第九个十分位数（端点标其值）时的均值，竖线为都不固定时",
              "Pale and dark: mean with the factor at its first and last decile, as written; line: with none held fixed")
    known = [str(_title(table.sel(factor=factor))) for factor in table["factor"].values
            if str(table["basis"].sel(factor=factor).values) != "assumption"]
    if not known:
        return text + tr("；各因素的分布都是假设", "; all distributions are assumed")
    return text + tr(f"；除{'、'.join(known)}外，分布都是假设", f"; distributions are assumed but for {', '.join(known)}")


def grid(table: xr.Dataset) -> Grid:
    """Every factor with its ends, and what they do to each metric; in the order of their swing of outlay."""
    first = _order(table, "outlay")
    rows = [*first, *(str(factor) for factor in table["factor"].values if str(factor) not in first)]
    columns = [Column(tr("因素", "factor"), [quoted(table, "title", factor=row) for row in rows]),
               *(Column(head, [quoted(table, f"{side}_said", factor=row) for row in rows])
                 for side, head in (("low", tr("低值", "low")), ("high", tr("高值", "high"))))]
    for metric, (form, title) in METRICS.items():
        for side, head in (("low", tr("低值时", "at low")), ("high", tr("高值时", "at high"))):
            cells: list[str | Number] = [number(table, "difference", f"{form}+±", metric=metric, factor=row, side=side) for row in rows]
            columns.append(Column(tr(f"{title[0]}变化：{head}", f"change of {title[1]}: {head}"), cells, unit_name(form),
                                  plotted=metric == "outlay"))
    return Grid(tr("因素高低对拨付和节能量的影响", "Outlay and saving with factors low and high"), columns,
                tr("因素取第一、第九个十分位数时，与都不固定时之差",
                   "With the factor at its first and last decile, less what is with none held"), native="bar")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """One panel a metric: a bar for each factor about the base, the low side pale and the high side dark."""
    for axes, metric in zip(sheet.panels(), METRICS, strict=True):
        _panel(sheet, axes, table, metric)


def _panel(sheet: Sheet, axes: Axes, table: xr.Dataset, metric: str) -> None:
    form, title = METRICS[metric]
    rows = _order(table, metric)[: _NARROW if sheet.narrow else _WIDE]
    by = unit_size(form)
    base = float(table["base"].sel(metric=metric, part="value")) / by
    ends = table["value"].sel(metric=metric, factor=rows, part="value").values / by  # (factor, side)
    size = sheet.small * 0.95
    rooms: list[list[float]] = []  # what the labels take on both sides, in points
    for i, (row, end) in enumerate(zip(rows, ends, strict=True)):
        for side in np.argsort(-np.abs(end - base)):  # where both lie on one side, the shorter bar is on top
            axes.barh(i, end[side] - base, left=base, height=0.66, color=(LIGHT, MAIN)[side], linewidth=0)
        texts = [_text(table.sel(factor=row), "low").removesuffix(tr(*PER_INVESTMENT)), _text(table.sel(factor=row), "high")]
        left = int(end[1] < end[0])  # the side that ends further left
        for side, align, sign in ((left, "right", -1), (1 - left, "left", 1)):
            label_end(axes, end[side], i, texts[side], colour=(MUTED, INK)[side], size=size, align=align,
                      offset=(sign * sheet.font * 0.3, 0))
        rooms.append([size * (ems(legible(texts[side])) + 0.8) for side in (left, 1 - left)])
    axes.axvline(base, color=INK, linewidth=sheet.font / 12)
    titles = ["\n".join(_cut(legible(_title(table.sel(factor=row))), sheet.narrow)) for row in rows]
    axes.set_yticks(range(len(rows)), titles, fontsize=sheet.small, color=INK, linespacing=0.95)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    beside = sheet.small * max((ems(line) for text in titles for line in text.split("\n")), default=0.0)
    paper = sheet.size.width / 2.54 * 72 / (1 if sheet.narrow else 2)
    width = max(paper - beside - 2.5 * sheet.font, 0.3 * paper)
    axes.set_xlim(*_limits(np.sort(ends, axis=1), np.array(rooms).reshape(-1, 2), width, base))
    axes.set_title(tr(f"{title[0]}（{unit_name(form)}）", f"{title[1].capitalize()} ({unit_name(form)})"), fontsize=sheet.small,
                   color=MUTED, loc="left", pad=sheet.font * 0.3)
    axes.tick_params(axis="x", labelsize=sheet.small)
    axes.locator_params(axis="x", nbins=5 if sheet.narrow else 4)
    axes.spines["left"].set_visible(False)


def _limits(ends: np.ndarray, rooms: np.ndarray, width: float, base: float) -> tuple[float, float]:
    """The horizontal axis that holds bars and labels: ends in data (factor, 2), rooms of the labels in points, the panel's width."""
    low, high = min(base, ends.min(initial=base)), max(base, ends.max(initial=base))
    if high == low:
        return base * 0.9 - 1.0, base * 1.1 + 1.0
    first, last = low, high
    for _ in range(20):  # wider labels take a larger share of a wider axis: the smallest that holds both
        scale = (last - first) / width
        first = min(low, float((ends[:, 0] - scale * rooms[:, 0]).min()))
        last = max(high, float((ends[:, 1] + scale * rooms[:, 1]).max()))
        if last - first > 4.0 * (high - low):
            break
    return first, last


def _cut(title: str, narrow: bool) -> list[str]:
    """A title in a line on a narrow sheet, else in two; what is longer is cut short."""
    return wrap_short(title, 1.3 * _TITLE, 1) if narrow else wrap_short(title, 0.8 * _TITLE, 2)


def _order(table: xr.Dataset, metric: str) -> list[str]:
    """The factors that move a metric by more than twice the error, the largest swing first."""
    value, error = (table["swing"].sel(metric=metric, part=part).values for part in ("value", "error"))
    value = np.nan_to_num(value)
    size = np.where(np.abs(value) > 2.0 * np.nan_to_num(error), np.abs(value), 0.0)
    return [str(table["factor"].values[i]) for i in np.argsort(-size, kind="stable") if size[i] > 0.0]


def _title(own: xr.Dataset) -> str:
    """A factor's title; a tier that repeats the name of its instrument is enough alone."""
    words = str(own["title"].values).split(" ")
    for i in range(1, len(words)):
        first, rest = " ".join(words[:i]), " ".join(words[i:])
        if rest.lower().endswith(first.lower()) and rest.lower() != first.lower():
            return rest
    return " ".join(words)


def _text(own: xr.Dataset, side: str) -> str:
    """What the factor is at this end; of several values the range."""
    return in_language(str(own[f"{side}_text"].values))
