"""What it costs: outlay by year and instrument, how sure that is, what is committed and paid later."""

from __future__ import annotations

import numpy as np

from simulator.brief.told import Told
from simulator.charts import chart
from simulator.charts.known import grid as grid_of_known
from simulator.statements import number, quoted


def tell(told: Told) -> None:
    """The table of outlay by year and instrument, and its charts."""
    told.section("要拨付多少", "What it costs")
    instruments, outlay = told.tables["instruments"], told.tables["outlay"]
    grid = chart("instruments").grid(instruments)
    told.text("按{scenario}情景，各年、各项工具的市级拨付见下表。行、列之和与合计一致。",
              "Outlay by year and instrument in the scenario {scenario}; rows and columns add up to their totals.",
              scenario=str(told.evidence.scenario.model.title))
    widths = [0.09, 0.17, *[0.74 / (len(grid.columns) - 2)] * (len(grid.columns) - 2)]
    told.table(grid, widths)
    if (known := told.shown("known")) is not None:
        told.text("本次测算从台账出发（{ledger}）：下表把已经拨付的、已立项应付的和预测的分开。",
                  "This run starts from a ledger ({ledger}): what has been paid, what is owed and what is forecast stand apart below.",
                  ledger=quoted(told.tables["run"], "ledger"))
        told.table(grid_of_known(known), (0.16, 0.26, 0.28, 0.3))
    if np.isfinite(outlay["total"].sel(statistic="cvar95", part="value")):
        told.text("拨付的不确定很大一部分来自各项目共有的因素（立项率、实际支持比例、利率、申报多少），不会因项目多而互相抵消："
                  "合计拨付有{rare}的可能超过{var}亿元，超过时平均{cvar}亿元，安排预算时应留有余地。",
                  "Much of the uncertainty comes from what projects share (approval, rates paid, interest, filing), which does not "
                  "average out: with a probability of {rare} the outlay exceeds CNY {var} bn, and is then CNY {cvar} bn on average.",
                  rare=number(told.tables["exceedance"], "tail_level", "share"),
                  var=number(outlay, "total", "money", statistic="p95"), cvar=number(outlay, "total", "money", statistic="cvar95"))
    for kind in ("outlay", "exceedance", "instruments", "commitments", "districts"):
        told.figure(kind)
