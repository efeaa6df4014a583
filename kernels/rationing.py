"""What happens when a quota or the appropriation of a year runs out: who is funded, who waits, what lapses.

Every year the oldest waiting awards come first, then the new ones; within one age by arrival or by score. An award
that does not fit waits, and smaller ones behind it may still be funded: money is not left idle for the sake of the
queue. Under pro rata everybody gets the same share and the rest lapses at once, so nothing waits.
"""

import numpy as np

from kernels.compiled import kernel
from kernels.layouts import ENFORCE, N_PAYMENT, RULE

WAITING, FUNDED, LAPSED = 0, 1, 2

_NONE, _COMMITMENT = ENFORCE.index("none"), ENFORCE.index("commitment")
_FIRST_COME, _BY_SCORE, _PRO_RATA = RULE.index("first_come"), RULE.index("by_score"), RULE.index("pro_rata")

_NO_MONEY = 0.005  # CNY: what rounding leaves over, less than half a 分, funds nothing


@kernel()
def ration(inputs, variant, work, n_award):
    """Give every award of one draw its funded year, its share, or its lapse; returns the new number of awards.

    Parameters
    ----------
    inputs : Inputs
        Instruments with quotas (awards a year), funds with their rules, appropriation float64[variant, fund, year] [CNY].
    work : Workspace
        award[:n_award] in order of arrival; pay_year and committed [CNY] as approved. States are filled in place;
        partly funded awards split, and their remainders are appended.
    """
    n_year = inputs.appropriation.shape[2]
    if _nothing_binds(inputs, variant, work, n_award):
        for a in range(n_award):
            _fund(work, a, work.award[a].approval_year)
        return n_award
    _line_up(inputs, variant, work, n_award)
    for fund in range(work.obligations.shape[0]):
        for year in range(n_year):
            work.obligations[fund, year] = 0.0
    first_split = n_award
    last_year = n_year
    for a in range(n_award):
        last_year = max(last_year, work.award[a].approval_year + 1)
    for year in range(last_year):
        oldest = _oldest_waiting(work, n_award)
        if oldest > year:
            continue
        if year >= n_year:
            oldest = year  # beyond the horizon new awards are still dealt with; what waits at its end goes on waiting
        _admit_by_quota(inputs, variant, work, first_split, n_award, year, oldest)
        for fund in range(inputs.funds.shape[1]):
            rule = inputs.funds[variant, fund]
            if rule.enforce != _NONE and rule.rule == _PRO_RATA:
                n_award = _fund_pro_rata(inputs, variant, fund, work, n_award, year)
            else:
                n_award = _fund_in_order(inputs, variant, fund, work, first_split, n_award, year, oldest)
        for a in range(n_award if year < n_year else 0):
            fund = inputs.instruments[variant, work.award[a].instrument].fund
            waited = year - work.award[a].approval_year
            if work.award[a].state == WAITING and waited >= inputs.funds[variant, fund].wait_years:
                work.award[a].state = LAPSED
                work.award[a].funded_year = year
    return n_award


@kernel()
def _oldest_waiting(work, n_award):
    """The earliest year of approval of all that wait; beyond every year if nothing does."""
    oldest = np.iinfo(np.int32).max
    for a in range(n_award):
        if work.award[a].state == WAITING:
            oldest = min(oldest, work.award[a].approval_year)
    return oldest


@kernel()
def _nothing_binds(inputs, variant, work, n_award):
    """Whether no fund limits its awards, and all those of a year find room in its quotas."""
    for fund in range(inputs.funds.shape[1]):
        if inputs.funds[variant, fund].enforce != _NONE:
            return False
    year = -1
    for a in range(n_award):  # in order of arrival, hence of approval
        award = work.award[a]
        if award.approval_year != year:
            year = award.approval_year
            for k in range(inputs.instruments.shape[1]):
                work.places[k] = inputs.instruments[variant, k].quota
        if work.places[award.instrument] < 1.0:
            return False
        work.places[award.instrument] -= 1.0
    return True


@kernel()
def _line_up(inputs, variant, work, n_award):
    """Fill work.by_score[:n_award] with the awards in the order of their projects' scores, without sorting."""
    for rank in range(work.at_rank.size):
        work.at_rank[rank] = -1
    for a in range(n_award - 1, -1, -1):  # the first award of a project stays; its others follow it
        work.at_rank[inputs.score_rank[variant, work.award[a].project]] = a
    place = 0
    for rank in range(work.at_rank.size):
        a = work.at_rank[rank]
        if a < 0:
            continue
        project = work.award[a].project
        while a < n_award and work.award[a].project == project:
            work.by_score[place] = a
            place += 1
            a += 1


@kernel()
def _fund(work, a, year):
    work.award[a].state = FUNDED
    work.award[a].funded_year = year


@kernel()
def _admit_by_quota(inputs, variant, work, first_split, n_award, year, oldest):
    """Places of this year's quotas go to waiting awards first, then by the fund's own rule; no quota admits all.

    Counts cannot be shared out: under pro rata the best scores have the places.
    """
    longest_wait = 0
    for fund in range(inputs.funds.shape[1]):
        longest_wait = max(longest_wait, inputs.funds[variant, fund].wait_years)
    for k in range(inputs.instruments.shape[1]):
        work.places[k] = inputs.instruments[variant, k].quota
    for age in range(min(longest_wait, year - oldest), -1, -1):
        for place in range(2 * first_split):  # by score, then by arrival; every fund knows one of the two orders
            in_arrival = place >= first_split
            award = work.award[place - first_split if in_arrival else work.by_score[place]]
            fund = inputs.instruments[variant, award.instrument].fund
            if (award.state != WAITING or award.approval_year != year - age or work.places[award.instrument] < 1.0
                    or (inputs.funds[variant, fund].rule == _FIRST_COME) != in_arrival):
                continue
            work.places[award.instrument] -= 1.0
            award.admitted_year = year
    for a in range(first_split, n_award):  # remainders of awards that had their place when they were split
        if work.award[a].state == WAITING:
            work.award[a].admitted_year = year


@kernel()
def _fund_in_order(inputs, variant, fund, work, first_split, n_award, year, oldest):
    rule = inputs.funds[variant, fund]
    for age in range(min(rule.wait_years, year - oldest), -1, -1):
        for place in range(n_award):  # awards arrive in order; remainders of split ones come last
            a = work.by_score[place] if rule.rule == _BY_SCORE and place < first_split else place
            award = work.award[a]
            if (award.state != WAITING or award.admitted_year != year or award.approval_year != year - age
                    or inputs.instruments[variant, award.instrument].fund != fund):
                continue
            if rule.enforce == _NONE:
                _fund(work, a, year)
                continue
            fitting = _share_that_fits(inputs, variant, fund, work, a, year)
            divisible = rule.partial and fitting * award.amount * award.share >= _NO_MONEY
            if fitting < 1.0 and not (divisible and n_award < work.award.size - 1):
                continue
            if fitting < 1.0:
                n_award = _split(work, a, fitting, n_award)
            _oblige(work, fund, a, year, rule.enforce)
            _fund(work, a, year)
    return n_award


@kernel()
def _split(work, a, fitting, n_award):
    """Cut award `a` down to the part that fits; the remainder waits as a row of its own at the end."""
    work.award[n_award] = work.award[a]
    work.award[n_award].share = work.award[a].share * (1.0 - fitting)
    work.award[a].share *= fitting
    for j in range(N_PAYMENT):
        work.pay_year[n_award, j] = work.pay_year[a, j]
        work.committed[n_award, j] = work.committed[a, j]
        work.final[n_award, j] = work.final[a, j]
    return n_award + 1


@kernel()
def _share_that_fits(inputs, variant, fund, work, a, year):
    """The part of the award that this year's money, or every year's in which it pays, still covers: 0..1."""
    award = work.award[a]
    n_year = inputs.appropriation.shape[2]
    if inputs.funds[variant, fund].enforce == _COMMITMENT:
        if year >= n_year:
            return 1.0
        due = award.amount * award.share
        left = inputs.appropriation[variant, fund, year] - work.obligations[fund, year]
        return 1.0 if due <= left else max(left, 0.0) / due
    fitting = 1.0
    wait = year - award.approval_year
    for j in range(N_PAYMENT):
        t = work.pay_year[a, j] + wait
        if t >= n_year or work.committed[a, j] <= 0.0:
            continue
        due = 0.0  # payments of one award may fall into one year
        for i in range(N_PAYMENT):
            if work.pay_year[a, i] + wait == t:
                due += work.committed[a, i] * award.share
        left = inputs.appropriation[variant, fund, t] - work.obligations[fund, t]
        if due > left:
            fitting = min(fitting, max(left, 0.0) / due)
    return fitting


@kernel()
def _oblige(work, fund, a, year, enforce):
    """Enter a funded award into the fund's obligations: all of it now, or each payment in its year."""
    award = work.award[a]
    n_year = work.obligations.shape[1]
    if enforce == _COMMITMENT:
        if year < n_year:
            work.obligations[fund, year] += award.amount * award.share
        return
    for j in range(N_PAYMENT):
        t = work.pay_year[a, j] + year - award.approval_year
        if t < n_year:
            work.obligations[fund, t] += work.committed[a, j] * award.share


@kernel()
def _fund_pro_rata(inputs, variant, fund, work, n_award, year):
    """Everybody admitted this year gets the largest common share that every year in question can pay."""
    enforce = inputs.funds[variant, fund].enforce
    n_year = inputs.appropriation.shape[2]
    for t in range(n_year):
        work.demand[t] = 0.0
    n_claim = n_award
    for a in range(n_claim):
        award = work.award[a]
        if not _is_for_this_year(inputs, variant, fund, award, year):
            continue
        if enforce == _COMMITMENT:
            if year < n_year:
                work.demand[year] += award.amount
        else:
            for j in range(N_PAYMENT):
                t = work.pay_year[a, j] + year - award.approval_year
                if t < n_year:
                    work.demand[t] += work.committed[a, j]
    share = 1.0
    for t in range(n_year):
        left = inputs.appropriation[variant, fund, t] - work.obligations[fund, t]
        if work.demand[t] > left:
            share = min(share, max(left, 0.0) / work.demand[t])
    for a in range(n_claim):
        if _is_for_this_year(inputs, variant, fund, work.award[a], year):
            if share * work.award[a].amount < _NO_MONEY:
                work.award[a].state = LAPSED
                work.award[a].funded_year = year
                continue
            if share < 1.0 and n_award < work.award.size - 1:
                n_award = _split(work, a, share, n_award)
                work.award[n_award - 1].state = LAPSED
                work.award[n_award - 1].funded_year = year
            _oblige(work, fund, a, year, enforce)
            _fund(work, a, year)
    return n_award


@kernel()
def _is_for_this_year(inputs, variant, fund, award, year):
    return (award.state == WAITING and award.admitted_year == year
            and inputs.instruments[variant, award.instrument].fund == fund)
