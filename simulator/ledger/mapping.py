"""A mapping file: what one bureau's form calls the columns, said once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.errors import Fault, FaultyFiles, Position
from simulator.language import tr
from simulator.ledger.columns import COLUMNS, MONEY_UNITS
from simulator.ledger.names import plain, spelled
from simulator.yamlfile import read_yaml

_KEYS = ("heads", "units", "ignore", "instruments")


@dataclass(frozen=True)
class FormMapping:
    """Heads of a form -> columns, their units where the form does not state them, heads to ignore, names of instruments."""

    heads: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    instruments: Mapping[str, str] = field(default_factory=dict)


def read_mapping(file: str | Path, instruments: Mapping[str, str]) -> FormMapping:
    """Read a mapping file, for example

        heads: {总投资概算: 项目总投资, 专项: 申报专项}
        units: {总投资概算: 万元}
        ignore: [联系人]
        instruments: {技改贴息: upgrade_loan_interest}

    Raises
    ------
    FaultyFiles
        With every fault and its line.
    """
    document = read_yaml(Path(file))
    faults, content = list(document.faults), document.content
    columns = {plain(name): column.id for column in COLUMNS.values() for name in (column.id, column.head)}

    def say(path: tuple[str | int, ...], problem: str, remedy: str = "") -> None:
        faults.append(Fault(document.positions.get(path, Position(str(file))), ".".join(map(str, path)), problem, remedy))

    def renamed(key: str, known: Mapping[str, str], made: Any) -> dict[str, str]:
        given, found = content.get(key, {}), {}
        if not isinstance(given, dict):
            say((key,), tr("应为“本表的名称: 标准名称”", "must be `their name: standard name`"))
            return {}
        for theirs, ours in given.items():
            if made(str(ours)) in known:
                found[made(str(theirs))] = known[made(str(ours))]
            else:
                near = difflib.get_close_matches(made(str(ours)), known, n=1, cutoff=0.4)
                shown = next((known[name] if name.isascii() else name for name in near), "")
                say((key, theirs), tr(f"没有 {ours!r}", f"there is no {ours!r}"),
                    tr("应为 ", "one of ") + "、".join(known) if key == "units"
                    else tr(f"是否指 {shown}？", f"did you mean {shown}?") if near else "")
        return found

    for key in content:
        if key not in _KEYS:
            say((key,), tr(f"未知的键 {key!r}", f"unknown key {key!r}"), tr("应为 ", "one of ") + "、".join(_KEYS))
    ignore = content.get("ignore", [])
    if not isinstance(ignore, list):
        say(("ignore",), tr("应为列表", "must be a list"))
        ignore = []
    made = FormMapping(renamed("heads", columns, plain), renamed("units", {unit: unit for unit in MONEY_UNITS}, plain),
                    frozenset(plain(name) for name in ignore), renamed("instruments", instruments, spelled))
    if faults:
        raise FaultyFiles(faults)
    return made
