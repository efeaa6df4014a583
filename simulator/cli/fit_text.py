"""What was learnt from a ledger, on one screen: figures with their errors, how well they fit, and what was left."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from simulator.cli.common import console, screen_width, table, wrapped
from simulator.fitting import Fitted, Parameter, scenario_text
from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.units import WAN, with_error

_WIDTH = 98
_NAMES = {
    "count": ("年申报量", "applications a year"), "median": ("规模中位数", "median size"), "sigma": ("规模 sigma", "sigma of size"),
    "alpha": ("尾部指数", "tail index"), "size": ("规模", "size"), "size_by_sector": ("行业规模系数", "size by sector"),
    "equipment_share": ("设备占比", "share of equipment"), "renewal_share": ("更新设备占比", "share of renewal"),
    "finance": ("融资方式", "finance"), "loan_to_investment": ("贷款占比", "debt share"),
    "lease_to_equipment": ("租赁占设备", "leased share"), "loan_term": ("贷款期限（年）", "loan term (years)"),
    "loan_spread": ("利率加点", "spread over LPR"), "size_class": ("企业规模", "size of enterprise"),
    "contracts": ("每个产品的合同数", "contracts of a product"), "approval": ("立项率", "approval rate"),
    "completion": ("完成率", "completion rate"), "partial": ("部分实现占完成", "partial among completed"),
    "central": ("享受中央贴息的贷款", "loans with central relief"), "outcome": ("完成情况", "endings"),
    "filing_months": ("申报月份", "months of filing"), "sector": ("行业", "sector"), "district": ("所属区", "district"),
    "sectors": ("行业", "sectors"), "districts": ("所属区", "districts"),
}
_ITEMS = {
    "loan": ("贷款", "loan"), "lease": ("租赁", "lease"), "loan_and_lease": ("贷款加租赁", "loan and lease"),
    "own": ("自有资金", "own money"),
    "small": ("小型", "small"), "medium": ("中型", "medium"), "large": ("大型", "large"),
}
_IN_TABLES = {"median", "sigma", "alpha", "count", "approval", "completion", "size_by_sector", "filing_months", "sector", "district"}


def as_figures(fitted: Fitted, out: str) -> dict[str, Any]:
    """All figures for machines; null where there is none."""
    figures = {"file": out, "ledger": fitted.file, "digest": fitted.digest, "rows": fitted.n, "scenario": fitted.scenario,
               "parameters": [asdict(each) for each in fitted.parameters], "goodness": [asdict(each) for each in fitted.goodness],
               "left": [asdict(each) for each in fitted.left], "notes": fitted.notes, "scenario_lines": scenario_text(fitted, out)}
    return _finite(figures)


def _finite(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _finite(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_finite(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def show_fit(fitted: Fitted, scenario: Scenario, out: str) -> None:
    """Print the tables, the notes and the scenario."""
    screen = console()
    titles = {key: str(stream.title) for key, stream in scenario.model.population.streams.items()} | {"": tr("全部", "all")}
    screen.print(tr(f"台账 {fitted.file} · {fitted.n:,} 行 · 其余取自情景 {fitted.scenario}（± 为标准误，两倍以内约 95% 含真值）",
                    f"{fitted.file} · {fitted.n:,} rows · the rest from {fitted.scenario} (± standard error)"))
    for made in (_sizes(fitted, titles), _rates(fitted, titles), _shares(fitted, titles), _sectors(fitted, titles)):
        if made is not None:
            screen.print(made)
    for line in _wrapped(_lists(fitted, titles)):
        click.echo(line)
    if fitted.left:
        click.echo(tr("\n保留原值的：", "\nLeft as in the base:"))
        for line in _wrapped(_left(fitted, titles)):
            click.echo(line)
    click.echo(tr("\n说明：", "\nNotes:"))
    for line in _wrapped(fitted.notes):
        click.echo(line)
    click.echo(tr(f"\n申报对象已写入 {out}", f"\nPopulation written to {out}"))
    click.echo(tr("与它放在同一文件夹的情景文件：\n", "A scenario to stand beside it:\n"))
    click.echo(scenario_text(fitted, out))


def _name(name: str) -> str:
    spread = name.endswith(".spread")
    return tr(*_NAMES.get(name.removesuffix(".spread"), (name, name))) + (tr(" 标准差", ", spread") if spread else "")


def _shown(parameter: Parameter | None) -> str:
    if parameter is None:
        return "—"
    scale, ending = {"CNY": (WAN, ""), "share": (0.01, "%")}.get(parameter.unit, (1.0, ""))
    return with_error(parameter.value, parameter.error, scale) + ending


def _sizes(fitted: Fitted, titles: dict[str, str]) -> Any:
    """Sizes by stream, with how well they fit."""
    fits = {each.stream: each for each in fitted.goodness if each.what == "size"}
    rows = []
    for key, fit in fits.items():
        found = [fitted.of(key, name) for name in ("median", "sigma", "alpha")]
        rows.append([titles[key], f"{fit.n:,}", *map(_shown, found), f"{fit.p:.2g}"])
    heads = [tr("类别", "stream"), tr("项数", "rows"), tr("中位数", "median"), "sigma", tr("尾部指数", "tail index"), "KS p"]
    return table(tr("规模（中位数为万元；“—”为没有或定不出）", "Sizes (median in 10,000 CNY)"), heads, rows) if rows else None


def _rates(fitted: Fitted, titles: dict[str, str]) -> Any:
    """Applications a year, approval and completion."""
    rows = []
    for key in dict.fromkeys(each.stream for each in fitted.parameters if each.name in ("count", "approval", "completion")):
        found = [fitted.of(key, name) for name in ("count", "approval", "completion")]
        rows.append([titles[key], *map(_shown, found), found[0].note if found[0] else ""])
    rows.sort(key=lambda row: row[0] == titles[""])
    heads = [tr("类别", "stream"), tr("年申报量", "a year"), tr("立项率", "approved"), tr("完成率", "completed"), tr("各年", "by year")]
    return table(tr("申报和结果", "Applications and what becomes of them"), heads, rows)


def _shares(fitted: Fitted, titles: dict[str, str]) -> Any:
    """Everything else that is a figure of a stream."""
    rows = []
    for each in fitted.parameters:
        if each.name not in _IN_TABLES and not (each.item and each.value == 0):
            item = tr(*_ITEMS.get(each.item, (each.item, each.item)))
            item = tr("均值", "mean") if fitted.of(each.stream, f"{each.name}.spread") else item
            rows.append([titles[each.stream], f"{_name(each.name)} {item}".strip(), _shown(each), f"{each.n:,}"])
    heads = [tr("类别", "stream"), tr("参数", "parameter"), tr("估计", "estimate"), tr("项数", "rows")]
    return table(tr("占比和贷款", "Shares and loans"), heads, rows, left=2) if rows else None


def _sectors(fitted: Fitted, titles: dict[str, str]) -> Any:
    """Size factors of sectors."""
    rows = [[titles[each.stream], each.item, _shown(each), f"{each.n:,}"] for each in fitted.parameters if each.name == "size_by_sector"]
    heads = [tr("类别", "stream"), tr("行业", "sector"), tr("系数", "factor"), tr("项数", "rows")]
    return table(tr("行业规模系数（相对于本类别）", "Size by sector (over the stream)"), heads, rows, left=2) if rows else None


def _lists(fitted: Fitted, titles: dict[str, str]) -> Iterator[str]:
    """Sectors, districts, months, and how well things fit, as lists."""
    for name in ("sector", "district"):
        shares = [each for each in fitted.parameters if each.name == name and each.value > 0]
        if shares:
            yield f"{_name(name)}：" + "、".join(f"{each.item} {_shown(each)}" for each in shares)
    for key, title in titles.items():
        months = [each for each in fitted.parameters if each.stream == key and each.name == "filing_months"]
        if months and ("streams", key, "filing_months") in fitted.statements:
            ending = tr("月", "")
            yield tr(f"{title} 各月：", f"{title} by month: ") + "、".join(f"{int(each.item)}{ending} {_shown(each)}" for each in months)
    others = [each for each in fitted.goodness if each.what != "size"]
    tests = [f"{titles[each.stream]} · {_name(each.what)}，{each.test} p={each.p:.2g}" for each in others]
    if tests:
        yield tr("检验：", "Tests: ") + tr("；", "; ").join(tests)


def _left(fitted: Fitted, titles: dict[str, str]) -> Iterator[str]:
    """What was left and why, the streams of the same reason together."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for each in fitted.left:
        reasons.setdefault((_name(each.what), each.why), []).append(titles[each.stream])
    for (what, why), streams in reasons.items():
        yield f"{what}：{why}（{'、'.join(streams)}）" if language() == "zh" else f"{what}: {why} ({', '.join(streams)})"


def _wrapped(lines: Any) -> Iterator[str]:
    """Lines of at most the width, further ones indented."""
    for text in lines:
        for place, line in enumerate(wrapped(text, _WIDTH - 2) if screen_width(text) > _WIDTH else [text]):
            yield f"{'  ' if place else ''}{line}"


