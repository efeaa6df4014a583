"""The first sheet: what was priced, by which rules, what it comes to by instrument and by year, and what rests on assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from simulator.appraisal import BINDINGS, Priced
from simulator.language import tr
from simulator.scenario import Scenario
from simulator.spreadsheet import Book, joined
from simulator.workbook.fields import BINDING_WORDS, Rules
from simulator.workbook.tables import OfInstrument, by_instrument, by_year, years_of

_WIDTHS = (9, 36, *(17,) * 9)
_LEFT = 2  # columns before the figures of a table

Figures = list[tuple[Literal["count", "money"], int]]


def write_summary(book: Book, priced: Priced, scenario: Scenario) -> None:
    """Write the sheet."""
    sheet = book.sheet(tr("汇总", "summary"), _WIDTHS)
    policy, rules = scenario.model.policy, scenario.model.policy.instruments
    book.title(sheet, tr(f"{policy.number or policy.title} 补贴测算", f"What {policy.number or policy.title} pays"),
               tr("单位：元，精确到分", "CNY, to the 分 (0.01)"))
    row = 2
    for label, said in facts_of(priced, scenario):
        row += 1
        book.text(sheet, row, 0, label, "fact")
        book.text(sheet, row, _LEFT - 1, said, "note")
    lines = by_instrument(priced)
    row = _table(book, sheet, row + 2, rules, tr("按政策工具", "By instrument"), _amount_heads(), lines, _amounts)
    row = _table(book, sheet, row + 2, rules, tr("金额由什么决定（申报项次）", "What decided the amount (applications)"),
                 [tr(*BINDING_WORDS[name]) for name in BINDINGS], lines, _decided)
    breaks = [row + 2]
    of_years: dict[Literal["accrued", "paid"], str] = {
        "accrued": tr("按年：应计（贴息为利息所在年，其余为立项年度）", "Accrued by year (of interest; of grants, of approval)"),
        "paid": tr("按年：拨付（贴息在次年，其余按拨付方式）", "Paid by year (interest a year later; grants as the clause says)"),
    }
    for which, title in of_years.items():
        table = by_year(priced, which)
        years = years_of(table)
        heads = [*(tr(f"{year}年（元）", f"{year} (CNY)") for year in years), tr("合计（元）", "total (CNY)")]
        row = _table(book, sheet, row + 2, rules, title, heads, lines, lambda some, table=table, years=years: _dated(some, table, years))
    sheet.set_h_pagebreaks(breaks)
    row += 1
    for note in notes_of(priced, rules):
        row += 1
        book.text(sheet, row, 0, note, "note")


def facts_of(priced: Priced, scenario: Scenario) -> Iterator[tuple[str, str]]:
    """What was priced and by which rules, a label and a text each."""
    ledger, model = priced.ledger, scenario.model
    span = ledger.span()
    sheet = f"［{ledger.sheet}］" if ledger.sheet else ""
    yield tr("台账", "ledger"), f"{Path(ledger.file).name}{sheet}"
    yield "SHA-256", ledger.digest
    size = tr(f"{ledger.n:,} 个项目，{len(priced.row):,} 项次", f"{ledger.n:,} projects, {len(priced.row):,} applications")
    yield tr("申报", "filed"), size + (tr(f"；{span[0]} 至 {span[1]}", f"; {span[0]} to {span[1]}") if span else "")
    yield tr("规则", "rules"), f"{model.policy.title}（{model.policy.number or model.policy.id}）"
    changed = [f"{reading.question} {reading.choices[chosen].title}" for key, reading in model.policy.readings.items()
               if (chosen := str(getattr(model.readings, key, reading.default))) != reading.default]
    yield tr("口径", "readings"), "；".join(changed) if changed else tr("全部为默认口径", "all as by default")
    yield tr("应补合计", "total"), tr(f"{priced.total() / 100:,.2f} 元", f"CNY {priced.total() / 100:,.2f}")
    if "paid" in ledger.columns:
        paid = ledger.total("paid")
        yield tr("已拨付", "paid"), tr(f"{paid / 100:,.2f} 元（台账所列）", f"CNY {paid / 100:,.2f} (as the ledger says)")


def notes_of(priced: Priced, rules: Rules) -> list[str]:
    """What the figures rest on."""
    titles = [str(rules[each.key].title) for each in by_instrument(priced) if not rules[each.key].priced]
    found = [
        tr("台账没有验收日期：验收一律按立项次年计，验收后拨付的部分记在该年。",
           "The ledger has no date of acceptance: it is taken to come the year after approval."),
        tr("“不超过”“最高”的比例按上限足额测算。", "Ceilings of rates (“not more than”) are taken in full."),
        tr("每个项目取允许并用的组合中金额最大的一组；未入选的专项见“备选”。",
           "Of each project the admissible package that pays most counts; the others are in the sheet of alternatives."),
    ]
    if titles:
        found.insert(0, tr(f"* 文件未给金额，比例或金额全是假设：{joined(titles)}。",
                           f"* The document names no amount, it is assumed: {joined(titles)}."))
    return found


def _table(book: Book, sheet: Any, row: int, rules: Rules, title: str, heads: Sequence[str], lines: Sequence[OfInstrument],
           figures: Any) -> int:
    """A table by instrument with its totals; `figures` makes those of some instruments together. The last row."""
    book.text(sheet, row, 0, title, "section")
    row += 1
    sheet.set_row(row, 30)
    book.texts(sheet, row, [tr("条", "clause"), tr("政策工具", "instrument"), *heads], "head")
    for each in lines:
        row += 1
        rule = rules[each.key]
        book.texts(sheet, row, [rule.clause, str(rule.title) + ("" if rule.priced else " *")])
        _write(book, sheet, row, figures([each]), "")
    for label, some in _parts(rules, lines):
        row += 1
        book.texts(sheet, row, ["", label], "total")
        _write(book, sheet, row, figures(some), "total_")
    return row


def _parts(rules: Rules, lines: Sequence[OfInstrument]) -> Iterator[tuple[str, list[OfInstrument]]]:
    """The total, after its parts by whether the document names the amounts."""
    stated = [each for each in lines if rules[each.key].priced]
    if len(stated) < len(lines):
        yield tr("其中：文件有金额的条款", "of it: amounts by the document"), stated
        yield tr("其中：金额属假设的条款 *", "of it: assumed amounts *"), [each for each in lines if each not in stated]
    yield tr("合计", "total"), list(lines)


def _write(book: Book, sheet: Any, row: int, figures: Figures, prefix: str) -> None:
    for c, (kind, value) in enumerate(figures, _LEFT):
        if kind == "money":
            book.money(sheet, row, c, value, prefix + kind)
        else:
            sheet.write_number(row, c, value, book.style(prefix + kind))


def _amount_heads() -> list[str]:
    return [tr("申报项次", "applications"), tr("入选组合", "in packages"), tr("各自应补额（元）", "each alone (CNY)"),
            tr("组合应补额（元）", "in packages (CNY)"), tr("最大一项（元）", "largest (CNY)")]


def _amounts(some: Sequence[OfInstrument]) -> Figures:
    return [("count", sum(each.applications for each in some)), ("count", sum(each.in_package for each in some)),
            ("money", sum(each.alone for each in some)), ("money", sum(each.entitlement for each in some)),
            ("money", max((each.largest for each in some), default=0))]


def _decided(some: Sequence[OfInstrument]) -> Figures:
    return [("count", sum(each.decided_by[name] for each in some)) for name in BINDINGS]


def _dated(some: Sequence[OfInstrument], table: dict[str, dict[int, int]], years: Sequence[int]) -> Figures:
    sums = [sum(table[each.key].get(year, 0) for each in some) for year in years]
    return [("money", amount) for amount in (*sums, sum(sums))]
