"""The awards of the applicants that are approved.

From here on lanes are left: hardly a third of the projects comes this far, and each adds to its own instrument and years.
Where no quota and no appropriation can hold up an award it is funded at once; the others wait until all are known.
"""

import numpy as np

from kernels.compiled import helper, kernel
from kernels.decisions import first_tranche_of
from kernels.formulas import INTEREST_SUBSIDY
from kernels.layouts import BASE, CANDIDATE, COLUMN_OF_BASE, DRIVERS, FLOWS, GROUPED, LIFE, LUCK, N_PAYMENT, PAYOUT, TOTALS
from kernels.offers import central_points_of, grant, loan_year, lpr_of, rate_of, tier_amount
from kernels.rationing import FUNDED, WAITING

_TIER, _IN_ARREARS = BASE.index("tier"), PAYOUT.index("in_arrears")
_CLAWBACK_RATE = DRIVERS.index("clawback")
_SCALE, _LOAN_SCALE, _CLAWBACK = (LUCK.index(n) for n in ("scale", "loan_scale", "clawback"))
_CONTRACTS, _PRINCIPAL, _TERM, _GRACE, _SPREAD, _CENTRAL_LOT, _P_TIER = (CANDIDATE.index(n) for n in (
    "contracts", "loan_principal", "loan_term", "loan_grace", "loan_spread", "central_lot", "tier"))
(_APPROVAL_YEAR, _END_YEAR, _BEST, _ANYWAY, _APPLIED, _APPROVED, _REALISED_INVESTMENT, _EQUIPMENT, _RENEWAL, _SAVING,
 _ACCEPTED) = (LIFE.index(n) for n in (
     "approval_year", "end_year", "best", "anyway", "applied", "approved", "realised_investment", "equipment", "renewal",
     "saving", "accepted"))
_APPLICATIONS, _APPROVALS, _INDUCED = (FLOWS.index(n) for n in ("applications", "approvals", "induced_investment"))
_INDUCED_EQUIPMENT, _INDUCED_RENEWAL, _INDUCED_SAVING = (
    TOTALS.index(n) for n in ("induced_equipment", "induced_renewal", "induced_saving"))
_GROUPED_INDUCED = GROUPED.index("induced_investment")


@helper()
def award_applicants(inputs, outputs, work, batch, variant, draw, n_filed, n):
    """Count the applicants among n candidates, and make the awards of those approved."""
    for place in range(_count_applicants(inputs, outputs, work, batch, variant, draw, n_filed, n)):
        _make_awards(inputs, outputs, work, variant, draw, n_filed, work.approved[place])


@helper()
def repeat_awards(inputs, outputs, work, batch, variant, of, first, draw, n_filed, n):
    """Do the same for a variant in which nothing is different: its awards are those that variant `of` has made from `first` on."""
    _count_applicants(inputs, outputs, work, batch, variant, draw, n_filed, n)
    last = inputs.appropriation.shape[2] - 1
    for row in range(first, work.n_made[of]):
        a = work.n_made[variant]
        work.made[variant, a] = work.made[of, row]
        for payment in range(N_PAYMENT):
            work.made_years[variant, a, payment] = work.made_years[of, row, payment]
            work.made_committed[variant, a, payment] = work.made_committed[of, row, payment]
            work.made_final[variant, a, payment] = work.made_final[of, row, payment]
        award = work.made[variant, a]
        outputs.flows[variant, draw, _APPROVALS, min(award.approval_year, last), award.instrument] += 1.0
        work.n_made[variant] += 1
        work.n_waiting[variant] += award.state == WAITING


@helper()
def _count_applicants(inputs, outputs, work, batch, variant, draw, n_filed, n):
    """Count applications and what is induced; returns how many are approved."""
    n_applicant, n_approved = _list_applicants(work, n)
    for s in range(n_filed):
        n_application = 0
        for place in range(n_applicant):
            n_application += np.int64(work.chosen[s, work.applicant[place]])
        outputs.flows[variant, draw, _APPLICATIONS, batch.filing_year - inputs.first_year, work.filed[s]] += n_application
    for place in range(n_applicant):
        if work.life[_ANYWAY, work.applicant[place]] == 0.0:
            _count_induced(inputs, outputs, work, variant, draw, work.applicant[place])
    return n_approved


@helper()
def _list_applicants(work, n):
    """Fill work.applicant and work.approved with the lanes that apply and, of these, are approved; returns how many."""
    n_applicant, n_approved = 0, 0
    for j in range(n):  # without a branch: written always, counted when it applies
        work.applicant[n_applicant] = j
        n_applicant += np.int64(work.life[_APPLIED, j])
        work.approved[n_approved] = j
        n_approved += np.int64(work.life[_APPLIED, j] * work.life[_APPROVED, j])
    return n_applicant, n_approved


@helper()
def _count_induced(inputs, outputs, work, variant, draw, j):
    year = min(int(work.life[_APPROVAL_YEAR, j]), inputs.appropriation.shape[2] - 1)
    k, group = work.filed[int(work.life[_BEST, j])], inputs.group[work.row[j]]
    outputs.flows[variant, draw, _INDUCED, year, k] += work.life[_REALISED_INVESTMENT, j]
    outputs.totals[variant, draw, _INDUCED_EQUIPMENT, year] += work.life[_EQUIPMENT, j]
    outputs.totals[variant, draw, _INDUCED_RENEWAL, year] += work.life[_RENEWAL, j]
    outputs.totals[variant, draw, _INDUCED_SAVING, year] += work.life[_SAVING, j]
    outputs.grouped[variant, draw, _GROUPED_INDUCED, year, group] += work.life[_REALISED_INVESTMENT, j]


@helper()
def _make_awards(inputs, outputs, work, variant, draw, n_filed, j):
    """Add the package of candidate j to the awards made; where one of them may be held up, all of the package waits."""
    approval_year = int(work.life[_APPROVAL_YEAR, j])
    year = min(approval_year, inputs.appropriation.shape[2] - 1)
    claws_back = work.luck[_CLAWBACK, j] < inputs.drivers[variant, draw, _CLAWBACK_RATE]
    must_wait = False
    for s in range(n_filed):
        must_wait |= inputs.rationed[variant, work.filed[s]] & (work.chosen[s, j] > 0.0)
    leads = True
    for s in range(n_filed):
        if work.chosen[s, j] == 0.0:
            continue
        a = work.n_made[variant]
        award = work.made[variant, a]
        _schedule(inputs, work, variant, s, j, a)
        owed_back = _recognise(inputs, work, variant, draw, s, j, a)
        award.project = work.row[j]
        award.instrument = work.filed[s]
        award.approval_year = approval_year
        award.end_year = int(work.life[_END_YEAR, j])
        award.owed_back = owed_back if claws_back else 0.0
        award.amount = work.made_committed[variant, a, 0] + work.made_committed[variant, a, 1] + work.made_committed[variant, a, 2]
        award.investment, award.equipment = work.life[_REALISED_INVESTMENT, j], work.life[_EQUIPMENT, j]
        award.renewal, award.saving = work.life[_RENEWAL, j], work.life[_SAVING, j]
        award.goes_ahead_anyway = work.life[_ANYWAY, j] > 0.0
        award.state = WAITING if must_wait else FUNDED
        award.admitted_year = -1
        award.funded_year = -1 if must_wait else approval_year
        award.share = 1.0
        award.leads = leads and not must_wait
        leads = False
        outputs.flows[variant, draw, _APPROVALS, year, work.filed[s]] += 1.0
        work.n_made[variant] += 1
        work.n_waiting[variant] += must_wait


@helper()
def _schedule(inputs, work, variant, s, j, a):
    """Spread an approved entitlement over the years in which it is paid.

    Interest of loan-year k, which begins in the year of approval, is paid in the year after it accrues.
    """
    payout = inputs.instruments[variant, work.filed[s]].payout
    approval_year, end_year = int(work.life[_APPROVAL_YEAR, j]), int(work.life[_END_YEAR, j])
    if payout == _IN_ARREARS:
        for year in range(N_PAYMENT):
            work.made_years[variant, a, year] = approval_year + year + 1
            work.made_committed[variant, a, year] = work.offer[s, year, j]
        return
    whole = work.offer[s, 0, j]
    first = first_tranche_of(payout, inputs.policies[variant]) * whole
    work.made_years[variant, a, 0], work.made_years[variant, a, 1], work.made_years[variant, a, 2] = approval_year, end_year, end_year
    work.made_committed[variant, a, 0], work.made_committed[variant, a, 1], work.made_committed[variant, a, 2] = first, whole - first, 0.0


@helper()
def _recognise(inputs, work, variant, draw, s, j, a):
    """Fill work.made_final[variant, a]: what is paid on min(approved, accepted) base; returns what is then owed back. [CNY]

    What was paid at approval has been paid; later payments make up the final entitlement. A cancelled project
    (accepted 0) gets no interest subsidy at all: its loan is not drawn.
    """
    accepted = work.life[_ACCEPTED, j]
    if accepted >= 1.0:
        for payment in range(N_PAYMENT):
            work.made_final[variant, a, payment] = work.made_committed[variant, a, payment]
        return 0.0
    k = work.filed[s]
    rule = inputs.instruments[variant, k]
    rate = rate_of(inputs, variant, draw, k)
    if rule.shape == INTEREST_SUBSIDY:
        _recognise_interest(inputs, work, variant, draw, k, rate, accepted, j, a)
        return 0.0
    if rule.base == _TIER:
        amount = tier_amount(inputs, variant, draw, k, int(work.project[_P_TIER, j]))
        whole = grant(rule.shape, amount, 1.0, rate, rule.cap) if accepted > 0.0 else 0.0
    else:
        base = work.project[COLUMN_OF_BASE[rule.base], j] * work.luck[_SCALE, j] * accepted
        whole = grant(rule.shape, base, work.project[_CONTRACTS, j] if rule.cap_per_contract else 1.0, rate, rule.cap)
    first = work.made_committed[variant, a, 0]
    work.made_final[variant, a, 0], work.made_final[variant, a, 1], work.made_final[variant, a, 2] = first, max(whole - first, 0.0), 0.0
    return max(first - whole, 0.0)


@helper()
def _recognise_interest(inputs, work, variant, draw, k, rate, accepted, j, a):
    rule, policy = inputs.instruments[variant, k], inputs.policies[variant]
    approval_year = int(work.life[_APPROVAL_YEAR, j])
    eligible = work.project[_CENTRAL_LOT, j] < policy.central_share
    paid_before = 0.0
    for year in range(N_PAYMENT):
        work.made_final[variant, a, year] = 0.0
        if year < rule.term and accepted > 0.0:
            work.made_final[variant, a, year] = loan_year(
                work.project[_PRINCIPAL, j] * work.luck[_LOAN_SCALE, j] * accepted, work.project[_TERM, j],
                work.project[_GRACE, j], year, lpr_of(inputs, variant, draw, approval_year + year) + work.project[_SPREAD, j],
                central_points_of(inputs, variant, approval_year, year) if eligible else 0.0,
                policy.interest_net_of_central, rate, rule.cap, 0.0 if rule.cap_per_year else paid_before)
            paid_before += work.made_final[variant, a, year]


@kernel()
def line_up(inputs, work, variant):
    """Bring the awards that wait into work.award in order of arrival; returns how many there are."""
    if work.n_waiting[variant] == 0:
        return 0
    n_made = work.n_made[variant]
    for rank in range(work.at_rank.size):
        work.at_rank[rank] = -1
    for place in range(n_made - 1, -1, -1):  # the first award of a project stays; its others follow it
        if work.made[variant, place].state == WAITING:
            work.at_rank[inputs.arrival_rank[work.made[variant, place].project]] = place
    a = 0
    for rank in range(work.at_rank.size):
        place = work.at_rank[rank]
        if place < 0:
            continue
        project = work.made[variant, place].project
        while place < n_made and work.made[variant, place].project == project:
            work.award[a] = work.made[variant, place]
            work.came[a] = place
            for payment in range(N_PAYMENT):
                work.pay_year[a, payment] = work.made_years[variant, place, payment]
                work.committed[a, payment] = work.made_committed[variant, place, payment]
                work.final[a, payment] = work.made_final[variant, place, payment]
            place += 1
            a += 1
    return a


@kernel()
def step_back(work, variant, n_waiting, n_award):
    """Return what became of the awards that waited to their places, and the remainders of split ones to the end."""
    _find_leading(work, n_award)
    for a in range(n_award):
        place = work.came[a] if a < n_waiting else work.n_made[variant]
        work.made[variant, place] = work.award[a]
        if a >= n_waiting:
            for payment in range(N_PAYMENT):
                work.made_years[variant, place, payment] = work.pay_year[a, payment]
                work.made_committed[variant, place, payment] = work.committed[a, payment]
                work.made_final[variant, place, payment] = work.final[a, payment]
            work.n_made[variant] += 1


@kernel()
def _find_leading(work, n_award):
    """Mark the award that is funded first among those of a project: with it the project is counted as supported."""
    for a in range(n_award):
        work.award[a].leads = 0
        work.first_funded[work.award[a].project] = -1
    for a in range(n_award):
        award = work.award[a]
        first = work.first_funded[award.project]
        if award.state == FUNDED and (first < 0 or award.funded_year < work.award[first].funded_year):
            work.first_funded[award.project] = a
    for a in range(n_award):
        work.award[a].leads = work.first_funded[work.award[a].project] == a
