"""Values of a driver, their unit, and how they are written: the same in the tornado and in the futures that fail."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.drivers import SCALARS
from simulator.schema.scenario import Drivers, NumberDriver

WITHOUT_VALUES = ("wave", "outcome")  # gamma scores that drivers do not keep, and four shares that add up to 1


def values_of(drivers: xr.Dataset, name: str) -> np.ndarray | None:
    """float64[draw, value] of a driver or instrument value, in its unit; None of those without a number of their own."""
    if name in WITHOUT_VALUES:
        return None
    values = drivers["assumed"].sel(assumed_value=name).values if name in drivers["assumed_value"].values else drivers[name].values
    return np.asarray(values, float).reshape(drivers.sizes["draw"], -1)


def unit_of_driver(name: str) -> str:
    """`share`, `CNY`, `tce/CNY`, or `1` of what is a plain number."""
    if name not in Drivers.model_fields:  # a value of an instrument: its rate, or the amount of a tier
        return "share" if name.endswith(".rate") else "CNY"
    if Drivers.model_fields[name].annotation == NumberDriver:
        return "1"
    return "tce/CNY" if name in SCALARS and SCALARS[name][0] == "tce/CNY" else "share"


def driver_text(value: float, unit: str) -> str:
    """8.26%, 582万元, 0.31tce/万元, 1.08."""
    if unit == "share":
        return f"{100.0 * value:.3g}%"
    if unit == "CNY":
        return f"{value / 1e4:,.0f}万元" if value >= 1e6 else f"{value / 1e4:.3g}万元"
    return f"{1e4 * value:.3g}tce/万元" if unit == "tce/CNY" else f"{value:.3g}"


def range_text(values: np.ndarray, unit: str) -> str:
    """Of several values the lowest and the highest."""
    low, high = driver_text(float(values.min()), unit), driver_text(float(values.max()), unit)
    return low if low == high else f"{low}..{high}"
