"""The clauses as variables and parameters of a rules-as-code engine, and the peer that runs them: the same for both engines.

OpenFisca-Core and policyengine-core descend from one code and want formulas in one form. What makes it fast there:

- a pair is an entity; every formula is a handful of array operations over all entities of a simulation;
- a simulation holds the pairs of one kind of application, so that no clause is worked out for those that do not file for it;
- it holds so few of them that their arrays stay in the cache, and yet so many that the engine's own work does not show;
- what does not change over time is a variable of the period ETERNITY, worked out once; only the outlay is one by year;
- float32, the engines' own precision.
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from functools import partial, reduce
from typing import Any, NamedTuple

import numpy as np

from tests.benchmarks.clauses_as_arrays import LOAN_YEARS, WHOLE, YEARS, Block, Clause, Rules, columns_read, inputs, rules

SINCE = f"{YEARS[0]}-01-01"


class Engine(NamedTuple):
    """What a variable is made of in one engine."""

    variable: type
    entity: Any
    eternity: Any
    year: Any


class EnginePeer:
    """A peer on such an engine; a subclass knows how to build a system, load a simulation, and make it forget."""

    name = ""
    chunk = 1 << 17  # entities in a simulation

    def prepare(self, n_applications: int, n_draws: int, seed: int) -> None:
        """Draw the inputs and get ready to run."""
        self.take(inputs(n_applications, n_draws, seed, np.float32), rules())

    def take(self, blocks: list[Block], book: Rules) -> None:
        """Build the tax-benefit system, and set the inputs of one simulation for each chunk of pairs."""
        self.system = self.build_system(book, [block.keys for block in blocks])
        self.loaded = [(chunk, self.load(chunk)) for block in blocks for chunk in block.chunks(self.chunk)]

    def run(self) -> float:
        """Work everything out anew; returns the total outlay. [CNY]"""
        return sum(float(outlay.sum(dtype=np.float64)) for _, outlays in self.outlays() for outlay in outlays)

    def outlays(self) -> Iterator[tuple[Block, list[np.ndarray]]]:
        """Every chunk with the outlay of its pairs: float32[pair] for each of YEARS."""
        for chunk, simulation in self.loaded:
            yield chunk, [simulation.calculate(f"{kind_name(chunk.keys)}_outlay", str(year)) for year in YEARS]
            self.forget(chunk, simulation)

    def build_system(self, book: Rules, kinds: list[tuple[str, ...]]) -> Any:
        """The tax-benefit system with the variables of these kinds of application."""
        raise NotImplementedError

    def load(self, chunk: Block) -> Any:
        """A simulation with the inputs of a chunk."""
        raise NotImplementedError

    def forget(self, chunk: Block, simulation: Any) -> None:
        """Clear all that a simulation has computed, so that the next run computes it again."""
        raise NotImplementedError


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


def variables(engine: Engine, book: Rules, kinds: list[tuple[str, ...]]) -> list[type]:
    """The variables of all kinds of application, as classes of the engine."""
    eternal = partial(_variable, engine, engine.eternity)
    names = sorted({name for keys in kinds for name in columns_read(keys)})
    found = [eternal(name, None, int if name in WHOLE else float) for name in names]
    found += [eternal("size", _size), eternal("principal", _principal), eternal("instalments", _instalments)]
    for year in range(LOAN_YEARS):
        found += [eternal(f"balance_{year}", _balance(year)), eternal(f"interest_{year}", _interest(year)),
                  eternal(f"borne_{year}", _borne(year))]
    for key in sorted({key for keys in kinds for key in keys}):
        clause = book.clauses[key]
        if clause.shape == "interest_subsidy":
            found += [eternal(f"{key}_{year}", _interest_subsidy(key, year)) for year in range(LOAN_YEARS)]
        else:
            found.append(eternal(f"{key}_0", _grant(key, clause)))
        found.append(eternal(f"{key}_total", _total(key, clause)))
        if clause.payout == "two_tranches":
            found += [eternal(f"{key}_first", _first_tranche(key)), eternal(f"{key}_rest", _rest(key))]
    for keys in kinds:
        kind, due = kind_name(keys), _due(book, keys)
        sole_grant = len(keys) == 1 and book.clauses[keys[0]].shape != "interest_subsidy"
        found.append(eternal(f"{kind}_best", _best(keys)))
        found += [eternal(f"{kind}_takes_{key}", _takes(keys, key), bool) for key in keys]
        for (event, after), parts in due.items():
            found.append(eternal(f"{kind}_{event}_{after}", _amount(kind, parts, sole_grant)))
        found.append(_variable(engine, engine.year, f"{kind}_outlay", _outlay(kind, list(due))))
    return found


def _variable(engine: Engine, period: Any, name: str, formula: Callable | None, kind: type = float) -> type:
    attributes = {"value_type": kind, "entity": engine.entity, "definition_period": period, "label": name.replace("_", " ")}
    return type(name, (engine.variable,), attributes | ({"formula": formula} if formula else {}))


def _size(project, period):
    return project("investment", period) * project("scale", period)


def _instalments(project, period):
    return np.maximum(project("loan_term", period) - project("loan_grace", period), 1)


def _principal(project, period):
    return project("loan_principal", period) * project("loan_scale", period)


def _balance(year: int) -> Callable:
    def formula(project, period):
        """At the start of the loan-year; nothing is repaid before the second."""
        if year == 0:
            return project("principal", period)
        instalments = project("instalments", period)
        repaid = np.maximum(instalments + (year - project("loan_term", period)), 0)
        return project("principal", period) * np.maximum(instalments - repaid, 0) / instalments
    return formula


def _interest(year: int) -> Callable:
    def formula(project, period):
        return project(f"balance_{year}", period) * np.maximum(project(f"lpr_{year}", period) + project("loan_spread", period), 0)
    return formula


def _borne(year: int) -> Callable:
    def formula(project, period, parameters):
        """The interest that central relief leaves to bear."""
        interest = project(f"interest_{year}", period)
        if year >= parameters(period).general.central_years:
            return interest
        return interest - np.minimum(project(f"balance_{year}", period) * project("central_points", period), interest)
    return formula


def _rate(project, period, numbers):
    return numbers.rate * project("award_intensity", period) if numbers.is_ceiling else numbers.rate


def _interest_subsidy(key: str, year: int) -> Callable:
    def formula(project, period, parameters):
        numbers, net = parameters(period).instruments[key], parameters(period).general.net_of_central
        borne = project(f"borne_{year}", period)
        award = _rate(project, period, numbers) * (borne if net else project(f"interest_{year}", period))
        if year == 0 or numbers.cap_per_year:
            award = np.minimum(award, numbers.cap)
        else:
            paid_before = _added(project(f"{key}_{earlier}", period) for earlier in range(year))
            award = np.minimum(award, np.maximum(numbers.cap - paid_before, 0))
        return award if net else np.minimum(award, borne)  # a share of what is borne is never more than that
    return formula


def _grant(key: str, clause: Clause) -> Callable:
    def formula(project, period, parameters):
        numbers = parameters(period).instruments[key]
        if clause.shape == "tiered_award":
            return np.minimum(project(clause.column, period), numbers.cap)
        base = project("size", period) if clause.column == "investment" else project(clause.column, period) * project("scale", period)
        rate = project("assumed_rate", period) if clause.rate is None else _rate(project, period, numbers)
        return np.minimum(rate * base, numbers.cap)
    return formula


def _total(key: str, clause: Clause) -> Callable:
    parts = LOAN_YEARS if clause.shape == "interest_subsidy" else 1

    def formula(project, period, parameters):
        """Zero where a condition is not met; a condition that a clause does not state costs nothing."""
        numbers = parameters(period).instruments[key]
        total = _added(project(f"{key}_{part}", period) for part in range(parts))
        met = []
        if numbers.threshold > 0:
            size = project("size", period)
            met.append(size >= numbers.threshold if numbers.threshold_inclusive else size > numbers.threshold)
        if numbers.fixed_asset_share >= 0:
            met.append(project("fixed_asset_share", period) > numbers.fixed_asset_share)
        return total * reduce(operator.and_, met) if met else total
    return formula


def _first_tranche(key: str) -> Callable:
    def formula(project, period, parameters):
        return parameters(period).general.first_tranche * project(f"{key}_total", period)
    return formula


def _rest(key: str) -> Callable:
    def formula(project, period):
        return project(f"{key}_total", period) - project(f"{key}_first", period)
    return formula


def _best(keys: tuple[str, ...]) -> Callable:
    def formula(project, period):
        best = project(f"{keys[0]}_total", period)
        for key in keys[1:]:
            best = np.maximum(best, project(f"{key}_total", period))
        return best
    return formula


def _takes(keys: tuple[str, ...], key: str) -> Callable:
    kind, earlier = kind_name(keys), keys[: keys.index(key)]

    def formula(project, period):
        """Whether it is the package: it pays most, and of equals it is the first."""
        total = project(f"{key}_total", period)
        takes = (total == project(f"{kind}_best", period)) & (total > 0)
        for other in earlier:
            takes &= ~project(f"{kind}_takes_{other}", period)
        return takes
    return formula


def _due(book: Rules, keys: tuple[str, ...]) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """When a package can pay, as an event and years after it: the instruments that then pay, and what."""
    due: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for key in keys:
        payout = book.clauses[key].payout
        if payout == "in_arrears":
            parts = [("approval_year", year + 1, f"{key}_{year}") for year in range(LOAN_YEARS)]
        elif payout == "two_tranches":
            parts = [("approval_year", 0, f"{key}_first"), ("acceptance_year", 0, f"{key}_rest")]
        else:
            parts = [("acceptance_year" if payout == "on_acceptance" else "approval_year", 0, f"{key}_total")]
        for event, after, part in parts:
            due.setdefault((event, after), []).append((key, part))
    return due


def _amount(kind: str, parts: list[tuple[str, str]], sole_grant: bool) -> Callable:
    def formula(project, period):
        """What the package pays at this moment; a sole grant is zero already where its conditions are not met."""
        if sole_grant:
            return project(parts[0][1], period)
        return _added(project(part, period) * project(f"{kind}_takes_{key}", period) for key, part in parts)
    return formula


def _outlay(kind: str, moments: list[tuple[str, int]]) -> Callable:
    def formula(project, period):
        """Years in which nobody, or everybody, is paid at a moment cost next to nothing."""
        paid = []
        for event, after in moments:
            now = project(event, period) == period.start.year - after
            if now.any():
                amount = project(f"{kind}_{event}_{after}", period)
                paid.append(amount if now.all() else amount * now)
        return _added(paid) if paid else None  # None: zero for all
    return formula


def _added(terms: Iterable[np.ndarray]) -> np.ndarray:
    return reduce(operator.add, terms)  # unlike sum, without adding the first to zero
