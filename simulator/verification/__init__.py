"""Whether a brief still says what its run says."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.brief import compose_brief, write_text
from simulator.charts import Tables
from simulator.errors import DamagedRun, SimulatorError, StorageError
from simulator.evidence import Evidence, open_evidence
from simulator.language import tr
from simulator.provenance import program_hash
from simulator.store import MANIFEST, open_run
from simulator.verification.check import Finding, Report, check, speaking
from simulator.verification.found import Found
from simulator.verification.page import read_page
from simulator.verification.word import read_word
from simulator.verification.wording import Wording

__all__ = ["Finding", "Found", "Report", "Wording", "check", "read_brief", "verify"]

_READERS = {".docx": read_word, ".html": read_page, ".htm": read_page}
_NEARBY = 3  # folders above the file: a brief is written into RUN/brief


def verify(file: str | Path, run_folder: str | Path | None = None, *, progress: Callable[[int, int], None] | None = None) -> Report:
    """Compute every number of a brief again from its run, and compare.

    Parameters
    ----------
    file : str or Path
        A .docx or .html that `write_brief` made, whatever has been done to it since.
    run_folder : str or Path, optional
        Of its run; by default it is looked for around the file and in ./results.
    progress : callable, optional
        Told how many draws are done of how many, where something is simulated again.

    Raises
    ------
    SimulatorError
        If the file is no such brief, or its run is not found.
    DamagedRun
        If the run was altered, or is not the one the brief was made from.
    """
    file = Path(file)
    found = read_brief(file)
    evidence = _evidence(found.inventory, Path(run_folder) if run_folder is not None else _find_run(file, found.inventory), progress)
    tables = Tables(evidence)
    report = check(found, tables, _anew(found, tables, file.suffix) if found.inventory["program"] == program_hash() else None)
    return replace(report, remarks=tuple(_remarks(found, evidence)))


def _anew(found: Found, tables: Tables, suffix: str) -> Found:
    """The brief as the program writes it anew, in its language and format; without its pictures, which are not verified."""
    with speaking(found.inventory["lang"]), tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / ("anew.docx" if suffix.lower() == ".docx" else "anew.html")
        write_text(compose_brief(tables), file)
        return read_brief(file)


def read_brief(file: Path) -> Found:
    """The inventory of a brief, and its numbers as they stand now.

    Raises
    ------
    SimulatorError
        If the file is no such brief, is damaged or carries no inventory.
    """
    suffix = file.suffix.lower()
    if suffix == ".pdf":
        raise SimulatorError(tr(f"{file}：PDF 不带数字标记，不能逐个核对；请核对同一次运行的 Word 或 HTML 简报",
                                f"{file}: the numbers of a PDF are not marked and cannot be verified one by one; "
                                "verify the Word or HTML brief of the same run"))
    if suffix not in _READERS:
        raise SimulatorError(tr(f"{file} 不是简报；请给出 subsidysim brief 生成的 .docx 或 .html",
                                f"{file} is no brief; give a .docx or .html that subsidysim brief made"))
    try:
        return _READERS[suffix](file)
    except OSError as error:
        raise StorageError(tr(f"无法读取 {file}：{error.strerror or error}", f"cannot read {file}: {error.strerror or error}")) from error


def _find_run(file: Path, inventory: dict[str, Any]) -> Path:
    """The folder with the run's seal around the file; else that of its name among the results, or here."""
    name = inventory["run"]
    around = [folder for folder in file.resolve().parents[:_NEARBY] if _seal_of(folder) == inventory["seal"]]
    beside = [folder / name for folder in file.resolve().parents[:_NEARBY]]
    for folder in (*around, Path("results") / name, Path(name), *beside):
        if (folder / MANIFEST).is_file():
            return folder
    raise SimulatorError(tr(f"找不到简报所用的运行 {name}；请用 --run 指明其文件夹",
                            f"the run {name} of the brief is not found; name its folder by --run"))


def _seal_of(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / MANIFEST).read_text("utf-8"))["seal"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _evidence(inventory: dict[str, Any], folder: Path, progress: Callable[[int, int], None] | None) -> Evidence:
    """The run, which must be that of the brief."""
    levers = inventory.get("levers")
    run = open_run(folder)
    if run.manifest["seal"] != inventory["seal"] or inventory["scenario"] not in run.scenarios:
        raise _another(folder, inventory)
    return open_evidence(folder, scenario=inventory["scenario"], levers=tuple(levers) if levers else None, progress=progress)


def _another(folder: Path, inventory: dict[str, Any]) -> DamagedRun:
    return DamagedRun(tr(f"{folder} 不是简报所用的那次运行（简报出自 {inventory['run']}，封签 {inventory['seal'][:12]}）",
                         f"{folder} is not the run that the brief was made from ({inventory['run']}, seal {inventory['seal'][:12]})"))


def _remarks(found: Found, evidence: Evidence) -> Iterator[str]:
    """What a reader of the report should know besides."""
    if found.inventory["program"] != program_hash():
        yield tr("程序与写这份简报时的版本不同：写法和另作模拟的数字可能因此不同",
                 "the program is not that which wrote the brief: how numbers are written, and what is simulated anew, may differ for that")
    elif not evidence.same_program:
        yield tr("程序与生成这次运行的版本不同：重新模拟的数字（口径、敏感性、调节、情景比较）可能因此不同",
                 "the program is not that of the run: numbers that are simulated anew (readings, sensitivity, sweep, scenarios) "
                 "may differ for that reason")
    if found.inventory["numbers"] and not found.texts:
        yield tr("文件中没有一个数字标记：保存它的程序去掉了标记，或全文已另行录入",
                 "no number of the file is marked any more: the program that saved it has dropped the marks, or the text was typed anew")
