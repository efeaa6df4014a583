"""Whether sizes have a Pareto tail, where it begins, and its index.

Where the tail begins is chosen by likelihood among the upper order statistics, and its index carries the doubt about that
(profile over all beginnings). A tail is believed when twice the log-likelihood rises by more than `CONVINCING` over the
lognormal alone: on lognormal data this happens in less than 3%, whatever their number and wherever they are cut off. Clauset's
rule takes the beginning for known, and its errors, alpha / sqrt(k), cover the truth in 82 to 92% only.
"""

from __future__ import annotations

import numpy as np

from simulator.fitting import truncated
from simulator.fitting.rates import Estimate, wider
from simulator.fitting.sizes import LEAST_SEEN, SizeFit, Sizes, median_of, within
from simulator.fitting.truncated import Seen, see

CONVINCING = 11.0
_FEWEST_IN_TAIL = 20
_HEAVIEST, _LIGHTEST = 0.2, 4.0  # indices of a tail; beyond the lightest, it is no heavy tail
_WITH_START = 5.0  # deviance that bounds the index: 4, and 1 for the beginning, which jumps from row to row


def find_tail(logs: np.ndarray, low: float) -> tuple[SizeFit | None, float]:
    """A lognormal up to some order statistic and a Pareto tail beyond, or None where the lognormal alone does as well.

    `logs` ascend. All beginnings of the tail are tried side by side. Returned too is by how much twice the log-likelihood
    rises at the best of them.
    """
    n = len(logs)
    beyond = tail_lengths(n)
    if not len(beyond):
        return None, 0.0
    bodies, excess = _split(logs, low, beyond)
    peaks = truncated.peak(bodies)
    of_split = (n - beyond) * np.log1p(-beyond / n) + beyond * np.log(beyond / n)
    of_tail = beyond * np.log(beyond / excess) - beyond
    whole = peaks.loglikelihood + of_split + of_tail
    alone = float(truncated.peak(see(logs, low)).loglikelihood)
    gain = 2 * float(whole.max() - alone)
    for best in np.argsort(-whole):
        alpha = float(beyond[best] / excess[best])
        if 2 * (whole[best] - alone) <= CONVINCING or alpha > _LIGHTEST:
            return None, gain
        start = float(bodies.high[best, 0])
        sizes = Sizes(low, float(peaks.mu[best]), float(peaks.sigma[best]), start, alpha, float(beyond[best] / n))
        if not peaks.limit[best] and sizes.seen() >= LEAST_SEEN:  # else too little is seen between the threshold and the tail
            break
    else:
        return None, gain
    index = Estimate(alpha, _error_of_index(peaks.loglikelihood + of_split, beyond, excess, best), int(beyond[best]))
    mu, sigma = _ends_of_body(bodies, sizes, of_split + of_tail, float(whole[best]))
    told = within(sizes.sigma, sigma, n) if np.isfinite(sigma[1]) else None
    return SizeFit(sizes, median_of(sizes.mu, mu, n), told, index), gain


def _ends_of_body(bodies: Seen, sizes: Sizes, rest: np.ndarray, peak: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intervals of mu and sigma of the body by the profile of the likelihood, over all beginnings of the tail."""
    sigmas = np.log(sizes.sigma) + np.linspace(-1.5, truncated.WIDEST, 90)
    by_sigma = (truncated.profile(bodies, np.repeat(sigmas[:, None], len(rest), 1)) + rest).max(1)
    steps = np.concatenate([-truncated.STEPS[::-1], [0.0], truncated.STEPS])
    mus = sizes.mu + sizes.sigma * steps
    widths = np.full(len(rest), np.log(sizes.sigma))
    by_mu = (truncated.best_over_sigma(bodies, np.repeat(mus[:, None], len(rest), 1), widths) + rest).max(1)
    sigma = _inside(sigmas, by_sigma, peak, np.log(sizes.sigma))
    return _inside(mus, by_mu, peak, sizes.mu), (float(np.exp(sigma[0])), float(np.exp(sigma[1])))


def _inside(tried: np.ndarray, values: np.ndarray, peak: float, at: float) -> tuple[float, float]:
    """The first parameters on either side at which the likelihood has fallen too far; infinite where it never does."""
    fallen = 2 * (peak - values) > truncated.DEVIANCE
    below, above = tried[fallen & (tried < at)], tried[fallen & (tried > at)]
    return float(below.max(initial=-np.inf)), float(above.min(initial=np.inf))


def tail_lengths(n: int) -> np.ndarray:
    """Numbers of rows that a tail may have: from 20 to half of all, each a seventh more than the one before."""
    most = n // 2
    if most < _FEWEST_IN_TAIL:
        return np.empty(0, np.int64)
    steps = int(np.log(most / _FEWEST_IN_TAIL) / np.log(1.15)) + 1
    return np.unique((_FEWEST_IN_TAIL * 1.15 ** np.arange(steps)).astype(np.int64))


def _split(logs: np.ndarray, low: float, beyond: np.ndarray) -> tuple[Seen, np.ndarray]:
    """What is seen of the body before each tail, and the sum of the tail's excesses over its beginning."""
    n, middle = len(logs), logs.mean()
    first, second = np.cumsum(logs - middle), np.cumsum((logs - middle) ** 2)
    last = n - beyond - 1
    mean = first[last] / (last + 1)
    variance = np.maximum(second[last] / (last + 1) - mean**2, 1e-12)
    columns = ((last + 1).astype(float), mean + middle, variance, np.full(len(last), low), logs[last])
    excess = first[-1] - first[last] - beyond * (logs[last] - middle)
    return Seen(*(column[:, None] for column in columns)), np.maximum(excess, 1e-12)


def _error_of_index(rest: np.ndarray, beyond: np.ndarray, excess: np.ndarray, best: int) -> float:
    """By the profile of the likelihood over all beginnings of the tail."""
    alpha = beyond[best] / excess[best]
    tried = np.geomspace(_HEAVIEST / 2, 4 * _LIGHTEST, 800)
    values = (rest[:, None] + beyond[:, None] * np.log(tried) - tried * excess[:, None]).max(0)
    peak = (rest + beyond * np.log(beyond / excess) - beyond)[best]
    inside = tried[2 * (peak - values) <= _WITH_START]
    if not len(inside):  # so many rows that the index lies between two of those tried
        return float(alpha / np.sqrt(beyond[best]))
    return wider(float(alpha), float(inside[0]), float(inside[-1]))
