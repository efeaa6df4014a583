"""What stands in a Word document now: in its text, footnotes, heads and feet; with the inventory from its custom XML."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path

from simulator.brief.document import NAMESPACE
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.ledger.findings import MOST_ON_DISK, Refused, damaged, too_large
from simulator.ledger.package import parts_of, pieces
from simulator.ledger.xml_scan import Elements, XmlScan
from simulator.verification.found import Found, Marks, read_inventory
from simulator.verification.word_text import WordText

_MOST = 64 * 2**20  # bytes of one part; briefs come to one
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, RuntimeError, ValueError, OverflowError)
_BESIDE = re.compile(r"word/(footnotes|endnotes|header\d*|footer\d*)\.xml")
_ITEM = re.compile(r"customxml/item\d+\.xml")


def read_word(file: Path) -> Found:
    """The inventory and the numbers of a .docx; deletions that are tracked count as done, insertions too.

    Raises
    ------
    SimulatorError
        If it is damaged, no Word document, or without an inventory.
    """
    marks = Marks()
    try:
        size = file.stat().st_size
        if size > MOST_ON_DISK:
            raise too_large(f"{size / 2**20:,.0f} MB")
        with zipfile.ZipFile(file) as package:
            parts = parts_of(package, size)
            for part in (_main_part(package, parts), *sorted(filter(_BESIDE.fullmatch, parts))):
                _scan(package, parts, part, WordText(marks))
            inventory = _inventory(package, parts)
    except Refused as refused:
        raise _not_read(file, refused.problem) from refused
    except _BROKEN as error:
        raise _not_read(file, str(error)) from error
    return Found(read_inventory(inventory, file), marks.texts, marks.lines)


def _not_read(file: Path, problem: str) -> SimulatorError:
    return SimulatorError(tr(f"{file} 不是完好的 Word 文件（{problem}）；请用 Word 打开后另存为 .docx，或用 subsidysim brief 重新生成",
                             f"{file} is no sound Word document ({problem}); open it in Word and save it as .docx again, "
                             "or make it again with subsidysim brief"))


def _main_part(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str:
    """The part that holds the text, in lower case; most programs call it word/document.xml."""
    targets: list[str] = []

    def visit(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            targets.append(attributes.get("Target", "").lstrip("/").lower())

    _scan(package, parts, "_rels/.rels", Elements(visit))
    if not targets or not targets[0].startswith("word/"):
        raise damaged(tr("其中没有 Word 正文", "it holds no text of Word"))
    return targets[0]


def _inventory(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str | None:
    """The JSON of the inventory; programs that save a document may have given its part another number."""
    for name in filter(_ITEM.fullmatch, parts):
        item = _Item()
        _scan(package, parts, name, item)
        if item.is_ours:
            return "".join(item.heard)
    return None


def _scan(package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], name: str, scan: XmlScan) -> None:
    """Unpack a part into a scan; one that declares entities is refused."""
    if name not in parts:
        raise damaged(tr(f"缺少 {name[:60]}", f"{name[:60]} is missing"))
    if parts[name].file_size > _MOST:
        raise too_large(f"{name[:60]}: {parts[name].file_size / 2**20:,.0f} MB")
    scan.parser.StartDoctypeDeclHandler = _no_doctype
    for piece in pieces(package, parts[name]):
        scan.feed(piece)
    scan.close()


def _no_doctype(*_: object) -> None:
    raise damaged(tr("含有 DTD 或实体声明", "it declares a DTD or entities"))


class _Item(XmlScan):
    """A custom part: whether its root is that of an inventory, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ours = False
        self.heard: list[str] = []
        self.parser.CharacterDataHandler = self.heard.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.is_ours = self.is_ours or (name.rpartition(":")[2] == "inventory" and NAMESPACE in attributes.values())
