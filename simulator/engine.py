"""Blocks of draws, through the kernel, to one labelled Dataset."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from kernels import layouts, source_hash
from simulator.blocks import run_blocks
from simulator.conditioning import shown_groups
from simulator.drivers import refuse_unlike
from simulator.errors import SimulatorError
from simulator.expectations import expecting
from simulator.impact import impact
from simulator.known import add_known, beside_obligations, by_cell, owed_later
from simulator.language import tr
from simulator.pack import alike, outputs, pack
from simulator.position import Position
from simulator.rows import group_names, part_names
from simulator.scenario import Scenario

_DRAWS_AT_ONCE = 4096

LONG_NAMES = {
    "applications": ("1", "申报数 applications"),
    "approvals": ("1", "立项数 approvals"),
    "awards": ("1", "获支持项目数 supported projects"),
    "entitlement": ("CNY", "应补额 entitlement"),
    "commitment": ("CNY", "核定承诺额 commitment"),
    "outlay": ("CNY", "拨付 outlay"),
    "deadweight": ("CNY", "无谓补贴 outlay to projects that go ahead anyway"),
    "backlog": ("CNY", "年末待安排 backlog"),
    "supported_investment": ("CNY", "受支持投资 supported investment"),
    "induced_investment": ("CNY", "带动新增投资 induced investment"),
    "supported_equipment": ("CNY", "受支持设备投资 supported equipment"),
    "supported_renewal": ("CNY", "受支持设备更新 supported renewal"),
    "supported_saving": ("tce/year", "受支持项目新增节能能力 new saving capacity of supported projects"),
    "induced_equipment": ("CNY", "带动新增设备投资 induced equipment"),
    "induced_renewal": ("CNY", "带动新增设备更新 induced renewal"),
    "induced_saving": ("tce/year", "带动新增节能能力 new saving capacity of induced projects"),
    "recovered": ("CNY", "追回 recovered"),
    "cut": ("CNY", "核减 cut at acceptance or cancellation"),
    "lapsed": ("CNY", "到期未安排 lapsed without funds"),
    "due": ("CNY", "期后应付 due after the horizon"),
    "overrun": ("CNY", "超支 overrun"),
    "control": ("CNY", "控制变量 control: what the luck of a draw brought above its expectation"),
    "outlay_paid": ("CNY", "已拨付 paid, by the ledger"),
    "outlay_owed": ("CNY", "应付 owed to approved projects of the ledger"),
    "owed_later": ("CNY", "期后应付 owed by the ledger after the horizon"),
    "part_awards": ("1", "分类获支持数 awards by counted part"),
}


def simulate(
    scenario: Scenario | Sequence[Scenario],
    applications: xr.Dataset,
    drivers: xr.Dataset,
    *,
    threads: int | None = None,
    block: int | None = None,
    by: str = "district",
    progress: Callable[[int, int], None] | None = None,
    known: Position | Sequence[Position] | None = None,
) -> xr.Dataset:
    """Simulate every draw of the drivers for one scenario, or several that meet the same luck in one pass.

    Parameters
    ----------
    scenario : Scenario or sequence of them
        Several must share population, years and seed; the result then has the dim `scenario`.
    applications : Dataset(application)
        From `draw_applications`; the order of rows changes nothing.
    drivers : Dataset(draw)
        From `draw_drivers` for the same scenario or sequence.
    threads, block : int, optional
        How the work is cut: threads, and draws in a piece; neither changes any bit of the result.
    by : str
        Column of the applications that `*_by_group` variables are split by: district, sector or size_class.
    progress : callable, optional
        Called with (draws done, draws in all) as blocks finish.
    known : Position or sequence of them, optional
        What a ledger says has happened, one for each scenario, from `take_position`; the applications are then those that
        `remaining_applications` gives. Its payments are the same in every draw, and have the first claim on appropriations.

    Returns
    -------
    Dataset(draw, year, instrument)
        Variables with units and Chinese and English names; money in CNY, saving in tce.
    """
    scenarios = [scenario] if isinstance(scenario, Scenario) else list(scenario)
    sets = simulate_apart(scenarios, applications, drivers, threads=threads, block=block, by=by, progress=progress, known=known)
    if isinstance(scenario, Scenario):
        return sets[0]
    names = xr.DataArray([each.name for each in scenarios], dims="scenario", name="scenario")
    return xr.concat(sets, dim=names, combine_attrs="override")


def simulate_apart(scenarios: Sequence[Scenario], applications: xr.Dataset, drivers: xr.Dataset, *, threads: int | None = None,
                   block: int | None = None, by: str = "district", progress: Callable[[int, int], None] | None = None,
                   known: Position | Sequence[Position] | None = None) -> list[xr.Dataset]:
    """One pass as `simulate`, its scenarios each by itself: to put them side by side in one Dataset copies all results once."""
    refuse_unlike(scenarios)
    if len({each.name for each in scenarios}) != len(scenarios):
        raise SimulatorError(tr("情景名称重复", "scenario names must differ"))
    inputs = pack(scenarios, applications, drivers, by)
    positions = [] if known is None else [known] if isinstance(known, Position) else list(known)
    years, n_filing, money = inputs.first_year + np.arange(inputs.appropriation.shape[2]), inputs.n_filing_year, inputs.appropriation
    if positions:
        inputs = beside_obligations(inputs, positions)
    n_variant, _, n_year = inputs.appropriation.shape
    n_instrument, n_draw = inputs.instruments.shape[1], inputs.drivers.shape[1]
    parts, groups = part_names(scenarios[0]), group_names(applications, by)
    if positions:
        groups = np.append(groups, np.setdiff1d(shown_groups(positions[0], by), groups))
    refuse_too_large(_needed(n_variant, n_draw, n_year, n_instrument, len(groups)))
    inputs = expecting(inputs, scenarios, applications, threads=threads, known=positions)
    inputs = inputs._replace(like=alike(inputs))
    made = outputs(inputs, len(parts), len(groups))
    run_blocks(inputs, made, threads, block, progress)
    del inputs  # as large as the drivers: labelling can use the room
    sets = []
    for variant, each in enumerate(scenarios):
        if positions:
            add_known(positions[variant], _of(drivers, each), made, variant, by, groups.tolist(), parts)
        results = _label(each, years, n_filing, money[variant].T, made, variant, parts, groups, by)
        if positions:
            results = results.assign(_known_outlay(positions[variant], results))
        sets.append(results.assign({name: array.variable for name, array in impact(each, _of(drivers, each), results).data_vars.items()}))
    attributes = _attributes(scenarios, applications, drivers)
    if positions:
        attributes |= {"ledger": positions[0].ledger.digest, "as_of": positions[0].as_of.isoformat(),
                       "ledger_rows": positions[0].ledger.n}
    return [each.assign_attrs(attributes) for each in sets]


def _of(drivers: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    return drivers.sel(scenario=scenario.name) if "scenario" in drivers.dims else drivers


def _fund_of(scenario: Scenario) -> np.ndarray:
    """int[instrument]: the fund that pays it."""
    policy = scenario.model.policy
    return np.array([list(policy.funds).index(rule.fund.value) for rule in policy.instruments.values()])


def _known_outlay(position: Position, results: xr.Dataset) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
    """Of the outlay of every draw, what the ledger says was paid and what it owes: (year, instrument) [CNY]; and what it owes later."""
    first, n_year = int(results["year"].values[0]), results.sizes["year"]
    found: dict[str, tuple[tuple[str, ...], Any]] = {
        f"outlay_{which}": (("year", "instrument"), by_cell(position, which, first, n_year)) for which in ("paid", "owed")}
    found["owed_later"] = ((), owed_later(position, first + n_year))
    return {name: (*each, dict(zip(("units", "long_name"), LONG_NAMES[name], strict=True))) for name, each in found.items()}


def _needed(n_variant: int, n_draw: int, n_year: int, n_instrument: int, n_group: int) -> float:
    """Bytes that results take; they are copied once."""
    by_instrument, by_group = len(layouts.FLOWS) * n_instrument, len(layouts.GROUPED) * n_group
    return 2.5 * 8 * n_variant * n_draw * n_year * (by_instrument + by_group + len(layouts.TOTALS))


def fitting(scenario: Scenario, applications: xr.Dataset, draws: int, by: str = "district") -> int:
    """How many variants of a scenario fit into half of the memory side by side; at least one."""
    years = scenario.model.years
    one = _needed(1, draws, years.horizon - years.filing[0] + 1, len(scenario.model.policy.instruments), len(group_names(applications, by)))
    half = _memory() / 2.0
    return max(1, int(half // one)) if np.isfinite(half) else np.iinfo(np.int32).max


def refuse_too_large(needed: float) -> None:
    """Say beforehand what would not fit into memory, and what to lower."""
    if needed > _memory():
        raise SimulatorError(tr(
            f"约需 {needed / 2**30:.1f} GiB 内存，本机只有 {_memory() / 2**30:.1f} GiB；请减少抽样次数（--draws）或一次少算几个情景",
            f"needs about {needed / 2**30:.1f} GiB of memory, of {_memory() / 2**30:.1f} here; lower --draws or run fewer scenarios"))


def _memory() -> float:
    """Physical memory in bytes; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _label(scenario: Scenario, years: np.ndarray, n_filing: int, money: np.ndarray, made: layouts.Outputs, variant: int,
           parts: list[str], groups: np.ndarray, by: str) -> xr.Dataset:
    """One variant's arrays as variables with names, dims and units."""
    policy, outlay = scenario.model.policy, made.flows[variant, :, layouts.FLOWS.index("outlay")]
    overrun = _by_fund(outlay, _fund_of(scenario), len(policy.funds))
    np.maximum(np.subtract(overrun, money, out=overrun), 0.0, out=overrun)  # where money is inf nothing exceeds it
    found: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        **{name: (("draw", "year", "instrument"), made.flows[variant, :, i]) for i, name in enumerate(layouts.FLOWS)},
        **{name: (("draw", "year"), made.totals[variant, :, i]) for i, name in enumerate(layouts.TOTALS)},
        "part_awards": (("draw", "year", "part"), made.parts[variant, ..., : len(parts)]),
        "overrun": (("draw", "year", "fund"), overrun),
        "control": (("draw", "plan_year"), made.control[variant]),
    }
    variables = {name: (*each, dict(zip(("units", "long_name"), LONG_NAMES[name], strict=True))) for name, each in found.items()}
    for i, name in enumerate(layouts.GROUPED):
        units, long_name = LONG_NAMES[name]
        variables[f"{name}_by_group"] = (("draw", "year", "group"), made.grouped[variant, :, i],
                                         {"units": units, "long_name": f"{long_name} by {by}"})
    variables["appropriation"] = (("year", "fund"), money, {"units": "CNY", "long_name": "年度预算 appropriation"})
    return xr.Dataset(variables, coords={"year": years, "plan_year": years[:n_filing], "instrument": list(policy.instruments),
                                         "part": parts, "group": groups, "fund": list(policy.funds)})


def _by_fund(outlay: np.ndarray, fund_of: np.ndarray, n_fund: int) -> np.ndarray:
    """float64[draw, year, fund], some draws at a time: what is chosen by a list is copied."""
    found = np.empty((*outlay.shape[:2], n_fund))
    for start in range(0, len(outlay), _DRAWS_AT_ONCE):
        some = slice(start, start + _DRAWS_AT_ONCE)
        for fund in range(n_fund):
            found[some, :, fund] = outlay[some, :, fund_of == fund].sum(axis=2)
    return found


def _attributes(scenarios: Sequence[Scenario], applications: xr.Dataset, drivers: xr.Dataset) -> dict[str, object]:
    model = scenarios[0].model
    return {
        "scenarios": [each.name for each in scenarios],
        "policy": model.policy.number or model.policy.id,
        "population": model.population.id,
        "applications": applications.sizes["application"],
        "seed": model.seed,
        "scrambles": int(drivers.attrs["scrambles"]),
        "kernels": source_hash(),
        "versions": _versions(),
    }


@cache
def _versions() -> list[str]:
    from importlib.metadata import version

    return [f"{name} {version(name)}" for name in ("numpy", "scipy", "numba", "xarray")]
