"""A small brief made by hand, with one of everything that a brief can hold, for the tests of its writers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from simulator.brief import Writer
from simulator.brief.document import Brief, Definitions, Figure, Heading, Paragraph, Table
from simulator.charts import Tables, chart, draw_chart
from simulator.charts.grid import Column, Grid
from simulator.evidence import Evidence
from simulator.language import language, set_language, tr
from simulator.statements import number, state, unit_name

SEAL = "</script><script>&amp;"  # what a page must not take for anything else
ALT = 'Peaks in 2027 & falls "later" <then>'


def brief_by_hand(tables: Mapping[str, xr.Dataset]) -> Brief:
    """Of the outlay of a run: two sections, two tables, two figures of one chart, a note, definitions."""
    outlay, module = tables["outlay"], chart("outlay")
    said = state("整个计划期共拨付{total}亿元，平均每年都有CO₂<减排>&节能；“𠮷”是罕见字。",
                 "CNY {total} bn are paid in all, with less CO₂ <and> & more.",
                 total=number(outlay, "total", "money", statistic="mean"))
    blocks = (
        Heading(tr("一、结论", "1. The answer")), Paragraph(said), Table(1, module.grid(outlay)),
        Paragraph(state("注：见正文。", "Note: see the text."), note=True), Figure(1, "outlay", module.finding(outlay), ALT),
        Heading(tr("二、工具", "2. Instruments")), Heading(tr("（一）口径", "2.1 Terms"), 2), Table(2, grid_by_hand(outlay), (3, 1, 1)),
        Figure(2, "copy", module.finding(outlay), ALT), Definitions([(tr("拨付", "Outlay"), tr("实际支付的补助。", "What is paid."))]))
    return Brief(tr("财政支出与成效", "Outlay and effects"), tr("运行甲", "Run A"), blocks,
                 {"format": 1, "program": "0", "run": "run-1", "seal": SEAL, "scenario": "baseline", "lang": language(), "levers": None})


def grid_by_hand(outlay: xr.Dataset) -> Grid:
    """Columns of different units, an assumed row, a sum."""
    years = (2026, 2027)
    money = [number(outlay, "by_year", "money±", year=year, statistic="mean") for year in years]
    shares = [number(outlay, "by_year", "ratio.1", year=year, statistic="p50") for year in years]
    total = number(outlay, "total", "money", statistic="mean")
    return Grid(tr("按工具", "By instrument"), [
        Column(tr("工具", "instrument"), [tr("甲", "A"), tr("乙", "B"), tr("合计", "total")]),
        Column(tr("拨付", "outlay"), [*money, total], unit_name("money")),
        Column(tr("倍数", "ratio"), [*shares, ""], tr("倍", "times"))], totals=1, assumed=(1,))


def pictures_by_hand(tables: Tables, folder: Path) -> dict[str, Path]:
    """One chart under two names: their ids would meet."""
    file = folder / "outlay.svg"
    draw_chart("outlay", tables, [file], headline=False)
    return {"outlay": file, "copy": file}


def in_each_language(evidence: Evidence, folder: Path, write: Writer, suffix: str) -> dict[str, Brief]:
    """The brief in each language, written into the folder as zh and en."""
    before, made = language(), {}
    tables = Tables(evidence)
    for each in ("zh", "en"):
        set_language(each)
        made[each] = brief_by_hand(tables)
        write(made[each], pictures_by_hand(tables, folder), folder / f"{each}{suffix}")
    set_language(before)
    return made
