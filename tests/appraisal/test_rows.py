"""A row of a ledger as the clauses look at it."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from simulator.appraisal.rows import cases, first_years
from tests.appraisal.conftest import rule_book
from tests.ledgers import LOAN, ledger_of

ROW = {"instruments": "open_challenge", "filing_year": 2025}


@pytest.fixture
def case(tmp_path):
    """One row, amounts in 元."""
    def of_row(**row):
        (found,) = cases(ledger_of(tmp_path, rule_book(()), ROW | row, unit="元").columns)
        return found

    return of_row


def test_amounts_are_exact_and_what_is_not_given_is_nothing(case):
    found = case(investment="0.1", equipment="0.2", lease_equipment="0.3", contract="12345678901.23")
    assert (found.investment, found.equipment, found.lease_equipment) == (Decimal("0.1"), Decimal("0.2"), Decimal("0.3"))
    assert found.contracts == (Decimal("12345678901.23"),)
    empty = case()
    assert (empty.investment, empty.contracts, empty.loan, empty.accepted, empty.incremental) == (0, (0,), None, None, None)
    assert (empty.certification, empty.software, empty.tier, empty.fixed_asset_share) == (None, None, "", 1)


def test_the_approved_investment_goes_before_the_planned_one_even_if_it_is_zero(case):
    assert case(investment=5, approved_investment=3).investment == 3
    assert case(investment=5, approved_investment=0).investment == 0
    assert case(investment=5, approved_investment="").investment == 5


@pytest.mark.parametrize(("repayment", "grace", "level"), [("到期还本", 4, False), ("等额本金", 0, False), ("等额本息", 0, True)])
def test_a_loan_is_what_its_columns_say(case, repayment, grace, level):
    loan = case(loan_principal=100, **LOAN | {"repayment": repayment}, central_points="1.5", drawn_on="2025-07-01").loan
    assert (loan.principal, loan.rates, loan.term, loan.grace, loan.level) == (100, (Decimal("0.03"),) * 3, 5, grace, level)
    assert (loan.central_points, loan.central_years, loan.drawn_on) == (Decimal("0.015"), 2, date(2025, 7, 1))


def test_central_years_may_be_said_and_none_are_none(case):
    assert case(loan_principal=100, **LOAN, central_points=1, central_years=3).loan.central_years == 3
    assert case(loan_principal=100, **LOAN, central_points=1, central_years=0).loan.central_years == 0
    assert case(loan_principal=100, **LOAN).loan.central_points == 0


@pytest.mark.parametrize("missing", ["loan_rate", "loan_years"])
def test_without_rate_or_term_there_is_no_loan(case, missing):
    assert case(loan_principal=100, **LOAN | {missing: ""}).loan is None


def test_the_first_year_is_that_of_approval_else_of_filing(tmp_path):
    rows = [ROW, ROW | {"approved_year": 2026}]
    assert first_years(ledger_of(tmp_path, rule_book(()), *rows).columns).tolist() == [2025, 2026]
    assert first_years({"filing_year": np.array([2024])}).tolist() == [2024]
