"""What is told of the solutions of a tuning: how they stand, on the same and on fresh draws, and what more money would buy."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import xarray as xr

from simulator.headlines import unchanged
from simulator.levers import with_levers
from simulator.metrics import Metric, read_metric
from simulator.scenario import Scenario
from simulator.summary import as_parts, estimate_of
from simulator.tuning.problem import AT, LOWER, REPORTED, UPPER, Problem
from simulator.units import YI
from simulator.variants import SharedLuck

FRESH = 4  # times as many draws as were tuned on


def seed_of(scenario: Scenario, use: str) -> int:
    """A seed of its own for each use, the same in every run."""
    return int.from_bytes(hashlib.sha256(f"{scenario.model.seed}/{use}".encode()).digest()[:4], "little")


def told(problem: Problem, edges: np.ndarray) -> xr.Dataset:
    """Everything about the solutions: how they stand, on the same and on fresh draws, and what another 1亿元 would buy."""
    metrics = [read_metric(text) for text in dict.fromkeys((*REPORTED, *(each.metric.text for each in problem.goals)))]
    points, now = _points(problem, edges), problem.now
    found = problem.lines(points) if len(points) else []
    table = xr.Dataset(coords={
        "lever": [each.lever.name for each in problem.ranges], "edge": ["value", "low", "high", "safe"],
        "text": (("solution", "lever"), _texts(problem, points)),
        "constraint": [each.text for each in problem.constraints], "metric": [each.text for each in metrics], "part": ["value", "error"],
    }, attrs={"scenario": problem.scenario.name, "draws": now.sizes["draw"], "seed": problem.scenario.model.seed,
              "fresh_seed": seed_of(problem.scenario, "fresh"), "fresh_draws": FRESH * now.sizes["draw"]})
    table["lever_value"] = (("solution", "lever", "edge"), edges)
    table["unit"] = ("metric", [each.units for each in metrics])
    table["unit_of_constraint"] = ("constraint", [each.metric.units for each in problem.constraints])
    table["base"] = (("metric", "part"), as_parts([each.estimate(now) for each in metrics]))
    shape = (len(points), len(metrics))
    table["value"] = (("solution", "metric", "part"), as_parts([each.estimate(lines) for lines in found for each in metrics], *shape))
    table["difference"] = (("solution", "metric", "part"),
                           as_parts([each.difference(lines, now) for lines in found for each in metrics], *shape))
    of_constraints = (len(points), len(problem.constraints))
    table["holds"] = (("solution", "constraint", "part"),
                      as_parts([each.metric.estimate(lines) for lines in found for each in problem.constraints], *of_constraints))
    table["room"] = (("solution", "constraint", "part"), _rooms(problem, edges))
    fresh = _on_fresh_draws(problem, points, table.attrs["fresh_seed"], table.attrs["fresh_draws"])
    table["fresh"] = (("solution", "constraint", "part"),
                      as_parts([each.metric.estimate(lines) for lines in fresh for each in problem.constraints], *of_constraints))
    table["fresh_value"] = (("solution", "metric", "part"), as_parts([each.estimate(lines) for lines in fresh for each in metrics], *shape))
    table["next_yi"] = (("solution", "metric", "part"), _next_yi(problem, edges, metrics))
    return table.assign_attrs(evaluations=len(problem.known), without_effect=_without_effect(problem), projects=now.attrs["projects"],
                              **_reach(problem, edges))


def _texts(problem: Problem, points: np.ndarray) -> np.ndarray:
    """str[solution, lever]: as one would write them."""
    found = [[each.text(x) for each, x in zip(problem.ranges, point, strict=True)] for point in points]
    return np.array(found, dtype=str).reshape(points.shape)


def _points(problem: Problem, edges: np.ndarray) -> np.ndarray:
    """float64[solution, lever]: what one would set, the safe ends; of one lever without any, what is next to its value and holds."""
    points = np.array(edges[..., 3])
    if len(points) and np.isnan(points[0, 0]):
        lever, (value, low, high, _) = problem.ranges[0], edges[0, 0]
        fineness = max((high - low) / 20.0, 1e-4 * (lever.high - lever.low))
        beside = np.array([problem.key([lever.rounded(value, fineness, up=up)]) for up in (False, True)])
        points[0] = beside[int(np.argmax((problem.rooms(beside, 1.0)[..., AT] >= 0.0).all(axis=1)))]
    return points


def _without_effect(problem: Problem) -> list[str]:
    """The levers that touch no project: both ends of their ranges leave every figure of every draw as it stands."""
    doubtful = [i for i in range(len(problem.ranges)) if not _seen_to_matter(problem, i)]
    ends = [with_levers(problem.scenario, [(each.lever, each.text(value))], f"end.{i}.{value}")
            for i in doubtful for each in [problem.ranges[i]] for value in (each.low, each.high)]
    if not ends:
        return []
    found = problem.luck.headlines(ends)
    same = [unchanged(problem.now, found.isel(variant=k)) for k in range(len(ends))]
    return [problem.ranges[i].lever.name for k, i in enumerate(doubtful) if same[2 * k] and same[2 * k + 1]]


def _seen_to_matter(problem: Problem, lever: int) -> bool:
    """Whether figures differ between two known points that differ in this lever only."""
    first: dict[tuple[float, ...], xr.Dataset] = {}
    return any(not unchanged(lines, first.setdefault(key[:lever] + key[lever + 1 :], lines)) for key, lines in problem.known.items())


def _rooms(problem: Problem, edges: np.ndarray) -> np.ndarray:
    """float64[solution, constraint, part]: the room at the value itself; within its error of nought, the constraint binds.

    Between two steps it is that on the straight line between them.
    """
    if not len(edges) or not problem.constraints:
        return np.empty((len(edges), len(problem.constraints), 2))
    points = edges[..., 0]
    lever, at = problem.ranges[0], float(points[0, 0])
    if len(problem.ranges) == 1 and len(points) == 1 and lever.step and at != lever.stepped(at):
        below = lever.low + np.floor((at - lever.low) / lever.step) * lever.step
        share = (at - below) / lever.step
        pair = problem.rooms(np.array([[below], [below + lever.step]]), 1.0)
        found = ((1.0 - share) * pair[0] + share * pair[1])[None]
    else:
        found = problem.rooms(points, 1.0)
    return np.stack([found[..., AT], (found[..., UPPER] - found[..., LOWER]) / 2.0], axis=-1)


def _on_fresh_draws(problem: Problem, points: np.ndarray, seed: int, draws: int) -> list[xr.Dataset]:
    if not len(points):
        return []
    other = problem.scenario.with_seed(seed)
    variants = [with_levers(other, [(each.lever, each.text(float(x))) for each, x in zip(problem.ranges, point, strict=True)], f"fresh.{i}")
                for i, point in enumerate(points)]
    lines = SharedLuck(draws, problem.luck.threads).headlines(variants)
    return [lines.isel(variant=i) for i in range(len(points))]


def _next_yi(problem: Problem, edges: np.ndarray, metrics: Sequence[Metric]) -> np.ndarray:
    """float64[solution, metric, part]: the change of each metric for 1亿元 of further mean outlay, with errors.

    Of one lever: along it, from the value to where the outlay is so much larger. Of several: along the front, to the next
    dearer point that induces more. nan where there is none.
    """
    made = np.full((len(edges), len(metrics), 2), np.nan)
    outlay = read_metric("outlay")
    for i in range(len(edges)):
        pair = _along_lever(problem, edges[i, :, 0]) if edges.shape[1] == 1 else _dearer(problem, edges, i)
        if pair is None:
            continue
        here, there = problem.values(np.array(pair), [outlay, *metrics])
        paid = there[0] - here[0]
        if not (np.abs(paid) > 1e-9 * np.abs(here[0]).max()).all():
            continue
        for j in range(len(metrics)):
            bought = estimate_of((there[j + 1] - here[j + 1]) / paid * YI, problem.now.sizes["draw"])
            made[i, j] = bought.value, bought.error
    return made


def _along_lever(problem: Problem, point: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The point, and one beside it: a fiftieth of the range, or a step, toward more outlay if that is within the range."""
    lever = problem.ranges[0]
    by = max((lever.high - lever.low) / 50.0, lever.step)
    beside = point + by if point[0] + by <= lever.high else point - by
    return None if beside[0] < lever.low else (point, beside)


def _dearer(problem: Problem, edges: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray] | None:
    """A point of the front, and the next dearer one that induces more."""
    paid, induced = problem.values(edges[..., 0], [read_metric("outlay"), read_metric("induced_investment")])[..., 0].T
    more = np.flatnonzero((paid > paid[place]) & (induced > induced[place]))
    return None if not len(more) else (edges[place, :, 0], edges[more[np.argmin(paid[more])], :, 0])


def _reach(problem: Problem, edges: np.ndarray) -> dict[str, list[float] | int]:
    """Where nothing meets the constraints: how far each comes at best."""
    sets = list(problem.known.values())
    if len(edges) or not sets or not problem.constraints:
        return {}
    found = []
    for each in problem.constraints:
        values = np.array([each.metric.estimate(lines).value for lines in sets])
        found.append(float(values[np.argmax(each.condition.margin(values))]))
    return {"best_reach": found}
