"""The rows of a ledger as the clauses look at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import numpy as np

from simulator.ledger import MISSING
from simulator.loans import Loan
from simulator.pricing import ZERO, Case

Columns = Mapping[str, np.ndarray]
SETTLED = ("approved", "accepted", "paid", "terminated")
_MONEY = ("investment", "approved_investment", "equipment", "lease_equipment", "incremental_investment", "accepted_investment",
          "loan_principal", "contract", "certification_contract", "software_sales")
READ = {*_MONEY, "project", "instruments", "status", "filing_year", "approved_year", "fixed_asset_share", "tier", "loan_rate", "loan_years",
        "repayment", "drawn_on", "central_points", "central_years"}  # all that pricing looks at
_CENTRAL_YEARS = 2  # 财金〔2026〕2号: where the ledger does not say


def first_years(columns: Columns) -> np.ndarray:
    """int64[row]: 立项年度, else 申报年度."""
    if "approved_year" not in columns:
        return columns["filing_year"]
    return np.where(columns["approved_year"] == MISSING, columns["filing_year"], columns["approved_year"])


def settled_rows(columns: Columns) -> np.ndarray:
    """bool[row]: approved by its status, or by a year of approval where there is no status."""
    n = len(columns["project"])
    status = columns.get("status", np.full(n, "", object))
    approved = columns.get("approved_year", np.full(n, MISSING)) != MISSING
    return np.isin(status, SETTLED) | ((status == "") & approved)


def cases(columns: Columns) -> Iterator[Case]:
    """Every row in turn."""
    n = len(columns["project"])
    money = {id_: _decimals(columns, id_, n, -2) for id_ in _MONEY}
    fixed = _decimals(columns, "fixed_asset_share", n, -8)
    tiers = columns.get("tier", np.full(n, "", object))
    loans = _loans(columns, money["loan_principal"], n)
    for i in range(n):
        approved = money["approved_investment"][i]
        share = fixed[i]
        yield Case(
            investment=(approved if approved is not None else money["investment"][i]) or ZERO,
            equipment=money["equipment"][i] or ZERO,
            fixed_asset_share=Decimal(1) if share is None else share,
            loan=next(loans),
            lease_equipment=money["lease_equipment"][i] or ZERO,
            contracts=(money["contract"][i] or ZERO,),
            certification=money["certification_contract"][i],
            software=money["software_sales"][i],
            tier=tiers[i],
            incremental=money["incremental_investment"][i],
            accepted=money["accepted_investment"][i],
        )


def _loans(columns: Columns, principal: Sequence[Decimal | None], n: int) -> Iterator[Loan | None]:
    rate, points = _decimals(columns, "loan_rate", n, -8), _decimals(columns, "central_points", n, -8)
    years, central, drawn = (_wholes(columns, id_, n, otherwise) for id_, otherwise in (
        ("loan_years", 0), ("central_years", _CENTRAL_YEARS), ("drawn_on", 0)))
    repayment, first = columns.get("repayment", np.full(n, "", object)), first_years(columns).tolist()
    for i in range(n):
        amount, yearly = principal[i], rate[i]
        if amount is None or yearly is None or not years[i]:
            yield None
            continue
        yield Loan(amount, (yearly,) * 3, years[i], years[i] - 1 if repayment[i] == "bullet" else 0, repayment[i] == "equal_payment", None,
                   points[i] or ZERO, central[i], first[i], date.fromordinal(drawn[i]) if drawn[i] else None)


def _decimals(columns: Columns, id_: str, n: int, places: int) -> Sequence[Decimal | None]:
    """A column of whole numbers as Decimals: money in CNY, shares of 1."""
    if id_ not in columns:
        return [None] * n
    return [None if value == MISSING else Decimal(value).scaleb(places) for value in columns[id_].tolist()]


def _wholes(columns: Columns, id_: str, n: int, otherwise: int) -> Sequence[int]:
    if id_ not in columns:
        return [otherwise] * n
    return [otherwise if value == MISSING else value for value in columns[id_].tolist()]
