"""Ledgers drawn from known parameters: the truth that a fit must find again."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from scipy.special import ndtr, ndtri

from simulator.ledger.columns import MISSING

LPR = {2024: 0.0334, 2025: 0.0303, 2026: 0.03}
EVEN = (1 / 12,) * 12


@dataclass(frozen=True)
class Truth:
    """One stream: `yearly` is the number of all projects, of which those above the threshold file. Amounts in CNY."""

    key: str = "energy_management_centre"
    instrument: str = "energy_management_centre"
    column: str = "investment"
    yearly: float = 100.0
    median: float = 9e6
    sigma: float = 0.9
    threshold: float = 0.0
    start: float = np.inf
    tail: float = 0.0
    """Weight of the Pareto tail beyond `start`."""
    alpha: float = 1.2
    factors: dict[str, float] = field(default_factory=lambda: {"装备": 1.0})
    sectors: tuple[float, ...] = (1.0,)
    months: tuple[float, ...] = EVEN
    dispersion: float = np.inf
    approval: float = 0.7
    completion: float = 0.9
    classes: tuple[float, float, float] = (0.3, 0.45, 0.25)
    finance: tuple[float, float, float] = (0.7, 0.2, 0.1)
    """Loan, lease, both."""
    equipment: tuple[float, float] = (6.0, 4.0)
    spread: tuple[float, float] = (0.001, 0.002)
    central: float = 0.25

    @property
    def files(self) -> dict[str, float]:
        """Share of each sector's projects that reach the threshold."""
        if not self.threshold:
            return dict.fromkeys(self.factors, 1.0)
        low = np.log(self.threshold / self.median)
        return {name: float(1 - self._body(low - np.log(factor))) for name, factor in self.factors.items()}

    def _body(self, log_size: float) -> float:
        whole = ndtr(np.log(self.start / self.median) / self.sigma)
        return float((1 - self.tail) * ndtr(log_size / self.sigma) / whole)

    @property
    def filed_yearly(self) -> float:
        """Applications a year."""
        return self.yearly * sum(share * self.files[name] for share, name in zip(self.sectors, self.factors, strict=True))

    @property
    def sectors_filed(self) -> dict[str, float]:
        """Shares of sectors among those that file."""
        parts = {name: share * self.files[name] for share, name in zip(self.sectors, self.factors, strict=True)}
        return {name: part / sum(parts.values()) for name, part in parts.items()}

    @property
    def typical(self) -> float:
        """Geometric mean of the factors among those that file: figures are relative to it."""
        return float(np.exp(sum(share * np.log(self.factors[name]) for name, share in self.sectors_filed.items())))


def draw(rng: np.random.Generator, *truths: Truth, window: tuple[int, int] = (2024 * 12 + 5, 2026 * 12 + 10),
         refused_by_status: bool = False, dated: bool = True) -> SimpleNamespace:
    """A ledger of these streams, filed from the first to the last month of the window."""
    parts = [_stream(rng, truth, window, refused_by_status) for truth in truths]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not dated:
        del columns["filed_on"]
    n = len(columns["project"])
    columns["project"] = np.array([f"P{i:06d}" for i in range(n)], object)
    return SimpleNamespace(columns=columns, file="台账.xlsx", digest="0123456789ab" + "0" * 52, n=n)


def _stream(rng: np.random.Generator, truth: Truth, window: tuple[int, int], refused_by_status: bool) -> dict[str, np.ndarray]:
    month = _months(rng, truth, window)
    size, sector = _sizes(rng, truth, len(month))
    some = size >= truth.threshold
    month, size, sector = month[some], size[some], sector[some]
    n = len(size)
    first = (np.datetime64(0, "M") + (month - 1970 * 12)).astype("datetime64[D]")
    filed_on = first.astype(np.int64) + 719163 + rng.integers(0, 28, n)
    year = month // 12
    last = window[1] // 12
    loan, lease = _finance(rng, truth, size, equipment := rng.beta(*truth.equipment, n))
    rate = np.array([LPR.get(y, 0.035) for y in year]) + rng.normal(*truth.spread, n)
    status, approved_in = _decide(rng, truth, year, last, refused_by_status)
    fen = [np.where(each > 0, np.rint(each * 100), MISSING).astype(np.int64) for each in (size, size * equipment, loan, lease)]
    filed = truth.instrument
    if filed.endswith("_loan_interest"):
        other = filed.replace("_loan_interest", "_lease")
        filed = np.select([(loan > 0) & (lease > 0), loan > 0], [f"{filed};{other}", filed], other).astype(object)
    empty = np.full(n, MISSING)
    return {
        "project": np.full(n, "", object), "title": np.full(n, "", object), "instruments": np.full(n, filed, object),
        "filing_year": year.astype(np.int64), "filed_on": filed_on.astype(np.int64), "sector": sector,
        "district": rng.choice(np.array(["浦东新区", "嘉定区", "闵行区"], object), n, p=(0.5, 0.3, 0.2)),
        "size": rng.choice(np.array(["small", "medium", "large"], object), n, p=truth.classes),
        "investment": fen[0] if truth.column == "investment" else empty, "contract": fen[0] if truth.column == "contract" else empty,
        "product": np.full(n, "", object), "equipment": fen[1], "renewal_share": np.rint(rng.beta(5, 5, n) * 1e8).astype(np.int64),
        "loan_principal": fen[2], "lease_equipment": fen[3], "loan_rate": np.where(loan > 0, np.rint(rate * 1e8), MISSING).astype(np.int64),
        "loan_years": np.where(loan > 0, rng.choice([3, 5, 8], n, p=(0.3, 0.5, 0.2)), MISSING),
        "central_points": np.where((loan > 0) & (rng.random(n) < truth.central), 1_500_000, MISSING),
        "tier": np.full(n, "", object), "status": status, "approved_year": approved_in,
        "accepted_investment": np.where(np.isin(status, ("accepted", "paid")), fen[0], MISSING),
    }


def _months(rng: np.random.Generator, truth: Truth, window: tuple[int, int]) -> np.ndarray:
    """The month of every project that comes in within the window."""
    weights = np.array(truth.months) / sum(truth.months)
    found = []
    for year in range(window[0] // 12, window[1] // 12 + 1):
        level = rng.gamma(truth.dispersion, 1 / truth.dispersion) if np.isfinite(truth.dispersion) else 1.0
        numbers = rng.poisson(truth.yearly * level * weights)
        month = np.repeat(year * 12 + np.arange(12), numbers)
        found.append(month[(month >= window[0]) & (month <= window[1])])
    return rng.permutation(np.concatenate(found))


def _sizes(rng: np.random.Generator, truth: Truth, n: int) -> tuple[np.ndarray, np.ndarray]:
    names = np.array(list(truth.factors), object)
    place = rng.choice(len(names), n, p=truth.sectors)
    whole = ndtr(np.log(truth.start / truth.median) / truth.sigma)
    body = truth.median * np.exp(truth.sigma * ndtri(whole * rng.random(n)))
    tail = truth.start * rng.random(n) ** (-1 / truth.alpha) if truth.tail else body
    size = np.where(rng.random(n) < truth.tail, tail, body)
    return size * np.array(list(truth.factors.values()))[place], names[place]


def _finance(rng: np.random.Generator, truth: Truth, size: np.ndarray, equipment: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mode = rng.choice(3, len(size), p=truth.finance)
    lease = np.where(mode > 0, size * equipment * rng.triangular(0.3, 0.6, 0.9, len(size)), 0.0)
    loan = np.where(mode != 1, (size - lease) * rng.triangular(0.3, 0.6, 0.8, len(size)), 0.0)
    return loan, lease


def _decide(rng: np.random.Generator, truth: Truth, year: np.ndarray, last: int, by_status: bool) -> tuple[np.ndarray, np.ndarray]:
    """Decided in the year of filing or the next; ended after that, some of them."""
    n = len(year)
    decided_in = year + (rng.random(n) < 0.3)
    decided, approved = decided_in <= last, rng.random(n) < truth.approval
    ended, completed = rng.random(n) < 0.6, rng.random(n) < truth.completion
    refused = "terminated" if by_status else "filed"
    status = np.select([~decided, ~approved, ~ended, completed], ["filed", refused, "approved", "paid"], "terminated")
    return status.astype(object), np.where(decided & approved, decided_in, MISSING).astype(np.int64)
