"""Looking through an OpenDocument spreadsheet: its manifest, and the sheets in content.xml as they stream by."""

from __future__ import annotations

import re

from simulator.language import tr
from simulator.ledger.findings import Cell, Findings, Tally, damaged, locked
from simulator.ledger.package import Package, check_type
from simulator.ledger.xml_scan import FILES, LINKS, Elements, SheetScan, check_formula, foreign, is_web

_FAILED = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!)|Err:\d+")
_FOREIGN_ELEMENTS = {  # of ods, by local name
    "table-source": LINKS, "cell-range-source": LINKS, "dde-source": LINKS, "dde-link": LINKS, "database-source-sql": LINKS,
    "database-source-query": LINKS, "database-source-table": LINKS, "source-service": LINKS,
    "event-listener": "macros", "object-ole": "objects", "applet": "objects", "plugin": "objects", "floating-frame": "objects",
}
_REPEATED = "table:number-columns-repeated"
_SPANNED = dict.fromkeys(("table:number-rows-spanned", "table:number-columns-spanned"))


class Ods(Package):
    """An OpenDocument spreadsheet."""

    def check(self) -> list[Findings]:
        """What each sheet holds, in order."""
        self.scan("meta-inf/manifest.xml", Elements(self._entry))
        scan = OdsScan(self.tally)
        self.scan("content.xml", scan)
        self.search_the_rest({"content.xml"})
        return scan.sheets

    def _entry(self, name: str, attributes: dict[str, str]) -> None:
        if name == "encryption-data":
            raise locked()
        type_ = attributes.get("manifest:media-type", "")
        path = attributes.get("manifest:full-path", "")
        check_type(type_)
        inner = path.endswith("/") and path != "/" and type_.startswith("application/vnd.oasis.opendocument.")
        if inner and not type_.endswith((".chart", ".formula")):
            raise foreign("objects", path[:60])


class OdsScan(SheetScan):
    """content.xml of an ods: all its sheets, in order. Repeated cells and rows count as often as they are repeated."""

    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self.sheets: list[Findings] = []
        self.rows, self.columns = 0, 0  # how often the present row and cell are repeated
        self.is_cached, self.has_text = False, False  # whether the present formula has a value, and a paragraph
        self.handlers = {"table:table": self._table, "table:table-row": self._row, "table:table-cell": self._cell,
                         "table:covered-table-cell": self._cell}

    def check(self) -> None:
        """Refuse what is already too much or too far."""
        if self.sheets:
            self.sheets[-1].check_columns()
        super().check()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; calamine, too, knows sheets and cells by these prefixes only."""
        self.tally.elements += 1
        if handler := self.handlers.get(name):
            handler(attributes)
        elif name == "text:p":
            self.has_text = True
        else:
            _check_element(name.rpartition(":")[2], attributes.get("xlink:href"))

    def _table(self, attributes: dict[str, str]) -> None:
        if attributes.get("table:is-sub-table") == "true":
            raise damaged(tr("表中套表", "a table within a table"))
        if "table:name" in attributes:
            self.sheets.append(Findings(attributes["table:name"], self.tally))
        self.row, self.column, self.rows, self.columns = 0, 0, 0, 0

    def _row(self, attributes: dict[str, str]) -> None:
        self.row += self.rows
        self.rows = _count(attributes, "table:number-rows-repeated")
        self.column, self.columns = 0, 0

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += self.columns
        self.columns = _count(attributes, _REPEATED)
        if not self.sheets or len(attributes) <= (_REPEATED in attributes):
            return
        sheet = self.sheets[-1]
        formula = attributes.get("table:formula")
        if formula is not None or "office:value-type" in attributes:
            sheet.fill(self.row + self.rows - 1, self.column + self.columns - 1, self.rows * self.columns)
        if formula is not None:
            self._formula(formula, attributes)
        if attributes.get("calcext:value-type") == "error":
            self._mark(sheet.errors)
        if _SPANNED.keys() & attributes:
            down, right = (_count(attributes, name) for name in _SPANNED)
            sheet.merge(self.row, self.column, self.row + down - 1, self.column + right - 1)

    def _formula(self, text: str, attributes: dict[str, str]) -> None:
        check_formula(text)
        spans = [_count(attributes, f"table:number-matrix-{way}-spanned") for way in ("rows", "columns")]
        self._mark(self.sheets[-1].formulas, max(self.rows, spans[0]), max(self.columns, spans[1]))
        has_value = any(f"office:{name}" in attributes for name in ("value", "date-value", "time-value", "boolean-value"))
        self.is_cached = has_value or attributes.get("office:value-type") == "string"
        self.has_text = False
        self.listen()
        self.parser.EndElementHandler = self._formula_ends

    def _formula_ends(self, name: str) -> None:
        if name in self.handlers:
            self.parser.EndElementHandler = None
            text = self.heard().strip()
            if _FAILED.fullmatch(text):  # Excel writes a failed formula as 0 that looks like this
                self._mark(self.sheets[-1].errors)
            elif not self.is_cached and (text or not self.has_text):  # an empty paragraph is an empty text as the result
                self._mark(self.sheets[-1].uncached)

    def _mark(self, into: set[Cell], rows: int = 0, columns: int = 0) -> None:
        self.sheets[-1].mark(into, self.row, self.column, rows or self.rows, columns or self.columns)


def _count(attributes: dict[str, str], name: str) -> int:
    number = attributes.get(name)
    if number is None:
        return 1
    if not re.fullmatch(r"[0-9]{1,7}", number, re.ASCII) or number == "0":
        raise damaged(f"{name}={number[:20]}")
    return int(number)


def _check_element(local: str, target: str | None) -> None:
    """Refuse an element that brings in data, code or objects, and a link that leaves the package."""
    if local in _FOREIGN_ELEMENTS:
        raise foreign(_FOREIGN_ELEMENTS[local], local)
    if target and not (is_web(target) if local == "a" else _is_inside(target)):
        raise foreign(FILES if local == "a" else LINKS, target[:60])


def _is_inside(target: str) -> bool:
    return ":" not in target and not target.startswith(("/", "\\", "../../"))
