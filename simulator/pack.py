"""Datasets and scenarios to kernel layouts: the only module that knows both sides of the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.formulas import Formula
from simulator.control import lay_out_control
from simulator.drivers import assumed_values, luck_key
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.population import cells
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.schema.values import SIZE_CLASSES
from simulator.tables import LARGEST_SCORE, Tables, least_words

# One row of the frame as it is sorted into batches: what a batch shares, the columns of its own, and its codes.
_BY_BATCH = ["filed", "executed", "filing_year", "instruments"]
_BY_SEGMENT = [name for name in layouts.SEGMENT.names if name not in ("first", "size", "control")]
ROW = np.dtype([(name, layouts.BATCH[name]) for name in _BY_BATCH] + [(name, layouts.SEGMENT[name]) for name in _BY_SEGMENT]
               + [(name, "f8") for name in layouts.PROJECT]
               + [("key", "u8"), ("rank", "i4"), ("group", "i4"), ("part", "i4"), ("score", "f8"), ("loan_growth", "f8")])


def pack(scenarios: Sequence[Scenario], applications: xr.Dataset, drivers: xr.Dataset, by: str,
         examine: bool = False) -> layouts.Inputs:
    """Lay out everything one pass over the luck needs; `by` is the column that grouped results are split by.

    With `examine` every project is followed to its end, which changes no result.
    """
    first = scenarios[0].model
    years = np.arange(first.years.filing[0], first.years.horizon + 1)
    assumed = [str(name) for name in drivers["assumed_value"].values]
    tables = Tables()
    rows = pack_projects(scenarios[0], applications, tables, by)
    instruments = np.stack([pack_instruments(scenario, assumed) for scenario in scenarios])
    rows, batches, segments = in_batches(rows, instruments)
    if len(np.unique(rows["key"])) != len(rows):
        raise SimulatorError(tr("项目编号有重复", "application ids are not unique"))
    funds = np.stack([_pack_funds(scenario) for scenario in scenarios])
    rationed = rationed_instruments(instruments, funds)
    arrival_rank = arrival_ranks(rows, rationed)
    policies = np.concatenate([_pack_policy(scenario, tables) for scenario in scenarios])
    stacked = tables.stacked()  # after everything that adds a table
    least_word = smallest_words(rows, instruments, stacked)
    packed_drivers = np.stack([_pack_drivers(_of(drivers, scenario)) for scenario in scenarios])
    own_least_words = np.stack([smallest_words(rows, instruments[v : v + 1], stacked) for v in range(len(scenarios))])
    segments["control"], control = lay_out_control(rows, batches, segments, instruments, policies, stacked, own_least_words,
                                                   packed_drivers[..., layouts.DRIVERS.index("approval_score")])
    for batch in batches:
        batch["has_least"] = least_word[_rows_of(batch, segments)].any()
        batch["has_control"] = (segments["control"][_segments_of(batch)] >= 0).any()
    return layouts.Inputs(
        seed=np.uint64(first.seed),
        first_year=int(years[0]),
        first_filing_year=int(years[0]),
        n_filing_year=first.years.filing[1] - first.years.filing[0] + 1,
        batches=batches,
        segments=segments,
        key=np.ascontiguousarray(rows["key"]),
        rank=np.ascontiguousarray(rows["rank"]),
        columns=np.stack([rows[name] for name in layouts.PROJECT], axis=1),
        p0=np.ascontiguousarray(rows["p0"]),
        least_word=least_word,
        group=np.ascontiguousarray(rows["group"]),
        part=np.ascontiguousarray(rows["part"]),
        arrival_rank=arrival_rank,
        score_rank=np.stack([_score_rank(rows, scenario, arrival_rank) for scenario in scenarios]),
        counts=np.ascontiguousarray(drivers["count"].values, np.int32),
        drivers=packed_drivers,
        instruments=instruments,
        tier_amounts=np.stack([_tiers(scenario, assumed)[0] for scenario in scenarios]),
        tier_drivers=np.stack([_tiers(scenario, assumed)[1] for scenario in scenarios]),
        policies=policies,
        tables=stacked,
        central_points=np.stack([_by_year(s.model.behaviour.central.points.value, years, 0.0) for s in scenarios]),
        funds=funds,
        appropriation=np.stack([pack_appropriation(scenario) for scenario in scenarios]),
        largest_base=largest_bases(rows, batches, segments, instruments),
        control=control,
        rationed=rationed,
        examine=examine,
    )


def in_batches(rows: np.ndarray, instruments: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort rows into batches, their segments and by rank: ROW[n_project], BATCH[n_batch], SEGMENT[n_segment]."""
    shared = [*_BY_BATCH, *_BY_SEGMENT]
    rows = rows[np.lexsort((rows["key"], rows["arrival"], rows["rank"], *(rows[name] for name in reversed(shared))))]
    of_segment, of_batch = _starts(rows[shared]), _starts(rows[_BY_BATCH])
    segments, batches = np.zeros(len(of_segment), layouts.SEGMENT), np.zeros(len(of_batch), layouts.BATCH)
    for name in _BY_SEGMENT:
        segments[name] = rows[name][of_segment]
    segments["control"] = -1
    segments["first"], segments["size"] = of_segment, np.diff(np.append(of_segment, len(rows)))
    for name in _BY_BATCH:
        batches[name] = rows[name][of_batch]
    batches["first_segment"] = np.searchsorted(of_segment, of_batch)
    batches["n_segment"] = np.diff(np.append(batches["first_segment"], len(segments)))
    for batch in batches:
        batch["columns"] = _columns_read(batch, instruments)
        mine = rows[_rows_of(batch, segments)]
        batch["has_loans"] = batch["columns"] >> layouts.PROJECT.index("loan_principal") & 1
        batch["own_approval"], batch["largest_spread"] = np.isfinite(mine["approval"]).any(), mine["loan_spread"].max()
    return rows, batches, segments


def _segments_of(batch: np.void) -> slice:
    return slice(batch["first_segment"], batch["first_segment"] + batch["n_segment"])


def _rows_of(batch: np.void, segments: np.ndarray) -> slice:
    mine = segments[_segments_of(batch)]
    return slice(mine[0]["first"], mine[-1]["first"] + mine[-1]["size"])


def largest_bases(rows: np.ndarray, batches: np.ndarray, segments: np.ndarray, instruments: np.ndarray) -> np.ndarray:
    """float64[n_variant, n_batch, n_instrument]: the largest base of an instrument over the investment, at any size."""
    largest = np.zeros((instruments.shape[0], len(batches), instruments.shape[1]))
    for b, batch in enumerate(batches):
        mine = rows[_rows_of(batch, segments)]
        for variant, k in np.ndindex(instruments.shape):
            column = layouts.PROJECT[layouts.COLUMN_OF_BASE[instruments[variant, k]["base"]]]
            grows = mine["loan_growth"] if column == "loan_principal" else 1.0
            largest[variant, b, k] = np.max(mine[column] * grows / mine["investment"])
    return largest


def _starts(rows: np.ndarray) -> np.ndarray:
    """Where a run of equal rows begins."""
    return np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]])) if len(rows) else np.zeros(0, int)


def _columns_read(batch: np.void, instruments: np.ndarray) -> int:
    """Bit c set: some clause or rule reads column c of these projects."""
    loan = ("loan_principal", "loan_term", "loan_grace", "loan_spread", "central_lot")
    names = {"arrival", "investment", "build_factor", "approval"} | (set() if batch["filed"] else {"p0"})
    for rule in instruments[:, [k for k in range(instruments.shape[1]) if batch["instruments"] >> k & 1]].flat:
        names |= set(loan) if rule["shape"] == Formula.interest_subsidy else {layouts.PROJECT[layouts.COLUMN_OF_BASE[rule["base"]]]}
        names |= {"fixed_asset_share"} if rule["fixed_asset_share"] >= 0 or rule["threshold"] > 0 else set()
        names |= {"contracts"} if rule["cap_per_contract"] else set()
    return sum(1 << layouts.PROJECT.index(name) for name in names)


def rationed_instruments(instruments: np.ndarray, funds: np.ndarray) -> np.ndarray:
    """bool[n_variant, n_instrument]: a quota or an enforced appropriation may hold up its awards."""
    enforced = np.take_along_axis(funds["enforce"], instruments["fund"], axis=1) != layouts.ENFORCE.index("none")
    return enforced | np.isfinite(instruments["quota"])


def smallest_words(rows: np.ndarray, instruments: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """uint64[n_project]: the random word of size from which on a project may reach the threshold of some instrument."""
    needed = np.full(len(rows), np.inf)
    for variant, k in np.ndindex(instruments.shape):
        filed = (rows["instruments"] >> k & 1) == 1
        needed[filed] = np.minimum(needed[filed], instruments[variant, k]["threshold"] / rows["investment"][filed])
    words = np.where(needed > 1.0, np.uint64(2**32), np.uint64(0))  # of those whose size is as planned
    for table in np.unique(rows["size_table"][rows["size_table"] >= 0]):
        mine = rows["size_table"] == table
        words[mine] = least_words(tables[table], needed[mine])
    return words


def arrival_ranks(rows: np.ndarray, rationed: np.ndarray) -> np.ndarray:
    """int32[n_project]: place in the order of arrival of the projects that file for a rationed instrument, -1: the others."""
    mask = int(sum(1 << k for k in np.flatnonzero(rationed.any(axis=0))))
    waits = np.flatnonzero(rows["instruments"] & mask)
    order = np.lexsort((rows["key"][waits], (rows["filing_year"] + rows["arrival"])[waits]))
    ranks = np.full(len(rows), -1, np.int32)
    ranks[waits[order]] = np.arange(len(waits))
    return ranks


def group_names(applications: xr.Dataset, by: str) -> np.ndarray:
    """The districts, sectors or sizes that grouped results are split by, in the order of their codes."""
    return np.unique(applications[by].values)


def part_names(scenario: Scenario) -> list[str]:
    """Counted parts such as first_of_kind.equipment, in the order of their codes."""
    return sorted({stream.part for stream in scenario.model.population.streams.values() if stream.part})


def outputs(inputs: layouts.Inputs, n_part: int, n_group: int) -> layouts.Outputs:
    """Zeroed outputs for all draws and variants of these inputs."""
    n_variant, n_draw, _ = inputs.drivers.shape
    n_year, n_instrument = inputs.appropriation.shape[2], inputs.instruments.shape[1]
    return layouts.Outputs(
        flows=np.zeros((n_variant, n_draw, len(layouts.FLOWS), n_year, n_instrument)),
        totals=np.zeros((n_variant, n_draw, len(layouts.TOTALS), n_year)),
        parts=np.zeros((n_variant, n_draw, n_year, max(n_part, 1))),
        grouped=np.zeros((n_variant, n_draw, len(layouts.GROUPED), n_year, n_group)),
        control=np.zeros((n_variant, n_draw, inputs.n_filing_year)),
    )


def pack_projects(scenario: Scenario, applications: xr.Dataset, tables: Tables, by: str) -> np.ndarray:
    """The rows of the frame as the kernels read them, in the frame's order."""
    rows = np.zeros(applications.sizes["application"], ROW)
    for name in set(ROW.names or ()) & set(applications.data_vars) - {"cell", "tier", "size_class", "instruments"}:
        rows[name] = applications[name].values
    rows["equipment"] = applications["investment"].values * applications["equipment_share"].values
    ids = applications["application"].values
    rows["key"] = [luck_key(str(identity)) for identity in ids]
    cell_codes = {cell.key: i for i, cell in enumerate(cells(scenario))}
    _refuse_foreign(scenario, applications, set(cell_codes))
    rows["cell"] = [cell_codes.get(str(cell), -1) for cell in applications["cell"].values]  # no cell: it exists for certain
    rows["size_class"] = [SIZE_CLASSES.index(name) for name in applications["size_class"].values]
    rows["group"] = np.unique(applications[by].values, return_inverse=True)[1]
    instruments = list(scenario.model.policy.instruments)
    for text in np.unique(applications["instruments"].values):
        filed = [instruments.index(name) for name in str(text).split(";")]
        if len(filed) > layouts.MOST_FILED:
            raise SimulatorError(tr(f"一个项目最多申报 {layouts.MOST_FILED} 项：{text}",
                                    f"a project files for at most {layouts.MOST_FILED}: {text}"))
        rows["instruments"][applications["instruments"].values == text] = sum(1 << k for k in filed)
    _pack_streams(scenario, applications, rows, tables)
    return rows


def _refuse_foreign(scenario: Scenario, applications: xr.Dataset, cells_known: set[str]) -> None:
    """Rows of another population would be misread in silence."""
    for column, known in (("cell", {*cells_known, ""}), ("stream", set(scenario.model.population.streams))):
        if strange := sorted({str(name) for name in applications[column].values} - known):
            raise SimulatorError(tr(f"申报对象表与情景不符：{column} 列有未知的 {strange[0]!r} 等 {len(strange)} 项",
                                    f"these applications belong to another scenario: unknown {column} {strange[0]!r}"))


def _pack_streams(scenario: Scenario, applications: xr.Dataset, rows: np.ndarray, tables: Tables) -> None:
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


def pack_instruments(scenario: Scenario, assumed: Sequence[str] | None = None) -> np.ndarray:
    """INSTRUMENT[n_instrument] of one scenario; rates named in `assumed` (by default its own) are columns of the drivers."""
    assumed = assumed_values(scenario) if assumed is None else assumed
    rules = scenario.model.policy.instruments
    funds = list(scenario.model.policy.funds)
    first_assumed = _first_assumed_column(scenario)
    packed = np.zeros(len(rules), layouts.INSTRUMENT)
    for row, (key, rule) in zip(packed, rules.items(), strict=True):
        row["shape"] = Formula[rule.shape]
        row["base"] = layouts.BASE.index(rule.base.value)
        row["rate_driver"] = first_assumed + assumed.index(f"{key}.rate") if f"{key}.rate" in assumed else -1
        row["rate"] = rule.rate.value.median() if rule.rate else 0.0
        row["is_ceiling"] = rule.rate_is is not None and rule.rate_is.value == "ceiling"
        row["cap"] = np.inf if rule.cap.value is None else rule.cap.value
        row["cap_per_year"] = rule.cap_period.value == "year"
        row["cap_per_contract"] = rule.cap_scope.value == "contract"
        row["term"] = rule.term.value if rule.term else 0
        row["threshold"] = (rule.threshold.value or 0.0) if rule.threshold else 0.0
        row["threshold_inclusive"] = rule.threshold_inclusive is None or rule.threshold_inclusive.value
        row["fixed_asset_share"] = rule.fixed_asset_share.value if rule.fixed_asset_share else -1.0
        row["payout"] = layouts.PAYOUT.index(rule.payout.value)
        row["combinable"] = rule.combinable
        row["stackable"] = rule.stackable.value
        row["fund"] = funds.index(rule.fund.value)
        row["quota"] = rationed_quota(rule)
    return packed


def rationed_quota(rule: Instrument) -> float:
    """Awards a year that the quota leaves room for; a floor rations nothing."""
    return float(rule.quota.count.value) if rule.quota and rule.quota.kind != "floor" else np.inf


def _tiers(scenario: Scenario, assumed: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    rules = scenario.model.policy.instruments
    amounts = np.zeros((len(rules), layouts.N_TIER))
    columns = np.full((len(rules), layouts.N_TIER), -1, np.int32)
    first_assumed = _first_assumed_column(scenario)
    for k, (key, rule) in enumerate(rules.items()):
        for j, (tier, given) in enumerate((rule.tiers or {}).items()):
            amounts[k, j] = given.amount.value.median()
            if f"{key}.{tier}" in assumed:
                columns[k, j] = first_assumed + assumed.index(f"{key}.{tier}")
    return amounts, columns


def _first_assumed_column(scenario: Scenario) -> int:
    first, last = scenario.model.years.filing
    return len(layouts.DRIVERS) + (last - first + 1) + (scenario.model.years.horizon - first + 1)


def _pack_drivers(drivers: xr.Dataset) -> np.ndarray:
    """float64[n_draw, n_driver] in the order of layouts.DRIVERS, then demand, LPR and assumed values."""
    from scipy.special import ndtri

    scalars = {name: drivers[name].values for name in layouts.DRIVERS if name in drivers}
    for family in ("filing", "additional"):
        for i, size_class in enumerate(SIZE_CLASSES):
            scalars[f"{family}_{size_class}"] = drivers[family].values[:, i]
    for i, ending in enumerate(("complete", "partial", "late")):
        scalars[f"outcome_{ending}"] = drivers["outcome"].values[:, : i + 1].sum(axis=1)
    with np.errstate(divide="ignore"):
        scalars["approval_score"] = ndtri(scalars["approval_level"])  # level 1: every score lies below
    columns = [scalars[name][:, None] for name in layouts.DRIVERS]
    columns += [drivers[name].values for name in ("demand", "lpr", "assumed")]
    return np.concatenate(columns, axis=1)


def _pack_policy(scenario: Scenario, tables: Tables) -> np.ndarray:
    readings, behaviour = scenario.model.readings, scenario.model.behaviour
    row = np.zeros(1, layouts.POLICY)
    row["exclusivity"] = layouts.EXCLUSIVITY.index(readings.exclusivity)
    row["interest_net_of_central"] = readings.interest_base == "net_of_central"
    row["first_tranche"] = 0.5 if readings.grant_payout == "half_half" else 0.0
    row["response"] = layouts.RESPONSE.index(readings.response)
    row["log_discount"] = np.log1p(behaviour.discount_rate.value)
    row["approval_lag"] = behaviour.approval_lag.value
    row["lateness"] = behaviour.lateness.value
    row["partial_low"], row["partial_high"] = behaviour.partial.value
    row["central_share"] = behaviour.central.share.value
    row["central_years"] = behaviour.central.years.value
    row["approval_size_correlation"] = behaviour.approval_size_correlation.value
    row["size_multiplier"] = [behaviour.size_multiplier.value[size] for size in SIZE_CLASSES]
    row["energy_of_all_equipment"] = readings.energy_base == "all"
    row["acceptance_table"] = tables.add_complement(behaviour.acceptance_cut.value)
    row["build_table"] = tables.add(behaviour.build_time.value, 1.0 / 12.0)
    row["energy_table"] = tables.add(behaviour.energy_noise.value)
    return row


def _pack_funds(scenario: Scenario) -> np.ndarray:
    packed = np.zeros(len(scenario.model.policy.funds), layouts.FUND)
    for row, fund in zip(packed, scenario.model.policy.funds, strict=True):
        given = scenario.model.appropriation[fund]
        row["enforce"] = layouts.ENFORCE.index(given.enforce)
        row["rule"] = layouts.RULE.index(given.rule)
        row["partial"] = given.partial
        row["wait_years"] = given.wait_years
    return packed


def pack_appropriation(scenario: Scenario) -> np.ndarray:
    """float64[n_fund, n_year] [CNY]; inf where none is stated."""
    years = np.arange(scenario.model.years.filing[0], scenario.model.years.horizon + 1)
    rows = []
    for fund in scenario.model.policy.funds:
        amount = scenario.model.appropriation[fund].amount.value
        if not isinstance(amount, dict):
            amount = {int(year): amount for year in years}
        rows.append(_by_year({y: v for y, v in amount.items() if v is not None}, years, np.inf))
    return np.stack(rows)


def _by_year(given: dict, years: np.ndarray, otherwise: float) -> np.ndarray:
    return np.array([given.get(int(year), otherwise) for year in years], float)


def _score_rank(rows: np.ndarray, scenario: Scenario, arrival_rank: np.ndarray) -> np.ndarray:
    """Place in the order of assessment, of those that may have to wait: by score with the scenario's bonus, then by arrival."""
    bonus = np.array([scenario.model.behaviour.score_bonus.value[size] for size in SIZE_CLASSES])
    points = rows["score"] + bonus[rows["size_class"]]
    waits = np.flatnonzero(arrival_rank >= 0)
    rank = np.full(len(rows), -1, np.int32)
    rank[waits[np.lexsort((arrival_rank[waits], -points[waits]))]] = np.arange(len(waits))
    return rank


def _of(drivers: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    return drivers.sel(scenario=scenario.name) if "scenario" in drivers.dims else drivers
