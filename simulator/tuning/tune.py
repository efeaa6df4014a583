"""Tune levers: the value that meets a chance constraint, the best of several, or the front of what can be had together.

Whatever is found is checked on fresh draws, other luck under another seed, four times as many: a value that was chosen on
some draws looks better on them than it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.levers import Range, read_range
from simulator.metrics import read_constraint, read_metric
from simulator.scenario import Scenario
from simulator.tuning.one_lever import Solution, solve
from simulator.tuning.problem import Goal, Problem
from simulator.tuning.relaxing import relaxed
from simulator.tuning.several import search_best, search_pareto
from simulator.tuning.telling import seed_of, told
from simulator.variants import SharedLuck

FRONT = (("outlay", False), ("induced_investment", True), ("energy_induced", True))  # where no goal is named
_KEPT = 24  # points of a front that are checked on fresh draws and shown


def tune(scenario: Scenario, levers: Sequence[str | Range], *, maximize: Sequence[str] = (), minimize: Sequence[str] = (),
         subject_to: Sequence[str] = (), prefer: str = "largest", evaluations: int = 600, luck: SharedLuck | None = None,
         progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """Find the values of levers that meet constraints, and make goals as large or small as can be.

    Parameters
    ----------
    levers : sequence of str
        `upgrade_loan_interest.rate=30%..70%`, or in steps: `major_project.rate=5%..15%:1%`.
    maximize, minimize : sequence of str
        Metrics. With one lever and none, its `prefer`red value that meets the constraints; with several levers and none, the
        front of outlay, induced investment and induced saving.
    subject_to : sequence of str
        `P(outlay<=80亿元)>=95%`, `leverage_net>=1`.
    prefer : largest or smallest
        Of one lever without a goal.
    evaluations : int
        Points to be tried at most, where there are several levers or several goals.

    Returns
    -------
    Dataset(solution, lever, constraint, metric, part)
        One solution, or the points of a front in the order of their first goal. `lever_value` (solution, lever, edge) with edge
        value, low, high, safe (low and high: the interval of 95% for one lever, else nan; safe: nan where no value in the range
        meets the constraints beyond chance, and then figures are those of the value); `holds` (solution, constraint, part), the
        metric of each constraint, and `fresh`, the same on fresh draws; `room` (solution, constraint, part), nought where it binds;
        `value` and `difference` from the scenario as it stands (solution, metric, part); `next_yi` (solution, metric, part),
        what outlay of another 1亿元 brings; and where a bound of money stops one lever, `relaxed_value`, how far it could go were
        that bound 1亿元 wider, with `relaxed_difference` (relaxed_metric, part). attrs: kind (one, several, front), status,
        evaluations, interrupted, seeds; without_effect, the names of levers whose ranges leave every figure of every draw as it
        is, and projects, how many potential projects they could have touched.

    Raises
    ------
    SimulatorError
        Naming what cannot be read, or a figure that the scenario does not state.
    """
    ranges = [read_range(scenario, each) if isinstance(each, str) else each for each in levers]
    if not ranges or len({each.lever.name for each in ranges}) != len(ranges):
        raise SimulatorError(tr("请给出不同的调节项（--lever）", "name different levers (--lever)"))
    goals = [Goal(read_metric(text), True) for text in maximize] + [Goal(read_metric(text), False) for text in minimize]
    if not goals and len(ranges) > 1:
        goals = [Goal(read_metric(text), up) for text, up in FRONT]
    constraints = [read_constraint(text) for text in subject_to]
    if len(ranges) == 1 and not goals and not constraints:
        raise SimulatorError(tr("请给出目标（--maximize、--minimize）或约束（--subject-to）",
                                "state a goal (--maximize, --minimize) or a constraint"))
    wider = xr.Dataset()
    problem = Problem(scenario, ranges, goals, constraints, luck or SharedLuck(), progress,
                      budget=evaluations if len(ranges) > 1 or len(goals) > 1 else 0)
    if len(goals) > 1:
        front = search_pareto(problem, evaluations=evaluations, seed=seed_of(scenario, "search"))
        chosen = front.points[_spread(len(front.points))] if len(front.points) else np.empty((0, len(ranges)))
        edges = _without_interval(chosen)
        status = {"kind": "front", "status": "found" if len(chosen) else "none", "interrupted": int(front.interrupted)}
    elif len(ranges) > 1:
        best = search_best(problem, evaluations=evaluations, seed=seed_of(scenario, "search"))
        edges = _without_interval(best.point[None] if best.feasible else np.empty((0, len(ranges))))
        status = {"kind": "several", "status": "found" if best.feasible else "none", "interrupted": int(best.interrupted)}
    else:
        prefer = "best" if goals else prefer
        solution = solve(problem, prefer)
        edges, wider = _edges(solution), relaxed(problem, solution, prefer)
        status = {"kind": "one", "status": solution.status, "interrupted": 0}
    asked = [f"{'max' if each.maximize else 'min'} {each.metric.text}" for each in goals]
    return told(problem, edges).merge(wider).assign_attrs(status | wider.attrs | {"goals": asked})


def _without_interval(points: np.ndarray) -> np.ndarray:
    """float64[solution, lever, edge] of float64[solution, lever]: each is set as it was found."""
    nothing = np.full(points.shape, np.nan)
    return np.stack([points, nothing, nothing, points], axis=-1)


def _edges(solution: Solution) -> np.ndarray:
    """float64[solution, lever, edge]; none where nothing was found."""
    if solution.status == "none":
        return np.empty((0, 1, 4))
    return np.array([[[solution.value, solution.low, solution.high, solution.safe]]])


def _spread(n: int) -> np.ndarray:
    """Places of at most so many points as are shown, over the whole front."""
    return np.unique(np.linspace(0, n - 1, min(n, _KEPT)).round().astype(int))
