"""The answer in three sentences: what it costs, what it brings, how likely the targets are."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.brief.told import Told
from simulator.charts.outlay import dearest_year, worst_year
from simulator.charts.tornado import strongest
from simulator.language import tr
from simulator.statements import Number, Statement, number, quoted, state
from simulator.targets import DECIDING


def tell(told: Told) -> None:
    """Three sentences, each a paragraph of its own."""
    told.section("结论", "The answer")
    for sentence in (_cost(told), _return(told), _targets(told)):
        if sentence is not None:
            told.say(sentence)


def _cost(told: Told) -> Statement:
    """Outlay, its range, its peak, the tail, and the likeliest overrun."""
    table, run = told.tables["outlay"], told.tables["run"]
    year = dearest_year(table)
    tails = bool(np.isfinite(table["total"].sel(statistic="p95", part="value")))
    low, high = ("p5", "p95") if tails else ("p25", "p75")
    sure = tr("有九成把握", "with 90% confidence") if tails else tr("有一半把握", "with even odds")
    said = state(
        "一是{first}—{last}年市级财政预计拨付{total}亿元（{sure}在{low}—{high}亿元之间），最多的{year}年平均{most}亿元，"
        "{plan}年计划期满后还要拨付{tail}亿元",
        "First, municipal outlay of {first}–{last} is expected to be CNY {total} bn ({sure} between CNY {low} bn and CNY {high} bn); "
        "it peaks in {year} at CNY {most} bn, and CNY {tail} bn fall due after the plan ends in {plan}",
        first=_year(run, "first_year"), last=_year(run, "last_year"), total=number(table, "total", "money±", statistic="mean"), sure=sure,
        low=number(table, "total", "money", statistic=low), high=number(table, "total", "money", statistic=high),
        year=_of_year(table, year), most=number(table, "by_year", "money", year=year, statistic="mean"),
        tail=number(table, "tail", "money", statistic="mean"), plan=_year(run, "last_filing_year"))
    if (known := told.shown("known")) is not None:
        said += state("；其中已拨付{paid}亿元、已立项应付{owed}亿元，其余为预测",
                      "; CNY {paid} bn of it have been paid and CNY {owed} bn are owed",
                      paid=number(known, "paid_total", "money.2"), owed=number(known, "owed_total", "money.2"))
    if (worst := worst_year(table)) is not None:
        said += state("；{year}年{funds}有{over}的可能超过预算",
                      "; in {year} the {funds} exceeds its appropriation with a probability of {over}",
                      year=_of_year(table, worst), funds=str(table.attrs["funds"]), over=number(table, "over", "share", year=worst))
        said += state("，各年都不超的可能是{kept}", ", and stays within it in every year with one of {kept}",
                      kept=number(told.tables["attainment"], "both", "share", event="budget", other="budget"))
    return said + tr("。", ".")


def _return(told: Told) -> Statement:
    """Gross and net leverage side by side, and deadweight."""
    table = told.tables["leverage"]
    whole = {"instrument": "total"}
    return state(
        "二是每拨付一元，受支持项目的投资为{gross}元（毛），由补助带动、没有补助就不会发生的新增投资为{net}元（净）；"
        "拨付的{deadweight}给了没有补助也会实施的项目{flattered}。",
        "Second, every yuan of outlay goes with {gross} yuan of supported investment (gross), and induces {net} yuan that would not have "
        "been invested otherwise (net); {deadweight} of the outlay goes to projects that would have gone ahead without it{flattered}.",
        gross=number(table, "gross", "ratio", **whole), net=number(table, "net", "ratio", **whole),
        deadweight=number(table, "deadweight", "share", **whole),
        flattered=tr("（有项目未获安排而其带动照计，净倍数偏高）", " (what unfunded projects induced counts: net leverage is flattering)")
        if bool(table["flattered"]) else "")


def _targets(told: Told) -> Statement | None:
    """How likely the targets are, apart and together, and on which assumption it hangs."""
    table = told.shown("attainment")
    if table is None:
        return None
    targets = told.shown("targets")
    events = [str(event) for event in table["event"].values]
    parts = []
    for event in ("investment", "energy"):
        key = DECIDING[event]
        if event in events and targets is not None and key in targets["target"].values:
            parts.append(state("{indicator}{goal}有{likely}的可能", "{indicator} {goal} is reached with a probability of {likely}",
                               indicator=quoted(targets, "indicator", target=key), goal=quoted(targets, "goal", target=key),
                               likely=number(table, "both", "share", event=event, other=event)))
    if not parts:
        return None
    said = state("三是到{year}年，", "Third, by {year}, ", year=_year(told.tables["run"], "last_filing_year"))
    for i, part in enumerate(parts):
        said = (said + tr("，", ", ") if i else said) + part
    if len(parts) > 1:
        together = (tr("同时达到且不超预算", "both of them within the budget") if "budget" in events
                    else tr("同时达到", "both of them together"))
        said += state("，{together}的可能是{joint}", "; {together}: {joint}", together=together, joint=number(table, "joint", "share"))
    return said + _hinges(told) + tr("。", ".")


def _hinges(told: Told) -> Statement:
    """The assumption that moves the outlay most."""
    table = told.shown("tornado")
    if table is None:
        return Statement(())
    factor = strongest(table, "outlay")
    if factor is None:
        return Statement(())
    return state("；以上都以假设为条件，各因素中{factor}对拨付影响最大",
                 "; all of this rests on assumptions; of all factors, {factor} moves the outlay most",
                 factor=quoted(table, "title", factor=factor))


def _year(run: xr.Dataset, name: str) -> Number:
    return number(run, name, "year")


def _of_year(table: xr.Dataset, year: int) -> Number:
    """A year of the table, as a number that is checked like others."""
    return number(table, "calendar", "year", year=year)
