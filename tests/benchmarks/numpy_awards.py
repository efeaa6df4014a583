"""Awards of the NumPy model: those that wait are rationed, all are entered into the outputs."""

from types import SimpleNamespace

import numpy as np

from kernels import layouts

WAITING, FUNDED, LAPSED = range(3)
NO_MONEY = 0.005  # CNY: less funds nothing


class Pairs(SimpleNamespace):
    """Arrays whose last axis runs over (project, draw) pairs, or over awards."""

    def at(self, which, drop=""):
        """The pairs at these places, or for which this is true, without the arrays that are not needed any more."""
        kept = {name: array for name, array in vars(self).items() if name not in drop.split()}
        if which.dtype == bool and which.all():
            return Pairs(**kept)
        index = np.flatnonzero(which) if which.dtype == bool else which
        return Pairs(**{name: array.take(index, axis=-1) for name, array in kept.items()})


def join(some):
    """Pairs one after the other."""
    return Pairs(**{name: np.concatenate([getattr(each, name) for each in some], axis=-1) for name in vars(some[0])})


class Tally:
    """Adds to the outputs of draws lo .. hi - 1 of a block, under one variant, by draw, year and one code more."""

    def __init__(self, outputs, number, start, lo, hi):
        flows, totals, self.parts, grouped = (array[number, start + lo: start + hi] for array in outputs[:4])  # no control
        self.lo, self.n_year = lo, flows.shape[2]
        self.flow = {name: flows[:, i] for i, name in enumerate(layouts.FLOWS)}
        self.group = {name: grouped[:, i] for i, name in enumerate(layouts.GROUPED)}
        self.total = {name: totals[:, i, :, None] for i, name in enumerate(layouts.TOTALS)}

    def cell(self, draw, year):
        """The place of a draw and a year; what comes after the horizon counts in its last year."""
        return (draw - self.lo) * self.n_year + np.minimum(year, self.n_year - 1)

    def add(self, out, cell, code=0, amount=None):
        """Add amounts, or ones, to out[draw, year, code]."""
        out, place = (out[:, :, code], cell) if np.ndim(code) == 0 else (out, cell * out.shape[2] + code)
        out += np.bincount(place, amount, minlength=out.size).reshape(out.shape)

    def brings(self, who, cell, instrument, group, pairs):
        """Add what the supported, or the induced, projects invest and save."""
        self.add(self.flow[f"{who}_investment"], cell, instrument, pairs.investment)
        self.add(self.group[f"{who}_investment"], cell, group, pairs.investment)
        for name in ("equipment", "renewal", "saving"):
            self.add(self.total[f"{who}_{name}"], cell, 0, getattr(pairs, name))


def pay(world, k, made, cell, tally):
    """Enter funded awards of one instrument; `cell` is the draw and year of funding. A project is counted with the award that leads."""
    group = world.group.take(made.row)
    tally.add(tally.flow["commitment"], cell, k, made.amount)
    tally.add(tally.group["commitment"], cell, group, made.amount)
    for year, committed, final in zip(made.years, made.committed, made.final, strict=True):
        due, late = tally.cell(made.draw, year), np.flatnonzero(year >= world.n_year)
        tally.add(tally.total["cut"], due, 0, committed - final)
        tally.add(tally.total["due"], due.take(late), 0, final.take(late))
        paid = final * (year < world.n_year)
        tally.add(tally.flow["outlay"], due, k, paid)
        tally.add(tally.flow["deadweight"], due, k, paid * made.anyway)
        tally.add(tally.group["outlay"], due, group, paid)
    tally.add(tally.total["recovered"], tally.cell(made.draw, made.end + 1), 0, made.owed)
    leads = np.flatnonzero(made.leads)
    lead, cell, group = made.at(leads, drop="years committed final"), cell.take(leads), group.take(leads)
    tally.add(tally.flow["awards"], cell, k)
    tally.brings("supported", cell, k, group, lead)
    part = world.part.take(lead.row)
    tally.add(tally.parts, cell[part >= 0], part[part >= 0])


def ration(world, v, queue, n_draw):
    """Year by year who is admitted, funded or lapses, all draws at once; awards split, and their remainders come last."""
    n, patience = queue.row.size, np.array([fund.wait_years for fund in v.funds])
    queue.state, queue.share, queue.funded, queue.split = np.full(n, WAITING), np.ones(n), np.full(n, -1), np.zeros(n, bool)
    queue.fund = np.take([rule.fund for rule in v.rules], queue.instrument)
    by_arrival = np.take([fund.rule == "first_come" for fund in v.funds], queue.fund)
    rank = np.where(by_arrival, world.inputs.arrival_rank.take(queue.row), world.inputs.score_rank[v.number].take(queue.row))
    spent, end = np.zeros((len(v.funds), n_draw, world.n_year)), np.full(n_draw, world.n_year)
    np.maximum.at(end, queue.draw, queue.approval + 1)  # a draw runs until its last approval
    queue.turn = (queue.draw * end.max() + queue.approval << 32) + rank.astype(np.intp) * len(v.rules) + queue.instrument
    for year in range(end.max()):
        waiting = np.flatnonzero((queue.state == WAITING) & (queue.approval <= year) & (year < end[queue.draw]))
        admitted = admit(v, queue, waiting[np.argsort(queue.turn[waiting])])  # draw by draw, the oldest first, then in turn
        for f, fund in enumerate(v.funds):
            mine = admitted[queue.fund[admitted] == f]
            shares = shares_of(fund, queue, mine, year, spent[f], world.inputs.appropriation[v.number, f])
            queue = give(queue, mine, shares, year, lapses=fund.enforce != "none" and fund.rule == "pro_rata")
        lapses = (queue.state == WAITING) & (year - queue.approval >= patience[queue.fund]) & (year < end[queue.draw])
        queue.state[lapses], queue.funded[lapses] = LAPSED, year
    return queue


def admit(v, queue, waiting):
    """Those that wait, in order, but for those beyond this year's quotas; what was split has had its place."""
    quota = np.array([rule.quota for rule in v.rules])[queue.instrument[waiting]]
    counted = np.flatnonzero((quota < np.inf) & ~queue.split[waiting])
    pool = queue.draw[waiting[counted]] * len(v.rules) + queue.instrument[waiting[counted]]
    order = np.argsort(pool, kind="stable")
    place = np.arange(1, order.size + 1) - np.searchsorted(pool[order], pool[order])
    return np.delete(waiting, counted[order[place > quota[counted[order]]]])


def shares_of(fund, queue, mine, year, spent, money):
    """The share of every award that a fund pays this year; adds it to what the fund has spent, float64[draw, year]."""
    if fund.enforce == "none" or not mine.size:
        return np.ones(mine.size)
    ahead = slice(year, year + 1 if fund.enforce == "commitment" else None)  # the years whose money is claimed
    draw, amount, spent, money = queue.draw[mine], queue.amount[mine] * queue.share[mine], spent[:, ahead], money[ahead]
    claims = np.zeros((mine.size, money.size))
    if fund.enforce == "commitment":
        claims[:] = amount[:, None]
    else:
        for wait, committed in zip(queue.years[:, mine] - queue.approval[mine], queue.committed[:, mine], strict=True):
            inside = np.flatnonzero(wait < money.size)
            claims[inside, wait[inside]] += (committed * queue.share[mine])[inside]
    if fund.rule == "pro_rata":
        demand = np.zeros(spent.shape)
        np.add.at(demand, draw, claims)
        shares = fitting(demand, money - spent)[draw]
        shares *= shares * amount >= NO_MONEY
    else:
        shares = shares_in_turn(draw, amount, claims, spent, money, fund.partial)
    np.add.at(spent, draw, claims * shares[:, None])
    return shares


def fitting(claims, left):
    """The share of each claim that the money of every year still covers: 0..1."""
    left = np.maximum(left, 0.0)
    return np.divide(left, claims, out=np.ones(claims.shape), where=claims > left).min(axis=-1, initial=1.0)


def shares_in_turn(draws, amounts, claims, spent, money, partial):
    """Draw by draw in order, all draws at once: all of an award that fits; of others nothing or, if `partial`, what fits."""
    shares, spent, open_ = np.zeros(draws.size), spent.copy(), np.arange(draws.size)
    while True:
        fits = fitting(claims[open_], money - spent[draws[open_]])
        open_ = open_[(fits == 1.0) | ((fits * amounts[open_] >= NO_MONEY) & bool(partial))]  # who does not fit now never will
        if not open_.size:
            return shares
        draw, start, n = np.unique(draws[open_], return_index=True, return_counts=True)
        line, place = np.repeat(np.arange(draw.size), n), np.arange(open_.size) - np.repeat(start, n)
        before = np.zeros((draw.size, n.max() + 1, money.size))  # what has been spent before each place
        before[:, 0], before[line, place + 1] = spent[draw], claims[open_]
        np.cumsum(before, axis=1, out=before)
        fits = fitting(claims[open_], money - before[line, place])
        stop = np.full(draw.size, n.max())
        np.minimum.at(stop, line[fits < 1.0], place[fits < 1.0])
        shares[open_[place < stop[line]]], spent[draw] = 1.0, before[np.arange(draw.size), stop]
        if partial:
            here = place == stop[line]
            cut, part = open_[here], fits[here] * (fits[here] * amounts[open_[here]] >= NO_MONEY)
            shares[cut], spent[draws[cut]] = part, spent[draws[cut]] + claims[cut] * part[:, None]
        open_ = open_[place > stop[line]]


def give(queue, mine, shares, year, lapses):
    """Fund these shares; the remainder of an award goes on waiting, or lapses."""
    funded, cut = mine[shares > 0.0], (shares > 0.0) & (shares < 1.0)
    if lapses:
        queue.state[mine], queue.funded[mine] = LAPSED, year
    rest = queue.at(mine[cut])
    queue.state[funded], queue.funded[funded] = FUNDED, year
    if not cut.any():
        return queue
    queue.share[mine[cut]] *= shares[cut]
    rest.share, rest.split = rest.share * (1.0 - shares[cut]), np.ones(cut.sum(), bool)
    rest.turn = (rest.turn >> 32 << 32) + 2**31 + queue.row.size + np.arange(cut.sum())  # the last of their age
    return join([queue, rest])


def settle(world, queue, tally):
    """Enter what became of the awards that had to wait."""
    for name in ("amount", "owed", "committed", "final"):
        setattr(queue, name, getattr(queue, name) * queue.share)
    tally.add(tally.flow["entitlement"], tally.cell(queue.draw, queue.approval), queue.instrument, queue.amount)
    until = np.where(queue.state == WAITING, world.n_year, queue.funded)
    for year in range(world.n_year):
        kept = np.flatnonzero((queue.approval <= year) & (year < until))
        tally.add(tally.flow["backlog"], tally.cell(queue.draw[kept], year), queue.instrument[kept], queue.amount[kept])
    lapsed = np.flatnonzero(queue.state == LAPSED)
    tally.add(tally.total["lapsed"], tally.cell(queue.draw, queue.funded)[lapsed], 0, queue.amount[lapsed])
    made = queue.at(queue.state == FUNDED, drop="state share split fund turn waits")
    made.years, made.end = made.years + made.funded - made.approval, made.end + made.funded - made.approval
    project = made.draw * world.group.size + made.row
    order = np.lexsort([made.funded, project])  # stable: of equals the first instrument leads
    made.leads = np.zeros(project.size, bool)
    made.leads[order[np.diff(project.take(order), prepend=-1) != 0]] = True
    for k in np.unique(made.instrument):
        mine = made.at(made.instrument == k)
        pay(world, k, mine, tally.cell(mine.draw, mine.funded), tally)


def padded(made):
    """The same awards with N_PAYMENT payments each, the last ones of nothing."""
    missing = ((0, layouts.N_PAYMENT - len(made.years)), (0, 0))
    made.years = np.pad(made.years, missing, "edge")
    made.committed, made.final = np.pad(made.committed, missing), np.pad(made.final, missing)
    return made
