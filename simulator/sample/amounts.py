"""What a row of a sample asks for: sizes, finance and instruments of one stream, in the digits in which clerks write them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.ledger import MISSING, PER_ONE
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.schema.population import Stream
from simulator.schema.values import SIZE_CLASSES

_TOO_SMALL = 0.05  # of the rows: below the threshold, as happens
_FILES_ALSO = 0.75  # for one more instrument that it could file for
_FILES_EITHER = 0.4  # for another one of those that never stack
_DRAWN = 0.55  # of the loans: the day is in the ledger
_REPAYMENTS = np.array(["bullet", "equal_principal", "equal_payment"], object)
_WAN = 10**6  # 分 in 万元
_GRAINS = ((0.25, 10 * _WAN), (0.7, _WAN), (0.9, _WAN // 100), (1.0, _WAN // 10_000))  # how finely amounts are written
_OF_INVESTMENT = ("loan_interest", "lease_equipment", "investment", "equipment", "incremental_investment", "tier")


@dataclass
class Draw:
    """The rows of one stream that are being drawn."""

    scenario: Scenario
    stream: Stream
    year: np.ndarray
    place: np.ndarray
    """int[row]: in the stream; the first rows see to it that every instrument is filed for."""
    rng: np.random.Generator

    def __post_init__(self) -> None:
        n = len(self.place)
        quantiles = (np.arange(4000) + 0.5) / 4000
        below = float((self.stream.size.value.ppf(quantiles) < self.least_size(self.scenario, self.stream)).mean())
        u = self.rng.random(n)
        too_small = self.rng.random(n) < _TOO_SMALL
        self.u = np.clip(np.where(too_small, u, below + (1 - below) * u), 1e-9, 1 - 1e-9)

    @staticmethod
    def least_size(scenario: Scenario, stream: Stream) -> float:
        """The lowest threshold of the instruments that it files for. [CNY]"""
        return min((threshold_of(scenario.model.policy.instruments[key]) for key in stream.files_for), default=0.0)

    def size_classes(self) -> np.ndarray:
        """Place in SIZE_CLASSES of every row; larger enterprises have larger projects."""
        from scipy.special import ndtr, ndtri

        rho = self.stream.size_class_correlation.value
        u = ndtr(rho * ndtri(self.u) + np.sqrt(1 - rho**2) * self.rng.standard_normal(len(self.u)))
        weights = np.cumsum([self.stream.size_class.value.get(name, 0.0) for name in SIZE_CLASSES])
        return np.minimum(np.searchsorted(weights / weights[-1], u, side="right"), len(SIZE_CLASSES) - 1)

    def of(self, drawn: Any) -> np.ndarray:
        """Values of a distribution of the stream; 0 where it has none."""
        return drawn.value.ppf(self.rng.random(len(self.u))) if drawn is not None else np.zeros(len(self.u))

    def clerk(self) -> Callable[[np.ndarray], np.ndarray]:
        """Rounds amounts in CNY to 分 as one clerk a row writes them: to 10万元, 万元, 百元 or 元; never to nothing."""
        lot = self.rng.random(len(self.u))
        grain = np.select([lot < share for share, _ in _GRAINS], [size for _, size in _GRAINS])

        def written(amounts: np.ndarray) -> np.ndarray:
            fen = amounts * 100
            finest = np.where(fen < 1000 * _WAN, np.minimum(grain, _WAN // 100), grain)
            return (np.maximum(np.round(fen / finest), 1) * finest).astype(np.int64)

        return written


def threshold_of(rule: Instrument) -> float:
    """[CNY]"""
    return (rule.threshold.value or 0.0) if rule.threshold else 0.0


def amounts_of(draw: Draw, factor: np.ndarray) -> dict[str, np.ndarray]:
    """Amounts, loan and instruments of the rows of one stream; `factor` multiplies their size."""
    stream, rng, n = draw.stream, draw.rng, len(draw.u)
    rules = {key: draw.scenario.model.policy.instruments[key] for key in stream.files_for}
    bases = [rules[key].base.value for key in rules]
    wanted = np.array([list(rules)[place] if place < len(rules) else "" for place in draw.place.tolist()], object)  # the first rows
    size = stream.size.value.ppf(draw.u) * factor
    for key, rule in rules.items():
        size = np.where(wanted == key, np.maximum(size, 1.2 * threshold_of(rule)), size)
    written = draw.clerk()
    if not set(bases) & set(_OF_INVESTMENT):
        return _contracts(draw, rules, wanted, written(size / np.maximum(draw.of(stream.contracts), 1)))
    whole = written(size * rng.uniform(1.1, 1.6, n)) if "incremental_investment" in bases else written(size)
    found = {"investment": whole}
    if "incremental_investment" in bases:
        found["incremental_investment"] = np.minimum(written(size), whole)
    share = draw.of(stream.equipment_share)
    equipment = np.where(share > 0, np.minimum(written(whole / 100 * share), whole), MISSING)
    found["equipment"] = equipment
    found["renewal_share"] = np.where(share > 0, np.round(draw.of(stream.renewal_share) * 100).astype(np.int64) * (PER_ONE // 100), MISSING)
    loan, lease = _finance(draw, rules, wanted, whole, equipment, written)
    filed = _filed(draw, rules, wanted, whole, loan, lease)
    found |= _loan(draw, np.where(_files(filed, rules, "loan_interest"), loan, MISSING))
    found["lease_equipment"] = np.where(_files(filed, rules, "lease_equipment"), lease, MISSING)
    tested = np.isin(filed, [each for each in set(filed.tolist()) if any(rules[key].fixed_asset_share for key in each.split(";"))])
    found["fixed_asset_share"] = np.where(tested, np.round(draw.of(stream.fixed_asset_share) * 100).astype(np.int64) * (PER_ONE // 100),
                                          MISSING)
    if stream.tier and any(len(rule.tiers or {}) > 1 for rule in rules.values()):
        found["tier"] = np.full(n, stream.tier, object)
    drivers = draw.scenario.model.drivers
    purpose = draw.of(stream.energy_purpose)
    intensity = purpose * drivers.intensity_energy.value.median() + (1 - purpose) * drivers.intensity_other.value.median()
    saving = np.round(np.maximum(equipment, 0) / 100 * intensity * rng.lognormal(-0.1, 0.45, n), 1)
    found["energy_saving"] = np.where((saving > 0) & (rng.random(n) < 0.7), saving, np.nan)
    return found | {"instruments": filed}


def _contracts(draw: Draw, rules: dict[str, Instrument], wanted: np.ndarray, amount: np.ndarray) -> dict[str, np.ndarray]:
    """Of a stream whose clauses look at a contract."""
    found = {rule.base.value: amount for rule in rules.values()}
    nothing = np.full(len(amount), MISSING)
    return found | {"instruments": _filed(draw, rules, wanted, nothing, nothing, nothing)}


def _finance(draw: Draw, rules: dict[str, Instrument], wanted: np.ndarray, whole: np.ndarray, equipment: np.ndarray,
             written: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Loan and leased equipment; who could file for nothing otherwise has a loan. [分]"""
    stream, n = draw.stream, len(whole)
    if stream.finance is None:
        return np.full(n, MISSING), np.full(n, MISSING)
    weights = stream.finance.value.model_dump()
    mode = draw.rng.choice(np.array(list(weights), object), n, p=np.array(list(weights.values())) / sum(weights.values()))
    for key, rule in rules.items():
        if rule.base.value in ("loan_interest", "lease_equipment"):
            mode = np.where(wanted == key, {"loan_interest": "loan", "lease_equipment": "lease"}[rule.base.value], mode)
    largest = max((threshold_of(rule) for rule in rules.values() if rule.base.value == "investment"), default=np.inf)
    mode = np.where((mode == "own") & (whole / 100 < largest), "loan", mode)
    lease = np.minimum(written(np.maximum(equipment, 0) / 100 * draw.of(stream.lease_to_equipment)), np.maximum(equipment, 0))
    leased = np.isin(mode, ("lease", "loan_and_lease")) & (lease > 0)
    loan = np.minimum(written((whole - np.where(leased, lease, 0)) / 100 * draw.of(stream.loan_to_investment)), whole)
    borrowed = np.isin(mode, ("loan", "loan_and_lease")) | ((mode == "lease") & ~leased)
    return np.where(borrowed, loan, MISSING), np.where(leased, lease, MISSING)


def _filed(draw: Draw, rules: dict[str, Instrument], wanted: np.ndarray, whole: np.ndarray, loan: np.ndarray,
           lease: np.ndarray) -> np.ndarray:
    """Instruments by row, joined by ;. Nobody files for what needs a loan, a lease or a size that is not there."""
    keys = [key for key in draw.scenario.model.policy.instruments if key in rules]
    fits = np.array([_fits(rules[key], whole, loan, lease) for key in keys])
    likely = np.array([_FILES_ALSO if rules[key].stackable.value else _FILES_EITHER for key in keys])
    files = fits & (draw.rng.random(fits.shape) < likely[:, None]) & (wanted == "")
    files |= np.array(keys, object)[:, None] == wanted
    for place in range(len(keys)):  # who has filed for nothing files for the first that fits
        files[place] |= fits[place] & ~files.any(axis=0)
    patterns, of_row = np.unique(files, axis=1, return_inverse=True)
    joined = [";".join(key for key, is_in in zip(keys, pattern, strict=True) if is_in) for pattern in patterns.T]
    return np.array(joined, object)[of_row.ravel()]


def _fits(rule: Instrument, whole: np.ndarray, loan: np.ndarray, lease: np.ndarray) -> np.ndarray:
    """bool[row]: has what the instrument looks at."""
    needs = {"loan_interest": loan, "lease_equipment": lease}.get(rule.base.value)
    if needs is not None:
        return needs > 0
    return (whole / 100 >= threshold_of(rule)) | (rule.base.value != "investment")


def _files(filed: np.ndarray, rules: dict[str, Instrument], base: str) -> np.ndarray:
    """bool[row]: files for an instrument with this base."""
    keys = {key for key, rule in rules.items() if rule.base.value == base}
    return np.isin(filed, [each for each in set(filed.tolist()) if keys & set(each.split(";"))])


def _loan(draw: Draw, principal: np.ndarray) -> dict[str, np.ndarray]:
    """The terms of the loans; nothing where there is none."""
    stream, rng, n = draw.stream, draw.rng, len(principal)
    there = principal != MISSING
    if not there.any():
        return {}
    published = draw.scenario.model.drivers.lpr.published.value
    lpr = np.array([published.get(year, published[max(published)]) for year in draw.year.tolist()])
    rate = np.round((lpr + draw.of(stream.loan_spread)) * 10_000).astype(np.int64) * (PER_ONE // 10_000)
    central = draw.scenario.model.behaviour.central
    points = np.array([round(central.points.value.get(year, 0.0) * PER_ONE) for year in draw.year.tolist()])
    relieved = there & (points > 0) & (rng.random(n) < central.share.value)
    return {
        "loan_principal": principal,
        "loan_rate": np.where(there, np.maximum(rate, PER_ONE // 100), MISSING),
        "loan_years": np.where(there, np.maximum(draw.of(stream.loan_term), 1).astype(np.int64), MISSING),
        "repayment": np.where(there, _REPAYMENTS[np.searchsorted((0.35, 0.8), rng.random(n))], ""),
        "drawn_on": np.where(there & (rng.random(n) < _DRAWN), rng.integers(-90, 60, n), MISSING),  # days from the filing; a date later
        "central_points": np.where(relieved, points, MISSING),
        "central_years": np.where(relieved & (rng.random(n) < 0.5), central.years.value, MISSING),
    }
