"""Tables of a brief in Word: native, of three lines, with their heads on every page."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.brief.document import Table
from simulator.brief.labels import own_unit, unit_line
from simulator.brief.word_columns import fit, is_of_figures
from simulator.brief.word_styles import CELL_MARGIN, STYLES
from simulator.brief.word_text import Writer, clean, run, strong
from simulator.charts.grid import Column
from simulator.language import tr
from simulator.statements import Number

_THICK, _THIN, _FAINT = 12, 6, 4  # eighths of a point
_TOGETHER = 10  # rows at most that are kept on one page; of a longer table the last two are
_INK, _PALE, _TINT = "000000", "BFBFBF", "F2F2F2"


def table_xml(table: Table, writer: Writer, noted: bool = False) -> list[str]:
    """The caption, the unit where all columns share it, and the table: paragraphs and a w:tbl.

    A table that is noted stays on the page of the note below it.
    """
    grid = table.grid
    parts = [writer.caption(("表", "Table"), table.number, [grid.caption], keep=True)]
    if unit := unit_line(grid):
        parts.append(writer.paragraph("Unit", [unit]))
    return [*parts, _Layout(table, writer, noted).xml()]


class _Layout:
    """One table in the making."""

    def __init__(self, table: Table, writer: Writer, noted: bool) -> None:
        self.grid, self.writer, self.noted = table.grid, writer, noted
        self.style, self.widths = fit(table)
        self.right = [is_of_figures(column) for column in self.grid.columns]

    def xml(self) -> str:
        """w:tbl."""
        lines = "".join(f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>' for side, size, colour in
                        (("top", _THICK, _INK), ("bottom", _THICK, _INK), ("insideH", _FAINT, _PALE)))
        margins = "".join(f'<w:{side} w:w="{CELL_MARGIN}" w:type="dxa"/>' for side in ("left", "right"))
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in self.widths)
        rows = self.grid.rows
        body = "".join(self._row(i, row, len(rows)) for i, row in enumerate(rows))
        caption = clean(self.grid.caption)
        return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(self.widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{lines}</w:tblBorders>'
                f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar>'
                '<w:tblLook w:val="0060" w:firstRow="1" w:lastRow="1" w:firstColumn="0" w:lastColumn="0" '
                f'w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val="{caption}"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
                f"{self._head()}{body}</w:tbl>")

    def _head(self) -> str:
        cells = [self._cell(j, [], lead=self._title(column), under=_THIN, follows=True) for j, column in enumerate(self.grid.columns)]
        return f'<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{"".join(cells)}</w:tr>'

    def _title(self, column: Column) -> str:
        """The head of a column; its unit below, where the columns have different ones."""
        unit = own_unit(column, self.grid)
        below = "<w:r><w:br/></w:r>" + run(tr(f"（{unit}）", f"({unit})"), STYLES[self.style].here) if unit else ""
        return strong(column.head) + below

    def _row(self, i: int, row: Sequence[str | Number], n: int) -> str:
        first_total = n - self.grid.totals
        follows = self.noted if i == n - 1 else n <= _TOGETHER or i == n - 2
        tint = i in self.grid.assumed
        cells = []
        for j, cell in enumerate(row):
            lead = strong(cell) if i >= first_total and isinstance(cell, str) and cell else ""
            over = _THIN if i == first_total else 0
            cells.append(self._cell(j, [] if lead else [cell], lead=lead, over=over, follows=follows, tint=tint))
        return f'<w:tr><w:trPr><w:cantSplit/></w:trPr>{"".join(cells)}</w:tr>'

    def _cell(self, j: int, pieces: Sequence[str | Number], *, lead: str, follows: bool, over: int = 0, under: int = 0,
              tint: bool = False) -> str:
        """w:tc: its paragraph, a line over or under it, a tint."""
        lines = "".join(f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{_INK}"/>'
                        for side, size in (("top", over), ("bottom", under)) if size)
        borders = f"<w:tcBorders>{lines}</w:tcBorders>" if lines else ""
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_TINT}"/>' if tint else ""
        properties = ("<w:keepNext/>" if follows else "") + f'<w:jc w:val="{"right" if self.right[j] else "left"}"/>'
        text = self.writer.paragraph(self.style, pieces, lead=lead, properties=properties)
        return (f'<w:tc><w:tcPr><w:tcW w:w="{self.widths[j]}" w:type="dxa"/>{borders}{shade}<w:vAlign w:val="center"/></w:tcPr>'
                f"{text}</w:tc>")
