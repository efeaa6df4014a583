"""The clauses on plain arrays: what the peers of a benchmark are given, and what they must find.

A pair is one application in one draw. A peer gets the pairs flattened, by kind of application (those that file for the
same instruments), and works out what the instruments pay each pair, which single one pays most, and in which years.

Applications, rules and draws are the baseline's; multipliers of size and building times are synthetic. What only the
simulator does is left out, to the peers' advantage: drawing the luck (it is given, spread over the pairs), who goes ahead,
files and is approved, partial, late and cancelled projects, caps by contract, quotas, rationing, recovery, statistics.
"""

from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from simulator import draw_applications, draw_drivers, load_scenario
from simulator.schema import Instrument

YEARS = range(2024, 2033)
LOAN_YEARS = 3
LIKELY_LAG, LIKELY_MONTHS, SIZE_SIGMA = 1 / 3, 16.0, 0.3  # years to approval, months to build, spread of sizes over the plan

COLUMN_OF_BASE = {
    "loan_interest": "loan_principal", "investment": "investment", "incremental_investment": "investment",
    "equipment": "equipment", "lease_equipment": "lease_equipment", "contract": "contract", "certification_contract": "contract",
    "software_sales": "contract", "tier": "tier_amount",
}
LOAN = ("loan_principal", "loan_scale", "loan_term", "loan_grace", "loan_spread", "central_points",
        *(f"lpr_{year}" for year in range(LOAN_YEARS)))
COMMON = ("investment", "scale", "award_intensity", "approval_year", "acceptance_year")
WHOLE = ("approval_year", "acceptance_year")  # integers; all others are fractional


class Clause(NamedTuple):
    """One instrument as numbers; money in CNY."""

    shape: str
    column: str  # of the inputs, that holds the base
    rate: float | None  # None: assumed, an input
    is_ceiling: bool
    cap: float
    cap_per_year: bool
    threshold: float  # 0: none
    threshold_inclusive: bool
    fixed_asset_share: float  # the share must lie above this; -1: not asked
    payout: str


class Rules(NamedTuple):
    """The clauses, and the readings that concern all of them."""

    clauses: dict[str, Clause]
    net_of_central: bool
    central_years: int
    first_tranche: float


class Block(NamedTuple):
    """Pairs of one kind of application: what they file for, and float or int32 [pair] for every input it reads."""

    keys: tuple[str, ...]
    given: dict[str, np.ndarray]

    @property
    def n_pair(self) -> int:
        """Pairs in this block."""
        return len(self.given["scale"])

    def in_float64(self) -> dict[str, np.ndarray]:
        """What is given, all of it in float64."""
        return {name: column.astype(np.float64) for name, column in self.given.items()}

    def chunks(self, size: int) -> Iterator["Block"]:
        """The block in views of at most so many pairs."""
        for first in range(0, self.n_pair, size):
            yield Block(self.keys, {name: column[first : first + size] for name, column in self.given.items()})


@cache
def baseline(**readings: str) -> Any:
    """The baseline, under its default readings but for these."""
    return load_scenario("baseline", readings=readings or None)


@cache
def rules(**readings: str) -> Rules:
    """The clauses of the baseline, under its default readings but for these."""
    model = baseline(**readings).model
    return Rules({key: as_clause(rule) for key, rule in model.policy.instruments.items()},
                 net_of_central=model.readings.interest_base == "net_of_central",
                 central_years=model.behaviour.central.years.value,
                 first_tranche=0.5 if model.readings.grant_payout == "half_half" else 0.0)


def as_clause(rule: Instrument) -> Clause:
    """The numbers of one instrument."""
    stated = rule.rate is not None and rule.rate.value.constant is not None
    return Clause(
        shape=rule.shape, column=COLUMN_OF_BASE[rule.base.value], rate=rule.rate.value.median() if stated else None,
        is_ceiling=rule.rate_is is not None and rule.rate_is.value == "ceiling",
        cap=np.inf if rule.cap.value is None else rule.cap.value, cap_per_year=rule.cap_period.value == "year",
        threshold=(rule.threshold.value or 0.0) if rule.threshold else 0.0,
        threshold_inclusive=rule.threshold_inclusive is None or rule.threshold_inclusive.value,
        fixed_asset_share=rule.fixed_asset_share.value if rule.fixed_asset_share else -1.0, payout=rule.payout.value)


def columns_read(keys: tuple[str, ...]) -> list[str]:
    """Names of the inputs that these instruments read."""
    names = set(COMMON)
    for clause in (rules().clauses[key] for key in keys):
        names |= set(LOAN) if clause.shape == "interest_subsidy" else {clause.column}
        names |= {"fixed_asset_share"} if clause.fixed_asset_share >= 0 else set()
        names |= {"assumed_rate"} if clause.shape == "capped_share" and clause.rate is None else set()
    return sorted(names)


@cache
def _drawn() -> tuple[Any, Any]:
    """Who could apply in the baseline, and what all projects of a draw share."""
    return draw_applications(baseline()), draw_drivers(baseline())


def inputs(n_applications: int, n_draws: int, seed: int, kind: type = np.float64) -> list[Block]:
    """Applications of the baseline, taken at random, in so many draws: one block for each kind of application.

    Pairs are in the order of their year of approval, so that a peer that works chunk by chunk meets few years in each. Every
    value is exact in float32, so that peers of either precision are given the same.
    """
    rng = np.random.default_rng(seed)
    frame, drivers = _drawn()
    chosen = np.sort(rng.choice(frame.sizes["application"], n_applications, replace=n_applications > frame.sizes["application"]))
    frame, drivers = frame.isel(application=chosen), drivers.isel(draw=np.arange(n_draws) % drivers.sizes["draw"])
    blocks = []
    for text in np.unique(frame["instruments"].values):
        given = _given(rng, frame.isel(application=frame["instruments"].values == text), drivers)
        keys = tuple(str(text).split(";"))
        order = np.argsort(given["approval_year"], axis=None, kind="stable")
        flat = {name: np.broadcast_to(given[name], given["scale"].shape).ravel()[order] for name in columns_read(keys)}
        blocks.append(Block(keys, {name: column.astype(np.int32) if name in WHOLE else column.astype(np.float32).astype(kind)
                                   for name, column in flat.items()}))
    return blocks


def _given(rng: np.random.Generator, frame: Any, drivers: Any) -> dict[str, np.ndarray]:
    """Every input of one kind of application: [application, 1], [1, draw] or [application, draw]."""
    n, n_draw = frame.sizes["application"], drivers.sizes["draw"]
    given = {name: frame[name].values[:, None] for name in (
        "investment", "fixed_asset_share", "loan_principal", "loan_term", "loan_grace", "loan_spread", "lease_equipment", "contract")}
    given["equipment"] = given["investment"] * frame["equipment_share"].values[:, None]
    given["scale"] = rng.lognormal(0.0, SIZE_SIGMA, (n, n_draw))
    given["loan_scale"] = given["scale"] ** 1.037
    given["award_intensity"] = drivers["award_intensity"].values[None, :]
    delay = drivers["delay"].values[None, :]
    approved = (frame["filing_year"] + frame["arrival"]).values[:, None] + LIKELY_LAG * delay
    given["approval_year"] = np.floor(approved)
    given["acceptance_year"] = np.floor(approved + LIKELY_MONTHS / 12 * rng.lognormal(0.0, 0.45, (n, n_draw)) * delay)
    central, first = baseline().model.behaviour.central, YEARS[0]
    points = np.array([central.points.value.get(year, 0.0) for year in YEARS])
    approval = given["approval_year"].astype(int) - first
    given["central_points"] = points[approval] * (frame["central_lot"].values[:, None] < central.share.value)
    for year in range(LOAN_YEARS):
        given[f"lpr_{year}"] = drivers["lpr"].values[np.arange(n_draw), np.minimum(approval + year, len(YEARS) - 1)]
    assumed = {str(name): drivers["assumed"].values[:, i] for i, name in enumerate(drivers["assumed_value"].values)}
    given["assumed_rate"] = assumed["software_purchase.rate"][None, :]
    key = str(frame["instruments"].values[0])
    given["tier_amount"] = np.stack([assumed.get(f"{key}.{tier}", np.zeros(n_draw)) for tier in frame["tier"].values])
    return given


def entitlement(xp: ModuleType, book: Rules, key: str, given: dict[str, Any]) -> list[Any]:
    """What one instrument pays each pair, by loan-year, or in one sum: one array each. `xp` is numpy or the like. [CNY]"""
    clause = book.clauses[key]
    size = given["investment"] * given["scale"]
    reaches = size >= clause.threshold if clause.threshold_inclusive else size > clause.threshold
    eligible = reaches & (given["fixed_asset_share"] > clause.fixed_asset_share) if clause.fixed_asset_share >= 0 else reaches
    rate = given["assumed_rate"] if clause.rate is None and clause.shape == "capped_share" else clause.rate
    if clause.is_ceiling:
        rate = rate * given["award_intensity"]
    if clause.shape == "interest_subsidy":
        amounts = _loan_years(xp, book, clause, rate, given)
    elif clause.shape == "capped_share":
        amounts = [xp.minimum(rate * (given[clause.column] * given["scale"]), clause.cap)]
    else:
        amounts = [xp.minimum(given[clause.column], clause.cap)]
    return [xp.where(eligible, amount, 0.0) for amount in amounts]


def _loan_years(xp: ModuleType, book: Rules, clause: Clause, rate: Any, given: dict[str, Any]) -> list[Any]:
    instalments = xp.maximum(given["loan_term"] - given["loan_grace"], 1.0)
    principal = given["loan_principal"] * given["loan_scale"]
    amounts, paid_before = [], 0.0
    for year in range(LOAN_YEARS):
        repaid = xp.maximum(year - (given["loan_term"] - instalments), 0.0)
        balance = principal * xp.maximum(instalments - repaid, 0.0) / instalments
        interest = balance * xp.maximum(given[f"lpr_{year}"] + given["loan_spread"], 0.0)
        relief = xp.minimum(balance * given["central_points"], interest) if year < book.central_years else 0.0
        base = interest - relief if book.net_of_central else interest
        award = xp.minimum(rate * base, xp.maximum(clause.cap - paid_before, 0.0))
        amounts.append(xp.minimum(award, interest - relief))
        paid_before = paid_before if clause.cap_per_year else paid_before + amounts[-1]
    return amounts


def payments(book: Rules, key: str, amounts: list[Any], given: dict[str, Any]) -> list[tuple[Any, Any]]:
    """The amounts of an entitlement as they are paid, each with its year: interest in arrears, grants in one or two sums."""
    approval, acceptance = given["approval_year"], given["acceptance_year"]
    payout = book.clauses[key].payout
    if payout == "in_arrears":
        return [(amount, approval + 1 + year) for year, amount in enumerate(amounts)]
    if payout == "two_tranches":
        first = book.first_tranche * amounts[0]
        return [(first, approval), (amounts[0] - first, acceptance)]
    return [(amounts[0], acceptance if payout == "on_acceptance" else approval)]


def outlay(xp: ModuleType, book: Rules, keys: tuple[str, ...], given: dict[str, Any]) -> list[Any]:
    """What the best instrument pays each pair in each of YEARS; the first of equals is the best. [CNY]"""
    offers = [entitlement(xp, book, key, given) for key in keys]
    best = xp.argmax(xp.stack([sum(amounts) for amounts in offers]), axis=0)
    paid = [xp.zeros_like(given["scale"]) for _ in YEARS]
    for place, (key, amounts) in enumerate(zip(keys, offers, strict=True)):
        for amount, year_paid in payments(book, key, amounts, given):
            for i, year in enumerate(YEARS):
                paid[i] = paid[i] + xp.where((best == place) & (year_paid == year), amount, 0.0)
    return paid


def checksum(blocks: list[Block], book: Rules) -> float:
    """Total outlay over all pairs and years, by NumPy in float64 whatever the inputs are in. [CNY]"""
    return sum(float(np.sum(outlay(np, book, chunk.keys, chunk.in_float64()))) for block in blocks for chunk in block.chunks(1 << 16))
