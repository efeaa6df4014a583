"""The arrays that cross the border between the simulator and the kernels, every field with its unit."""

from collections import namedtuple

import numpy as np

N_PAYMENT = 3  # a grant pays in at most two tranches, an interest subsidy in three years
N_CLASS = 3  # small, medium, large enterprises
N_TIER = 4

PROJECT = np.dtype([
    ("key", "u8"),  # identity for the random streams
    ("cell", "i4"),  # which count of applications it belongs to; -1: it certainly exists (a ledger row)
    ("rank", "i4"),  # it exists in a draw when its rank is below the cell's count
    ("filed", "i1"),  # 1: has filed already, so it invests; 0: a potential project
    ("executed", "i1"),  # 1: the contract is already performed: no partial, late or cancelled outcome
    ("filing_year", "i4"),
    ("arrival", "f8"),  # moment of filing within the year, 0..1
    ("score", "f8"),  # points of the assessors, 0..100
    ("size_class", "i4"),  # 0 small, 1 medium, 2 large
    ("group", "i4"),  # code of the district, sector or size that results are split by
    ("part", "i4"),  # code of the counted part (such as 首台套), -1: none
    ("tier", "i4"),  # tier of a tiered award
    ("instruments", "i8"),  # bit k set: files for instrument k
    ("investment", "f8"),  # approved total investment at the planned size [CNY]
    ("equipment_share", "f8"),
    ("renewal_share", "f8"),  # share of the equipment that replaces old equipment
    ("fixed_asset_share", "f8"),
    ("loan_principal", "f8"),  # [CNY]
    ("loan_term", "f8"),  # [years]
    ("loan_grace", "f8"),  # [years]
    ("loan_spread", "f8"),  # over LPR
    ("loan_size_elasticity", "f8"),  # larger than planned -> a larger share of debt
    ("lease_equipment", "f8"),  # [CNY]
    ("contract", "f8"),  # contract value of product, certification or software [CNY]
    ("contracts", "f8"),  # number of equal contracts that make it up
    ("energy_purpose", "f8"),  # share of the investment whose purpose is energy saving
    ("central_lot", "f8"),  # eligible for central interest relief when below the share of eligible loans
    ("build_factor", "f8"),  # multiplies building time (0.8 on land already used)
    ("p0", "f8"),  # probability that it goes ahead with no support
    ("approval", "f8"),  # approval probability of its own; nan: the draw's approval level
    ("size_table", "i4"),
    ("overrun_table", "i4"),
])

INSTRUMENT = np.dtype([
    ("shape", "i4"),  # formulas.Formula
    ("base", "i4"),  # BASE
    ("rate", "f8"),
    ("rate_driver", "i4"),  # column of the drivers that holds an assumed rate; -1: `rate`
    ("is_ceiling", "i1"),  # pays rate x award intensity
    ("cap", "f8"),  # [CNY], inf: none
    ("cap_per_year", "i1"),
    ("cap_per_contract", "i1"),
    ("term", "i4"),  # loan-years
    ("threshold", "f8"),  # of approved total investment [CNY], 0: none
    ("threshold_inclusive", "i1"),
    ("fixed_asset_share", "f8"),  # the share must lie above this; -1: not asked
    ("payout", "i4"),  # PAYOUT
    ("combinable", "i1"),  # loan and lease, under the reading loan_and_lease
    ("stackable", "i1"),  # 0: at most one of these, even under the reading stack
    ("fund", "i4"),
    ("quota", "f8"),  # awards a year, inf: none that rations
])

POLICY = np.dtype([
    ("exclusivity", "i4"),  # EXCLUSIVITY
    ("interest_net_of_central", "i1"),
    ("first_tranche", "f8"),  # share of a two-tranche grant paid at approval
    ("response", "i4"),  # RESPONSE
    ("discount_rate", "f8"),
    ("approval_lag", "f8"),  # from filing to approval [years]
    ("lateness", "f8"),  # of a late project [years]
    ("partial_low", "f8"),  # a partial project realises a share between these
    ("partial_high", "f8"),
    ("central_share", "f8"),  # share of loans eligible for central relief
    ("central_years", "i4"),
    ("approval_size_correlation", "f8"),
    ("size_multiplier", "f8", (N_CLASS,)),  # of the user-cost elasticity
    ("energy_of_all_equipment", "i1"),  # 0: of renewal only
    ("acceptance_table", "i4"),  # ln(1 - cut at acceptance)
    ("build_table", "i4"),  # ln(months)
    ("energy_table", "i4"),
])

FUND = np.dtype([
    ("enforce", "i4"),  # ENFORCE
    ("rule", "i4"),  # RULE
    ("partial", "i1"),  # the last award may be funded in part
    ("wait_years", "i4"),  # years an unfunded award keeps its place before it lapses
])

BASE = ("loan_interest", "investment", "equipment", "incremental_investment", "lease_equipment", "contract",
        "certification_contract", "software_sales", "tier")
PAYOUT = ("in_arrears", "two_tranches", "on_acceptance", "at_once")
EXCLUSIVITY = ("one_per_project", "loan_and_lease", "stack")
RESPONSE = ("elasticity", "participation", "none")
ENFORCE = ("none", "commitment", "cash")
RULE = ("first_come", "by_score", "pro_rata")

# Columns of the drivers: what all projects of a draw share. `demand` (one a filing year) and `lpr` (one a calendar
# year) follow these; assumed amounts of instruments come last, found by INSTRUMENT.rate_driver and tier_driver.
DRIVERS = (
    "award_intensity", "approval_level", "elasticity", "cost_index", "delay", "clawback",
    "filing_small", "filing_medium", "filing_large", "additional_small", "additional_medium", "additional_large",
    "outcome_complete", "outcome_partial", "outcome_late",  # cumulative shares; the rest is cancelled
    "intensity_energy", "intensity_other",  # [tce a year per CNY of equipment]
)

# flows[flow, variant, draw, year, instrument]
FLOWS = ("applications", "approvals", "awards", "entitlement", "commitment", "outlay", "deadweight", "backlog",
         "supported_investment", "induced_investment")
# totals[total, variant, draw, year]
TOTALS = ("supported_equipment", "supported_renewal", "supported_saving", "induced_equipment", "induced_renewal",
          "induced_saving", "recovered", "cut", "lapsed", "due")
# grouped[flow, variant, draw, year, group]
GROUPED = ("outlay", "commitment", "supported_investment", "induced_investment")

Inputs = namedtuple("Inputs", [
    "seed",  # uint64
    "first_year",  # calendar year of column 0
    "first_filing_year",
    "projects",  # PROJECT[n_project], sorted by arrival: first come first served relies on it
    "counts",  # int32[n_draw, n_cell]
    "tables",  # float64[n_table, TABLE_NODES]
    "drivers",  # float64[n_variant, n_draw, n_driver]
    "n_filing_year",
    "instruments",  # INSTRUMENT[n_variant, n_instrument]
    "tier_amounts",  # float64[n_variant, n_instrument, N_TIER] [CNY]
    "tier_drivers",  # int32[n_variant, n_instrument, N_TIER], -1: tier_amounts
    "policies",  # POLICY[n_variant]
    "central_points",  # float64[n_variant, n_year], by year of approval
    "funds",  # FUND[n_variant, n_fund]
    "appropriation",  # float64[n_variant, n_fund, n_year] [CNY], inf: unlimited
    "score_rank",  # int32[n_variant, n_project], 0 is served first
])

Outputs = namedtuple("Outputs", [
    "flows",  # float64[n_flow, n_variant, n_draw, n_year, n_instrument], counts and CNY
    "totals",  # float64[n_total, n_variant, n_draw, n_year], CNY and tce
    "parts",  # float64[n_variant, n_draw, n_year, n_part], awards
    "grouped",  # float64[n_grouped, n_variant, n_draw, n_year, n_group] [CNY]
])

# Rows of Workspace.offer: what the clauses pay on the approved base, and on the accepted one.
APPROVED, ACCEPTED = 0, 1

# Luck columns of one existing project in one draw, kept for all variants.
LUCK = ("participation", "filing", "approval", "outcome", "size_score", "scale", "loan_scale", "overrun", "build",
        "energy")

# Elements are read and written by full index, never through slices: a slice of an array costs two atomic operations.
Workspace = namedtuple("Workspace", [
    "existing",  # int32[n_project]: rows that exist in this draw
    "luck",  # float64[n_project, n_luck]
    "drivers",  # float64[n_driver] of the draw and variant in hand
    "offer",  # float64[2, n_instrument, N_PAYMENT]: entitlement as approved, as accepted [CNY]
    "chosen",  # bool[n_instrument]: the package of the project in hand
    "award",  # AWARD[capacity]
    "pay_year",  # int32[capacity, N_PAYMENT], index into the years, may lie beyond the horizon
    "committed",  # float64[capacity, N_PAYMENT] [CNY]
    "final",  # float64[capacity, N_PAYMENT] [CNY]
    "by_score",  # int32[capacity]: awards in the order of their projects' scores
    "at_rank",  # int32[n_project]: first award of the project with this score rank, -1: none
    "places",  # float64[n_instrument]: what is left of a year's quotas
    "demand",  # float64[n_year] [CNY]
    "obligations",  # float64[n_fund, n_year] [CNY]
    "first_funded",  # int32[n_project]: the award with which a project counts as supported, -1: none
])

AWARD = np.dtype([
    ("project", "i4"),
    ("instrument", "i4"),
    ("approval_year", "i4"),  # index into the years
    ("end_year", "i4"),  # of acceptance or cancellation
    ("amount", "f8"),  # committed over all payments, at share 1 [CNY]
    ("owed_back", "f8"),  # recovered a year after the end [CNY]
    ("investment", "f8"),  # realised [CNY]
    ("equipment", "f8"),
    ("renewal", "f8"),
    ("saving", "f8"),  # [tce a year]
    ("goes_ahead_anyway", "i1"),
    ("state", "i4"),
    ("admitted_year", "i4"),  # the year whose quota it has a place in
    ("funded_year", "i4"),
    ("share", "f8"),  # part of the award that this row funds
])


def workspace(n_project: int, n_driver: int, n_instrument: int, n_fund: int, n_year: int,
              max_package: int) -> Workspace:
    """Scratch of one thread: its size follows projects, never projects x draws."""
    capacity = 2 * n_project * max_package + 16  # twice: a partly funded award splits in two
    return Workspace(
        existing=np.zeros(n_project, np.int32),
        luck=np.zeros((n_project, len(LUCK))),
        drivers=np.zeros(n_driver),
        offer=np.zeros((2, n_instrument, N_PAYMENT)),
        chosen=np.zeros(n_instrument, np.bool_),
        award=np.zeros(capacity, AWARD),
        pay_year=np.zeros((capacity, N_PAYMENT), np.int32),
        committed=np.zeros((capacity, N_PAYMENT)),
        final=np.zeros((capacity, N_PAYMENT)),
        by_score=np.zeros(capacity, np.int32),
        at_rank=np.zeros(n_project, np.int32),
        places=np.zeros(n_instrument),
        demand=np.zeros(n_year),
        obligations=np.zeros((n_fund, n_year)),
        first_funded=np.full(n_project, -1, np.int32),
    )
