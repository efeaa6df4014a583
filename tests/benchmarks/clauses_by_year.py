"""The clauses on a rules-as-code engine as its documentation teaches to write them, and as its users ordinarily do.

- one simulation holds everybody: all pairs of all kinds of application, as one entity, however many they are;
- what has a value every year is a variable by year: the rate, balance and interest of a loan, its support, the outlay;
- every formula is worked out for everybody, and conditions are arrays: who does not file for an instrument has a zero there.

Nothing is slowed down on purpose: what does not change over time is worked out once here too. A simulation of a million pairs
fills about a gigabyte.
"""

import operator
from collections.abc import Callable
from functools import partial, reduce

import numpy as np

from tests.benchmarks import clauses_as_variables as common
from tests.benchmarks.clauses_as_arrays import LOAN, LOAN_YEARS, WHOLE, YEARS, Block, Clause, Rules, columns_read, rules

LPR = [name for name in LOAN if name.startswith("lpr_")]
INTEREST_YEARS = range(YEARS[0], YEARS[-1] + LOAN_YEARS)  # a loan approved last runs on


def fillings(blocks: list[Block]) -> list[common.Filling]:
    """One simulation for all: zeros in the columns that a kind of application does not read, and a flag for what it files for."""
    keys = every_key([block.keys for block in blocks])
    names = [name for name in columns_read(keys) if name not in LPR]
    columns = {(name, common.ETERNITY): np.concatenate([_column(block, name) for block in blocks]) for name in names}
    columns |= {(f"files_for_{key}", common.ETERNITY): np.concatenate([np.full(block.n_pair, key in block.keys) for block in blocks])
                for key in keys}
    columns |= {("lpr", str(year)): np.concatenate([_lpr(block, year) for block in blocks]) for year in INTEREST_YEARS}
    return [common.Filling(keys, columns)]


def every_key(kinds: list[tuple[str, ...]]) -> tuple[str, ...]:
    """All instruments that somebody files for, in the order of the document, as in each kind of application: the first of equals wins."""
    return tuple(key for key in rules().clauses if any(key in keys for keys in kinds))


def _column(block: Block, name: str) -> np.ndarray:
    return block.given[name] if name in block.given else np.zeros_like(block.given["scale"])


def _lpr(block: Block, year: int) -> np.ndarray:
    """The loan prime rate in this year of a loan; zero before and after it."""
    since = year - block.given["approval_year"]
    return np.select([since == after for after in range(LOAN_YEARS)], [_column(block, name) for name in LPR])


def variables(engine: common.Engine, book: Rules, kinds: list[tuple[str, ...]]) -> list[type]:
    """The variables, as classes of the engine."""
    eternal, yearly = (partial(common.variable, engine, period) for period in (engine.eternity, engine.year))
    keys = every_key(kinds)
    found = [eternal(name, None, int if name in WHOLE else float) for name in columns_read(keys) if name not in LPR]
    found += [eternal("size", common.size), eternal("principal", common.principal), eternal("instalments", common.instalments)]
    found += [yearly("lpr", None), yearly("loan_year", _loan_year), yearly("balance", _balance), yearly("interest", _interest),
              yearly("borne", _borne), eternal(f"{common.kind_name(keys)}_best", common.best(keys))]
    for key in keys:
        clause = book.clauses[key]
        of_loan = clause.shape == "interest_subsidy"
        found += [eternal(f"files_for_{key}", None, bool),
                  yearly(key, _interest_subsidy(key)) if of_loan else eternal(key, common.grant(key, clause)),
                  eternal(f"{key}_total", _total(key, of_loan)),
                  eternal(f"{common.kind_name(keys)}_takes_{key}", common.takes(keys, key), bool),
                  yearly(f"{key}_outlay", _outlay_of(keys, key, clause))]
    return [*found, yearly(f"{common.kind_name(keys)}_outlay", _outlay(keys))]


def _loan_year(project, period):
    """0 in the year of approval."""
    return period.start.year - project("approval_year", period)


def _balance(project, period):
    """At the start of the year; nothing is repaid before the second."""
    year, parts = project("loan_year", period), project("instalments", period)
    repaid = np.maximum(year - (project("loan_term", period) - parts), 0)
    balance = project("principal", period) * np.maximum(parts - repaid, 0) / parts
    return np.where((year >= 0) & (year < LOAN_YEARS), balance, 0)


def _interest(project, period):
    return project("balance", period) * np.maximum(project("lpr", period) + project("loan_spread", period), 0)


def _borne(project, period, parameters):
    """The interest that central relief leaves to bear."""
    interest = project("interest", period)
    relief = np.minimum(project("balance", period) * project("central_points", period), interest)
    return interest - np.where(project("loan_year", period) < parameters(period).general.central_years, relief, 0)


def _interest_subsidy(key: str) -> Callable:
    def formula(project, period, parameters):
        numbers, net = parameters(period).instruments[key], parameters(period).general.net_of_central
        borne = project("borne", period)
        award = common.rate_of(numbers, project, period) * (borne if net else project("interest", period))
        earlier = [period.offset(-n) for n in range(1, LOAN_YEARS) if period.start.year - n in INTEREST_YEARS]
        if numbers.cap_per_year or not earlier:
            award = np.minimum(award, numbers.cap)
        else:
            award = np.minimum(award, np.maximum(numbers.cap - common.added(project(key, year) for year in earlier), 0))
        return np.minimum(award, borne)
    return formula


def _total(key: str, of_loan: bool) -> Callable:
    def formula(project, period, parameters):
        """Over all years; zero for those that do not file for it or do not meet a condition."""
        total = common.added(project(key, str(year)) for year in INTEREST_YEARS) if of_loan else project(key, period)
        met = [project(f"files_for_{key}", period), *common.conditions(key, project, period, parameters)]
        return np.where(reduce(operator.and_, met), total, 0)
    return formula


def _outlay_of(keys: tuple[str, ...], key: str, clause: Clause) -> Callable:
    package = f"{common.kind_name(keys)}_takes_{key}"

    def formula(project, period, parameters):
        """What an instrument pays in a year: interest in arrears, grants in one or two sums."""
        year, taken = period.start.year, project(package, period)
        if clause.payout == "in_arrears":
            return np.where(taken, project(key, period.offset(-1)), 0) if year > YEARS[0] else None  # None: zero for all
        total, approved, accepted = (project(name, period) for name in (f"{key}_total", "approval_year", "acceptance_year"))
        if clause.payout != "two_tranches":
            return np.where(taken & ((accepted if clause.payout == "on_acceptance" else approved) == year), total, 0)
        first = parameters(period).general.first_tranche * total
        return np.where(taken & (approved == year), first, 0) + np.where(taken & (accepted == year), total - first, 0)
    return formula


def _outlay(keys: tuple[str, ...]) -> Callable:
    def formula(project, period):
        return common.added(project(f"{key}_outlay", period) for key in keys)
    return formula
