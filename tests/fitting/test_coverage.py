"""On ledgers drawn from known parameters the truth lies within two standard errors in at least 93% of 200 repeats.

A fair method covers 95.4% (two errors of a normal); of 200 repeats a share of 95.4% +- 1.5% is then seen. Figures of one kind
(months, shares of classes, means of shares) are counted together. Seeds are 0, 1, 2, ...: none was chosen.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from simulator.fitting import counts, fit, goodness
from simulator.fitting.size_fits import fit_sizes
from simulator.fitting.tails import find_tail
from tests.fitting.ledgers import Truth, draw

REPEATS = 200
BAR = 0.93
SEASON = (1, 1, 2, 3, 3, 2, 1, 1, 1.5, 1.5, 2, 1)
SECTORS = {"factors": {"装备": 1.6, "汽车": 0.7, "其他": 1.0}, "sectors": (0.4, 0.35, 0.25)}
UPGRADE = {"key": "technical_upgrade", "instrument": "upgrade_loan_interest", "threshold": 2e7}
PURCHASE = {"key": "catalogue_purchase", "instrument": "catalogue_loan_interest"}
TAIL = {"start": 9e6 * np.exp(1.28 * 0.9), "tail": 0.1, "alpha": 1.2}
MEANS = ("equipment_share", "renewal_share", "loan_to_investment", "lease_to_equipment", "loan_term", "loan_spread")

FEW = (Truth(yearly=24), Truth(**UPGRADE, yearly=60, median=3e7, sigma=1.0), Truth(**PURCHASE, yearly=40, median=1.5e7, sigma=1.0))
MANY = (Truth(yearly=300, **TAIL, months=SEASON), Truth(**UPGRADE, yearly=700, median=2e7, sigma=1.2, months=SEASON, **SECTORS),
        Truth(**PURCHASE, yearly=120, median=1.5e7, sigma=1.0, **SECTORS))
UNEVEN = (Truth(yearly=100, dispersion=20.0), Truth(**UPGRADE, yearly=1700, median=1.5e7, sigma=1.665, dispersion=40.0))
WORLDS = {
    "60 to 100 applications a stream": (FEW, {}),
    "300 to 900 by sector, season and tail": (MANY, {}),
    "years that differ, to 4,000, refused by status": (UNEVEN, {"window": (2022 * 12, 2026 * 12 + 10), "refused_by_status": True}),
}


def truths(truth):
    """What a fit of this stream should find: name -> [(item, value)]."""
    a, b = truth.equipment
    found = {
        "median": [("", truth.median * (truth.typical if len(truth.factors) > 1 else 1))], "sigma": [("", truth.sigma)],
        "count": [("", truth.filed_yearly)], "approval": [("", truth.approval)], "completion": [("", truth.completion)],
        "filing_months": [(f"{m:02d}", w / sum(truth.months)) for m, w in enumerate(truth.months, 1)],
        "size_class": list(zip(("small", "medium", "large"), truth.classes, strict=True)),
        "equipment_share": [("", a / (a + b))], "equipment_share.spread": [("", np.sqrt(a * b / (a + b) ** 2 / (a + b + 1)))],
        "renewal_share": [("", 0.5)], "renewal_share.spread": [("", np.sqrt(0.25 / 11))],
    }
    if truth.tail:
        found["alpha"] = [("", truth.alpha)]
    if len(truth.factors) > 1:
        found["size_by_sector"] = [(name, factor / truth.typical) for name, factor in truth.factors.items()]
    if truth.key != "energy_management_centre":
        found |= {"finance": list(zip(("loan", "lease", "loan_and_lease"), truth.finance, strict=True)), "loan_term": [("", 5.0)],
                  "loan_spread": [("", truth.spread[0])], "loan_spread.spread": [("", truth.spread[1])],
                  "loan_to_investment": [("", 1.7 / 3)], "lease_to_equipment": [("", 0.6)]}
    return found


def covered(baseline, world, how):
    """How often each kind of figure holds the truth: kind -> [bool]."""
    inside = defaultdict(list)
    for seed in range(REPEATS):
        fitted = fit(draw(np.random.default_rng(seed), *world, **how), baseline)
        for truth in world:
            for name, items in truths(truth).items():
                for item, value in items:
                    if found := fitted.of(truth.key, name, item):
                        kind = "spreads" if name.endswith(".spread") else "means" if name in MEANS else name
                        inside[kind].append(abs(found.value - value) <= 2 * found.error)
        for item, value in (("浦东新区", 0.5), ("嘉定区", 0.3), ("闵行区", 0.2)):
            found = fitted.of("", "district", item)
            inside["district"].append(abs(found.value - value) <= 2 * found.error)
        central = fitted.of("", "central")
        inside["central"].append(abs(central.value - 0.25) <= 2 * central.error)
    return inside


@pytest.mark.parametrize("name", WORLDS)
def test_the_truth_lies_within_two_standard_errors(baseline, monkeypatch, name):
    monkeypatch.setattr(goodness, "of_sizes", lambda chances, sizes: (0.0, 1.0))  # no bootstrap: errors do not depend on it
    inside = covered(baseline, *WORLDS[name])
    shares = {kind: (round(float(np.mean(hits)), 3), len(hits)) for kind, hits in inside.items() if len(hits) >= REPEATS // 2}
    print(f"\n{name}: " + ", ".join(f"{kind} {share:.3f} ({n})" for kind, (share, n) in shares.items()))
    assert {"median", "sigma", "count", "approval", "completion", "size_class", "means", "filing_months"} <= set(shares)
    assert {kind: share for kind, share in shares.items() if share[0] < BAR} == {}


@pytest.mark.parametrize("whole_first", [True, False])
def test_the_truth_is_inside_whether_the_first_year_is_a_whole_one_or_its_months_only(whole_first):
    """A simulation brings a whole year's applications from June 2024 on, a steady stream seven twelfths of them."""
    inside = []
    for seed in range(REPEATS):
        rng = np.random.default_rng(seed)
        months = [year * 12 + rng.integers(0, 12, rng.poisson(60)) for year in (2024, 2025, 2026)]
        months[0] = 2024 * 12 + rng.integers(5, 12, len(months[0])) if whole_first else months[0][months[0] % 12 >= 5]
        every = np.concatenate(months)
        every = every[every <= 2026 * 12 + 10]
        calendar = counts.calendar_of(every, every // 12, 2024, 0.42)
        found = counts.fit_count(every, every // 12, calendar.settled(counts.table_of(every, calendar)), None, None)
        inside.append(abs(found.yearly.value - 60) <= 2 * found.yearly.error)
    assert np.mean(inside) >= BAR


@pytest.mark.parametrize(("n", "low"), [(60, -np.inf), (300, 0.5), (600, -np.inf), (2000, 0.0)])
def test_a_lognormal_is_seldom_taken_for_one_with_a_tail(n, low):
    """In less than 5%: the bar that a tail must clear was set for less than 3%."""
    found = 0
    for seed in range(REPEATS):
        logs = np.random.default_rng(seed).standard_normal(12 * n)
        found += find_tail(np.sort(logs[logs >= low][:n]), low)[0] is not None
    assert found / REPEATS <= 0.05


@pytest.mark.parametrize(("n", "least"), [(400, 0.9), (1000, 0.97)])
def test_a_heavy_tail_is_found_where_there_is_one(n, least):
    truth = Truth(yearly=n, **TAIL)
    months = {"window": (2025 * 12, 2025 * 12 + 11)}
    fits = [fit_sizes(np.log(draw(np.random.default_rng(seed), truth, **months).columns["investment"] / 100.0)) for seed in range(60)]
    assert np.mean([each.alpha is not None for each in fits]) >= least
