"""The lines of a priced ledger: what is due, what is left of the cap, and in which years it accrues and is paid."""

from decimal import Decimal

import numpy as np
import pytest

from tests.appraisal.conftest import lines_of
from tests.ledgers import LOAN

WAN = Decimal(10_000)


def wan(**years):
    """Amounts in 万元 by year: wan(y2025=50)."""
    return {int(year[1:]): Decimal(str(amount)) * WAN for year, amount in years.items()}


FILED = {"filing_year": 2025}
LEASE = {"instruments": "upgrade_lease", "investment": 8000, "lease_equipment": 8000, **FILED}
MAJOR = {"instruments": "major_project", "investment": 60000, **FILED}
LOANED = {"instruments": "upgrade_loan_interest", "investment": 5000, "loan_principal": 3000, **LOAN, **FILED}


# --- years ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "accrued", "paid"), [
    # at once: 30% of 1000万
    ({"instruments": "first_of_kind", "contract": 1000}, wan(y2025=300), wan(y2025=300)),
    # on acceptance, a year after approval: 20% of 1000万
    ({"instruments": "energy_management_centre", "investment": 1000}, wan(y2025=200), wan(y2026=200)),
    # half and half: 5% of 8000万
    ({"instruments": "upgrade_lease", "investment": 8000, "lease_equipment": 8000}, wan(y2025=400), wan(y2025=200, y2026=200)),
    # the year after each loan-year: half of 3000万 x 3%
    (LOANED, wan(y2025=45, y2026=45, y2027=45), wan(y2026=45, y2027=45, y2028=45)),
    # drawn on a day, 3600万 x 3% / 360 = 3000元 a day: 184, 365, 365 (366 - 182 + 182) and 182 days
    (LOANED | {"loan_principal": 3600, "drawn_on": "2025-07-01"}, wan(y2025="27.6", y2026="54.75", y2027="54.75", y2028="27.3"),
     wan(y2026="27.6", y2027="54.75", y2028="54.75", y2029="27.3")),
])
def test_an_entitlement_accrues_and_is_paid_in_the_years_of_its_clause(lines, row, accrued, paid):
    (line,) = lines({**FILED, **row}).values()
    assert (line.accrued, line.paid) == (accrued, paid)
    assert line.entitlement == sum(accrued.values())


def test_years_count_from_the_approval_where_it_is_known(lines):
    (line,) = lines(LEASE | {"approved_year": 2027}).values()
    assert (line.accrued, line.paid) == (wan(y2027=400), wan(y2027=200, y2028=200))
    (line,) = lines(LOANED | {"approved_year": 2026}).values()
    assert line.accrued == wan(y2026=45, y2027=45, y2028=45)


def test_the_year_of_approval_does_not_move_interest_that_is_counted_by_the_day(lines):
    (line,) = lines(LOANED | {"approved_year": 2027, "drawn_on": "2025-07-01"}).values()
    assert min(line.accrued) == 2025


def test_all_of_a_grant_may_be_paid_on_acceptance_by_the_reading(lines):
    (line,) = lines(LEASE, grant_payout="on_acceptance").values()
    assert line.paid == wan(y2026=400)


def test_an_odd_fen_is_in_the_first_half(lines):
    # 5% of 20,000,000.20 is 1,000,000.01: half of it 500,000.005, half-up 500,000.01
    (line,) = lines(LEASE | {"investment": 20_000_000, "lease_equipment": "20000000.20"}, unit="元").values()
    assert line.paid == {2025: Decimal("500000.01"), 2026: Decimal("500000.00")}


@pytest.mark.parametrize(("accepted", "entitlement", "paid"), [
    (70000, 6000, wan(y2025=3000, y2026=3000)), (60000, 6000, wan(y2025=3000, y2026=3000)), (50000, 5000, wan(y2025=3000, y2026=2000)),
    (30000, 3000, wan(y2025=3000)), (20000, 2000, wan(y2025=2000)), (0, 0, {}),
])
def test_acceptance_cuts_the_last_tranche_and_adds_nothing(lines, accepted, entitlement, paid):
    # approved 6亿: 10% are 6000万, of which half was paid at approval
    (line,) = lines(MAJOR | {"accepted_investment": accepted}).values()
    assert (line.entitlement, line.paid) == (entitlement * WAN, paid)


def test_the_approved_investment_counts_for_threshold_and_base(lines):
    found = lines(MAJOR | {"approved_investment": 50000}, MAJOR | {"approved_investment": "49999.99"},
    MAJOR | {"approved_investment": 70000})
    assert [(line.entitlement, line.binding) for line in found.values()] == [(5000 * WAN, "rate"), (0, "threshold"), (7000 * WAN, "rate")]


# --- limits and what is left --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("row", "binding", "left"), [
    (LEASE, "rate", 1600), (LEASE | {"lease_equipment": 40000}, "rate", 0), (LEASE | {"lease_equipment": "40000.0001"}, "cap", 0),
    (LEASE | {"investment": "1999.999999"}, "threshold", 2000), (LEASE | {"investment": 2000}, "rate", 1600),
    (LEASE | {"lease_equipment": 0}, "none", 2000), (LOANED, "rate", 1865), (MAJOR | {"fixed_asset_share": "60%"}, "threshold", 10000),
    (MAJOR | {"fixed_asset_share": "60.0001%"}, "rate", 4000),
    # 50000万 x 3% x 50% = 750万 a year: 750, 750 and the 500 that are left
    (LOANED | {"loan_principal": 50000, "investment": 80000}, "headroom", 0),
    # 150000万 x 3% x 50% = 2250万 in the first year already
    (LOANED | {"loan_principal": 150000, "investment": 200000}, "cap", 0),
])
def test_a_line_says_which_limit_decided_and_what_is_left_of_the_cap(lines, row, binding, left):
    (line,) = lines(row).values()
    assert (line.binding, line.left) == (binding, left * WAN)


def test_nothing_is_left_to_say_where_there_is_no_cap_or_one_for_each_year(lines):
    challenge, catalogue = {"instruments": "open_challenge", **FILED}, LOANED | {"instruments": "catalogue_loan_interest"}
    assert [line.left for line in lines(challenge, catalogue, cap_period_17="year").values()] == [None, None]


def test_the_share_is_rounded_before_the_cap_is_applied_so_that_a_hidden_part_of_a_fen_is_not_cut(lines):
    # 30% of 66,666,666.68 is 20,000,000.004, half-up 20,000,000.00: exactly the cap, which takes nothing off
    found = lines({"instruments": "first_of_kind", "contract": "66666666.68", **FILED}, {"instruments": "first_of_kind",
    "contract": "66666666.69",
                  **FILED}, unit="元")
    assert [(line.entitlement, line.binding) for line in found.values()] == [(2000 * WAN, "rate"), (2000 * WAN, "cap")]


@pytest.mark.parametrize(("base", "yearly"), [("net_of_central", (200, 200, 350)), ("contract", (350, 350, 350))])
def test_central_points_are_taken_off_for_two_years_where_nothing_else_is_said(lines, base, yearly):
    # 2亿 at 3.5%: 700万, of which the centre bears 1.5 points, 300万 (WE15)
    row = LOANED | {"investment": 50000, "loan_principal": 20000, "loan_rate": "3.5%", "central_points": 1.5}
    (line,) = lines(row, interest_base=base).values()
    assert list(line.accrued.values()) == [amount * WAN for amount in yearly]


def test_the_subsidy_is_never_more_than_the_interest_that_is_borne(lines):
    # 2亿 at 3.5%, 5 points of relief: all 700万 are borne by the centre in the first two years
    row = LOANED | {"investment": 50000, "loan_principal": 20000, "loan_rate": "3.5%", "central_points": 5}
    (line,) = lines(row, interest_base="contract").values()
    assert (line.accrued, line.entitlement) == (wan(y2027=350), 350 * WAN)


# --- sums -----------------------------------------------------------------------------------------------------------


def test_sums_are_those_of_the_package_unless_told_otherwise(price):
    priced = price(LEASE | {"instruments": "upgrade_lease、upgrade_loan_interest", "loan_principal": 3000, **LOAN}, MAJOR)
    assert [priced.total(), priced.total(package_only=False)] == [6400 * 10**6, 6535 * 10**6]
    assert priced.total("paid") == priced.total("accrued") == priced.total()
    assert priced.by_year("paid") == {2025: 3200 * 10**6, 2026: 3200 * 10**6}
    assert priced.by_year("accrued", np.ones(3, bool)) == {2025: 6445 * 10**6, 2026: 45 * 10**6, 2027: 45 * 10**6}
    assert priced.years == [2025, 2026, 2027, 2028]


def test_lines_stand_in_the_order_of_the_ledger_and_of_the_clauses(price):
    priced = price(MAJOR | {"instruments": "scenario_demonstration;major_project"}, LEASE)
    assert list(lines_of(priced)) == [("P1", "major_project"), ("P1", "scenario_demonstration"), ("P2", "upgrade_lease")]
    assert priced.row.tolist() == [0, 0, 1]


def test_a_ledger_that_pays_nothing_has_no_years(price):
    priced = price(MAJOR | {"investment": 100})
    assert (priced.total(), priced.by_year("paid"), priced.years) == (0, {}, [])
