"""One project of a ledger explained: the same trail as for a simulated one, in exact money, agreeing with its price."""

from decimal import Decimal

import pytest

from simulator.appraisal import price_ledger
from simulator.cli.trail_text import as_dict, as_text
from simulator.errors import SimulatorError
from simulator.ledger_explanation import explain_row
from simulator.scenario import load_rule_book
from tests.ledgers import LOAN, ledger_of

WAN = Decimal(10_000)


@pytest.fixture(scope="module")
def rule_book():
    return load_rule_book("sh-2024-355")


@pytest.fixture
def explained(rule_book, tmp_path):
    """Explain one of some projects; amounts in 万元."""
    def explain(project, *rows):
        return explain_row(price_ledger(ledger_of(tmp_path, rule_book, *rows), rule_book), project)

    return explain


def contract(amount, **more):
    return {"instruments": "first_of_kind", "filing_year": 2025, "contract": amount, "product": "CP-1", **more}


LOANED = {"instruments": "upgrade_loan_interest;upgrade_lease", "filing_year": 2025, "approved_year": 2026, "investment": 5000,
          "lease_equipment": 1000, "loan_principal": 3000, **LOAN, "enterprise": "某厂"}


def test_every_instrument_of_the_project_is_explained_step_by_step(explained):
    found = explained("P1", LOANED)
    loan, lease = found.entitlements
    # 3000万 x 3% = 90万, of which half; 5% of 1000万
    assert (loan.instrument, loan.amounts, loan.binding) == ("upgrade_loan_interest", (45 * WAN,) * 3, "rate")
    assert [step.year for step in loan.steps] == [2026, 2027, 2028]
    assert loan.steps[0].variables["interest"] == 90 * WAN
    assert (lease.amounts, lease.binding) == ((50 * WAN,), "rate")
    assert found.package == {"upgrade_loan_interest"}
    assert [(payment.year, payment.paid) for payment in found.payments] == [(2027, 45 * WAN), (2028, 45 * WAN), (2029, 45 * WAN)]
    assert found.status == "nominal"


def test_the_share_of_a_product_that_others_have_had_is_in_the_trail(explained):
    found = explained("P3", contract(2000), contract(3000), contract(4000))
    (each,) = found.entitlements
    assert (each.total, each.binding) == (500 * WAN, "headroom")
    seen = each.steps[0].variables
    assert (seen["cap"], seen["paid_before"], seen["headroom"], seen["uncapped"]) == (2000 * WAN, 1500 * WAN, 500 * WAN, 1200 * WAN)


def test_a_product_used_up_to_the_fen_is_explained(explained):
    (each,) = explained("P2", contract(10000), contract(100)).entitlements
    assert (each.total, each.binding, each.steps[0].variables["paid_before"]) == (0, "headroom", 2000 * WAN)


def test_what_waits_for_a_place_is_paid_a_year_later(explained):
    rows = [{"instruments": "material_certification",
    "filing_year": 2025, "certification_contract": 100, "score": 99 - i} for i in range(11)]
    found = explained("P11", *rows)
    assert (found.entitlements[0].binding, found.entitlements[0].total) == ("quota", 30 * WAN)
    assert [(payment.year, payment.paid) for payment in found.payments] == [(2026, 30 * WAN)]


def test_a_terminated_project_is_entitled_to_nothing(explained):
    found = explained("P1", LOANED | {"status": "终止"})
    assert (found.status, found.payments, found.package) == ("terminated", (), frozenset())
    assert [(each.total, each.binding) for each in found.entitlements] == [(0, "none")] * 2


def test_a_project_below_the_threshold_is_told_so(explained, rule_book):
    found = explained("P1", LOANED | {"investment": 1999})
    assert found.status == "nothing"
    assert [each.binding for each in found.entitlements] == ["threshold"] * 2
    assert "门槛 ≥2,000.00" in as_text(rule_book, found)


def test_every_explanation_agrees_with_the_price(rule_book, tmp_path):
    rows = [LOANED, contract(2000), contract(8000), LOANED | {"investment": 100}, LOANED | {"drawn_on": "2025-07-01",
    "central_points": 1.5}]
    priced = price_ledger(ledger_of(tmp_path, rule_book, *rows), rule_book)
    for row in range(len(rows)):
        found = explain_row(priced, f"P{row + 1}")
        mine = priced.row == row
        assert [int(each.total * 100) for each in found.entitlements] == priced.entitlement[mine].tolist()
        assert sum(int(payment.paid * 100) for payment in found.payments) == priced.entitlement[mine & priced.in_package].sum()


def test_a_project_that_is_not_there_is_refused_with_a_similar_one(explained):
    with pytest.raises(SimulatorError, match="台账中没有项目 PP1；相近的编号：P1"):
        explained("PP1", LOANED)
    with pytest.raises(SimulatorError, match=r"台账中没有项目 xyz$"):
        explained("xyz", LOANED)


# --- as text and as plain data ----------------------------------------------------------------------------------


def test_the_text_says_which_row_it_is_what_decides_and_what_is_paid(explained, rule_book):
    said = as_text(rule_book, explained("P1", LOANED))
    assert "P1  " in said.splitlines()[0]
    assert "第 2 行" in said.splitlines()[0]
    assert said.splitlines()[1] == "  某厂；申报年度 2025，立项 2026"
    assert "连续三年每年给予贷款利息50%，累计最高2000万元的支持" in said
    assert "135.00  <- 比例起作用" in said
    assert said.count("45.00") >= 3


def test_the_plain_data_holds_money_as_text_in_yuan_and_dates_as_dates(explained, rule_book):
    attributes = as_dict(rule_book, explained("P1", LOANED | {"filed_on": "2025-03-01", "loan_rate": "3.45%"}))["attributes"]
    assert Decimal(attributes["investment"]) == 5000 * WAN
    assert attributes["filed_on"] == "2025-03-01"
    assert Decimal(attributes["loan_rate"]) == Decimal("0.0345")


def test_what_is_not_given_is_not_in_the_plain_data(explained, rule_book):
    attributes = as_dict(rule_book, explained("P1", LOANED, LOANED | {"score": 5, "drawn_on": "2025-01-01",
    "central_points": 1}))["attributes"]
    assert not {"score", "drawn_on", "central_points"} & attributes.keys()
