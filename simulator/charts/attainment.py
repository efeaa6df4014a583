"""What a plan stands or falls with: how likely each target and the budget are kept, two at once, and all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.charts.marks import INK, LIGHT, MAIN, MUTED, PALE, label_end
from simulator.evidence import Evidence, NotShown
from simulator.language import tr
from simulator.statements import Number, Statement, number, state, unit_name
from simulator.summary import Estimate, as_parts, estimate, mean, probability
from simulator.targets import DECIDING, reached, simulated_values
from simulator.units import YI

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from simulator.charts.sheet import Sheet

NAME = ("目标与预算", "Targets and budget")
# How an event is called, and in which form its goal is written; the goal itself is the document's.
EVENTS = {"budget": ("不超预算", "budget", ""), "investment": ("投资", "investment", "money"), "renewal": ("更新", "renewal", "money"),
          "growth": ("增长", "growth", "share"), "energy": ("节能", "saving", "energy")}
_DARK = 0.73  # a probability whose cell is so dark that white is read better on it
_TOGETHER = ("budget", "investment", "energy")  # what `joint` of simulator.targets is made of


def data(evidence: Evidence) -> xr.Dataset:
    """Deciding events: both (event, other, part), the probability that two happen at once, on the diagonal of each; joint (part), that
    the investment and the energy target are reached within the budget. value (event, part), what is expected, and goal (event), in CNY,
    tce or 1; nan of the budget. `together` marks the events of `joint`.
    """
    scenario, results, draws = evidence.scenario, evidence.results, evidence.draws
    hits = reached(scenario, results)
    events = [event for event in EVENTS if event in hits]
    if not events:
        raise NotShown(tr("政策没有说明能够判断的目标，情景也没有预算", "neither a target that can be judged nor a budget is stated"))
    table = xr.Dataset(coords={"event": events, "other": events, "part": ["value", "error"],
                               "together": ("event", [event in _TOGETHER for event in events])})
    pairs = [probability(hits[event] & hits[other], draws) for event in events for other in events]
    table["both"] = ("event", "other", "part"), as_parts(pairs, len(events), len(events)), {
        "units": "1", "long_name": "同时达到概率 probability of both"}
    table["joint"] = "part", as_parts([probability(hits["joint"], draws)])[0], {
        "units": "1", "long_name": "全部同时达到概率 probability of all at once"}
    values, unknown = simulated_values(scenario, results), (np.full(1, np.nan), np.nan)
    of = [values.get(DECIDING.get(event, ""), unknown) for event in events]
    table["value"] = ("event", "part"), as_parts([estimate(own, mean, draws) if np.isfinite(goal) else Estimate(np.nan, np.nan)
                                                  for own, goal in of]), {
        "units": "CNY, tce, 1", "long_name": "预期 expected"}
    table["goal"] = "event", [goal for _, goal in of], {"units": "CNY, tce, 1", "long_name": "目标 goal"}
    return table


def finding(table: xr.Dataset) -> Statement:
    """How likely all that counts is kept at once, and which part of it is the hardest."""
    events = _events(table)
    together = [event for event in events if table["together"].sel(event=event)]
    chances = {event: _alone(table, event, "share.0") for event in together or events}
    hardest = min(chances, key=lambda event: chances[event].value)
    if len(together) < 2:
        return state("{event}的可能为{chance}", "{event}: a probability of {chance}", event=_name(table, hardest),
                     chance=chances[hardest])
    found = _all_at_once(together, number(table, "joint", "share.0"))
    if chances[hardest].text in {chance.text for event, chance in chances.items() if event != hardest}:
        return found
    return found + state("，最难的是{event}，单独为{chance}", "; hardest: {event}, {chance} by itself", event=_plain(hardest),
                         chance=chances[hardest])


def _all_at_once(together: list[str], joint: Number) -> Statement:
    """How likely it is that the targets are reached, within the budget where there is one."""
    targets = [_plain(event) for event in together if event != "budget"]
    names = tr("、", " and ").join(targets)
    if "budget" not in together:
        return state("{names}目标都达到的可能是{joint}", "{joint} likely to reach the {names} targets", names=names, joint=joint)
    several = len(targets) > 1
    return state("{names}目标" + ("都" if several else "") + "达到且不超预算的可能是{joint}",
                 "{joint} likely to reach the {names} target" + ("s" if several else "") + " within the budget", names=names, joint=joint)


def note(table: xr.Dataset) -> str:
    """What the cells are."""
    together = tr("、", ", ").join(_plain(event) for event in _events(table) if table["together"].sel(event=event))
    return (tr("对角线为各自的概率，其余为两项同时达到的概率", "Diagonal: each by itself; other cells: both at once")
            + (tr(f"；全部指{together}", f"; all: {together}") if together else ""))


def grid(table: xr.Dataset) -> Grid:
    """Goal, expectation and probabilities by event; the last row is all at once."""
    events = _events(table)
    empty: list[str | Number] = [""]
    columns = [Column("", [*(_name(table, event).text for event in events), tr("全部同时", "all at once")]),
               Column(tr("目标", "goal"), [_amount(table, "goal", event) for event in events] + empty),
               Column(tr("预期", "expected"), [_amount(table, "value", event, "±") for event in events] + empty),
               Column(tr("单位", "unit"), [_unit(event) for event in events] + [""]),
               Column(tr("概率", "probability"), [*(_alone(table, event, "share±") for event in events), number(table, "joint", "share±")],
                      plotted=True)]
    for other in events:
        cells = [number(table, "both", "share±", event=event, other=other) for event in events]
        columns.append(Column(tr(f"与{_plain(other)}同时", f"with {_plain(other)}"), [*cells, ""]))
    return Grid(tr("目标与预算同时达到的概率", "Probability that targets and budget are kept at once"), columns, totals=1,
                native="bar")


def draw(sheet: Sheet, table: xr.Dataset) -> None:
    """The lower half of a matrix, the darker the likelier, and all at once in the free corner."""
    axes = sheet.axes()
    events = _events(table)
    for i, event in enumerate(events):
        for j, other in enumerate(events[: i + 1]):
            _cell(sheet, axes, j, i, number(table, "both", "share.0", event=event, other=other), own=i == j)
    axes.set_xlim(-0.5, len(events) - 0.5)
    axes.set_ylim(len(events) - 0.5, -0.5)
    axes.set_yticks(range(len(events)), [_label(table, event) for event in events], linespacing=1.15)
    axes.set_xticks(range(len(events)), [_plain(event) for event in events], fontsize=sheet.small)
    axes.tick_params(length=0, colors=INK)
    for side in axes.spines.values():
        side.set_visible(False)
    if len(events) > 1:
        _corner(sheet, axes, table)


def _cell(sheet: Sheet, axes: Axes, x: int, y: int, chance: Number, own: bool) -> None:
    """A square in the colour of its probability, which is written in it; those of the diagonal are framed."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    colour = LinearSegmentedColormap.from_list("likely", [PALE, LIGHT, MAIN])(chance.value)
    axes.add_patch(Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, edgecolor=INK if own else "white",
                             linewidth=sheet.font / (9 if own else 20)))
    label_end(axes, x, y, chance.text, colour="white" if chance.value > _DARK else INK, size=sheet.font * 1.05, offset=(0, 0),
              align="center", halo=False)


def _corner(sheet: Sheet, axes: Axes, table: xr.Dataset) -> None:
    """All at once, large, in the corner that the matrix leaves free."""
    n = table.sizes["event"]
    words = [_plain(event) for event in _events(table) if table["together"].sel(event=event)]
    if len(words) < 2:
        return
    right, top = n - 0.55, -0.4
    label_end(axes, right, top, number(table, "joint", "share.0").text, colour=MAIN, size=sheet.font * 2.4, offset=(0, 0), align="right",
              vertical="top")
    label_end(axes, right, top, tr("、", ", ").join(words) + tr("\n同时达到", "\nat once"), colour=MUTED, size=sheet.small,
              offset=(0, -3.2 * sheet.font), align="right", vertical="top")


def _label(table: xr.Dataset, event: str) -> str:
    """An event with its goal, and below what is expected."""
    expected = _amount(table, "value", event, ".0" if float(table["goal"].sel(event=event)) >= 100 * YI else ".1")
    return f"{_name(table, event)}" + (tr(f"\n平均{expected}", f"\nmean {expected}") if expected else "")


def _name(table: xr.Dataset, event: str) -> Statement:
    """An event with its goal, such as investment with 4,000亿元."""
    goal = _amount(table, "goal", event)
    if event == "budget":
        return state("不超预算", "within budget")
    zh, en = {"money": ("≥{goal}亿元", " ≥ CNY {goal} bn"), "energy": ("≥{goal}万吨标煤", " ≥ {goal} kt ce")}.get(
        EVENTS[event][2], ("≥{goal}", " ≥ {goal}"))
    return state("{event}" + (zh if goal else ""), "{event}" + (en if goal else ""), event=_plain(event), goal=goal)


def _plain(event: str) -> str:
    """An event without its goal."""
    return tr(*EVENTS[event][:2])


def _amount(table: xr.Dataset, variable: str, event: str, how: str = "") -> str | Number:
    """What is expected of an event or its goal, in its form; empty where it is no number."""
    form = EVENTS[event][2]
    found = number(table, variable, f"{form}{how}", event=event) if form else ""
    return found if isinstance(found, Number) and np.isfinite(found.value) else ""


def _unit(event: str) -> str:
    return unit_name(EVENTS[event][2]) if EVENTS[event][2] in ("money", "energy") else ""


def _alone(table: xr.Dataset, event: str, form: str) -> Number:
    """The probability of one event."""
    return number(table, "both", form, event=event, other=event)


def _events(table: xr.Dataset) -> list[str]:
    return [str(event) for event in table["event"].values]
