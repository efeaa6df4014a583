"""The brief before it is Word, a page or PDF: headings, paragraphs, tables and figures, whose numbers know where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.charts.grid import Grid
from simulator.statements import Number, Statement

FORMAT = 1  # of the inventory
NAMESPACE = "urn:subsidysim:brief"  # of the inventory in a Word file


@dataclass(frozen=True)
class Heading:
    """The title of a section (level 1) or of a part of it (level 2), with its number: 一、结论."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; `note` is smaller, below a table or a figure."""

    statement: Statement
    note: bool = False


@dataclass(frozen=True)
class Table:
    """A native table; its caption, numbered, stands above."""

    number: int
    grid: Grid
    widths: Sequence[float] = ()
    """Shares of the columns; equal where empty."""


@dataclass(frozen=True)
class Figure:
    """A chart; its caption, numbered, stands below and is the finding."""

    number: int
    kind: str
    caption: Statement
    alt: str
    """What a reader who cannot see it should know."""


@dataclass(frozen=True)
class Definitions:
    """Terms and their meanings."""

    items: Sequence[tuple[str, str]]


Block = Heading | Paragraph | Table | Figure | Definitions


@dataclass(frozen=True)
class Brief:
    """A whole brief."""

    title: str
    subtitle: str
    """Which run and scenario."""
    blocks: Sequence[Block]
    origin: dict[str, Any] = field(default_factory=dict)
    """What `verify` needs to compute it again: run, seal, scenario, lang, levers, program."""

    @property
    def figures(self) -> list[Figure]:
        """In their order."""
        return [block for block in self.blocks if isinstance(block, Figure)]

    def marks(self) -> Iterator[tuple[Number, str]]:
        """Every number in the order in which it is read, with the heading below which it stands."""
        place = self.title
        for block in self.blocks:
            if isinstance(block, Heading):
                place = block.text
            for number in numbers_of(block):
                yield number, place

    def inventory(self) -> dict[str, Any]:
        """The origin, and of every number its id, address, text and place: what a file carries besides its text."""
        numbers = [{"id": f"n{i}", "of": number.address, "text": number.text, "in": place}
                   for i, (number, place) in enumerate(self.marks(), 1)]
        return {**self.origin, "numbers": numbers}


def numbers_of(block: Block) -> Iterator[Number]:
    """The numbers of a block, in the order in which they are read: of a table row by row."""
    if isinstance(block, Paragraph):
        yield from block.statement.numbers
    elif isinstance(block, Figure):
        yield from block.caption.numbers
    elif isinstance(block, Table):
        yield from (cell for row in block.grid.rows for cell in row if isinstance(cell, Number))


class Numbering:
    """Hands out the ids n1, n2, ... as a writer comes to the numbers; refuses any other order than that of the inventory."""

    def __init__(self, brief: Brief) -> None:
        self._expected = iter(enumerate((number for number, _ in brief.marks()), 1))

    def take(self, number: Number) -> str:
        """The id of the next number, which must be this one."""
        i, expected = next(self._expected)
        if expected is not number:
            raise ValueError(f"n{i}: {expected.address} was to come, not {number.address}")
        return f"n{i}"
