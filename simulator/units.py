"""The one place where 2000万元, 50%, 25bp and 50万吨标煤 become numbers, and numbers become text again.

Inside, money is CNY, shares are fractions of 1, energy is tce, power is kW, time is years.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from simulator.language import tr

FEN = Decimal("0.01")
YI = 1e8  # 亿元
WAN = 1e4  # 万元, 万吨标煤

# unit -> (dimension, factor to the inside unit)
UNITS: dict[str, tuple[str, Decimal]] = {
    "元": ("money", Decimal(1)), "CNY": ("money", Decimal(1)), "万元": ("money", Decimal(10) ** 4), "亿元": ("money", Decimal(10) ** 8),
    "%": ("share", Decimal("0.01")), "个百分点": ("share", Decimal("0.01")), "bp": ("share", Decimal("0.0001")),
    "吨标煤": ("energy", Decimal(1)), "tce": ("energy", Decimal(1)), "万吨标煤": ("energy", Decimal(10) ** 4),
    "tce/万元": ("intensity", Decimal("0.0001")), "吨标煤/万元": ("intensity", Decimal("0.0001")),
    "千瓦": ("power", Decimal(1)), "万千瓦": ("power", Decimal(10) ** 4),
    "kgce/kWh": ("coal factor", Decimal("0.001")),
    "年": ("time", Decimal(1)), "个月": ("time", Decimal(1) / Decimal(12)),
    "小时": ("hours", Decimal(1)), "工作日": ("days", Decimal(1)),
    **{unit: ("count", Decimal(1)) for unit in ("个", "项", "家", "类", "台", "个/年", "项/年", "家/年")},
    "万个": ("count", Decimal(10) ** 4), "万吨/年": ("mass", Decimal(10) ** 4), "": ("number", Decimal(1)),
}
EXAMPLES = {
    "money": "2000万元", "share": "50%", "energy": "50万吨标煤", "intensity": "0.31tce/万元", "power": "300万千瓦",
    "time": "4个月", "number": "0.8", "count": "20个", "hours": "4000小时", "coal factor": "0.1229kgce/kWh",
}
_QUANTITY = re.compile(r"\s*([+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*(\D*?)\s*")


@dataclass(frozen=True)
class Quantity:
    """An exact number in its inside unit, with its dimension."""

    value: Decimal
    dimension: str


def parse_quantity(written: object) -> Quantity:
    """Read an amount as written in a file. ValueError says what would be right."""
    if isinstance(written, bool) or not isinstance(written, (str, int, float)):
        raise ValueError(tr(f"应为数量，得到 {written!r}", f"expected a quantity, got {written!r}"))
    text = repr(written) if isinstance(written, float) else str(written)
    match = _QUANTITY.fullmatch(text)
    if not match or match[2] not in UNITS:
        known = "、".join(unit for unit in UNITS if unit)
        raise ValueError(tr(f"无法识别的数量 {text!r}（半角数字加单位：{known}）",
                            f"cannot read {text!r} as a quantity (ASCII digits and a unit: {known})"))
    dimension, factor = UNITS[match[2]]
    try:
        value = Decimal(match[1]) * factor
    except ArithmeticError:  # an exponent that no decimal holds
        value = Decimal("Infinity")
    if not math.isfinite(float(value)):
        raise ValueError(tr(f"数量 {text!r} 超出可表示的范围", f"the quantity {text!r} is out of range"))
    return Quantity(value, dimension)


def unit_of(written: str) -> str:
    """The unit in which an amount is written; ValueError where it is none."""
    parse_quantity(written)
    match = _QUANTITY.fullmatch(written)
    assert match
    return match[2]


def written_in(unit: str, value: Decimal | float) -> str:
    """A number in its inside unit as a file writes it: 0.475 in % is 47.5%."""
    number = (Decimal(repr(float(value))) if isinstance(value, float) else value) / UNITS[unit][1]
    return f"{_twelve_digits(number)}{unit}"


def written_about(unit: str, value: float, fineness: float) -> str:
    """A number in its inside unit with only the decimals that are not finer than this: 0.0754931 to 0.001 in % is 7.5%."""
    factor = float(UNITS[unit][1])
    decimals = max(0, math.ceil(-math.log10(fineness / factor) - 1e-9)) if fineness > 0 else 6
    return f"{value / factor:,.{min(decimals, 9)}f}{unit}"


def _twelve_digits(number: Decimal) -> str:
    """Without an exponent and without idle zeros; twelve digits are more than any lever has."""
    return f"{Decimal(f'{number:.12g}').normalize() + 0:f}" if abs(number) < 10**12 else f"{number:.0f}"


def read_as(dimension: str, written: object) -> float:
    """The float of an amount that must have this dimension; a bare number passes for a share or a number only."""
    quantity = parse_quantity(written)
    example = EXAMPLES.get(dimension, "")
    if dimension == "share" and quantity.dimension == "number":
        if abs(quantity.value) > 1:
            raise ValueError(tr(f"比例 {written} 大于 1；写作 {written}% 或 0 到 1 之间的小数",
                                f"share {written} is above 1; write {written}% or a fraction between 0 and 1"))
    elif dimension == "number" and quantity.dimension in ("share", "count"):
        pass
    elif quantity.dimension != dimension:
        problem = (tr(f"{written} 缺少单位", f"{written} has no unit") if quantity.dimension == "number"
                   else tr(f"{written} 的单位不对", f"{written} has the wrong unit"))
        raise ValueError(problem + tr(f"，例如 {example}", f", for example {example}"))
    return float(quantity.value)


def round_to_fen(amount: Decimal) -> Decimal:
    """Half-up to 0.01 元, as money is actually paid."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def share_out(total: Decimal, claims: list[Decimal]) -> list[Decimal]:
    """Divide a total among claims in proportion, to the 分 and adding up exactly (largest remainder)."""
    whole = sum(claims, Decimal(0))
    if whole <= 0:
        return [Decimal("0.00") for _ in claims]
    exact = [total * claim / whole for claim in claims]
    paid = [amount.quantize(FEN, rounding="ROUND_FLOOR") for amount in exact]
    missing = int((total - sum(paid, Decimal(0))) / FEN)
    by_remainder = sorted(range(len(claims)), key=lambda i: (paid[i] - exact[i], i))
    for i in by_remainder[:missing]:
        paid[i] += FEN
    return paid


def supported_decimals(error: float) -> int:
    """Decimals that a standard error supports: the first one in which the error shows."""
    if not math.isfinite(error) or error <= 0:
        return 2
    return max(0, -math.floor(math.log10(error)))


def with_error(value: float, error: float, scale: float = 1.0, most_decimals: int = 4) -> str:
    """`12.3 ± 0.2`: only the digits that the Monte Carlo error supports; `—` where there is no value."""
    if not math.isfinite(value):
        return "—"
    value, error = value / scale, error / scale
    if not math.isfinite(error):
        return f"{value:,.2f}"
    if error == 0:
        return f"{value:,.2f}"
    decimals = min(supported_decimals(error), most_decimals)
    return f"{value:,.{decimals}f} ±{error:,.{decimals}f}"


def percent_with_error(value: float, error: float) -> str:
    """A probability or share with its error, in percent."""
    if not math.isfinite(value):
        return "—"
    if not math.isfinite(error) or error == 0:
        return f"{100 * value:.1f}%"
    if error < 5e-5:  # below what two decimals can show
        return f"{100 * value:.2f}%"
    decimals = min(supported_decimals(100 * error), 2)
    return f"{100 * value:.{decimals}f}% ±{100 * error:.{decimals}f}"
