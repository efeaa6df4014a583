"""What a look through a workbook finds in each sheet, the limits that it keeps to, and how a file is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from simulator.language import tr

MOST_ON_DISK = 100 * 2**20  # bytes of a workbook as it lies on disk
MOST_UNPACKED = 600 * 2**20  # bytes of all its parts
MOST_PARTS = 5_000
MOST_SHEETS = 500
MOST_CELLS = 5_000_000  # with content, in all sheets
MOST_ELEMENTS = 4_000_000  # of XML, or records of xls, beyond ELEMENTS_PER_CELL for each cell with content
ELEMENTS_PER_CELL = 4
MOST_MARKS = 1_000_000  # formulas, errors and merged ranges, in all sheets
MOST_COLUMNS = 2_000
MOST_AREA = 10_000_000  # cells between A1 and the last one with content, which are all held in memory
SMALL_AREA = 1_000_000
SPARSEST = 1_000  # cells of area for each one with content, beyond SMALL_AREA

_SUFFIXES = {"xlsx": (".xlsx", ".xlsm", ".xltx"), "ods": (".ods", ".ots"), "xls": (".xls", ".xlt", ".et"),
             "csv": (".csv", ".txt", ".tsv", ".tab")}
_OTHER_SUFFIXES = (".xlsb", ".xltm", ".xlam", ".fods", ".html", ".htm", ".xml")

Cell = tuple[int, int]


class Refused(Exception):  # a workbook's own problem: the file's name is added by whoever knows it
    """A file that is not read on: what is wrong with it, and the remedy."""

    def __init__(self, problem: str, remedy: str):
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy


def damaged(detail: str) -> Refused:
    """The refusal of a file that is not what its format says; `detail` is in the user's language."""
    return Refused(tr(f"文件已损坏或不完整（{detail}）", f"the file is damaged or incomplete ({detail})"),
                   tr("请用 Excel 或 WPS 打开后另存为 .xlsx，或重新获取", "open it in Excel and save it as .xlsx again, or get it anew"))


def locked() -> Refused:
    """The refusal of a file that only a password opens."""
    return Refused(tr("文件设有密码", "the file is locked by a password"),
                   tr("请在 Excel 或 WPS 中取消密码后保存", "remove the password in Excel and save"))


def too_large(what: str) -> Refused:
    """The refusal of a workbook that holds more than is read; `what` is in the user's language."""
    return Refused(tr(f"工作簿过大：{what}", f"the workbook is too large: {what}"),
                   tr("请拆分，或另存为 .csv（不限行数）", "split it, or save it as .csv, which may have any number of rows"))


def is_named_workbook(path: str) -> bool:
    """Whether the extension promises a workbook."""
    return Path(path).suffix.lower() in (*_SUFFIXES["xlsx"], *_SUFFIXES["ods"], *_SUFFIXES["xls"], ".xlsb")


def check_name(path: str, kind: str) -> None:
    """Refuse a file whose extension says another kind than its bytes: csv, xlsx, ods or xls. Unknown extensions may be."""
    suffix = Path(path).suffix.lower()
    right = _SUFFIXES[kind]
    if suffix not in right and suffix in (*_OTHER_SUFFIXES, *(each for others in _SUFFIXES.values() for each in others)):
        raise Refused(tr(f"内容是 {kind} 格式，扩展名却是 {suffix}", f"its content is {kind}, but its extension is {suffix}"),
                      tr(f"请把扩展名改为 {right[0]}，核对后再试", f"rename it to {right[0]}, look it over and try again"))


@dataclass
class Tally:
    """How much has been found in a workbook so far."""

    elements: int = 0
    cells: int = 0
    marks: int = 0

    def check(self) -> None:
        """Refuse a workbook that holds more than anybody can mean."""
        if self.elements > MOST_ELEMENTS + ELEMENTS_PER_CELL * self.cells:
            raise too_large(tr(f"超过 {MOST_ELEMENTS:,} 个没有内容的元素", f"more than {MOST_ELEMENTS:,} elements without content"))
        if self.cells > MOST_CELLS:
            raise too_large(tr(f"超过 {MOST_CELLS:,} 个单元格有内容", f"more than {MOST_CELLS:,} cells with content"))
        if self.marks > MOST_MARKS:
            raise too_large(tr(f"超过 {MOST_MARKS:,} 个公式、错误值或合并区域",
                               f"more than {MOST_MARKS:,} formulas, errors and merged ranges"))


@dataclass
class Findings:
    """One sheet: which cells hold a formula, an error or nothing yet, and how far its content reaches; all from 0."""

    name: str
    tally: Tally
    formulas: set[Cell] = field(default_factory=set)
    uncached: set[Cell] = field(default_factory=set)
    errors: set[Cell] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    filled: int = 0
    lowest: Cell = (-1, -1)
    rightmost: Cell = (-1, -1)

    def fill(self, row: int, column: int, count: int = 1) -> None:
        """Note `count` cells with content, the last of which is this one."""
        self.filled += count
        self.tally.cells += count
        if row > self.lowest[0]:
            self.lowest = (row, column)
        if column > self.rightmost[1]:
            self.rightmost = (row, column)

    def mark(self, into: set[Cell], row: int, column: int, rows: int = 1, columns: int = 1) -> None:
        """Note a block of cells in one of the sets, by its first cell and size."""
        self.tally.marks += rows * columns
        if self.tally.marks > MOST_MARKS:
            self.tally.check()
        if rows == columns == 1:
            into.add((row, column))
        else:
            into.update((row + down, column + right) for down in range(rows) for right in range(columns))

    def merge(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Note a merged range, first and last inclusive."""
        self.tally.marks += 1
        self.merged.append((first_row, first_column, last_row, last_column))

    def check_columns(self) -> None:
        """Refuse a sheet that is far too wide."""
        if self.rightmost[1] >= MOST_COLUMNS:
            raise self._far(self.rightmost)

    def check(self) -> None:
        """Refuse a sheet, once it has gone by, whose content lies absurdly far apart."""
        self.check_columns()
        rows, columns = self.lowest[0] + 1, self.rightmost[1] + 1
        area = rows * columns
        if area > MOST_AREA and self.filled * 4 > area:
            raise too_large(tr(f"工作表“{self.name}”有 {rows:,} 行 {columns:,} 列",
                               f"sheet '{self.name}' has {rows:,} rows and {columns:,} columns"))
        if area > MOST_AREA or (area > SMALL_AREA and area > SPARSEST * self.filled):
            raise self._far(self.lowest if rows > columns else self.rightmost)

    def _far(self, cell: Cell) -> Refused:
        where = place(*cell)
        return Refused(
            tr(f"工作表“{self.name}”在很远的 {where} 还有内容，全表只有 {self.filled:,} 个单元格有内容",
               f"sheet '{self.name}' has content as far away as {where}, with {self.filled:,} cells filled in all"),
            tr("请按 Ctrl+End 找到它，删除其所在的行和列后保存", "find it with Ctrl+End, delete its row and column, and save"))


def place(row: int, column: int) -> str:
    """A cell as users name it: (0, 27) is AB1."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"
