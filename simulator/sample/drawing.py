"""The rows of a synthetic ledger: drawn from a scenario's population, decided and paid as its clauses say, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from simulator.compose import Composition
from simulator.ledger import COLUMNS, MISSING
from simulator.sample.amounts import Draw, amounts_of
from simulator.sample.fate import decide
from simulator.sample.names import Enterprises, found_enterprises, title_of
from simulator.scenario import Scenario, validate
from simulator.schema.population import Stream
from simulator.schema.values import SIZE_CLASSES

ROWS_AT_ONCE = 20_000  # a piece has luck of its own, so that it can be drawn anywhere
_PLANNED = 0.03  # of the rows: to be filed next year
_FILED = 0.4  # of the projects that could file
_MOST_ENTERPRISES = 5_000
_SAME_PRODUCT = 0.3  # of the contracts on products: one more of the product before


_KNOWN: dict[str, Scenario] = {}  # by digest, one at a time


@dataclass(frozen=True)
class Skeleton:
    """What the pieces of one sample share: which stream, day and number each row has, and the enterprises."""

    digest: str
    content: dict[str, Any] = field(repr=False)
    """The composed scenario: a validated one does not travel to other processes."""
    seed: int
    as_of: date
    stream: np.ndarray
    """int8[row]: place among the streams."""
    place_in_stream: np.ndarray
    """int32[row]"""
    filed_on: np.ndarray
    """int64[row]: ordinal; MISSING where it is only planned."""
    filing_year: np.ndarray
    number: np.ndarray
    """int64[row]: of the filing year."""
    enterprises: Enterprises

    @property
    def scenario(self) -> Scenario:
        """Whose population and clauses these are."""
        if self.digest not in _KNOWN:
            _KNOWN[self.digest] = validate(Composition(self.content, {}, []))
        return _KNOWN[self.digest]

    @property
    def n(self) -> int:
        """Rows in all."""
        return len(self.stream)

    def piece(self, start: int) -> Skeleton:
        """The rows of one piece."""
        mine = slice(start, start + ROWS_AT_ONCE)
        return replace(self, stream=self.stream[mine], place_in_stream=self.place_in_stream[mine], filed_on=self.filed_on[mine],
                       filing_year=self.filing_year[mine], number=self.number[mine])


def lay_out(scenario: Scenario, rows: int, seed: int) -> Skeleton:
    """Streams by how many of them apply, days from the start of the programme to the day of the ledger, numbers by year."""
    population, years = scenario.model.population, scenario.model.years.filing
    rng = np.random.default_rng([seed, 1])
    as_of = date(max(years[1] - 1, years[0]), 10, 31)
    first = date(years[0], 1, 1).toordinal() + int(365 * population.programme_start.value)
    filed = max(rows - int(rows * _PLANNED), min(rows, 1))
    days = first + (np.arange(filed) + 0.5) / max(filed, 1) * (as_of.toordinal() - first)
    filed_on = np.concatenate([days.astype(np.int64), np.full(rows - filed, MISSING)])
    new_year = np.array([date(year, 1, 1).toordinal() for year in range(years[0], as_of.year + 1)])
    filing_year = np.where(filed_on == MISSING, as_of.year + 1, years[0] - 1 + np.searchsorted(new_year, filed_on, side="right"))
    begins = np.searchsorted(filing_year, filing_year)
    counts = _shared_out(np.array([_applications(scenario, stream) for stream in population.streams.values()]), rows)
    stream = rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int8), counts))
    place = np.empty(rows, np.int64)
    for code in range(len(counts)):
        mine = stream == code
        place[mine] = np.arange(mine.sum())
    pool = max(min(population.enterprises.value, _MOST_ENTERPRISES, rows * 3 // 5), 3)
    _KNOWN.clear()
    _KNOWN[scenario.digest] = scenario
    return Skeleton(scenario.digest, scenario.content, seed, as_of, stream, place, filed_on, filing_year, np.arange(rows) - begins + 1,
                    found_enterprises(scenario, pool, rng))


def pieces_of(skeleton: Skeleton) -> Iterator[tuple[Skeleton, int, int]]:
    """Work for `draw_piece`: the rows of a piece, where they begin, and how many there are in all."""
    for start in range(0, skeleton.n, ROWS_AT_ONCE):
        yield skeleton.piece(start), start, skeleton.n


def draw_piece(work: tuple[Skeleton, int, int]) -> dict[str, np.ndarray]:
    """The columns of one piece, as `Ledger.columns` holds them."""
    piece, start, rows = work
    scenario, n = piece.scenario, piece.n
    rng = np.random.default_rng([piece.seed, 2, start])
    columns = _empty(n)
    width = max(len(str(rows)), 5)
    numbered = zip(piece.filing_year.tolist(), piece.number.tolist(), strict=True)
    columns["project"] = np.array([f"JG-{year}-{number:0{width}d}" for year, number in numbered], object)
    columns["filed_on"], columns["filing_year"] = piece.filed_on.copy(), piece.filing_year.copy()
    kinds = list(scenario.model.population.streams.items())
    for code in np.unique(piece.stream).tolist():
        mine = np.flatnonzero(piece.stream == code)
        key, stream = kinds[code]
        _draw_stream(piece, columns, mine, key, stream, rng)
    decide(columns, scenario, piece.as_of, [kinds[code] for code in piece.stream.tolist()], rng)
    return columns


def _draw_stream(piece: Skeleton, columns: dict[str, np.ndarray], mine: np.ndarray, key: str, stream: Stream,
                 rng: np.random.Generator) -> None:
    """All rows of one stream: enterprise, amounts, instruments."""
    scenario, pool, n = piece.scenario, piece.enterprises, len(mine)
    draw = Draw(scenario, stream, piece.filing_year[mine], piece.place_in_stream[mine], rng)
    size = draw.size_classes()
    chosen = np.zeros(n, np.int64)
    for number, name in enumerate(SIZE_CLASSES):
        of_it = np.flatnonzero(size == number)
        chosen[of_it] = rng.choice(pool.of_size[name], len(of_it))
    products = any(scenario.model.policy.instruments[one].cap_scope.value == "product" for one in stream.files_for)
    again = (rng.random(n) < _SAME_PRODUCT) & (np.arange(n) > 0) & products
    source = np.maximum.accumulate(np.where(again, 0, np.arange(n)))
    chosen = chosen[source]
    for id_, values in (("enterprise", pool.name), ("uscc", pool.uscc), ("sector", pool.sector), ("district", pool.district)):
        columns[id_][mine] = values[chosen]
    of_class = np.empty(len(pool.name), object)
    for name in SIZE_CLASSES:
        of_class[pool.of_size[name]] = name
    columns["size"][mine] = of_class[chosen]
    columns["title"][mine] = [title_of(key, stream, int(number)) for number in rng.integers(0, 1000, n)]
    if products:
        columns["product"][mine] = [f"CP-{project[3:]}" for project in columns["project"][mine[source]].tolist()]
    sector = columns["sector"][mine].tolist()
    factors = stream.size_by_sector.value if stream.size_by_sector else {}
    for id_, values in amounts_of(draw, np.array([factors.get(name, 1.0) for name in sector])).items():
        columns[id_][mine] = values
    if products:
        columns["instruments"][mine] = columns["instruments"][mine[source]]
    scores = np.round(stream.score.value.ppf(rng.random(n)), 1)
    columns["score"][mine] = np.where(piece.filed_on[mine] == MISSING, np.nan, scores)


def _empty(n: int) -> dict[str, np.ndarray]:
    """Columns in which nothing stands yet."""
    nothing = {"number": np.nan, "money": MISSING, "share": MISSING, "points": MISSING, "year": MISSING, "years": MISSING, "date": MISSING}
    return {id_: np.full(n, nothing[column.kind]) if column.kind in nothing else np.full(n, "", object) for id_, column in COLUMNS.items()}


def _applications(scenario: Scenario, stream: Stream) -> float:
    """About how many of a stream apply in a year."""
    count = stream.count.value
    mean = count.negative_binomial.mean if count.negative_binomial else count.poisson or float(count.fixed or 0)
    if stream.count_of == "applications":
        return mean
    nodes = stream.size.value.ppf((np.arange(1000) + 0.5) / 1000)
    return mean * _FILED * float((nodes >= Draw.least_size(scenario, stream)).mean())


def _shared_out(weights: np.ndarray, rows: int) -> np.ndarray:
    """Whole numbers in proportion, every stream at least once where there are rows enough."""
    sure = np.minimum(weights > 0, 1) * (rows >= (weights > 0).sum())
    exact = weights / weights.sum() * (rows - sure.sum())
    counts = sure + np.floor(exact).astype(np.int64)
    counts[np.argsort(np.floor(exact) - exact, kind="stable")[: rows - counts.sum()]] += 1
    return counts
