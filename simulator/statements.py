"""Sentences with numbers that know where they come from: the run's table, variable and selection, and how they are written.

No number in a title or a brief is typed: each is a cell of a table that is computed from a run, and can be computed again.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from urllib.parse import unquote

import numpy as np
import xarray as xr

from simulator.language import language, tr
from simulator.units import WAN, YI, supported_decimals


@dataclass(frozen=True)
class Scale:
    """How an amount is counted in each language."""

    zh: float
    en: float
    most: int
    """Decimals that are written at most, in Chinese."""
    unit: tuple[str, str] = ("", "")


SCALES = {
    "money": Scale(YI, 1e9, 2, ("亿元", "CNY bn")),
    "energy": Scale(WAN, 1e3, 2, ("万吨标煤", "kt ce")),
    "share": Scale(0.01, 0.01, 1, ("%", "%")),
    "points": Scale(0.01, 0.01, 1, ("个百分点", "points")),
    "ratio": Scale(1.0, 1.0, 2),
    "count": Scale(1.0, 1.0, 1),
    "year": Scale(1.0, 1.0, 0),
}
_WIDE = Context(prec=60)
_MOST_BESIDE_AN_ERROR = 4  # decimals of a number that is followed by its error, which must not look like none
_FORM = re.compile(r"([a-z]+)(?:\.(\d))?(\+?)(±?)")
_ESCAPED = {ord(sign): f"%{ord(sign):02X}" for sign in "%&=#?/"}


def unit_size(scale: str) -> float:
    """What one unit of the language is in inside units: 1e8 CNY to 亿元."""
    return SCALES[scale].zh if language() == "zh" else SCALES[scale].en


def unit_name(scale: str) -> str:
    """In the language: 亿元, or CNY bn."""
    return tr(*SCALES[scale].unit)


@dataclass(frozen=True)
class Form:
    """How a number is written: `money`, `money.2` with two decimals, `share.0`, `money+` with its sign, `money±` with its error.

    Without stated decimals it has those that its error supports; decimals are those of the Chinese unit.
    """

    scale: str
    decimals: int | None = None
    signed: bool = False
    with_error: bool = False

    @classmethod
    def read(cls, text: str) -> Form:
        """From its text; ValueError where it is none."""
        match = _FORM.fullmatch(text)
        if match is None or match[1] not in SCALES:
            raise ValueError(f"no such form: {text!r}")
        return cls(match[1], None if match[2] is None else int(match[2]), bool(match[3]), bool(match[4]))

    def write(self, value: float, error: float) -> str:
        """The number in the language, without its unit but for the sign of percent; `—` where there is none."""
        if not math.isfinite(value):
            return "—"
        scale, by = SCALES[self.scale], unit_size(self.scale)
        percent = "%" if self.scale == "share" else ""
        if self.scale == "year":
            return f"{value:.0f}"
        decimals = self._decimals(value / by, error / by, round(math.log10(by / scale.zh)))
        if percent and not self.signed and 0.0 <= value <= 1.0 and (edge := _edge(value, error, decimals)):
            return edge
        text = _fixed(value / by, decimals, "+" if self.signed else "-")
        if not re.search("[1-9]", text):
            text = text.lstrip("+-")
        if self.with_error and math.isfinite(error) and error > 0:
            text += "±" + _fixed(error / by, decimals)
        return text.replace("-", "−") + percent

    def _decimals(self, value: float, error: float, finer: int) -> int:
        if self.decimals is not None:
            return max(self.decimals + finer, 0)
        if not math.isfinite(error):  # the draws do not tell: no more than a reader would take for rounded
            return max(1 + finer, 0)
        if error <= 0:  # exact: as few as show it
            exact = f"{value:.10g}".partition("e")[0].partition(".")[2]
            return min(len(exact), 4)
        most = _MOST_BESIDE_AN_ERROR if self.with_error else SCALES[self.scale].most + finer
        return max(min(supported_decimals(error), most), 0)


def _fixed(value: float, decimals: int, sign: str = "-") -> str:
    """With so many decimals, halves up: of a value to twelve digits, so that the last bit of a float decides nothing."""
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE)
    return f"{exact:{sign},f}"


def _edge(value: float, error: float, decimals: int) -> str:
    """A probability that would be rounded to none or all, though it is neither, or though draws cannot tell."""
    least = 10.0**-decimals
    uncertain = math.isfinite(error) and error > 0
    if 100 * value < least / 2 and (value > 0 or uncertain):
        return f"<{least:.{decimals}f}%"
    if 100 * (1 - value) < least / 2 and (value < 1 or uncertain):
        return f">{100 - least:.{decimals}f}%"
    return ""


@dataclass(frozen=True)
class Number:
    """One printed number: a cell of a table of the run, and the form in which it stands."""

    table: str
    variable: str
    where: tuple[tuple[str, str], ...]
    form: str
    value: float
    """In its inside unit: CNY, tce, 1."""
    error: float
    """Monte Carlo standard error; 0 of what is exact, nan where the draws do not tell."""

    @property
    def text(self) -> str:
        """As it is printed."""
        return Form.read(self.form).write(self.value, self.error)

    @property
    def shown(self) -> float:
        """In the unit of the language, unrounded: 亿元, 万吨标煤; a share stays a share of 1."""
        name = Form.read(self.form).scale
        return self.value if SCALES[name].unit[0] == "%" else self.value / unit_size(name)

    @property
    def address(self) -> str:
        """Where it is found again: `outlay/by_year?year=2026&statistic=mean#money`."""
        chosen = "&".join(f"{name}={key.translate(_ESCAPED)}" for name, key in self.where)
        return f"{self.table}/{self.variable}?{chosen}#{self.form}"

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Quoted(Number):
    """A text of the run that a brief must not change either: a quote of a clause, an assumed value as it is written."""

    words: str = ""

    @property
    def text(self) -> str:
        """As it is written."""
        return self.words


QUOTED = "text"  # the form of what is quoted


def quoted(table: xr.Dataset, variable: str, **where: Any) -> Quoted:
    """The text of this cell.

    Raises
    ------
    KeyError
        If the table has no such variable or cell.
    """
    cell = table[variable]
    words = str(cell.sel({name: _key(cell, name, key) for name, key in where.items()}).item())
    return Quoted(str(table.attrs["kind"]), variable, _as_texts(where), QUOTED, math.nan, math.nan, words)


def number(table: xr.Dataset, variable: str, form: str, **where: Any) -> Number:
    """The number of this cell; the dim `part`, if there, is its value and its error.

    Raises
    ------
    KeyError
        If the table has no such variable or cell.
    """
    cell = table[variable]
    chosen = {name: _key(cell, name, key) for name, key in where.items()}
    found = np.atleast_1d(cell.sel(chosen).values)
    if found.shape not in ((1,), (2,)) or (found.size == 2) != ("part" in cell.dims):
        raise KeyError(f"{variable} {where}: one cell is wanted, not {found.shape}")
    value, error = (float(found[0]), 0.0) if found.size == 1 else map(float, found)
    return Number(str(table.attrs["kind"]), variable, _as_texts(where), form, value, error)


def _as_texts(where: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(key)) for name, key in where.items())


def find_number(tables: Mapping[str, xr.Dataset], address: str) -> Number:
    """The number, or the quoted text, at an address, computed again; `tables` by their kinds.

    Raises
    ------
    KeyError, ValueError
        If there is no such cell, or the address is none.
    """
    kind, variable, where, form = read_address(address)
    if form == QUOTED:
        return quoted(tables[kind], variable, **where)
    Form.read(form)
    return number(tables[kind], variable, form, **where)


def read_address(address: str) -> tuple[str, str, dict[str, str], str]:
    """Table, variable, selection and form of an address; ValueError where it is none."""
    match = re.fullmatch(r"([^/]+)/([^?]+)\?([^#]*)#(.+)", address)
    if match is None:
        raise ValueError(f"no address: {address!r}")
    pairs = [pair.partition("=") for pair in match[3].split("&") if pair]
    return match[1], match[2], {name: unquote(key) for name, _, key in pairs}, match[4]


def _key(cell: xr.DataArray, dim: str, key: Any) -> Any:
    """A key as the coordinate has it: a year from an address is a text."""
    return int(key) if cell[dim].dtype.kind in "iu" else str(key)


@dataclass(frozen=True)
class Statement:
    """A text whose numbers are still known as numbers."""

    pieces: tuple[str | Number, ...]

    @property
    def text(self) -> str:
        """As it is read."""
        return "".join(map(str, self.pieces))

    @property
    def numbers(self) -> Iterator[Number]:
        """Its numbers in their order."""
        return (piece for piece in self.pieces if isinstance(piece, Number))

    def __add__(self, other: Statement | str) -> Statement:
        return Statement(self.pieces + (other.pieces if isinstance(other, Statement) else (other,)))

    def __str__(self) -> str:
        return self.text


def state(zh: str, en: str, **parts: str | Number | Statement) -> Statement:
    """A sentence from its template in the language: `state("拨付{total}亿元", "CNY {total} bn are paid", total=...)`."""
    pieces: list[str | Number] = []
    for literal, name, _, _ in string.Formatter().parse(tr(zh, en)):
        if literal:
            pieces.append(literal)
        if name:
            part = parts[name]
            pieces += part.pieces if isinstance(part, Statement) else (part,)
    return Statement(tuple(pieces))
