"""The sheet of one chart: its finding and source on top, its table, what to know of it, and a native chart of the same cells."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from simulator.export.chosen import Shown
from simulator.export.fields import Amount, Cell, Field, assumed_rows, error_head, fields_of
from simulator.export.native import Plot, insert_chart
from simulator.language import tr
from simulator.spreadsheet import Book, columns_of, lines_of

NAMES, UNITS, FIRST = 3, 4, 5  # rows of the heads and of the first line, from 0
_LEAST, _LEAST_ERROR, _MOST_LABEL, _MOST_TEXT = 9, 8, 34, 44  # widths in digits
_PAGE = 104  # digits across a page, and so of the title
_UPRIGHT, _LEGIBLE = 84, 240  # digits across that fit upright, and on one page lying down
_PAGE_WIDTH = 108.0  # digits that surely fit a page lying down at full size
_LARGEST = 64  # percent of its size at which a chart fits beside the names of the rows
_WIDEST = (1000, 860)  # pixels of a chart, on one page and on several side by side
_LINE = 14.0  # points
_ON_ONE_PAGE = 26  # rows


@dataclass(frozen=True)
class Table:
    """A grid laid out: its columns with their widths, and the rows that are totals or assumed."""

    fields: Sequence[Field]
    widths: Sequence[float]
    rows: int
    totals: int
    assumed: set[int]

    @property
    def last(self) -> int:
        """The last row of the sheet that is no total."""
        return FIRST + self.rows - self.totals - 1

    @property
    def width(self) -> float:
        """Of its columns together, in digits."""
        return sum(self.widths[:len(self.fields)])

    @property
    def across(self) -> tuple[int, int]:
        """The columns below the title: as many as a page shows, beside the one that is repeated on every page."""
        covered = accumulate(self.widths)
        return int(self.pages > 1), next((c for c, width in enumerate(covered) if width >= _PAGE), len(self.widths) - 1)

    @property
    def pages(self) -> int:
        """How many pages side by side it takes to be legible."""
        return math.ceil(self.width / _LEGIBLE)


def write_table(book: Book, shown: Shown, source: str) -> None:
    """Write the sheet."""
    table = _laid_out(shown)
    sheet = book.sheet(shown.name, table.widths, landscape=table.width > _UPRIGHT)
    sheet.freeze_panes(FIRST, 1)
    sheet.repeat_rows(NAMES, UNITS)
    _paragraph(book, sheet, 0, shown.finding, "headline", table, stretch=1.5)
    _paragraph(book, sheet, 1, source, "remark", table)
    _heads(book, sheet, table)
    for row, cells in enumerate(zip(*(field.cells for field in table.fields), strict=True)):
        _line(book, sheet, row, cells, table)
    row = FIRST + table.rows
    for note in _notes(shown, table):
        _paragraph(book, sheet, row, note, "remark", table)
        row += 1
    if shown.grid.native:
        insert_chart(book, sheet, row + 1, table.across[0], _plot(shown, table))
    if table.pages > 1:
        _side_by_side(sheet, table)
    elif table.rows <= _ON_ONE_PAGE:
        sheet.fit_to_pages(1, 1)
    elif shown.grid.native:
        sheet.set_h_pagebreaks([row + 1])


def _side_by_side(sheet: Any, table: Table) -> None:
    """Pages side by side, each with the names of the rows; a number and its error stay together."""
    wide = [width + 0.7 for width in table.widths[:len(table.fields)]]
    groups = [c for c, field in enumerate(table.fields) if c and not field.is_error]
    room = (sum(wide) - wide[0]) / table.pages
    pages = [[each for each in groups if int(sum(wide[1:each]) / room) == page] for page in range(table.pages)]
    breaks = [page[0] for page in pages[1:] if page]
    widest = max(sum(wide[first:end]) for first, end in pairwise([1, *breaks, len(wide)]))
    sheet.repeat_columns(0)
    sheet.set_v_pagebreaks(breaks)
    sheet.set_print_scale(min(int(100 * _PAGE_WIDTH / (wide[0] + widest)), _LARGEST))


def _laid_out(shown: Shown) -> Table:
    fields = [*fields_of(shown.grid)]
    widths = [_width(fields, c) for c in range(len(fields))]
    missing = _PAGE - sum(widths)
    padding = [_LEAST] * max(round(missing / _LEAST), 0)  # empty columns, so that titles have room
    return Table(fields, [*widths, *padding], len(shown.grid.rows), shown.grid.totals, assumed_rows(shown.grid))


def _width(fields: Sequence[Field], c: int) -> float:
    """Wide enough for every number, and for texts and heads as far as they may go on one line."""
    field = fields[c]
    texts = [columns_of(cell) + 3 for cell in field.cells if isinstance(cell, str)]
    numbers = [len(f"{cell.value:,.{cell.decimals}f}") + (2 if field.is_error else 4) for cell in field.cells if isinstance(cell, Amount)]
    below = columns_of(error_head() if field.is_error else field.unit) + 2
    most = _MOST_LABEL if c == 0 else _MOST_TEXT
    head = 0 if field.is_error else min(columns_of(field.head) + 2, 18)
    if c + 1 < len(fields) and fields[c + 1].is_error:
        head //= 2
    return max(_LEAST_ERROR if field.is_error else _LEAST, min(max(texts, default=0), most), *numbers, below, head)


def _heads(book: Book, sheet: Any, table: Table) -> None:
    """A name over each number and its error; units below."""
    groups = [(c, c + (c + 1 < len(table.fields) and table.fields[c + 1].is_error))
              for c, field in enumerate(table.fields) if not field.is_error]
    height = max(lines_of(table.fields[first].head, sum(table.widths[first:last + 1])) for first, last in groups)
    sheet.set_row(NAMES, _LINE * height + 4)
    for first, last in groups:
        book.across(sheet, NAMES, (first, last), table.fields[first].head, "name")
    sheet.set_row(UNITS, _LINE + 2)
    for c, field in enumerate(table.fields):
        book.text(sheet, UNITS, c, error_head() if field.is_error else field.unit, "unit")


def _line(book: Book, sheet: Any, row: int, cells: Sequence[Cell], table: Table) -> None:
    is_total = row >= table.rows - table.totals
    texts = [cell if isinstance(cell, str) else "" for cell in cells]
    if row in table.assumed and texts[0] and not any(text.endswith("*") for text in texts):
        texts[0] += " *"
    height = max(lines_of(text, width - 2) for text, width in zip(texts, table.widths, strict=False))
    sheet.set_row(FIRST + row, _LINE * height + 3)
    for c, (field, cell) in enumerate(zip(table.fields, cells, strict=True)):
        if isinstance(cell, Amount):
            style = ("total_" if is_total else "") + ("error" if field.is_error else "figure")
            sheet.write_number(FIRST + row, c, cell.value, book.style(style, pattern=cell.pattern))
        elif not texts[c]:
            sheet.write_blank(FIRST + row, c, None, book.style("total" if is_total else "label"))
        else:
            plain = "label" if field.is_text or c == 0 else "centred"
            book.text(sheet, FIRST + row, c, texts[c], "total_label" if is_total else plain)


def _notes(shown: Shown, table: Table) -> list[str]:
    assumed = tr("* 金额属假设，文件没有给出", "* the amount is assumed: the document names none")
    note = str(shown.grid.note)
    return [each for each in (note, assumed if table.assumed and "*" not in note else "") if each]


def _paragraph(book: Book, sheet: Any, row: int, text: str, style: str, table: Table, stretch: float = 1.0) -> None:
    """A text across the page, as high as it needs; `stretch` of a larger font."""
    first, last = table.across
    width = sum(table.widths[first:last + 1])
    sheet.set_row(row, stretch * _LINE * lines_of(text, width / stretch) + 4)
    book.across(sheet, row, table.across, text, style)


def _plot(shown: Shown, table: Table) -> Plot:
    pixels = [int(7 * width + 5) for width in table.widths[table.across[0]:]]
    return Plot(shown.grid.native, shown.name, shown.grid.caption, shown.finding, table.fields, NAMES, (FIRST, table.last),
                {row for row in table.assumed if FIRST + row <= table.last}, min(sum(pixels), _WIDEST[table.pages > 1]))
