"""Lines of a title: of like length, and broken where a reader would break them."""

from __future__ import annotations

import math
import re

from simulator.charts.wrapping import ems

# Behind 》 or · a title is broken first; then before 和, behind 的 and 、; elsewhere only where there is no such place.
_FIRST, _THEN = re.compile(r"(?<=》)(?=.)| · "), re.compile(r"(?=[和与及])|(?<=[的、：，])")
_WITHIN_A_WORD = re.compile(r"(?<=[!-~])(?=[!-~])|(?=[》），、：])|(?<=[《（])")
_SHIFT = 4.0  # characters of difference that a good place is worth


def title_lines(text: str, room: float) -> list[str]:
    """The lines of a title where one holds `room` characters: as few as it takes, and none of them nearly empty."""
    if ems(text) <= room:
        return [text]
    if place := _cut(text, [match.span() for match in _FIRST.finditer(text)], room):
        before, behind = text[:place[0]], text[place[1]:]
        return [*title_lines(before, room), *title_lines(behind, room)]
    return _even(text, room)


def _cut(text: str, places: list[tuple[int, int]], room: float) -> tuple[int, int] | None:
    """The place that leaves the fewest lines, and of these the most even ones."""
    def cost(place: tuple[int, int]) -> tuple[int, float]:
        sides = ems(text[:place[0]]), ems(text[place[1]:])
        return sum(math.ceil(side / room) for side in sides), abs(sides[0] - sides[1])

    return min(places, key=cost, default=None)


def _even(text: str, room: float) -> list[str]:
    """Lines of like length, each cut at a good place if there is one near."""
    n = math.ceil(ems(text) / room)
    if n < 2:
        return [text]
    share = ems(text) / n
    good = {match.start() for match in _THEN.finditer(text)}
    within = {match.start() for match in _WITHIN_A_WORD.finditer(text)}
    fitting = [i for i in range(1, len(text)) if i not in within and ems(text[:i]) <= room and ems(text[i:]) <= (n - 1) * room]
    if not fitting:
        return [text]  # whatever shows it breaks it
    place = min(fitting, key=lambda i: abs(ems(text[:i]) - share) - (_SHIFT if i in good else 0.0))
    return [text[:place], *_even(text[place:], room)]
