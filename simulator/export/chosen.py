"""What of a run is exported: the grids of its charts, and why others are not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.charts import Tables, chart, name_of
from simulator.charts.grid import Grid
from simulator.errors import NotShown


@dataclass(frozen=True)
class Shown:
    """One chart as a table."""

    kind: str
    name: str
    finding: str
    grid: Grid


def shown_tables(tables: Tables, kinds: Sequence[str]) -> tuple[list[Shown], dict[str, str]]:
    """The tables of these charts, and by the names of the others why this run cannot have them."""
    shown: list[Shown] = []
    left_out: dict[str, str] = {}
    for kind in kinds:
        try:
            table = tables[kind]
        except NotShown as reason:
            left_out[kind] = str(reason)
            continue
        module = chart(kind)
        shown.append(Shown(kind, name_of(kind), module.finding(table).text, getattr(module, "grid_in_full", module.grid)(table)))
    return shown, left_out
