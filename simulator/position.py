"""Where a programme stands on a day: what its ledger says was paid, what is owed by the clauses, and who is still pending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.appraisal import Priced, price_ledger
from simulator.appraisal.rows import SETTLED
from simulator.errors import CellPosition, Fault, FaultyFiles, SimulatorError
from simulator.language import tr
from simulator.ledger import COLUMNS, MISSING, PER_FEN, Ledger
from simulator.scenario import Scenario

OWING = ("approved", "accepted")  # paid in full and terminated projects are owed nothing more

_MOST_FAULTS = 1000
# A payment of a settled project: row of the ledger, place of the instrument, calendar year, 分
PAYMENT = np.dtype([("row", "i8"), ("instrument", "i4"), ("year", "i4"), ("fen", "i8")])


@dataclass(frozen=True)
class Position:
    """A ledger on the day `as_of`, priced by one scenario's rule book.

    Every payment of a settled project is either a fact (`paid`) or an obligation (`owed`); the rows of `pending` still face
    approval and outcome.
    """

    scenario: Scenario
    priced: Priced
    as_of: date
    settled: np.ndarray
    """int64[n]: rows of projects that are approved, accepted, paid or terminated."""
    pending: np.ndarray
    """int64[n]: rows of projects that have filed or mean to."""
    paid: np.ndarray
    """PAYMENT[n]: facts; the ledger says how much, the clauses in which year, not after `as_of`."""
    owed: np.ndarray
    """PAYMENT[n]: what the clauses still owe, by the year in which it is due, not before `as_of`."""

    @property
    def ledger(self) -> Ledger:
        """The ledger itself."""
        return self.priced.ledger

    @property
    def moment(self) -> float:
        """`as_of` in years: 2026.915 is 30 November 2026."""
        first, after = date(self.as_of.year, 1, 1), date(self.as_of.year + 1, 1, 1)
        return self.as_of.year + ((self.as_of - first).days + 1) / (after - first).days

    def by_year(self, which: str) -> dict[int, int]:
        """Sums of `paid` or `owed` by calendar year. [分]"""
        payments = getattr(self, which)
        return {int(year): int(payments["fen"][payments["year"] == year].sum()) for year in np.unique(payments["year"])}


def take_position(scenario: Scenario, ledger: Ledger, as_of: date) -> Position:
    """What is fact, what is owed, and what is open on the day `as_of`.

    Parameters
    ----------
    scenario : Scenario
        Its rule book and readings price what is owed.
    ledger : Ledger
        As it stood on that day. A project without a status is approved if it has a year of approval, else it has filed.
    as_of : date
        The ledger holds every application up to this day.

    Raises
    ------
    FaultyFiles
        Where a row contradicts the day or its own status, or lies before the scenario's years.
    """
    first, last = scenario.model.years.filing[0], scenario.model.years.horizon
    if not first <= as_of.year <= last:
        raise SimulatorError(tr(f"数据日 {as_of} 应在 {first} 至 {last} 年之间", f"--as-of {as_of} must lie in {first} to {last}"))
    status = statuses(ledger)
    _refuse_contradictions(ledger, status, as_of, first)
    priced = price_ledger(ledger, scenario)
    settled = np.flatnonzero(np.isin(status, SETTLED))
    paid, owed = [], []
    for row, facts, obligations in _of_rows(priced, status, settled, as_of):
        paid += [(row, *fact) for fact in facts]
        owed += [(row, *obligation) for obligation in obligations]
    return Position(scenario, priced, as_of, settled, np.flatnonzero(~np.isin(status, SETTLED)), np.array(paid, PAYMENT),
                    np.array(owed, PAYMENT))


def statuses(ledger: Ledger) -> np.ndarray:
    """The status of every row; where none is given, approved or filed by whether there is a year of approval."""
    n = ledger.n
    given = ledger.columns.get("status", np.full(n, "", object))
    approved = ledger.columns.get("approved_year", np.full(n, MISSING)) != MISSING
    return np.where(given == "", np.where(approved, "approved", "filed"), given).astype(object)


def _refuse_contradictions(ledger: Ledger, status: np.ndarray, as_of: date, first: int) -> None:
    """Rows that cannot be as they are said to be on this day."""
    columns, n = ledger.columns, ledger.n
    none = np.full(n, MISSING)
    filed_on, approved, paid = (columns.get(id_, none) for id_ in ("filed_on", "approved_year", "paid"))
    settled = np.isin(status, SETTLED)
    year = np.where(approved != MISSING, approved, columns["filing_year"])
    year_of = "approved_year" if "approved_year" in columns else "filing_year"
    later = tr("台账只保留数据日以前的申报，或改用更晚的 --as-of", "keep what was filed up to that day, or choose a later --as-of")
    checks = (
        (settled & (year > as_of.year), year_of, tr(f"晚于数据日 {as_of}", f"lies after {as_of}"), later),
        ((filed_on != MISSING) & (filed_on > as_of.toordinal()) & (status != "planned"), "filed_on",
         tr(f"晚于数据日 {as_of}", f"lies after {as_of}"), later),
        (year < first, year_of, tr(f"早于情景首年 {first}", f"lies before the scenario's first year {first}"),
         tr("不属于本政策的项目请删去", "leave out what is not of this programme")),
        (~settled & (paid != MISSING) & (paid > 0), "paid", tr("尚未立项，却已有拨付", "is not approved, yet has been paid"),
         tr("状态改为立项、验收或拨付，或清空已拨付", "correct the status, or empty the paid amount")),
        (~settled & (approved != MISSING), "approved_year", tr("尚未立项，却有立项年度", "is not approved, yet has a year of approval"),
         tr("状态改为立项，或清空立项年度", "correct the status, or empty the year")),
        ((status == "paid") & (paid == MISSING), "paid", tr("状态为拨付，却没有已拨付金额", "is paid, but no paid amount is given"),
         tr("填写累计已拨付", "give what has been paid")),
    )
    faults = [_fault(ledger, int(i), id_, problem, remedy) for wrong, id_, problem, remedy in checks for i in np.flatnonzero(wrong)]
    if faults:
        raise FaultyFiles(faults[:_MOST_FAULTS], max(len(faults) - _MOST_FAULTS, 0))


def _fault(ledger: Ledger, row: int, id_: str, problem: str, remedy: str) -> Fault:
    value = ledger.columns[id_][row] if id_ in ledger.columns else MISSING
    said = str(value)
    if value != MISSING and COLUMNS[id_].kind in ("money", "date"):
        said = f"{value / PER_FEN:,.2f}元" if COLUMNS[id_].kind == "money" else date.fromordinal(int(value)).isoformat()
    place = CellPosition(ledger.file, int(ledger.rows[row]), ledger.place.get(id_, 0) + 1, ledger.sheet)
    name = f"{ledger.columns['project'][row]} {COLUMNS[id_].title}"
    return Fault(place, name, ("" if value == MISSING else f"“{said}” ") + problem, remedy)


def _of_rows(priced: Priced, status: np.ndarray, settled: np.ndarray, as_of: date) -> Iterator[tuple[int, list, list]]:
    """(row, facts, obligations) of each settled project: what was paid fills its schedule from the first payment on."""
    paid, year = priced.ledger.columns.get("paid", np.full(priced.ledger.n, MISSING)), as_of.year
    from_then_on = (as_of + timedelta(days=1)).year  # arrears at the end of a year are paid in the next
    starts, ends = np.searchsorted(priced.row, settled), np.searchsorted(priced.row, settled, side="right")
    for row, start, end in zip(settled.tolist(), starts.tolist(), ends.tolist(), strict=True):
        schedule = sorted((int(when), int(priced.instrument[line]), int(fen)) for line in range(start, end) if priced.in_package[line]
                          for when, fen in zip(priced.paid_year[line], priced.paid[line], strict=True) if when)
        left = max(int(paid[row]), 0)
        facts, obligations = [], []
        for when, instrument, fen in schedule:
            done = min(fen, left)
            left -= done
            if done:
                facts.append((instrument, min(when, year), done))
            if fen > done and status[row] in OWING:
                obligations.append((instrument, max(when, from_then_on), fen - done))
        if left:  # more than the clauses give: it was paid all the same
            instrument = schedule[-1][1] if schedule else int(priced.instrument[start])
            facts.append((instrument, year, left))
        yield row, facts, obligations


def overpaid(position: Position) -> dict[str, int]:
    """By project, how much more was paid than the clauses give; of settled projects that were not terminated. [分]"""
    paid, priced = position.ledger.columns.get("paid"), position.priced
    if paid is None:
        return {}
    going = position.settled[statuses(position.ledger)[position.settled] != "terminated"]
    due = np.zeros(position.ledger.n, np.int64)
    np.add.at(due, priced.row[priced.in_package], priced.entitlement[priced.in_package])
    more = np.maximum(np.where(paid == MISSING, 0, paid) - due, 0)
    return {str(position.ledger.columns["project"][row]): int(more[row]) for row in going.tolist() if more[row]}
