"""An explanation as text and as plain data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from simulator.explanation import Explanation
from simulator.language import tr
from simulator.pricing import Entitlement, Step
from simulator.scenario import Scenario

STATUSES = {
    "nominal": ("名义情形", "nominal case"),
    "terminated": ("项目已终止，没有应补额", "terminated: no entitlement"),
    "absent": ("本次抽样中没有这个项目", "the project does not exist in this draw"),
    "nothing": ("没有条款给付", "no clause pays anything"),
    "not invested": ("没有实施", "it does not go ahead"),
    "not filed": ("实施但没有申报", "it goes ahead but does not file"),
    "rejected": ("申报但未立项", "filed, not approved"),
    "funded": ("获支持", "funded"),
    "waiting": ("立项后等待安排", "approved, waiting for funds"),
    "lapsed": ("立项后到期未安排", "approved, lapsed without funds"),
}
BINDING = {
    "rate": ("比例起作用", "the rate decides"), "cap": ("上限起作用", "the cap decides"),
    "headroom": ("累计上限余额起作用", "what is left of the lifetime cap decides"),
    "relief": ("中央贴息后的利息余额起作用", "the interest left after central relief decides"),
    "quota": ("名额已满，转入下一年", "beyond the quota: moved to the next year"),
    "threshold": ("不符合门槛条件", "a condition is not met"), "none": ("无金额", "nothing to pay"),
}
DECISIONS = {
    "scale": ("规模为计划的倍数", "times the planned size"), "support": ("预期支持占投资", "expected support, share of cost"),
    "without": ("无补助也会实施的概率", "probability without support"), "factor": ("补助使概率乘以", "support multiplies it by"),
    "participation": ("实施的抽签", "lot of going ahead"), "anyway": ("无补助也实施", "goes ahead anyway"),
    "filing": ("申报的抽签", "lot of filing"), "level": ("立项概率", "approval probability"),
    "approved": ("立项", "approved"), "realised": ("实现投资与计划之比", "realised over planned"),
    "late": ("推迟（年）", "years late"), "accepted": ("验收认定与核定之比", "accepted over approved"),
}


def as_text(scenario: Scenario, found: Explanation) -> str:
    """The trail as a planner reads it: decisions, then every clause, then payments by year."""
    lines = _of_ledger(found) if "file" in found.attributes else _of_frame(scenario, found)
    for name, titles in DECISIONS.items():
        if name in found.decisions and found.draw is not None:
            lines.append(_line(tr(*titles), _plain(found.decisions[name])))
    for entitlement in found.entitlements:
        lines += ["", *_instrument(scenario, found, entitlement)]
    if found.payments:
        lines += ["", tr("拨付（万元）", "Payments (10 000 CNY)")]
        for payment in found.payments:
            approved = _wan(payment.committed)
            cut = "" if payment.paid == payment.committed else tr(f"（核定 {approved}）", f" (committed {approved})")
            title = scenario.model.policy.instruments[payment.instrument].title
            lines.append(_line(f"{payment.year}  {title}", _wan(payment.paid), cut))
        lines.append(_line(tr("合计", "total"), _wan(sum((p.paid for p in found.payments), Decimal(0)))))
    return "\n".join(lines)


def _of_frame(scenario: Scenario, found: Explanation) -> list[str]:
    """Which potential project it is."""
    stream = scenario.model.population.streams[found.attributes["stream"]]
    which = tr("名义情形", "nominal case") if found.draw is None else tr(f"第 {found.draw} 次抽样", f"draw {found.draw}")
    status = tr(*STATUSES[found.status])
    return [f"{found.application}  {stream.title}  {which}  " + (tr("结果：", "result: ") + status if found.draw is not None else ""),
            "  " + tr("{}；{}；{}；评分 {:.1f}", "{}; {}; {}; score {:.1f}").format(
                *(_named(scenario, found.attributes[name]) for name in ("district", "sector", "size_class")), found.attributes["score"])]


def _of_ledger(found: Explanation) -> list[str]:
    """Which row of a ledger it is."""
    given = found.attributes
    said = [str(given[name]) for name in ("enterprise", "title", "district", "sector") if given.get(name)]
    year = f"{given['filing_year']}"
    if "approved_year" in given:
        year += tr(f"，立项 {given['approved_year']}", f", approved {given['approved_year']}")
    place = tr(f"{given['file']} 第 {given['line']} 行", f"{given['file']} line {given['line']}")
    status = "" if found.status == "nominal" else "  " + tr(*STATUSES[found.status])
    return [f"{found.application}  {place}{status}", "  " + tr("；", "; ").join([*said, tr(f"申报年度 {year}", f"filing year {year}")])]


_SIZES = {"small": "小型企业", "medium": "中型企业", "large": "大型企业"}


def _named(scenario: Scenario, name: str) -> str:
    """A district, sector or size in the language."""
    return tr(_SIZES.get(name, name), scenario.model.population.english.get(name, name))


def as_dict(scenario: Scenario, found: Explanation) -> dict[str, Any]:
    """The same for machines; money as text in CNY, exact."""
    rules = scenario.model.policy.instruments
    return {
        "scenario": scenario.name, "project": found.application, "draw": found.draw, "status": found.status,
        "attributes": found.attributes,
        "decisions": {name: getattr(value, "item", lambda v=value: v)() for name, value in found.decisions.items()},
        "instruments": [
            {"instrument": e.instrument, "clause": rules[e.instrument].clause, "quote": rules[e.instrument].quote,
             "assumed_amount": not rules[e.instrument].priced,
             "binding": e.binding, "in_package": e.instrument in found.package, "amounts": [str(a) for a in e.amounts],
             "steps": [{k: _exact(v) for k, v in step.variables.items() if k != "parts"} for step in e.steps]}
            for e in found.entitlements],
        "payments": [{"instrument": p.instrument, "year": p.year, "committed": str(p.committed), "paid": str(p.paid)}
                     for p in found.payments],
    }


def _exact(value: Any) -> str:
    """An exact amount as text; of a division that does not end, such as a balance of level payments, twelve decimals."""
    endless = isinstance(value, Decimal) and value.is_finite() and int(value.as_tuple().exponent) < -20
    return str(round(value, 12) if endless else value)


def _instrument(scenario: Scenario, found: Explanation, entitlement: Entitlement) -> list[str]:
    rule = scenario.model.policy.instruments[entitlement.instrument]
    taken = entitlement.instrument in found.package
    chosen = tr("采用", "chosen") if taken else tr("未采用", "not chosen")
    place = scenario.position("policy", "instruments", entitlement.instrument)
    assumed = "" if rule.priced else tr("  [金额属假设]", "  [assumed amount]")
    lines = [f"{rule.title}  ({rule.clause})  {chosen}{assumed}", f"  “{rule.quote}”"]
    if place:
        lines.append(f"  {entitlement.instrument}  {place.file.rsplit('/', 1)[-1]}:{place.line}")
    if found.package and not taken:
        reading = f"exclusivity={scenario.model.readings.exclusivity}"
        lines.append(tr(f"  口径 {reading}：取总额最大的组合", f"  reading {reading}: the package of the largest total is taken"))
    if entitlement.binding == "threshold":
        lines += _condition(rule, found)
    for step in entitlement.steps:
        lines += _step(step, _period(step))
    lines.append(_line(tr("应补额", "entitlement"), _wan(entitlement.total), "<- " + tr(*BINDING[entitlement.binding])))
    return lines


def _period(step: Step) -> str:
    """Loan-year or calendar year that a step stands for."""
    if "days" in step.variables:
        days = step.variables["days"]
        return tr(f"{step.label}年，计息 {days} 天", f"{step.label}, {days} days of interest")
    if not step.label:
        return ""
    year = f" ({step.year})" if step.year else ""
    return tr(f"贷款第 {step.label} 年", f"loan-year {step.label}") + year


def _condition(rule: Any, found: Explanation) -> list[str]:
    lines = []
    if found.case and rule.threshold and rule.threshold.value:
        sign = "≥" if rule.threshold_inclusive is None or rule.threshold_inclusive.value else ">"
        lines.append(_line(tr("核定（总）投资", "investment"), _wan(found.case.investment),
                           tr("门槛 ", "threshold ") + sign + _wan(Decimal(rule.threshold.value))))
    if found.case and rule.fixed_asset_share:
        lines.append(_line(tr("固定资产投资占比", "fixed assets"), f"{float(found.case.fixed_asset_share):.1%}",
                           f"> {rule.fixed_asset_share.value:.0%}"))
    return lines


NAMES = {
    "balance": ("年初贷款余额", "balance"), "loan_rate": ("贷款利率", "loan rate"), "interest": ("利息", "interest"),
    "relief": ("中央贴息", "central relief"), "base": ("基数", "eligible base"), "rate": ("比例", "rate"),
    "uncapped": ("比例 × 基数", "rate x base"), "cap": ("上限", "cap"), "paid_before": ("上限已用", "used of the cap"),
    "headroom": ("上限余额", "headroom"), "award": ("给付", "award"),
}


def _step(step: Step, label: str) -> list[str]:
    lines = [f"  {label}"] if label else []
    for balance, days in step.variables.get("parts", ()):
        lines.append(_line(tr("贷款余额", "balance"), _wan(balance), tr(f"× {days} 天 ÷ 360", f"x {days} days / 360")))
    for name, titles in NAMES.items():
        if name in step.variables and not (name == "balance" and "parts" in step.variables):
            value = step.award if name == "award" else Decimal(step.variables[name])
            shown = f"{float(value):.4%}" if name in ("rate", "loan_rate") else tr("无上限", "none") if value.is_infinite() else _wan(value)
            mark = tr("<- 起作用", "<- decides") if name == {"rate": "uncapped"}.get(step.binding, step.binding) else ""
            lines.append(_line(tr(*titles), shown, mark))
    return lines


def _line(name: str, value: str, mark: str = "") -> str:
    width = 30 - sum(ord(c) > 0x2E7F for c in name)  # Chinese characters are two columns wide
    return f"    {name:<{max(width, 1)}}{value:>18}  {mark}".rstrip()


def _wan(amount: Decimal) -> str:
    """万元 with all six decimals of a 分, without trailing zeros beyond two."""
    text = f"{amount / 10000:,.6f}"
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"


def _plain(value: Any) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return tr("是", "yes") if value else tr("否", "no")
    return f"{float(value):.6g}"
