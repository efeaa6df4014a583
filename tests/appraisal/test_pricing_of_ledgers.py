"""A whole ledger: the package of every project, terminated projects, and the same result in pieces."""

import itertools
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.appraisal import price_ledger, pricing_of_ledgers, terms_of
from simulator.ledger import read_ledger
from simulator.pricing import Entitlement, admits, best_package
from tests.appraisal.conftest import lines_of, rule_book
from tests.ledger.random_ledgers import book, random_projects, write_csv
from tests.ledgers import LOAN, ledger_of

WAN = Decimal(10_000)
READINGS = ("one_per_project", "loan_and_lease", "stack")
KEYS = ("material_certification", "upgrade_loan_interest", "upgrade_lease", "major_project", "software_rnd", "software_purchase",
        "open_challenge", "smart_factory", "energy_management_centre", "first_of_kind", "catalogue_loan_interest", "catalogue_lease",
        "catalogue_breakthrough", "scenario_demonstration")  # as 沪经信技〔2024〕355号 goes on, 五 to 十八


# --- packages -------------------------------------------------------------------------------------------------


def may_stand_together(some, reading):
    """Said anew, without the rule book: which instruments one project may have."""
    if len(some) < 2:
        return True
    if reading == "one_per_project":
        return False
    if reading == "loan_and_lease":
        return set(some) in ({"upgrade_loan_interest", "upgrade_lease"}, {"catalogue_loan_interest", "catalogue_lease"})
    return not ({"first_of_kind", "catalogue_breakthrough"} <= set(some) or {"upgrade_loan_interest",
    "catalogue_loan_interest"} <= set(some))


def best_of_all_subsets(amounts, reading):
    """The largest admissible total; of equals the smallest, of those the one of the earliest clauses."""
    best = ()
    for mask in itertools.product((1, 0), repeat=len(amounts)):
        some = tuple(key for key, taken in zip(amounts, mask, strict=True) if taken)
        if any(amounts[key] == 0 for key in some) or not may_stand_together(some, reading):
            continue
        order = sum(amounts[key] for key in some), -len(some), [-KEYS.index(key) for key in some]
        if not best or order > best[0]:
            best = order, some
    return frozenset(best[1])


@pytest.fixture(scope="module")
def clauses():
    return terms_of(rule_book(())).clauses


AMOUNTS = st.dictionaries(st.sampled_from(KEYS), st.one_of(st.integers(0, 3), st.integers(0, 10**10)), max_size=9)


@pytest.mark.parametrize("reading", READINGS)
@given(amounts=AMOUNTS)
def test_the_package_is_the_best_of_all_subsets(clauses, reading, amounts):
    amounts = {key: amounts[key] for key in KEYS if key in amounts}
    entitlements = [Entitlement(key, (Decimal(fen).scaleb(-2),), "rate", ()) for key, fen in amounts.items()]
    assert best_package(clauses, entitlements, reading) == best_of_all_subsets(amounts, reading)


@pytest.mark.parametrize("reading", READINGS)
def test_every_pair_is_admitted_as_the_text_says(clauses, reading):
    for pair in itertools.combinations(KEYS, 2):
        assert admits(clauses, pair, reading) == may_stand_together(pair, reading), pair


@pytest.mark.parametrize(("reading", "chosen", "total"), [
    ("one_per_project", ["major_project"], 6000), ("loan_and_lease", ["major_project"], 6000),
    ("stack", ["upgrade_loan_interest", "upgrade_lease", "major_project"], 8485)])
def test_the_three_instruments_of_we13_are_chosen_by_the_reading(price, reading, chosen, total):
    # 495万 x 3, 5% of 2亿, 10% of 6亿
    row = {"instruments": "upgrade_loan_interest、upgrade_lease、major_project", "filing_year": 2025, "investment": 60000,
           "lease_equipment": 20000, "loan_principal": 30000, **LOAN, "loan_rate": "3.3%"}
    priced = price(row, exclusivity=reading)
    found = lines_of(priced)
    assert [line.entitlement / WAN for line in found.values()] == [1485, 1000, 6000]
    assert [key for (_, key), line in found.items() if line.in_package] == chosen
    assert priced.total() == total * 10**6


def test_a_loan_and_a_lease_together_may_beat_the_grant(lines):
    row = {"instruments": "upgrade_loan_interest、upgrade_lease、major_project", "filing_year": 2025, "investment": 50000,
           "lease_equipment": 40000, "loan_principal": 100000, **LOAN}
    # 2000 + 2000 against 5000; with 3亿 approved there is no grant, and 第十条 is no partner
    assert [line.in_package for line in lines(row, exclusivity="loan_and_lease").values()] == [False, False, True]
    assert [line.in_package for line in lines(row | {"investment": 30000}, exclusivity="loan_and_lease").values()] == [True, True, False]


def test_of_equal_instruments_the_earlier_clause_is_chosen(lines):
    row = {"instruments": "scenario_demonstration、energy_management_centre", "filing_year": 2025, "investment": 1000}
    assert [(key, line.in_package) for (_, key), line in lines(row).items()] == [
        ("energy_management_centre", True), ("scenario_demonstration", False)]


# --- projects that get nothing, and tiers -----------------------------------------------------------------------


def test_a_terminated_project_gets_nothing_under_any_instrument(lines):
    row = {"instruments": "upgrade_loan_interest、major_project", "filing_year": 2025, "investment": 60000, "loan_principal": 30000, **LOAN,
           "status": "终止", "paid": 100}
    for line in lines(row).values():
        assert (line.entitlement, line.binding, line.in_package, line.paid, line.accrued) == (0, "none", False, {}, {})


@pytest.mark.parametrize("status", ["", "拟申报", "申报", "立项", "验收", "拨付"])
def test_every_other_status_is_entitled_and_what_was_paid_changes_nothing(lines, status):
    row = {"instruments": "major_project", "filing_year": 2025, "approved_year": 2025, "investment": 60000, "status": status, "paid": 100}
    (line,) = lines(row).values()
    assert line.entitlement == 6000 * WAN


@pytest.mark.parametrize(("tier", "amount"), [("示范", "1133974.60"), ("标杆", "5816699.87"), ("标杆性智能工厂", "5816699.87")])
def test_a_smart_factory_gets_the_median_of_its_tier(lines, tier, amount):
    # 200 - sqrt(150 x 100 / 2) and 1000 - sqrt(700 x 500 / 2) 万元
    (line,) = lines({"instruments": "smart_factory", "filing_year": 2025, "tier": tier}).values()
    assert (line.entitlement, line.binding, line.left) == (Decimal(amount), "rate", None)


@pytest.mark.parametrize("instruments", ["open_challenge", "open_challenge;smart_factory"])
def test_the_tier_of_a_factory_does_not_concern_an_award_without_tiers(lines, instruments):
    # 500 - sqrt(500 x 400 / 2) 万元
    found = lines({"instruments": instruments, "filing_year": 2025, "tier": "标杆"})
    assert found["P1", "open_challenge"].entitlement == Decimal("1837722.34")


# --- the same in pieces -------------------------------------------------------------------------------------------


def test_a_ledger_priced_in_pieces_by_several_processes_is_priced_the_same(tmp_path, monkeypatch):

    heads, rows = book(random_projects(400, 7), random.Random(7))
    write_csv(tmp_path / "台账.csv", [heads, *rows])
    scenario, counted = rule_book((("exclusivity", "stack"),)), []
    ledger = read_ledger(tmp_path / "台账.csv", scenario.model.policy.instruments, confirm=lambda _: True)
    whole = price_ledger(ledger, scenario)
    monkeypatch.setattr(pricing_of_ledgers, "ROWS_AT_ONCE", 90)
    for processes in (1, 2):
        pieces = price_ledger(ledger, scenario, processes=processes, progress=counted.append)
        for name in ("row", "instrument", "entitlement", "binding", "left", "in_package", "accrued_year", "accrued", "paid_year", "paid"):
            assert (getattr(pieces, name) == getattr(whole, name)).all(), name
    assert counted == [90, 180, 270, 360, 400] * 2
    assert whole.total("accrued") == whole.total("paid") == whole.total() == sum(whole.by_year("paid").values())


def test_pricing_leaves_the_ledger_as_it_was(tmp_path):
    scenario = rule_book(())
    ledger = ledger_of(tmp_path, scenario, {"instruments": "first_of_kind", "filing_year": 2025, "contract": 10000, "product": "A"},
                       {"instruments": "first_of_kind", "filing_year": 2025, "contract": 10000, "product": "A"})
    before = {id_: values.tolist() for id_, values in ledger.columns.items()}
    price_ledger(ledger, scenario)
    assert {id_: values.tolist() for id_, values in ledger.columns.items()} == before
