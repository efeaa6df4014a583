"""Ledgers as bureaus keep them: odd to look at, nothing wrong with them."""

import csv
import io
import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import xlsxwriter
import xlwt
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.ledger.bad_files import raw, text_of
from tests.ledger.bad_rows import total
from tests.ledger.books import FIRST, HEAD, Book, Case, changed, saved
from tests.ledger.random_ledgers import AMOUNTS, plain, write_xlsx
from tests.oracle.ledger import WAN

MONEY = [column for column in AMOUNTS if column in Book().columns]


def each_cell(columns: list[str], to: Callable[[object], object]) -> Callable[[Book], None]:
    """Write the cells of some columns in another way."""
    def change(book: Book) -> None:
        for line in book.lines[FIRST:]:
            for column in columns:
                if line[book.at(column)] is not None:
                    line[book.at(column)] = to(line[book.at(column)])

    return change


def each_head(to: Callable[[str], str]) -> Callable[[Book], None]:
    def change(book: Book) -> None:
        book.lines[HEAD] = [to(head) for head in book.lines[HEAD]]

    return change


def in_words() -> dict[str, Callable[[Book], None]]:
    """Cells written otherwise."""
    def english(book: Book) -> None:
        book.lines[HEAD] = [f"{column} (万元)" if column in AMOUNTS else column for column in book.columns]

    def percent_head(book: Book) -> None:
        book.rehead("loan_rate", "贷款利率（%）")
        book.put(1, "loan_rate", Decimal("3.45"))
        book.put(2, "loan_rate", Decimal("3.2"))

    def keys(book: Book) -> None:
        book.put(1, "instrument", "upgrade_loan_interest")
        book.put(2, "instrument", "upgrade_loan_interest; 技改融资租赁补贴")

    def words(book: Book) -> None:
        book.put(4, "title", "综合计量中心改造")
        book.put(5, "title", "小计算机整机")
        book.put(6, "enterprise", "上海总计划科技有限公司")

    dates = ["filed_on", "drawn_on"]
    return {
        "thousands separators": each_cell(MONEY, lambda amount: f"{amount:,.2f} "),
        "amounts as text": each_cell(MONEY, plain),
        "Chinese dates": each_cell(dates, lambda day: f"{day.year}年{day.month}月{day.day}日"),
        "dates with strokes": each_cell(dates, lambda day: f"{day.year}/{day.month}/{day.day}"),
        "dates with an hour": each_cell(dates, lambda day: datetime(day.year, day.month, day.day)),
        "years as text": each_cell(["filing_year", "approved_year"], str),
        "noughts at the end": each_cell(MONEY, lambda amount: f"{amount:.6f}"),
        "blanks around words": each_cell(["instrument", "status", "repayment", "size", "project"], lambda word: f" {word}  "),
        "a semicolon between instruments": each_cell(["instrument"], lambda names: names.replace("、", "；")),
        "noise of a spreadsheet": each_cell(MONEY, lambda amount: Decimal(repr(float(amount) * (1 + 2.3e-16)))),
        "half-width brackets": each_head(lambda head: head.replace("（", "(").replace("）", ")")),
        "heads on two lines": each_head(lambda head: head.replace("（", "\n（")),
        "blanks in heads": each_head(lambda head: f" {head} "),
        "a blank before the unit": each_head(lambda head: head.replace("（", " （")),
        "English heads": english, "a rate below a head of per cent": percent_head, "keys for instruments": keys,
        "names with the words of a sum in them": words,
    }


def around() -> dict[str, Callable[[Book], None]]:
    """Lines and columns around the table."""
    def titles(book: Book) -> None:
        book.lines[1:1] = [book.blank_line(), ["附件1", *book.blank_line()[1:]],
                           ["填报单位：上海市某区经委", None, None, "2025年3月", *book.blank_line()[4:]]]

    def no_title(book: Book) -> None:
        del book.lines[0]

    def corner(book: Book) -> None:
        book.lines = [[None] * (len(book.columns) + 2), [None] * (len(book.columns) + 2), *([None, None, *line] for line in book.lines)]

    def ends(book: Book) -> None:
        book.lines = [line + [None] * 5 for line in book.lines] + [[None] * (len(book.columns) + 5) for _ in range(40)]

    def notes(book: Book) -> None:
        below = ["注：本表金额单位为万元，核定投资以评审结论为准。", "填表人：张三        审核人：李四        填表日期：2025年3月31日"]
        book.lines += [book.blank_line(), *([note, *book.blank_line()[1:]] for note in below)]

    def subtotals(book: Book) -> None:
        book.lines.insert(FIRST + 3, total(book, "小计"))
        book.lines += [total(book, "合 计"), total(book, "总计")]

    def sum_on_top(book: Book) -> None:
        book.lines.insert(FIRST, total(book, "合计："))

    def sum_in_the_middle(book: Book) -> None:
        """Amounts to the left of the word 合计, as the order of the columns has it."""
        order = [book.at("investment"), book.at("loan_years"), *(at for at in range(len(book.columns)) if book.columns[at] not in (
            "investment", "loan_years"))]
        book.lines.append(total(book))
        book.lines[1:] = [[line[at] for at in order] for line in book.lines[1:]]

    def sum_in_any_column(book: Book) -> None:
        line = [None if cell == "合计" else cell for cell in total(book)]
        line[0] = "合计"
        book.lines.append(line)
        order = [book.at("loan_years"), *(at for at in range(len(book.columns)) if book.columns[at] != "loan_years")]
        book.lines[1:-1] = [[line[at] for at in order] for line in book.lines[1:-1]]
        book.lines[-1] = [line[at] for at in order]
        book.lines[-1][0], book.lines[-1][1] = "合计", None

    def more_columns(book: Book) -> None:
        book.add("序号", range(1, 8))
        book.add("备注", [None, "已现场核查", None, None, "见附件", None, None])
        book.add("联系电话", [13800000000 + number for number in range(7)])
        book.add("自筹资金（万元）", [Decimal(100)] * 7)

    def reversed_columns(book: Book) -> None:
        book.lines = [list(reversed(line)) for line in book.lines]
        book.lines[0].sort(key=lambda cell: cell is None)

    def gaps(book: Book) -> None:
        book.lines[FIRST + 2:FIRST + 2] = [book.blank_line(), book.blank_line()]

    def empty_column(book: Book) -> None:
        for line in book.lines:
            line.insert(5, None)

    return {
        "title lines": titles, "no title": no_title, "not in the corner": corner, "empty lines and columns at the end": ends,
        "notes below": notes,
        "sums between and below": subtotals, "the sum on top": sum_on_top, "columns of no interest": more_columns,
        "the columns the other way round": reversed_columns, "blank lines between": gaps, "an empty column between": empty_column,
        "a sum whose word is not on the left": sum_in_the_middle, "a sum below years": sum_in_any_column,
        "a sum below": lambda book: book.lines.append(total(book)),
    }


# --- written by other hands -----------------------------------------------------------------------------


def two_lines_of_heads(path: Path) -> None:
    """Groups above, merged; the heads that belong to no group merged downwards."""
    book = Book()
    groups = {"loan_principal": ("贷款情况", "central_years"), "investment": ("投资情况", "incremental_investment")}
    above = book.blank_line()
    ranges = [(book.at(first), book.at(last)) for first, (_, last) in groups.items()]
    for first, (name, _) in groups.items():
        above[book.at(first)] = name
    outside = [at for at in range(len(book.columns)) if not any(first <= at <= last for first, last in ranges)]
    heads = list(book.lines[HEAD])
    for at in outside:
        above[at], heads[at] = heads[at], None
    book.lines[HEAD:HEAD + 1] = [above, heads]
    book.save(path)
    workbook = load_workbook(path)
    page = workbook.active
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(book.columns))
    for first, last in ranges:
        page.merge_cells(start_row=2, end_row=2, start_column=first + 1, end_column=last + 1)
    for at in outside:
        page.merge_cells(start_row=2, end_row=3, start_column=at + 1, end_column=at + 1)
    workbook.save(path)


def with_instructions(path: Path) -> None:
    write_xlsx(path, Book().lines, "申报汇总")
    workbook = load_workbook(path)
    page = workbook.create_sheet("填表说明", 0)
    page["A1"], page["A2"] = "填表说明", "一、金额单位为万元；二、申报专项可填多项。"
    workbook.create_sheet("Sheet3")
    workbook.save(path)


def painted(path: Path) -> None:
    """Formats far beyond the table, filters, frozen panes, a hidden column."""
    Book().save(path)
    workbook = load_workbook(path)
    page = workbook.active
    for row in range(10, 200):
        page.cell(row, 40).fill = PatternFill("solid", fgColor="FFFF00")
    page.auto_filter.ref = "A2:AE9"
    page.freeze_panes = "B3"
    page.column_dimensions["D"].hidden = True
    workbook.save(path)


def of_1904(path: Path) -> None:
    """A workbook whose days are counted from 1904."""
    workbook = Workbook()
    workbook.epoch = CALENDAR_MAC_1904
    for line in Book().lines:
        workbook.active.append([float(cell) if isinstance(cell, Decimal) else cell for cell in line])
    workbook.save(path)


def by_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as workbook:
        page, day, share = workbook.add_worksheet(), *(workbook.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "0.00%"))
        for row, line in enumerate(Book().lines):
            for column, cell in enumerate(line):
                if isinstance(cell, date):
                    page.write_datetime(row, column, cell, day)
                elif isinstance(cell, str) and cell.endswith("%"):
                    page.write_number(row, column, float(Decimal(cell[:-1]).scaleb(-2)), share)
                elif cell is not None:
                    page.write(row, column, cell)


def by_xlwt(path: Path) -> None:
    workbook = xlwt.Workbook()
    page, day, share = workbook.add_sheet("台账"), *(xlwt.easyxf(num_format_str=form) for form in ("YYYY-MM-DD", "0.00%"))
    for row, line in enumerate(Book().lines):
        for column, cell in enumerate(line):
            if isinstance(cell, str) and cell.endswith("%"):
                page.write(row, column, float(Decimal(cell[:-1]).scaleb(-2)), share)
            elif cell is not None:
                page.write(row, column, cell, day if isinstance(cell, date) else xlwt.Style.default_style)
    workbook.save(str(path))


def by_pandas(path: Path) -> None:
    book = Book()
    frame = pd.DataFrame(book.lines[FIRST:], columns=book.lines[HEAD], dtype=object)
    frame = frame.map(lambda cell: float(cell) if isinstance(cell, Decimal) else cell)
    frame.to_excel(path, index=False, engine="openpyxl")


def kept(name: str) -> Callable[[Path], None]:
    """The good ledger as another program wrote it once."""
    def write(path: Path) -> None:
        shutil.copyfile(Path(__file__).parent / "files" / name, path)

    return write


def quoted() -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
        [["" if cell is None else plain(cell) if isinstance(cell, Decimal) else str(cell) for cell in line] for line in Book().lines])
    return out.getvalue().rstrip("\n")


def few(path: Path) -> None:
    """Only what one instrument needs."""
    write_xlsx(path, [["项目编号", "申报专项", "申报年度", "合同金额（亿元）"], ["001", "“三首”产品支持", 2025, Decimal("0.5")],
                      ["002", "first_of_kind", 2026, Decimal("0.66666667")]])


FEW = (
    {"project": "001", "instrument": ("first_of_kind",), "filing_year": 2025, "contract": 5000 * WAN},
    {"project": "002", "instrument": ("first_of_kind",), "filing_year": 2026, "contract": Decimal("66666667.00")},
)


def cases() -> list[Case]:
    good = changed()
    changes = in_words() | around()
    files = {
        "two lines of heads": (two_lines_of_heads, ".xlsx"), "a page of instructions": (with_instructions, ".xlsx"),
        "painted": (painted, ".xlsx"),
        "days from 1904": (of_1904, ".xlsx"), "written by xlsxwriter": (by_xlsxwriter, ".xlsx"), "written by xlwt": (by_xlwt, ".xls"),
        "written by pandas (ods)": (kept("ledger_pandas.ods"), ".ods"), "written by pandas (xlsx)": (by_pandas, ".xlsx"),
        **{f"saved by LibreOffice ({kind})": (kept(f"ledger_libreoffice.{kind}"), f".{kind}") for kind in ("xls", "ods", "xlsx")},
        "UTF-8 with a mark": (saved(encoding="utf-8-sig"), ".csv"), "UTF-8 without a mark": (saved(encoding="utf-8"), ".csv"),
        "GB18030": (saved(encoding="gb18030"), ".csv"), "GBK": (saved(encoding="gbk"), ".csv"),
        "everything quoted": (raw(lambda: quoted().encode()), ".csv"),
        "newlines of Unix": (raw(lambda: text_of(newline="\n").encode()), ".csv"),
        "capital letters in the name": (saved(encoding="utf-8"), ".CSV"),
        "in yuan": (saved(unit="元"), ".xlsx"), "in yi": (saved(unit="亿元"), ".xlsx"), "in yuan, csv": (saved(unit="元"), ".csv"),
    }
    texts = {"thousands separators", "Chinese dates", "sums between and below", "title lines", "notes below", "not in the corner",
             "heads on two lines",
             "columns of no interest", "empty lines and columns at the end", "names with the words of a sum in them"}
    return [
        *(Case(name, saved(change), ".xlsx", (), good) for name, change in changes.items()),
        *(Case(f"{name}, csv", saved(change), ".csv", (), good) for name, change in changes.items() if name in texts),
        *(Case(name, write, suffix, (), good) for name, (write, suffix) in files.items()),
        Case("only what one instrument needs", few, ".xlsx", (), FEW),
    ]


CASES = cases()
