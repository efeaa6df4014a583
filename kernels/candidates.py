"""Who can become an applicant in a draw, and the luck of those who can: the part that all variants share."""

import numpy as np

from kernels import streams
from kernels.compiled import helper
from kernels.decisions import elastic_factor, factor_of_response, nominal_factor
from kernels.formulas import INTEREST_SUBSIDY
from kernels.layouts import BASE, CANDIDATE, DRIVERS, EXCLUSIVITY, LIFE, LUCK, PROJECT, RESPONSE, VECTOR, WORD
from kernels.luck import NORMAL, node_of, quantile, uniform
from kernels.offers import largest_lpr, rate_of

_FILING_RATE, _APPROVAL_LEVEL, _ELASTICITY = (DRIVERS.index(n) for n in ("filing_small", "approval_level", "elasticity"))
_DEMAND = len(DRIVERS)
_SIZE_CLASS, _TIER, _SIZED, _EQUIPMENT, _RENEWAL_SHARE, _PURPOSE = (
    CANDIDATE.index(n) for n in ("size_class", "tier", "sized", "equipment", "renewal_share", "energy_purpose"))
_APPLIED = LIFE.index("applied")
_ONE, _TIER_BASE, _BY_ELASTICITY = EXCLUSIVITY.index("one_per_project"), BASE.index("tier"), RESPONSE.index("elasticity")
_MARGIN = 1.0 + 1e-9  # a bound that rounding cannot undercut
_NO_BOUND = 1e300  # the amount of a tier can be any multiple of a small investment

# Rows of Workspace.word
_FOR_APPROVAL, _FOR_SIZE, _FOR_OVERRUN, _FOR_BUILD, _FOR_ENERGY, _FOR_DEPTH, _FOR_ACCEPTANCE, _FOR_CLAWBACK = range(len(WORD))
(_PARTICIPATION, _FILING, _APPROVAL, _SIZE_SCORE, _APPROVAL_SCORE, _SCALE, _LOAN_SCALE, _BUILD, _OUTCOME, _DEPTH, _CLAWBACK,
 _OVERRUN, _ENERGY, _ACCEPTANCE) = range(len(LUCK))


@helper()
def existing_in(inputs, segment, draw):
    """How many projects of a segment exist in this draw: those whose rank is below the count of their cell."""
    if segment.cell < 0:
        return segment.size
    count = inputs.counts[draw, segment.cell]
    low, high = 0, segment.size
    while low < high:  # ranks rise within a segment
        middle = (low + high) // 2
        if inputs.rank[segment.first + middle] < count:
            low = middle + 1
        else:
            high = middle
    return low


@helper()
def largest_factor(inputs, batch, b, variant, draw, size_class):
    """Support makes no project of this batch and class likelier than this to go ahead, whatever its size and terms."""
    policy = inputs.policies[variant]
    if policy.response != _BY_ELASTICITY:
        return factor_of_response(inputs, batch, variant, draw, size_class)
    best, together = 0.0, 0.0
    for k in range(inputs.instruments.shape[1]):
        if (batch.instruments >> k) & 1:
            share = inputs.largest_base[variant, b, k] * rate_of(inputs, variant, draw, k)
            rule = inputs.instruments[variant, k]
            if rule.shape == INTEREST_SUBSIDY:
                share *= rule.term * max(largest_lpr(inputs, variant, draw) + batch.largest_spread, 0.0)
            elif rule.base == _TIER_BASE:
                share = _NO_BOUND
            best = max(best, share)
            together += share
    level = 1.0 if batch.own_approval else inputs.drivers[variant, draw, _APPROVAL_LEVEL]
    support = level * (best if policy.exclusivity == _ONE else together)
    return _MARGIN * elastic_factor(support, inputs.drivers[variant, draw, _ELASTICITY] * policy.size_multiplier[size_class])


@helper()
def bounds_of_lots(inputs, batch, b, draw, size_class):
    """The least and the largest demand under any variant, the largest filing rate, and how far support reaches at most.

    The control follows all that it may count, in the simpler world of its own.
    """
    least, most, filing, reach = np.inf, 0.0, 0.0, 0.0
    for variant in range(inputs.policies.size):
        demand = inputs.drivers[variant, draw, _DEMAND + batch.filing_year - inputs.first_filing_year]
        least, most = min(least, demand), max(most, demand)
        filing = max(filing, inputs.drivers[variant, draw, _FILING_RATE + size_class])
        reach = max(reach, demand * largest_factor(inputs, batch, b, variant, draw, size_class))
        if batch.has_control:
            reach = max(reach, demand * nominal_factor(inputs, batch, variant, draw, size_class))
    return least, most, filing, reach


@helper()
def add_candidates(inputs, work, batch, b, s, draw, first, n, n_candidate):
    """Add those of the projects first .. first + n - 1 of segment s that can file under any variant to the lanes.

    Out before anything else is drawn are projects that are too small for every clause and, among potential ones, those
    that would invest anyway and do not file, and those whose lot not even the largest support could turn. Returns the
    number of candidates there are now.
    """
    n_left = max(n, 0)
    for i in range(n):
        work.keep[i] = first + i
    if not inputs.examine:
        if batch.has_least:
            n_left = _drop_small(inputs, work, draw, first, n)
        if not batch.filed:
            n_left = _drop_without_prospect(inputs, work, batch, b, draw, inputs.segments[s].size_class, n_left)
    for i in range(n_left):
        work.row[n_candidate + i] = work.keep[i]
        work.segment[n_candidate + i] = s
    return n_candidate + n_left


@helper()
def _drop_small(inputs, work, draw, first, n):
    """Keep those of the n projects from `first` on whose size may reach a threshold."""
    seed = inputs.seed
    for i in range(n):
        w0, _, _, _ = streams.words(seed, draw, inputs.key[first + i], streams.SIZES)
        work.passes[i] = 1 if w0 >= inputs.least_word[first + i] else 0
    n_left = 0
    for i in range(n):  # without a branch: written always, counted when kept
        work.keep[n_left] = first + i
        n_left += work.passes[i]
    return n_left


@helper()
def _drop_without_prospect(inputs, work, batch, b, draw, size_class, n):
    """Keep those of the n projects in work.keep whose lots of going ahead and of filing leave a chance."""
    seed = inputs.seed
    least, most, filing, reach = bounds_of_lots(inputs, batch, b, draw, size_class)
    for i in range(n):
        work.key[i] = inputs.key[work.keep[i]]
        work.lot[i] = inputs.p0[work.keep[i]]
    for i in range(whole_vectors(n)):
        w0, w1, _, _ = streams.words(seed, draw, work.key[i], streams.DECISIONS)
        p0, lot = work.lot[i], uniform(w0)
        files = (lot < p0 * most) & (uniform(w1) < filing)
        turns = (lot >= p0 * least) & (lot < p0 * reach)
        work.passes[i] = 1 if files | turns else 0
    n_left = 0
    for i in range(n):  # without a branch, as above; what is kept moves down only
        work.keep[n_left] = work.keep[i]
        n_left += work.passes[i]
    return n_left


@helper()
def whole_vectors(n):
    """n rounded up to whole vectors of lanes."""
    return (n + VECTOR - 1) // VECTOR * VECTOR


@helper()
def draw_luck(inputs, work, batch, draw, n):
    """Fill what decides whether the n candidates file; the building time is left to `draw_building_time`."""
    seed, width = inputs.seed, whole_vectors(n)
    for j in range(n):
        work.key[j] = inputs.key[work.row[j]]
        work.known[j] = 0
    for j in range(width):
        w0, w1, w2, w3 = streams.words(seed, draw, work.key[j], streams.DECISIONS)
        work.luck[_PARTICIPATION, j] = uniform(w0)
        work.luck[_FILING, j] = uniform(w1)
        work.luck[_APPROVAL, j] = uniform(w2)
        work.luck[_OUTCOME, j] = uniform(w3)
        work.word[_FOR_APPROVAL, j] = w2
    for j in range(width):
        w0, w1, w2, w3 = streams.words(seed, draw, work.key[j], streams.SIZES)
        work.word[_FOR_SIZE, j] = w0
        work.word[_FOR_OVERRUN, j] = w1
        work.word[_FOR_BUILD, j] = w2
        work.word[_FOR_ENERGY, j] = w3
    for j in range(n):
        node, part = node_of(work.word[_FOR_APPROVAL, j])
        work.luck[_APPROVAL_SCORE, j] = quantile(inputs.tables, NORMAL, node, part)
    for j in range(n):
        segment = inputs.segments[work.segment[j]]
        work.luck[_SIZE_SCORE, j] = 0.0
        work.luck[_SCALE, j] = 1.0
        work.luck[_LOAN_SCALE, j] = 1.0
        if segment.size_table >= 0:
            node, part = node_of(work.word[_FOR_SIZE, j])
            work.luck[_SIZE_SCORE, j] = quantile(inputs.tables, NORMAL, node, part)
            work.luck[_SCALE, j] = quantile(inputs.tables, segment.size_table, node, part)
            if batch.has_loans:
                work.luck[_LOAN_SCALE, j] = quantile(inputs.tables, segment.loan_table, node, part)


@helper()
def draw_building_time(inputs, work, batch, variant, before, n):
    """Fill the building time; nothing to do where a variant has the distribution of the one before (-1: none)."""
    table = inputs.policies[variant].build_table
    if not batch.executed and (before < 0 or table != inputs.policies[before].build_table):
        for j in range(n):
            node, part = node_of(work.word[_FOR_BUILD, j])
            work.luck[_BUILD, j] = quantile(inputs.tables, table, node, part)


@helper()
def draw_luck_of_applicants(inputs, work, batch, variant, before, draw, n):
    """Fill the rest of the luck, and of the columns, for those that apply and were not known before."""
    policy, last = inputs.policies[variant], inputs.policies[max(before, 0)]
    if policy.energy_table != last.energy_table or policy.acceptance_table != last.acceptance_table:
        for j in range(n):
            work.known[j] = 0
    n_new = 0
    for j in range(n):  # without a branch: written always, counted when it applies and is new
        work.lane[n_new] = j
        n_new += np.int64(((work.life[_APPLIED, j] > 0.0) | inputs.examine) & (work.known[j] == 0))
    for i in range(n_new):
        j = work.lane[i]
        work.known[j] = 1
        work.fresh[i] = work.key[j]
        work.project[_EQUIPMENT, j] = inputs.columns[work.row[j], _EQUIPMENT]
        work.project[_RENEWAL_SHARE, j] = inputs.columns[work.row[j], _RENEWAL_SHARE]
        work.project[_PURPOSE, j] = inputs.columns[work.row[j], _PURPOSE]
        node, part = node_of(work.word[_FOR_ENERGY, j])
        work.luck[_ENERGY, j] = quantile(inputs.tables, policy.energy_table, node, part)
    if not batch.executed:
        _draw_outcome(inputs, work, variant, draw, n_new)


@helper()
def _draw_outcome(inputs, work, variant, draw, n_new):
    """Fill the luck of building and of acceptance, which a contract that is already performed does not need."""
    seed, table = inputs.seed, inputs.policies[variant].acceptance_table
    for i in range(whole_vectors(n_new)):
        w0, w1, w2, _ = streams.words(seed, draw, work.fresh[i], streams.ACCEPTANCE)
        work.word[_FOR_DEPTH, i] = w0
        work.word[_FOR_ACCEPTANCE, i] = w1
        work.word[_FOR_CLAWBACK, i] = w2
    for i in range(n_new):
        j = work.lane[i]
        work.luck[_DEPTH, j] = uniform(work.word[_FOR_DEPTH, i])
        work.luck[_CLAWBACK, j] = uniform(work.word[_FOR_CLAWBACK, i])
        node, part = node_of(work.word[_FOR_ACCEPTANCE, i])
        work.luck[_ACCEPTANCE, j] = quantile(inputs.tables, table, node, part)
        overrun_table = inputs.segments[work.segment[j]].overrun_table
        node, part = node_of(work.word[_FOR_OVERRUN, j])
        work.luck[_OVERRUN, j] = quantile(inputs.tables, overrun_table, node, part) if overrun_table >= 0 else 1.0


@helper()
def gather(inputs, work, batch, n):
    """Bring the candidates' columns side by side, so that everything after this is a plain loop over lanes."""
    for column in range(len(PROJECT)):
        if (batch.columns >> column) & 1:
            for j in range(n):
                work.project[column, j] = inputs.columns[work.row[j], column]
    for j in range(n):
        segment = inputs.segments[work.segment[j]]
        work.project[_SIZE_CLASS, j] = segment.size_class
        work.project[_TIER, j] = segment.tier
        work.project[_SIZED, j] = 1.0 if segment.size_table >= 0 else 0.0
