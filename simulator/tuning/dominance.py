"""Which points no other point beats, and how much of the space of objectives they beat themselves; less is better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.errors import SimulatorError
from simulator.language import tr

MARGIN = 0.1
"""How far beyond the worst of the front the reference point of its hypervolume lies, as a share of the front's extent."""
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Points, objectives and constraints of one generation."""


@dataclass(frozen=True, eq=False)
class Front:
    """What a search found: of all the points it evaluated, those that are feasible and that no feasible one beats.

    Objectives are as `evaluate` gave them: less is better; constraints are met where they are <= 0.
    """

    points: np.ndarray
    """float64[n, lever], sorted by the first objective; of points with equal objectives, the first evaluated."""
    objectives: np.ndarray
    """float64[n, objective]"""
    constraints: np.ndarray
    """float64[n, constraint]"""
    all_points: np.ndarray
    """float64[evaluation, lever] in the order of evaluation, each once."""
    all_objectives: np.ndarray
    """float64[evaluation, objective]"""
    all_constraints: np.ndarray
    """float64[evaluation, constraint]"""
    hypervolume: np.ndarray
    """float64[generation]: share of the final front's hypervolume reached after each; see `dominance.growth`."""
    nearest: np.ndarray | None
    """float64[lever]: where nothing is feasible, the point that violates the constraints least, else None. Violations are
    added up, each as a share of the largest absolute value its constraint took."""
    nearest_constraints: np.ndarray | None
    """float64[constraint]: those of `nearest`."""
    interrupted: bool
    """Whether Ctrl-C ended the search."""


def non_dominated(objectives: np.ndarray) -> np.ndarray:
    """Whether no other row is at least as good in every objective and better in one.

    Parameters
    ----------
    objectives : float64[n, objective]
        Finite, less is better, each objective in its own unit.

    Returns
    -------
    bool[n]
        Equal rows do not dominate each other.
    """
    kept = np.zeros(len(objectives), bool)
    best = np.empty_like(objectives)  # the rows kept, closed up
    found = 0
    for row in np.lexsort(objectives.T[::-1]):  # whatever dominates a row comes before it
        if not _dominates(best[:found], objectives[row]).any():
            kept[row] = True
            best[found] = objectives[row]
            found += 1
    return kept


def _dominates(these: np.ndarray, those: np.ndarray) -> np.ndarray:
    return np.asarray((these <= those).all(axis=1) & (these < those).any(axis=1))


def hypervolume(objectives: np.ndarray, reference: np.ndarray) -> float:
    """The volume between a front and a reference point. [product of the objectives' units]

    Parameters
    ----------
    objectives : float64[n, objective]
        Less is better; what is not better than the reference in every objective counts nothing.
    reference : float64[objective]
        The worst that is still of interest.

    Notes
    -----
    Needs pymoo where there are two objectives or more.
    """
    within = objectives[(objectives < reference).all(axis=1)]
    if not len(within):
        return 0.0
    if len(reference) == 1:
        return float(reference[0] - within.min())
    from pymoo.indicators.hv import HV

    return float(HV(ref_point=reference)(within))


def growth(generations: Sequence[np.ndarray]) -> np.ndarray:
    """How much of the final front's hypervolume had been reached after each generation.

    Parameters
    ----------
    generations : sequence of float64[n, objective]
        The feasible points that each generation brought; n may be 0.

    Returns
    -------
    float64[generation]
        Shares that never fall; 0 while nothing is feasible, 1 at the end.

    Notes
    -----
    The reference point lies `MARGIN` beyond the worst of the final front. An objective in which that front has no extent
    is measured by the extent of all the points.
    """
    everything = np.concatenate(generations)
    volumes = np.zeros(len(generations))
    if not len(everything):
        return volumes
    final = everything[non_dominated(everything)]
    ideal, extent = final.min(axis=0), np.ptp(final, axis=0)
    extent = np.where(extent > 0, extent, np.ptp(everything, axis=0))
    extent = np.where(extent > 0, extent, 1.0)
    reference = np.where(np.ptp(final, axis=0) > 0, 1.0, 0.0) + MARGIN
    front = everything[:0]
    for generation, points in enumerate(generations):
        for point in points:
            if not _dominates(front, point).any():
                front = np.concatenate([front[~_dominates(point, front)], point[None]])
        volumes[generation] = hypervolume((front - ideal) / extent, reference)
    return np.maximum.accumulate(volumes) / volumes[-1]


def front_of(batches: Sequence[Batch], *, interrupted: bool) -> Front:
    """Gather the front of all generations: feasible, beaten by none, and of equal objectives the first."""
    points, objectives, constraints = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    feasible = np.flatnonzero((constraints <= 0).all(axis=1))
    kept = feasible[non_dominated(objectives[feasible])]
    kept = kept[np.unique(objectives[kept], axis=0, return_index=True)[1]]  # sorts by the first objective
    nearest = None if len(kept) else int(np.argmin(_violations(constraints)))
    return Front(points[kept], objectives[kept], constraints[kept], points, objectives, constraints,
                 growth([each[(limits <= 0).all(axis=1)] for _, each, limits in batches]),
                 None if nearest is None else points[nearest], None if nearest is None else constraints[nearest], interrupted)


def _violations(constraints: np.ndarray) -> np.ndarray:
    largest = np.abs(constraints).max(axis=0)
    return (np.maximum(constraints, 0.0) / np.where(largest > 0, largest, 1.0)).sum(axis=1)


def require_pymoo() -> None:
    """Load pymoo without the lines that it prints where it has no compiled modules."""
    try:
        from pymoo.config import Config
        from pymoo.functions import FunctionLoader
        from pymoo.util import default_random_state  # noqa: F401  older ones seed numpy's global generator
    except ImportError as error:
        raise SimulatorError(tr("多目标调参需要 pymoo：python3 -m pip install 'subsidysim[optimize]'",
                                "tuning for several objectives needs pymoo: python3 -m pip install 'subsidysim[optimize]'")) from error
    asked = Config.warnings["not_compiled"]
    Config.warnings["not_compiled"] = False
    try:
        FunctionLoader.get_instance()  # speaks once, when it is made
    finally:
        Config.warnings["not_compiled"] = asked
