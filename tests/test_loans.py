"""Interest of loans by the year and by the day, against schedules written out step by step and day by day."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.loans import Loan, charges, days_by_year, interest_by_days, months_after
from simulator.pricing import exactly
from tests.oracle.programme import calendar_year_interest

WAN = Decimal(10_000)
FEN = Decimal("0.01")
TINY = Decimal("1e-20")  # far below what could change a 分


def bullet(principal, rate, term, **more):
    return Loan(Decimal(principal), (Decimal(rate),) * 3, term, term - 1, **more)


def equal_principal(principal, rate, term, **more):
    return Loan(Decimal(principal), (Decimal(rate),) * 3, term, 0, **more)


def equal_payment(principal, rate, term, **more):
    return Loan(Decimal(principal), (Decimal(rate),) * 3, term, 0, level=True, **more)


def to_fen(amount):
    return amount.quantize(FEN, ROUND_HALF_UP)


def interests(loan, years=3):
    with exactly():
        return [to_fen(charge.interest) for charge in charges(loan, years)]


# --- balances by loan-year -----------------------------------------------------------------------------------


def test_a_bullet_loan_bears_interest_on_all_of_it_until_the_end():
    # 3000万 x 3.45% = 103.5万 (WE01)
    assert interests(bullet(3000 * WAN, "0.0345", 5)) == [Decimal(1_035_000)] * 3
    assert interests(bullet(3000 * WAN, "0.0345", 2)) == [Decimal(1_035_000)] * 2 + [0]
    assert interests(bullet(3000 * WAN, "0.0345", 1)) == [Decimal(1_035_000), 0, 0]


def test_equal_principal_repays_the_same_part_each_anniversary():
    # 1.2亿, 0.9亿, 0.6亿 at 3.60%: 432, 324, 216万 (WE02)
    assert interests(equal_principal(12_000 * WAN, "0.0360", 4)) == [432 * WAN, 324 * WAN, 216 * WAN]
    assert interests(equal_principal(12_000 * WAN, "0.0360", 2)) == [432 * WAN, 216 * WAN, 0]


@given(st.integers(1, 10**12), st.integers(0, 2400), st.integers(1, 50))
def test_equal_payments_are_equal_and_repay_the_loan(fen, basis_points, term):
    with exactly():
        loan = equal_payment(Decimal(fen).scaleb(-2), Decimal(basis_points).scaleb(-4), term)
        balances = [loan.balance(year) for year in range(term + 1)]
        payments = [before * (1 + loan.rates[0]) - after for before, after in pairwise(balances)]
        assert abs(balances[0] - loan.principal) < TINY
        assert balances[-1] == loan.balance(term + 5) == 0
        assert max(payments) - min(payments) < TINY


@given(st.integers(1, 10**12), st.integers(1, 2400), st.integers(1, 50))
def test_equal_payments_repay_later_than_equal_principal_and_sooner_than_all_at_the_end(fen, basis_points, term):
    given_ = Decimal(fen).scaleb(-2), Decimal(basis_points).scaleb(-4), term
    with exactly():
        for year in range(term):
            assert equal_principal(*given_).balance(year) <= equal_payment(*given_).balance(year) + TINY
            assert equal_payment(*given_).balance(year) <= bullet(*given_).balance(year) + TINY


def test_equal_payments_without_interest_are_equal_parts():
    with exactly():
        assert [equal_payment(900, 0, 3).balance(year) for year in range(4)] == [900, 600, 300, 0]


def test_known_balances_and_rates_of_each_year_are_taken_as_they_are():
    loan = Loan(Decimal(300), (Decimal("0.03"), Decimal("0.04"), Decimal("0.05")), balances=(Decimal(300), Decimal(200), Decimal(100)))
    assert interests(loan) == [Decimal(9), Decimal(8), Decimal(5)]


def test_interest_falls_in_the_years_from_the_first_on():
    with exactly():
        assert [charge.year for charge in charges(bullet(100, "0.03", 5, first_year=2026), 3)] == [2026, 2027, 2028]


# --- central relief -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("points", "years", "relief"), [("0.015", 2, [300, 300, 0]), ("0.015", 1, [300, 0, 0]), ("0.015", 0, [0, 0, 0]),
                                                         ("0.05", 3, [700, 700, 700]), ("0", 2, [0, 0, 0])])
def test_central_relief_is_points_on_the_balance_for_its_years_and_never_above_the_interest(points, years, relief):
    # 2亿 at 3.5%: 700万 a year, of which 1.5 points are 300万 (WE15)
    loan = bullet(20_000 * WAN, "0.035", 5, central_points=Decimal(points), central_years=years)
    with exactly():
        assert [charge.relief for charge in charges(loan, 3)] == [amount * WAN for amount in relief]


def test_central_relief_by_the_day_runs_for_two_years_of_days():
    # 3.6亿 at 3% and 1 point: a day bears 3万 and 1万 of it. From 2025-07-01: 184 + 181 days, 184 + 181, 184 + 182 of 2028.
    loan = bullet(36_000 * WAN, "0.03", 5, central_points=Decimal("0.01"), central_years=2, drawn_on=date(2025, 7, 1))
    with exactly():
        assert [(charge.year, charge.days, charge.interest / WAN, charge.relief / WAN) for charge in charges(loan, 3)] == [
            (2025, 184, 552, 184), (2026, 365, 1095, 365), (2027, 365, 1095, 181), (2028, 182, 546, 0)]


# --- by the day -------------------------------------------------------------------------------------------------


DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def anniversary(start, years):
    """Written without the calendar of the module: the last day of February where the 29th is none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return date(start.year + years, 2, 28)


@given(DAYS, st.integers(1, 10**12), st.integers(1, 2400), st.integers(1, 5), st.sampled_from([bullet, equal_principal, equal_payment]),
       st.integers(0, 500), st.integers(0, 4))
def test_interest_and_relief_by_the_day_are_sums_over_every_single_day(drawn, fen, basis_points, term, kind, points, central_years):
    rate, central = Decimal(basis_points).scaleb(-4), Decimal(points).scaleb(-4)
    loan = kind(Decimal(fen).scaleb(-2), rate, term, central_points=central, central_years=central_years, drawn_on=drawn)
    days, borne, relieved = defaultdict(int), defaultdict(Decimal), defaultdict(Decimal)
    with exactly():
        loan_year, day = 0, drawn
        while day < anniversary(drawn, min(term, 3)):
            if day == anniversary(drawn, loan_year + 1):
                loan_year += 1
            daily = loan.balance(loan_year) / 360
            days[day.year] += 1
            borne[day.year] += daily * rate
            relieved[day.year] += min(daily * central, daily * rate) if loan_year < central_years else 0
            day += timedelta(1)
        found = charges(loan, 3)
        assert [(charge.year, charge.days) for charge in found] == list(days.items())
        for charge in found:
            assert abs(charge.interest - borne[charge.year]) < TINY
            assert abs(charge.relief - relieved[charge.year]) < TINY


@given(DAYS, st.integers(1, 10**12), st.integers(1, 2400))
def test_interest_of_a_bullet_loan_by_the_day_is_that_of_the_oracle(drawn, fen, basis_points):
    principal, rate = Decimal(fen).scaleb(-2), Decimal(basis_points).scaleb(-4)
    last = anniversary(drawn, 3) - timedelta(1)
    expected = {year: amount for year, amount in calendar_year_interest(principal, rate, drawn, last).items() if amount}
    with exactly():
        found = {charge.year: to_fen(charge.interest) for charge in charges(bullet(principal, rate, 5, drawn_on=drawn), 3)}
        assert {year: amount for year, amount in found.items() if amount} == expected
        assert {year: amount for year, amount in interest_by_days(principal, rate, drawn).items() if amount} == expected


def test_the_loan_of_we27_bears_what_the_example_says():
    # 1亿 at 3.00%, drawn on 2025-07-01: 184, 365, 365 and 182 days
    expected = ["1533333.33", "3041666.67", "3041666.67", "1516666.67"]
    assert interests(bullet(10_000 * WAN, "0.03", 3, drawn_on=date(2025, 7, 1))) == [Decimal(amount) for amount in expected]


def test_a_loan_drawn_on_new_years_day_bears_interest_in_three_years_only():
    with exactly():
        found = charges(equal_principal(300, "0.036", 3, drawn_on=date(2025, 1, 1)), 3)
    assert [(charge.year, charge.days) for charge in found] == [(2025, 365), (2026, 365), (2027, 365)]


def test_a_loan_shorter_than_three_years_bears_no_interest_behind_its_end():
    with exactly():
        found = charges(bullet(360, "0.1", 1, drawn_on=date(2025, 12, 31)), 3)
    assert [(charge.year, charge.days) for charge in found] == [(2025, 1), (2026, 364)]


# --- the calendar -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "months", "after"), [
    (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2024, 2, 29), 48, date(2028, 2, 29)), (date(2025, 1, 31), 1, date(2025, 2, 28)),
    (date(2025, 12, 31), 2, date(2026, 2, 28)), (date(2025, 11, 30), 1, date(2025, 12, 30)), (date(2025, 12, 1), 12, date(2026, 12, 1)),
    (date(2025, 12, 31), 0, date(2025, 12, 31)), (date(2025, 8, 31), 36, date(2028, 8, 31)),
])
def test_months_later_it_is_the_same_day_or_the_last_of_a_short_month(start, months, after):
    assert months_after(start, months) == after


@given(DAYS, st.integers(0, 2000))
def test_the_days_of_the_years_add_up_to_all_days(first, days):
    assert sum(found for _, found in days_by_year(first, first + timedelta(days))) == days
