"""An empty ledger: heads with units, drop-downs, and a sheet that explains every column."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from simulator.language import tr
from simulator.ledger.cells import check_character
from simulator.ledger.columns import COLUMNS, INSTEAD, Column, needed
from simulator.schema import Instrument
from simulator.spreadsheet import Book, columns_of, joined, lines_of, new_workbook

SHEET, EXPLANATIONS, INSTRUMENTS = "申报台账", "填写说明", "专项清单"
_HEADS = 2  # row of the heads, from 0
_LAST = 20_000  # row to which choices are offered
_ALWAYS = ("project", "instruments", "filing_year")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_STYLES = {"money": "amount", "share": "percent", "date": "date", "year": "centred", "years": "centred", "number": "number",
           "points": "number"}
_WIDTHS = {"project": 18, "title": 30, "enterprise": 30, "uscc": 22, "instruments": 34, "sector": 14, "district": 12}
_EXPLAINED = (26, 24, 32, 46, 42, 26)
_LISTED = (40, 8, 34, 60)
_CODE = "91310000XX0000010"  # of no enterprise
_EXAMPLES = {
    "project": "JG-2026-00012", "title": "某生产线智能化改造项目", "enterprise": "某某机械有限公司",
    "uscc": _CODE + check_character(_CODE), "sector": "装备", "district": "浦东新区", "filing_year": "2026", "filed_on": "2026-03-15",
    "score": "85.5", "renewal_share": "50%", "fixed_asset_share": "75%", "loan_rate": "3.45%", "loan_years": "5",
    "drawn_on": "2026-04-01", "central_points": "1.5", "central_years": "2", "product": "CP-2026-003", "energy_saving": "310",
    "approved_year": "2026",
}
_KINDS = {
    "code": ("文本", "text"), "text": ("文本", "text"), "uscc": ("文本", "text"),
    "money": ("数值；表头单位可改为元或亿元", "number in the unit of the head"),
    "share": ("百分数", "percentage"), "points": ("数值，百分点", "number of percentage points"),
    "year": ("四位年份", "year"), "years": ("整数", "whole number"), "date": ("日期", "date"),
    "number": ("数值", "number"), "choice": ("从下拉列表选", "choose from the list"),
    "instruments": ("从下拉列表选；几项用“、”隔开", "choose from the list; several separated by 、"),
}


def write_template(file: str | Path, instruments: Mapping[str, Instrument]) -> None:
    """Write an empty ledger for applications for these instruments.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it; nothing is left behind.
    """
    with new_workbook(file, SHEET) as book:
        _write_sheet(book, instruments)
        _write_explanations(book, instruments)
        _write_instruments(book, instruments)


def _write_sheet(book: Book, instruments: Mapping[str, Instrument]) -> None:
    sheet = book.sheet(SHEET, [])
    book.title(sheet, "工业领域设备更新和创新产品项目申报台账",
               f"深色列必填；其余列按所申报的专项填写，见“{EXPLANATIONS}”。用不到的列可以删去，列的顺序不限。")
    sheet.set_row(_HEADS, 34)
    for c, column in enumerate(COLUMNS.values()):
        style = book.style(_STYLES.get(column.kind, "text") + "_cell")
        sheet.set_column(c, c, _WIDTHS.get(column.id, max(columns_of(column.full_head) + 2, 11)), style)
        book.text(sheet, _HEADS, c, column.full_head, "needed" if column.id in _ALWAYS else "head")
        if given := _validation(column, instruments):
            sheet.data_validation(_HEADS + 1, c, _LAST, c, _prompt(column, instruments) | given)
    sheet.freeze_panes(_HEADS + 1, 2)
    sheet.repeat_rows(_HEADS)
    sheet.repeat_columns(0, 1)
    sheet.print_across()
    sheet.set_print_scale(70)
    sheet.hide_gridlines(1)
    sheet.ignore_errors({"number_stored_as_text": f"A{_HEADS + 2}:D{_LAST}"})


def _validation(column: Column, instruments: Mapping[str, Instrument]) -> dict[str, Any]:
    """What a spreadsheet lets in, where it can say so; the rest is for the reader."""
    match column.kind:
        case "choice":
            return {"validate": "list", "source": _choices(column, instruments)}
        case "instruments":  # several cannot be chosen from a list, so they may be typed
            return {"validate": "list", "source": f"={INSTRUMENTS}!$A$4:$A${3 + len(instruments)}", "show_error": False}
        case "money":
            return {"validate": "decimal", "criteria": ">=", "value": 0}
        case "share" | "points" | "number":
            return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": column.most}
        case "year":
            return {"validate": "integer", "criteria": "between", "minimum": _FIRST_YEAR, "maximum": _LAST_YEAR}
        case "years":
            return {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": int(column.most)}
        case "date":
            return {"validate": "date", "criteria": "between", "minimum": date(_FIRST_YEAR, 1, 1), "maximum": date(_LAST_YEAR, 12, 31)}
        case "uscc":
            return {"validate": "length", "criteria": "==", "value": 18}
    return {"validate": "any"}


def _prompt(column: Column, instruments: Mapping[str, Instrument]) -> dict[str, Any]:
    """What the cell says of itself when it is chosen; a spreadsheet shows 255 characters at most."""
    said = column.explanation or tr(*_KINDS[column.kind])
    users = _users(column, instruments)
    wanted = tr("必填。", "Required. ") if column.id in _ALWAYS else tr(f"用于：{users}。", f"For: {users}. ") if users else ""
    return {"input_title": column.title[:32], "input_message": (f"{said}\n{wanted}" if said else wanted)[:255],
            "error_title": column.title[:32], "error_message": (tr("应为", "must be ") + tr(*_KINDS[column.kind]) + f"：{said}")[:255]}


def _choices(column: Column, instruments: Mapping[str, Instrument]) -> list[str]:
    if column.id == "tier":
        return [given.title.zh for rule in instruments.values() if len(rule.tiers or {}) > 1 for given in (rule.tiers or {}).values()]
    return [spellings[0] for spellings in column.choices.values()]


def _users(column: Column, instruments: Mapping[str, Instrument]) -> str:
    """The instruments that cannot be priced without the column."""
    names = [id_ for id_, instead in INSTEAD.items() if instead == column.id] + [column.id]
    return joined([str(rule.short) for rule in instruments.values() if set(names) & set(needed(rule))])


def _write_explanations(book: Book, instruments: Mapping[str, Instrument]) -> None:
    """A line a column of the form."""
    sheet = book.sheet(EXPLANATIONS, _EXPLAINED)
    book.title(sheet, "填写说明", "一个项目一行；同一项目的几项专项写在同一格。合计行可有可无，读入时略去。"
                              "列名不同的，用对应文件（--mapping）说明一次。")
    _frame(book, sheet, ["列名", "英文列名（也可作表头）", "是否必填", "填写内容", "格式", "例"])
    for row, column in enumerate(COLUMNS.values(), 3):
        users = _users(column, instruments)
        wanted = f"申报下列专项必填：{users}" if users else "选填"
        if column.id in _ALWAYS:
            wanted = "必填" + ("（或填申报日期）" if column.id == "filing_year" else "")
        choices = _choices(column, instruments) if column.kind == "choice" else []
        form = _KINDS[column.kind][0] + (f"：{'、'.join(choices)}" if choices else "")
        _wrapped(book, sheet, row, [column.full_head, column.id, wanted, column.zh or column.head, form,
                                    _example(column, choices, instruments)], _EXPLAINED)


def _example(column: Column, choices: list[str], instruments: Mapping[str, Instrument]) -> str:
    if column.kind == "instruments":
        return next(rule.title.zh for rule in instruments.values())
    return _EXAMPLES.get(column.id) or (choices[0] if choices else "1350.5" if column.kind == "money" else "")


def _write_instruments(book: Book, instruments: Mapping[str, Instrument]) -> None:
    """A line an instrument: its names, and what it cannot be priced without."""
    sheet = book.sheet(INSTRUMENTS, _LISTED)
    book.title(sheet, "专项清单", "“申报专项”一列可写其中任一名称；几项用“、”隔开。")
    _frame(book, sheet, ["专项名称", "条款", "也可写作", "必须填写的列"])
    for row, (key, rule) in enumerate(instruments.items(), 3):
        wanted = [" 或 ".join(COLUMNS[either].head for either in (id_, INSTEAD.get(id_)) if either) for id_ in needed(rule)]
        _wrapped(book, sheet, row, [rule.title.zh, rule.clause, "、".join([rule.short.zh, *rule.also, key]), "；".join(wanted) or "—"],
                 _LISTED)


def _frame(book: Book, sheet: Any, heads: list[str]) -> None:
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(2)
    book.texts(sheet, 2, heads, "head")


def _wrapped(book: Book, sheet: Any, row: int, texts: list[str], widths: tuple[int, ...]) -> None:
    sheet.set_row(row, 14.0 * max(lines_of(text, width) for text, width in zip(texts, widths, strict=True)) + 4)
    book.texts(sheet, row, texts, "wrapped")
