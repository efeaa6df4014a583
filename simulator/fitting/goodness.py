"""Goodness of fit: Kolmogorov's distance with a bootstrap of the fitted distribution, and chi-square for counts."""

from __future__ import annotations

import numpy as np

from simulator.fitting.sizes import Sizes, refit

_WORK = 4_000_000  # values that a bootstrap draws at most: about a second
_MOST = 199  # replicates
_FEWEST = 39
_AT_ONCE = 2_000_000


def distance(chances: np.ndarray) -> np.ndarray:
    """Kolmogorov's distance of chances [..., n] from an even spread."""
    chances = np.sort(chances, -1)
    n = chances.shape[-1]
    steps = np.arange(n)
    return np.maximum((chances - steps / n).max(-1), ((steps + 1) / n - chances).max(-1))


def of_sizes(chances: np.ndarray, sizes: Sizes, seed: int = 355) -> tuple[float, float]:
    """Kolmogorov's distance of the rows' chances, and how often as much is found when the fitted distribution is the truth.

    Every replicate is fitted anew, but a tail begins where it was found to begin, which makes the probability too large rather
    than too small.
    """
    found, n = float(distance(chances)), len(chances)
    many = int(np.clip(_WORK // n, _FEWEST, _MOST))
    rng = np.random.default_rng(seed)
    larger, block = 0, max(1, _AT_ONCE // n)
    for first in range(0, many, block):
        logs = sizes.draw(rng.random((min(block, many - first), n)))
        for row, each in zip(logs, refit(logs, sizes), strict=True):
            larger += bool(distance(each.chances(row)) >= found)
    return found, (1 + larger) / (1 + many)


def of_counts(seen: np.ndarray, expected: np.ndarray, estimated: int = 1) -> tuple[float, float]:
    """Chi-square of counts against what was expected of them, less the parameters that were estimated."""
    from scipy.stats import chi2

    some = expected > 0
    value = float(((seen - expected)[some] ** 2 / expected[some]).sum())
    freedom = max(int(some.sum()) - estimated, 1)
    return value, float(chi2.sf(value, freedom))
