"""Looking through an Office Open XML workbook: its types, relations and names, and each worksheet as it streams by."""

from __future__ import annotations

import re
import zipfile

from simulator.language import tr
from simulator.ledger.findings import Cell, Findings, damaged
from simulator.ledger.package import Package, check_type
from simulator.ledger.xml_scan import FILES, LINKS, Elements, SheetScan, XmlScan, check_formula, foreign, is_web

_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII | re.IGNORECASE)


class Xlsx(Package):
    """An Office Open XML workbook."""

    def __init__(self, package: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> None:
        super().__init__(package, parts)
        self.sheets: list[tuple[str, str]] = []  # name, id of its relationship
        self.targets: dict[str, str] = {}
        self.unsure = False

    def check(self) -> list[Findings]:
        """What each sheet holds, in order."""
        self.scan("[content_types].xml", Elements(lambda _, attributes: check_type(attributes.get("ContentType", ""))))
        self.scan("xl/workbook.xml", _Workbook(self))
        for name in self.parts:
            if name.endswith(".rels"):
                is_workbooks = name == "xl/_rels/workbook.xml.rels"
                self.scan(name, Elements(self._workbook_relation if is_workbooks else self._relation))
        paths = [self._path(relation) for _, relation in self.sheets]
        if len(set(paths)) < len(paths):
            raise damaged(tr("多张工作表共用一个部件", "several sheets in one part"))
        found = [self._sheet(name, path) for (name, _), path in zip(self.sheets, paths, strict=True)]
        self.search_the_rest(set(paths))
        return found

    def _relation(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        type_, target = attributes.get("Type", ""), attributes.get("Target", "")
        check_type(type_)
        if attributes.get("TargetMode", "").lower() == "external":
            is_link = type_.endswith("/hyperlink")
            if not (is_link and is_web(target)):
                raise foreign(FILES if is_link else LINKS, target[:60])

    def _workbook_relation(self, name: str, attributes: dict[str, str]) -> None:
        self._relation(name, attributes)
        self.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def _path(self, relation: str) -> str:
        target = self.targets.get(relation, "")
        inside = target.removeprefix("/")
        return (inside if inside.startswith("xl/") else f"xl/{target}").lower()

    def _sheet(self, name: str, path: str) -> Findings:
        found = Findings(name, self.tally)
        if path.startswith("xl/worksheets/"):
            self.scan(path, XlsxScan(found, self.unsure))
        elif path in self.parts:  # a sheet that is one chart
            self.scan(path, XmlScan())
        return found


class _Workbook(XmlScan):
    """xl/workbook.xml: its sheets, its names, and whether it was ever computed."""

    def __init__(self, workbook: Xlsx) -> None:
        super().__init__()
        self.workbook = workbook
        self.text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            self.workbook.sheets.append((attributes.get("name", ""), relation))
        elif local == "calcPr":
            self.workbook.unsure = attributes.get("fullCalcOnLoad", "").lower() in ("1", "true")
        elif local == "definedName":
            self.text = ""
            self.parser.CharacterDataHandler = self._keep
            self.parser.EndElementHandler = self._name_ends

    def _keep(self, text: str) -> None:
        self.text = (self.text + text)[:10_000]

    def _name_ends(self, _name: str) -> None:
        self.parser.CharacterDataHandler = self.parser.EndElementHandler = None
        check_formula(self.text)


class XlsxScan(SheetScan):
    """One worksheet of an xlsx.

    Formulas are the cells with <f> and all of the range of an array formula. `unsure` says that the workbook asks to be
    computed when it is opened: programs that cannot compute write 0 as the result of every formula, and ask for that.
    """

    def __init__(self, findings: Findings, unsure: bool) -> None:
        super().__init__(findings.tally)
        self.findings = findings
        self.unsure = unsure
        self.cell: dict[str, str] = {}  # attributes of the present cell
        self.where: str | Cell = (-1, -1)  # its place, as it is written
        self.counted: str | Cell | None = None  # the last such place with content
        self.here: Cell = (-1, -1)  # the same place in numbers
        self.columns: dict[str, int] = {}  # by letters
        self.number, self.digits = "0", 1  # of the present row
        self.elements, self.filled, self.right = 0, 0, -1  # since the last check; the last column
        self.uncached = findings.uncached
        self.handlers = {"row": self._row, "is": self._content, "f": self._formula, "mergeCell": self._merge}

    def check(self) -> None:
        """Refuse what is already too much or too far."""
        self.tally.elements += self.elements
        self.findings.fill(*self.here, self.filled)
        self.elements = self.filled = 0
        self.findings.check_columns()
        super().check()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; prefixes are ignored, as calamine does. Cells and values first: nearly all others are these."""
        self.elements += 1
        if name == "c":
            self.cell = attributes
            self.where = attributes.get("r") or self._next()
        elif name == "v":
            self._content(attributes)
            if self.uncached and self.here in self.uncached:
                self.listen()
                self.parser.EndElementHandler = self._value_ends
        elif handler := self.handlers.get(name):
            handler(attributes)
        elif ":" in name:
            self.start(name.rpartition(":")[2], attributes)

    def _row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self.row = self.row + 1 if number is None else _row_of(number)
        self.number, self.digits = str(self.row + 1), len(str(self.row + 1))
        self.where = (self.row, -1)

    def _next(self) -> Cell:
        before = self.where if isinstance(self.where, tuple) else position(self.where)
        return before[0], before[1] + 1

    def _content(self, _attributes: dict[str, str]) -> None:
        where = self.where
        if where is self.counted:
            return
        self.counted = where
        if isinstance(where, tuple):
            here = where
        elif where.endswith(self.number) and (letters := where[:-self.digits]) in self.columns:  # most are of the present row
            here = (self.row, self.columns[letters])
        else:
            here = position(where)
            if here[0] == self.row:
                self.columns[where.rstrip("0123456789")] = here[1]
        if here <= self.here:
            raise damaged(tr("单元格重复或次序颠倒", "cells that come twice or in the wrong order"))
        self.here = here
        self.filled += 1
        if here[1] > self.right:
            self.right = here[1]
            self.findings.fill(*here, 0)
        if self.cell.get("t") == "e":
            self.findings.mark(self.findings.errors, *here)

    def _value_ends(self, _name: str) -> None:
        self.parser.EndElementHandler = None
        value = self.heard().strip()
        is_text = self.cell.get("t") == "str"  # a formula may well result in an empty text
        if is_text or (value and not (self.unsure and value == "0")):
            self.uncached.discard(self.here)

    def _formula(self, attributes: dict[str, str]) -> None:
        self._content(attributes)
        self.findings.mark(self.findings.formulas, *self.here)
        self.uncached.add(self.here)
        if attributes.get("t") in ("array", "dataTable") and "ref" in attributes:
            top, left, bottom, right = _range(attributes["ref"])
            self.findings.mark(self.findings.formulas, top, left, bottom - top + 1, right - left + 1)
        self.listen()
        self.parser.EndElementHandler = self._formula_ends

    def _formula_ends(self, _name: str) -> None:
        self.parser.EndElementHandler = None
        check_formula(self.heard())

    def _merge(self, attributes: dict[str, str]) -> None:
        self.findings.merge(*_range(attributes.get("ref", "")))


def _row_of(number: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,6}", number, re.ASCII):
        raise damaged(tr(f"行号 {number[:20]}", f"a row numbered {number[:20]}"))
    return int(number) - 1


def position(reference: str) -> Cell:
    """A cell by its name, from 0: AB1 is (0, 27)."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise damaged(tr(f"单元格 {reference[:20]}", f"a cell called {reference[:20]}"))
    letters, row = found.groups()
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(row) - 1, column - 1


def _range(reference: str) -> tuple[int, int, int, int]:
    first, _, last = reference.partition(":")
    (top, left), (bottom, right) = position(first), position(last or first)
    if bottom < top or right < left:
        raise damaged(tr(f"区域 {reference[:20]}", f"a range called {reference[:20]}"))
    return top, left, bottom, right
