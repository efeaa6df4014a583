"""The tables behind the charts of a run as a workbook with native charts, or as csv."""

from simulator.export.chosen import Shown, shown_tables
from simulator.export.csv_files import write_csv
from simulator.export.workbook import write_workbook

__all__ = ["Shown", "shown_tables", "write_csv", "write_workbook"]
