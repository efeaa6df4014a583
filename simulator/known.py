"""What a position adds to every draw: facts and obligations exactly, and of them what would have come anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.decisions import MOST_SUPPORT
from simulator.applications import Table, streams_of_all
from simulator.conditioning import shown_groups
from simulator.ledger import PER_FEN
from simulator.position import PAYMENT, Position
from simulator.schema.values import SIZE_CLASSES

_FLOW = {name: i for i, name in enumerate(layouts.FLOWS)}
_TOTAL = {name: i for i, name in enumerate(layouts.TOTALS)}
_GROUPED = {name: i for i, name in enumerate(layouts.GROUPED)}
_ROWS_AT_ONCE = 512
_SIZES = ("accepted_investment", "approved_investment", "investment", "contract", "certification_contract", "software_sales",
          "incremental_investment")


@dataclass(frozen=True)
class Project:
    """A settled project that is supported: what it brings, once. Money in CNY, years as places in the results."""

    row: int
    instrument: int
    """The one that is counted as supporting it: the first that pays."""
    year: int
    group: int
    part: int
    investment: float
    equipment: float
    renewal: float
    saving: float
    """As the ledger states it; nan: by the draw's intensity. [tce a year]"""
    purpose: float
    """Share of it whose purpose is saving energy."""


def left_beside(position: Position, appropriation: np.ndarray, fund_of: np.ndarray, enforce: Sequence[str]) -> np.ndarray:
    """The appropriation that is left beside what the position has paid and owes: float64[fund, year] [CNY].

    Cash is charged to the year of payment, commitments to the year of approval; what exceeds a year leaves nothing in it.
    """
    first, n_year = position.scenario.model.years.filing[0], appropriation.shape[1]
    left = appropriation.copy()
    for payment in _payments(position):
        fund = fund_of[payment["instrument"]]
        year = (payment["year"] if enforce[fund] == "cash" else position.priced.first_years[payment["row"]]) - first
        if 0 <= year < n_year:
            left[fund, year] -= payment["fen"] / PER_FEN
    return np.maximum(left, 0.0)


def beside_obligations(inputs: layouts.Inputs, positions: Sequence[Position]) -> layouts.Inputs:
    """The inputs with what is left of every variant's appropriation beside what its position has paid and owes."""
    left = []
    for position, money, rules in zip(positions, inputs.appropriation, inputs.instruments, strict=True):
        model = position.scenario.model
        left.append(left_beside(position, money, rules["fund"], [model.appropriation[fund].enforce for fund in model.policy.funds]))
    return inputs._replace(appropriation=np.stack(left))


def add_known(position: Position, drivers: xr.Dataset, made: layouts.Outputs, variant: int, by: str, groups: list[str],
              parts: list[str]) -> None:
    """Add the settled projects of a ledger to the outputs of one variant.

    Money is the same in every draw. Who of them would have gone ahead anyway is not drawn but expected: a project is induced
    with probability 1 - (1 - support)^(elasticity x size multiplier), as the model says of a ledger's rows.
    """
    place = {name: code for code, name in enumerate(groups)}
    group_of = np.array([place[name] for name in shown_groups(position, by)])
    _add_money(position, made, variant, group_of)
    projects = list(_projects(position, group_of, parts))
    for start in range(0, len(projects), _ROWS_AT_ONCE):
        some = projects[start: start + _ROWS_AT_ONCE]
        anyway = _going_ahead_anyway(position, drivers, [project.row for project in some])
        _add_deadweight(position, made, variant, some, anyway)
        for j, project in enumerate(some):
            _add_project(position, drivers, made, variant, project, 1.0 - anyway[:, j])


def by_cell(position: Position, which: str, first: int, n_year: int) -> np.ndarray:
    """`paid` or `owed` within the horizon: float64[year, instrument] [CNY], exact to the 分."""
    payments = getattr(position, which)
    inside = payments[payments["year"] - first < n_year]
    cells = np.zeros((n_year, len(position.priced.keys)), np.int64)
    np.add.at(cells, (inside["year"] - first, inside["instrument"]), inside["fen"])
    return cells / PER_FEN


def owed_later(position: Position, first: int) -> float:
    """What is owed from this year on, beyond the horizon. [CNY]"""
    return float(position.owed["fen"][position.owed["year"] >= first].sum() / PER_FEN)


def _payments(position: Position) -> np.ndarray:
    """PAYMENT[n]: facts and obligations."""
    return np.concatenate([position.paid, position.owed]).astype(PAYMENT)


def _add_money(position: Position, made: layouts.Outputs, variant: int, group_of: np.ndarray) -> None:
    """Outlay by year, instrument and group, what is due after the horizon, commitments and counts; sums in 分, so exact."""
    flows, totals, grouped = made.flows[variant], made.totals[variant], made.grouped[variant]
    first, n_year = position.scenario.model.years.filing[0], flows.shape[2]
    payments, year_of = _payments(position), position.priced.first_years
    paid, committed = (np.zeros((n_year + 1, flows.shape[3], grouped.shape[3]), np.int64) for _ in range(2))
    instrument, group = payments["instrument"], group_of[payments["row"]]
    np.add.at(paid, (np.minimum(payments["year"] - first, n_year), instrument, group), payments["fen"])
    np.add.at(committed, (np.minimum(year_of[payments["row"]] - first, n_year - 1), instrument, group), payments["fen"])
    flows[:, _FLOW["outlay"]] += paid[:n_year].sum(axis=2) / PER_FEN
    grouped[:, _GROUPED["outlay"]] += paid[:n_year].sum(axis=1) / PER_FEN
    totals[:, _TOTAL["due"], n_year - 1] += paid[n_year].sum() / PER_FEN
    for name in ("entitlement", "commitment"):
        flows[:, _FLOW[name]] += committed[:n_year].sum(axis=2) / PER_FEN
    grouped[:, _GROUPED["commitment"]] += committed[:n_year].sum(axis=1) / PER_FEN
    settled = np.isin(position.priced.row, position.settled) & position.priced.in_package
    rows, filed = position.priced.row[settled], position.ledger.columns["filing_year"]
    counts = np.zeros((2, n_year, flows.shape[3]))
    for place, years in enumerate((filed, year_of)):
        np.add.at(counts, (place, np.clip(years[rows] - first, 0, n_year - 1), position.priced.instrument[settled]), 1.0)
    flows[:, _FLOW["applications"]] += counts[0]
    flows[:, _FLOW["approvals"]] += counts[1]


def _projects(position: Position, group_of: np.ndarray, parts: list[str]) -> Iterator[Project]:
    """Every settled project that has been or will be paid, unless it was terminated."""
    payments = _payments(position)
    rows, at = np.unique(payments["row"], return_index=True)
    table, model = Table(position.ledger.columns), position.scenario.model
    places = streams_of_all(table, position.scenario, rows)
    streams = list(model.population.streams.values())
    sizes = np.select([np.isfinite(table.money(id_)) for id_ in _SIZES], [table.money(id_) for id_ in _SIZES], 0.0)
    equipment, renewal, saving = table.money("equipment"), table.shares("renewal_share"), table.numbers("energy_saving")
    for row, first, place in zip(rows.tolist(), at.tolist(), places.tolist(), strict=True):
        if table.texts("status")[row] == "terminated":
            continue
        stream = streams[place]
        of_equipment = equipment[row] if np.isfinite(equipment[row]) else sizes[row] * stream.equipment_share.value.mean()
        of_renewal = of_equipment * (renewal[row] if np.isfinite(renewal[row]) else stream.renewal_share.value.mean())
        yield Project(row, int(payments["instrument"][first]), int(position.priced.first_years[row]) - model.years.filing[0],
                      int(group_of[row]),
                      parts.index(stream.part) if stream.part else -1, sizes[row], of_equipment, of_renewal, saving[row],
                      stream.energy_purpose.value.mean())


def _going_ahead_anyway(position: Position, drivers: xr.Dataset, rows: list[int]) -> np.ndarray:
    """float64[draw, row]: the probability that a supported project would have gone ahead with no support."""
    model, columns = position.scenario.model, position.ledger.columns
    sizes = columns.get("size", np.full(position.ledger.n, "", object))
    classes = np.array([SIZE_CLASSES.index(sizes[row]) if sizes[row] in SIZE_CLASSES else 1 for row in rows])
    if model.readings.response == "none":
        return np.ones((drivers.sizes["draw"], len(rows)))
    if model.readings.response == "participation":
        return 1.0 - np.minimum(drivers["additional"].values[:, classes], MOST_SUPPORT)
    multiplier = np.array([model.behaviour.size_multiplier.value[SIZE_CLASSES[code]] for code in classes])
    cost = np.log1p(-np.minimum(_support(position, rows), MOST_SUPPORT))
    return np.exp(drivers["elasticity"].values[:, None] * (multiplier * cost)[None, :])


def _support(position: Position, rows: list[int]) -> np.ndarray:
    """Present value of what a project is paid, at its filing, over its investment: float64[row]."""
    payments, rate = _payments(position), position.scenario.model.behaviour.discount_rate.value
    filed = position.ledger.columns["filing_year"]
    value = np.zeros(position.ledger.n)
    years = np.maximum(payments["year"] - filed[payments["row"]], 0)
    np.add.at(value, payments["row"], payments["fen"] / PER_FEN * (1.0 + rate) ** -years)
    table = Table(position.ledger.columns)
    sizes = np.select([np.isfinite(table.money(id_)) for id_ in _SIZES], [table.money(id_) for id_ in _SIZES], np.inf)
    return value[rows] / np.maximum(sizes[rows], 1.0)


def _add_deadweight(position: Position, made: layouts.Outputs, variant: int, some: list[Project], anyway: np.ndarray) -> None:
    """Of the outlay to these projects, what goes to those that would have gone ahead anyway."""
    first, n_year = position.scenario.model.years.filing[0], made.flows.shape[3]
    payments = _payments(position)
    place = np.full(position.ledger.n, -1)
    place[[project.row for project in some]] = np.arange(len(some))
    mine = payments[(place[payments["row"]] >= 0) & (payments["year"] - first < n_year)]
    kinds, kind = np.unique(np.stack([mine["year"] - first, mine["instrument"]], axis=1), axis=0, return_inverse=True)
    amounts = np.zeros((len(some), len(kinds)))
    np.add.at(amounts, (place[mine["row"]], kind.ravel()), mine["fen"] / PER_FEN)
    idle = anyway @ amounts
    for code, (year, instrument) in enumerate(kinds):
        made.flows[variant, :, _FLOW["deadweight"], year, instrument] += idle[:, code]


def _add_project(position: Position, drivers: xr.Dataset, made: layouts.Outputs, variant: int, project: Project,
                 induced: np.ndarray) -> None:
    """What one project brings, and the part of it that support induced: float64[draw]."""
    flows, totals, grouped = made.flows[variant], made.totals[variant], made.grouped[variant]
    year, k, group = project.year, project.instrument, project.group
    saving = _saving(position, drivers, project)
    flows[:, _FLOW["awards"], year, k] += 1.0
    flows[:, _FLOW["supported_investment"], year, k] += project.investment
    flows[:, _FLOW["induced_investment"], year, k] += project.investment * induced
    grouped[:, _GROUPED["supported_investment"], year, group] += project.investment
    grouped[:, _GROUPED["induced_investment"], year, group] += project.investment * induced
    for name, amount in (("equipment", project.equipment), ("renewal", project.renewal), ("saving", saving)):
        totals[:, _TOTAL[f"supported_{name}"], year] += amount
        totals[:, _TOTAL[f"induced_{name}"], year] += amount * induced
    if project.part >= 0:
        made.parts[variant, :, year, project.part] += 1.0


def _saving(position: Position, drivers: xr.Dataset, project: Project) -> float | np.ndarray:
    """New saving capacity: as stated, else by the intensity of each draw. [tce a year]"""
    if np.isfinite(project.saving):
        return project.saving
    base = project.equipment if position.scenario.model.readings.energy_base == "all" else project.renewal
    intensity = project.purpose * drivers["intensity_energy"].values + (1.0 - project.purpose) * drivers["intensity_other"].values
    return base * intensity
