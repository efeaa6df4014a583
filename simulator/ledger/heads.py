"""Which row holds the heads, and what each of them means: names in any order, below titles, in one line or two."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.language import tr
from simulator.ledger.cells import BLANK
from simulator.ledger.columns import COLUMNS, MONEY_UNITS
from simulator.ledger.mapping import FormMapping
from simulator.ledger.names import plain, split_unit

_UNIT_IN_TEXT = re.compile(r"(?:金额)?单位[:：]?\s*(元|万元|亿元)")
_UNITS: dict[str, set[str]] = {
    "money": set(MONEY_UNITS), "share": {"%"}, "points": {"百分点", "个百分点", "%"}, "years": {"年"},
    "number": {"分", "吨标煤", "万吨标煤", "tce", "吨标准煤"},
}
_LIKE_A_UNIT = re.compile(r"[十百千万亿]*[元圆]|人民币.*|.*美元|USD|CNY|RMB|[%％‰]|bp|个?百分点|个?月|天|日|年"
                          r"|万?吨标?准?煤|tce|kWh|万?千瓦时", re.IGNORECASE)
_CLOSE = 0.75  # a head this like a known one that is missing is taken for a slip, not for a column of the bureau's own
_DECIDING = ("status", "score", "paid")  # have heads so short that one wrong character is half of them, and decide who is paid
FIRST_ROWS = 50  # in which the heads must stand


@dataclass
class Heads:
    """The heads of one sheet: where the rows begin, and for each column of the sheet what it is."""

    row: int
    """Row of the heads, the lower one if there are two; from 0."""
    place: dict[str, int]
    """Column id -> column of the sheet, from 0."""
    unit: dict[str, str]
    unused: list[str] = field(default_factory=list)
    """Heads that mean nothing here."""
    blank: list[int] = field(default_factory=list)
    """Columns without a head."""
    faults: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    """(row, column, value, problem, remedy)"""
    notes: list[str] = field(default_factory=list)
    """What was left out of a head that was understood."""
    texts: list[str] = field(default_factory=list)
    """The heads as they stand, for a head that is repeated further down."""


def _known_names(mapping: FormMapping) -> dict[str, str]:
    names = {plain(name).casefold(): column.id for column in COLUMNS.values() for name in (column.id, column.head, *column.aliases)}
    return names | {split_unit(theirs)[0].casefold(): id_ for theirs, id_ in mapping.heads.items()}


def find_heads(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]], mapping: FormMapping) -> Heads | None:
    """The heads among the first rows of a sheet; None if no row looks like heads of a ledger."""
    names = _known_names(mapping)
    best: tuple[int, int, list[Any]] | None = None
    for r, row in enumerate(rows[:FIRST_ROWS]):
        for lower, texts in _readings(rows, merged, r, row):
            found = {names[name] for text in texts if (name := split_unit(text)[0].casefold()) in names}
            if len(found) >= 2 and (best is None or len(found) > best[0]):
                best = (len(found), lower, texts)
    return None if best is None else _interpret(best[1], best[2], names, mapping)


def _readings(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]], r: int,
              row: Sequence[Any]) -> list[tuple[int, list[Any]]]:
    """A row as heads of one line and, where merged cells tie it to the next, of two: (last row, texts)."""
    readings: list[tuple[int, list[Any]]] = [(r, list(row))]
    wide = [(top, left, bottom, right) for top, left, bottom, right in merged if top == r and left < right and bottom == r]
    tall = {left for top, left, bottom, right in merged if top == r and bottom == r + 1}
    if r + 1 < len(rows) and wide and tall:
        parent = list(row) + [""] * (len(rows[r + 1]) - len(row))
        for _, left, _, right in wide:
            parent[left: right + 1] = [row[left]] * (right - left + 1)
        below = list(rows[r + 1]) + [""] * (len(parent) - len(rows[r + 1]))
        spread = {c for _, left, _, right in wide for c in range(left, right + 1)}
        readings.append((r + 1, [_joined(above, low) if c in spread else above if c in tall or not plain(low) else low
                                 for c, (above, low) in enumerate(zip(parent, below, strict=True))]))
    return readings


def _joined(above: Any, below: Any) -> str:
    """Parent and child of a head of two lines; the child alone where it is a whole name: 贷款 | 贷款本金（万元）."""
    (parent, units), (child, own) = split_unit(above), split_unit(below)
    unit = (own or units)[-1:]
    name = child if child.casefold() in _known_names(FormMapping()) else parent + child
    return name + "".join(f"({u})" for u in unit)


def _interpret(row: int, texts: list[Any], names: Mapping[str, str], mapping: FormMapping) -> Heads:
    """What each head means, and every fault of the heads."""
    heads = Heads(row, {}, {}, texts=[plain(text) for text in texts])
    strange: list[tuple[int, str]] = []
    for c, text in enumerate(texts):
        name, inside = split_unit(text)
        if not name:
            heads.blank.append(c)
            continue
        if plain(text) in mapping.ignore or name in mapping.ignore:
            continue
        id_ = names.get(name.casefold())
        if id_ is None:
            strange.append((c, name))
        elif id_ in heads.place:
            heads.faults.append((row, c, str(text), tr(f"“{COLUMNS[id_].head}”有两列", f"there are two columns {id_!r}"),
                                 tr("只留一列", "leave one of them")))
        else:
            heads.place[id_] = c
            _read_unit(heads, row, c, text, id_, [*inside, mapping.units.get(plain(text), mapping.units.get(name, ""))])
    for c, name in strange:
        missing = {known: id_ for known, id_ in names.items() if id_ not in heads.place}
        near = difflib.get_close_matches(name.casefold(), missing, n=1, cutoff=_CLOSE) or [
            known for known, id_ in missing.items() if id_ in _DECIDING and _one_character_apart(known, name)]
        if near:
            right = COLUMNS[missing[near[0]]].title
            heads.faults.append((row, c, str(texts[c]), tr("不认识的列名", "unknown head"),
                                 tr(f"是否指“{right}”？不是则在对应文件的 ignore 中列出",
                                    f"did you mean {right!r}? if not, list it under `ignore` in the mapping")))
            heads.place[missing[near[0]]] = c  # so that its cells are checked in the same report
            _read_unit(heads, row, c, texts[c], missing[near[0]], split_unit(texts[c])[1])
        else:
            heads.unused.append(str(texts[c]).strip(BLANK))
    return heads


def _one_character_apart(known: str, name: str) -> bool:
    return 2 <= len(known) == len(name) <= 3 and sum(a != b for a, b in zip(known, name, strict=True)) == 1


def _read_unit(heads: Heads, row: int, c: int, text: Any, id_: str, inside: list[str]) -> None:
    column, allowed = COLUMNS[id_], _UNITS.get(COLUMNS[id_].kind, set())
    stated = [part for part in inside if part in allowed]
    foreign = [part for part in inside if part not in allowed and _LIKE_A_UNIT.fullmatch(part)]
    if len(set(stated)) > 1 or (stated and foreign) or (foreign and allowed):
        heads.faults.append((row, c, str(text), tr("单位不对或互相矛盾", "the unit is wrong, or units contradict each other"),
                             tr("写明一个单位，如 ", "state one unit, such as ") + _example(column.head, allowed)))
    elif column.kind == "money" and not stated:
        heads.faults.append((row, c, str(text), tr("没有写明金额单位", "no unit of money is stated"),
                             tr(f"写作 {column.head}（元）、{column.head}（万元）或 {column.head}（亿元）",
                                f"write {column.id}（元）, {column.id}（万元） or {column.id}（亿元）")))
    heads.unit[id_] = stated[0] if stated else ""
    if (left_out := [part for part in inside if part and part not in allowed and part not in foreign]) and allowed:
        heads.notes.append(tr(f"表头“{plain(text)}”按“{column.head}”读，未计“{'、'.join(left_out)}”",
                              f"the head {plain(text)!r} is read as {column.id}, without {', '.join(left_out)!r}"))


def _example(head: str, allowed: set[str]) -> str:
    return f"{head}（{'万元' if '万元' in allowed else sorted(allowed)[0]}）"


def unit_of_title(rows: Sequence[Sequence[Any]]) -> str:
    """A unit that a title row states (单位：万元), for the message only: it does not stand in for one in the head."""
    for row in rows:
        for cell in row:
            if isinstance(cell, str) and (match := _UNIT_IN_TEXT.search(cell)):
                return match[1]
    return ""
