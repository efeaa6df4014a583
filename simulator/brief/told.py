"""What the sections of a brief are made with: the run's tables, and numbers for headings, tables and figures."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from simulator.brief.document import Block, Figure, Heading, Paragraph, Table
from simulator.charts import Tables, chart, name_of, source_line
from simulator.charts.grid import Grid
from simulator.evidence import Evidence
from simulator.language import tr
from simulator.statements import Number, Statement, state

_CHINESE = "一二三四五六七八九十"


class Told:
    """Collects the blocks of a brief in their order."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.blocks: list[Block] = []
        self._sections = self._parts = self._tables = self._figures = 0

    @property
    def evidence(self) -> Evidence:
        """Of the run that is told."""
        return self.tables.evidence

    def shown(self, kind: str) -> xr.Dataset | None:
        """A table, or None where this run cannot have it."""
        return self.tables.get_shown(kind)

    def section(self, zh: str, en: str) -> None:
        """一、结论, or 1. The answer."""
        self._sections, self._parts = self._sections + 1, 0
        self.blocks.append(Heading(tr(f"{_CHINESE[self._sections - 1]}、{zh}", f"{self._sections}. {en}")))

    def part(self, zh: str, en: str) -> None:
        """（一）投资, or 1.1 Investment."""
        self._parts += 1
        self.blocks.append(Heading(tr(f"（{_CHINESE[self._parts - 1]}）{zh}", f"{self._sections}.{self._parts} {en}"), 2))

    def say(self, statement: Statement) -> None:
        """A paragraph."""
        self.blocks.append(Paragraph(statement))

    def text(self, zh: str, en: str, **parts: str | Number | Statement) -> None:
        """A paragraph from its template."""
        self.say(state(zh, en, **parts))

    def table(self, grid: Grid, widths: Sequence[float] = ()) -> None:
        """A numbered table, and its note."""
        self._tables += 1
        self.blocks.append(Table(self._tables, grid, widths))
        if grid.note:
            self.blocks.append(Paragraph(state("注：{note}。", "Note: {note}.", note=grid.note), note=True))

    def figure(self, kind: str) -> None:
        """A numbered chart under its finding; nothing where this run cannot have it."""
        table = self.shown(kind)
        if table is None:
            return
        self._figures += 1
        module = chart(kind)
        finding = module.finding(table)
        said = filter(None, [finding.text, module.note(table), source_line(self.evidence)])
        alt = name_of(kind) + tr("：", ": ") + tr("；", "; ").join(said)
        self.blocks.append(Figure(self._figures, kind, finding, alt))
