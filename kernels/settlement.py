"""From funded awards to money: commitment, outlay by year, tail, and what the supported projects bring."""

from kernels.compiled import kernel
from kernels.layouts import FLOWS, GROUPED, N_PAYMENT, TOTALS
from kernels.rationing import FUNDED, LAPSED

_AWARDS, _ENTITLEMENT, _COMMITMENT, _OUTLAY = (
    FLOWS.index(n) for n in ("awards", "entitlement", "commitment", "outlay"))
_DEADWEIGHT, _BACKLOG, _SUPPORTED = (FLOWS.index(n) for n in ("deadweight", "backlog", "supported_investment"))
_EQUIPMENT, _RENEWAL, _SAVING = (
    TOTALS.index(n) for n in ("supported_equipment", "supported_renewal", "supported_saving"))
_RECOVERED, _CUT, _LAPSED, _DUE = (TOTALS.index(n) for n in ("recovered", "cut", "lapsed", "due"))
_G_OUTLAY, _G_COMMITMENT, _G_SUPPORTED = (
    GROUPED.index(n) for n in ("outlay", "commitment", "supported_investment"))


@kernel()
def settle(inputs, outputs, variant, draw, work, n_award):
    """Add every award of one draw to the outputs.

    In every draw commitment = outlay + due after the horizon + cut, and of the outlay `recovered` comes back; the
    entitlement is commitment + what lapsed + what still waits at the end. A project is counted as supported once,
    with the award that is funded first.
    """
    n_year = inputs.appropriation.shape[2]
    last = n_year - 1
    flows, totals, grouped = outputs.flows, outputs.totals, outputs.grouped
    _find_first_funded(work, n_award)
    for a in range(n_award):
        award = work.award[a]
        k = award.instrument
        project = inputs.projects[award.project]
        entitled = award.amount * award.share
        if award.state == FUNDED:
            year = min(award.funded_year, last)
            flows[_COMMITMENT, variant, draw, year, k] += entitled
            grouped[_G_COMMITMENT, variant, draw, year, project.group] += entitled
            _pay(inputs, outputs, variant, draw, work, a)
            if work.first_funded[award.project] == a:
                flows[_AWARDS, variant, draw, year, k] += 1.0
                if project.part >= 0:
                    outputs.parts[variant, draw, year, project.part] += 1.0
                flows[_SUPPORTED, variant, draw, year, k] += award.investment
                grouped[_G_SUPPORTED, variant, draw, year, project.group] += award.investment
                totals[_EQUIPMENT, variant, draw, year] += award.equipment
                totals[_RENEWAL, variant, draw, year] += award.renewal
                totals[_SAVING, variant, draw, year] += award.saving
        elif award.state == LAPSED:
            totals[_LAPSED, variant, draw, min(award.funded_year, last)] += entitled
        flows[_ENTITLEMENT, variant, draw, min(award.approval_year, last), k] += entitled
        if award.state != FUNDED or award.funded_year > award.approval_year:
            until = n_year if award.funded_year < 0 else min(award.funded_year, n_year)
            for year in range(award.approval_year, until):
                flows[_BACKLOG, variant, draw, year, k] += entitled


@kernel()
def _find_first_funded(work, n_award):
    """Fill work.first_funded of every project with awards: the earliest funded one, -1 if none is."""
    for a in range(n_award):
        work.first_funded[work.award[a].project] = -1
    for a in range(n_award):
        award = work.award[a]
        first = work.first_funded[award.project]
        if award.state == FUNDED and (first < 0 or award.funded_year < work.award[first].funded_year):
            work.first_funded[award.project] = a


@kernel()
def _pay(inputs, outputs, variant, draw, work, a):
    """Enter the payments of one funded award in their years."""
    award = work.award[a]
    n_year = inputs.appropriation.shape[2]
    last = n_year - 1
    wait = award.funded_year - award.approval_year
    group = inputs.projects[award.project].group
    for j in range(N_PAYMENT):
        paid = work.final[a, j] * award.share
        year = work.pay_year[a, j] + wait
        outputs.totals[_CUT, variant, draw, min(year, last)] += work.committed[a, j] * award.share - paid
        if paid <= 0.0:
            continue
        if year > last:
            outputs.totals[_DUE, variant, draw, last] += paid
            continue
        outputs.flows[_OUTLAY, variant, draw, year, award.instrument] += paid
        outputs.grouped[_G_OUTLAY, variant, draw, year, group] += paid
        if award.goes_ahead_anyway:
            outputs.flows[_DEADWEIGHT, variant, draw, year, award.instrument] += paid
    if award.owed_back > 0.0:
        returned = min(award.end_year + 1 + wait, last)
        outputs.totals[_RECOVERED, variant, draw, returned] += award.owed_back * award.share
