"""What each reading 口径 of each ambiguous clause costs, under the same draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simulator.changes import with_values
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.population import draw_applications
from simulator.scenario import Scenario, load_scenario
from simulator.summary import difference, paired_difference
from simulator.targets import simulated_values
from simulator.weighting import Draws

MEASURES = ("outlay", "supported_investment", "induced_investment", "energy_saving")


def price_readings(name: str | Path, *, draws: int | None = None, seed: int | None = None, threads: int | None = None,
                   progress: Callable[[int, int], None] | None = None) -> list[dict[str, Any]]:
    """Simulate the scenario once with every other choice of every reading, in one pass.

    Returns
    -------
    list of dict
        One entry a reading of the rule book, with its question, its chosen reading, and for every choice the paired
        difference in outlay, supported and induced investment [CNY], energy saving [tce] and the probability of the
        energy target, each with its error; 0 for the chosen one.
    """
    chosen = load_scenario(name, draws=draws, seed=seed)
    variants = _variants(chosen)
    scenarios = [chosen, *(scenario for _, _, scenario in variants)]
    results = simulate(scenarios, draw_applications(chosen), draw_drivers(scenarios), threads=threads, progress=progress)
    found = []
    for key, reading in chosen.model.policy.readings.items():
        current = str(getattr(chosen.model.readings, key))
        choices: dict[str, dict[str, dict[str, float | None]]] = {
            current: {name: {"value": 0.0, "error": 0.0} for name in (*MEASURES, "energy_target")}}
        for of, choice, scenario in variants:
            if of == key:
                choices[choice] = _differences(results, chosen, scenario)
        found.append({
            "reading": key,
            "clause": reading.clause,
            "question": reading.question.model_dump(),
            "chosen": current,
            "choices": {choice: {"title": reading.choices[choice].title.model_dump(), **choices[choice]}
                        for choice in reading.choices},
        })
    return found


def _variants(chosen: Scenario) -> Sequence[tuple[str, str, Scenario]]:
    """(reading, choice, scenario) for every choice that the scenario did not make."""
    found = []
    for key, reading in chosen.model.policy.readings.items():
        for choice in reading.choices:
            if choice != str(getattr(chosen.model.readings, key)):
                found.append((key, choice, with_values(chosen, {("readings", key): choice}).renamed(f"{chosen.name}.{key}.{choice}")))
    return found


def _differences(results: Any, chosen: Scenario, other: Scenario) -> dict[str, dict[str, float | None]]:
    found = {name: paired_difference(results, name, other.name, chosen.name).as_dict() for name in MEASURES}
    (hits, draws), (hits_of_chosen, draws_of_chosen) = (_hits(each, results.sel(scenario=each.name)) for each in (other, chosen))
    found["energy_target"] = difference(hits, draws, hits_of_chosen, draws_of_chosen).as_dict()
    return found


def _hits(scenario: Scenario, results: Any) -> tuple[np.ndarray, Draws]:
    """1 in the draws in which the energy target is reached."""
    saving, goal = simulated_values(scenario, results)["T25"]
    return (saving >= goal).astype(float), Draws.of(results)
