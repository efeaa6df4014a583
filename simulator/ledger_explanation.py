"""One project of a ledger, clause by clause, in exact money: the same trail as for a simulated project."""

from __future__ import annotations

import difflib
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from simulator.appraisal import BINDINGS, Priced
from simulator.appraisal.rows import cases
from simulator.errors import SimulatorError
from simulator.explanation import Explanation, Payment
from simulator.language import tr
from simulator.ledger import COLUMNS, MISSING, PER_ONE
from simulator.pricing import ZERO, Entitlement, entitle, exactly


def explain_row(priced: Priced, project: str) -> Explanation:
    """Explain one project of a priced ledger.

    Parameters
    ----------
    priced : Priced
        From `price_ledger`, so that what rows share (caps of a product, quotas) is as it is paid.
    project : str
        Its 项目编号.

    Raises
    ------
    SimulatorError
        If the ledger has no such project; a similar id is named.
    """
    columns, projects = priced.ledger.columns, priced.ledger.columns["project"]
    found = np.flatnonzero(projects == project)
    if not found.size:
        near = difflib.get_close_matches(project, projects.tolist(), n=1, cutoff=0.6) if len(projects) < 100_000 else []
        hint = tr(f"；相近的编号：{near[0]}", f"; a similar id: {near[0]}") if near else ""
        raise SimulatorError(tr(f"台账中没有项目 {project}", f"the ledger has no project {project}") + hint)
    row = int(found[0])
    lines = np.flatnonzero(priced.row == row)
    case = next(cases({id_: values[row: row + 1] for id_, values in columns.items()}))
    terminated = "status" in columns and columns["status"][row] == "terminated"
    entitlements, payments = [], []
    with exactly():
        for line in lines.tolist():
            key = priced.keys[priced.instrument[line]]
            if terminated:
                entitlements.append(Entitlement(key, (ZERO,), "none", ()))
                continue
            each = entitle(priced.terms.clauses[key], case, priced.terms.net_of_central, paid_before=_paid_before(priced, line))
            deferred = BINDINGS[priced.binding[line]] == "quota"
            entitlements.append(Entitlement(key, each.amounts, "quota" if deferred else each.binding, each.steps))
            if priced.in_package[line]:
                payments += [Payment(key, int(year), _yuan(fen), _yuan(fen))
                             for year, fen in zip(priced.paid_year[line], priced.paid[line], strict=True) if year]
    package = frozenset(priced.keys[priced.instrument[line]] for line in lines[priced.in_package[lines]])
    attributes = {id_: said for id_, values in columns.items() if (said := _plain(COLUMNS[id_].kind, values[row])) not in ("", None)}
    return Explanation(project, attributes | {"line": int(priced.ledger.rows[row]), "file": priced.ledger.file}, None, {}, case,
                       tuple(entitlements),
                       package, tuple(payments), "terminated" if terminated else "nominal" if package else "nothing")


def _plain(kind: str, value: Any) -> Any:
    """A value as people write it: money in CNY and shares as exact text, dates as 2026-03-15; None where nothing stands."""
    if isinstance(value, str):
        return value
    if value == MISSING or value != value:
        return None
    if kind in ("money", "share", "points"):
        return str(Decimal(int(value)).scaleb(-2) if kind == "money" else (Decimal(int(value)) / PER_ONE).normalize())
    return date.fromordinal(int(value)).isoformat() if kind == "date" else value.item()


def _paid_before(priced: Priced, line: int) -> Decimal:
    """What other rows of the same product have had of its cap."""
    clause = priced.terms.clauses[priced.keys[priced.instrument[line]]]
    if clause.cap_scope != "product" or priced.left[line] == MISSING or BINDINGS[priced.binding[line]] == "threshold":
        return ZERO
    return clause.cap - _yuan(int(priced.left[line]) + int(priced.entitlement[line]))


def _yuan(fen: int) -> Decimal:
    return Decimal(int(fen)).scaleb(-2)
