"""Equipment, finance and loans of one stream: what the ledger has columns and enough rows for."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import attributes, rates
from simulator.fitting.attributes import FEWEST, MODES, digits
from simulator.fitting.findings import Fitted, shown, too_few
from simulator.language import tr
from simulator.scenario import Scenario

_MOST_CONTRACTS = 3  # of a product, as far as contracts are added up


def learn_attributes(found: Fitted, table: Table, group: Applications, scenario: Scenario) -> None:
    """Equipment, renewal, finance and loans of one stream."""
    key, at = group.key, ("streams", group.key)
    shares = {
        "equipment_share": attributes.equipment_shares(table, group) if table.has("equipment") else None,
        "renewal_share": attributes.within(table.shares("renewal_share")[group.rows]) if table.has("renewal_share") else None,
    }
    for name, values in shares.items():
        if values is None or not len(values):
            continue
        if len(values) < FEWEST:
            found.leave(key, name, too_few(len(values)))
            continue
        _learn_share(found, key, name, values)
    if group.contracts.max() > 1:
        found.add(key, "contracts", rates.mean(group.contracts))
        found.state((*at, "contracts"), discrete(np.minimum(group.contracts, _MOST_CONTRACTS)), group.n)
    if group.stream.finance is not None:
        _learn_finance(found, table, group, scenario)


def _learn_share(found: Fitted, key: str, name: str, values: np.ndarray, note: str = "") -> None:
    """Mean and spread of a share, and the beta distribution that has both."""
    mean, spread = rates.mean(values), rates.spread(values)
    found.add(key, name, mean, "share", "", note)
    found.add(key, f"{name}.spread", spread, "share")
    found.state(("streams", key, name), attributes.beta_of(values), len(values),
                tr(f"均值 {shown(mean, 'share')}，标准差 {shown(spread, 'share')}",
                   f"mean {shown(mean, 'share')}, standard deviation {shown(spread, 'share')}"), note)


def _learn_finance(found: Fitted, table: Table, group: Applications, scenario: Scenario) -> None:
    key, at = group.key, ("streams", group.key)
    if group.n < FEWEST:
        found.leave(key, "finance", too_few(group.n))
        return
    modes = attributes.modes(table, group)
    shares = attributes.shares_of(modes, MODES)
    if not shares:
        found.leave(key, "finance", tr("台账没有贷款或租赁列", "the ledger has no column of loans or leases"))
    for mode, each in shares.items():
        found.add(key, "finance", each, "share", mode)
    if shares and shares["own"].value < 1:
        _state_finance(found, group, scenario, {mode: each.value for mode, each in shares.items()})
    debt = attributes.debt_shares(table, group)
    leased = attributes.leased_shares(table, group) if table.has("lease_equipment") else np.empty(0)
    for name, values in (("loan_to_investment", debt[np.isfinite(debt)]), ("lease_to_equipment", leased)):
        if len(values) >= FEWEST:
            _learn_share(found, key, name, values)
        else:
            found.leave(key, name, too_few(len(values)))
    if ("streams", key, "loan_to_investment") in found.statements and group.stream.loan_size_elasticity.value:
        found.state((*at, "loan_size_elasticity"), 0, int(np.isfinite(debt).sum()),
                    tr("贷款占比取申报项目的均值，不再随规模变化", "the debt share is the mean of those that file, whatever their size"))
    _learn_terms(found, table, group, scenario)


def _state_finance(found: Fitted, group: Applications, scenario: Scenario, shares: dict[str, float]) -> None:
    """Own money: whoever has neither loan nor lease files only where some clause pays for that from the same size on."""
    rules = scenario.model.policy.instruments
    others = [rules[name] for name in group.stream.files_for if rules[name].base.value not in ("loan_interest", "lease_equipment")]
    least = min(((rule.threshold.value or 0.0) if rule.threshold else 0.0 for rule in others), default=np.inf)
    said = ""
    if least > group.threshold and shares["own"] > 0:
        rest = 1 - shares["own"]
        shares = {mode: value / rest if mode != "own" else 0.0 for mode, value in shares.items()}
        said = tr("既无贷款也无租赁的只有大项目能申报，按其余方式分摊",
                  "those with neither loan nor lease can file only if very large: shared out over the other ways")
    written = {mode: round(value, 6) for mode, value in shares.items()}
    largest = max(written, key=lambda mode: written[mode])
    written[largest] = round(1 - sum(value for mode, value in written.items() if mode != largest), 6)
    found.state(("streams", group.key, "finance"), written, group.n, said)


def _learn_terms(found: Fitted, table: Table, group: Applications, scenario: Scenario) -> None:
    """Terms and spreads of loans."""
    key = group.key
    terms = table.numbers("loan_years")[group.rows]
    terms = terms[np.isfinite(terms) & (terms > 0)]
    if len(terms) >= FEWEST:
        mean = rates.mean(terms)
        found.add(key, "loan_term", mean, "year")
        found.state(("streams", key, "loan_term"), discrete(terms), len(terms), tr(f"均值 {shown(mean)} 年", f"mean {shown(mean)} years"))
    elif table.has("loan_years"):
        found.leave(key, "loan_term", too_few(len(terms)))
    if not table.has("loan_rate"):
        return
    spreads = attributes.spreads(table, group, scenario.model.drivers.lpr.published.value)
    if len(spreads) < FEWEST:
        found.leave(key, "loan_spread", too_few(len(spreads)))
        return
    mean, width = rates.mean(spreads), rates.spread(spreads)
    found.add(key, "loan_spread", mean, "share")
    found.add(key, "loan_spread.spread", width, "share")
    value: Any = {"normal": {"mean": _points(mean.value), "sd": _points(width.value)}} if width.value > 1e-7 else _points(mean.value)
    found.state(("streams", key, "loan_spread"), value, len(spreads),
                tr(f"高于公布的一年期LPR年均值 {shown(mean, 'share')}", f"over the published yearly LPR: {shown(mean, 'share')}"))


def _points(rate: float) -> str:
    """A difference of rates as a file writes it."""
    return f"{digits(rate * 1e4):.10g}bp"


def discrete(values: np.ndarray) -> dict[str, Any]:
    """Whole numbers as a file writes them, by how often they occur."""
    sizes, numbers = np.unique(values, return_counts=True)
    return {"discrete": [{"value": int(size), "weight": int(number)} for size, number in zip(sizes, numbers, strict=True)]}
