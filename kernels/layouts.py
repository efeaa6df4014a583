"""The arrays that cross the border between the simulator and the kernels, every field with its unit."""

from collections import namedtuple

import numpy as np

N_PAYMENT = 3  # a grant pays in at most two tranches, an interest subsidy in three years
N_CLASS = 3  # small, medium, large enterprises
N_TIER = 4
MOST_FILED = 3  # instruments that one project can file for at once

VECTOR = 16  # lanes are worked on in whole multiples of this: idle lanes cost less than a remainder one by one
LANES = 256  # projects that are worked on side by side
WIDTH = LANES + 8  # of their rows in memory: were it a power of two, one lane of all rows would want the same places in the cache

# Projects that share what decides the branches of the model, so that a branch is the same for every lane.
BATCH = np.dtype([
    ("filed", "i1"),  # 1: have filed already, so they invest; 0: potential projects
    ("executed", "i1"),  # 1: the contract is already performed: no partial, late or cancelled outcome
    ("filing_year", "i4"),
    ("instruments", "i8"),  # bit k set: files for instrument k
    ("columns", "i8"),  # bit c set: some clause or decision reads column c of PROJECT
    ("has_loans", "i1"),  # some instrument filed for subsidises interest
    ("has_least", "i1"),  # some can be too small for every clause
    ("own_approval", "i1"),  # some have an approval probability of their own
    ("has_control", "i1"),  # some are part of the control
    ("control_word", "u8"),  # with a smaller random word for its size none of them counts in it
    ("largest_spread", "f8"),  # of their loans, over LPR
    ("first_segment", "i4"),
    ("n_segment", "i4"),
])

# The part of a batch whose number and size are drawn together: rows first .. first + size - 1, in order of rank.
SEGMENT = np.dtype([
    ("first", "i4"),
    ("size", "i4"),
    ("cell", "i4"),  # which count of applications it belongs to; -1: its projects certainly exist (ledger rows)
    ("size_class", "i4"),  # 0 small, 1 medium, 2 large
    ("tier", "i4"),  # tier of a tiered award
    ("size_table", "i4"),  # quantiles of size over planned size; -1: exactly as planned
    ("loan_table", "i4"),  # the same of the loan: larger than planned -> a larger share of debt
    ("overrun_table", "i4"),
    ("control", "i4"),  # row of Control.counts, -1: not part of it
])

# columns[project, column]: what a project has lies together, for only some projects of a draw are looked at
PROJECT = (
    "arrival",  # moment of filing within the year, 0..1
    "investment",  # approved total investment at the planned size [CNY]
    "equipment",  # of it [CNY]
    "renewal_share",  # share of the equipment that replaces old equipment
    "fixed_asset_share",
    "loan_principal",  # [CNY]
    "loan_term",  # [years]
    "loan_grace",  # [years]
    "loan_spread",  # over LPR
    "lease_equipment",  # [CNY]
    "contract",  # contract value of product, certification or software [CNY]
    "contracts",  # number of equal contracts that make it up
    "energy_purpose",  # share of the investment whose purpose is energy saving
    "central_lot",  # eligible for central interest relief when below the share of eligible loans
    "build_factor",  # multiplies building time (0.8 on land already used)
    "p0",  # probability that it goes ahead with no support
    "approval",  # approval probability of its own; nan: the draw's approval level
)

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
    ("log_discount", "f8"),  # ln(1 + discount rate)
    ("approval_lag", "f8"),  # from filing to approval [years]
    ("lateness", "f8"),  # of a late project [years]
    ("partial_low", "f8"),  # a partial project realises a share between these
    ("partial_high", "f8"),
    ("central_share", "f8"),  # share of loans eligible for central relief
    ("central_years", "i4"),
    ("approval_size_correlation", "f8"),
    ("size_multiplier", "f8", (N_CLASS,)),  # of the user-cost elasticity
    ("energy_of_all_equipment", "i1"),  # 0: of renewal only
    ("acceptance_table", "i4"),  # 1 - cut at acceptance
    ("build_table", "i4"),  # months
    ("energy_table", "i4"),  # multiplies the saving
])

FUND = np.dtype([
    ("enforce", "i4"),  # ENFORCE
    ("rule", "i4"),  # RULE
    ("partial", "i1"),  # the last award may be funded in part
    ("wait_years", "i4"),  # years an unfunded award keeps its place before it lapses
])

# What lies side by side of a candidate: its columns, and what it has from its segment.
CANDIDATE = (*PROJECT, "size_class", "tier", "sized")

BASE = ("loan_interest", "investment", "equipment", "incremental_investment", "lease_equipment", "contract",
        "certification_contract", "software_sales", "tier")
COLUMN_OF_BASE = tuple(PROJECT.index(column) for column in (
    "loan_principal", "investment", "equipment", "investment", "lease_equipment", "contract", "contract", "contract", "investment"))
PAYOUT = ("in_arrears", "two_tranches", "on_acceptance", "at_once")
EXCLUSIVITY = ("one_per_project", "loan_and_lease", "stack")
RESPONSE = ("elasticity", "participation", "none")
ENFORCE = ("none", "commitment", "cash")
RULE = ("first_come", "by_score", "pro_rata")

# Columns of the drivers: what all projects of a draw share. `demand` (one a filing year) and `lpr` (one a calendar
# year) follow these; assumed amounts of instruments come last, found by INSTRUMENT.rate_driver and tier_driver.
DRIVERS = (
    "award_intensity", "approval_level", "approval_score", "elasticity", "cost_index", "delay", "clawback",
    "filing_small", "filing_medium", "filing_large", "additional_small", "additional_medium", "additional_large",
    "outcome_complete", "outcome_partial", "outcome_late",  # cumulative shares; the rest is cancelled
    "intensity_energy", "intensity_other",  # [tce a year per CNY of equipment]
)

# flows[variant, draw, flow, year, instrument]: what one draw writes lies together
FLOWS = ("applications", "approvals", "awards", "entitlement", "commitment", "outlay", "deadweight", "backlog",
         "supported_investment", "induced_investment")
# totals[variant, draw, total, year]
TOTALS = ("supported_equipment", "supported_renewal", "supported_saving", "induced_equipment", "induced_renewal",
          "induced_saving", "recovered", "cut", "lapsed", "due")
# grouped[variant, draw, flow, year, group]
GROUPED = ("outlay", "commitment", "supported_investment", "induced_investment")

Inputs = namedtuple("Inputs", [
    "seed",  # uint64
    "first_year",  # calendar year of column 0
    "first_filing_year",
    "n_filing_year",
    "batches",  # BATCH[n_batch]
    "segments",  # SEGMENT[n_segment]
    "key",  # uint64[n_project]: identity for the random streams
    "rank",  # int32[n_project]: a project exists in a draw when its rank is below the count of its cell
    "columns",  # float64[n_project, len(PROJECT)]
    "p0",  # float64[n_project]: its column again, side by side
    "least_word",  # uint64[n_project]: with a smaller random word for its size it is too small for every clause
    "group",  # int32[n_project]: code of the district, sector or size that results are split by
    "part",  # int32[n_project]: code of the counted part (such as 首台套), -1: none
    "arrival_rank",  # int32[n_project]: place in the order of arrival of those that may have to wait, -1: never waits
    "score_rank",  # int32[n_variant, n_project]: the same in the order of scores
    "counts",  # int32[n_draw, n_cell]
    "tables",  # float64[n_table, NODES, 4]: quantiles of the luck, see luck.py
    "drivers",  # float64[n_variant, n_draw, n_driver]
    "instruments",  # INSTRUMENT[n_variant, n_instrument]
    "tier_amounts",  # float64[n_variant, n_instrument, N_TIER] [CNY]
    "tier_drivers",  # int32[n_variant, n_instrument, N_TIER], -1: tier_amounts
    "policies",  # POLICY[n_variant]
    "central_points",  # float64[n_variant, n_year], by year of approval
    "funds",  # FUND[n_variant, n_fund]
    "appropriation",  # float64[n_variant, n_fund, n_year] [CNY], inf: unlimited
    "funded",  # float64[n_variant, n_instrument]: share of its entitlement that a project expects to be funded, 0..1
    "largest_base",  # float64[n_variant, n_batch, n_instrument]: over investment; of a loan the principal; inf: no bound
    "control",  # Control
    "rationed",  # bool[n_variant, n_instrument]: awards wait for a quota or the money, and are settled last
    "like",  # int32[n_variant, n_batch]: the first variant in which all that a batch meets before rationing is the same
    "examine",  # bool: for `explain`, follow every project to its end; changes no result
])

# What is known of the control beforehand, see control.py
Control = namedtuple("Control", [
    "counts",  # float64[n_variant, n_control, NODES]: what a project counts, by the luck of its size [CNY]
    "weight",  # float64[n_variant, n_project]: 1 where the control looks at it, 0 elsewhere
    "share",  # float64[n_variant]: nominal support over investment
    "mean",  # float64[n_variant, n_control]: of the counts, over the luck of size [CNY]
    "approved",  # float64[n_variant, n_draw, n_control]: the same of those approved at the draw's level [CNY]
])

Outputs = namedtuple("Outputs", [
    "flows",  # float64[n_variant, n_draw, n_flow, n_year, n_instrument], counts and CNY
    "totals",  # float64[n_variant, n_draw, n_total, n_year], CNY and tce
    "parts",  # float64[n_variant, n_draw, n_year, n_part], awards
    "grouped",  # float64[n_variant, n_draw, n_grouped, n_year, n_group] [CNY]
    "control",  # float64[n_variant, n_draw, n_filing_year]: above what was to be expected, see control.py [CNY]
])

# Luck of one project in one draw, the same for every variant of the policy: luck[column, lane]
LUCK = (
    "participation", "filing", "approval",  # uniforms
    "size_score", "approval_score",  # normal scores
    "scale", "loan_scale", "build",  # multipliers, build in months
    "outcome", "depth", "clawback",  # from here on of applicants only: uniforms
    "overrun", "energy", "acceptance",  # and multipliers
)

# Random words of a candidate that tables are looked up with: word[row, lane]
WORD = ("approval", "size", "overrun", "build", "energy", "depth", "acceptance", "clawback")

# What becomes of it under one variant: life[column, lane]. `explain` shows these by name.
LIFE = (
    "approval_moment", "approval_year", "end_moment", "end_year",  # calendar years; the years are indices into the years
    "investment",  # at its drawn size [CNY]
    "best",  # slot of the instrument that pays most, -1: no clause pays
    "best_total", "alone", "alone_total", "together",  # of the instruments filed for [CNY], see offers.py
    "at_approval", "at_end",  # discount factors to the filing year
    "value", "level", "support", "factor", "without", "anyway", "applied", "approved",
    "realised", "late", "realised_investment", "equipment", "renewal", "saving", "accepted",
)

# Elements are read and written by full index, never through slices: a slice of an array costs two atomic operations.
Workspace = namedtuple("Workspace", [
    "word",  # uint64[len(WORD), WIDTH]
    "existing",  # int64[n_segment]: projects that exist in the draw
    "keep",  # int64[LANES]: rows of the projects that may still file
    "passes",  # int64[LANES]: 1 for those that stay
    "lot",  # float64[LANES]: their probability of going ahead with no support
    "row",  # uint64[LANES]: the candidates as rows of the projects
    "segment",  # uint64[LANES]: and segments
    "lane",  # uint64[LANES]: lanes of a stage that does not concern all
    "key",  # uint64[LANES]
    "applicant",  # int64[LANES]: those of them that file
    "approved",  # int64[LANES]: those that are approved
    "fresh",  # uint64[LANES]: keys of applicants that are new
    "known",  # int64[LANES]: 1 where the luck of an applicant has been drawn
    "filed",  # int64[MOST_FILED]: instruments that the batch in hand files for
    "project",  # float64[len(CANDIDATE), WIDTH]
    "luck",  # float64[len(LUCK), WIDTH]
    "offer",  # float64[MOST_FILED, N_PAYMENT, WIDTH]: entitlement by loan-year (grants: all in the first) [CNY]
    "total",  # float64[MOST_FILED, WIDTH]: its sum, 0 where a condition is not met [CNY]
    "chosen",  # float64[MOST_FILED, WIDTH]: 1 for the package
    "life",  # float64[len(LIFE), WIDTH]
    "n_made", "n_waiting",  # int64[n_variant]: awards of the draw, and those of them that wait
    "made",  # AWARD[n_variant, most]: the awards of the draw, in the order of the batches and rows
    "made_years",  # int32[n_variant, most, N_PAYMENT], index into the years, may lie beyond the horizon
    "made_committed", "made_final",  # float64[n_variant, most, N_PAYMENT] [CNY]
    "award",  # AWARD[most_waiting]: those that wait, of the variant in hand, in order of arrival; they may split in two
    "came",  # int32[most_waiting]: their places among the awards made
    "pay_year",  # int32[.., N_PAYMENT], index into the years, may lie beyond the horizon
    "committed",  # float64[.., N_PAYMENT] [CNY]
    "final",  # float64[.., N_PAYMENT] [CNY]
    "by_score",  # int32[..]: awards in the order of their projects' scores
    "at_rank",  # int32[n_rank]: first award of the project with this rank, -1: none
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
    ("leads", "i1"),  # its project counts as supported with this one of its awards
    ("state", "i4"),
    ("admitted_year", "i4"),  # the year whose quota it has a place in
    ("funded_year", "i4"),
    ("share", "f8"),  # part of the award that this row funds
])


def workspace(inputs: Inputs) -> Workspace:
    """Scratch of one thread: its size follows projects, never projects x draws."""
    n_project, n_instrument = inputs.key.size, inputs.instruments.shape[1]
    n_variant, n_fund, n_year = inputs.appropriation.shape
    n_rank = int(inputs.arrival_rank.max(initial=-1)) + 1
    most_waiting = 2 * MOST_FILED * n_rank + 16
    most = MOST_FILED * n_project + most_waiting  # address space: only what is written to becomes memory
    lanes = {name: np.zeros((len(columns), WIDTH)) for name, columns in
             (("project", CANDIDATE), ("luck", LUCK), ("life", LIFE))}
    payments = {name: np.zeros((most_waiting, N_PAYMENT), kind) for name, kind in
                (("pay_year", np.int32), ("committed", float), ("final", float))}
    made = {f"made_{name}": np.zeros((n_variant, most, N_PAYMENT), kind) for name, kind in
               (("years", np.int32), ("committed", float), ("final", float))}
    return Workspace(
        word=np.zeros((len(WORD), WIDTH), np.uint64),
        existing=np.zeros(inputs.segments.size, np.int64),
        keep=np.zeros(LANES, np.int64),
        passes=np.zeros(LANES, np.int64),
        lot=np.zeros(LANES),
        lane=np.zeros(LANES, np.uint64),
        key=np.zeros(LANES, np.uint64),
        applicant=np.zeros(LANES, np.int64),
        approved=np.zeros(LANES, np.int64),
        fresh=np.zeros(LANES, np.uint64),
        known=np.zeros(LANES, np.int64),
        row=np.zeros(LANES, np.uint64),
        segment=np.zeros(LANES, np.uint64),
        filed=np.zeros(MOST_FILED, np.int64),
        offer=np.zeros((MOST_FILED, N_PAYMENT, WIDTH)),
        total=np.zeros((MOST_FILED, WIDTH)),
        chosen=np.zeros((MOST_FILED, WIDTH)),
        n_waiting=np.zeros(n_variant, np.int64),
        n_made=np.zeros(n_variant, np.int64),
        made=np.zeros((n_variant, most), AWARD),
        award=np.zeros(most_waiting, AWARD),
        came=np.zeros(most_waiting, np.int32),
        by_score=np.zeros(most_waiting, np.int32),
        at_rank=np.zeros(n_rank, np.int32),
        places=np.zeros(n_instrument),
        demand=np.zeros(n_year),
        obligations=np.zeros((n_fund, n_year)),
        first_funded=np.full(n_project, -1, np.int32),
        **lanes, **payments, **made,
    )
