"""Readings of what the document leaves open, why each was chosen, and what another would cost."""

from __future__ import annotations

from simulator.brief.told import Told
from simulator.charts import chart
from simulator.charts.grounds import grid_of_readings
from simulator.errors import NotShown
from simulator.statements import state


def tell(told: Told) -> None:
    """The chosen readings, then the price of the others."""
    told.section("口径及其代价", "Readings and what they cost")
    told.text("文件有几处可以作不同理解，本测算逐处选定一种读法并说明理由。",
              "The document can be read in several ways in places. Each reading is chosen and argued.")
    told.table(grid_of_readings(told.tables["grounds"]), (0.09, 0.31, 0.2, 0.4))
    try:
        table = told.tables["readings"]
    except NotShown as reason:
        told.say(state("{reason}。", "{reason}.", reason=str(reason)))
        return
    told.text("换一种读法差多少，用同一批抽样逐次相减得出。",
              "What another reading would cost is found by differences over the same draws.")
    told.table(chart("readings").grid(table).only(0, 2, 4, 5, 6), (0.34, 0.17, 0.16, 0.19, 0.14))
    told.figure("readings")
