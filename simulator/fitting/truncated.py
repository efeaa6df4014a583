"""The lognormal seen through a window: maximum likelihood for logarithms of which only those between two bounds are seen.

Everything goes by sufficient statistics (number, mean, variance of the logarithms in a window), so a fit costs the same for 60
rows as for a million, and many fits are done side by side. The likelihood is that of an exponential family: for a given sigma
there is one best mu, the profile over sigma has one peak, and where it has none inside the bounds, `limit` says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDEST = 3.0  # ln of the largest sigma over the spread that is seen; beyond, a window shows a power law, not a lognormal
DEVIANCE = 4.0  # fall of twice the log-likelihood that bounds an interval: two standard errors, where it is a parabola
_FAR = 38.0  # standard deviations, beyond which nothing is left
_LOG_ROOT_2PI = 0.5 * np.log(2.0 * np.pi)


@dataclass(frozen=True)
class Seen:
    """What is seen of logarithms in windows: arrays [..., window]; all windows of a fit share mu and sigma."""

    n: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    """By n, not n - 1."""
    low: np.ndarray
    high: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation of all windows together: [...]."""
        total = self.n.sum(-1)
        centre = (self.n * self.mean).sum(-1) / total
        return np.sqrt((self.n * (self.variance + (self.mean - centre[..., None]) ** 2)).sum(-1) / total)


@dataclass(frozen=True)
class Peak:
    """The best parameters of each fit: arrays [...]."""

    mu: np.ndarray
    sigma: np.ndarray
    loglikelihood: np.ndarray
    limit: np.ndarray
    """The likelihood still rises where sigma is at its widest."""


def see(logs: np.ndarray, low: float = -np.inf, high: float = np.inf) -> Seen:
    """The statistics of logarithms [..., n] that lie in one window, as fits of one window."""
    shape = logs.shape[:-1]
    return Seen(np.full((*shape, 1), float(logs.shape[-1])), logs.mean(-1, keepdims=True), logs.var(-1, keepdims=True),
                np.full((*shape, 1), low), np.full((*shape, 1), high))


def log_mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """ln of the standard normal probability between two bounds, far out too."""
    from scipy.special import log_ndtr

    upper = low > 0
    below, above = log_ndtr(np.where(upper, -high, low)), log_ndtr(np.where(upper, -low, high))
    return above + np.log(-np.expm1(np.minimum(below - above, -1e-300)))


def loglikelihood(seen: Seen, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Of the logarithms seen, summed over the windows: mu and sigma [...]."""
    mu, sigma = mu[..., None], sigma[..., None]
    low, high = (seen.low - mu) / sigma, (seen.high - mu) / sigma
    each = -np.log(sigma) - (seen.variance + (seen.mean - mu) ** 2) / (2.0 * sigma**2) - log_mass(low, high) - _LOG_ROOT_2PI
    return (seen.n * each).sum(-1)


def centre(seen: Seen, sigma: np.ndarray) -> np.ndarray:
    """The best mu for a given sigma [...]: where the mean that is expected in the windows is the mean seen (Newton)."""
    n, total = seen.n, seen.n.sum(-1)
    mean = (n * seen.mean).sum(-1) / total
    low = np.min(np.maximum(seen.low, mean[..., None] - _FAR * sigma[..., None]), -1)
    high = np.max(np.minimum(seen.high, mean[..., None] + _FAR * sigma[..., None]), -1)
    excess, shortfall = np.maximum(mean - low, 1e-9), np.maximum(high - mean, 1e-9)
    mu = mean - sigma**2 / excess * (excess < 3 * sigma) + sigma**2 / shortfall * (shortfall < 3 * sigma)
    for _ in range(60):
        expected, slope = _window_means(seen, mu, sigma)
        step = (n * (seen.mean - expected)).sum(-1) / np.maximum((n * slope).sum(-1), 1e-12 * total)
        step = np.clip(step, -8 * sigma, 8 * sigma)
        mu = mu + step
        if np.all(np.abs(step) < 1e-9 * sigma):
            break
    return mu


def _window_means(seen: Seen, mu: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean expected in every window, and how fast it rises with mu."""
    mu, sigma = mu[..., None], sigma[..., None]
    low, high = np.clip((seen.low - mu) / sigma, -_FAR, 1e9), np.clip((seen.high - mu) / sigma, -1e9, _FAR)
    mass = log_mass(low, high)
    at_low, at_high = (np.exp(np.minimum(-0.5 * end**2 - _LOG_ROOT_2PI - mass, 100.0)) for end in (low, high))
    shift = at_low - at_high
    return mu + sigma * shift, np.clip(1.0 + low * at_low - high * at_high - shift**2, 1e-12, 1.0)


def slopes(seen: Seen, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """How fast the mean that is expected rises with mu, over all windows of each fit: 1 where nothing is hidden."""
    _, slope = _window_means(seen, mu, sigma)
    return (seen.n * slope).sum(-1) / seen.n.sum(-1)


def peak(seen: Seen) -> Peak:
    """Maximum likelihood of every fit, by closing in on sigma."""
    spread = np.log(np.maximum(seen.spread, 1e-9))
    best = spread + WIDEST / 2
    width = WIDEST / 2 + 0.2
    for _ in range(7):
        tried = np.clip(best + np.linspace(-width, width, 13).reshape(-1, *[1] * best.ndim), spread - 0.2, spread + WIDEST)
        values = profile(seen, tried)
        best = np.take_along_axis(tried, values.argmax(0)[None], 0)[0]
        width /= 5.0
    sigma = np.exp(best)
    mu = centre(seen, sigma)
    return Peak(mu, sigma, loglikelihood(seen, mu, sigma), best > spread + WIDEST - 0.01)


def profile(seen: Seen, log_sigma: np.ndarray) -> np.ndarray:
    """Log-likelihood at these ln sigma [tried, ...], mu at its best for each."""
    sigma = np.exp(log_sigma)
    return loglikelihood(seen, centre(seen, sigma), sigma)


@dataclass(frozen=True)
class Bounds:
    """Ends of the intervals of each fit, in which the truth lies as often as within two standard errors: arrays [...]."""

    mu: tuple[np.ndarray, np.ndarray]
    """The lower end is -inf where the window does not say how much lies below it."""
    sigma: tuple[np.ndarray, np.ndarray]


STEPS = np.geomspace(0.002, WIDEST, 48)


def bounds(seen: Seen, found: Peak, deviance: float = DEVIANCE) -> Bounds:
    """Where the profile likelihood has fallen by deviance / 2 from its peak, on either side."""
    log_sigma = np.log(found.sigma)
    steps = STEPS.reshape(-1, *[1] * log_sigma.ndim)
    sigma = [np.exp(_crossing(log_sigma, side * steps, profile(seen, log_sigma + side * steps), found, deviance))
             for side in (-1, 1)]
    scale = steps * found.sigma
    mu = [_crossing(found.mu, side * scale, best_over_sigma(seen, found.mu + side * scale, log_sigma), found, deviance)
          for side in (-1, 1)]
    return Bounds((mu[0], mu[1]), (sigma[0], sigma[1]))


def best_over_sigma(seen: Seen, mu: np.ndarray, log_sigma: np.ndarray) -> np.ndarray:
    """Log-likelihood at these mu [tried, ...], sigma at its best for each."""
    best, width = np.broadcast_to(log_sigma, mu.shape) + 0.8, 1.2
    for _ in range(6):
        tried = best + np.linspace(-width, width, 9).reshape(-1, *[1] * mu.ndim)
        values = loglikelihood(seen, np.broadcast_to(mu, tried.shape), np.exp(tried))
        best = np.take_along_axis(tried, values.argmax(0)[None], 0)[0]
        width /= 3.5
    return loglikelihood(seen, mu, np.exp(best))


def _crossing(peak_at: np.ndarray, steps: np.ndarray, values: np.ndarray, found: Peak, deviance: float) -> np.ndarray:
    """The parameter at which the fall reaches the deviance, between steps, by their roots; infinite where none does."""
    fallen, limit = np.sqrt(np.maximum(2.0 * (found.loglikelihood - values), 0.0)), np.sqrt(deviance)
    reached = fallen >= limit
    first = reached.argmax(0)[None]
    steps = np.broadcast_to(steps, fallen.shape)
    far, at_far = np.take_along_axis(steps, first, 0)[0], np.take_along_axis(fallen, first, 0)[0]
    before = np.maximum(first - 1, 0)
    near = np.where(first[0] > 0, np.take_along_axis(steps, before, 0)[0], 0.0)
    at_near = np.where(first[0] > 0, np.take_along_axis(fallen, before, 0)[0], 0.0)
    between = near + (far - near) * (limit - at_near) / np.maximum(at_far - at_near, 1e-12)
    return np.where(reached.any(0), peak_at + between, np.sign(steps[-1]) * np.inf)
