"""From random words to uniforms, normal scores and multipliers.

Every distribution is a table of its quantiles over the 32-bit uniform. The nodes are 16 to each octave of the tail
probability, so that both tails are as fine as the middle, and a node is found in the bits of the number: no logarithm,
no root, and the same bits on every processor. Between nodes runs a cubic through four quantiles; for a smooth
distribution the error stays below 1e-6 of the multiplier.
"""

import numpy as np

from kernels.compiled import helper

PER_OCTAVE = 16
_OCTAVES = 32  # of a 32-bit uniform, from its middle to its end
_SIDE = PER_OCTAVE * _OCTAVES
NODES = 2 * _SIDE

NORMAL = 0  # row of the tables that holds the standard normal

_SIDE_UP, _NO_SIDE = np.uint64(_SIDE), np.uint64(0)
PARTS = np.array([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])  # of a node, at which its cubic meets the distribution

_LAST = np.uint64(0xFFFFFFFF)
_MIDDLE = np.uint64(0x7FFFFFFF)
_BITS_OF_PART = 48  # of the 52 of the mantissa; the other four count the nodes of an octave
_PART_MASK = np.int64((1 << _BITS_OF_PART) - 1)
_LOWEST = np.int64(1022 << 4)  # node of 0.5, the smallest that occurs


@helper()
def uniform(word):
    """A 32-bit word as a number strictly between 0 and 1."""
    return (np.float64(word) + 0.5) * 2.0**-32


@helper()
def node_of(word):
    """The node of a word's uniform and the part of the way to the next, 0 <= part < 1."""
    tail = np.float64(np.float64(min(word, _LAST - word)) + 0.5)
    bits = tail.view(np.int64)
    node = np.uint64((bits >> _BITS_OF_PART) - _LOWEST)  # unsigned: an index that cannot be counted from the end
    return node + (_SIDE_UP if word > _MIDDLE else _NO_SIDE), np.float64(bits & _PART_MASK) * 2.0**-_BITS_OF_PART


@helper()
def quantile(tables, row, node, part):
    """The quantile of distribution `row` at this place."""
    return tables[row, node, 0] + part * (tables[row, node, 1] + part * (tables[row, node, 2] + part * tables[row, node, 3]))


def node_tails() -> tuple[np.ndarray, np.ndarray]:
    """Tail probabilities float64[NODES, 4] from the start to the end of every node, and bool[NODES]: of the upper tail."""
    place = np.arange(_SIDE)
    octave, step = place // PER_OCTAVE - 1, place % PER_OCTAVE
    lower = 2.0 ** (octave[:, None] - 32) * (1.0 + (step[:, None] + PARTS) / PER_OCTAVE)
    return np.concatenate([lower, lower]), np.arange(NODES) >= _SIDE


def cubics(quantiles: np.ndarray) -> np.ndarray:
    """Coefficients of `quantile` through the values at the tails of every node: float64[NODES, 4].

    Where a distribution jumps or bends so sharply that the cubic would turn back on its way, a straight line takes its place.
    """
    found = np.linalg.solve(np.vander(PARTS, increasing=True), quantiles.T).T.copy()
    way = found @ np.vander(np.linspace(0.0, 1.0, 17), 4, increasing=True).T
    rise = quantiles[:, -1] - quantiles[:, 0]
    turns = (np.diff(way, axis=1) * np.sign(rise)[:, None] < 0.0).any(axis=1)
    found[turns] = 0.0
    found[turns, 0], found[turns, 1] = quantiles[turns, 0], rise[turns]
    return found
