"""Sizes of one stream from its rows: with a tail where there is one, lognormal otherwise, a power law where no more can be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simulator.fitting import truncated
from simulator.fitting.rates import TAIL, Estimate, student, wider
from simulator.fitting.sizes import LEAST_SEEN, SizeFit, Sizes, median_of, within
from simulator.fitting.tails import find_tail
from simulator.fitting.truncated import Seen, see

FEWEST = 30  # rows for a distribution of its own
# Behind a threshold sigma is told only where its interval ends, which few rows reach oftener when they vary too little by
# chance: their intervals are made wider by this over n, so that those that are told hold the truth too.
_MORE_IF_FEW = 40.0
_DOUBTFUL = 8.0  # rise for a tail, unconvincing, from which on a body that is half hidden cannot be told from it


def fit_sizes(logs: np.ndarray, low: float = -np.inf, base_sigma: float = 1.0, *, tail: bool = True) -> SizeFit:
    """Fit the sizes of one stream.

    Parameters
    ----------
    logs : float64[n]
        ln of the sizes; rows below the threshold are left out.
    low : float
        ln of the threshold, -inf for none.
    base_sigma : float
        Taken where a threshold hides too much to tell sigma.
    tail : bool
        Look for a Pareto tail too.
    """
    logs = np.sort(logs[logs >= low])
    found, gain = find_tail(logs, low) if tail else (None, 0.0)
    if found is not None:
        return found
    alone = _lognormal(see(logs, low), low, base_sigma)
    return replace(alone, median=None, sigma=None) if low > -np.inf and gain > _DOUBTFUL else alone


def fit_in_windows(logs: np.ndarray, low: np.ndarray, base_sigma: float) -> SizeFit:
    """The same where the threshold differs from row to row (it is divided by the factor of the sector); without a tail."""
    groups = [logs[low == each] for each in np.unique(low)]
    numbers, means, variances = (np.array([float(of(each)) for each in groups]) for of in (len, np.mean, np.var))
    seen = Seen(numbers, means, variances, np.unique(low), np.full(len(groups), np.inf))
    return _lognormal(seen, float(low.min()), base_sigma)


def _lognormal(seen: Seen, low: float, base_sigma: float) -> SizeFit:
    """A lognormal; its sigma from the base population, or a power law instead, where a threshold leaves no choice."""
    n = int(seen.n.sum())
    if low == -np.inf:
        return _untruncated(float(seen.mean[0]), float(np.sqrt(seen.variance[0] * n / (n - 1))), n)
    found = truncated.peak(seen)
    ends = truncated.bounds(seen, found, truncated.DEVIANCE * (1 + _MORE_IF_FEW / n))
    sizes = Sizes(low, float(found.mu), float(found.sigma))
    told = bool(np.isfinite(ends.sigma[1])) and not found.limit and sizes.seen() >= LEAST_SEEN
    sigma = within(float(found.sigma), (float(ends.sigma[0]), float(ends.sigma[1])), n) if told else None
    if not told:
        sizes = _with_base_sigma(seen, low, base_sigma, float(ends.sigma[0]))
    if sizes.is_power_law:
        excess = float((seen.n * (seen.mean - seen.low)).sum())
        return SizeFit(sizes, None, None, _power(n, excess))
    highest = max(float(ends.mu[1]), sizes.mu)
    return SizeFit(sizes, median_of(sizes.mu, (float(ends.mu[0]), highest), n), sigma)


def _untruncated(mu: float, spread: float, n: int) -> SizeFit:
    """Exact intervals of the normal: Student's t for mu, chi-square for sigma."""
    from scipy.stats import chi2

    half = student(n - 1) * spread / np.sqrt(n)
    ends = spread * np.sqrt((n - 1) / chi2.ppf([1 - TAIL, TAIL], n - 1))
    return SizeFit(Sizes(-np.inf, mu, spread), median_of(mu, (mu - half, mu + half), n), within(spread, (ends[0], ends[1]), n))


def _with_base_sigma(seen: Seen, low: float, base_sigma: float, least: float) -> Sizes:
    """The best mu for the sigma of the base population; a power law where this would put nearly all below the threshold."""
    if base_sigma >= least:
        mu = float(truncated.centre(seen, np.array(base_sigma)))
        sizes = Sizes(low, mu, base_sigma, sigma_is_base=True)
        if sizes.seen() >= LEAST_SEEN:
            return sizes
    n = seen.n.sum()
    return Sizes(low, alpha=float((n - 1) / (seen.n * (seen.mean - seen.low)).sum()))


def _power(n: int, excess: float) -> Estimate:
    """The index of a power law, and its exact interval: twice the sum of the excesses over the mean is chi-square."""
    from scipy.stats import chi2

    value = (n - 1) / excess
    ends = chi2.ppf([TAIL, 1 - TAIL], 2 * n) / (2 * excess)
    return Estimate(value, wider(value, ends[0], ends[1]), n)
