"""What stands around the marks: words, units, places and numbers that nobody marked, against the text as the program writes it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.verification.found import Line, plain, without_marks

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Wording:
    """How the lines of a text differ from those that were written."""

    renumbered: tuple[tuple[str, str], ...]
    """Lines in which nothing but numbers was altered or has changed places, as they stand and as they were written."""
    reworded: tuple[str, ...]
    """Lines that were written otherwise, or not at all."""
    missing: tuple[str, ...]
    """Lines that were written and are no longer there: deleted or reworded."""


def compare_lines(lines: Sequence[Line], written: Sequence[Line]) -> Wording:
    """Compare a text with that which was written. Where lines stand, and whether they were copied, makes no difference.

    Lines are paragraphs and rows of tables; blanks and full-width signs are not told apart.
    """
    there = {plain(line.form) for line in written}
    lost: dict[str, list[Line]] = {}
    for line in _beyond(written, lines):
        lost.setdefault(_skeleton(line), []).append(line)
    renumbered, reworded = [], []
    for line in _beyond(lines, written):
        if twins := lost.get(_skeleton(line)):
            twin = twins.pop(0)
            if plain(twin.text) != plain(line.text):
                renumbered.append((line.text, twin.text))
        elif plain(line.form) not in there:
            reworded.append(line.text)
    return Wording(tuple(renumbered), tuple(reworded), tuple(line.text for twins in lost.values() for line in twins))


def _beyond(lines: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    """Lines that the others have not, or not so often."""
    left = Counter(plain(line.form) for line in lines)
    left -= Counter(plain(line.form) for line in others)
    found = []
    for line in lines:
        if left[form := plain(line.form)] > 0:
            left[form] -= 1
            found.append(line)
    return found


def _skeleton(line: Line) -> str:
    """What is left of a line without its numbers, marked or not."""
    return _NUMBER.sub("#", without_marks(plain(line.form), "#"))


def differing(now: str, right: str) -> tuple[str, str]:
    """The numbers in which two lines differ, in their order: 2027 and 2026; the lines, where their numbers cannot be paired."""
    numbers = [_NUMBER.findall(plain(line)) for line in (now, right)]
    if len(numbers[0]) != len(numbers[1]) or numbers[0] == numbers[1]:
        return now, right
    pairs = [pair for pair in zip(*numbers, strict=True) if pair[0] != pair[1]]
    return ", ".join(one for one, _ in pairs), ", ".join(other for _, other in pairs)
