"""Where the spread of a headline comes from: drivers, the luck of projects, and numbers that are merely assumed.

Drivers and luck are exchanged one at a time between two samples (pick and freeze; indices.py). Luck is a factor like others:
the other sample has another seed, and so other projects. A number that is assumed but has no distribution is given two
values, a fifth lower and higher, equally likely; its indices are shares of the variance that there would then be, with
the other such numbers as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.drivers import SCRAMBLES, drivers_at, normal_scores
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.metrics import Quantity, read_metric
from simulator.scenario import Scenario
from simulator.sensitivity.at import headlines_at, told_of
from simulator.sensitivity.factors import LUCK, Factor, factors, luck_factor
from simulator.sensitivity.indices import NoVariance, no_indices, sobol_indices
from simulator.sensitivity.moved import Moved
from simulator.summary import T_OF_EIGHT, estimate_of, mean
from simulator.variants import SharedLuck
from simulator.weighting import Draws

EXPLAINED = ("outlay", "outlay_peak", "induced_investment", "leverage_net", "city_equipment", "energy_saving")
DRAWS = 1024


def decompose_variance(scenario: Scenario, *, quantities: Sequence[str] | None = None, luck: SharedLuck | None = None,
                       moved: Moved | None = None, progress: Callable[[int, int], None] | None = None) -> xr.Dataset:
    """First-order and total Sobol indices of every factor, for every headline.

    Parameters
    ----------
    quantities : sequence of str, optional
        Figures of a draw: `outlay`, `outlay.2026`, `leverage_net`; by default EXPLAINED.
    luck : SharedLuck, optional
        Its draws are those of each of the two samples, 1,024 by default; the whole takes as many for every factor.
    moved : Moved, optional
        From `move_assumptions` under the same luck: numbers without a distribution that take part.

    Returns
    -------
    Dataset(quantity, factor, part)
        `first` and `total` [1] with part = value, error, low, high (95%); `variance` (quantity, part); `title`, `basis`
        and `kind` (factor): driver, chance, or fixed; of fixed ones `low_text` and `high_text`. attrs: without_variance, those of
        the default figures that do not vary in this scenario: their rows are nan.

    Raises
    ------
    SimulatorError
        For figures that were asked for and do not vary, or that are none, and `moved` of other draws or another seed.
    """
    chosen = [_quantity(text) for text in (EXPLAINED if quantities is None else quantities)]
    uncertain = [*factors(scenario), luck_factor()]
    luck = luck or SharedLuck(DRAWS)
    draws = luck.draws or scenario.model.draws
    if moved is not None:
        moved.refuse_other_luck(scenario, draws)
    base, other, mixed = _pick_and_freeze(scenario, uncertain, draws, luck, told_of(progress, draws * (len(uncertain) + 2)))
    tables, idle = [], dict[Quantity, NoVariance]()
    for each in chosen:
        a, b = (_labelled(each.values(lines)) for lines in (base, other))
        m = xr.DataArray(np.stack([each.values(lines) for lines in mixed]), dims=("factor", "draw"),
                         coords={"factor": [factor.name for factor in uncertain], "draw": np.arange(draws)})
        try:
            tables.append(sobol_indices(a, b, m, aligned=True))
        except NoVariance as error:
            tables.append(no_indices(m))
            idle[each] = error
        except SimulatorError as error:
            raise SimulatorError(f"{each.title}: {error}") from None
    if idle and quantities is not None:
        raise SimulatorError("\n".join(f"{each.title}: {error}" for each, error in idle.items()))
    table = xr.concat(tables, dim=xr.DataArray([each.text for each in chosen], dims="quantity", name="quantity"))
    table = table.assign_coords(title=("factor", [each.title for each in uncertain]), basis=("factor", [each.basis for each in uncertain]),
                                kind=("factor", ["chance" if each.name == LUCK else "driver" for each in uncertain]),
                                low_text=("factor", [""] * len(uncertain)), high_text=("factor", [""] * len(uncertain)))
    if moved is not None and moved.fixed:
        table = xr.concat([table, _of_fixed(table, chosen, moved)], dim="factor", data_vars="minimal", join="outer")
    if idle:  # what would vary only if a fixed assumption did has no shares of a variance either
        table = table.where(~table["quantity"].isin([each.text for each in idle]))
    return table.assign_attrs(scenario=scenario.name, draws=draws, seed=scenario.model.seed, spread=moved.spread if moved else 0.0,
                              without_variance=[each.text for each in idle])


def _quantity(text: str) -> Quantity:
    metric = read_metric(text)
    if metric.statistic != "mean":
        raise SimulatorError(tr(f"{text}：方差分解要的是每次抽样的数，如 outlay、outlay.2026",
                                f"{text}: a figure of every draw is wanted, such as outlay or outlay.2026"))
    return metric.quantities[0]


def _labelled(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims="draw", coords={"draw": np.arange(values.size)})


def other_seed(scenario: Scenario) -> Scenario:
    """The same scenario in the other sample."""
    digest = hashlib.sha256(f"{scenario.model.seed}/other sample".encode()).digest()
    return scenario.with_seed(int.from_bytes(digest[:6], "little"))


def _pick_and_freeze(scenario: Scenario, uncertain: Sequence[Factor], draws: int, luck: SharedLuck,
                     tell: Callable[[int], None]) -> tuple[xr.Dataset, xr.Dataset, list[xr.Dataset]]:
    """Headlines of both samples, and of the first with each factor from the second."""
    beside = other_seed(scenario)
    mine, theirs = normal_scores(scenario, draws), shuffled(normal_scores(beside, draws), beside.model.seed)
    mixed = [drivers_at(scenario, mine | {column: theirs[column] for column in each.columns}) for each in uncertain if each.name != LUCK]
    base, *with_factor = headlines_at(scenario, [drivers_at(scenario, mine), *mixed], luck, tell)
    other, with_luck = headlines_at(beside, [drivers_at(beside, theirs), drivers_at(beside, mine)], luck, tell)
    found = dict(zip([each.name for each in uncertain if each.name != LUCK], with_factor, strict=True)) | {LUCK: with_luck}
    return base, other, [found[each.name] for each in uncertain]


def shuffled(scores: dict[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """The points of each scramble in another order.

    Every scramble of a Sobol sequence goes through the halves of a dimension in the same order, or the opposite one: row by row two of
    them are related, however many there are.
    """
    rng, order = np.random.default_rng(seed), np.arange(len(next(iter(scores.values()))))
    for scramble in range(SCRAMBLES):
        order[scramble::SCRAMBLES] = rng.permutation(order[scramble::SCRAMBLES])
    return {name: score[order] for name, score in scores.items()}


def _of_fixed(table: xr.Dataset, chosen: Sequence[Quantity], moved: Moved) -> xr.Dataset:
    """Indices of numbers that take two values with equal chance, beside everything that is uncertain already."""
    parts = np.full((2, len(chosen), len(moved.fixed), 4), np.nan)
    for i, quantity in enumerate(chosen):
        for j in range(len(moved.fixed)):
            low, high = moved.pair(j)
            half = (quantity.values(high) - quantity.values(low)) / 2.0
            middle = (quantity.values(high) + quantity.values(low)) / 2.0
            alike = Draws.alike(half.size, low.attrs["scrambles"]).weights
            whole = mean(half**2, alike)
            variance = mean((middle - middle.mean()) ** 2, alike) - mean(middle - middle.mean(), alike) ** 2 + whole
            for place, share in enumerate((mean(half, alike) ** 2, whole)):
                found = estimate_of(np.divide(share, variance, out=np.zeros_like(share), where=variance > 0.0), half.size)
                reach = T_OF_EIGHT * found.error
                parts[place, i, j] = found.value, found.error, found.value - reach, found.value + reach
    dims, texts = ("quantity", "factor", "part"), [moved.texts(j) for j in range(len(moved.fixed))]
    return xr.Dataset(
        {"first": (dims, parts[0]), "total": (dims, parts[1])},
        coords={"quantity": table["quantity"].values, "factor": [each.name for each in moved.fixed], "part": table["part"].values,
                "title": ("factor", [each.title for each in moved.fixed]), "basis": ("factor", [each.basis for each in moved.fixed]),
                "kind": ("factor", ["fixed"] * len(moved.fixed)), "low_text": ("factor", [low for low, _ in texts]),
                "high_text": ("factor", [high for _, high in texts])})
