"""What is printed as it comes in, kept for --json, and what failed."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width


@dataclass
class Report:
    """Tables and notes in the order in which they were measured; `figures` holds them as numbers."""

    say: Callable[[str], object] = print
    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        """Begin a section."""
        self.say(f"\n{text}\n{'─' * min(width(text), 120)}")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table whose first column is text and whose others are figures."""
        for line in lay_out(columns, rows):
            self.say(line)

    def note(self, text: str) -> None:
        """A sentence below a table."""
        self.say(f"  {text}")

    def keep(self, name: str, value: Any) -> None:
        """A figure, or several, for --json."""
        self.figures[name] = value

    def check(self, right: bool, what: str, wrong: str = "") -> bool:
        """A check of correctness: without it the figures mean nothing, and the run ends with 1."""
        self.note(f"{'ok' if right else 'FAILED'}: {what}{'' if right or not wrong else f' ({wrong})'}")
        if not right:
            self.failures.append(f"{what}{f' ({wrong})' if wrong else ''}")
        return right

    def save(self, file: Path) -> None:
        """Everything as JSON."""
        everything = self.figures | {"failures": self.failures}
        file.write_text(json.dumps(everything, indent=1, ensure_ascii=False, default=as_json) + "\n", "utf-8")


def lay_out(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column to the left, all others to the right."""
    widths = [max(width(row[i]) for row in (columns, *rows)) for i in range(len(columns))]
    lines = ["  ".join(_padded(cell, widths[i], left=i == 0) for i, cell in enumerate(row)).rstrip() for row in (columns, *rows)]
    return [f"  {line}" for line in (lines[0], "─" * (sum(widths) + 2 * len(widths) - 2), *lines[1:])]


def width(text: str) -> int:
    """Columns that a text takes on a screen."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, wanted: int, left: bool) -> str:
    space = " " * (wanted - width(text))
    return text + space if left else space + text


def as_json(value: Any) -> Any:
    """Numbers of NumPy, named tuples of it, and paths."""
    if hasattr(value, "item"):
        return value.item()
    return str(value)
