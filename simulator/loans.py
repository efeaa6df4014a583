"""The interest of a loan as a clause looks at it: by loan-year, or by day from the drawdown on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from kernels.formulas import central_relief, loan_balance
from simulator.units import round_to_fen

_IN_EVERY_MONTH = 28
_DAYS = 360  # of a year in which interest is counted by days: 实际天数 / 360
ZERO = Decimal(0)


class Loan(NamedTuple):
    """A loan: what is owed at the start of each loan-year, and the rate of that year."""

    principal: Decimal
    rates: tuple[Decimal, ...]
    term: int = 5
    grace: int = 1
    """Years before the first of equal instalments of the principal: term - 1 repays all of it at the end."""
    level: bool = False
    """等额本息: equal yearly payments of interest and principal, at the first year's rate."""
    balances: tuple[Decimal, ...] | None = None
    """Instead of term and grace, where the balances are known."""
    central_points: Decimal = ZERO
    central_years: int = 2
    first_year: int = 0
    """Calendar year of loan-year 1; of no concern where the loan was drawn on a known day."""
    drawn_on: date | None = None

    def balance(self, year: int) -> Decimal:
        """Balance at the start of loan-year `year`, 0 being the first. [CNY]"""
        if self.balances is not None:
            return self.balances[year]
        if not self.level or self.rates[0] == 0:
            return loan_balance.py_func(self.principal, Decimal(self.term), Decimal(0 if self.level else self.grace), year)
        if year >= self.term:
            return ZERO
        whole, so_far = (1 + self.rates[0]) ** self.term, (1 + self.rates[0]) ** year
        return self.principal * (whole - so_far) / (whole - 1)


class Charge(NamedTuple):
    """The interest of one loan-year, or of one calendar year where days are counted; not rounded. [CNY]"""

    year: int
    """Calendar year in which it falls."""
    balance: Decimal
    """At the start."""
    rate: Decimal
    interest: Decimal
    relief: Decimal
    """Of it, what the central government bears."""
    days: int | None = None
    parts: tuple[tuple[Decimal, int], ...] = ()
    """Where days are counted: each balance and the days that it stood."""


def charges(loan: Loan, years: int) -> list[Charge]:
    """The interest of the first `years` loan-years, and the central relief of it."""
    if loan.drawn_on is not None:
        return _by_days(loan, loan.drawn_on, years)
    found = []
    for year in range(years):
        balance = loan.balance(year)
        interest = balance * loan.rates[year]
        relief = central_relief.py_func(balance, loan.central_points,
                                        interest) if year < loan.central_years and loan.central_points else ZERO
        found.append(Charge(loan.first_year + year, balance, loan.rates[year], interest, relief))
    return found


def _by_days(loan: Loan, drawn_on: date, years: int) -> list[Charge]:
    """Every day bears its balance x rate / 360; the days of a calendar year are added up."""
    found: list[Charge] = []
    begins = drawn_on
    for year in range(min(years, loan.term)):
        ends = months_after(drawn_on, 12 * year + 12)
        balance, rate = loan.balance(year), loan.rates[year]
        points = loan.central_points if year < loan.central_years else ZERO
        yearly = balance * rate
        for calendar_year, days in days_by_year(begins, ends):
            interest = yearly * days / _DAYS
            relief = central_relief.py_func(balance, points * days / _DAYS, interest) if points else ZERO
            if found and found[-1].year == calendar_year:  # the loan-year turned within this year
                then = found.pop()
                found.append(then._replace(interest=then.interest + interest, relief=then.relief + relief, days=(then.days or 0) + days,
                                           parts=(*then.parts, (balance, days))))
            else:
                found.append(Charge(calendar_year, balance, rate, interest, relief, days, ((balance, days),)))
        begins = ends
    return found


def months_after(start: date, months: int) -> date:
    """The same day so many months later; the last day of a month that is too short for it."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    if start.day <= _IN_EVERY_MONTH:
        return date(year, month, start.day)
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def days_by_year(first: date, end: date) -> Iterator[tuple[int, int]]:
    """How many days from `first` on, before `end`, fall in each calendar year."""
    begins, last = first.toordinal(), end.toordinal()
    for year in range(first.year, end.year + 1):
        after = min(last, _new_year(year + 1))
        if after > begins:
            yield year, after - begins
        begins = after


@cache
def _new_year(year: int) -> int:
    return date(year, 1, 1).toordinal()


def interest_by_days(principal: Decimal, rate: Decimal, drawn_on: date, months: int = 36) -> dict[int, Decimal]:
    """Interest of each calendar year on an unchanged balance, actual days / 360; to the 分 half-up."""
    return {year: round_to_fen(principal * rate * days / _DAYS) for year, days in days_by_year(drawn_on, months_after(drawn_on, months))}
