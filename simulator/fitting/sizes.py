"""A distribution of sizes: a lognormal body, seen from a threshold on, and a Pareto tail; all by natural logarithms of CNY."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.fitting import truncated
from simulator.fitting.rates import Estimate, wider
from simulator.fitting.truncated import Seen, log_mass

LEAST_SEEN = 0.05  # of all projects: to say more about those below a threshold would be inventing


@dataclass(frozen=True)
class Sizes:
    """A distribution of sizes, by its logarithms; with a threshold, of those that lie above it."""

    low: float
    """ln of the threshold; -inf: none."""
    mu: float = np.nan
    sigma: float = np.nan
    start: float = np.inf
    """ln of where the tail begins."""
    alpha: float = np.nan
    in_tail: float = 0.0
    """Share of the rows."""
    sigma_is_base: bool = False
    """The rows do not tell sigma: it is that of the base population."""

    @property
    def is_power_law(self) -> bool:
        """Nothing can be said below the threshold: a Pareto distribution from there on."""
        return not np.isfinite(self.mu)

    def seen(self, low: float | None = None) -> float:
        """Share of all projects of the distribution that lie above a threshold (ln)."""
        low = self.low if low is None else low
        if abs(low) == np.inf:
            return float(low < 0)
        if self.is_power_law:
            return float(np.exp(-self.alpha * max(low - self.low, 0.0)))
        if low > self.start:
            return self.weight * float(np.exp(-self.alpha * (low - self.start)))
        body = np.exp(self._mass(low, self.start) - self._mass(-np.inf, self.start))
        return float((1 - self.weight) * body + self.weight)

    @property
    def weight(self) -> float:
        """Weight of the tail among all projects, seen or not."""
        if not self.in_tail:
            return 0.0
        body = np.exp(self._mass(self.low, self.start) - self._mass(-np.inf, self.start))
        odds = self.in_tail * body / (1 - self.in_tail)
        return float(odds / (1 + odds))

    def _mass(self, low: float, high: float) -> float:
        return float(log_mass(np.array((low - self.mu) / self.sigma), np.array((high - self.mu) / self.sigma)))

    def chances(self, logs: np.ndarray, low: np.ndarray | float | None = None) -> np.ndarray:
        """The distribution function among those above the threshold."""
        low = np.asarray(self.low if low is None else low)
        if self.is_power_law:
            return 1 - np.exp(-self.alpha * (logs - self.low))
        below, top = (low - self.mu) / self.sigma, np.array((self.start - self.mu) / self.sigma)
        here = (np.clip(logs, low, self.start) - self.mu) / self.sigma
        body = np.exp(log_mass(below, here) - log_mass(below, top))
        tail = 1 - np.exp(-self.alpha * np.maximum(logs - self.start, 0.0)) if self.in_tail else 0.0
        return (1 - self.in_tail) * np.clip(body, 0.0, 1.0) + self.in_tail * tail

    def draw(self, uniform: np.ndarray) -> np.ndarray:
        """Logarithms at these chances among those above the threshold."""
        from scipy.special import ndtr, ndtri

        if self.is_power_law:
            return self.low - np.log1p(-uniform) / self.alpha
        below, top = ndtr((self.low - self.mu) / self.sigma), ndtr((self.start - self.mu) / self.sigma)
        body = np.clip(uniform / (1 - self.in_tail), 0.0, 1.0)
        logs = self.mu + self.sigma * ndtri(np.clip(below + (top - below) * body, 1e-300, 1 - 1e-16))
        if not self.in_tail:
            return np.maximum(logs, self.low)
        beyond = np.maximum(1 - (uniform - (1 - self.in_tail)) / self.in_tail, 1e-300)
        return np.where(uniform < 1 - self.in_tail, logs, self.start - np.log(beyond) / self.alpha)


@dataclass(frozen=True)
class SizeFit:
    """Sizes with what is known of each parameter; `None` where the rows do not tell."""

    sizes: Sizes
    median: Estimate | None
    sigma: Estimate | None
    alpha: Estimate | None = None


def within(value: float, ends: tuple[float, float], n: int) -> Estimate:
    """An estimate whose double error reaches both ends of its interval."""
    return Estimate(value, wider(value, *ends), n)


def median_of(mu: float, ends: tuple[float, float], n: int) -> Estimate | None:
    """The median from its logarithm and the interval of this, or None where nothing bounds it above. [CNY]"""
    if not np.isfinite(ends[1]):
        return None
    value = float(np.exp(mu))
    return Estimate(value, wider(value, float(np.exp(ends[0])), float(np.exp(ends[1]))), n)


def refit(logs: np.ndarray, like: Sizes) -> list[Sizes]:
    """The same kind of distribution for every row of logs [many, n], side by side; a tail begins where it begins."""
    if like.is_power_law:
        return [replace(like, alpha=float(a)) for a in 1 / (logs - like.low).mean(-1)]
    body = logs <= like.start
    n = body.sum(-1)
    mean = np.where(body, logs, 0.0).sum(-1) / n
    variance = (np.where(body, logs - mean[:, None], 0.0) ** 2).sum(-1) / n
    columns = (n.astype(float), mean, variance, np.full(len(n), like.low), np.full(len(n), like.start))
    seen = Seen(*(column[:, None] for column in columns))
    if like.sigma_is_base:
        return [replace(like, mu=float(mu)) for mu in truncated.centre(seen, np.full(len(n), like.sigma))]
    found = truncated.peak(seen)
    excess = np.where(body, 0.0, logs - like.start).sum(-1) if like.in_tail else np.ones(len(n))
    rest = logs.shape[-1] - n
    alpha = np.where(rest > 0, rest / np.maximum(excess, 1e-12), like.alpha)
    return [replace(like, mu=float(m), sigma=float(s), alpha=float(a), in_tail=float(t))
            for m, s, a, t in zip(found.mu, found.sigma, alpha, rest / logs.shape[-1], strict=True)]
