"""What can go wrong for the user, as opposed to bugs: each says where, what, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from simulator.language import tr


class SimulatorError(Exception):
    """Something the user can mend; commands print it without a traceback and exit with `exit_code`."""

    exit_code = 2


class StorageError(SimulatorError):
    """A result could not be written or read."""

    exit_code = 3


class NotShown(SimulatorError):
    """A run does not hold what a chart or a table needs; says why."""


class DamagedRun(SimulatorError):
    """A saved run does not match its manifest."""

    exit_code = 4


@dataclass(frozen=True)
class Position:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{shown_path(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True)
class CellPosition(Position):
    """A cell of a sheet: as `file:line:column` in a text file, as `file:sheet!B7` in a workbook."""

    sheet: str = ""

    def __str__(self) -> str:
        if self.sheet:
            return f"{shown_path(self.file)}:{self.sheet}!{self.cell}"
        return f"{super().__str__()} ({self.cell})"

    @property
    def cell(self) -> str:
        """Its name, such as B7."""
        letters, rest = "", self.column
        while rest:
            rest, letter = divmod(rest - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{self.line}"


def shown_path(file: str) -> str:
    """A path as the user would write it: relative where it lies below the current folder."""
    return _seen_from(Path.cwd(), file)


@cache
def _seen_from(folder: Path, file: str) -> str:
    try:
        return str(Path(file).relative_to(folder))
    except ValueError:
        return file


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in a file, and the remedy if one is known."""

    position: Position
    field: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        remedy = tr("；", "; ") + self.remedy if self.remedy else ""
        return f"{self.position}: {field}{self.problem}{remedy}"


class FaultyFiles(SimulatorError):
    """All the faults of the files that were read, in one report."""

    def __init__(self, faults: list[Fault], more: int = 0):
        """`more`: further faults that are counted only."""
        self.faults = sorted(faults, key=lambda f: (f.position.file, f.position.line, f.position.column))
        files = "、".join(sorted({shown_path(fault.position.file) for fault in faults}))
        n = len(faults) + more
        head = tr(f"{files} 有 {n:,} 处问题：", f"{files}: {n:,} problem(s)")
        tail = [tr(f"  ……另有 {more:,} 处同类问题未列出", f"  ... and {more:,} more like these")] if more else []
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults), *tail]))
