"""A tuning problem: levers and their ranges, what is wanted, what must hold; and the evaluation of points under one luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import xarray as xr

from simulator.errors import SimulatorError
from simulator.headlines import EVENTS, RATIOS
from simulator.language import tr
from simulator.levers import Range, with_levers
from simulator.metrics import Constraint, Metric, read_metric
from simulator.scenario import Scenario
from simulator.summary import error_of, mean, quantile
from simulator.variants import SharedLuck
from simulator.weighting import Draws

ONE_SIDED = 1.895  # 95% of Student's t with seven degrees of freedom: errors come from eight scrambles
LOWER, AT, UPPER = range(3)  # bounds of a room, and itself
LEAST = 0.5  # of a draw: the share below a quantile is not known better, though all scrambles agree
OF_THREE = 1.5  # draws: nor any other share, as `summary.probability` has it
BATCH = 16  # points that are handed over at once, so that an interrupt finds most of them done

REPORTED = ("outlay", "outlay_peak", "supported_investment", "induced_investment", "leverage_gross", "leverage_net", "deadweight_share",
            "awards", "energy_saving", "energy_induced", "in_budget", "joint")


@dataclass(frozen=True)
class Goal:
    """A metric that is to be as large or as small as can be."""

    metric: Metric
    maximize: bool

    def cost(self, values: np.ndarray) -> np.ndarray:
        """To be minimised."""
        return -values if self.maximize else values


@dataclass
class Problem:
    """What is tuned, and every point that has been evaluated: by the values of its levers, rounded to their steps."""

    scenario: Scenario
    ranges: Sequence[Range]
    goals: Sequence[Goal]
    constraints: Sequence[Constraint]
    luck: SharedLuck
    progress: Callable[[int, int], None] | None = None
    budget: int = 0
    """Points that are expected, for progress."""
    known: dict[tuple[float, ...], xr.Dataset] = field(default_factory=dict)
    """Of every point so far the headlines that are asked for."""

    @cached_property
    def now(self) -> xr.Dataset:
        """All headlines of the scenario as it stands."""
        return self.luck.headlines([self.scenario.renamed("as.it.stands")]).isel(variant=0)

    def at(self, point: Sequence[float], name: str) -> Scenario:
        """The scenario with its levers at a point."""
        settings = [(each.lever, each.text(each.stepped(float(x)))) for each, x in zip(self.ranges, point, strict=True)]
        return with_levers(self.scenario, settings, name)

    def key(self, point: Sequence[float]) -> tuple[float, ...]:
        """The values that a point stands for."""
        return tuple(each.stepped(float(x)) for each, x in zip(self.ranges, point, strict=True))

    def lines(self, points: np.ndarray) -> list[xr.Dataset]:
        """The headlines at float64[point, lever]; each point is simulated once."""
        keys = [self.key(point) for point in points]
        new = [key for key in dict.fromkeys(keys) if key not in self.known]
        for start in range(0, len(new), BATCH):
            some = new[start : start + BATCH]
            found = self.luck.headlines([self.at(key, f"point.{i}") for i, key in enumerate(some)])
            kept = found[[name for name in self.asked() if name in found]]
            for i, key in enumerate(some):
                self.known[key] = kept.isel(variant=i).copy(deep=True)  # not a view, which would keep all of the pass
            if self.progress:
                self.progress(len(self.known), max(self.budget, len(self.known)))
        return [self.known[key] for key in keys]

    def asked(self) -> list[str]:
        """The variables that the problem's metrics and those that are reported need: of thousands of points nothing else is kept."""
        metrics = [*map(read_metric, REPORTED), *(each.metric for each in self.goals), *(each.metric for each in self.constraints)]
        names = {name for metric in metrics for each in metric.quantities for name in each.needs}
        return sorted({*names, "control", "fingerprint"})

    def rooms(self, points: np.ndarray, errors: float) -> np.ndarray:
        """float64[point, constraint, bound]: the room that each constraint leaves, as `room`; negative where it is broken."""
        return np.array([[room(each, lines, errors) for each in self.constraints] for lines in self.lines(points)]).reshape(
            len(points), len(self.constraints), 3)

    def values(self, points: np.ndarray, metrics: Sequence[Metric]) -> np.ndarray:
        """float64[point, metric, 1 + scramble]: of all draws, then of each scramble; nan where it is not stated."""
        found = [(lines, Draws.of(lines)) for lines in self.lines(points)]
        return np.array([[_columns(each, lines, draws) for each in metrics] for lines, draws in found]).reshape(
            len(points), len(metrics), -1)

    def costs_and_violations(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float64[point, goal] to be minimised, and float64[point, constraint], met where not above 0.

        A constraint counts as met where it is so beyond chance: with its one-sided 95% confidence bound.
        """
        lower = self.rooms(points, ONE_SIDED)[..., LOWER]
        return self.costs(points)[..., 0], -lower / self.sizes()

    def sizes(self) -> np.ndarray:
        """float64[constraint]: what margins are measured by, so that those of several constraints can be added.

        The bound; of a bound of nought how widely the figure spreads, or else how large it is, in the scenario as it stands.
        Where it is nought in every draw, money is measured by the outlay, and the rest by 1.
        """
        return np.array([self._size(each) for each in self.constraints])

    def _size(self, constraint: Constraint) -> float:
        metric = constraint.metric
        bound = metric.conditions[0].bound if _is_quantile(constraint) else constraint.condition.bound
        if bound != 0.0:
            return abs(bound)
        if metric.units == "share" and not _is_quantile(constraint):
            return 1.0
        figure = metric.quantities[0]
        for values in (figure.values(self.now), *([self.now["outlay"].values] if figure.units == "CNY" else ())):
            if large := float(values.std()) or float(np.abs(values).mean()):
                return large
        return 1.0

    def costs(self, points: np.ndarray) -> np.ndarray:
        """float64[point, goal, 1 + scramble], to be minimised."""
        found = self.values(points, [each.metric for each in self.goals])
        for i, goal in enumerate(self.goals):
            if np.isnan(found[:, i]).any():
                raise _not_stated(goal.metric.text)
            found[:, i] = goal.cost(found[:, i])
        return found


def _is_quantile(constraint: Constraint) -> bool:
    metric = constraint.metric
    return (metric.statistic == "P" and len(metric.quantities) == 1 and metric.quantities[0].name not in EVENTS
            and 0.0 < constraint.condition.bound < 1.0)


def _is_share(metric: Metric) -> bool:
    """Of draws."""
    return metric.statistic == "P" or (metric.statistic == "mean" and metric.quantities[0].name in EVENTS)


def _columns(metric: Metric, lines: xr.Dataset, draws: Draws) -> np.ndarray:
    """A ratio to outlay is 0 where nothing is paid."""
    found = metric.columns(lines, draws)
    return np.nan_to_num(found) if metric.quantities[0].name in RATIOS else found


def _not_stated(text: str) -> SimulatorError:
    return SimulatorError(tr(f"{text}：这个情景没有该指标（如未列预算或目标）",
                             f"{text}: this scenario has no such figure (no budget or target is stated)"))


def room(constraint: Constraint, lines: xr.Dataset, errors: float) -> np.ndarray:
    """The room of a constraint, between bounds so many standard errors away: float64[bound], lower, itself, upper.

    P(x <= b) >= a holds just where the a-quantile of x is at most b: a quantile moves smoothly with a lever, where a share of
    draws moves in steps, so that is what is looked at. Its bounds are the quantiles at a plus and minus the errors of the share
    of draws below it (Woodruff 1952): a share is without bias in every scramble, where a quantile of few draws is not.
    Other constraints are taken as they stand.
    A share of no or of all draws is not certain: its error is at least that of the rule of three.
    """
    draws = Draws.of(lines)
    metric, condition = constraint.metric, constraint.condition
    if not _is_quantile(constraint):
        columns = condition.margin(_columns(metric, lines, draws))
        error = max(float(error_of(columns)), OF_THREE / lines.sizes["draw"] if _is_share(metric) else 0.0)
        found = columns[0] + errors * error * np.array([-1.0, 0.0, 1.0])
    else:
        event, values = metric.conditions[0], metric.quantities[0].values(lines)
        level = condition.bound if event.below else 1.0 - condition.bound
        at = quantile(level)(values, draws.weights[:, :1])
        error = max(float(error_of(mean((values <= at).astype(float), draws.weights))), LEAST / len(values))
        levels = [min(max(level + errors * error * sign, 0.0), 1.0) for sign in (-1.0, 0.0, 1.0)]
        found = np.sort(event.margin(np.concatenate([quantile(each)(values, draws.weights[:, :1]) for each in levels])))
        found = -found[::-1] if condition.below else found
    if np.isnan(found).any():
        raise _not_stated(constraint.text)
    return np.asarray(found)
