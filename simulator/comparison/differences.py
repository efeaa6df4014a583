"""What two scenarios state differently, value by value, as a reader is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.changes import ABSENT, changes_between, dotted
from simulator.compose import bare
from simulator.language import tr
from simulator.provenance import as_text
from simulator.scenario import Scenario

_KINDS = ("policy", "readings", "population", "appropriation", "years", "draws", "seed")


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same in two scenarios or runs."""

    kind: str
    """policy, readings, population, assumptions, appropriation, years, draws, seed, ledger, program or libraries."""
    what: str
    before: str
    after: str


def differences_between(one: Scenario, other: Scenario) -> list[Difference]:
    """Every value that the other states differently, in the order in which it was written; of a reading what either chooses.

    A value that a reading sets is told with the reading's kind.
    """
    found = []
    for change in changes_between(one, other):
        kind = str(change.path[0]) if change.path[0] in _KINDS else "assumptions"
        for path, pair in change.values.items():
            before, after = (_said(of, path, node) for of, node in zip((one, other), pair, strict=True))
            found.append(Difference(kind, dotted(path), before, after))
    return found


def _said(scenario: Scenario, path: Any, node: Any) -> str:
    """A value as text; a reading that is not stated takes its default."""
    if path[0] == "readings" and len(path) > 1:
        return str(getattr(scenario.model.readings, str(path[1])))
    return tr("未写", "not stated") if node is ABSENT else as_text(bare(node))
