"""Labels are moved apart as little as needed; colours are told apart in grey."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.charts.marks import ALERT, LAYERS, LIGHT, MAIN, PALE, spread

PLACES = st.lists(st.floats(-1e3, 1e3), max_size=12)
APART = st.floats(0.1, 50.0)


def grey(colour):
    """How light it is in print, 0 to 255."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


@given(PLACES, APART)
def test_labels_keep_their_distance_and_their_order(places, least):
    found = np.array(spread(places, least))
    order = np.argsort(places, kind="stable")
    assert (np.diff(found[order]) >= least * (1 - 1e-9)).all()


@given(PLACES, APART)
def test_labels_that_are_apart_stay_where_they_are(places, least):
    apart = sorted(places)
    if all(b - a >= least * 1.001 for a, b in pairwise(apart)):
        np.testing.assert_allclose(spread(places, least), places, atol=1e-9)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=3), APART)
def test_no_other_places_would_be_nearer(places, least):
    found = np.array(spread(places, least))
    moved = float(((found - places) ** 2).sum())
    order = np.argsort(places, kind="stable")
    grid = np.linspace(-1.0, 1.0, 9) * least
    for shift in np.stack(np.meshgrid(*[grid] * len(places)), axis=-1).reshape(-1, len(places)):
        other = found + shift
        if (np.diff(other[order]) >= least).all():
            assert float(((other - places) ** 2).sum()) >= moved - 1e-6


@given(PLACES, APART)
def test_the_middle_of_all_labels_stays(places, least):
    if places:
        assert np.isclose(np.mean(spread(places, least)), np.mean(places), atol=1e-6)


def test_labels_at_one_place_stand_about_it():
    assert spread([5.0, 5.0, 5.0], 2.0) == [3.0, 5.0, 7.0]
    assert spread([], 2.0) == []


def test_neighbouring_layers_and_the_shades_of_a_chart_differ_in_grey():
    assert all(abs(grey(one) - grey(other)) > 35 for one, other in pairwise(LAYERS))
    shades = sorted(map(grey, (MAIN, LIGHT, PALE)))
    assert min(b - a for a, b in pairwise(shades)) > 40
    assert grey(MAIN) < grey(ALERT) < grey(LIGHT)
