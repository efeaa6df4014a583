"""Figures of comparisons, sweeps and tuning as text, tables and JSON: one way for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import xarray as xr

from simulator.cli.common import WIDTH, console, screen_width, table, wrapped
from simulator.language import language, tr
from simulator.metrics import Metric
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS
from simulator.units import UNITS, WAN, YI, percent_with_error, with_error

_HEAD = 14  # columns that a head may take where its numbers are narrower
_NARROWEST = 12  # columns to which a text is broken at most
_AMOUNT = re.compile(r"([0-9][0-9,]*(?:\.[0-9]+)?)(亿元|万元|元|万吨标煤|吨标煤)")


def figure(parts: Sequence[float] | np.ndarray, unit: str, *, signed: bool = False) -> str:
    """A value with its error: money in 亿元, energy in 万吨标煤, shares in percent; a difference with its sign."""
    value, error = (float(x) for x in parts)
    if not np.isfinite(value):
        return "—"
    if signed and value == 0.0 and error == 0.0:
        return "0"
    text = percent_with_error(value, error) if unit == "share" else with_error(value, error, {"CNY": YI, "tce": WAN}.get(unit, 1.0))
    if not re.search("[1-9]", text) and np.isfinite(error) and (value or error):
        return "≈0"
    return f"+{text}" if signed and value > 0.0 else text


def in_unit(unit: str) -> str:
    """The unit in which `figure` shows."""
    return {"CNY": tr("亿元", "10^8 CNY"), "tce": tr("万吨标煤", "10^4 tce")}.get(unit, "")


def with_unit(parts: Sequence[float] | np.ndarray, unit: str, *, signed: bool = False) -> str:
    """A figure within a sentence."""
    text, of = figure(parts, unit, signed=signed), in_unit(unit)
    return text if not of or text == "—" else tr(f"{text}{of}", f"{text} ({of})")


def row_of(metric: Metric) -> str:
    """A metric as the head of a row, with its unit."""
    unit = in_unit(metric.units)
    return f"{metric.title} ({unit})" if unit else metric.title


def head_of(metric: Metric) -> str:
    """A metric as the head of a column: its unit goes below."""
    if metric.statistic == "P":
        return re.sub(r"(?=[<>]=?)", "\n", metric.title)
    return row_of(metric).replace(" (", "\n(") if in_unit(metric.units) else metric.title


def spoken(text: str) -> str:
    """An amount of a scenario as the language writes it: 5000万元 is 5e7CNY in English, which options read as well."""
    text = re.sub(r"[0-9]+\.[0-9]{5,}", lambda match: f"{Decimal(f'{Decimal(match[0]):.6g}').normalize() + 0:f}", text)
    if language() == "zh":
        return text

    def amount(match: re.Match[str]) -> str:
        value = float(match[1].replace(",", "")) * float(UNITS[match[2]][1])
        written = f"{value:g}".replace("e+0", "e").replace("e+", "e")
        mantissa = f"{value:.0e}".replace("e+0", "e").replace("e+", "e")
        short_one = mantissa if value >= 1e5 and float(mantissa) == value else written
        return short_one + ("CNY" if match[2].endswith("元") else "tce")

    return _AMOUNT.sub(amount, text).replace("tce/万元", " tce/10^4 CNY").replace("无", "none")


def heading(scenario: Scenario, draws: int, more: str = "") -> str:
    """The first line of a screen: which scenario, how many draws, which seed."""
    title = str(scenario.model.title)
    return tr(f"{title}（{scenario.name}）· {draws:,} 次抽样{more} · 种子 {scenario.model.seed}；± 为标准误",
              f"{title} ({scenario.name}) · {draws:,} draws{more} · seed {scenario.model.seed}; ± standard error")


def say(text: str, indent: str = "", style: str | None = None) -> None:
    """Print a sentence, broken where a reader would."""
    out = console()
    for i, line in enumerate(wrapped(text, min(out.width, WIDTH) - len(indent) - 4)):  # signs hang over the end of a line
        out.print((indent if i == 0 else " " * len(indent)) + line, style=style, soft_wrap=True)


def say_what_lacks(metrics: Sequence[Metric], shown: Sequence[bool], draws: int) -> None:
    """Tails are not shown where there are few draws: a reader who misses them is told why."""
    missing = [each.title for each, there in zip(metrics, shown, strict=True) if each.tail and not there]
    if missing and draws < ENOUGH_FOR_TAILS:
        say(tr(f"抽样少于 {ENOUGH_FOR_TAILS:,} 次，不给{'、'.join(missing)}；要看请加 --draws 2048",
               f"Under {ENOUGH_FOR_TAILS:,} draws there is no {', no '.join(missing)}: ask for --draws 2048"))


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, last_is_total: int = 0) -> None:
    """Print a table; what is too wide for the screen goes on below, with the first columns again. No number is ever cut."""
    out = console()
    width = min(out.width, WIDTH)
    cells = [[str(row[i]) for row in rows] for i in range(len(columns))]
    heads = [_broken(name, max([_HEAD, *map(_wide, cells[i])]), even=True) for i, name in enumerate(columns)]
    widths = [max([_wide(heads[i]), *map(_wide, cells[i])]) for i in range(len(columns))]
    numbers = sum(each + 3 for each in widths[left:])
    room = width - 2 - 3 * (left - 1) - min(numbers, max(width // 2, max((each + 3 for each in widths[left:]), default=0)))
    while sum(widths[:left]) > room and max(widths[:left]) > _NARROWEST:
        widest = max(range(left), key=lambda i: widths[i])
        widths[widest] -= 1
        cells[widest] = [_broken(str(row[widest]), widths[widest]) for row in rows]
        heads[widest] = _broken(columns[widest], widths[widest])
    if title:
        say(title, style="bold")
    for some in _side_by_side(widths, left, width):
        out.print(table("", [heads[i] for i in some], [[cells[i][j] for i in some] for j in range(len(rows))], left=left,
                        last_is_total=last_is_total))


def _side_by_side(widths: Sequence[int], left: int, width: int) -> Iterator[list[int]]:
    """Which columns fit beside each other, always behind the first ones."""
    first = list(range(left))
    taken = 2 + sum(widths[:left]) + 3 * (left - 1)
    some, used = list(first), taken
    for i in range(left, len(widths)):
        if used + widths[i] + 3 > width and len(some) > left:
            yield some
            some, used = list(first), taken
        some.append(i)
        used += widths[i] + 3
    yield some


def _wide(cell: str) -> int:
    return max(screen_width(line) for line in cell.split("\n"))


def _broken(text: str, width: int, *, even: bool = False) -> str:
    """In lines of at most this many columns, the lines that are there already kept; a long name is broken where it must be."""
    lines: list[str] = []
    for line in (line for part in text.split("\n") for line in wrapped(part, _even(part, width) if even else width) if line):
        rest = line
        while screen_width(rest) > max(width, _NARROWEST):
            fits = next(n for n in range(len(rest), 0, -1) if screen_width(rest[:n]) <= max(width, _NARROWEST))
            place = max(rest.rfind(sign, 1, fits) for sign in "._/ ") + 1 or fits
            lines.append(rest[:place])
            rest = rest[place:]
        lines.append(rest)
    return "\n".join(lines)


def _even(text: str, width: int) -> int:
    """The width at which the lines of a Chinese text are about equally long: no character is left alone."""
    if screen_width(text) <= width or " " in text:
        return width
    return -(-screen_width(text) // (2 * -(-screen_width(text) // width))) * 2 + 1


def plain(found: xr.Dataset, leave_out: Sequence[str] = ()) -> dict[str, Any]:
    """A Dataset as JSON: each variable with its dims, units and values, null where there is no number."""
    def of(array: xr.DataArray) -> dict[str, Any]:
        made: dict[str, Any] = {"dims": list(map(str, array.dims)), "values": numbers(array.values.tolist())}
        return made | ({"units": array.attrs["units"]} if "units" in array.attrs else {})

    return {
        "attributes": {str(name): numbers(value) for name, value in found.attrs.items()},
        "coordinates": {str(name): of(array) for name, array in found.coords.items()},
        "variables": {str(name): of(array) for name, array in found.data_vars.items() if name not in leave_out},
    }


def numbers(values: Any) -> Any:
    """For JSON, which knows no nan."""
    if isinstance(values, (np.generic, np.ndarray)):
        values = values.tolist()
    if isinstance(values, dict):
        return {name: numbers(each) for name, each in values.items()}
    if isinstance(values, (list, tuple)):
        return [numbers(each) for each in values]
    return None if isinstance(values, float) and not np.isfinite(values) else values


def about_appropriations(levers: Sequence[str], scenario: Scenario) -> Iterator[str]:
    """What has to be known before an appropriation is moved: whether it does anything, and whether enterprises reckon with it."""
    funds = dict.fromkeys(name.split(".")[1] for name in levers if name.startswith("appropriation."))
    idle = [fund for fund in funds if scenario.model.appropriation[fund].enforce == "none"]
    for fund in idle:
        yield tr(f"提醒：{fund} 的预算只作比较（enforce: none），不影响拨付",
                 f"Note: the appropriation of {fund} is a yardstick only (enforce: none) and changes no outlay")
    if len(funds) > len(idle) and not scenario.model.behaviour.reckons_with_queue.value:
        yield tr("提醒：这个情景里企业不考虑预算够不够，预算再少带动的投资也不减；"
                 "要让它随预算变，请在情景里写 behaviour: {reckons_with_queue: true}",
                 "Note: in this scenario enterprises do not reckon with the budget, so it induces as much however small it is; "
                 "to change that, write behaviour: {reckons_with_queue: true} into the scenario")
