"""From the rows of a ledger to the applications of each stream: who belongs where, and what counts as one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.ledger.columns import MISSING, PER_FEN, PER_ONE
from simulator.scenario import Scenario
from simulator.schema import Stream

_ROUNDING = 1e-9
# The column that the size of a stream is read from, by the base of its first instrument; all others: the investment.
_SIZES = {base: base for base in ("contract", "certification_contract", "software_sales", "incremental_investment")}
# What the title, else the sector, says about the kind of a product, where streams differ by `part` only.
_WORDS = {"equipment": ("首台套",), "software": ("首版次", "软件"), "material": ("首批次", "新材料", "材料")}


class Table:
    """The columns of a ledger as floats in CNY, shares of 1, years, and texts; nan and "" where nothing stands."""

    def __init__(self, columns: dict[str, np.ndarray]):
        self.columns = columns
        self.n = len(next(iter(columns.values()))) if columns else 0

    def has(self, name: str) -> bool:
        """Whether the ledger has this column."""
        return name in self.columns

    def numbers(self, name: str, per: int = 1) -> np.ndarray:
        """A column of numbers, whole ones over `per`."""
        values = self.columns.get(name)
        if values is None:
            return np.full(self.n, np.nan)
        if values.dtype.kind == "f":
            return values
        return np.where(values == MISSING, np.nan, values / per)

    def money(self, name: str) -> np.ndarray:
        """Amounts. [CNY]"""
        return self.numbers(name, PER_FEN)

    def shares(self, name: str) -> np.ndarray:
        """Shares and rates as fractions of 1."""
        return self.numbers(name, PER_ONE)

    def texts(self, name: str) -> np.ndarray:
        """Texts."""
        values = self.columns.get(name)
        return np.full(self.n, "", object) if values is None else values

    def months(self) -> np.ndarray:
        """Months of filing since January of year 0, -1 where there is no date: int64[n]."""
        dates = self.columns.get("filed_on")
        if dates is None:
            return np.full(self.n, -1)
        days = np.where(dates == MISSING, 1, dates) - np.datetime64("1970-01-01", "D").astype(object).toordinal()
        return np.where(dates == MISSING, -1, days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12)

    def years(self) -> np.ndarray:
        """Filing years, from the date where none is stated; 0: unknown."""
        stated, months = self.numbers("filing_year"), self.months()
        return np.where(np.isfinite(stated), np.nan_to_num(stated), np.maximum(months, 0) // 12).astype(np.int64)


@dataclass(frozen=True)
class Applications:
    """The applications of one stream."""

    key: str
    stream: Stream
    rows: np.ndarray
    """The row of each, the first one where several contracts of a product stand in rows of their own."""
    sizes: np.ndarray
    """What the stream's first clause looks at; nan: not stated. [CNY]"""
    contracts: np.ndarray
    """Rows of each."""
    threshold: float
    """Below this no clause pays, so nobody files; 0: none. [CNY]"""
    below: int = 0
    """Rows that lie below it and are left out."""

    @property
    def n(self) -> int:
        """Their number."""
        return len(self.rows)

    def that_reach_it(self) -> Applications:
        """Without those that lie below the threshold."""
        small = self.sizes < self.threshold * (1 - _ROUNDING)
        return replace(self, rows=self.rows[~small], sizes=self.sizes[~small], contracts=self.contracts[~small], below=int(small.sum()))


def applications_of(table: Table, scenario: Scenario) -> tuple[list[Applications], list[str]]:
    """The applications of every stream that occurs, and the streams whose rows the ledger cannot tell from another's."""
    streams = scenario.model.population.streams
    rules = scenario.model.policy.instruments
    place, untold = streams_of(table, scenario)
    found = []
    for code, (key, stream) in enumerate(streams.items()):
        rows = np.flatnonzero(place == code)
        if not len(rows):
            continue
        first = rules[stream.files_for[0]]
        column = _SIZES.get(first.base.value, "investment")
        sizes = table.money(column)[rows]
        if column == "investment":
            sizes = np.where(np.isfinite(sizes), sizes, table.money("approved_investment")[rows])
        thresholds = [rules[name].threshold for name in stream.files_for]
        least = min((each.value or 0.0) if each else 0.0 for each in thresholds)
        contracts = np.ones(len(rows))
        if first.cap_scope.value == "product":
            rows, sizes, contracts = _by_product(table.texts("product")[rows], rows, sizes)
        found.append(Applications(key, stream, rows, np.where(sizes > 0, sizes, np.nan), contracts, least))
    return found, untold


def streams_of_all(table: Table, scenario: Scenario, rows: np.ndarray) -> np.ndarray:
    """The code of each of these rows' stream: int64[len(rows)].

    Raises
    ------
    SimulatorError
        Where no stream of the population files for what a row files for.
    """
    some = Table({id_: values[rows] for id_, values in table.columns.items()} | {"status": np.full(len(rows), "filed", object)})
    places, _ = streams_of(some, scenario)
    if (places < 0).any():
        row = int(np.flatnonzero(places < 0)[0])
        filed, project = some.texts("instruments")[row], some.texts("project")[row]
        raise SimulatorError(tr(f"申报对象中没有申报 {filed} 的类别（如项目 {project}）；在 streams 的 files_for 中写上它",
                                f"no stream of the population files for {filed} (project {project}); name it in `files_for` of a stream"))
    return places


def _by_product(products: np.ndarray, rows: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One application a product: its first row, the sum of its contracts, and their number."""
    own = np.array([product or f"\0{row}" for product, row in zip(products, rows, strict=True)], object).astype(str)
    _, first, place = np.unique(own, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return rows[first[order]], np.bincount(place, sizes)[order], np.bincount(place)[order].astype(float)


def streams_of(table: Table, scenario: Scenario) -> tuple[np.ndarray, list[str]]:
    """The code of each row's stream, -1 for planned ones and for instruments that no stream files for."""
    streams = scenario.model.population.streams
    keys = list(streams)
    texts, tiers = table.texts("instruments").astype(str), table.texts("tier").astype(str)
    place, untold = np.full(table.n, -1), []
    kinds, kind = np.unique(np.char.add(np.char.add(texts, "\t"), tiers), return_inverse=True)
    for code, both in enumerate(kinds):
        filed, tier = both.split("\t")
        choice = _candidates(streams, filed.split(";"), tier)
        mine = np.flatnonzero((kind == code) & (table.texts("status") != "planned"))
        if choice and len(mine):
            parts = [keys.index(key) for key in choice]
            place[mine] = parts[0]
            if len(choice) > 1:
                told = [_told(streams[key]) for key in choice]
                place[mine] = _by_words(table, mine, parts, told)
    for key, stream in streams.items():  # kinds of product that are nowhere named apart from the first
        alike = [k for k in keys if streams[k].files_for[0] == stream.files_for[0] and _told(streams[k])]
        mine_here = (place == keys.index(key)).any()
        if _told(stream) and not mine_here and key != alike[0] and (place == keys.index(alike[0])).any():
            untold.append(key)
    return place, untold


def _candidates(streams: dict[str, Stream], filed: list[str], tier: str) -> list[str]:
    """The streams that file for all of these, before all those whose first instrument is among them; else for the first."""
    whole = [key for key, stream in streams.items() if set(filed) <= set(stream.files_for)]
    leading = [key for key in whole if streams[key].files_for[0] in filed]
    found = leading or whole or [key for key, stream in streams.items() if filed[0] in stream.files_for]
    if any(streams[key].tier for key in found):
        return [key for key in found if streams[key].tier == tier][:1] or found[:1]
    return found if len(found) > 1 and _told(streams[found[0]]) else found[:1]


def _told(stream: Stream) -> tuple[str, ...]:
    """Words by which a title tells this stream from those that file for the same."""
    return _WORDS.get((stream.part or "").rpartition(".")[2], ()) if stream.tier is None else ()


def _by_words(table: Table, rows: np.ndarray, parts: list[int], told: list[tuple[str, ...]]) -> np.ndarray:
    """The stream of each row whose words stand in its title, else in its sector; the first where none does."""
    place = np.full(len(rows), -1)
    for column in ("title", "sector"):
        texts = table.texts(column)[rows]
        for part, words in zip(parts, told, strict=True):
            here = np.array([any(word in text for word in words) for text in texts], bool)
            place[(place < 0) & here] = part
    return np.where(place < 0, parts[0], place)
