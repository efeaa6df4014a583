"""Rounding a table so that what a reader adds up by hand agrees: cells, sums of rows and columns, and the total all at once."""

from __future__ import annotations

import numpy as np

_MOST_QUOTED = 100.0
_EXACT = 1e-9  # of a step: nearer to a multiple than this is one


def round_table(values: np.ndarray, step: float) -> np.ndarray:
    """Round a table and its sums so that they add up.

    Every cell and every sum becomes the multiple of the step just below or just above its own value, the grand total the nearest one,
    and of all such roundings the one is taken whose sums are nearest to theirs, the largest column first, then its cells. One always
    exists (Cox 1987, controlled rounding: a transportation problem whose corners are whole numbers).

    Parameters
    ----------
    values : float64[row, column]
    step : float
        Such as 1e6 for 0.01亿元.

    Returns
    -------
    float64[row + 1, column + 1]
        Multiples of the step; the last row and column are the sums.
    """
    from scipy.optimize import linprog

    exact = np.asarray(values, float) / step
    n_row, n_column = exact.shape
    sums = np.concatenate([np.kron(np.eye(n_row), np.ones(n_column)), np.kron(np.ones(n_row), np.eye(n_column))])
    every = np.concatenate([exact.ravel(), sums @ exact.ravel()])
    floor = _floor(every)
    fraction = every - floor
    weight = np.where(np.arange(every.size) < exact.size, 1.0, exact.size)  # sums are what is quoted: they come first,
    weight[exact.size + n_row + int(np.argmax(every[exact.size + n_row:]))] *= _MOST_QUOTED  # and above all the largest year
    adds_up = np.concatenate([sums, -np.eye(len(sums))], axis=1)
    total = np.concatenate([np.ones(exact.size), np.zeros(len(sums))])
    found = linprog(weight * (1.0 - 2.0 * fraction), A_eq=np.vstack([adds_up, total]),
                    b_eq=[*-(adds_up @ floor), np.floor(exact.sum() + 0.5) - floor[: exact.size].sum()],
                    bounds=np.stack([0.0 * floor, np.where(fraction > _EXACT, 1.0, 0.0)], axis=1), method="highs-ds")
    cells = (floor + np.round(found.x))[: exact.size].reshape(exact.shape)
    with_rows = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    return np.asarray(np.concatenate([with_rows, with_rows.sum(axis=0, keepdims=True)]) * step)


def _floor(values: np.ndarray) -> np.ndarray:
    """The multiple below, or the value itself where it is one but for the last digits of a float."""
    nearest = np.round(values)
    return np.asarray(np.where(np.abs(values - nearest) <= _EXACT * np.maximum(np.abs(nearest), 1.0), nearest, np.floor(values)))
