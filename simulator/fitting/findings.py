"""What a fit found: figures with their errors, how well they fit, what was left, and what the population file will state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simulator.fitting.rates import Estimate
from simulator.language import tr
from simulator.units import with_error


@dataclass(frozen=True)
class Parameter:
    """One figure."""

    stream: str
    """Key of the stream; "": of all."""
    name: str
    item: str
    """The sector, month, class or way of finance that it is about; "": none."""
    value: float
    error: float
    """Standard error."""
    n: int
    """Rows behind it."""
    unit: str
    """CNY, 1 (a share, a factor, a plain number), 1/year or year."""
    note: str = ""


@dataclass(frozen=True)
class Goodness:
    """How well a fitted distribution fits."""

    stream: str
    what: str
    test: str
    statistic: float
    p: float
    n: int


@dataclass(frozen=True)
class Left:
    """What stays as in the base population, and why."""

    stream: str
    what: str
    why: str


@dataclass
class Fitted:
    """All that a ledger tells about a population. `statements` holds what the file will state, by path."""

    file: str
    digest: str
    scenario: str
    base: str
    """What a scenario that extends it writes: the name of a shipped one, or the path of its file."""
    n: int
    parameters: list[Parameter] = field(default_factory=list)
    goodness: list[Goodness] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    statements: dict[tuple[str, ...], Any] = field(default_factory=dict)
    drivers: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """What a population cannot state: values of the scenario, by path."""

    def add(self, stream: str, name: str, found: Estimate, unit: str = "1", item: str = "", note: str = "") -> None:
        """A figure."""
        self.parameters.append(Parameter(stream, name, item, found.value, found.error, found.n, unit, note))

    def leave(self, stream: str, what: str, why: str) -> None:
        """Something stays as it is in the base."""
        self.left.append(Left(stream, what, why))

    def state(self, path: tuple[str, ...], value: Any, n: int, *said: str) -> None:
        """The file will state this, computed from n rows."""
        self.statements[path] = self._valued(value, n, said)

    def drive(self, path: tuple[str, ...], value: Any, n: int, *said: str) -> None:
        """A scenario should state this."""
        self.drivers[path] = self._valued(value, n, said)

    def _valued(self, value: Any, n: int, said: tuple[str, ...]) -> dict[str, Any]:
        first = tr(f"由台账 {n} 项估计", f"estimated from {n} rows of the ledger")
        note = tr("；", "; ").join([first, *filter(None, said)])
        return {"value": value, "basis": "computed", "note": note, "source": f"{self.file} {self.digest[:12]}"}

    def of(self, stream: str, name: str, item: str = "") -> Parameter | None:
        """One figure, if it was found."""
        return next((p for p in self.parameters if (p.stream, p.name, p.item) == (stream, name, item)), None)


SCALES = {"CNY": 1e4, "1": 1.0, "1/year": 1.0, "year": 1.0, "share": 0.01}


def shown(found: Estimate | Parameter, unit: str = "1") -> str:
    """A figure with its error, in 万元 or per cent where it is an amount or a share."""
    ending = {"CNY": tr("万元", " (10^4 CNY)"), "share": "%"}.get(unit, "")
    return with_error(found.value, found.error, SCALES[unit]) + ending


def too_few(n: int, fewest: int = 30) -> str:
    """Why something is left."""
    return tr(f"只有 {n} 项，少于 {fewest} 项", f"{n} rows, fewer than {fewest}")
