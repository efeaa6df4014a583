"""Scenarios compared, what decides the answer, and what other rates would do."""

from __future__ import annotations

import xarray as xr

from simulator.brief.told import Told
from simulator.charts import chart
from simulator.errors import NotShown
from simulator.language import tr
from simulator.statements import state


def tell(told: Told) -> None:
    """Scenarios side by side, the tornado, then pairs of rates."""
    told.section("情景比较和敏感性", "Scenarios compared, and what decides the answer")
    try:
        table = told.tables["scenarios"]
    except NotShown as reason:
        told.say(state("{reason}。", "{reason}.", reason=str(reason)))
    else:
        _side_by_side(told, table)
    _what_decides(told)


def _side_by_side(told: Told, table: xr.Dataset) -> None:
    told.text("各情景遇到同一批抽样，逐次相减，差异比单个数字准得多。",
              "All scenarios meet the same draws, so their differences are much more certain than the figures themselves.")
    if len(told.evidence.scenarios) == 1 and told.evidence.scenario.name != "baseline":
        told.text("除基准外，各情景都是在本情景上只作标题所说的改动。",
                  "But for the baseline, each changes in this scenario only what its title says.")
    told.table(chart("scenarios").grid(table).turned(tr("指标", "figure")))
    told.figure("scenarios")


def _what_decides(told: Told) -> None:
    if told.shown("tornado") is None:
        return
    told.text("下图把各项因素逐个放到较低（第10百分位）和较高（第90百分位）的位置，其余照旧，看结果移动多少。",
              "Below, each quantity alone is put at its first and its last decile, everything else being as uncertain as it is.")
    told.figure("tornado")
    told.text("再看支持力度：两个调节项各取几档（有的可能高于条款的规定），其余不变。",
              "And two levers of the policy, each over a range that may go beyond the clauses, all else as it stands.")
    told.figure("heat_map")
    told.figure("pareto")
