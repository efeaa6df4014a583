"""Workbooks are looked through and parsed in a process of its own, with limits, so that no file can take this one down."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

from simulator.language import language, set_language, tr
from simulator.ledger.findings import Findings, Refused, check_name, damaged, place, too_large

MEMORY = 480 * 2**20  # bytes, beyond the 20 to 30 MB that the process needs to be there
SECONDS = 8.0  # for a small file
SECONDS_PER_BYTE = 1.5 / 2**20  # of the file as it lies on disk, which no bomb makes large
MOST_SENT = 256 * 2**20  # bytes: one long text in every cell would fill the memory of the reader
_CELLS_AT_ONCE = 50_000

# Not `-m`: it would run simulator/ledger/__init__.py, and with it all that a ledger needs.
_START = """
import sys, types
sys.path[:0] = sys.argv[1].split({separator!r})
package = types.ModuleType("simulator.ledger")
package.__path__ = [sys.argv[2]]
sys.modules["simulator.ledger"] = package
from simulator.ledger.child import main
main(*sys.argv[3:])
"""


class _Plain(pickle.Unpickler):
    """Takes values and dates, and no other thing, from the child."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in ("date", "datetime", "time", "timedelta"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def read_aside(path: str) -> list[dict[str, Any]]:
    """The visible sheets of a workbook, as mappings with the fields of `files.Sheet`; `rows` is a list of lists.

    Raises
    ------
    Refused
        If the workbook is refused, damaged, or needs more memory or time than a workbook of its size may.
    OSError
        If it cannot be read from the disk.
    """
    seconds = SECONDS + Path(path).stat().st_size * SECONDS_PER_BYTE
    overdue = threading.Event()

    def end() -> None:
        overdue.set()
        process.kill()

    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-I", "-X", "utf8", "-c", _START.format(separator=os.pathsep), os.pathsep.join([str(root), *sys.path]),
               str(Path(__file__).parent), path, language(), str(int(seconds))]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        timer = threading.Timer(seconds, end)
        timer.start()
        sheets: list[dict[str, Any]] = []
        started = False
        try:
            for kind, content in _messages(process.stdout):
                started = True
                if kind == "sheet":
                    sheets.append(content | {"rows": []})
                elif kind == "rows":
                    sheets[-1]["rows"] += content
            return sheets
        except (EOFError, pickle.UnpicklingError) as error:
            code = process.wait()
            if overdue.is_set() or -code == getattr(signal, "SIGXCPU", None):
                raise too_large(tr(f"{seconds:.0f} 秒内未能读完", f"it could not be read within {seconds:.0f} seconds")) from error
            if not started:
                raise RuntimeError("the process that reads workbooks did not start") from error
            raise _too_much_memory() if code < 0 else damaged(tr("解析失败", "parsing failed")) from error
        finally:
            timer.cancel()
            process.kill()


def _too_much_memory() -> Refused:
    return too_large(tr(f"读取所需的内存超过 {MEMORY // 2**20} MB", f"to read it takes more than {MEMORY // 2**20} MB of memory"))


def _messages(pipe: IO[bytes] | None) -> Iterator[tuple[str, Any]]:
    """What the child sends, up to the end that it announces; its refusals are raised here."""
    assert pipe is not None
    while True:
        kind, content = _Plain(pipe).load()
        if kind == "end":
            return
        if kind == "refused":
            raise Refused(*content)
        if kind == "lost":
            raise OSError(*content)
        yield kind, content


def main(path: str, speech: str, seconds: str) -> None:
    """What the child does: look through the file, parse it, and send what it holds over its standard output."""
    from python_calamine import CalamineWorkbook  # only here: the parent never needs it

    from simulator.ledger.guard import inspect

    out = sys.stdout.buffer
    set_language(speech)
    _send(out, ("ready", None))
    _limit(int(seconds))
    try:
        with open(path, "rb") as file:
            kind, found = inspect(file)
        check_name(path, kind)
        with CalamineWorkbook.from_path(path) as workbook:
            _send_sheets(out, workbook, kind, found)
        _send(out, ("end", None))
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):  # a damaged zip asks for places before the first byte
            _send(out, ("lost", (error.errno, error.strerror)))
        else:
            refusal = _reason(error)
            _send(out, ("refused", (refusal.problem, refusal.remedy)))


def _reason(error: Exception) -> Refused:
    """Whatever goes wrong while a workbook is read is the workbook's fault."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, MemoryError):
        return _too_much_memory()
    return damaged(f"{type(error).__name__}: {error}"[:200])


def _limit(seconds: int) -> None:
    """Bound memory and time; nothing is written to any disk. Windows has no such limits but the parent's clock."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text().split()[0])  # no such file but on Linux
        bound = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    for limit, most in ((resource.RLIMIT_CPU, seconds + 1), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (most, most))


def _send(out: BinaryIO, content: object) -> int:
    data = pickle.dumps(content, protocol=5)
    out.write(data)
    out.flush()
    return len(data)


def _send_sheets(out: BinaryIO, workbook: Any, kind: str, found: list[Findings]) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    listed = workbook.sheets_metadata
    names = [sheet.name for sheet in listed]
    # those of an xls are in its code page, which calamine alone knows
    if len(names) != len(found) or (kind != "xls" and names != [findings.name for findings in found]):
        raise damaged(tr("工作表目录不一致", "its list of sheets"))
    sent = 0
    for index, (sheet, findings) in enumerate(zip(listed, found, strict=True)):
        if sheet.visible != SheetVisibleEnum.Visible or sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        _send(out, ("sheet", {"name": sheet.name, "formulas": findings.formulas, "uncached": findings.uncached,
                              "merged": findings.merged, "errors": findings.errors}))
        for rows in _pieces(workbook.get_sheet_by_index(index), findings):
            sent += _send(out, ("rows", rows))
            if sent > MOST_SENT:
                raise too_large(tr(f"文字超过 {MOST_SENT // 2**20} MB", f"over {MOST_SENT // 2**20} MB of text"))


def _pieces(sheet: Any, findings: Findings) -> Iterator[list[list[Any]]]:
    """The rows of a sheet from A1 on, some at a time."""
    if sheet.start is None:
        return
    (_, left), (bottom, right) = sheet.start, sheet.end
    if bottom > findings.lowest[0] or right > findings.rightmost[1]:
        raise damaged(tr(f"{place(bottom, right)} 处的内容", f"what is in {place(bottom, right)}"))
    margin, piece = [""] * left, []
    at_once = max(_CELLS_AT_ONCE // (right + 1), 1)
    for row in sheet.iter_rows():
        piece.append(margin + row if left else row)
        if len(piece) == at_once:
            yield piece
            piece = []
    yield piece
