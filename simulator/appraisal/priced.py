"""A priced ledger: a line for each project and instrument, as columns of exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from simulator.appraisal.rows import first_years
from simulator.appraisal.terms import Terms
from simulator.ledger import MISSING, Ledger
from simulator.pricing import ZERO, Case, Entitlement, entitle, tranches

BINDINGS = ("rate", "cap", "threshold", "quota", "headroom", "none")
N_PAYMENT = 4  # three loan-years touch at most four calendar years
LATER = 1  # years from approval to acceptance: the ledger has no date of it, and building takes about 16 months
_HALF = Decimal("0.5")
_EMPTY = [(0,) * (N_PAYMENT - n) for n in range(N_PAYMENT + 1)]
_CODE = {name: code for code, name in enumerate(BINDINGS)} | {"relief": BINDINGS.index("rate")}  # a share of what is left to bear: no cap


@dataclass
class Priced:
    """A priced ledger: one line a project and instrument it files for, in the order of the ledger and of the clauses.

    Money is int64 分. A line is in years only as far as it pays: year 0 marks an empty place.
    """

    ledger: Ledger
    terms: Terms
    row: np.ndarray
    """int64[line]: place in the ledger's columns."""
    instrument: np.ndarray
    """int8[line]: place among the clauses."""
    entitlement: np.ndarray
    """int64[line] [分]"""
    binding: np.ndarray
    """int8[line]: place in BINDINGS."""
    left: np.ndarray
    """int64[line]: what is left of the cap; MISSING where there is none. [分]"""
    in_package: np.ndarray
    """bool[line]: in the admissible package that pays most."""
    accrued_year: np.ndarray
    accrued: np.ndarray
    """int16 and int64[line, N_PAYMENT]: by the year in which interest falls, of a grant the year of approval. [分]"""
    paid_year: np.ndarray
    paid: np.ndarray
    """int16 and int64[line, N_PAYMENT]: by the year of payment. [分]"""

    @property
    def keys(self) -> list[str]:
        """Keys of the clauses, in the order of the codes in `instrument`."""
        return list(self.terms.clauses)

    @cached_property
    def first_years(self) -> np.ndarray:
        """int64[row]: 立项年度, else 申报年度, of every row of the ledger."""
        return first_years(self.ledger.columns)

    @property
    def years(self) -> list[int]:
        """All years in which something accrues or is paid."""
        found = set(np.unique(self.accrued_year).tolist()) | set(np.unique(self.paid_year).tolist())
        return sorted(found - {0})

    def total(self, which: str = "entitlement", package_only: bool = True) -> int:
        """Sum of `entitlement`, `accrued` or `paid`. [分]"""
        amounts = getattr(self, which)
        return int(amounts[self.in_package].sum() if package_only else amounts.sum())

    def by_year(self, which: str, lines: np.ndarray | None = None) -> dict[int, int]:
        """Sums of `accrued` or `paid` by calendar year, of the package unless `lines` says which. [分]"""
        mine = self.in_package if lines is None else lines
        years, amounts = getattr(self, f"{which}_year")[mine], getattr(self, which)[mine]
        return {int(year): int(amounts[years == year].sum()) for year in np.unique(years) if year}


Line = tuple[int, int, int, int, int, bool, Sequence[int], Sequence[int], Sequence[int], Sequence[int]]


def as_arrays(lines: list[Line]) -> dict[str, np.ndarray]:
    """Lines as the columns of `Priced`."""
    kinds = (("row", np.int64), ("instrument", np.int8), ("entitlement", np.int64), ("binding", np.int8), ("left", np.int64),
             ("in_package", bool),
             ("accrued_year", np.int16), ("accrued", np.int64), ("paid_year", np.int16), ("paid", np.int64))
    columns = list(zip(*lines, strict=True)) or [()] * len(kinds)
    return {name: np.array(values, kind).reshape(len(lines), -1) if i > 5 else np.array(values, kind)
            for i, ((name, kind), values) in enumerate(zip(kinds, columns, strict=True))}


def line_of(terms: Terms, row: int, entitlement: Entitlement, case: Case, year: int, in_package: bool, paid_before: Decimal = ZERO) -> Line:
    """An entitlement with its years, as numbers."""
    clause = terms.clauses[entitlement.instrument]
    total = _fen(entitlement.total)
    left = MISSING
    if not clause.cap_per_year and clause.cap.is_finite():
        left = max(_fen(clause.cap - paid_before) - total, 0)
    accrued, paid = dates_of(terms, entitlement, case, year, total)
    return (row, terms.codes[entitlement.instrument], total, _CODE[entitlement.binding], left, in_package, *_placed(accrued),
            *_placed(paid))


def dates_of(terms: Terms, entitlement: Entitlement, case: Case, year: int, total: int) -> tuple[list[tuple[int, int]],
                                                                                                 list[tuple[int, int]]]:
    """(year, 分) of what accrues, and of what is paid: interest in the year after, but not before approval; grants by their schedule."""
    if not total:
        return [], []
    payout = terms.clauses[entitlement.instrument].payout
    if payout == "in_arrears":
        accrued = [(step.year, _fen(step.award)) for step in entitlement.steps if step.award]
        return accrued, _not_before(year, [(when + 1, fen) for when, fen in accrued])
    accrued = [(year, total)]
    if payout == "at_once":
        return accrued, accrued
    if payout == "on_acceptance" or not terms.half_half:
        return accrued, [(year + LATER, total)]
    first = min(_fen(tranches(_before_acceptance(terms, entitlement, case), _HALF)[0]), total)
    return accrued, [(when, fen) for when, fen in ((year, first), (year + LATER, total - first)) if fen]


def _not_before(year: int, dated: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Nothing is paid before the project is approved: what fell due earlier is paid in that year."""
    if dated[0][0] >= year:
        return dated
    early = sum(fen for when, fen in dated if when <= year)
    return [(year, early), *((when, fen) for when, fen in dated if when > year)]


def _before_acceptance(terms: Terms, entitlement: Entitlement, case: Case) -> Decimal:
    """What was approved, of which the first tranche is a share, though acceptance may cut it later."""
    if case.accepted is None or case.accepted >= case.investment:
        return entitlement.total
    return entitle(terms.clauses[entitlement.instrument], case._replace(accepted=None), terms.net_of_central, trail=False).total


def _placed(dated: Sequence[tuple[int, int]]) -> tuple[Sequence[int], Sequence[int]]:
    """Years and amounts, with empty places up to N_PAYMENT."""
    if not dated:
        return _EMPTY[0], _EMPTY[0]
    years, amounts = zip(*dated, strict=True)
    return years + _EMPTY[len(dated)], amounts + _EMPTY[len(dated)]


def _fen(amount: Decimal) -> int:
    return int(amount.scaleb(2))
