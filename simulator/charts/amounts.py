"""Amounts that files and levers write in Chinese units, as each language counts them."""

from __future__ import annotations

import re

from simulator.language import language
from simulator.units import WAN, YI

PER_INVESTMENT = ("tce/万元", " tce/CNY m")
_ENGLISH = ((PER_INVESTMENT[0], 1e6 / WAN, "{}" + PER_INVESTMENT[1]), ("万吨标煤", WAN / 1e3, "{} kt ce"), ("万元", WAN / 1e6, "CNY {}m"),
            ("亿元", YI / 1e9, "CNY {}bn"), ("元", 1.0, "CNY {}"))


def in_language(text: str) -> str:
    """500万元 as it is, in English CNY 5m; a range with a dash, negative numbers with a minus sign.

    >>> in_language("-6%..7.32%")
    '−6%–7.32%'
    """
    text = text.replace("..", "–").replace("-", "−")
    if language() == "zh":
        return text
    for unit, size, written in _ENGLISH:
        text = re.sub(rf"([0-9.,]*[0-9]){unit}", lambda found, size=size, written=written:  # type: ignore[misc]
                      written.format(f"{float(found[1].replace(',', '')) * size:.4g}"), text)
    return text
