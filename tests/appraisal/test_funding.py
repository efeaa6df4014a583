"""What a year's money funds of a ledger: the worked example of clause 九, and what holds for any."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.appraisal import price_ledger
from simulator.appraisal.funding import fund, read_appropriation
from simulator.errors import SimulatorError
from tests.ledgers import ledger_of

WAN = 1_000_000  # 分
LEASE = {"instruments": "技改融资租赁补贴", "filing_year": 2026, "investment": 100_000}


@pytest.fixture
def three(tmp_path, baseline):
    """WE26: A 1200万, B 1000万, C 900万, by score; 5% of the leased equipment."""
    amounts = {"C": (18000, 70), "A": (24000, 90), "B": (20000, 80)}
    rows = [LEASE | {"project": name, "lease_equipment": equipment, "score": score} for name, (equipment, score) in amounts.items()]
    return price_ledger(ledger_of(tmp_path, baseline, *rows), baseline)


def by_project(priced, found):
    return {priced.ledger.columns["project"][priced.row[line]]: int(fen) for line, fen in zip(found.lines, found.funded, strict=True)}


@pytest.mark.parametrize(("rule", "partial", "expected", "left"), [
    ("by_score", False, {"A": 1200 * WAN, "B": 1000 * WAN, "C": 0}, 800 * WAN),
    ("by_score", True, {"A": 1200 * WAN, "B": 1000 * WAN, "C": 800 * WAN}, 0),
    ("pro_rata", False, {"A": 1161290323, "B": 967741935, "C": 870967742}, 0),
    ("first_come", False, {"C": 900 * WAN, "A": 1200 * WAN, "B": 0}, 900 * WAN),
])
def test_the_worked_example_of_a_budget_of_3000_wan(three, rule, partial, expected, left):
    found = fund(three, 2026, 3000 * WAN, rule, partial)
    assert by_project(three, found) == expected
    assert found.left == left


def test_the_money_is_for_awards_that_are_not_approved_yet(tmp_path, baseline):
    rows = [LEASE | {"project": "new", "lease_equipment": 20000, "score": 1},
            LEASE | {"project": "approved", "lease_equipment": 20000, "score": 99, "approved_year": 2026}]
    priced = price_ledger(ledger_of(tmp_path, baseline, *rows), baseline)
    assert by_project(priced, fund(priced, 2026, 1500 * WAN)) == {"new": 1000 * WAN}


def test_a_year_without_new_awards_is_refused(three):
    with pytest.raises(SimulatorError, match="2025"):
        fund(three, 2025, 3000 * WAN)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(available=st.integers(0, 4000 * WAN), rule=st.sampled_from(["by_score", "first_come", "pro_rata"]), partial=st.booleans())
def test_nobody_gets_more_than_the_award_and_all_together_no_more_than_the_money(three, available, rule, partial):
    found = fund(three, 2026, available, rule, partial)
    assert (found.funded >= 0).all()
    assert (found.funded <= three.entitlement[found.lines]).all()
    assert found.left >= 0
    if partial or rule == "pro_rata":
        assert found.left == max(available - int(three.entitlement[found.lines].sum()), 0)


@pytest.mark.parametrize(("written", "read"), [("2026=3000万元", (2026, 3000 * WAN)), ("2027=1.5亿元", (2027, 15000 * WAN)),
("2026=0.01元", (2026, 1))])
def test_an_appropriation_is_a_year_and_an_amount_with_its_unit(written, read):
    assert read_appropriation(written) == read


@pytest.mark.parametrize("written", ["3000万元", "2026=3000", "2026=50%", "26=3000万元", "2026=-1元", "2026="])
def test_an_appropriation_without_year_or_unit_is_refused(written):
    with pytest.raises(SimulatorError):
        read_appropriation(written)


def test_funded_and_left_over_are_whole_fen_and_add_up(three):
    found = fund(three, 2026, 1, "pro_rata")
    assert np.sort(found.funded).tolist() == [0, 0, 1]
