"""Put a scenario together: what it extends, its rule book, its population, its readings, then its own statements.

One stated order, later wins: rule book and population < readings < `extends` chain < the scenario itself. Mappings
merge by key and lists of items with an `id` by id; a value or a distribution replaces the one before it whole.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.errors import Fault, Position
from simulator.language import tr
from simulator.yamlfile import Document, Path_, read_yaml

SHIPPED = Path(__file__).resolve().parent.parent / "scenarios"

_DISTRIBUTIONS = {"constant", "lognormal", "triangular", "uniform", "beta", "normal", "pareto", "lomax", "discrete",
                  "mixture"}
_COUNTS = {"negative_binomial", "poisson", "fixed"}


@dataclass(frozen=True)
class Override:
    """A value that a later file replaced, or stated first: then `old` and its position are None."""

    path: Path_
    old: Any
    old_position: Position | None
    new: Any
    new_position: Position | None


@dataclass
class Composition:
    """A whole scenario as plain values, where each came from, and what is wrong so far."""

    content: dict[str, Any]
    positions: dict[Path_, Position]
    faults: list[Fault]
    overrides: list[Override] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def locate(name: str, folder: Path, kind: str = "") -> Path:
    """The file that a name means: a path relative to `folder`, or a shipped file without its suffix."""
    if name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name:
        return _resolved(folder / name) if not Path(name).is_absolute() else Path(name)
    return SHIPPED / kind / f"{name}.yaml"


def exists(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is no error."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError):
        return path


def compose(path: Path, instead: dict[str, Any] | None = None) -> Composition:
    """Compose the scenario in this file, some statements taken from `instead`. Faults are collected, not raised."""
    whole = Composition({}, {}, [])
    chain = _chain(path, whole)
    own = Composition({}, {}, whole.faults)
    for i, document in enumerate(chain):  # from the most basic to the scenario itself
        _overlay(own, document.content, document.positions, own.overrides if i else [])
    if len(chain) > 1 and "name" not in chain[-1].content:  # a name that is not stated is that of the file
        own.content["name"] = path.stem
        own.positions[("name",)] = Position(str(path))
    if stated := {key: value for key, value in (instead or {}).items() if value is not None}:
        _overlay(own, stated, {}, own.overrides)
    carried = isinstance(own.content.get("policy"), dict)
    for key, kind in (("policy", "policy"), ("population", "population")):
        _embed(own, key, kind, chain, whole)
    _apply_readings(own, whole, _later_readings(own) if carried else None)
    _refuse_unknown(own, "appropriation", whole.content.get("policy", {}).get("funds"), whole)
    for key, place in (("instruments", "policy"), ("streams", "population")):
        _refuse_unknown(own, key, whole.content.get(place, {}).get(key), whole)
        statements = own.content.pop(key, None)
        if statements is not None:
            moved = {(place, *at): where for at, where in own.positions.items() if at[:1] == (key,)}
            _overlay(whole, {place: {key: statements}}, moved, whole.overrides)
    _overlay(whole, own.content, own.positions, [])
    whole.overrides = own.overrides + whole.overrides
    return whole


def _chain(path: Path, whole: Composition) -> list[Document]:
    """The file and everything it extends, the most basic first."""
    documents: list[Document] = []
    seen: list[Path] = []
    base: Any = None
    while True:
        if _resolved(path) in seen:
            circle = " -> ".join(p.name for p in [*seen, path])
            place = documents[-1].positions.get(("extends",), Position(documents[-1].file))
            whole.faults.append(Fault(place, "extends", tr(f"循环引用：{circle}", f"extends itself: {circle}")))
            break
        seen.append(_resolved(path))
        document = read_yaml(path)
        if documents and not exists(path):
            place = documents[-1].positions.get(("extends",), Position(documents[-1].file))
            whole.faults.append(_not_found(place, "extends", base, ""))
            break
        whole.files.append(str(path))
        whole.faults += document.faults
        documents.append(document)
        base = document.content.pop("extends", None)
        if base is None:
            break
        if not isinstance(base, str):
            place = document.positions[("extends",)]
            whole.faults.append(Fault(place, "extends", tr("应为文件名", "must be a file name")))
            break
        path = locate(base, path.parent)
    return documents[::-1]


def _embed(own: Composition, key: str, kind: str, chain: list[Document], whole: Composition) -> None:
    """Replace `policy: name` by the content of that file, under the same key."""
    name = own.content.pop(key, None)
    place = own.positions.pop((key,), Position(chain[-1].file if chain else ""))
    if isinstance(name, dict):  # a composed scenario carries its rule book with it
        positions = {at: where for at, where in own.positions.items() if at[:1] == (key,)}
        _overlay(whole, {key: name}, {(key,): place, **positions}, [])
        return
    if name is None and any(fault.field in ("", "extends") for fault in whole.faults):
        return  # it may stand in the file that could not be read
    if not isinstance(name, str):
        example = f"{key}: {_EXAMPLE[key]}"
        whole.faults.append(Fault(place, key, tr(f"缺少 {key}", f"{key} is missing"),
                                  tr(f"例如 {example}", f"for example {example}")))
        return
    file = locate(name, Path(place.file).parent, kind)
    if not exists(file):
        whole.faults.append(_not_found(place, key, name, kind))
        return
    document = read_yaml(file)
    whole.files.append(str(file))
    whole.faults += document.faults
    _overlay(whole, {key: document.content}, {(key, *at): where for at, where in document.positions.items()}, [])


def _not_found(place: Position, field_: str, name: str, kind: str) -> Fault:
    near = difflib.get_close_matches(name, [file.stem for file in (SHIPPED / kind).glob("*.yaml")], n=1)
    return Fault(place, field_, tr(f"找不到 {name!r}", f"no such file: {name!r}"),
                 tr(f"是否指 {near[0]!r}？", f"did you mean {near[0]!r}?") if near else "")


_EXAMPLE = {"policy": "sh-2024-355", "population": "shanghai"}


_DEFINES = {"instruments": "shape", "streams": "files_for"}  # what only a whole new one states


def _refuse_unknown(own: Composition, key: str, known: Any, whole: Composition) -> None:
    """A statement about something that is not there is one fault with the nearest name, not one a missing key."""
    statements = own.content.get(key)
    if not isinstance(statements, dict) or not isinstance(known, dict):
        return
    for name, statement in list(statements.items()):
        if name not in known and not (isinstance(statement, dict) and _DEFINES.get(key) in statement):
            near = difflib.get_close_matches(str(name), [str(other) for other in known], n=1)
            place = own.positions.get((key, name), Position(whole.files[0]))
            whole.faults.append(Fault(place, f"{key}.{name}", tr(f"未知的名称 {name!r}", f"unknown name {name!r}"),
                                      tr(f"是否指 {near[0]!r}？", f"did you mean {near[0]!r}?") if near else ""))
            del statements[name]


def _mapping(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _later_readings(own: Composition) -> set[str]:
    """Readings that were chosen after the rule book was composed: the others have been applied to it already."""
    return {str(name) for o in own.overrides if o.path[0] == "readings" for name in (o.path[1:] or _mapping(o.new))}


def _apply_readings(own: Composition, whole: Composition, only: set[str] | None = None) -> None:
    """Patch instrument values as the chosen readings say (`set` in the rule book)."""
    chosen, policy = _mapping(own.content.get("readings")), whole.content.get("policy", {})
    for name, reading in _mapping(policy.get("readings")).items():
        if only is not None and name not in only:
            continue
        choice = str(chosen.get(name, _mapping(reading).get("default")))
        patches = _mapping(_mapping(_mapping(_mapping(reading).get("choices")).get(choice)).get("set"))
        for target, value in patches.items():
            instrument, _, field_ = str(target).partition(".")
            path = ("policy", "instruments", instrument, field_)
            terms = _mapping(policy.get("instruments")).get(instrument)
            if not isinstance(terms, dict):
                at = ("policy", "readings", name, "choices", choice, "set", target)
                whole.faults.append(Fault(whole.positions[at], ".".join(map(str, at)),
                                          tr(f"未知的政策工具 {instrument!r}", f"unknown instrument {instrument!r}")))
                continue
            stated = terms.get(field_)
            stated = stated if isinstance(stated, dict) and "value" in stated else {"value": stated}
            if stated["value"] != value:
                place = own.positions.get(("readings", name))
                whole.overrides.append(Override(path, stated["value"], whole.positions.get(path), value, place))
                terms[field_] = {**stated, "value": value, "basis": "assumption", "note": f"{name}: {choice}"}
                if place:
                    whole.positions[path] = place


def value_at(content: Any, path: Path_) -> Any:
    """What stands at a path of composed content, with its ground; None where nothing does."""
    for step in path:
        if isinstance(content, dict):
            content = content.get(step)
        else:
            content = content[step] if isinstance(content, list) and isinstance(step, int) and step < len(content) else None
    return content


def bare(node: Any) -> Any:
    """A value without its ground: another note changes no figure."""
    if isinstance(node, list):
        return [{key: bare(inner) for key, inner in item.items()} if isinstance(item, dict) and "weight" not in item else item
                for item in node]
    return node["value"] if isinstance(node, dict) and "value" in node and "weight" not in node else node


def is_leaf(value: Any) -> bool:
    """Values with their ground, distributions and counts are replaced whole."""
    return not isinstance(value, dict) or "value" in value or bool(value.keys() & (_DISTRIBUTIONS | _COUNTS))


def _overlay(base: Composition, content: dict, positions: dict[Path_, Position], log: list[Override],
             path: Path_ = ()) -> None:
    """Merge content into base in place, with its positions, and log what is replaced."""
    target: Any = base.content
    for step in path:
        target = target[step]
    below: dict[Path_, dict[Path_, Position]] = {(*path, key): {} for key in content}
    for place, where in positions.items():
        if place[: len(path) + 1] in below:
            below[place[: len(path) + 1]][place] = where
    for key, value in content.items():
        at = (*path, key)
        old, positions = target.get(key), below[at]
        if isinstance(old, dict) and isinstance(value, dict) and not is_leaf(old) and not is_leaf(value):
            if at in positions:  # the last file that says something about it
                base.positions[at] = positions[at]
            _overlay(base, value, positions, log, at)
            continue
        if isinstance(old, list) and _has_ids(old) and _has_ids(value):
            _merge_by_id(base, target, key, old, value, at, positions, log)
            continue
        if old != value:
            log.append(Override(at, old, base.positions.get(at), value, positions.get(at)))
        for known in [p for p in base.positions if p[: len(at)] == at] if key in target else ():
            del base.positions[known]
        target[key] = value
        base.positions.update(positions)


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in value)


def _merge_by_id(base: Composition, target: dict, key: Any, old: list, new: list, at: Path_, positions: dict,
                 log: list[Override]) -> None:
    """Items with the same id are replaced, others appended; positions follow their items."""
    items: dict[str, dict] = {}
    places: dict[str, dict[Path_, Position]] = {}
    for source, where in ((old, base.positions), (new, positions)):
        inside: list[dict[Path_, Position]] = [{} for _ in source]
        for place, position in where.items():
            if place[: len(at)] == at and len(place) > len(at):
                inside[int(place[len(at)])][place[len(at) + 1:]] = position
        for item, within in zip(source, inside, strict=True):
            id_ = item["id"]
            if source is new and items.get(id_) != item:
                log.append(Override((*at, id_), items.get(id_), places.get(id_, {}).get(()), item, within.get(())))
            items[id_], places[id_] = item, within
    for known in [p for p in base.positions if p[: len(at)] == at and len(p) > len(at)]:
        del base.positions[known]
    target[key] = list(items.values())
    for i, id_ in enumerate(items):
        base.positions.update({(*at, i, *rest): where for rest, where in places[id_].items()})
