"""How much each draw counts: what the control was found to be, against what it must be on average, sets it right.

The draws are weighted so that the mean of the control (kernels/control.py) is exactly the zero that it is known to be: where
chance has brought too many very large projects, the draws with many of them count a little less. For means this is the
regression estimator of a control variate; as weights it serves quantiles and probabilities as well, and all figures of a run
stay consistent: parts add up to their total. Of the variance that the luck of single projects gives the mean outlay of the
baseline, this takes away nine tenths.

The standard error of a figure comes from the same figure of each scramble, corrected in the same way: with the scramble's own
mean of the control, but the slope of all draws, for a few hundred draws know their slope too badly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

ENOUGH_TO_WEIGHT = 512  # draws below which all count alike: a slope of the control would follow chance
_MOST = 2.0  # no draw counts for more than two, nor for less than half of one


@dataclass(frozen=True)
class Draws:
    """How draws count: weights float64[draw, 1 + scramble], each column 1 in all; first for all of them, then for each scramble.

    Draw d belongs to scramble d mod `scrambles`. The weights of a scramble are negative in places, for through the slope all
    draws bear on it.
    """

    scrambles: int
    weights: np.ndarray

    @classmethod
    def alike(cls, n_draw: int, scrambles: int) -> Draws:
        """All draws count alike."""
        return cls(scrambles, _alike(n_draw, scrambles))

    @classmethod
    def controlled(cls, control: np.ndarray, scrambles: int) -> Draws:
        """Draws so weighted that every control, float64[draw, control], has mean zero."""
        alike = _alike(len(control), scrambles)
        if len(control) < ENOUGH_TO_WEIGHT:
            return cls(scrambles, alike)
        around = control - control.mean(axis=0)
        found = control.T @ alike  # float64[control, column]
        slope = np.linalg.lstsq(around.T @ around, found, rcond=1e-9)[0]
        weights = alike - around @ slope
        of_all = weights[:, 0] * len(control)
        return cls(scrambles, weights if of_all.min() > 1.0 / _MOST and of_all.max() < _MOST else alike)

    @classmethod
    def of(cls, results: xr.Dataset) -> Draws:
        """The draws of a run, of one scenario."""
        scrambles = int(results.attrs["scrambles"])
        if "control" in results:
            return cls.controlled(results["control"].values, scrambles)
        return cls.alike(results.sizes["draw"], scrambles)


def _alike(n_draw: int, scrambles: int) -> np.ndarray:
    member = np.arange(n_draw)[:, None] % scrambles == np.arange(scrambles)
    return np.concatenate([np.full((n_draw, 1), 1.0 / n_draw), member / np.maximum(member.sum(axis=0), 1)], axis=1)


def draw_weights(results: xr.Dataset) -> xr.DataArray:
    """The weight of every draw in the statistics of a run: float64(draw), or (scenario, draw); 1 on average.

    >>> results["outlay"].sum(["year", "instrument"]).weighted(draw_weights(results)).mean("draw")
    """
    if "scenario" in results.dims:
        return xr.concat([draw_weights(results.sel(scenario=name)) for name in results["scenario"].values], dim=results["scenario"])
    return xr.DataArray(Draws.of(results).weights[:, 0] * results.sizes["draw"], dims="draw", name="weight",
                        attrs={"units": "1", "long_name": "抽样权重 weight of the draw"})
