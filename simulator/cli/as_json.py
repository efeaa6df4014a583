"""Datasets as JSON, which has neither labelled arrays nor nan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr


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
