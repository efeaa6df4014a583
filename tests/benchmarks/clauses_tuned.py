"""The clauses on a rules-as-code engine, written for speed by someone who knows how the engine works.

What makes it fast there:

- every formula is a handful of array operations over all entities of a simulation;
- a simulation holds the pairs of one kind of application, so that no clause is worked out for those that do not file for it;
- it holds so few of them that their arrays stay in the cache, and yet so many that the engine's own work does not show;
- what does not change over time is a variable of the period ETERNITY, worked out once; only the outlay is one by year;
- float32, the engines' own precision.
"""

import operator
from collections.abc import Callable
from functools import partial, reduce

import numpy as np

from tests.benchmarks import clauses_as_variables as common
from tests.benchmarks.clauses_as_arrays import LOAN_YEARS, WHOLE, Block, Clause, Rules, columns_read

CHUNK = 1 << 17  # pairs in a simulation


def fillings(blocks: list[Block]) -> list[common.Filling]:
    """A simulation for each chunk of pairs of one kind, views of the blocks."""
    return [common.Filling(chunk.keys, {(name, common.ETERNITY): column for name, column in chunk.given.items()})
            for block in blocks for chunk in block.chunks(CHUNK)]


def variables(engine: common.Engine, book: Rules, kinds: list[tuple[str, ...]]) -> list[type]:
    """The variables of all kinds of application, as classes of the engine."""
    eternal = partial(common.variable, engine, engine.eternity)
    names = sorted({name for keys in kinds for name in columns_read(keys)})
    found = [eternal(name, None, int if name in WHOLE else float) for name in names]
    found += [eternal("size", common.size), eternal("principal", common.principal), eternal("instalments", common.instalments)]
    for year in range(LOAN_YEARS):
        found += [eternal(f"balance_{year}", _balance(year)), eternal(f"interest_{year}", _interest(year)),
                  eternal(f"borne_{year}", _borne(year))]
    for key in sorted({key for keys in kinds for key in keys}):
        clause = book.clauses[key]
        if clause.shape == "interest_subsidy":
            found += [eternal(f"{key}_{year}", _interest_subsidy(key, year)) for year in range(LOAN_YEARS)]
        else:
            found.append(eternal(f"{key}_0", common.grant(key, clause)))
        found.append(eternal(f"{key}_total", _total(key, clause)))
        if clause.payout == "two_tranches":
            found += [eternal(f"{key}_first", _first_tranche(key)), eternal(f"{key}_rest", _rest(key))]
    for keys in kinds:
        kind, due = common.kind_name(keys), _due(book, keys)
        sole_grant = len(keys) == 1 and book.clauses[keys[0]].shape != "interest_subsidy"
        found.append(eternal(f"{kind}_best", common.best(keys)))
        found += [eternal(f"{kind}_takes_{key}", common.takes(keys, key), bool) for key in keys]
        for (event, after), parts in due.items():
            found.append(eternal(f"{kind}_{event}_{after}", _amount(kind, parts, sole_grant)))
        found.append(common.variable(engine, engine.year, f"{kind}_outlay", _outlay(kind, list(due))))
    return found


def _balance(year: int) -> Callable:
    def formula(project, period):
        """At the start of the loan-year; nothing is repaid before the second."""
        if year == 0:
            return project("principal", period)
        parts = project("instalments", period)
        repaid = np.maximum(parts + (year - project("loan_term", period)), 0)
        return project("principal", period) * np.maximum(parts - repaid, 0) / parts
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


def _interest_subsidy(key: str, year: int) -> Callable:
    def formula(project, period, parameters):
        numbers, net = parameters(period).instruments[key], parameters(period).general.net_of_central
        borne = project(f"borne_{year}", period)
        award = common.rate_of(numbers, project, period) * (borne if net else project(f"interest_{year}", period))
        if year == 0 or numbers.cap_per_year:
            award = np.minimum(award, numbers.cap)
        else:
            paid_before = common.added(project(f"{key}_{earlier}", period) for earlier in range(year))
            award = np.minimum(award, np.maximum(numbers.cap - paid_before, 0))
        return award if net else np.minimum(award, borne)  # a share of what is borne is never more than that
    return formula


def _total(key: str, clause: Clause) -> Callable:
    parts = LOAN_YEARS if clause.shape == "interest_subsidy" else 1

    def formula(project, period, parameters):
        """Zero where a condition is not met."""
        total = common.added(project(f"{key}_{part}", period) for part in range(parts))
        met = common.conditions(key, project, period, parameters)
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
        return common.added(project(part, period) * project(f"{kind}_takes_{key}", period) for key, part in parts)
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
        return common.added(paid) if paid else None  # None: zero for all
    return formula
