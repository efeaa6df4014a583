"""Several levers with one goal: differential evolution of SciPy, whole generations at a time, under the same luck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.tuning.fronts import Front, search_front
from simulator.tuning.problem import Problem

PER_LEVER = 8  # members of a generation for each lever
BEHIND_ALL = 1e60  # times how much constraints are broken: dearer than any cost
TOLERANCE = 1e-3  # spread of the goal within a generation, over its mean, at which the search ends


@dataclass(frozen=True)
class Best:
    """The best point of a search."""

    point: np.ndarray
    """float64[lever]; of an infeasible problem the point that comes nearest."""
    feasible: bool
    evaluations: int
    interrupted: bool


def search_best(problem: Problem, *, evaluations: int, seed: int) -> Best:
    """The levers' best values for the problem's one goal, reproducible by the seed.

    Points that break constraints, by their one-sided 95% bounds, come behind all others, in the order of how much they break
    them (Deb 2000). An interrupt keeps the best point so far.
    """
    from scipy.optimize import differential_evolution

    low, high = (np.array([getattr(each, end) for each in problem.ranges]) for end in ("low", "high"))
    tried: list[tuple[np.ndarray, float, float]] = []
    interrupted = False

    def ranked(columns: np.ndarray) -> np.ndarray:
        points = _within(problem, np.atleast_2d(columns.T), evaluations - len(problem.known))
        costs, violations = problem.costs_and_violations(points)
        broken = np.maximum(violations, 0.0).sum(axis=1)
        tried.extend(zip(points, costs[:, 0], broken, strict=True))
        if len(points) < columns.shape[-1] or len(problem.known) >= evaluations:
            raise _Enough
        return np.where(broken > 0.0, BEHIND_ALL * broken, costs[:, 0])

    members = PER_LEVER * len(low)
    try:
        differential_evolution(ranked, list(zip(low, high, strict=True)), rng=seed, vectorized=True, updating="deferred", polish=False,
                               popsize=PER_LEVER, init="sobol", tol=TOLERANCE, maxiter=max(evaluations // members, 1))
    except _Enough:
        pass
    except KeyboardInterrupt:
        if not tried:
            raise
        interrupted = True
    best = min(tried, key=lambda each: (each[2], each[1]))
    return Best(np.array(list(problem.key(best[0].tolist()))), best[2] == 0.0, len(problem.known), interrupted)


def search_pareto(problem: Problem, *, evaluations: int, seed: int, population: int = 40) -> Front:
    """The front of the problem's goals under its constraints by NSGA-II; costs are to be minimised."""
    low, high, step = (np.array([getattr(each, name) for each in problem.ranges]) for name in ("low", "high", "step"))
    return search_front(problem.costs_and_violations, low, high, step=step, start=_now(problem), evaluations=evaluations,
                        population=population, seed=seed)


def _now(problem: Problem) -> np.ndarray | None:
    """The levers as they stand, where they lie within their ranges."""
    from simulator.units import parse_quantity

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
