"""What a year's appropriation funds of the new awards of a ledger, to the 分."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from simulator.appraisal.priced import Priced
from simulator.appraisal.rows import settled_rows
from simulator.appraisal.sharing import by_filing, by_score
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.ledger import PER_FEN
from simulator.units import parse_quantity, share_out

Rule = Literal["by_score", "first_come", "pro_rata"]


@dataclass(frozen=True)
class Funding:
    """Which lines of a priced ledger ask for a year's money, and what each of them gets."""

    year: int
    available: int
    """[分]"""
    lines: np.ndarray
    """int64[n]: new awards of the year, in the order in which they are funded."""
    funded: np.ndarray
    """int64[n]: what each gets; the rest waits, or under pro rata lapses. [分]"""

    @property
    def left(self) -> int:
        """What of the money nobody gets. [分]"""
        return self.available - int(self.funded.sum())


def read_appropriation(written: str) -> tuple[int, int]:
    """`2026=3000万元` as year and amount. [分]"""
    match = re.fullmatch(r"([0-9]{4})=(.+)", written)
    try:
        amount = parse_quantity(match[2]) if match else None
    except ValueError as error:
        raise SimulatorError(str(error)) from None
    if match is None or amount is None or amount.dimension != "money" or amount.value < 0:
        raise SimulatorError(tr(f"预算应写作 2026=3000万元，得到 {written}", f"write an appropriation as 2026=3000万元, got {written}"))
    return int(match[1]), int(amount.value * PER_FEN)


def fund(priced: Priced, year: int, available: int, rule: Rule = "by_score", partial: bool = False) -> Funding:
    """Fund the new awards of one year out of one sum: those to projects that are not approved yet.

    The whole of an award is charged to its year. They come by score or by filing, as in the simulation: an award that does not
    fit waits, and a smaller one behind it may be funded. `partial` funds the last one in part. Under `pro_rata` all are cut
    alike, and add up exactly.

    Raises
    ------
    SimulatorError
        Where no new award falls into the year.
    """
    first = np.where(priced.accrued_year > 0, priced.accrued_year, np.iinfo(np.int16).max).min(axis=1)
    mine = np.flatnonzero(priced.in_package & (priced.entitlement > 0) & (first == year) & ~settled_rows(priced.ledger.columns)[priced.row])
    if not mine.size:
        raise SimulatorError(tr(f"台账中没有 {year} 年待立项的应补额，无从安排预算",
                                f"the ledger has no award of {year} that is still to be approved"))
    order = by_filing if rule == "first_come" else by_score
    new = np.array(sorted(mine.tolist(), key=lambda line: order(priced, line)), np.int64)
    claims = priced.entitlement[new]
    if rule == "pro_rata":
        shares = share_out(Decimal(min(available, int(claims.sum()))).scaleb(-2), [Decimal(int(claim)).scaleb(-2) for claim in claims])
        funded = np.array([int(share.scaleb(2)) for share in shares], np.int64)
    else:
        funded = _in_order(claims, available, partial)
    return Funding(year, available, new, funded)


def _in_order(claims: np.ndarray, left: int, partial: bool) -> np.ndarray:
    funded = np.zeros(len(claims), np.int64)
    for i, claim in enumerate(claims.tolist()):
        if claim <= left or partial:
            funded[i] = min(claim, left)
            left -= int(funded[i])
    return funded
