"""Ledgers whose rows are not what they seem: sums, second tables, merged cells, lone values, several faults at once."""

import copy
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from openpyxl import load_workbook

from tests.ledger.books import FIRST, HEAD, Book, Case, changed, good_projects, saved
from tests.ledger.random_ledgers import total_row


def total(book: Book, word: str = "合计") -> list:
    line = total_row(book.lines[HEAD], [[cell if isinstance(cell, Decimal) else None for cell in line] for line in book.lines[FIRST:]])
    return [word if cell == "合计" else cell for cell in line]


def insert(at: int, *make: Callable[[Book], list]) -> Callable[[Book], None]:
    """Put lines before line `at` of the book."""
    def change(book: Book) -> None:
        book.lines[at:at] = [one(book) for one in make]

    return change


def lone(column: str, value: object) -> Callable[[Book], list]:
    """A line with one value."""
    def make(book: Book) -> list:
        line = book.blank_line()
        line[book.at(column)] = value
        return line

    return make


def sums() -> list[Case]:
    def wrong_sum(book: Book) -> None:
        line = total(book)
        line[book.at("investment")] += 1
        book.lines.append(line)

    def nameless(book: Book) -> None:
        book.lines.append([None if cell == "合计" else cell for cell in total(book)])

    def named_like_a_project(book: Book) -> None:
        line = total(book, "JG-999")
        book.lines.append(line)

    good = changed()
    return [
        Case("a sum in the middle", saved(insert(6, total)), truth=good),
        Case("rows below the sum", saved(insert(FIRST + 4, lambda book: total(book))), ".csv", (), good),
        Case("the sum is wrong", saved(wrong_sum), truth=good),
        Case("a sum without its word", saved(nameless), ".xlsx", (("A10", "项目编号"),)),
        Case("a sum without its word, csv", saved(nameless), ".csv", (("#10", "A10"),)),
        Case("a sum that looks like a project", saved(named_like_a_project), ".xlsx", (("H10", "JG-999"),)),
        Case("a project called 合计", saved(lambda book: book.put(4, "title", "合计")), truth=changed(4, title="合计")),
    ]


def lone_values() -> list[Case]:
    cases = []
    for suffix in (".csv", ".xlsx"):
        for column, value in (("investment", Decimal(5000)), ("title", "补报项目"), ("project", "JG-050"), ("contract", Decimal(1)),
                              ("instrument", "技改贷款贴息"), ("paid", Decimal(100))):
            cases.append(Case(f"a row with nothing but its {column} ({suffix[1:]})", saved(insert(5, lone(column, value))), suffix,
                              ("#6",)))
        far = [Book.blank_line] * 12
        cases.append(Case(f"an amount far below ({suffix[1:]})", saved(insert(9, *far, lone("investment", Decimal(7000)))), suffix,
                          (("L22", "#22", "A22", "H22"),)))
    cases.append(Case("an amount beside the table", saved(lambda book: book.add(None, [None, Decimal(123), *[None] * 5])), truth=changed()))
    return cases


def second_tables() -> list[Case]:
    def heads_again(book: Book) -> None:
        book.lines[FIRST + 4:FIRST + 4] = [list(book.lines[HEAD])]

    def other_order(book: Book) -> None:
        second = [list(reversed(line)) for line in (book.lines[HEAD], *book.lines[FIRST + 4:])]
        book.lines[FIRST + 4:] = [book.blank_line(), *second]

    def other_unit(book: Book) -> None:
        more = Book("元")
        book.lines[FIRST + 4:] = [book.blank_line(), more.lines[HEAD], *more.lines[FIRST + 4:]]

    def beside(book: Book) -> None:
        for line, more in zip(book.lines, Book().lines, strict=True):
            line.extend([None, *more])

    def ids_below(book: Book) -> None:
        book.lines[FIRST:FIRST] = [list(book.columns)]

    def other_table(book: Book) -> None:
        at = [book.at(column) for column in ("project", "investment", "instrument")]
        lines = [book.blank_line() for _ in range(3)]
        for line, cells in zip(lines, (("序号", "金额", "备注"), (1, 300, "已付"), (2, 400, "未付")), strict=True):
            for place, cell in zip(at, cells, strict=True):
                line[place] = cell
        book.lines += [book.blank_line(), *lines]

    good = changed()
    return [
        Case("the heads again in the middle", saved(heads_again), truth=good),
        Case("the heads again in the middle, csv", saved(heads_again), ".csv", (), good),
        Case("a second table in another order", saved(other_order), truth=good),
        Case("a second table in another unit", saved(other_unit), truth=good),
        Case("the same table beside it", saved(beside), ".xlsx", ("项目编号",)),
        Case("English ids below the Chinese heads", saved(ids_below), truth=good),
        Case("a table of something else below", saved(other_table), ".xlsx", (("12", "13", "14"),)),
    ]


def merged(name: str, *ranges: str, truth: tuple | None = None, says: tuple = ()) -> Case:
    """Merge cells of the good book: Excel keeps the first value only."""
    def write(path: Path) -> None:
        Book().save(path)
        workbook = load_workbook(path)
        for cells in ranges:
            workbook.active.merge_cells(cells)
        workbook.save(path)

    return Case(f"merged: {name}", write, ".xlsx", says, truth)


def merged_cells() -> list[Case]:
    same = copy.deepcopy(good_projects())
    same[1]["enterprise"] = same[0]["enterprise"]
    return [
        merged("the investment of two projects", "L3:L4", says=(("L3", "L4"),)),
        merged("the loan of two projects", "Q3:Q4", says=(("Q3", "Q4"),)),
        merged("the instrument of two projects", "H5:H6", says=(("H5", "H6"),)),
        merged("the project of two rows", "A5:A6", says=(("A5", "A6"),)),
        merged("investment and approved investment", "L3:M3", says=(("L3", "M3"),)),
        merged("the filing year of all", "I3:I9", says=(("I3", "I4"),), truth=changed()),
        merged("the enterprise of two projects", "C3:C4", truth=tuple(same)),
        merged("whole rows", "A3:AE4", says=(("A3", "A4"),)),
    ]


def moved_and_many() -> list[Case]:
    def shifted(book: Book) -> None:
        line = book.lines[book.line(2)]
        line.insert(9, None)
        line.pop()

    def many(book: Book) -> None:
        seven(book)
        book.rehead("drawn_on", "提款日斯")

    def seven(book: Book) -> None:
        book.put(1, "investment", "约5000")
        book.put(2, "loan_rate", "345%")
        book.put(4, "accepted_investment", Decimal(-1))
        book.put(4, "filing_year", "25")
        book.put(5, "instrument", "三手")
        book.put(6, "certification_contract", None)
        book.put(7, "project", "JG-001")

    def first_and_last(book: Book) -> None:
        one = book.lines[book.line(7)]
        at, name = book.at("incremental_investment"), book.at("project")
        for number in range(1000):
            more = list(one)
            more[name], more[book.at("uscc")] = f"RJ-{number}", None
            book.lines.append(more)
        book.lines[FIRST + 7][at] = "一千二"
        book.lines[-1][at] = "两千"

    def nothing(book: Book) -> None:
        del book.lines[FIRST:]

    def only_a_sum(book: Book) -> None:
        line = total(book)
        book.lines[FIRST:] = [line]

    def only_titles(book: Book) -> None:
        del book.lines[HEAD:]

    faults = ("约5000", ("345%", "3.45"), "-1", "25", "三手", "AA8", "JG-001", "提款日斯")
    cases = [
        Case("a row moved one cell to the right", saved(shifted), ".xlsx", (("J4", "K4", "L4"),)),
        Case("a row moved one cell to the right, csv", saved(shifted), ".csv", (("#4", "J4", "K4"),)),
        Case("seven faults in cells in one report", saved(seven), ".xlsx", faults[:-1]),
        Case("seven faults in cells in one report, csv", saved(seven), ".csv", (*faults[:5], faults[6])),
        Case("eight faults in one report", saved(many), ".xlsx", faults),
        Case("eight faults in one report, csv", saved(many), ".csv", (*faults[:5], *faults[6:])),
        Case("faults a thousand rows apart", saved(first_and_last), ".csv", ("一千二", "两千")),
    ]
    for suffix in (".csv", ".xlsx"):
        for name, change in (("only heads", nothing), ("only a sum", only_a_sum), ("only a title", only_titles)):
            cases.append(Case(f"{name} ({suffix[1:]})", saved(change), suffix))
    return cases


CASES = [*sums(), *lone_values(), *second_tables(), *merged_cells(), *moved_and_many()]
