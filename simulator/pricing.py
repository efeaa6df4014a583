"""What the clauses pay one named project, exactly to the 分, with the trail of every step.

The same formula source as the kernel's, run on Decimals: a loan-year's interest is rounded to 分 half-up, central
relief taken off, the share taken and rounded to 分 half-up, then the cap applied; grants likewise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal, localcontext
from typing import Any, Literal

from kernels.formulas import (
    capped_share,
    central_relief,
    interest_subsidy,
    is_eligible,
    loan_balance,
    tiered_award,
)
from simulator.schema import Instrument
from simulator.schema.policy import OF_CONTRACTS
from simulator.trail import traced
from simulator.units import round_to_fen

Binding = Literal["rate", "cap", "headroom", "relief", "threshold", "none"]
ZERO = Decimal("0.00")
FORMULAS = {"capped_share": capped_share, "interest_subsidy": interest_subsidy, "tiered_award": tiered_award}
_EXACT = Context(prec=50)
_ENOUGH = Context(prec=28)  # takes off the last digits of a division that does not end, so that ties stay ties


@dataclass(frozen=True)
class Loan:
    """A loan as the clause looks at it: balances at the start of each loan-year and the rate of that year."""

    principal: Decimal
    rates: tuple[Decimal, ...]
    term: int = 5
    grace: int = 1
    balances: tuple[Decimal, ...] | None = None
    """Instead of term and grace, where the balances are known."""
    central_points: Decimal = Decimal(0)
    central_years: int = 2


@dataclass(frozen=True)
class Case:
    """One project as the clauses look at it. Money in CNY, shares as fractions."""

    investment: Decimal = ZERO
    equipment: Decimal = ZERO
    fixed_asset_share: Decimal = Decimal(1)
    loan: Loan | None = None
    lease_equipment: Decimal = ZERO
    contracts: tuple[Decimal, ...] = ()
    tier: str = ""
    award_intensity: Decimal = Decimal(1)


@dataclass(frozen=True)
class Step:
    """One application of a formula: a loan-year, a contract, or the whole base."""

    label: str
    base: Decimal
    award: Decimal
    variables: Mapping[str, Any] = field(repr=False)
    binding: Binding = "rate"


@dataclass(frozen=True)
class Entitlement:
    """What one instrument pays one project: by loan-year, or a grant in one sum."""

    instrument: str
    amounts: tuple[Decimal, ...]
    binding: Binding
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Over all years. [CNY]"""
        return sum(self.amounts, ZERO)


def price(key: str, rule: Instrument, case: Case, *, interest_net_of_central: bool = True,
          values: Mapping[str, Decimal] | None = None, to_fen: bool = True) -> Entitlement:
    """Price one project under one instrument.

    Parameters
    ----------
    key, rule : str, Instrument
        The clause, with the values that the chosen readings give it.
    case : Case
        The project; amounts in CNY.
    interest_net_of_central : bool
        Reading `interest_base`: share of the interest after central relief (default), or of the contract interest.
    values : mapping, optional
        Assumed values that a document leaves open (`rate`, or a tier's amount), instead of their medians.
    to_fen : bool
        Round as money is paid (default); False for one draw of the engine, which rounds nothing.

    Returns
    -------
    Entitlement
        Amounts to the 分, and which limit decided: rate, cap, headroom (the rest of a lifetime cap), relief (the interest
        that central relief leaves to bear), threshold, none.
    """
    if not is_admissible(rule, case):
        return Entitlement(key, (ZERO,), "threshold", ())
    with localcontext(_EXACT):
        rate = _rate(rule, case, values or {})
        cap = Decimal("Infinity") if rule.cap.value is None else exact(rule.cap.value)
        if rule.shape == "interest_subsidy":
            steps = _interest_steps(rule, case, rate, cap, interest_net_of_central, to_fen)
        else:
            steps = [_grant_step(rule, base, rate, cap, to_fen) for base in _bases(rule, case, values or {})]
    amounts = tuple(step.award for step in steps)
    if rule.shape != "interest_subsidy":
        amounts = (sum(amounts, ZERO),)
    limits = [step.binding for step in steps if step.binding in ("cap", "headroom", "relief")]
    paid = any(amounts)
    return Entitlement(key, amounts, limits[0] if limits else "rate" if paid else "none", tuple(steps))


def is_admissible(rule: Instrument, case: Case) -> bool:
    """Whether the project meets the instrument's threshold and its share of fixed assets."""
    threshold = exact((rule.threshold.value or 0.0) if rule.threshold else 0.0)
    inclusive = rule.threshold_inclusive is None or rule.threshold_inclusive.value
    if not is_eligible.py_func(case.investment, threshold, inclusive):
        return False
    return rule.fixed_asset_share is None or case.fixed_asset_share > exact(rule.fixed_asset_share.value)


def best_package(rules: Mapping[str, Instrument], entitlements: Sequence[Entitlement], exclusivity: str) -> frozenset[str]:
    """The admissible set of instruments with the largest total, by the reading `exclusivity`.

    one_per_project: the best single one. loan_and_lease: or all loans and leases together. stack: all, but of those
    that never stack only the best.
    """
    paying = sorted((e for e in entitlements if e.total > 0), key=lambda e: -e.total)
    if not paying:
        return frozenset()
    best = frozenset({paying[0].instrument})
    if exclusivity == "one_per_project":
        return best
    if exclusivity == "loan_and_lease":
        together = [e for e in paying if rules[e.instrument].combinable]
        return frozenset(e.instrument for e in together) if sum(e.total for e in together) > paying[0].total else best
    stacking = [e.instrument for e in paying if rules[e.instrument].stackable.value]
    alone = [e.instrument for e in paying if not rules[e.instrument].stackable.value]
    return frozenset(stacking + alone[:1])


def tranches(amount: Decimal, first_share: Decimal) -> tuple[Decimal, Decimal]:
    """What of a grant is paid at approval and at acceptance: to the 分, adding up exactly."""
    first = round_to_fen(amount * first_share)
    return first, amount - first


def interest_by_days(principal: Decimal, rate: Decimal, drawn_on: date, months: int = 36) -> dict[int, Decimal]:
    """Interest of each calendar year, actual days / 360, from the drawdown for so many months; to the 分 half-up."""
    year, month = divmod(drawn_on.month - 1 + months, 12)
    last_of_month = (date(drawn_on.year + year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    end = date(drawn_on.year + year, month + 1, min(drawn_on.day, last_of_month))
    interest = {}
    for calendar_year in range(drawn_on.year, end.year + 1):
        first, after = max(drawn_on, date(calendar_year, 1, 1)), min(end, date(calendar_year + 1, 1, 1))
        if days := (after - first).days:
            interest[calendar_year] = round_to_fen(principal * rate * days / 360)
    return interest


def one_off_deduction_gain(cost: Decimal, tax_rate: Decimal, years: int, discount: Decimal) -> dict[str, Decimal]:
    """Present value of deducting equipment at once rather than straight-line: a national tax expenditure.

    355号 (九) 加速折旧; at most 500万元 an item. It is not municipal outlay and never added to it.
    """
    at_once = cost * tax_rate / (1 + discount)
    yearly = cost * tax_rate / years
    straight_line = sum((yearly / (1 + discount) ** year for year in range(1, years + 1)), Decimal(0))
    at_once, straight_line = round_to_fen(at_once), round_to_fen(straight_line)
    return {"at_once": at_once, "straight_line": straight_line, "gain": at_once - straight_line}


def exact(value: float) -> Decimal:
    """The decimal that a file's value was written as: 0.05, not its binary neighbour."""
    return Decimal(repr(value))


def _rate(rule: Instrument, case: Case, values: Mapping[str, Decimal]) -> Decimal:
    if rule.rate is None:
        return Decimal(1)
    rate = values.get("rate", exact(rule.rate.value.median()))
    ceiling = rule.rate_is is not None and rule.rate_is.value == "ceiling"
    return rate * case.award_intensity if ceiling else rate


def _bases(rule: Instrument, case: Case, values: Mapping[str, Decimal]) -> list[Decimal]:
    """The base of a grant; several where the cap counts by contract."""
    base = rule.base.value
    if base == "tier":
        tier = (rule.tiers or {})[case.tier]
        return [values.get(case.tier, exact(tier.amount.value.median()))]
    if base in OF_CONTRACTS:
        return list(case.contracts) if rule.cap_scope.value == "contract" else [sum(case.contracts, ZERO)]
    return [{"investment": case.investment, "incremental_investment": case.investment, "equipment": case.equipment,
             "lease_equipment": case.lease_equipment}[base]]


def _grant_step(rule: Instrument, base: Decimal, rate: Decimal, cap: Decimal, to_fen: bool) -> Step:
    formula = FORMULAS[rule.shape]
    arguments = (base, rate, cap) if rule.shape == "capped_share" else (base, cap)
    award, seen = traced(formula, *arguments)
    uncapped = seen.get("uncapped", base)
    return Step("", base, _rounded(award, to_fen), seen, "cap" if uncapped > cap else "rate")


def _interest_steps(rule: Instrument, case: Case, rate: Decimal, cap: Decimal, net: bool, to_fen: bool) -> list[Step]:
    loan, term = case.loan, rule.term.value if rule.term else 0
    if loan is None:
        return []
    steps: list[Step] = []
    paid_before = ZERO
    for year in range(term):
        balance = (loan.balances[year] if loan.balances
                   else loan_balance.py_func(loan.principal, Decimal(loan.term), Decimal(loan.grace), year))
        interest = _rounded(balance * loan.rates[year], to_fen)
        relief = ZERO
        if year < loan.central_years:
            relief = _rounded(central_relief.py_func(balance, loan.central_points, interest), to_fen)
        base = interest - relief if net else interest
        already = ZERO if rule.cap_period.value == "year" else paid_before
        award, seen = traced(interest_subsidy, base, rate, cap, already)
        paid = min(_rounded(award, to_fen), interest - relief)
        binding: Binding = "rate"
        if seen["uncapped"] > seen["headroom"]:
            binding = "cap" if already == 0 else "headroom"
        if paid < _rounded(award, to_fen):
            binding = "relief"
        steps.append(Step(str(year + 1), base, paid,
                          {"balance": balance, "loan_rate": loan.rates[year], "interest": interest, "relief": relief, **seen},
                          binding))
        paid_before += paid
    return steps


def _rounded(amount: Decimal | int, to_fen: bool) -> Decimal:
    amount = _ENOUGH.plus(Decimal(amount))
    return round_to_fen(amount) if to_fen else amount
