"""The frame of a programme that is under way: pending projects of its ledger as they are known, and slots for the time that remains."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.applications import Applications, Table, applications_of, streams_of_all
from simulator.ledger import MISSING
from simulator.population import COLUMNS, TEXT_COLUMNS, WHOLE_COLUMNS, draw_applications
from simulator.position import Position
from simulator.schema.values import SIZE_CLASSES

FEWEST = 3  # enterprises of a district that results may show
OTHER = "其他"
UNKNOWN_SIZE = "medium"  # class of an enterprise whose size a ledger does not tell
_MOST_FILED = 3  # instruments that one project of the frame can file for


def remaining_applications(position: Position) -> xr.Dataset:
    """Who can still bring new support: the ledger's pending projects, and the slots that file after its day.

    Returns
    -------
    Dataset(application)
        As `draw_applications` gives it. A pending project has its own amounts, no dispersion of size, and exists in every
        draw; it is approved after the day of the ledger. What its row leaves out takes the median of its stream. Contracts of
        one product are one project. A district with fewer than three enterprises in the ledger is shown as 其他.
    """
    slots = draw_applications(position.scenario)
    slots = slots.isel(application=np.flatnonzero(slots["filing_year"].values + slots["arrival"].values > position.moment))
    pending = _pending(position)
    return xr.concat([slots, pending], dim="application", combine_attrs="override") if pending.sizes["application"] else slots


def shown_groups(position: Position, by: str = "district") -> np.ndarray:
    """The district, sector or size_class of every row, as results may show it."""
    columns, n, population = position.ledger.columns, position.ledger.n, position.scenario.model.population
    if by == "size_class":
        sizes = columns.get("size", np.full(n, "", object))
        return np.where(np.isin(sizes, SIZE_CLASSES), sizes, UNKNOWN_SIZE).astype(object)
    names, known = columns.get(by, np.full(n, "", object)), set(getattr(population, "districts" if by == "district" else "sectors").value)
    enterprises = columns.get("enterprise", columns["project"])
    shown = {name: name in known and len(set(enterprises[names == name])) >= FEWEST for name in set(names.tolist())}
    return np.array([name if shown[name] else OTHER for name in names.tolist()], object)


def _pending(position: Position) -> xr.Dataset:
    """The pending projects as rows of the frame."""
    rows, columns = position.pending, position.ledger.columns
    some = {id_: values[rows] for id_, values in columns.items()}
    planned = some.get("status", np.full(len(rows), "", object)) == "planned"
    some["status"] = np.full(len(rows), "filed", object)
    table, districts, sectors = Table(some), shown_groups(position)[rows], shown_groups(position, "sector")[rows]
    streams_of_all(table, position.scenario, np.arange(len(rows)))  # nobody may be left out
    streams, _ = applications_of(table, position.scenario)
    made: dict[str, list[np.ndarray]] = {name: [] for name in ("application", *COLUMNS)}
    for stream in streams:
        for name, values in _of_stream(position, table, stream, planned, {"district": districts, "sector": sectors}).items():
            made[name].append(values)
    ids = np.concatenate(made.pop("application")) if streams else np.empty(0, "U1")
    frame = xr.Dataset(coords={"application": ids.astype(str)})
    for name, (units, zh, en) in COLUMNS.items():
        values = np.concatenate(made[name]) if streams else np.empty(0)
        kind = str if name in TEXT_COLUMNS else np.int64 if name in WHOLE_COLUMNS else float
        frame[name] = xr.DataArray(values.astype(kind), dims="application", attrs={"units": units, "long_name": f"{zh} {en}"})
    return frame


def _of_stream(position: Position, table: Table, found: Applications, planned: np.ndarray,
               shown: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The pending projects of one stream, column by column."""
    stream, rows, n = found.stream, found.rows, found.n
    size = np.where(np.isfinite(found.sizes), found.sizes, stream.size.value.reference())
    moment = _moments(position, table)[rows]
    last = position.scenario.model.years.filing[1]
    year = np.minimum(np.floor(moment), last).astype(np.int64)
    return {
        "application": np.array([f"ledger.{table.texts('project')[row]}" for row in rows], object),
        "enterprise": np.array([table.texts("enterprise")[row] or table.texts("project")[row] for row in rows], object),
        "stream": np.full(n, found.key, object),
        "filing_year": year,
        "cell": np.full(n, "", object),
        "rank": np.zeros(n, np.int64),
        "arrival": np.minimum(moment - year, 1.0 - 1e-9),
        "size_class": np.array([name if name in SIZE_CLASSES else UNKNOWN_SIZE for name in table.texts("size")[rows]], object),
        **{by: names[rows] for by, names in shown.items()},
        "score": _else(table.numbers("score")[rows], stream.score.value.median()),
        "instruments": np.array([_filed(position, table, row) for row in rows], object),
        "filed": np.where(planned[rows], 0, 1),
        "investment": size,
        "size_sigma": np.zeros(n),
        "equipment_share": np.minimum(_else(table.money("equipment")[rows] / size, stream.equipment_share.value.mean()), 1.0),
        "renewal_share": _else(table.shares("renewal_share")[rows], stream.renewal_share.value.mean()),
        "fixed_asset_share": _else(table.shares("fixed_asset_share")[rows], 1.0),
        **_loans(position, table, rows),
        "lease_equipment": np.nan_to_num(table.money("lease_equipment")[rows]),
        "contract": size,
        "contracts": found.contracts,
        "tier": np.full(n, stream.tier or "", object),
        "energy_purpose": np.full(n, stream.energy_purpose.value.mean()),
        "build_factor": np.full(n, stream.build_factor.value.mean()),
        "p0": np.full(n, stream.p0.value.median()),
    }


def _moments(position: Position, table: Table) -> np.ndarray:
    """When a pending project counts as filed: its own day, but not so early that it would be approved before the ledger's day."""
    behaviour, delay = position.scenario.model.behaviour, position.scenario.model.drivers.delay.value
    quickest = behaviour.approval_lag.value * float(delay.ppf(np.array([1e-9]))[0])
    dates = table.columns.get("filed_on", np.full(table.n, MISSING))
    days = np.where(dates == MISSING, 1, dates) - np.datetime64("1970-01-01", "D").astype(object).toordinal()
    when = days.astype("datetime64[D]")
    starts = when.astype("datetime64[Y]")
    own = starts.astype(np.int64) + 1970 + (when - starts.astype("datetime64[D]")).astype(np.int64) / 366.0
    own = np.where(dates == MISSING, table.years() + 0.5, own)
    return np.maximum(own, position.moment - quickest + 1e-6)


def _loans(position: Position, table: Table, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Loans by their spread over the published rate of the filing year: like most corporate loans they follow it.

    等额本息 is treated as 等额本金 here, whose balances fall a little faster.
    """
    published = position.scenario.model.drivers.lpr.published.value
    latest = published[max(published)]
    lpr = np.array([published.get(int(year), latest) for year in table.years()[rows]])
    term = np.nan_to_num(table.numbers("loan_years")[rows])
    bullet = table.texts("repayment")[rows] == "bullet"
    points = np.nan_to_num(table.shares("central_points")[rows])
    return {
        "loan_principal": np.nan_to_num(table.money("loan_principal")[rows]),
        "loan_term": term,
        "loan_grace": np.where(bullet, np.maximum(term - 1.0, 0.0), 0.0),
        "loan_spread": np.nan_to_num(table.shares("loan_rate")[rows] - lpr),
        "central_lot": np.where(points > 0, 0.0, 1.0),
    }


def _filed(position: Position, table: Table, row: int) -> str:
    """The instruments of a row; of more than the frame holds, those that pay most today."""
    keys = table.texts("instruments")[row].split(";")
    if len(keys) <= _MOST_FILED:
        return ";".join(keys)
    priced = position.priced
    lines = np.flatnonzero(priced.row == position.pending[row])
    best = sorted(lines, key=lambda line: -priced.entitlement[line])[:_MOST_FILED]
    return ";".join(priced.keys[priced.instrument[line]] for line in sorted(best))


def _else(values: np.ndarray, otherwise: float) -> np.ndarray:
    """Values where there are any."""
    return np.where(np.isfinite(values), values, otherwise)
