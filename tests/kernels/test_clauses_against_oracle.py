"""100,000 random projects, crowded around every cap and threshold: the kernel against the exact oracle of the clauses."""

import random
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

from kernels import layouts
from kernels.compiled import kernel
from kernels.formulas import is_eligible
from kernels.layouts import APPROVED, DRIVERS, N_PAYMENT
from kernels.offers import choose_package, entitle
from simulator.pack import _pack_policy, _Tables, pack_instruments
from simulator.scenario import load_scenario
from tests import support
from tests.oracle.cases import random_cases, random_readings
from tests.oracle.clauses import CLAUSES, entitlements, package

N_CASE = 100_000
HALF_A_FEN = 0.005
# Interest, central relief and the award of a loan-year are each rounded to the 分 by the oracle, and what one year
# was rounded is still there when the cap binds in the third.
LOAN_TOLERANCE, PACKAGE_TOLERANCE = 0.02, 0.05
SLACK = 1e-6  # float64 holds 60亿元 to a millionth of a 元

INTENSITY = DRIVERS.index("award_intensity")
LPR_AFTER_DEMAND = len(DRIVERS)
MAJOR = {Decimal(500_000_000): "5亿", Decimal(200_000_000): "2亿", Decimal(1_000_000_000): "10亿"}
EXCLUSIVITY, INTEREST_BASE = ("one_per_project", "loan_and_lease", "stack"), ("net_of_central", "contract")
OF_INSTRUMENTS = tuple(product(("lifetime", "year"), (True, False), MAJOR, ("product", "contract"), ("investment", "equipment")))
OF_POLICY = tuple(product(EXCLUSIVITY, INTEREST_BASE))


@kernel()
def price_cases(inputs, work, variants, cases, lpr, phi, user_column, user_rate, points, years, tier_amount, tiered,
                offers, eligible, totals, chosen):
    """Entitlement, eligibility and package of every case; the case's own circumstances are written into the inputs."""
    for i in range(cases.size):
        variant = variants[i]
        project = cases[i]
        inputs.policies[variant].central_years = years[i]
        for year in range(inputs.central_points.shape[1]):
            inputs.central_points[variant, year] = points[i]
        for year in range(lpr.shape[1]):
            work.drivers[LPR_AFTER_DEMAND + inputs.n_filing_year + year] = lpr[i, year]
        work.drivers[INTENSITY] = phi[i]
        work.drivers[user_column] = user_rate[i]
        for k in range(tiered.size):
            inputs.tier_amounts[variant, tiered[k], 0] = tier_amount[i]
        totals[i], _ = choose_package(inputs, variant, work, project, 1.0, 1.0, 0)
        for k in range(inputs.instruments.shape[1]):
            rule = inputs.instruments[variant, k]
            chosen[i, k] = work.chosen[k]
            if not (project.instruments >> k) & 1:
                continue
            eligible[i, k] = (is_eligible(project.investment, rule.threshold, rule.threshold_inclusive)
                              and project.fixed_asset_share > rule.fixed_asset_share)
            if eligible[i, k]:
                entitle(inputs, variant, work, project, 1.0, 1.0, 0, 1.0, k, APPROVED)
                for payment in range(N_PAYMENT):
                    offers[i, k, payment] = work.offer[APPROVED, k, payment]


def with_equal_contracts(case, readings):
    """The kernel knows a product's value and a number of equal contracts; other clauses see one value."""
    per_contract = readings["first_of_kind_scope"] == "contract" and "first_of_kind" in case["instruments"]
    if per_contract and "software_purchase" not in case["instruments"]:
        return case | {"contracts": (case["contracts"][0],) * len(case["contracts"])}
    return case | {"contracts": (sum(case["contracts"]),)}


@pytest.fixture(scope="module")
def cases():
    """(project, readings) of every case."""
    rng = random.Random(20240531)
    made = []
    for case in random_cases(N_CASE, seed=355):
        readings = random_readings(rng)
        made.append((with_equal_contracts(case, readings), readings))
    return made


@pytest.fixture(scope="module")
def exact(cases, names):
    """What the oracle says: entitlement [case, instrument, loan-year] and the package [case, instrument], its total [case]."""
    entitled, packed, total = np.zeros((N_CASE, 14, 3)), np.zeros((N_CASE, 14), bool), np.zeros(N_CASE)
    for i, (case, readings) in enumerate(cases):
        paid = entitlements(case, readings)
        for name, amounts in paid.items():
            entitled[i, names.index(name), : len(amounts)] = [float(amount) for amount in amounts]
        best = package(paid, readings)
        packed[i, [names.index(name) for name in best]] = True
        total[i] = float(sum((sum(paid[name]) for name in best), Decimal(0)))
    return entitled, packed, total


@pytest.fixture(scope="module")
def names(baseline):
    return list(baseline.model.policy.instruments)


@pytest.fixture(scope="module")
def variants():
    """Instruments and policies as the rule book packs them under every combination of readings."""
    rows = {}
    for i, (cap_period, inclusive, major, scope, centre) in enumerate(OF_INSTRUMENTS):
        exclusivity, interest_base = OF_POLICY[i % len(OF_POLICY)]
        rows[OF_INSTRUMENTS[i]] = load_scenario("baseline", readings={
            "cap_period_17": cap_period, "threshold_inclusive": "inclusive" if inclusive else "strict",
            "major_threshold": MAJOR[major], "first_of_kind_scope": scope, "energy_centre_base": centre,
            "exclusivity": exclusivity, "interest_base": interest_base})
    instruments = {key: pack_instruments(scenario) for key, scenario in rows.items()}
    policies = {(s.model.readings.exclusivity, s.model.readings.interest_base): _pack_policy(s, _Tables())[0]
                for s in rows.values()}
    order = list(product(OF_INSTRUMENTS, OF_POLICY))
    return (order, np.stack([instruments[key] for key, _ in order]),
            np.stack([policies[key] for _, key in order]).astype(layouts.POLICY))


@pytest.fixture(scope="module")
def priced(cases, names, variants):
    """What the kernel says: offers [case, instrument, loan-year], eligible and chosen [case, instrument], totals [case]."""
    order, instruments, policies = variants
    places = {key: i for i, key in enumerate(order)}
    project = np.zeros(N_CASE, layouts.PROJECT)

    def column(field):
        return np.array([float(case[field]) for case, _ in cases])

    for field in ("investment", "fixed_asset_share", "loan_principal", "loan_term", "lease_equipment"):
        project[field] = column(field)
    with np.errstate(invalid="ignore", divide="ignore"):
        project["equipment_share"] = np.nan_to_num(column("equipment") / project["investment"])
    project["loan_grace"] = [  # repaid at the end of the term: the only instalment falls due after its last year
        case["loan_term"] - 1 if case["repayment"] == "bullet" else case["loan_grace"] for case, _ in cases]
    project["contract"] = [float(sum(case["contracts"])) for case, _ in cases]
    project["contracts"] = [len(case["contracts"]) for case, _ in cases]
    project["instruments"] = [sum(1 << names.index(name) for name in case["instruments"]) for case, _ in cases]
    policies["central_share"] = 1.0  # the case says what it gets
    given = support.inputs(
        projects=project[:1], instruments=instruments, policies=policies, n_filing_year=4,
        central_points=np.zeros((len(order), 9)), appropriation=np.full((len(order), 2, 9), np.inf))
    made = (np.zeros((N_CASE, 14, 3)), np.zeros((N_CASE, 14), bool), np.zeros(N_CASE), np.zeros((N_CASE, 14), bool))
    price_cases(
        given, support.workspace(given), np.array([places[_key(readings)] for _, readings in cases]), project,
        np.array([[float(rate) for rate in case["loan_rates"]] for case, _ in cases]), column("phi"),
        int(instruments[0, names.index("software_purchase")]["rate_driver"]), column("user_rate"),
        column("central_points"), np.array([case["central_years"] for case, _ in cases]), column("tier_amount"),
        np.array([names.index("open_challenge"), names.index("smart_factory")]), *made)
    return made


def _key(readings):
    return ((readings["cap_period_17"], readings["threshold_inclusive"], readings["major_threshold"],
             readings["first_of_kind_scope"], readings["energy_centre_base"]),
            (readings["exclusivity"], readings["interest_base"]))


def _first(wrong, cases, *columns):
    i = int(np.argmax(wrong.reshape(len(wrong), -1).any(axis=1)))
    return f"{int(wrong.sum())} differ, first {i}: {cases[i]}; {[column[i].tolist() for column in columns]}"


def test_the_rule_book_and_the_oracle_know_the_same_instruments(names):
    assert set(names) == set(CLAUSES)


def test_no_project_is_eligible_that_the_clauses_refuse_nor_refused_that_they_pay(cases, names, exact, priced):
    """Not one of the thresholds is missed: amounts are whole 分 below 60亿元, which float64 holds exactly."""
    entitled, (offers, eligible, _, _) = exact[0].sum(axis=2), priced
    assert not (wrong := (entitled > 0) & ~eligible).any(), _first(wrong, cases, entitled)
    pays = offers.max(axis=2) > LOAN_TOLERANCE  # below, the oracle may have rounded it away
    assert not (wrong := pays & (entitled == 0)).any(), _first(wrong, cases, offers)
    at_an_edge = [sum(case["investment"] == edge and bool({"upgrade_loan_interest", "upgrade_lease", "major_project"}
                                                          & set(case["instruments"])) for case, _ in cases)
                  for edge in (20_000_000, *MAJOR)]
    assert min(at_an_edge) > 100


def test_every_grant_is_the_clause_s_to_half_a_fen(cases, names, exact, priced):
    grants = [k for k, name in enumerate(names) if not name.endswith("loan_interest")]
    ours, theirs = priced[0][:, grants, 0], exact[0][:, grants, 0]
    assert not priced[0][:, grants, 1:].any()
    # a clause by contract rounds each of up to three contracts
    wrong = np.abs(ours - theirs) > np.array([3 * HALF_A_FEN if names[k] == "first_of_kind" else HALF_A_FEN for k in grants]) + SLACK
    assert not wrong.any(), _first(wrong, cases, ours, theirs)


def test_every_loan_year_is_the_clause_s_to_the_rounding_of_its_interest(cases, names, exact, priced):
    loans = [names.index("upgrade_loan_interest"), names.index("catalogue_loan_interest")]
    ours, theirs = priced[0][:, loans], exact[0][:, loans]
    wrong = np.abs(ours - theirs) > LOAN_TOLERANCE + SLACK
    assert not wrong.any(), _first(wrong, cases, ours, theirs)
    assert (theirs > 0).sum() > 10_000


def test_the_package_pays_what_the_best_admissible_package_pays(cases, exact, priced):
    ours, theirs = priced[2], exact[2]
    wrong = np.abs(ours - theirs) > PACKAGE_TOLERANCE
    assert not wrong.any(), _first(wrong, cases, ours, theirs)


def test_the_package_is_the_oracle_s_but_for_ties_and_fractions_of_a_fen(cases, exact, priced):
    chosen, offers = priced[3], priced[0].sum(axis=2)
    differs = (chosen != exact[1]).any(axis=1)
    ours, theirs = np.where(chosen, offers, 0).sum(axis=1), np.where(exact[1], offers, 0).sum(axis=1)
    wrong = differs & (np.abs(ours - theirs) > PACKAGE_TOLERANCE)
    assert not wrong.any(), _first(wrong, cases, chosen, exact[1])
    assert np.allclose(ours, priced[2], rtol=1e-12, atol=SLACK)
    assert differs.mean() < 0.05


def test_first_of_kind_and_breakthrough_are_never_paid_together(cases, names, priced):
    both = [names.index("first_of_kind"), names.index("catalogue_breakthrough")]
    filed = np.array([{"first_of_kind", "catalogue_breakthrough"} <= set(case["instruments"])
                      and readings["exclusivity"] == "stack" for case, readings in cases])
    assert filed.sum() > 1_000
    assert not priced[3][:, both].all(axis=1).any()
