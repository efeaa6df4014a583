"""What happens when the money or the places of a year run out: hand-made awards, every rule."""

import json
from decimal import Decimal
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import layouts
from kernels.layouts import ENFORCE, RULE
from kernels.rationing import FUNDED, LAPSED, WAITING, ration
from simulator.units import share_out
from tests import support

N_YEAR, N_INSTRUMENT = 6, 2
BOTH = 0b11  # bits of the instruments that a project files for
EXAMPLES = {e["id"]: e["expected"] for e in json.loads(
    (Path(__file__).parents[1] / "clauses" / "worked_examples.json").read_text(encoding="utf-8"))}
WAN = 10_000.0
TINY = 1e-6  # CNY, against amounts of up to 100
HOW = [(enforce, rule, partial) for enforce, rule, partial in product(ENFORCE[1:], RULE, (False, True))
       if not (partial and rule == "pro_rata")]


class World:
    """A few awards in order of arrival, one a project, before and after rationing."""

    def __init__(self, awards, appropriation, *, enforce="commitment", rule="by_score", partial=False, wait_years=2,
                 quota=np.inf, scores=None, n_year=N_YEAR):
        self.n = len(awards)
        funds = np.zeros((1, 2), layouts.FUND)
        funds["enforce"], funds["rule"] = ENFORCE.index(enforce), RULE.index(rule)
        funds["partial"], funds["wait_years"] = partial, wait_years
        instruments = np.zeros((1, N_INSTRUMENT), layouts.INSTRUMENT)
        instruments["quota"], instruments["fund"] = quota, [0, 1]
        scores = np.arange(self.n, 0, -1) if scores is None else np.asarray(scores)
        rank = np.empty((1, self.n), np.int32)
        rank[0, np.lexsort((np.arange(self.n), -scores))] = np.arange(self.n)
        self.money = np.broadcast_to(np.asarray(appropriation, float), (2, n_year)).copy()
        self.inputs = support.inputs(support.projects(self.n, instruments=BOTH), instruments, funds=funds,
                                     appropriation=self.money[None], score_rank=rank, examine=True)
        self.work = support.workspace(self.inputs)
        for i, (instrument, year, amounts, delays) in enumerate(awards):
            row = self.work.award[i]
            row["project"], row["instrument"], row["approval_year"], row["amount"] = i, instrument, year, sum(amounts)
            row["share"], row["state"], row["admitted_year"], row["funded_year"] = 1.0, WAITING, -1, -1
            self.work.committed[i, : len(amounts)] = amounts
            self.work.pay_year[i] = year
            self.work.pay_year[i, : len(delays)] = year + np.asarray(delays)
        self.total = ration(self.inputs, 0, self.work, self.n)
        self.rows = self.work.award[: self.total]
        self.fund = self.rows["instrument"]  # instrument k is paid by fund k
        self.due = self.rows["amount"] * self.rows["share"]

    def committed(self):
        """[fund, year] by the year of funding."""
        made = np.zeros((2, N_YEAR + 4))
        funded = self.rows["state"] == FUNDED
        np.add.at(made, (self.fund[funded], self.rows["funded_year"][funded]), self.due[funded])
        return made[:, :N_YEAR]

    def cash(self):
        """[fund, year] of what funded awards pay."""
        made = np.zeros((2, 3 * N_YEAR))
        for i in np.flatnonzero(self.rows["state"] == FUNDED):
            wait = self.rows["funded_year"][i] - self.rows["approval_year"][i]
            for amount, year in zip(self.work.committed[i], self.work.pay_year[i], strict=True):
                made[self.fund[i], year + wait] += amount * self.rows["share"][i]
        return made[:, :N_YEAR]

    def fate(self):
        """Bit for bit what became of every row."""
        return tuple(self.rows[field].tobytes() for field in ("project", "state", "funded_year", "share"))


@st.composite
def an_award(draw):
    amounts = draw(st.lists(st.integers(0, 40), min_size=1, max_size=3))
    amounts[0] += 1
    delays = draw(st.lists(st.integers(0, 3), min_size=len(amounts), max_size=len(amounts)))
    return draw(st.integers(0, N_INSTRUMENT - 1)), draw(st.integers(0, 3)), amounts, sorted(delays)


awards = st.lists(an_award(), min_size=1, max_size=30).map(lambda rows: sorted(rows, key=lambda row: row[1]))
money = st.lists(st.one_of(st.integers(0, 300), st.just(np.inf)), min_size=N_YEAR, max_size=N_YEAR)
more_money = st.lists(st.integers(0, 100), min_size=N_YEAR, max_size=N_YEAR)
wait = st.integers(0, 3)
scores = st.permutations(range(30))


@pytest.mark.parametrize(("enforce", "rule", "partial"), HOW)
@given(rows=awards, appropriation=money, wait_years=wait, score=scores)
def test_money_is_never_promised_twice_nor_left_unaccounted(enforce, rule, partial, rows, appropriation, wait_years, score):
    world = World(rows, appropriation, enforce=enforce, rule=rule, partial=partial, wait_years=wait_years, scores=score[: len(rows)])
    spent = world.committed() if enforce == "commitment" else world.cash()
    assert np.all(spent <= world.money + TINY)
    states, share = world.rows["state"], world.rows["share"]
    assert set(states) <= {WAITING, FUNDED, LAPSED}
    assert np.all((share >= 0) & (share <= 1))
    assert np.all(share[states == FUNDED] > 0)
    whole = np.zeros(world.n)
    np.add.at(whole, world.rows["project"], share)
    assert whole == pytest.approx(np.ones(world.n))  # entitlement = commitment + lapsed + still waiting
    if rule != "pro_rata" and not partial:
        assert world.total == world.n
        assert np.all(share == 1)
    settled = states != WAITING
    waited = (world.rows["funded_year"] - world.rows["approval_year"])[settled]
    assert np.all((waited >= 0) & (waited <= wait_years))
    assert np.all(world.rows["approval_year"][~settled] + wait_years >= N_YEAR)  # it still has a chance after the horizon
    if rule == "pro_rata":
        assert settled.all()
        assert not waited.any()


@pytest.mark.parametrize(("enforce", "rule", "partial"), HOW)
@given(rows=awards, wait_years=wait, score=scores)
def test_an_unlimited_appropriation_gives_the_run_without_enforcement_bit_for_bit(enforce, rule, partial, rows, wait_years, score):
    free = World(rows, np.inf, enforce="none", wait_years=wait_years)
    for unlimited in (np.inf, 1e6):
        world = World(rows, unlimited, enforce=enforce, rule=rule, partial=partial, wait_years=wait_years, scores=score[: len(rows)])
        assert world.fate() == free.fate()
    assert np.all(free.rows["state"] == FUNDED)
    assert np.array_equal(free.rows["funded_year"], free.rows["approval_year"])


@pytest.mark.parametrize("rule", ["first_come", "by_score"])
@given(rows=awards, appropriation=money, wait_years=wait, score=scores)
def test_what_waits_would_not_have_fitted(rule, rows, appropriation, wait_years, score):
    """No money is left idle: at the end of every year what is left is less than any award that was passed over."""
    world = World(rows, appropriation, rule=rule, wait_years=wait_years, scores=score[: len(rows)])
    left = world.money - world.committed()
    for row in world.rows:
        last = N_YEAR if row["state"] == WAITING else row["funded_year"] + (row["state"] == LAPSED)
        for year in range(row["approval_year"], min(last, N_YEAR)):
            assert row["amount"] > left[row["instrument"], year] - TINY


@pytest.mark.parametrize("rule", ["first_come", "by_score"])
@given(rows=awards, appropriation=money, wait_years=wait, score=scores)
def test_who_waited_longer_or_scored_better_is_not_passed_over_for_a_larger_award(rule, rows, appropriation, wait_years, score):
    score = score[: len(rows)]
    world = World(rows, appropriation, rule=rule, wait_years=wait_years, scores=score)

    def turn(i):
        return world.rows["approval_year"][i], -score[i] if rule == "by_score" else i

    for i, j in product(range(world.n), repeat=2):
        first, second = world.rows[i], world.rows[j]
        if second["state"] != FUNDED or first["instrument"] != second["instrument"] or turn(i) > turn(j):
            continue
        year = second["funded_year"]
        waits = first["state"] == WAITING or first["funded_year"] > year or (first["state"] == LAPSED and first["funded_year"] == year)
        if first["approval_year"] <= year and waits:
            assert first["amount"] > second["amount"]


@given(rows=awards, appropriation=money, wait_years=wait, score=scores, quota=st.integers(0, 4), rule=st.sampled_from(RULE[:2]))
def test_places_are_never_exceeded_and_go_to_those_who_waited_first(rows, appropriation, wait_years, score, quota, rule):
    for enforce in ENFORCE:
        world = World(rows, appropriation, enforce=enforce, rule=rule, wait_years=wait_years, quota=quota, scores=score[: len(rows)])
        for k, year in product(range(N_INSTRUMENT), range(N_YEAR)):
            mine = world.rows["instrument"] == k
            funded = mine & (world.rows["state"] == FUNDED) & (world.rows["funded_year"] == year)
            assert funded.sum() <= quota
            if enforce == "none":
                unsettled = (world.rows["state"] == WAITING) | (world.rows["funded_year"] >= year)
                open_ = mine & (world.rows["approval_year"] <= year) & unsettled
                assert funded.sum() == min(quota, open_.sum())
                left_out = open_ & ~funded
                if funded.any() and left_out.any():
                    assert world.rows["approval_year"][funded].max() <= world.rows["approval_year"][left_out].min()


@pytest.mark.parametrize(("rule", "partial"), [("pro_rata", False), ("first_come", True), ("by_score", True)])
@given(rows=awards, appropriation=money, more=more_money, wait_years=wait, score=scores)
def test_more_money_never_commits_less_where_awards_are_divided(rule, partial, rows, appropriation, more, wait_years, score):
    how = {"rule": rule, "partial": partial, "wait_years": wait_years, "scores": score[: len(rows)]}
    less = World(rows, appropriation, **how).committed().sum(axis=1)
    richer = World(rows, np.add(appropriation, more), **how).committed().sum(axis=1)
    assert np.all(richer >= less - TINY)


@given(rows=awards, appropriation=st.integers(0, 300), more=st.integers(0, 100), score=scores)
def test_more_money_never_commits_less_of_one_year_s_whole_awards(rows, appropriation, more, score):
    """The first award that only the larger amount fits is worth more than all that followed it before."""
    rows = [(instrument, 0, amounts, delays) for instrument, _, amounts, delays in rows]
    less, richer = (World(rows, amount, wait_years=0, scores=score[: len(rows)]).committed()[:, 0]
                    for amount in (appropriation, appropriation + more))
    assert np.all(richer >= less)


def test_over_several_years_more_money_can_commit_less_in_whole_awards():
    """It funds the 6 at once and not the 3 and the 2.9; next year the 3 goes first and leaves too little for the 3.4."""
    rows = [(0, 0, [6.0], [0]), (0, 0, [3.0], [0]), (0, 0, [2.9], [0]), (0, 1, [3.4], [0])]
    less, richer = (World(rows, [first, 3.4, 0, 0, 0, 0], wait_years=1).committed()[0].tolist()[:2] for first in (5.9, 6.0))
    assert (less, richer) == ([5.9, 3.4], [6.0, 3.0])


def test_by_cash_more_money_in_one_year_can_commit_less_in_all():
    """It lets in awards that take the money of a later year, which others need in a small part only."""
    rows = [(0, 0, [10.0, 10.0], [0, 2]), (0, 2, [10.0, 90.0], [0, 1])]
    less, richer = (World(rows, [first, 0, 10, 90, 0, 0], enforce="cash", wait_years=0).committed()[0].sum() for first in (0, 10))
    assert (less, richer) == (100, 20)


@pytest.mark.parametrize("enforce", ["commitment", "cash"])
def test_earlier_obligations_have_the_first_claim(enforce):
    """10 a year. The grant of year 0 pays 6 in year 0 and 6 in year 1: by cash it leaves 4 in year 1, by commitment 10."""
    rows = [(0, 0, [6.0, 6.0], [0, 1]), (0, 1, [5.0], [0])]
    world = World(rows, [12 if enforce == "commitment" else 10, *[10] * (N_YEAR - 1)], enforce=enforce)
    assert world.rows["funded_year"].tolist() == ([0, 1] if enforce == "commitment" else [0, 2])


def test_under_cash_an_award_must_fit_in_every_year_in_which_it_pays():
    rows = [(0, 0, [1.0, 9.0], [0, 3]), (0, 0, [1.0, 9.0], [0, 3]), (0, 0, [1.0, 1.0], [0, 3])]
    world = World(rows, 10, enforce="cash", wait_years=0)
    assert world.rows["state"].tolist() == [FUNDED, LAPSED, FUNDED]


def test_payments_of_one_award_in_one_year_are_added_up():
    assert World([(0, 0, [6.0, 6.0], [1, 1])], 10, enforce="cash", wait_years=0).rows["state"].tolist() == [LAPSED]
    split = World([(0, 0, [6.0, 6.0], [1, 1])], 10, enforce="cash", partial=True, wait_years=0)
    assert split.rows["share"].tolist() == pytest.approx([10 / 12, 2 / 12])


def test_an_award_that_waits_is_paid_later_by_as_many_years():
    world = World([(0, 0, [10.0], [0]), (0, 0, [4.0, 4.0], [0, 1])], 10, enforce="cash")
    assert world.rows["funded_year"].tolist() == [0, 1]
    assert world.cash()[0].tolist() == [10, 4, 4, 0, 0, 0]


@pytest.mark.parametrize("wait_years", [0, 1, 2])
def test_what_is_not_funded_lapses_after_its_years_of_waiting(wait_years):
    world = World([(0, 1, [11.0], [0])], 10, wait_years=wait_years)
    assert world.rows["state"].tolist() == [LAPSED]
    assert world.rows["funded_year"].tolist() == [1 + wait_years]


def test_funds_do_not_share_their_money():
    world = World([(0, 0, [8.0], [0]), (1, 0, [8.0], [0]), (0, 0, [8.0], [0])], np.array([[10.0] * 6, [8.0] * 6]), wait_years=0)
    assert world.rows["state"].tolist() == [FUNDED, FUNDED, LAPSED]


@pytest.mark.parametrize(("rule", "partial"), [("pro_rata", False), ("by_score", True), ("first_come", True)])
@pytest.mark.parametrize("enforce", ["commitment", "cash"])
def test_without_money_nobody_is_funded_not_even_with_a_share_of_nothing(enforce, rule, partial):
    world = World([(0, 0, [7.0], [0]), (0, 0, [8.0], [0])], 0.0, enforce=enforce, rule=rule, partial=partial, wait_years=0)
    assert (world.rows["state"] == LAPSED).all()


@given(rows=st.lists(st.integers(1, 10**10), min_size=2, max_size=30), cut=st.floats(0.05, 0.95))
def test_a_queue_divides_at_most_one_award_a_year(rows, cut):
    """What rounding leaves over, such as 1e-8 元, is no money: it makes nobody a supported project."""
    amounts = [amount / 100 for amount in rows]
    world = World([(0, 0, [amount], [0]) for amount in amounts], sum(amounts) * cut, partial=True, wait_years=0)
    assert world.total <= world.n + 1


def test_first_come_means_first_come_for_places_too():
    rows, scores_ = [(0, 0, [1.0], [0]), (0, 0, [1.0], [0])], [1, 2]
    assert World(rows, np.inf, enforce="none", rule="by_score", quota=1, scores=scores_).rows["funded_year"].tolist() == [1, 0]
    assert World(rows, np.inf, enforce="none", rule="first_come", quota=1, scores=scores_).rows["funded_year"].tolist() == [0, 1]


def test_we25_the_eleventh_and_twelfth_certification_wait_for_next_year():
    contracts = (120, 150, 180, 200, 240, 260, 300, 320, 340, 500, 90, 60)
    rows = [(0, 0, [min(0.3 * contract, 100) * WAN], [0]) for contract in contracts]
    world = World(rows, np.inf, enforce="none", quota=10)
    now, later = (world.rows["funded_year"] == year for year in (0, 1))
    figures = {"funded": world.due[now].sum(), "deferred": world.due[later].sum(), "n_funded": now.sum(), "n_deferred": later.sum()}
    assert figures == pytest.approx({name: float(value) for name, value in EXAMPLES["WE25"].items()})


def test_we26_an_appropriation_is_spent_by_queue_or_pro_rata_to_the_fen():
    rows = [(0, 0, [amount * WAN], [0]) for amount in (1200, 1000, 900)]
    expected = {name: Decimal(value) for name, value in EXAMPLES["WE26"].items()}
    queue = World(rows, 3000 * WAN)
    assert queue.committed()[0, 0] == expected["queue_paid"]
    assert queue.due[queue.rows["funded_year"] == 1].sum() == expected["queue_deferred"]
    partial = World(rows, 3000 * WAN, partial=True)
    assert float(expected["queue_partial_C"]) == pytest.approx(partial.due[2])
    assert partial.rows["funded_year"].tolist() == [0, 0, 0, 1]
    shares = World(rows, 3000 * WAN, rule="pro_rata")
    exact = share_out(Decimal("30000000.00"), [Decimal(amount * 10_000) for amount in (1200, 1000, 900)])
    assert exact == [expected[f"prorata_{name}"] for name in "ABC"]
    assert sum(exact) == expected["prorata_sum"]
    assert shares.due[:3] == pytest.approx([float(amount) for amount in exact], abs=0.005)
    assert shares.rows["state"][3:].tolist() == [LAPSED] * 3
