"""Put a scenario together: what it extends, its rule book, its population, its readings, then its own statements.

One stated order, later wins: rule book and population < readings < `extends` chain < the scenario itself. Mappings
merge by key and lists of items with an `id` by id; a value or a distribution replaces the one before it whole.
"""

from __future__ import annotations

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
    """A value that a later file replaced."""

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
        return (folder / name).resolve() if not Path(name).is_absolute() else Path(name)
    return SHIPPED / kind / f"{name}.yaml"


def compose(path: Path, instead: dict[str, Any] | None = None) -> Composition:
    """Compose the scenario in this file, with some statements taken from `instead`. Faults are collected, not raised."""
    whole = Composition({}, {}, [])
    chain = _chain(path, whole)
    own = Composition({}, {}, whole.faults)
    for document in chain:  # from the most basic to the scenario itself
        _overlay(own, document.content, document.positions, own.overrides)
    if stated := {key: value for key, value in (instead or {}).items() if value is not None}:
        _overlay(own, stated, {}, own.overrides)
    for key, kind in (("policy", "policy"), ("population", "population")):
        _embed(own, key, kind, chain, whole)
    _apply_readings(own, whole)
    for key, place in (("instruments", "policy"), ("streams", "population")):
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
    while True:
        if path.resolve() in seen:
            circle = " -> ".join(p.name for p in [*seen, path])
            place = documents[-1].positions.get(("extends",), Position(documents[-1].file))
            whole.faults.append(Fault(place, "extends", tr(f"循环引用：{circle}", f"extends itself: {circle}")))
            break
        seen.append(path.resolve())
        document = read_yaml(path)
        if documents and not path.exists():
            place = documents[-1].positions.get(("extends",), Position(documents[-1].file))
            whole.faults.append(Fault(place, "extends", tr(f"找不到 {path}", f"no such file: {path}")))
            break
        whole.files.append(str(path))
        whole.faults += document.faults
        documents.append(document)
        base = document.content.pop("extends", None)
        if base is None:
            break
        if not isinstance(base, str):
            whole.faults.append(Fault(document.positions[("extends",)], "extends", tr("应为文件名", "must be a file name")))
            break
        path = locate(base, path.parent)
    return documents[::-1]


def _embed(own: Composition, key: str, kind: str, chain: list[Document], whole: Composition) -> None:
    """Replace `policy: name` by the content of that file, under the same key."""
    name = own.content.pop(key, None)
    place = own.positions.pop((key,), Position(chain[-1].file if chain else ""))
    if isinstance(name, dict):  # a composed scenario carries its rule book with it
        own.content[key] = name
        return
    if not isinstance(name, str):
        whole.faults.append(Fault(place, key, tr(f"缺少 {key}", f"{key} is missing"), tr(f"例如 {key}: {_EXAMPLE[key]}", f"for example {key}: {_EXAMPLE[key]}")))
        return
    file = locate(name, Path(place.file).parent, kind)
    if not file.exists():
        whole.faults.append(Fault(place, key, tr(f"找不到 {name}", f"no such file: {name}")))
        return
    document = read_yaml(file)
    whole.files.append(str(file))
    whole.faults += document.faults
    _overlay(whole, {key: document.content}, {(key, *at): where for at, where in document.positions.items()}, [])


_EXAMPLE = {"policy": "sh-2024-355", "population": "shanghai"}


def _apply_readings(own: Composition, whole: Composition) -> None:
    """Patch instrument values as the chosen readings say (`set` in the rule book)."""
    chosen = own.content.get("readings") or {}
    readings = whole.content.get("policy", {}).get("readings") or {}
    if not isinstance(chosen, dict) or not isinstance(readings, dict):
        return
    for name, reading in readings.items():
        if not isinstance(reading, dict):
            continue
        choice = (reading.get("choices") or {}).get(str(chosen.get(name, reading.get("default"))))
        for target, value in ((choice or {}).get("set") or {}).items():
            instrument, _, field_ = target.partition(".")
            stated = whole.content["policy"].get("instruments", {}).get(instrument, {}).get(field_)
            if isinstance(stated, dict) and stated.get("value") != value:
                path = ("policy", "instruments", instrument, field_)
                place = own.positions.get(("readings", name))
                whole.overrides.append(Override(path, stated["value"], whole.positions.get(path), value, place))
                stated.update(value=value, basis="assumption", note=f"{name}: {chosen.get(name)}")
                if place:
                    whole.positions[path] = place


def _is_leaf(value: Any) -> bool:
    """Values with their ground, distributions and counts are replaced whole."""
    return not isinstance(value, dict) or "value" in value or bool(value.keys() & (_DISTRIBUTIONS | _COUNTS))


def _overlay(base: Composition, content: dict, positions: dict[Path_, Position], log: list[Override], path: Path_ = ()) -> None:
    """Merge content into base in place, with its positions, and log what is replaced."""
    target = base.content
    for step in path:
        target = target[step]
    for key, value in content.items():
        at = (*path, key)
        old = target.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and not _is_leaf(old) and not _is_leaf(value):
            base.positions.setdefault(at, positions.get(at, Position("")))
            _overlay(base, value, positions, log, at)
            continue
        if _has_ids(old) and _has_ids(value):
            _merge_by_id(base, target, key, old, value, at, positions)
            continue
        if key in target and old != value:
            log.append(Override(at, old, base.positions.get(at), value, positions.get(at)))
        for known in [p for p in base.positions if p[: len(at)] == at]:
            del base.positions[known]
        target[key] = value
        base.positions.update({p: where for p, where in positions.items() if p[: len(at)] == at})


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(i, dict) and "id" in i for i in value)


def _merge_by_id(base: Composition, target: dict, key: Any, old: list, new: list, at: Path_, positions: dict) -> None:
    """Items with the same id are replaced, others appended; positions follow their items."""
    items, places = {}, {}
    for source, where in ((old, base.positions), (new, positions)):
        for i, item in enumerate(source):
            items[item["id"]] = item
            places[item["id"]] = {p[len(at) + 1:]: w for p, w in where.items() if p[: len(at) + 1] == (*at, i)}
    for known in [p for p in base.positions if p[: len(at)] == at and len(p) > len(at)]:
        del base.positions[known]
    target[key] = list(items.values())
    for i, id_ in enumerate(items):
        base.positions.update({(*at, i, *rest): where for rest, where in places[id_].items()})
