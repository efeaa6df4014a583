"""Philox4x32-10 against the answers that Random123 publishes, and the keys of the random streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels import streams
from kernels.luck import uniform
from simulator.drivers import luck_key
from simulator.population import cells
from simulator.rows import ROW

WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 1)


def philox(counter, key):
    return tuple(int(word) for word in streams.philox(*(np.uint64(word) for word in (*counter, *key))))


def words(seed, draw, key, block):
    return tuple(int(w) for w in streams.words(np.uint64(seed), draw, np.uint64(key), block))


@pytest.mark.parametrize(("counter", "key", "answer"), [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
], ids=["zeros", "ones", "pi"])
def test_philox_gives_the_known_answers_of_random123(counter, key, answer):
    assert philox(counter, key) == answer


@given(counter=st.tuples(WORD, WORD, WORD, WORD), key=st.tuples(WORD, WORD))
def test_philox_is_a_bijection_of_its_counter(counter, key):
    """Undo ten rounds: no two counters share an output under one key."""
    multipliers, weyl = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)
    inverses = tuple(pow(m, -1, 2**32) for m in multipliers)
    c0, c1, c2, c3 = philox(counter, key)
    for back in range(9, -1, -1):
        k0, k1 = ((key[i] + back * weyl[i]) % 2**32 for i in (0, 1))
        before_0, before_2 = c3 * inverses[0] % 2**32, c1 * inverses[1] % 2**32
        c1, c3 = c0 ^ k0 ^ (multipliers[1] * before_2 >> 32), c2 ^ k1 ^ (multipliers[0] * before_0 >> 32)
        c0, c2 = before_0, before_2
    assert (c0, c1, c2, c3) == counter


@given(seed=st.integers(0, 2**63 - 1), draw=st.integers(0, 2**24), key=LONG, block=st.integers(0, 3))
def test_words_are_philox_keyed_by_the_seed_and_counted_by_draw_project_and_block(seed, draw, key, block):
    low = 2**32 - 1
    assert words(seed, draw, key, block) == philox((draw, key & low, key >> 32, block), (seed & low, seed >> 32))


@given(seed=st.integers(0, 2**63 - 1), draw=st.integers(0, 2**24), key=LONG, block=st.integers(0, 3))
def test_compiled_words_equal_their_python_source(seed, draw, key, block):
    python = getattr(streams.words, "py_func", streams.words)
    assert words(seed, draw, key, block) == tuple(
        int(w) for w in python(np.uint64(seed), np.uint64(draw), np.uint64(key), np.uint64(block)))


def test_no_two_places_in_the_streams_share_an_output():
    places = [(seed, draw, key, block) for seed in (0, 1, 2**32, 2**63 - 1) for draw in (0, 1, 2, 2**24)
              for key in (0, 1, 2**32, 2**63, luck_key("a"), luck_key("b")) for block in range(4)]
    assert len({words(*place) for place in places}) == len(places)


@pytest.mark.parametrize("seed", [0, 1, 20240531])
def test_uniforms_are_level_in_mean_variance_and_every_bit(seed):
    n = 20_000
    drawn = np.array([words(seed, draw, luck_key("level"), block) for draw in range(n // 4) for block in range(4)])
    for column in drawn.T:
        u = np.array([uniform(np.uint64(word)) for word in column])
        assert abs(u.mean() - 1 / 2) < 4 * np.sqrt(1 / 12 / n)
        assert abs(u.var() - 1 / 12) < 4 * np.sqrt(1 / 180 / n)
        bits = (column[:, None] >> np.arange(32)) & 1
        assert np.abs(bits.mean(axis=0) - 0.5).max() < 4.5 * 0.5 / np.sqrt(n)
    correlation = np.corrcoef(drawn.T.astype(float)) - np.eye(4)
    assert np.abs(correlation).max() < 4.5 / np.sqrt(n)


def test_neighbouring_draws_and_keys_are_unrelated():
    n = 5_000
    here = np.array([words(1, draw, 1, 0)[0] for draw in range(n)], float)
    for other in (np.roll(here, 1), np.array([words(1, draw, 2, 0)[0] for draw in range(n)], float)):
        assert abs(np.corrcoef(here, other)[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.parametrize("word", [0, 2**31, 2**32 - 1])
def test_a_uniform_lies_strictly_between_0_and_1(word):
    assert 0 < uniform(np.uint64(word)) < 1


def test_the_uniforms_of_counts_depend_on_their_draw_only():
    whole = streams.uniforms_of_count(np.uint64(5), 0, 100, np.uint64(9))
    assert np.array_equal(whole[40:], streams.uniforms_of_count(np.uint64(5), 40, 60, np.uint64(9)))
    assert not np.isin(streams.uniforms_of_count(np.uint64(5), 0, 100, np.uint64(10)), whole).any()
    assert np.all((whole > 0) & (whole < 1))
    assert abs(whole.mean() - 0.5) < 4 * np.sqrt(1 / 12 / 100)


def test_every_project_and_every_count_of_the_baseline_has_a_stream_of_its_own(baseline, frame):
    keys = [luck_key(str(identity)) for identity in frame["application"].values]
    keys += [luck_key(f"cell/{cell.key}") for cell in cells(baseline)]
    assert len(set(keys)) == len(keys)
    assert len({streams.DECISIONS, streams.SIZES, streams.ACCEPTANCE, streams.COUNT}) == 4
    assert ROW["key"] == np.uint64
