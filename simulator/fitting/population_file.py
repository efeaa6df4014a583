"""What a ledger taught, as a population file that a scenario uses, and the scenario that uses it."""

from __future__ import annotations

import copy
import json
import os
import re
from pathlib import Path
from typing import Any

from simulator.errors import SimulatorError
from simulator.fitting.findings import Fitted
from simulator.language import tr
from simulator.outfile import refuse_to_overwrite, written_whole
from simulator.scenario import Scenario

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[㐀-鿿]+")
_WIDTH = 98  # columns of a mapping that stands on one line; a Chinese character takes two


def write_population(fitted: Fitted, scenario: Scenario, file: str | Path, *, overwrite: bool = False) -> None:
    """Write the population of a scenario with what was learnt in its place: a whole file or none.

    Raises
    ------
    SimulatorError
        If the file is there already and `overwrite` is not asked for.
    StorageError
        If it cannot be written.
    """
    refuse_file(file, overwrite)
    text = population_text(fitted, scenario, Path(file))
    with written_whole(file) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def refuse_file(file: str | Path, overwrite: bool = False) -> None:
    """Raise SimulatorError where writing would lose a file, or would not give one that a scenario can name."""
    if Path(file).suffix not in (".yaml", ".yml"):
        raise SimulatorError(tr(f"{file} 应以 .yaml 结尾", f"{file} must end in .yaml"))
    refuse_to_overwrite(file, overwrite)


def population_text(fitted: Fitted, scenario: Scenario, file: Path) -> str:
    """The population as YAML."""
    content = copy.deepcopy(scenario.content["population"])
    content["id"] = re.sub(r"[^A-Za-z0-9_.-]", "-", file.stem) or "population"
    content["title"] = {"zh": f"由台账 {fitted.file} 估计的申报对象", "en": f"Applicants learnt from the ledger {fitted.file}"}
    for path, value in fitted.statements.items():
        place = content
        for step in path[:-1]:
            place = place[step]
        if value is None:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
    ledger = f"{fitted.file} ({fitted.digest[:12]}, {fitted.n:,})"
    head = tr(f"由 subsidysim fit 从台账 {ledger} 估计；其余同情景 {fitted.scenario} 的申报对象。",
              f"Learnt by subsidysim fit from the ledger {ledger}; the rest is the population of the scenario {fitted.scenario}.")
    return "# " + " ".join(head.split()) + "\n" + "\n".join(_lines(content, 0)) + "\n"


def scenario_text(fitted: Fitted, file: str | Path) -> str:
    """A scenario that uses the file, beside which it is to stand, with what the ledger tells and a population cannot state."""
    base = fitted.base if not fitted.base.endswith((".yaml", ".yml")) else os.path.relpath(fitted.base, Path(file).resolve().parent)
    tree: dict[str, Any] = {"extends": Path(base).as_posix(), "name": re.sub(r"[^A-Za-z0-9_.-]", "-", Path(file).stem) or "fitted",
                            "title": {"zh": f"由台账估计（{Path(fitted.file).name}）", "en": f"learnt from {Path(fitted.file).name}"},
                            "population": f"./{Path(file).name}"}
    for path, value in fitted.drivers.items():
        place = tree
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value
    return "\n".join(_lines(tree, 0))


def _lines(mapping: dict[Any, Any], depth: int) -> list[str]:
    """A mapping in YAML: nested mappings line by line, what is short or a value on one line."""
    lines = []
    for key, value in mapping.items():
        start = "  " * depth + _scalar(str(key)) + ":"
        short = _flow(value)
        width = len(start) + len(short) + sum(not character.isascii() for character in start + short)
        if isinstance(value, dict) and value and (width > _WIDTH or depth == 0 or "basis" in value):
            lines += [start, *_lines(value, depth + 1)]
        else:
            lines.append(f"{start} {short}")
    return lines


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(inner) for inner in value) + "]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value, allow_nan=False)


def _scalar(text: str) -> str:
    """A text as it is where nothing in it could mean something else to YAML; a year as it is."""
    plain = _PLAIN.fullmatch(text) and text not in ("null", "true", "false")
    return text if plain or (text.isascii() and text.isdigit()) else json.dumps(text, ensure_ascii=False)
