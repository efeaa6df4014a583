"""What becomes of the rows of a sample until the day of the ledger: approval, acceptance, payments as the clauses price them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from simulator.appraisal import Priced, price_ledger
from simulator.ledger import MISSING, Ledger
from simulator.scenario import Scenario
from simulator.schema.population import Stream

_CUT = 0.3  # of the approvals: the investment is approved at less than was planned
_UNPAID = 0.15  # of those accepted: the last payment is still to come
_YEAR = 365.25
_STATUSES = ("planned", "filed", "terminated", "approved", "accepted", "paid")


def decide(columns: dict[str, np.ndarray], scenario: Scenario, as_of: date, kinds: Sequence[tuple[str, Stream]],
           rng: np.random.Generator) -> None:
    """Fill in status, approval, acceptance and payments; `kinds` says the stream of every row."""
    n, today = len(kinds), as_of.toordinal()
    filed_on = columns["filed_on"]
    filed = filed_on != MISSING
    drawn = columns["drawn_on"]
    drawn[:] = np.where((drawn == MISSING) | ~filed, MISSING, filed_on + drawn)
    model = scenario.model
    usual = model.drivers.approval_level.value.mean()
    chance = np.array([stream.approval.value if stream.approval else usual for _, stream in kinds])
    executed = np.array([stream.outcome == "executed" for _, stream in kinds])
    decided_on = np.where(filed, filed_on, today) + (model.behaviour.approval_lag.value * _YEAR * rng.uniform(0.7, 1.6, n)).astype(np.int64)
    decided = filed & (decided_on <= today)
    approved = decided & (rng.random(n) < chance)
    _approve(columns, approved, decided_on, rng)
    weights = np.array(list(model.drivers.outcome.value.model_dump().values()))  # complete, partial, late, cancelled
    ending = np.where(executed, 0, rng.choice(4, n, p=weights / weights.sum()))
    building = np.where(executed, rng.uniform(0.05, 0.3, n), model.behaviour.build_time.value.ppf(rng.random(n)))
    accepted = approved & (ending < 3) & (decided_on + building * _YEAR + (ending == 2) * model.behaviour.lateness.value * _YEAR <= today)
    _accept(columns, accepted & ~executed, ending == 1, scenario, rng)
    cancelled = approved & (ending == 3)
    columns["status"][:] = np.select([~filed, cancelled, approved, decided], ["planned", "terminated", "approved", "terminated"], "filed")
    columns["score"][~decided & (rng.random(n) < 0.5)] = np.nan
    _pay(columns, scenario, as_of, approved & ~cancelled, accepted, executed, rng)


def _approve(columns: dict[str, np.ndarray], approved: np.ndarray, decided_on: np.ndarray, rng: np.random.Generator) -> None:
    """The year of approval, and the investment that is approved."""
    n = len(approved)
    years = np.array([date.fromordinal(day).year for day in decided_on.tolist()])
    columns["approved_year"][:] = np.where(approved, years, MISSING)
    planned = columns["investment"]
    lower = np.where(rng.random(n) < _CUT, rng.uniform(0.9, 1.0, n), 1.0)
    columns["approved_investment"][:] = np.where(approved & (planned != MISSING), np.minimum(_to_wan(planned * lower), planned), MISSING)


def _accept(columns: dict[str, np.ndarray], accepted: np.ndarray, partial: np.ndarray, scenario: Scenario,
            rng: np.random.Generator) -> None:
    """The investment that is accepted."""
    n, behaviour = len(accepted), scenario.model.behaviour
    done = np.where(partial, rng.uniform(*behaviour.partial.value, n), 1.0) * (1 - behaviour.acceptance_cut.value.ppf(rng.random(n)))
    approved = columns["approved_investment"]
    columns["accepted_investment"][:] = np.where(accepted & (approved != MISSING), np.minimum(_to_wan(approved * done), approved), MISSING)


def _to_wan(fen: np.ndarray) -> np.ndarray:
    """To 100元, at least that much. [分]"""
    return (np.maximum(np.round(fen / 10_000), 1) * 10_000).astype(np.int64)


def _pay(columns: dict[str, np.ndarray], scenario: Scenario, as_of: date, alive: np.ndarray, accepted: np.ndarray, executed: np.ndarray,
         rng: np.random.Generator) -> None:
    """What has been paid by the day of the ledger, and the statuses that follow; an approval that pays nothing is none."""
    n = len(alive)
    priced = price_ledger(Ledger("", "", "", np.arange(1, n + 1), columns, {}), scenario, processes=1)
    entitled, so_far, last = _payments(priced, as_of.year, accepted | executed)
    refused = alive & (entitled == 0)
    columns["status"][refused] = "terminated"
    for id_ in ("approved_year", "approved_investment", "accepted_investment"):
        columns[id_][refused] = MISSING
    alive = alive & ~refused
    late = alive & accepted & ~executed & (rng.random(n) < _UNPAID) & (so_far == entitled)
    so_far = np.where(late, so_far - last, so_far)
    columns["paid"][:] = np.where(alive, so_far, MISSING)
    columns["status"][alive & accepted] = "accepted"
    columns["status"][alive & (accepted | executed) & (so_far == entitled)] = "paid"


def _payments(priced: Priced, year: int, finished: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By row: the package, what of it is paid up to `year`, and the last of these payments. [分]"""
    n, lines = priced.ledger.n, np.flatnonzero(priced.in_package)
    rows, paid_year, paid = priced.row[lines], priced.paid_year[lines], priced.paid[lines]
    in_arrears = np.array([clause.payout == "in_arrears" for clause in priced.terms.clauses.values()])[priced.instrument[lines]]
    approved = priced.ledger.columns["approved_year"][rows]
    due = (paid_year > 0) & (paid_year <= year) & ((in_arrears | finished[rows])[:, None] | (paid_year == approved[:, None]))
    entitled, so_far, last = (np.zeros(n, np.int64) for _ in range(3))
    np.add.at(entitled, rows, priced.entitlement[lines])
    np.add.at(so_far, rows, np.where(due, paid, 0).sum(axis=1))
    place = np.where(due, np.arange(paid.shape[1]), -1).max(axis=1)
    np.maximum.at(last, rows, np.where(place >= 0, paid[np.arange(len(lines)), np.maximum(place, 0)], 0))
    return entitled, so_far, last
