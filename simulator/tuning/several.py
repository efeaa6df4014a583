"""Several levers with one goal: differential evolution of SciPy, whole generations at a time, under the same luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.tuning.dominance import Front, front_of
from simulator.tuning.fronts import search_front
from simulator.tuning.problem import Problem
from simulator.units import parse_quantity

PER_LEVER = 8  # members of a generation for each lever
BEHIND_ALL = 1e60  # times how much constraints are broken: dearer than any cost
FAINTEST = 1e-30  # of a bound: a violation below this would be taken for a cost
TOLERANCE = 1e-3  # spread of the goal within a generation, over that of the widest, at which the search ends

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


@dataclass(frozen=True)
class Best:
    """The best point of a search."""

    point: np.ndarray
    """float64[lever]; of an infeasible problem the point that comes nearest."""
    feasible: bool
    interrupted: bool


def search_best(problem: Problem, *, evaluations: int, seed: int) -> Best:
    """The levers' best values for the problem's one goal, reproducible by the seed.

    Points that break constraints, by their one-sided 95% bounds, come behind all others, in the order of how much they break
    them (Deb 2000). An interrupt keeps the best of all points that were simulated by then.
    """
    from scipy.optimize import differential_evolution

    low, high = (np.array([getattr(each, end) for each in problem.ranges]) for end in ("low", "high"))
    interrupted = False

    def ranked(columns: np.ndarray) -> np.ndarray:
        points = _within(problem, np.atleast_2d(columns.T), evaluations - len(problem.known))
        costs, broken = _judged(problem, points)
        if len(points) < columns.shape[-1] or len(problem.known) >= evaluations:
            raise _Enough
        return np.where(broken > 0.0, BEHIND_ALL * broken, costs)

    spreads: list[float] = []

    def settled(intermediate_result: OptimizeResult) -> bool:
        """Measured by the goal's own spread, not by its mean as SciPy does: 1,845 and 1,850 projects are not the same."""
        costs = intermediate_result.population_energies
        if (costs > BEHIND_ALL * FAINTEST).any():
            return False
        spreads.append(float(costs.std()))
        return bool(spreads[-1] <= TOLERANCE * max(spreads))

    members = PER_LEVER * len(low)
    try:
        differential_evolution(ranked, list(zip(low, high, strict=True)), rng=seed, vectorized=True, updating="deferred", polish=False,
                               popsize=PER_LEVER, init="sobol", tol=0.0, callback=settled, maxiter=max(evaluations // members, 1))
    except _Enough:
        pass
    except KeyboardInterrupt:
        if not problem.known:
            raise
        interrupted = True
    points = np.array(list(problem.known))
    costs, broken = _judged(problem, points)
    best = np.lexsort((costs, broken))[0]
    return Best(points[best], bool(broken[best] == 0.0), interrupted)


def _judged(problem: Problem, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64[point] each: the cost by the one goal, and how much constraints are broken."""
    costs, violations = problem.costs_and_violations(points)
    return costs[:, 0], np.maximum(violations, 0.0).sum(axis=1)


def search_pareto(problem: Problem, *, evaluations: int, seed: int, population: int = 40) -> Front:
    """The front of the problem's goals under its constraints by NSGA-II; costs are to be minimised.

    After an interrupt also of those points of the generation in hand that were simulated by then.
    """
    low, high, step = (np.array([getattr(each, name) for each in problem.ranges]) for name in ("low", "high", "step"))
    front = None
    try:
        front = search_front(problem.costs_and_violations, low, high, step=step, start=_now(problem), evaluations=evaluations,
                             population=population, seed=seed)
    except KeyboardInterrupt:
        if not problem.known:
            raise
    return front if front is not None and not front.interrupted else _interrupted(problem, front)


def _interrupted(problem: Problem, front: Front | None) -> Front:
    """The front of whole generations, if there is one, and of all further points that were simulated."""
    whole = [] if front is None else [(front.all_points, front.all_objectives, front.all_constraints)]
    judged = {problem.key(point) for points, *_ in whole for point in points}
    rest = np.array([key for key in problem.known if key not in judged])
    return front_of([*whole, *([(rest, *problem.costs_and_violations(rest))] if len(rest) else [])], interrupted=True)


def _now(problem: Problem) -> np.ndarray | None:
    """The levers as they stand, where they lie within their ranges."""
    point = []
    for each in problem.ranges:
        try:
            point.append(float(parse_quantity(each.lever.written).value))
        except ValueError:
            return None
    inside = all(each.low <= x <= each.high for each, x in zip(problem.ranges, point, strict=True))
    return np.array([problem.key(point)]) if inside else None


def _within(problem: Problem, points: np.ndarray, left: int) -> np.ndarray:
    """The points up to the last for which the budget is enough."""
    new: set[tuple[float, ...]] = set()
    for place, point in enumerate(points):
        new |= {problem.key(point)} - problem.known.keys()
        if len(new) > left:
            return points[:place]
    return points


class _Enough(Exception):
    """The budget of evaluations is used up."""
