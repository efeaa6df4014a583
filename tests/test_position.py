"""Where a programme stands on a day: what was paid, what is owed, who is pending, and what contradicts the day."""

from datetime import date

import numpy as np
import pytest

from simulator.errors import FaultyFiles, SimulatorError
from simulator.position import overpaid, statuses, take_position
from tests.ledgers import LOAN, ledger_of

WAN = 1_000_000  # 分
LEASE = {"instruments": "技改融资租赁补贴", "filing_year": 2025, "investment": 20000, "lease_equipment": 8000}  # 5%: 400万, half and half
UPGRADE = {"instruments": "技改贷款贴息", "filing_year": 2025, "investment": 5000, "loan_principal": 4000, **LOAN}  # 60万 a year
PRODUCT = {"instruments": "“三首”产品支持", "filing_year": 2025, "contract": 1000}  # 300万 at once


def stands(tmp_path, scenario, *rows, as_of="2026-11-30"):
    return take_position(scenario, ledger_of(tmp_path, scenario, *rows), date.fromisoformat(as_of))


def test_what_was_paid_is_a_fact_and_the_rest_of_the_schedule_is_owed(tmp_path, baseline):
    found = stands(tmp_path, baseline, UPGRADE | {"status": "立项", "approved_year": 2025, "paid": 60})
    assert found.by_year("paid") == {2026: 60 * WAN}
    assert found.by_year("owed") == {2027: 60 * WAN, 2028: 60 * WAN}


def test_a_payment_that_is_overdue_is_owed_in_the_year_of_the_ledger(tmp_path, baseline):
    found = stands(tmp_path, baseline, LEASE | {"status": "验收", "approved_year": 2024, "filing_year": 2024}, as_of="2026-11-30")
    assert found.by_year("owed") == {2026: 400 * WAN}


def test_what_is_overdue_at_the_end_of_a_year_is_owed_in_the_next(tmp_path, baseline):
    late = LEASE | {"status": "验收", "approved_year": 2024, "filing_year": 2024}
    assert stands(tmp_path, baseline, late, as_of="2026-12-30").by_year("owed") == {2026: 400 * WAN}
    assert stands(tmp_path, baseline, late, as_of="2026-12-31").by_year("owed") == {2027: 400 * WAN}


def test_a_payment_ahead_of_its_schedule_is_a_fact_of_the_year_of_the_ledger(tmp_path, baseline):
    found = stands(tmp_path, baseline, LEASE | {"status": "立项", "approved_year": 2026, "filing_year": 2026, "paid": 300})
    assert found.by_year("paid") == {2026: 300 * WAN}  # 200万 are due in 2026, 100万 of those due in 2027 came early
    assert found.by_year("owed") == {2027: 100 * WAN}


@pytest.mark.parametrize("status", ["拨付", "终止"])
def test_a_project_that_is_paid_in_full_or_terminated_is_owed_nothing_more(tmp_path, baseline, status):
    found = stands(tmp_path, baseline, UPGRADE | {"status": status, "approved_year": 2025, "paid": 42})
    assert found.by_year("paid") == {2026: 42 * WAN}
    assert found.by_year("owed") == {}


def test_acceptance_below_the_approved_investment_cuts_what_is_still_owed(tmp_path, baseline):
    major = {"instruments": "特别重大项目投资补助", "filing_year": 2025, "approved_investment": 60000, "status": "验收",
             "approved_year": 2025}
    found = stands(tmp_path, baseline, major | {"accepted_investment": 50000, "paid": 3000})
    assert found.by_year("paid") == {2025: 3000 * WAN}
    assert found.by_year("owed") == {2026: 2000 * WAN}  # 10% of 5亿 is 5000万, of which 3000万 were paid at approval


def test_more_than_the_clauses_give_is_a_fact_all_the_same_and_is_told(tmp_path, baseline):
    found = stands(tmp_path, baseline, PRODUCT | {"status": "拨付", "approved_year": 2025, "paid": 350})
    assert found.by_year("paid") == {2025: 300 * WAN, 2026: 50 * WAN}
    assert overpaid(found) == {"P1": 50 * WAN}


def test_without_a_status_a_project_is_approved_if_it_has_a_year_of_approval(tmp_path, baseline):
    ledger = ledger_of(tmp_path, baseline, PRODUCT | {"approved_year": 2025}, PRODUCT | {"contract": 900}, PRODUCT | {"status": "拟申报"})
    assert statuses(ledger).tolist() == ["approved", "filed", "planned"]


def test_those_who_filed_or_mean_to_are_pending_and_owed_nothing(tmp_path, baseline):
    found = stands(tmp_path, baseline, PRODUCT | {"status": "申报"}, PRODUCT | {"status": "拟申报"}, PRODUCT | {"status": "立项"})
    assert found.pending.tolist() == [0, 1]
    assert found.settled.tolist() == [2]
    assert set(found.owed["row"].tolist()) == {2}


@pytest.mark.parametrize(("row", "said"), [
    (PRODUCT | {"status": "立项", "approved_year": 2027, "filing_year": 2026}, "晚于数据日"),
    (PRODUCT | {"status": "申报", "filed_on": "2026-12-01"}, "晚于数据日"),
    (PRODUCT | {"status": "立项", "approved_year": 2023, "filing_year": 2023}, "早于情景首年"),
    (PRODUCT | {"status": "申报", "paid": 10}, "“100,000.00元” 尚未立项，却已有拨付"),
    (PRODUCT | {"status": "申报", "approved_year": 2025}, "尚未立项，却有立项年度"),
    (PRODUCT | {"status": "拨付", "approved_year": 2025}, "没有已拨付金额"),
])
def test_a_row_that_contradicts_the_day_or_its_status_is_refused_by_name(tmp_path, baseline, row, said):
    with pytest.raises(FaultyFiles, match=said) as refused:
        stands(tmp_path, baseline, row, PRODUCT | {"status": "立项", "approved_year": 2025})
    assert len(refused.value.faults) == 1
    assert "P1" in str(refused.value)


def test_all_contradictions_come_in_one_report(tmp_path, baseline):
    with pytest.raises(FaultyFiles) as refused:
        stands(tmp_path, baseline, PRODUCT | {"status": "申报", "paid": 10}, PRODUCT | {"status": "拨付", "approved_year": 2025})
    assert len(refused.value.faults) == 2


def test_a_project_that_is_only_planned_may_have_a_date_ahead(tmp_path, baseline):
    assert stands(tmp_path, baseline, PRODUCT | {"status": "拟申报", "filed_on": "2027-02-01", "filing_year": 2027}).pending.tolist() == [0]


def test_a_day_outside_the_scenario_s_years_is_refused(tmp_path, baseline):
    with pytest.raises(SimulatorError, match="数据日"):
        stands(tmp_path, baseline, PRODUCT, as_of="2023-12-31")


@pytest.mark.parametrize(("day", "moment"), [("2026-12-31", 2027.0), ("2025-07-01", 2025 + 182 / 365), ("2024-12-31", 2025.0)])
def test_the_moment_is_the_end_of_the_day_in_years(tmp_path, baseline, day, moment):
    assert stands(tmp_path, baseline, PRODUCT | {"status": "拟申报", "filing_year": 2026}, as_of=day).moment == pytest.approx(moment)


def test_every_fen_that_the_ledger_says_was_paid_is_a_fact_of_some_year(tmp_path, baseline):
    rng = np.random.default_rng(5)
    rows = [row | {"status": str(rng.choice(["立项", "验收", "拨付", "终止"])), "approved_year": 2025, "paid": f"{rng.uniform(0, 500):.6f}"}
            for row in (UPGRADE, LEASE, PRODUCT) for _ in range(20)]
    found = stands(tmp_path, baseline, *rows)
    assert sum(found.by_year("paid").values()) == found.ledger.total("paid")
    assert max(found.by_year("paid")) <= 2026 <= min(found.by_year("owed"))
