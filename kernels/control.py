"""The control: a figure of every draw that follows its luck, and whose expectation is known exactly.

It is what the approved projects of a filing year are worth, each at a nominal amount that depends on the luck of its size
alone, less the expectation of this sum given the projects that exist and everything they share. Who files is told by the
lots as in the model, with one simplification: support turns as many projects as if it were the same share of every cost.
The mean of the control is zero whatever the scenario, so what it is found to be says how lucky the draws were, and by how
much to correct them (simulator/weighting.py). Nothing else reads it.
"""

import numpy as np

from kernels.compiled import helper
from kernels.decisions import nominal_factor, of_class
from kernels.layouts import CANDIDATE, DRIVERS, LANES, LIFE, LUCK, PROJECT, WORD
from kernels.luck import node_of

_FILING_RATE, _DEMAND = DRIVERS.index("filing_small"), len(DRIVERS)
_PARTICIPATION, _FILING, _FOR_SIZE = LUCK.index("participation"), LUCK.index("filing"), WORD.index("size")
_SIZE_CLASS, _OWN_APPROVAL = CANDIDATE.index("size_class"), PROJECT.index("approval")
_WITHOUT, _APPROVED = LIFE.index("without"), LIFE.index("approved")


@helper()
def add_control(inputs, outputs, work, batch, variant, draw, n):
    """Add the approved among n candidates."""
    if not batch.has_control:
        return
    _weigh(inputs, work, batch, variant, draw, n)
    n_counting = 0
    for j in range(n):  # without a branch: written always, counted when it counts
        work.lane[n_counting] = j
        n_counting += np.int64(work.lot[j] > 0.0)
    year = batch.filing_year - inputs.first_filing_year
    for i in range(n_counting):
        j = work.lane[i]
        row = inputs.segments[work.segment[j]].control
        if row >= 0:
            node, _ = node_of(work.word[_FOR_SIZE, j])
            counts = inputs.control.weight[variant, work.row[j]] * inputs.control.counts[variant, row, node]
            outputs.control[variant, draw, year] += counts


@helper()
def _weigh(inputs, work, batch, variant, draw, n):
    """Fill work.lot with 1 for those that are large enough to count, file and are approved, and 0 for the others."""
    least = batch.control_word
    if batch.filed:
        for j in range(n):
            work.lot[j] = work.life[_APPROVED, j] if work.word[_FOR_SIZE, j] >= least else 0.0
        return
    small, medium, large = (inputs.drivers[variant, draw, _FILING_RATE], inputs.drivers[variant, draw, _FILING_RATE + 1],
                            inputs.drivers[variant, draw, _FILING_RATE + 2])
    for_small, for_medium, for_large = (nominal_factor(inputs, batch, variant, draw, 0), nominal_factor(inputs, batch, variant, draw, 1),
                                        nominal_factor(inputs, batch, variant, draw, 2))
    for j in range(n):
        size_class, without, lot = work.project[_SIZE_CLASS, j], work.life[_WITHOUT, j], work.luck[_PARTICIPATION, j]
        files = work.luck[_FILING, j] < of_class(size_class, small, medium, large)
        turned = lot < min(1.0, without * of_class(size_class, for_small, for_medium, for_large))
        counts = (files if lot < without else turned) & (work.word[_FOR_SIZE, j] >= least)
        work.lot[j] = work.life[_APPROVED, j] if counts else 0.0


@helper()
def subtract_expected(inputs, outputs, work, batch, draw):
    """Take off what the projects of a batch that exist were expected to add."""
    if not batch.has_control:
        return
    year = batch.filing_year - inputs.first_filing_year
    for s in range(batch.first_segment, batch.first_segment + batch.n_segment):
        segment = inputs.segments[s]
        if segment.control < 0:
            continue
        for variant in range(inputs.policies.size):
            demand = inputs.drivers[variant, draw, _DEMAND + year]
            filing = inputs.drivers[variant, draw, _FILING_RATE + segment.size_class]
            factor = 1.0 if batch.filed else nominal_factor(inputs, batch, variant, draw, segment.size_class)
            if batch.own_approval:
                at_level, on_their_own = _by_approval(inputs, batch, variant, segment, demand, filing, factor, work.existing[s])
            else:
                at_level = _that_file(inputs, work, batch, variant, segment, demand, filing, factor, work.existing[s])
                on_their_own = 0.0
            outputs.control[variant, draw, year] -= (at_level * inputs.control.approved[variant, draw, segment.control]
                                                     + on_their_own * inputs.control.mean[variant, segment.control])


@helper()
def _filing(inputs, batch, variant, i, demand, filing, factor):
    """The chance that project i files, if the control looks at it at all."""
    without = min(1.0, inputs.p0[i] * demand)
    chance = 1.0 if batch.filed else filing * without + (min(1.0, without * factor) - without)
    return chance * inputs.control.weight[variant, i]


@helper()
def _that_file(inputs, work, batch, variant, segment, demand, filing, factor, n):
    """The number of the first n that are expected to file; summed up in lanes, for a single sum would wait for itself."""
    for j in range(min(LANES, n)):
        work.lot[j] = 0.0
    for start in range(segment.first, segment.first + n, LANES):
        first = np.uint64(start)  # unsigned: an index that cannot be counted from the end
        for j in range(min(LANES, segment.first + n - start)):
            work.lot[j] += _filing(inputs, batch, variant, first + np.uint64(j), demand, filing, factor)
    total = 0.0
    for j in range(min(LANES, n)):
        total += work.lot[j]
    return total


@helper()
def _by_approval(inputs, batch, variant, segment, demand, filing, factor, n):
    """The same of those approved at the draw's level, and of those with a probability of their own, times this."""
    at_level, on_their_own = 0.0, 0.0
    for i in range(segment.first, segment.first + n):
        own = inputs.columns[i, _OWN_APPROVAL]
        if own != own:  # nan: none of its own
            at_level += _filing(inputs, batch, variant, i, demand, filing, factor)
        else:
            on_their_own += own * _filing(inputs, batch, variant, i, demand, filing, factor)
    return at_level, on_their_own
