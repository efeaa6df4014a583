"""Workbooks as this house writes them: streamed, whole or not at all, in one hand of fonts and formats, and with texts that stay texts."""

from __future__ import annotations

import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from simulator.language import language, tr
from simulator.outfile import written_whole

MOST_LINES = 1_000_000  # of data in one sheet, which has 1,048,576 rows
MONEY = "#,##0.00"
_CREATED = datetime(2024, 5, 31)  # the same content gives the same bytes
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DARK, _PALE, _LINE = "#1F3864", "#E7ECF4", "#A6A6A6"
_BOXED = {"border": 1, "border_color": _LINE}
STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": _DARK},
    "fact": {"bold": True},
    "note": {"font_color": "#595959"},
    "plain": {"text_wrap": True, "valign": "top"},
    "section": {"bold": True, "font_size": 12, "font_color": _DARK},
    "head": {**_BOXED, "bold": True, "bg_color": _PALE, "align": "center", "text_wrap": True},
    "needed": {**_BOXED, "bold": True, "bg_color": _DARK, "font_color": "#FFFFFF", "align": "center", "text_wrap": True},
    "text": {**_BOXED, "num_format": "@", "shrink": True, "indent": 1},
    "wrapped": {**_BOXED, "num_format": "@", "text_wrap": True, "valign": "top"},
    "centred": {**_BOXED, "align": "center"},
    "count": {**_BOXED, "num_format": "#,##0"},
    "money": {**_BOXED, "num_format": MONEY, "shrink": True},
    "amount": {**_BOXED, "num_format": "#,##0.00##", "shrink": True},
    "percent": {**_BOXED, "num_format": "0.00%"},
    "date": {**_BOXED, "num_format": "yyyy-mm-dd", "align": "center"},
    "text_cell": {"num_format": "@"},
    "amount_cell": {"num_format": "#,##0.00##"},
    "percent_cell": {"num_format": "0.00%"},
    "date_cell": {"num_format": "yyyy-mm-dd", "align": "center"},
    "centred_cell": {"num_format": "0", "align": "center"},
    "number_cell": {"num_format": "General"},
    "headline": {"bold": True, "font_size": 14, "font_color": _DARK, "text_wrap": True},
    "remark": {"font_color": "#595959", "text_wrap": True, "valign": "top"},
    "name": {**_BOXED, "bold": True, "bg_color": _PALE, "align": "center", "text_wrap": True, "bottom": 0},
    "unit": {**_BOXED, "bg_color": _PALE, "align": "center", "font_color": "#595959", "top": 0},
    "label": {**_BOXED, "num_format": "@", "text_wrap": True, "indent": 1},
    "figure": {**_BOXED, "align": "right"},
    "error": {**_BOXED, "align": "right", "font_color": "#595959", "italic": True},
    "link": {**_BOXED, "font_color": "#1F5FA8", "underline": 1, "valign": "top"},
    "total": {**_BOXED, "bold": True, "bg_color": _PALE},
    "total_label": {**_BOXED, "bold": True, "bg_color": _PALE, "indent": 1},
    "total_figure": {**_BOXED, "bold": True, "bg_color": _PALE, "align": "right"},
    "total_error": {**_BOXED, "bg_color": _PALE, "align": "right", "font_color": "#595959", "italic": True},
    "total_count": {**_BOXED, "bold": True, "bg_color": _PALE, "num_format": "#,##0"},
    "total_money": {**_BOXED, "bold": True, "bg_color": _PALE, "num_format": MONEY, "shrink": True},
}


class Book:
    """A workbook in the making. Rows of a sheet are written from the top down: what is done is no longer in memory."""

    def __init__(self, workbook: Any):
        self.workbook = workbook
        self._formats: dict[tuple[str, bool, str], Any] = {}

    def style(self, name: str, literal: bool = False, pattern: str = "") -> Any:
        """A format by its name in STYLES; `literal` for a text that would begin a formula if somebody typed it; numbers as `pattern`."""
        if (name, literal, pattern) not in self._formats:
            font = {"font_name": tr("宋体", "Arial"), "font_size": 10, "valign": "vcenter"}
            further = ({"quote_prefix": True} if literal else {}) | ({"num_format": pattern} if pattern else {})
            self._formats[name, literal, pattern] = self.workbook.add_format(font | STYLES[name] | further)
        return self._formats[name, literal, pattern]

    def sheet(self, name: str, widths: Sequence[float], *, landscape: bool = True) -> Any:
        """A sheet that prints on A4, fitted to its width, with its name and page numbers."""
        made = self.workbook.add_worksheet(name)
        made.set_paper(9)
        if landscape:
            made.set_landscape()
        made.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        made.set_footer("&L&9&A&R&9" + tr("第 &P 页，共 &N 页", "page &P of &N"))
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        for c, width in enumerate(widths):
            made.set_column(c, c, width)
        return made

    def text(self, sheet: Any, row: int, column: int, value: str, style: str = "text") -> None:
        """A text that no spreadsheet takes for a formula, now or after it was edited, and that reads back as it is."""
        sheet.write_string(row, column, value, self.style(style, value.startswith(_STARTS_A_FORMULA)))

    def title(self, sheet: Any, title: str, note: str) -> None:
        """A title in the first row and what belongs to it in the second."""
        sheet.set_row(0, 28)
        self.text(sheet, 0, 0, title, "title")
        self.text(sheet, 1, 0, note, "note")

    def texts(self, sheet: Any, row: int, values: Sequence[str], style: str = "text", first: int = 0) -> None:
        """Texts side by side."""
        for c, value in enumerate(values, first):
            self.text(sheet, row, c, value, style)

    def across(self, sheet: Any, row: int, columns: tuple[int, int], value: str, style: str) -> None:
        """A text over several columns side by side."""
        first, last = columns
        if first < last:
            sheet.merge_range(row, first, row, last, "", self.style(style))
        self.text(sheet, row, first, value, style)

    def money(self, sheet: Any, row: int, column: int, fen: int, style: str = "money") -> None:
        """An amount of 分 as a number of 元; exact to the 分 up to 9e13 元."""
        sheet.write_number(row, column, fen / 100, self.style(style))

    def sum(self, sheet: Any, row: int, column: int, function: str, rows: tuple[int, int], fen: int) -> None:
        """A formula over a column, `function` as far as its first argument, with its value: rounded, so that it is exact to the 分."""
        from xlsxwriter.utility import xl_range

        cells = xl_range(rows[0], column, rows[1], column)
        sheet.write_formula(row, column, f"=ROUND({function}{cells}),2)", self.style("total_money"), fen / 100)


@contextmanager
def new_workbook(file: str | Path, title: str) -> Iterator[Book]:
    """A workbook that takes its place when the block ends well.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    with written_whole(file) as aside, tempfile.TemporaryDirectory() as scratch:
        workbook = xlsxwriter.Workbook(str(aside), {
            "constant_memory": True, "tmpdir": scratch, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False})
        workbook.set_properties({"title": title, "author": "subsidysim", "created": _CREATED})
        try:
            yield Book(workbook)
            workbook.close()
        except FileCreateError as error:
            raise error.args[0] from None
        finally:
            for sheet in workbook.worksheets():
                if sheet.row_data_fh is not None:
                    sheet.row_data_fh.close()


def for_csv(text: str) -> str:
    """A text as a csv file may hold it: an apostrophe before what a spreadsheet would take for a formula."""
    return "'" + text if text.startswith(_STARTS_A_FORMULA) else text


@cache
def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


def columns_of(text: str) -> int:
    """How wide a text is, in digits: a Chinese character takes two."""
    return sum(2 if _wide(character) else 1 for character in text)


def lines_of(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width."""
    return sum(max(-(-columns_of(line) // max(int(width) - 1, 1)), 1) for line in text.split("\n"))


def joined(texts: Sequence[str]) -> str:
    """An enumeration in the language."""
    return ("、" if language() == "zh" else ", ").join(texts)
