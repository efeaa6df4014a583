"""The frame of projects as the kernels read it: rows in batches, which take the same branches, and what is known of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.formulas import Formula
from simulator.drivers import luck_key
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.population import cells
from simulator.scenario import Scenario
from simulator.schema.values import SIZE_CLASSES
from simulator.tables import LARGEST_SCORE, Tables, least_words

_ROWS_AT_ONCE = 4096

# A row of the frame as it is sorted into batches: what a batch shares, the columns of its own, and its codes.
_BY_BATCH = ["filed", "executed", "filing_year", "instruments"]
_BY_SEGMENT = [name for name in layouts.SEGMENT.names if name not in ("first", "size", "control")]
ROW = np.dtype([(name, layouts.BATCH[name]) for name in _BY_BATCH] + [(name, layouts.SEGMENT[name]) for name in _BY_SEGMENT]
               + [(name, "f8") for name in layouts.PROJECT]
               + [("key", "u8"), ("rank", "i4"), ("group", "i4"), ("part", "i4"), ("score", "f8"), ("loan_growth", "f8")])
Rows = dict[str, np.ndarray]  # the columns of ROW: each is given up as soon as it has been laid out


def pack_projects(scenario: Scenario, applications: xr.Dataset, tables: Tables, by: str) -> Rows:
    """The rows of the frame as the kernels read them, in the frame's order."""
    rows = {name: np.zeros(applications.sizes["application"], ROW[name]) for name in ROW.names or ()}
    for name in set(ROW.names or ()) & set(applications.data_vars) - {"cell", "tier", "size_class", "instruments"}:
        rows[name][:] = applications[name].values
    rows["equipment"][:] = applications["investment"].values * applications["equipment_share"].values
    rows["key"][:] = [luck_key(str(identity)) for identity in applications.indexes["application"]]
    cell_codes = {cell.key: i for i, cell in enumerate(cells(scenario))}
    _refuse_foreign(scenario, applications, set(cell_codes))
    rows["cell"][:] = [cell_codes.get(str(cell), -1) for cell in applications["cell"].values]  # no cell: it exists for certain
    rows["size_class"][:] = [SIZE_CLASSES.index(name) for name in applications["size_class"].values]
    rows["group"][:] = np.unique(applications[by].values, return_inverse=True)[1]
    instruments = list(scenario.model.policy.instruments)
    for text in _distinct(applications["instruments"].values):
        filed = [instruments.index(name) for name in text.split(";")]
        if len(filed) > layouts.MOST_FILED:
            raise SimulatorError(tr(f"一个项目最多申报 {layouts.MOST_FILED} 项：{text}",
                                    f"a project files for at most {layouts.MOST_FILED}: {text}"))
        rows["instruments"][applications["instruments"].values == text] = sum(1 << k for k in filed)
    _pack_streams(scenario, applications, rows, tables)
    return rows


def _distinct(texts: np.ndarray) -> set[str]:
    """The different texts of a column, some rows at a time: to sort it, all of its wide texts would be copied."""
    found: set[str] = set()
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        found |= set(np.unique(texts[start : start + _ROWS_AT_ONCE]).tolist())
    return found


def _refuse_foreign(scenario: Scenario, applications: xr.Dataset, cells_known: set[str]) -> None:
    """Rows of another population would be misread in silence."""
    for column, known in (("cell", {*cells_known, ""}), ("stream", set(scenario.model.population.streams))):
        if strange := sorted(_distinct(applications[column].values) - known):
            raise SimulatorError(tr(f"申报对象表与情景不符：{column} 列有未知的 {strange[0]!r} 等 {len(strange)} 项",
                                    f"these applications belong to another scenario: unknown {column} {strange[0]!r}"))


def _pack_streams(scenario: Scenario, applications: xr.Dataset, rows: Rows, tables: Tables) -> None:
    """What a row takes from its stream: parts, tiers, approval, outcome, and the tables of its luck."""
    parts = part_names(scenario)
    names, sigma = applications["stream"].values, applications["size_sigma"].values
    for key, stream in scenario.model.population.streams.items():
        mine = names == key
        rows["part"][mine] = parts.index(stream.part) if stream.part else -1
        rows["approval"][mine] = np.nan if stream.approval is None else stream.approval.value
        rows["executed"][mine] = stream.outcome == "executed"
        rows["overrun_table"][mine] = tables.add(stream.overrun.value) if stream.overrun else -1
        rows["loan_growth"][mine] = np.exp(abs(stream.loan_size_elasticity.value) * LARGEST_SCORE)
        if stream.tier is not None:
            instrument = scenario.model.policy.instruments[stream.files_for[0]]
            rows["tier"][mine] = list(instrument.tiers or {}).index(stream.tier)
        for code, size_class in enumerate(SIZE_CLASSES):
            some = mine & (rows["size_class"] == code)
            if some.any():
                for name, table in zip(("size_table", "loan_table"), tables.add_size(stream, size_class), strict=True):
                    rows[name][some] = np.where(sigma[some] > 0, table, -1)


def group_names(applications: xr.Dataset, by: str) -> np.ndarray:
    """The districts, sectors or sizes that grouped results are split by, in the order of their codes."""
    return np.unique(applications[by].values)


def part_names(scenario: Scenario) -> list[str]:
    """Counted parts such as first_of_kind.equipment, in the order of their codes."""
    return sorted({stream.part for stream in scenario.model.population.streams.values() if stream.part})


def in_batches(rows: Rows, instruments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows in place, into batches, their segments and by rank: BATCH[n_batch], SEGMENT[n_segment]."""
    shared = [*_BY_BATCH, *_BY_SEGMENT]
    order = np.lexsort((rows["key"], rows["arrival"], rows["rank"], *(rows[name] for name in reversed(shared))))
    for name in rows:
        rows[name] = rows[name][order]
    of_segment, of_batch = _starts(rows, shared), _starts(rows, _BY_BATCH)
    segments, batches = np.zeros(len(of_segment), layouts.SEGMENT), np.zeros(len(of_batch), layouts.BATCH)
    for name in _BY_SEGMENT:
        segments[name] = rows[name][of_segment]
    segments["control"] = -1
    segments["first"], segments["size"] = of_segment, np.diff(np.append(of_segment, len(rows["key"])))
    for name in _BY_BATCH:
        batches[name] = rows[name][of_batch]
    batches["first_segment"] = np.searchsorted(of_segment, of_batch)
    batches["n_segment"] = np.diff(np.append(batches["first_segment"], len(segments)))
    for batch in batches:
        batch["columns"] = _columns_read(batch, instruments)
        mine = rows_of(batch, segments)
        batch["has_loans"] = batch["columns"] >> layouts.PROJECT.index("loan_principal") & 1
        batch["own_approval"] = np.isfinite(rows["approval"][mine]).any()
        batch["largest_spread"] = rows["loan_spread"][mine].max()
    return batches, segments


def segments_of(batch: np.void) -> slice:
    """Its segments."""
    return slice(batch["first_segment"], batch["first_segment"] + batch["n_segment"])


def rows_of(batch: np.void, segments: np.ndarray) -> slice:
    """Its rows."""
    mine = segments[segments_of(batch)]
    return slice(mine[0]["first"], mine[-1]["first"] + mine[-1]["size"])


def _starts(rows: Rows, names: Sequence[str]) -> np.ndarray:
    """Where a run of rows begins that are equal in these columns."""
    begins = np.zeros(len(rows["key"]), bool)
    begins[:1] = True
    for name in names:
        begins[1:] |= rows[name][1:] != rows[name][:-1]
    return np.flatnonzero(begins)


def _columns_read(batch: np.void, instruments: np.ndarray) -> int:
    """Bit c set: some clause or rule reads column c of these projects."""
    loan = ("loan_principal", "loan_term", "loan_grace", "loan_spread", "central_lot")
    names = {"arrival", "investment", "build_factor", "approval"} | (set() if batch["filed"] else {"p0"})
    for rule in instruments[:, [k for k in range(instruments.shape[1]) if batch["instruments"] >> k & 1]].flat:
        names |= set(loan) if rule["shape"] == Formula.interest_subsidy else {layouts.PROJECT[layouts.COLUMN_OF_BASE[rule["base"]]]}
        names |= {"fixed_asset_share"} if rule["fixed_asset_share"] >= 0 or rule["threshold"] > 0 else set()
        names |= {"contracts"} if rule["cap_per_contract"] else set()
    return sum(1 << layouts.PROJECT.index(name) for name in names)


def lay_out_columns(rows: Rows) -> np.ndarray:
    """float64[n_project, len(PROJECT)]; the rows lose these columns one by one, so that both never are in memory."""
    columns = np.empty((len(rows["key"]), len(layouts.PROJECT)))
    for column, name in enumerate(layouts.PROJECT):
        columns[:, column] = rows.pop(name)
    return columns


def largest_bases(rows: Rows, batches: np.ndarray, segments: np.ndarray, instruments: np.ndarray) -> np.ndarray:
    """float64[n_variant, n_batch, n_instrument]: the largest base of an instrument over the investment, at any size."""
    largest = np.zeros((instruments.shape[0], len(batches), instruments.shape[1]))
    for b, batch in enumerate(batches):
        mine = rows_of(batch, segments)
        for variant, k in np.ndindex(instruments.shape):
            column = layouts.PROJECT[layouts.COLUMN_OF_BASE[instruments[variant, k]["base"]]]
            grows = rows["loan_growth"][mine] if column == "loan_principal" else 1.0
            largest[variant, b, k] = np.max(rows[column][mine] * grows / rows["investment"][mine])
    return largest


def smallest_words(rows: Rows, instruments: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """uint64[n_project]: the random word of size from which on a project may reach the threshold of some INSTRUMENT[n_instrument]."""
    needed = np.full(len(rows["key"]), np.inf)
    for k, rule in enumerate(instruments):
        filed = (rows["instruments"] >> k & 1) == 1
        needed[filed] = np.minimum(needed[filed], rule["threshold"] / rows["investment"][filed])
    words = np.where(needed > 1.0, np.uint64(2**32), np.uint64(0))  # of those whose size is as planned
    for table in np.unique(rows["size_table"][rows["size_table"] >= 0]):
        mine = rows["size_table"] == table
        words[mine] = least_words(tables[table], needed[mine])
    return words


def arrival_ranks(rows: Rows, rationed: np.ndarray) -> np.ndarray:
    """int32[n_project]: place in the order of arrival of the projects that file for a rationed instrument, -1: the others."""
    mask = int(sum(1 << k for k in np.flatnonzero(rationed.any(axis=0))))
    waits = np.flatnonzero(rows["instruments"] & mask)
    order = np.lexsort((rows["key"][waits], (rows["filing_year"] + rows["arrival"])[waits]))
    ranks = np.full(len(rows["key"]), -1, np.int32)
    ranks[waits[order]] = np.arange(len(waits))
    return ranks


def score_ranks(rows: Rows, scenario: Scenario, arrival_rank: np.ndarray) -> np.ndarray:
    """Place in the order of assessment, of those that may have to wait: by score with the scenario's bonus, then by arrival."""
    bonus = np.array([scenario.model.behaviour.score_bonus.value[size] for size in SIZE_CLASSES])
    points = rows["score"] + bonus[rows["size_class"]]
    waits = np.flatnonzero(arrival_rank >= 0)
    rank = np.full(len(rows["key"]), -1, np.int32)
    rank[waits[np.lexsort((arrival_rank[waits], -points[waits]))]] = np.arange(len(waits))
    return rank
