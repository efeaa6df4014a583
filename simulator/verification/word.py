"""The numbers of a Word document: what stands in its content controls now, with the inventory from its custom XML.

A program that drops the tags of content controls leaves the bookmarks around them, which say the same.
"""

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

_MOST = 64 * 2**20  # bytes of one part; briefs come to one
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, RuntimeError, ValueError, OverflowError)
_ITEM = re.compile(r"customxml/item\d+\.xml")
_ID = re.compile(r"n\d{1,7}")
_BOOKMARK = "_"  # before the id in the name of a bookmark


def read_word(file: Path) -> Found:
    """The inventory and the numbers of a .docx; deletions that are tracked count as done, insertions too.

    Raises
    ------
    SimulatorError
        If it is damaged, no Word document, or without an inventory.
    """
    try:
        size = file.stat().st_size
        if size > MOST_ON_DISK:
            raise too_large(f"{size / 2**20:,.0f} MB")
        with zipfile.ZipFile(file) as package:
            parts = parts_of(package, size)
            text = _Text()
            _scan(package, parts, _main_part(package, parts), text)
            inventory = _inventory(package, parts)
    except Refused as refused:
        raise _not_read(file, refused.problem) from refused
    except _BROKEN as error:
        raise _not_read(file, str(error)) from error
    texts = text.marks.texts
    controls = {name: heard for name, heard in texts.items() if not name.startswith(_BOOKMARK)}
    bookmarks = {name.removeprefix(_BOOKMARK): heard for name, heard in texts.items() if name.startswith(_BOOKMARK)}
    return Found(read_inventory(inventory, file), bookmarks | controls, text.marks.lines)


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


class _Text(XmlScan):
    """Paragraphs, content controls and bookmarks that are named after ids, and runs that are neither deleted nor hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()
        self._path: list[str] = []
        self._deleted = 0
        self._hidden = False
        self._tags: list[str] = []
        """Of each content control that is open; empty where it has none of ours or shows a placeholder."""
        self._controls: list[str] = []
        """The marks that the contents of these controls are."""
        self._bookmarks: dict[str, str] = {}
        """Names of those of ours that are open, by their numbers; where two meet, one may begin before the other ends."""
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._heard

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(":")[2]
        self._path.append(local)
        if local in ("del", "moveFrom"):
            self._deleted += 1
        elif local in ("sdt", "tag", "showingPlcHdr", "sdtContent"):
            self._control(local, attributes)
        elif local == "bookmarkStart" and _is_ours(name := _of(attributes, "name")):
            self._bookmarks[_of(attributes, "id")] = name
            self.marks.begin(name)
        elif local == "bookmarkEnd" and (name := self._bookmarks.pop(_of(attributes, "id"), "")):
            self.marks.end(name)
        elif local in ("tab", "br", "cr") and self._path[-2:-1] == ["r"]:
            self.marks.say(" ")
        elif local == "vanish" and self._path[-3:-1] == ["r", "rPr"]:
            self._hidden = _of(attributes, "val") not in ("0", "false", "off")

    def _control(self, local: str, attributes: dict[str, str]) -> None:
        """A content control, its properties, or what it holds."""
        if local == "sdt":
            self._tags.append("")
        elif not self._tags:
            return
        elif local == "tag":
            tag = _of(attributes, "val")
            self._tags[-1] = tag if _ID.fullmatch(tag) else ""
        elif local == "showingPlcHdr":
            self._tags[-1] = ""
        else:
            self._controls.append(self._tags[-1])
            if self._tags[-1]:
                self.marks.begin(self._tags[-1])

    def _end(self, _name: str) -> None:
        local = self._path.pop()
        if local in ("del", "moveFrom"):
            self._deleted -= 1
        elif local == "r":
            self._hidden = False
        elif local == "sdtContent" and self._tags:
            if name := self._controls.pop():
                self.marks.end(name)
        elif local == "sdt":
            self._tags.pop()
        elif local in ("p", "body"):
            self.marks.end_line()

    def _heard(self, text: str) -> None:
        if self._path[-1:] == ["t"] and not self._deleted and not self._hidden:
            self.marks.say(text)


def _is_ours(bookmark: str) -> bool:
    return bookmark.startswith(_BOOKMARK) and bool(_ID.fullmatch(bookmark[len(_BOOKMARK):]))


def _of(attributes: dict[str, str], name: str) -> str:
    """The attribute of this local name."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


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
