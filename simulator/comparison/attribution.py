"""What each change of a package brings: stacked in the order written, and shared out whatever the order (Shapley).

Stacked, a change is worth what it adds to those before it. Its Shapley value is the mean of that over all orders, so that
changes which only pay together share what they bring. Both add up to the whole difference. Up to eight changes every
combination is simulated, under one luck; beyond, a sample of orders, each with its reverse.

Source: Shapley, A value for n-person games (1953); reversed orders: Mitchell et al., JMLR 23 (2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
import xarray as xr

from simulator.changes import Change, changes_between, with_changes
from simulator.errors import SimulatorError
from simulator.headlines import unchanged
from simulator.language import tr
from simulator.metrics import Metric, needed_by, read_metrics
from simulator.scenario import Scenario
from simulator.summary import ENOUGH_FOR_TAILS, as_parts, estimate_of
from simulator.variants import SharedLuck
from simulator.weighting import Draws

ALL_ORDERS = 8  # changes up to which all 2^n combinations are simulated
MOST_CHANGES = 40
ORDERS = 16  # sampled beyond, half of them the others reversed
ATTRIBUTED = ("outlay", "induced_investment", "deadweight", "energy_saving")
Columns = np.ndarray
"""float64[metric, 1 + scramble]"""


def attribute(one: Scenario, other: Scenario, *, metrics: Sequence[str] = ATTRIBUTED, luck: SharedLuck | None = None,
              progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """Attribute the difference between two scenarios to the changes that lie between them.

    Returns
    -------
    Dataset(change, metric, part)
        `stacked` and `shapley`, each summing over `change` to `difference` (metric, part); part = value or error, in CNY, tce
        or 1. Coordinate `place`: where the other scenario says so. attrs: orders (0: all of them), projects; `unchanged`
        (change): whether the change alone, made to the first scenario, alters no figure.

    Raises
    ------
    SimulatorError
        For more than 40 changes, other seeds or draws, or some of them that contradict each other on their own.
    """
    if (one.model.seed, one.model.draws) != (other.model.seed, other.model.draws):
        raise SimulatorError(tr("归因要求两个情景的种子和抽样次数相同",
                                "the scenarios must have the same seed and draws: luck is no change"))
    read = read_metrics(metrics, one)
    changes = changes_between(one, other)
    n = len(changes)
    if n > MOST_CHANGES:
        raise SimulatorError(tr(f"两个情景相差 {n} 处，归因最多 {MOST_CHANGES} 处：请分几步比较",
                                f"the scenarios differ in {n} places, of which at most {MOST_CHANGES} can be told apart: compare in steps"))
    orders = _orders(n)
    needed = _needed(n, orders)
    luck = luck or SharedLuck()
    lines = luck.headlines([_with(one, changes, subset) for subset in needed], progress, keep=needed_by(read))
    by_subset = {subset: _columns(lines.isel(variant=i), read) for i, subset in enumerate(needed)}
    n_draw = lines.sizes["draw"]
    stacked = np.stack([by_subset[frozenset(range(i + 1))] - by_subset[frozenset(range(i))] for i in range(n)]) if n else _none(read)
    shapley = _shapley(n, by_subset, orders) if n else _none(read)
    table = xr.Dataset(coords={"change": [each.name for each in changes], "metric": [each.text for each in read],
                               "part": ["value", "error"], "place": ("change", [str(each.place or "") for each in changes])},
                       attrs={"orders": 0 if orders is None else len(orders), "projects": lines.attrs["projects"]})
    dims = ("change", "metric", "part")
    table["stacked"], table["shapley"] = (dims, _estimates(stacked, n_draw)), (dims, _estimates(shapley, n_draw))
    whole = by_subset[frozenset(range(n))] - by_subset[frozenset()]
    table["difference"] = (("metric", "part"), _estimates(whole[None], n_draw)[0])
    table["unit"] = ("metric", [each.units for each in read])
    table["unchanged"] = ("change", [_alone(lines, needed, i) for i in range(n)])
    return table


def _alone(lines: xr.Dataset, needed: Sequence[frozenset[int]], change: int) -> bool:
    places = [needed.index(subset) for subset in (frozenset(), frozenset([change])) if subset in needed]
    return len(places) == 2 and unchanged(*(lines.isel(variant=place) for place in places))


def _with(one: Scenario, changes: Sequence[Change], subset: frozenset[int]) -> Scenario:
    """The first scenario with some of the changes."""
    name = "with." + (".".join(map(str, sorted(subset))) or "nothing")
    return with_changes(one, [changes[i] for i in sorted(subset)], name) if subset else one.renamed(name)


def _orders(n: int) -> list[list[int]] | None:
    """A sample of orders and their reverses, always the same; None where all are taken."""
    if n <= ALL_ORDERS:
        return None
    rng = np.random.default_rng(n)
    drawn = [[int(i) for i in rng.permutation(n)] for _ in range(ORDERS // 2)]
    return [order for each in drawn for order in (each, each[::-1])]


def _needed(n: int, orders: Sequence[Sequence[int]] | None) -> list[frozenset[int]]:
    """The combinations of changes to simulate: every one, or those that the orders pass through."""
    if orders is None:
        return [frozenset(some) for size in range(n + 1) for some in combinations(range(n), size)]
    passed = [frozenset(order[:size]) for order in [list(range(n)), *orders] for size in range(n + 1)]
    return list(dict.fromkeys([frozenset(), *(frozenset([i]) for i in range(n)), *passed]))


def _shapley(n: int, by_subset: dict[frozenset[int], Columns], orders: Sequence[Sequence[int]] | None) -> np.ndarray:
    """float64[change, metric, 1 + scramble]: what a change adds, over all orders or those sampled."""
    found = np.zeros((n, *by_subset[frozenset()].shape))
    if orders is not None:
        for order in orders:
            for place, change in enumerate(order):
                before = frozenset(order[:place])
                found[change] += (by_subset[before | {change}] - by_subset[before]) / len(orders)
        return found
    for subset, value in by_subset.items():  # as differences: what changes nothing is worth exactly nothing
        share = factorial(len(subset)) * factorial(n - len(subset) - 1) / factorial(n) if len(subset) < n else 0.0
        for change in set(range(n)) - subset:
            found[change] += share * (by_subset[subset | {change}] - value)
    return found


def _columns(lines: xr.Dataset, metrics: Sequence[Metric]) -> Columns:
    draws = Draws.of(lines)
    few = lines.sizes["draw"] < ENOUGH_FOR_TAILS
    return np.stack([np.full(1 + draws.scrambles, np.nan) if each.tail and few else each.columns(lines, draws) for each in metrics])


def _none(metrics: Sequence[Metric]) -> np.ndarray:
    return np.zeros((0, len(metrics), 2))


def _estimates(columns: np.ndarray, n_draw: int) -> np.ndarray:
    """float64[..., part] of float64[..., 1 + scramble]."""
    return as_parts([estimate_of(each, n_draw) for each in columns.reshape(-1, columns.shape[-1])], *columns.shape[:-1])
