"""Shares, means and counts with standard errors that hold for few rows too.

An error is half the distance from the estimate to the farther end of an interval that holds, so that estimate ± 2 errors covers
this interval whole: with many rows it is the usual standard error, with few it is wider, never narrower.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TWO = 2.0  # errors on either side: 95.4% where things are normal
TAIL = 0.02275  # outside of them on either side


@dataclass(frozen=True)
class Estimate:
    """A figure, its standard error, and the number of rows behind it."""

    value: float
    error: float
    n: int


def wider(value: float, low: float, high: float) -> float:
    """The error whose double reaches both ends of an interval."""
    return float(max(high - value, value - low) / TWO)


def share(part: float, whole: float) -> Estimate:
    """A share of independent rows; the interval is Wilson's, which holds near 0 and 1 too."""
    value = part / whole
    middle = (value + TWO**2 / (2 * whole)) / (1 + TWO**2 / whole)
    half = TWO / (1 + TWO**2 / whole) * np.sqrt(value * (1 - value) / whole + TWO**2 / (4 * whole**2))
    plain = float(np.sqrt(value * (1 - value) / whole))
    return Estimate(float(value), max(wider(value, middle - half, middle + half), plain), round(whole))


def count(number: float) -> float:
    """The error of a Poisson number: sqrt(n + 1) + 1/2 covers the truth in at least 95% whatever the mean."""
    return float(np.sqrt(number + 1.0) + 0.5)


def mean(values: np.ndarray) -> Estimate:
    """The mean of independent values; Student's t instead of the normal, for the spread is estimated too."""
    n = len(values)
    spread = float(values.std(ddof=1)) if n > 1 else np.inf
    return Estimate(float(values.mean()), spread / np.sqrt(n) * student(n - 1) / TWO, n)


def spread(values: np.ndarray) -> Estimate:
    """The standard deviation of independent values of any distribution.

    The interval is that of chi-square with as many degrees of freedom as the fourth moment gives; this moment is itself known
    badly from few rows, and drawn towards the normal's by as much as 30 rows count.
    """
    from scipy.stats import chi2

    n, value = len(values), float(values.std(ddof=1))
    away = values - values.mean()
    peakedness = float((away**4).mean() / max((away**2).mean() ** 2, 1e-300))
    freedom = 2 * (n - 1) / (max((n * peakedness + 30 * 3.0) / (n + 30), 1.1) - 1)
    low, high = value * np.sqrt(freedom / chi2.ppf([1 - TAIL, TAIL], freedom))
    return Estimate(value, wider(value, low, high), n)


def student(freedom: float) -> float:
    """What takes the place of two standard errors when the spread is known from few values."""
    from scipy.stats import t

    return float(-t.ppf(TAIL, max(freedom, 1)))
