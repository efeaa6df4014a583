"""A file becomes sheets of plain cells: csv, xlsx, xls and ods, told apart by their bytes; hostile files are refused."""

from __future__ import annotations

import datetime as dt
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simulator.language import tr
from simulator.ledger.child import read_aside
from simulator.ledger.csv_text import read_csv, refused, unreadable
from simulator.ledger.findings import Refused, check_name, damaged, is_named_workbook

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None

_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


@dataclass(frozen=True)
class Sheet:
    """One sheet as it is: the cells, and what their values alone do not say. Rows and columns count from 0."""

    file: str
    """The path as given."""
    name: str
    """"" for csv."""
    rows: Iterable[list[Value]]
    """From row 1 and column 1 of the file on; an empty cell is "", and so is one with an error. Of a workbook a list, all rows
    of the same length; of a csv read lazily from the disk, anew at each iteration, all cells text, a blank line []."""
    formulas: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of the cells that hold a formula, or a part of the result of an array formula."""
    uncached: frozenset[tuple[int, int]] = frozenset()
    """Those of them for which the file holds no value, or the 0 of a program that cannot compute and says so."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """(first row, first column, last row, last column), inclusive."""
    errors: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of the cells with an error such as #REF! or #DIV/0!, whose value in `rows` is ""."""


def read_sheets(path: str | Path) -> list[Sheet]:
    """The visible sheets of a file, in order; of a csv the one there is.

    A workbook is read in a process of its own with bounds on memory and time. Nothing in it is run, followed or fetched.

    Raises
    ------
    SimulatorError
        If the file is missing, damaged, locked, too large, of another kind than its name says or not a table at all, or
        carries macros, links to other files, embedded objects, DTDs or cells absurdly far away. While the rows of a csv
        are iterated: at quotes that do not match.
    StorageError
        If the operating system does not let it be read.
    """
    file = str(path)
    try:
        if _is_workbook(file):
            return [Sheet(file, each["name"], each["rows"], frozenset(each["formulas"]), frozenset(each["uncached"]),
                          tuple(each["merged"]), frozenset(each["errors"])) for each in read_aside(file)]
        rows = read_csv(file)
        check_name(file, "csv")
        return [Sheet(file, "", rows)]
    except Refused as refusal:
        raise refused(file, refusal.problem, refusal.remedy) from refusal
    except FileNotFoundError as error:
        raise refused(file, tr("没有这个文件", "there is no such file"), tr("请检查路径", "check the path")) from error
    except OSError as error:
        raise unreadable(file, error) from error


def _is_workbook(file: str) -> bool:
    """Whether a file begins as packages (xlsx, ods) or containers (xls) do."""
    if not stat.S_ISREG(Path(file).stat().st_mode):
        raise Refused(tr("这是文件夹或设备，不是文件", "it is a folder or a device, not a file"),
                      tr("请给出 .xlsx、.xls、.ods 或 .csv 文件", "give an .xlsx, .xls, .ods or .csv file"))
    with open(file, "rb") as stream:
        head = stream.read(4096)
    if is_named_workbook(file) and b"\0" in head and not head.startswith((*_BEGINNINGS, b"\xff\xfe", b"\xfe\xff")):
        raise damaged(tr("开头不像工作簿", "it does not begin as workbooks do"))
    return head.startswith(_BEGINNINGS)
