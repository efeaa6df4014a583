"""What a reader reads in a part of a Word document, line by line, with the numbers that are marked in it.

A number is marked by a content control; where a program has dropped its tag, the bookmark around it says the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from simulator.ledger.xml_scan import XmlScan
from simulator.verification.found import CELL, ID, Marks

_BOOKMARK = "_"  # before the id in the name of a bookmark
_UNSEEN = {"del", "moveFrom", "Fallback"}
_PARAGRAPHS = {"p", "body", "footnotes", "endnotes", "hdr", "ftr"}
_COUNTED = re.compile(r"\s*(SEQ|PAGE|NUMPAGES|SECTIONPAGES)\b")  # fields that Word numbers anew as it likes
_COUNT = "○"  # for a number that Word counts itself


@dataclass
class _Field:
    """A field that is open."""

    code: str = ""
    is_shown: bool = False
    """Whether its result goes by, and no longer its code."""

    @property
    def shows_a_count(self) -> bool:
        """Whether what goes by is a number that Word counts itself."""
        return self.is_shown and bool(_COUNTED.match(self.code))


class WordText(XmlScan):
    """Paragraphs, rows, content controls and bookmarks that are named after ids, and runs that are neither deleted nor hidden."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self.marks = marks
        self._path: list[str] = []
        self._unseen = 0
        """How many elements are open whose text is not shown: deleted, or there for older programs."""
        self._hidden = False
        self._rows = [0]
        """How many rows are open; of a text box apart."""
        self._tags: list[str] = []
        """Of each content control that is open; empty where it has none of ours or shows a placeholder."""
        self._controls: list[str] = []
        """The marks that the contents of these controls are."""
        self._bookmarks: dict[str, str] = {}
        """Names of those of ours that are open, by their numbers."""
        self._fields: list[_Field] = []
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._heard

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        local = name.rpartition(":")[2]
        self._path.append(local)
        if local in _UNSEEN:
            self._unseen += 1
        elif local in ("sdt", "tag", "showingPlcHdr", "sdtContent"):
            self._control(local, attributes)
        elif local in ("bookmarkStart", "bookmarkEnd"):
            self._bookmark(local, attributes)
        elif local == "txbxContent":
            self.marks.begin_aside()
            self._rows.append(0)
        elif local == "tr":
            self._rows[-1] += 1
        elif local == "tc":
            self.marks.say(CELL)
        elif local == "vanish" and self._path[-3:-1] == ["r", "rPr"]:
            self._hidden = _of(attributes, "val") not in ("0", "false", "off")
        elif local in ("fldSimple", "fldChar"):
            self._field(local, attributes)
        elif self._path[-2:-1] == ["r"]:
            self._sign(local, attributes)

    def _sign(self, local: str, attributes: dict[str, str]) -> None:
        """What stands for a sign in a run."""
        if local in ("tab", "br", "cr"):
            self._say(" ")
        elif local == "noBreakHyphen":
            self._say("-")
        elif local == "sym":
            self._say(_sign_of(_of(attributes, "char")))

    def _field(self, local: str, attributes: dict[str, str]) -> None:
        """A field begins, shows its result, or ends; the result of one that only counts is not heard."""
        kind = _of(attributes, "fldCharType") if local == "fldChar" else "simple"
        if kind == "simple":
            self._fields.append(_Field(_of(attributes, "instr")))
        elif kind == "begin":
            self._fields.append(_Field())
        elif kind == "end" and self._fields:
            self._fields.pop()
        if kind in ("simple", "separate") and self._fields:
            self._fields[-1].is_shown = True
            if self._fields[-1].shows_a_count:
                self.marks.say(_COUNT)

    def _bookmark(self, local: str, attributes: dict[str, str]) -> None:
        """A bookmark begins or ends; where two meet, one may begin before the other ends."""
        number, name = _of(attributes, "id"), _of(attributes, "name")
        if (local == "bookmarkEnd" or number in self._bookmarks) and (begun := self._bookmarks.pop(number, "")):
            self.marks.end(begun, weak=True)
        if local == "bookmarkStart" and _is_ours(name):
            self._bookmarks[number] = name[len(_BOOKMARK):]
            self.marks.begin(self._bookmarks[number], weak=True)

    def _control(self, local: str, attributes: dict[str, str]) -> None:
        """A content control, its properties, or what it holds."""
        if local == "sdt":
            self._tags.append("")
        elif not self._tags:
            return
        elif local == "tag":
            tag = _of(attributes, "val")
            self._tags[-1] = tag if ID.fullmatch(tag) else ""
        elif local == "showingPlcHdr":
            self._tags[-1] = ""
        else:
            self._controls.append(self._tags[-1])
            if self._tags[-1]:
                self.marks.begin(self._tags[-1])

    def _end(self, _name: str) -> None:
        local = self._path.pop()
        if local in _UNSEEN:
            self._unseen -= 1
        elif local == "r":
            self._hidden = False
        elif local == "sdtContent" and self._tags:
            if name := self._controls.pop():
                self.marks.end(name)
        elif local == "sdt":
            self._tags.pop()
        elif local == "fldSimple" and self._fields:
            self._fields.pop()
        elif local == "txbxContent":
            self.marks.end_aside()
            self._rows.pop()
        elif local == "tr":
            self._rows[-1] -= 1
            self._end_line()
        elif local in _PARAGRAPHS:
            self._end_line()

    def _end_line(self) -> None:
        """A paragraph or a row ends; a paragraph within a row ends no line."""
        self._bookmarks.clear()
        self.marks.end_all()
        if self._rows[-1]:
            self.marks.say(" ")
        else:
            self.marks.end_line()

    def _heard(self, text: str) -> None:
        if self._path[-1:] == ["t"]:
            self._say(text)
        elif self._path[-1:] == ["instrText"] and self._fields and not self._fields[-1].is_shown:
            self._fields[-1].code += text

    def _say(self, text: str) -> None:
        if not self._unseen and not self._hidden and not any(field.shows_a_count for field in self._fields):
            self.marks.say(text)


def _sign_of(code: str) -> str:
    """The character of a w:sym: fonts of signs have them in the private use area."""
    try:
        number = int(code, 16)
        return chr(number - 0xF000 if number >= 0xF000 else number)
    except (ValueError, OverflowError):
        return "?"


def _is_ours(bookmark: str) -> bool:
    return bookmark.startswith(_BOOKMARK) and bool(ID.fullmatch(bookmark[len(_BOOKMARK):]))


def _of(attributes: dict[str, str], name: str) -> str:
    """The attribute of this local name."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")
