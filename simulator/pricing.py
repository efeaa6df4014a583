"""What the clauses pay one named project, exactly to the 分, with the trail of every step.

The same formula source as the kernel's, run on Decimals: a loan-year's interest is rounded to 分 half-up, central
relief taken off, the share taken and rounded to 分 half-up, then the cap applied; grants likewise.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, Literal, NamedTuple

from kernels.formulas import capped_share, interest_subsidy, is_eligible, tiered_award
from simulator.loans import Loan, charges
from simulator.schema import Instrument
from simulator.schema.policy import OF_CONTRACTS
from simulator.trail import traced
from simulator.units import FEN, round_to_fen

Binding = Literal["rate", "cap", "headroom", "relief", "threshold", "quota", "none"]
_LIMITS: tuple[Binding, ...] = ("cap", "headroom", "relief")  # the first of these that decided any year is named for the whole
ZERO = Decimal("0.00")
FORMULAS = {"capped_share": capped_share, "interest_subsidy": interest_subsidy, "tiered_award": tiered_award}
_EXACT = Context(prec=50)
_ENOUGH = Context(prec=28)  # takes off the last digits of a division that does not end, so that ties stay ties


class Case(NamedTuple):
    """One project as the clauses look at it. Money in CNY, shares as fractions."""

    investment: Decimal = ZERO
    """Approved total investment: what the threshold tests, and the base of a grant unless `accepted` is less."""
    equipment: Decimal = ZERO
    fixed_asset_share: Decimal = Decimal(1)
    loan: Loan | None = None
    lease_equipment: Decimal = ZERO
    contracts: tuple[Decimal, ...] = ()
    """Of one product; also of certification and of software, where these have no amount of their own."""
    certification: Decimal | None = None
    software: Decimal | None = None
    tier: str = ""
    """Of a tiered award; of no concern where there is but one."""
    award_intensity: Decimal = Decimal(1)
    incremental: Decimal | None = None
    """New investment of a software project; None: its investment."""
    accepted: Decimal | None = None
    """Investment accepted at the end; None: as approved."""


class Step(NamedTuple):
    """One application of a formula: a loan-year, a contract, or the whole base."""

    label: str
    base: Decimal
    award: Decimal
    variables: Mapping[str, Any]
    binding: Binding = "rate"
    year: int = 0
    """Calendar year in which the interest falls; 0 for a grant."""


class Entitlement(NamedTuple):
    """What one instrument pays one project: by loan-year, or a grant in one sum."""

    instrument: str
    amounts: tuple[Decimal, ...]
    binding: Binding
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Over all years. [CNY]"""
        return sum(self.amounts, ZERO)


@dataclass(frozen=True, slots=True)
class Clause:
    """An instrument with its values as exact decimals: all that pricing needs of it, plain enough for other processes."""

    key: str
    shape: str
    base: str
    rate: Decimal
    is_ceiling: bool
    cap: Decimal
    """Infinity where the clause states none."""
    cap_scope: str
    cap_per_year: bool
    term: int
    threshold: Decimal
    inclusive: bool
    fixed_asset_share: Decimal | None
    tiers: Mapping[str, Decimal]
    payout: str
    exclusion_group: str
    combinable: bool
    stackable: bool
    places: int | None
    """Awards a year that a quota leaves room for; None where nothing rations."""


def exactly() -> Any:
    """The decimal context in which prices are computed: digits enough that no rounding comes too soon."""
    return localcontext(_EXACT)


def clause_of(key: str, rule: Instrument, values: Mapping[str, Decimal] | None = None) -> Clause:
    """The values of an instrument; `values` are assumed ones (`rate`, or a tier's amount), instead of their medians."""
    values = values or {}
    rate = values.get("rate", exact(rule.rate.value.median())) if rule.rate is not None else Decimal(1)
    return Clause(
        key, rule.shape, rule.base.value, rate,
        is_ceiling=rule.rate_is is not None and rule.rate_is.value == "ceiling",
        cap=Decimal("Infinity") if rule.cap.value is None else exact(rule.cap.value),
        cap_scope=rule.cap_scope.value,
        cap_per_year=rule.cap_period.value == "year",
        term=rule.term.value if rule.term else 0,
        threshold=exact((rule.threshold.value or 0.0) if rule.threshold else 0.0),
        inclusive=rule.threshold_inclusive is None or rule.threshold_inclusive.value,
        fixed_asset_share=exact(rule.fixed_asset_share.value) if rule.fixed_asset_share else None,
        tiers={tier: values.get(tier, exact(given.amount.value.median())) for tier, given in (rule.tiers or {}).items()},
        payout=rule.payout.value,
        exclusion_group=rule.exclusion_group.value,
        combinable=rule.combinable,
        stackable=rule.stackable.value,
        places=rule.quota.count.value if rule.quota and rule.quota.kind != "floor" else None,
    )


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
    with exactly():
        return entitle(clause_of(key, rule, values), case, interest_net_of_central, to_fen=to_fen)


def entitle(clause: Clause, case: Case, net: bool, *, to_fen: bool = True, trail: bool = True, paid_before: Decimal = ZERO) -> Entitlement:
    """What `price` says, of a clause that is at hand, within `exactly()`.

    Without `trail` the steps hold no variables, which is quicker. `paid_before` is what others have had of the same cap.
    """
    if not is_admissible(clause, case):
        return Entitlement(clause.key, (ZERO,), "threshold", ())
    if clause.shape == "interest_subsidy":
        steps = _interest_steps(clause, case, net, to_fen, trail)
        amounts = tuple(step.award for step in steps)
    else:
        steps = [_grant_step(clause, case, base, to_fen, trail, paid_before) for base in _bases(clause, case)]
        amounts = (sum((step.award for step in steps), ZERO),)
    limits = {step.binding for step in steps}
    binding: Binding = next((limit for limit in _LIMITS if limit in limits), "rate")
    if not any(amounts) and binding in ("rate", "relief"):
        binding = "none"
    return Entitlement(clause.key, amounts, binding, tuple(steps))


def is_admissible(clause: Clause, case: Case) -> bool:
    """Whether the project meets the instrument's threshold and its share of fixed assets."""
    if not is_eligible.py_func(case.investment, clause.threshold, clause.inclusive):
        return False
    return clause.fixed_asset_share is None or case.fixed_asset_share > clause.fixed_asset_share


def admits(clauses: Mapping[str, Clause], together: Sequence[str], exclusivity: str) -> bool:
    """Whether one project may have all of these instruments together, by the reading `exclusivity`.

    one_per_project: one. loan_and_lease: or a loan and a lease of one clause. stack: any, but of those that never stack only
    one. Whatever the reading, the interest of one loan is subsidised once: relief never exceeds the interest that is borne.
    """
    if len(together) < 2:
        return True
    chosen = [clauses[key] for key in together]
    if sum(not clause.stackable for clause in chosen) > 1 or sum(clause.shape == "interest_subsidy" for clause in chosen) > 1:
        return False
    if exclusivity == "loan_and_lease":
        return all(clause.combinable for clause in chosen) and len({clause.exclusion_group for clause in chosen}) == 1
    return exclusivity == "stack"


def best_package(clauses: Mapping[str, Clause], entitlements: Sequence[Entitlement], exclusivity: str) -> frozenset[str]:
    """The admissible set of instruments with the largest total, of all subsets; the smaller and the earlier between equals."""
    paying = [e for e in entitlements if e.total > 0]
    if len(paying) < 2:
        return frozenset(e.instrument for e in paying)
    best, most = frozenset[str](), ZERO
    for size in range(1, 2 if exclusivity == "one_per_project" else len(paying) + 1):
        for subset in itertools.combinations(paying, size):
            total = sum((e.total for e in subset), ZERO)
            if total > most and admits(clauses, [e.instrument for e in subset], exclusivity):
                best, most = frozenset(e.instrument for e in subset), total
    return best


def tranches(amount: Decimal, first_share: Decimal) -> tuple[Decimal, Decimal]:
    """What of a grant is paid at approval and at acceptance: to the 分, adding up exactly."""
    first = round_to_fen(amount * first_share)
    return first, amount - first


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


def _bases(clause: Clause, case: Case) -> list[Decimal]:
    """The base of a grant; several where the cap counts by contract."""
    base = clause.base
    if base == "tier":
        return [clause.tiers[case.tier] if len(clause.tiers) > 1 else next(iter(clause.tiers.values()))]
    own = {"certification_contract": case.certification, "software_sales": case.software}.get(base)
    if own is not None:
        return [own]
    if base in OF_CONTRACTS:
        return list(case.contracts) if clause.cap_scope == "contract" else [sum(case.contracts, ZERO)]
    if base == "lease_equipment":
        return [case.lease_equipment]
    if base == "equipment":
        return [case.equipment]
    approved = case.investment if base == "investment" or case.incremental is None else case.incremental
    return [approved if case.accepted is None else min(approved, case.accepted)]


def _grant_step(clause: Clause, case: Case, base: Decimal, to_fen: bool, trail: bool, paid_before: Decimal) -> Step:
    formula = FORMULAS[clause.shape]
    left = max(clause.cap - paid_before, ZERO)
    share = (clause.rate * case.award_intensity if clause.is_ceiling else clause.rate) if clause.shape == "capped_share" else None
    arguments = (base, left) if share is None else (base, share, left)
    award, seen = traced(formula, *arguments) if trail else (formula.py_func(*arguments), {})
    if trail and paid_before:
        seen = seen | {"cap": clause.cap, "paid_before": paid_before, "headroom": left}
    uncapped = base if share is None else share * base
    binding: Binding = "rate"
    if uncapped > left and _rounded(uncapped, to_fen) > left:
        binding = "headroom" if paid_before else "cap"
    return Step("", base, _rounded(award, to_fen), seen, binding)


def _interest_steps(clause: Clause, case: Case, net: bool, to_fen: bool, trail: bool) -> list[Step]:
    loan = case.loan
    if loan is None:
        return []
    rate = clause.rate * case.award_intensity if clause.is_ceiling else clause.rate
    steps: list[Step] = []
    paid_before = ZERO
    for number, charge in enumerate(charges(loan, clause.term), 1):
        interest = _rounded(charge.interest, to_fen)
        relief = min(_rounded(charge.relief, to_fen), interest) if charge.relief else ZERO
        base = interest - relief if net else interest
        arguments = (base, rate, clause.cap, ZERO if clause.cap_per_year else paid_before)
        award, seen = traced(interest_subsidy, *arguments) if trail else (interest_subsidy.py_func(*arguments), {})
        rounded = _rounded(award, to_fen)
        paid = min(rounded, interest - relief)
        binding: Binding = "rate"
        left = max(clause.cap - arguments[3], ZERO)
        if rate * base > left and _rounded(rate * base, to_fen) > left:
            binding = "cap" if arguments[3] == 0 else "headroom"
        if paid < rounded:
            binding = "relief"
        if trail:
            days = {} if charge.days is None else {"days": charge.days, "parts": charge.parts}
            seen = {"balance": charge.balance, "loan_rate": charge.rate, **days, "interest": interest, "relief": relief, **seen}
        steps.append(Step(str(number if charge.days is None else charge.year), base, paid, seen, binding, charge.year))
        paid_before += paid
    return steps


def _rounded(amount: Decimal | int, to_fen: bool) -> Decimal:
    amount = _ENOUGH.plus(amount)
    return amount.quantize(FEN, ROUND_HALF_UP) if to_fen else amount
