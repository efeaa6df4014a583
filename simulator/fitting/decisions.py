"""Who is approved, and how approved projects end: what the statuses of a ledger tell, and what they do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.applications import Table
from simulator.fitting import rates
from simulator.fitting.rates import Estimate

FEWEST = 20  # decided rows
_APPROVED = ("approved", "accepted", "paid")
_MOSTLY = 0.8  # of a year's approvals have ended: what is still under way cannot change its completion rate much


@dataclass(frozen=True)
class Decisions:
    """The state of every row: arrays [row]."""

    approved: np.ndarray
    """Approved, and perhaps ended since."""
    refused: np.ndarray
    completed: np.ndarray
    cancelled: np.ndarray
    by_status: bool
    """Refused ones are told by their status: terminated with no year of approval. Otherwise an application counts as refused
    that is still as filed although none has ever been approved after so many years."""
    closed_years: tuple[int, ...]
    """Filing years in which all is decided."""
    under_way: np.ndarray
    """Approved, and neither completed nor cancelled."""

    def approval(self, rows: np.ndarray) -> Estimate | None:
        """Approved over decided."""
        decided = self.approved[rows] | self.refused[rows]
        return rates.share(self.approved[rows].sum(), decided.sum()) if decided.sum() >= FEWEST else None

    def completion(self, rows: np.ndarray) -> Estimate | None:
        """Accepted or paid over these and the cancelled ones."""
        completed, cancelled = self.completed[rows].sum(), self.cancelled[rows].sum()
        return rates.share(completed, completed + cancelled) if completed + cancelled >= FEWEST else None


def decisions_of(table: Table) -> Decisions | None:
    """The decisions of a ledger, or None where it has no status.

    No status says "refused". Either an application that was terminated before any approval says so (no 立项年度, nothing paid,
    while others have one), or one that still stands as filed when the last of its year must have been decided. Filing years that
    may be open still are left out of the second kind, on both sides: what is approved is approved early.
    """
    if not table.has("status"):
        return None
    status, years, approved_in = table.texts("status"), table.years(), table.numbers("approved_year")
    went_on = np.isin(status, _APPROVED)
    ended = status == "terminated"
    dated = np.isfinite(approved_in)
    knows_years = (dated & went_on).sum() >= 0.9 * max(went_on.sum(), 1)
    before = ended & ~dated & ~(table.money("paid") > 0) if knows_years else np.zeros(table.n, bool)
    cancelled = ended & ~before
    approved, completed = went_on | cancelled, np.isin(status, ("accepted", "paid"))
    settled = _settled(np.where(dated, approved_in, years), completed | cancelled, approved)
    endings = (completed & settled, cancelled & settled)
    under_way = (status == "approved") & settled
    if before.any():
        return Decisions(approved, before, *endings, True, (), under_way)
    lags = (approved_in - years)[dated & approved & (years > 0)]
    lag = int(lags.max()) if len(lags) else 1
    now = max(int(years.max(initial=0)), int(np.nanmax(approved_in)) if dated.any() else 0)
    closed = (years > 0) & (years + max(lag, 0) < now)
    closed_years = tuple(int(year) for year in np.unique(years[closed]))
    return Decisions(approved & closed, (status == "filed") & closed, *endings, False, closed_years, under_way)


def _settled(years: np.ndarray, ended: np.ndarray, approved: np.ndarray) -> np.ndarray:
    """Rows approved in years of which most have ended; all, if these are too few.

    What is cancelled is often cancelled early, so in a year that is still under way it is over-represented.
    """
    known = years[approved]
    mostly = [year for year in np.unique(known) if ended[approved][known == year].mean() >= _MOSTLY]
    rows = np.isin(years, mostly)
    return rows if (rows & ended & approved).sum() >= FEWEST else np.ones(len(years), bool)


def accepted_shares(table: Table, rows: np.ndarray) -> np.ndarray:
    """Accepted over approved investment of completed rows; more than was approved adds nothing."""
    accepted, approved = table.money("accepted_investment")[rows], table.money("approved_investment")[rows]
    approved = np.where(np.isfinite(approved), approved, table.money("investment")[rows])
    known = np.isfinite(accepted) & (approved > 0)
    return np.minimum(accepted[known] / approved[known], 1.0)
