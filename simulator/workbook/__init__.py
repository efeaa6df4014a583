"""A priced ledger as a workbook that a finance bureau prints, files and adds up; or as csv."""

from __future__ import annotations

import csv
from pathlib import Path

from simulator.appraisal import Priced
from simulator.appraisal.funding import Funding
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.ledger import MISSING
from simulator.outfile import written_whole
from simulator.scenario import Scenario
from simulator.spreadsheet import for_csv, new_workbook
from simulator.workbook.charts import write_charts
from simulator.workbook.fields import alternatives_of, fields_of, rows_of
from simulator.workbook.grounds import list_of_sheets, write_clauses, write_notes
from simulator.workbook.lines import write_lines
from simulator.workbook.summary import write_summary

__all__ = ["refuse_suffix", "write_prices", "write_prices_csv"]

_AT_ONCE = 20_000


def refuse_suffix(file: str | Path) -> None:
    """Raise SimulatorError for a file that is to be neither a workbook nor csv."""
    if Path(file).suffix.lower() not in (".xlsx", ".csv"):
        raise SimulatorError(tr(f"{file}：文件名应以 .xlsx 或 .csv 结尾", f"{file}: the name must end in .xlsx or .csv"))


def write_prices(priced: Priced, scenario: Scenario, file: str | Path, funding: Funding | None = None) -> None:
    """Write a priced ledger as a workbook: summary, charts, detail, alternatives, clauses, notes. Amounts in 元, exact to the 分.

    A name that ends in .csv gets the lines of the detail only. With `funding`, the detail says who gets what of a year's money.

    Raises
    ------
    SimulatorError
        If the name ends in neither .xlsx nor .csv.
    StorageError
        If the folder or the disk does not take it; nothing is left behind.
    """
    refuse_suffix(file)
    if Path(file).suffix.lower() == ".csv":
        write_prices_csv(priced, scenario, file, funding)
        return
    rules = scenario.model.policy.instruments
    fields, others = fields_of(priced, rules, funding), alternatives_of(priced, rules)
    number = scenario.model.policy.number or str(scenario.model.policy.title)
    source = tr(f"台账：{Path(priced.ledger.file).name}", f"ledger: {Path(priced.ledger.file).name}")
    with new_workbook(file, tr(f"{number} 补贴测算", f"{number}: what it pays")) as book:
        write_summary(book, priced, scenario)
        write_charts(book, priced, rules)
        names = write_lines(book, tr("明细", "detail"), tr("补贴测算明细", "Detail"),
                            source + tr("；各年应计和拨付只列入选组合", "; years hold what the packages pay"), fields)
        has_others = bool(len(others[0].values))
        if has_others:
            write_lines(book, tr("备选", "alternatives"),
                        tr("未入选组合的专项（仅供比较，不拨付）", "Instruments outside of the packages (for comparison, not paid)"),
                        source, others)
        write_clauses(book, priced, scenario)
        write_notes(book, priced, scenario, fields, list_of_sheets(names, has_others))


def write_prices_csv(priced: Priced, scenario: Scenario, file: str | Path, funding: Funding | None = None) -> None:
    """Write the lines of a priced ledger as csv (UTF-8 with BOM): exact amounts in 元, texts that no spreadsheet takes for a formula.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it; nothing is left behind.
    """
    fields = fields_of(priced, scenario.model.policy.instruments, funding)
    kinds = [field.kind for field in fields]
    with written_whole(file) as aside, open(aside, "w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow([field.head for field in fields])
        for start in range(0, len(priced.row), _AT_ONCE):
            writer.writerows([_cell(kind, value) for kind, value in zip(kinds, values, strict=True)]
                             for values in rows_of(fields, start, start + _AT_ONCE))


def _cell(kind: str, value: int | str) -> str:
    if isinstance(value, str):
        return for_csv(value)
    if kind == "count":
        return str(value)
    return "" if value == MISSING else f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
