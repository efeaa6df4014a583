"""The formula of every shape: bounds, monotonicity, edges, and the compiled code against its source."""

import math
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kernels
from kernels import formulas
from kernels.formulas import (
    Formula,
    award_of,
    capped_share,
    central_relief,
    interest_subsidy,
    is_eligible,
    loan_balance,
    tiered_award,
)
from simulator.schema.policy import Instrument, Shape

money = st.floats(0, 1e12)
share = st.floats(0, 1)
shape = st.sampled_from(Formula)


def python(compiled):
    return getattr(compiled, "py_func", compiled)


@pytest.mark.parametrize(("case", "base", "rate", "cap", "award"), [
    ("below the cap", 100e6, 0.05, 20e6, 5e6),
    ("at the cap", 400e6, 0.05, 20e6, 20e6),
    ("above the cap", 900e6, 0.05, 20e6, 20e6),
    ("no cap", 900e6, 0.05, math.inf, 45e6),
    ("a cap of nothing", 900e6, 0.05, 0.0, 0.0),
    ("no base", 0.0, 0.05, 20e6, 0.0),
])
def test_a_share_is_paid_up_to_the_cap(case, base, rate, cap, award):
    assert capped_share(base, rate, cap) == award
    assert award_of(Formula.capped_share, base, rate, cap, 0.0) == award


@pytest.mark.parametrize(("case", "interest", "paid_before", "award"), [
    ("all of the cap is left", 10e6, 0.0, 5e6),
    ("just enough is left", 10e6, 15e6, 5e6),
    ("part of the cap is left", 10e6, 18e6, 2e6),
    ("the cap is used up", 10e6, 20e6, 0.0),
    ("more than the cap was paid", 10e6, 21e6, 0.0),
])
def test_interest_is_subsidised_until_the_lifetime_cap_is_used_up(case, interest, paid_before, award):
    assert interest_subsidy(interest, 0.5, 20e6, paid_before) == award
    assert award_of(Formula.interest_subsidy, interest, 0.5, 20e6, paid_before) == award


@pytest.mark.parametrize(("amount", "cap", "award"), [(5e6, math.inf, 5e6), (5e6, 2e6, 2e6), (0.0, 2e6, 0.0)])
def test_a_tier_pays_its_amount_up_to_the_cap(amount, cap, award):
    assert tiered_award(amount, cap) == award
    assert award_of(Formula.tiered_award, amount, 0.0, cap, 0.0) == award


@pytest.mark.parametrize(("case", "investment", "inclusive", "eligible"), [
    ("a 分 below", 19_999_999.99, True, False),
    ("exactly there, 以上 counting it", 20_000_000.0, True, True),
    ("exactly there, read strictly", 20_000_000.0, False, False),
    ("a 分 above", 20_000_000.01, False, True),
])
def test_the_threshold_is_met_to_the_fen(case, investment, inclusive, eligible):
    assert is_eligible(investment, 20e6, inclusive) == eligible
    assert python(is_eligible)(Decimal(str(investment)), Decimal(20_000_000), inclusive) == eligible


@pytest.mark.parametrize(("case", "term", "grace", "balances"), [
    ("five years, one of grace", 5, 1, (120, 120, 90, 60, 30, 0)),
    ("five years, no grace", 5, 0, (120, 96, 72, 48, 24, 0)),
    ("three years, two of grace", 3, 2, (120, 120, 120, 0)),
    ("one year", 1, 0, (120, 0, 0)),
    ("eight years, one of grace", 8, 1, (120, 120, 720 / 7, 600 / 7)),
    ("grace as long as the loan", 3, 3, (120, 120, 120, 0)),
    ("one year, all of it grace", 1, 1, (120, 0, 0)),
    ("two years, all of them grace", 2, 2, (120, 120, 0)),
    ("a grace longer than the loan", 2, 5, (120, 120, 0)),
])
def test_a_loan_is_repaid_in_equal_parts_after_its_grace_and_is_gone_at_the_end_of_its_term(case, term, grace, balances):
    assert [loan_balance(120.0, term, grace, year) for year in range(len(balances))] == pytest.approx(balances)


@pytest.mark.parametrize(("points", "interest", "relief"), [(0.015, 10e6, 3e6), (0.05, 7e6, 7e6), (0.0, 7e6, 0.0)])
def test_central_relief_never_exceeds_the_interest(points, interest, relief):
    assert central_relief(200e6, points, interest) == relief


@given(shape=shape, base=money, rate=share, cap=st.one_of(money, st.just(math.inf)), paid_before=money)
def test_an_award_lies_between_nothing_and_the_smaller_of_cap_and_share(shape, base, rate, cap, paid_before):
    award = award_of(shape, base, rate, cap, paid_before)
    assert 0 <= award <= min(cap, base if shape == Formula.tiered_award else rate * base)


@given(shape=shape, base=money, rate=share, cap=money, paid_before=money)
def test_a_compiled_formula_equals_its_python_source(shape, base, rate, cap, paid_before):
    one_by_one = {
        Formula.capped_share: python(capped_share)(base, rate, cap),
        Formula.interest_subsidy: python(interest_subsidy)(base, rate, cap, paid_before),
        Formula.tiered_award: python(tiered_award)(base, cap),
    }
    assert award_of(shape, base, rate, cap, paid_before) == one_by_one[shape]
    assert python(award_of)(shape, base, rate, cap, paid_before) == one_by_one[shape]


@given(principal=money, term=st.integers(1, 30), grace=st.integers(0, 30), year=st.integers(0, 40), points=share)
def test_a_compiled_loan_equals_its_python_source(principal, term, grace, year, points):
    balance = loan_balance(principal, term, grace, year)
    assert balance == python(loan_balance)(principal, term, grace, year)
    assert 0 <= balance <= principal
    assert loan_balance(principal, term, grace, year + 1) <= balance
    assert central_relief(balance, points, 1e6) == python(central_relief)(balance, points, 1e6)
    assert is_eligible(principal, 1e6, True) == python(is_eligible)(principal, 1e6, True)


@given(shape=shape, base=money, rate=share, cap=money, paid_before=money, more=st.floats(0, 1e9), higher=share)
def test_more_base_a_higher_rate_or_cap_never_pays_less(shape, base, rate, cap, paid_before, more, higher):
    assume(rate + higher <= 1)
    award = award_of(shape, base, rate, cap, paid_before)
    assert award_of(shape, base + more, rate, cap, paid_before) >= award
    assert award_of(shape, base, rate + higher, cap, paid_before) >= award
    assert award_of(shape, base, rate, cap + more, paid_before) >= award
    assert award_of(shape, base, rate, cap, paid_before + more) <= award


@given(base=st.decimals(0, 10**10, places=2), rate=st.decimals(0, 1, places=4), cap=st.decimals(0, 10**8, places=2),
       paid_before=st.decimals(0, 10**8, places=2))
def test_the_source_prices_decimals_exactly_and_compiled_floats_far_below_a_fen(base, rate, cap, paid_before):
    for formula, given_ in ((capped_share, (base, rate, cap)), (interest_subsidy, (base, rate, cap, paid_before)),
                            (tiered_award, (base, cap)), (central_relief, (base, rate, cap))):
        exact = python(formula)(*given_)
        assert isinstance(exact, (Decimal, int))
        assert formula(*map(float, given_)) == pytest.approx(float(exact), abs=1e-5)


def test_every_shape_has_a_formula_a_branch_and_its_parameters_in_the_schema():
    assert {member.name for member in Formula} == set(get_args(Shape))
    for member in Formula:
        assert callable(getattr(formulas, member.name))
        assert getattr(formulas, member.name.upper()) == member
    paid = {member: award_of(member, 100.0, 0.25, 80.0, 60.0) for member in Formula}
    assert paid == {Formula.capped_share: 25, Formula.interest_subsidy: 20, Formula.tiered_award: 80}
    assert {"rate", "cap", "term", "tiers", "base", "threshold"} <= set(Instrument.model_fields)


def test_every_shape_occurs_in_the_rule_book(baseline):
    assert {rule.shape for rule in baseline.model.policy.instruments.values()} == {member.name for member in Formula}


SMALL_KERNEL = '''
from kernels.compiled import kernel
from kernels.formulas import award_of


@kernel()
def pays(base):
    return award_of(0, base, 0.5, 1e9, 0.0)
'''


def test_an_edited_formula_is_never_paid_from_a_stale_cache(tmp_path):
    """numba does not notice that a function called from another file has changed; the name of the cache folder does."""
    copy = tmp_path / "kernels"
    shutil.copytree(Path(kernels.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "small.py").write_text(SMALL_KERNEL)
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "SUBSIDYSIM_CACHE": str(tmp_path / "cache")}

    def paid():
        command = [sys.executable, "-W", "error", "-c", "from kernels.small import pays; print(pays(100.0), pays.stats.cache_hits)"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, text=True)
        amount, hits = done.stdout.split()[0], "1" in done.stdout.split("Counter")[-1]
        return float(amount), hits

    assert paid() == (50, False)
    assert paid() == (50, True)  # the cache does work
    source = (copy / "formulas.py").read_text(encoding="utf-8")
    (copy / "formulas.py").write_text(source.replace("uncapped = rate * base", "uncapped = rate * base / 2", 1), encoding="utf-8")
    assert paid() == (25, False)
