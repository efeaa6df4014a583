"""What all projects of a draw share: scrambled Sobol points, a Gaussian copula, and the quantiles of each driver.

At least eight independent scrambles: draw d takes point d // 8 of scramble d % 8, so errors can be estimated from eight
replicates and any prefix of the draws is itself a run. Dimensions belong to names, not to scenarios: the same seed gives
every scenario the same points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import xarray as xr

from kernels.streams import uniforms_of_count
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.population import cells
from simulator.scenario import Scenario
from simulator.schema.distributions import Distribution
from simulator.schema.values import SIZE_CLASSES

SCRAMBLES = 8
# Of core drivers, instrument values, waves. A scramble depends on their whole number, and the higher dimensions of a Sobol
# sequence are less evenly spread in pairs: room to grow, but no more.
_RANGES = (0, 56, 80, 88)
ENDINGS = ("complete", "partial", "late", "cancelled")

# Drivers with one value a draw: (units, long_name zh, long_name en)
SCALARS = {
    "award_intensity": ("1", "奖励强度", "award intensity"),
    "approval_level": ("1", "立项率", "approval level"),
    "elasticity": ("1", "资金成本弹性", "user-cost elasticity"),
    "cost_index": ("1", "造价指数", "cost index"),
    "delay": ("1", "时间系数", "delay level"),
    "clawback": ("1", "追回概率", "probability of claw-back"),
    "city_renewal_share": ("1", "全市设备更新占比", "renewal share of the city"),
    "pull_forward": ("1", "提前实施占比", "share pulled forward"),
    "energy_purpose_share": ("1", "节能用途占比", "energy-purpose share"),
    "intensity_energy": ("tce/CNY", "节能项目强度", "saving per CNY, energy purpose"),
    "intensity_other": ("tce/CNY", "其他设备强度", "saving per CNY, other equipment"),
    "realisation": ("1", "节能实现率", "realised over claimed saving"),
    "decay": ("1/year", "节能衰减", "decay of saving"),
    "district_match": ("1", "区级配套比例", "district match"),
}
BY_CLASS = {"filing": ("1", "申报率", "filing rate"), "additional": ("1", "新增占比", "additional share")}


def instrument_values(scenario: Scenario) -> dict[str, Distribution]:
    """Rates and tier amounts of every instrument, constant or not: `instrument.rate` or `instrument.tier` -> distribution."""
    found: dict[str, Distribution] = {}
    for key, instrument in scenario.model.policy.instruments.items():
        if instrument.rate is not None:
            found[f"{key}.rate"] = instrument.rate.value
        for tier, given in (instrument.tiers or {}).items():
            found[f"{key}.{tier}"] = given.amount.value
    return found


def assumed_values(*scenarios: Scenario) -> list[str]:
    """The instrument values that a distribution stands in for in any of these scenarios."""
    found = [instrument_values(scenario) for scenario in scenarios]
    return [name for name in found[0] if any(values[name].kind != "constant" for values in found)]


def dimensions(scenario: Scenario) -> dict[str, int]:
    """The Sobol dimension of every driver, by name.

    Core drivers, instrument values and the waves of counts have ranges of their own, so that one more instrument or stream
    leaves the dimensions of all others as they are. A range that overflows goes on behind the last, with other scrambles.
    """
    years = _years(scenario)
    filing = years[: _n_filing(scenario)]
    core = list(SCALARS)
    core += [f"{name}.{size}" for name in BY_CLASS for size in SIZE_CLASSES]
    core += [f"outcome.{ending}" for ending in ENDINGS]
    for name, span in (("demand", filing), ("city_growth", filing), ("lpr", years)):
        core += [f"{name}.{year}" for year in span]
    waves = [f"wave.{key}.{year}" for key, stream in scenario.model.population.streams.items()
             if stream.count.value.negative_binomial for year in filing]
    found: dict[str, int] = {}
    beyond = _RANGES[-1]
    for names, (first, after) in zip((core, list(instrument_values(scenario)), waves), pairwise(_RANGES), strict=True):
        for place, name in enumerate(names, first):
            found[name] = place if place < after else beyond
            beyond += place >= after
    return found


def draw_drivers(scenario: Scenario | Sequence[Scenario], draws: int | None = None) -> xr.Dataset:
    """Draw what all projects share, and the number of projects in every counting cell.

    Parameters
    ----------
    scenario : Scenario or sequence of them
        Several must share population, years, seed and draws; the result then has the dim `scenario`.
    draws : int, optional
        Instead of the scenario's own number; the first N of any number are the same.

    Returns
    -------
    Dataset(draw)
        Every driver with its unit; `count(draw, cell)` is shared by all scenarios.
    """
    scenarios = [scenario] if isinstance(scenario, Scenario) else list(scenario)
    first = scenarios[0]
    refuse_unlike(scenarios)
    n_draw = draws or first.model.draws
    scores = normal_scores(first, n_draw)
    assumed = assumed_values(*scenarios)
    sets = [_drivers_of(each, scores, assumed) for each in scenarios]
    if isinstance(scenario, Scenario):
        result = sets[0]
    else:
        result = xr.concat(sets, dim=xr.DataArray([each.name for each in scenarios], dims="scenario", name="scenario"))
    result["count"] = _counts(first, scores)
    result.attrs = {"scrambles": SCRAMBLES, "seed": first.model.seed}
    return result


def drivers_at(scenario: Scenario, scores: dict[str, np.ndarray], held: dict[str, float] | None = None) -> xr.Dataset:
    """What `draw_drivers` gives, from normal scores of one's own instead of the scenario's.

    Parameters
    ----------
    scores : name -> float64[draw]
        Independent, one of every name in `dimensions`.
    held : name -> float, optional
        Drivers that have this score in all draws, whatever they are correlated with.
    """
    result = _drivers_of(scenario, scores, assumed_values(scenario), held)
    result["count"] = _counts(scenario, scores | {name: np.full_like(scores[name], score) for name, score in (held or {}).items()})
    return result.assign_attrs(scrambles=SCRAMBLES, seed=scenario.model.seed)


def refuse_unlike(scenarios: Sequence[Scenario]) -> None:
    """Scenarios that cannot meet the same luck cannot be compared in one pass."""
    if len({each.population_digest for each in scenarios}) != 1:
        raise SimulatorError(tr("这些情景的申报对象、年份、抽样数、种子或政策工具不同，不能放在同一次模拟中比较",
                                "these scenarios differ in population, years, draws, seed or instruments: they cannot share one pass"))


def nominal_drivers(scenario: Scenario) -> xr.Dataset:
    """Drivers of the nominal case: a single draw with every driver at its median and ceilings paid in full."""
    scores = {name: np.zeros(1) for name in dimensions(scenario)}
    result = _drivers_of(scenario, scores, assumed_values(scenario))
    result["award_intensity"][:] = 1.0
    return result


def _years(scenario: Scenario) -> list[int]:
    return list(range(scenario.model.years.filing[0], scenario.model.years.horizon + 1))


def _n_filing(scenario: Scenario) -> int:
    first, last = scenario.model.years.filing
    return last - first + 1


def normal_scores(scenario: Scenario, n_draw: int) -> dict[str, np.ndarray]:
    """Independent standard normal scores of every dimension: name -> float64[n_draw]."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    columns = dimensions(scenario)
    places = list(columns.values())
    per_scramble = -(-n_draw // SCRAMBLES)
    power = max(int(np.ceil(np.log2(per_scramble))), 0)
    points = np.empty((per_scramble, SCRAMBLES, len(places)))
    for scramble in range(SCRAMBLES):
        digest = hashlib.sha256(f"{scenario.model.seed}/drivers/{scramble}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16], "little"))
        sobol = qmc.Sobol(max(_RANGES[-1], *(place + 1 for place in places)), scramble=True, rng=rng).random_base2(power)
        points[:, scramble] = sobol[:per_scramble, places]
    uniform = np.clip(points.reshape(-1, len(places))[:n_draw], 1e-12, 1 - 1e-12)
    scores = ndtri(uniform)
    return {name: scores[:, i] for i, name in enumerate(columns)}


def _correlated(scenario: Scenario, scores: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Apply the stated correlations (Gaussian copula)."""
    names = list(scores)
    matrix = np.eye(len(names))
    for correlation in scenario.model.correlations:
        groups = [correlation.among, correlation.among] if correlation.among else [[g] for g in correlation.between or ()]
        left, right = ([_columns(g, names, scenario) for g in group] for group in groups)
        for i in (i for columns in left for i in columns):
            for j in (j for columns in right for j in columns):
                if i != j:
                    matrix[i, j] = matrix[j, i] = correlation.value.value
    if np.array_equal(matrix, np.eye(len(names))):
        return scores
    try:
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        place = scenario.position("correlations")
        raise SimulatorError(tr(f"{place}: correlations: 相关系数互相矛盾（矩阵不正定），请减小其绝对值",
                                f"{place}: correlations: they contradict each other (not positive definite); lower them"),
                             ) from None
    correlated = {}
    for i, name in enumerate(names):  # added up one by one: a matrix product's last bit depends on the number of draws
        correlated[name] = factor[i, i] * scores[name]
        for j in map(int, np.flatnonzero(factor[i, :i])):
            correlated[name] = correlated[name] + factor[i, j] * scores[names[j]]
    return correlated


def _columns(group: str, names: list[str], scenario: Scenario) -> list[int]:
    found = [i for i, name in enumerate(names) if name == group or name.startswith(group + ".")]
    if not found:
        place = scenario.position("correlations")
        raise SimulatorError(tr(f"{place}: correlations: 未知的驱动因素 {group!r}",
                                f"{place}: correlations: unknown driver {group!r}"))
    return found


def _drivers_of(scenario: Scenario, scores: dict[str, np.ndarray], assumed: list[str], held: dict[str, float] | None = None) -> xr.Dataset:
    from scipy.special import gammaincinv, ndtr

    given = scenario.model.drivers
    correlated = _correlated(scenario, scores)
    uniform = {name: ndtr(np.full_like(score, held[name]) if held and name in held else score) for name, score in correlated.items()}
    years, filing = _years(scenario), _years(scenario)[: _n_filing(scenario)]
    drivers: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {}

    def add(name: str, dims: tuple[str, ...], values: np.ndarray, units: str, zh: str, en: str) -> None:
        drivers[name] = (dims, values, {"units": units, "long_name": f"{zh} {en}"})

    for name, described in SCALARS.items():
        add(name, ("draw",), getattr(given, name).value.ppf(uniform[name]), *described)
    for name, described in BY_CLASS.items():
        columns = [getattr(given, name)[size].value.ppf(uniform[f"{name}.{size}"]) for size in SIZE_CLASSES]
        add(name, ("draw", "size_class"), np.stack(columns, -1), *described)
    gammas = np.stack([gammaincinv(getattr(given.outcome.value, e), uniform[f"outcome.{e}"]) for e in ENDINGS], -1)
    add("outcome", ("draw", "ending"), gammas / gammas.sum(-1, keepdims=True), "1", "项目结局", "outcome of projects")
    demand = np.stack([given.demand.value.ppf(uniform[f"demand.{year}"]) for year in filing], -1)
    add("demand", ("draw", "filing_year"), demand, "1", "投资景气", "investment climate")
    growth = np.stack([given.city_growth.value[year].ppf(uniform[f"city_growth.{year}"]) for year in filing], -1)
    add("city_growth", ("draw", "filing_year"), growth, "1", "全市设备投资增速", "growth of the city's equipment investment")
    add("lpr", ("draw", "year"), _lpr_path(scenario, uniform, years), "1", "一年期LPR", "one-year LPR")
    values = instrument_values(scenario)
    columns = [values[name].ppf(uniform[name]) for name in assumed]
    add("assumed", ("draw", "assumed_value"), np.stack(columns, -1) if columns else np.empty((len(demand), 0)),
        "1 or CNY", "文件未定的数值", "assumed instrument values")
    return xr.Dataset(drivers, {"year": years, "filing_year": filing, "size_class": list(SIZE_CLASSES), "ending": list(ENDINGS),
                                "assumed_value": list(assumed)})


def _lpr_path(scenario: Scenario, uniform: dict[str, np.ndarray], years: list[int]) -> np.ndarray:
    """Annual means of the one-year LPR: published, then two chances of a cut a year; plus the scenario's shift."""
    lpr = scenario.model.drivers.lpr
    p = lpr.probability.value
    one_or_none, none = 1.0 - p * p, (1.0 - p) ** 2
    path, shift, level = [], 0.0, np.zeros(1)
    for year in years:
        if year in lpr.published.value:
            level = np.full_like(uniform[f"lpr.{year}"], lpr.published.value[year])
        else:  # a low uniform is a low rate: two cuts below p^2, none in the top (1-p)^2
            u = uniform[f"lpr.{year}"]
            cuts = np.where(u < 1.0 - one_or_none, 2, np.where(u >= 1.0 - none, 0, 1))
            level = np.maximum(level - cuts * lpr.cut.value, np.minimum(level, lpr.floor.value))
        shift = lpr.shift.value.get(year, shift)
        path.append(np.maximum(level + shift, 0.0))
    return np.stack(path, -1)


def _counts(scenario: Scenario, scores: dict[str, np.ndarray]) -> xr.DataArray:
    """Number of projects of every cell in every draw: int32(draw, cell)."""
    from scipy.special import gammaincinv, ndtr

    found = cells(scenario)
    n_draw = len(next(iter(scores.values())))
    counts = np.empty((n_draw, len(found)), np.int32)
    for i, cell in enumerate(found):
        if cell.count.fixed is not None:
            counts[:, i] = cell.count.fixed
            continue
        u = uniforms_of_count(np.uint64(scenario.model.seed), 0, n_draw, np.uint64(luck_key(f"cell/{cell.key}")))
        mean: np.ndarray | float = cell.mean
        if cell.count.negative_binomial:
            k = cell.count.negative_binomial.dispersion
            mean = cell.mean * gammaincinv(k, ndtr(scores[f"wave.{cell.stream}.{cell.year}"])) / k
        counts[:, i] = np.maximum(_poisson_quantile(u, mean), cell.count.at_least)
    return xr.DataArray(counts, dims=("draw", "cell"), coords={"cell": [cell.key for cell in found]},
                        attrs={"units": "1", "long_name": "潜在项目数 number of projects"})


def _poisson_quantile(u: np.ndarray, mean: np.ndarray | float) -> np.ndarray:
    from scipy.special import pdtr, pdtrik

    if np.ndim(mean) == 0:
        highest = int(mean + 12 * np.sqrt(mean) + 20)
        return np.searchsorted(pdtr(np.arange(highest), mean), u)
    guess = np.maximum(np.ceil(pdtrik(u, mean)), 0)
    lower = np.maximum(guess - 1, 0)  # the inverse is rounded: step back where one less is already enough
    return np.where(pdtr(lower, mean) >= u, lower, guess)


def luck_key(identity: str) -> int:
    """The 64-bit key of an identity's random streams: a hash, so that it depends on nothing else."""
    return int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "little")
