"""XML that streams by in pieces: well-formed UTF-8 that declares nothing, or it is refused; and formulas that reach outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.parsers import expat

from simulator.language import tr
from simulator.ledger.findings import Refused, Tally, damaged

_QUOTED_TEXT = re.compile(r'"[^"]*"')
_REACHES_OUT = re.compile(
    r"""'[^']*\[[^\]]+\][^']*'!            # '[other.xlsx]Sheet 1'!A1
      | (?<![\w\]\[])\[[^\[\]]+\]\w[\w.]*!  # [1]Sheet1!A1, but not Table1[2024]
      | '[a-z]+://?[^']*'\#                 # a file address, then #$Sheet1.A1
      | \w\|('[^']*'|[\w/\\. ]+)!           # cmd|'/c calc'!A0
    """, re.VERBOSE | re.IGNORECASE)
_FETCHES = re.compile(r"\b(DDE|RTD|CALL|REGISTER(\.ID)?|WEBSERVICE|IMPORTDATA)\s*\(", re.IGNORECASE)
_WEB = re.compile(r"(https?|mailto):", re.IGNORECASE)
_LONGEST_FORMULA = 100_000  # characters that are kept of one

LINKS, FILES = "links", "files"


def foreign(kind: str, detail: str) -> Refused:
    """The refusal of what has no place in a ledger: `macros`, `links`, `files` (hyperlinks to them) or `objects`; `detail` is shown."""
    if kind == "macros":
        return Refused(tr(f"文件带有宏（{detail}）", f"the file has macros ({detail})"),
                       tr("请另存为不含宏的 .xlsx", "save it as .xlsx without macros"))
    if kind == FILES:
        return Refused(tr(f"超链接指向文件（{detail}）", f"a hyperlink leads to a file ({detail})"),
                       tr("请删除该超链接后保存，指向网页的可以保留", "delete the hyperlink and save; those to web pages may stay"))
    if kind == "objects":
        return Refused(tr(f"文件嵌入了其他对象（{detail}）", f"the file has embedded objects ({detail})"),
                       tr("请删除嵌入的对象后保存", "delete them and save"))
    return Refused(tr(f"文件链接到外部数据（{detail}）", f"the file links to data outside ({detail})"),
                   tr("请断开链接（粘贴为数值）后保存", "break the links (paste as values) and save"))


def no_declarations() -> Refused:
    """The refusal of XML with a document type or entities of its own."""
    return Refused(tr("文件含有 DTD 或实体声明，表格软件不会写出这样的文件",
                      "the file declares a DTD or entities, which no spreadsheet program writes"),
                   tr("请用 Excel 或 WPS 打开核对后另存为 .xlsx", "open it in Excel, look it over and save it as .xlsx"))


def is_web(target: str) -> bool:
    """Whether a link leads to a page, a mail address or a place in the same workbook."""
    return bool(_WEB.match(target)) or target.startswith("#")


def check_formula(text: str) -> None:
    """Refuse a formula that takes its value from outside the workbook."""
    if any(mark in text for mark in "['|") or _FETCHES.search(text):  # few do
        bare = _QUOTED_TEXT.sub('""', text)
        if found := _REACHES_OUT.search(bare) or _FETCHES.search(bare):
            raise foreign(LINKS, found.group()[:60])


class XmlScan:
    """A part of a package, fed piece by piece: well-formed UTF-8 without declarations, or it is refused."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = _only_utf8
        self.parser.StartDoctypeDeclHandler = _no_doctype
        self.parser.StartElementHandler = self.start
        self.begun = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        if not self.begun and piece:
            self.begun = True
            if piece[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in piece[:4]:
                raise damaged(tr("XML 不是 UTF-8 编码", "XML that is not UTF-8"))
        self._parse(piece, False)

    def close(self) -> None:
        """There are no more bytes."""
        self._parse(b"", True)

    def _parse(self, piece: bytes, final: bool) -> None:
        try:
            self.parser.Parse(piece, final)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            raise damaged(tr(f"XML 第 {error.lineno} 行：{reason}", f"XML, line {error.lineno}: {reason}")) from error


def _only_utf8(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding and encoding.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise damaged(tr(f"XML 编码为 {encoding[:20]}", f"XML in {encoding[:20]}"))


def _no_doctype(*_: object) -> None:
    raise no_declarations()


class Elements(XmlScan):
    """A small part of a package: each of its elements goes to a function, by its local name."""

    def __init__(self, visit: Callable[[str, dict[str, str]], None]) -> None:
        super().__init__()
        self.visit = visit

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.visit(name.rpartition(":")[2], attributes)


class SheetScan(XmlScan):
    """What sheets of both formats share: elements are counted and handed to a method by name."""

    def __init__(self, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
        self.row, self.column = -1, -1
        self.text: list[str] = []
        self.length = 0
        self.handlers: dict[str, Callable[[dict[str, str]], None]] = {}
        self.parser.CommentHandler = self._odd
        self.parser.ProcessingInstructionHandler = self._odd
        self.parser.StartCdataSectionHandler = self._odd

    def feed(self, piece: bytes) -> None:
        """The next bytes; a bomb is refused here, before all of it has gone by."""
        super().feed(piece)
        self.check()

    def close(self) -> None:
        """There are no more bytes."""
        super().close()
        self.check()

    def check(self) -> None:
        """Refuse what is already too much."""
        self.tally.check()

    def listen(self) -> None:
        """Keep what is written from here on."""
        self.text, self.length = [], 0
        self.parser.CharacterDataHandler = self._keep

    def heard(self) -> str:
        """What was written since, and stop keeping it."""
        self.parser.CharacterDataHandler = None
        return "".join(self.text)

    def _keep(self, text: str) -> None:
        self.length += len(text)
        if self.length <= _LONGEST_FORMULA:
            self.text.append(text)

    def _odd(self, *_: object) -> None:
        # calamine drops the rest of a value behind any of these, without a word
        if self.row >= 0:
            raise damaged(tr("单元格中夹有 XML 注释或 CDATA", "XML comments or CDATA among the cells"))
