"""Statistics of a run, each with its Monte Carlo standard error from independent scrambles.

Draw d belongs to scramble d mod 8; each scramble is a whole small run, so the spread of a statistic over scrambles,
divided by the square root of their number, is its standard error, for means, quantiles and probabilities alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

ENOUGH_FOR_TAILS = 2000  # draws below which P5, P95 and CVaR are not shown
QUANTILES = {"p5": 0.05, "p50": 0.50, "p95": 0.95}

Statistic = Callable[[np.ndarray], np.ndarray]  # (draw, ...) -> (...)


@dataclass(frozen=True)
class Estimate:
    """A statistic and its standard error; nan where the draws do not support it."""

    value: float
    error: float

    def as_dict(self) -> dict[str, float | None]:
        """For JSON: None where there is no number."""
        return {"value": _number(self.value), "error": _number(self.error)}


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


def mean(values: np.ndarray) -> np.ndarray:
    """Mean over draws."""
    return values.mean(axis=0)


def quantile(q: float) -> Statistic:
    """Quantile over draws."""
    return lambda values: np.quantile(values, q, axis=0)


def cvar95(values: np.ndarray) -> np.ndarray:
    """Mean of the worst 5% of draws (CVaR)."""
    n = max(round(0.05 * len(values)), 1)
    return np.sort(values, axis=0)[-n:].mean(axis=0)


def estimate(values: np.ndarray, statistic: Statistic, scrambles: int, tail: bool = False) -> Estimate:
    """A statistic of float64[draw] with its error; tails need enough draws."""
    if tail and len(values) < ENOUGH_FOR_TAILS:
        return Estimate(float("nan"), float("nan"))
    error = standard_error(values, statistic, scrambles)
    return Estimate(float(statistic(values)), float(error))


def probability(hits: np.ndarray, scrambles: int) -> Estimate:
    """Share of draws in which something happens, with its error.

    Where all draws agree the scrambles show no spread; 95% confidence then reaches to 3/n (rule of three), so 1.5/n stands
    for the standard error.
    """
    found = estimate(hits.astype(float), mean, scrambles)
    if found.error == 0.0 and found.value in (0.0, 1.0):
        return Estimate(found.value, 1.5 / len(hits))
    return found


def ratio(numerator: np.ndarray, denominator: np.ndarray, scrambles: int) -> Estimate:
    """Ratio of two means over the same draws."""
    pairs = np.stack([numerator, denominator], axis=1)

    def of_means(values: np.ndarray) -> np.ndarray:
        top, bottom = values.mean(axis=0)
        return np.asarray(top / bottom if bottom > 0 else np.nan)

    return Estimate(float(of_means(pairs)), float(standard_error(pairs, of_means, scrambles)))


def standard_error(values: np.ndarray, statistic: Statistic, scrambles: int) -> np.ndarray:
    """Standard error of a statistic of (draw, ...) from the scrambles' own statistics; nan with too few draws."""
    if len(values) < 2 * scrambles:
        return np.full(values.shape[1:], np.nan) if values.ndim > 1 else np.asarray(np.nan)
    own = np.stack([statistic(values[scramble::scrambles]) for scramble in range(scrambles)])
    return own.std(axis=0, ddof=1) / np.sqrt(scrambles)


def summarise(results: xr.Dataset) -> xr.Dataset:
    """Every headline of a run with its error: Dataset(statistic, ...), money in CNY, shares of 1.

    Returns
    -------
    Dataset
        outlay_by_year (year, statistic, part), outlay_total, outlay_tail (after the last filing year), leverage_gross,
        leverage_net, deadweight_share, by_instrument (instrument, statistic, part) and, where an appropriation is
        stated, over_appropriation (year, fund, part); `part` is value or error. A dim `scenario` is kept.
    """
    if "scenario" in results.dims:
        sets = [summarise(results.sel(scenario=name)) for name in results["scenario"].values]
        return xr.concat(sets, dim=results["scenario"], combine_attrs="drop").assign_attrs(results.attrs)
    scrambles = int(results.attrs["scrambles"])
    table = xr.Dataset(coords={"part": ["value", "error"], "statistic": ["mean", *QUANTILES, "cvar95"]}, attrs=results.attrs)

    def distribution(values: np.ndarray) -> np.ndarray:
        rows = [estimate(values, mean, scrambles)]
        rows += [estimate(values, quantile(q), scrambles, tail=q != 0.5) for q in QUANTILES.values()]
        rows += [estimate(values, cvar95, scrambles, tail=True)]
        return np.array([[row.value, row.error] for row in rows])

    outlay = results["outlay"].sum("instrument")
    last_filing = int(results["plan_year"].max())
    money = {"units": "CNY"}
    by_year = np.stack([distribution(outlay.sel(year=year).values) for year in results["year"].values])
    table["outlay_by_year"] = (("year", "statistic", "part"), by_year, money)
    table["outlay_total"] = (("statistic", "part"), distribution(outlay.sum("year").values), money)
    tail = outlay.where(results["year"] > last_filing, 0.0).sum("year")
    table["outlay_tail"] = (("statistic", "part"), distribution(tail.values), money)
    own = results["outlay"].sum("year")
    by_instrument = np.stack([distribution(own.sel(instrument=k).values) for k in results["instrument"].values])
    table["by_instrument"] = (("instrument", "statistic", "part"), by_instrument, money)
    for name in ("applications", "awards"):
        counts = results[name].sum("year")
        rows = [estimate(counts.sel(instrument=k).values, mean, scrambles) for k in results["instrument"].values]
        table[name] = (("instrument", "part"), np.array([[e.value, e.error] for e in rows]), {"units": "1"})
    _add_ratios(results, table, outlay.sum("year").values, scrambles)
    _add_appropriation(results, table, scrambles)
    return table.assign_coords({name: results[name] for name in ("year", "instrument", "fund")})


def _add_ratios(results: xr.Dataset, table: xr.Dataset, outlay: np.ndarray, scrambles: int) -> None:
    """Leverage and deadweight: gross never without net."""
    def total(name: str) -> np.ndarray:
        return results[name].sum(["year", "instrument"]).values

    for name, numerator in (("leverage_gross", "supported_investment"), ("leverage_net", "induced_investment"),
                            ("deadweight_share", "deadweight")):
        found = ratio(total(numerator), outlay, scrambles)
        table[name] = (("part",), np.array([found.value, found.error]), {"units": "1"})


def _add_appropriation(results: xr.Dataset, table: xr.Dataset, scrambles: int) -> None:
    """P(outlay above the appropriation), by year and fund; nan where none is stated."""
    money, overrun = results["appropriation"], results["overrun"]
    found = np.full((money.sizes["year"], money.sizes["fund"], 2), np.nan)
    for i, j in np.argwhere(np.isfinite(money.values)):
        over = probability(overrun.values[:, i, j] > 0, scrambles)
        found[i, j] = over.value, over.error
    table["over_appropriation"] = (("year", "fund", "part"), found, {"units": "1"})


def paired_difference(results: xr.Dataset, name: str, of: str, against: str) -> Estimate:
    """Mean of a variable's total under one scenario minus another, draw by draw; exactly 0 against itself."""
    values = results[name].sum([dim for dim in results[name].dims if dim not in ("draw", "scenario")])
    difference = values.sel(scenario=of).values - values.sel(scenario=against).values
    return estimate(difference, mean, int(results.attrs["scrambles"]))
