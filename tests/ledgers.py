"""Small ledgers for the tests, by way of files as a bureau writes them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.ledger import COLUMNS, Ledger, read_ledger
from simulator.scenario import Scenario

LOAN = {"loan_rate": "3.00%", "loan_years": 5, "repayment": "到期还本"}


def write_ledger(file: Path, rows: Sequence[Mapping[str, Any]], unit: str = "万元") -> Path:
    """A csv file with the official heads, amounts in this unit; rows are numbered where they name no project."""
    ids = ["project", *dict.fromkeys(key for row in rows for key in row if key != "project")]
    with file.open("w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow([COLUMNS[id_].head + (f"（{unit}）" if COLUMNS[id_].kind == "money" else "") for id_ in ids])
        for number, row in enumerate(rows, 1):
            writer.writerow([{"project": f"P{number}", **row}.get(id_, "") for id_ in ids])
    return file


def ledger_of(folder: Path, scenario: Scenario, *rows: Mapping[str, Any], unit: str = "万元") -> Ledger:
    """A ledger of these rows."""
    return read_ledger(write_ledger(folder / "ledger.csv", rows, unit), scenario.model.policy.instruments, confirm=lambda _: True)
