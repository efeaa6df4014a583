"""What is looked through before anything is parsed, so that bombs, macros, links and what is no workbook are refused."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import BinaryIO

from simulator.language import tr
from simulator.ledger.findings import MOST_ON_DISK, MOST_SHEETS, Findings, Refused, damaged, too_large
from simulator.ledger.ods import Ods
from simulator.ledger.package import parts_of, pieces
from simulator.ledger.xls import check_xls
from simulator.ledger.xlsx import Xlsx

_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, RuntimeError, ValueError, OverflowError)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def inspect(file: BinaryIO) -> tuple[str, list[Findings]]:
    """Look through a workbook without parsing it: its kind (xlsx, ods or xls) and what each sheet holds, in order.

    Every byte of a package is unpacked once and none is kept: memory does not grow with the file, but for the sets of
    cells that are found.

    Raises
    ------
    Refused
        If it is damaged, locked, too large, no workbook, or holds macros, links, embedded objects, a DTD or a far cell.
    """
    size = file.seek(0, 2)
    if size > MOST_ON_DISK:
        raise too_large(tr(f"{size / 2**20:,.0f} MB", f"{size / 2**20:,.0f} MB"))
    file.seek(0)
    is_xls = file.read(len(_OLE)) == _OLE
    file.seek(0)
    kind, sheets = ("xls", check_xls(file.read())) if is_xls else _check_package(file, size)
    for sheet in sheets:
        sheet.check()
    names = [sheet.name for sheet in sheets]
    if len(set(names)) < len(names) or len(names) > MOST_SHEETS:
        raise damaged(tr("工作表重名或过多", "sheets with the same name, or far too many"))
    return kind, sheets


def _check_package(file: BinaryIO, size: int) -> tuple[str, list[Findings]]:
    try:
        with zipfile.ZipFile(file) as package:
            parts = parts_of(package, size)
            if "xl/workbook.xml" in parts:
                return "xlsx", Xlsx(package, parts).check()
            if _read(package, parts, "mimetype", 100).startswith(_ODS):
                return "ods", Ods(package, parts).check()
    except _BROKEN as error:
        raise damaged(tr(f"压缩包：{error}", f"zip: {error}")) from error
    if "xl/workbook.bin" in parts:
        raise Refused(tr("这是 .xlsb 二进制工作簿，无法读取", "this is a binary .xlsb workbook, which is not read"),
                      tr("请另存为 .xlsx", "save it as .xlsx"))
    raise Refused(tr("这个压缩文件里没有电子表格", "this zip file holds no spreadsheet"),
                  tr("请给出 .xlsx、.xls、.ods 或 .csv 文件", "give an .xlsx, .xls, .ods or .csv file"))


def _read(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    return b"".join(pieces(package, parts[name]))[:most] if name in parts and parts[name].file_size <= most else b""
