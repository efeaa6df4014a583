"""The sizes of one stream: lognormal or with a Pareto tail, by sector where sectors differ, and what a threshold hides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import goodness
from simulator.fitting.attributes import digits
from simulator.fitting.findings import Fitted, Goodness, shown, too_few
from simulator.fitting.sectors import Factors, fit_factors
from simulator.fitting.size_fits import FEWEST, fit_in_windows, fit_sizes
from simulator.fitting.sizes import SizeFit, Sizes
from simulator.language import tr
from simulator.scenario import Scenario
from simulator.schema import Stream

_DIFFERENT = 0.05  # sectors count as different when chance makes them so in less than this
_ALIKE = 1e-3  # spread of logarithms below which sizes count as one
_ONE_SIGMA = 0.8413447460685429


@dataclass(frozen=True)
class Filing:
    """Which part of a stream's projects is large enough to file."""

    sizes: Any
    """Sizes or a distribution of the schema: what the file will state, or what the base states already."""
    low: float
    """ln of the threshold of the stream."""
    factors: dict[str, float] = field(default_factory=dict)
    by_mode: dict[str, float] = field(default_factory=dict)
    """ln of the threshold of each way of finance."""

    def seen(self, sector: str, mode: str = "") -> float:
        """Share of the projects of a sector, and of a way of finance, that reach the threshold."""
        low = self.by_mode.get(mode, self.low) - np.log(self.factors.get(sector, 1.0))
        if low == -np.inf:
            return 1.0
        return self.sizes.seen(low) if isinstance(self.sizes, Sizes) else 1.0 - _chance_below(self.sizes, low)

    def share_of_all(self, sectors: dict[str, float], finance: dict[str, float] | None) -> float:
        """The same over all sectors and ways of finance, by their weights."""
        total = sum(sectors.values())
        ways = finance if finance and self.by_mode else {"": 1.0}
        shares = [weight / total * part * self.seen(name, mode) for name, weight in sectors.items() for mode, part in ways.items() if part]
        return max(sum(shares), 1e-3)


def _chance_below(distribution: Any, low: float) -> float:
    """Share of a distribution of the schema below a size, by its quantiles."""
    if low == np.inf:
        return 1.0
    grid = (np.arange(20_000) + 0.5) / 20_000
    return float((distribution.ppf(grid) < np.exp(low)).mean())


def learn_sizes(found: Fitted, table: Table, group: Applications, scenario: Scenario) -> Filing:
    """Fit the sizes of one stream, and say how much of all its projects files."""
    low = float(np.log(group.threshold)) if group.threshold else -np.inf
    by_mode = _thresholds_by_mode(group.stream, scenario)
    known = np.isfinite(group.sizes)
    logs, sectors = np.log(group.sizes[known]), table.texts("sector")[group.rows][known].astype(str)
    logs = np.maximum(logs, low)  # rounding apart
    if group.below:
        found.notes.append(tr(f"{group.stream.title}：{group.below} 项低于 {group.threshold / 1e4:,.0f}万元 门槛，未计入",
                              f"{group.stream.title}: {group.below} rows below the threshold of {group.threshold / 1e4:,.0f} (10^4 CNY) "
                              "are left out"))
    if len(logs) < FEWEST or logs.std() < _ALIKE:
        same = tr("各项规模相同，看不出分布", "all sizes are the same: no distribution to be seen")
        found.leave(group.key, "size", too_few(len(logs), FEWEST) if len(logs) < FEWEST else same)
        return Filing(group.stream.size.value, low, {}, by_mode)
    base = group.stream.size.value
    base_sigma = max(float(np.log(base.ppf(np.array([_ONE_SIGMA]))[0] / base.reference())), 0.3)
    fitted, factors, chances = _fit(found, group.key, logs, sectors, low, base_sigma)
    _report(found, group, fitted, factors, chances)
    of = {name: each.value for name, each in factors.of.items()} if factors else {}
    return Filing(fitted.sizes, low, of, by_mode)


def _thresholds_by_mode(stream: Stream, scenario: Scenario) -> dict[str, float]:
    """ln of the size from which on some clause pays, by how a project is paid for."""
    if stream.finance is None:
        return {}
    rules = {name: scenario.model.policy.instruments[name] for name in stream.files_for}
    found = {}
    for mode, ways in (("loan", {"loan_interest"}), ("lease", {"lease_equipment"}), ("own", set()),
                       ("loan_and_lease", {"loan_interest", "lease_equipment"})):
        paying = [rule for rule in rules.values() if rule.base.value in ways or rule.base.value not in ("loan_interest", "lease_equipment")]
        least = min(((rule.threshold.value or 0.0) if rule.threshold else 0.0 for rule in paying), default=np.inf)
        found[mode] = float(np.log(least)) if least else -np.inf
    return found


def _fit(found: Fitted, key: str, logs: np.ndarray, sectors: np.ndarray, low: float,
         base_sigma: float) -> tuple[SizeFit, Factors | None, np.ndarray]:
    """The sizes, the factors of sectors if they differ, and each row's chance under both."""
    fitted = fit_sizes(logs, low, base_sigma)
    if low > -np.inf and (fitted.sizes.in_tail or fitted.sigma is None):
        _leave_sectors(found, key, sectors, tr("有门槛，且规模分布不是单一对数正态", "a threshold hides the rest of what is no lognormal"))
        return fitted, None, fitted.sizes.chances(logs)
    factors = fit_factors(logs, sectors, low)
    if factors is None:
        _leave_sectors(found, key, sectors, tr("没有两类行业可比（各至少30项）", "no two sectors to compare (30 rows each)"))
        return fitted, None, fitted.sizes.chances(logs)
    for name, each in factors.of.items():
        found.add(key, "size_by_sector", each, "1", name)
    test = tr("行业间无差异", "no difference between sectors")
    found.goodness.append(Goodness(key, "size_by_sector", test, float("nan"), factors.p, len(logs)))
    rare = sorted(set(sectors) - set(factors.of) - {""})
    if rare:
        names = "、".join(rare)
        found.leave(key, "size_by_sector", tr(f"{names} 各少于 30 项，取 1", f"{names}: fewer than 30 rows each, taken as 1"))
    if factors.p > _DIFFERENT:
        same = tr(f"行业间无显著差异（p={factors.p:.2g}），都取 1", f"sectors do not differ (p={factors.p:.2g}): all 1")
        found.leave(key, "size_by_sector", same)
        return fitted, None, fitted.sizes.chances(logs)
    away = factors.logs(sectors)
    scaled = logs - away
    if low == -np.inf:
        fitted = fit_sizes(scaled, low, base_sigma)
        return fitted, factors, fitted.sizes.chances(scaled)
    fitted = fit_in_windows(scaled, low - away, base_sigma)
    return fitted, factors, fitted.sizes.chances(scaled, low - away)


def _leave_sectors(found: Fitted, key: str, sectors: np.ndarray, why: str) -> None:
    if (sectors != "").any():
        found.leave(key, "size_by_sector", why)


def _report(found: Fitted, group: Applications, fitted: SizeFit, factors: Factors | None, chances: np.ndarray) -> None:
    """Figures, goodness of fit, and what the file will state."""
    key, n, sizes = group.key, len(chances), fitted.sizes
    statistic, p = goodness.of_sizes(chances, sizes)
    found.goodness.append(Goodness(key, "size", tr("KS（参数自助法）", "KS (parametric bootstrap)"), statistic, p, n))
    said = [f"KS p={p:.2g}"]
    if fitted.median is not None:
        note = tr("各行业相对值为 1 时", "where the sector's factor is 1") if factors else ""
        found.add(key, "median", fitted.median, "CNY", "", note)
        said.append(tr(f"中位数 {shown(fitted.median, 'CNY')}", f"median {shown(fitted.median, 'CNY')}"))
    if fitted.sigma is not None:
        found.add(key, "sigma", fitted.sigma)
        said.append(f"sigma {shown(fitted.sigma)}")
    elif sizes.is_power_law:
        found.leave(key, "sigma", tr("门槛遮住了主体，只能取门槛以上的幂律", "the threshold hides the body: a power law from there on"))
        said.append(tr("门槛以下的规模无从得知", "nothing is known below the threshold"))
    elif sizes.sigma_is_base:
        found.leave(key, "sigma", tr("门槛遮住了主体，台账定不出，取原值", "the threshold hides the body: as in the base"))
        said.append(tr("sigma 台账定不出，取原值", "sigma is that of the base"))
    else:
        found.leave(key, "sigma", tr("门槛遮住了主体，有没有厚尾看不清：曲线可用，参数不单独给出",
                                     "the threshold hides the body, and perhaps a tail: the curve will do, its parameters are not told"))
    if fitted.alpha is not None:
        found.add(key, "alpha", fitted.alpha)
        said.append(tr(f"尾部指数 {shown(fitted.alpha)}", f"tail index {shown(fitted.alpha)}"))
    largest = float(np.nanmax(group.sizes))
    found.state(("streams", key, "size"), written(sizes, group.stream, largest), n, *said)
    if factors is not None:
        found.state(("streams", key, "size_by_sector"), {name: digits(each.value) for name, each in factors.of.items()}, n,
                    tr("相对于本类别的几何平均；", "over the geometric mean of the stream; ")
                    + "、".join(f"{name} {shown(each)}" for name, each in factors.of.items()))


def written(sizes: Sizes, stream: Stream, largest: float) -> dict[str, Any]:
    """Sizes as a file writes them; the largest size of the base holds on where the ledger has none beyond it."""
    base = stream.size.value.lognormal
    most = base.max if base is not None and base.max is not None and base.max > largest else None
    end = {"max": money(most)} if most else {}
    if sizes.is_power_law:
        return {"pareto": {"min": money(np.exp(sizes.low)), "alpha": digits(sizes.alpha), **end}}
    body = {"median": money(np.exp(sizes.mu)), "sigma": digits(sizes.sigma)}
    if not sizes.in_tail:
        return {"lognormal": {**body, **end}}
    weight = digits(sizes.weight, 6)
    return {"mixture": [
        {"weight": round(1 - weight, 9), "of": {"lognormal": {**body, "max": money(np.exp(sizes.start))}}},
        {"weight": weight, "of": {"pareto": {"min": money(np.exp(sizes.start)), "alpha": digits(sizes.alpha), **end}}}]}


def money(amount: float) -> str:
    """An amount as a file writes it."""
    return np.format_float_positional(amount / 1e4, precision=7, fractional=False, trim="-") + "万元"
