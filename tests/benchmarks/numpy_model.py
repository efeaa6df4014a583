"""The model of `kernels.futures` once more, in vectorised NumPy: the peer of its speed, and a check of its numbers.

Pairs of a project and a draw in which it exists lie side by side, and every step drops those that can no longer matter: too small
for any clause, investing anyway without filing, not filing, neither approved nor induced. The first steps, which most pairs do
not pass, go by tiles; their survivors are joined, so that all arrays are long enough for NumPy and stay in the second-level
cache. From the kernels come layouts and constants only; luck, clauses and rules are written here, from their meaning.

`world` is the inputs as columns, `kind` the projects that take the same branches, `v` a variant of the policy.
"""

from types import SimpleNamespace

import numpy as np

from kernels import layouts
from kernels.formulas import Formula
from kernels.luck import NODES, NORMAL, PER_OCTAVE
from tests.benchmarks.numpy_awards import Pairs, Tally, join, padded, pay, ration, settle

TILE = 32_768  # pairs that exist, side by side in the first steps
CHUNK = 16_384  # their survivors, side by side from there to their awards
BLOCK = 256  # draws whose waiting awards are rationed together
DECISIONS, SIZES, ACCEPTANCE = range(3)  # blocks of random words
MOST_SUPPORT = 0.95  # of the cost
LOW, SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
MULTIPLIERS, WEYL = np.array([[[0xD2511F53], [0xCD9E8D57]], [[0x9E3779B9], [0xBB67AE85]]], np.uint64)
BITS_OF_PART = 52 - int(np.log2(PER_OCTAVE))  # of a mantissa; those above count the nodes of an octave
WORDS = {name: getattr(layouts, name.upper()) for name in ("exclusivity", "response", "payout", "base", "enforce", "rule")}


class Philox:
    """Philox4x32-10 for pairs. The first round treats projects and draws apart, so it is done once for each of them."""

    def __init__(self, seed, keys, first, last):
        key = np.array([[seed & 0xFFFFFFFF], [seed >> 32]], np.uint64)
        self.keys = (key + WEYL * np.arange(1, 10, dtype=np.uint64)[:, None, None]) & LOW  # of the other nine rounds
        of_project, of_draw = MULTIPLIERS[1] * (keys >> SHIFT), MULTIPLIERS[0] * np.arange(first, last, dtype=np.uint64)
        self.project = (of_project >> SHIFT) ^ (keys & LOW) ^ key[0], of_project & LOW
        self.draw = (of_draw >> SHIFT) ^ key[1], of_draw & LOW

    def words(self, block, row, draw):
        """Four 32-bit words of every pair, in uint64; counters 0 and 2 are even, 1 and 3 are odd."""
        even, odd, spare = np.empty((3, 2, row.size), np.uint64)
        for place, table, index in ((even[0], self.project[0], row), (even[1], self.draw[0] ^ np.uint64(block), draw),
                                    (odd[0], self.project[1], row), (odd[1], self.draw[1], draw)):
            np.take(table, index, out=place, mode="clip")  # "raise" would go through a buffer
        for key in self.keys:
            np.multiply(even, MULTIPLIERS, out=even)
            np.bitwise_and(even, LOW, out=spare)
            np.right_shift(even, SHIFT, out=even)
            np.bitwise_xor(even[::-1], odd, out=odd)
            np.bitwise_xor(odd, key, out=odd)
            even, odd, spare = odd, spare[::-1], even
        return even[0], odd[0], even[1], odd[1]


def uniform(word):
    """Words as numbers strictly between 0 and 1."""
    return (word + 0.5) * 2.0**-32


def quantile(world, table, word):
    """The quantiles that words stand for in a table, or in one for each pair: a polynomial between neighbouring nodes."""
    bits = (np.minimum(word, word ^ LOW) + 0.5).view(np.int64)  # exponent and mantissa of the tail
    node = (bits >> BITS_OF_PART) - 1022 * PER_OCTAVE  # from one half, the smallest tail
    node += (word >> np.uint64(31)).view(np.int64) * (NODES // 2)  # the upper half of the words has the upper half of the nodes
    node += table * NODES
    part = (bits & ((1 << BITS_OF_PART) - 1)) * 2.0**-BITS_OF_PART
    highest, *others = (plane.take(node) for plane in world.planes)
    for coefficient in others:
        highest *= part
        highest += coefficient
    return highest


def record(row):
    """One row of a structured array with plain Python values, codes as their words."""
    values = {name: row[name].tolist() for name in row.dtype.names}
    return SimpleNamespace(**{name: WORDS[name][value] if name in WORDS else value for name, value in values.items()})


def lay_out(inputs):
    """Projects and segments as columns, kinds of segments that take the same branches, tables as planes of coefficients."""
    of_batch = {n: np.repeat(inputs.batches[n], inputs.batches["n_segment"]) for n in ("instruments", "filed", "executed", "filing_year")}
    s = {n: a.astype(np.intp) for n, a in (of_batch | {n: inputs.segments[n] for n in layouts.SEGMENT.names}).items()}
    world = SimpleNamespace(inputs=inputs, n_year=inputs.appropriation.shape[2], segments=SimpleNamespace(**s),
                            **{n: np.repeat(a, s["size"]) for n, a in s.items()},
                            **dict(zip(layouts.PROJECT, np.ascontiguousarray(inputs.columns.T), strict=True)))
    world.group, world.part = inputs.group.astype(np.intp), inputs.part.astype(np.intp)
    degree = inputs.tables.shape[2]
    world.tables = np.concatenate([inputs.tables, np.eye(1, degree).repeat(NODES, axis=0)[None]])  # the last, -1: as planned
    world.planes = np.moveaxis(world.tables, 2, 0)[::-1].reshape(degree, -1)
    instalments = np.maximum(world.loan_term - world.loan_grace, 1.0)
    repaid = np.maximum(np.arange(layouts.N_PAYMENT)[:, None] - (world.loan_term - instalments), 0.0)
    world.balance = world.loan_principal * np.maximum(instalments - repaid, 0.0) / instalments  # [loan-year, project]
    kinds, kind = np.unique(np.stack([s["instruments"], s["filed"], s["executed"]], axis=1), axis=0, return_inverse=True)
    world.kinds = [SimpleNamespace(instruments=[k for k in range(inputs.instruments.shape[1]) if bits >> k & 1], filed=filed,
                                   executed=executed, segments=np.flatnonzero(kind.ravel() == i))
                   for i, (bits, filed, executed) in enumerate(kinds.tolist())]
    return world


def variant_of(world, number, first, last):
    """One variant of the policy, with its drivers in some draws."""
    inputs, columns = world.inputs, np.ascontiguousarray(world.inputs.drivers[number, first:last].T)
    v = SimpleNamespace(number=number, policy=record(inputs.policies[number]), **dict(zip(layouts.DRIVERS, columns, strict=False)))
    v.demand, v.lpr, _ = np.split(columns[len(layouts.DRIVERS):], [inputs.n_filing_year, inputs.n_filing_year + world.n_year])
    v.filing = np.stack([v.filing_small, v.filing_medium, v.filing_large])  # [size class, draw]
    v.additional = np.stack([v.additional_small, v.additional_medium, v.additional_large])
    v.funds, v.rules = ([record(row) for row in rows[number]] for rows in (inputs.funds, inputs.instruments))
    for k, rule in enumerate(v.rules):
        rates = np.full(last - first, rule.rate) if rule.rate_driver < 0 else columns[rule.rate_driver]
        rule.rates = rates * v.award_intensity if rule.is_ceiling else rates
        rule.tiers = np.stack([columns[c] if c >= 0 else np.full(last - first, amount) for c, amount in zip(
            inputs.tier_drivers[number, k], inputs.tier_amounts[number, k], strict=True)])  # [tier, draw]
        rule.bases = getattr(world, layouts.PROJECT[layouts.COLUMN_OF_BASE[layouts.BASE.index(rule.base)]])
        rule.first = {"at_once": 1.0, "two_tranches": v.policy.first_tranche}.get(rule.payout, 0.0)
        rule.may_pay = ((rule.bases > 0.0) | (rule.base == "tier")) & (world.fixed_asset_share > rule.fixed_asset_share)
    return v


def least_words(world, variants):
    """For every project the word of size below which it is too small for every instrument, rounded down to a node."""
    needed, half = np.full(world.p0.size, np.inf), NODES // 2
    for k, rule in ((k, rule) for v in variants for k, rule in enumerate(v.rules)):
        np.minimum(needed, rule.threshold / world.investment, out=needed, where=rule.may_pay & (world.instruments >> k & 1 == 1))
    octave, step = np.divmod(np.arange(half + 1), PER_OCTAVE)
    tails = 2.0 ** (octave - 1) * (1.0 + step / PER_OCTAVE)
    words = np.concatenate([tails[:-1] - 0.5, 2.0**32 - 0.5 - tails[:0:-1], [2.0**32]]).astype(np.uint64)  # rising, then never
    most = (world.tables @ np.linspace(0.0, 1.0, 9) ** np.arange(world.tables.shape[2])[:, None]).max(axis=2)
    most = 1.01 * np.maximum.accumulate(np.concatenate([most[:, :half], most[:, :half - 1:-1]], axis=1), axis=1)
    node = np.empty(needed.size, np.intp)
    for table in np.unique(world.size_table):
        mine = world.size_table == table
        node[mine] = np.searchsorted(most[table], needed[mine])
    return words.take(node)


def grant(world, rule, pairs, scale):
    """What a grant pays on its base times `scale`. [CNY]"""
    if rule.base == "tier":
        amount = rule.tiers[world.tier.take(pairs.row), pairs.draw] * (scale > 0.0)
    else:
        amount = rule.bases.take(pairs.row) * scale
    if rule.shape == Formula.capped_share:
        amount *= rule.rates.take(pairs.draw)
    return np.minimum(amount, rule.cap * world.contracts.take(pairs.row) if rule.cap_per_contract else rule.cap)


def interest(world, v, rule, pairs, scale):
    """The subsidy of every loan-year on a loan times `scale`, never above the interest borne: [loan-year, pair]. [CNY]"""
    last, rate, spread = world.n_year - 1, rule.rates.take(pairs.draw), world.loan_spread.take(pairs.row)
    points = world.inputs.central_points[v.number].take(np.minimum(pairs.approval, last))
    points *= world.central_lot.take(pairs.row) < v.policy.central_share
    left, awards = np.full(pairs.row.size, rule.cap), np.zeros((layouts.N_PAYMENT, pairs.row.size))
    for year in range(rule.term):
        balance = world.balance[year].take(pairs.row) * scale
        due = balance * np.maximum(v.lpr[np.minimum(pairs.approval + year, last), pairs.draw] + spread, 0.0)
        borne = due - np.minimum(balance * points, due) if year < v.policy.central_years else due
        award = rate * (borne if v.policy.interest_net_of_central else due)
        awards[year] = np.minimum(np.minimum(award, rule.cap if rule.cap_per_year else left), borne)
        left = np.maximum(left - awards[year], 0.0)
    return awards


def offer(world, v, kind, pairs):
    """Entitlements by instrument filed for and loan-year, a grant all in the first: [slot, loan-year, pair]. [CNY]"""
    rules = [v.rules[k] for k in kind.instruments]
    years = layouts.N_PAYMENT if any(rule.shape == Formula.interest_subsidy for rule in rules) else 1
    offers = np.zeros((len(rules), years, pairs.row.size))
    for offered, rule in zip(offers, rules, strict=True):
        if rule.shape == Formula.interest_subsidy:
            pairs.loan = quantile(world, world.loan_table.take(pairs.row), pairs.size_word)
            offered[:] = interest(world, v, rule, pairs, pairs.loan)
        else:
            offered[0] = grant(world, rule, pairs, pairs.scale)
        reaches = np.greater_equal if rule.threshold_inclusive else np.greater
        offered *= rule.may_pay.take(pairs.row) & reaches(pairs.investment, rule.threshold)
    return offers


def choose(v, kind, totals):
    """The package of the largest total that the reading of exclusivity admits: bool[slot, pair]; the slot of the best."""
    slots, pays, best = np.arange(len(totals))[:, None], totals > 0.0, totals.argmax(axis=0)
    stackable, combinable = np.array([[[v.rules[k].stackable], [v.rules[k].combinable]] for k in kind.instruments], bool).swapaxes(0, 1)
    if v.policy.exclusivity == "stack":
        return pays & (stackable | ((totals * ~stackable).argmax(axis=0) == slots)), best
    if v.policy.exclusivity == "loan_and_lease":
        return pays & np.where((totals * combinable).sum(axis=0) > totals.max(axis=0), combinable, best == slots), best
    return pays & (best == slots), best


def candidates(world, kind, variants, n, first):
    """The pairs that are large enough and can file under some variant; n[draw, segment] projects exist, from draw `first`."""
    segment = np.repeat(np.arange(n.size), n.ravel())
    row = (np.tile(world.segments.first[kind.segments], len(n)) + n.ravel() - n.cumsum()).take(segment) + np.arange(segment.size)
    draw = np.repeat(np.arange(first, first + len(n)), n.sum(axis=1))
    words = world.philox.words(SIZES, row, draw)
    pairs = Pairs(row=row, draw=draw, **dict(zip(("size_word", "overrun", "build", "energy"), words, strict=True)))
    pairs = pairs.at(words[0] >= world.least_word.take(row))
    lot, filing, pairs.approval_word, pairs.outcome = world.philox.words(DECISIONS, pairs.row, pairs.draw)
    pairs.lot, pairs.filing, open_ = uniform(lot), uniform(filing), np.full(lot.size, kind.filed == 1)
    if not kind.filed:
        for v in variants:
            open_ |= pairs.lot >= without_support(world, v, pairs)
            open_ |= pairs.filing < v.filing[world.size_class.take(pairs.row), pairs.draw]
    pairs = pairs.at(open_)
    pairs.scale = quantile(world, world.size_table.take(pairs.row), pairs.size_word)
    pairs.investment = world.investment.take(pairs.row) * pairs.scale
    return pairs


def without_support(world, v, pairs):
    """The probability that a potential project goes ahead with no support."""
    return world.p0.take(pairs.row) * v.demand[world.filing_year.take(pairs.row) - world.inputs.first_filing_year, pairs.draw]


def date(world, v, kind, pairs):
    """The year of approval; the moment at which it is finished, unless late."""
    pairs.end_moment = world.filing_year.take(pairs.row) + world.arrival.take(pairs.row)
    pairs.end_moment += (v.policy.approval_lag * v.delay).take(pairs.draw)
    pairs.approval = np.floor(pairs.end_moment).astype(np.intp) - world.inputs.first_year
    if not kind.executed:
        months = quantile(world, v.policy.build_table, pairs.build) * world.build_factor.take(pairs.row)
        pairs.end_moment += months * (v.delay / 12.0).take(pairs.draw)


def schedule(rule, offers, approval, end):
    """The years in which an entitlement is paid, and the amounts: [payment, pair]."""
    if rule.payout == "in_arrears":
        return approval + np.arange(1, layouts.N_PAYMENT + 1)[:, None], offers
    if rule.first in (0.0, 1.0):
        return (approval if rule.first else end)[None], offers[:1]
    return np.stack([approval, end]), np.stack([rule.first * offers[0], offers[0] - rule.first * offers[0]])


def likelier(world, v, kind, pairs):
    """The factor by which support makes going ahead likelier, under the reading of response."""
    size = world.size_class.take(pairs.row)
    if v.policy.response != "elasticity":
        additional = np.minimum(v.additional[size, pairs.draw], MOST_SUPPORT) * (v.policy.response == "participation")
        return 1.0 + (1.0 if kind.filed else v.filing[size, pairs.draw]) * additional / (1.0 - additional)
    filed, worth = world.filing_year.take(pairs.row) - world.inputs.first_year, 0.0
    end = np.floor(pairs.end_moment).astype(np.intp) - world.inputs.first_year
    for k, offers, chosen in zip(kind.instruments, pairs.offers, pairs.chosen, strict=True):
        years, amounts = schedule(v.rules[k], offers, pairs.approval, end)
        worth += chosen * world.inputs.funded[v.number, k] * (amounts * np.exp(-v.policy.log_discount * (years - filed))).sum(axis=0)
    own = world.approval.take(pairs.row)
    level = np.where(np.isnan(own), v.approval_level.take(pairs.draw), own)
    elasticity = v.elasticity.take(pairs.draw) * np.take(v.policy.size_multiplier, size)
    return np.exp(-elasticity * np.log1p(-np.minimum(level * worth / pairs.investment, MOST_SUPPORT)))


def applicants(world, v, kind, pairs):
    """Those that file, and whether each goes ahead anyway; support is valued only where it may decide."""
    if kind.filed:
        pairs.anyway = pairs.lot * likelier(world, v, kind, pairs) < 1.0
        return pairs
    without = without_support(world, v, pairs)
    pairs.anyway = pairs.lot < without
    files = pairs.anyway & (pairs.filing < v.filing[world.size_class.take(pairs.row), pairs.draw])
    open_ = np.flatnonzero(~pairs.anyway)
    undecided = pairs.at(open_)
    files[open_] = undecided.lot < without.take(open_) * likelier(world, v, kind, undecided)
    return pairs.at(files)


def approve(world, v, pairs):
    """Who is approved: the larger project is somewhat likelier, unless its approval probability is its own."""
    own, link = world.approval.take(pairs.row), v.policy.approval_size_correlation * (world.size_table.take(pairs.row) >= 0)
    latent = np.sqrt(1.0 - link**2) * quantile(world, NORMAL, pairs.approval_word) - link * quantile(world, NORMAL, pairs.size_word)
    return np.where(np.isnan(own), latent < v.approval_score.take(pairs.draw), uniform(pairs.approval_word) < own)


def realise(world, v, kind, pairs):
    """What the projects turn out to be: complete, partial, late or cancelled; their investment, saving, accepted share."""
    pairs.end, pairs.equipment, p = pairs.approval, world.equipment.take(pairs.row) * pairs.scale, v.policy
    if not kind.executed:
        depth, acceptance, pairs.clawback, _ = world.philox.words(ACCEPTANCE, pairs.row, pairs.draw)
        ending, complete, partial, late = uniform(pairs.outcome), *(
            rate.take(pairs.draw) for rate in (v.outcome_complete, v.outcome_partial, v.outcome_late))
        realised = v.cost_index.take(pairs.draw) * (ending < late)
        realised *= quantile(world, world.overrun_table.take(pairs.row), pairs.overrun)
        cut = np.flatnonzero((complete <= ending) & (ending < partial))
        realised[cut] *= p.partial_low + (p.partial_high - p.partial_low) * uniform(depth.take(cut))
        pairs.accepted = np.minimum(realised * quantile(world, p.acceptance_table, acceptance), 1.0)
        pairs.end_moment += p.lateness * ((partial <= ending) & (ending < late))
        pairs.end = np.floor(pairs.end_moment).astype(np.intp) - world.inputs.first_year
        pairs.investment, pairs.equipment = pairs.investment * realised, pairs.equipment * realised
    pairs.renewal = pairs.equipment * world.renewal_share.take(pairs.row)
    purpose, other = world.energy_purpose.take(pairs.row), v.intensity_other.take(pairs.draw)
    pairs.saving = other + purpose * (v.intensity_energy.take(pairs.draw) - other)
    pairs.saving *= pairs.equipment if p.energy_of_all_equipment else pairs.renewal
    pairs.saving *= quantile(world, p.energy_table, pairs.energy)


def live_through(world, v, kind, pairs, tally):
    """From the clauses to the awards of one variant: enters those that nothing holds up, returns those that wait."""
    date(world, v, kind, pairs)
    pairs.offers = offer(world, v, kind, pairs)
    pairs.chosen, pairs.best = choose(v, kind, pairs.offers.sum(axis=1))
    pairs = applicants(world, v, kind, pairs.at(pairs.chosen.any(axis=0)))
    filed = tally.cell(pairs.draw, world.filing_year.take(pairs.row) - world.inputs.first_year)
    for k, chosen in zip(kind.instruments, pairs.chosen, strict=True):
        tally.add(tally.flow["applications"], filed[chosen], k)
    pairs.approved = approve(world, v, pairs)
    pairs = pairs.at(pairs.approved | ~pairs.anyway, drop="lot filing build approval_word size_word")
    realise(world, v, kind, pairs)
    new = pairs.at(~pairs.anyway, drop="offers chosen")
    tally.brings("induced", tally.cell(new.draw, new.approval), np.take(kind.instruments, new.best), world.group.take(new.row), new)
    pairs, waiting = pairs.at(pairs.approved, drop="best outcome overrun energy end_moment"), []
    pairs.waits = (pairs.chosen & world.inputs.rationed[v.number, kind.instruments][:, None]).any(axis=0)
    for slot, k in enumerate(kind.instruments):
        made = award(world, v, v.rules[k], kind, pairs.at(pairs.chosen[slot]), slot)
        tally.add(tally.flow["approvals"], tally.cell(made.draw, made.approval), k)
        waiting.append(made.at(made.waits))
        waiting[-1].instrument, made = np.full(waiting[-1].row.size, k), made.at(~made.waits)
        cell = tally.cell(made.draw, made.approval)
        tally.add(tally.flow["entitlement"], cell, k, made.amount)
        pay(world, k, made, cell, tally)
    return waiting


def award(world, v, rule, kind, pairs, slot):
    """One instrument's awards: payments as approved and as earned on the accepted base, and what is then owed back. [CNY]"""
    made = Pairs(leads=~pairs.chosen[:slot].any(axis=0), owed=np.zeros(pairs.row.size), **{name: getattr(pairs, name) for name in (
        "row", "draw", "approval", "end", "anyway", "investment", "equipment", "renewal", "saving", "waits")})
    made.years, made.committed = schedule(rule, pairs.offers[slot], pairs.approval, pairs.end)
    made.final, made.amount = made.committed, made.committed.sum(axis=0)
    if not kind.executed and rule.payout == "in_arrears":
        made.final = interest(world, v, rule, pairs, pairs.loan * pairs.accepted)
    elif not kind.executed:
        paid, earned = rule.first * made.amount, grant(world, rule, pairs, pairs.scale * pairs.accepted)
        made.final = np.stack([paid, np.maximum(earned - paid, 0.0)])[-len(made.years):] if rule.first < 1.0 else made.committed
        made.owed = np.maximum(paid - earned, 0.0) * (uniform(pairs.clawback) < v.clawback.take(pairs.draw))
    return made


def simulate_draws_numpy(inputs: layouts.Inputs, outputs: layouts.Outputs, first: int, last: int, chunk: int = CHUNK) -> None:
    """Add draws [first, last) of every variant to the outputs; `chunk` pairs that may be paid are followed side by side."""
    world = lay_out(inputs)
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(first, last, BLOCK):
            simulate_block(world, outputs, start, min(start + BLOCK, last), chunk)


def simulate_block(world, outputs, start, stop, chunk):
    """All pairs of some draws, kind by kind; then the awards that waited for the money or a place."""
    inputs, n_draw = world.inputs, stop - start
    world.philox = Philox(int(inputs.seed), inputs.key, start, stop)
    variants = [variant_of(world, number, start, stop) for number in range(inputs.policies.size)]
    world.least_word, waiting = least_words(world, variants), [[] for _ in variants]
    exist = np.stack([np.full(n_draw, s.size) if s.cell < 0 else np.searchsorted(
        inputs.rank[s.first: s.first + s.size], inputs.counts[start:stop, s.cell]) for s in map(record, inputs.segments)], axis=1)
    for kind in world.kinds:
        n, found = exist[:, kind.segments], []
        step = max(1, TILE * n_draw // max(n.sum(), 1))
        for lo in range(0, n_draw, step):
            found.append(candidates(world, kind, variants, n[lo: lo + step], lo))
            if sum(pairs.row.size for pairs in found) < chunk and lo + step < n_draw:
                continue
            pairs, found = join(found), []
            for v, held in zip(variants, waiting, strict=True):
                if pairs.row.size:
                    tally = Tally(outputs, v.number, start, pairs.draw[0], pairs.draw[-1] + 1)
                    held += live_through(world, v, kind, Pairs(**vars(pairs)), tally)
    for v, held in zip(variants, waiting, strict=True):
        held = [padded(made) for made in held if made.row.size]
        if held:
            settle(world, ration(world, v, join(held), n_draw), Tally(outputs, v.number, start, 0, n_draw))
