"""Some rows of a ledger at a time: every cell read, every row checked, every fault noted with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from simulator.language import tr
from simulator.ledger.cells import BLANK, NOTHING, CellFault, Parser, parser_of
from simulator.ledger.columns import COLUMNS, INSTEAD, MISSING
from simulator.ledger.names import plain

_TOTAL = re.compile(r"(.{0,12}(合计|小计|总计|共计)(\([^()]{0,8}\)|共?[0-9]+[个项家笔件]?)?|累计|subtotal|total|grandtotal)",
                    re.IGNORECASE)
_NOTE = re.compile(r"\(?(注|备注|说明|填表|制表|填报|审核|复核|经办|批准|负责人|联系人|联系电话|单位|日期|盖章|公章|note|prepared)",
                   re.IGNORECASE)
_UNUSUAL = frozenset(BLANK + "*＊-—－/／无")  # beginnings of cells that are looked at more closely
_DTYPES = {"money": np.int64, "share": np.int64, "points": np.int64, "year": np.int64, "years": np.int64, "date": np.int64,
           "number": np.float64}
MOST_FAULTS = 1000  # kept of one piece of a ledger; the others are counted

FaultAt = tuple[int, int, str, str, str]  # row and column of the sheet from 0, value, problem, remedy


@dataclass(frozen=True)
class Plan:
    """What is needed to read any rows of one sheet."""

    place: Mapping[str, int]
    unit: Mapping[str, str]
    instruments: Mapping[str, str]
    """Spelled name -> key."""
    tiers: Mapping[str, tuple[str, ...]]
    needs: Mapping[str, tuple[str, ...]]
    """Key of an instrument -> the columns that it needs."""
    titles: Mapping[str, str]
    """Key -> title, for messages."""
    heads: Sequence[str] = ()
    blank: Sequence[int] = ()
    formulas: frozenset[tuple[int, int]] = frozenset()
    errors: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()


@dataclass
class Part:
    """What some rows say."""

    rows: np.ndarray
    """Their places in the sheet, from 0."""
    columns: dict[str, np.ndarray]
    faults: list[FaultAt] = field(default_factory=list)
    more_faults: int = 0
    totals: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    """Rows of totals: place, and the amounts in them. [分]"""
    dropped: int = 0
    of_heads: dict[tuple[int, str], str] = field(default_factory=dict)
    """What the rows show to be wrong with the heads: (column, problem) -> remedy."""

    def say(self, row: int, column: int, value: Any, problem: str, remedy: str = "") -> None:
        """Note a fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append((row, column, shown(value), problem, remedy))
        else:
            self.more_faults += 1


def shown(value: Any) -> str:
    """A value as a message shows it: a number as a spreadsheet does."""
    said = f"{value:.15g}" if isinstance(value, float) else str(value)
    return said if len(said) <= 40 else said[:37] + "..."


def check_rows(plan: Plan, first: int, rows: Sequence[Sequence[Any]]) -> Part:
    """Read the rows that begin at place `first` of the sheet."""
    part = Part(np.empty(0, np.int64), {})
    kept, places = [], []
    for offset, row in enumerate(rows):
        if _is_data(plan, part, first + offset, row):
            kept.append(row)
            places.append(first + offset)
    part.rows = np.array(places, np.int64)
    width = max(plan.place.values(), default=0) + 1
    if any(len(row) < width for row in kept):
        kept = [row if len(row) >= width else [*row, *[""] * (width - len(row))] for row in kept]
    _refuse_headless(plan, part, kept)
    _refuse_formulas(plan, part)
    parsers = {id_: parser_of(COLUMNS[id_], plan.unit.get(id_, ""), plan.instruments, plan.tiers) for id_ in plan.place}
    for id_, c in plan.place.items():
        part.columns[id_] = _column(part, id_, c, parsers[id_], [row[c] for row in kept])
    _check_needs(plan, part)
    _check_years(plan, part)
    return part


def _column(part: Part, id_: str, c: int, parse: Parser, cells: list[Any]) -> np.ndarray:
    """All cells of one column; a faulty one counts as missing from here on."""
    dtype = _DTYPES.get(COLUMNS[id_].kind, object)
    try:
        if set(map(type, cells)) == {str}:  # what stands often is read once
            read = {cell: parse(cell) for cell in set(cells)}
            found = [read[cell] for cell in cells]
        else:
            found = [parse(cell) for cell in cells]
    except CellFault:
        found = []
        for place, cell in zip(part.rows, cells, strict=True):
            try:
                found.append(parse(cell))
            except CellFault as fault:
                part.say(int(place), c, cell, fault.problem, fault.remedy)
                found.append("" if dtype is object else float("nan") if dtype is np.float64 else MISSING)
    return np.array(found, dtype)


def _is_data(plan: Plan, part: Part, r: int, row: Sequence[Any]) -> bool:
    """Whether a row is an application; totals, notes, blank rows and repeated heads are not, anything else is a fault."""
    project, instruments = plan.place["project"], plan.place["instruments"]
    identity = row[project] if project < len(row) else ""
    filed = row[instruments] if instruments < len(row) else ""
    if (identity and type(identity) is str and identity[0] not in _UNUSUAL and filed and type(filed) is str and filed[0] not in _UNUSUAL
            and (not plan.heads or filed[0] != plan.heads[instruments][:1])):
        return True  # the ordinary case, quickly: what files for something is an application, whatever its name
    filled = [(c, cell) for c, cell in enumerate(row) if not _is_blank(cell)]
    if not filled:
        return False
    c, cell = filled[0] if _is_blank(identity) else (project, identity)
    label = plain(cell) if isinstance(cell, str) else ""
    if c == instruments or _is_blank(filed) or (isinstance(filed, str) and filed.strip(BLANK) in NOTHING):
        if _TOTAL.fullmatch(label):
            part.totals.append((r, _amounts(plan, row)))
            part.dropped += 1
            return False
        like_an_id = c == project and re.search("[0-9]", label) and not re.search("[:：]", str(cell))
        if _NOTE.match(label) and not like_an_id and len(filled) <= max(3, len(plan.place) // 3) and not _amounts(plan, row):
            part.dropped += 1
            return False
    if [plain(cell) for cell in row][: len(plan.heads)] == list(plan.heads)[: len(row)]:
        part.dropped += 1
        return False
    if len({plain(cell) for _, cell in filled if isinstance(cell, str)} & set(plan.heads)) >= 3:
        part.say(r, c, cell, tr("这里另起了一张表", "another table begins here"),
                 tr("一张工作表只放一张台账", "keep one ledger to a sheet"))
        return False
    if not _is_blank(identity) or (r, project) in plan.formulas or (r, project) in plan.errors:
        return True
    part.say(r, project, "", tr("缺少项目编号", "the project id is missing"),
             tr("补上编号；说明文字放在合计行之后并以“注”开头", "add it; begin notes below the table with 注"))
    return False


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(BLANK))


def _amounts(plan: Plan, row: Sequence[Any]) -> dict[str, int]:
    """The amounts in a row of totals, as far as they can be read."""
    found = {}
    for id_, c in plan.place.items():
        if COLUMNS[id_].kind == "money" and c < len(row):
            try:
                amount = parser_of(COLUMNS[id_], plan.unit[id_], {}, {})(row[c])
            except CellFault:
                continue
            if amount != MISSING:
                found[id_] = amount
    return found


def _refuse_headless(plan: Plan, part: Part, kept: Sequence[Sequence[Any]]) -> None:
    """Values without a head: a head that was lost, or a comma too many in a row of csv, which moves all behind it."""
    width = len(plan.heads) or max((len(row) for row in kept), default=0)
    for place, row in zip(part.rows.tolist(), kept, strict=True):
        for c in plan.blank:
            if c < len(row) and not _is_blank(row[c]):
                part.of_heads.setdefault((c, tr("没有列名，下面却有内容", "no head stands above values")), tr(
                    f"写上列名或清空，见第 {place + 1} 行“{shown(row[c])}”；csv 中的千位逗号要去掉",
                    f"write a head or empty it, see line {place + 1}: {shown(row[c])}; leave thousands separators out of csv"))
        if len(row) > width and (more := [c for c in range(width, len(row)) if not _is_blank(row[c])]):
            part.say(place, more[0], row[more[0]], tr("这一行的单元格比表头多", "the row has more cells than heads"),
                     tr("去掉多余的分隔符；千位逗号要去掉，或用引号括住该数",
                        "leave out what separates too much; put a number with commas in quotes"))


def _refuse_formulas(plan: Plan, part: Part) -> None:
    """Formulas, errors and merged cells among the data that are read."""
    if not plan.formulas and not plan.merged and not plan.errors:
        return
    mine, read = set(part.rows.tolist()), set(plan.place.values())
    for r, c in sorted(plan.formulas - plan.errors):
        if r in mine and c in read:
            part.say(r, c, "", tr("是公式，不是值", "is a formula, not a value"),
                     tr("复制后选择性粘贴为数值", "copy, then paste as values"))
    for r, c in sorted(plan.errors):
        if r in mine and c in read:
            part.say(r, c, "", tr("是公式的错误值（#REF!、#N/A、#VALUE!、#DIV/0! 之类）",
                                  "is an error such as #REF!, #N/A, #VALUE! or #DIV/0!"), tr("改为数值", "put a value"))
    for top, left, bottom, right in plan.merged:
        inside = [(r, c) for r in range(top, min(bottom, top + 100_000) + 1) if r in mine for c in range(left, right + 1) if c in read]
        if len(inside) > 1:
            part.say(*inside[0], "", tr("是合并单元格，只有左上角有值", "is merged: only its first cell has a value"),
                     tr("取消合并，逐行填写", "unmerge it and fill every row"))


def _check_needs(plan: Plan, part: Part) -> None:
    """Every row has what its instruments need."""
    filed = part.columns["instruments"]
    for combination in set(filed.tolist()) - {""}:
        mine = filed == combination
        for key in combination.split(";"):
            for id_ in plan.needs[key]:
                why = tr(f"专项“{plan.titles[key]}”需要它", f"{plan.titles[key]} needs it")
                if id_ not in plan.place and INSTEAD.get(id_, id_) not in plan.place:
                    part.of_heads.setdefault((0, tr(f"缺少“{COLUMNS[id_].head}”一列，{why}", f"the column {id_!r} is missing; {why}")), "")
                    continue
                for i in np.flatnonzero(mine & lacks(part.columns, id_)):
                    _say_missing(plan, part, i, id_, why)
    for i in np.flatnonzero(lacks(part.columns, "filing_year") & lacks(part.columns, "approved_year")):
        _say_missing(plan, part, i, "filing_year", tr("要知道计入哪一年", "it says which year is concerned"))
    for i in np.flatnonzero(part.columns["project"] == ""):
        _say_missing(plan, part, i, "project", "")


def _say_missing(plan: Plan, part: Part, i: int | np.integer, id_: str, why: str) -> None:
    row, place = int(part.rows[i]), plan.place.get(id_, plan.place.get(INSTEAD.get(id_, ""), 0))
    if any(known[:2] == (row, place) for known in part.faults):
        return  # what stands there cannot be read, which is said already
    part.say(row, place, "", tr(f"缺少{COLUMNS[id_].head}", f"{id_} is missing"), why)


def lacks(columns: Mapping[str, np.ndarray], id_: str) -> np.ndarray:
    """bool[row]: neither this column nor the one that may stand in for it says anything."""
    n = len(columns["project"])
    found = np.ones(n, bool)
    for name in (id_, INSTEAD.get(id_, id_)):
        if name in columns:
            values = columns[name]
            found &= (values == "") if values.dtype == object else np.isnan(values) if values.dtype == np.float64 else values == MISSING
    return found


def filed_in(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Year of filing of each row, from the date where only that is given; MISSING where neither is."""
    years = columns.get("filing_year", np.full(len(columns["project"]), MISSING))
    return np.where(years == MISSING, _years_of_dates(columns), years)


def _years_of_dates(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Year of the date of filing, MISSING where there is none."""
    if "filed_on" not in columns:
        return np.full(len(columns["project"]), MISSING)
    known = columns["filed_on"] != MISSING
    days = np.where(known, columns["filed_on"] - date(1970, 1, 1).toordinal(), 0).astype("datetime64[D]")
    return np.where(known, days.astype("datetime64[Y]").astype(np.int64) + 1970, MISSING)


def _check_years(plan: Plan, part: Part) -> None:
    """Nothing is approved before it is filed, and what is filed at the end of a year may count for the next, but no further."""
    filed, dated = filed_in(part.columns), _years_of_dates(part.columns)
    for i in np.flatnonzero((filed != MISSING) & (dated != MISSING) & (np.abs(filed - dated) > 1)):
        part.say(int(part.rows[i]), plan.place["filed_on"], date.fromordinal(int(part.columns["filed_on"][i])),
                 tr(f"与申报年度 {filed[i]} 相差一年以上", f"is more than a year from the filing year {filed[i]}"))
    approved = part.columns.get("approved_year", np.full(len(filed), MISSING))
    for i in np.flatnonzero((approved != MISSING) & (filed != MISSING) & (approved < filed)):
        part.say(int(part.rows[i]), plan.place["approved_year"], int(approved[i]),
                 tr(f"早于申报年度 {filed[i]}", f"lies before the filing year {filed[i]}"))
