"""exp and ln in plain arithmetic against the mathematical library, and compiled against their own source."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.elementary import exp, ln

WITHIN = 1e-14
SMALLEST, LARGEST = 2.0**-1022, float(np.finfo(float).max)  # normal numbers
exponents = st.one_of(st.floats(-700, 700, exclude_min=True, exclude_max=True), st.floats(-1, 1))
positives = st.one_of(st.floats(SMALLEST, LARGEST), st.floats(0.05, 2), st.floats(-1e-3, 1e-3).map(lambda d: 1 + d))


@given(x=exponents)
def test_exp_is_that_of_the_library(x):
    assert exp(x) == pytest.approx(math.exp(x), rel=WITHIN)


@given(x=positives)
def test_ln_is_that_of_the_library(x):
    assert ln(x) == pytest.approx(math.log(x), rel=WITHIN, abs=0)


def test_exp_is_that_of_the_library_all_over_its_range():
    grid = np.concatenate([np.linspace(-699.999, 699.999, 20_001), np.linspace(-1, 1, 20_001), np.arange(-1000, 1001) * math.log(2)])
    ours, theirs = (np.array([function(x) for x in grid]) for function in (exp, math.exp))
    assert np.abs(ours / theirs - 1).max() < WITHIN


def test_ln_is_that_of_the_library_all_over_its_range():
    grid = np.concatenate([np.logspace(-307, 308, 20_001), np.linspace(0.04, 2, 20_001), 1 + np.logspace(-15, -1, 500),
                           1 - np.logspace(-15, -1, 500), [SMALLEST, LARGEST]])
    ours, theirs = (np.array([function(x) for x in grid]) for function in (ln, math.log))
    inexact = theirs != 0
    assert np.abs(ours[inexact] / theirs[inexact] - 1).max() < WITHIN


def test_exp_of_0_and_ln_of_1_are_exact():
    assert (exp(0.0), exp(-0.0), ln(1.0)) == (1, 1, 0)


@pytest.mark.parametrize("power", [-1022, -1, 1, 10, 1023])
def test_ln_of_a_power_of_two_is_that_many_times_ln_2(power):
    assert ln(2.0**power) == pytest.approx(power * math.log(2), rel=1e-15)


def test_both_rise_on_a_grid():
    for function, grid in ((exp, np.linspace(-699, 699, 50_001)), (exp, np.linspace(-0.4, 0.4, 50_001)),
                           (ln, np.linspace(0.05, 2, 50_001)), (ln, np.logspace(-300, 300, 50_001))):
        assert np.all(np.diff([function(x) for x in grid]) > 0)


@given(x=st.floats(-3, 3), steps=st.integers(1, 50))
def test_between_neighbouring_numbers_neither_falls_by_more_than_rounding(x, steps):
    """Not even where the series goes over to another power of two."""
    for function, start in ((exp, x), (exp, math.log(2) * (round(x) + 0.5)), (ln, 2.0**x), (ln, math.sqrt(2) * 2.0**round(x))):
        near = start
        for _ in range(steps):
            near = math.nextafter(near, math.inf)
        assert function(near) >= function(start) * (1 - 1e-15 if function(start) > 0 else 1 + 1e-15)


@given(x=exponents)
def test_exp_compiled_and_as_python_are_the_same_bits(x):
    assert exp(x) == exp.py_func(x)


@given(x=positives)
def test_ln_compiled_and_as_python_are_the_same_bits(x):
    assert ln(x) == ln.py_func(x)
