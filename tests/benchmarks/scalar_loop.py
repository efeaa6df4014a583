"""The baseline's model once more, as the loop that one writes first: one project in one draw after the other, in scalars.

It leaves off as soon as nothing more can follow, screens as the kernel does, and takes exp, ln and powers from the library.
Formulas, tables of luck and random words are the kernel's own, and so are the switches of its compilation.
"""

import math
from collections import namedtuple

import numpy as np

from kernels import layouts, streams
from kernels.candidates import bounds_of_lots
from kernels.compiled import helper, kernel
from kernels.decisions import first_tranche_of
from kernels.formulas import INTEREST_SUBSIDY, is_eligible
from kernels.layouts import (
    BASE,
    COLUMN_OF_BASE,
    DRIVERS,
    ENFORCE,
    EXCLUSIVITY,
    FLOWS,
    GROUPED,
    N_PAYMENT,
    PAYOUT,
    PROJECT,
    RESPONSE,
    RULE,
    TOTALS,
)
from kernels.luck import NORMAL, node_of, quantile, uniform
from kernels.offers import central_points_of, grant, loan_year, lpr_of, rate_of, tier_amount

(_ARRIVAL, _INVESTMENT, _P_EQUIPMENT, _RENEWAL_SHARE, _FIXED, _PRINCIPAL, _TERM, _GRACE, _SPREAD, _, _, _CONTRACTS, _PURPOSE,
 _CENTRAL_LOT, _BUILD_FACTOR, _P0, _OWN_APPROVAL) = range(len(PROJECT))
_DRIVER = {name: column for column, name in enumerate(DRIVERS)}
_LEVEL, _LEVEL_SCORE, _ELASTICITY, _COST, _DELAY, _CLAWBACK, _FILING_RATE, _COMPLETE, _PARTIAL, _LATE, _ENERGY, _OTHER = (
    _DRIVER[name] for name in ("approval_level", "approval_score", "elasticity", "cost_index", "delay", "clawback", "filing_small",
                               "outcome_complete", "outcome_partial", "outcome_late", "intensity_energy", "intensity_other"))
_DEMAND = len(DRIVERS)
(_APPLICATIONS, _APPROVALS, _AWARDS, _ENTITLEMENT, _COMMITMENT, _OUTLAY, _DEADWEIGHT, _BACKLOG, _SUPPORTED,
 _INDUCED) = range(len(FLOWS))
(_SUPPORTED_EQUIPMENT, _SUPPORTED_RENEWAL, _SUPPORTED_SAVING, _INDUCED_EQUIPMENT, _INDUCED_RENEWAL, _INDUCED_SAVING,
 _RECOVERED, _CUT, _LAPSED_TOTAL, _DUE) = range(len(TOTALS))
_G_OUTLAY, _G_COMMITMENT, _G_SUPPORTED, _G_INDUCED = range(len(GROUPED))
_TIER, _IN_ARREARS, _FIRST_COME = BASE.index("tier"), PAYOUT.index("in_arrears"), RULE.index("first_come")
_MOST_SUPPORT = 0.95
_WAITING, _FUNDED, _LAPSED = range(3)

AWARD = np.dtype([(name, "i4") for name in ("project", "instrument", "approval_year", "end_year", "state", "funded_year", "anyway")] + [
    (name, "f8") for name in ("owed_back", "investment", "equipment", "renewal", "saving")] + [
    ("pay_year", "i4", (N_PAYMENT,)), ("committed", "f8", (N_PAYMENT,)), ("final", "f8", (N_PAYMENT,))])

Scratch = namedtuple("Scratch", [
    "committed", "final",  # float64[N_PAYMENT]: of the offer or award in hand
    "award",  # AWARD[n_project + 1]: that wait for a place; the last is the one in hand
    "order",  # int64[n_project]
])


def scratch(inputs: layouts.Inputs) -> Scratch:
    """What the loop works in."""
    n = inputs.key.size
    return Scratch(np.zeros(N_PAYMENT), np.zeros(N_PAYMENT), np.zeros(n + 1, AWARD), np.zeros(n, np.int64))


def unsupported(inputs: layouts.Inputs) -> str | None:
    """Why this loop cannot do these inputs; None if it can."""
    if inputs.policies.size != 1 or inputs.examine or (inputs.funds["enforce"] != ENFORCE.index("none")).any():
        return "the scalar loop knows one variant, and no appropriation that binds"
    policy = inputs.policies[0]
    if policy["exclusivity"] != EXCLUSIVITY.index("one_per_project") or policy["response"] != RESPONSE.index("elasticity"):
        return "the scalar loop knows the readings one_per_project and elasticity only"
    return None


@kernel()
def simulate_scalar(inputs, outputs, work, first, last):
    """Add draws [first, last) to the outputs, like `simulate_draws`; `work` is from `scratch`."""
    for draw in range(first, last):
        n_waiting = 0
        for b in range(inputs.batches.size):
            batch = inputs.batches[b]
            for s in range(batch.first_segment, batch.first_segment + batch.n_segment):
                segment = inputs.segments[s]
                reach = np.inf
                if not batch.filed:
                    _, _, _, reach = bounds_of_lots(inputs, batch, b, draw, segment.size_class)
                for row in range(segment.first, segment.first + segment.size):
                    if segment.cell >= 0 and inputs.rank[row] >= inputs.counts[draw, segment.cell]:
                        break  # ranks rise
                    n_waiting = _follow(inputs, outputs, work, batch, segment, draw, row, reach, n_waiting)
        _ration(inputs, work, n_waiting)
        for a in range(n_waiting):
            _settle(inputs, outputs, draw, work.award[a])


@helper()
def _follow(inputs, outputs, work, batch, segment, draw, row, reach, n_waiting):
    """One project in one draw, from its random words to its payments; returns how many awards wait now."""
    policy = inputs.policies[0]
    w0, w1, w2, w3 = streams.words(inputs.seed, draw, inputs.key[row], streams.DECISIONS)
    lot, anyway, without = uniform(w0), True, 1.0
    if not batch.filed:
        demand = inputs.drivers[0, draw, _DEMAND + batch.filing_year - inputs.first_filing_year]
        without = min(1.0, inputs.p0[row] * demand)
        anyway = lot < without
        if anyway and uniform(w1) >= inputs.drivers[0, draw, _FILING_RATE + segment.size_class]:
            return n_waiting
        if not anyway and lot >= inputs.p0[row] * reach:
            return n_waiting
    for_size, for_overrun, for_build, for_energy = streams.words(inputs.seed, draw, inputs.key[row], streams.SIZES)
    score, scale, loan_scale = 0.0, 1.0, 1.0
    if segment.size_table >= 0:
        node, part = node_of(for_size)
        score, scale = quantile(inputs.tables, NORMAL, node, part), quantile(inputs.tables, segment.size_table, node, part)
        if batch.has_loans:
            loan_scale = quantile(inputs.tables, segment.loan_table, node, part)
    investment = inputs.columns[row, _INVESTMENT] * scale
    filing_moment = float(batch.filing_year) + inputs.columns[row, _ARRIVAL]
    approval_moment = filing_moment + policy.approval_lag * inputs.drivers[0, draw, _DELAY]
    approval_year = math.floor(approval_moment) - inputs.first_year
    best = _best_offer(inputs, work, batch, segment, draw, row, scale, loan_scale, approval_year)
    if best < 0:
        return n_waiting
    end_moment = approval_moment
    if not batch.executed:
        node, part = node_of(for_build)
        months = quantile(inputs.tables, policy.build_table, node, part) * inputs.columns[row, _BUILD_FACTOR]
        end_moment += months * (inputs.drivers[0, draw, _DELAY] / 12.0)
    end_year = math.floor(end_moment) - inputs.first_year
    own = inputs.columns[row, _OWN_APPROVAL]
    level = inputs.drivers[0, draw, _LEVEL] if math.isnan(own) else own
    filing_year = batch.filing_year - inputs.first_year
    support = level * _present_value(inputs, work, best, approval_year - filing_year, end_year - filing_year) / investment
    exponent = inputs.drivers[0, draw, _ELASTICITY] * policy.size_multiplier[segment.size_class]
    factor = (1.0 - min(support, _MOST_SUPPORT)) ** -exponent
    if batch.filed:
        anyway = lot < 1.0 / factor
    elif not anyway and lot >= min(1.0, without * factor):
        return n_waiting
    outputs.flows[0, draw, _APPLICATIONS, filing_year, best] += 1.0
    approved = uniform(w2) < own
    if math.isnan(own):
        node, part = node_of(w2)
        link = policy.approval_size_correlation
        rest = math.sqrt(1.0 - link * link) if segment.size_table >= 0 else 1.0
        approved = rest * quantile(inputs.tables, NORMAL, node, part) - link * score < inputs.drivers[0, draw, _LEVEL_SCORE]
    if anyway and not approved:
        return n_waiting
    realised, accepted, claws_back = 1.0, 1.0, False
    if not batch.executed:
        for_depth, for_acceptance, for_clawback, _ = streams.words(inputs.seed, draw, inputs.key[row], streams.ACCEPTANCE)
        realised, late = _outcome(inputs, segment, draw, uniform(w3), uniform(for_depth), for_overrun)
        node, part = node_of(for_acceptance)
        accepted = min(1.0, realised * quantile(inputs.tables, policy.acceptance_table, node, part))
        end_year = math.floor(end_moment + late) - inputs.first_year
        claws_back = uniform(for_clawback) < inputs.drivers[0, draw, _CLAWBACK]
    equipment = inputs.columns[row, _P_EQUIPMENT] * scale * realised
    renewal = equipment * inputs.columns[row, _RENEWAL_SHARE]
    purpose = inputs.columns[row, _PURPOSE]
    intensity = purpose * inputs.drivers[0, draw, _ENERGY] + (1.0 - purpose) * inputs.drivers[0, draw, _OTHER]
    node, part = node_of(for_energy)
    saving = (equipment if policy.energy_of_all_equipment else renewal) * intensity * quantile(
        inputs.tables, policy.energy_table, node, part)
    year = min(approval_year, inputs.appropriation.shape[2] - 1)
    if not anyway:
        _count_induced(inputs, outputs, draw, row, best, year, investment * realised, equipment, renewal, saving)
    if not approved:
        return n_waiting
    outputs.flows[0, draw, _APPROVALS, year, best] += 1.0
    waits = inputs.rationed[0, best]
    award = work.award[n_waiting if waits else inputs.key.size]
    award.owed_back = _award(inputs, work, award, segment, draw, row, best, scale, loan_scale, approval_year, end_year, accepted)
    award.owed_back = award.owed_back if claws_back else 0.0
    award.project, award.instrument, award.approval_year, award.end_year, award.anyway = row, best, approval_year, end_year, anyway
    award.investment, award.equipment, award.renewal, award.saving = investment * realised, equipment, renewal, saving
    award.state = _WAITING if waits else _FUNDED
    award.funded_year = -1 if waits else approval_year
    if not waits:
        _settle(inputs, outputs, draw, award)
    return n_waiting + waits


@helper()
def _best_offer(inputs, work, batch, segment, draw, row, scale, loan_scale, approval_year):
    """Fill work.committed with what the best instrument pays; returns that instrument, -1 if none pays."""
    best, best_total = -1, 0.0
    for k in range(inputs.instruments.shape[1]):
        if not (batch.instruments >> k) & 1:
            continue
        rule = inputs.instruments[0, k]
        if not is_eligible(inputs.columns[row, _INVESTMENT] * scale, rule.threshold, rule.threshold_inclusive):
            continue
        if inputs.columns[row, _FIXED] <= rule.fixed_asset_share:
            continue
        total = _entitle(inputs, work, segment, draw, row, k, scale, loan_scale, approval_year)
        if total > best_total:
            best, best_total = k, total
            for payment in range(N_PAYMENT):
                work.committed[payment] = work.final[payment]
    return best


@helper()
def _entitle(inputs, work, segment, draw, row, k, scale, loan_scale, approval_year):
    """Fill work.final with what instrument k pays by loan-year (a grant: all in the first); returns the sum. [CNY]"""
    rule, policy, rate = inputs.instruments[0, k], inputs.policies[0], rate_of(inputs, 0, draw, k)
    for payment in range(N_PAYMENT):
        work.final[payment] = 0.0
    if rule.shape == INTEREST_SUBSIDY:
        total = 0.0
        eligible = inputs.columns[row, _CENTRAL_LOT] < policy.central_share
        for year in range(rule.term):
            work.final[year] = loan_year(
                inputs.columns[row, _PRINCIPAL] * loan_scale, inputs.columns[row, _TERM], inputs.columns[row, _GRACE], year,
                lpr_of(inputs, 0, draw, approval_year + year) + inputs.columns[row, _SPREAD],
                central_points_of(inputs, 0, approval_year, year) if eligible else 0.0,
                policy.interest_net_of_central, rate, rule.cap, 0.0 if rule.cap_per_year else total)
            total += work.final[year]
        return total
    if rule.base == _TIER:
        base = tier_amount(inputs, 0, draw, k, segment.tier)
    else:
        base = inputs.columns[row, COLUMN_OF_BASE[rule.base]] * scale
    contracts = inputs.columns[row, _CONTRACTS] if rule.cap_per_contract and rule.base != _TIER else 1.0
    work.final[0] = grant(rule.shape, base, contracts, rate, rule.cap)
    return work.final[0]


@helper()
def _present_value(inputs, work, best, to_approval, to_end):
    """What work.committed is expected to be worth in the year of filing, if it is approved. [CNY]"""
    policy, payout = inputs.policies[0], inputs.instruments[0, best].payout
    value = 0.0
    if payout == _IN_ARREARS:
        for year in range(N_PAYMENT):
            value += work.committed[year] * math.exp(-policy.log_discount * (to_approval + year + 1))
        return inputs.funded[0, best] * value
    first = first_tranche_of(payout, policy)
    if first > 0.0:
        value += first * work.committed[0] * math.exp(-policy.log_discount * to_approval)
    if first < 1.0:
        value += (1.0 - first) * work.committed[0] * math.exp(-policy.log_discount * to_end)
    return inputs.funded[0, best] * value


@helper()
def _outcome(inputs, segment, draw, ending, depth, for_overrun):
    """The realised share of the investment, and the years that the project is late."""
    policy, share, late = inputs.policies[0], 1.0, 0.0
    if ending >= inputs.drivers[0, draw, _LATE]:
        share = 0.0
    elif ending >= inputs.drivers[0, draw, _PARTIAL]:
        late = policy.lateness
    elif ending >= inputs.drivers[0, draw, _COMPLETE]:
        share = policy.partial_low + depth * (policy.partial_high - policy.partial_low)
    if segment.overrun_table >= 0:
        node, part = node_of(for_overrun)
        share *= quantile(inputs.tables, segment.overrun_table, node, part)
    return share * inputs.drivers[0, draw, _COST], late


@helper()
def _count_induced(inputs, outputs, draw, row, k, year, investment, equipment, renewal, saving):
    outputs.flows[0, draw, _INDUCED, year, k] += investment
    outputs.totals[0, draw, _INDUCED_EQUIPMENT, year] += equipment
    outputs.totals[0, draw, _INDUCED_RENEWAL, year] += renewal
    outputs.totals[0, draw, _INDUCED_SAVING, year] += saving
    outputs.grouped[0, draw, _G_INDUCED, year, inputs.group[row]] += investment


@helper()
def _award(inputs, work, award, segment, draw, row, k, scale, loan_scale, approval_year, end_year, accepted):
    """Spread work.committed over its years and find what is paid; returns what is owed back if it is claimed. [CNY]"""
    rule = inputs.instruments[0, k]
    if accepted >= 1.0:
        for payment in range(N_PAYMENT):
            work.final[payment] = work.committed[payment]
    elif accepted > 0.0:
        _entitle(inputs, work, segment, draw, row, k, scale * accepted, loan_scale * accepted, approval_year)
    else:
        for payment in range(N_PAYMENT):
            work.final[payment] = 0.0
    for payment in range(N_PAYMENT):
        award.pay_year[payment] = approval_year + payment + 1 if rule.payout == _IN_ARREARS else (end_year if payment else approval_year)
        award.committed[payment], award.final[payment] = work.committed[payment], work.final[payment]
    if rule.payout == _IN_ARREARS:
        return 0.0
    first = first_tranche_of(rule.payout, inputs.policies[0]) * work.committed[0]
    award.committed[0], award.committed[1] = first, work.committed[0] - first
    award.final[0], award.final[1] = first, max(work.final[0] - first, 0.0)
    return max(first - work.final[0], 0.0)


@helper()
def _ration(inputs, work, n_waiting):
    """Places of the quotas of every year go to the awards that wait longest, then by the fund's rule; the others lapse in time."""
    n_year = inputs.appropriation.shape[2]
    for a in range(n_waiting):  # few: sorted by insertion
        place = a
        while place > 0 and _rank(inputs, work.award[a]) < _rank(inputs, work.award[work.order[place - 1]]):
            work.order[place] = work.order[place - 1]
            place -= 1
        work.order[place] = a
    for year in range(n_year if n_waiting else 0):
        for k in range(inputs.instruments.shape[1]):
            places, wait_years = inputs.instruments[0, k].quota, inputs.funds[0, inputs.instruments[0, k].fund].wait_years
            if not inputs.rationed[0, k]:
                continue
            for age in range(wait_years, -1, -1):
                for place in range(n_waiting):
                    award = work.award[work.order[place]]
                    if award.instrument != k or award.state != _WAITING or award.approval_year != year - age:
                        continue
                    if places >= 1.0:
                        award.state, award.funded_year = _FUNDED, year
                        places -= 1.0
                    elif age == wait_years:
                        award.state, award.funded_year = _LAPSED, year


@helper()
def _rank(inputs, award):
    """Its place in the order in which its fund looks at awards."""
    rule = inputs.funds[0, inputs.instruments[0, award.instrument].fund].rule
    return inputs.arrival_rank[award.project] if rule == _FIRST_COME else inputs.score_rank[0, award.project]


@helper()
def _settle(inputs, outputs, draw, award):
    """Enter an award in the years in which it is committed, paid, or waits."""
    k, group, n_year = award.instrument, inputs.group[award.project], inputs.appropriation.shape[2]
    last, amount = n_year - 1, award.committed[0] + award.committed[1] + award.committed[2]
    outputs.flows[0, draw, _ENTITLEMENT, min(award.approval_year, last), k] += amount
    for year in range(award.approval_year, n_year if award.state == _WAITING else min(award.funded_year, n_year)):
        outputs.flows[0, draw, _BACKLOG, year, k] += amount
    if award.state == _LAPSED:
        outputs.totals[0, draw, _LAPSED_TOTAL, min(award.funded_year, last)] += amount
    if award.state != _FUNDED:
        return
    year, wait = min(award.funded_year, last), award.funded_year - award.approval_year
    outputs.flows[0, draw, _COMMITMENT, year, k] += amount
    outputs.grouped[0, draw, _G_COMMITMENT, year, group] += amount
    for payment in range(N_PAYMENT):
        _pay(outputs, draw, k, group, last, award.pay_year[payment] + wait, award.committed[payment], award.final[payment], award.anyway)
    outputs.totals[0, draw, _RECOVERED, min(award.end_year + 1 + wait, last)] += award.owed_back
    outputs.flows[0, draw, _AWARDS, year, k] += 1.0
    outputs.flows[0, draw, _SUPPORTED, year, k] += award.investment
    outputs.totals[0, draw, _SUPPORTED_EQUIPMENT, year] += award.equipment
    outputs.totals[0, draw, _SUPPORTED_RENEWAL, year] += award.renewal
    outputs.totals[0, draw, _SUPPORTED_SAVING, year] += award.saving
    outputs.grouped[0, draw, _G_SUPPORTED, year, group] += award.investment
    if inputs.part[award.project] >= 0:
        outputs.parts[0, draw, year, inputs.part[award.project]] += 1.0


@helper()
def _pay(outputs, draw, k, group, last, year, committed, paid, anyway):
    """Enter one payment, and what was cut of it."""
    outputs.totals[0, draw, _CUT, min(year, last)] += committed - paid
    if year > last:
        outputs.totals[0, draw, _DUE, last] += paid
    elif paid > 0.0:
        outputs.flows[0, draw, _OUTLAY, year, k] += paid
        outputs.grouped[0, draw, _G_OUTLAY, year, group] += paid
        if anyway:
            outputs.flows[0, draw, _DEADWEIGHT, year, k] += paid
