"""From 32-bit words to places in a table of quantiles: every word has one, and the nodes join."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.luck import NODES, PER_OCTAVE, cubics, node_of, node_tails, quantile, uniform

LAST = 2**32 - 1
EDGES = sorted({*range(40), *(2**k + d for k in range(2, 32) for d in (-1, 0, 1)), LAST // 3})
words = st.one_of(st.integers(0, LAST), st.integers(0, 31).flatmap(lambda k: st.integers(2**k - 1, 2**(k + 1) - 1)))


def place(word):
    node, part = node_of(np.uint64(word))
    return int(node), float(part)


def tail_of(word):
    """Probability beyond a word's uniform, towards its own end; exact, whichever end it is."""
    return (min(word, LAST - word) + 0.5) * 2.0**-32


def assert_placed(word):
    tails, upper = node_tails()
    node, part = place(word)
    assert 0 <= node < NODES
    assert 0 <= part < 1
    assert upper[node] == (word >= 2**31)
    assert tails[node, 0] + part * (tails[node, 3] - tails[node, 0]) == pytest.approx(tail_of(word), rel=1e-15)


@pytest.mark.parametrize("word", [0, 1, 2**31 - 1, 2**31, LAST - 1, LAST])
def test_the_first_middle_and_last_words_have_a_place(word):
    assert_placed(word)


def test_words_beside_every_power_of_two_have_a_place_at_both_ends():
    for word in EDGES:
        assert_placed(word)
        assert_placed(LAST - word)


@given(word=words)
def test_every_word_has_the_place_of_its_own_tail_probability(word):
    assert_placed(word)


@given(word=words)
def test_a_word_and_its_mirror_image_have_the_same_place_at_either_end(word):
    (node, part), (mirrored, same_part) = place(word), place(LAST - word)
    assert abs(node - mirrored) == NODES // 2
    assert part == same_part
    assert uniform(np.uint64(word)) + uniform(np.uint64(LAST - word)) == 1


@given(word=words)
def test_the_compiled_place_is_that_of_the_python_source(word):
    node, part = node_of.py_func(np.uint64(word))
    assert place(word) == (int(node), float(part))


def test_the_outermost_words_are_in_the_outermost_nodes_and_the_middle_ones_in_the_innermost():
    side = NODES // 2
    assert [place(word)[0] for word in (0, 2**31 - 1, 2**31, LAST)] == [0, side - 1, NODES - 1, side]


def test_every_octave_of_either_tail_has_its_sixteen_nodes_of_equal_width():
    tails, upper = node_tails()
    for end in (False, True):
        side = tails[upper == end]
        assert side[0, 0] == 2.0**-33
        assert side[-1, 3] == 0.5
        assert np.array_equal(side[1:, 0], side[:-1, 3])  # one goes on where the one before ends
        octaves = side.reshape(-1, PER_OCTAVE, 4)
        assert np.array_equal(octaves[:, -1, 3], 2 * octaves[:, 0, 0])
        assert np.allclose(np.diff(octaves[:, :, 0], axis=1), octaves[:, :1, 0] / PER_OCTAVE, rtol=1e-12, atol=0)


@given(start=st.floats(-1e6, 1e6), rises=st.tuples(*[st.floats(0, 1e6)] * 3), sign=st.sampled_from([1.0, -1.0]))
def test_a_rising_or_falling_cubic_goes_through_its_four_quantiles(start, rises, sign):
    parts = np.array([0.0, 1 / 3, 2 / 3, 1.0])
    row = start + sign * sum(rise * parts**power for power, rise in enumerate(rises, 1))
    table = cubics(row[None])[None]
    ours = [quantile(table, 0, 0, part) for part in parts]
    assert ours == pytest.approx(row, rel=1e-9, abs=1e-9 * max(1.0, *np.abs(row)))


@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 4), min_size=1, max_size=5))
def test_whatever_the_four_quantiles_a_node_runs_from_the_first_to_the_last_and_never_turns_back(values):
    table = cubics(np.array(values))[None]
    for node, row in enumerate(values):
        way = np.array([quantile(table, 0, node, part) for part in np.linspace(0.0, 1.0, 17)])
        slack = 1e-9 * max(1.0, *np.abs(row))
        assert (way[0], way[-1]) == pytest.approx((row[0], row[-1]), rel=1e-9, abs=slack)
        assert np.all(np.diff(way) * np.sign(row[-1] - row[0]) >= -slack)


def test_tables_are_continuous_from_node_to_node_and_across_the_middle():
    """A rising distribution without corners: what one node ends with is what the next begins with, on both sides of 1/2."""
    tails, upper = node_tails()
    logistic = np.log(tails / (1 - tails)) * np.where(upper, -1, 1)[:, None]
    table, side = cubics(logistic)[None], NODES // 2
    starts, ends = (np.array([quantile(table, 0, node, part) for node in range(NODES)]) for part in (0.0, 1.0))
    joints = np.arange(NODES - 1) != side - 1
    assert starts[1:][joints] == pytest.approx(ends[:-1][joints], abs=1e-12)
    assert ends[[side - 1, NODES - 1]] == pytest.approx([0, 0], abs=1e-12)


@given(word=st.integers(0, LAST - 1))
def test_a_higher_word_has_a_higher_quantile(word):
    tails, upper = node_tails()
    table = cubics(np.where(upper[:, None], 1 - tails, tails))[None]
    low, high = (quantile(table, 0, *node_of(np.uint64(each))) for each in (word, word + 1))
    assert low < high
    assert high - low == pytest.approx(2.0**-32, rel=1e-5)
