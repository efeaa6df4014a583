"""What rows share: the cap of one product in the order of filing, and the places of a year."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WAN = Decimal(10_000)
QUICKLY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def contract(amount, product="CP-1", instruments="first_of_kind", **more):
    return {"instruments": instruments, "filing_year": 2025, "contract": amount, "product": product, **more}


def entitlements(found):
    """In 万元."""
    return [line.entitlement / WAN for line in found.values()]


# --- products -------------------------------------------------------------------------------------------------


def test_the_contracts_of_one_product_share_its_cap(lines):
    # 30% of 2000, 3000 and 4000万: 600, 900, and of 1200 the 500 that are left of 2000 (WE19)
    found = list(lines(contract(2000), contract(3000), contract(4000)).values())
    assert [(line.entitlement / WAN, line.binding, line.left / WAN) for line in found] == [
        (600, "rate", 1400), (900, "rate", 500), (500, "headroom", 0)]
    assert found[2].paid == found[2].accrued == {2025: 500 * WAN}


def test_each_contract_has_a_cap_of_its_own_by_the_other_reading(lines):
    found = lines(contract(2000), contract(3000), contract(4000), first_of_kind_scope="contract")
    assert entitlements(found) == [600, 900, 1200]


def test_the_cap_is_used_up_in_the_order_of_filing_not_of_the_rows(lines):
    rows = [contract(5000, filing_year=2026), contract(5000, filed_on="2025-06-01"), contract(5000, filed_on="2025-03-01")]
    assert entitlements(lines(*rows)) == [0, 500, 1500]


def test_a_row_without_a_day_comes_after_those_of_its_year_that_have_one(lines):
    rows = [contract(5000), contract(5000, filed_on="2025-12-31"), contract(5000, filing_year=2026, filed_on="2026-01-01")]
    assert entitlements(lines(*rows)) == [500, 1500, 0]


def test_what_finds_nothing_left_is_bound_by_the_headroom(lines):
    found = list(lines(contract(10000), contract(100)).values())
    assert [(line.entitlement, line.binding, line.in_package) for line in found] == [(2000 * WAN, "cap", True), (0, "headroom", False)]
    assert found[1].paid == {}


@pytest.mark.parametrize("product", ["", "无", "/", "—"])
def test_rows_without_a_product_share_nothing(lines, product):
    assert entitlements(lines(contract(6000, product), contract(6000, product))) == [1800, 1800]


@pytest.mark.parametrize("twin", ["cp-1", "ＣＰ-１", "CP\u200b-1"])
def test_one_product_is_one_however_it_is_typed(lines, twin):
    assert entitlements(lines(contract(6000), contract(6000, twin))) == [1800, 200]


def test_different_products_share_nothing(lines):
    assert entitlements(lines(contract(6000, "A"), contract(6000, "B"))) == [1800, 1800]


def test_two_clauses_have_their_own_caps_on_one_product(lines):
    certified = {"instruments": "material_certification", "filing_year": 2025, "certification_contract": 300, "product": "CP-1"}
    assert entitlements(lines(contract(5000), certified, contract(5000), certified)) == [1500, 90, 500, 10]


def test_a_terminated_project_uses_nothing_up_and_gets_nothing(lines):
    found = list(lines(contract(6000, status="终止"), contract(6000)).values())
    assert [(line.entitlement / WAN, line.binding, line.in_package) for line in found] == [(0, "none", False), (1800, "rate", True)]


def test_what_is_not_in_the_package_uses_nothing_up(lines):
    # 场景示范 pays 20% of 4000万, the cap of 800万: more than 30% of 1000万, and only one may be had
    other = contract(1000, instruments="first_of_kind;scenario_demonstration", investment=4000)
    found = lines(other, contract(10000))
    assert [found[key].in_package for key in found] == [False, True, True]
    assert found["P2", "first_of_kind"].entitlement == 2000 * WAN


def test_one_product_has_either_of_two_clauses_that_never_stack_whatever_the_reading(lines):
    rows = [contract(1000), contract(3000, instruments="catalogue_breakthrough"), contract(1500)]
    for reading in ("one_per_project", "stack"):
        found = list(lines(*rows, exclusivity=reading).values())
        # 900万 under 第十七条 are more than 300 + 450 under 第十六条
        assert [line.in_package for line in found] == [False, True, False]
        assert [line.entitlement / WAN for line in found] == [300, 900, 450]


@QUICKLY
@given(contracts=st.lists(st.integers(1, 10**12), min_size=1, max_size=6))
def test_shares_are_rounded_one_by_one_until_the_cap_is_used_up(lines, contracts):
    left, expected = 2000 * WAN, []
    for fen in contracts:
        share = (Decimal(fen).scaleb(-2) * 3 / 10).quantize(Decimal("0.01"), ROUND_HALF_UP)
        expected.append(min(share, left))
        left -= expected[-1]
    found = lines(*(contract(str(Decimal(fen).scaleb(-2))) for fen in contracts), unit="元")
    assert [line.entitlement for line in found.values()] == expected


# --- places ---------------------------------------------------------------------------------------------------


def certified(score=None, year=2025, **more):
    """An application worth 30万."""
    return {"instruments": "material_certification", "filing_year": year, "certification_contract": 100, **more} | (
        {} if score is None else {"score": score})


def years(found):
    return [min(line.paid, default=0) for line in found.values()]


def test_beyond_ten_places_the_lowest_scores_wait_for_the_next_year(lines):
    found = lines(*(certified(score) for score in (50, 99, 60, 98, 70, 97, 80, 96, 90, 95, 55, 94)))
    assert years(found) == [2026 if score in (50, 55) else 2025 for score in (50, 99, 60, 98, 70, 97, 80, 96, 90, 95, 55, 94)]
    assert {line.binding for line in found.values() if 2026 in line.paid} == {"quota"}
    assert all(line.accrued == line.paid and line.entitlement == 30 * WAN for line in found.values())


def test_of_equal_scores_the_earlier_filing_goes_first_and_without_a_score_last(lines):
    rows = [certified(None), *(certified(80, filed_on=date(2025, 12, 1) - timedelta(i)) for i in range(11))]
    assert years(lines(*rows)) == [2026, 2026, *[2025] * 10]


def test_those_that_wait_go_before_better_ones_of_the_next_year(lines):
    found = lines(*(certified(99, 2026) for _ in range(10)), *(certified(50) for _ in range(11)))
    assert years(found) == [*[2026] * 9, 2027, *[2025] * 10, 2026]


def test_some_wait_for_years(lines):
    found = lines(*(certified() for _ in range(25)))
    assert years(found) == [2025] * 10 + [2026] * 10 + [2027] * 5
    assert [line.binding for line in found.values()] == ["rate"] * 10 + ["quota"] * 15


def test_approved_projects_are_facts_and_take_their_places_first(lines):
    approved = [certified(10, status="立项", approved_year=2025) for _ in range(3)]
    found = lines(*approved, *(certified(99 - i) for i in range(9)))
    assert years(found) == [2025] * 10 + [2026] * 2


def test_more_approved_projects_than_places_are_all_paid_and_the_others_wait(lines):
    found = lines(*(certified(10, approved_year=2026, year=2025) for _ in range(12)), certified(99, 2026), certified(99, 2025))
    assert years(found) == [2026] * 12 + [2027, 2025]
    assert [line.binding for line in found.values()] == ["rate"] * 12 + ["quota", "rate"]


def test_what_gets_nothing_takes_no_place(lines):
    nothing = [certified(99, status="终止"), certified(99) | {"certification_contract": 0},
               certified(99) | {"instruments": "material_certification;first_of_kind", "contract": 1000}]
    found = lines(*nothing, *(certified(50) for _ in range(10)))
    assert [found[f"P{i}", "material_certification"].paid for i in range(4, 14)] == [{2025: 30 * WAN}] * 10
    assert found["P3", "first_of_kind"].in_package


@QUICKLY
@given(filed=st.lists(st.tuples(st.integers(2024, 2027), st.integers(0, 100), st.booleans()), min_size=1, max_size=60))
def test_no_year_has_more_than_ten_beyond_those_approved_and_none_waits_beside_a_free_place(lines, filed):
    rows = [certified(score, year, **({"approved_year": year} if approved else {})) for year, score, approved in filed]
    when = years(lines(*rows))
    taken = {year: when.count(year) for year in set(when)}
    for (year, _, approved), paid in zip(filed, when, strict=True):
        assert paid >= year
        assert not approved or paid == year
        assert all(taken[full] >= 10 for full in range(year, paid))
    for year, n in taken.items():
        facts = sum(approved and filed_in == year for filed_in, _, approved in filed)
        assert n <= max(10, facts)


def test_what_is_approved_uses_up_the_cap_of_its_product_before_what_is_only_filed(lines):
    """A filed first and may be refused; B is approved: 30% of 5000万 each, of 2000万 in all."""
    found = lines(contract(5000, project="A", status="申报", filed_on="2025-02-01"),
                  contract(5000, project="B", status="立项", approved_year=2025, filed_on="2025-03-01"))
    assert entitlements(found) == [500, 1500]
