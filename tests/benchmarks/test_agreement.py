"""The check that the peers agree with plain NumPy lets the right ones pass and no wrong one."""

from contextlib import contextmanager

import numpy as np
import pytest

from tests.benchmarks.agreement import RELATIVE, agreement, anew, demanding, in_total, pair_by_pair
from tests.benchmarks.clauses_as_arrays import checksum, outlay, rules
from tests.benchmarks.clauses_by_year import fillings
from tests.benchmarks.report import Report


class Right:
    """A peer that is plain NumPy itself, in the precision that it is told."""

    name, precision = "right", np.float32

    def available(self):
        return None

    @contextmanager
    def computing_in(self, precision):
        self.precision = precision
        yield
        del self.precision

    def take(self, blocks, book):
        self.blocks, self.book = blocks, book

    def pay(self, block):
        return np.array(outlay(np, self.book, block.keys, block.in_float64()))

    def outlays(self):
        yield from (self.pay(block).astype(self.precision) for block in self.blocks)

    def turn(self):
        for block in self.blocks:
            for column in block.given.values():
                column[:] = column[::-1].copy()


class Wrong(Right):
    """One that changes what one block is paid."""

    name = "wrong"

    def __init__(self, change):
        self.change = change

    def pay(self, block):
        return self.change(super().pay(block)) if "major_project" in block.keys else super().pay(block)


class Caching(Right):
    """One that remembers what it has worked out."""

    name = "caching"

    def take(self, blocks, book):
        super().take(blocks, book)
        self.kept = {}

    def pay(self, block):
        return self.kept.setdefault(block.keys, super().pay(block))


class Total:
    """One that tells its total only."""

    name, precision = "total", np.float64

    def __init__(self, factor):
        self.factor = factor

    def available(self):
        return None

    def take(self, blocks, book):
        self.blocks, self.book = blocks, book

    def run(self):
        return self.factor * checksum(self.blocks, self.book)


class Missing(Right):
    """One that is not installed."""

    def available(self):
        return "no module"


def one_pair(paid):
    """Move one payment by a thousandth."""
    place = np.unravel_index(paid.argmax(), paid.shape)
    paid[place] *= 1.001
    return paid


def quiet():
    return Report(lambda _: None)


def test_the_right_peers_pass():
    report = quiet()
    agreement(report, [Right(), Total(1.0), Missing()])
    assert report.failures == []


def test_everybody_who_is_wrong_is_reported():
    report = quiet()
    agreement(report, [Wrong(lambda paid: paid * (1 + 1e-4)), Caching(), Total(1 + 1e-4)])
    assert [failure.split(":")[0].split(",")[0] for failure in report.failures] == ["wrong", "caching", "total", "total"]


@pytest.mark.parametrize("change", [
    lambda paid: paid * (1 + 1e-4), lambda paid: paid * (1 + 1e-8), one_pair, lambda paid: paid + 32, lambda paid: paid[:, ::-1],
    lambda paid: np.roll(paid, 1, axis=0), lambda paid: np.where(paid > 0, paid, np.nan), lambda paid: paid[:, 1:]],
    ids=["relative 1e-4", "relative 1e-8", "one pair", "32 CNY", "other pairs", "other years", "no number", "a pair less"])
def test_a_wrong_peer_fails(change):
    report = quiet()
    assert not pair_by_pair(report, Wrong(change))
    assert len(report.failures) == 1


def test_an_error_in_float32_alone_fails():
    class Coarse(Right):
        def pay(self, block):
            return super().pay(block) * (1 + 1e-4 * (self.precision == np.float32))

    assert not pair_by_pair(quiet(), Coarse())


def test_a_peer_that_ignores_a_reading_fails():
    class Deaf(Right):
        def take(self, blocks, book):
            super().take(blocks, rules())

    assert not pair_by_pair(quiet(), Deaf())


def test_a_peer_that_computes_in_another_precision_fails():
    class Double(Right):
        def outlays(self):
            yield from map(self.pay, self.blocks)

    assert not pair_by_pair(quiet(), Double())


def test_a_peer_that_keeps_results_fails():
    report = quiet()
    assert pair_by_pair(report, Caching())
    assert not anew(report, Caching())


@pytest.mark.parametrize(("factor", "passes"), [(1 + 1e-10, True), (1 + 1e-8, False), (1 - 1e-4, False), (np.nan, False)])
def test_a_wrong_total_fails(factor, passes):
    peer, blocks = Total(factor), demanding()
    peer.take(blocks, rules())
    assert in_total(quiet(), peer, checksum(blocks, rules())) is passes
    assert RELATIVE[peer.precision] == 1e-9


def test_everybody_is_held_by_one_ordinary_simulation():
    """Pairs in the order of the blocks, instruments in that of every kind of application."""
    blocks = demanding()
    (filling,) = fillings(blocks)
    assert filling.n_pair == sum(block.n_pair for block in blocks)
    assert {len(column) for column in filling.columns.values()} == {filling.n_pair}
    first = 0
    for block in blocks:
        mine = slice(first, first := first + block.n_pair)
        assert np.array_equal(filling.columns["scale", "eternity"][mine], block.given["scale"])
        assert {key for key in filling.keys if filling.columns[f"files_for_{key}", "eternity"][mine].all()} == set(block.keys)
        assert [key for key in filling.keys if key in block.keys] == list(block.keys)
