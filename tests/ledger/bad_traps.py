"""Traps: what looks right on the screen and would be paid wrong, in xlsx, xls and ods."""

import copy
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import xlwt
from openpyxl import load_workbook

from tests.ledger.bad_files import edited
from tests.ledger.books import Book, Case, changed, good_projects, put, rehead, saved, shown, wrong_cell
from tests.ledger.crafted import ods_parts, save
from tests.ledger.random_ledgers import plain
from tests.oracle.ledger import WAN


def formatted(edit: Callable[[object], object]) -> Callable[[Path], None]:
    """The good workbook, its page edited by openpyxl."""
    def write(path: Path) -> None:
        Book().save(path)
        workbook = load_workbook(path)
        edit(workbook.active)
        workbook.save(path)

    return write


def on_the_screen() -> list[Case]:
    """What a format shows is not what the cell holds."""
    def cell(address: str, value: object, form: str) -> Callable[[object], object]:
        def edit(page) -> None:
            page[address].value = value
            page[address].number_format = form

        return edit

    def per_cent_below_per_cent(page) -> None:
        page["R2"] = "贷款利率（%）"

    def whole_per_cent(page) -> None:
        for address, value in (("R3", 3.45), ("R4", 3.2)):
            cell(address, value, '0.00"%"')(page)

    def strings(page) -> None:
        for address in ("L3", "Q3", "Y7"):
            page[address].value = str(page[address].value)
            page[address].quotePrefix = True

    good = changed()
    return [
        Case("yuan shown as wan", formatted(cell("L3", 50_000_000, '0!.0,"万元"')), ".xlsx", (("L3", "项目总投资"),)),
        Case("a per cent below a head of per cent", formatted(per_cent_below_per_cent), ".xlsx", (), good),
        Case("numbers with a sign of per cent written after them", formatted(whole_per_cent), ".xlsx", (), good),
        Case("a day in Chinese", formatted(cell("U4", date(2025, 7, 1), 'yyyy"年"m"月"d"日"')), ".xlsx", (), good),
        Case("a year that is a day", formatted(cell("I3", date(2025, 1, 1), "yyyy")), ".xlsx", (), good),
        Case("text that was a number", formatted(strings), ".xlsx", (), good),
        Case("a number shown as a day", formatted(cell("L3", 5000, "yyyy-mm-dd")), ".xlsx", (), good),
        Case("a hidden row", formatted(lambda page: setattr(page.row_dimensions[4], "hidden", True)), ".xlsx", (), good),
        Case("a hidden column", formatted(lambda page: setattr(page.column_dimensions["U"], "hidden", True)), ".xlsx", (), good),
    ]


def products() -> list[Case]:
    """One product written in two ways shares one cap all the same."""
    projects = copy.deepcopy(good_projects())
    more = projects[4] | {"project": "JG-008", "contract": 6000 * WAN, "filed_on": date(2025, 4, 1), "uscc": projects[5]["uscc"]}
    projects.append(more)

    def twin(code: object) -> Callable[[Path], None]:
        def write(path: Path) -> None:
            book = Book(projects=projects)
            book.put(8, "product", code)
            book.save(path)

        return write

    codes = {"the same": "CP-1", "small letters": "cp-1", "full width": "ＣＰ－１", "blanks": " CP-1 ", "a hidden blank": "CP-1\u200b"}
    return [Case(f"one product written in two ways: {name}", twin(code), ".csv", (), tuple(projects)) for name, code in codes.items()]


def words() -> list[Case]:
    ended = changed(2, status="终止")
    statuses = {"with blanks": " 终止 ", "a blank inside": "终 止", "in the past": "已终止", "other words": "项目终止",
                "withdrawn": "撤销", "refused": "不予立项"}
    cases = [wrong_cell(f"ended: {name}", 2, "status", status, ".csv", ended) for name, status in statuses.items()]
    points = [Case(f"central points below a head of per cent: {value}", saved(lambda book, value=value: (
        book.rehead("central_points", "中央贴息点数（%）"), book.put(2, "central_points", Decimal(value)))), ".xlsx", says, truth)
        for value, says, truth in (("1.5", (), changed()), ("0.015", ("V4",), None))]
    return [
        *cases, *points,
        Case("separators of Excel", edited(lambda text: "sep=,\r\n" + text), ".csv", (), changed()),
        Case("a head twice as a unit", saved(rehead("investment", "项目总投资（万元）（万元）")), ".xlsx", (), changed()),
        Case("a section of the table", saved(lambda book: book.lines.insert(5, ["一、装备行业", *book.blank_line()[1:]])), ".xlsx",
             ("#6",), changed()),
        Case("of which", saved(lambda book: book.lines.insert(4, [None, "其中：设备", *[None] * 9, Decimal(3000), *[None] * 19])),
             ".xlsx", ("#5",)),
        Case("the unit above a group of heads", saved(lambda book: (
            book.lines.insert(1, ["单位：万元", *book.blank_line()[1:]]), book.rehead("investment", "项目总投资"))), ".csv",
            ("项目总投资",), changed()),
        Case("paid more than any clause pays", saved(put(3, "paid", Decimal(99999))), ".xlsx", ("已拨付",)),
    ]


# --- xls and ods ---------------------------------------------------------------------------------------------


def write_xls(path: Path, book: Book) -> None:
    workbook = xlwt.Workbook()
    page, day, share = workbook.add_sheet("台账"), *(xlwt.easyxf(num_format_str=form) for form in ("YYYY-MM-DD", "0.00%"))
    for row, line in enumerate(book.lines):
        for column, cell in enumerate(line):
            if isinstance(cell, str) and cell.startswith("="):
                page.write(row, column, xlwt.Formula(cell[1:]))
            elif isinstance(cell, str) and cell.endswith("%"):
                page.write(row, column, float(Decimal(cell[:-1]).scaleb(-2)), share)
            elif isinstance(cell, str) and cell.startswith("#"):
                page.row(row).set_cell_error(column, cell)
            elif cell is not None:
                page.write(row, column, cell, day if isinstance(cell, date) else xlwt.Style.default_style)
    workbook.save(str(path))


def ods_cell(cell: object) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if cell == "covered":
        return "<table:covered-table-cell/>"
    said = str(cell)
    if isinstance(cell, bool):
        kind, value = "boolean", f'office:boolean-value="{said.lower()}"'
    elif isinstance(cell, date):
        kind, value = "date", f'office:date-value="{cell.isoformat()}"'
    elif isinstance(cell, int | Decimal):
        kind, value = "float", f'office:value="{plain(Decimal(cell))}"'
    elif said.startswith("="):
        kind, value = "float", f'table:formula="of:{said}"'
    elif said.endswith("%"):
        kind, value = "percentage", f'office:value="{plain(Decimal(said[:-1]).scaleb(-2))}"'
    else:
        kind, value = "string", ""
    return f'<table:table-cell office:value-type="{kind}" {value}><text:p>{escape(said)}</text:p></table:table-cell>'


def write_ods(path: Path, book: Book, columns_after: int = 0, rows_after: int = 0) -> None:
    after = f'<table:table-cell table:number-columns-repeated="{columns_after}"/>' if columns_after else ""
    rows = "".join(f"<table:table-row>{''.join(map(ods_cell, line))}{after}</table:table-row>" for line in book.lines)
    if rows_after:
        rows += (f'<table:table-row table:number-rows-repeated="{rows_after}"><table:table-cell table:number-columns-repeated="1024"/>'
                 "</table:table-row>")
    save(path, ods_parts(rows))


def other_formats() -> list[Case]:
    wrong = {
        "negative": (1, "investment", Decimal(-5000)), "about": (1, "investment", "约5000"), "true": (1, "loan_principal", True),
        "a formula": (1, "loan_principal", "=3000+2000"), "a day for an amount": (1, "loan_principal", date(2025, 3, 1)),
        "half a year of a loan": (2, "loan_years", Decimal("2.5")), "three times the loan": (1, "loan_rate", "345%"),
        "a wrong code": (1, "uscc", "91310000000000019A"), "an unknown instrument": (3, "instrument", "技改奖励"),
        "approved before filed": (2, "approved_year", 2024), "nothing lent": (1, "loan_principal", None),
        "no such day": (2, "drawn_on", "2025-02-30"),
        "a fraction of a fen": (5, "contract", Decimal("2000.0000004")),
    }
    cases = []
    for suffix, write in ((".xls", write_xls), (".ods", write_ods)):
        for name, (who, column, value) in wrong.items():
            def make(path: Path, who=who, column=column, value=value, write=write) -> None:
                book = Book()
                book.put(who, column, value)
                write(path, book)

            value_said = () if value is None or isinstance(value, date) or str(value).startswith("=") else (shown(value),)
            if name == "three times the loan":
                value_said = (("345%", "3.45"),)
            cases.append(Case(f"{name} ({suffix[1:]})", make, suffix, (Book().address(who, column), *value_said)))

        def no_unit(path: Path, write=write) -> None:
            book = Book()
            book.rehead("investment", "项目总投资")
            write(path, book)

        def twice(path: Path, write=write) -> None:
            book = Book()
            book.put(4, "project", "JG-001")
            write(path, book)

        cases += [Case(f"no unit ({suffix[1:]})", no_unit, suffix, ("项目总投资",)),
                  Case(f"twice ({suffix[1:]})", twice, suffix, ("A6", "JG-001")),
                  Case(f"nothing wrong ({suffix[1:]})", lambda path, write=write: write(path, Book()), suffix, (), changed())]

    def error(path: Path) -> None:
        book = Book()
        book.put(1, "loan_principal", "#REF!")
        write_xls(path, book)

    def covered(path: Path) -> None:
        book = Book()
        book.put(2, "investment", "covered")
        write_ods(path, book)

    return [
        *cases, Case("a lost reference (xls)", error, ".xls", ("Q3",)), Case("a covered cell (ods)", covered, ".ods", (("L3", "L4"),)),
        Case("endless empty cells (ods)", lambda path: write_ods(path, Book(), columns_after=16000, rows_after=1_000_000), ".ods", (),
             changed()),
    ]


CASES = [*on_the_screen(), *products(), *words(), *other_formats()]
