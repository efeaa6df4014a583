"""Comparisons as tables of at most 100 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from simulator.cli.common import console, screen_width
from simulator.cli.figures import figure, heading, row_of, spoken
from simulator.cli.layout import say, show_table
from simulator.cli.reminders import say_what_lacks
from simulator.comparison.differences import Difference
from simulator.language import tr
from simulator.metrics import read_metric
from simulator.scenario import Scenario

_BESIDE = 3  # scenarios whose differences stand side by side; more go into further tables
_SHOWN = 3  # metrics of an attribution that fit beside the changes
_TITLE = 30  # columns of a scenario's title as a head
_LISTED = 12  # changed values that are listed; a whole population has hundreds
_KINDS = {
    "policy": ("政策", "policy"), "readings": ("口径", "readings"), "population": ("申报对象", "population"),
    "assumptions": ("假设", "assumptions"),
    "appropriation": ("预算", "appropriation"), "years": ("年份", "years"), "draws": ("抽样次数", "draws"), "seed": ("种子", "seed"),
    "ledger": ("台账", "ledger"), "program": ("程序", "program"), "libraries": ("依赖库", "libraries"),
}


def show_comparison(found: xr.Dataset, scenarios: Sequence[Scenario], changed: Mapping[str, Sequence[Difference]]) -> None:
    """Everything about scenarios against the first of them."""
    titles = [short(str(each.model.title), _TITLE) for each in scenarios]
    first = scenarios[0]
    say(tr("逐次配对，与第一个相比：", "Paired, against the first: ") + heading(first, first.model.draws))
    for each in scenarios[1:]:
        show_changes(str(each.model.title), changed[each.name])
    _tables(found, titles, first.model.draws, {key: str(rule.short) for key, rule in first.model.policy.instruments.items()})
    projects = found.attrs["projects"]
    for i, title in enumerate(titles[1:], 1):
        if bool(found["unchanged"][i]):
            say(tr(f"警告：“{title}”的改动不影响任何项目：{projects:,} 个潜在项目中 0 个受影响，各次抽样的结果逐位相同",
                   f"Warning: the change of {title} affects 0 of {projects:,} projects: every figure of every draw is the same"))
        else:
            less, same = (found[name].values[i] for name in ("cheaper", "as_dear"))
            more = figure((1.0 - less[0] - same[0], less[1]), "share")
            say(tr(f"“{titles[0]}”比“{title}”：少拨付的概率 {figure(less, 'share')}，相同 {figure(same, 'share')}，多拨付 {more}",
                   f"P({titles[0]} cheaper than {title}) {figure(less, 'share')}, the same {figure(same, 'share')}, dearer {more}"))


def show_changes(title: str, changed: Sequence[Difference]) -> None:
    """What one scenario or run states differently from the first."""
    if not changed:
        say(tr(f"{title}：与第一个完全相同", f"{title}: the same as the first in every respect"))
        return
    rows = [[tr(*_KINDS[each.kind]), each.what, short(spoken(each.before), 44), short(spoken(each.after), 44)]
            for each in changed[:_LISTED]]
    show_table(tr(f"“{title}”改了什么", f"What is changed in {title}"),
               [tr("类别", "kind"), tr("项", "what"), tr("原为", "before"), tr("现为", "after")], rows, left=4)
    if (more := len(changed) - _LISTED) > 0:
        say(tr(f"另有 {more} 处，见 --json", f"and {more} more: see --json"))


def show_attribution(found: xr.Dataset, one: Scenario, other: Scenario) -> None:
    """The line items of one difference, stacked and whatever the order."""
    metrics = [read_metric(str(name)) for name in found["metric"].values][:_SHOWN]
    columns = [tr("改动", "change"), f"{metrics[0].title}\n{tr('逐项累加', 'stacked')}",
               *(f"{each.title}\nShapley" for each in metrics)]
    lines = [*((str(name), found["stacked"].values[i, 0], found["shapley"].values[i]) for i, name in enumerate(found["change"].values)),
             (tr("合计", "total"), found["difference"].values[0], found["difference"].values)]
    units = [metrics[0].units, *(each.units for each in metrics)]
    rows = [[name, *(figure(parts, unit, signed=True) for parts, unit in zip([stacked, *shapley], units, strict=False))]
            for name, stacked, shapley in lines]
    show_table(tr(f"“{other.model.title.zh}”与“{one.model.title.zh}”之差归到 {found.sizes['change']} 处改动（亿元）",
                  f"{other.model.title.en} less {one.model.title.en}, by {found.sizes['change']} changes (10^8 CNY)"),
               columns, rows, last_is_total=1)
    if orders := found.attrs["orders"]:
        say(tr(f"改动较多，Shapley 值取 {orders} 种先后次序的平均（正反各半），未计次序抽样的误差",
               f"Many changes: Shapley values are the mean of {orders} orders, half of them reversed; ± leaves out their sampling"))
    else:
        say(tr("逐项累加：按写明的先后，各项在前面各项之上增加多少；Shapley 值：对所有先后次序取平均。两者都恰好加总",
               "Stacked: what each adds to those before it, in the order written; Shapley: the mean of that over all orders. Both add up"))
    if idle := [str(name) for name, nothing in zip(found["change"].values, found["unchanged"].values, strict=True) if nothing]:
        names = tr("、", ", ").join(idle)
        say(tr(f"警告：{names} 单独不影响任何项目（{found.attrs['projects']:,} 个中 0 个）",
               f"Warning: on its own, {names} affects 0 of {found.attrs['projects']:,} projects"))


def show_runs(found: xr.Dataset, changed: Mapping[str, Sequence[Difference]]) -> None:
    """Saved runs against the first, and what was changed."""
    labels = [str(name) for name in found["scenario"].values]
    letters = [chr(ord("A") + i % 26) + (str(i // 26) if i >= 26 else "") for i in range(len(labels))]
    say(tr(f"与 {labels[0]} 相比", f"Against {labels[0]}"))
    for letter, label, paired in zip(letters, labels, found["paired"].values, strict=True):
        how = "" if letter == "A" else tr("（同一批抽样，逐次配对）", " (same draws, paired)") if paired else tr(
            "（抽样不同，不配对：差异的误差含两次抽样各自的误差）", " (other draws, not paired: its difference includes luck)")
        console().print(f"  {letter}  {label}{how}", soft_wrap=True)
    for label, differences in changed.items():
        show_changes(label, differences)
    _tables(found, letters, 0)
    for i, letter in enumerate(letters[1:], 1):
        if bool(found["unchanged"][i]):
            say(tr(f"{letter} 与 {letters[0]} 各次抽样的结果逐位相同",
                   f"{letter} and {letters[0]}: every figure of every draw is the same"))


def _tables(found: xr.Dataset, titles: Sequence[str], draws: int, named: Mapping[str, str] | None = None) -> None:
    metrics = [read_metric(str(name)) for name in found["metric"].values]
    years, instruments = found["year"].values.tolist(), found["instrument"].values.tolist()
    for start in range(1, len(titles), _BESIDE):
        some = range(start, min(start + _BESIDE, len(titles)))
        heads = [titles[0], *(f"{titles[i]}\n{tr('之差', 'difference')}" for i in some)]

        def row(name: str, key: str, j: int, units: str, some: range = some) -> list[str]:
            apart = [figure(found[f"difference{key}"].values[i, j], units, signed=True) for i in some]
            own = [figure(found[f"value{key}"].values[i, j], units) for i in some]
            apart = [f"= {value}" if each == "—" != value else each for each, value in zip(apart, own, strict=True)]
            return [name, figure(found[f"value{key}"].values[0, j], units), *apart]

        show_table("", [tr("指标", "figure"), *heads], [
            row(row_of(each), "", j, each.units) for j, each in enumerate(metrics)
            if np.isfinite(found["value"].values[[0, *some], j, 0]).any()])
        moved = [row((named or {}).get(name, name), "_by_instrument", j, "CNY") for j, name in enumerate(instruments)
                 if found["difference_by_instrument"].values[list(some), j].any()]
        show_table(tr("拨付按年份，和按有变化的政策工具（亿元）", "Outlay by year, and by the instruments that change (10^8 CNY)"),
                   [tr("年份、工具", "year, instrument"), *heads],
                   [row(str(year), "_by_year", j, "CNY") for j, year in enumerate(years)] + moved, last_is_total=len(moved))
    say(tr("占比和概率之差以百分点计", "Differences of shares and probabilities are percentage points"))
    if (np.isfinite(found["value"].values[..., 0]) & ~np.isfinite(found["difference"].values[..., 0])).any():
        say(tr("第一个没有的数，“=”后是该情景自己的值", "Where the first has no such figure, '=' gives the scenario's own"))
    say_what_lacks(metrics, np.isfinite(found["value"].values[..., 0]).any(axis=0).tolist(), draws)


def short(text: str, width: int) -> str:
    """At most this many columns of a terminal."""
    if screen_width(text) <= width:
        return text
    while screen_width(text) > width - 1:
        text = text[:-1]
    return text + "…"
