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
_LONGEST_WORD = 9.0  # characters that are kept together, such as of a digest
_WORD = re.compile(r"[!-~−±–]+")
_ROOM = 1.03  # for fonts that are a little wider


def is_of_figures(column: Column) -> bool:
    """Whether it holds numbers and nothing else: they stand below each other, to the right."""
    return any(map(_is_figure, column.cells)) and all(_is_figure(cell) or str(cell) in ("", "—") for cell in column.cells)


def fit(table: Table) -> tuple[str, list[int]]:
    """The style of the cells, as large as it may be, and the widths of the columns [twips]: as shared out, unless something would break."""
    columns = table.grid.columns
    shares = table.widths or [1.0] * len(columns)
    for style in _STYLES:
        needs = [_need(column, chosen(STYLES[style].size)) for column in columns]
        if sum(needs) <= TEXT_WIDTH:
            widths = _shared(shares, needs)
            if style != _STYLES[0] or _is_terse(columns, widths):
                return style, [round(width) for width in widths]
    return _STYLES[-1], [round(TEXT_WIDTH * need / sum(needs)) for need in needs]


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


def _need(column: Column, size: float) -> float:
    """Twips that the longest word of a column takes."""
    longest = max(_longest_word(cell) for cell in (column.head, *column.cells))
    return 20 * size * _ROOM * longest + 2 * CELL_MARGIN


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
