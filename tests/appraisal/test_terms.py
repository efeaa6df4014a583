"""The rule book as the pricing of ledgers reads it, against the numbers of 沪经信技〔2024〕355号."""

from decimal import Decimal

import pytest

from simulator.appraisal import terms_of
from tests.appraisal.conftest import rule_book

WAN = Decimal(10_000)


@pytest.fixture(scope="module")
def terms():
    return terms_of(rule_book(()))


@pytest.mark.parametrize(("key", "rate", "cap"), [
    ("material_certification", "0.3", 100), ("upgrade_loan_interest", "0.5", 2000), ("upgrade_lease", "0.05", 2000),
    ("major_project", "0.1", 10000), ("software_rnd", "0.3", 10000), ("energy_management_centre", "0.2", 1000),
    ("first_of_kind", "0.3", 2000),
    ("catalogue_loan_interest", "0.5", 500), ("catalogue_lease", "0.3", 500), ("catalogue_breakthrough", "0.3", 2000),
    ("scenario_demonstration", "0.2", 800),
])
def test_rates_and_caps_are_exact_decimals_of_the_document(terms, key, rate, cap):
    assert (terms.clauses[key].rate, terms.clauses[key].cap) == (Decimal(rate), cap * WAN)


def median_of_triangle(low, mode, high):
    """Where half of the triangle lies to either side; here the mode lies in the lower half."""
    return high - ((high - low) * (high - mode) / 2).sqrt()


def test_what_the_document_leaves_open_is_the_median_of_the_assumption(terms):
    # to the 分, or to 0.0001%
    assert terms.clauses["software_purchase"].rate == median_of_triangle(Decimal(5), Decimal(10),
    Decimal(20)).quantize(Decimal("1e-4")) / 100
    amounts = {("open_challenge", "award"): (0, 100, 500), ("smart_factory", "demonstration"): (50, 100, 200),
               ("smart_factory", "benchmark"): (300, 500, 1000)}
    for (key, tier), triangle in amounts.items():
        expected = median_of_triangle(*map(Decimal, triangle)) * WAN
        assert terms.clauses[key].tiers[tier] == expected.quantize(Decimal("0.01")), tier


def test_only_certifications_have_places_as_a_floor_is_no_quota(terms):
    assert {key: clause.places for key, clause in terms.clauses.items() if clause.places is not None} == {"material_certification": 10}


@pytest.mark.parametrize(("readings", "net", "half", "exclusivity"), [
    ((), True, True, "one_per_project"), ((("interest_base", "contract"),), False, True, "one_per_project"),
    ((("grant_payout", "on_acceptance"),), True, False, "one_per_project"), ((("exclusivity", "stack"),), True, True, "stack"),
])
def test_readings_that_concern_what_is_paid_are_kept(readings, net, half, exclusivity):
    terms = terms_of(rule_book(readings))
    assert (terms.net_of_central, terms.half_half, terms.exclusivity) == (net, half, exclusivity)


def test_codes_are_places_among_the_clauses(terms):
    assert list(terms.codes) == list(terms.clauses)
    assert list(terms.codes.values()) == list(range(14))
