"""What the projects count in the control, and what is to be expected of it (kernels/control.py)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import ndtr

from kernels import layouts
from kernels.formulas import Formula
from kernels.luck import NORMAL
from simulator.tables import chances, first_words, means_within, values_within

_NEGLIGIBLE = 0.002  # of the spread of a draw's control: a kind of project that contributes less is left out
_BASES = [layouts.PROJECT[column] for column in layouts.COLUMN_OF_BASE]
_SURE = 9.0  # an approval score beyond this is certain approval, or none
_DEGREE = 96  # of the polynomial in the approval score: exact to 1e-7 up to the strongest correlation, to 1e-11 up to 0.8
_STRONGEST = 0.9  # correlation of approval with size, beyond which a polynomial cannot follow, and nothing is controlled


def lay_out_control(rows: dict[str, np.ndarray], batches: np.ndarray, segments: np.ndarray, instruments: np.ndarray, policies: np.ndarray,
                    tables: np.ndarray, least_words: np.ndarray, approval_scores: np.ndarray) -> tuple[np.ndarray, layouts.Control]:
    """Choose the projects whose sizes decide how lucky a draw is, and work out their expectations.

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
    of_segment = np.repeat(np.arange(len(batches)), batches["n_segment"])
    alike = np.stack([batches["instruments"][of_segment], batches["filed"][of_segment], segments["size_table"]], axis=1)
    kinds, kind = np.unique(alike, axis=0, return_inverse=True)
    kind_of_row = np.repeat(kind, segments["size"])
    counts, share = np.zeros((n_variant, len(kinds), tables.shape[1])), np.zeros(n_variant)
    spread, weight = np.zeros((n_variant, len(kinds))), np.ones((n_variant, len(kind_of_row)))
    for k, (filed_for, filed, size_table) in enumerate(kinds):
        if size_table < 0:
            continue
        mine = kind_of_row == k
        own = {name: rows[name][mine] for name in ("p0", "fixed_asset_share", "contracts", *_BASES)}
        investment = means_within(tables[size_table]) * np.median(own["investment"])
        for variant in range(n_variant):
            all_pay = first_words() >= least_words[variant, mine].max()
            amounts = all_pay * _nominal_grants(own, filed_for, instruments[variant], investment)
            leading = instruments[variant, (amounts**2 @ chances()).argmax()]
            weight[variant, mine] = own["fixed_asset_share"] > leading["fixed_asset_share"]
            counts[variant, k] = amounts.max(axis=0)
            of_nodes = mine.sum() * (1.0 if filed else own["p0"].mean()) * counts[variant, k]**2 * chances()
            spread[variant, k] = of_nodes.sum()
            share[variant] += 0.0 if filed else of_nodes @ (counts[variant, k] / investment)
    share /= np.maximum(spread @ (kinds[:, 1] == 0), np.finfo(float).tiny)  # as it is where most of the spread comes from
    counts[spread < _NEGLIGIBLE * spread.sum(axis=1, keepdims=True)] = 0.0
    counts[np.abs(policies["approval_size_correlation"]) > _STRONGEST] = 0.0
    chosen = np.flatnonzero(counts.any(axis=(0, 2)))
    row_of_kind = np.full(len(kinds), -1, np.int32)
    row_of_kind[chosen] = np.arange(len(chosen))
    counts = np.ascontiguousarray(counts[:, chosen])
    approved = [_approved(counts[variant], tables, float(policies[variant]["approval_size_correlation"]), approval_scores[variant])
                for variant in range(n_variant)]
    return row_of_kind[kind], layouts.Control(counts, weight, share, (counts * chances()).sum(axis=-1), np.stack(approved))


def _nominal_grants(own: dict[str, np.ndarray], filed_for: int, instruments: np.ndarray, investment: np.ndarray) -> np.ndarray:
    """What each grant filed for pays on these investments at its stated or median rate: float64[n_instrument, node] [CNY]."""
    amounts = np.zeros((len(instruments), len(investment)))
    for k, rule in enumerate(instruments):
        if rule["shape"] == Formula.capped_share and filed_for >> k & 1:
            base = investment * np.median(own[_BASES[rule["base"]]] / own["investment"])
            cap = rule["cap"] * (np.median(own["contracts"]) if rule["cap_per_contract"] else 1.0)
            amounts[k] = np.where(investment >= rule["threshold"], np.minimum(rule["rate"] * base, cap), 0.0)
    return amounts


def _approved(counts: np.ndarray, tables: np.ndarray, correlation: float, scores: np.ndarray) -> np.ndarray:
    """Mean over the luck of size of what counts once approved, at each approval score: float64[n_draw, n_control] [CNY].

    The approval score of a larger project is lower by correlation x its own score, so the level at which a project of
    given size is approved is Phi((score + correlation z) / sqrt(1 - correlation^2)). Between the nodes of a polynomial on a
    fixed interval nothing depends on the other draws.
    """
    if not counts.any():
        return np.zeros((len(scores), len(counts)))
    at = chebyshev.chebpts1(_DEGREE + 1)
    values = (_levels(tables[NORMAL].tobytes(), correlation)[:, None, :] * (counts * chances())).sum(axis=-1)  # float64[at, control]
    coefficients = chebyshev.chebvander(at, _DEGREE).T @ values / (0.5 * at.size)
    coefficients[0] *= 0.5
    found = chebyshev.chebval(np.clip(scores, -_SURE, _SURE) / _SURE, coefficients)
    return np.ascontiguousarray(np.maximum(found, 0.0).T)


@lru_cache(maxsize=16)
def _levels(normal: bytes, correlation: float) -> np.ndarray:
    """The level of approval at each place of the polynomial, in the mean over each node: float64[at, node]; the same for all variants."""
    at, table = chebyshev.chebpts1(_DEGREE + 1), np.frombuffer(normal).reshape(-1, 4)
    level = ndtr((_SURE * at[:, None, None] + correlation * values_within(table)) / np.sqrt(1.0 - correlation**2))
    return np.asarray(level @ np.array([0.125, 0.375, 0.375, 0.125]))  # Simpson's 3/8 rule
