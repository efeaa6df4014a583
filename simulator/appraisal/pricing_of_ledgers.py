"""Price a whole ledger: row by row, then what rows share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from simulator.appraisal.priced import Line, Priced, as_arrays, line_of
from simulator.appraisal.rows import READ, Columns, cases, first_years
from simulator.appraisal.sharing import settle_products, settle_quotas
from simulator.appraisal.terms import Terms, terms_of
from simulator.ledger import Ledger
from simulator.parallel import in_order
from simulator.pricing import ZERO, Case, Entitlement, best_package, entitle, exactly
from simulator.scenario import Scenario

ROWS_AT_ONCE = 20_000


def price_ledger(ledger: Ledger, scenario: Scenario, *, processes: int | None = None,
                 progress: Callable[[int], None] | None = None) -> Priced:
    """Price every application of a ledger by the scenario's rule book and readings.

    Parameters
    ----------
    ledger : Ledger
        From `read_ledger`.
    scenario : Scenario
        Its rule book and readings count; none of its assumptions but the medians of amounts that the documents leave open.
    processes : int, optional
        For long ledgers; changes nothing.
    progress : callable, optional
        Called with the number of rows priced so far.

    Returns
    -------
    Priced
        Rows that share a product share its cap in the order of filing; those beyond a quota are moved to the next year.
    """
    terms, parts, done = terms_of(scenario), [], 0
    pieces = ((terms, start, {id_: values[start: start + ROWS_AT_ONCE] for id_, values in ledger.columns.items() if id_ in READ})
              for start in range(0, ledger.n, ROWS_AT_ONCE))
    for part in in_order(_price_piece, pieces, processes):
        parts.append(part)
        done += ROWS_AT_ONCE
        if progress:
            progress(min(done, ledger.n))
    priced = Priced(ledger, terms, **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    settle_products(priced)
    settle_quotas(priced)
    return priced


def _price_piece(work: tuple[Terms, int, dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    terms, start, columns = work
    with exactly():
        return as_arrays(list(_lines(terms, columns, start)))


def _lines(terms: Terms, columns: Columns, start: int) -> Iterator[Line]:
    """The lines of some rows, each row priced on its own."""
    years = first_years(columns).tolist()
    for i, case in enumerate(cases(columns)):
        found = entitlements(terms, columns, i, case)
        package = best_package(terms.clauses, found, terms.exclusivity)
        for each in found:
            yield line_of(terms, start + i, each, case, years[i], each.instrument in package)


def entitlements(terms: Terms, columns: Columns, i: int, case: Case, trail: bool = False) -> list[Entitlement]:
    """What a row is entitled to under each instrument that it files for; a terminated project to nothing."""
    keys = columns["instruments"][i].split(";")
    if "status" in columns and columns["status"][i] == "terminated":
        return [Entitlement(key, (ZERO,), "none", ()) for key in keys]
    return [entitle(terms.clauses[key], case, terms.net_of_central, trail=trail) for key in keys]
