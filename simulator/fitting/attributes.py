"""Shares of classes, finance, loans and equipment among the applications of one stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import rates
from simulator.fitting.rates import Estimate
from simulator.schema.values import SIZE_CLASSES

FEWEST = 30  # rows
MODES = ("loan", "lease", "loan_and_lease", "own")


def shares_of(names: np.ndarray, order: Sequence[str]) -> dict[str, Estimate]:
    """Shares of names among the rows that have one, in this order."""
    stated = names[names != ""]
    return {name: rates.share(float((stated == name).sum()), float(len(stated))) for name in order} if len(stated) else {}


def beta_of(values: np.ndarray) -> dict[str, Any]:
    """Shares as a file writes them: the beta distribution of their mean and spread, or what is left where there is none."""
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if spread < 1e-6:
        return {"constant": round(mean, 8)}
    size = mean * (1 - mean) / spread**2 - 1
    if size < 0.02:  # nearly all are 0 or 1
        return {"discrete": [{"value": 0, "weight": round(1 - mean, 6)}, {"value": 1, "weight": round(mean, 6)}]}
    return {"beta": [digits(mean * size), digits((1 - mean) * size)]}


def digits(value: float, significant: int = 5) -> float:
    """Rounded to so many significant digits."""
    return float(f"{value:.{significant}g}")


def within(values: np.ndarray) -> np.ndarray:
    """Those that are shares; rounding beyond 0 and 1 is forgiven."""
    values = values[np.isfinite(values) & (values >= -1e-6) & (values <= 1 + 1e-6)]
    return np.clip(values, 0.0, 1.0)


def equipment_shares(table: Table, group: Applications) -> np.ndarray:
    """Equipment over investment."""
    investment = table.money("investment")[group.rows]
    return within(table.money("equipment")[group.rows] / np.where(investment > 0, investment, np.nan))


def modes(table: Table, group: Applications) -> np.ndarray:
    """How each is paid for, by its amounts; "" where the ledger lacks either column."""
    if not (table.has("loan_principal") and table.has("lease_equipment")):
        return np.full(group.n, "")
    loan, lease = (table.money(column)[group.rows] > 0 for column in ("loan_principal", "lease_equipment"))
    return np.select([loan & lease, loan, lease], ["loan_and_lease", "loan", "lease"], "own")


def debt_shares(table: Table, group: Applications) -> np.ndarray:
    """Loan over what is not leased, of those with a loan: nan for the others."""
    investment, loan = group.sizes, table.money("loan_principal")[group.rows]
    rest = investment - np.nan_to_num(table.money("lease_equipment")[group.rows])
    ratio = loan / np.where(rest > 0, rest, np.nan)
    return np.where((loan > 0) & (ratio <= 1 + 1e-6), np.minimum(ratio, 1.0), np.nan)


def leased_shares(table: Table, group: Applications) -> np.ndarray:
    """Leased over all equipment, of those that lease."""
    equipment, leased = table.money("equipment")[group.rows], table.money("lease_equipment")[group.rows]
    return within(np.where(leased > 0, leased, np.nan) / np.where(equipment > 0, equipment, np.nan))


def spreads(table: Table, group: Applications, published: Mapping[int, float]) -> np.ndarray:
    """Loan rate over the published LPR of the year of drawdown, else of filing: fractions of 1."""
    drawn = table.columns.get("drawn_on")
    years = table.years()[group.rows]
    if drawn is not None:
        days = drawn[group.rows]
        epoch = np.datetime64("1970-01-01", "D").astype(object).toordinal()
        of_drawing = np.where(days > 0, days - epoch, 0).astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
        years = np.where(days > 0, of_drawing, years)
    base = np.array([published.get(int(year), np.nan) for year in years])
    found = table.shares("loan_rate")[group.rows] - base
    return found[np.isfinite(found) & (table.money("loan_principal")[group.rows] > 0)]


def classes_of_all(shares: Mapping[str, float], correlation: float, seen: float) -> dict[str, float]:
    """Shares of classes among all projects, from those among the projects large enough to file.

    Where size depends on the class by a copula, large enterprises are more frequent above a threshold than below it.
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if not correlation or seen > 0.999:
        return dict(shares)
    z = ndtri(np.linspace(1 - seen, 1, 4001)[:-1] + seen / 8000)  # sizes of those seen, evenly by chance
    rest = np.sqrt(1 - correlation**2)
    edges = [0.0]
    for below in np.cumsum([shares.get(name, 0.0) for name in SIZE_CLASSES])[:-1]:
        found = brentq(lambda h, c=below: float(ndtr((h - correlation * z) / rest).mean()) - c, -12, 12) if 0 < below < 1 else None
        edges.append(float(ndtr(found)) if found is not None else float(below >= 1))
    return dict(zip(SIZE_CLASSES, np.diff([*edges, 1.0]).tolist(), strict=True))
