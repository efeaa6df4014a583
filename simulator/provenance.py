"""Every value of a scenario with its ground and the file and line it was written in: from any figure to a clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.schema.distributions import Frozen
from simulator.schema.values import BASIS_TITLES, Valued


@dataclass(frozen=True)
class Ground:
    """One value: whose it is, what it says, and why."""

    owner: str
    field: str
    shown: str
    basis: str
    ground: str
    place: str


def instrument_values(scenario: Scenario) -> list[Ground]:
    """Every value of every instrument: with the clause's verbatim quote, or the reason of an assumption."""
    found = []
    for key, rule in scenario.model.policy.instruments.items():
        owner = f"({rule.clause}) {rule.title} {key}"
        found.append(Ground(owner, "quote", "", BASIS_TITLES["document"][language()], rule.quote,
                            _place(scenario, ("policy", "instruments", key, "quote"))))
        for path, value in _valued(rule, ()):
            if ("policy", "instruments", key, *path) not in scenario.positions:
                continue  # a default of the program, not a statement of a file
            ground = f"“{value.quote}”" if value.quote else value.note or ""
            full = ("policy", "instruments", key, *path)
            found.append(Ground(owner, ".".join(path), _shown(scenario, full), BASIS_TITLES[value.basis][language()],
                                _with_source(ground, value), _place(scenario, full)))
    return found


def scenario_values(scenario: Scenario) -> list[Ground]:
    """Every other value: drivers, behaviour, city, energy, appropriation and the population's streams."""
    found = []
    parts: list[tuple[tuple[str, ...], Any]] = [((name,), getattr(scenario.model, name)) for name in
                                                ("drivers", "appropriation", "behaviour", "city", "energy", "population")]
    parts += [(("correlations", str(i)), each) for i, each in enumerate(scenario.model.correlations)]
    for prefix, model in parts:
        for path, value in _valued(model, prefix):
            at = _as_written(scenario, path)
            if at is None:
                continue  # a default of the program, not a statement of a file
            found.append(Ground(prefix[0], ".".join(path), _shown(scenario, at), BASIS_TITLES[value.basis][language()],
                                _with_source(value.quote or value.note or "", value), _place(scenario, at)))
    return found


def _valued(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Valued]]:
    """All values with a ground below a model, with their paths."""
    if isinstance(node, Valued):
        yield path, node
    elif isinstance(node, Frozen):
        for name in type(node).model_fields:
            yield from _valued(getattr(node, name), (*path, name))
    elif isinstance(node, dict):
        for name, inner in node.items():
            yield from _valued(inner, (*path, str(name)))


def _as_written(scenario: Scenario, path: tuple[str, ...]) -> tuple[str | int, ...] | None:
    steps = tuple(int(step) if step.isdigit() else step for step in path)
    return steps if steps in scenario.positions else None


def _shown(scenario: Scenario, path: tuple[str | int, ...]) -> str:
    """The value as it was written, with its unit."""
    node: Any = scenario.content
    for step in path:
        node = node[step]
    return _text(node["value"] if isinstance(node, dict) and "value" in node else node)


def _text(node: Any) -> str:
    if isinstance(node, dict) and set(node) == {"zh", "en"}:
        return str(node[language()])
    if isinstance(node, dict):
        return ", ".join(f"{key} ({_text(value)})" if isinstance(value, dict) else f"{key}: {_text(value)}"
                         for key, value in node.items())
    if isinstance(node, list):
        return " / ".join(_text(item) for item in node)
    if node is None or isinstance(node, bool):
        return {None: tr("无", "none"), True: tr("是", "yes"), False: tr("否", "no")}[node]
    return str(node)


def _with_source(ground: str, value: Valued) -> str:
    return f"{ground} [{value.source}]" if value.source else ground


def _place(scenario: Scenario, path: tuple[str | int, ...]) -> str:
    place = scenario.position(*path)
    return f"{place.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{place.line}" if place else ""
