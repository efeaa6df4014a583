"""Who lies near a threshold, against the distribution of sizes: just below, just above, the jump, and what bunching costs."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from simulator.changes import with_values
from simulator.comparison import compare
from simulator.sweeping import diagnose_notches
from simulator.variants import SharedLuck
from tests.support import CERTAIN, assert_near, financed, stream, tiny

WAN = 1e4
MEDIAN, SIGMA, N, THRESHOLD = 2500 * WAN, 0.8, 80, 2000 * WAN
SIZE = {"lognormal": {"median": "2500万元", "sigma": SIGMA}}
LEASED = financed(lease=100) | {"equipment_share": {"value": "80%"}}  # of the investment 80% is equipment, of which half is leased
PER_INVESTMENT = 0.05 * 0.8 * 0.5
SURE = {"readings": {"response": "none"}}


def below(limit):
    """P(X < limit)."""
    return ndtr(math.log(limit / MEDIAN) / SIGMA)


def partial_mean(low, high):
    """E[X; low <= X < high]."""
    low, high = (math.log(limit / MEDIAN) / SIGMA - SIGMA for limit in (low, high))
    return MEDIAN * math.exp(SIGMA**2 / 2) * (ndtr(high) - ndtr(low))


@pytest.fixture(scope="module")
def luck():
    return SharedLuck(1024)


@pytest.mark.parametrize("response", ["none", "elasticity"])
def test_numbers_jump_and_bunching_are_those_of_the_distribution(tmp_path, luck, response):
    world = tiny(tmp_path, {"one": stream("upgrade_lease", SIZE, N // 4, **LEASED)}, CERTAIN, {"readings": {"response": response}})
    table = diagnose_notches(world, luck=luck).sel(instrument="upgrade_lease")
    assert table["threshold"].item() == THRESHOLD
    under, over = below(THRESHOLD) - below(0.9 * THRESHOLD), below(1.1 * THRESHOLD) - below(THRESHOLD)
    assert_near(table["below"], N * under, 0.05)
    assert_near(table["above"], N * over, 0.05)
    assert_near(table["jump"], PER_INVESTMENT * partial_mean(THRESHOLD, 1.1 * THRESHOLD) / over, 0.01)
    assert_near(table["bunching"], N * PER_INVESTMENT * partial_mean(0.9 * THRESHOLD, THRESHOLD), 0.05)


@pytest.mark.parametrize(("size", "strict", "under", "over"), [
    ("1790万元", False, 0, 0),
    ("1800万元", False, 8, 0), ("1800万元", True, 0, 0),
    ("1999万元", False, 8, 0),
    ("2000万元", False, 0, 8), ("2000万元", True, 8, 0),
    ("2100万元", False, 0, 8), ("2100万元", True, 0, 8),
    ("2210万元", False, 0, 0),
])
def test_a_size_for_certain_is_below_or_above_as_the_clause_counts_its_own_figure(tmp_path, size, strict, under, over):
    reading = {"readings": SURE["readings"] | {"threshold_inclusive": "strict" if strict else "inclusive"}}
    world = tiny(tmp_path, {"one": stream("upgrade_lease", size, 2, **LEASED)}, CERTAIN, reading)
    table = diagnose_notches(world, luck=SharedLuck(16)).sel(instrument="upgrade_lease")
    award = PER_INVESTMENT * float(size.removesuffix("万元")) * WAN
    assert table["below"].values.tolist() == [under, 0]
    assert table["above"].values.tolist() == [over, 0]
    assert table["bunching"].values == pytest.approx([under * award, 0], abs=1e-6)
    if over:
        assert table["jump"].values == pytest.approx([award, 0])
    else:
        assert np.isnan(table["jump"].sel(part="value").item())


def test_bunching_is_what_the_threshold_moved_down_costs(tmp_path):
    one = stream("upgrade_lease", SIZE, 10, count_of="potential_projects", approval=None, outcome="at_risk", **LEASED)
    world, luck = tiny(tmp_path, {"one": one}, SURE), SharedLuck(128)
    moved = with_values(world, {("policy", "instruments", "upgrade_lease", "threshold"): "1800万元"}, "moved")
    found = diagnose_notches(world, luck=luck).sel(instrument="upgrade_lease")["bunching"].values
    assert found == pytest.approx(compare([world, moved], metrics=["outlay"], luck=luck)["difference"].values[1, 0])
    assert found[0] > 0


def test_only_instruments_with_a_threshold_have_a_notch(tmp_path):
    world = tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)},
                 {"instruments": {"first_of_kind": {"threshold": "3000万元"}, "upgrade_lease": {"threshold": None}}})
    table = diagnose_notches(world, luck=SharedLuck(64))
    assert table["instrument"].values.tolist() == ["upgrade_loan_interest", "major_project", "first_of_kind"]
    assert table["threshold"].values.tolist() == [2000 * WAN, 5e8, 3000 * WAN]
    nobody = table.drop_sel(instrument="first_of_kind")
    for name in ("below", "above", "bunching"):
        assert not nobody[name].values.any()
        assert table[name].sel(instrument="first_of_kind", part="value").item() > 0
    assert np.isnan(nobody["jump"].sel(part="value").values).all()


def test_each_threshold_is_moved_by_itself(tmp_path):
    """A loan and a lease of one size each: what files for the one is not counted with the other."""
    streams = {"lease": stream("upgrade_lease", "1900万元", 2, **LEASED),
               "loan": stream("upgrade_loan_interest", "2100万元", 3, **financed(loan=100))}
    table = diagnose_notches(tiny(tmp_path, streams, CERTAIN, SURE), luck=SharedLuck(16)).sel(part="value")
    assert table["below"].sel(instrument=["upgrade_lease", "upgrade_loan_interest"]).values.tolist() == [8, 0]
    assert table["above"].sel(instrument=["upgrade_lease", "upgrade_loan_interest"]).values.tolist() == [0, 12]


def test_a_scenario_without_thresholds_has_no_notches(tmp_path):
    none = {key: {"threshold": None} for key in ("upgrade_lease", "upgrade_loan_interest", "major_project")}
    table = diagnose_notches(tiny(tmp_path, {"one": stream("first_of_kind", SIZE, 2)}, {"instruments": none}), luck=SharedLuck(16))
    assert table.sizes["instrument"] == 0
    assert table["below"].shape == (0, 2)
