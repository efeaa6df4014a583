"""The kernel: a block of draws, all projects, all variants of the policy under the same luck.

One draw after the other; within a draw the projects of one batch are the lanes of plain loops, which the compiler turns
into vector instructions. Everything that a draw shares is then a scalar, its results stay in the first-level cache,
and only the projects that exist in it are looked at.
"""

from kernels.awards import award_applicants, line_up, repeat_awards, step_back
from kernels.candidates import (
    add_candidates,
    draw_building_time,
    draw_luck,
    draw_luck_of_applicants,
    existing_in,
    gather,
    whole_vectors,
)
from kernels.compiled import helper, kernel
from kernels.control import add_control, subtract_expected
from kernels.decisions import apply, date_approval, date_end, realise, respond, value_packages
from kernels.layouts import LANES
from kernels.offers import offer_packages
from kernels.rationing import ration
from kernels.settlement import settle

HALF = LANES // 2  # projects are looked at in halves, so that their candidates always fit


@kernel()
def simulate_draws(inputs, outputs, work, first, last):
    """Simulate draws [first, last): the one function that every executor calls, on any range, for the same bits.

    Parameters
    ----------
    inputs : Inputs
        As in layouts.py; shapes and units stand beside the fields.
    outputs : Outputs
        Added to in place; must be zero on entry for these draws. Money in CNY, saving in tce a year.
    work : Workspace
        Scratch of this thread. After the call it holds the last draw and variant: `explain` reads its lanes and the awards made.

    Notes
    -----
    Draws are independent; within a draw nothing depends on the order in which rows were given: batches and the ranks
    within them are fixed by the projects' ids, rationing goes by arrival, and all luck is keyed by the id.
    """
    for draw in range(first, last):
        for variant in range(inputs.policies.size):
            work.n_made[variant] = 0
            work.n_waiting[variant] = 0
        for b in range(inputs.batches.size):
            batch, n = inputs.batches[b], 0
            after = batch.first_segment + batch.n_segment
            for s in range(batch.first_segment, after):
                work.existing[s] = existing_in(inputs, inputs.segments[s], draw)
            subtract_expected(inputs, outputs, work, batch, draw)
            for s in range(batch.first_segment, after):
                row, n_existing = inputs.segments[s].first, work.existing[s]
                for start in range(0, max(n_existing, 1), HALF):
                    n = add_candidates(inputs, work, batch, b, s, draw, row + start, min(HALF, n_existing - start), n)
                    if n > HALF or (s + 1 == after and start + HALF >= n_existing):  # the lanes are full, or it was the last
                        _follow(inputs, outputs, work, batch, b, draw, n)
                        n = 0
        for variant in range(inputs.policies.size):
            n_waiting = line_up(inputs, work, variant)
            if n_waiting > 0:
                step_back(work, variant, n_waiting, ration(inputs, variant, work, n_waiting))
            settle(inputs, outputs, variant, draw, work)


@helper()
def _follow(inputs, outputs, work, batch, b, draw, n):
    """Follow n candidates of one batch through this draw: their luck, and what becomes of them under every variant.

    A variant in which nothing is different for this batch takes over the awards of the first such one.
    """
    draw_luck(inputs, work, batch, draw, n)
    gather(inputs, work, batch, n)
    before = -1
    for variant in range(inputs.policies.size):
        if inputs.like[variant, b] != variant:
            continue
        first = work.n_made[variant]
        draw_building_time(inputs, work, batch, variant, before, n)
        n_filed = live_through(inputs, outputs, work, batch, variant, before, draw, n)
        before = variant
        for other in range(variant + 1, inputs.policies.size):
            if inputs.like[other, b] == variant:
                add_control(inputs, outputs, work, batch, other, draw, n)
                repeat_awards(inputs, outputs, work, batch, other, variant, first, draw, n_filed, n)


@helper()
def live_through(inputs, outputs, work, batch, variant, before, draw, n):
    """Take n candidates of one batch from the offer of the clauses to their awards, under one variant; returns their slots.

    `before`: the variant that lived through the same just before it, -1 for none; what it left in the lanes is kept.
    """
    width = whole_vectors(n)
    first_approval = date_approval(inputs, work, batch, variant, draw, width)
    date_end(inputs, work, batch, variant, draw, width)
    n_filed = offer_packages(inputs, work, batch, variant, draw, first_approval, width)
    value_packages(inputs, work, batch, variant, first_approval, n_filed, width)
    respond(inputs, work, batch, variant, draw, width)
    apply(inputs, work, batch, variant, draw, width)
    add_control(inputs, outputs, work, batch, variant, draw, n)
    draw_luck_of_applicants(inputs, work, batch, variant, before, draw, n)
    realise(inputs, work, batch, variant, draw, width)
    award_applicants(inputs, outputs, work, batch, variant, draw, n_filed, n)
    return n_filed
