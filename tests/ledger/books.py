"""A small good ledger that covers most columns, and what may be done to it: the ground of the bad and the odd ones."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from openpyxl.utils import get_column_letter

from tests.ledger.random_ledgers import AMOUNTS, HEADS, SHARES, TITLES, UNITS, credit_code, in_unit, plain, write_csv, write_xlsx
from tests.oracle.ledger import WAN

COLUMNS = (
    "project", "title", "enterprise", "uscc", "sector", "district", "size", "instrument", "filing_year", "filed_on", "score",
    "investment", "approved_investment", "equipment", "renewal_share", "incremental_investment", "loan_principal", "loan_rate",
    "loan_years", "repayment", "drawn_on", "central_points", "central_years", "lease_equipment", "contract", "product",
    "certification_contract", "status", "approved_year", "paid", "accepted_investment",
)
TITLE, HEAD, FIRST = 0, 1, 2  # lines of the book, from 0


def good_projects() -> list[dict]:
    """Seven projects of the usual kinds, as the oracle knows them."""
    own = [
        {"instrument": ("upgrade_loan_interest",), "investment": 5000 * WAN, "approved_investment": 4800 * WAN,
         "loan_principal": 3000 * WAN, "loan_rate": Decimal("0.0345"), "loan_years": 5, "repayment": "到期还本", "status": "申报"},
        {"instrument": ("upgrade_loan_interest", "upgrade_lease"), "investment": 8000 * WAN, "equipment": 6000 * WAN,
         "loan_principal": 4000 * WAN, "loan_rate": Decimal("0.032"), "loan_years": 5, "repayment": "等额本金",
         "drawn_on": date(2025, 7, 1), "central_points": Decimal("1.5"), "central_years": 2, "lease_equipment": 1000 * WAN,
         "status": "立项", "approved_year": 2025},
        {"instrument": ("major_project",), "investment": 60000 * WAN, "approved_investment": 55000 * WAN, "equipment": 40000 * WAN,
         "status": "拨付", "approved_year": 2025, "paid": 2750 * WAN},
        {"instrument": ("energy_management_centre",), "investment": 3000 * WAN, "equipment": 2000 * WAN,
         "renewal_share": Decimal("0.6"), "status": "验收", "approved_year": 2025, "accepted_investment": 2800 * WAN},
        {"instrument": ("first_of_kind",), "contract": 2000 * WAN, "product": "CP-1", "status": "申报"},
        {"instrument": ("material_certification",), "certification_contract": 200 * WAN, "product": "CL-7", "status": "申报"},
        {"instrument": ("software_rnd",), "investment": 4500 * WAN, "incremental_investment": 1200 * WAN, "status": "拟申报"},
    ]
    return [{
        "project": f"JG-{number:03d}", "title": f"第{number}号智能化改造项目", "enterprise": f"上海某某{number}机械有限公司",
        "uscc": credit_code(number), "sector": "装备", "district": "浦东新区", "size": "中型", "filing_year": 2025,
        "filed_on": date(2025, 3, number), "score": Decimal(80 + number), **one,
    } for number, one in enumerate(own, start=1)]


class Book:
    """The lines of a ledger: a title, the heads, one line for each project. None is an empty cell."""

    def __init__(self, unit: str = "万元", projects: Sequence[Mapping] | None = None):
        self.columns = list(COLUMNS)
        self.unit = unit
        heads = [f"{HEADS[column]}（{unit}）" if column in AMOUNTS else HEADS[column] for column in COLUMNS]
        projects = good_projects() if projects is None else projects
        self.names = [project["project"] for project in projects]
        title = ["工业领域设备更新项目申报汇总表"] + [None] * (len(COLUMNS) - 1)
        self.lines = [title, heads, *([self._entry(project, column) for column in COLUMNS] for project in projects)]

    def _entry(self, project: Mapping, column: str) -> object:
        value = project.get(column)
        if value is None:
            return None
        if column == "instrument":
            return "、".join(TITLES[key] for key in value)
        if column in AMOUNTS:
            return in_unit(value, self.unit)
        return f"{plain(value * 100)}%" if column in SHARES else value

    def at(self, column: str) -> int:
        return self.columns.index(column)

    def line(self, who: int) -> int:
        """The line of project JG-00`who`, from 0."""
        return FIRST + who - 1

    def address(self, who: int, column: str) -> str:
        return f"{get_column_letter(self.at(column) + 1)}{self.line(who) + 1}"

    def head_address(self, column: str) -> str:
        return f"{get_column_letter(self.at(column) + 1)}{HEAD + 1}"

    def get(self, who: int, column: str) -> object:
        return self.lines[self.line(who)][self.at(column)]

    def put(self, who: int, column: str, value: object) -> None:
        self.lines[self.line(who)][self.at(column)] = value

    def rehead(self, column: str, head: object) -> None:
        self.lines[HEAD][self.at(column)] = head

    def drop(self, column: str) -> None:
        at = self.at(column)
        del self.columns[at]
        for line in self.lines:
            del line[at]

    def add(self, head: object, values: Sequence[object], name: str = "added") -> None:
        """One more column on the right."""
        self.columns.append(name)
        for line, value in zip(self.lines, [None, head, *values], strict=False):
            line.append(value)

    def scale(self, column: str, factor: Decimal) -> None:
        """The whole column so many times as large."""
        for line in self.lines[FIRST:]:
            if line[self.at(column)] is not None:
                line[self.at(column)] *= factor

    def blank_line(self) -> list:
        return [None] * len(self.columns)

    def save(self, path: Path, **options: str) -> None:
        if path.suffix.lower() == ".csv":
            write_csv(path, self.lines, **options)
        else:
            write_xlsx(path, self.lines, **options)


@dataclass(frozen=True)
class Case:
    """One ledger with something wrong or odd.

    `truth`: what the ledger says, if it is to be read (an odd one) or may be (a bad one); None if it must be refused.
    `says`: what the refusal has to contain; of a tuple, any one.
    """

    name: str
    write: Callable[[Path], None]
    suffix: str = ".xlsx"
    says: tuple[str | tuple[str, ...], ...] = ()
    truth: tuple[Mapping, ...] | None = None
    options: tuple[str, ...] = ()


def changed(who: int = 1, **columns: object) -> tuple[dict, ...]:
    """The good projects but for some columns of one; None empties a column."""
    projects = copy.deepcopy(good_projects())
    one = projects[who - 1]
    one.update(columns)
    for column in [column for column, value in one.items() if value is None]:
        del one[column]
    return tuple(projects)


def saved(change: Callable[[Book], object] = lambda book: None, unit: str = "万元", **options: str) -> Callable[[Path], None]:
    """A writer of the good book after a change."""
    def write(path: Path) -> None:
        book = Book(unit)
        change(book)
        book.save(path, **options)

    return write


def put(who: int, column: str, value: object) -> Callable[[Book], None]:
    return lambda book: book.put(who, column, value)


def rehead(column: str, head: object) -> Callable[[Book], None]:
    return lambda book: book.rehead(column, head)


def shown(value: object) -> tuple[str, ...]:
    """The ways in which a report may show a value."""
    if isinstance(value, str) and value.startswith("="):
        return (value, "公式")
    if isinstance(value, bool):
        return (str(value), str(value).upper(), str(value).lower())
    if isinstance(value, date):
        return (value.isoformat(), f"{value:%Y/%m/%d}", f"{value.year}年")
    if isinstance(value, int | float | Decimal):
        return tuple(dict.fromkeys((str(value), repr(value), plain(Decimal(str(value))) if abs(value) < 1e30 else "1E+300", f"{value:g}")))
    return (str(value), repr(value)[1:-1], str(value).strip())


def wrong_cell(name: str, who: int, column: str, value: object, suffix: str = ".xlsx", truth: Sequence[Mapping] | None = None,
               options: tuple[str, ...] = ()) -> Case:
    """A case of one cell; the report names the cell, or the line of a csv file, and the value."""
    book = Book()
    where = (book.address(who, column),) if suffix != ".csv" else (book.address(who, column), f"#{book.line(who) + 1}")
    truth = tuple(truth) if truth is not None else None
    return Case(name, saved(put(who, column, value)), suffix, (where, shown(value)), truth, options)


def wrong_head(name: str, column: str, head: str, suffix: str = ".xlsx", truth: Sequence[Mapping] | None = None) -> Case:
    """A case of one head; the report names its cell or line, and the head."""
    where = (Book().head_address(column), f"#{HEAD + 1}", head)
    truth = tuple(truth) if truth is not None else None
    return Case(name, saved(rehead(column, head)), suffix, (where, (head, HEADS[column])), truth)


def missing_column(column: str, *instruments: str) -> Case:
    """A needed column is not there: the report names it and which instrument needs it."""
    said = tuple((TITLES[key], key) for key in instruments)
    return Case(f"without {column}", saved(lambda book: book.drop(column)), ".xlsx", ((HEADS[column], column), *said))


__all__ = ["FIRST", "HEAD", "TITLE", "UNITS", "Book", "Case", "changed", "good_projects", "missing_column", "put", "rehead", "saved",
           "wrong_cell", "wrong_head"]
