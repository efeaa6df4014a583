"""How far each uncertain quantity alone moves a headline: drivers from their first to their last decile, fixed assumptions by a fifth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.drivers import drivers_at, normal_scores
from simulator.metrics import read_metric
from simulator.scenario import Scenario
from simulator.sensitivity.at import headlines_at
from simulator.sensitivity.factors import Factor, factors
from simulator.sensitivity.moved import Moved
from simulator.variants import SharedLuck

DECILE = 1.2815515655446004  # normal score of the last decile
MOVED = ("outlay", "outlay_peak", "induced_investment", "leverage_net", "city_equipment", "energy_saving", "joint")


def tornado(scenario: Scenario, *, metrics: Sequence[str] = MOVED, luck: SharedLuck | None = None, moved: Moved | None = None,
            progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """Each metric with one factor low and high, everything else as uncertain as it is.

    Parameters
    ----------
    metrics : sequence of str
        `outlay`, `p95(outlay)`, `P(energy_saving>=50万吨标煤)`.
    moved : Moved, optional
        From `move_assumptions` under the same luck: single assumed numbers, of which nothing states how uncertain they are.

    Returns
    -------
    Dataset(metric, factor, side, part)
        `value`, and `difference` from the scenario as it stands, with side = low or high and part = value or error; `swing`
        (metric, factor, part), high less low. Coordinates of the factor: title, basis, kind (driver or fixed), low_text, high_text.
        A driver with several values (years, sizes of enterprise) has all of them low or high together.
    """
    read = [read_metric(text) for text in metrics]
    uncertain, moved = factors(scenario, merge=False), moved or Moved([], [], 0.0)
    fixed = moved.fixed
    luck = luck or SharedLuck()
    draws = luck.draws or scenario.model.draws
    total, done = draws * (1 + 2 * len(uncertain)), 0

    def tell(more: int) -> None:
        nonlocal done
        done += more
        if progress:
            progress(done, total)

    scores = normal_scores(scenario, draws)
    held = [drivers_at(scenario, scores, dict.fromkeys(each.columns, side * DECILE)) for each in uncertain for side in (-1.0, 1.0)]
    base, *sets = headlines_at(scenario, [drivers_at(scenario, scores), *held], luck, tell)
    sets += moved.sets
    n = len(uncertain) + len(fixed)
    texts = [_ends(scenario, each, held[2 * i], held[2 * i + 1]) for i, each in enumerate(uncertain)]
    texts += [moved.texts(i) for i in range(len(fixed))]
    table = xr.Dataset(coords={
        "metric": [each.text for each in read], "factor": [*(each.name for each in uncertain), *(each.name for each in fixed)],
        "side": ["low", "high"],
        "part": ["value", "error"], "title": ("factor", [*(each.title for each in uncertain), *(each.title for each in fixed)]),
        "basis": ("factor", [*(each.basis for each in uncertain), *(each.basis for each in fixed)]),
        "kind": ("factor", ["driver"] * len(uncertain) + ["fixed"] * len(fixed)),
        "low_text": ("factor", [low for low, _ in texts]), "high_text": ("factor", [high for _, high in texts]),
    }, attrs={"scenario": scenario.name, "draws": draws, "seed": scenario.model.seed, "spread": moved.spread})
    table["unit"] = ("metric", [each.units for each in read])
    table["base"] = (("metric", "part"), np.array([[found.value, found.error] for each in read for found in [each.estimate(base)]]))
    dims = ("metric", "factor", "side", "part")
    for name, of in (("value", lambda metric, own: metric.estimate(own)), ("difference", lambda metric, own: metric.difference(own, base))):
        found = [[of(metric, own) for own in sets] for metric in read]
        table[name] = (dims, np.array([[[each.value, each.error] for each in row] for row in found]).reshape(len(read), n, 2, 2))
    swings = [[metric.difference(sets[2 * i + 1], sets[2 * i]) for i in range(n)] for metric in read]
    table["swing"] = (("metric", "factor", "part"), np.array([[[each.value, each.error] for each in row] for row in swings]))
    return table


def _ends(scenario: Scenario, factor: Factor, low: xr.Dataset, high: xr.Dataset) -> tuple[str, str]:
    """What a driver is at its deciles, as text; of several values the range."""
    name = factor.name
    if name in scenario.model.policy.instruments or name in low["assumed_value"].values:
        pair = [each["assumed"].sel(assumed_value=name).values[:1] for each in (low, high)]
    elif name in low:
        pair = [each[name].values[0].ravel() for each in (low, high)]
    else:
        return "P10", "P90"
    units = str(low[name].attrs.get("units", "1")) if name in low else "1"
    return _text(pair[0], units), _text(pair[1], units)


def _text(values: np.ndarray, units: str) -> str:
    if units == "tce/CNY":
        return f"{values.mean() * 1e4:.3g}tce/万元"
    if values.max() >= 1e5:
        return f"{values.mean() / 1e4:,.0f}万元"
    low, high = float(values.min()), float(values.max())
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g}..{high:.3g}"
