"""100,000 random projects, crowded around every cap and threshold: the kernel against the exact oracle of the clauses.

Every case is priced in a lane of its own among lanes that hold other projects under its circumstances.
"""

import random
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

from kernels import layouts
from kernels.compiled import kernel
from kernels.formulas import INTEREST_SUBSIDY
from kernels.layouts import CANDIDATE, DRIVERS, LIFE, LUCK, N_PAYMENT, N_TIER
from kernels.offers import offer_packages
from simulator.pack import _pack_policy, pack_instruments
from simulator.scenario import load_scenario
from simulator.tables import Tables
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
N_FILING_YEAR, N_YEAR, N_DRIVER = 4, 9, 64
FIRST_LPR = len(DRIVERS) + N_FILING_YEAR
INVESTMENT = CANDIDATE.index("investment")
SCALES = (LUCK.index("scale"), LUCK.index("loan_scale"))
APPROVAL_YEAR, SIZE = LIFE.index("approval_year"), LIFE.index("investment")
SIDE_BY_SIDE = 16
OTHER_YEAR, OTHER_AMOUNT = 0.77, 7.77e9  # no case has such a rate or amount; nobody should be given it
MAJOR = {Decimal(500_000_000): "5亿", Decimal(200_000_000): "2亿", Decimal(1_000_000_000): "10亿"}
EXCLUSIVITY, INTEREST_BASE = ("one_per_project", "loan_and_lease", "stack"), ("net_of_central", "contract")
OF_INSTRUMENTS = tuple(product(("lifetime", "year"), (True, False), MAJOR, ("product", "contract"), ("investment", "equipment")))
OF_POLICY = tuple(product(EXCLUSIVITY, INTEREST_BASE))


@kernel()
def price_cases(inputs, work, variants, filed, columns, lpr, phi, user_column, user_rate, points, years, tier_amount, tiered,
                offers, totals, chosen):
    """Entitlement and package of every case; the case's own circumstances are written into the inputs.

    Case i lies in lane i mod 16, among its neighbours; even ones are approved in the first year and odd ones in the second,
    and their tier is i mod 4.
    """
    n_case = variants.size
    for i in range(n_case):
        variant, own = variants[i], i % SIDE_BY_SIDE
        inputs.batches[0].instruments = filed[i]
        inputs.policies[variant].central_years = years[i]
        for year in range(inputs.central_points.shape[1]):
            inputs.central_points[variant, year] = points[i] if year == i % 2 else OTHER_YEAR
            inputs.drivers[variant, 0, FIRST_LPR + year] = OTHER_YEAR
        for year in range(lpr.shape[1]):
            inputs.drivers[variant, 0, FIRST_LPR + i % 2 + year] = lpr[i, year]
        inputs.drivers[variant, 0, INTENSITY] = phi[i]
        inputs.drivers[variant, 0, user_column] = user_rate[i]
        for k in range(tiered.size):
            for tier in range(N_TIER):
                inputs.tier_amounts[variant, tiered[k], tier] = tier_amount[i] if tier == i % N_TIER else OTHER_AMOUNT
        for j in range(SIDE_BY_SIDE):
            case = (i - own + j) % n_case
            for column in range(columns.shape[0]):
                work.project[column, j] = columns[column, case]
            work.luck[SCALES[0], j] = 1.0
            work.luck[SCALES[1], j] = 1.0
            work.life[APPROVAL_YEAR, j] = j % 2
            work.life[SIZE, j] = columns[INVESTMENT, case]
        n_filed = offer_packages(inputs, work, inputs.batches[0], variant, 0, 0, SIDE_BY_SIDE)
        for s in range(n_filed):
            k = work.filed[s]
            chosen[i, k] = work.chosen[s, own] > 0.0
            totals[i] += work.chosen[s, own] * work.total[s, own]
            loan_years = N_PAYMENT if inputs.instruments[variant, k].shape == INTEREST_SUBSIDY else 1
            for payment in range(loan_years):
                offers[i, k, payment] = work.offer[s, payment, own] if work.total[s, own] > 0.0 else 0.0


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
    policies = {(s.model.readings.exclusivity, s.model.readings.interest_base): _pack_policy(s, Tables())[0]
                for s in rows.values()}
    order = list(product(OF_INSTRUMENTS, OF_POLICY))
    return (order, np.stack([instruments[key] for key, _ in order]),
            np.stack([policies[key] for _, key in order]).astype(layouts.POLICY))


@pytest.fixture(scope="module")
def priced(cases, names, variants):
    """What the kernel says: offers [case, instrument, loan-year], totals [case] and chosen [case, instrument]."""
    order, instruments, policies = variants
    places = {key: i for i, key in enumerate(order)}
    columns = np.zeros((len(CANDIDATE), N_CASE))

    def column(field):
        return np.array([float(case[field]) for case, _ in cases])

    for field in ("investment", "equipment", "fixed_asset_share", "loan_principal", "loan_term", "lease_equipment"):
        columns[CANDIDATE.index(field)] = column(field)
    columns[CANDIDATE.index("loan_grace")] = [  # repaid at the end of the term: the only instalment falls due after its last year
        case["loan_term"] - 1 if case["repayment"] == "bullet" else case["loan_grace"] for case, _ in cases]
    columns[CANDIDATE.index("contract")] = [float(sum(case["contracts"])) for case, _ in cases]
    columns[CANDIDATE.index("contracts")] = [len(case["contracts"]) for case, _ in cases]
    columns[CANDIDATE.index("tier")] = np.arange(N_CASE) % N_TIER
    policies["central_share"] = 1.0  # the case says what it gets
    given = support.inputs(
        support.projects(1), instruments, policies=policies, n_filing_year=N_FILING_YEAR,
        drivers=np.zeros((len(order), 1, N_DRIVER)), appropriation=np.full((len(order), 2, N_YEAR), np.inf))
    made = (np.zeros((N_CASE, 14, 3)), np.zeros(N_CASE), np.zeros((N_CASE, 14), bool))
    price_cases(
        given, support.workspace(given, most_filed=len(names)), np.array([places[_key(readings)] for _, readings in cases]),
        np.array([sum(1 << names.index(name) for name in case["instruments"]) for case, _ in cases]), columns,
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
    entitled, offers = exact[0].sum(axis=2), priced[0]
    assert not (wrong := (entitled > 0) & ~(offers > 0).any(axis=2)).any(), _first(wrong, cases, entitled)
    pays = offers.max(axis=2) > LOAN_TOLERANCE  # below, the oracle may have rounded it away
    assert not (wrong := pays & (entitled == 0)).any(), _first(wrong, cases, offers)
    at_an_edge = [sum(case["investment"] == edge and bool({"upgrade_loan_interest", "upgrade_lease", "major_project"}
                                                          & set(case["instruments"])) for case, _ in cases)
                  for edge in (20_000_000, *MAJOR)]
    assert min(at_an_edge) > 100


def test_every_grant_is_the_clause_s_to_half_a_fen(cases, names, exact, priced):
    grants = [k for k, name in enumerate(names) if not name.endswith("loan_interest")]
    ours, theirs = priced[0][:, grants, 0], exact[0][:, grants, 0]
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
    ours, theirs = priced[1], exact[2]
    wrong = np.abs(ours - theirs) > PACKAGE_TOLERANCE
    assert not wrong.any(), _first(wrong, cases, ours, theirs)


def test_the_package_is_the_oracle_s_but_for_ties_and_fractions_of_a_fen(cases, exact, priced):
    chosen, offers = priced[2], priced[0].sum(axis=2)
    differs = (chosen != exact[1]).any(axis=1)
    ours, theirs = np.where(chosen, offers, 0).sum(axis=1), np.where(exact[1], offers, 0).sum(axis=1)
    wrong = differs & (np.abs(ours - theirs) > PACKAGE_TOLERANCE)
    assert not wrong.any(), _first(wrong, cases, chosen, exact[1])
    assert np.allclose(ours, priced[1], rtol=1e-12, atol=SLACK)
    assert differs.mean() < 0.05


def test_neighbouring_lanes_meet_different_fates(exact):
    """Else a lane that took its neighbour's branch, package or amount would not be noticed."""
    entitled, packed, total = exact
    for fate in (total > 0, packed.argmax(axis=1), packed.sum(axis=1) > 1, entitled[:, :, 2].any(axis=1)):
        lanes = fate[: N_CASE // SIDE_BY_SIDE * SIDE_BY_SIDE].reshape(-1, SIDE_BY_SIDE)
        assert (lanes != lanes[:, :1]).any(axis=1).mean() > 0.5


def test_first_of_kind_and_breakthrough_are_never_paid_together(cases, names, priced):
    both = [names.index("first_of_kind"), names.index("catalogue_breakthrough")]
    filed = np.array([{"first_of_kind", "catalogue_breakthrough"} <= set(case["instruments"])
                      and readings["exclusivity"] == "stack" for case, readings in cases])
    assert filed.sum() > 1_000
    assert not priced[2][:, both].all(axis=1).any()
