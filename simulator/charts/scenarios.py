"""Scenarios side by side under the same luck: what each pays, what it induces, and how far it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, label_end
from simulator.charts.wrapping import wrap
from simulator.evidence import Evidence
from simulator.fonts import legible
from simulator.language import tr
from simulator.statements import Number, Statement, number, quoted, state, unit_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("情景对比", "Scenarios")
# The figures that are compared, their heads and the forms in which they are written; gross leverage never without net.
METRICS = {
    "outlay": ("拨付", "outlay", "money"), "p95(outlay)": ("拨付P95", "outlay P95", "money"),
    "outlay_later": ("计划期后拨付", "outlay after the plan", "money"),
    "supported_investment": ("受支持投资", "supported investment", "money"),
    "induced_investment": ("带动新增投资", "induced investment", "money"), "leverage_gross": ("撬动倍数（毛）", "gross leverage", "ratio"),
    "leverage_net": ("撬动倍数（净）", "net leverage", "ratio"), "deadweight_share": ("无谓补贴占比", "share of deadweight", "share"),
    "energy_saving": ("节能量", "energy saving", "energy"), "investment_target": ("投资目标达到", "investment target", "share"),
    "energy_target": ("节能目标达到", "energy target", "share"), "in_budget": ("不超预算", "within budget", "share"),
    "joint": ("目标同时达到", "both targets", "share"),
}
_UNITS = {"money": "CNY", "energy": "tce"}
_BELOW = {"ratio": ("倍", "times"), "share": ("概率", "probability")}
_ROWS = 7  # what a chart has room for
_FEW = 4  # rows with room for titles of three lines
_TOLD = 2.0  # standard errors that a difference must have to be told


def data(evidence: Evidence) -> xr.Dataset:
    """Scenarios against the first: value and difference (scenario, metric, part), in the unit (metric): CNY, tce or 1; apart, relative
    (scenario, part): the difference in outlay without its sign [CNY], and as a share of the first's outlay [1]. `third`: the metric that
    all scenarios state alike. `alike` (scenario): nothing at all differs from the first.
    """
    found = evidence.comparison
    names = [str(name) for name in found["scenario"].values]
    titles = {each.name: str(each.model.title) for each in evidence.beside}
    table = xr.Dataset(coords={"scenario": names, "metric": list(METRICS), "part": ["value", "error"],
                               "title": ("scenario", [titles[name] for name in names]),
                               "unit": ("metric", [_UNITS.get(form, "1") for _, _, form in METRICS.values()])})
    for name, long_name in (("value", "数值 value"), ("difference", "与第一情景之差 difference from the first scenario")):
        chosen = found[name].sel(metric=list(METRICS)).transpose("scenario", "metric", "part")
        table[name] = ("scenario", "metric", "part"), chosen.values, {"units": "CNY, tce, 1", "long_name": long_name}
    value, error = (table["difference"].sel(metric="outlay", part=part).values for part in ("value", "error"))
    table["apart"] = ("scenario", "part"), np.stack([np.abs(value), error], axis=1), {
        "units": "CNY", "long_name": "拨付相差 outlay apart"}
    first = float(table["value"].sel(metric="outlay", part="value")[0])
    share = np.divide(np.stack([value, error], axis=1), first, out=np.full((len(names), 2), np.nan), where=first > 0)
    table["relative"] = ("scenario", "part"), share, {"units": "1", "long_name": "拨付相差比例 outlay apart, of the first's"}
    table["alike"] = "scenario", found["unchanged"].values.astype(bool), {"units": "1", "long_name": "毫无差别 nothing differs"}
    return table.assign_attrs(third=_third(table))


def _third(table: xr.Dataset) -> str:
    """What is drawn third: the joint probability, but never one within a budget beside one without, nor one of nothing."""
    stated = np.isfinite(table["value"].sel(metric=["in_budget", "investment_target", "energy_target"], part="value").values)
    alike = (stated == stated[:1]).all()
    return "joint" if alike and stated.any() else "leverage_net"


def finding(table: xr.Dataset) -> Statement:
    """The scenario that pays most differently from the first, and what that does to induced investment."""
    names = _names(table)
    first = quoted(table, "title", scenario=names[0])
    if bool(table["alike"].all()):
        return state("各情景与“{first}”毫无差别", "Nothing differs from {first}", first=first)
    apart = table["apart"].sel(part="value").values
    name = names[int(np.argmax(apart))]
    parts: dict[str, Number] = {"first": first, "other": quoted(table, "title", scenario=name)}
    if not _told(number(table, "apart", "money", scenario=name)):
        return state("各情景的拨付与“{first}”没有可辨的差别", "No outlay can be told from that of {first}", **parts)
    parts |= {"apart": number(table, "apart", "money", scenario=name), "relative": number(table, "relative", "share.0+", scenario=name)}
    more = float(table["difference"].sel(scenario=name, metric="outlay", part="value")) > 0
    found = state(f"“{{other}}”比“{{first}}”{'多' if more else '少'}拨{{apart}}亿元（{{relative}}）",
                  f"{{other}}: CNY {{apart}} bn {'more' if more else 'less'} outlay than {{first}} ({{relative}})", **parts)
    induced = number(table, "difference", "money+", scenario=name, metric="induced_investment")
    if not _told(induced):
        return found + tr("，带动新增投资不变", "; what is induced stays the same") if induced.value == 0.0 else found
    return found + state("，带动新增投资{induced}亿元", "; induced investment CNY {induced} bn", induced=induced)


def note(table: xr.Dataset) -> str:
    """What bars, lines and the second figures are."""
    tails = np.isfinite(table["value"].sel(metric="p95(outlay)", part="value")).all()
    lines = tr("，细线到P95", ", line: up to P95") if tails else ""
    text = tr(f"条为均值{lines}；灰字为与第一情景之差，逐次抽样配对", f"Bars: mean{lines}; grey: difference from the first, draw by draw")
    if table.attrs["third"] == "joint":
        text += tr("；目标指设备投资和节能", "; targets: investment and energy")
    if table.sizes["scenario"] <= _ROWS:
        return text
    return text + tr(f"；只画与第一情景相差最大的{_ROWS - 1}个", f"; only the {_ROWS - 1} most unlike the first are drawn")


def grid(table: xr.Dataset) -> Grid:
    """Every figure by scenario; outlay and what is induced also as differences from the first."""
    names = _names(table)
    columns = [Column(tr("情景", "scenario"), [quoted(table, "title", scenario=name) for name in names])]
    for metric, (_, _, form) in METRICS.items():
        cells = [number(table, "value", f"{form}±", scenario=name, metric=metric) for name in names]
        if not any(np.isfinite(cell.value) for cell in cells):
            continue
        unit = unit_name(form) if form in _UNITS else ""
        columns.append(Column(_head(table, metric), cells, unit, plotted=metric in ("outlay", "induced_investment")))
        if metric in ("outlay", "induced_investment"):
            apart = [number(table, "difference", "money+±", scenario=name, metric=metric) for name in names[1:]]
            columns.append(Column(_head(table, metric) + tr("之差", ", difference"), ["", *apart], unit))
    return Grid(tr("情景对比", "Scenarios side by side"), columns,
                tr("与第一情景之差，逐次抽样配对", "Differences are from the first scenario, draw by draw"), native="bar")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Three panels with a row for each scenario; the first is dark."""
    names = _drawn(table)
    panels = sheet.panels((1.25, 1.0, 0.9), share_rows=True)
    for axes, metric in zip(panels, ("outlay", "induced_investment", str(table.attrs["third"])), strict=True):
        _panel(sheet, axes, table, metric, names)
    few = len(names) <= _FEW
    width = 11.0 if not sheet.narrow else 6.5 if few else 10.0
    titles = [_lines(str(table["title"].sel(scenario=name).item()), width, 3 if few else 2) for name in names]
    panels[0].set_yticks(range(len(names)), titles, fontsize=sheet.font * (0.95 if few else 0.85), linespacing=1.1)
    panels[0].set_ylim(len(names) - 0.45, -0.55)


def _lines(title: str, width: float, most: int) -> str:
    """A title in so many lines; what does not fit is left out."""
    lines = wrap(legible(title), width)
    return "\n".join(lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1]}…"])


def _panel(sheet: Sheet, axes: Axes, table: xr.Dataset, metric: str, names: list[str]) -> None:
    """One figure of every scenario: a bar, its value, and the difference from the first below it."""
    form = METRICS[metric][2]
    cells = [number(table, "value", form, scenario=name, metric=metric) for name in names]
    ends = [cell.shown for cell in cells]
    axes.barh(range(len(names)), ends, 0.5, color=[MAIN, *[LIGHT] * (len(names) - 1)], linewidth=0)
    if metric == "outlay":
        high = [number(table, "value", form, scenario=name, metric="p95(outlay)").shown for name in names]
        if np.isfinite(high).all():
            axes.hlines(range(len(names)), ends, high, color=INK, linewidth=sheet.font / 9)
            axes.plot(high, range(len(names)), color=INK, marker="|", linestyle="none", markersize=sheet.font * 0.6)
            ends = high
    signed = {"share": "points+"}.get(form, f"{form}+")
    for row, (name, cell, end) in enumerate(zip(names, cells, ends, strict=True)):
        at = max(end, 0.0) if np.isfinite(end) else 0.0
        label_end(axes, at, row, cell.text, size=sheet.small, vertical="center" if row == 0 else "bottom")
        if row:
            apart = _difference(number(table, "difference", signed, scenario=name, metric=metric))
            label_end(axes, at, row, apart, colour=MUTED, size=sheet.small, vertical="top")
    axes.set_xlim(0.0, np.nanmax([*ends, 1e-9]) * (1.75 if sheet.narrow else 1.4))
    axes.set_title(f"{_head(table, metric)}\n{unit_name(form) if form in _UNITS else tr(*_BELOW[form])}", loc="left", color=MUTED,
                   fontsize=sheet.small)
    axes.tick_params(axis="y", length=0, colors=INK)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)


def _head(table: xr.Dataset, metric: str) -> str:
    """A figure's name; of the joint probability also whether it is within a budget."""
    zh, en, _ = METRICS[metric]
    stated = np.isfinite(table["value"].sel(metric="in_budget", part="value").values)
    if metric != "joint" or not stated.any():
        return tr(zh, en)
    if stated.all():
        return tr(f"{zh}且不超预算", f"{en}, within budget")
    return tr(f"{zh}（有预算的不超预算）", f"{en}, within budget if stated")


def _difference(of: Number) -> str:
    return tr("相同", "same") if of.value == 0.0 else of.text


def _told(difference: Number) -> bool:
    """Whether the draws tell a difference from none."""
    return abs(difference.value) > _TOLD * np.nan_to_num(difference.error)


def _drawn(table: xr.Dataset) -> list[str]:
    """The first and those whose outlay differs most from it, as many as there is room for, in their order."""
    apart = table["apart"].sel(part="value").values[1:]
    shown = sorted(np.argsort(-apart, kind="stable")[: _ROWS - 1] + 1)
    return [_names(table)[i] for i in (0, *shown)]


def _names(table: xr.Dataset) -> list[str]:
    return [str(name) for name in table["scenario"].values]
