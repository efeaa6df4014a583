"""From a file to a ledger: the sheet, its heads, its rows, and what is said of all of them together."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import CellPosition, Fault, FaultyFiles, Position, SimulatorError
from simulator.language import tr
from simulator.ledger.columns import COLUMNS, MISSING, exact_sum, needed
from simulator.ledger.doubts import doubts_of
from simulator.ledger.files import Sheet, read_sheets
from simulator.ledger.heads import FIRST_ROWS, Heads, find_heads, unit_of_title
from simulator.ledger.mapping import FormMapping, read_mapping
from simulator.ledger.names import comparable, spelled
from simulator.ledger.rows import FaultAt, Part, Plan, check_rows, filed_in, shown
from simulator.parallel import in_order
from simulator.schema import Instrument

ROWS_AT_ONCE = 20_000
_ALWAYS = ("project", "instruments", "filing_year")


@dataclass(frozen=True)
class Ledger:
    """A ledger that has been read without a fault: columns of equal length, and what was read of the file."""

    file: str
    sheet: str
    digest: str
    """SHA-256 of the file."""
    rows: np.ndarray
    """int64[row]: line of the file, from 1."""
    columns: dict[str, np.ndarray]
    """By column id: money int64 [分], shares and rates int64 [1e-8], years int64, dates int64 ordinals (MISSING: none),
    scores and energy float64 (nan: none), texts object ("": none)."""
    units: dict[str, str]
    """Unit of each amount as its head states it."""
    unused: tuple[str, ...] = ()
    dropped: int = 0
    """Rows of totals, notes and repeated heads that were left out."""
    notes: tuple[str, ...] = field(default=())
    place: dict[str, int] = field(default_factory=dict)
    """Column of the sheet that each column id was read from, from 0."""

    @property
    def n(self) -> int:
        """Number of applications."""
        return len(self.rows)

    def total(self, id_: str) -> int:
        """Sum of an amount. [分]"""
        return exact_sum(self.columns[id_])

    def span(self) -> tuple[str, str] | None:
        """First and last date of filing, or year where there are no dates."""
        for id_ in ("filed_on", "filing_year", "approved_year"):
            values = self.columns.get(id_, np.empty(0, np.int64))
            values = values[values != MISSING]
            if values.size:
                ends = int(values.min()), int(values.max())
                first, last = (date.fromordinal(end).isoformat() if id_ == "filed_on" else str(end) for end in ends)
                return first, last
        return None


def read_ledger(path: str | Path, instruments: Mapping[str, Instrument], *, sheet: str | None = None,
                mapping: str | Path | None = None, confirm: Callable[[str], bool] | None = None,
                progress: Callable[[int], None] | None = None) -> Ledger:
    """Read a ledger of applications: xlsx, xls, ods, or csv in UTF-8 or GB18030.

    Parameters
    ----------
    path : str or Path
        The file; heads may stand in any order below title rows.
    instruments : mapping
        The instruments of the rule book that it files for, by key.
    sheet : str, optional
        Which sheet, where more than one looks like a ledger.
    mapping : str or Path, optional
        A mapping file that says what this form calls the columns.
    confirm : callable, optional
        Asked with a sentence when amounts look 10,000 times off; without it such a ledger is refused.
    progress : callable, optional
        Called with the number of rows read so far.

    Raises
    ------
    FaultyFiles
        With every fault: file, cell, value, remedy.
    SimulatorError
        If the file cannot be read at all.
    """
    known = {spelled(str(name)): key for key, rule in instruments.items()
             for name in (key, rule.title.zh, rule.title.en, rule.short.zh, rule.short.en, *rule.also)}
    names = read_mapping(mapping, known) if mapping else FormMapping()
    chosen, heads, rows = _choose(read_sheets(path), sheet, names)
    above = list(itertools.islice(rows, heads.row + 1))
    of_heads = _faults_of_heads(chosen, heads, above)
    plan = _plan(chosen, heads, instruments, known | dict(names.instruments))
    whole, faults = _collect(plan, _numbered(heads, rows), progress)
    faults += of_heads
    faults += [(heads.row, column, "", problem, remedy) for (column, problem), remedy in whole.of_heads.items()]
    faults += _duplicates(plan, whole)
    if faults or whole.more_faults:
        raise FaultyFiles([_fault(chosen, fault) for fault in faults], whole.more_faults)
    if not whole.rows.size:
        raise FaultyFiles([_fault(chosen,
                                  (heads.row + 1, 0, "", tr("表头下面没有一行申报", "there is no application below the heads"), ""))])
    ledger = Ledger(str(path), chosen.name, _digest(path), whole.rows + 1, whole.columns,
                    {id_: unit for id_, unit in heads.unit.items() if COLUMNS[id_].kind == "money"},
                    tuple(heads.unused), whole.dropped, (*heads.notes, *_compare_totals(whole)), heads.place)
    if doubts := doubts_of(ledger, {key: rule.cap.value for key, rule in instruments.items()}):
        text = "\n".join([tr(f"{path} 的金额像是差了一万倍：", f"amounts of {path} look 10,000 times off:"),
                          *(f"  {doubt}" for doubt in doubts)])
        if confirm is None:
            raise SimulatorError(text + "\n" + tr("核对表头单位；确认无误则加 --yes",
                                                  "check the units in the heads; if they are right, add --yes"))
        if not confirm(text):
            raise SimulatorError(tr("没有读入：请核对金额单位", "not read: please check the units"))
    return ledger


def _choose(sheets: list[Sheet], name: str | None, names: FormMapping) -> tuple[Sheet, Heads, Iterator[list[Any]]]:
    """The sheet that is a ledger, its heads, and all its rows again."""
    if name is not None and name not in [each.name for each in sheets]:
        if not any(each.name for each in sheets):
            raise SimulatorError(tr(f"没有工作表 {name}：文本文件只有一张表，不用 --sheet",
                                    f"no sheet {name}: a text file is one table, without --sheet"))
        raise SimulatorError(tr(f"没有工作表 {name}；有：", f"no sheet {name}; there are: ") + "、".join(each.name for each in sheets))
    found = []
    for each in sheets:
        rows = iter(each.rows)
        first = list(itertools.islice(rows, FIRST_ROWS))
        heads = find_heads(first, each.merged, names)
        if heads is not None and name in (None, each.name):
            found.append((each, heads, itertools.chain(first, rows)))
    ledgers = [each for each in found if {"project", "instruments"} <= each[1].place.keys()] or found
    if len(ledgers) > 1:
        raise SimulatorError(tr(f"{ledgers[0][0].file} 有几张工作表都像台账：",
                                f"{ledgers[0][0].file} has several sheets that look like ledgers: ")
                             + "、".join(each[0].name for each in ledgers) + tr("；用 --sheet 指明", "; choose one with --sheet"))
    if not ledgers:
        file = sheets[0].file if sheets else ""
        raise SimulatorError(tr(f"{file} 前 {FIRST_ROWS} 行里找不到表头；至少要有“项目编号”“申报专项”“申报年度”"
                                "（subsidysim ledger template 给出样表）",
                                f"no heads in the first {FIRST_ROWS} rows of {file}; it needs at least project, instruments, filing_year "
                                "(subsidysim ledger template writes an empty one)"))
    return ledgers[0]


def _faults_of_heads(sheet: Sheet, heads: Heads, above: list[list[Any]]) -> list[FaultAt]:
    """All that is wrong with the heads; without the columns that every row needs nothing below is looked at.

    Raises
    ------
    FaultyFiles
        Where no row could be read at all.
    """
    faults = list(heads.faults)
    lacking = [id_ for id_ in _ALWAYS if id_ not in heads.place
               and not (id_ == "filing_year" and heads.place.keys() & {"filed_on", "approved_year"})]
    faults += [(heads.row, 0, "", tr(f"缺少“{COLUMNS[id_].head}”一列", f"the column {id_!r} is missing"), "") for id_ in lacking]
    if hint := unit_of_title(above[: heads.row]):
        faults = [(*fault[:4], fault[4] + tr(f"（标题写的是{hint}）", f" (the title says {hint})")) if "元" in fault[4] else fault
                  for fault in faults]
    if lacking:
        raise FaultyFiles([_fault(sheet, fault) for fault in faults])
    return faults


def _plan(sheet: Sheet, heads: Heads, instruments: Mapping[str, Instrument], known: Mapping[str, str]) -> Plan:
    tiers = {tier: (given.title.zh, given.title.zh.removesuffix("智能工厂").removesuffix("性"), given.title.en,
                    given.title.zh.removesuffix("智能工厂"))
             for rule in instruments.values() if rule.tiers and len(rule.tiers) > 1 for tier, given in rule.tiers.items()}
    # 元 where none is stated: only to go on checking
    unit = {id_: stated or ("元" if COLUMNS[id_].kind == "money" else "") for id_, stated in heads.unit.items()}
    return Plan(heads.place, unit, known, tiers, {key: needed(rule) for key, rule in instruments.items()},
                {key: str(rule.title) for key, rule in instruments.items()}, heads.texts, heads.blank, sheet.formulas, sheet.errors,
                sheet.merged)


def _numbered(heads: Heads, rows: Iterator[list[Any]]) -> Iterator[tuple[int, list[list[Any]]]]:
    """Rows below the heads, some at a time, with the place of the first."""
    first = heads.row + 1
    while some := list(itertools.islice(rows, ROWS_AT_ONCE)):
        yield first, some
        first += len(some)


def _collect(plan: Plan, pieces: Iterator[tuple[int, list[list[Any]]]], progress: Callable[[int], None] | None,
             ) -> tuple[Part, list[FaultAt]]:
    """All parts as one, and their faults."""
    parts, done = [], 0
    for part in in_order(_check, ((plan, *piece) for piece in pieces)):
        parts.append(part)
        done += len(part.rows)
        if progress:
            progress(done)
    parts = parts or [check_rows(plan, 0, [])]
    columns = {id_: np.concatenate([part.columns[id_] for part in parts]) for id_ in parts[0].columns}
    _fill_filing_year(columns)
    whole = Part(np.concatenate([part.rows for part in parts]), columns, [], sum(part.more_faults for part in parts),
                 [total for part in parts for total in part.totals], sum(part.dropped for part in parts),
                 {said: remedy for part in reversed(parts) for said, remedy in part.of_heads.items()})
    return whole, [fault for part in parts for fault in part.faults]


def _check(work: tuple[Plan, int, list[list[Any]]]) -> Part:
    return check_rows(*work)


def _fill_filing_year(columns: dict[str, np.ndarray]) -> None:
    """Where only the date of filing is given, its year; where only the approval is known, its year."""
    years = filed_in(columns)
    if "approved_year" in columns:
        years = np.where(years == MISSING, columns["approved_year"], years)
    columns["filing_year"] = years


def _duplicates(plan: Plan, whole: Part) -> list[FaultAt]:
    """An id that stands twice, however it is written."""
    seen: dict[str, int] = {}
    found = []
    for row, project in zip(whole.rows.tolist(), whole.columns["project"].tolist(), strict=True):
        plain = project.isascii() and project.isupper() and project.isprintable() and " " not in project
        same = project if plain else comparable(project)
        if not same:
            continue
        if same in seen or seen.setdefault(same, row) != row:
            found.append((row, plan.place["project"], shown(project),
                          tr(f"与第 {seen[same] + 1} 行的项目编号重复", f"has the same id as line {seen[same] + 1}"),
                          tr("一个项目一行，几项专项写在同一格", "one row a project: several instruments stand in one cell")))
    return found


def _compare_totals(whole: Part) -> Iterator[str]:
    """Where the only row of totals differs from the sum of the rows."""
    if len(whole.totals) != 1:
        return
    row, stated = whole.totals[0]
    for id_, amount in stated.items():
        total = exact_sum(whole.columns[id_])
        if total != amount:
            said, found = f"{amount / 100:,.2f}", f"{total / 100:,.2f}"
            yield tr(f"第 {row + 1} 行的合计与明细不符：{COLUMNS[id_].head} 写 {said}元，明细合计 {found}元",
                     f"the totals in line {row + 1} differ from the rows: {id_} says {said}, the rows add up to {found} CNY")


def _fault(sheet: Sheet, fault: FaultAt) -> Fault:
    row, column, value, problem, remedy = fault
    place: Position = CellPosition(sheet.file, row + 1, column + 1, sheet.name)
    return Fault(place, "", (f"“{value}” " if value else "") + problem, remedy)


def _digest(path: str | Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
