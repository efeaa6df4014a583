"""The columns of a priced ledger: a line a project and instrument, as workbook and csv show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simulator.appraisal import BINDINGS, Priced
from simulator.appraisal.funding import Funding
from simulator.language import language, tr
from simulator.ledger import COLUMNS, MISSING, PER_FEN
from simulator.ledger.columns import OF_BASE
from simulator.schema import Instrument

BINDING_WORDS = {
    "rate": ("按比例", "rate"), "cap": ("达到上限", "cap"), "threshold": ("未达门槛", "threshold"),
    "quota": ("名额已满，转下一年", "quota, next year"),
    "headroom": ("累计上限余额", "headroom"), "none": ("无金额", "none"),
}
Rules = Mapping[str, Instrument]
_IDENTITY = ("project", "title", "enterprise", "district", "status")
_WIDTHS = {"project": 17, "title": 28, "enterprise": 30, "district": 10, "status": 8}


@dataclass(frozen=True)
class Field:
    """One column: its head, what it means, and its values by line."""

    id: str
    head: str
    meaning: str
    kind: Literal["text", "count", "money"]
    values: np.ndarray
    """Texts, whole numbers, or money as int64 分 with MISSING for an empty cell."""
    width: int = 14
    starts_page: bool = False
    """Whether a printed page begins with it."""


def fields_of(priced: Priced, rules: Rules, funding: Funding | None = None) -> list[Field]:
    """All columns of all lines, in the order of the ledger. Years hold what the packages pay; `funding` what a year's money funds."""
    lines = np.arange(len(priced.row))
    chosen = np.where(priced.in_package, priced.entitlement, 0)
    yes, no = tr("是", "yes"), tr("否", "no")
    return [
        *_identity(priced, rules, lines),
        *_base(priced, lines),
        Field("entitlement", tr("应补额（元）", "entitlement (CNY)"),
              tr("按该条款单独计算的应补金额，不论是否入选组合；多年贴息为各年之和",
                 "what the clause pays on its own, whether or not it is in the package; of interest, all years together"), "money",
              priced.entitlement, 15),
        Field("binding", tr("决定因素", "decided by"),
              tr("金额由什么决定：按比例、达到上限、累计上限余额、未达门槛、名额已满、无金额", "which limit decided the amount"),
              "text", _words()[priced.binding], 12),
        Field("left", tr("上限余额（元）", "left of cap (CNY)"),
              tr("上限减去应补额后还剩多少；没有累计上限的为空", "cap less entitlement; empty where there is no cap for all years"),
              "money", priced.left, 14),
        Field("in_package", tr("入选组合", "in package"),
              tr("是否在允许并用的组合中金额最大的一组之内", "whether it is in the admissible package that pays most"),
              "text", np.where(priced.in_package, yes, no), 7),
        Field("package", tr("组合应补额（元）", "package (CNY)"),
              tr("入选组合的应补额，其余为 0；各年拨付之和等于它", "entitlement if in the package, else 0"),
              "money", chosen, 15),
        Field("alternative", tr("最高备选（元）", "best alternative (CNY)"),
              tr("本项目未入选的专项中最高的应补额，记在入选组合的首行",
                 "largest entitlement of the project outside its package, in the first line of the package"),
              "money", _alternatives(priced), 14),
        *(_funded(priced, funding) if funding else ()),
        *_paid_so_far(priced),
        *_years(priced, "accrued", priced.in_package), *_years(priced, "paid", priced.in_package),
    ]


def _funded(priced: Priced, funding: Funding) -> Iterator[Field]:
    """What each new award of the year gets of its money, and what it lacks."""
    got, lacks = (np.full(len(priced.row), MISSING) for _ in range(2))
    got[funding.lines], lacks[funding.lines] = funding.funded, priced.entitlement[funding.lines] - funding.funded
    money = f"{funding.available / PER_FEN:,.2f}"
    yield Field("funded", tr(f"{funding.year}年安排（元）", f"funded in {funding.year} (CNY)"),
                tr(f"{funding.year}年预算 {money}元中安排给本项的；空白为不参与安排",
                   f"of the {money} CNY of {funding.year}; empty: does not ask for it"), "money", got, 15)
    yield Field("not_funded", tr("未安排（元）", "not funded (CNY)"),
                tr("应补额减去安排", "entitlement less what is funded"), "money", lacks, 14)


def alternatives_of(priced: Priced, rules: Rules) -> list[Field]:
    """The lines outside of the packages that would pay something, with their own years: for comparison."""
    lines = np.flatnonzero(~priced.in_package & (priced.entitlement > 0))
    by_row = np.zeros(priced.ledger.n, np.int64)
    np.add.at(by_row, priced.row[priced.in_package], priced.entitlement[priced.in_package])
    mine = np.zeros(len(priced.row), bool)
    mine[lines] = True
    return [
        *_identity(priced, rules, lines),
        Field("entitlement", tr("若选此项应补额（元）", "would pay (CNY)"), "", "money", priced.entitlement[lines], 15, starts_page=True),
        Field("binding", tr("决定因素", "decided by"), "", "text", _words()[priced.binding[lines]], 13),
        Field("package", tr("入选组合应补额（元）", "package pays (CNY)"), "", "money", by_row[priced.row[lines]], 15),
        *_years(priced, "accrued", mine, lines), *_years(priced, "paid", mine, lines),
    ]


def rows_of(fields: Sequence[Field], start: int, stop: int) -> Iterator[tuple[Any, ...]]:
    """Lines `start` to `stop` as plain values."""
    return zip(*(field.values[start:stop].tolist() for field in fields), strict=True)


def _identity(priced: Priced, rules: Rules, lines: np.ndarray) -> Iterator[Field]:
    columns, rows = priced.ledger.columns, priced.row[lines]
    yield Field("line", tr("台账行", "line"), tr("在台账文件中的行号", "line of the ledger file"), "count", priced.ledger.rows[rows], 7)
    for id_ in _IDENTITY:
        if id_ in columns:
            column = COLUMNS[id_]
            values = _said(column.choices)(columns[id_]) if column.choices else columns[id_]
            yield Field(id_, tr(column.head, id_), tr("台账原值", "as in the ledger"), "text", values[rows], _WIDTHS[id_])
    titles = np.array([str(rule.title) + ("" if rule.priced else " *") for rule in rules.values()] + [""], object)
    clauses = np.array([rule.clause for rule in rules.values()] + [""], object)
    yield Field("instrument", tr("申报专项", "instrument"),
                tr("政策工具；* 文件未给金额，按假设计算", "instrument; * the amount is assumed"), "text",
                titles[priced.instrument[lines]], 32)
    yield Field("clause", tr("条", "clause"), tr("条款号", "number of the clause"), "text", clauses[priced.instrument[lines]], 6)


def _said(choices: Mapping[str, Sequence[str]]) -> Callable[[np.ndarray], np.ndarray]:
    """Values of a choice as people say them."""
    words = {value: spellings[0] if language() == "zh" else value for value, spellings in choices.items()} | {"": ""}
    return lambda values: np.array([words[value] for value in values.tolist()], object)


def _base(priced: Priced, lines: np.ndarray) -> Iterator[Field]:
    """The amount that the clause looks at: the principal of a loan, the approved investment, the contract."""
    names = np.full(len(lines), "", object)
    amounts = np.full(len(lines), MISSING)
    for code, clause in enumerate(priced.terms.clauses.values()):
        mine = np.flatnonzero(priced.instrument == code)
        for id_, values in _looked_at(priced, clause.base):
            given = mine[values[priced.row[mine]] != MISSING]
            lower = given[(amounts[given] == MISSING) | (id_ != "accepted_investment") | (values[priced.row[given]] < amounts[given])]
            names[lower], amounts[lower] = tr(COLUMNS[id_].head, id_), values[priced.row[lower]]
    yield Field("base_name", tr("计算基数", "base"), tr("该条款按什么计算", "what the clause looks at"), "text", names, 16,
                starts_page=True)
    yield Field("base", tr("基数金额（元）", "base (CNY)"),
                tr("计算所用的金额：贷款为本金，投资为核定投资（未核定用总投资），验收认定较低的按验收",
                   "the amount used: of a loan its principal; of an investment the approved one, or what was accepted if less"), "money",
                amounts, 16)


def _looked_at(priced: Priced, base: str) -> Iterator[tuple[str, np.ndarray]]:
    """The columns of a base with their amounts by row: each one stands before those above it, what was accepted only if less. [分]"""
    instead = {"investment": ("approved_investment", "accepted_investment"), "incremental_investment": ("accepted_investment",)}
    if base != "tier":
        for id_ in (OF_BASE[base][0], *instead.get(base, ())):
            if id_ in priced.ledger.columns:
                yield id_, priced.ledger.columns[id_]


def _words() -> np.ndarray:
    return np.array([tr(*BINDING_WORDS[name]) for name in BINDINGS], object)


def _alternatives(priced: Priced) -> np.ndarray:
    """The largest entitlement outside the package, in the package's first line; MISSING elsewhere. [分]"""
    best = np.zeros(priced.ledger.n, np.int64)
    outside = ~priced.in_package
    np.maximum.at(best, priced.row[outside], priced.entitlement[outside])
    inside = np.flatnonzero(priced.in_package)
    _, first = np.unique(priced.row[inside], return_index=True)
    lines = inside[first]
    found = np.full(len(priced.row), MISSING)
    found[lines] = np.where(best[priced.row[lines]] > 0, best[priced.row[lines]], MISSING)
    return found


def _paid_so_far(priced: Priced) -> Iterator[Field]:
    """What the ledger says has been paid, once a project."""
    if "paid" not in priced.ledger.columns:
        return
    rows, first = np.unique(priced.row, return_index=True)
    values = np.full(len(priced.row), MISSING)
    values[first] = priced.ledger.columns["paid"][rows]
    yield Field("paid_so_far", tr("台账已拨付（元）", "paid so far (CNY)"),
                tr("台账所列累计已拨付，每个项目记在首行", "as the ledger says, in the project's first line"),
                "money", values, 15)


def _years(priced: Priced, which: Literal["accrued", "paid"], mine: np.ndarray, lines: np.ndarray | slice = slice(None)) -> Iterator[Field]:
    """One column a year; nothing where nothing accrues or is paid. [分]"""
    years, amounts = getattr(priced, f"{which}_year")[lines], np.where(mine[:, None], getattr(priced, which), 0)[lines]
    head, meaning = {
        "accrued": (tr("{}年应计（元）", "accrued {} (CNY)"),
                    tr("该年产生的应补额：贴息为该年利息所得，其余为立项年度",
                       "by the year in which interest falls; of a grant, the year of approval")),
        "paid": (tr("{}年拨付（元）", "paid {} (CNY)"),
                 tr("预计在该年拨付：贴息在次年，其余按拨付方式；验收按立项次年计", "by the year of payment")),
    }[which]
    for number, year in enumerate(sorted(set(np.unique(years[amounts > 0]).tolist()) - {0})):
        values = np.where((years == year) & (amounts != 0), amounts, 0).sum(axis=1)
        yield Field(f"{which}_{year}", head.format(year), meaning, "money", np.where(values == 0, MISSING, values), 15,
                    starts_page=number == 0)
