"""Statistics of a run, each with its Monte Carlo standard error from independent scrambles.

Draw d belongs to scramble d mod 8; each scramble is a whole small run, so the spread of a statistic over scrambles,
divided by the square root of their number, is its standard error, for means, quantiles and probabilities alike. Draws
count by their weights (weighting.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.weighting import Draws

ENOUGH_FOR_TAILS = 2000  # draws below which P5, P95 and CVaR are not shown
_ROUNDING = 1e-12  # of a figure: a smaller error is that of adding up weights, and nothing varied
T_OF_EIGHT = 2.365  # 97.5% of Student's t with seven degrees of freedom: eight scrambles give an interval of so many errors
QUANTILES = {"p5": 0.05, "p50": 0.50, "p95": 0.95}

Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]  # values (draw,), weights (draw, column) -> (column,)


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


def mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over draws."""
    return values @ weights


def quantile(q: float) -> Statistic:
    """Quantile over draws: each stands for the middle of its weight, and between them runs a line (Hazen)."""
    def of(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        order = np.argsort(values, kind="stable")
        ranked = weights[order]
        middle = np.maximum.accumulate(np.cumsum(ranked, axis=0) - 0.5 * ranked, axis=0)
        return np.array([np.interp(q, column, values[order]) for column in middle.T])
    return of


def cvar95(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean of the worst 5% of draws (CVaR); of the draw at the edge a part."""
    order = np.argsort(-values, kind="stable")
    reached = np.minimum(np.cumsum(weights[order], axis=0), 0.05)
    within = np.diff(reached, axis=0, prepend=0.0)
    return values[order] @ within / np.maximum(reached[-1], np.finfo(float).tiny)  # a scramble may have no draw


def estimate(values: np.ndarray, statistic: Statistic, draws: Draws, tail: bool = False) -> Estimate:
    """A statistic of float64[draw] with its error; tails need enough draws."""
    if tail and len(values) < ENOUGH_FOR_TAILS:
        return Estimate(float("nan"), float("nan"))
    return estimate_of(statistic(values, draws.weights), len(values))


def estimate_of(found: np.ndarray, n_draw: int) -> Estimate:
    """From the statistic of all draws and of each scramble; no error from fewer than two draws of a scramble."""
    enough = n_draw >= 2 * (found.size - 1)
    return Estimate(float(found[0]), float(error_of(found)) if enough else float("nan"))


def error_of(columns: np.ndarray) -> np.ndarray:
    """Standard errors of statistics (..., 1 + scramble) of all draws and of each scramble."""
    own = columns[..., 1:]
    error = own.std(axis=-1, ddof=1) / np.sqrt(own.shape[-1])
    return np.asarray(np.where(error <= _ROUNDING * np.abs(columns).max(axis=-1), 0.0, error))


def as_parts(estimates: Sequence[Estimate], *shape: int) -> np.ndarray:
    """Values and errors in this shape, `part` last: float64[..., 2]."""
    return np.array([[each.value, each.error] for each in estimates], float).reshape(*shape or (len(estimates),), 2)


def probability(hits: np.ndarray, draws: Draws) -> Estimate:
    """Share of draws in which something happens, with its error.

    Where all draws agree the scrambles show no spread; 95% confidence then reaches to 3/n (rule of three), so 1.5/n stands
    for the standard error.
    """
    if len(hits) >= 2 * draws.scrambles and (hits.all() or not hits.any()):
        return Estimate(float(hits.all()), 1.5 / len(hits))
    return estimate(hits.astype(float), mean, draws)


def ratio(numerator: np.ndarray, denominator: np.ndarray, draws: Draws) -> Estimate:
    """Ratio of two means over the same draws."""
    return estimate_of(columns_of_ratio(numerator, denominator, draws), len(numerator))


def columns_of_ratio(numerator: np.ndarray, denominator: np.ndarray, draws: Draws) -> np.ndarray:
    """The ratio of two means over all draws, then over each scramble; nan where nothing is divided by."""
    top, bottom = mean(numerator, draws.weights), mean(denominator, draws.weights)
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0.0)


def difference(values: np.ndarray, draws: Draws, other: np.ndarray, other_draws: Draws) -> Estimate:
    """Difference of two means over the same draws, each under its own weights."""
    return estimate_of(mean(values, draws.weights) - mean(other, other_draws.weights), len(values))


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
    draws = Draws.of(results)
    table = xr.Dataset(coords={"part": ["value", "error"], "statistic": ["mean", *QUANTILES, "cvar95"]}, attrs=results.attrs)

    def distribution(values: np.ndarray) -> np.ndarray:
        rows = [estimate(values, mean, draws)]
        rows += [estimate(values, quantile(q), draws, tail=q != 0.5) for q in QUANTILES.values()]
        rows += [estimate(values, cvar95, draws, tail=True)]
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
        rows = [estimate(counts.sel(instrument=k).values, mean, draws) for k in results["instrument"].values]
        table[name] = (("instrument", "part"), np.array([[e.value, e.error] for e in rows]), {"units": "1"})
    _add_ratios(results, table, outlay.sum("year").values, draws)
    _add_appropriation(results, table, draws)
    return table.assign_coords({name: results[name] for name in ("year", "instrument", "fund")})


def _add_ratios(results: xr.Dataset, table: xr.Dataset, outlay: np.ndarray, draws: Draws) -> None:
    """Leverage and deadweight: gross never without net."""
    def total(name: str) -> np.ndarray:
        return results[name].sum(["year", "instrument"]).values

    for name, numerator in (("leverage_gross", "supported_investment"), ("leverage_net", "induced_investment"),
                            ("deadweight_share", "deadweight")):
        found = ratio(total(numerator), outlay, draws)
        table[name] = (("part",), np.array([found.value, found.error]), {"units": "1"})


def _add_appropriation(results: xr.Dataset, table: xr.Dataset, draws: Draws) -> None:
    """P(outlay above the appropriation), by year and fund; nan where none is stated."""
    money, overrun = results["appropriation"], results["overrun"]
    found = np.full((money.sizes["year"], money.sizes["fund"], 2), np.nan)
    for i, j in np.argwhere(np.isfinite(money.values)):
        over = probability(overrun.values[:, i, j] > 0, draws)
        found[i, j] = over.value, over.error
    table["over_appropriation"] = (("year", "fund", "part"), found, {"units": "1"})


def paired_difference(results: xr.Dataset, name: str, of: str, against: str) -> Estimate:
    """Mean of a variable's total under one scenario minus another, draw by draw; exactly 0 against itself."""
    dims = [dim for dim in results[name].dims if dim not in ("draw", "scenario")]
    (values, draws), (other, other_draws) = (
        (own[name].sum(dims).values, Draws.of(own)) for own in (results.sel(scenario=of), results.sel(scenario=against)))
    return difference(values, draws, other, other_draws)
