"""Figures with their errors and units, metrics as heads, amounts as the language writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from simulator.language import language, tr
from simulator.metrics import Metric
from simulator.scenario import Scenario
from simulator.units import UNITS, WAN, YI, percent_with_error, with_error

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
