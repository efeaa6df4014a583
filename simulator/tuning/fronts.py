"""Search the levers' ranges for the settings that no other setting beats; knows nothing of scenarios."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import numpy as np

from simulator.tuning.dominance import Batch, Front, front_of, require_pymoo

__all__ = ["Front", "search_front"]

Evaluate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
Progress = Callable[[int, int], None]

MATINGS = 10
"""Rounds of mating to fill one generation; what is still wanting then is drawn anywhere in the ranges."""
TRIES = 20
"""Points drawn for each that is wanting, most of which may have been evaluated."""


def search_front(evaluate: Evaluate, low: np.ndarray, high: np.ndarray, *, step: np.ndarray | None = None,
                 start: np.ndarray | None = None, evaluations: int = 2000, population: int = 50, seed: int = 1,
                 progress: Progress | None = None) -> Front:
    """Minimise several objectives at once under constraints, by NSGA-II.

    Parameters
    ----------
    evaluate : callable
        float64[n, lever] -> objectives float64[n, objective], constraints float64[n, constraint], all finite; there may be
        no constraints (zero columns). Called with one generation at a time, never with none, never twice with one point.
    low, high : float64[lever]
        Ranges, each lever in its own unit; where they are equal the lever stays.
    step : float64[lever], optional
        A lever takes the values low + k step as one would write them (0.47, not 0.47000000000000003); 0 is continuous.
    start : float64[n, lever], optional
        Points within the ranges to begin with, rounded to their steps.
    evaluations : int
        Most points evaluated. Where steps leave no more than so many settings, all are, and the front is exact; where
        they leave hardly more, a few may be left out.
    population : int
        Points of a generation; the first also holds `start` and the corners `low` and `high`, the last what is left.
    seed : int
        The same seed gives the same points, bit for bit.
    progress : callable, optional
        Told the points done and those to do after each generation.

    Returns
    -------
    Front
        Empty where no point was feasible. After Ctrl-C, of what had been evaluated by then.

    Raises
    ------
    SimulatorError
        Without pymoo.
    """
    require_pymoo()
    levers = _Levers(low, high, step)
    given = np.empty((0, len(levers.low))) if start is None else np.asarray(start, float)
    if given.ndim != 2 or given.shape[1:] != levers.low.shape or not ((levers.low <= given) & (given <= levers.high)).all():
        raise ValueError(f"start: points within the ranges, float64[n, {len(levers.low)}]; got {start!r}")
    if evaluations < 1 or population < 2:
        raise ValueError(f"at least 1 evaluation and a population of 2, got {evaluations} and {population}")
    random = np.random.default_rng([seed, 1])  # apart from pymoo's own, which begins from the seed alone
    record = _Record(evaluate, int(min(evaluations, levers.settings)), progress)
    given = np.vstack([given, levers.low, levers.high])
    try:
        if levers.settings <= evaluations:
            points = levers.rounded(np.vstack([given, random.permutation(levers.grid())]))
            points = points[record.fresh(points)]
            for first in range(0, len(points), population):
                record.evaluate(points[first:first + population])
        else:
            points = levers.rounded(np.vstack([given, levers.spread(population, random)]))
            _evolve(record, levers, points[record.fresh(points)][:max(population, len(given))], population, seed, random)
    except KeyboardInterrupt:
        if not record.batches:
            raise
        return front_of(record.batches, interrupted=True)
    return front_of(record.batches, interrupted=False)


def _evolve(record: _Record, levers: _Levers, opening: np.ndarray, population: int, seed: int, random: np.random.Generator) -> None:
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.population import Population
    from pymoo.core.problem import Problem
    from pymoo.core.termination import NoTermination

    objectives, constraints = record.evaluate(opening[:record.left])
    largest = np.abs(constraints).max(axis=0)
    scale = np.where(largest > 0, largest, 1.0)  # pymoo adds violations up: let shares and CNY weigh alike
    problem = Problem(n_var=len(levers.low), n_obj=objectives.shape[1], n_ieq_constr=len(scale), xl=levers.low, xu=levers.high)
    algorithm = NSGA2(pop_size=population, sampling=Population.new(X=opening[:len(objectives)]), repair=levers.repair,
                      eliminate_duplicates=record, seed=seed)
    algorithm.mating.n_max_iterations = MATINGS
    algorithm.setup(problem, termination=NoTermination())
    offspring = algorithm.ask()
    while True:
        offspring.set("F", objectives, "G", constraints / scale)
        algorithm.tell(infills=offspring)
        if not record.left:
            return
        wanted = algorithm.n_offsprings = min(population, record.left)
        offspring = Population.merge(Population.new(), algorithm.ask())  # None where mating brought nothing new
        algorithm.termination.force_termination = False
        if len(offspring) < wanted:
            bred = offspring.get("X").reshape(-1, len(levers.low))
            drawn = random.uniform(levers.low, levers.high, (TRIES * wanted, len(levers.low)))
            points = np.vstack([bred, levers.rounded(drawn)])
            points = points[record.fresh(points)][:wanted]
            if not len(points):
                return
            offspring = Population.merge(offspring, Population.new(X=points[len(bred):]))
        objectives, constraints = record.evaluate(offspring.get("X"))


class _Levers:
    """The ranges and their ladders of values; `counts` float64[lever] is how many values each has, infinite where continuous."""

    def __init__(self, low: np.ndarray, high: np.ndarray, step: np.ndarray | None) -> None:
        self.low, self.high = np.asarray(low, float) + 0.0, np.asarray(high, float) + 0.0
        steps = np.zeros_like(self.low) if step is None else np.asarray(step, float)
        if not (self.low.ndim == 1 and self.low.size and self.low.shape == self.high.shape == steps.shape
                and np.isfinite([self.low, self.high, steps]).all() and (self.low <= self.high).all() and (steps >= 0).all()):
            raise ValueError(f"ranges: finite, low <= high, step >= 0, one of each for every lever; got {low!r}, {high!r}, {step!r}")
        self._written = [[Decimal(str(x)) for x in row] for row in np.transpose([self.low, self.high, steps]).tolist()]
        self.counts = np.array([1 if a == b else (b - a) // each + 1 if each else math.inf for a, b, each in self._written], float)
        self.settings = float(np.prod(self.counts))

    def values(self, lever: int, rungs: Iterable[int]) -> list[float]:
        """low + k step, added as decimals."""
        low, _, step = self._written[lever]
        return [float(low + k * step) for k in rungs]

    def rounded(self, points: np.ndarray) -> np.ndarray:
        """The nearest points on the ladders: float64[n, lever] -> float64[n, lever]."""
        points = np.clip(points, self.low, self.high) + 0.0  # no -0.0, which would be another key
        for lever in np.flatnonzero(np.isfinite(self.counts)).tolist():
            step = float(self._written[lever][2]) or 1.0  # without a step there is one rung
            rungs = np.clip(np.rint((points[:, lever] - self.low[lever]) / step), 0, self.counts[lever] - 1)
            points[:, lever] = self.values(lever, rungs.astype(int).tolist())
        return points

    def repair(self, _problem: object, offspring: Any, **_how: object) -> Any:
        """`rounded`, as pymoo calls it."""
        return offspring.set("X", self.rounded(offspring.get("X"))) if len(offspring) else offspring

    def grid(self) -> np.ndarray:
        """Every setting: float64[setting, lever]."""
        ladders = [self.values(lever, range(int(count))) for lever, count in enumerate(self.counts)]
        return np.stack(np.meshgrid(*ladders, indexing="ij"), axis=-1).reshape(-1, len(ladders))

    def spread(self, population: int, random: np.random.Generator) -> np.ndarray:
        """Scrambled Sobol points, before rounding, and some to spare for those that fall together: float64[n, lever]."""
        from scipy.stats import qmc

        sobol = qmc.Sobol(len(self.low), rng=random)
        return self.low + sobol.random_base2(math.ceil(math.log2(4 * population))) * (self.high - self.low)


class _Record:
    """What has been evaluated, generation by generation, and how much is left to do."""

    def __init__(self, evaluate: Evaluate, limit: int, progress: Progress | None) -> None:
        self.batches: list[Batch] = []
        self.left = limit
        self._limit, self._evaluate, self._progress = limit, evaluate, progress
        self._seen: set[bytes] = set()

    def evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Objectives and constraints of points not seen before."""
        found = objectives, constraints = [np.array(each, float) for each in self._evaluate(points.copy())]
        if not all(each.ndim == 2 and len(each) == len(points) and np.isfinite(each).all() for each in found) or not objectives.size:
            raise ValueError(f"evaluate: finite float64[{len(points)}, objective] and float64[{len(points)}, constraint]; "
                             f"got {objectives!r} and {constraints!r}")
        self._seen.update(map(np.ndarray.tobytes, points))
        self.left -= len(points)
        self.batches.append((points, objectives, constraints))
        if self._progress is not None:
            self._progress(self._limit - self.left, self._limit)
        return objectives, constraints

    def fresh(self, points: np.ndarray, *others: np.ndarray) -> np.ndarray:
        """Which points, the first of equals, are neither evaluated nor among the others: bool[n]."""
        known = {point.tobytes() for other in others for point in other}
        new = np.zeros(len(points), bool)
        for row, key in enumerate(map(np.ndarray.tobytes, points)):
            new[row] = key not in self._seen and key not in known
            known.add(key)
        return new

    def do(self, offspring: Any, *others: Any) -> Any:
        """Drop what need not be evaluated again, as pymoo's elimination of duplicates is called; the first generation passes."""
        if not others or not len(offspring):
            return offspring
        return offspring[self.fresh(offspring.get("X"), *(other.get("X") for other in others))]
