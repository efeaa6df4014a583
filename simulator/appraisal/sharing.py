"""What rows of a ledger share: the cap of one product, and the places of a year's quota."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from simulator.appraisal.priced import BINDINGS, Line, Priced, line_of
from simulator.appraisal.rows import cases, settled_rows
from simulator.ledger import MISSING
from simulator.ledger.names import comparable
from simulator.pricing import ZERO, Case, best_package, entitle, exactly

_QUOTA = BINDINGS.index("quota")


def settle_products(priced: Priced) -> None:
    """Rows of one product share its cap, those approved first, then by filing; it has either of two clauses that never stack.

    A row uses up of the cap what its package pays, and the next gets its own share of what is left: headroom.
    """
    products = priced.ledger.columns.get("product")
    if products is None:
        return
    codes = [code for key, code in priced.terms.codes.items()
             if priced.terms.clauses[key].cap_scope == "product" or not priced.terms.clauses[key].stackable]
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row in np.unique(priced.row[np.isin(priced.instrument, codes)]).tolist():
        if products[row]:
            rows_of[comparable(products[row])].append(row)
    settled = settled_rows(priced.ledger.columns)
    with exactly():
        for rows in rows_of.values():
            if len(rows) > 1:
                _settle_product(priced, sorted(rows, key=lambda row: (not settled[row], *_order(priced, row))))


def by_filing(priced: Priced, line: int) -> tuple[int, int, int]:
    """Place of a line in the order of filing: by year and day, then as the rows stand."""
    return _order(priced, int(priced.row[line]))


def by_score(priced: Priced, line: int) -> tuple[float, tuple[int, int, int]]:
    """Place of a line in the order of assessment: the best score first, none last, then by filing."""
    score = priced.ledger.columns["score"][priced.row[line]] if "score" in priced.ledger.columns else np.nan
    return (np.inf if np.isnan(score) else -score), by_filing(priced, line)


def _order(priced: Priced, row: int) -> tuple[int, int, int]:
    columns = priced.ledger.columns
    filed_on = int(columns["filed_on"][row]) if "filed_on" in columns else MISSING
    return int(columns["filing_year"][row]), np.iinfo(np.int64).max if filed_on == MISSING else filed_on, row


def _settle_product(priced: Priced, rows: list[int]) -> None:
    terms, columns = priced.terms, priced.ledger.columns
    some = {id_: values[rows] for id_, values in columns.items()}
    looked_at = list(cases(some))
    filed = {key for row in rows for key in columns["instruments"][row].split(";")}
    alone = [key for key in terms.clauses if key in filed and not terms.clauses[key].stackable]
    best: list[Line] = []
    for allowed in alone or [""]:
        lines = _in_turn(priced, rows, looked_at, {key for key in alone if key != allowed})
        if not best or _paid(lines) > _paid(best):
            best = lines
    for line in best:
        _write(priced, line)


def _in_turn(priced: Priced, rows: list[int], looked_at: list[Case], barred: set[str]) -> list[Line]:
    """The lines of all rows of a product, each after those filed before it; `barred` clauses are in no package."""
    terms, columns = priced.terms, priced.ledger.columns
    used, years = dict.fromkeys(terms.clauses, ZERO), priced.first_years
    lines = []
    for row, case in zip(rows, looked_at, strict=True):
        if "status" in columns and columns["status"][row] == "terminated":
            continue
        shared = {key: used[key] if terms.clauses[key].cap_scope == "product" else ZERO for key in columns["instruments"][row].split(";")}
        found = [entitle(terms.clauses[key], case, terms.net_of_central, trail=False, paid_before=before) for key, before in shared.items()]
        package = best_package(terms.clauses, [each for each in found if each.instrument not in barred], terms.exclusivity)
        for each in found:
            chosen = each.instrument in package
            lines.append(line_of(terms, row, each, case, int(years[row]), chosen, shared[each.instrument]))
            used[each.instrument] += each.total if chosen else ZERO
    return lines


def _paid(lines: Iterable[Line]) -> int:
    """What the packages of these lines pay. [分]"""
    return sum(line[2] for line in lines if line[5])


def _write(priced: Priced, line: Line) -> None:
    """Put a line in the place of the one before."""
    row, code, entitlement, binding, left, chosen, *dated = line
    at = int(np.searchsorted(priced.row, row))  # lines stand in the order of rows
    while priced.instrument[at] != code:
        at += 1
    priced.entitlement[at], priced.binding[at], priced.left[at], priced.in_package[at] = entitlement, binding, left, chosen
    for name, values in zip(("accrued_year", "accrued", "paid_year", "paid"), dated, strict=True):
        getattr(priced, name)[at] = values


def settle_quotas(priced: Priced) -> None:
    """Beyond the places of a year, applications that are not yet approved wait for the next: by score, then by filing.

    Those approved are facts and take their places first; those that wait go before the new ones of the next year.
    """
    columns = priced.ledger.columns
    approved = columns.get("approved_year", np.full(priced.ledger.n, MISSING))
    for key, code in priced.terms.codes.items():
        places = priced.terms.clauses[key].places
        if places is None:
            continue
        mine = np.flatnonzero((priced.instrument == code) & priced.in_package & (priced.entitlement > 0))
        taken: dict[int, int] = defaultdict(int)
        for line in mine:
            if approved[priced.row[line]] != MISSING:
                taken[int(approved[priced.row[line]])] += 1
        new: dict[int, list[int]] = defaultdict(list)
        for line in mine:
            if approved[priced.row[line]] == MISSING:
                new[int(columns["filing_year"][priced.row[line]])].append(int(line))
        _allot(priced, new, taken, places)


def _allot(priced: Priced, new: dict[int, list[int]], taken: dict[int, int], places: int) -> None:
    waiting: list[int] = []
    year = min(new, default=0)
    while places and (waiting or any(later >= year for later in new)):
        waiting += sorted(new.get(year, []), key=lambda line: by_score(priced, line))
        free = max(places - taken[year], 0)
        for line in waiting[free:]:
            priced.binding[line] = _QUOTA
            for name in ("accrued_year", "paid_year"):
                years = getattr(priced, name)[line]
                years[years > 0] += 1
        waiting = waiting[free:]
        year += 1

