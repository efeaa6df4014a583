"""Datasets and scenarios to kernel layouts: the only module that knows both sides of the border."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.formulas import Formula
from simulator.control import lay_out_control
from simulator.drivers import assumed_values
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.rows import (
    arrival_ranks,
    in_batches,
    largest_bases,
    lay_out_columns,
    pack_projects,
    rows_of,
    score_ranks,
    segments_of,
    smallest_words,
)
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.schema.values import SIZE_CLASSES
from simulator.tables import Tables, first_words


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
    batches, segments = in_batches(rows, instruments)
    if len(np.unique(rows["key"])) != len(rows["key"]):
        raise SimulatorError(tr("项目编号有重复", "application ids are not unique"))
    funds = np.stack([_pack_funds(scenario) for scenario in scenarios])
    rationed = rationed_instruments(instruments, funds)
    arrival_rank = arrival_ranks(rows, rationed)
    policies = np.concatenate([_pack_policy(scenario, tables) for scenario in scenarios])
    stacked = tables.stacked()  # after everything that adds a table
    least_words = np.stack([smallest_words(rows, of_variant, stacked) for of_variant in instruments])
    packed_drivers = _pack_drivers([_of(drivers, scenario) for scenario in scenarios])
    segments["control"], control = lay_out_control(rows, batches, segments, instruments, policies, stacked, least_words,
                                                   packed_drivers[..., layouts.DRIVERS.index("approval_score")])
    for batch in batches:
        batch["has_least"] = least_words.min(axis=0)[rows_of(batch, segments)].any()
        counting = control.counts[:, [row for row in segments["control"][segments_of(batch)] if row >= 0]]
        batch["has_control"] = counting.size > 0
        batch["control_word"] = first_words()[counting.any(axis=(0, 1))].min(initial=np.uint64(2**32))
    largest_base = largest_bases(rows, batches, segments, instruments)
    score_rank = np.stack([score_ranks(rows, scenario, arrival_rank) for scenario in scenarios])
    return layouts.Inputs(
        seed=np.uint64(first.seed),
        first_year=int(years[0]),
        first_filing_year=int(years[0]),
        n_filing_year=first.years.filing[1] - first.years.filing[0] + 1,
        batches=batches,
        segments=segments,
        key=rows["key"],
        rank=rows["rank"],
        p0=rows["p0"],
        columns=lay_out_columns(rows),
        least_word=least_words.min(axis=0),
        group=rows["group"],
        part=rows["part"],
        arrival_rank=arrival_rank,
        score_rank=score_rank,
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
        funded=np.ones(instruments.shape),
        largest_base=largest_base,
        control=control,
        rationed=rationed,
        like=np.tile(np.arange(len(scenarios), dtype=np.int32)[:, None], len(batches)),
        examine=examine,
    )


def alike(inputs: layouts.Inputs) -> np.ndarray:
    """int32[n_variant, n_batch]: the first variant under which a batch meets the same drivers, behaviour and clauses, to the bit.

    Variants of a planner move a number of one instrument: the projects of the others make the same awards in all of them.
    """
    found = inputs.like.copy()
    shared = [(policy.tobytes(), points.tobytes(), _first_equal(inputs.drivers, variant))
              for variant, (policy, points) in enumerate(zip(inputs.policies, inputs.central_points, strict=True))]
    for b, batch in enumerate(inputs.batches):
        own = [k for k in range(inputs.instruments.shape[1]) if int(batch["instruments"]) >> k & 1]
        first: dict[object, int] = {}
        for variant, known in enumerate(shared):
            met = (inputs.instruments, inputs.tier_amounts, inputs.tier_drivers, inputs.rationed, inputs.funded, inputs.largest_base[:, b])
            found[variant, b] = first.setdefault((known, *(each[variant, own].tobytes() for each in met)), variant)
    return found


def _first_equal(values: np.ndarray, place: int) -> int:
    """The first place at which an array's values are the same."""
    return next(i for i in range(place + 1) if np.array_equal(values[i], values[place], equal_nan=True))


def rationed_instruments(instruments: np.ndarray, funds: np.ndarray) -> np.ndarray:
    """bool[n_variant, n_instrument]: a quota or an enforced appropriation may hold up its awards."""
    enforced = np.take_along_axis(funds["enforce"], instruments["fund"], axis=1) != layouts.ENFORCE.index("none")
    return enforced | np.isfinite(instruments["quota"])


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


def _pack_drivers(drivers: Sequence[xr.Dataset]) -> np.ndarray:
    """float64[n_variant, n_draw, n_driver] in the order of layouts.DRIVERS, then demand, LPR and assumed values."""
    behind = ("demand", "lpr", "assumed")
    edges = len(layouts.DRIVERS) + np.cumsum([0, *(drivers[0][name].shape[1] for name in behind)])
    packed = np.empty((len(drivers), drivers[0].sizes["draw"], edges[-1]))
    for own, given in zip(packed, drivers, strict=True):
        for column, name in enumerate(layouts.DRIVERS):
            own[:, column] = _driver(given, name)
        for name, (first, after) in zip(behind, pairwise(edges), strict=True):
            own[:, first:after] = given[name].values
    return packed


def _driver(given: xr.Dataset, name: str) -> np.ndarray:
    """One of layouts.DRIVERS."""
    if name in given:
        return given[name].values
    if name == "approval_score":
        from scipy.special import ndtri

        with np.errstate(divide="ignore"):
            return ndtri(given["approval_level"].values)  # level 1: every score lies below
    family, _, member = name.partition("_")
    if family == "outcome":
        ending = ("complete", "partial", "late").index(member)
        return given["outcome"].values[:, : ending + 1].sum(axis=1)
    return given[family].values[:, SIZE_CLASSES.index(member)]


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


def _of(drivers: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    return drivers.sel(scenario=scenario.name) if "scenario" in drivers.dims else drivers
