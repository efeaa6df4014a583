"""Sweeps of two levers made by hand, for the charts that show them."""

import numpy as np
import xarray as xr


def swept(outlay, induced, *, base=(70e8, 73e8), error=1e6, rates=(("5%", "10%"), ("15%", "30%")), written=("10%", "30%"),
          names=("a.rate", "b.rate"), unchanged=True):
    """A sweep with these figures, float64[row, column] in 亿元."""
    values = np.stack([np.asarray(outlay, float), np.asarray(induced, float)], axis=-1) * 1e8
    errors = np.full_like(values, error)
    table = xr.Dataset(coords={"metric": ["outlay", "induced_investment"], "part": ["value", "error"]}, attrs={"draws": 256})
    for name, texts, now in zip(names, rates, written, strict=True):
        numbers = [np.inf if text == "无" else float(text.rstrip("%万元")) * (0.01 if "%" in text else 1e4) for text in texts]
        table = table.assign_coords({name: (name, numbers, {"long_name": name.replace(".rate", "的比例"), "written": now}),
                                     f"text_of_{name}": (name, list(texts))})
    dims = (*names, "metric", "part")
    table["value"] = dims, np.stack([values, errors], axis=-1)
    away = values - np.array(base)
    table["difference"] = dims, np.stack([away, np.where(away == 0.0, 0.0, errors)], axis=-1)
    table["base"] = ("metric", "part"), [[base[0], error], [base[1], error]]
    table["unchanged"] = names, (away == 0.0).all(axis=-1) if unchanged else np.zeros(away.shape[:2], bool)
    return table
