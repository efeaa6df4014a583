"""What decides the answer, as tables of at most 100 columns and as sentences."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import xarray as xr

from simulator.cli.as_json import numbers
from simulator.cli.figures import figure, heading, spoken, with_unit
from simulator.cli.layout import say, show_table
from simulator.cli.reminders import say_what_lacks
from simulator.language import tr
from simulator.metrics import read_metric
from simulator.scenario import Scenario
from simulator.schema.values import BASIS_TITLES
from simulator.sensitivity.driver_values import driver_text
from simulator.sensitivity.failures import Failures
from simulator.units import percent_with_error

_ROWS = 8  # of the factors of a headline: the rest is small
_SMALL = 0.005
_T_OF_FOUR = 3.18  # boxes are measured on four scrambles


def show_variance(found: xr.Dataset, scenario: Scenario) -> None:
    """For every headline the factors with the largest total indices."""
    say(heading(scenario, found.attrs["draws"]))
    idle = found.attrs["without_variance"]
    for i, name in enumerate(found["quantity"].values):
        if name in idle:
            continue
        metric = read_metric(str(name))
        totals = found["total"].values[i, :, 0]
        rows = []
        for j in np.argsort(-totals)[:_ROWS]:
            if totals[j] < _SMALL:
                break
            rows.append([str(found["title"].values[j]), _kind(found, j), _index(found["first"].values[i, j]),
                         _index(found["total"].values[i, j])])
        spread = float(np.sqrt(found["variance"].values[i, 0]))
        show_table(tr(f"{metric.title}：方差来自哪里（标准差 {_of(spread, metric.units)}；括号为95%区间）",
                      f"{metric.title}: where its variance comes from (standard deviation {_of(spread, metric.units)}; 95% intervals)"),
                   [tr("因素", "factor"), tr("性质", "nature"), tr("一阶（单独）", "first order (alone)"),
                    tr("总（含交互）", "total (with interactions)")], rows, left=2)
        _decides(found, i, metric.title)
    if idle:
        titles = tr("、", ", ").join(read_metric(name).title for name in idle)
        say(tr(f"{titles}在各次抽样中（几乎）没有变化，没有可分解的方差",
               f"There is no variance to apportion: in all draws, or all but a few, the same is {titles}"))
    if (found["kind"].values == "fixed").any():
        by = f"{found.attrs['spread']:.0%}"
        say(tr(f"标“单个假设”的没有分布，设其上下各动{by}；份额是相对于它也不确定时的方差",
               f"Fixed assumptions have no distribution: each is moved by {by}; shares are of the variance were it uncertain, too"))


def _decides(found: xr.Dataset, place: int, title: str) -> None:
    """The sentence: which assumption decides."""
    assumed = [j for j, basis in enumerate(found["basis"].values) if basis == "assumption"]
    if not assumed:
        return
    first = max(assumed, key=lambda j: float(found["total"].values[place, j, 0]))
    value, error = found["total"].values[place, first, :2]
    name, factor = str(found["title"].values[first]), str(found["factor"].values[first])
    share = percent_with_error(float(min(value, 1.0)), float(error))
    say(tr(f"→ 最要紧的假设是“{name}”（{factor}）：{title}的方差有 {share} 与它有关；它是假设，不是事实",
           f"-> The assumption that decides {title}: {name} ({factor}), with {share} of the variance; it is an assumption, not a fact"))


def show_tornado(found: xr.Dataset) -> None:
    """For every headline the factors that move it most."""
    metrics, still = [read_metric(str(name)) for name in found["metric"].values], []
    for i, name in enumerate(found["metric"].values):
        metric, unit = read_metric(str(name)), str(found["unit"].values[i])
        swings = np.abs(found["swing"].values[i, :, 0])
        if not np.isfinite(swings).any():
            continue
        if not np.nan_to_num(swings).any():
            still.append(metric.title)
            continue
        rows = []
        for j in np.argsort(-np.nan_to_num(swings))[:_ROWS]:
            if swings[j] == 0.0:
                break
            low, high = (found["difference"].values[i, j, side] for side in (0, 1))
            rows.append([str(found["title"].values[j]), _kind(found, j), spoken(str(found["low_text"].values[j])),
                         spoken(str(found["high_text"].values[j])), figure(low, unit, signed=True), figure(high, unit, signed=True)])
        base = with_unit(found["base"].values[i], unit)
        show_table(tr(f"龙卷风表：{metric.title}，现为 {base}；各因素单独取低、取高时移动多少",
                      f"Tornado: {metric.title}, now {base}; how far each factor alone moves it"),
                   [tr("因素", "factor"), tr("性质", "nature"), tr("低", "low"), tr("高", "high"), tr("取低时", "if low"),
                    tr("取高时", "if high")],
                   rows, left=4)
    if still:
        say(tr(f"没有哪个因素能移动{'、'.join(still)}", f"No factor moves {', '.join(still)}"))
    say(tr("有分布的因素：低为第10百分位，高为第90百分位；有几个数的（逐年、分规模），写其范围，一同取低或取高；项目结局没有高低之分，不在表中",
           "Factors with a distribution: low is the 10th percentile, high the 90th; of several numbers (years, sizes) the range is shown, "
           "and all are low or high together; the outcome of projects has no low and high and is left out"))
    say_what_lacks(metrics, np.isfinite(found["base"].values[..., 0]).tolist(), found.attrs["draws"])


def show_failures(found: Failures | str) -> None:
    """The futures in which the plan fails, as sentences."""
    if isinstance(found, str):
        say(tr(f"计划在什么情形下落空：{found}", f"In which futures the plan fails: {found}"))
        return
    event = tr("目标没有同时达到", "the targets are not all reached") if found.event == "joint<1" else found.event
    chance = percent_with_error(found.probability.value, found.probability.error)
    say(tr(f"计划在什么情形下落空（{event}，概率 {chance}）", f"In which futures the plan fails ({event}, probability {chance})"))
    if not found.boxes:
        say(tr("没有哪几个因素能把落空的情形区分出来", "no handful of factors tells failures from successes"), "  ")
    for i, box in enumerate(found.boxes, 1):
        limits = tr("，且", ", and ").join(_limit(found, name, *each) for name, each in box.limits.items())
        coverage, density = (percent_with_error(each.value, each.error) for each in (box.coverage, box.density))
        say(tr(f"当{limits}：全部落空的 {coverage} 在此（覆盖率），此中 {density} 落空（密度），发生的可能 {box.mass:.0%}",
               f"When {limits}: {coverage} of all failures lie here (coverage), {density} of these futures fail (density); "
               f"chance {box.mass:.0%}"), f"  {i}. ")
    if found.boxes:
        say(tr(f"覆盖率和密度在没有用于寻找的另一半抽样上量得；95%区间为误差的 {_T_OF_FOUR} 倍",
               f"Coverage and density are measured on the half of the draws that did not find the boxes; 95% intervals are "
               f"{_T_OF_FOUR} errors to each side"), "  ")


def failures_as_json(found: Failures | str) -> dict[str, Any]:
    """For machines."""
    if isinstance(found, str):
        return {"remark": found}
    return numbers({"event": found.event, "probability": found.probability.as_dict(),
            "boxes": [{**asdict(box), "limits": {name: list(each) for name, each in box.limits.items()}} for box in found.boxes]})


def _limit(found: Failures, name: str, low: float | None, high: float | None) -> str:
    """“节能用途占比不高于 8.3%”."""
    title = found.factors[name].title
    shown = [None if x is None else spoken(driver_text(x, found.units[name])) for x in (low, high)]
    if shown[0] and shown[1]:
        return tr(f"{title}在 {shown[0]} 与 {shown[1]} 之间", f"{title} lies between {shown[0]} and {shown[1]}")
    if shown[0]:
        return tr(f"{title}不低于 {shown[0]}", f"{title} is at least {shown[0]}")
    return tr(f"{title}不高于 {shown[1]}", f"{title} is at most {shown[1]}")


def _kind(found: xr.Dataset, place: int) -> str:
    kind, basis = str(found["kind"].values[place]), str(found["basis"].values[place])
    if kind == "chance":
        return tr("偶然", "chance")
    if kind == "fixed":
        return tr("单个假设", "fixed")
    return str(BASIS_TITLES.get(basis, {"zh": basis, "en": basis})[tr("zh", "en")])


def _index(parts: np.ndarray) -> str:
    """Clipped for showing: an index cannot lie outside 0..1, its estimate can."""
    value, low, high = (100.0 * min(max(float(x), 0.0), 1.0) for x in (parts[0], *parts[2:]))
    return f"{value:.0f}% {f'({low:.0f}..{high:.0f})':>9}"


def _of(value: float, units: str) -> str:
    return with_unit((value, float("nan")), units)
