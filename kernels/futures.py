"""The kernel: a block of draws, all projects, all variants of the policy under the same luck."""

from kernels.compiled import kernel
from kernels.projects import draw_luck, live_through
from kernels.rationing import ration
from kernels.settlement import settle


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
        Scratch of this thread. After the call it holds the last draw and variant, award by award: `explain` reads it.

    Returns
    -------
    int
        Number of awards of the last draw and variant, so that a single draw can be read back.

    Notes
    -----
    Draws are independent; within a draw nothing depends on the order in which rows were given, because rows are
    sorted by arrival beforehand and every project's luck is keyed by its id.
    """
    n_variant = inputs.policies.size
    n_award = 0
    for draw in range(first, last):
        n_existing = 0
        for row in range(inputs.projects.size):
            project = inputs.projects[row]
            if project.cell < 0 or project.rank < inputs.counts[draw, project.cell]:
                work.existing[n_existing] = row
                n_existing += 1
                draw_luck(inputs, draw, row, work.luck)
        for variant in range(n_variant):
            for column in range(work.drivers.size):
                work.drivers[column] = inputs.drivers[variant, draw, column]
            n_award = 0
            for index in range(n_existing):
                n_award = live_through(inputs, outputs, variant, draw, work.existing[index], work, n_award)
            n_award = ration(inputs, variant, work, n_award)
            settle(inputs, outputs, variant, draw, work, n_award)
    return n_award
