"""Tables as csv, one file a chart: heads with units, numbers as numbers, all files or none."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from simulator.export.chosen import Shown
from simulator.export.fields import Amount, Cell, Field, assumed_rows, error_head, fields_of
from simulator.export.together import written_together
from simulator.language import tr
from simulator.spreadsheet import for_csv


def write_csv(shown: Sequence[Shown], folder: str | Path) -> list[Path]:
    """Write one file a table (UTF-8 with BOM) and return their paths; shares are in percent, as their heads say.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it; then none of the files is written or replaced.
    """
    names = [f"{each.kind}.csv" for each in shown]
    with written_together(folder, names) as files:
        for each, file in zip(shown, files, strict=True):
            with open(file, "w", newline="", encoding="utf-8-sig") as out:
                csv.writer(out).writerows(_lines(each))
                out.flush()
                os.fsync(out.fileno())
            file.chmod(0o600)  # as every other file of a run
    return [Path(folder) / name for name in names]


def _lines(shown: Shown) -> Iterable[list[str]]:
    fields = [*fields_of(shown.grid)]
    assumed = assumed_rows(shown.grid)
    if assumed:
        said = (tr("是", "yes") if row in assumed else tr("否", "no") for row in range(len(shown.grid.rows)))
        fields.append(Field(tr("金额属假设", "amount assumed"), "", tuple(said)))
    yield [for_csv(_head(field)) for field in fields]
    for cells in zip(*(field.cells for field in fields), strict=True):
        yield [_written(cell) for cell in cells]


def _head(field: Field) -> str:
    error = tr(error_head(), f" {error_head()}") if field.is_error else ""
    return field.head + error + (tr(f"（{field.shown_unit}）", f" ({field.shown_unit})") if field.shown_unit else "")


def _written(cell: Cell) -> str:
    """Fifteen digits: what a spreadsheet keeps of a number, without the dust of binary fractions."""
    if not isinstance(cell, Amount):
        return for_csv(cell)
    return f"{100 * cell.value if cell.is_share else cell.value:.15g}"
