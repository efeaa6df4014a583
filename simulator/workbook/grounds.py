"""The sheets that say why: every clause with its quote and values, the readings, and what each column means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.appraisal import Priced
from simulator.clause_texts import base_and_payout, caps, limits, rates
from simulator.language import tr
from simulator.pricing import Clause
from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.spreadsheet import Book, joined, lines_of
from simulator.workbook.fields import Field
from simulator.workbook.summary import notes_of
from simulator.workbook.tables import by_instrument

_LINE = 14.0  # points
_CLAUSES = (6, 24, 54, 22, 22, 22, 30)
_NOTES = (24, 100)


def write_clauses(book: Book, priced: Priced, scenario: Scenario) -> None:
    """Write the sheet of the clauses that the ledger files for, and of the readings."""
    sheet = book.sheet(tr("条款", "clauses"), _CLAUSES)
    policy = scenario.model.policy
    book.title(sheet, tr("条款与口径", "Clauses and readings"), f"{policy.title}（{policy.number or policy.id}）")
    heads = [tr("条", "clause"), tr("政策工具", "instrument"), tr("原文", "quote"),
             tr("比例或定额（依据）", "rate or award (basis)"), tr("上限（依据）", "cap (basis)"),
             tr("门槛、名额（依据）", "threshold, places (basis)"), tr("基数与拨付（依据）", "base and payment (basis)")]
    sheet.freeze_panes(3, 2)
    book.texts(sheet, 2, heads, "head")
    row = 2
    for each in by_instrument(priced):
        row += 1
        clause = priced.terms.clauses[each.key]
        _wrapped(book, sheet, row, _clause_texts(policy.instruments[each.key], clause), _CLAUSES)
    row += 2
    book.text(sheet, row, 0, tr("口径（原文不明确之处的读法）", "Readings of what the text leaves open"), "section")
    for texts in _reading_texts(scenario):
        row += 1
        height = max(lines_of(text, width) for text, width in zip(texts, (6, 78, 66, 30), strict=True))
        sheet.set_row(row, _LINE * height + 4)
        book.text(sheet, row, 0, texts[0], "wrapped")
        for first, last, text in ((1, 2, texts[1]), (3, 5, texts[2]), (6, 6, texts[3])):
            if first < last:
                sheet.merge_range(row, first, row, last, "", book.style("wrapped"))
            book.text(sheet, row, first, text, "wrapped")


def _clause_texts(rule: Instrument, clause: Clause) -> list[str]:
    return [rule.clause, str(rule.title) + ("" if rule.priced else " *"), rule.quote, "\n".join(rates(rule, clause)),
            "\n".join(caps(rule, clause)), "\n".join(limits(rule, clause)), "\n".join(base_and_payout(rule))]


def _reading_texts(scenario: Scenario) -> Iterator[list[str]]:
    """Every reading that was used: clause, question, choice, whether it is the usual one."""
    model = scenario.model
    for key, reading in model.policy.readings.items():
        chosen = str(getattr(model.readings, key, reading.default))
        before = reading.choices[reading.default].title
        usual = tr("默认", "default") if chosen == reading.default else tr(f"已改，默认为：{before}", f"changed from: {before}")
        yield [reading.clause or "", f"{reading.question}\n{reading.ground}", str(reading.choices[chosen].title), usual]


def write_notes(book: Book, priced: Priced, scenario: Scenario, fields: Sequence[Field], sheets: Mapping[str, str]) -> None:
    """Write the sheet that says what every sheet and column means, how amounts are rounded, and what is assumed."""
    sheet = book.sheet(tr("说明", "notes"), _NOTES)
    book.title(sheet, tr("说明", "Notes"), "")
    row = 1
    meanings = {field.head: field.meaning for field in fields if "_20" not in field.id}
    for which, head in (("accrued", tr("各年应计（元）", "accrued, by year (CNY)")), ("paid", tr("各年拨付（元）", "paid, by year (CNY)"))):
        if of_years := [field for field in fields if field.id.startswith(f"{which}_20")]:
            meanings[head] = of_years[0].meaning
    for title, said in ((tr("工作表", "Sheets"), sheets), (tr("“明细”的列", "Columns of the detail"), meanings),
                        (tr("计算规则", "Rules"), dict(_rules(scenario)))):
        row += 1
        book.text(sheet, row, 0, title, "section")
        for name, text in said.items():
            row += 1
            _wrapped(book, sheet, row, [name, text], _NOTES)
        row += 1
    row += 1
    book.text(sheet, row, 0, tr("假设", "Assumptions"), "section")
    for note in notes_of(priced, scenario.model.policy.instruments):
        row += 1
        _wrapped(book, sheet, row, ["", note], _NOTES)


_RULES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "rounding": (("取整", "Rounding"), (
        "贴息：每年利息四舍五入到分，扣除中央贴息，乘比例后再四舍五入到分，最后适用上限。其他支持：基数乘比例，适用上限，四舍五入到分。",
        "Interest: a year's interest is rounded half-up to the 分, central relief taken off, the share taken and rounded half-up, "
        "then the cap applied. Grants: base times rate, the cap, rounded half-up.")),
    "interest": (("计息", "Interest"), (
        "有提款日期的按实际天数÷360，自提款日起36个月，按自然年汇总；没有的按年，第一年为立项年度（未立项用申报年度）。",
        "With a date of drawdown by actual days / 360 for 36 months, by calendar year; otherwise by the year, "
        "the first one that of approval, else of filing.")),
    "repayment": (("还本", "Repayment"), (
        "到期还本在期末；等额本金、等额本息每年一次，在提款的周年日。",
        "bullet: at the end; equal_principal and equal_payment: yearly, on the anniversaries.")),
    "net_of_central": (("中央贴息", "Central relief"),
                       ("计算基数为扣除中央贴息后的利息。", "Taken off the interest before the share is taken.")),
    "contract": (("中央贴息", "Central relief"), (
        "计算基数为合同利息，实付不超过扣除中央贴息后的利息。",
        "The share is of the contract interest, never more than what central relief leaves of it.")),
    "package": (("组合", "Package"), (
        "在口径允许并用的所有组合中取金额最大的一组；同额取项数少、条款在前的。同一产品的各行合用一个上限，按申报先后。",
        "Of all admissible sets the one that pays most; of equals the smaller and earlier one. Rows of a product share its cap, "
        "first come first served.")),
    "quota": (("名额", "Quota"), (
        "有名额的专项按评分、申报先后排序，超出的转入下一年，各年金额顺延一年。",
        "Beyond the places of a year, by score and then by filing, an application waits a year.")),
    "terminated": (("终止", "Terminated"), (
        "状态为终止的项目应补额为 0；已拨付的追回不在本表。", "A terminated project is entitled to nothing; clawbacks are not in here.")),
}


def _rules(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """How amounts are computed, under the readings that were chosen."""
    other = {"net_of_central", "contract"} - {str(scenario.model.readings.interest_base)}
    for key, (name, said) in _RULES.items():
        if key not in other:
            yield tr(*name), tr(*said)


def _wrapped(book: Book, sheet: Any, row: int, texts: Sequence[str], widths: Sequence[float]) -> None:
    """A row of wrapped texts, as high as the longest of them needs."""
    sheet.set_row(row, _LINE * max(lines_of(text, width) for text, width in zip(texts, widths, strict=True)) + 4)
    book.texts(sheet, row, texts, "wrapped")


def list_of_sheets(names: Sequence[str], has_alternatives: bool) -> dict[str, str]:
    """What each sheet holds."""
    found = {tr("汇总", "summary"): tr("测算依据、按政策工具和按年的合计。",
                                     "What was priced by which rules; sums by instrument and year."),
             tr("图表", "charts"): tr("各年拨付和各政策工具应补额。", "Paid by year, entitlement by instrument."),
             joined(names): tr("每行一个项目的一项专项；各年应计和拨付只列入选组合，逐列合计与汇总一致到分。",
                               "A line a project and instrument; years hold what the packages pay; every column adds up to the summary.")}
    if has_alternatives:
        found[tr("备选", "alternatives")] = tr("未入选组合而有金额的专项，若改选它们各年应得多少；仅供比较，不拨付。",
                                             "What the instruments outside of the packages would pay instead.")
    return found | {tr("条款", "clauses"): tr("条款原文、数值、依据和所用口径。", "Quotes, values, grounds and readings.")}
