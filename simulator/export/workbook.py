"""The workbook of a run: contents, a sheet a chart, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from simulator.charts import source_line
from simulator.evidence import Evidence
from simulator.export.chosen import Shown
from simulator.export.front import write_contents, write_notes
from simulator.export.table_sheet import write_table
from simulator.language import tr
from simulator.spreadsheet import new_workbook


def write_workbook(evidence: Evidence, shown: Sequence[Shown], left_out: Mapping[str, str], file: str | Path) -> None:
    """Write the tables as a workbook; the same tables give the same bytes.

    Parameters
    ----------
    left_out : Mapping
        Why the charts of these kinds are not there; the contents say so.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it; nothing is left behind.
    """
    title, source = str(evidence.scenario.model.title), source_line(evidence)
    with new_workbook(file, tr(f"{title}：图表数据", f"{title}: tables of the charts")) as book:
        write_contents(book, evidence, shown, left_out)
        for each in shown:
            write_table(book, each, source)
        write_notes(book, evidence, shown)
