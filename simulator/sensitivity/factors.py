"""What is uncertain in a scenario: factors of the drivers, and the luck of projects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.drivers import BY_CLASS, SCALARS, dimensions, instrument_values
from simulator.language import tr
from simulator.scenario import Scenario
from simulator.schema.values import Valued

LUCK = "luck"
_VECTORS = {"demand": ("投资景气", "investment climate"), "city_growth": ("全市设备投资增速", "growth of the city's investment"),
            "lpr": ("LPR路径", "path of the LPR"), "wave": ("申报数量的波动", "waves of applications"),
            "outcome": ("项目结局", "outcome of projects")}
_WEAKEST = ("assumption", "computed", "fact", "document")
_ALL = np.concatenate([[1e-12], np.linspace(0.001, 0.999, 999), [1.0 - 1e-12]])  # levels at which a distribution is looked at


@dataclass(frozen=True)
class Factor:
    """Columns of the drivers that are uncertain together, as one."""

    name: str
    title: str
    columns: tuple[str, ...]
    """Names of `drivers.dimensions`; none for the luck of projects."""
    basis: str
    """assumption, fact, document or computed, of several the weakest; of luck `chance`."""


def factors(scenario: Scenario, *, merge: bool = True) -> list[Factor]:
    """The uncertain drivers of a scenario; those that are correlated are one factor where `merge`, for shares of variance need it.

    Drivers that are certain are left out. Values of instruments that a distribution stands in for are factors of their own.
    """
    groups: dict[str, list[str]] = {}
    for column in dimensions(scenario):
        head = column.split(".")[0]
        groups.setdefault(head if head in (*SCALARS, *BY_CLASS, *_VECTORS) else column, []).append(column)
    known = {name: Factor(name, _title(scenario, name), tuple(columns), _basis(scenario, name))
             for name, columns in groups.items() if not _is_certain(scenario, name)}
    return _merged(scenario, known, groups) if merge else list(known.values())


def luck_factor() -> Factor:
    """What chance does to single projects once everything they share is given."""
    return Factor(LUCK, tr("项目各自的偶然", "chance of single projects"), (), "chance")


def _title(scenario: Scenario, name: str) -> str:
    described = SCALARS.get(name) or BY_CLASS.get(name)
    if described:
        return tr(described[1], described[2])
    if name in _VECTORS:
        return tr(*_VECTORS[name])
    key, _, field = name.partition(".")
    rule = scenario.model.policy.instruments[key]
    return f"{rule.short} {tr('支持比例', 'rate')}" if field == "rate" else f"{rule.short} {(rule.tiers or {})[field].title}"


def _basis(scenario: Scenario, name: str) -> str:
    """The ground of a driver's distribution, of several the weakest; the LPR's path rests on assumed cuts."""
    drivers = scenario.model.drivers
    given = getattr(drivers, name, None)
    key, _, field = name.partition(".")
    if name == "lpr":
        bases = [each.basis for each in (drivers.lpr.cut, drivers.lpr.probability, drivers.lpr.floor)]
    elif name == "wave":
        bases = [stream.count.basis for stream in scenario.model.population.streams.values() if stream.count.value.negative_binomial]
    elif isinstance(given, dict):
        bases = [each.basis for each in given.values()]
    elif isinstance(given, Valued):
        bases = [given.basis]
    else:
        rule = scenario.model.policy.instruments[key]
        bases = [rule.rate.basis if field == "rate" and rule.rate else (rule.tiers or {})[field].amount.basis]
    return min(bases, key=_WEAKEST.index)


def _is_certain(scenario: Scenario, name: str) -> bool:
    """Whether nothing is drawn: all distributions of the name have one value."""
    drivers, years = scenario.model.drivers, scenario.model.years
    given = getattr(drivers, name, None)
    if name in ("outcome", "wave"):
        return False
    if name == "lpr":
        level, falls = 0.0, False
        for year in range(years.filing[0], years.horizon + 1):
            level = drivers.lpr.published.value.get(year, level)
            falls |= year not in drivers.lpr.published.value and level > drivers.lpr.floor.value
        return not falls or drivers.lpr.probability.value in (0.0, 1.0) or drivers.lpr.cut.value == 0.0
    if name == "city_growth":
        found = [each for year, each in drivers.city_growth.value.items() if years.filing[0] <= year <= years.filing[1]]
    elif isinstance(given, dict):
        found = [each.value for each in given.values()]
    else:
        found = [given.value if isinstance(given, Valued) else instrument_values(scenario)[name]]
    return not any(each.kind != "constant" and np.ptp(each.ppf(_ALL)) > 0.0 for each in found)


def _merged(scenario: Scenario, known: dict[str, Factor], groups: dict[str, list[str]]) -> list[Factor]:
    """Factors that a correlation ties together, directly or by others, as one.

    A certain driver ties others, too: the scores of later ones are made of its score, which is therefore one of the columns.
    """
    tied = {name: {name} for name in groups}
    for correlation in scenario.model.correlations:
        stated = correlation.among or correlation.between or ()
        names = [name for name, columns in groups.items()
                 if any(column == each or column.startswith(f"{each}.") for each in stated for column in columns)]
        if correlation.value.value != 0.0:
            together = set[str]().union(*(tied[name] for name in names))
            tied |= dict.fromkeys(together, together)
    found: list[Factor] = []
    for name in known:
        members = [other for other in groups if other in tied[name]]
        uncertain = [other for other in members if other in known]
        if name == uncertain[0]:
            columns = tuple(column for other in members[: members.index(uncertain[-1]) + 1] for column in groups[other])
            title = tr("、", ", ").join(known[other].title for other in uncertain)
            basis = min((known[other].basis for other in uncertain), key=_WEAKEST.index)
            found.append(Factor("+".join(uncertain), title, columns, basis))
    return found
