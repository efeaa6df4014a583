"""The values of a clause in words, each with its basis: what a printed list of clauses says."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from simulator.language import language, tr
from simulator.pricing import Clause
from simulator.schema import Instrument
from simulator.schema.values import BASIS_TITLES, Valued

PAYOUTS = {"in_arrears": ("先付后贴，次年拨付", "in arrears, the year after"),
           "two_tranches": ("立项拨付50%，验收后拨付其余", "half at approval, the rest on acceptance"),
           "on_acceptance": ("验收后一次拨付", "on acceptance"), "at_once": ("立项当年一次拨付", "at once")}
_BASES = {"loan_interest": ("贷款利息", "loan interest"), "investment": ("核定项目投资", "approved investment"),
          "equipment": ("设备投资", "equipment"), "incremental_investment": ("项目新增投资", "new investment"),
          "lease_equipment": ("融资租赁设备投资额", "equipment under the lease"),
          "contract": ("合同金额", "contract"), "certification_contract": ("认证检测合同金额", "certification contract"),
          "software_sales": ("软件销售金额", "software bought"), "tier": ("定额奖励", "fixed award")}


def rates(rule: Instrument, clause: Clause, *, exact: bool = True) -> Iterator[str]:
    """The rate, or the amounts of the tiers; medians of assumed distributions to three digits unless `exact`."""
    def shown(value: Decimal, of: Valued[Any]) -> Decimal:
        return value if exact or of.value.kind == "constant" else Decimal(f"{value:.3g}")

    if rule.rate is not None:
        ceiling = tr("不超过 ", "up to ") if clause.is_ceiling else ""
        yield f"{ceiling}{_percent(shown(clause.rate, rule.rate))}{_basis(rule.rate)}{_drawn(rule.rate)}"
        if rule.term:
            yield tr(f"连续 {rule.term.value} 年", f"{rule.term.value} years")
    for tier, given in (rule.tiers or {}).items():
        yield f"{given.title} {_amount(shown(clause.tiers[tier], given.amount))}{_basis(given.amount)}{_drawn(given.amount)}"


def _drawn(value: Valued[Any]) -> str:
    """Says that a value is the median of an assumed distribution."""
    return "" if value.value.kind == "constant" else tr("，假设分布的中位数", ", median of what is assumed")


def caps(rule: Instrument, clause: Clause) -> Iterator[str]:
    """The cap, and what it counts."""
    if clause.cap.is_infinite():
        yield tr("无", "none") + _basis(rule.cap)
        return
    yield _amount(clause.cap) + _basis(rule.cap)
    scope = {"project": ("按项目", "a project"), "product": ("按产品", "a product"),
             "contract": ("按合同", "a contract")}[rule.cap_scope.value]
    period = ("每年", "a year") if clause.cap_per_year else ("累计", "in all")
    yield f"{tr(*scope)}{_basis(rule.cap_scope)}"
    yield f"{tr(*period)}{_basis(rule.cap_period)}"


def limits(rule: Instrument, clause: Clause) -> Iterator[str]:
    """Threshold, share of fixed assets and places."""
    if rule.threshold is None or not rule.threshold.value:
        yield tr("无", "none")
    else:
        included = tr("含本数", "included") if clause.inclusive else tr("不含本数", "not included")
        yield tr(f"投资 {_amount(clause.threshold)}以上，{included}",
                 f"investment of {_amount(clause.threshold)} or more, itself {included}") + _basis(rule.threshold)
    if rule.fixed_asset_share is not None:
        yield tr(f"固定资产投资高于 {_percent(clause.fixed_asset_share or Decimal(0))}",
                 f"fixed assets above {_percent(clause.fixed_asset_share or Decimal(0))}") + _basis(rule.fixed_asset_share)
    if rule.quota is not None:
        kind = {"hard": ("名额", "places"), "about": ("名额约", "places, about"), "floor": ("不少于", "at least")}[rule.quota.kind]
        yield f"{tr(*kind)} {rule.quota.count.value}" + tr("项/年", " a year") + _basis(rule.quota.count)


def _basis(value: Valued[Any] | None) -> str:
    return "" if value is None else tr("（{}）", " ({})").format(BASIS_TITLES[value.basis][language()])


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _amount(amount: Decimal) -> str:
    for unit, size in (("亿元", 10**8), ("万元", 10**4)):
        if amount >= size:
            return f"{(amount / size).normalize():f}{unit}"
    return f"{amount.normalize():f}元"


def base_and_payout(rule: Instrument) -> Iterator[str]:
    """What the rate is taken of, and when it is paid."""
    yield tr(*_BASES[rule.base.value]) + _basis(rule.base)
    yield tr(*PAYOUTS[rule.payout.value]) + _basis(rule.payout)
