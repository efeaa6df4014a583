"""What the clauses would pay one project: entitlement by instrument and loan-year, and the admissible package."""

from kernels.compiled import helper
from kernels.formulas import (
    INTEREST_SUBSIDY,
    award_of,
    central_relief,
    is_eligible,
    loan_balance,
)
from kernels.layouts import APPROVED, BASE, DRIVERS, EXCLUSIVITY, N_PAYMENT, PAYOUT

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


@helper()
def base_of(kind, project, scale):
    """The eligible base of a grant at this size. [CNY]"""
    if kind == _EQUIPMENT:
        return project.investment * project.equipment_share * scale
    if kind == _LEASE:
        return project.lease_equipment * scale
    if _CONTRACTS <= kind <= _SALES:
        return project.contract * scale
    return project.investment * scale


@helper()
def entitle(inputs, variant, work, project, scale, loan_scale, approval_year, accepted, instrument, stage):
    """Fill work.offer[stage, instrument] with the entitlement by loan-year (grants: all in the first). [CNY]

    `accepted` is the share of the approved base that is recognised: 1 at approval, at most 1 at acceptance.
    """
    rule = inputs.instruments[variant, instrument]
    policy = inputs.policies[variant]
    for year in range(N_PAYMENT):
        work.offer[stage, instrument, year] = 0.0
    rate = rule.rate if rule.rate_driver < 0 else work.drivers[rule.rate_driver]
    if rule.is_ceiling:
        rate *= work.drivers[_INTENSITY]
    if rule.shape == INTEREST_SUBSIDY:
        n_year = inputs.appropriation.shape[2]
        principal = project.loan_principal * loan_scale * accepted
        points = 0.0
        if project.central_lot < policy.central_share:
            points = inputs.central_points[variant, min(approval_year, n_year - 1)]
        paid_before = 0.0
        for year in range(rule.term):
            balance = loan_balance(principal, project.loan_term, project.loan_grace, year)
            lpr = work.drivers[_LPR_AFTER_DEMAND + inputs.n_filing_year + min(approval_year + year, n_year - 1)]
            interest = balance * max(lpr + project.loan_spread, 0.0)
            relief = central_relief(balance, points, interest) if year < policy.central_years else 0.0
            base = interest - relief if policy.interest_net_of_central else interest
            award = award_of(rule.shape, base, rate, rule.cap, 0.0 if rule.cap_per_year else paid_before)
            award = min(award, interest - relief)  # relief never exceeds the interest borne
            work.offer[stage, instrument, year] = award
            paid_before += award
        return
    if rule.base == _TIER:
        driver = inputs.tier_drivers[variant, instrument, project.tier]
        base = inputs.tier_amounts[variant, instrument, project.tier] if driver < 0 else work.drivers[driver]
    else:
        base = base_of(rule.base, project, scale) * accepted
    contracts = project.contracts if rule.cap_per_contract else 1.0
    work.offer[stage, instrument, 0] = contracts * award_of(rule.shape, base / contracts, rate, rule.cap, 0.0)


@helper()
def choose_package(inputs, variant, work, project, scale, loan_scale, approval_year):
    """Evaluate every instrument filed for and mark the admissible package of the largest total.

    Fills work.offer[APPROVED] and work.chosen; returns (total, the instrument that pays most) [CNY].
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
        entitle(inputs, variant, work, project, scale, loan_scale, approval_year, 1.0, k, APPROVED)
        total = 0.0
        for payment in range(N_PAYMENT):
            total += work.offer[APPROVED, k, payment]
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


@helper()
def schedule(inputs, variant, work, approval_year, end_year, instrument, slot):
    """Spread an approved entitlement over the years in which it is paid: work.pay_year[slot], work.committed[slot].

    Interest of loan-year k, which begins in the year of approval, is paid in the year after it accrues.
    """
    payout = inputs.instruments[variant, instrument].payout
    if payout == _IN_ARREARS:
        for year in range(N_PAYMENT):
            work.pay_year[slot, year] = approval_year + year + 1
            work.committed[slot, year] = work.offer[APPROVED, instrument, year]
        return
    first = 1.0
    if payout == _TWO_TRANCHES:
        first = inputs.policies[variant].first_tranche
    elif payout == _ON_ACCEPTANCE:
        first = 0.0
    whole = work.offer[APPROVED, instrument, 0]
    work.pay_year[slot, 0], work.pay_year[slot, 1], work.pay_year[slot, 2] = approval_year, end_year, end_year
    work.committed[slot, 0] = first * whole
    work.committed[slot, 1] = whole - first * whole
    work.committed[slot, 2] = 0.0


@helper()
def present_value(inputs, variant, work, approval_year, end_year, filing_year):
    """Value at the filing year of the chosen package if it is approved. [CNY]"""
    discount = 1.0 / (1.0 + inputs.policies[variant].discount_rate)
    trial = work.award.size - 1  # the last row is kept free for looking ahead
    value = 0.0
    for k in range(inputs.instruments.shape[1]):
        if work.chosen[k]:
            schedule(inputs, variant, work, approval_year, end_year, k, trial)
            for j in range(N_PAYMENT):
                value += work.committed[trial, j] * discount ** (work.pay_year[trial, j] - filing_year)
    return value
