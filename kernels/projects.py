"""One project in one draw: its luck, whether it invests, files, is approved, and what it is then awarded."""

import math

from kernels import streams
from kernels.compiled import helper
from kernels.formulas import INTEREST_SUBSIDY
from kernels.layouts import (
    ACCEPTED,
    DRIVERS,
    FLOWS,
    GROUPED,
    LUCK,
    N_PAYMENT,
    RESPONSE,
    TOTALS,
)
from kernels.luck import multiplier, normal_score, uniform
from kernels.offers import choose_package, entitle, present_value, schedule

_LUCK = {name: column for column, name in enumerate(LUCK)}
_PARTICIPATION, _FILING, _APPROVAL, _OUTCOME = (_LUCK[n] for n in ("participation", "filing", "approval", "outcome"))
_SIZE_SCORE, _SCALE, _LOAN_SCALE = _LUCK["size_score"], _LUCK["scale"], _LUCK["loan_scale"]
_OVERRUN, _BUILD, _ENERGY = _LUCK["overrun"], _LUCK["build"], _LUCK["energy"]

_DRIVER = {name: column for column, name in enumerate(DRIVERS)}
_APPROVAL_LEVEL, _ELASTICITY, _DELAY = _DRIVER["approval_level"], _DRIVER["elasticity"], _DRIVER["delay"]
_COST, _CLAWBACK = _DRIVER["cost_index"], _DRIVER["clawback"]
_FILING_RATE, _ADDITIONAL = _DRIVER["filing_small"], _DRIVER["additional_small"]
_COMPLETE, _PARTIAL, _LATE = _DRIVER["outcome_complete"], _DRIVER["outcome_partial"], _DRIVER["outcome_late"]
_ENERGY_INTENSITY, _OTHER_INTENSITY = _DRIVER["intensity_energy"], _DRIVER["intensity_other"]
_DEMAND = len(DRIVERS)

_BY_ELASTICITY, _BY_PARTICIPATION = RESPONSE.index("elasticity"), RESPONSE.index("participation")
_APPLICATIONS, _APPROVALS, _INDUCED = (FLOWS.index(n) for n in ("applications", "approvals", "induced_investment"))
_INDUCED_EQUIPMENT, _INDUCED_RENEWAL, _INDUCED_SAVING = (
    TOTALS.index(n) for n in ("induced_equipment", "induced_renewal", "induced_saving"))

_GROUPED_INDUCED = GROUPED.index("induced_investment")

_MOST_SUPPORT = 0.95  # support never counts for more than this share of the cost


@helper()
def draw_luck(inputs, draw, row, luck):
    """Fill luck[row] of one project in one draw: the same for every variant of the policy."""
    project = inputs.projects[row]
    w0, w1, w2, w3 = streams.words(inputs.seed, draw, project.key, streams.DECISIONS)
    luck[row, _PARTICIPATION], luck[row, _FILING], luck[row, _APPROVAL], luck[row, _OUTCOME] = (
        uniform(w0), uniform(w1), uniform(w2), uniform(w3))
    w0, w1, w2, w3 = streams.words(inputs.seed, draw, project.key, streams.SIZES)
    luck[row, _OVERRUN], luck[row, _BUILD], luck[row, _ENERGY] = uniform(w1), uniform(w2), uniform(w3)
    score = normal_score(uniform(w0)) if project.size_table >= 0 else 0.0
    scale = multiplier(inputs.tables, project.size_table, score)
    luck[row, _SIZE_SCORE] = score
    luck[row, _SCALE] = scale
    luck[row, _LOAN_SCALE] = scale * math.exp(project.loan_size_elasticity * score)


@helper()
def response_factor(inputs, variant, work, project, support):
    """How much likelier the project is to go ahead with support worth this share of its cost. Readings 口径 `response`."""
    policy = inputs.policies[variant]
    if policy.response == _BY_ELASTICITY:
        exponent = work.drivers[_ELASTICITY] * policy.size_multiplier[project.size_class]
        return (1.0 - min(support, _MOST_SUPPORT)) ** -exponent
    if policy.response == _BY_PARTICIPATION:
        additional = min(work.drivers[_ADDITIONAL + project.size_class], _MOST_SUPPORT)
        filing = 1.0 if project.filed else work.drivers[_FILING_RATE + project.size_class]
        return 1.0 + filing * additional / (1.0 - additional)
    return 1.0


@helper()
def is_approved(inputs, variant, work, row, level):
    """Approval at the draw's level, somewhat likelier for large projects; or at the project's own probability."""
    project = inputs.projects[row]
    if not math.isnan(project.approval):
        return work.luck[row, _APPROVAL] < project.approval
    if level >= 1.0:
        return True
    if level <= 0.0:
        return False
    link = inputs.policies[variant].approval_size_correlation if project.size_table >= 0 else 0.0
    latent = math.sqrt(1.0 - link * link) * normal_score(work.luck[row, _APPROVAL]) - link * work.luck[row, _SIZE_SCORE]
    return latent < normal_score(level)


@helper()
def realised_share(inputs, variant, work, row, depth):
    """Realised over planned investment, and years of lateness: complete, partial, late or cancelled."""
    project = inputs.projects[row]
    if project.executed:
        return 1.0, 0.0
    policy = inputs.policies[variant]
    outcome = work.luck[row, _OUTCOME]
    late, share = 0.0, 1.0
    if outcome >= work.drivers[_LATE]:
        share = 0.0
    elif outcome >= work.drivers[_PARTIAL]:
        late = policy.lateness
    elif outcome >= work.drivers[_COMPLETE]:
        share = policy.partial_low + depth * (policy.partial_high - policy.partial_low)
    overrun = multiplier(inputs.tables, project.overrun_table, normal_score(work.luck[row, _OVERRUN]))
    return share * overrun * work.drivers[_COST], late


@helper()
def live_through(inputs, outputs, variant, draw, row, work, n_award):
    """Take one existing project from the decision to invest to its awards; returns the new number of awards.

    Adds applications, approvals and induced investment to the outputs; the awards wait in `work` for the
    appropriation. A project that no clause would pay invests or not as it would anyway, and is not counted.

    One function on purpose, long as it is: `explain` runs its source again and shows its local variables.
    """
    project = inputs.projects[row]
    policy = inputs.policies[variant]
    n_year = inputs.appropriation.shape[2]

    filing_moment = project.filing_year + project.arrival
    approval_moment = filing_moment + policy.approval_lag * work.drivers[_DELAY]
    approval_year = int(math.floor(approval_moment)) - inputs.first_year
    total, best = choose_package(inputs, variant, work, project, work.luck[row, _SCALE],
                                 work.luck[row, _LOAN_SCALE], approval_year)
    if best < 0:
        return n_award

    investment = project.investment * work.luck[row, _SCALE]
    months = multiplier(inputs.tables, policy.build_table, normal_score(work.luck[row, _BUILD])) * project.build_factor
    end_moment = approval_moment + (0.0 if project.executed else months / 12.0 * work.drivers[_DELAY])
    end_year = int(math.floor(end_moment)) - inputs.first_year
    filing_year = project.filing_year - inputs.first_year
    level = work.drivers[_APPROVAL_LEVEL] if math.isnan(project.approval) else project.approval
    support = level * present_value(inputs, variant, work, approval_year, end_year, filing_year) / investment
    factor = response_factor(inputs, variant, work, project, support)

    if project.filed:
        anyway = work.luck[row, _PARTICIPATION] < 1.0 / factor
    else:
        without = min(1.0, project.p0 * work.drivers[_DEMAND + project.filing_year - inputs.first_filing_year])
        if work.luck[row, _PARTICIPATION] >= min(1.0, without * factor):
            return n_award
        anyway = work.luck[row, _PARTICIPATION] < without
        if anyway and work.luck[row, _FILING] >= work.drivers[_FILING_RATE + project.size_class]:
            return n_award

    w0, w1, w2, _ = streams.words(inputs.seed, draw, project.key, streams.ACCEPTANCE)
    realised, late = realised_share(inputs, variant, work, row, uniform(w0))
    end_year = int(math.floor(end_moment + late)) - inputs.first_year
    realised_investment = investment * realised
    equipment = realised_investment * project.equipment_share
    renewal = equipment * project.renewal_share
    noise = multiplier(inputs.tables, policy.energy_table, normal_score(work.luck[row, _ENERGY]))
    intensity = (project.energy_purpose * work.drivers[_ENERGY_INTENSITY]
                 + (1.0 - project.energy_purpose) * work.drivers[_OTHER_INTENSITY])
    saving = (equipment if policy.energy_of_all_equipment else renewal) * intensity * noise

    flows = outputs.flows
    approved = is_approved(inputs, variant, work, row, level)
    year = min(approval_year, n_year - 1)
    for k in range(inputs.instruments.shape[1]):
        if work.chosen[k]:
            flows[_APPLICATIONS, variant, draw, filing_year, k] += 1.0
            if approved:
                flows[_APPROVALS, variant, draw, year, k] += 1.0
    if not anyway:
        flows[_INDUCED, variant, draw, year, best] += realised_investment
        outputs.totals[_INDUCED_EQUIPMENT, variant, draw, year] += equipment
        outputs.totals[_INDUCED_RENEWAL, variant, draw, year] += renewal
        outputs.totals[_INDUCED_SAVING, variant, draw, year] += saving
        outputs.grouped[_GROUPED_INDUCED, variant, draw, year, project.group] += realised_investment
    if not approved:
        return n_award

    cut = multiplier(inputs.tables, policy.acceptance_table, normal_score(uniform(w1)))
    accepted = 1.0 if project.executed else min(1.0, realised * cut)
    claws_back = uniform(w2) < work.drivers[_CLAWBACK]
    for k in range(inputs.instruments.shape[1]):
        if not work.chosen[k]:
            continue
        award = work.award[n_award]
        schedule(inputs, variant, work, approval_year, end_year, k, n_award)
        owed_back = settle_final(inputs, variant, work, row, approval_year, accepted, k, n_award)
        award.project = row
        award.instrument = k
        award.approval_year = approval_year
        award.end_year = end_year
        award.owed_back = owed_back if claws_back else 0.0
        award.amount = 0.0
        for payment in range(N_PAYMENT):
            award.amount += work.committed[n_award, payment]
        award.investment, award.equipment, award.renewal = realised_investment, equipment, renewal
        award.saving = saving
        award.goes_ahead_anyway = anyway
        award.state = 0
        award.admitted_year = -1
        award.funded_year = -1
        award.share = 1.0
        n_award += 1
    return n_award


@helper()
def settle_final(inputs, variant, work, row, approval_year, accepted, instrument, slot):
    """Fill work.final[slot]: what is paid on min(approved, accepted) base; returns what is then owed back. [CNY]

    What was paid at approval has been paid; later payments make up the final entitlement. A cancelled project
    (accepted 0) gets no interest subsidy at all: its loan is not drawn.
    """
    if accepted >= 1.0:
        for j in range(N_PAYMENT):
            work.final[slot, j] = work.committed[slot, j]
        return 0.0
    for j in range(N_PAYMENT):
        work.offer[ACCEPTED, instrument, j] = 0.0
    if accepted > 0.0:
        entitle(inputs, variant, work, inputs.projects[row], work.luck[row, _SCALE], work.luck[row, _LOAN_SCALE],
                approval_year, accepted, instrument, ACCEPTED)
    if inputs.instruments[variant, instrument].shape == INTEREST_SUBSIDY:
        for j in range(N_PAYMENT):
            work.final[slot, j] = work.offer[ACCEPTED, instrument, j]
        return 0.0
    first, whole = work.committed[slot, 0], work.offer[ACCEPTED, instrument, 0]
    work.final[slot, 0] = first
    work.final[slot, 1] = max(whole - first, 0.0)
    work.final[slot, 2] = 0.0
    return max(first - whole, 0.0)
