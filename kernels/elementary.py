"""exp and ln of float64 in plain arithmetic: they vectorise, and give the same bits on every processor.

The library's functions do neither: numba's wheels carry no vector mathematics, and glibc chooses another algorithm where
it finds fused multiply-add.
"""

import math

import numpy as np

from kernels.compiled import helper

_PER_LN_2 = 1.4426950408889634
_LN_2_HIGH, _LN_2_LOW = 6.93145751953125e-1, 1.42860682030941723212e-6  # their sum is ln 2 to 70 bits
_MANTISSA = np.int64((1 << 52) - 1)
_ONE = np.int64(1023 << 52)


@helper()
def exp(x):
    """exp of |x| < 700, to 1e-15."""
    power = math.floor(x * _PER_LN_2 + 0.5)
    r = (x - power * _LN_2_HIGH) - power * _LN_2_LOW
    square = r * r
    fourth = square * square
    # the series in pairs of pairs: a chain of thirteen multiplications would wait for itself
    first = (1.0 + r) + square * (0.5 + r * (1.0 / 6.0))
    second = (1.0 / 24.0 + r * (1.0 / 120.0)) + square * (1.0 / 720.0 + r * (1.0 / 5040.0))
    third = (1.0 / 40320.0 + r * (1.0 / 362880.0)) + square * (1.0 / 3628800.0 + r * (1.0 / 39916800.0))
    last = 1.0 / 479001600.0 + r * (1.0 / 6227020800.0)
    series = first + fourth * (second + fourth * (third + fourth * last))
    return series * np.int64((np.int64(power) + 1023) << 52).view(np.float64)


@helper()
def ln(x):
    """Natural logarithm of a normal x > 0, to 1e-15."""
    bits = np.float64(x).view(np.int64)
    power = np.float64((bits >> 52) - 1023)
    mantissa = np.int64((bits & _MANTISSA) | _ONE).view(np.float64)
    above = mantissa > 1.4142135623730951
    mantissa = 0.5 * mantissa if above else mantissa
    power = power + 1.0 if above else power
    y = (mantissa - 1.0) / (mantissa + 1.0)  # ln m = 2 atanh y, |y| < 0.172
    square = y * y
    fourth = square * square
    lower = (1.0 / 3.0 + square * (1.0 / 5.0)) + fourth * (1.0 / 7.0 + square * (1.0 / 9.0))
    upper = (1.0 / 11.0 + square * (1.0 / 13.0)) + fourth * (1.0 / 15.0 + square * (1.0 / 17.0) + fourth * (1.0 / 19.0))
    series = (lower + fourth * fourth * upper) * square * y
    return power * 0.6931471805599453 + 2.0 * (series + y)
