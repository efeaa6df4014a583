"""Rounding a table so that what a reader adds up by hand agrees: cells, sums of rows and columns, and the total all at once."""

from __future__ import annotations

import numpy as np

_EXACT = 1e-9  # of a step: nearer to a multiple than this is one


def round_table(values: np.ndarray, step: float) -> np.ndarray:
    """Round a table and its sums so that they add up.

    Every cell and every sum becomes the multiple of the step just below or just above its own value, the grand total the nearest one,
    and of all such roundings the one nearest to the values is taken. One always exists (Cox 1987, controlled rounding: a
    transportation problem whose corners are whole numbers).

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
    floor = _floor(exact)
    fraction = exact - floor
    n_row, n_column = exact.shape
    of_rows, of_columns = np.kron(np.eye(n_row), np.ones(n_column)), np.kron(np.ones(n_row), np.eye(n_column))
    sums = np.concatenate([of_rows, of_columns])
    own = sums @ exact.ravel()
    lowest = _floor(own) - sums @ floor.ravel()
    highest = lowest + (own - _floor(own) > _EXACT)
    free = np.where(fraction.ravel() > _EXACT, 1.0, 0.0)
    found = linprog(1.0 - 2.0 * fraction.ravel(), A_ub=np.concatenate([sums, -sums]), b_ub=np.concatenate([highest, -lowest]),
                    A_eq=np.ones((1, exact.size)), b_eq=[np.floor(exact.sum() + 0.5) - floor.sum()],
                    bounds=np.stack([0.0 * free, free], axis=1), method="highs-ds")
    cells = floor + np.round(found.x.reshape(exact.shape))
    with_rows = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    return np.asarray(np.concatenate([with_rows, with_rows.sum(axis=0, keepdims=True)]) * step)


def _floor(values: np.ndarray) -> np.ndarray:
    """The multiple below, or the value itself where it is one but for the last digits of a float."""
    nearest = np.round(values)
    return np.asarray(np.where(np.abs(values - nearest) <= _EXACT * np.maximum(np.abs(nearest), 1.0), nearest, np.floor(values)))
