"""Lines of a text that fit, broken where a reader would: at blanks, or between Chinese characters, never before a sign that closes."""

from __future__ import annotations

import re

from simulator.fonts import width_in_ems as ems

_PIECES = re.compile(r"CNY [−+]?[0-9.,]+ (?:bn|million|m)\b|[0-9A-Za-z.,%±−+<>=/_-]+(?:万亿元|亿元|万元|万吨标煤|年|%)?| |.")
_NEVER_FIRST = "，。；：、）”〕》？！,.;:)]%"
_NEVER_LAST = "（“〔《("

__all__ = ["ems", "wrap", "wrap_short"]


def wrap(text: str, width: float) -> list[str]:
    """Lines of at most this many Chinese characters, about equally long; numbers stay with their units."""
    if ems(text) <= width:
        return [text]
    lines = _broken(text, width)
    even = ems(text) / len(lines)
    for step in (1.0, 2.0, 3.0):
        if even + step < width and len(better := _broken(text, even + step)) == len(lines):
            return better
    return lines


def wrap_short(text: str, width: float, most: int) -> list[str]:
    """At most so many lines; what is longer ends in an ellipsis, after a whole word."""
    lines = wrap(text, width)
    while len(lines) > most:
        text = re.sub(r"(?: ?[!-~]+|.) ?…?$", "", text) + "…"
        lines = wrap(text, width)
    return lines


def _broken(text: str, width: float) -> list[str]:
    lines, line = [], ""
    for piece in _PIECES.findall(text):
        if ems((line + piece).rstrip()) > width and line and piece not in _NEVER_FIRST:
            held = ""
            while line and line[-1] in _NEVER_LAST:
                line, held = line[:-1], line[-1] + held
            lines.append(line.rstrip())
            line = held
        line += piece if line or piece != " " else ""
    return [*lines, line.rstrip()]
