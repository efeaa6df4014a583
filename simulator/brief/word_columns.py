"""How wide the columns of a table in Word are, and in which size its text stands: no number and no word is broken."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.brief.document import Table
from simulator.brief.word_styles import CELL_MARGIN, STYLES, TEXT_WIDTH, chosen
from simulator.charts.grid import Column
from simulator.charts.wrapping import ems
from simulator.statements import Number, Quoted

_STYLES = ("Cell", "SmallCell", "TinyCell")
_MOST_LINES = 4  # of a text in a cell of the largest size
_SHORT = 4.0  # characters of a text that is not broken
_HEAD_LINES, _HEAD_WIDTH = 2, 8.0  # the heads of rows take two lines at most, unless that took more than so many characters
_LONGEST_WORD = 9.0  # characters that are kept together, such as of a digest
_WORD = re.compile(r"[!-~−±–]+")
_LEAST_ROOM = 1.03  # for fonts that are a little wider
_ROOM = 1.28  # for DejaVu Serif: what stands in on Linux where neither Times New Roman nor one of its measures is installed


def is_of_figures(column: Column) -> bool:
    """Whether it holds numbers and nothing else: they stand below each other, to the right."""
    return any(map(_is_figure, column.cells)) and all(_is_figure(cell) or str(cell) in ("", "—") for cell in column.cells)


def fit(table: Table) -> tuple[str, list[int]]:
    """The style of the cells, as large as it may be, and the widths of the columns [twips].

    As shared out, unless something would break or stand close.
    """
    columns = table.grid.columns
    shares = table.widths or [1.0] * len(columns)
    for style in _STYLES:
        size = chosen(STYLES[style].size)
        wants = [_need(column, size, _ROOM, j == 0) for j, column in enumerate(columns)]
        needs = [_need(column, size, _LEAST_ROOM) for column in columns]
        if sum(wants) <= TEXT_WIDTH:
            widths = _shared(shares, wants)
            if style != _STYLES[0] or _is_terse(columns, widths):
                return style, [round(width) for width in widths]
        elif style != _STYLES[0] and sum(needs) <= TEXT_WIDTH:
            part = (TEXT_WIDTH - sum(needs)) / (sum(wants) - sum(needs))
            return style, [round(need + part * (want - need)) for need, want in zip(needs, wants, strict=True)]
    return style, [round(TEXT_WIDTH * need / sum(needs)) for need in needs]


def _shared(shares: Sequence[float], needs: Sequence[float]) -> list[float]:
    """The width of the text by shares; who needs more than its share gets that, and the others share the rest."""
    served: set[int] = set()
    while True:
        rest = TEXT_WIDTH - sum(needs[j] for j in served)
        whole = sum(share for j, share in enumerate(shares) if j not in served)
        widths = [needs[j] if j in served else rest * share / whole for j, share in enumerate(shares)]
        short = {j for j, width in enumerate(widths) if width < needs[j]}
        if not short:
            return widths
        served |= short


def _need(column: Column, size: float, room: float, heads: bool = False) -> float:
    """Twips that the longest word of a column takes, or of the heads of rows the longest line."""
    longest = max(_longest_word(cell) for cell in (column.head, *column.cells))
    if heads:
        longest = max(longest, min(max(ems(str(cell)) for cell in column.cells) / _HEAD_LINES, _HEAD_WIDTH))
    return 20 * size * room * longest + 2 * CELL_MARGIN


def _longest_word(cell: str | Number) -> float:
    text = str(cell)
    if _is_figure(cell) or ems(text) <= _SHORT:
        return ems(text)
    return min(max(map(ems, _WORD.findall(text)), default=1.0), _LONGEST_WORD)


def _is_terse(columns: Sequence[Column], widths: Sequence[float]) -> bool:
    """Whether no text takes many lines in the largest size."""
    size = chosen(STYLES[_STYLES[0]].size)
    return all(20 * size * ems(str(cell)) <= _MOST_LINES * (width - 2 * CELL_MARGIN)
               for column, width in zip(columns, widths, strict=True) for cell in column.cells)


def _is_figure(cell: str | Number) -> bool:
    """A number, unlike a quoted text."""
    return isinstance(cell, Number) and not isinstance(cell, Quoted)
