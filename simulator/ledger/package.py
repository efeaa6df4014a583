"""A zip package: what its directory says, what it really holds, and which of its parts have no place in a ledger."""

from __future__ import annotations

import copy
import re
import zipfile
from collections.abc import Iterator

from simulator.language import tr
from simulator.ledger.findings import MOST_PARTS, MOST_UNPACKED, Tally, damaged, locked, too_large
from simulator.ledger.xml_scan import LINKS, XmlScan, foreign, no_declarations

_PIECE = 2**18  # bytes at a time
_RATIO = 200  # unpacked to packed; ledgers come to 5 to 20, the same cells over and over to 150, bombs to 1,000
_SMALL = 16 * 2**20  # bytes: no ratio makes a smaller part a bomb
_DECLARATION = re.compile(rb"<\0?!\0?(D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_PICTURES = re.compile(r"(^|/)(media|pictures)/", re.IGNORECASE)
_FOREIGN_PARTS = [  # by name
    (re.compile(r"vba(project|data)|^xl/macrosheets/|^(basic|scripts|dialogs)/.", re.IGNORECASE), "macros"),
    (re.compile(r"^xl/(externallinks|querytables)/|^xl/connections\.xml$", re.IGNORECASE), LINKS),
    (re.compile(r"^xl/(embeddings|activex)/", re.IGNORECASE), "objects"),
]
_FOREIGN_TYPES = [  # content types, types of relationships, media types
    (re.compile(r"macro|vba", re.IGNORECASE), "macros"),
    (re.compile(r"externallink|/connections|querytable|connections\+xml", re.IGNORECASE), LINKS),
    (re.compile(r"oleobject|activex|relationships/(package|control)$", re.IGNORECASE), "objects"),
]


def parts_of(package: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The parts by their names in lower case, as calamine finds them; only what the directory says is checked here."""
    entries = package.infolist()
    if len(entries) > MOST_PARTS:
        raise too_large(tr(f"压缩包内有 {len(entries):,} 个文件", f"{len(entries):,} files in the package"))
    parts: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in entry.orig_filename:
            raise damaged(tr(f"压缩包内的路径 {name[:60]}", f"a path in the package: {name[:60]}"))
        if name.lower() in parts:
            raise damaged(tr(f"压缩包内有两个 {name[:60]}", f"{name[:60]} is twice in the package"))
        if entry.flag_bits & 1:
            raise locked()
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged(tr(f"{name[:60]} 的压缩方法", f"the compression of {name[:60]}"))
        if entry.file_size > _SMALL and entry.file_size > _RATIO * entry.compress_size:
            raise too_large(tr(f"{name[:60]} 解压后膨胀 {_RATIO} 倍以上，像是压缩炸弹",
                               f"{name[:60]} unpacks to over {_RATIO} times its size, like a zip bomb"))
        parts[name.lower()] = entry
    if sum(entry.compress_size for entry in entries) > size:
        raise damaged(tr("压缩包内的文件互相重叠", "files in the package overlap"))
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise too_large(tr(f"解压后超过 {MOST_UNPACKED // 2**20} MB", f"over {MOST_UNPACKED // 2**20} MB when unpacked"))
    return parts


def pieces(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack one part, going by what is there and not by the size that the directory states; verifies both, and the sum."""
    unbelieving = copy.copy(entry)
    unbelieving.file_size = 2 * MOST_UNPACKED
    held = 0
    with package.open(unbelieving) as stream:
        while piece := stream.read(_PIECE):
            held += len(piece)
            if held > entry.file_size:
                break
            yield piece
    if held != entry.file_size:
        raise damaged(tr(f"{entry.filename[:60]} 的大小与目录所写不符", f"{entry.filename[:60]} is not as large as the directory states"))


class Package:
    """The parts of a package, each scanned once."""

    def __init__(self, package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> None:
        self.package, self.parts = package, parts
        self.tally = Tally()
        for name in parts:
            for pattern, kind in _FOREIGN_PARTS:
                if pattern.search(name):
                    raise foreign(kind, parts[name].filename[:60])

    def scan(self, name: str, scan: XmlScan) -> None:
        """Unpack an XML part into a scan; a part that is missing is damage."""
        if name not in self.parts:
            raise damaged(tr(f"缺少 {name[:60]}", f"{name[:60]} is missing"))
        for piece in pieces(self.package, self.parts[name]):
            scan.feed(piece)
        scan.close()

    def search_the_rest(self, scanned: set[str]) -> None:
        """Unpack all other parts: their sizes must be true, and none may declare a DTD, whatever its encoding."""
        for name, entry in self.parts.items():
            if name in scanned:
                continue
            tail, is_picture = b"", bool(_PICTURES.search(name))
            for piece in pieces(self.package, entry):
                if not is_picture and _DECLARATION.search(tail + piece):  # pictures in SVG often have one
                    raise no_declarations()
                tail = piece[-24:]


def check_type(type_: str) -> None:
    """Refuse a content type, type of relationship or media type that has no place in a ledger."""
    for pattern, kind in _FOREIGN_TYPES:
        if pattern.search(type_):
            raise foreign(kind, type_.rpartition("/")[2][:60])
