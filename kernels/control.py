"""The control: a figure of every draw that follows its luck, and whose expectation is known exactly.

It is what the approved projects of a filing year are worth, each at a nominal amount that depends on the luck of its size
alone, less the expectation of this sum given the projects that exist and everything they share. Who files is told by the
lots as in the model, with one simplification: support turns as many projects as if it were the same share of every cost.
The mean of the control is zero whatever the scenario, so what it is found to be says how lucky the draws were, and by how
much to correct them (simulator/weighting.py). Nothing else reads it.
"""

from kernels.candidates import existing_in
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
    year = batch.filing_year - inputs.first_filing_year
    small, medium, large = (inputs.drivers[variant, draw, _FILING_RATE], inputs.drivers[variant, draw, _FILING_RATE + 1],
                            inputs.drivers[variant, draw, _FILING_RATE + 2])
    if batch.filed:
        for j in range(n):
            work.lot[j] = work.life[_APPROVED, j]
    else:
        for_small, for_medium, for_large = (nominal_factor(inputs, batch, variant, draw, 0),
                                            nominal_factor(inputs, batch, variant, draw, 1),
                                            nominal_factor(inputs, batch, variant, draw, 2))
        for j in range(n):
            size_class, without, lot = work.project[_SIZE_CLASS, j], work.life[_WITHOUT, j], work.luck[_PARTICIPATION, j]
            files = work.luck[_FILING, j] < of_class(size_class, small, medium, large)
            turned = lot < min(1.0, without * of_class(size_class, for_small, for_medium, for_large))
            work.lot[j] = work.life[_APPROVED, j] if (files if lot < without else turned) else 0.0
    for j in range(n):
        row = inputs.segments[work.segment[j]].control
        node, _ = node_of(work.word[_FOR_SIZE, j])
        counts = work.lot[j] * inputs.control.weight[variant, work.row[j]]
        outputs.control[variant, draw, year] += counts * inputs.control.counts[variant, max(row, 0), node] if row >= 0 else 0.0


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
        n = existing_in(inputs, segment, draw)
        for variant in range(inputs.policies.size):
            demand = inputs.drivers[variant, draw, _DEMAND + year]
            filing = inputs.drivers[variant, draw, _FILING_RATE + segment.size_class]
            factor = nominal_factor(inputs, batch, variant, draw, segment.size_class)
            if batch.own_approval:
                at_level, on_their_own = _by_approval(inputs, batch, variant, segment, demand, filing, factor, n)
            else:
                at_level, on_their_own = _that_file(inputs, work, batch, variant, segment, demand, filing, factor, n), 0.0
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
    for j in range(LANES):
        work.lot[j] = 0.0
    for start in range(0, n, LANES):
        for j in range(min(LANES, n - start)):
            work.lot[j] += _filing(inputs, batch, variant, segment.first + start + j, demand, filing, factor)
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
