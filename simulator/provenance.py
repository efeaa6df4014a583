"""Every value of a scenario with its ground and the file and line it was written in: from any figure to a clause."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from simulator.compose import bare, value_at
from simulator.language import language, tr
from simulator.scenario import Scenario
from simulator.schema.distributions import Frozen
from simulator.schema.values import BASIS_TITLES, Basis, Valued
from simulator.yamlfile import Path_


@dataclass(frozen=True)
class Ground:
    """One value: whose it is, what it says, and why."""

    owner: str
    field: str
    shown: str
    basis: str
    ground: str
    place: str


@cache
def program_hash() -> str:
    """Hash of the whole program and of the shipped scenarios: what decides a number besides the run."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for folder in ("kernels", "simulator", "scenarios"):
        for file in sorted(each for suffix in ("py", "yaml") for each in (root / folder).rglob(f"*.{suffix}")):
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def instrument_values(scenario: Scenario) -> list[Ground]:
    """Every value of every instrument: with the clause's verbatim quote, or the reason of an assumption."""
    found = []
    for key, rule in scenario.model.policy.instruments.items():
        owner = f"({rule.clause}) {rule.title} {key}"
        at: Path_ = ("policy", "instruments", key)
        found.append(Ground(owner, "quote", "", BASIS_TITLES["document"][language()], rule.quote, _place(scenario, (*at, "quote"))))
        found += _grounds(scenario, owner, rule, at, ())
        for part in (rule.quota.parts or {}) if rule.quota else ():
            found.append(_plain(scenario, owner, f"quota.parts.{part}", (*at, "quota", "parts", part), "document",
                                rule.quota.note or "" if rule.quota else ""))
    return found


def scenario_values(scenario: Scenario) -> list[Ground]:
    """Every other value: drivers, behaviour, city, energy, appropriation and the population's streams."""
    model = scenario.model
    found: list[Ground] = []
    for name in ("drivers", "appropriation", "behaviour", "city", "energy", "population"):
        found += _grounds(scenario, name, getattr(model, name), (name,), (name,))
    for fund in model.appropriation:
        for name in ("enforce", "rule", "wait_years"):
            at: Path_ = ("appropriation", fund, name)
            reason = tr("预算的执行方式，由情景选定", "how the budget is enforced, chosen by the scenario")
            found.append(_plain(scenario, "appropriation", ".".join(map(str, at)), at, "assumption", reason))
    found.append(_plain(scenario, "city", "city.base_year", ("city", "base_year"), "document",
                        tr("目标以2023年为基年", "the targets are against 2023")))
    for i, correlation in enumerate(model.correlations):
        found += _grounds(scenario, "correlations", correlation, ("correlations", i), ("correlations", str(i)))
    return found


def _grounds(scenario: Scenario, owner: str, node: Any, at: Path_, shown: tuple[str, ...]) -> Iterator[Ground]:
    """The stated values below a model; defaults of the program are no statement of a file."""
    for path, value in _valued(node, ()):
        full = (*at, *(int(step) if step.isdigit() else step for step in path))
        if full in scenario.positions:
            yield Ground(owner, ".".join((*shown, *path)), _shown(scenario, full), BASIS_TITLES[value.basis][language()],
                         _reason(scenario, at, path, value), _place(scenario, full))


def _plain(scenario: Scenario, owner: str, field: str, at: Path_, basis: Basis, reason: str) -> Ground:
    """A value that stands in a file without a ground of its own."""
    return Ground(owner, field, _shown(scenario, at), BASIS_TITLES[basis][language()], reason, _place(scenario, at))


def _reason(scenario: Scenario, at: Path_, path: tuple[str, ...], value: Valued) -> str:
    """The quote, or the note with its source; a fund speaks for itself."""
    reason = f"“{value.quote}”" if value.quote else value.note or ""
    if path == ("fund",) and not reason:
        reason = scenario.model.policy.funds[value.value].note or ""
    if not reason and at[0] == "population":
        reason = tr("未公布，取常见值", "not published; a usual value")
    return f"{reason} [{value.source}]" if value.source else reason


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


def _shown(scenario: Scenario, path: tuple[str | int, ...]) -> str:
    """The value as it was written, with its unit."""
    return as_text(bare(value_at(scenario.content, path)))


def as_text(node: Any) -> str:
    """A value as a file writes it, in the language."""
    if isinstance(node, dict) and set(node) == {"zh", "en"}:
        return str(node[language()])
    if isinstance(node, dict):
        return ", ".join(f"{key} ({as_text(value)})" if isinstance(value, dict) else f"{key}: {as_text(value)}"
                         for key, value in node.items())
    if isinstance(node, list):
        return " / ".join(as_text(item) for item in node)
    if node is None or isinstance(node, bool):
        return {None: tr("无", "none"), True: tr("是", "yes"), False: tr("否", "no")}[node]
    return str(node)


def _place(scenario: Scenario, path: tuple[str | int, ...]) -> str:
    place = scenario.position(*path)
    return f"{place.file.replace(chr(92), '/').rsplit('/', 1)[-1]}:{place.line}" if place else ""
