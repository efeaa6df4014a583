"""From funded awards to money: commitment, outlay by year, tail, and what the supported projects bring."""

from kernels.compiled import helper, kernel
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
def settle(inputs, outputs, variant, draw, work):
    """Add the awards of one draw and variant to the outputs.

    In every draw commitment = outlay + due after the horizon + cut, and of the outlay `recovered` comes back; the
    entitlement is commitment + what lapsed + what still waits at the end. A project is counted as supported once,
    with the award that is funded first.
    """
    for a in range(work.n_made[variant]):
        _settle_award(inputs, outputs, variant, draw, work, a)


@helper()
def _settle_award(inputs, outputs, variant, draw, work, a):
    """Add one award to the outputs."""
    n_year = inputs.appropriation.shape[2]
    last = n_year - 1
    award = work.made[variant, a]
    k, group, part = award.instrument, inputs.group[award.project], inputs.part[award.project]
    entitled = award.amount * award.share
    outputs.flows[variant, draw, _ENTITLEMENT, min(award.approval_year, last), k] += entitled
    if award.state == FUNDED:
        year = min(award.funded_year, last)
        outputs.flows[variant, draw, _COMMITMENT, year, k] += entitled
        outputs.grouped[variant, draw, _G_COMMITMENT, year, group] += entitled
        wait = award.funded_year - award.approval_year
        for payment in range(N_PAYMENT):
            _pay(inputs, outputs, variant, draw, k, group, work.made_years[variant, a, payment] + wait,
                 work.made_committed[variant, a, payment] * award.share, work.made_final[variant, a, payment] * award.share,
                 award.goes_ahead_anyway)
        if award.owed_back > 0.0:
            outputs.totals[variant, draw, _RECOVERED, min(award.end_year + 1 + wait, last)] += award.owed_back * award.share
        if award.leads:
            outputs.flows[variant, draw, _AWARDS, year, k] += 1.0
            if part >= 0:
                outputs.parts[variant, draw, year, part] += 1.0
            outputs.flows[variant, draw, _SUPPORTED, year, k] += award.investment
            outputs.grouped[variant, draw, _G_SUPPORTED, year, group] += award.investment
            outputs.totals[variant, draw, _EQUIPMENT, year] += award.equipment
            outputs.totals[variant, draw, _RENEWAL, year] += award.renewal
            outputs.totals[variant, draw, _SAVING, year] += award.saving
    elif award.state == LAPSED:
        outputs.totals[variant, draw, _LAPSED, min(award.funded_year, last)] += entitled
    if award.state != FUNDED or award.funded_year > award.approval_year:
        until = n_year if award.funded_year < 0 else min(award.funded_year, n_year)
        for year in range(award.approval_year, until):
            outputs.flows[variant, draw, _BACKLOG, year, k] += entitled


@helper()
def _pay(inputs, outputs, variant, draw, instrument, group, year, committed, paid, anyway):
    """Enter one payment in its year, and what was cut of it."""
    last = inputs.appropriation.shape[2] - 1
    outputs.totals[variant, draw, _CUT, min(year, last)] += committed - paid
    if paid <= 0.0:
        return
    if year > last:
        outputs.totals[variant, draw, _DUE, last] += paid
        return
    outputs.flows[variant, draw, _OUTLAY, year, instrument] += paid
    outputs.grouped[variant, draw, _G_OUTLAY, year, group] += paid
    if anyway:
        outputs.flows[variant, draw, _DEADWEIGHT, year, instrument] += paid
