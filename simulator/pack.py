"""Datasets and scenarios to kernel layouts: the only module that knows both sides of the border."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.formulas import Formula
from kernels.luck import TABLE_EDGE, TABLE_NODES
from simulator.drivers import assumed_values, luck_key
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.population import cells
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.schema.distributions import Distribution
from simulator.schema.population import Stream
from simulator.schema.values import SIZE_CLASSES

LONGEST_PACKAGE = 3  # instruments that one project can file for at once


def pack(scenarios: Sequence[Scenario], applications: xr.Dataset, drivers: xr.Dataset, by: str) -> layouts.Inputs:
    """Lay out everything one pass over the luck needs; `by` is the column that grouped results are split by."""
    first = scenarios[0].model
    years = np.arange(first.years.filing[0], first.years.horizon + 1)
    assumed = [str(name) for name in drivers["assumed_value"].values]
    tables = _Tables()
    projects = pack_projects(scenarios[0], applications, tables, by)
    order = np.lexsort((projects["key"], projects["filing_year"] + projects["arrival"]))
    projects = projects[order]
    if len(np.unique(projects["key"])) != len(projects):
        raise SimulatorError(tr("项目编号有重复", "application ids are not unique"))
    return layouts.Inputs(
        seed=np.uint64(first.seed),
        first_year=int(years[0]),
        first_filing_year=int(years[0]),
        projects=projects,
        counts=np.ascontiguousarray(drivers["count"].values, np.int32),
        drivers=np.stack([_pack_drivers(_of(drivers, scenario)) for scenario in scenarios]),
        n_filing_year=first.years.filing[1] - first.years.filing[0] + 1,
        instruments=np.stack([pack_instruments(scenario, assumed) for scenario in scenarios]),
        tier_amounts=np.stack([_tiers(scenario, assumed)[0] for scenario in scenarios]),
        tier_drivers=np.stack([_tiers(scenario, assumed)[1] for scenario in scenarios]),
        policies=np.concatenate([_pack_policy(scenario, tables) for scenario in scenarios]),
        tables=tables.stacked(),  # after everything that adds a table
        central_points=np.stack([_by_year(s.model.behaviour.central.points.value, years, 0.0) for s in scenarios]),
        funds=np.stack([_pack_funds(scenario) for scenario in scenarios]),
        appropriation=np.stack([pack_appropriation(scenario) for scenario in scenarios]),
        score_rank=np.stack([_score_rank(projects, scenario) for scenario in scenarios]),
    )


def group_names(applications: xr.Dataset, by: str) -> np.ndarray:
    """The districts, sectors or sizes that grouped results are split by, in the order of their codes."""
    return np.unique(applications[by].values)


def part_names(scenario: Scenario) -> list[str]:
    """Counted parts such as first_of_kind.equipment, in the order of their codes."""
    return sorted({stream.part for stream in scenario.model.population.streams.values() if stream.part})


def outputs(n_variant: int, n_draw: int, n_year: int, n_instrument: int, n_part: int, n_group: int) -> layouts.Outputs:
    """Zeroed outputs."""
    return layouts.Outputs(
        flows=np.zeros((len(layouts.FLOWS), n_variant, n_draw, n_year, n_instrument)),
        totals=np.zeros((len(layouts.TOTALS), n_variant, n_draw, n_year)),
        parts=np.zeros((n_variant, n_draw, n_year, max(n_part, 1))),
        grouped=np.zeros((len(layouts.GROUPED), n_variant, n_draw, n_year, n_group)),
    )


def pack_projects(scenario: Scenario, applications: xr.Dataset, tables: _Tables, by: str) -> np.ndarray:
    """The rows of the frame as the kernels read them, in the frame's order."""
    rows = np.zeros(applications.sizes["application"], layouts.PROJECT)
    for name in set(layouts.PROJECT.names) & set(applications.data_vars) - {"cell", "tier", "size_class", "instruments"}:
        rows[name] = applications[name].values
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
        if len(filed) > LONGEST_PACKAGE:
            raise SimulatorError(tr(f"一个项目最多申报 {LONGEST_PACKAGE} 项：{text}",
                                    f"a project files for at most {LONGEST_PACKAGE}: {text}"))
        rows["instruments"][applications["instruments"].values == text] = sum(1 << k for k in filed)
    _pack_streams(scenario, applications, rows, tables)
    return rows


def _refuse_foreign(scenario: Scenario, applications: xr.Dataset, cells_known: set[str]) -> None:
    """Rows of another population would be misread in silence."""
    for column, known in (("cell", {*cells_known, ""}), ("stream", set(scenario.model.population.streams))):
        if strange := sorted({str(name) for name in applications[column].values} - known):
            raise SimulatorError(tr(f"申报对象表与情景不符：{column} 列有未知的 {strange[0]!r} 等 {len(strange)} 项",
                                    f"these applications belong to another scenario: unknown {column} {strange[0]!r}"))


def _pack_streams(scenario: Scenario, applications: xr.Dataset, rows: np.ndarray, tables: _Tables) -> None:
    """What a row takes from its stream: parts, tiers, approval, outcome, and the tables of its luck."""
    parts = part_names(scenario)
    names, sigma = applications["stream"].values, applications["size_sigma"].values
    for key, stream in scenario.model.population.streams.items():
        mine = names == key
        rows["part"][mine] = parts.index(stream.part) if stream.part else -1
        rows["approval"][mine] = np.nan if stream.approval is None else stream.approval.value
        rows["executed"][mine] = stream.outcome == "executed"
        rows["loan_size_elasticity"][mine] = stream.loan_size_elasticity.value
        rows["overrun_table"][mine] = tables.add(f"{key}/overrun", stream.overrun.value) if stream.overrun else -1
        if stream.tier is not None:
            instrument = scenario.model.policy.instruments[stream.files_for[0]]
            rows["tier"][mine] = list(instrument.tiers or {}).index(stream.tier)
        for code, size_class in enumerate(SIZE_CLASSES):
            some = mine & (rows["size_class"] == code)
            rows["size_table"][some] = np.where(sigma[some] > 0, tables.add_size(key, stream, size_class), -1)


class _Tables:
    """Tables of ln(multiplier) at normal scores, one row a distribution."""

    def __init__(self) -> None:
        self.rows: dict[str, np.ndarray] = {}

    def add(self, key: str, distribution: Distribution, relative_to: float = 1.0) -> int:
        """Row of a distribution's quantiles over `relative_to`."""
        return self._put(key, distribution, _NODES, relative_to)

    def add_complement(self, key: str, distribution: Distribution) -> int:
        """Row of one minus a share."""
        from scipy.special import ndtr

        self.rows.setdefault(key, np.log(np.maximum(1.0 - distribution.ppf(ndtr(_NODES)), 1e-300)))
        return list(self.rows).index(key)

    def add_size(self, key: str, stream: Stream, size_class: str) -> int:
        """Row of a stream's sizes over the planned median, given the class of the enterprise."""
        correlation = stream.size_class_correlation.value
        scores = _NODES
        if correlation:
            scores = _scores_given_class(stream.size_class.value, size_class, correlation)
            key = f"{key}/{size_class}"
        return self._put(f"{key}/size", stream.size.value, scores, stream.size.value.reference())

    def _put(self, key: str, distribution: Distribution, scores: np.ndarray, relative_to: float) -> int:
        from scipy.special import ndtr

        if key not in self.rows:
            values = distribution.ppf(ndtr(scores)) / relative_to
            self.rows[key] = np.log(np.maximum(values, 1e-300))
        return list(self.rows).index(key)

    def stacked(self) -> np.ndarray:
        """float64[n_table, TABLE_NODES]."""
        return np.stack(list(self.rows.values())) if self.rows else np.zeros((1, TABLE_NODES))


_NODES = np.linspace(-TABLE_EDGE, TABLE_EDGE, TABLE_NODES)


def _scores_given_class(weights: dict, size_class: str, correlation: float) -> np.ndarray:
    """Normal scores of project size, at the nodes of the luck, among enterprises of one class.

    The class is a band of a latent normal that is correlated with the size; over all classes the size is exactly as
    stated. The conditional CDF is integrated on a fine grid and inverted.
    """
    from scipy.special import ndtr, ndtri

    ordered = [(name, weights.get(name, 0.0)) for name in SIZE_CLASSES]
    edges = np.cumsum([0.0] + [w for _, w in ordered]) / sum(w for _, w in ordered)
    place = SIZE_CLASSES.index(size_class)
    low, high = ndtri(edges[place]), ndtri(edges[place + 1])
    z = np.linspace(-9.0, 9.0, 36001)
    rest = np.sqrt(1.0 - correlation**2)
    density = np.exp(-z * z / 2.0) * (ndtr((high - correlation * z) / rest) - ndtr((low - correlation * z) / rest))
    steps = (density[1:] + density[:-1]) / 2.0
    below = np.concatenate([[0.0], np.cumsum(steps)])
    above = np.concatenate([[0.0], np.cumsum(steps[::-1])])[::-1]
    with np.errstate(divide="ignore"):
        score = np.where(below < above, ndtri(below / below[-1]), -ndtri(above / above[0]))
    inside = np.isfinite(score)
    return np.interp(_NODES, score[inside], z[inside])


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
    scalars = {name: drivers[name].values for name in layouts.DRIVERS if name in drivers}
    for family in ("filing", "additional"):
        for i, size_class in enumerate(SIZE_CLASSES):
            scalars[f"{family}_{size_class}"] = drivers[family].values[:, i]
    for i, ending in enumerate(("complete", "partial", "late")):
        scalars[f"outcome_{ending}"] = drivers["outcome"].values[:, : i + 1].sum(axis=1)
    columns = [scalars[name][:, None] for name in layouts.DRIVERS]
    columns += [drivers[name].values for name in ("demand", "lpr", "assumed")]
    return np.concatenate(columns, axis=1)


def _pack_policy(scenario: Scenario, tables: _Tables) -> np.ndarray:
    readings, behaviour = scenario.model.readings, scenario.model.behaviour
    row = np.zeros(1, layouts.POLICY)
    row["exclusivity"] = layouts.EXCLUSIVITY.index(readings.exclusivity)
    row["interest_net_of_central"] = readings.interest_base == "net_of_central"
    row["first_tranche"] = 0.5 if readings.grant_payout == "half_half" else 0.0
    row["response"] = layouts.RESPONSE.index(readings.response)
    row["discount_rate"] = behaviour.discount_rate.value
    row["approval_lag"] = behaviour.approval_lag.value
    row["lateness"] = behaviour.lateness.value
    row["partial_low"], row["partial_high"] = behaviour.partial.value
    row["central_share"] = behaviour.central.share.value
    row["central_years"] = behaviour.central.years.value
    row["approval_size_correlation"] = behaviour.approval_size_correlation.value
    row["size_multiplier"] = [behaviour.size_multiplier.value[size] for size in SIZE_CLASSES]
    row["energy_of_all_equipment"] = readings.energy_base == "all"
    row["acceptance_table"] = tables.add_complement(f"{scenario.name}/acceptance", behaviour.acceptance_cut.value)
    row["build_table"] = tables.add(f"{scenario.name}/build", behaviour.build_time.value, 1.0 / 12.0)
    row["energy_table"] = tables.add(f"{scenario.name}/energy", behaviour.energy_noise.value)
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


def _score_rank(projects: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Place of every row when assessed: by score with the scenario's bonus, then by arrival."""
    bonus = np.array([scenario.model.behaviour.score_bonus.value[size] for size in SIZE_CLASSES])
    points = projects["score"] + bonus[projects["size_class"]]
    rank = np.empty(len(projects), np.int32)
    rank[np.lexsort((np.arange(len(projects)), -points))] = np.arange(len(projects))
    return rank


def _of(drivers: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    return drivers.sel(scenario=scenario.name) if "scenario" in drivers.dims else drivers
