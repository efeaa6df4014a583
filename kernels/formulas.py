"""The subsidy formulas, one scalar function each, and the one dispatch from a shape to its formula.

The same source is compiled into the kernel, run on `Decimal` for exact prices, and traced line by line for
`explain`; hence flat functions, no formula calling another, and locals named for the person who reads the trail.
To add a shape: one function, one `Formula` member, one branch, all on this page.
"""

from enum import IntEnum

from kernels.compiled import helper

formula = helper()


class Formula(IntEnum):
    """The shapes that cover every clause of the rule books."""

    capped_share = 0
    interest_subsidy = 1
    tiered_award = 2


CAPPED_SHARE = int(Formula.capped_share)
INTEREST_SUBSIDY = int(Formula.interest_subsidy)
TIERED_AWARD = int(Formula.tiered_award)


@formula
def capped_share(base, rate, cap):
    """A share of the eligible base, up to the cap. [CNY]"""
    uncapped = rate * base
    award = min(uncapped, cap)
    return award


@formula
def interest_subsidy(base, rate, cap, paid_before):
    """A share of one loan-year's interest until the cap is used up. [CNY]"""
    uncapped = rate * base
    headroom = max(cap - paid_before, 0)
    award = min(uncapped, headroom)
    return award


@formula
def tiered_award(base, cap):
    """The fixed amount of the tier that was reached, up to the cap. [CNY]"""
    award = min(base, cap)
    return award


@formula
def award_of(shape, base, rate, cap, paid_before):
    """What the formula of this shape pays on this base; `base` is the tier's amount for a tiered award. [CNY]"""
    if shape == CAPPED_SHARE:
        return capped_share(base, rate, cap)
    if shape == INTEREST_SUBSIDY:
        return interest_subsidy(base, rate, cap, paid_before)
    return tiered_award(base, cap)


@formula
def is_eligible(investment, threshold, inclusive):
    """Whether the approved total investment reaches the threshold (inclusive: 以上 counts the figure itself)."""
    if inclusive:
        return investment >= threshold
    return investment > threshold


@formula
def loan_balance(principal, term, grace, year):
    """Balance at the start of loan-year `year` (0 is the first): `grace` years free, then equal instalments. [CNY]"""
    instalments = max(term - grace, 1)  # a grace as long as the loan: all of it at the end
    repaid = max(year - (term - instalments), 0)
    balance = principal * max(instalments - repaid, 0) / instalments
    return balance


@formula
def central_relief(balance, points, interest):
    """Interest relief that the central government gives on this balance, never above the interest. [CNY]"""
    relief = min(balance * points, interest)
    return relief
