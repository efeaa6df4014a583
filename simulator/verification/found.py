"""What a brief carries besides its text: the inventory of its numbers, and each number as a reader reads it now."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.brief.document import FORMAT
from simulator.errors import SimulatorError
from simulator.language import LANGUAGES, tr

_OWN = ("id", "of", "text", "in")
_STAMPS = ("run", "seal", "scenario")
# What was typed right before or behind a mark belongs to the number that is read: 1 before 69.96 is 169.96. P95 before it does not.
_BEFORE = re.compile(r"(?<![A-Za-z\d.,])\d[\d.,]*$|(?<![A-Za-z\d%)])[-+]$")
_BEHIND = re.compile(r"[.,]?\d+([.,]\d+)*")
_WIDE = str.maketrans("−－＋．", "--+.")
MARK = "…"
"""What stands in a line for a number that is marked."""


@dataclass(frozen=True)
class Found:
    """A brief as it was found."""

    inventory: dict[str, Any]
    texts: Mapping[str, Sequence[str]]
    """By its id, what stands in every place that is marked as this number."""
    lines: Sequence[str] = ()
    """Everything else that a reader reads: paragraphs and cells, with … for each number that is marked."""


def plain(text: str) -> str:
    """A number without what makes no difference: full-width digits, blanks, which sign is minus."""
    return "".join(unicodedata.normalize("NFKC", text).replace("−", "-").split())


@dataclass
class Marks:
    """Collects numbers from a text that streams by, line by line, with their marks."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)
    _length: int = 0
    _open: list[tuple[str, int]] = field(default_factory=list)
    _closed: list[tuple[str, int, int]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Text goes by."""
        self._line.append(text)
        self._length += len(text)

    def begin(self, name: str) -> None:
        """A mark begins."""
        self._open.append((name, self._length))

    def end(self, name: str) -> None:
        """The mark of this name ends, the innermost if there are several."""
        place = next(i for i in reversed(range(len(self._open))) if self._open[i][0] == name)
        _, start = self._open.pop(place)
        self._closed.append((name, start, self._length))

    def end_line(self) -> None:
        """What follows is no neighbour of what went by; a mark that is still open goes on."""
        if self._open:
            return
        line, between, at = "".join(self._line), [], 0
        for start, end, name in sorted((start, end, name) for name, start, end in self._closed if line[start:end].strip()):
            start, end = _as_read(line, start, end)
            self.texts.setdefault(name, []).append(line[start:end].strip())
            if start >= at:
                between += [line[at:start], MARK]
            at = max(at, end)
        self.lines.append("".join([*between, line[at:]]).strip())
        self._line, self._length, self._closed = [], 0, []


def _as_read(line: str, start: int, end: int) -> tuple[int, int]:
    """From where to where the number is read that is marked, with digits that stand right beside it."""
    even = line.translate(_WIDE)
    head, tail = _BEFORE.search(even, max(start - 40, 0), start), _BEHIND.match(even, end, end + 40)
    return head.start() if head else start, tail.end() if tail else end


def read_inventory(text: str | None, file: Path) -> dict[str, Any]:
    """The inventory from its JSON.

    Raises
    ------
    SimulatorError
        If there is none, or it is damaged, or of a later program.
    """
    if text is None:
        raise SimulatorError(tr(f"{file} 不带数字清单，无法核对：不是 subsidysim 的简报，或清单已被去掉；请用 subsidysim brief 重做",
                                f"{file} holds no inventory of its numbers: it is no brief of subsidysim, or another program has removed "
                                "it; make it again with subsidysim brief"))
    try:
        inventory = json.loads(text)
        wrong = _is_wrong(inventory)
    except (ValueError, RecursionError):
        wrong = True
    if wrong:
        raise SimulatorError(tr(f"{file} 的数字清单已损坏；请用 subsidysim brief 重新生成",
                                f"the inventory of numbers in {file} is damaged; make it again with subsidysim brief"))
    if inventory["format"] != FORMAT:
        raise SimulatorError(tr(f"{file} 的数字清单是另一版本的格式（{inventory['format']!s:.20}）；请用生成它的 subsidysim 版本核对",
                                f"the inventory in {file} has the format of another version ({inventory['format']!s:.20}); "
                                "verify with the subsidysim that made it"))
    return dict(inventory)


def _is_wrong(inventory: Any) -> bool:
    """Whether it is not what a brief carries."""
    if not isinstance(inventory, dict) or "format" not in inventory or not isinstance(inventory.get("numbers"), list):
        return True
    levers = inventory.get("levers")
    run = inventory.get("run")
    return (any(not isinstance(inventory.get(name), str) for name in _STAMPS) or inventory.get("lang") not in LANGUAGES
            or run in ("", ".", "..") or bool(re.search(r"[/\\:\0]", str(run)))
            or not (levers is None or (isinstance(levers, list) and len(levers) == 2 and all(isinstance(each, str) for each in levers)))
            or any(not isinstance(number, dict) or any(not isinstance(number.get(name), str) for name in _OWN)
                   for number in inventory["numbers"]))
