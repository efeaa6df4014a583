"""What the clauses pay one named project: 100,000 random cases against the exact oracle, and every limit at its edge."""

import random
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.loans import Loan, interest_by_days
from simulator.pricing import Case, best_package, clause_of, one_off_deduction_gain, price, tranches
from simulator.scenario import load_scenario
from tests.oracle.cases import random_cases, random_readings
from tests.oracle.clauses import CLAUSES, entitlements, package
from tests.oracle.programme import calendar_year_interest

N_CASE = 100_000
WAN, YI = Decimal(10_000), Decimal(100_000_000)
FEN = Decimal("0.01")
MAJOR = {Decimal(500_000_000): "5亿", Decimal(200_000_000): "2亿", Decimal(1_000_000_000): "10亿"}
TIERED = {"open_challenge": "award", "smart_factory": "benchmark"}


@cache
def rules(**readings):
    return load_scenario("baseline", readings=readings or None).model.policy.instruments


@cache
def clauses(**readings):
    return {key: clause_of(key, rule) for key, rule in rules(**readings).items()}


def rules_under(readings):
    """Instruments under the oracle's readings; the other two readings are arguments of the functions."""
    return rules(cap_period_17=readings["cap_period_17"], major_threshold=MAJOR[readings["major_threshold"]],
                 threshold_inclusive="inclusive" if readings["threshold_inclusive"] else "strict",
                 first_of_kind_scope=readings["first_of_kind_scope"], energy_centre_base=readings["energy_centre_base"])


def as_case(project):
    """The oracle's project in our words; what is repaid at the end of the term is free of repayment until its last year."""
    bullet = project["repayment"] == "bullet"
    loan = Loan(principal=project["loan_principal"], rates=project["loan_rates"], term=project["loan_term"],
                grace=project["loan_term"] - 1 if bullet else project["loan_grace"],
                central_points=project["central_points"], central_years=project["central_years"])
    return Case(investment=project["investment"], equipment=project["equipment"], loan=loan,
                fixed_asset_share=project["fixed_asset_share"], lease_equipment=project["lease_equipment"],
                contracts=project["contracts"], award_intensity=project["phi"])


def assumed(key, project):
    """What the document leaves open, as the case states it."""
    if key in TIERED:
        return {TIERED[key]: project["tier_amount"]}
    return {"rate": project["user_rate"]} if key == "software_purchase" else {}


def limit_decides(step):
    """Whether the award is what the limit that is said to decide gives: a share, a cap, or the interest that is borne."""
    seen = step.variables
    limits = {"rate": seen.get("uncapped", step.base), "cap": seen["cap"], "headroom": seen.get("headroom", seen["cap"])}
    borne = seen.get("interest", step.base) - seen.get("relief", 0)
    return abs(step.award - limits.get(step.binding, borne)) <= FEN / 2


@pytest.fixture(scope="module")
def compared():
    """Every case priced by both: differences in amounts and packages, and steps whose stated limit did not decide."""
    amounts, packages, limits, zero = [], [], [], Decimal(0)
    rng, priced = random.Random(20240531), dict.fromkeys(CLAUSES, 0)
    for project in random_cases(N_CASE, seed=355):
        readings = random_readings(rng)
        book, case, net = rules_under(readings), as_case(project), readings["interest_base"] == "net_of_central"
        exact, ours = entitlements(project, readings), {}
        for key, expected in exact.items():
            asked = case._replace(tier=TIERED[key]) if key in TIERED else case
            if key == "software_purchase":  # no clause says what the assumed cap counts: the oracle knows one purchase
                asked = case._replace(contracts=(sum(case.contracts, zero),))
            found = price(key, book[key], asked, interest_net_of_central=net, values=assumed(key, project))
            ours[key] = found
            refused = found.binding == "threshold"  # one 0.00, the oracle has one a loan-year
            if found.amounts != (expected[:1] if refused else expected):
                amounts.append((key, project, readings, found.amounts, expected))
            limits += [(key, project, readings, step) for step in found.steps if not limit_decides(step)]
            priced[key] += found.total > 0
        best = best_package(clauses(), list(ours.values()), readings["exclusivity"])
        total, right = (sum((of[k] for k in chosen), zero) for of, chosen in (
            ({k: e.total for k, e in ours.items()}, best), ({k: sum(e) for k, e in exact.items()}, package(exact, readings))))
        if total != right:
            packages.append((project, readings, best, total, right))
    return amounts, packages, limits, priced


def first(differences):
    return f"{len(differences)} differ, first: {differences[:1]}"


def test_every_amount_of_100000_cases_is_the_oracle_s_to_the_fen(compared):
    amounts, _, _, priced = compared
    assert not amounts, first(amounts)
    assert min(priced.values()) > 1_000, priced


def test_the_best_package_of_100000_cases_pays_what_the_oracle_s_pays(compared):
    assert not compared[1], first(compared[1])


def test_in_100000_cases_the_limit_that_is_said_to_decide_gives_the_award(compared):
    assert not compared[2], first(compared[2])


def loan_of(principal, rate="0.04", **terms):
    return Loan(Decimal(principal), (Decimal(rate),) * 3, **({"term": 4, "grace": 3} | terms))


@pytest.mark.parametrize(("what", "key", "case", "binding", "total"), [
    ("lease below the cap", "upgrade_lease", Case(YI, lease_equipment=4 * YI - 1), "rate", "19999999.95"),
    ("lease at the cap", "upgrade_lease", Case(YI, lease_equipment=4 * YI), "rate", "20000000.00"),
    ("lease above the cap", "upgrade_lease", Case(YI, lease_equipment=4 * YI + 1), "cap", "20000000.00"),
    ("nothing leased", "upgrade_lease", Case(YI), "none", "0.00"),
    ("below the threshold", "upgrade_lease", Case(2000 * WAN - FEN, lease_equipment=WAN), "threshold", "0.00"),
    ("at the threshold", "upgrade_lease", Case(2000 * WAN, lease_equipment=WAN), "rate", "500.00"),
    ("60% fixed assets", "major_project", Case(5 * YI, fixed_asset_share=Decimal("0.6")), "threshold", "0.00"),
    ("above 60% fixed assets", "major_project", Case(5 * YI, fixed_asset_share=Decimal("0.6001")), "rate", "50000000.00"),
    ("a fen below 5亿", "major_project", Case(5 * YI - FEN), "threshold", "0.00"),
    ("major at the cap", "major_project", Case(10 * YI), "rate", "100000000.00"),
    ("major a fen above the cap, whose tenth is rounded off first", "major_project", Case(10 * YI + FEN), "rate", "100000000.00"),
    ("major five fen above the cap", "major_project", Case(10 * YI + 5 * FEN), "cap", "100000000.00"),
    ("no loan", "upgrade_loan_interest", Case(YI), "none", "0.00"),
    ("loan within the cap", "upgrade_loan_interest", Case(YI, loan=loan_of(3 * YI)), "rate", "18000000.00"),
    ("loan ends at the cap", "upgrade_loan_interest",
     Case(YI, loan=loan_of(0, balances=(4 * YI, YI * 7 / 2, YI * 5 / 2))), "rate", "20000000.00"),
    ("loan's third year cut", "upgrade_loan_interest", Case(YI, loan=loan_of(5 * YI)), "headroom", "20000000.00"),
    ("loan's first year cut", "upgrade_loan_interest", Case(YI, loan=loan_of(20 * YI)), "cap", "20000000.00"),
    ("interest free", "upgrade_loan_interest", Case(YI, loan=loan_of(5 * YI, "0")), "none", "0.00"),
    ("no contract", "first_of_kind", Case(), "none", "0.00"),
])
def test_the_limit_that_decided_is_named(what, key, case, binding, total):
    found = price(key, rules()[key], case)
    assert (found.binding, str(found.total)) == (binding, total)


def test_each_loan_year_names_its_own_limit():
    found = price("upgrade_loan_interest", rules()["upgrade_loan_interest"], Case(YI, loan=loan_of(5 * YI)))
    assert [(step.label, step.binding) for step in found.steps] == [("1", "rate"), ("2", "rate"), ("3", "headroom")]


def test_a_yearly_cap_is_a_cap_in_every_year():
    found = price("catalogue_loan_interest", rules(cap_period_17="year")["catalogue_loan_interest"], Case(loan=loan_of(4 * YI)))
    assert [step.binding for step in found.steps] == ["cap"] * 3
    assert found.total == 1500 * WAN


def test_interest_that_central_relief_leaves_is_a_limit_of_its_own():
    """Half of the contract interest of 400万 is 200万, but only 100万 of it are left to bear: neither rate nor cap decides."""
    relieved = loan_of(YI, central_points=Decimal("0.03"), central_years=3)
    found = price("upgrade_loan_interest", rules()["upgrade_loan_interest"], Case(YI, loan=relieved), interest_net_of_central=False)
    assert found.amounts == (100 * WAN,) * 3
    assert found.binding not in ("rate", "cap", "headroom")


def test_an_unrounded_price_rounds_to_the_paid_one():
    case = Case(YI, lease_equipment=Decimal("123456.789"))
    exact, paid = (price("upgrade_lease", rules()["upgrade_lease"], case, to_fen=f).total for f in (False, True))
    assert (exact, paid) == (Decimal("6172.83945"), Decimal("6172.84"))


def test_half_a_fen_rounds_up_in_interest_and_again_in_the_share():
    loan = loan_of("0.5", "0.03")  # interest 0.015 -> 0.02, half of it 0.01
    assert price("upgrade_loan_interest", rules()["upgrade_loan_interest"], Case(YI, loan=loan)).amounts == (FEN,) * 3


amounts_to_the_fen = st.integers(0, 10**13).map(lambda fen: Decimal(fen).scaleb(-2))
shares = st.integers(0, 10_000).map(lambda points: Decimal(points).scaleb(-4))


@given(amounts_to_the_fen, shares)
def test_tranches_are_whole_fen_and_add_up_exactly(amount, share):
    first_paid, rest = tranches(amount, share)
    assert first_paid + rest == amount
    assert first_paid >= 0
    assert rest >= 0
    assert first_paid == first_paid.quantize(FEN)


@pytest.mark.parametrize(("drawn_on", "months", "days"), [
    (date(2025, 7, 1), 36, {2025: 184, 2026: 365, 2027: 365, 2028: 182}),
    (date(2024, 1, 1), 12, {2024: 366}),
    (date(2024, 1, 31), 1, {2024: 29}),  # to 29 February
    (date(2025, 1, 31), 1, {2025: 28}),
    (date(2024, 2, 29), 12, {2024: 307, 2025: 58}),  # to 28 February 2025
    (date(2024, 2, 29), 48, {2024: 307, 2025: 365, 2026: 365, 2027: 365, 2028: 59}),
    (date(2025, 12, 31), 2, {2025: 1, 2026: 58}),
    (date(2025, 12, 1), 1, {2025: 31}),
    (date(2025, 11, 30), 1, {2025: 30}),
    (date(2025, 10, 31), 14, {2025: 62, 2026: 364}),
])
def test_interest_counts_the_days_of_each_calendar_year(drawn_on, months, days):
    interest = interest_by_days(Decimal(36_000), Decimal("0.01"), drawn_on, months)  # 1 元 a day
    assert interest == {year: Decimal(n) for year, n in days.items()}


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(1, 60), amounts_to_the_fen, shares)
def test_interest_by_days_is_the_oracle_s_calendar(drawn_on, months, principal, rate):
    interest = interest_by_days(principal, rate, drawn_on, months)
    one_a_day = interest_by_days(Decimal(36_000), Decimal("0.01"), drawn_on, months)
    last = date.fromordinal(drawn_on.toordinal() + int(sum(one_a_day.values())) - 1)
    assert interest == calendar_year_interest(principal, rate, drawn_on, last)
    assert 28 * months <= sum(one_a_day.values()) <= 31 * months


@given(amounts_to_the_fen, shares, st.integers(1, 20), shares)
def test_the_gain_of_a_one_off_deduction_is_the_difference_of_its_printed_parts(cost, tax, years, discount):
    worth = one_off_deduction_gain(cost, tax, years, discount)
    assert worth["gain"] == worth["at_once"] - worth["straight_line"]
    assert worth["gain"] >= 0


@pytest.mark.parametrize(("exclusivity", "chosen"), [
    ("one_per_project", {"first_of_kind"}),
    ("loan_and_lease", {"first_of_kind"}),
    ("stack", {"first_of_kind", "upgrade_lease"}),  # never with catalogue_breakthrough: one product, one of the two
])
def test_what_never_stacks_stays_alone_under_every_reading(exclusivity, chosen):
    case = Case(YI, lease_equipment=WAN, contracts=(WAN, WAN))
    found = [price(key, rules()[key], case) for key in ("first_of_kind", "catalogue_breakthrough", "upgrade_lease")]
    found[0] = price("first_of_kind", rules()["first_of_kind"], Case(contracts=(3 * WAN,)))
    assert best_package(clauses(), found, exclusivity) == chosen


def test_what_pays_nothing_is_in_no_package():
    found = [price(key, rules()[key], Case()) for key in ("first_of_kind", "upgrade_lease")]
    assert best_package(clauses(), found, "stack") == frozenset()


@given(amounts_to_the_fen, shares, st.sampled_from(["upgrade_lease", "software_rnd", "first_of_kind", "energy_management_centre"]))
def test_an_award_lies_between_nothing_and_both_its_cap_and_its_share(base, intensity, key):
    rule = rules()[key]
    case = Case(max(base, 2000 * WAN), base, lease_equipment=base, contracts=(base,), award_intensity=intensity)
    found = price(key, rule, case)
    share = Decimal(str(rule.rate.value.median())) * found.steps[0].base
    assert 0 <= found.total <= min(Decimal(rule.cap.value), share + FEN / 2)
