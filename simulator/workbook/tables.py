"""Sums of a priced ledger by instrument and by year. [分]"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

import numpy as np

from simulator.appraisal import BINDINGS, Priced


@dataclass(frozen=True)
class OfInstrument:
    """One instrument in the ledger."""

    key: str
    applications: int
    in_package: int
    alone: int
    """Entitlement of all, whether or not in a package. [分]"""
    entitlement: int
    """Of those in packages. [分]"""
    largest: int
    """[分]"""
    decided_by: Counter[str]


def by_instrument(priced: Priced) -> list[OfInstrument]:
    """Every instrument that the ledger files for, in the order of the clauses."""
    found = []
    for code, key in enumerate(priced.keys):
        mine = priced.instrument == code
        chosen = mine & priced.in_package
        amounts = priced.entitlement[chosen]
        decided = Counter(dict(zip(BINDINGS, np.bincount(priced.binding[mine], minlength=len(BINDINGS)).tolist(), strict=True)))
        if mine.any():
            found.append(OfInstrument(key, int(mine.sum()), int(chosen.sum()),
                                      int(priced.entitlement[mine].sum()), int(amounts.sum()), int(amounts.max(initial=0)), decided))
    return found


def by_year(priced: Priced, which: Literal["accrued", "paid"]) -> dict[str, dict[int, int]]:
    """What the packages of each instrument accrue or pay, by calendar year. [分]"""
    return {each.key: priced.by_year(which, priced.in_package & (priced.instrument == priced.terms.codes[each.key]))
            for each in by_instrument(priced)}


def years_of(table: dict[str, dict[int, int]]) -> list[int]:
    """All years of such a table."""
    return sorted({year for years in table.values() for year in years})
