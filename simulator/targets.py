"""The document's targets: which the run speaks to, how likely each is, and which are only listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from simulator.impact import physical_programmes
from simulator.scenario import Scenario
from simulator.schema import Target
from simulator.summary import Estimate, estimate, mean, probability
from simulator.units import parse_quantity
from simulator.weighting import Draws


@dataclass(frozen=True)
class Attainment:
    """How far a target gets: probability of reaching it and the expected result, or neither if nothing drives it."""

    target: Target
    probability: Estimate | None
    result: Estimate | None
    goal: float | None
    unit: str
    by_part: Mapping[str, tuple[Estimate, Estimate, float]] | None = None


# The targets that a plan stands or falls with; the joint probability is of the first and the last, within the budget.
DECIDING = {"investment": "T16", "renewal": "T01", "growth": "T02", "energy": "T25"}


def attainment(scenario: Scenario, results: xr.Dataset) -> list[Attainment]:
    """Every target of the document in its order; results of one scenario.

    simulated: from the city's path and energy. counted: from supported projects by part. physical: the programme's
    yearly saving, bottom-up, without a probability. tracked: listed only, for no instrument drives it.
    """
    return [_attain(scenario, results, target) for target in scenario.model.policy.targets]


def simulated_values(scenario: Scenario, results: xr.Dataset) -> dict[str, tuple[np.ndarray, float]]:
    """Target id -> (result per draw, goal), in inside units, for the targets that the city's path decides."""
    goals = {target.id: target.goal for target in scenario.model.policy.targets}
    path = results["city_equipment"].values
    found = {
        "T01": results["city_renewal"].sum("plan_year").values,
        "T02": path[:, -1] / scenario.model.city.base.value - 1.0,
        "T16": path.sum(axis=1),
        "T17": results["city_renewal"].sum("plan_year").values / path.sum(axis=1),
        "T25": results["energy_saving"].values,
    }
    return {key: (values, _amount(goals[key].at_least or goals[key].about)) for key, values in found.items() if key in goals}


def reached(scenario: Scenario, results: xr.Dataset) -> dict[str, np.ndarray]:
    """bool[draw] of each event on which the plan stands or falls: deciding targets and budget as far as they are stated, and `joint`.

    `joint`: the investment and the energy target are reached, and no stated appropriation is exceeded in any year.
    """
    values = simulated_values(scenario, results)
    found = {name: np.asarray(values[key][0] >= values[key][1]) for name, key in DECIDING.items() if key in values}
    if np.isfinite(results["appropriation"].values).any():
        found["budget"] = np.asarray(~(results["overrun"].values > 0).any(axis=(1, 2)))
    together = [found[name] for name in ("budget", "investment", "energy") if name in found]
    found["joint"] = np.logical_and.reduce([np.ones(results.sizes["draw"], bool), *together])
    return found


def joint_attainment(scenario: Scenario, results: xr.Dataset) -> dict[str, Estimate]:
    """P(outlay within the appropriation, and 4000亿元, and 50万吨标煤) with its margins."""
    draws = Draws.of(results)
    return {name: probability(hit, draws) for name, hit in reached(scenario, results).items()}


_PHYSICAL = {"T24": "motors", "T31": "computing", "T26": "solar"}
# Counted targets: id -> (part, period). "total": all that was filed within the plan; "filing year": the same, a year of the
# plan on average; "calendar year": what is supported in a full calendar year of the plan, for a yearly quota.
_COUNTED = {"T15": ("material_certification.project", "calendar year"), "T18": ("open_challenge.scenario", "filing year"),
            "T19": ("smart_factory.benchmark", "total"), "T20": ("smart_factory.demonstration", "total")}
_PARTS = {"T34": ("first_of_kind", "filing year")}


def _attain(scenario: Scenario, results: xr.Dataset, target: Target) -> Attainment:
    draws = Draws.of(results)
    simulated = simulated_values(scenario, results)
    if target.id in simulated:
        values, goal = simulated[target.id]
        unit = parse_quantity(target.goal.at_least or target.goal.about).dimension
        hit = None if target.goal.about else probability(values >= goal, draws)
        return Attainment(target, hit, estimate(values, mean, draws), goal, unit)
    if target.id in _PHYSICAL:
        saved = physical_programmes(scenario)[_PHYSICAL[target.id]]
        return Attainment(target, None, Estimate(saved, 0.0), None, "energy")
    if target.id == "T32":  # what the computing programme assumes of its equipment
        return Attainment(target, None, Estimate(scenario.model.energy.computing.saving.value, 0.0), _amount(target.goal.at_least), "share")
    if target.id in _COUNTED:
        part, period = _COUNTED[target.id]
        if part in results["part"].values:
            goal = _amount(target.goal.at_least or target.goal.about)
            hit, result = _count(results, part, period, goal, draws)
            return Attainment(target, None if target.goal.about else hit, result, goal, "count")
    if target.id in _PARTS and target.goal.parts:
        instrument, period = _PARTS[target.id]
        by_part = {name: (*_count(results, f"{instrument}.{name}", period, _amount(goal), draws), _amount(goal))
                   for name, goal in target.goal.parts.items() if f"{instrument}.{name}" in results["part"].values}
        if by_part:
            return Attainment(target, None, None, None, "count", by_part)
    return Attainment(target, None, None, None, "")


def _count(results: xr.Dataset, part: str, period: str, goal: float, draws: Draws) -> tuple[Estimate, Estimate]:
    """P(count reaches the goal) and the mean count, over the period."""
    awards = results["part_awards"].sel(part=part)
    plan = results["plan_year"].values
    if period == "calendar year":  # the plan's first year began in June
        counts = awards.sel(year=plan[1:]).mean("year").values
    else:  # an application filed within the plan counts, though approved just after it
        counts = awards.sum("year").values / (len(plan) if period == "filing year" else 1)
    return probability(counts >= goal, draws), estimate(counts, mean, draws)


def _amount(goal: str | None) -> float:
    return float(parse_quantity(goal).value) if goal else float("nan")
