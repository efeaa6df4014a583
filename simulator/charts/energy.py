"""Energy saving toward the target under every reading of what counts, and what of it is supported and induced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import ALERT, FAINT, INK, LAYERS, MUTED, grid_lines, label_end
from simulator.charts.wrapping import ems, wrap
from simulator.evidence import Evidence, NotShown
from simulator.fonts import legible
from simulator.impact import impact
from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.statements import Statement, number, quoted, state, unit_name, unit_size
from simulator.summary import Estimate, as_parts, estimate, mean, probability, quantile
from simulator.targets import DECIDING, simulated_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("节能目标", "Energy target")
STATISTICS = {"mean": mean, "p5": quantile(0.05), "p50": quantile(0.5), "p95": quantile(0.95)}
_TAILS = ("p5", "p95")
ACCOUNTING = "energy_accounting"
READINGS = {ACCOUNTING: ("", ""), "energy_base": ("基数：", "Base: "), "coal_factor": ("折标煤：", "Coal: ")}
COMPONENTS = {"induced": ("带动新增", "induced"), "supported": ("其余受支持", "other supported"), "rest": ("全市其余", "rest of the city")}
_COLOURS = {"induced": LAYERS[4], "supported": LAYERS[1], "rest": LAYERS[2]}
_THICK = 0.56
_SAME = 0.10  # probabilities that lie no further apart do not depend on the reading


def data(evidence: Evidence) -> xr.Dataset:
    """Saving by reading: saving (reading, statistic, part), the mean of its components (reading, component, part), which add up to it
    [tce]; goal [tce] and reached (reading, part), its probability; nan where the policy states none. `chosen` marks the run's own
    reading; the first readings are those of the accounting, the others change another switch of the run's own. What single projects
    save on another base the run does not hold: of that the components are nan.
    """
    results, draws, every = evidence.results, evidence.draws, list(_readings(evidence.scenario))
    of = [impact(scenario, evidence.drivers, results) for _, _, scenario in every]
    chosen = [scenario.model.readings == evidence.scenario.model.readings for _, _, scenario in every]
    if not np.allclose(of[chosen.index(True)]["energy_saving"], results["energy_saving"], rtol=1e-9):
        raise NotShown(tr("这次运行由程序的另一版本算出，节能量不能按其他口径再算",
                          "another version of the program made this run: its saving cannot be counted by other readings"))
    table = xr.Dataset(coords={
        "reading": [key for key, _, _ in every], "statistic": list(STATISTICS), "component": list(COMPONENTS), "part": ["value", "error"],
        "chosen": ("reading", chosen), "title": ("reading", [title for _, title, _ in every])})
    rows = [estimate(each["energy_saving"].values, statistic, draws, tail=name in _TAILS)
            for each in of for name, statistic in STATISTICS.items()]
    table["saving"] = ("reading", "statistic", "part"), as_parts(rows, len(of), len(STATISTICS)), {
        "units": "tce", "long_name": "节能量 energy saving"}
    base = evidence.scenario.model.readings.energy_base
    parts = [estimate(values, mean, draws) if scenario.model.readings.energy_base == base else Estimate(np.nan, np.nan)
             for each, (_, _, scenario) in zip(of, every, strict=True) for values in _components(each)]
    table["components"] = ("reading", "component", "part"), as_parts(parts, len(of), len(COMPONENTS)), {
        "units": "tce", "long_name": "节能量构成 components of the saving"}
    _, goal = simulated_values(evidence.scenario, results).get(DECIDING["energy"], (None, np.nan))
    table["goal"] = (), goal, {"units": "tce", "long_name": "节能目标 target of the saving"}
    hits = [probability(each["energy_saving"].values >= goal, draws) for each in of]
    table["reached"] = ("reading", "part"), as_parts(hits) if np.isfinite(goal) else np.full((len(of), 2), np.nan), {
        "units": "1", "long_name": "达到概率 probability of reaching the target"}
    return table


def _readings(scenario: Scenario) -> Iterator[tuple[str, str, Scenario]]:
    """Key, title and scenario: every accounting, then what another base and another coal factor would give."""
    model, stated = scenario.model, scenario.model.policy.readings
    for reading, of in READINGS.items():
        now = str(getattr(model.readings, reading))
        titles = {key: str(choice.title) for key, choice in stated[reading].choices.items()} if reading in stated else {}
        if reading == ACCOUNTING:
            titles = titles or {now: tr("所选口径", "as chosen")}
        for choice, title in titles.items():
            if reading == ACCOUNTING or choice != now:
                readings = model.readings.model_copy(update={reading: choice})
                yield f"{reading}.{choice}", tr(*of) + title, replace(scenario, model=model.model_copy(update={"readings": readings}))


def _components(found: xr.Dataset) -> list[np.ndarray]:
    """What is induced, what else is supported, and the rest: they add up to the saving of every draw.

    A project counts as induced when it is approved and as supported when it is funded, so the one need not lie within the other.
    """
    saving, supported, induced = (found[name].values for name in ("energy_saving", "energy_saving_supported", "energy_saving_induced"))
    with_support = np.maximum(supported, induced)
    return [induced, with_support - induced, saving - with_support]


def finding(table: xr.Dataset) -> Statement:
    """Whether the target depends on the reading; without a target, what is saved."""
    own = _own(table)
    others = [str(key) for key in table["reading"].values if key != own]
    if not np.isfinite(table["goal"]):
        return state("按所选口径平均节能{own}万吨标煤", "{own} kt ce are saved on average by the chosen reading",
                     own=number(table, "saving", "energy", reading=own, statistic="mean"))
    goal, reached = number(table, "goal", "energy"), table["reached"].sel(part="value")
    chance = number(table, "reached", "share.0", reading=own)
    if not others:
        return state("有{chance}的可能达到{goal}万吨标煤", "{goal} kt ce are reached with a probability of {chance}",
                     chance=chance, goal=goal)
    least, most = (others[int(np.argmin(sign * reached.sel(reading=others).values))] for sign in (1, -1))
    parts = {"goal": goal, "chance": chance, "least": number(table, "reached", "share.0", reading=least),
             "most": number(table, "reached", "share.0", reading=most)}
    if float(reached.max() - reached.min()) <= _SAME:
        return state("达到{goal}万吨标煤的可能与口径关系不大：所选口径{chance}，其余{least}到{most}",
                     "{goal} kt ce are about as likely by any reading: {chance} as chosen, {least} to {most} otherwise", **parts)
    return state("{goal}万吨标煤能否达到取决于口径：所选口径{chance}，其余{least}到{most}",
                 "Whether {goal} kt ce are reached depends on the reading: {chance} as chosen, {least} to {most} otherwise", **parts)


def note(table: xr.Dataset) -> str:
    """What bars and whiskers are, and which reading is the run's."""
    bars = tr("条为均值；灰底为所选口径，其余各改一项", "Bars: mean; grey ground: as chosen, the others change one switch")
    if np.isnan(table["components"].sel(part="value")).any():
        bars += tr("；换基数时不分构成", "; another base is not split")
    if not _with_tails(table):
        return bars + tr("；抽样不足，不给九成区间", "; too few draws for nine in ten")
    return bars + tr("；横线含九成抽样", "; whiskers: nine draws in ten")


def grid(table: xr.Dataset) -> Grid:
    """Saving, its components and the probability of the target by reading."""
    keys = [str(key) for key in table["reading"].values]
    unit = unit_name("energy")
    columns = [Column(tr("口径", "reading"), [quoted(table, "title", reading=key) for key in keys]),
               Column(tr("所选", "chosen"), [tr("是", "yes") if key == _own(table) else "" for key in keys])]
    for name, head in COMPONENTS.items():
        cells = [number(table, "components", "energy±", reading=key, component=name) for key in keys]
        columns.append(Column(tr(*head), cells, unit, plotted=True))
    for name, title in (("mean", tr("均值", "mean")), ("p5", "P5"), ("p50", "P50"), ("p95", "P95")):
        columns.append(Column(title, [number(table, "saving", "energy±", reading=key, statistic=name) for key in keys], unit))
    if np.isfinite(table["goal"]):
        columns.append(Column(tr("目标", "target"), [number(table, "goal", "energy")] * len(keys), unit))
        columns.append(Column(tr("达到概率", "P(reached)"), [number(table, "reached", "share±", reading=key) for key in keys]))
    return Grid(tr("各口径的节能量", "Energy saving by reading"), columns,
                tr("所选以外的各口径只改一项", "every reading but the chosen one changes one switch"), native="stacked")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """A bar a reading, stacked by component, with a whisker; the target across, mean and probability in columns at the right."""
    axes = sheet.axes()
    keys = [str(key) for key in table["reading"].values]
    rows = np.arange(len(keys))[::-1]
    axes.axhspan(rows[keys.index(_own(table))] - 0.5, rows[keys.index(_own(table))] + 0.5, color=FAINT, alpha=0.5, linewidth=0)
    means = table["saving"].sel(statistic="mean", part="value").values / unit_size("energy")
    split = np.isfinite(table["components"].sel(component="rest", part="value").values)
    axes.barh(rows, np.where(split, np.nan, means), _THICK, color="white", edgecolor=MUTED, linewidth=sheet.font / 14)
    left = np.zeros(len(keys))
    for name, title in COMPONENTS.items():
        wide = np.nan_to_num(table["components"].sel(component=name, part="value").values) / unit_size("energy")
        axes.barh(rows, wide, _THICK, left=left, color=_COLOURS[name], linewidth=0, label=tr(*title))
        left += wide
    if _with_tails(table):
        low, high = (table["saving"].sel(statistic=name, part="value").values / unit_size("energy") for name in _TAILS)
        axes.errorbar(means, rows, xerr=np.maximum([means - low, high - means], 0.0), fmt="none", ecolor=INK, elinewidth=sheet.font / 9,
                      capsize=sheet.font / 3.5)
    _target(sheet, axes, table)
    axes.set_xlim(left=0)
    axes.set_ylim(-0.5, len(keys) - 0.5)
    width = 16.0 if not sheet.narrow else 10.5 if language() == "zh" else 12.5
    axes.set_yticks(rows, ["\n".join(_lines(str(title), width)) for title in table["title"].values], fontsize=sheet.small, linespacing=1.0)
    axes.tick_params(axis="y", colors=INK)
    axes.set_xlabel(unit_name("energy"))
    _columns(sheet, axes, table, rows)
    _name_components(sheet, axes)
    grid_lines(axes, "x")


def _name_components(sheet: Sheet, axes: Axes) -> None:
    """What the layers of the bars are, below them: the thin ones have no room for a label."""
    from matplotlib.transforms import ScaledTranslation

    below = axes.transAxes + ScaledTranslation(0.0, -(2.9 * sheet.font + 9) / 72, sheet.figure.dpi_scale_trans)
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.0), bbox_transform=below, ncols=3, frameon=False, fontsize=sheet.small,
                borderpad=0.0, borderaxespad=0.0, handlelength=1.0, handletextpad=0.4, columnspacing=1.0)


def _target(sheet: Sheet, axes: Axes, table: xr.Dataset) -> None:
    if np.isfinite(table["goal"]):
        goal = number(table, "goal", "energy")
        axes.axvline(goal.shown, color=ALERT, linestyle=(0, (5, 2)), linewidth=sheet.font / 8)
        label_end(axes, goal.shown, table.sizes["reading"] - 0.5, tr(f"目标{goal}", f"target {goal}"), colour=ALERT, size=sheet.small,
                  offset=(0, 2), align="center", vertical="bottom")


def _columns(sheet: Sheet, axes: Axes, table: xr.Dataset, rows: np.ndarray) -> None:
    """Mean and probability of each reading, as columns right of the bars."""
    shown = [(tr("平均", "mean"), [number(table, "saving", "energy.1", reading=key, statistic="mean") for key in table["reading"].values])]
    if np.isfinite(table["goal"]):
        shown.append((tr("达到", "reached"), [number(table, "reached", "share.0", reading=key) for key in table["reading"].values]))
    right, top = axes.get_xlim()[1], table.sizes["reading"] - 0.5
    for i, (head, cells) in enumerate(shown):
        offset = sheet.font * (3.4 + 4.0 * i)
        label_end(axes, right, top, head, colour=MUTED, size=sheet.small, offset=(offset, 2), align="right", vertical="bottom")
        for row, cell in zip(rows, cells, strict=True):
            label_end(axes, right, row, cell.text, size=sheet.small, offset=(offset, 0), align="right")


def _lines(title: str, width: float) -> list[str]:
    """A title in lines; what stands in brackets gets its own where it does not fit beside."""
    if ems(title) <= width:
        return [legible(title)]
    return [line for piece in re.split("(?=[（(])", legible(title)) if piece for line in wrap(piece.strip(), width)]


def _own(table: xr.Dataset) -> str:
    """The key of the run's own reading."""
    return str(table["reading"].values[table["chosen"].values][0])


def _with_tails(table: xr.Dataset) -> bool:
    return bool(np.isfinite(table["saving"].sel(statistic="p95", part="value")).all())
