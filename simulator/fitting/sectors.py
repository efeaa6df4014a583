"""How much larger the projects of a sector are than those of the whole stream."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.fitting import truncated
from simulator.fitting.rates import Estimate, student, wider
from simulator.fitting.truncated import Seen

FEWEST = 30  # rows of a sector


@dataclass(frozen=True)
class Factors:
    """Factors of the sectors with enough rows, over the geometric mean of the stream; all others: 1."""

    of: dict[str, Estimate]
    p: float
    """How often sectors differ as much where none does."""

    def logs(self, sectors: np.ndarray) -> np.ndarray:
        """ln of the factor of every row."""
        return np.array([np.log(self.of[name].value) if name in self.of else 0.0 for name in sectors])


def fit_factors(logs: np.ndarray, sectors: np.ndarray, low: float) -> Factors | None:
    """Factors of a stream, or None where there are not two groups to compare, or a threshold hides too much of them."""
    names, group, numbers = np.unique(sectors.astype(str), return_inverse=True, return_counts=True)
    enough = (numbers >= FEWEST) & (names != "")
    rest = ~enough[group]
    groups = [logs[(group == i)] for i in np.flatnonzero(enough)] + ([logs[rest]] if rest.sum() > 1 else [])
    if len(groups) < 2 or not enough.any():
        return None
    found = _by_means(groups) if low == -np.inf else _in_window(groups, low)
    if found is None:
        return None
    away, errors, p = found
    freedom = [len(each) - 1 for each in groups]
    estimates = {}
    for i, name in enumerate(names[enough]):
        value, half = float(np.exp(away[i])), student(freedom[i]) * errors[i]
        estimates[str(name)] = Estimate(value, wider(value, value * np.exp(-half), value * np.exp(half)), len(groups[i]))
    return Factors(estimates, p)


def _by_means(groups: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, float]:
    """Differences of mean logarithms, whatever the distribution: the stream's mean has an error too, and moves along."""
    from scipy.stats import f_oneway

    numbers = np.array([len(each) for each in groups])
    means, variances = np.array([each.mean() for each in groups]), np.array([each.var(ddof=1) for each in groups])
    everything = np.concatenate(groups)
    n = len(everything)
    error = np.sqrt(variances / numbers - 2 * variances / n + everything.var(ddof=1) / n)
    return means - everything.mean(), error, float(f_oneway(*groups).pvalue)


def _in_window(groups: list[np.ndarray], low: float) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Lognormals with one sigma and a median for each sector, of which only what lies above the threshold is seen."""
    from scipy.stats import chi2

    numbers = np.array([float(len(each)) for each in groups])
    apart = Seen(*(column[:, None] for column in (numbers, np.array([each.mean() for each in groups]),
                                                  np.array([each.var() for each in groups]),
                                                  np.full(len(groups), low), np.full(len(groups), np.inf))))
    together = truncated.peak(truncated.see(np.concatenate(groups), low))
    spread = float(np.log(together.sigma))
    best, width = spread, 1.0
    for _ in range(7):
        tried = best + np.linspace(-width, width, 13)
        values = truncated.profile(apart, np.repeat(tried[:, None], len(groups), 1)).sum(1)
        best, width = float(tried[values.argmax()]), width / 5
    step = 0.02
    around = truncated.profile(apart, np.repeat(best + step * np.array([[-1.0], [0.0], [1.0]]), len(groups), 1)).sum(1)
    curvature = (2 * around[1] - around[0] - around[2]) / step**2
    at = [truncated.centre(apart, np.full(len(groups), np.exp(best + each))) for each in (-step, 0.0, step)]
    if together.limit or curvature <= 1.0:
        return None
    share, moves = numbers / numbers.sum(), (at[2] - at[0]) / (2 * step)
    own = np.exp(2 * best) / (numbers * truncated.slopes(apart, at[1], np.full(len(groups), np.exp(best))))
    mean = float(share @ at[1])
    between = share @ (at[1] - mean) ** 2 / numbers.sum()
    variance = (1 - 2 * share) * own + share**2 @ own + (moves - share @ moves) ** 2 / curvature + between
    p = float(chi2.sf(max(2 * (around[1] - float(together.loglikelihood)), 0.0), len(groups) - 1))
    return at[1] - mean, np.sqrt(variance), p
