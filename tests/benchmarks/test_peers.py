"""The arrays that the peers of the benchmark are checked against pay what the simulator's exact prices say."""

from decimal import Decimal

import numpy as np
import pytest

from simulator.loans import Loan
from simulator.pricing import Case, best_package, clause_of, price
from tests.benchmarks.agreement import READINGS, demanding
from tests.benchmarks.clauses_as_arrays import (
    LOAN_YEARS,
    YEARS,
    baseline,
    entitlement,
    outlay,
    rules,
)

TIERS = {"open_challenge": "award", "smart_factory": "benchmark"}


def as_case(pair, central_years):
    """One pair in the simulator's words, every number exactly what the peers were given."""
    given = {name: Decimal(float(value)) for name, value in pair.items()}
    scaled = {name: given.get(name, Decimal(0)) * given["scale"] for name in ("investment", "equipment", "lease_equipment", "contract")}
    case = Case(investment=scaled["investment"], equipment=scaled["equipment"], lease_equipment=scaled["lease_equipment"],
                fixed_asset_share=given.get("fixed_asset_share", Decimal(1)), contracts=(scaled["contract"],),
                award_intensity=given["award_intensity"])
    if "loan_principal" not in given:
        return case
    return case._replace(loan=Loan(
        principal=given["loan_principal"] * given["loan_scale"], term=int(given["loan_term"]), grace=int(given["loan_grace"]),
        rates=tuple(given[f"lpr_{year}"] + given["loan_spread"] for year in range(LOAN_YEARS)),
        central_points=given["central_points"], central_years=central_years))


def exact(key, rule, pair, book):
    """The exact price of one pair under one instrument; what the document leaves open is what the pair was given."""
    case, values = as_case(pair, book.central_years)._replace(tier=TIERS.get(key, "")), {}
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
            chosen = best_package({key: clause_of(key, rule) for key, rule in instruments.items()}, prices, "one_per_project")
            best = sum(float(expected.total) for expected in prices if expected.instrument in chosen)
            beyond = max(pair["approval_year"] + LOAN_YEARS, pair["acceptance_year"]) > YEARS[-1]
            assert paid[i] <= best + 1e-6 if beyond else paid[i] == pytest.approx(best, rel=1e-9, abs=1e-6)
