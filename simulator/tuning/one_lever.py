"""One lever: the smallest or largest value that meets every constraint, or the best among those, with its interval.

The range is scanned in even steps, and of the values that meet all constraints the outermost is closed in on; what holds
between two points of the scan is not seen. Three curves are followed: the room of the constraints, and its 95% confidence
bounds (from the eight scrambles, t of seven degrees of freedom). Where the room is used up is the value, where the
bounds are is the interval. Who must keep a chance constraint beyond chance takes the `safe` end of the interval, on the side
where the constraint holds; where the lower bound holds nowhere in the range, no value is safe.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.summary import T_OF_EIGHT, error_of
from simulator.tuning.problem import AT, LOWER, UPPER, Problem

SCAN = 17  # points over the whole range, and again over what is closed in on
FITTED = 9  # points through which a parabola is laid
ROUNDS = 6
CLOSE = 0.25  # of the interval: a bracket is narrow enough when it is narrower
FINEST = 1e-6  # of the range
DENSE = 4001  # values at which the slope of a goal is looked at, which costs nothing


@dataclass(frozen=True)
class Solution:
    """A value of the lever and how sure it is."""

    status: str
    """edge: a constraint stops it; inside: the best lies within; end: the end of the range; none: no value meets all."""
    value: float
    low: float
    high: float
    safe: float
    """On the side where constraints hold, at the end of the interval; rounded to the step to that side. nan: no value is safe."""


def solve(problem: Problem, prefer: str) -> Solution:
    """Solve for one lever.

    Parameters
    ----------
    prefer : smallest, largest or best
        Best: by the problem's one goal among the values that meet all constraints.
    """
    grid = _grid(problem, problem.ranges[0].low, problem.ranges[0].high)
    room = _room(problem, grid)
    holds = room[:, AT] >= 0.0
    if not holds.any():
        return Solution("none", np.nan, np.nan, np.nan, np.nan)
    if prefer == "best":
        return _best(problem, grid, room)
    upward = prefer == "largest"
    return _edge(problem, grid, room, int(np.flatnonzero(holds)[-1 if upward else 0]), upward)


def _grid(problem: Problem, low: float, high: float, points: int = SCAN) -> np.ndarray:
    """Points of the lever between two values, each a value that may be chosen."""
    return np.unique([problem.ranges[0].stepped(x) for x in np.linspace(low, high, points)])


def _room(problem: Problem, grid: np.ndarray) -> np.ndarray:
    """float64[point, 3]: the room of the tightest constraint, as a share of its bound: lower bound, itself, upper bound."""
    if not problem.constraints:
        return np.ones((len(grid), 3))
    found = problem.rooms(grid[:, None], T_OF_EIGHT)
    return np.asarray((found / problem.sizes()[:, None]).min(axis=1))


def _edge(problem: Problem, grid: np.ndarray, room: np.ndarray, place: int, upward: bool) -> Solution:
    """Close in on where constraints cease to hold, beyond grid[place], upward or downward."""
    lever, side = problem.ranges[0], 1 if upward else -1
    for last in range(ROUNDS + 1):
        roots, cells = zip(*(_crossing(grid, room[:, curve], place, side) for curve in (LOWER, AT, UPPER)), strict=True)
        widest = max(abs(grid[i] - grid[j]) for i, j in cells)
        close = lever.step or max(CLOSE * abs(roots[UPPER] - roots[LOWER]), FINEST * (lever.high - lever.low))
        inner, outer = grid[min(map(min, cells))], grid[max(map(max, cells))]
        near = np.setdiff1d(_grid(problem, inner, outer), grid)
        if last == ROUNDS or widest <= 1.000001 * close or not len(near):
            break
        kept = grid[place]
        merged = np.concatenate([grid, near])
        order = np.argsort(merged)
        grid, room = merged[order], np.concatenate([room, _room(problem, near)])[order]
        place = int(np.searchsorted(grid, kept))
    value, low, high, last_sure = roots[AT], min(roots), max(roots), cells[LOWER][0]
    certain = room[last_sure, LOWER] >= 0.0
    if low == high == grid[-1 if upward else 0]:
        return Solution("end", value, value, value, value if certain else np.nan)
    if lever.step or not certain:
        return Solution("edge", value, low, high, float(grid[last_sure]) if certain else np.nan)
    fineness = max(0.1 * (high - low) / 2.0, 1e-4 * (lever.high - lever.low))
    return Solution("edge", value, low, high, lever.rounded(roots[LOWER], fineness, up=not upward))


def _crossing(grid: np.ndarray, curve: np.ndarray, place: int, side: int) -> tuple[float, tuple[int, int]]:
    """Where a curve falls below nought, looking to one side from a point at which it (nearly) does not.

    And the places between which: the last at which it holds, and the next; both are the end of the grid where it holds all the
    way to there, or where it holds nowhere.
    """
    i = place
    while 0 <= i < len(grid) and curve[i] < 0.0:  # a lower bound gives out before: go back to where it holds
        i -= side
    if not 0 <= i < len(grid):
        end = 0 if side > 0 else len(grid) - 1
        return float(grid[end]), (end, end)
    while 0 <= i + side < len(grid) and curve[i + side] >= 0.0:
        i += side
    if not 0 <= i + side < len(grid):
        return float(grid[i]), (i, i)
    share = curve[i] / (curve[i] - curve[i + side])
    return float(grid[i] + share * (grid[i + side] - grid[i])), (i, i + side)


def _best(problem: Problem, grid: np.ndarray, room: np.ndarray) -> Solution:
    """The best value by the goal: between its neighbours on the grid, or where on the way there a constraint gives out."""
    holds = room[:, AT] >= 0.0
    place = int(np.argmin(np.where(holds, problem.costs(grid[:, None])[:, 0, 0], np.inf)))
    ends, edges = [float(grid[max(place - 1, 0)]), float(grid[min(place + 1, len(grid) - 1)])], {}
    for which, upward in ((0, False), (1, True)):
        beside = place + (1 if upward else -1)
        if 0 <= beside < len(grid) and not holds[beside]:
            edges[which] = _edge(problem, grid, room, place, upward)
            ends[which] = edges[which].value
    if edges:
        near = _grid(problem, ends[0], ends[1])
        found = int(np.argmin(problem.costs(near[:, None])[:, 0, 0]))
        for which, at in ((0, 0), (1, len(near) - 1)):
            if found == at and which in edges:
                return edges[which]
    return _safely(problem, _inside(problem, ends[0], ends[1]))


def _safely(problem: Problem, best: Solution) -> Solution:
    """Where constraints hold at the best value, but not beyond chance: the best of all the points at which they do."""
    points = np.array(sorted({*problem.known, problem.key([best.safe])}))
    certain = _room(problem, points[:, 0])[:, LOWER] >= 0.0
    if certain[np.searchsorted(points[:, 0], problem.key([best.safe])[0])]:
        return best
    costs = np.where(certain, problem.costs(points)[:, 0, 0], np.inf)
    return replace(best, safe=float(points[np.argmin(costs), 0]) if certain.any() else np.nan)


def _inside(problem: Problem, low: float, high: float) -> Solution:
    """The best value where nothing stops it: the vertex of a parabola through the neighbourhood.

    As with an edge, the interval ends where the goal certainly falls, and where it certainly rises.
    """
    lever = problem.ranges[0]
    for _ in range(ROUNDS):
        near = _grid(problem, low, high, FITTED)
        if len(near) < 3:
            value = float(near[np.argmin(problem.costs(near[:, None])[:, 0, 0])])
            return Solution("inside" if lever.low < value < lever.high else "end", value, near[0], near[-1], value)
        middle = near.mean()
        bends, slopes, _ = np.polyfit(near - middle, problem.costs(near[:, None])[:, 0], 2)
        along = np.linspace(lever.low, lever.high, DENSE)
        slope = 2.0 * bends * (along[:, None] - middle) + slopes
        half = T_OF_EIGHT * error_of(slope)
        place = int(np.argmin(problem.costs(near[:, None])[:, 0, 0]))
        vertex = middle - slopes[0] / (2.0 * bends[0]) if bends[0] > 0.0 else near[place]
        value = float(np.clip(vertex, low, high))
        falls, rises = along[slope[:, 0] + half < 0.0], along[slope[:, 0] - half > 0.0]
        left = float(falls[falls <= value].max(initial=lever.low))
        right = float(rises[rises >= value].min(initial=lever.high))
        reach = max(right - left, (high - low) / SCAN)
        if lever.step or 2.0 * reach >= high - low or high - low <= 1e-3 * (lever.high - lever.low):
            break
        low, high = max(value - reach, low), min(value + reach, high)
    status = "end" if value in (lever.low, lever.high) and left in (lever.low, value) and right in (value, lever.high) else "inside"
    return Solution(status, value, left, right, lever.stepped(value))
