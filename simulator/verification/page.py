"""The numbers of a brief as a page: what stands in its `data` elements now, and the inventory from its head."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.verification.found import CELL, ID, Found, Marks, read_inventory

_MOST = 100 * 2**20  # bytes; briefs come to one or two
_INLINE = {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "dfn", "em", "font", "i", "img", "input", "ins", "kbd", "label",
           "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
_CELLS, _ROWS = {"td", "th"}, {"tr", "thead", "tbody", "tfoot", "table", "caption"}
_UNSEEN = {"script", "style", "svg", "del", "template", "title"}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|(font-size|opacity)\s*:\s*0(\.0*)?[a-z%\s]*(;|$)",
                     re.IGNORECASE)
_VOID = {"area", "base", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link", "meta", "param", "source", "track", "wbr"}
_ENDED = {"p", "li", "dt", "dd", "td", "th", "tr"}  # their end may be left out: the next block ends them


def read_page(file: Path) -> Found:
    """The inventory and the numbers of a .html.

    Raises
    ------
    SimulatorError
        If it is damaged, or without an inventory.
    """
    if file.stat().st_size > _MOST:
        raise SimulatorError(tr(f"{file} 过大，不是 subsidysim 生成的简报", f"{file} is too large for a brief of subsidysim"))
    page = _Page()
    try:
        page.feed(file.read_text("utf-8-sig"))
        page.close()
    except (UnicodeDecodeError, AssertionError) as error:  # html.parser asserts that declarations are sound
        raise SimulatorError(tr(f"{file} 不是完好的 HTML 文件；请用 subsidysim brief 重新生成",
                                f"{file} is no sound HTML file; make it again with subsidysim brief")) from error
    page.marks.end_line()
    return Found(read_inventory(page.inventory, file), page.marks.texts, page.marks.lines)


class _Page(HTMLParser):
    """Lines of text, the numbers among them, and the inventory."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.marks = Marks()
        self.inventory: str | None = None
        self._in_inventory = False
        self._unseen: list[str] = []
        """The element that is not seen, and those within it."""
        self._numbers: list[str] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = dict(attrs)
        if self._unseen and self._ends_hidden(tag):
            self._unseen.clear()
        if self._unseen or tag in _UNSEEN or _is_hidden(given):
            if tag not in _VOID:
                self._unseen.append(tag)
            self._in_inventory = tag == "script" and given.get("id") == "inventory" and self.inventory is None
        elif tag == "data":
            name = given.get("id") or ""
            self._numbers.append(name if ID.fullmatch(name) else "")
            if self._numbers[-1]:
                self.marks.begin(name)
        elif tag not in _INLINE:
            self._in_row = self._in_row and tag not in _ROWS
            self._end_block(CELL if tag in _CELLS else " ")
            self._in_row = self._in_row or tag == "tr"

    def _ends_hidden(self, tag: str) -> bool:
        """Whether an element whose end tag was left out, and which is not seen, ends where this one begins."""
        hidden = self._unseen[0]
        return hidden in _ENDED and (tag == hidden or (hidden == "p" and tag not in _INLINE | _VOID))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if self._unseen:
            while tag in self._unseen and self._unseen.pop() != tag:
                pass
            self._in_inventory = False
        elif tag == "data" and self._numbers:
            if name := self._numbers.pop():
                self.marks.end(name)
        elif tag not in _INLINE:
            self._in_row = self._in_row and tag not in _ROWS
            self._end_block(" ")

    def _end_block(self, apart: str) -> None:
        """A block begins or ends; within a row that ends no line, but sets apart."""
        self._numbers.clear()
        self.marks.end_all()
        self.marks.say(apart)
        if not self._in_row:
            self.marks.end_line()

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._in_inventory:
            self.inventory = (self.inventory or "") + data
        elif not self._unseen:
            self.marks.say(data)


def _is_hidden(given: dict[str, str | None]) -> bool:
    """Whether an element says itself that it is not shown."""
    return "hidden" in given or bool(_HIDING.search(given.get("style") or ""))
