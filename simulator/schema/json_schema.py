"""JSON Schema of the files, for editors: a scenario that extends another need not state everything."""

from __future__ import annotations

from typing import Any

from simulator.schema.distributions import Frozen
from simulator.schema.policy import Policy
from simulator.schema.population import Population
from simulator.schema.scenario import ScenarioModel


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of `scenario`, `policy` or `population` files."""
    models: dict[str, type[Frozen]] = {"scenario": ScenarioModel, "policy": Policy, "population": Population}
    schema = models[kind].model_json_schema()
    _accept_bare_values(schema)
    if kind == "scenario":
        properties = schema["properties"]
        properties["extends"] = {"type": "string",
                                 "description": "A shipped scenario's name, or a path: this file states only what differs."}
        properties["policy"] = {"anyOf": [{"type": "string"}, properties["policy"]]}
        properties["population"] = {"anyOf": [{"type": "string"}, properties["population"]]}
        for name, owner in (("instruments", "Policy"), ("streams", "Population")):
            properties[name] = schema["$defs"][owner]["properties"][name]
        _ask_for_nothing(schema)  # what is missing comes from the file that is extended; `check` sees the whole
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = f"subsidysim {kind}"
    return schema


def _accept_bare_values(schema: dict[str, Any]) -> None:
    """A value with its ground may be written bare, and so may a constant distribution."""
    definitions = schema.get("$defs", {})
    for name, definition in list(definitions.items()):
        inner = definition.get("properties", {}).get("value") if name.startswith("Valued") else (
            definition.get("properties", {}).get("constant") if name.startswith("Distribution") else None)
        if inner is not None:
            definitions[name] = {"anyOf": [definition, inner], "description": definition.get("description", "")}


def _ask_for_nothing(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("type") == "object" or "properties" in node:
            node.pop("required", None)
        for inner in node.values():
            _ask_for_nothing(inner)
    elif isinstance(node, list):
        for inner in node:
            _ask_for_nothing(inner)
