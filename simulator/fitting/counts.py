"""How many applications a year, and in which months: Poisson by the months that the ledger covers, or more uneven by year."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.fitting import goodness, rates
from simulator.fitting.rates import Estimate

FEWEST_FOR_MONTHS = 60
_FEWEST_YEARS = 3
_NEARLY_ALL = 0.9
_CLEARLY = 2.0  # of log-likelihood
DIFFERENT = 0.05  # months differ, and years differ more than a Poisson count does, when chance makes them so in less than this


@dataclass(frozen=True)
class Calendar:
    """The months that the ledger covers: from its first filing to its last, or whole years where it has no dates."""

    years: np.ndarray
    covered: np.ndarray
    """bool[year, 12]."""
    start: int
    """Month from which on, in the first year of the programme, applications come in."""
    first_year: int
    first_is_whole: bool = False
    """The first year of the programme has a whole year's applications, as in a simulation, and not only its months'."""
    doubtful: bool = False
    """Which of the two, the numbers do not tell."""

    def exposure(self, weights: np.ndarray) -> np.ndarray:
        """Share of a year's applications that the ledger covers, by year and month, over the month's weight: [year, 12]."""
        exposed = self.covered.astype(float)
        first = self.years == self.first_year
        if self.first_is_whole and first.any() and weights[self.start:].sum() > 0:
            exposed[first, : self.start] = 0.0
            exposed[first] /= weights[self.start:].sum()
        return exposed

    def loglikelihood(self, seen: np.ndarray) -> float:
        """Of numbers [year, 12] whose months have their best weights."""
        weights = weights_of(seen, self)
        weights = np.full(12, 1 / 12) if weights is None else weights
        expected = self.exposure(weights) * weights
        expected *= seen.sum() / expected.sum()
        return float((seen * np.log(np.maximum(expected, 1e-12)) - expected).sum())

    def settled(self, seen: np.ndarray) -> Calendar:
        """The same, with a whole first year if the numbers show that clearly, and doubtful if they show neither clearly."""
        other = replace(self, first_is_whole=True)
        gain = other.loglikelihood(seen) - self.loglikelihood(seen)
        return other if gain > _CLEARLY else replace(self, doubtful=bool(self.years[0] == self.first_year and gain > -_CLEARLY))


def are_dated(months: np.ndarray) -> bool:
    """Whether nearly all rows have a date of filing."""
    return bool((months >= 0).mean() >= _NEARLY_ALL)


def calendar_of(months: np.ndarray, years: np.ndarray, first_year: int, start: float) -> Calendar | None:
    """The calendar of a ledger: months since year 0 (-1: no date), filing years, and when the programme starts (0..1)."""
    dated = months[months >= 0]
    if are_dated(months):
        first, last = int(dated.min()), int(dated.max())
        span = np.arange(first // 12, last // 12 + 1)
        each = span[:, None] * 12 + np.arange(12)
        covered = (each >= first) & (each <= last)
    elif (years > 0).any():
        span = np.arange(years[years > 0].min(), years.max() + 1)
        covered = np.ones((len(span), 12), bool)
        first = int(span[0]) * 12 + 11
    else:
        return None
    begins = int(start * 12 + 1e-9)
    if first // 12 == first_year:
        begins = min(begins, first % 12)
    return Calendar(span, covered, begins, first_year)


@dataclass(frozen=True)
class CountFit:
    """Applications of one stream."""

    yearly: Estimate
    dispersion: float | None
    """Of a negative binomial count; None: Poisson."""
    by_year: dict[int, int]
    whole_years: int
    uneven: tuple[float, float] | None
    """Chi-square of the whole years against each other, and its probability."""


@dataclass(frozen=True)
class MonthFit:
    """The weights of the months, and chi-square against an even year."""

    weights: list[Estimate]
    chi_square: float
    p: float


def fit_months(months: np.ndarray, calendar: Calendar) -> MonthFit | None:
    """Shares of a year's applications by month, or None where a month of the year is not covered or rows are few."""
    seen = table_of(months, calendar)
    weights = weights_of(seen, calendar)
    if weights is None or seen.sum() < FEWEST_FOR_MONTHS:
        return None
    exposure = calendar.exposure(weights).sum(0)
    variance = np.maximum(seen.sum(0), 1.0) / exposure**2
    yearly = (seen.sum(0) / exposure).sum()
    of_share = ((1 - 2 * weights) * variance + weights**2 * variance.sum()) / yearly**2
    whole = np.clip(weights * (1 - weights) / np.maximum(of_share, 1e-12), 1.0, seen.sum())
    whole = np.where(weights > 0, whole, seen.sum())
    estimates = [rates.share(weight * n, n) for weight, n in zip(weights, whole, strict=True)]
    even = calendar.exposure(np.full(12, 1 / 12)).sum(0)
    value, p = goodness.of_counts(seen.sum(0), seen.sum() * even / even.sum())
    return MonthFit([Estimate(each.value, each.error, int(seen.sum())) for each in estimates], value, p)


def weights_of(seen: np.ndarray, calendar: Calendar) -> np.ndarray | None:
    """Maximum likelihood of the months' shares, from numbers [year, 12]: number over exposure, by month."""
    weights = np.full(12, 1 / 12)
    if not calendar.covered.any(0).all() or not seen.sum():
        return None
    for _ in range(30):  # the first year's exposure depends on the weights, weakly
        exposure = calendar.exposure(weights).sum(0)
        if not exposure.all():
            return None
        rate = seen.sum(0) / exposure
        weights = rate / rate.sum()
    return weights


def table_of(months: np.ndarray, calendar: Calendar) -> np.ndarray:
    """Numbers by year and month: float64[year, 12]."""
    place = months[months >= 0] - int(calendar.years[0]) * 12
    return np.bincount(place, minlength=calendar.covered.size).astype(float).reshape(calendar.covered.shape)


def fit_count(months: np.ndarray, years: np.ndarray, calendar: Calendar, weights: np.ndarray | None,
              base_dispersion: float | None) -> CountFit:
    """Applications a year; where it is doubtful what the first year counts for, the error reaches what it would be otherwise.

    Parameters
    ----------
    months, years : int64[n]
        Of the stream's applications.
    weights : float64[12], optional
        Of the months, to weigh the years that the ledger covers in part; even if not known.
    base_dispersion : float, optional
        Of the base population: kept where there are less than three whole years to tell.
    """
    found = _fit_count(months, years, calendar, weights, base_dispersion)
    if not calendar.doubtful:
        return found
    other = _fit_count(months, years, replace(calendar, first_is_whole=True), weights, base_dispersion).yearly
    reach = (abs(other.value - found.yearly.value) + rates.TWO * other.error) / rates.TWO
    return replace(found, yearly=replace(found.yearly, error=max(found.yearly.error, reach)))


def _fit_count(months: np.ndarray, years: np.ndarray, calendar: Calendar, weights: np.ndarray | None,
               base_dispersion: float | None) -> CountFit:
    weights = np.full(12, 1 / 12) if weights is None else weights
    exposed = (calendar.exposure(weights) * weights).sum(1)
    known = years[np.isin(years, calendar.years)]
    numbers = np.bincount(known - int(calendar.years[0]), minlength=len(calendar.years)).astype(float)
    total, exposure = len(years), float(exposed.sum())
    yearly, whole = total / exposure, exposed > 0.999
    error, dispersion, uneven = rates.count(total) / exposure, base_dispersion, None
    if whole.sum() >= _FEWEST_YEARS:
        seen = numbers[whole]
        uneven = goodness.of_counts(seen, np.full(len(seen), seen.mean()))
        dispersion = seen.mean() ** 2 / (seen.var(ddof=1) - seen.mean()) if uneven[1] < DIFFERENT else None
        by_years = seen.std(ddof=1) / np.sqrt(len(seen)) * rates.student(len(seen) - 1) / rates.TWO
        error = max(error, by_years * np.sqrt(len(seen) / exposure))
    elif base_dispersion is not None:
        error = float(np.hypot(error, yearly / np.sqrt(base_dispersion * exposure)))
    by_year = {int(year): int(n) for year, n in zip(calendar.years, numbers, strict=True)}
    return CountFit(Estimate(yearly, float(error), total), dispersion, by_year, int(whole.sum()), uneven)
