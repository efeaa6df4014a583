"""What the projects count in the control, and what is to be expected of it (kernels/control.py)."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import ndtr

from kernels import layouts
from kernels.formulas import Formula
from kernels.luck import NORMAL
from simulator.tables import chances, first_words, means_within, values_within

_NEGLIGIBLE = 0.0005  # of the spread of a draw's control: what contributes less is left out
_SURE = 9.0  # an approval score beyond this is certain approval, or none
_DEGREE = 96  # of the polynomial in the approval score: exact to 1e-12


def lay_out_control(rows: np.ndarray, batches: np.ndarray, segments: np.ndarray, instruments: np.ndarray, policies: np.ndarray,
                    tables: np.ndarray, least_words: np.ndarray, approval_scores: np.ndarray) -> tuple[np.ndarray, layouts.Control]:
    """Choose the segments whose sizes decide how lucky a draw is, and work out their expectations.

    Parameters
    ----------
    rows, batches, segments, instruments, policies, tables
        The projects in the order of their segments, and the rest as the kernel reads it.
    least_words : uint64[n_variant, n_project]
        With a smaller random word for its size a project is too small for every clause of the variant.
    approval_scores : float64[n_variant, n_draw]
        The normal score of the draw's approval level.

    Returns
    -------
    int32[n_segment], Control
        The row of each segment in the tables of the control, -1 for none, and these.
    """
    n_variant = instruments.shape[0]
    counts = np.zeros((n_variant, len(segments), tables.shape[1]))
    investment = np.ones((len(segments), tables.shape[1]))
    weight, expected = np.ones((n_variant, len(rows))), np.zeros(len(segments))
    for batch in batches:
        for s in range(batch["first_segment"], batch["first_segment"] + batch["n_segment"]):
            mine = slice(segments[s]["first"], segments[s]["first"] + segments[s]["size"])
            if segments[s]["size_table"] < 0:
                continue
            expected[s] = segments[s]["size"] * (1.0 if batch["filed"] else rows["p0"][mine].mean())
            investment[s] = means_within(tables[segments[s]["size_table"]]) * np.median(rows["investment"][mine])
            for variant in range(n_variant):
                all_pay = first_words() >= least_words[variant, mine].max()
                amounts = all_pay * _nominal_grants(rows[mine], batch, instruments[variant], investment[s])
                counts[variant, s] = amounts.max(axis=0)
                leading = instruments[variant, (amounts**2 @ chances()).argmax()]
                weight[variant, mine] = rows["fixed_asset_share"][mine] > leading["fixed_asset_share"]
    spread = expected * (counts**2 @ chances())
    potential = expected * np.repeat(batches["filed"] == 0, batches["n_segment"])
    share = _share(counts, investment, potential)
    counts[spread < _NEGLIGIBLE * spread.sum(axis=1, keepdims=True)] = 0.0
    chosen = np.flatnonzero(counts.any(axis=(0, 2)))
    row, distinct = np.full(len(segments), -1, np.int32), dict[bytes, int]()
    for each in chosen:
        row[each] = distinct.setdefault(counts[:, each].tobytes(), len(distinct))
    first_of_row = [int(np.flatnonzero(row == c)[0]) for c in range(len(distinct))]
    counts = np.ascontiguousarray(counts[:, first_of_row])
    approved = [_approved(counts[variant], tables, float(policies[variant]["approval_size_correlation"]), approval_scores[variant])
                for variant in range(n_variant)]
    return row, layouts.Control(counts, weight, share, (counts * chances()).sum(axis=-1), np.stack(approved))


def _share(counts: np.ndarray, investment: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The nominal amount over the investment, as it is where most of the spread comes from: float64[n_variant]."""
    spread = expected[:, None] * counts**2 * chances()
    return (spread * counts / investment).sum(axis=(1, 2)) / np.maximum(spread.sum(axis=(1, 2)), np.finfo(float).tiny)


def _nominal_grants(mine: np.ndarray, batch: np.void, instruments: np.ndarray, investment: np.ndarray) -> np.ndarray:
    """What each grant filed for pays on these investments at its stated or median rate: float64[n_instrument, node] [CNY]."""
    amounts = np.zeros((len(instruments), len(investment)))
    for k, rule in enumerate(instruments):
        if rule["shape"] == Formula.capped_share and batch["instruments"] >> k & 1:
            base = investment * np.median(mine[layouts.PROJECT[layouts.COLUMN_OF_BASE[rule["base"]]]] / mine["investment"])
            cap = rule["cap"] * (np.median(mine["contracts"]) if rule["cap_per_contract"] else 1.0)
            amounts[k] = np.where(investment >= rule["threshold"], np.minimum(rule["rate"] * base, cap), 0.0)
    return amounts


def _approved(counts: np.ndarray, tables: np.ndarray, correlation: float, scores: np.ndarray) -> np.ndarray:
    """Mean over the luck of size of what counts once approved, at each approval score: float64[n_draw, n_control] [CNY].

    The approval score of a larger project is lower by correlation x its own score, so the level at which a project of
    given size is approved is Phi((score + correlation z) / sqrt(1 - correlation^2)). Between the nodes of a polynomial on a
    fixed interval nothing depends on the other draws.
    """
    order = _DEGREE + 1
    at = chebyshev.chebpts1(order)
    sizes = values_within(tables[NORMAL])  # float64[node, place within]
    level = ndtr((_SURE * at[:, None, None] + correlation * sizes) / np.sqrt(1.0 - correlation**2))
    within = level @ np.array([0.125, 0.375, 0.375, 0.125])  # Simpson's 3/8 rule
    values = (within[:, None, :] * (counts * chances())).sum(axis=-1)  # float64[at, control]
    coefficients = chebyshev.chebvander(at, _DEGREE).T @ values / (0.5 * order)
    coefficients[0] *= 0.5
    found = chebyshev.chebval(np.clip(scores, -_SURE, _SURE) / _SURE, coefficients)
    return np.ascontiguousarray(np.maximum(found, 0.0).T)
