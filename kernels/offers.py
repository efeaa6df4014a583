"""What the clauses would pay the candidates: entitlement by instrument and loan-year, and the admissible package."""

from kernels.compiled import helper
from kernels.formulas import INTEREST_SUBSIDY, award_of, central_relief, is_eligible, loan_balance
from kernels.layouts import BASE, CANDIDATE, COLUMN_OF_BASE, DRIVERS, EXCLUSIVITY, LIFE, LUCK, N_PAYMENT, PROJECT

_TIER = BASE.index("tier")
_ONE, _STACK = EXCLUSIVITY.index("one_per_project"), EXCLUSIVITY.index("stack")
_INTENSITY, _LPR_AFTER_DEMAND = DRIVERS.index("award_intensity"), len(DRIVERS)

_FIXED, _CONTRACTS, _P_TIER = (CANDIDATE.index(n) for n in ("fixed_asset_share", "contracts", "tier"))
_PRINCIPAL, _TERM, _GRACE, _SPREAD, _CENTRAL_LOT = (
    PROJECT.index(n) for n in ("loan_principal", "loan_term", "loan_grace", "loan_spread", "central_lot"))
_SCALE, _LOAN_SCALE = LUCK.index("scale"), LUCK.index("loan_scale")
_APPROVAL_YEAR, _SIZE = LIFE.index("approval_year"), LIFE.index("investment")
_BEST, _BEST_TOTAL, _ALONE, _ALONE_TOTAL, _TOGETHER = (
    LIFE.index(n) for n in ("best", "best_total", "alone", "alone_total", "together"))


@helper()
def grant(shape, base, contracts, rate, cap):
    """A grant on the eligible base of equal contracts, each with a cap of its own. [CNY]"""
    return award_of(shape, base, rate, contracts * cap, 0.0)


@helper()
def loan_year(principal, term, grace, year, loan_rate, points, net_of_central, rate, cap, paid_before):
    """The interest subsidy of one loan-year; with central relief it never exceeds the interest borne. [CNY]"""
    balance = loan_balance(principal, term, grace, year)
    interest = balance * max(loan_rate, 0.0)
    relief = central_relief(balance, points, interest)
    base = interest - relief if net_of_central else interest
    award = award_of(INTEREST_SUBSIDY, base, rate, cap, paid_before)
    return min(award, interest - relief)


@helper()
def rate_of(inputs, variant, draw, instrument):
    """The instrument's rate in this draw: an assumed rate is a driver, and a ceiling pays only the draw's intensity of it."""
    rule = inputs.instruments[variant, instrument]
    rate = rule.rate if rule.rate_driver < 0 else inputs.drivers[variant, draw, rule.rate_driver]
    return rate * inputs.drivers[variant, draw, _INTENSITY] if rule.is_ceiling else rate


@helper()
def tier_amount(inputs, variant, draw, instrument, tier):
    """The amount of a tier, stated or assumed. [CNY]"""
    driver = inputs.tier_drivers[variant, instrument, tier]
    return inputs.tier_amounts[variant, instrument, tier] if driver < 0 else inputs.drivers[variant, draw, driver]


@helper()
def lpr_of(inputs, variant, draw, year):
    """The loan prime rate of a year, as an index into the years; the last goes on."""
    last = inputs.appropriation.shape[2] - 1
    return inputs.drivers[variant, draw, _LPR_AFTER_DEMAND + inputs.n_filing_year + min(year, last)]


@helper()
def largest_lpr(inputs, variant, draw):
    """The largest loan prime rate of all years of a draw."""
    largest = 0.0
    for year in range(inputs.appropriation.shape[2]):
        largest = max(largest, lpr_of(inputs, variant, draw, year))
    return largest


@helper()
def central_points_of(inputs, variant, approval_year, year):
    """Central interest relief in loan-year `year` of a loan approved in that year, as a share of the balance."""
    last = inputs.appropriation.shape[2] - 1
    return inputs.central_points[variant, min(approval_year, last)] if year < inputs.policies[variant].central_years else 0.0


@helper()
def offer_packages(inputs, work, batch, variant, draw, first_approval, n):
    """Evaluate every instrument filed for and mark the admissible package of the largest total, for n candidates.

    Fills work.filed, offer, total, chosen, and life best .. together; returns the number of instruments filed for.
    `first_approval` is the year of approval of a project that files on 1 January; all others follow within a year.
    """
    n_filed = 0
    for k in range(inputs.instruments.shape[1]):
        if (batch.instruments >> k) & 1:
            work.filed[n_filed] = k
            n_filed += 1
    for s in range(n_filed):
        rule = inputs.instruments[variant, work.filed[s]]
        if rule.shape == INTEREST_SUBSIDY:
            _offer_interest(inputs, work, variant, draw, first_approval, s, n)
        else:
            _offer_grant(inputs, work, variant, draw, s, n)
        threshold, inclusive, fixed = rule.threshold, rule.threshold_inclusive, rule.fixed_asset_share
        if threshold > 0.0 or fixed >= 0.0:
            for j in range(n):
                eligible = is_eligible(work.life[_SIZE, j], threshold, inclusive) & (work.project[_FIXED, j] > fixed)
                work.total[s, j] = work.total[s, j] if eligible else 0.0
    _choose(inputs, work, variant, n_filed, n)
    return n_filed


@helper()
def _offer_grant(inputs, work, variant, draw, s, n):
    k = work.filed[s]
    rule = inputs.instruments[variant, k]
    shape, cap, rate = rule.shape, rule.cap, rate_of(inputs, variant, draw, k)
    if rule.base == _TIER:
        for j in range(n):
            amount = tier_amount(inputs, variant, draw, k, int(work.project[_P_TIER, j]))
            work.offer[s, 0, j] = award_of(shape, amount, rate, cap, 0.0)
            work.total[s, j] = work.offer[s, 0, j]
        return
    column = COLUMN_OF_BASE[rule.base]
    if rule.cap_per_contract:
        for j in range(n):
            base = work.project[column, j] * work.luck[_SCALE, j]
            work.offer[s, 0, j] = grant(shape, base, work.project[_CONTRACTS, j], rate, cap)
            work.total[s, j] = work.offer[s, 0, j]
    else:
        for j in range(n):
            work.offer[s, 0, j] = grant(shape, work.project[column, j] * work.luck[_SCALE, j], 1.0, rate, cap)
            work.total[s, j] = work.offer[s, 0, j]


@helper()
def _offer_interest(inputs, work, variant, draw, first_approval, s, n):
    k = work.filed[s]
    rule, policy = inputs.instruments[variant, k], inputs.policies[variant]
    cap, rate, per_year = rule.cap, rate_of(inputs, variant, draw, k), rule.cap_per_year
    net_of_central, central_share = policy.interest_net_of_central, policy.central_share
    for j in range(n):
        work.total[s, j] = 0.0
    for year in range(rule.term, N_PAYMENT):
        for j in range(n):
            work.offer[s, year, j] = 0.0
    for year in range(rule.term):
        lpr, lpr_later = (lpr_of(inputs, variant, draw, first_approval + year),
                          lpr_of(inputs, variant, draw, first_approval + 1 + year))
        points, points_later = (central_points_of(inputs, variant, first_approval, year),
                                central_points_of(inputs, variant, first_approval + 1, year))
        for j in range(n):
            later = work.life[_APPROVAL_YEAR, j] > first_approval
            loan_rate = (lpr_later if later else lpr) + work.project[_SPREAD, j]
            relief_points = points_later if later else points
            relief_points = relief_points if work.project[_CENTRAL_LOT, j] < central_share else 0.0
            award = loan_year(
                work.project[_PRINCIPAL, j] * work.luck[_LOAN_SCALE, j], work.project[_TERM, j], work.project[_GRACE, j], year,
                loan_rate, relief_points, net_of_central, rate, cap, 0.0 if per_year else work.total[s, j])
            work.offer[s, year, j] = award
            work.total[s, j] += award


@helper()
def _prefer(work, s, best, best_total, n):
    """Take instrument s for the best of rows `best` and `best_total` where it pays more than all before it."""
    for j in range(n):
        better = work.total[s, j] > work.life[best_total, j]
        work.life[best, j] = s if better else work.life[best, j]
        work.life[best_total, j] = max(work.total[s, j], work.life[best_total, j])


@helper()
def _choose(inputs, work, variant, n_filed, n):
    """The package: the best instrument alone, or with others that the reading 口径 `exclusivity` lets it combine with."""
    for j in range(n):
        work.life[_BEST, j] = 0.0 if work.total[0, j] > 0.0 else -1.0
        work.life[_BEST_TOTAL, j] = work.total[0, j]
    for s in range(1, n_filed):
        _prefer(work, s, _BEST, _BEST_TOTAL, n)
    exclusivity = inputs.policies[variant].exclusivity
    if exclusivity == _STACK:
        _choose_stack(inputs, work, variant, n_filed, n)
    elif exclusivity == _ONE or n_filed == 1:
        for s in range(n_filed):
            for j in range(n):
                work.chosen[s, j] = 1.0 if work.life[_BEST, j] == s else 0.0
    else:
        _choose_combination(inputs, work, variant, n_filed, n)


@helper()
def _choose_combination(inputs, work, variant, n_filed, n):
    """The instruments that may be combined, where together they pay more than the best one alone."""
    for j in range(n):
        work.life[_TOGETHER, j] = 0.0
    for s in range(n_filed):
        if inputs.instruments[variant, work.filed[s]].combinable:
            for j in range(n):
                work.life[_TOGETHER, j] += work.total[s, j]
    for s in range(n_filed):
        combinable = inputs.instruments[variant, work.filed[s]].combinable == 1
        for j in range(n):
            combine = work.life[_TOGETHER, j] > work.life[_BEST_TOTAL, j]
            chosen = ((work.total[s, j] > 0.0) & combinable) if combine else (work.life[_BEST, j] == s)
            work.chosen[s, j] = 1.0 if chosen else 0.0


@helper()
def _choose_stack(inputs, work, variant, n_filed, n):
    """All that pay; of those that never stack only the best."""
    for j in range(n):
        work.life[_ALONE, j] = -1.0
        work.life[_ALONE_TOTAL, j] = 0.0
    for s in range(n_filed):
        if not inputs.instruments[variant, work.filed[s]].stackable:
            _prefer(work, s, _ALONE, _ALONE_TOTAL, n)
    for s in range(n_filed):
        stackable = inputs.instruments[variant, work.filed[s]].stackable == 1
        for j in range(n):
            chosen = (work.total[s, j] > 0.0) & (stackable | (work.life[_ALONE, j] == s))
            work.chosen[s, j] = 1.0 if chosen else 0.0
