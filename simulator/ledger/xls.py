"""Looking through an xls: the records of its Workbook stream, as [MS-XLS] describes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from simulator.language import tr
from simulator.ledger.findings import MOST_AREA, MOST_SHEETS, Cell, Findings, Refused, Tally, damaged, locked
from simulator.ledger.ole2 import STREAM, Container, number
from simulator.ledger.xml_scan import FILES, LINKS, foreign, is_web

_URL = bytes.fromhex("E0C9EA79F9BACE118C8200AA004BA90B")
_FILE = bytes.fromhex("0303000000000000C000000000000046")

_FORMULA, _END_OF_STREAM, _BEGIN = 0x0006, 0x000A, 0x0809
_FILEPASS, _SHEET, _BOOK, _EXTERN, _PROJECT = 0x002F, 0x0085, 0x01AE, 0x0017, 0x00D3
_DIMENSIONS, _MERGED, _LINK, _MANY_NUMBERS, _TRUTH_OR_ERROR = 0x0200, 0x00E5, 0x01B8, 0x00BD, 0x0205
_SINGLE = {0x0203, 0x0204, 0x00D6, 0x00FD, 0x027E, _TRUTH_OR_ERROR, _FORMULA}  # numbers, texts and so on: one cell each
_QUERIES = {0x01AD, 0x0876, 0x00DC}


def check_xls(data: bytes) -> list[Findings]:
    """What each sheet of an xls holds, in order; refuses what is locked, not a workbook, or has macros, links or objects."""
    container = Container(data)
    names = {entry.name.lower() for entry in container.entries}
    if names & {"encryptedpackage", "encryptioninfo"}:
        raise locked()
    for name in names:
        if name.startswith(("_vba_project", "vba")):
            raise foreign("macros", name)
        if name == "ctls" or (name.startswith(("mbd", "lnk")) and len(name) == 11):
            raise foreign("objects", name)
    book = next((entry for wanted in ("workbook", "book") for entry in container.entries
                 if entry.name.lower() == wanted and entry.kind == STREAM), None)
    if book is None:
        raise Refused(tr("这个文件里没有电子表格", "this file holds no spreadsheet"),
                      tr("请给出 .xlsx、.xls、.ods 或 .csv 文件", "give an .xlsx, .xls, .ods or .csv file"))
    return _Book(container.stream(book)).check()


class _Book:
    """The records of a Workbook stream: first those of the whole, then sheet by sheet."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream
        self.tally = Tally()
        self.blank: list[tuple[Findings, Cell]] = []  # formulas that result in an empty text
        self.computed = False
        self.old = number("<H", stream, 4) < 0x0600  # of Excel 5 and 95

    def records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """Kind, place and size of each record from a place on, up to the end of that part; inner parts are left out."""
        stream, unpack, depth = self.stream, struct.Struct("<HH").unpack_from, 0
        end = len(stream) - 4
        while at <= end:
            kind, size = unpack(stream, at)
            at += 4
            if at + size > len(stream):
                break
            self.tally.elements += 1
            if not self.tally.elements % 2**16:
                self.tally.check()
            depth += (kind == _BEGIN) - (kind == _END_OF_STREAM)
            if depth == 0:
                return
            if depth == 1:
                yield kind, at, size
            at += size
        raise damaged(tr("记录不完整", "records that do not end"))

    def check(self) -> list[Findings]:
        """What each sheet holds."""
        sheets: list[tuple[int, Findings]] = []
        for kind, at, size in self.records(0):
            if kind == _SHEET and size >= 8:
                sheets.append(self._sheet(at, size))
            else:
                self._whole(kind, self.stream[at:at + size])
        if len({at for at, _ in sheets}) < len(sheets) or len(sheets) > MOST_SHEETS:
            raise damaged(tr("工作表的位置", "where its sheets are"))
        for at, found in sheets:
            self._cells(at, found)
        if not self.computed:  # where every formula results in an empty text, nothing has been computed
            for found, cell in self.blank:
                found.mark(found.uncached, *cell)
        return [found for _, found in sheets]

    def _sheet(self, at: int, size: int) -> tuple[int, Findings]:
        place, _state, kind, length = struct.unpack_from("<IBBB", self.stream, at)
        if kind in (1, 6):
            raise foreign("macros", tr("宏表", "a macro sheet"))
        wide = not self.old and self.stream[at + 7] & 1
        start = at + (7 if self.old else 8)
        raw = self.stream[start:min(start + length * (2 if wide else 1), at + size)]
        return place, Findings(raw.decode("utf-16-le" if wide else "latin-1", "replace"), self.tally)

    def _whole(self, kind: int, data: bytes) -> None:
        if kind == _FILEPASS:
            raise locked()
        if kind == _PROJECT:
            raise foreign("macros", "VBA")
        if kind in _QUERIES or (kind == _BOOK and not _is_own(data)) or (kind == _EXTERN and self.old and data[1:2] == b"\x01"):
            raise foreign(LINKS, "xls")

    def _cells(self, at: int, found: Findings) -> None:
        stream, row_and_column = self.stream, struct.Struct("<HH").unpack_from
        for kind, start, size in self.records(at):
            if kind in _SINGLE and size >= 6:
                row, column = row_and_column(stream, start)
                found.fill(row, column)
                if kind == _FORMULA:
                    self._formula(found, row, column, stream[start:start + size])
                elif kind == _TRUTH_OR_ERROR and size >= 8 and stream[start + 7]:
                    found.mark(found.errors, row, column)
            elif kind == _MANY_NUMBERS and size >= 6:
                row, first = row_and_column(stream, start)
                last = number("<H", stream, start + size - 2)
                found.fill(row, max(first, last), max(last - first + 1, 1))
            else:
                self._other(found, kind, stream[start:start + size])
        self.tally.check()

    def _formula(self, found: Findings, row: int, column: int, data: bytes) -> None:
        found.mark(found.formulas, row, column)
        is_number = data[12:14] != b"\xff\xff"
        if not is_number and data[6:7] == b"\x02":
            found.mark(found.errors, row, column)
        if not is_number and data[6:7] == b"\x03":
            self.blank.append((found, (row, column)))
        elif data[6:14] == bytes(8) and len(data) > 14 and data[14] & 2:  # a nought that asks to be computed on opening
            found.mark(found.uncached, row, column)
        else:
            self.computed = True

    def _other(self, found: Findings, kind: int, data: bytes) -> None:
        if kind == _MERGED:
            for at in range(2, len(data) - 7, 8):
                top, bottom, left, right = struct.unpack_from("<4H", data, at)
                found.merge(top, left, bottom, right)
        elif kind == _DIMENSIONS:
            self._dimensions(found, data)
        elif kind == _LINK:
            _check_link(data)
        elif kind in _QUERIES:
            raise foreign(LINKS, found.name)

    def _dimensions(self, found: Findings, data: bytes) -> None:
        # calamine sets memory aside for the whole of it before it has seen a cell
        form = "<4H" if self.old else "<IIHH"
        if len(data) < struct.calcsize(form):
            raise damaged(tr("工作表范围", "the extent of a sheet"))
        top, bottom, left, right = struct.unpack_from(form, data)
        if (bottom - top) * (right - left) > MOST_AREA:
            found.lowest, found.rightmost = (bottom - 1, right - 1), (bottom - 1, right - 1)
            found.check()


def _is_own(data: bytes) -> bool:
    """Whether a SUPBOOK means this workbook itself, or functions of add-ins."""
    return data[2:4] in (b"\x01\x04", b"\x01\x3a") or data[2:6] in (b"\x01\0\0 ", b"\0\0")


def _check_link(data: bytes) -> None:
    """Refuse a hyperlink in a cell that leads to a file."""
    if _FILE in data:
        raise foreign(FILES, "xls")
    if (at := data.find(_URL)) >= 0 and not is_web(target := data[at + 20:].decode("utf-16-le", "replace").split("\0")[0]):
        raise foreign(FILES, target[:60])
