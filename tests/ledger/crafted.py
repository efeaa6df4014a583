"""The smallest workbooks there are, part by part, so that any part can be bent."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
SHEET, WORKBOOK, TYPES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Parts = dict[str, bytes]


def sheet(rows: str, after: str = "", before: str = "") -> bytes:
    """A worksheet with these rows."""
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def relations(*entries: tuple[str, str], mode: str = "") -> bytes:
    """Relations rId1, rId2 and so on: type and target."""
    written = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/{type_}" Target="{target}"{mode}/>'
                      for n, (type_, target) in enumerate(entries, 1))
    return f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}/relationships">{written}</Relationships>'.encode()


def xlsx_parts(rows: str = '<row r="1"><c r="A1"><v>1</v></c></row>', after: str = "") -> Parts:
    """An xlsx with one sheet, S."""
    types = (f'<?xml version="1.0"?><Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
             f'<Override PartName="/{WORKBOOK}" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
             f'<Override PartName="/{SHEET}" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>')
    book = (f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
            '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>')
    return {TYPES: types.encode(), "_rels/.rels": relations(("officeDocument", WORKBOOK)), WORKBOOK: book.encode(),
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")), SHEET: sheet(rows, after)}


def ods_parts(rows: str, before: str = "") -> Parts:
    """An ods with one sheet, S."""
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "draw"))
    content = (f'<?xml version="1.0"?><office:document-content {names} xmlns:xlink="http://www.w3.org/1999/xlink"'
               f' xmlns:calcext="urn:calc"><office:body><office:spreadsheet>{before}<table:table table:name="S">{rows}</table:table>'
               "</office:spreadsheet></office:body></office:document-content>")
    manifest = ('<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/></manifest:manifest>')
    return {"mimetype": ODS.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}


def save(path: Path, parts: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED) -> Path:
    """Zip the parts."""
    with zipfile.ZipFile(path, "w", packed) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def record(kind: int, data: bytes = b"") -> bytes:
    """A record of a Workbook stream."""
    return struct.pack("<HH", kind, len(data)) + data


BEGIN, END = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0)), record(0x000A)


def numbers(*cells: tuple[int, int, float]) -> bytes:
    """Records of numbers: row, column, value."""
    return b"".join(record(0x0203, struct.pack("<HHHd", row, column, 0, value)) for row, column, value in cells)


def workbook_stream(cells: bytes = b"", whole: bytes = b"", kind: int = 0) -> bytes:
    """A Workbook stream with one sheet, S."""
    head = BEGIN + whole
    place = len(head) + len(record(0x0085, bytes(9))) + len(END)
    return head + record(0x0085, struct.pack("<IBBBBB", place, 0, kind, 1, 0, ord("S"))) + END + BEGIN + cells + END


def container(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 file; every stream takes at least 4,096 bytes, and a name without content is a folder."""
    sector, bodies, places, at = 512, b"", {}, 0
    table: list[int] = []
    for name, content in streams.items():
        body = content.ljust(max(4096, -(-len(content) // sector) * sector), b"\0") if content else b""
        places[name] = (at if body else 0xFFFFFFFE, len(body))
        count = len(body) // sector
        table += [*range(at + 1, at + count), 0xFFFFFFFE] if count else []
        bodies, at = bodies + body, at + count
    entries = _entry("Root Entry", 5, 0xFFFFFFFE, 0) + b"".join(
        _entry(name, 2 if streams[name] else 1, *places[name]) for name in streams)
    directory = entries.ljust(-(-len(entries) // sector) * sector, b"\0")
    first_of_directory, count = at, len(directory) // sector
    table += [*range(at + 1, at + count), 0xFFFFFFFE]
    at += count
    own = -(-(len(table) + 2 + len(table) // 127) // 128)
    table += [0xFFFFFFFD] * own
    fat = struct.pack(f"<{own * 128}I", *table, *[0xFFFFFFFF] * (own * 128 - len(table)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<6I", own, first_of_directory, 0, 4096, 0xFFFFFFFE, 0) + struct.pack("<2I", 0xFFFFFFFE, 0)
    difat = [*range(at, at + own), *[0xFFFFFFFF] * (109 - own)]
    return head + struct.pack("<109I", *difat) + bodies + directory + fat


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le")
    return (written.ljust(64, b"\0") + struct.pack("<HBB3I", len(written) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
            + bytes(36) + struct.pack("<IQ", start, size))


def xls(cells: bytes = b"", whole: bytes = b"", kind: int = 0, more: Mapping[str, bytes] | None = None) -> bytes:
    """An xls with one sheet, S."""
    return container({"Workbook": workbook_stream(cells, whole, kind), **(more or {})})
