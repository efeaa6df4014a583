"""A rounded table adds up, and nothing in it is further from its own value than rounding may be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from simulator.rounding import round_table

TABLES = arrays(float, array_shapes(min_dims=2, max_dims=2, max_side=7), elements=st.floats(-50.0, 50.0).map(lambda x: round(x, 4)))


@given(TABLES)
def test_rows_columns_and_the_total_of_a_rounded_table_add_up(values):
    rounded = round_table(values, 0.1)
    np.testing.assert_allclose(rounded[:-1, :-1].sum(axis=1), rounded[:-1, -1], atol=1e-9)
    np.testing.assert_allclose(rounded[:, :].sum(axis=0), 2 * rounded[-1], atol=1e-9)


@given(TABLES)
def test_every_cell_and_every_sum_is_a_multiple_next_to_its_own_value(values):
    rounded = round_table(values, 0.1)
    own = np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1)
    own = np.concatenate([own, own.sum(axis=0, keepdims=True)])
    assert np.abs(rounded - own).max() < 0.1 + 1e-7
    np.testing.assert_allclose(rounded / 0.1, np.round(rounded / 0.1), atol=1e-6)


@given(TABLES)
def test_the_grand_total_is_rounded_to_the_nearest_multiple(values):
    assert abs(round_table(values, 0.1)[-1, -1] - values.sum()) <= 0.05 + 1e-7


@given(arrays(float, (3, 4), elements=st.integers(-9, 9).map(float)))
def test_what_is_round_already_stays_as_it_is(values):
    np.testing.assert_array_equal(round_table(values, 1.0)[:-1, :-1], values)


def test_a_cell_of_nothing_stays_nothing():
    values = np.array([[0.0, 0.34, 0.33], [0.0, 0.33, 0.0]])
    assert (round_table(values, 0.1)[:, :-1][:-1][values == 0.0] == 0.0).all()


def test_thirds_add_up_to_one():
    assert round_table(np.full((1, 3), 1 / 3), 0.01)[0, -1] == pytest.approx(1.0)


def test_among_all_roundings_that_add_up_the_nearest_is_taken_sums_first():
    """Found by trying every choice of floors and ceilings."""
    rng = np.random.default_rng(5)

    def distance(cells, values):
        sums = sum(np.abs(cells.sum(axis=axis) - values.sum(axis=axis)).sum() for axis in (0, 1))
        largest = int(np.argmax(values.sum(axis=0)))
        sums += 99 * abs(cells[:, largest].sum() - values[:, largest].sum())
        return values.size * sums + np.abs(cells - values).sum()

    for _ in range(20):
        values = rng.uniform(0.0, 5.0, (2, 3))
        choices = [np.floor(values) + np.reshape(choice, (2, 3)) for choice in np.ndindex(*(2,) * 6)]
        kept = [cells for cells in choices if cells.sum() == np.floor(values.sum() + 0.5)
                and all(np.abs(cells.sum(axis=axis) - values.sum(axis=axis)).max() < 1.0 for axis in (0, 1))]
        best = min(distance(cells, values) for cells in kept)
        assert distance(round_table(values, 1.0)[:-1, :-1], values) == pytest.approx(best)
