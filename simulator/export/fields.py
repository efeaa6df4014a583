"""Columns of a grid as a spreadsheet has them: numbers as numbers, the standard errors in columns of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulator.charts.grid import Grid
from simulator.language import tr
from simulator.statements import Form, Number, Quoted
from simulator.units import supported_decimals

_MOST = 4  # decimals of an error: one that is smaller still is nothing


@dataclass(frozen=True)
class Amount:
    """A number in the unit of the language and how it is shown; a share is a fraction of 1."""

    value: float
    decimals: int
    scale: str
    signed: bool = False

    @property
    def is_share(self) -> bool:
        """Whether a spreadsheet shows it in percent."""
        return self.scale == "share"

    @property
    def pattern(self) -> str:
        """The number format of a spreadsheet."""
        if self.scale == "year":
            return "0"
        plain = ("0" if self.is_share else "#,##0") + ("." + "0" * self.decimals if self.decimals else "") + ("%" if self.is_share else "")
        return f"+{plain};-{plain};{plain}" if self.signed else plain


Cell = str | Amount


@dataclass(frozen=True)
class Field:
    """One column of a spreadsheet: a column of the grid, or its standard errors."""

    head: str
    unit: str
    cells: tuple[Cell, ...]
    plotted: bool = False
    is_error: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it holds no number at all."""
        return not any(isinstance(cell, Amount) for cell in self.cells)

    @property
    def is_share(self) -> bool:
        """Whether every number of it is a share."""
        return not self.is_text and all(cell.is_share for cell in self.cells if isinstance(cell, Amount))

    @property
    def shown_unit(self) -> str:
        """The unit, which of shares is percent."""
        return self.unit or ("%" if self.is_share else "")


def fields_of(grid: Grid) -> Iterator[Field]:
    """The columns in their order, each followed by its standard errors where it has any."""
    for column in grid.columns:
        head = column.head or tr("项目", "item")
        yield Field(head, column.unit, tuple(map(_value, column.cells)), column.plotted)
        errors = tuple(map(_error, column.cells))
        if any(errors):
            yield Field(head, column.unit, errors, is_error=True)


def error_head() -> str:
    """What the column of errors is called."""
    return tr("标准误", "std. error")


def assumed_rows(grid: Grid) -> set[int]:
    """Rows that rest on assumed amounts, from 0, whichever end they are counted from."""
    return {row % len(grid.rows) for row in grid.assumed}


def _value(cell: str | Number) -> Cell:
    if isinstance(cell, str | Quoted):
        return str(cell)
    if not math.isfinite(cell.shown):
        return ""
    form = Form.read(cell.form)
    return Amount(cell.shown, _decimals(cell), form.scale, form.signed)


def _error(cell: str | Number) -> Cell:
    """In the unit of its number, with the decimals in which it shows."""
    if isinstance(cell, str | Quoted) or not (math.isfinite(cell.shown) and math.isfinite(cell.error) and cell.error > 0):
        return ""
    shown, scale = replace(cell, value=cell.error).shown, Form.read(cell.form).scale
    supported = supported_decimals(100 * shown if scale == "share" else shown)
    return Amount(shown, max(_decimals(cell), min(supported, _MOST)), scale)


def _decimals(number: Number) -> int:
    """As many as it is printed with."""
    return len(number.text.partition("±")[0].rstrip("%").partition(".")[2])
