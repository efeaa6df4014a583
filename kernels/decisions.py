"""From what the clauses would pay to who invests, files and is approved, and what the projects then turn out to be."""

import math

from kernels.compiled import helper
from kernels.elementary import exp, ln
from kernels.layouts import CANDIDATE, DRIVERS, LIFE, LUCK, PAYOUT, RESPONSE

_DRIVER = {name: column for column, name in enumerate(DRIVERS)}
_APPROVAL_LEVEL, _APPROVAL_SCORE_OF_LEVEL = _DRIVER["approval_level"], _DRIVER["approval_score"]
_ELASTICITY, _DELAY, _COST = _DRIVER["elasticity"], _DRIVER["delay"], _DRIVER["cost_index"]
_FILING_RATE, _ADDITIONAL = _DRIVER["filing_small"], _DRIVER["additional_small"]
_COMPLETE, _PARTIAL, _LATE_ENDING = _DRIVER["outcome_complete"], _DRIVER["outcome_partial"], _DRIVER["outcome_late"]
_ENERGY_INTENSITY, _OTHER_INTENSITY = _DRIVER["intensity_energy"], _DRIVER["intensity_other"]
_DEMAND = len(DRIVERS)

(_ARRIVAL, _PLANNED, _P_EQUIPMENT, _RENEWAL_SHARE, _PURPOSE, _BUILD_FACTOR, _P0, _OWN_APPROVAL, _SIZE_CLASS, _SIZED) = (
    CANDIDATE.index(n) for n in ("arrival", "investment", "equipment", "renewal_share", "energy_purpose", "build_factor", "p0",
                                 "approval", "size_class", "sized"))
(_PARTICIPATION, _FILING, _APPROVAL, _OUTCOME, _SIZE_SCORE, _APPROVAL_SCORE, _SCALE, _OVERRUN, _BUILD, _ENERGY, _ACCEPTANCE,
 _DEPTH) = (LUCK.index(n) for n in ("participation", "filing", "approval", "outcome", "size_score", "approval_score", "scale",
                                    "overrun", "build", "energy", "acceptance", "depth"))
(_APPROVAL_MOMENT, _APPROVAL_YEAR, _END_MOMENT, _END_YEAR, _INVESTMENT, _BEST, _AT_APPROVAL, _AT_END, _VALUE, _LEVEL,
 _SUPPORT, _FACTOR, _WITHOUT, _ANYWAY, _APPLIED, _APPROVED, _REALISED, _LATE, _REALISED_INVESTMENT, _EQUIPMENT, _RENEWAL,
 _SAVING, _ACCEPTED) = (LIFE.index(n) for n in (
     "approval_moment", "approval_year", "end_moment", "end_year", "investment", "best", "at_approval", "at_end", "value",
     "level", "support", "factor", "without", "anyway", "applied", "approved", "realised", "late", "realised_investment",
     "equipment", "renewal", "saving", "accepted"))

_BY_ELASTICITY, _BY_PARTICIPATION = RESPONSE.index("elasticity"), RESPONSE.index("participation")
_IN_ARREARS, _TWO_TRANCHES, _ON_ACCEPTANCE = (PAYOUT.index(n) for n in ("in_arrears", "two_tranches", "on_acceptance"))

MOST_SUPPORT = 0.95  # support never counts for more than this share of the cost


@helper()
def of_class(size_class, small, medium, large):
    """The value of this class of enterprise."""
    return small if size_class < 0.5 else (medium if size_class < 1.5 else large)


@helper()
def first_tranche_of(payout, policy):
    """The share of a grant that is paid at approval; the rest is paid on acceptance."""
    if payout == _TWO_TRANCHES:
        return policy.first_tranche
    return 0.0 if payout == _ON_ACCEPTANCE else 1.0


@helper()
def elastic_factor(support, exponent):
    """How much likelier a project is to go ahead when support lowers its cost by this share."""
    return exp(-exponent * ln(1.0 - min(support, MOST_SUPPORT)))


@helper()
def factor_of_response(inputs, batch, variant, draw, size_class):
    """The same under the readings that do not look at the amount: `participation`, or no response at all."""
    if inputs.policies[variant].response != _BY_PARTICIPATION:
        return 1.0
    additional = min(inputs.drivers[variant, draw, _ADDITIONAL + size_class], MOST_SUPPORT)
    filing = 1.0 if batch.filed else inputs.drivers[variant, draw, _FILING_RATE + size_class]
    return 1.0 + filing * additional / (1.0 - additional)


@helper()
def nominal_factor(inputs, batch, variant, draw, size_class):
    """The same, if support were the nominal share of the cost for every project: what the control supposes."""
    policy = inputs.policies[variant]
    if policy.response != _BY_ELASTICITY:
        return factor_of_response(inputs, batch, variant, draw, size_class)
    support = inputs.drivers[variant, draw, _APPROVAL_LEVEL] * inputs.control.share[variant]
    return elastic_factor(support, inputs.drivers[variant, draw, _ELASTICITY] * policy.size_multiplier[size_class])


@helper()
def date_approval(inputs, work, batch, variant, draw, n):
    """Fill size, moment and year of approval; returns the year of a project that files on 1 January, as an index."""
    lag = inputs.policies[variant].approval_lag * inputs.drivers[variant, draw, _DELAY]
    filing_year = float(batch.filing_year)
    first = math.floor(filing_year + lag) - inputs.first_year
    for j in range(n):
        moment = filing_year + work.project[_ARRIVAL, j] + lag
        work.life[_APPROVAL_MOMENT, j] = moment
        work.life[_APPROVAL_YEAR, j] = first if moment < first + inputs.first_year + 1 else first + 1
        work.life[_INVESTMENT, j] = work.project[_PLANNED, j] * work.luck[_SCALE, j]
    return int(first)


@helper()
def date_end(inputs, work, batch, variant, draw, n):
    """Fill the moment at which a project is finished, if nothing makes it late, and its year."""
    if batch.executed:
        for j in range(n):
            work.life[_END_MOMENT, j] = work.life[_APPROVAL_MOMENT, j]
            work.life[_END_YEAR, j] = work.life[_APPROVAL_YEAR, j]
        return
    delay = inputs.drivers[variant, draw, _DELAY] / 12.0
    for j in range(n):
        months = work.luck[_BUILD, j] * work.project[_BUILD_FACTOR, j]
        moment = work.life[_APPROVAL_MOMENT, j] + months * delay
        work.life[_END_MOMENT, j] = moment
        work.life[_END_YEAR, j] = math.floor(moment) - inputs.first_year


@helper()
def value_packages(inputs, work, batch, variant, first_approval, n_filed, n):
    """Fill what the chosen package is expected to be worth at the filing year, if it is approved. [CNY]"""
    policy = inputs.policies[variant]
    rate, filed = policy.log_discount, float(batch.filing_year - inputs.first_year)
    one, two, three = exp(-rate), exp(-2.0 * rate), exp(-3.0 * rate)
    early, late = exp(-rate * (first_approval - filed)), exp(-rate * (first_approval + 1 - filed))
    for j in range(n):
        work.life[_VALUE, j] = 0.0
        work.life[_AT_APPROVAL, j] = early if work.life[_APPROVAL_YEAR, j] == first_approval else late
    if not batch.executed:
        for j in range(n):
            work.life[_AT_END, j] = exp(-rate * (work.life[_END_YEAR, j] - filed))
    for s in range(n_filed):
        payout = inputs.instruments[variant, work.filed[s]].payout
        first, funded = first_tranche_of(payout, policy), inputs.funded[variant, work.filed[s]]
        if payout == _IN_ARREARS:
            for j in range(n):
                paid = work.offer[s, 0, j] * one + work.offer[s, 1, j] * two + work.offer[s, 2, j] * three
                work.life[_VALUE, j] += work.chosen[s, j] * paid * work.life[_AT_APPROVAL, j] * funded
        elif batch.executed or first == 1.0:
            for j in range(n):
                work.life[_VALUE, j] += work.chosen[s, j] * work.offer[s, 0, j] * work.life[_AT_APPROVAL, j] * funded
        else:
            for j in range(n):
                share = first * work.life[_AT_APPROVAL, j] + (1.0 - first) * work.life[_AT_END, j]
                work.life[_VALUE, j] += work.chosen[s, j] * work.offer[s, 0, j] * share * funded


@helper()
def respond(inputs, work, batch, variant, draw, n):
    """Fill how much likelier each project is to go ahead with the support that it can expect. Readings 口径 `response`."""
    policy = inputs.policies[variant]
    level_of_draw = inputs.drivers[variant, draw, _APPROVAL_LEVEL]
    for j in range(n):
        own = work.project[_OWN_APPROVAL, j]
        level = level_of_draw if own != own else own  # nan: none of its own
        work.life[_LEVEL, j] = level
        work.life[_SUPPORT, j] = level * work.life[_VALUE, j] / work.life[_INVESTMENT, j]
    if policy.response == _BY_ELASTICITY:
        elasticity = inputs.drivers[variant, draw, _ELASTICITY]
        small, medium, large = policy.size_multiplier[0], policy.size_multiplier[1], policy.size_multiplier[2]
        for j in range(n):
            exponent = elasticity * of_class(work.project[_SIZE_CLASS, j], small, medium, large)
            work.life[_FACTOR, j] = elastic_factor(work.life[_SUPPORT, j], exponent)
    else:
        small, medium, large = (factor_of_response(inputs, batch, variant, draw, 0),
                                factor_of_response(inputs, batch, variant, draw, 1),
                                factor_of_response(inputs, batch, variant, draw, 2))
        for j in range(n):
            work.life[_FACTOR, j] = of_class(work.project[_SIZE_CLASS, j], small, medium, large)


@helper()
def apply(inputs, work, batch, variant, draw, n):
    """Fill who goes ahead anyway, who files, and who is approved; a project that no clause would pay does not count."""
    if batch.filed:
        for j in range(n):
            work.life[_WITHOUT, j] = 1.0 / work.life[_FACTOR, j]
            work.life[_ANYWAY, j] = 1.0 if work.luck[_PARTICIPATION, j] < work.life[_WITHOUT, j] else 0.0
            work.life[_APPLIED, j] = 1.0 if work.life[_BEST, j] >= 0.0 else 0.0
    else:
        demand = inputs.drivers[variant, draw, _DEMAND + batch.filing_year - inputs.first_filing_year]
        small, medium, large = (inputs.drivers[variant, draw, _FILING_RATE], inputs.drivers[variant, draw, _FILING_RATE + 1],
                                inputs.drivers[variant, draw, _FILING_RATE + 2])
        for j in range(n):
            filing_rate = of_class(work.project[_SIZE_CLASS, j], small, medium, large)
            without = min(1.0, work.project[_P0, j] * demand)
            anyway = work.luck[_PARTICIPATION, j] < without
            induced = work.luck[_PARTICIPATION, j] < min(1.0, without * work.life[_FACTOR, j])
            files = (work.luck[_FILING, j] < filing_rate) if anyway else induced
            work.life[_WITHOUT, j] = without
            work.life[_ANYWAY, j] = 1.0 if anyway else 0.0
            work.life[_APPLIED, j] = 1.0 if files & (work.life[_BEST, j] >= 0.0) else 0.0
    correlation = inputs.policies[variant].approval_size_correlation
    rest_of_sized = math.sqrt(1.0 - correlation * correlation)
    score_of_draw = inputs.drivers[variant, draw, _APPROVAL_SCORE_OF_LEVEL]
    for j in range(n):  # the larger project is somewhat likelier to be approved
        own = work.project[_OWN_APPROVAL, j]
        rest = rest_of_sized if work.project[_SIZED, j] > 0.0 else 1.0
        latent = rest * work.luck[_APPROVAL_SCORE, j] - correlation * work.luck[_SIZE_SCORE, j]
        approved = (latent < score_of_draw) if own != own else (work.luck[_APPROVAL, j] < own)
        work.life[_APPROVED, j] = 1.0 if approved else 0.0


@helper()
def realise(inputs, work, batch, variant, draw, n):
    """Fill what the projects turn out to be: complete, partial, late or cancelled; investment, saving, accepted share."""
    policy = inputs.policies[variant]
    lateness, low, depth = policy.lateness, policy.partial_low, policy.partial_high - policy.partial_low
    complete, partial, late_ending = (inputs.drivers[variant, draw, _COMPLETE], inputs.drivers[variant, draw, _PARTIAL],
                                      inputs.drivers[variant, draw, _LATE_ENDING])
    cost = inputs.drivers[variant, draw, _COST]
    if batch.executed:
        for j in range(n):
            work.life[_REALISED, j] = 1.0
            work.life[_LATE, j] = 0.0
            work.life[_ACCEPTED, j] = 1.0
    else:
        for j in range(n):
            ending = work.luck[_OUTCOME, j]
            share = low + work.luck[_DEPTH, j] * depth if (ending >= complete) & (ending < partial) else 1.0
            share = 0.0 if ending >= late_ending else share
            work.life[_LATE, j] = lateness if (ending >= partial) & (ending < late_ending) else 0.0
            work.life[_REALISED, j] = share * work.luck[_OVERRUN, j] * cost
        for j in range(n):
            work.life[_ACCEPTED, j] = min(1.0, work.life[_REALISED, j] * work.luck[_ACCEPTANCE, j])
            work.life[_END_YEAR, j] = math.floor(work.life[_END_MOMENT, j] + work.life[_LATE, j]) - inputs.first_year
    of_all = policy.energy_of_all_equipment
    purpose, other = inputs.drivers[variant, draw, _ENERGY_INTENSITY], inputs.drivers[variant, draw, _OTHER_INTENSITY]
    for j in range(n):
        equipment = work.project[_P_EQUIPMENT, j] * work.luck[_SCALE, j] * work.life[_REALISED, j]
        work.life[_REALISED_INVESTMENT, j] = work.life[_INVESTMENT, j] * work.life[_REALISED, j]
        work.life[_EQUIPMENT, j] = equipment
        work.life[_RENEWAL, j] = equipment * work.project[_RENEWAL_SHARE, j]
    for j in range(n):
        intensity = work.project[_PURPOSE, j] * purpose + (1.0 - work.project[_PURPOSE, j]) * other
        base = work.life[_EQUIPMENT, j] if of_all else work.life[_RENEWAL, j]
        work.life[_SAVING, j] = base * intensity * work.luck[_ENERGY, j]
