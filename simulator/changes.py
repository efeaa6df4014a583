"""Scenarios that differ in some values: made from a loaded one, and told apart again."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.compose import Composition, Override, bare, is_leaf, value_at
from simulator.crosscheck import crosscheck
from simulator.errors import FaultyFiles, Position, SimulatorError
from simulator.language import tr
from simulator.scenario import Scenario, validate
from simulator.schema import ScenarioModel
from simulator.yamlfile import Path_


class _Absent:
    """The only one of its kind; it reads the same in every process."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""A value that a scenario does not state."""
_TITLES = ("name", "title", "question", "extends")
_NOTES = (("note",), ("source",), ("quote",))
# How much of a path makes one change: what lies below belongs together. Others are one change by their first key.
_DEPTHS = {"instruments": 4, "policy": 3, "appropriation": 2, "drivers": 2, "behaviour": 2, "energy": 2, "city": 2, "readings": 2}


@dataclass(frozen=True)
class Change:
    """Values that two scenarios state differently and that belong together, such as a fund's amount and how it is enforced."""

    path: Path_
    values: Mapping[Path_, tuple[Any, Any]]
    """Every path with what the one and the other scenario say; ABSENT where one says nothing."""
    place: Position | None
    """Where the other scenario says so."""

    @property
    def name(self) -> str:
        """As levers are named: upgrade_lease.rate, drivers.award_intensity."""
        return dotted(self.path)


def dotted(path: Path_) -> str:
    """A path as levers are named."""
    return ".".join(map(str, path[2:] if path[:2] == ("policy", "instruments") else path))


def with_values(scenario: Scenario, values: Mapping[Path_, Any], name: str | None = None) -> Scenario:
    """The scenario with other values at some paths of its content, checked as if a file had said so.

    Parameters
    ----------
    values : path -> what a file would write there
        A value with its ground keeps its form: the number is replaced, and its basis is then an assumption. A reading brings
        with it what it sets in the rule book, where the scenario says nothing else.
    name : str, optional
        Of the new scenario.

    Raises
    ------
    SimulatorError
        Naming the field, the value, and what would be right.
    """
    return _changed(scenario, _set_by_reading(scenario, values) | dict(values), name)


def _changed(scenario: Scenario, values: Mapping[Path_, Any], name: str | None) -> Scenario:
    """The scenario with exactly these values."""
    content, overrides = dict(scenario.content), list(scenario.overrides)
    for path, value in values.items():
        overrides.append(Override(path, value_at(content, path), scenario.position(*path), None if value is ABSENT else value, None))
        content = _replaced(content, path, value)
    if name is not None:
        content["name"] = name
    composition = Composition(content, scenario.positions, [], overrides, scenario.files)
    try:
        model = _model_of(scenario.model, content, {_root(path) for path in values}, name)
    except ValueError:
        model = None
    if model is not None and not crosscheck(model, composition):
        return replace(scenario, model=model, content=content, overrides=overrides)
    try:
        return validate(composition)
    except FaultyFiles as error:  # the file is right: what was put in its place is not
        unknown = _unknown(scenario, values)
        said = tr("；", "; ").join(unknown or (f"{fault.field}: {fault.problem}" + (tr("，", ", ") + fault.remedy if fault.remedy else "")
                                              for fault in error.faults))
        raise SimulatorError(tr(f"取值不合适：{said}", f"a value that cannot be: {said}")) from None


def changes_between(one: Scenario, other: Scenario) -> list[Change]:
    """What the other scenario states differently, in the order in which it was written; titles do not count.

    A reading and the values that it sets are one change, and so is a whole population.
    """
    of_reading = _set_by_readings(one, other)
    found: dict[Path_, dict[Path_, tuple[Any, Any]]] = {}
    for path, old, new in _differences(one.content, other.content, ()):
        if path[0] in _TITLES or (path[0] == "readings" and _same_reading(one, other, str(path[1]))):
            continue
        key = next((root for at, root in of_reading.items() if path[: len(at)] == at), _root(path))
        found.setdefault(key, {})[path] = (old, new)
    changes = [Change(path, values, _place(other, path, values)) for path, values in found.items()]
    order = {file: i for i, file in enumerate(other.files)}

    def written(change: Change) -> tuple[int, int, int]:
        place = change.place
        return (order.get(place.file, len(order)), place.line, place.column) if place else (len(order) + 1, 0, 0)

    return sorted(changes, key=written)


def with_changes(one: Scenario, changes: Sequence[Change], name: str) -> Scenario:
    """The one scenario with some of the changes to the other."""
    return _changed(one, {path: new for change in changes for path, (_, new) in change.values.items()}, name)


def _set_by_reading(scenario: Scenario, values: Mapping[Path_, Any]) -> dict[Path_, Any]:
    """What readings among the values set in the rule book, in place of what the reading before them did."""
    found: dict[Path_, Any] = {}
    for name, reading in scenario.model.policy.readings.items():
        chosen = values.get(("readings", name))
        if not isinstance(chosen, str) or chosen not in reading.choices:
            continue
        before = reading.choices[str(getattr(scenario.model.readings, name))].set or {}
        for target, value in (reading.choices[chosen].set or {}).items():
            path = ("policy", "instruments", *target.split("."))
            node = value_at(scenario.content, path)
            if bare(node) != value and bare(node) == before.get(target):  # else the scenario states it itself
                ground = node if isinstance(node, dict) else {}
                found[path] = {**ground, "value": value, "basis": "assumption", "note": f"{name}: {chosen}"}
    return found


_NAMED: tuple[Path_, ...] = (("policy", "instruments"), ("appropriation",), ("population", "streams"))


def _unknown(scenario: Scenario, values: Mapping[Path_, Any]) -> list[str]:
    """What a path names that is not there, with the nearest name: the keys that it lacks are no news then."""
    found = []
    for path in values:
        for at in _NAMED:
            known = value_at(scenario.content, at)
            if path[: len(at)] == at and len(path) > len(at) and (name := path[len(at)]) not in known:
                near = difflib.get_close_matches(str(name), map(str, known), n=1)
                found.append(".".join(map(str, (*at, name))) + ": " + tr(f"未知的名称 {name!r}", f"unknown name {name!r}")
                             + (tr(f"，是否指 {near[0]!r}？", f", did you mean {near[0]!r}?") if near else ""))
    return list(dict.fromkeys(found))


def _same_reading(one: Scenario, other: Scenario, name: str) -> bool:
    """Whether both choose alike, be it that one of them says nothing and takes the default."""
    return bool(getattr(one.model.readings, name) == getattr(other.model.readings, name))


def _set_by_readings(one: Scenario, other: Scenario) -> dict[Path_, Path_]:
    """The paths of values that a reading sets which the two scenarios choose differently -> the path of this reading."""
    found: dict[Path_, Path_] = {}
    for name, reading in other.model.policy.readings.items():
        chosen = {str(getattr(each.model.readings, name)) for each in (one, other)}
        if len(chosen) == 2:
            for target in (target for choice in chosen for target in reading.choices[choice].set or ()):
                found[("policy", "instruments", *target.split("."))] = ("readings", name)
    return found


def _differences(one: Any, other: Any, path: Path_) -> Iterator[tuple[Path_, Any, Any]]:
    """The leaves that differ, in the order of the other."""
    below = [node for node in (one, other) if node is not ABSENT]
    both = len(below) == 2 or path == ("readings",)  # what only one of them has, such as a whole instrument, comes or goes as one
    if both and all(isinstance(node, dict) and not is_leaf(node) for node in below):
        left, right = ({} if node is ABSENT else node for node in (one, other))
        for key in [*right, *(key for key in left if key not in right)]:
            yield from _differences(left.get(key, ABSENT), right.get(key, ABSENT), (*path, key))
    elif (len(below) < 2 or bare(one) != bare(other)) and path[-1:] not in _NOTES:
        yield path, one, other


def _place(other: Scenario, path: Path_, values: Mapping[Path_, Any]) -> Position | None:
    return other.positions.get(path) or next((place for at in values if (place := other.position(*at))), None)


def _root(path: Path_) -> Path_:
    """The path of the change to which a path belongs."""
    return path[: _DEPTHS["instruments"]] if path[:2] == ("policy", "instruments") else path[: _DEPTHS.get(str(path[0]), 1)]


def _replaced(node: Any, path: Path_, value: Any) -> Any:
    """A copy with another value at the path; what does not lie on it is shared."""
    if path:
        below = node if isinstance(node, dict) else {}
        if len(path) == 1 and value is ABSENT:
            return {key: inner for key, inner in below.items() if key != path[0]}
        return {**below, path[0]: _replaced(below.get(path[0]), path[1:], value)}
    if isinstance(node, dict) and "value" in node and not (isinstance(value, dict) and "value" in value):
        return {"value": value, "basis": "assumption"}
    return value


def _model_of(model: ScenarioModel, content: Mapping[str, Any], roots: set[Path_], name: str | None) -> ScenarioModel | None:
    """The model of changed content, of which only the parts below the roots are read again; None where all of it must be."""
    update: dict[str, Any] = {} if name is None else {"name": name}
    policy: dict[str, Any] = {}
    for root in roots:
        key = str(root[0])
        if len(root) < min(_DEPTHS.get(key, 1), 2) or (root[:2] == _NAMED[0] and (len(root) < 3 or value_at(content, root[:3]) is None)):
            return None  # all of it, or an instrument taken away
        if root[:2] == ("policy", "instruments") and (known := model.policy.instruments.get(str(root[2]))):
            policy[str(root[2])] = type(known).model_validate(content["policy"]["instruments"][root[2]])
        elif key == "appropriation" and (fund := model.appropriation.get(str(root[1]))):
            update["appropriation"] = update.get("appropriation", model.appropriation) | {
                str(root[1]): type(fund).model_validate(content["appropriation"][root[1]])}
        elif key in ("behaviour", "drivers", "city", "energy"):
            update[key] = type(getattr(model, key)).model_validate(content[key])
        else:
            return None
    if policy:
        update["policy"] = model.policy.model_copy(update={"instruments": model.policy.instruments | policy})
    return model.model_copy(update=update)
