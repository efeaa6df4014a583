"""What was tuned, as a planner reads it."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.cli.figures import figure, head_of, heading, row_of, spoken, with_unit
from simulator.cli.layout import say, show_table
from simulator.cli.reminders import about_appropriations
from simulator.language import tr
from simulator.metrics import read_constraint, read_metric
from simulator.scenario import Scenario
from simulator.summary import T_OF_EIGHT
from simulator.units import unit_of, written_about

_BOUGHT = ("supported_investment", "induced_investment", "awards", "energy_induced")
_ON_FRONT = ("outlay", "induced_investment", "leverage_net", "energy_induced")
_STATUS = {
    "edge": ("由约束决定", "a constraint decides"), "inside": ("最优点在范围之内", "the best lies inside the range"),
    "end": ("到了范围的端点，约束在此仍成立；可放宽范围再求", "the end of the range, where all constraints still hold: try a wider range"),
    "found": ("已找到", "found"),
}


def show_tuning(found: xr.Dataset, scenario: Scenario) -> None:
    """One solution in full, a front as a table."""
    tried = found.attrs["evaluations"]
    say(heading(scenario, found.attrs["draws"], tr(f" · 试了 {tried:,} 点", f" · {tried:,} points")))
    _show_reminders(found, scenario)  # first, for it may be that the question has no answer
    if found.attrs["interrupted"]:
        say(tr("已中断：以下是到中断时为止所找到的", "Interrupted: this is what had been found by then"))
    if found.attrs["status"] == "none":
        _show_nothing(found)
    elif found.attrs["kind"] == "front":
        _show_front(found)
    else:
        _show_one(found, scenario)
    if found.attrs["kind"] == "several" and found.attrs["status"] == "found":
        say(tr(f"这是所试 {tried:,} 点中最好的；加大 --evaluations 可能更好",
               f"The best of {tried:,} points: more --evaluations may find a better one"))


def _show_nothing(found: xr.Dataset) -> None:
    say(tr("在此范围内没有满足全部约束的取值；各条约束单独看，最好到：",
           "No value within the range meets all constraints; each, looked at alone, comes at best to:"))
    for i, text in enumerate(found["constraint"].values):
        reached = found.attrs.get("best_reach")
        if reached is not None:
            best = with_unit((np.atleast_1d(reached)[i], float("nan")), str(found["unit_of_constraint"].values[i]))
            lack = tr("（抽样太少，请加 --draws 2048）", " (too few draws: ask for --draws 2048)") if best == "—" else ""
            say(tr(f"{text}：最好也只到 {best}{lack}", f"{text}: at best {best}{lack}"), "  ")
    say(tr("可放宽约束，或扩大 --lever 的范围", "Relax a constraint, or widen the range of a --lever"))


def _show_one(found: xr.Dataset, scenario: Scenario) -> None:
    say(tr("结论：", "Result: ") + tr(*_STATUS[found.attrs["status"]]))
    for i, name in enumerate(found["lever"].values):
        text = str(found["text"].values[0, i])
        value, low, high, safe = found["lever_value"].values[0, i]
        if np.isnan(safe):
            _say_unsafe(name, text, (value, low, high))
            continue
        if not np.isfinite(low) or low >= high:
            say(f"{name} = {spoken(text)}", "  ")
            continue
        about = [spoken(written_about(unit_of(text), float(x), (high - low) / 10.0)) for x in (value, low, high)]
        say(tr(f"{name} = {text}（可放心采用）；估计值 {about[0]}，95%区间 {about[1]} 至 {about[2]}",
               f"{name} = {spoken(text)} (safe to set); estimate {about[0]}, 95% interval {about[1]} to {about[2]}"), "  ")
    if found.sizes["constraint"]:
        rows = []
        for i, text in enumerate(found["constraint"].values):
            unit = str(found["unit_of_constraint"].values[i])
            room, error = found["room"].values[0, i]
            binds = abs(room) <= T_OF_EIGHT * error or room == 0.0
            rows.append([str(text), *(with_unit(each, unit) for each in (found["holds"].values[0, i], found["fresh"].values[0, i])),
                         _verdict(str(text), found["fresh"].values[0, i]), tr("起作用", "binds") if binds else tr("有余地", "slack")])
        show_table(tr(f"约束（复核：另一批 {found.attrs['fresh_draws']:,} 次抽样，种子 {found.attrs['fresh_seed']}）",
                      f"Constraints (checked on {found.attrs['fresh_draws']:,} fresh draws, seed {found.attrs['fresh_seed']})"),
                   [tr("约束", "constraint"), tr("所用抽样", "these draws"), tr("新抽样", "fresh draws"), tr("复核", "check"),
                    tr("作用", "role")], rows)
    rows = []
    for j, name in enumerate(found["metric"].values):
        unit = str(found["unit"].values[j])
        if not np.isfinite(found["value"].values[0, j, 0]):
            continue
        rows.append([row_of(read_metric(str(name))), figure(found["base"].values[j], unit), figure(found["value"].values[0, j], unit),
                     figure(found["difference"].values[0, j], unit, signed=True), figure(found["fresh_value"].values[0, j], unit)])
    show_table("", [tr("指标", "figure"), tr("现状", "as it is"), tr("采用后", "as set"), tr("之差(配对)", "difference"),
                    tr("采用后\n(新抽样)", "as set,\nfresh draws")], rows)
    say(tr("占比和概率之差以百分点计", "Differences of shares and probabilities are percentage points"))
    bought = _bought(found, 0)
    if bought:
        say(tr(f"在此处再多拨付1亿元，能换来：{bought}", f"Another 100 million CNY of outlay here buys: {bought}"))
    if "relaxed_value" in found:
        _say_relaxed(found)


def _say_unsafe(name: str, text: str, about: tuple[float, float, float]) -> None:
    """Of a value that meets the constraints on the draws at hand, though no value in the range does so beyond chance."""
    _, low, high = about
    written = [spoken(written_about(unit_of(text), float(x), (high - low) / 10.0)) for x in about]
    interval = tr(f"，95%区间 {written[1]} 至 {written[2]}", f", 95% interval {written[1]} to {written[2]}") if low < high else ""
    say(tr(f"{name}：估计值 {written[0]}{interval}，但在此范围内没有可放心采用的取值",
           f"{name}: estimate {written[0]}{interval}, but no value in this range is safe to set"), "  ")
    say(tr(f"以下按 {name} = {text} 计算，该取值并不可靠；可放宽范围、放松约束，或增加抽样（--draws）",
           f"What follows is for {name} = {spoken(text)}, which is not safe; widen the range, relax the constraint, or ask for more draws"),
        "  ")


def _say_relaxed(found: xr.Dataset) -> None:
    """How far the lever could go if the budget that stops it were 1亿元 wider."""
    text = str(found["text"].values[0, 0])
    value, low, high, _ = found["lever_value"].values[0, 0]
    fineness = (high - low) / 10.0 if high > low else abs(value) / 1000.0
    before, after = (spoken(written_about(unit_of(text), float(x), fineness)) for x in (value, found["relaxed_value"].values))
    more = found["relaxed_difference"].sel(relaxed_metric="induced_investment").values
    wider, induced = spoken(str(found["relaxed_constraint"].values)), with_unit(more, "CNY", signed=True)
    say(tr(f"起作用的限额若放宽1亿元（{wider}）：估计值由 {before} 变为 {after}，带动新增投资 {induced}",
           f"Were the bound that stops it 100 million CNY wider ({wider}): {before} becomes {after}, induced investment {induced}"))


def _verdict(text: str, parts: np.ndarray) -> str:
    """Whether a constraint holds on fresh draws, as far as these can tell."""
    if not np.isfinite(parts[0]):
        return tr("抽样太少", "too few draws")
    margin = float(read_constraint(text).condition.margin(np.array(float(parts[0]))))
    if margin >= 0.0:
        return tr("成立", "holds")
    return tr("误差之内", "within error") if margin >= -T_OF_EIGHT * float(parts[1]) else tr("不成立", "fails")


def _bought(found: xr.Dataset, solution: int) -> str:
    said = []
    for name in _BOUGHT:
        j = found["metric"].values.tolist().index(name)
        parts, unit = found["next_yi"].values[solution, j], str(found["unit"].values[j])
        if np.isfinite(parts[0]):
            said.append(f"{read_metric(name).title} {with_unit(parts, unit, signed=True)}")
    return tr("，", ", ").join(said)


def _show_front(found: xr.Dataset) -> None:
    metrics = found["metric"].values.tolist()
    wanted = [str(each).partition(" ")[2] for each in np.atleast_1d(found.attrs["goals"])]
    shown = [name for name in dict.fromkeys((*wanted, *_ON_FRONT)) if name in metrics]
    heads = [chr(ord("A") + i) for i in range(found.sizes["lever"])]
    heads += [head_of(read_metric(name)) for name in shown] + [chr(ord("P") + i) for i in range(found.sizes["constraint"])]
    for letter, name in zip([*heads[: found.sizes["lever"]], *heads[len(heads) - found.sizes["constraint"]:]],
                            [*found["lever"].values, *found["constraint"].values], strict=False):
        say(str(name), f"  {letter}  ")
    rows = []
    for i in range(found.sizes["solution"]):
        cells = [spoken(str(text)) for text in found["text"].values[i]]
        for name in shown:
            j = metrics.index(name)
            cells.append(figure(found["value"].values[i, j], str(found["unit"].values[j])))
        for j, text in enumerate(found["constraint"].values):
            fresh = figure(found["fresh"].values[i, j], str(found["unit_of_constraint"].values[j]))
            cells.append(f"{fresh} {_verdict(str(text), found['fresh'].values[i, j])}")
        rows.append(cells)
    fresh = f"{found.attrs['fresh_draws']:,}"
    show_table(tr(f"帕累托前沿：没有一点能在一项上更好而不在别项上更差（约束按 {fresh} 次新抽样）",
                  f"Pareto front: no point is better in one thing without being worse in another (constraints on {fresh} fresh draws)"),
               heads, rows, left=found.sizes["lever"])
    j = metrics.index("induced_investment")
    steps = [figure(found["next_yi"].values[i, j], "CNY", signed=True) for i in range(found.sizes["solution"])
             if np.isfinite(found["next_yi"].values[i, j, 0])]
    if steps:
        say(tr(f"沿前沿每多拨付1亿元，带动新增投资（亿元）：起点 {steps[0]}，终点 {steps[-1]}",
               f"Another 100 million CNY along the front induces (10^8 CNY): {steps[0]} at its start, {steps[-1]} at its end"))


def _show_reminders(found: xr.Dataset, scenario: Scenario) -> None:
    """What a planner has to know to use the figures rightly."""
    for name in found.attrs.get("without_effect", ()):
        say(tr(f"警告：{name} 在此范围内不影响任何项目（{found.attrs['projects']:,} 个中 0 个）",
               f"Warning: within its range {name} affects 0 of {found.attrs['projects']:,} projects"))
    for line in about_appropriations([str(name) for name in found["lever"].values], scenario):
        say(line)
