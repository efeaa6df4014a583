"""The table behind a chart as a reader wants it: heads in the language, numbers that know where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from simulator.language import tr
from simulator.statements import Number, Statement

Native = Literal["", "stacked", "stacked_rows", "column", "bar", "line", "scatter"]


@dataclass(frozen=True)
class Column:
    """One column of a grid."""

    head: str
    cells: Sequence[str | Number]
    unit: str = ""
    plotted: bool = False
    """Whether it is a series of the native chart of a workbook."""


@dataclass(frozen=True)
class Grid:
    """A table with its caption: the first column names the rows."""

    caption: str
    columns: Sequence[Column]
    note: str | Statement = ""
    totals: int = 0
    """How many of the last rows are sums, set apart and not plotted."""
    native: Native = ""
    """What a workbook draws of it; with `scatter` the first plotted column is the horizontal one, with `stacked_rows` rows are layers."""
    assumed: Sequence[int] = ()
    """Rows that rest on assumed amounts."""

    def only(self, *columns: int) -> Grid:
        """The same with these columns, for where there is no room for all of them."""
        return replace(self, columns=[self.columns[i] for i in columns])

    def turned(self, head: str) -> Grid:
        """The same with a column for each row, under a first column of heads with their units: for many figures of few things."""
        names, *figures = self.columns
        first = Column(head, [each.head + (tr(f"（{each.unit}）", f" ({each.unit})") if each.unit else "") for each in figures])
        columns = [Column(str(name), [each.cells[i] for each in figures]) for i, name in enumerate(names.cells)]
        return Grid(self.caption, [first, *columns], self.note)

    @property
    def rows(self) -> list[tuple[str | Number, ...]]:
        """Row by row."""
        return list(zip(*(column.cells for column in self.columns), strict=True))
