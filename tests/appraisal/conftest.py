"""Pricing a few rows, and looking at a line of them."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import pytest

from simulator.appraisal import BINDINGS, Priced, price_ledger
from simulator.ledger import MISSING
from simulator.scenario import load_rule_book
from tests.ledgers import ledger_of


@cache
def rule_book(readings):
    return load_rule_book("sh-2024-355", readings=dict(readings))


@dataclass(frozen=True)
class Line:
    """A line in 元, without the empty years."""

    entitlement: Decimal
    binding: str
    left: Decimal | None
    in_package: bool
    accrued: dict[int, Decimal]
    paid: dict[int, Decimal]


def yuan(fen):
    return Decimal(int(fen)).scaleb(-2)


def lines_of(priced: Priced) -> dict[tuple[str, str], Line]:
    """Every line by project and instrument."""
    def dated(years, amounts):
        return {int(year): yuan(fen) for year, fen in zip(years, amounts, strict=True) if year}

    return {(str(priced.ledger.columns["project"][priced.row[line]]), priced.keys[priced.instrument[line]]): Line(
        yuan(priced.entitlement[line]), BINDINGS[priced.binding[line]],
        None if priced.left[line] == MISSING else yuan(priced.left[line]), bool(priced.in_package[line]),
        dated(priced.accrued_year[line], priced.accrued[line]), dated(priced.paid_year[line], priced.paid[line]))
        for line in range(len(priced.row))}


@pytest.fixture
def price(tmp_path):
    """Price rows under readings; amounts of the rows in 万元 unless told otherwise."""
    def price_rows(*rows, unit="万元", **readings):
        scenario = rule_book(tuple(sorted(readings.items())))
        return price_ledger(ledger_of(tmp_path, scenario, *rows, unit=unit), scenario)

    return price_rows


@pytest.fixture
def lines(price):
    """The lines of rows, by project and instrument."""
    return lambda *rows, **how: lines_of(price(*rows, **how))
