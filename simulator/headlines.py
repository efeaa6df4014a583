"""What is asked of a run, draw by draw: a few figures of every draw, where a run keeps thousands.

Comparisons, sweeps, tuning and sensitivity look at many variants of a scenario; these figures are all they keep of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.scenario import Scenario
from simulator.targets import reached


class _Run:
    """One scenario of a run as plain arrays, with what several headlines ask for."""

    def __init__(self, scenario: Scenario, results: xr.Dataset) -> None:
        self.arrays = {str(name): variable.values for name, variable in results.variables.items()}
        self.n_draw = results.sizes["draw"]
        self.last = int(self.arrays["plan_year"].max())
        self.reached = reached(scenario, results)
        self.outlay_by_year = self.arrays["outlay"].sum(axis=2)

    def whole(self, name: str) -> np.ndarray:
        """A variable added up over everything but the draws."""
        values = self.arrays[name]
        return np.asarray(values.sum(axis=tuple(range(1, values.ndim))))

    def later(self) -> np.ndarray:
        """Outlay after the last filing year."""
        return np.asarray(self.outlay_by_year[:, self.arrays["year"] > self.last].sum(axis=1))

    def backlog(self) -> np.ndarray:
        """What waits at the end of the last filing year: a stock, which years would count again and again."""
        return np.asarray(self.arrays["backlog"][:, self.arrays["year"].tolist().index(self.last)].sum(axis=1))

    def event(self, name: str) -> np.ndarray:
        """1 in the draws in which it happens, 0 in the others; nan where the documents state no such target, or no budget."""
        hits = self.reached.get(name)
        return np.full(self.n_draw, np.nan) if hits is None else hits.astype(float)


@dataclass(frozen=True)
class Headline:
    """One figure of a draw."""

    zh: str
    en: str
    units: str
    """CNY, tce, or 1."""
    of: Callable[[_Run], np.ndarray]


def _whole(name: str) -> Callable[[_Run], np.ndarray]:
    return lambda run: run.whole(name)


HEADLINES: dict[str, Headline] = {
    "outlay": Headline("拨付合计", "outlay", "CNY", _whole("outlay")),
    "outlay_later": Headline("计划期后拨付", "outlay after the plan", "CNY", _Run.later),
    "outlay_peak": Headline("最高一年拨付", "outlay of the dearest year", "CNY", lambda run: run.outlay_by_year.max(axis=1)),
    "commitment": Headline("核定承诺额", "commitment", "CNY", _whole("commitment")),
    "entitlement": Headline("应补额", "entitlement", "CNY", _whole("entitlement")),
    "applications": Headline("申报数", "applications", "1", _whole("applications")),
    "awards": Headline("获支持项目数", "supported projects", "1", _whole("awards")),
    "supported_investment": Headline("受支持投资", "supported investment", "CNY", _whole("supported_investment")),
    "induced_investment": Headline("带动新增投资", "induced investment", "CNY", _whole("induced_investment")),
    "deadweight": Headline("无谓补贴", "deadweight", "CNY", _whole("deadweight")),
    "city_equipment": Headline("全市设备投资", "equipment investment of the city", "CNY", _whole("city_equipment")),
    "energy_saving": Headline("节能量", "energy saving", "tce", _whole("energy_saving")),
    "energy_supported": Headline("受支持项目节能量", "saving of supported projects", "tce", _whole("energy_saving_supported")),
    "energy_induced": Headline("带动新增节能量", "induced saving", "tce", _whole("energy_saving_induced")),
    "overrun": Headline("超支", "overrun", "CNY", _whole("overrun")),
    "backlog": Headline("计划期末待安排", "backlog at the end of the plan", "CNY", _Run.backlog),
    "lapsed": Headline("到期未安排", "lapsed without funds", "CNY", _whole("lapsed")),
    "recovered": Headline("追回", "recovered", "CNY", _whole("recovered")),
    "cut": Headline("核减", "cut", "CNY", _whole("cut")),
    "due": Headline("期后应付", "due after the horizon", "CNY", _whole("due")),
    "in_budget": Headline("不超预算", "within the budget", "1", lambda run: run.event("budget")),
    "investment_target": Headline("投资目标达到", "investment target reached", "1", lambda run: run.event("investment")),
    "energy_target": Headline("节能目标达到", "energy target reached", "1", lambda run: run.event("energy")),
    "joint": Headline("目标同时达到且不超预算", "all targets within the budget", "1", lambda run: run.event("joint")),
}
# Ratios of two totals, each the ratio of their means; gross never without net.
RATIOS: dict[str, tuple[str, str, str, str]] = {
    "leverage_gross": ("撬动倍数（毛）", "gross leverage", "supported_investment", "outlay"),
    "leverage_net": ("撬动倍数（净）", "net leverage", "induced_investment", "outlay"),
    "deadweight_share": ("无谓补贴占比", "share of deadweight", "deadweight", "outlay"),
}
_UNTOLD = ("part_awards", "outlay_by_group", "induced_investment_by_group", "supported_equipment", "supported_renewal", "district_outlay",
           "city_renewal")  # of a run, beside the headlines
EVENTS = ("in_budget", "investment_target", "energy_target", "joint")  # 0 or 1 in a draw: their mean is a probability


def headlines(scenario: Scenario, results: xr.Dataset) -> xr.Dataset:
    """The headlines of one scenario of a run.

    Returns
    -------
    Dataset(draw)
        One variable a headline, in CNY, tce or 1; outlay_by_year (draw, year) [CNY]; outlay, entitlement [CNY], applications
        and approvals by instrument (draw, instrument); control (draw, plan_year), by which draws count (weighting.py). A target
        or a budget that is not stated is nan.
    """
    run = _Run(scenario, results)
    found: dict[str, tuple[str | tuple[str, ...], np.ndarray, dict[str, str]]] = {
        name: ("draw", each.of(run), {"units": each.units, "long_name": f"{each.zh} {each.en}"}) for name, each in HEADLINES.items()}
    found["outlay_by_year"] = ("draw", "year"), run.outlay_by_year, {"units": "CNY", "long_name": "分年拨付 outlay by year"}
    for name, zh in (("outlay", "拨付"), ("entitlement", "应补额"), ("applications", "申报数"), ("approvals", "立项数")):
        units = HEADLINES[name].units if name in HEADLINES else "1"
        found[f"{name}_by_instrument"] = (("draw", "instrument"), run.arrays[name].sum(axis=1),
                                          {"units": units, "long_name": f"分工具{zh} {name} by instrument"})
    if "control" in run.arrays:
        found["control"] = ("draw", "plan_year"), run.arrays["control"], {"units": "CNY"}
    found["fingerprint"] = (), np.array(_fingerprint(run, found)), {"units": "1", "long_name": "指纹 hash of all that is counted"}
    return xr.Dataset(found, coords={name: run.arrays[name] for name in ("year", "instrument", "plan_year")},
                      attrs={"scrambles": int(results.attrs["scrambles"])})


def _fingerprint(run: _Run, found: dict[str, tuple[str | tuple[str, ...], np.ndarray, dict[str, str]]]) -> str:
    """A hash of the headlines and of what no headline tells: equal where a change has touched nothing."""
    digest = hashlib.blake2b(digest_size=16)
    for name, (_, values, _) in found.items():
        if name != "control":  # its last digit depends on what else is in the pass
            digest.update(np.ascontiguousarray(values).tobytes())
    for name in _UNTOLD:
        values = run.arrays[name]
        digest.update(np.ascontiguousarray(values if values.ndim < 3 else values.sum(axis=1)).tobytes())
    return digest.hexdigest()


def unchanged(one: xr.Dataset, other: xr.Dataset) -> bool:
    """Whether every figure of every draw is the same, bit for bit: what lies between touches no project."""
    return bool(one["fingerprint"].values == other["fingerprint"].values)
