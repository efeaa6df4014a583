"""What the clauses would pay one project: entitlement by instrument and loan-year, and the admissible package."""

from numba import njit

from kernels.formulas import INTEREST_SUBSIDY, award_of, central_relief, is_eligible, loan_balance
from kernels.layouts import BASE, DRIVERS, EXCLUSIVITY, N_PAYMENT, PAYOUT

_EQUIPMENT = BASE.index("equipment")
_LEASE = BASE.index("lease_equipment")
_CONTRACTS = BASE.index("contract")
_SALES = BASE.index("software_sales")
_TIER = BASE.index("tier")
_ONE = EXCLUSIVITY.index("one_per_project")
_STACK = EXCLUSIVITY.index("stack")
_INTENSITY = DRIVERS.index("award_intensity")
_LPR_AFTER_DEMAND = len(DRIVERS)
_IN_ARREARS = PAYOUT.index("in_arrears")
_TWO_TRANCHES = PAYOUT.index("two_tranches")
_ON_ACCEPTANCE = PAYOUT.index("on_acceptance")


@njit(cache=True)
def base_of(kind, project, scale):
    """The eligible base of a grant at this size. [CNY]"""
    if kind == _EQUIPMENT:
        return project.investment * project.equipment_share * scale
    if kind == _LEASE:
        return project.lease_equipment * scale
    if _CONTRACTS <= kind <= _SALES:
        return project.contract * scale
    return project.investment * scale


@njit(cache=True)
def entitle(inputs, variant, draw, project, scale, loan_scale, approval_year, accepted, instrument, payments):
    """Fill payments[N_PAYMENT] with one instrument's entitlement by loan-year (grants: all in the first). [CNY]

    `accepted` is the share of the approved base that is recognised: 1 at approval, at most 1 at acceptance.
    """
    rule = inputs.instruments[variant, instrument]
    policy = inputs.policies[variant]
    drivers = inputs.drivers[variant, draw]
    payments[:] = 0.0
    rate = rule.rate if rule.rate_driver < 0 else drivers[rule.rate_driver]
    if rule.is_ceiling:
        rate *= drivers[_INTENSITY]
    if rule.shape == INTEREST_SUBSIDY:
        n_year = inputs.appropriation.shape[2]
        principal = project.loan_principal * loan_scale * accepted
        points = 0.0
        if project.central_lot < policy.central_share:
            points = inputs.central_points[variant, min(approval_year, n_year - 1)]
        paid_before = 0.0
        for year in range(rule.term):
            balance = loan_balance(principal, project.loan_term, project.loan_grace, year)
            lpr = drivers[_LPR_AFTER_DEMAND + inputs.n_filing_year + min(approval_year + year, n_year - 1)]
            interest = balance * max(lpr + project.loan_spread, 0.0)
            relief = central_relief(balance, points, interest) if year < policy.central_years else 0.0
            base = interest - relief if policy.interest_net_of_central else interest
            award = award_of(rule.shape, base, rate, rule.cap, 0.0 if rule.cap_per_year else paid_before)
            payments[year] = min(award, interest - relief)  # relief never exceeds the interest borne
            paid_before += payments[year]
        return
    if rule.base == _TIER:
        driver = inputs.tier_drivers[variant, instrument, project.tier]
        base = inputs.tier_amounts[variant, instrument, project.tier] if driver < 0 else drivers[driver]
    else:
        base = base_of(rule.base, project, scale) * accepted
    contracts = project.contracts if rule.cap_per_contract else 1.0
    payments[0] = contracts * award_of(rule.shape, base / contracts, rate, rule.cap, 0.0)


@njit(cache=True)
def choose_package(inputs, variant, draw, project, scale, loan_scale, approval_year, work):
    """Evaluate every instrument filed for and mark the admissible package of the largest total.

    Fills work.offer[0] and work.chosen; returns (total, the instrument that pays most) [CNY].
    """
    policy = inputs.policies[variant]
    investment = project.investment * scale
    best, best_total, together, everything = -1, 0.0, 0.0, 0.0
    alone, alone_total = -1, 0.0  # the best of those that never stack
    n_instrument = inputs.instruments.shape[1]
    for k in range(n_instrument):
        work.chosen[k] = False
        if not (project.instruments >> k) & 1:
            continue
        rule = inputs.instruments[variant, k]
        if not is_eligible(investment, rule.threshold, rule.threshold_inclusive):
            continue
        if project.fixed_asset_share <= rule.fixed_asset_share:
            continue
        entitle(inputs, variant, draw, project, scale, loan_scale, approval_year, 1.0, k, work.offer[0, k])
        total = 0.0
        for payment in range(N_PAYMENT):
            total += work.offer[0, k, payment]
        if total <= 0.0:
            continue
        work.chosen[k] = True  # eligible; narrowed to the package below
        if rule.combinable:
            together += total
        if rule.stackable:
            everything += total
        elif total > alone_total:
            alone, alone_total = k, total
        if total > best_total:
            best, best_total = k, total
    if best < 0:
        return 0.0, best
    if policy.exclusivity == _STACK:
        for k in range(n_instrument):
            work.chosen[k] = work.chosen[k] and (inputs.instruments[variant, k].stackable == 1 or k == alone)
        return everything + alone_total, best
    combine = policy.exclusivity != _ONE and together > best_total
    for k in range(n_instrument):
        work.chosen[k] = work.chosen[k] and (
            inputs.instruments[variant, k].combinable == 1 if combine else k == best
        )
    return (together if combine else best_total), best


@njit(cache=True)
def schedule(rule, policy, approval_year, end_year, payments, pay_year, amounts):
    """Spread an entitlement over the years in which it is paid: fills pay_year and amounts[N_PAYMENT].

    Interest of loan-year k, which begins in the year of approval, is paid in the year after it accrues.
    """
    if rule.payout == _IN_ARREARS:
        for year in range(N_PAYMENT):
            pay_year[year] = approval_year + year + 1
            amounts[year] = payments[year]
        return
    first = 1.0
    if rule.payout == _TWO_TRANCHES:
        first = policy.first_tranche
    elif rule.payout == _ON_ACCEPTANCE:
        first = 0.0
    pay_year[0], pay_year[1], pay_year[2] = approval_year, end_year, end_year
    amounts[0] = first * payments[0]
    amounts[1] = payments[0] - amounts[0]
    amounts[2] = 0.0


@njit(cache=True)
def present_value(inputs, variant, approval_year, end_year, filing_year, work):
    """Value at the filing year of the chosen package if it is approved. [CNY]"""
    policy = inputs.policies[variant]
    pay_year, amounts = work.trial_year, work.trial_amount
    discount = 1.0 / (1.0 + policy.discount_rate)
    value = 0.0
    for k in range(inputs.instruments.shape[1]):
        if work.chosen[k]:
            rule = inputs.instruments[variant, k]
            schedule(rule, policy, approval_year, end_year, work.offer[0, k], pay_year, amounts)
            for j in range(N_PAYMENT):
                value += amounts[j] * discount ** (pay_year[j] - filing_year)
    return value
