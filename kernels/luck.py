"""From random words to uniforms, normal scores and multipliers."""

import math

import numpy as np

from kernels.compiled import helper

# Multipliers of any distribution are tables of ln(multiplier) at evenly spaced normal scores. A 32-bit uniform
# stays within +-6.34; between nodes the logarithm is nearly straight (error below 3e-6 for smooth distributions).
TABLE_NODES = 2601
TABLE_EDGE = 6.5
_STEP = 2.0 * TABLE_EDGE / (TABLE_NODES - 1)


@helper()
def uniform(word):
    """A 32-bit word as a number strictly between 0 and 1."""
    return (np.float64(word) + 0.5) * 2.0**-32


@helper()
def normal_score(p):
    """The standard normal quantile of p in (0, 1), to 1e-15.

    Source: Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37 (1988).
    The inverse, not Box-Muller: it is monotone, so a project's luck stays coupled between scenarios.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608
        bottom = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
            + 42.313330701600911252) * r + 1.0
        return q * top / bottom
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734
        bottom = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        top = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772
        bottom = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
            + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
            + 0.59983220655588793769) * r + 1.0
    return -top / bottom if q < 0.0 else top / bottom


@helper()
def multiplier(tables, row, score):
    """exp of the table's row at this normal score, linearly between nodes; a negative row is the constant 1."""
    if row < 0:
        return 1.0
    place = (score + TABLE_EDGE) / _STEP
    node = min(max(int(place), 0), TABLE_NODES - 2)
    part = place - node
    return math.exp(tables[row, node] * (1.0 - part) + tables[row, node + 1] * part)
