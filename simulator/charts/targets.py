"""Every target of the document that the run speaks to: what is expected, and how likely it is reached. A table without a chart."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.charts.amounts import in_language
from simulator.charts.grid import Column, Grid
from simulator.evidence import Evidence, NotShown
from simulator.language import tr
from simulator.statements import Number, number, quoted
from simulator.summary import Estimate, as_parts
from simulator.targets import Attainment, attainment

NAME = ("目标", "Targets")
_PARTS = {"equipment": ("首台套装备", "First-of-kind equipment"), "software": ("首版次软件", "First-version software"),
          "material": ("首批次新材料", "First-batch materials")}
_NAMES = {"clause": "条 clause", "indicator": "指标 indicator", "goal": "目标 goal", "dimension": "量纲 dimension"}
_FORMS = {"money": "money±", "energy": "energy±", "share": "share±", "count": "count±"}


def data(evidence: Evidence) -> xr.Dataset:
    """Targets that the run speaks to: result (target, part) in CNY, tce or 1, reached (target, part) [1]; as texts clause, indicator,
    goal, dimension (target). attrs: listed, how many targets of the document there are.
    """
    every = attainment(evidence.scenario, evidence.results)
    rows = [row for each in every for row in _rows(each)]
    if not rows:
        raise NotShown(tr("这次运行没有涉及文件的目标", "the run speaks to no target of the document"))
    table = xr.Dataset(coords={"target": [key for key, *_ in rows], "part": ["value", "error"]})
    for i, name in enumerate(("clause", "indicator", "goal", "dimension"), 1):
        table[name] = ("target", [row[i] for row in rows], {"long_name": _NAMES[name]})
    for i, (name, title) in enumerate((("result", "预期 expected"), ("reached", "达到概率 probability")), 5):
        table[name] = ("target", "part"), as_parts([row[i] for row in rows]), {"long_name": title, "units": "1"}
    return table.assign_attrs(listed=len(every))


def grid(table: xr.Dataset) -> Grid:
    """One row a target."""
    keys = [str(key) for key in table["target"].values]
    columns = [Column(tr("条", "clause"), [quoted(table, "clause", target=key) for key in keys]),
               Column(tr("指标", "target"), [quoted(table, "indicator", target=key) for key in keys]),
               Column(tr("目标", "goal"), [quoted(table, "goal", target=key) for key in keys]),
               Column(tr("预期", "expected"), [_result(table, key) for key in keys]),
               Column(tr("达到概率", "probability"), [_reached(table, key) for key in keys])]
    note = tr("投资按亿元，节能按万吨标煤；“—”为不给概率的目标。文件其余目标没有政策工具推动，只列示，不模拟",
              "Investment in CNY bn, savings in kt ce; a dash: no probability is given. Other targets are driven by no instrument")
    return Grid(tr("文件目标与预期", "Targets of the document and what is expected"), columns, note)


def _rows(each: Attainment) -> list[tuple]:
    """A target, or its parts where it is counted by part."""
    target = each.target
    clause, indicator = f"({target.clause})", str(target.indicator)
    if each.by_part:
        goals = target.goal.parts or {}
        return [(f"{target.id}.{name}", clause, tr(*_PARTS.get(name, (name, name))), in_language(f"≥{goals[name]}"), "count", result, hit)
                for name, (hit, result, _) in each.by_part.items()]
    if each.result is None or target.treatment == "physical":
        return []
    unknown = Estimate(np.nan, np.nan)
    return [(target.id, clause, indicator, in_language(str(target.goal)), each.unit, each.result, each.probability or unknown)]


def _result(table: xr.Dataset, key: str) -> Number:
    return number(table, "result", _FORMS[str(table["dimension"].sel(target=key).item())], target=key)


def _reached(table: xr.Dataset, key: str) -> Number | str:
    return number(table, "reached", "share", target=key) if np.isfinite(table["reached"].sel(target=key, part="value")) else "—"
