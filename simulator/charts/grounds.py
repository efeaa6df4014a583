"""What is fact and what is assumption: every clause with its quote and values, every driver, every reading. A table without a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import xarray as xr

from simulator.appraisal.terms import terms_of
from simulator.charts.amounts import in_language
from simulator.charts.grid import Column, Grid
from simulator.clause_texts import base_and_payout, caps, limits, rates
from simulator.evidence import Evidence
from simulator.language import language, tr
from simulator.provenance import Ground, scenario_values
from simulator.scenario import Scenario
from simulator.sensitivity.factors import factors
from simulator.statements import Quoted, quoted

NAME = ("依据", "Grounds")
_CHANCE = {"triangular": "三角分布", "beta": "贝塔分布", "lognormal": "对数正态分布", "discrete": "离散分布",
           "mean": "均值", "sd": "标准差", "median": "中位数", "value": "值", "weight": "权重",
           "complete": "完成", "partial": "部分完成", "late": "推迟", "cancelled": "终止"}
_NAMES = {"clause": "条 clause", "title": "政策工具 instrument", "quote": "原文 quote", "rate": "比例或定额 rate", "cap": "上限 cap",
          "limit": "门槛和名额 threshold", "base": "基数和拨付 base", "assumption": "因素 quantity", "stated": "分布或数值 value",
          "ground": "理由 ground", "basis": "依据 basis", "reading_clause": "条 clause", "question": "不明确之处 question",
          "choice": "所选口径 reading", "why": "理由 ground"}
_PARTS = {"small": ("小企业", "small"), "medium": ("中企业", "medium"), "large": ("大企业", "large"), "published": ("已公布", "published"),
          "cut": ("每次下调", "cut"), "probability": ("下调概率", "probability"), "floor": ("下限", "floor"), "shift": ("平移", "shift")}


def data(evidence: Evidence) -> xr.Dataset:
    """Texts: title, clause, quote, rate, cap, limit, base of every instrument; assumption, stated, ground (driver) of what is drawn;
    reading_clause, question, choice, why (reading).
    """
    scenario = evidence.scenario
    rules, terms = scenario.model.policy.instruments, terms_of(scenario)
    drivers = _drivers(scenario)
    readings = scenario.model.policy.readings
    chosen = {key: reading.choices[str(getattr(scenario.model.readings, key))] for key, reading in readings.items()}
    table = xr.Dataset(coords={"instrument": list(rules), "driver": list(drivers), "reading": list(readings)})

    def add(dim: str, **columns: list[str]) -> None:
        for name, texts in columns.items():
            table[name] = (dim, texts, {"long_name": _NAMES[name]})

    def said(lines: Iterable[str]) -> str:
        return in_language("\n".join(lines))

    add("instrument", clause=[f"({rule.clause})" for rule in rules.values()],
        title=[str(rule.title) + ("" if rule.priced else " *") for rule in rules.values()],
        quote=[rule.quote for rule in rules.values()],
        rate=[said(rates(rule, terms.clauses[key], exact=False)) for key, rule in rules.items()],
        cap=[said(caps(rule, terms.clauses[key])) for key, rule in rules.items()],
        limit=[said(limits(rule, terms.clauses[key])) for key, rule in rules.items()],
        base=[said(base_and_payout(rule)) for rule in rules.values()])
    add("driver", assumption=[title for title, _ in drivers.values()],
        stated=["\n".join(_stated(key, each) for each in grounds) for key, (_, grounds) in drivers.items()],
        ground=["\n".join(dict.fromkeys(each.ground for each in grounds if each.ground)) for _, grounds in drivers.values()],
        basis=[tr("、", ", ").join(dict.fromkeys(each.basis for each in grounds)) for _, grounds in drivers.values()])
    add("reading", reading_clause=[f"({reading.clause})" if reading.clause else "—" for reading in readings.values()],
        question=[str(reading.question) for reading in readings.values()],
        choice=[str(choice.title) for choice in chosen.values()], why=[str(reading.ground) for reading in readings.values()])
    return table


def grid(table: xr.Dataset) -> Grid:
    """Every clause with its quote and values, each with its basis."""
    note = tr("* 文件未给金额，数额全是假设。括号内为依据：文件，即条款原文；假设，即本测算的设定",
              "* The document names no amount: all of it is assumed. In brackets the basis: the document, or an assumption of ours")
    heads = {"clause": tr("条", "clause"), "title": tr("政策工具", "instrument"), "quote": tr("原文", "quote"),
             "rate": tr("比例或定额", "rate or award"), "cap": tr("上限", "cap"), "limit": tr("门槛、名额", "threshold, places")}
    return Grid(tr("条款原文与所用数值", "Clauses and the values that are used"), _columns(table, "instrument", heads), note)


def grid_of_drivers(table: xr.Dataset) -> Grid:
    """What is assumed of behaviour and of the economy."""
    heads = {"assumption": tr("因素", "quantity"), "stated": tr("所用分布或数值", "distribution or value"), "basis": tr("依据", "basis")}
    if language() == "zh":  # the reasons are written in Chinese, in the scenario
        heads["ground"] = "理由和来源"
    return Grid(tr("各次抽样共有的因素", "What all projects of a draw share"), _columns(table, "driver", heads))


def grid_of_readings(table: xr.Dataset) -> Grid:
    """How each clause that can be read in several ways is read."""
    heads = {"reading_clause": tr("条", "clause"), "question": tr("不明确之处", "question"), "choice": tr("所选口径", "reading"),
             "why": tr("理由", "ground")}
    return Grid(tr("所选口径及理由", "How open clauses are read, and why"), _columns(table, "reading", heads))


def _columns(table: xr.Dataset, dim: str, heads: Mapping[str, str]) -> list[Column]:
    def cell(name: str, key: str) -> Quoted:
        return quoted(table, name, **{dim: key})

    return [Column(head, [cell(name, str(key)) for key in table[dim].values]) for name, head in heads.items()]


def _drivers(scenario: Scenario) -> dict[str, tuple[str, list[Ground]]]:
    """Title and values of every driver that a scenario states, in its order."""
    stated = [each for each in scenario_values(scenario) if each.field.startswith("drivers.")]
    titles = {each.name: each.title for each in factors(scenario, merge=False)}
    found: dict[str, tuple[str, list[Ground]]] = {}
    for each in stated:
        name = each.field.split(".")[1]
        if name in titles:
            found.setdefault(name, (titles[name], []))[1].append(each)
    return found


def _stated(name: str, each: Ground) -> str:
    """The value in words: 小企业 贝塔分布 3 / 7."""
    part = each.field.removeprefix(f"drivers.{name}").lstrip(".")
    shown = each.shown
    if language() == "zh":
        for word, chinese in _CHANCE.items():
            shown = shown.replace(f"{word}: ", f"{chinese} ").replace(f"{word} (", f"{chinese} (")
    else:
        shown = shown.replace("tce/万元", " tce/CNY 10k")
    return (tr(*_PARTS.get(part, (part, part))) + " " if part else "") + shown.replace(" / ", tr("、", ", "))
