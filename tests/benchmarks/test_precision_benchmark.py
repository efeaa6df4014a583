"""The benchmark of precision measures what it says: plain draws are plain, waves are spread evenly, nothing stays patched."""

import numpy as np
import pytest

from simulator import drivers
from tests.benchmarks.precision import (
    STATISTICS,
    chart,
    drawn,
    independent_scores,
    left_of_drivers,
    measure,
    table,
    variance_shares,
    with_other_counts,
)
from tests.support import CERTAIN, stream, tiny

DRAWS = (64, 256)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Nearly all that varies is the wave of applications."""
    waves = {"negative_binomial": {"mean": 60, "dispersion": 1}}
    return tiny(tmp_path_factory.mktemp("world"), {"made": stream("first_of_kind", "1000万元", waves)}, CERTAIN)


@pytest.fixture(scope="module")
def rows(world):
    return measure(world, replicates=16, draws=DRAWS, truth=(4, 1024))


def test_there_is_a_row_for_every_statistic_and_number_of_draws(rows, tmp_path):
    assert [(row["statistic"], row["draws"]) for row in rows] == [(name, n) for name in STATISTICS for n in DRAWS]
    assert all(0 < row["low"] <= row["ratio"] <= row["high"] for row in rows)
    assert all(f"{row['draws']:,}" in line for row, line in zip(rows, table(rows).splitlines()[1:], strict=True))
    chart(rows, str(tmp_path / "precision.png"))
    assert (tmp_path / "precision.png").stat().st_size > 10_000


def test_evenly_spread_waves_make_the_mean_far_more_precise(rows):
    for row in rows:
        if row["statistic"] == "mean":
            assert row["ratio"] > 2 and row["low"] > 1


def test_plain_draws_are_independent_and_the_first_are_those_of_more(world):
    many, few = independent_scores(world, 1000), independent_scores(world, 100)
    assert all(np.array_equal(many[name][:100], few[name]) for name in few)
    assert np.abs(np.corrcoef(list(many.values())) - np.eye(len(many))).max() < 5 / np.sqrt(1000)


def test_the_sampler_of_the_product_is_itself_again_afterwards(world):
    plain, ours = drawn(world, 64, "plain"), drawn(world, 64, "ours")
    assert ours.identical(drivers.draw_drivers(world, 64))
    assert not np.array_equal(plain["elasticity"], ours["elasticity"])


def test_other_counts_leave_the_drivers_as_they_are(world):
    same, other = drawn(world, 64, "ours"), with_other_counts(world, 64, "ours", 5)
    assert (same["count"] != other["count"]).any()
    assert same.drop_vars("count").identical(other.drop_vars("count"))


def test_the_shares_of_the_variance_are_those_of_a_compound_count(world):
    """60 + 60²: the number of projects given the wave, and the wave; equal sizes leave the projects no luck."""
    shares = variance_shares(world, draws=2048)
    assert shares["luck"][0] == pytest.approx(0, abs=1e-9)
    assert abs(shares["drivers"][0] - 3600 / 3660) <= 4 * shares["drivers"][1]
    assert sum(share for share, _ in shares.values()) == pytest.approx(1)


def test_little_of_the_drivers_part_is_left_by_evenly_spread_waves(world):
    for row in left_of_drivers(world, 3600 / 3660, replicates=4, draws=DRAWS):
        assert row["left"] <= 0.1 + 4 * row["error"]
        assert row["variance"] < 0.25
