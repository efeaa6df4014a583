"""A loaded scenario: validated values, where each of them came from, and every fault in one report."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from simulator.compose import SHIPPED, Composition, Override, compose, exists, locate
from simulator.crosscheck import crosscheck
from simulator.errors import Fault, FaultyFiles, Position, SimulatorError
from simulator.language import tr
from simulator.schema import ScenarioModel
from simulator.yamlfile import Path_, read_yaml


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario with its rule book and population. `model` holds the values; the rest says where they came from."""

    model: ScenarioModel
    content: dict[str, Any] = field(repr=False)
    """As written, composed: plain values with their units."""
    positions: dict[Path_, Position] = field(repr=False)
    overrides: list[Override] = field(repr=False)
    files: list[str] = field(repr=False)

    @property
    def name(self) -> str:
        """Identifier, used in folders and as coordinate."""
        return self.model.name

    def position(self, *path: str | int) -> Position | None:
        """Where the value at this path was written, or the nearest thing around it."""
        for length in range(len(path), 0, -1):
            if place := self.positions.get(tuple(path[:length])):
                return place
        return None

    def renamed(self, name: str) -> Scenario:
        """The same scenario under another name, to stand beside itself in one run."""
        return replace(self, model=self.model.model_copy(update={"name": name}), content={**self.content, "name": name})

    def with_draws(self, draws: int) -> Scenario:
        """The same scenario stating another number of draws."""
        return replace(self, model=self.model.model_copy(update={"draws": draws}), content={**self.content, "draws": draws})

    def with_seed(self, seed: int) -> Scenario:
        """The same scenario with other luck."""
        return replace(self, model=self.model.model_copy(update={"seed": seed}), content={**self.content, "seed": seed})

    @cached_property
    def text(self) -> str:
        """The composed scenario as JSON, which is YAML: it can be loaded again and gives the same results."""
        return json.dumps(self.content, ensure_ascii=False, indent=1)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the composed scenario."""
        return hashlib.sha256(json.dumps(self.content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

    @cached_property
    def population_digest(self) -> str:
        """Scenarios with the same value can be simulated in one pass over the same luck."""
        parts = {key: self.content[key] for key in ("population", "years", "draws", "seed")}
        parts["instruments"] = [[key, *(rule.tiers or ())] for key, rule in self.model.policy.instruments.items()]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()  # of all of it the order counts


def load_scenario(name: str | Path, *, draws: int | None = None, seed: int | None = None,
                  readings: dict[str, str] | None = None) -> Scenario:
    """Load a scenario by its shipped name (`baseline`) or its path.

    Parameters
    ----------
    name : str or Path
        A shipped scenario's name, or the path of a file that ends in .yaml.
    draws, seed : int, optional
        Instead of the scenario's own.
    readings : dict, optional
        Readings 口径 instead of the scenario's own, for example {"exclusivity": "stack"}.

    Raises
    ------
    FaultyFiles
        With every fault of all files that take part: file:line:column, field, value and remedy.
    """
    path = find_scenario(name)
    composition = compose(path, {"draws": draws, "seed": seed, "readings": readings})
    return validate(composition)


def load_rule_book(name: str | Path, *, readings: dict[str, str] | None = None) -> Scenario:
    """The baseline under another rule book, or a scenario, for what concerns clauses only.

    Parameters
    ----------
    name : str or Path
        A shipped rule book or scenario (`sh-2024-355`, `stacking_full`), or the path of a .yaml file of either kind.
    readings : dict, optional
        Readings 口径 instead of the defaults.
    """
    as_policy = locate(str(name), Path.cwd(), "policy")
    if exists(as_policy) and {"text", "instruments"} <= read_yaml(as_policy).content.keys():
        return validate(compose(SHIPPED / "baseline.yaml", {"readings": readings, "policy": str(as_policy)}))
    return load_scenario(name, readings=readings)


def load_scenarios(names: Sequence[str | Path], *, draws: int | None = None, seed: int | None = None,
                   readings: dict[str, str] | None = None) -> list[Scenario]:
    """Load several scenarios for one pass; the faults of all of them come in one report.

    A name that is taken already gets a number: `run baseline baseline` compares baseline with baseline.2.
    """
    loaded: list[Scenario] = []
    faults: list[Fault] = []
    for name in names:
        instead = {"draws": draws, "seed": seed, "readings": readings}
        try:
            scenario = validate(compose(find_scenario(name), instead))
            taken = {each.name for each in loaded}
            if scenario.name in taken:
                number = next(n for n in range(2, len(names) + 2) if f"{scenario.name}.{n}" not in taken)
                scenario = scenario.renamed(f"{scenario.name}.{number}")
            loaded.append(scenario)
        except FaultyFiles as error:
            faults += error.faults
    if faults:
        raise FaultyFiles(_once(faults))
    return loaded


def find_scenario(name: str | Path) -> Path:
    """The file of a scenario; SimulatorError names the nearest right one."""
    path = locate(str(name), Path.cwd())
    if exists(path):
        return path
    near = difflib.get_close_matches(str(name), shipped_scenarios(), n=1)
    hint = tr(f"；是否指 {near[0]}？", f"; did you mean {near[0]}?") if near else ""
    raise SimulatorError(tr(f"找不到情景 {name}", f"no such scenario: {name}") + hint
                         + tr("（subsidysim list scenarios 列出全部）", " (see subsidysim list scenarios)"))


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that come with the installation, the baseline first."""
    return sorted((file.stem for file in SHIPPED.glob("*.yaml")), key=lambda name: (name != "baseline", name))


def validate(composition: Composition) -> Scenario:
    """Check a composed scenario as a whole."""
    faults = list(composition.faults)
    if any(fault.field in ("", "extends") for fault in faults):  # half of it is not there: say only that
        raise FaultyFiles(_once(faults))
    try:
        model = ScenarioModel.model_validate(composition.content)
    except ValidationError as error:
        raise FaultyFiles(_once(faults + _schema_faults(error, composition))) from None
    faults += crosscheck(model, composition)
    if faults:
        raise FaultyFiles(_once(faults))
    return Scenario(model, composition.content, composition.positions, composition.overrides, composition.files)


def _once(faults: list[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def _schema_faults(error: ValidationError, composition: Composition) -> list[Fault]:
    """The faults that the schema finds, without echoes of a fault that is known already or of one inside it."""
    found = [(_fault(problem, composition), problem) for problem in error.errors()]
    fields = [fault.field for fault, _ in found]

    def echo(fault: Fault, problem: Any) -> bool:
        if problem["type"] == "missing" and len(problem["loc"]) == 1:
            return any(known.field == problem["loc"][0] for known in composition.faults)
        if problem["type"] in ("dict_type", "model_type") and fields.count(fault.field) > 1:
            return True  # another member of a union says what an amount should look like
        if isinstance(problem["input"], dict) and problem["type"] == "value_error":
            return any(field_.startswith(f"{fault.field}.") for field_ in fields)
        return any(known.field and fault.field.endswith(known.field) and known.position.file == fault.position.file
                   for known in composition.faults)

    return [fault for fault, problem in found if not echo(fault, problem)]


def _fault(problem: Any, composition: Composition) -> Fault:
    """One pydantic error as a fault with its place, its value and the nearest right key."""
    path: Path_ = ()
    place, node = Position(composition.files[0]), cast(Any, composition.content)
    for step in problem["loc"]:  # pydantic names union members and wrappers, files do not: keep what a file has
        if (isinstance(node, dict) and step in node) or (isinstance(node, list) and step in range(len(node))):
            path, node = (*path, step), node[step]
            place = composition.positions.get(path, place)
    kind, value = problem["type"], problem["input"]
    field_, remedy = ".".join(map(str, path)), ""
    shown = repr(value) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__
    if kind == "extra_forbidden":
        key = problem["loc"][-1]
        near = difflib.get_close_matches(str(key), keys_at(ScenarioModel, problem["loc"][:-1]), n=1, cutoff=0.5)
        text = tr(f"未知的键 {str(key)!r}", f"unknown key {str(key)!r}")
        remedy = tr(f"是否指 {near[0]!r}？", f"did you mean {near[0]!r}?") if near else ""
    elif kind == "missing" and isinstance(problem["loc"][-1], int):
        text = tr("项数太少", "too few items")
    elif kind == "missing":
        text = tr(f"缺少 {problem['loc'][-1]}", f"{problem['loc'][-1]} is missing")
    elif kind == "value_error":
        text = str(problem["ctx"]["error"])
    else:
        text = _translated(problem) + tr(f"，得到 {shown}", f", got {shown}")
        if kind == "literal_error":
            choices = [c.strip(" '") for c in problem["ctx"]["expected"].replace(" or ", ", ").split(",")]
            near = difflib.get_close_matches(str(value), choices, n=1)
            remedy = tr(f"是否指 {near[0]!r}？", f"did you mean {near[0]!r}?") if near else ""
    return Fault(place, field_, text, remedy)


def _translated(problem: Any) -> str:
    context = problem.get("ctx", {})
    zh = {
        "less_than_equal": "应不大于 {le}", "greater_than_equal": "应不小于 {ge}", "greater_than": "应大于 {gt}",
        "less_than": "应小于 {lt}", "literal_error": "应为 {expected}", "string_type": "应为文字",
        "int_type": "应为整数", "float_type": "应为数字", "bool_type": "应为 true 或 false",
        "dict_type": "应为“键: 值”", "model_type": "应为“键: 值”", "list_type": "应为列表", "tuple_type": "应为列表",
        "too_short": "项数太少", "too_long": "项数太多", "string_pattern_mismatch": "应符合 {pattern}",
        "finite_number": "应为有限的数",
    }.get(problem["type"])
    if "expected" in context:
        context = {**context, "expected": str(context["expected"]).replace(" or ", "、").replace(", ", "、")}
    return tr(zh.format(**context) if zh else problem["msg"], problem["msg"][0].lower() + problem["msg"][1:])


def keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand at a path of a model: for "did you mean"."""
    annotation: Any = model
    for step in path:
        annotation = _step(annotation, step)
    return [key for candidate in _models(annotation) for key in candidate.model_fields]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for inner in get_args(annotation) for found in _models(inner)]


def _step(annotation: Any, step: str | int) -> Any:
    for candidate in _models(annotation):
        if step in candidate.model_fields:
            return candidate.model_fields[str(step)].annotation
        if "value" in candidate.model_fields and len(_models(candidate.model_fields["value"].annotation)):
            inner = _step(candidate.model_fields["value"].annotation, step)
            if inner is not None:
                return inner
    return annotation  # a key of a mapping or an index of a list: what it holds is what its models say
