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
_STAMPS = ("run", "seal", "scenario", "program")
# What was typed right before or behind a mark belongs to the number that is read: 1 before 69.96 is 169.96. P95 before it does not.
_BEFORE = re.compile(r"(?<![A-Za-z\d.,])\d[\d.,]*$|(?<![A-Za-z\d%)])[-+]$")
_BEHIND = re.compile(r"[.,]?\d+([.,]\d+)*")
_WIDE = str.maketrans("−－＋．", "--+.")  # sign by sign; a wide comma parts clauses, not digits
_EVEN = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {ord("−"): "-"}
ID = re.compile(r"n\d{1,7}")
"""Of a number: n24."""
CELL = " | "
"""Between the cells of a row."""
_APART = " |\t\r\n\u3000"
_MARK, _DIGIT = "\ue0ff", 0xE100  # of a mark in a line: signs of the private use area, so that the digits of ids are no numbers


@dataclass(frozen=True)
class Line:
    """A paragraph or a row of a table."""

    text: str
    """As it is read."""
    form: str
    """With marks in the place of the numbers that are marked: what is compared."""


@dataclass(frozen=True)
class Found:
    """A brief as it was found."""

    inventory: dict[str, Any]
    texts: Mapping[str, Sequence[str]]
    """By its id, what stands in every place that is marked as this number."""
    lines: Sequence[Line] = ()
    """All that a reader reads."""


def plain(text: str) -> str:
    """A text without what makes no difference: full-width signs, blanks, signs that are not seen, which sign is minus."""
    return "".join(sign for sign in text.translate(_EVEN) if not sign.isspace() and unicodedata.category(sign) != "Cf")


def _mark(name: str) -> str:
    """A mark in the form of a line: n24 in signs that are no digits."""
    return _MARK + "".join(chr(_DIGIT + int(digit)) for digit in name if digit.isdecimal())


def without_marks(form: str, instead: str) -> str:
    """The form of a line with something else for every mark."""
    return re.sub(f"{_MARK}[{chr(_DIGIT)}-{chr(_DIGIT + 9)}]*", instead, form)


@dataclass
class Marks:
    """Collects lines and marked numbers from a text that streams by."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    _line: list[str] = field(default_factory=list)
    _length: int = 0
    _open: list[tuple[str, int, bool]] = field(default_factory=list)
    _closed: list[tuple[int, int, str, bool]] = field(default_factory=list)
    _outer: list[tuple[list[str], int, list[tuple[str, int, bool]], list[tuple[int, int, str, bool]]]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Text goes by."""
        self._line.append(text)
        self._length += len(text)

    def begin(self, name: str, *, weak: bool = False) -> None:
        """A mark begins; a weak one counts only where no other of its name lies within it."""
        self._open.append((name, self._length, weak))

    def end(self, name: str, *, weak: bool = False) -> None:
        """The innermost mark of this name ends, if one is open."""
        for place in reversed(range(len(self._open))):
            if (self._open[place][0], self._open[place][2]) == (name, weak):
                self._closed.append((self._open.pop(place)[1], self._length, name, weak))
                return

    def end_all(self) -> None:
        """Marks do not go on beyond a paragraph: one whose end was lost would swallow what follows."""
        while self._open:
            name, _, weak = self._open[-1]
            self.end(name, weak=weak)

    def end_line(self) -> None:
        """What follows is no neighbour of what went by."""
        self.end_all()
        line, form, at = "".join(self._line), [], 0
        for start, end, name in sorted(self._counted(line)):
            first, last = _as_read(line, start, end)
            self.texts.setdefault(name, []).append(line[first:last].strip())
            if first >= at:  # a mark within another one is part of it
                form += [line[at:first], _mark(name)]
            at = max(at, last)
        if text := line.strip(_APART):
            self.lines.append(Line(" ".join(text.split()), "".join([*form, line[at:]]).strip(_APART)))
        self._line, self._length, self._closed = [], 0, []

    def _counted(self, line: str) -> list[tuple[int, int, str]]:
        """The marks of a line that hold something."""
        strong = [(start, end, name) for start, end, name, weak in self._closed if not weak]
        alone = [(start, end, name) for start, end, name, weak in self._closed
                 if weak and not any(other == name and start <= first and last <= end for first, last, other in strong)]
        return [each for each in (*strong, *alone) if line[each[0]:each[1]].strip()]

    def begin_aside(self) -> None:
        """A text box begins in the midst of a line: what it holds are lines of its own."""
        self._outer.append((self._line, self._length, self._open, self._closed))
        self._line, self._length, self._open, self._closed = [], 0, [], []

    def end_aside(self) -> None:
        """The line goes on in which the text box is anchored."""
        self.end_line()
        self._line, self._length, self._open, self._closed = self._outer.pop()


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
