"""One project, clause by clause: in the nominal case to the 分, or in one draw exactly as the engine lived it.

For a draw the engine runs that draw, and then this project alone: what is shown are the kernel's own
columns of it, not a second account.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.futures import simulate_draws
from kernels.rationing import FUNDED, LAPSED
from simulator.drivers import draw_drivers, luck_key, nominal_drivers
from simulator.errors import SimulatorError
from simulator.expectations import expecting
from simulator.language import tr
from simulator.loans import Loan
from simulator.pack import outputs, pack
from simulator.population import draw_applications
from simulator.pricing import (
    Case,
    Clause,
    Entitlement,
    best_package,
    clause_of,
    exact,
    price,
    tranches,
)
from simulator.scenario import Scenario
from simulator.units import round_to_fen

_FINEST_RATE = Decimal("0.000001")

_YES_OR_NO = ("anyway", "applied", "approved")
_WHOLE = ("approval_year", "end_year", "best")
_AFTER_FILING = ("approved", "realised", "late", "realised_investment", "equipment", "renewal", "saving", "accepted", "outcome",
                 "depth", "clawback", "overrun", "energy", "acceptance")


@dataclass(frozen=True)
class Payment:
    """One payment of an award."""

    instrument: str
    year: int
    committed: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Explanation:
    """What became of one project and why."""

    application: str
    attributes: dict[str, Any]
    draw: int | None
    """None: the nominal case."""
    decisions: dict[str, Any]
    """Luck and life of the project in the draw, by the names of the kernel's columns; empty in the nominal case."""
    case: Case | None
    """The project as the clauses look at it; None if it does not exist in this draw."""
    entitlements: tuple[Entitlement, ...]
    package: frozenset[str]
    payments: tuple[Payment, ...]
    status: str
    """nominal | terminated | absent | nothing | not invested | not filed | rejected | funded | waiting | lapsed"""


def explain(scenario: Scenario, application: str, draw: int | None = None, *, size: float = 1.0,
            applications: xr.Dataset | None = None) -> Explanation:
    """Explain one project of a scenario.

    Parameters
    ----------
    application : str
        Its id in the frame, for example technical_upgrade.2025.large-0007.
    draw : int, optional
        A draw of the scenario; None for the nominal case: planned size, every driver at its median, ceilings paid in
        full, nothing late or cut; exact to the 分.
    size : float
        In the nominal case, times the planned size: a slot's planned size is the median of its stream.
    applications : Dataset, optional
        Instead of the scenario's own frame.

    Raises
    ------
    SimulatorError
        If there is no such project or draw.
    """
    frame = draw_applications(scenario) if applications is None else applications
    ids = frame["application"].values
    if application not in ids:
        cell = application.rpartition("-")[0]
        same = [str(i) for i in ids if str(i).startswith(f"{cell}-")] or [str(i) for i in ids if str(i).endswith("-0000")]
        near = difflib.get_close_matches(application, same, n=1, cutoff=0.4)
        hint = tr(f"；相近的编号：{near[0]}", f"; a similar id: {near[0]}") if near else ""
        raise SimulatorError(tr(f"没有项目 {application}", f"no such project: {application}") + hint)
    attributes = {str(name): frame[name].sel(application=application).item() for name in frame.data_vars}
    if draw is None:
        return _nominal(scenario, application, attributes, size)
    if not 0 <= draw < scenario.model.draws:
        raise SimulatorError(tr(f"抽样编号应在 0 至 {scenario.model.draws - 1} 之间，得到 {draw}",
                                f"draws run from 0 to {scenario.model.draws - 1}, got {draw}"))
    return _in_draw(scenario, application, attributes, frame, draw)


def _nominal(scenario: Scenario, application: str, attributes: dict[str, Any], size: float) -> Explanation:
    drivers = nominal_drivers(scenario)
    model = scenario.model
    moment = attributes["filing_year"] + attributes["arrival"] + model.behaviour.approval_lag.value
    approval_year = int(np.floor(moment))
    build = model.behaviour.build_time.value.median() * attributes["build_factor"]
    executed = model.population.streams[attributes["stream"]].outcome == "executed"
    end_year = approval_year if executed else int(np.floor(moment + build))
    case = _case(scenario, attributes, drivers, 0, approval_year, size, size, nominal=True)
    found = _entitlements(scenario, attributes, case, drivers, 0, to_fen=True)
    package = best_package(_clauses(scenario), found, model.readings.exclusivity)
    payments = [payment for each in found if each.instrument in package
                for payment in _nominal_payments(scenario, each, approval_year, end_year)]
    return Explanation(application, attributes, None, {"approval_year": approval_year, "end_year": end_year}, case,
                       tuple(found), package, tuple(payments), "nominal" if package else "nothing")


def _clauses(scenario: Scenario) -> dict[str, Clause]:
    return {key: clause_of(key, rule) for key, rule in scenario.model.policy.instruments.items()}


def _nominal_payments(scenario: Scenario, entitlement: Entitlement, approval_year: int, end_year: int) -> list[Payment]:
    payout = scenario.model.policy.instruments[entitlement.instrument].payout.value
    if payout == "in_arrears":
        dated = [(approval_year + year + 1, amount) for year, amount in enumerate(entitlement.amounts)]
    else:
        half = scenario.model.readings.grant_payout == "half_half"
        share = {"at_once": Decimal(1), "on_acceptance": Decimal(0)}.get(payout, Decimal("0.5") if half else Decimal(0))
        first, rest = tranches(entitlement.total, share)
        dated = [(approval_year, first), (end_year, rest)]
    return [Payment(entitlement.instrument, year, amount, amount) for year, amount in dated if amount]


def _in_draw(scenario: Scenario, application: str, attributes: dict[str, Any], frame: xr.Dataset, draw: int) -> Explanation:
    drivers = draw_drivers(scenario, draw + 1)
    inputs = expecting(pack([scenario], frame, drivers, "district"), [scenario], frame)
    row = int(np.flatnonzero(inputs.key == np.uint64(luck_key(application)))[0])
    segment = inputs.segments[np.searchsorted(inputs.segments["first"], row, side="right") - 1]
    if segment["cell"] >= 0 and inputs.rank[row] >= inputs.counts[draw, segment["cell"]]:
        return Explanation(application, attributes, draw, {}, None, (), frozenset(), (), "absent")
    work = layouts.workspace(inputs)
    simulate_draws(inputs, _outputs_of(inputs), work, draw, draw + 1)
    awards = np.flatnonzero(work.made["project"][0, : work.n_made[0]] == row)
    payments = _payments(scenario, inputs, work, awards)
    decisions = _decisions(inputs, row, segment, draw)
    approval_year = inputs.first_year + decisions["approval_year"]
    case = _case(scenario, attributes, drivers, draw, approval_year, decisions["scale"], decisions["loan_scale"], nominal=False)
    found = _entitlements(scenario, attributes, case, drivers, draw, to_fen=False)
    package = best_package(_clauses(scenario), found, scenario.model.readings.exclusivity)
    return Explanation(application, attributes, draw, decisions, case, tuple(found), package, payments,
                       _status_of_awards(work, awards) or _status_without_award(decisions))


def _outputs_of(inputs: layouts.Inputs) -> layouts.Outputs:
    return outputs(inputs, int(inputs.part.max()) + 1, int(inputs.group.max()) + 1)


def _decisions(inputs: layouts.Inputs, row: int, segment: np.void, draw: int) -> dict[str, Any]:
    """Luck and life of one project as the kernel leaves them in its first lane, when this project is all there is."""
    batch = int(np.searchsorted(inputs.batches["first_segment"], np.flatnonzero(inputs.segments == segment)[0], side="right")) - 1
    only = slice(row, row + 1)
    alone_segment, alone_batch = np.array([segment]), inputs.batches[batch: batch + 1].copy()
    alone_segment["first"], alone_segment["size"], alone_segment["cell"] = 0, 1, -1
    alone_batch["first_segment"], alone_batch["n_segment"] = 0, 1
    alone = inputs._replace(
        examine=True, batches=alone_batch, segments=alone_segment, columns=inputs.columns[only],
        score_rank=np.zeros((len(inputs.score_rank), 1), np.int32), arrival_rank=np.zeros(1, np.int32),
        largest_base=np.ascontiguousarray(inputs.largest_base[:, batch: batch + 1]),
        **{name: getattr(inputs, name)[only] for name in ("key", "p0", "least_word", "rank", "group", "part")})
    work = layouts.workspace(alone)
    simulate_draws(alone, _outputs_of(inputs), work, draw, draw + 1)
    lived = dict(zip(layouts.LUCK + layouts.LIFE, np.concatenate([work.luck[:, 0], work.life[:, 0]]).tolist(), strict=True))
    found = {name: bool(value) if name in _YES_OR_NO else int(value) if name in _WHOLE else value for name, value in lived.items()}
    if not found["applied"]:
        found = {name: value for name, value in found.items() if name not in _AFTER_FILING}
    return {**found, "first_year": inputs.first_year}


def _payments(scenario: Scenario, inputs: layouts.Inputs, work: layouts.Workspace, awards: np.ndarray) -> tuple[Payment, ...]:
    keys = list(scenario.model.policy.instruments)
    found = []
    for a in awards:
        award = work.made[0, a]
        if award["state"] != FUNDED:
            continue
        wait = int(award["funded_year"] - award["approval_year"])
        for j in range(layouts.N_PAYMENT):
            committed, paid = (float(x[a, j] * award["share"]) for x in (work.made_committed[0], work.made_final[0]))
            if committed or paid:
                year = inputs.first_year + int(work.made_years[0, a, j]) + wait
                found.append(Payment(keys[award["instrument"]], year, exact(committed), exact(paid)))
    return tuple(found)


def _status_of_awards(work: layouts.Workspace, awards: np.ndarray) -> str:
    states = {int(work.made["state"][0, a]) for a in awards}
    if FUNDED in states:
        return "funded"
    return "" if not states else "lapsed" if LAPSED in states else "waiting"


def _status_without_award(decisions: dict[str, Any]) -> str:
    """Where the way of a project ended that has no award."""
    if decisions["best"] < 0:
        return "nothing"
    if decisions["applied"]:
        return "rejected"
    return "not filed" if decisions["anyway"] else "not invested"


def _entitlements(scenario: Scenario, attributes: dict[str, Any], case: Case, drivers: xr.Dataset, draw: int,
                  to_fen: bool) -> list[Entitlement]:
    rules = scenario.model.policy.instruments
    net = scenario.model.readings.interest_base == "net_of_central"
    assumed = {str(name): exact(float(value)) for name, value in
               zip(drivers["assumed_value"].values, drivers["assumed"].values[draw], strict=True)}
    found = []
    for key in attributes["instruments"].split(";"):
        values = {name.partition(".")[2]: value for name, value in assumed.items() if name.partition(".")[0] == key}
        if to_fen:
            values = {name: round_to_fen(v) if v > 1 else v.quantize(_FINEST_RATE) for name, v in values.items()}
        found.append(price(key, rules[key], case, interest_net_of_central=net, values=values, to_fen=to_fen))
    return found


def _case(scenario: Scenario, attributes: dict[str, Any], drivers: xr.Dataset, draw: int, approval_year: int, scale: float,
          loan_scale: float, nominal: bool) -> Case:
    """The project as the clauses look at it: amounts to the 分 in the nominal case, as drawn otherwise."""
    def money(name: str, by: float = scale) -> Decimal:
        amount = exact(float(attributes[name] * by))
        return round_to_fen(amount) if nominal else amount

    def rate(value: float) -> Decimal:
        return exact(float(value)).quantize(_FINEST_RATE) if nominal else exact(float(value))

    central = scenario.model.behaviour.central
    last = scenario.model.years.horizon
    eligible = attributes["central_lot"] < central.share.value
    lpr = drivers["lpr"].isel(draw=draw)
    rates = [max(float(lpr.sel(year=min(approval_year + k, last))) + attributes["loan_spread"], 0.0) for k in range(3)]
    loan = Loan(
        principal=money("loan_principal", loan_scale),
        rates=tuple(rate(value) for value in rates),
        term=int(attributes["loan_term"]),
        grace=int(attributes["loan_grace"]),
        central_points=exact(central.points.value.get(approval_year, 0.0)) if eligible else Decimal(0),
        central_years=central.years.value,
    )
    contracts = int(attributes["contracts"])
    whole = money("contract")
    each = round_to_fen(whole / contracts) if nominal else whole / contracts
    return Case(
        investment=money("investment"),
        equipment=money("investment", scale * attributes["equipment_share"]),
        fixed_asset_share=exact(float(attributes["fixed_asset_share"])),
        loan=loan if attributes["loan_principal"] else None,
        lease_equipment=money("lease_equipment"),
        contracts=(each,) * (contracts - 1) + (whole - each * (contracts - 1),),
        tier=attributes["tier"],
        award_intensity=exact(float(drivers["award_intensity"].values[draw])),
    )
