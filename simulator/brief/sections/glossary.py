"""Terms of the field, each in one sentence."""

from __future__ import annotations

from simulator.brief.document import Definitions
from simulator.brief.told import Told
from simulator.language import tr

_TERMS = (
    ("拨付", "一个日历年内由市级财政实际支付的金额。", "Outlay", "What the municipal budget pays in a calendar year."),
    ("核定承诺额", "立项时核定、以后陆续支付的总额。", "Commitment", "What is promised at approval and paid over time."),
    ("应补额", "按条款和上限算出、尚未受预算限制的金额。", "Entitlement", "What the formula and its cap give, before any budget."),
    ("P5、P50、P95", "分别有5%、50%、95%的抽样不超过的数。", "P5, P50, P95", "Not exceeded in 5%, 50%, 95% of the draws."),
    ("VaR、CVaR", "VaR即P95；CVaR是最坏的5%抽样的平均。", "VaR, CVaR", "VaR is P95; CVaR is the mean of the worst 5% of the draws."),
    ("毛撬动倍数", "受支持投资÷拨付，含没有补助也会做的投资。", "Gross leverage",
     "Supported investment over outlay, with what would have been invested anyway."),
    ("净撬动倍数", "带动的新增投资÷拨付。", "Net leverage", "Investment that would not have been made without support, over outlay."),
    ("无谓补贴", "拨付中给了没有补助也会实施的项目的部分。", "Deadweight", "Outlay to projects that would have gone ahead anyway."),
    ("口径", "条款有几种理解时选定的读法。", "Reading", "The chosen way to read what a clause leaves open."),
    ("抽样", "一种可能的未来；全部抽样合起来给出概率。", "Draw", "One possible future; all of them together give probabilities."),
    ("标准误（±）", "因抽样次数有限而有的误差。", "Standard error (±)", "The error that a finite number of draws leaves."),
)


def tell(told: Told) -> None:
    """The terms that the brief uses."""
    told.section("名词解释", "Glossary")
    told.blocks.append(Definitions([(tr(zh, en), tr(meaning, english)) for zh, meaning, en, english in _TERMS]))
