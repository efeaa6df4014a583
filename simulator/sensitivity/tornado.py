"""How far each uncertain quantity alone moves a headline: drivers from their first to their last decile, fixed assumptions by a fifth."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import xarray as xr

from simulator.drivers import drivers_at, normal_scores
from simulator.metrics import read_metric
from simulator.scenario import Scenario
from simulator.sensitivity.at import headlines_at, told_of
from simulator.sensitivity.driver_values import range_text, unit_of_driver, values_of
from simulator.sensitivity.factors import factors
from simulator.sensitivity.moved import Moved
from simulator.summary import as_parts
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
        A driver with several values (years, sizes of enterprise) has all of them low or high together. `outcome` is left out:
        four shares that add up to 1 cannot be low together. What they explain of the variance, `decompose_variance` tells.

    Raises
    ------
    SimulatorError
        For a metric that cannot be read, and `moved` of other draws or another seed.
    """
    read = [read_metric(text) for text in metrics]
    uncertain = [each for each in factors(scenario, merge=False) if each.name != "outcome"]
    luck = luck or SharedLuck()
    draws = luck.draws or scenario.model.draws
    moved = moved or Moved([], [], 0.0, draws, scenario.model.seed)
    moved.refuse_other_luck(scenario, draws)
    fixed = moved.fixed
    scores = normal_scores(scenario, draws)
    held = [drivers_at(scenario, scores, dict.fromkeys(each.columns, side * DECILE)) for each in uncertain for side in (-1.0, 1.0)]
    base, *sets = headlines_at(scenario, [drivers_at(scenario, scores), *held], luck, told_of(progress, draws * (1 + len(held))))
    sets += moved.sets
    n = len(uncertain) + len(fixed)
    texts = [_ends(each.name, held[2 * i], held[2 * i + 1]) for i, each in enumerate(uncertain)]
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
    table["base"] = (("metric", "part"), as_parts([each.estimate(base) for each in read]))
    dims = ("metric", "factor", "side", "part")
    for name, of in (("value", lambda metric, own: metric.estimate(own)), ("difference", lambda metric, own: metric.difference(own, base))):
        table[name] = (dims, as_parts([of(metric, own) for metric in read for own in sets], len(read), n, 2))
    swings = [metric.difference(sets[2 * i + 1], sets[2 * i]) for metric in read for i in range(n)]
    table["swing"] = (("metric", "factor", "part"), as_parts(swings, len(read), n))
    return table


def _ends(name: str, low: xr.Dataset, high: xr.Dataset) -> tuple[str, str]:
    """What a driver is at its deciles, as text; of several values the range."""
    below, above = values_of(low, name), values_of(high, name)
    if below is None or above is None:
        return "P10", "P90"
    return range_text(below[0], unit_of_driver(name)), range_text(above[0], unit_of_driver(name))
