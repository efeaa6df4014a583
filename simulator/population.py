"""Who could apply: the frame of slots, deterministic by the population's seed, as a Dataset over `application`.

A slot is a place for a project nobody knows yet. It exists in a draw when its rank is below the number of projects that
the draw has in its cell; its size is drawn afresh in every draw around the planned amounts given here. The attributes of
a cell's slots are points of a scrambled Sobol sequence by rank, so the first N of any N are a balanced sample.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from simulator.scenario import Scenario
from simulator.schema.population import Count, Stream
from simulator.schema.values import SIZE_CLASSES

# name: (units, long_name zh, long_name en); the columns of the frame in the order of the CSV file
COLUMNS: dict[str, tuple[str, str, str]] = {
    "enterprise": ("1", "企业", "enterprise"),
    "stream": ("1", "申报类别", "stream"),
    "filing_year": ("year", "申报年度", "filing year"),
    "cell": ("1", "计数单元", "counting cell"),
    "rank": ("1", "在计数单元中的序号", "rank in its cell"),
    "arrival": ("year", "年内申报时点", "moment of filing within the year"),
    "size_class": ("1", "企业规模", "size of enterprise"),
    "sector": ("1", "行业", "sector"),
    "district": ("1", "所属区", "district"),
    "score": ("points", "评分", "score"),
    "instruments": ("1", "申报专项", "instruments filed for"),
    "filed": ("1", "已申报", "has filed"),
    "investment": ("CNY", "项目总投资", "planned investment"),
    "size_sigma": ("1", "规模离散度", "dispersion of size"),
    "equipment_share": ("1", "设备投资占比", "share of equipment"),
    "renewal_share": ("1", "更新设备占比", "share of renewal in equipment"),
    "fixed_asset_share": ("1", "固定资产投资占比", "share of fixed assets"),
    "loan_principal": ("CNY", "贷款本金", "loan principal"),
    "loan_term": ("year", "贷款期限", "loan term"),
    "loan_grace": ("year", "宽限期", "years before repayment"),
    "loan_spread": ("1", "利率加点", "spread over LPR"),
    "lease_equipment": ("CNY", "融资租赁设备投资额", "leased equipment"),
    "contract": ("CNY", "合同金额", "contract value"),
    "contracts": ("1", "合同数", "number of contracts"),
    "tier": ("1", "等级", "tier"),
    "energy_purpose": ("1", "节能用途占比", "share with energy purpose"),
    "central_lot": ("1", "中央贴息抽签", "lot for central relief"),
    "build_factor": ("1", "建设期系数", "factor of building time"),
    "p0": ("1", "无补助实施概率", "probability without support"),
}
TEXT_COLUMNS = ("enterprise", "stream", "cell", "size_class", "sector", "district", "instruments", "tier")
WHOLE_COLUMNS = ("filing_year", "rank", "filed")

_ATTRIBUTES = ("arrival", "class", "sector", "district", "score", "equipment_share", "renewal_share",
               "fixed_asset_share", "mode", "loan_share", "loan_term", "loan_spread", "lease_share", "contracts",
               "energy_purpose", "central_lot", "build_factor", "p0", "enterprise")
_HIGHEST_COUNT = 1e-5  # slots suffice for all but this share of the draws; a draw beyond uses them all


@dataclass(frozen=True)
class Cell:
    """Projects whose number is drawn together: a stream and year, and a class where size depends on the class."""

    key: str
    stream: str
    year: int
    classes: tuple[str, ...]
    share: float
    count: Count

    @property
    def mean(self) -> float:
        """Mean of the underlying count, before `at_least`."""
        count = self.count
        whole = count.negative_binomial.mean if count.negative_binomial else count.poisson or float(count.fixed or 0)
        return whole * self.share


def cells(scenario: Scenario) -> list[Cell]:
    """The counting cells of a scenario, in the order of its streams."""
    first, last = scenario.model.years.filing
    found = []
    for key, stream in scenario.model.population.streams.items():
        weights = {name: stream.size_class.value.get(name, 0.0) for name in SIZE_CLASSES}
        whole = sum(weights.values())
        for year in range(first, last + 1):
            if stream.size_class_correlation.value:
                found += [Cell(f"{key}.{year}.{name}", key, year, (name,), weight / whole, stream.count.value)
                          for name, weight in weights.items() if weight]
            else:
                found.append(Cell(f"{key}.{year}", key, year, SIZE_CLASSES, 1.0, stream.count.value))
    return found


def draw_applications(scenario: Scenario) -> xr.Dataset:
    """Lay out the frame of potential projects.

    Returns
    -------
    Dataset(application)
        One row a slot, indexed by its stable id; columns and units as in `COLUMNS`. Amounts are those of the planned
        (median) size; every draw scales them by its own size luck. Depends on the population and its seed only.
    """
    rows: dict[str, list[np.ndarray]] = {name: [] for name in ("application", *COLUMNS)}
    for cell in cells(scenario):
        if _slot_count(cell):
            for name, values in _slots(scenario, cell).items():
                rows[name].append(values)
    ids = np.concatenate(rows.pop("application"))
    frame = xr.Dataset(coords={"application": ids})
    for name, (units, zh, en) in COLUMNS.items():
        frame[name] = xr.DataArray(np.concatenate(rows[name]), dims="application",
                                   attrs={"units": units, "long_name": f"{zh} {en}"})
    frame.attrs["population"] = scenario.model.population.id
    return frame


def write_applications(applications: xr.Dataset, file: str | Path) -> None:
    """Export a frame as CSV (UTF-8 with BOM, exact numbers): read back, it gives the same results."""
    import csv

    columns = {name: applications[name].values for name in COLUMNS}
    with open(file, "w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow(["application", *COLUMNS])
        for i, application in enumerate(applications["application"].values):
            writer.writerow([application, *(_text(columns[name][i]) for name in COLUMNS)])


def read_applications(file: str | Path) -> xr.Dataset:
    """Read back what `write_applications` wrote."""
    import csv

    with open(file, newline="", encoding="utf-8-sig") as source:
        rows = list(csv.DictReader(source))
    frame = xr.Dataset(coords={"application": np.array([row["application"] for row in rows])})
    for name, (units, zh, en) in COLUMNS.items():
        texts = [row[name] for row in rows]
        kind = str if name in TEXT_COLUMNS else np.int64 if name in WHOLE_COLUMNS else np.float64
        frame[name] = xr.DataArray(np.array(texts).astype(kind), dims="application",
                                   attrs={"units": units, "long_name": f"{zh} {en}"})
    return frame


def _text(value: object) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


def _slots(scenario: Scenario, cell: Cell) -> dict[str, np.ndarray]:
    """All slots of one cell."""
    population = scenario.model.population
    stream = population.streams[cell.stream]
    n = _slot_count(cell)
    u = dict(zip(_ATTRIBUTES, _balanced_points(population.seed, cell.key, n, len(_ATTRIBUTES)), strict=True))
    median = stream.size.value.reference()
    sector = _weighted(population.sectors.value, u["sector"])
    planned = np.full(n, median) * _factors(stream, sector)
    equipment_share = stream.equipment_share.value.ppf(u["equipment_share"])
    weights = {str(name): weight for name, weight in stream.size_class.value.items() if name in cell.classes}
    size_class = _weighted(weights, u["class"])
    first_year = scenario.model.years.filing[0]
    start = population.programme_start.value if cell.year == first_year else 0.0
    rank = np.arange(n)
    loan, lease = _finance(stream, u, planned, equipment_share)
    sigma = float(np.log(stream.size.value.ppf(np.array([0.8413447460685429]))[0] / median))
    return {
        "application": np.array([f"{cell.key}-{i:04d}" for i in rank]),
        "enterprise": _enterprise(population.enterprises.value, size_class, u["enterprise"]),
        "stream": np.full(n, cell.stream),
        "filing_year": np.full(n, cell.year),
        "cell": np.full(n, cell.key),
        "rank": rank,
        "arrival": _arrival(stream, start, u["arrival"]),
        "size_class": size_class,
        "sector": sector,
        "district": _weighted(population.districts.value, u["district"]),
        "score": stream.score.value.ppf(u["score"]),
        "instruments": np.full(n, ";".join(stream.files_for)),
        "filed": np.full(n, int(stream.count_of == "applications")),
        "investment": planned,
        "size_sigma": np.full(n, sigma),
        "equipment_share": equipment_share,
        "renewal_share": stream.renewal_share.value.ppf(u["renewal_share"]),
        "fixed_asset_share": stream.fixed_asset_share.value.ppf(u["fixed_asset_share"]),
        "loan_principal": loan,
        "loan_term": stream.loan_term.value.ppf(u["loan_term"]) if stream.loan_term else np.zeros(n),
        "loan_grace": np.full(n, stream.loan_grace.value),
        "loan_spread": stream.loan_spread.value.ppf(u["loan_spread"]) if stream.loan_spread else np.zeros(n),
        "lease_equipment": lease,
        "contract": planned,
        "contracts": stream.contracts.value.ppf(u["contracts"]),
        "tier": np.full(n, stream.tier or ""),
        "energy_purpose": stream.energy_purpose.value.ppf(u["energy_purpose"]),
        "central_lot": u["central_lot"],
        "build_factor": stream.build_factor.value.ppf(u["build_factor"]),
        "p0": stream.p0.value.ppf(u["p0"]),
    }


def _factors(stream: Stream, sector: np.ndarray) -> np.ndarray:
    """What the sector multiplies the planned size by."""
    factors = stream.size_by_sector.value if stream.size_by_sector else {}
    return np.array([factors.get(str(name), 1.0) for name in sector])


def _arrival(stream: Stream, start: float, u: np.ndarray) -> np.ndarray:
    """The moment of the year at which projects come in, from `start` on: evenly within every month, which has its weight."""
    if stream.filing_months is None:
        return start + (1.0 - start) * u
    edges = np.arange(13) / 12
    below = np.concatenate([[0.0], np.cumsum(stream.filing_months.value)])
    before = float(np.interp(start, edges, below))
    place = np.minimum(before + (below[-1] - before) * u, np.nextafter(below[-1], 0.0))
    month = np.searchsorted(below, place, side="right") - 1
    within = (place - below[month]) / np.diff(below)[month]
    return np.maximum(edges[month] + within / 12, start)


def _finance(stream: Stream, u: dict[str, np.ndarray], investment: np.ndarray, equipment_share: np.ndarray,
             ) -> tuple[np.ndarray, np.ndarray]:
    """Loan principal and leased equipment at the planned size. [CNY]"""
    n = equipment_share.size
    if stream.finance is None:
        return np.zeros(n), np.zeros(n)
    assert stream.loan_to_investment and stream.lease_to_equipment
    mode = _weighted(stream.finance.value.model_dump(), u["mode"])
    lease = investment * equipment_share * stream.lease_to_equipment.value.ppf(u["lease_share"])
    lease *= np.isin(mode, ("lease", "loan_and_lease"))
    loan = (investment - lease) * stream.loan_to_investment.value.ppf(u["loan_share"])
    return loan * np.isin(mode, ("loan", "loan_and_lease")), lease


def _slot_count(cell: Cell) -> int:
    """Enough slots for nearly every draw."""
    from scipy.stats import nbinom, poisson

    count = cell.count
    if count.fixed is not None:
        return count.fixed
    if count.negative_binomial:
        k = count.negative_binomial.dispersion
        highest = nbinom.ppf(1 - _HIGHEST_COUNT, k, k / (k + cell.mean))
    else:
        highest = poisson.ppf(1 - _HIGHEST_COUNT, cell.mean)
    return max(int(highest), count.at_least)


def _balanced_points(seed: int, key: str, n: int, dimensions: int) -> np.ndarray:
    """Scrambled Sobol points by rank: float64[dimensions, n] in (0, 1)."""
    from scipy.stats import qmc

    digest = hashlib.sha256(f"{seed}/{key}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:16], "little"))
    points = qmc.Sobol(dimensions, scramble=True, rng=rng).random_base2(max(int(np.ceil(np.log2(n))), 1))
    return np.clip(points[:n].T, 1e-12, 1 - 1e-12)


def _weighted(weights: dict, u: np.ndarray) -> np.ndarray:
    names = np.array(list(weights))
    edges = np.cumsum(list(weights.values()))
    return names[np.minimum(np.searchsorted(edges / edges[-1], u, side="right"), len(names) - 1)]


def _enterprise(number: int, size_class: np.ndarray, u: np.ndarray) -> np.ndarray:
    """An enterprise of the project's size: the first 70% are small, the next 22% medium, the rest large."""
    edges = {"small": (0.0, 0.70), "medium": (0.70, 0.92), "large": (0.92, 1.0)}
    low = np.array([edges[str(name)][0] for name in size_class])
    high = np.array([edges[str(name)][1] for name in size_class])
    index = np.minimum(((low + (high - low) * u) * number).astype(int), number - 1)
    return np.array([f"E{i:05d}" for i in index])
