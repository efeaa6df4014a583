"""Awards that wait for the money: made batch by batch, lined up in order of arrival."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import layouts
from kernels.awards import line_up, step_back
from kernels.formulas import CAPPED_SHARE
from kernels.futures import simulate_draws
from kernels.layouts import BASE, EXCLUSIVITY, FLOWS, N_PAYMENT, PAYOUT, RULE
from kernels.rationing import FUNDED, WAITING
from tests import support

N_INSTRUMENT = 3
ALL = 0b111


def instruments(quota=np.inf, rationed=(0,)):
    """Grants of a tenth of the investment, paid at once and all of them at a time; some have a quota."""
    made = np.zeros((1, N_INSTRUMENT), layouts.INSTRUMENT)
    made["shape"], made["base"], made["rate"], made["cap"] = CAPPED_SHARE, BASE.index("investment"), 0.1, np.inf
    made["rate_driver"], made["fixed_asset_share"], made["stackable"], made["threshold_inclusive"] = -1, -1, 1, 1
    made["payout"], made["quota"] = PAYOUT.index("at_once"), np.inf
    made["quota"][:, list(rationed)] = quota
    return made


@st.composite
def queues(draw):
    """Projects of several batches and years, with up to three awards each: (rows, number of awards of each key)."""
    n = draw(st.integers(1, 15))
    filed = draw(st.lists(st.integers(1, ALL), min_size=n, max_size=n))
    years = draw(st.lists(st.integers(2024, 2026), min_size=n, max_size=n))
    moments = draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.999]), min_size=n, max_size=n))  # some arrive together
    keys = draw(st.permutations(range(1, n + 1)))
    numbers = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    rows = support.projects(n, instruments=filed, filing_year=years, arrival=moments, key=keys)
    return rows, dict(zip(keys, numbers, strict=True))


def put_aside(given_, work, numbers):
    """Leave awards in the order of the batches, each with figures of its own; returns (project, figure) of those that wait."""
    left, place = [], 0
    for project in range(len(given_.key)):
        for _ in range(numbers[int(given_.key[project])]):
            figure, waits = 1000.0 * place, given_.arrival_rank[project] >= 0
            work.made["project"][0, place], work.made["amount"][0, place] = project, figure
            work.made["state"][0, place] = WAITING if waits else FUNDED
            for payment in range(N_PAYMENT):
                work.made_years[0, place, payment] = figure + payment
                work.made_committed[0, place, payment] = figure + 10 + payment
                work.made_final[0, place, payment] = figure + 20 + payment
            if waits:
                left.append((project, figure))
            place += 1
    work.n_made[0], work.n_waiting[0] = place, len(left)
    return left


@given(queue=queues())
def test_awards_are_lined_up_by_the_arrival_of_their_projects_and_those_of_one_project_stay_together(queue):
    rows, numbers = queue
    made = support.inputs(rows, instruments(quota=1), n_filing_year=3)
    work = support.workspace(made)
    left = put_aside(made, work, numbers)
    moment = {int(key): year + arrival for key, year, arrival in zip(rows["key"], rows["filing_year"], rows["arrival"], strict=True)}
    expected = sorted(left, key=lambda award: (moment[int(made.key[award[0]])], made.key[award[0]]))  # stable
    assert line_up(made, work, 0) == len(left)
    found = list(zip(work.award["project"][: len(left)].tolist(), work.award["amount"][: len(left)].tolist(), strict=True))
    assert found == expected
    for payments, offset in ((work.pay_year, 0), (work.committed, 10), (work.final, 20)):
        figures = work.award["amount"][: len(left), None]
        assert np.array_equal(payments[: len(left)], figures + offset + np.arange(N_PAYMENT))
    before = work.made["amount"][0].copy()
    work.award["state"][: len(left)], work.award["funded_year"][: len(left)] = FUNDED, 3
    step_back(work, 0, len(left), len(left))
    assert np.array_equal(work.made["amount"][0], before)  # each stands where it stood
    waited = np.isin(before[: work.n_made[0]], [figure for _, figure in left])
    assert np.all(work.made["funded_year"][0, : work.n_made[0]][waited] == 3)


def test_the_remainder_of_a_split_award_goes_to_the_end_with_its_payments():
    rows = support.projects(2, instruments=[1, 1], arrival=[0.5, 0.25])
    made = support.inputs(rows, instruments(quota=1))
    work = support.workspace(made)
    put_aside(made, work, {1: 1, 2: 1})
    assert line_up(made, work, 0) == 2
    for name in ("award", "pay_year", "committed", "final"):
        getattr(work, name)[2] = getattr(work, name)[0]
    work.award["share"][2] = 0.25
    step_back(work, 0, 2, 3)
    first = work.came[0]
    assert work.n_made[0] == 3
    assert work.made["share"][0, 2] == 0.25
    for name in ("made_years", "made_committed", "made_final"):
        assert np.array_equal(getattr(work, name)[0, 2], getattr(work, name)[0, first])


@given(queue=queues())
def test_only_projects_that_file_for_what_is_rationed_have_a_place_in_the_queue(queue):
    rows, _ = queue
    made = support.inputs(rows, instruments(quota=1), n_filing_year=3)
    waits = {int(key) for key, mask in zip(rows["key"], rows["instruments"], strict=True) if mask & 1}
    queued = made.arrival_rank >= 0
    assert {int(key) for key in made.key[queued]} == waits
    assert sorted(made.arrival_rank[queued]) == list(range(len(waits)))


def run(made):
    """Number of awards that one draw makes, its scratch, and everything that it gives."""
    work, results = support.workspace(made), support.outputs_of(made)
    simulate_draws(made, results, work, 0, 1)
    return int(work.n_waiting[0]), work, results


def stacked(**columns):
    return support.policies(exclusivity=EXCLUSIVITY.index("stack"), **columns)


@given(moments=st.permutations(range(12)), filed=st.lists(st.integers(1, ALL), min_size=12, max_size=12))
def test_every_award_of_a_draw_waits_in_order_of_arrival_when_all_are_rationed(moments, filed):
    rows = support.projects(12, instruments=filed, arrival=np.array(moments) / 12, filed=1, investment=100.0)
    made = support.inputs(rows, instruments(quota=20, rationed=range(3)), policies=stacked())
    n_award, work, results = run(made)
    expected = [(int(key), k) for key, mask in sorted(zip(rows["key"], filed, strict=True), key=lambda row: moments[row[0] - 1])
                for k in range(N_INSTRUMENT) if mask >> k & 1]
    awards = work.award[:n_award]
    assert list(zip(made.key[awards["project"]].tolist(), awards["instrument"].tolist(), strict=True)) == expected
    assert awards["amount"] == pytest.approx(np.full(len(expected), 10.0))
    assert np.all(awards["state"] == FUNDED)
    assert results.flows[0, 0, FLOWS.index("awards")].sum() == 12  # each project counts once


@given(moments=st.permutations(range(12)), places=st.integers(0, 12))
def test_places_go_to_those_who_arrive_first_whichever_batch_they_are_in(moments, places):
    rows = support.projects(12, instruments=np.arange(12) % 4 * 2 + 1, arrival=np.array(moments) / 12, filed=1, investment=100.0)
    funds = np.zeros((1, 1), layouts.FUND)
    funds["rule"] = RULE.index("first_come")
    made = support.inputs(rows, instruments(quota=places), policies=stacked(), funds=funds)
    n_award, work, _ = run(made)
    awards = work.award[:n_award]
    mine = (awards["instrument"] == 0) & (awards["state"] == FUNDED) & (awards["funded_year"] == 0)
    assert set(made.key[awards["project"][mine]]) == set(rows["key"][np.array(moments) < places])


@given(filed=st.lists(st.integers(1, ALL), min_size=1, max_size=40))
def test_awards_that_wait_and_are_then_funded_give_bit_for_bit_what_awards_funded_at_once_give(filed):
    rows = support.projects(len(filed), instruments=filed, filed=1, investment=np.arange(1.0, len(filed) + 1))
    results = []
    for limit in (np.inf, 1000):
        n_waiting, work, result = run(support.inputs(rows, instruments(limit, range(3)), policies=stacked()))
        assert n_waiting == (0 if limit == np.inf else sum(mask.bit_count() for mask in filed))
        assert work.n_made[0] == sum(mask.bit_count() for mask in filed)
        results.append(result)
    for name in layouts.Outputs._fields:
        assert getattr(results[1], name).tobytes() == getattr(results[0], name).tobytes(), name
    assert results[0].flows[0, 0, FLOWS.index("outlay")].sum() > 0
