"""The clauses as parameters and variables of a rules-as-code engine: what is written alike however the engine is used.

OpenFisca-Core and policyengine-core descend from one code and want formulas in one form; a pair is an entity.
"""

import operator
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.clauses_as_arrays import YEARS, Clause, Rules

SINCE = f"{YEARS[0]}-01-01"
ETERNITY = "eternity"  # the period of what does not change over time


class Engine(NamedTuple):
    """What a variable is made of in one engine."""

    variable: type
    entity: Any
    eternity: Any
    year: Any


class Filling(NamedTuple):
    """The inputs of one simulation: what its pairs file for, and an array [pair] by name and period."""

    keys: tuple[str, ...]
    columns: dict[tuple[str, str], np.ndarray]

    @property
    def n_pair(self) -> int:
        """Pairs in the simulation."""
        return len(self.columns["scale", ETERNITY])


def kind_name(keys: tuple[str, ...]) -> str:
    """The name of a kind of application in its variables."""
    return "__".join(keys)


def parameter_tree(book: Rules) -> dict[str, Any]:
    """The numbers of the clauses as the engines' parameters."""
    def leaf(value: float) -> dict[str, Any]:
        return {"values": {SINCE: {"value": value}}}

    numbers = ("rate", "is_ceiling", "cap", "cap_per_year", "threshold", "threshold_inclusive", "fixed_asset_share")
    instruments = {key: {name: leaf(getattr(clause, name)) for name in numbers if getattr(clause, name) is not None}
                   for key, clause in book.clauses.items()}
    general = {name: leaf(getattr(book, name)) for name in ("net_of_central", "central_years", "first_tranche")}
    return {"instruments": instruments, "general": general}


def variable(engine: Engine, period: Any, name: str, formula: Callable | None, kind: type = float) -> type:
    """A variable, as a class of the engine; an input has no formula."""
    attributes = {"value_type": kind, "entity": engine.entity, "definition_period": period, "label": name.replace("_", " ")}
    return type(name, (engine.variable,), attributes | ({"formula": formula} if formula else {}))


def size(project, period):
    """The planned investment in this draw. [CNY]"""
    return project("investment", period) * project("scale", period)


def instalments(project, period):
    """Years over which the loan is repaid, in equal parts."""
    return np.maximum(project("loan_term", period) - project("loan_grace", period), 1)


def principal(project, period):
    """The loan in this draw. [CNY]"""
    return project("loan_principal", period) * project("loan_scale", period)


def rate_of(numbers, project, period):
    """The rate of a clause, or what is granted of it if it is a ceiling."""
    return numbers.rate * project("award_intensity", period) if numbers.is_ceiling else numbers.rate


def grant(key: str, clause: Clause) -> Callable:
    """What a grant comes to, its conditions aside. [CNY]"""
    def formula(project, period, parameters):
        numbers = parameters(period).instruments[key]
        if clause.shape == "tiered_award":
            return np.minimum(project(clause.column, period), numbers.cap)
        base = project("size", period) if clause.column == "investment" else project(clause.column, period) * project("scale", period)
        rate = project("assumed_rate", period) if clause.rate is None else rate_of(numbers, project, period)
        return np.minimum(rate * base, numbers.cap)
    return formula


def conditions(key: str, project, period, parameters) -> list[np.ndarray]:
    """Whether each condition of a clause is met; one that the clause does not state costs nothing."""
    numbers, met = parameters(period).instruments[key], []
    if numbers.threshold > 0:
        planned = project("size", period)
        met.append(planned >= numbers.threshold if numbers.threshold_inclusive else planned > numbers.threshold)
    if numbers.fixed_asset_share >= 0:
        met.append(project("fixed_asset_share", period) > numbers.fixed_asset_share)
    return met


def best(keys: tuple[str, ...]) -> Callable:
    """What the instrument that pays most comes to. [CNY]"""
    def formula(project, period):
        return reduce(np.maximum, (project(f"{key}_total", period) for key in keys))
    return formula


def takes(keys: tuple[str, ...], key: str) -> Callable:
    """Whether an instrument is the package: it pays most, and of equals it is the first."""
    kind, earlier = kind_name(keys), keys[: keys.index(key)]

    def formula(project, period):
        total = project(f"{key}_total", period)
        found = (total == project(f"{kind}_best", period)) & (total > 0)
        for other in earlier:
            found &= ~project(f"{kind}_takes_{other}", period)
        return found
    return formula


def added(terms: Iterable[np.ndarray]) -> np.ndarray:
    """The sum, unlike Python's without adding the first to zero."""
    return reduce(operator.add, terms)
