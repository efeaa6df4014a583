"""A table of lines as sheets: totals and heads that stay in sight, a filter, and pages that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.language import tr
from simulator.ledger import MISSING
from simulator.spreadsheet import MOST_LINES, Book
from simulator.workbook.fields import Field, rows_of

_TOTAL, _FILTERED, _HEADS = 2, 3, 4  # rows of a sheet, from 0
FIRST = 5  # of the lines
_KEPT = 2  # columns that stay in sight, and are repeated on every page
_AT_ONCE = 10_000
_PAGE_WIDTH = 112.0  # digits that surely fit a landscape A4 page at full size, whatever font stands in for ours


def write_lines(book: Book, name: str, title: str, note: str, fields: Sequence[Field]) -> list[str]:
    """Write the lines, on as many sheets as they need; the names of the sheets."""
    n = len(fields[0].values)
    starts = list(range(0, n, MOST_LINES)) or [0]
    names = [name] if len(starts) == 1 else [f"{name}{number}" for number in range(1, len(starts) + 1)]
    for sheet, start in zip(names, starts, strict=True):
        _write_sheet(book, sheet, title, note, fields, start, min(start + MOST_LINES, n))
    return names


def _write_sheet(book: Book, name: str, title: str, note: str, fields: Sequence[Field], start: int, stop: int) -> None:
    sheet = book.sheet(name, [field.width for field in fields])
    _lay_out(sheet, fields, stop - start)
    book.title(sheet, title, tr("单位：元", "CNY"))
    book.text(sheet, 1, _KEPT, note, "note")  # beside the columns that are repeated
    _write_totals(book, sheet, fields, start, stop)
    sheet.set_row(_HEADS, 32)
    book.texts(sheet, _HEADS, [field.head for field in fields], "head")
    for first in range(start, stop, _AT_ONCE):
        _write_some(book, sheet, fields, first, min(first + _AT_ONCE, stop), FIRST - start)


def _lay_out(sheet: Any, fields: Sequence[Field], n: int) -> None:
    """Heads and identity stay in sight; a page begins where a block of years does, at the size at which the widest block fits."""
    sheet.freeze_panes(FIRST, _KEPT)
    sheet.autofilter(_HEADS, 0, _HEADS + max(n, 1), len(fields) - 1)
    sheet.repeat_rows(_HEADS)
    sheet.repeat_columns(0, _KEPT - 1)
    sheet.print_across()
    breaks = [c for c, field in enumerate(fields) if field.starts_page]
    kept = sum(field.width + 0.7 for field in fields[:_KEPT])
    blocks = zip([0, *breaks], [*breaks, len(fields)], strict=True)
    widest = max(sum(field.width + 0.7 for field in fields[first:end]) + (kept if first else 0.0) for first, end in blocks)
    sheet.set_print_scale(max(min(int(100 * _PAGE_WIDTH / widest), 100), 40))
    if breaks:
        sheet.set_v_pagebreaks(breaks)


def _write_totals(book: Book, sheet: Any, fields: Sequence[Field], start: int, stop: int) -> None:
    """The sum of each column of this sheet, and of what a filter leaves."""
    for row, label, function in ((_TOTAL, tr("合计", "total"), "SUM("), (_FILTERED, tr("筛选后合计", "of those shown"), "SUBTOTAL(109,")):
        for c, field in enumerate(fields):
            if c == 0:
                book.text(sheet, row, c, label, "total")
            elif field.kind == "money":
                values = field.values[start:stop]
                book.sum(sheet, row, c, function, (FIRST, FIRST + max(stop - start, 1) - 1), int(values[values != MISSING].sum()))
            else:
                sheet.write_blank(row, c, None, book.style("total"))


def _write_some(book: Book, sheet: Any, fields: Sequence[Field], first: int, stop: int, below: int) -> None:
    text, money, count = (book.style(name) for name in ("text", "money", "count"))
    number, string, blank = sheet.write_number, sheet.write_string, sheet.write_blank
    kinds = [field.kind for field in fields]
    for row, values in enumerate(rows_of(fields, first, stop), first + below):
        for c, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            if kind == "money":
                if value == MISSING:
                    blank(row, c, None, money)
                else:
                    number(row, c, value / 100, money)
            elif kind == "count":
                number(row, c, value, count)
            elif value and value[0] not in "=+-@\t\r":
                string(row, c, value, text)
            else:
                book.text(sheet, row, c, value)
