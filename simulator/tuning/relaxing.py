"""How far one lever could go, were the bound of money that stops it 1亿元 wider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from simulator.metrics import Constraint, read_metric
from simulator.summary import as_parts
from simulator.tuning.one_lever import Solution, solve
from simulator.tuning.problem import AT, LOWER, REPORTED, UPPER, Problem
from simulator.units import YI


def relaxed(problem: Problem, solution: Solution, prefer: str) -> xr.Dataset:
    """Where a bound of money stops one lever: how far it could go, were that bound 1亿元 wider; nothing in other cases.

    Returns
    -------
    Dataset(metric, part)
        `relaxed_value`, the lever then, `relaxed_constraint` as text, and `relaxed_difference` (metric, part) from the solution.
    """
    binding = _binding(problem, solution)
    if binding is None:
        return xr.Dataset()
    constraints = [_wider(each) if each is binding else each for each in problem.constraints]
    wider = replace(problem, constraints=constraints)
    found = solve(wider, prefer)
    if found.status == "none":
        return xr.Dataset()
    here, there = problem.lines(np.array([[solution.value], [found.value]]))
    apart = [read_metric(text).difference(there, here) for text in REPORTED]
    return xr.Dataset({"relaxed_value": found.value, "relaxed_constraint": _wider(binding).text,
                       "relaxed_difference": (("relaxed_metric", "part"), as_parts(apart))},
                      coords={"relaxed_metric": list(REPORTED)}, attrs={"relaxed_status": found.status})


def _binding(problem: Problem, solution: Solution) -> Constraint | None:
    """The constraint with the least room, for its error, at the solution, if it is a bound of money."""
    if solution.status != "edge":
        return None
    found = problem.rooms(np.array([[solution.value]]), 1.0)[0]
    error = np.maximum((found[:, UPPER] - found[:, LOWER]) / 2.0, np.finfo(float).tiny)
    binding = problem.constraints[int(np.argmin(np.abs(found[:, AT]) / error))]
    units = binding.metric.quantities[0].units if binding.metric.statistic == "P" else binding.metric.units
    return binding if units == "CNY" and len(binding.metric.quantities) == 1 else None


def _wider(constraint: Constraint) -> Constraint:
    """The same with a bound that leaves 1亿元 more room."""
    metric, condition = constraint.metric, constraint.condition
    if metric.statistic != "P":
        moved = condition.moved(YI if condition.below else -YI)
        return replace(constraint, condition=moved, text=f"{metric.text}{moved.text}")
    event = metric.conditions[0]
    outward = event.below != condition.below  # P(x <= b) <= a is kept by a smaller b
    event = event.moved(YI if outward else -YI)
    text = f"P({metric.quantities[0].text}{event.text})"
    return replace(constraint, metric=replace(metric, conditions=(event,), text=text), text=f"{text}{condition.text}")
