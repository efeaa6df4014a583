"""The bar: what is required, what would be better still, what was measured, and whether that is enough."""

from collections.abc import Sequence
from typing import NamedTuple

from tests.benchmarks.report import Report
from tests.benchmarks.timing import number


class Line(NamedTuple):
    """One line of the bar; `measured` is None where nothing was measured, and `why` then says why."""

    name: str
    required: float
    stretch: float | None
    measured: float | None
    unit: str = "x"
    at_least: bool = True
    why: str = "not measured"


def reaches(value: float, limit: float, at_least: bool) -> bool:
    """Whether a value is good enough."""
    return value >= limit if at_least else value <= limit


def verdict(line: Line) -> str:
    """In a word or two."""
    if line.measured is None:
        return "—"
    if not reaches(line.measured, line.required, line.at_least):
        return "no"
    if line.stretch is not None and reaches(line.measured, line.stretch, line.at_least):
        return "yes, stretch too"
    return "yes"


def cells(line: Line) -> list[str]:
    """The line as text."""
    if line.unit == "yes":
        return [line.name, "yes", "yes", line.why if line.measured is None else ("yes" if line.measured else "no"), verdict(line)]
    sign = "≥" if line.at_least else "≤"
    limits = [f"{sign} {limit:g} {line.unit}" if limit is not None else "—" for limit in (line.required, line.stretch)]
    measured = line.why if line.measured is None else f"{number(line.measured)} {line.unit}"
    return [line.name, *limits, measured, verdict(line)]


def print_bar(report: Report, lines: Sequence[Line]) -> None:
    """The table that comes last."""
    report.title("The bar")
    report.table(["", "required", "stretch", "measured", "met?"], [cells(line) for line in lines])
    report.keep("bar", [line._asdict() | {"met": verdict(line)} for line in lines])
