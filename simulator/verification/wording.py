"""What stands around the marks: words, units, and numbers that nobody marked, against the text as the program writes it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.verification.found import plain

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Wording:
    """How the lines of a text differ from those that were written."""

    renumbered: tuple[tuple[str, str], ...]
    """Lines in which nothing but digits was altered, as they stand and as they were written."""
    reworded: tuple[str, ...]
    """Lines that were written otherwise, or not at all."""
    missing: int
    """How many lines that were written are no longer there: deleted or reworded."""


def compare_lines(lines: Sequence[str], written: Sequence[str]) -> Wording:
    """Compare a text with that which was written. Where lines stand, and how often, makes no difference.

    Lines are paragraphs and cells; blanks and full-width digits are not told apart.
    """
    here, there = _by_text(lines), _by_text(written)
    excess, lost = Counter(map(plain, lines)), Counter(map(plain, written))
    excess, lost = excess - lost, lost - excess
    renumbered, reworded = [], []
    for text in [text for text in here if text in excess]:
        twin = next((other for other in lost if _NUMBER.sub("#", other) == _NUMBER.sub("#", text)), None)
        if twin is not None:
            lost -= Counter([twin])
            renumbered.append((here[text], there[twin]))
        elif text not in there:
            reworded.append(here[text])
    return Wording(tuple(renumbered), tuple(reworded), lost.total())


def _by_text(lines: Sequence[str]) -> dict[str, str]:
    """Every line that says something, by what it says."""
    return {text: line for line in lines if (text := plain(line))}


def differing(now: str, right: str) -> tuple[str, str]:
    """The numbers in which two lines differ, in their order: 2027 and 2026."""
    pairs = [pair for pair in zip(_NUMBER.findall(plain(now)), _NUMBER.findall(plain(right)), strict=True) if pair[0] != pair[1]]
    return ", ".join(one for one, _ in pairs), ", ".join(other for _, other in pairs)
