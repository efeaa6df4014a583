"""Whether the peers compute what plain NumPy does: every pair where they tell, and everything anew in every run."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.benchmarks.clauses_as_arrays import Block, Rules, checksum, inputs, outlay, rules
from tests.benchmarks.report import Report

READINGS: tuple[dict[str, str], ...] = ({}, {"cap_period_17": "year", "interest_base": "contract", "threshold_inclusive": "strict",
                                             "grant_payout": "on_acceptance"})
SIZE = (400, 10, 7)  # applications, draws, seed
RELATIVE: dict[type, float] = {np.float32: 1e-5, np.float64: 1e-9}
ABSOLUTE: dict[type, float] = {np.float32: 16.0, np.float64: 1e-6}  # of a pair in a year [CNY]; float32 has steps of 8 at the largest cap


def demanding(precision: type = np.float64) -> list[Block]:
    """Inputs with more at the limits: every third pair forty times as large, every fifth exactly at the threshold."""
    blocks = inputs(*SIZE, precision)
    for block in blocks:
        third, fifth = slice(0, None, 3), slice(1, None, 5)
        for name in {"investment", "loan_principal", "lease_equipment", "equipment", "contract"} & set(block.given):
            block.given[name][third] *= 40
        block.given["scale"][fifth] = 1
        block.given["investment"][fifth] = 20_000_000
    return blocks


def agreement(report: Report, peers: Iterable[Any]) -> None:
    """Check everybody who can run here."""
    report.title("Agreement of the peers with plain NumPy, on inputs many of which lie at a limit")
    for peer in peers:
        if reason := peer.available():
            report.note(f"skipped: {peer.name}: {reason}")
        elif hasattr(peer, "outlays"):
            pair_by_pair(report, peer)
            anew(report, peer)
        else:
            for number, readings in enumerate(READINGS, 1):
                blocks, book = demanding(peer.precision), rules(**readings)
                peer.take(blocks, book)
                in_total(report, peer, checksum(blocks, book), f", readings {number} of {len(READINGS)},")


def pair_by_pair(report: Report, peer: Any) -> bool:
    """Every pair in every year, in float32 and, by the same formulas, in float64, where little is forgiven."""
    apart = [_apart(peer, precision, rules(**readings)) for readings in READINGS for precision in RELATIVE]
    limits = " and ".join(f"{limit:g} in {precision.__name__}" for precision, limit in RELATIVE.items())
    what = f"{peer.name}: every pair in every year, under {len(READINGS)} readings, to {limits}"
    return report.check(bool(np.max(apart) <= 1.0), what, f"{np.max(apart):.3g} times as far apart as may be")


def _apart(peer: Any, precision: type, book: Rules) -> float:
    """The largest difference in an outlay, over what is forgiven."""
    blocks = demanding(precision)
    expected = np.concatenate([outlay(np, book, block.keys, block.in_float64()) for block in blocks], axis=1)
    with peer.computing_in(precision):
        peer.take(blocks, book)
        found = np.concatenate(list(peer.outlays()), axis=1)
    if found.shape != expected.shape or found.dtype != precision:
        return np.inf
    return float(np.max(np.abs(found - expected) / (ABSOLUTE[precision] + RELATIVE[precision] * np.abs(expected))))


def anew(report: Report, peer: Any) -> bool:
    """Whatever is kept from an earlier run is seen once the pairs change places unknown to the peer: their outlays must too."""
    peer.take(demanding(peer.precision), rules())
    before = [np.array(outlays) for outlays in peer.outlays()]
    peer.turn()
    after = [np.array(outlays) for outlays in peer.outlays()]
    turned = all(np.array_equal(one[:, ::-1], other) for one, other in zip(before, after, strict=True))
    return report.check(turned, f"{peer.name}: computes everything anew in every run")


def in_total(report: Report, peer: Any, expected: float, which: str = "") -> bool:
    """The total outlay of what the peer has taken. [CNY]"""
    apart, limit = abs(peer.run() / expected - 1.0), RELATIVE[peer.precision]
    return report.check(apart <= limit, f"{peer.name}: total outlay{which} agrees with plain NumPy to {limit:g}", f"{apart:.1e} apart")
