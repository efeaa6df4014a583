"""A sample as columns, as csv or as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.ledger import COLUMNS, MISSING, PER_ONE, Column
from simulator.outfile import written_whole
from simulator.parallel import in_order
from simulator.sample.drawing import ROWS_AT_ONCE, Skeleton, draw_piece, lay_out, pieces_of
from simulator.scenario import Scenario
from simulator.spreadsheet import Book, new_workbook

MOST_IN_A_WORKBOOK = 100_000  # rows: more cells than this a reader refuses
_UNITS = {"paid": ("元", 100)}  # of money; all others in 万元
_WIDTHS = {"project": 17, "title": 34, "enterprise": 34, "uscc": 22, "sector": 17, "instruments": 40, "repayment": 11, "product": 17}
_HEADS = 2  # row of the heads, from 0


def draw_sample(scenario: Scenario, rows: int, seed: int) -> dict[str, np.ndarray]:
    """Draw a synthetic ledger.

    Parameters
    ----------
    scenario : Scenario
        Its population says who applies for what, its clauses what they are paid.
    rows : int
        At least as many as there are streams, or some instruments are missing.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    dict of arrays
        By column id, as `Ledger.columns`: money int64 [分], shares int64 [1e-8], dates int64 ordinals.
    """
    parts = list(in_order(draw_piece, pieces_of(lay_out(scenario, rows, seed))))
    return {id_: np.concatenate([part[id_] for part in parts]) for id_ in COLUMNS}


def write_sample(scenario: Scenario, rows: int, seed: int, file: str | Path, progress: Callable[[int], None] | None = None) -> None:
    """Write a synthetic ledger, .csv (UTF-8 with BOM) or .xlsx; the same seed gives the same bytes.

    Raises
    ------
    SimulatorError
        If the name ends in neither, or there are more rows than a workbook should have.
    StorageError
        If the folder or the disk does not take it; nothing is left behind.
    """
    suffix = Path(file).suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise SimulatorError(tr(f"{file}：文件名应以 .xlsx 或 .csv 结尾", f"{file}: the name must end in .xlsx or .csv"))
    if suffix == ".xlsx" and rows > MOST_IN_A_WORKBOOK:
        raise SimulatorError(tr(f"{rows:,} 行太多，工作簿最多 {MOST_IN_A_WORKBOOK:,} 行；改用 .csv",
                                f"{rows:,} rows are too many: a workbook takes {MOST_IN_A_WORKBOOK:,}; use .csv"))
    skeleton = lay_out(scenario, rows, seed)
    (_write_csv if suffix == ".csv" else _write_xlsx)(skeleton, file, progress or (lambda done: None))


def _write_csv(skeleton: Skeleton, file: str | Path, progress: Callable[[int], None]) -> None:
    with written_whole(file) as aside, open(aside, "w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerow([_head(column) for column in COLUMNS.values()])
        for done, text in enumerate(in_order(_piece_as_csv, pieces_of(skeleton)), 1):
            out.write(text)
            progress(min(done * ROWS_AT_ONCE, skeleton.n))


def _piece_as_csv(work: tuple[Skeleton, int, int]) -> str:
    columns = draw_piece(work)
    texts = _texts(columns, work[0].scenario)
    out = io.StringIO()
    csv.writer(out).writerows(zip(*texts.values(), strict=True))
    return out.getvalue()


def _texts(columns: Mapping[str, np.ndarray], scenario: Scenario) -> dict[str, list[str]]:
    """Every column as a clerk writes it."""
    found = {}
    for id_, column in COLUMNS.items():
        cell = _cell(column, scenario)
        found[id_] = [cell(value) for value in columns[id_].tolist()]
    return found


def _cell(column: Column, scenario: Scenario) -> Callable[[Any], str]:
    """How a value of the column is written."""
    size = _UNITS.get(column.id, ("万元", 10**6))[1]
    match column.kind:
        case "money":
            return lambda fen: "" if fen == MISSING else format(fen / size, ".15g")
        case "share":
            return lambda share: "" if share == MISSING else f"{share * 100 / PER_ONE:.10g}%"
        case "points":
            return lambda share: "" if share == MISSING else f"{share * 100 / PER_ONE:.10g}"
        case "date":
            return lambda day: "" if day == MISSING else date.fromordinal(day).isoformat()
        case "year" | "years":
            return lambda year: "" if year == MISSING else str(year)
        case "number":
            return lambda number: "" if number != number else f"{number:.10g}"
        case "choice" | "instruments":
            words = _words(column, scenario)
            return lambda value: "、".join(words[each] for each in value.split(";")) if value else ""
    return str


def _words(column: Column, scenario: Scenario) -> dict[str, str]:
    """Values of a choice as the reader knows them."""
    rules = scenario.model.policy.instruments
    if column.id == "instruments":
        return {key: rule.title.zh for key, rule in rules.items()}
    if column.id == "tier":
        return {tier: given.title.zh for rule in rules.values() for tier, given in (rule.tiers or {}).items()}
    return {value: spellings[0] for value, spellings in column.choices.items()}


def _head(column: Column) -> str:
    return f"{column.head}（{_UNITS[column.id][0]}）" if column.id in _UNITS else column.full_head


def _write_xlsx(skeleton: Skeleton, file: str | Path, progress: Callable[[int], None]) -> None:
    title = "上海市工业领域设备更新项目申报台账（合成样例，非真实企业）"
    with new_workbook(file, title) as book:
        sheet = book.sheet("申报台账", [_WIDTHS.get(id_, 14 if column.kind == "money" else 11) for id_, column in COLUMNS.items()])
        sheet.freeze_panes(_HEADS + 1, 2)
        sheet.repeat_rows(_HEADS)
        book.text(sheet, 0, 0, title, "title")
        book.text(sheet, 1, 0, f"截至 {skeleton.as_of.isoformat()}；金额单位见表头", "note")
        sheet.set_row(_HEADS, 30)
        book.texts(sheet, _HEADS, [_head(column) for column in COLUMNS.values()], "head")
        totals = dict.fromkeys((id_ for id_, column in COLUMNS.items() if column.kind == "money"), 0)
        row = _HEADS
        for columns in in_order(draw_piece, pieces_of(skeleton)):
            for id_ in totals:
                totals[id_] += int(columns[id_][columns[id_] != MISSING].sum())
            row = _write_piece(book, sheet, row, columns, skeleton.scenario)
            progress(row - _HEADS)
        sheet.autofilter(_HEADS, 0, row, len(COLUMNS) - 1)
        for c, (id_, _) in enumerate(COLUMNS.items()):
            if id_ in totals:
                sheet.write_number(row + 1, c, totals[id_] / _UNITS.get(id_, ("", 10**6))[1], book.style("total_money"))
            else:
                book.text(sheet, row + 1, c, "合计" if c == 0 else "", "total")


def _write_piece(book: Book, sheet: Any, row: int, columns: Mapping[str, np.ndarray], scenario: Scenario) -> int:
    """Write rows below `row`; the last of them."""
    writers = list(_writers(book, sheet, scenario))
    values = [columns[id_].tolist() for id_ in COLUMNS]
    for cells in zip(*values, strict=True):
        row += 1
        for c, (write, value) in enumerate(zip(writers, cells, strict=True)):
            write(row, c, value)
    return row


def _writers(book: Book, sheet: Any, scenario: Scenario) -> Iterator[Callable[[int, int, Any], Any]]:
    """How a cell of each column is written: numbers and dates as such, codes as text."""
    for column in COLUMNS.values():
        if column.kind in ("money", "share", "points", "number", "year", "years", "date"):
            yield _number_writer(book, sheet, column)
        else:
            cell = _cell(column, scenario)
            yield _text_writer(book, sheet, cell)


def _text_writer(book: Book, sheet: Any, cell: Callable[[Any], str]) -> Callable[[int, int, Any], Any]:
    return lambda row, c, value: book.text(sheet, row, c, cell(value) if value else "")


def _number_writer(book: Book, sheet: Any, column: Column) -> Callable[[int, int, Any], Any]:
    scale = {"money": _UNITS.get(column.id, ("", 10**6))[1], "share": PER_ONE, "points": PER_ONE // 100}.get(column.kind, 1)
    style = book.style({"money": "money" if column.id in _UNITS else "amount", "share": "percent", "date": "date"}.get(column.kind,
                                                                                                                       "centred"))
    shift = date(1899, 12, 30).toordinal() if column.kind == "date" else 0  # days of a spreadsheet count from here

    def write(row: int, c: int, value: Any) -> None:
        if value == MISSING or value != value:
            sheet.write_blank(row, c, None, style)
        else:
            sheet.write_number(row, c, (value - shift) / scale if scale > 1 else value - shift, style)

    return write
