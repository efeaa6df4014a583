"""Metrics: what a planner asks for in one line, such as `p95(outlay)` or `P(outlay.2026<=12亿元)`, and conditions on them.

    metric     outlay | mean(outlay) | p95(outlay.2026) | cvar95(outlay) | P(energy_saving>=50万吨标煤) | leverage_net
    condition  metric <= amount, metric >= amount
    name       a headline, of outlay also a year or an instrument: outlay.2026, outlay.major_project
    P(...)     of one event or of several at once: P(outlay<=12亿元 & energy_saving>=50万吨标煤)

A bare name is its mean. Errors come from the scrambles (summary.py), and a difference of two metrics is paired.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.headlines import EVENTS, HEADLINES, RATIOS
from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS, Estimate, columns_of_ratio, cvar95, estimate_of, mean, probability, quantile
from simulator.units import parse_quantity, unit_of, written_in
from simulator.weighting import Draws

_SHARES = (*EVENTS, "deadweight_share")
_YEAR = re.compile("[0-9]{4}")
_DIMENSIONS = {"CNY": "money", "tce": "energy"}
_SIGNS = {"≤": "<=", "≥": ">=", "＜": "<", "＞": ">"}
_CONDITION = re.compile(r"(.+?)\s*(<=|>=|<|>)\s*([^<>=]+)")
_CALL = re.compile(r"(mean|median|p\d{1,2}(?:\.\d+)?|cvar95|P)\s*\((.*)\)")
_BRACKETS = str.maketrans("（）", "()")
_BY_TITLE = {title: name for name, each in HEADLINES.items() for title in (each.zh, each.en)} | {
    title.translate(_BRACKETS): name for name, each in RATIOS.items() for title in each[:2]}


@dataclass(frozen=True)
class Quantity:
    """A figure of every draw: a headline, or the outlay of a year or an instrument."""

    name: str
    part: str = ""

    @property
    def units(self) -> str:
        """CNY, tce or 1."""
        return "1" if self.name in RATIOS else HEADLINES[self.name].units

    @property
    def text(self) -> str:
        """As it is written: outlay.2026."""
        return f"{self.name}.{self.part}" if self.part else self.name

    @property
    def needs(self) -> tuple[str, ...]:
        """The variables of the headlines that it is made of."""
        if self.name in RATIOS:
            return RATIOS[self.name][2:]
        return (f"outlay_by_{'year' if _YEAR.fullmatch(self.part) else 'instrument'}",) if self.part else (self.name,)

    @property
    def title(self) -> str:
        """In the language."""
        zh, en = RATIOS[self.name][:2] if self.name in RATIOS else (HEADLINES[self.name].zh, HEADLINES[self.name].en)
        return (zh if language() == "zh" else en) + (f" {self.part}" if self.part else "")

    def values(self, lines: xr.Dataset) -> np.ndarray:
        """float64[draw] of the headlines of one scenario."""
        if self.name in RATIOS:
            top, bottom = (lines[name].values for name in RATIOS[self.name][2:])
            return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0.0)
        if not self.part:
            return np.asarray(lines[self.name].values)
        dim, key = ("year", int(self.part)) if _YEAR.fullmatch(self.part) else ("instrument", self.part)
        known = lines[dim].values.tolist()
        if key not in known:
            raise _no_part(self, [str(each) for each in known])
        return np.asarray(lines[f"outlay_by_{dim}"].values[:, known.index(key)])


@dataclass(frozen=True)
class Condition:
    """A bound on a figure of a draw, or on a metric: values on the right side of it are positive margins."""

    below: bool
    bound: float
    text: str
    strict: bool = False

    def margin(self, values: np.ndarray) -> np.ndarray:
        """How much room there is: not negative where the condition holds."""
        return self.bound - values if self.below else values - self.bound

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Where it does."""
        margin = self.margin(values)
        return margin > 0.0 if self.strict else margin >= 0.0

    def moved(self, by: float) -> Condition:
        """The same with a bound so much higher, written in the same unit."""
        sign = self.text[: len(self.text) - len(self.text.lstrip("<>="))]
        bound = self.bound + by
        return replace(self, bound=bound, text=f"{sign}{written_in(unit_of(self.text.removeprefix(sign)), bound)}")


@dataclass(frozen=True)
class Metric:
    """A statistic over the draws."""

    text: str
    statistic: str
    """mean, cvar95, P, or p95 and the like."""
    quantities: tuple[Quantity, ...]
    """One; of a probability as many as the event has conditions."""
    conditions: tuple[Condition, ...] = ()

    @property
    def units(self) -> str:
        """CNY, tce, 1; of a probability `share`."""
        first = self.quantities[0]
        return "share" if self.statistic == "P" or first.name in _SHARES else first.units

    @property
    def title(self) -> str:
        """In the language, short."""
        if self.statistic == "P":
            return self.text
        first = self.quantities[0]
        if first.name in EVENTS:
            return f"P({first.title})"
        return first.title if self.statistic == "mean" else f"{first.title} {self.statistic.upper().replace('CVAR', 'CVaR')}"

    @property
    def tail(self) -> bool:
        """Whether it takes many draws."""
        return self.statistic == "cvar95" or (self.statistic.startswith("p") and not 10.0 <= self._percent <= 90.0)

    @cached_property
    def _percent(self) -> float:
        return float(self.statistic[1:])

    def hits(self, lines: xr.Dataset) -> np.ndarray:
        """bool[draw]: where the event of a probability happens."""
        found = np.ones(lines.sizes["draw"], bool)
        for each, condition in zip(self.quantities, self.conditions, strict=True):
            found &= condition.holds(each.values(lines))
        return found

    def unknown(self, lines: xr.Dataset) -> bool:
        """Whether it asks for a target, or a budget, that the documents do not state."""
        return any(each.name in EVENTS and bool(np.isnan(each.values(lines)).any()) for each in self.quantities)

    def columns(self, lines: xr.Dataset, draws: Draws) -> np.ndarray:
        """The statistic of all draws, then of each scramble: float64[1 + scramble]."""
        if self.statistic == "P":
            return mean(np.full(lines.sizes["draw"], np.nan) if self.unknown(lines) else self.hits(lines).astype(float), draws.weights)
        quantity_ = self.quantities[0]
        if self.statistic == "mean" and quantity_.name in RATIOS:
            top, bottom = (lines[name].values for name in RATIOS[quantity_.name][2:])
            return columns_of_ratio(top, bottom, draws)
        values = quantity_.values(lines)
        if self.statistic == "mean":
            return mean(values, draws.weights)
        return (cvar95 if self.statistic == "cvar95" else quantile(self._percent / 100.0))(values, draws.weights)

    def estimate(self, lines: xr.Dataset, draws: Draws | None = None) -> Estimate:
        """The value and its standard error; nan where the draws do not support it, or the documents state no such target."""
        draws = Draws.of(lines) if draws is None else draws
        if self.tail and lines.sizes["draw"] < ENOUGH_FOR_TAILS:
            return Estimate(float("nan"), float("nan"))
        if self.unknown(lines):
            return Estimate(float("nan"), float("nan"))
        if self.statistic == "P":
            return probability(self.hits(lines), draws)
        if self.statistic == "mean" and self.quantities[0].name in EVENTS:
            return probability(self.quantities[0].values(lines) > 0.5, draws)
        return estimate_of(self.columns(lines, draws), lines.sizes["draw"])

    def difference(self, lines: xr.Dataset, other: xr.Dataset, draws: Draws | None = None, other_draws: Draws | None = None) -> Estimate:
        """This metric of the one minus that of the other, draw by draw under the same luck."""
        if self.tail and lines.sizes["draw"] < ENOUGH_FOR_TAILS:
            return Estimate(float("nan"), float("nan"))
        found = self.columns(lines, draws or Draws.of(lines)) - self.columns(other, other_draws or Draws.of(other))
        return estimate_of(found, lines.sizes["draw"])


@dataclass(frozen=True)
class Constraint:
    """A condition on a metric, such as P(outlay<=12亿元)>=95%."""

    metric: Metric
    condition: Condition
    text: str


def read_metrics(texts: Iterable[str], scenario: Scenario | None = None) -> list[Metric]:
    """Read metrics, each once however often it is written; of a scenario, refuse years and instruments that it does not have.

    Raises
    ------
    SimulatorError
        Naming what cannot be read, and the nearest name.
    """
    found = list({metric.text: metric for metric in map(read_metric, texts)}.values())
    for each in (quantity for metric in found for quantity in metric.quantities if scenario is not None):
        if each.part and scenario is not None:
            years = range(scenario.model.years.filing[0], scenario.model.years.horizon + 1)
            if each.part not in (known := [*map(str, years), *scenario.model.policy.instruments]):
                raise _no_part(each, known)
    return found


def _no_part(quantity: Quantity, known: Sequence[str]) -> SimulatorError:
    near = difflib.get_close_matches(quantity.part, known, n=1)
    hint = tr(f"；是否指 {quantity.name}.{near[0]}？", f"; did you mean {quantity.name}.{near[0]}?") if near else ""
    return SimulatorError(tr(f"没有 {quantity.text}", f"no such figure: {quantity.text}") + hint)


def needed_by(metrics: Iterable[Metric]) -> list[str]:
    """The variables of the headlines that metrics are made of."""
    return sorted({name for metric in metrics for each in metric.quantities for name in each.needs})


def read_metric(text: str) -> Metric:
    """Read one metric.

    Raises
    ------
    SimulatorError
        Naming what cannot be read, and the nearest name.
    """
    written = _normal(text)
    if not (call := _CALL.fullmatch(written)):
        return Metric(written, "mean", (_quantity(written),))
    statistic, inner = call[1], call[2].strip()
    if statistic != "P":
        statistic = "p50" if statistic == "median" else statistic
        return Metric(f"{statistic}({inner})", statistic, (_quantity(inner),))
    parts = [_condition(part, text) for part in re.split(r"\s*(?:&|且|\band\b)\s*", inner)]
    quantities = tuple(_quantity(name) for name, _, _ in parts)
    conditions = tuple(_bound(sign, amount, "share" if each.name in _SHARES else each.units, text)
                       for (_, sign, amount), each in zip(parts, quantities, strict=True))
    return Metric(f"P({inner})", "P", quantities, conditions)


def read_constraint(text: str) -> Constraint:
    """Read a condition on a metric: P(outlay<=12亿元)>=95%, mean(outlay)<=40亿元, leverage_net>=1."""
    written = _normal(text)
    close = written.rfind(")")
    inner, sign, amount = _condition(written, text) if close < 0 else _behind(written, close, text)
    metric = read_metric(inner)
    return Constraint(metric, _bound(sign, amount, metric.units, text), written)


def _behind(written: str, close: int, text: str) -> tuple[str, str, str]:
    between, sign, amount = _condition(f"x{written[close + 1:]}", text)
    if between != "x":
        raise SimulatorError(tr(f"{text}：{between[1:].strip()!r} 多余", f"{text}: {between[1:].strip()!r} has no place there"))
    return written[: close + 1], sign, amount


def _normal(text: str) -> str:
    written = text.strip().translate(_BRACKETS)
    for sign, plain in _SIGNS.items():
        written = written.replace(sign, plain)
    return written


def _quantity(name: str) -> Quantity:
    head, dot, part = name.strip().partition(".")
    head = name.strip() if dot and not part else head
    head = _BY_TITLE.get(head, head)
    if head not in HEADLINES and head not in RATIOS:
        known = [*HEADLINES, *RATIOS]
        near = difflib.get_close_matches(head, known, n=1)
        raise SimulatorError(tr(f"没有指标 {head!r}", f"no such figure: {head!r}")
                             + (tr(f"；是否指 {near[0]}？", f"; did you mean {near[0]}?") if near
                                else tr("；有：", "; there are: ") + tr("、", ", ").join(known)))
    if part and head != "outlay":
        raise SimulatorError(tr(f"只有 outlay 可按年份或政策工具细分，如 outlay.2026；得到 {name}",
                                f"only outlay has parts, such as outlay.2026; got {name}"))
    return Quantity(head, part)


def _condition(part: str, text: str) -> tuple[str, str, str]:
    match = _CONDITION.fullmatch(part.strip())
    if match is None:
        raise SimulatorError(tr(f"{text}：应含 <= 或 >=，例如 P(outlay<=12亿元)>=95%",
                                f"{text}: a <= or >= is missing, as in P(outlay<=12亿元)>=95%"))
    return match[1].strip(), match[2], match[3].strip()


def _bound(sign: str, amount: str, units: str, text: str) -> Condition:
    try:
        stated = parse_quantity(amount)
    except ValueError as error:
        raise SimulatorError(f"{text}: {error}") from None
    wanted = "share" if units == "share" else _DIMENSIONS.get(units, "number")
    fits = stated.dimension == wanted or (wanted in ("share", "number") and stated.dimension in ("share", "number", "count"))
    if not fits or (units == "share" and not 0 <= stated.value <= 1):
        example = {"money": "12亿元", "energy": "50万吨标煤", "share": "95%", "number": "1.5"}[wanted]
        raise SimulatorError(tr(f"{text}：{amount} 不合适，例如 {example}", f"{text}: {amount} does not fit; for example {example}"))
    return Condition(sign in ("<=", "<"), float(stated.value), f"{sign}{amount}", sign in ("<", ">"))
