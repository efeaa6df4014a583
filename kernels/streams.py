"""Philox4x32-10, the counter-based random numbers, keyed by (seed, draw, project, block).

A project's random words depend on nothing else: not on the order of rows, the number of threads, the block of
draws or the scenario. Source of the algorithm: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC11 (2011); the known answers that Random123 publishes are tests.
"""

import numpy as np
from numba import njit

from kernels.compiled import helper

# Word blocks of one (draw, project): three Philox calls, four words each. `COUNT` draws the number of applications.
DECISIONS, SIZES, ACCEPTANCE, COUNT = 0, 1, 2, 3

_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_TWO, _THREE = np.uint64(2), np.uint64(3)
_UNUSED_BITS = np.uint64(11)  # a float64 holds 53 of the 64


@helper()
def _round(c0, c1, c2, c3, k0, k1):
    product_0 = _MULTIPLIER_0 * c0
    product_1 = _MULTIPLIER_1 * c2
    return (product_1 >> _SHIFT) ^ c1 ^ k0, product_1 & _LOW, (product_0 >> _SHIFT) ^ c3 ^ k1, product_0 & _LOW


@helper()
def _three_rounds(c0, c1, c2, c3, k0, k1):
    """Three rounds, and the keys of the next."""
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + _WEYL_0) & _LOW, (k1 + _WEYL_1) & _LOW)
    c0, c1, c2, c3 = _round(c0, c1, c2, c3, (k0 + _TWO * _WEYL_0) & _LOW, (k1 + _TWO * _WEYL_1) & _LOW)
    return c0, c1, c2, c3, (k0 + _THREE * _WEYL_0) & _LOW, (k1 + _THREE * _WEYL_1) & _LOW


@helper()
def philox(c0, c1, c2, c3, k0, k1):
    """Ten rounds of Philox4x32 on 32-bit words held in uint64; returns four words below 2**32.

    Written out: as a loop of rounds it is not vectorised over projects, and takes several times as long.
    """
    c0, c1, c2, c3, k0, k1 = _three_rounds(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _three_rounds(c0, c1, c2, c3, k0, k1)
    c0, c1, c2, c3, k0, k1 = _three_rounds(c0, c1, c2, c3, k0, k1)
    return _round(c0, c1, c2, c3, k0, k1)


@helper()
def words(seed, draw, key, block):
    """Four random 32-bit words of one block of one project (its 64-bit key) in one draw."""
    return philox(
        np.uint64(draw) & _LOW,
        np.uint64(key) & _LOW,
        np.uint64(key) >> _SHIFT,
        np.uint64(block),
        np.uint64(seed) & _LOW,
        np.uint64(seed) >> _SHIFT,
    )


@njit(cache=True)
def uniforms_of_count(seed, first_draw, n_draw, key):
    """One uniform a draw for the number of applications of the cell with this key: float64[n_draw]."""
    uniform = np.empty(n_draw)
    for draw in range(n_draw):
        high, low, _, _ = words(seed, first_draw + draw, key, COUNT)
        uniform[draw] = (np.float64(((high << _SHIFT) | low) >> _UNUSED_BITS) + 0.5) * 2.0**-53
    return uniform
