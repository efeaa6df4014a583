"""What each other reading of each ambiguous clause would change, against the chosen ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, label_end
from simulator.charts.wrapping import ems, wrap_short
from simulator.evidence import READINGS_DRAWS, Evidence, NotShown
from simulator.fonts import legible
from simulator.language import language, tr
from simulator.statements import Number, Statement, number, quoted, state, unit_name, unit_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("口径的影响", "Effects of readings")
MEASURES = {  # units, form, and the name of each
    "outlay": ("CNY", "money", ("拨付", "outlay")),
    "supported_investment": ("CNY", "money", ("受支持投资", "supported investment")),
    "induced_investment": ("CNY", "money", ("带动投资", "induced investment")),
    "energy_saving": ("tce", "energy", ("节能量", "energy saving")),
    "energy_target": ("1", "points", ("节能目标达成概率", "P(energy target)")),
}
_TOPICS = {  # what a reading is about, in fewer words than its question
    "exclusivity": ("并用", "combining"), "cap_period_17": ("贴息上限", "interest cap"), "interest_base": ("贴息基数", "interest base"),
    "threshold_inclusive": ("门槛本数", "threshold"), "major_threshold": ("特别重大", "major project"),
    "energy_accounting": ("累计口径", "cumulation"), "energy_base": ("节能基数", "saving base"), "coal_factor": ("电力折标", "electricity"),
    "grant_payout": ("补助拨付", "grants"), "response": ("带动", "response"), "first_of_kind_scope": ("三首上限", "first-of-kind cap"),
    "energy_centre_base": ("能管中心基数", "energy-centre base"),
}
_LONGEST = 8  # of a topic that has no shorter name, in Chinese characters
_SHOWN = 8  # readings that are drawn, those that change most; the table for readers has all
_FOR_LABELS = 0.36  # of a panel's width, on each side that has bars


def data(evidence: Evidence) -> xr.Dataset:
    """Differences of every reading that was not chosen: difference (choice, measure, part), paired under the same draws.

    Units by `unit` (measure): CNY, tce, 1. Coordinates of a choice in the rule book's order: reading, clause, and in the
    language title, topic and question. attrs: draws.
    """
    lang = language()
    others = [(each, key, found) for each in evidence.readings for key, found in each["choices"].items() if key != each["chosen"]]
    if not others:
        raise NotShown(tr("规则手册没有需要选择口径的条款", "no clause of the rule book leaves a choice of reading"))
    differences = [[_parts(found[name]) for name in MEASURES] for _, _, found in others]
    table = xr.Dataset(
        {"difference": (("choice", "measure", "part"), np.array(differences, float), {
            "units": "CNY, tce, 1", "long_name": "与所选口径之差 difference from the chosen reading"})},
        coords={
            "choice": [f"{each['reading']}.{key}" for each, key, _ in others], "measure": list(MEASURES), "part": ["value", "error"],
            "unit": ("measure", [units for units, _, _ in MEASURES.values()]),
            "reading": ("choice", [each["reading"] for each, _, _ in others]),
            "clause": ("choice", [each["clause"] or "" for each, _, _ in others]),
            "title": ("choice", [found["title"][lang] for _, _, found in others]),
            "topic": ("choice", [_topic(each) for each, _, _ in others]),
            "question": ("choice", [each["question"][lang] for each, _, _ in others]),
        }, attrs={"draws": min(READINGS_DRAWS, evidence.results.sizes["draw"])})
    table["label"] = "choice", [_label(table, str(choice)) for choice in table["choice"].values], {"long_name": "口径 reading"}
    table["draws"] = (), float(table.attrs["draws"]), {"units": "1", "long_name": "抽样次数 draws"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """The reading that moves the outlay most; where none does, the saving."""
    for name, zh, en in (("outlay", "换用“{label}”对拨付影响最大：{change}亿元",
                          "Of all readings, {label}, moves outlay most: CNY {change} bn"),
                         ("energy_saving", "换用口径不影响拨付；“{label}”使节能量{change}万吨标煤",
                          "No reading moves outlay; {label}, moves the saving by {change} kt ce")):
        cells = table["difference"].sel(measure=name)
        size = np.where(_told(cells), np.abs(cells.sel(part="value").values), 0.0)
        if size.max() > 0.0:
            choice = str(table["choice"][int(size.argmax())].values)
            change = number(table, "difference", f"{MEASURES[name][1]}+", choice=choice, measure=name)
            return state(zh, en, label=quoted(table, "label", choice=choice), change=change)
    return state("各条款换用其他口径，都不影响拨付和节能量", "No other reading of any clause moves outlay or saving")


def note(table: xr.Dataset) -> str:
    """What a bar is, and how many readings are not drawn."""
    moving, drawn = len(_moving(table)), len(_shown(table))
    text = tr(f"条为换用该口径后的变化，须线为标准误（{table.attrs['draws']}次抽样）",
              f"Bars: change under the other reading; whiskers: standard errors ({table.attrs['draws']} draws)")
    if moving > drawn:
        text += tr(f"；另有{moving - drawn}种变化较小，未画", f"; {moving - drawn} with smaller changes are not drawn")
    if without := table.sizes["choice"] - moving:
        text += tr(f"；其余{without}种读法不影响结果", f"; {without} without any effect")
    return text


def grid(table: xr.Dataset) -> Grid:
    """Every reading that was not chosen, with what it would change."""
    choices = [str(choice) for choice in table["choice"].values]
    columns = [Column(tr("口径", "reading"), [quoted(table, "label", choice=choice) for choice in choices]),
               Column(tr("问题", "question"), [str(text) for text in table["question"].values])]
    for name, (_, form, title) in MEASURES.items():
        cells: list[str | Number] = [number(table, "difference", f"{form}+±", choice=choice, measure=name) for choice in choices]
        unit = tr("百分点", "points") if form == "points" else unit_name(form)
        columns.append(Column(tr(*title), cells, unit, plotted=name == "outlay"))
    return Grid(tr("换用其他口径的变化", "Changes under other readings"), columns,
                state("与所选口径之差，{draws}次抽样配对", "Differences from the chosen readings, {draws} paired draws",
                      draws=number(table, "draws", "count")), native="bar")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """Bars to both sides of the chosen readings, one panel a measure, in the rule book's order from top to bottom."""
    measures = ("outlay", "energy_saving") if sheet.narrow else ("outlay", "induced_investment", "energy_saving")
    rows = _shown(table)
    panels = sheet.panels((1.0,) * len(measures), share_rows=True)
    for axes, name in zip(panels, measures, strict=True):
        _panel(sheet, axes, table, rows, name)
    first = panels[0]
    first.set_ylim(len(rows) - 0.4, -0.6)
    labels = ["\n".join(_two_lines(legible(_label(table, choice)), 14.0 if sheet.narrow else 19.0)) for choice in rows]
    first.set_yticks(range(len(rows)), labels, fontsize=sheet.small, color=INK, linespacing=1.0 if language() == "zh" else 0.92)


def _panel(sheet: Sheet, axes: Axes, table: xr.Dataset, rows: list[str], name: str) -> None:
    _, form, title = MEASURES[name]
    cells = [number(table, "difference", f"{form}+", choice=choice, measure=name) for choice in rows]
    values, errors = (np.nan_to_num([getattr(cell, part) for cell in cells]) / unit_size(form) for part in ("value", "error"))
    axes.barh(range(len(rows)), values, height=0.6, color=[MAIN if value > 0 else LIGHT for value in values], edgecolor=MAIN,
              linewidth=[sheet.font / 16 if value else 0.0 for value in values])
    for i, (cell, value, error) in enumerate(zip(cells, values, errors, strict=True)):
        if error:
            axes.plot([value - error, value + error], [i, i], color=INK, linewidth=sheet.font / 9, solid_capstyle="butt")
        if any(digit in cell.text for digit in "123456789"):
            side = 1 if value > 0 else -1
            label_end(axes, value + side * error, i, cell.text, size=sheet.small, offset=(side * sheet.font * 0.3, 0),
                      align="left" if side > 0 else "right")
    axes.axvline(0.0, color=MUTED, linewidth=sheet.font / 14)
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    room = _FOR_LABELS * ((high - low) or 1.0) / (1.0 - _FOR_LABELS * ((low < 0.0) + (high > 0.0)))
    axes.set_xlim(low - room if low < 0.0 else -0.05 * room, high + room)
    axes.set_title(f"{tr(*title)[:1].upper()}{tr(*title)[1:]}\n{tr('', 'in ')}{unit_name(form)}", fontsize=sheet.small, color=INK)
    axes.set_xticks([])
    for spine in ("left", "bottom"):
        axes.spines[spine].set_visible(False)


def _parts(found: dict[str, float | None]) -> list[float]:
    return [np.nan if (part := found[name]) is None else part for name in ("value", "error")]


def _topic(reading: dict[str, Any]) -> str:
    """What the reading is about; of a rule book of one's own the beginning of its question."""
    if reading["reading"] in _TOPICS:
        return tr(*_TOPICS[reading["reading"]])
    return wrap_short(str(reading["question"][language()]), _LONGEST, 1)[0]


def _label(table: xr.Dataset, choice: str) -> str:
    """(七)特别重大：2亿元; what has no clause is an assumption of the model."""
    own = table.sel(choice=choice)
    clause, topic, title = (str(own[name].values) for name in ("clause", "topic", "title"))
    small = f"{title[:1].lower()}{title[1:]}" if title[1:2].islower() else title
    before = tr(f"({clause})", f"({_arabic(clause)}) ") if clause else tr("假设·", "")
    return before + tr(f"{topic}：{title}", f"{topic}: {small}")


def _arabic(clause: str) -> str:
    """17 for 十七, as English counts clauses; anything else as it stands."""
    digits = "一二三四五六七八九"
    match = re.fullmatch(f"([{digits}]?)(十?)([{digits}]?)", clause)
    if not clause or match is None:
        return clause
    tens = (digits.find(match[1]) + 1 if match[1] else 1) if match[2] else 0
    ones = match[3] or (match[1] if not match[2] else "")
    return str(10 * tens + (digits.find(ones) + 1 if ones else 0))


def _two_lines(text: str, width: float) -> list[str]:
    """At most two lines, broken before the title of the reading where it fits; what is longer is cut short."""
    mark = tr("：", ": ")
    topic, _, title = text.partition(mark)
    if width < ems(text) and ems(title) <= width:
        return [topic + mark.rstrip(), title]
    return wrap_short(text, width, 2)


def _told(cells: xr.DataArray) -> np.ndarray:
    """Whether a difference is more than twice its error."""
    value, error = (cells.sel(part=part).values for part in ("value", "error"))
    return np.asarray(np.abs(value) > 2.0 * np.where(np.isfinite(error), error, 0.0))


def _moving(table: xr.Dataset) -> list[str]:
    """The readings that change any measure in any draw."""
    moved = (table["difference"].fillna(0.0) != 0.0).any(["measure", "part"])
    return [str(choice) for choice in table["choice"].values[moved.values]]


def _shown(table: xr.Dataset) -> list[str]:
    """Those that change outlay, induced investment or saving most, each beside the largest change of its kind, in the rule book's order."""
    moving = _moving(table)
    drawn = table["difference"].sel(choice=moving, measure=["outlay", "induced_investment", "energy_saving"], part="value")
    sizes = np.abs(drawn.fillna(0.0).values)
    largest = sizes.max(axis=0, initial=0.0)
    ranks = np.where(largest > 0.0, sizes / np.where(largest > 0.0, largest, 1.0), 0.0).max(axis=1, initial=0.0)
    kept = sorted(np.argsort(-ranks, kind="stable")[:_SHOWN])
    return [moving[i] for i in kept]
