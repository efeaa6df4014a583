"""The trail is the formula's own run: its result, its locals, and nothing left behind."""

import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.formulas import capped_share, central_relief, interest_subsidy, loan_balance, tiered_award
from simulator.trail import traced


@pytest.mark.parametrize(("formula", "arguments", "result", "steps"), [
    (capped_share, (400, Decimal("0.3"), 100), 100, {"base": 400, "uncapped": 120, "cap": 100, "award": 100}),
    (capped_share, (300, 0.25, 100), 75, {"base": 300, "uncapped": 75, "cap": 100, "award": 75}),
    (interest_subsidy, (100, Decimal("0.5"), 200, 170), 30, {"uncapped": 50, "headroom": 30, "paid_before": 170}),
    (interest_subsidy, (100, Decimal("0.5"), 200, 300), 0, {"uncapped": 50, "headroom": 0, "award": 0}),
    (tiered_award, (80, Decimal("Infinity")), 80, {"base": 80, "award": 80}),
    (loan_balance, (Decimal(90), Decimal(4), Decimal(1), 2), 60, {"repaid": 1, "instalments": 3, "balance": 60}),
    (central_relief, (1000, Decimal("0.02"), 15), 15, {"relief": 15}),
])
def test_a_trail_holds_the_result_and_the_locals_of_the_formula(formula, arguments, result, steps):
    found, seen = traced(formula, *arguments)
    assert found == result
    assert {name: seen[name] for name in steps} == steps


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 1, places=4), st.decimals(0, 10**7, places=2), st.decimals(0, 10**7, places=2))
def test_tracing_changes_no_result(base, rate, cap, paid_before):
    assert traced(interest_subsidy, base, rate, cap, paid_before)[0] == interest_subsidy.py_func(base, rate, cap, paid_before)


def test_decimals_stay_decimals():
    award, seen = traced(capped_share, Decimal("0.1"), Decimal("0.2"), Decimal(1))
    assert award == Decimal("0.02")
    assert isinstance(seen["uncapped"], Decimal)


def test_a_compiled_and_a_plain_function_are_traced_alike():
    assert traced(capped_share, 4.0, 0.5, 1.0) == traced(capped_share.py_func, 4.0, 0.5, 1.0)


def test_locals_of_functions_that_the_formula_calls_are_not_mixed_in():
    def inner(award):
        unseen = award + 1
        return unseen

    def outer(base):
        award = inner(base)
        return award

    assert traced(outer, 1) == (2, {"base": 1, "award": 2, "inner": inner})


def test_an_earlier_profiler_is_put_back_even_after_an_error():
    def fails():
        raise ZeroDivisionError

    def profiler(*_):
        return None

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        traced(capped_share, 1, 1, 1)
        after_success = sys.getprofile()
        with pytest.raises(ZeroDivisionError):
            traced(fails)
        after_error = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert (after_success, after_error) == (profiler, profiler)


def test_traces_do_not_leak_into_one_another():
    _, first = traced(capped_share, 1, 1, 1)
    _, second = traced(tiered_award, 2, 2)
    assert first["base"] == 1
    assert set(second) == {"base", "cap", "award"}
