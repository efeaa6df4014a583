"""The peers of the benchmark compute what the simulator's exact prices say; engines that are not installed are skipped."""

from dataclasses import replace
from decimal import Decimal
from importlib import import_module

import numpy as np
import pytest

from simulator.pricing import Case, Loan, best_package, price
from tests.benchmarks.clauses_as_arrays import (
    LOAN_YEARS,
    YEARS,
    baseline,
    checksum,
    entitlement,
    inputs,
    outlay,
    rules,
)

READINGS = [{}, {"cap_period_17": "year", "interest_base": "contract", "threshold_inclusive": "strict",
                 "grant_payout": "on_acceptance"}]
ENGINES = ["openfisca_peer", "policyengine_peer"]
TIERS = {"open_challenge": "award", "smart_factory": "benchmark"}
SIZE = (400, 10, 7)  # applications, draws, seed


def installed(module):
    peer = import_module(f"tests.benchmarks.{module}").Peer()
    if (reason := peer.available()) is not None:
        pytest.skip(reason)
    return peer


def demanding(kind=np.float64):
    """Inputs with more at the limits: every third pair forty times as large, every fifth exactly at the threshold."""
    blocks = inputs(*SIZE, kind)
    for block in blocks:
        third, fifth = slice(0, None, 3), slice(1, None, 5)
        for name in {"investment", "loan_principal", "lease_equipment", "equipment", "contract"} & set(block.given):
            block.given[name][third] *= 40
        block.given["scale"][fifth] = 1
        block.given["investment"][fifth] = 20_000_000
    return blocks


def as_case(pair, central_years):
    """One pair in the simulator's words, every number exactly what the peers were given."""
    given = {name: Decimal(float(value)) for name, value in pair.items()}
    scaled = {name: given.get(name, Decimal(0)) * given["scale"] for name in ("investment", "equipment", "lease_equipment", "contract")}
    case = Case(investment=scaled["investment"], equipment=scaled["equipment"], lease_equipment=scaled["lease_equipment"],
                fixed_asset_share=given.get("fixed_asset_share", Decimal(1)), contracts=(scaled["contract"],),
                award_intensity=given["award_intensity"])
    if "loan_principal" not in given:
        return case
    return replace(case, loan=Loan(
        principal=given["loan_principal"] * given["loan_scale"], term=int(given["loan_term"]), grace=int(given["loan_grace"]),
        rates=tuple(given[f"lpr_{year}"] + given["loan_spread"] for year in range(LOAN_YEARS)),
        central_points=given["central_points"], central_years=central_years))


def exact(key, rule, pair, book):
    """The exact price of one pair under one instrument; what the document leaves open is what the pair was given."""
    case, values = replace(as_case(pair, book.central_years), tier=TIERS.get(key, "")), {}
    if key in TIERS:
        values[TIERS[key]] = Decimal(float(pair["tier_amount"]))
    elif key == "software_purchase":
        values["rate"] = Decimal(float(pair["assumed_rate"]))
    return price(key, rule, case, interest_net_of_central=book.net_of_central, values=values, to_fen=False)


@pytest.mark.parametrize("readings", READINGS)
def test_the_arrays_pay_the_exact_prices(readings):
    book, instruments = rules(**readings), baseline(**readings).model.policy.instruments
    for block in demanding():
        found = {key: entitlement(np, book, key, block.given) for key in block.keys}
        paid = np.sum(outlay(np, book, block.keys, block.given), axis=0)
        for i in np.linspace(0, block.n_pair - 1, 40).astype(int):
            pair = {name: column[i] for name, column in block.given.items()}
            prices = [exact(key, instruments[key], pair, book) for key in block.keys]
            for expected in prices:
                amounts = [float(amount[i]) for amount in found[expected.instrument]]
                assert sum(amounts) == pytest.approx(float(expected.total), rel=1e-9, abs=1e-6), (expected, pair)
                if expected.binding != "threshold":
                    assert amounts == pytest.approx([float(amount) for amount in expected.amounts], rel=1e-9, abs=1e-6)
            chosen = best_package(instruments, prices, "one_per_project")
            best = sum(float(expected.total) for expected in prices if expected.instrument in chosen)
            beyond = max(pair["approval_year"] + LOAN_YEARS, pair["acceptance_year"]) > YEARS[-1]
            assert paid[i] <= best + 1e-6 if beyond else paid[i] == pytest.approx(best, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("readings", READINGS)
@pytest.mark.parametrize(("precision", "relative", "absolute"), [(np.float32, 1e-5, 16.0), (np.float64, 1e-9, 1e-6)])
@pytest.mark.parametrize("module", ENGINES)
def test_an_engine_pays_every_pair_what_the_arrays_pay_it(module, precision, relative, absolute, readings, monkeypatch):
    """In its own float32 (a step of 8 at the largest cap), and the same formulas made to run in float64."""
    peer, book = installed(module), rules(**readings)
    config = import_module({"openfisca_peer": "openfisca_core", "policyengine_peer": "policyengine_core"}[module] + ".variables.config")
    monkeypatch.setitem(config.VALUE_TYPES[float], "dtype", precision)
    peer.chunk = 1000
    peer.take(demanding(precision), book)
    n_pair = 0
    for chunk, outlays in peer.outlays():
        given = {name: column.astype(np.float64) for name, column in chunk.given.items()}
        for year, found, expected in zip(YEARS, outlays, outlay(np, book, chunk.keys, given), strict=True):
            assert found.dtype == precision
            np.testing.assert_allclose(found, expected, rtol=relative, atol=absolute, err_msg=f"{chunk.keys} {year}")
        n_pair += chunk.n_pair
    assert n_pair == SIZE[0] * SIZE[1]


@pytest.mark.parametrize("module", ENGINES)
def test_an_engine_computes_everything_anew_in_every_run(module):
    peer = installed(module)
    peer.prepare(*SIZE)
    first = peer.run()
    for chunk, simulation in peer.loaded:
        computed = set(peer.system.variables) - set(chunk.given)
        assert not [name for name in computed if simulation.get_holder(name).get_known_periods()]
    assert peer.run() == first == pytest.approx(checksum(inputs(*SIZE)), rel=1e-5)


def test_jax_computes_the_checksum():
    peer = installed("jax_peer")
    peer.take(demanding())
    assert peer.run() == pytest.approx(checksum(demanding()), rel=1e-9)
