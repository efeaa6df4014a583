"""What is fact and what is assumption, with the clauses."""

from __future__ import annotations

from simulator.brief.told import Told
from simulator.charts.grounds import grid, grid_of_drivers
from simulator.language import language
from simulator.statements import number


def tell(told: Told) -> None:
    """Clauses with their quotes and values, then what is assumed of behaviour."""
    told.section("哪些是事实，哪些是假设", "What is fact and what is assumption")
    table, run = told.tables["grounds"], told.tables["run"]
    told.text("文件有{clauses}项资金支持条款，其中{assumed}项没有写明金额，数额是假设，在表和图中单独标明。比例、上限多半出自原文；"
              "谁来申报、规模多大、多少能立项、投资对补助的反应、节能强度，文件都没有写，除台账所载的以外全是假设。",
              "The document has {clauses} funded clauses; for {assumed} of them it names no amount: these are assumed, and marked wherever "
              "they show. Rates and caps are mostly the document's; who applies, how large, how many are approved, how investment responds "
              "and how much energy is saved are all assumed, but for what a ledger holds.",
              clauses=number(run, "instruments", "count"), assumed=number(run, "assumed", "count"))
    told.table(grid(table), (0.075, 0.16, 0.3, 0.165, 0.15, 0.15) if language() == "zh" else (0.08, 0.15, 0.23, 0.18, 0.18, 0.18))
    drivers = grid_of_drivers(table)
    told.table(drivers, (0.16, 0.36, 0.1, 0.38) if len(drivers.columns) == 4 else (0.28, 0.56, 0.16))
