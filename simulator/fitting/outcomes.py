"""Approval and completion rates, and what a scenario must state because a population cannot: how projects end, central relief."""

from __future__ import annotations

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import rates
from simulator.fitting.decisions import FEWEST, Decisions, accepted_shares
from simulator.fitting.findings import Fitted, shown
from simulator.fitting.rates import Estimate
from simulator.language import tr
from simulator.scenario import Scenario
from simulator.schema import Stream

_SEED, _POWER = 355, 11  # 2,048 points: the means to 0.001
_HALF = 0.5  # stands for none: a Dirichlet weight cannot be 0


def learn_outcomes(found: Fitted, table: Table, groups: list[Applications], scenario: Scenario, decided: Decisions | None) -> None:
    """Approval by stream, completion by stream and overall, endings and central relief for the scenario."""
    if decided is None:
        found.leave("", "approval", tr("台账没有状态列", "the ledger has no status"))
    else:
        _say_definition(found, decided)
        for group in groups:
            _learn_approval(found, group, decided)
            if (completion := decided.completion(group.rows)) is not None:
                found.add(group.key, "completion", completion, "share")
        _learn_endings(found, table, groups, scenario, decided)
    _learn_central(found, table, groups)


def _say_definition(found: Fitted, decided: Decisions) -> None:
    if decided.by_status:
        found.notes.append(tr("立项率＝（立项＋验收＋拨付＋立项后终止）÷（以上＋立项前终止，即没有立项年度）；申报中的未决，不计",
                              "approval rate = approved, accepted, paid or terminated later, over these and those terminated before "
                              "approval (no year of approval); those still as filed are undecided"))
    elif decided.closed_years:
        years = "、".join(map(str, decided.closed_years))
        found.notes.append(tr(f"立项率：台账没有“未通过”的状态；只用已过立项期的申报年度（{years}），其中仍为“申报”的算未通过",
                              f"approval rate: no status says refused; of filing years past any approval ({years}), what still stands as "
                              "filed counts as refused"))
    found.notes.append(tr("完成率＝（验收＋拨付）÷（验收＋拨付＋立项后终止）；立项而未完的不计",
                          "completion rate = accepted or paid, over these and those terminated after approval; not what is under way"))


def _learn_approval(found: Fitted, group: Applications, decided: Decisions) -> None:
    rate = decided.approval(group.rows)
    n = int((decided.approved[group.rows] | decided.refused[group.rows]).sum())
    if rate is None or not decided.refused.any():
        why = (tr(f"已有结果的只有 {n} 项，少于 {FEWEST} 项", f"{n} are decided, fewer than {FEWEST}") if n < FEWEST
               else tr("台账中没有未通过的申报", "the ledger has no refused application"))
        found.leave(group.key, "approval", why)
        return
    found.add(group.key, "approval", rate, "share")
    said = shown(rate, "share")
    found.state(("streams", group.key, "approval"), round(rate.value, 5), rate.n, tr(f"立项率 {said}", f"approved {said}"))


def _learn_endings(found: Fitted, table: Table, groups: list[Applications], scenario: Scenario, decided: Decisions) -> None:
    """Dirichlet weights of how projects end: shares times the number that has ended; what is not told keeps the base's split."""
    rows = np.concatenate([group.rows for group in groups])
    at_risk = [group.rows for group in groups if group.stream.outcome == "at_risk"]
    overall, under_way = decided.completion(rows), int(decided.under_way[rows].sum())
    if overall is not None:
        found.add("", "completion", overall, "share")
        if under_way:
            highest = 1 - (1 - overall.value) * overall.n / (overall.n + under_way)
            found.notes.append(tr(f"完成率未计在建的 {under_way} 项；若它们都完成，总的完成率为 {100 * highest:.0f}%",
                                  f"{under_way} under way are not in the completion rate; were all completed: {100 * highest:.0f}%"))
    mine = np.concatenate(at_risk) if at_risk else np.empty(0, np.int64)
    completed, cancelled = int(decided.completed[mine].sum()), int(decided.cancelled[mine].sum())
    if completed + cancelled < FEWEST:
        found.leave("", "outcome", tr(f"有结果的投资项目只有 {completed + cancelled} 项，少于 {FEWEST} 项",
                                      f"{completed + cancelled} investment projects have ended, fewer than {FEWEST}"))
        return
    base = scenario.model.drivers.outcome.value
    share = base.partial / (base.complete + base.partial + base.late)
    said = tr("部分实现、推迟取原比例", "partial and late in the base's proportions")
    partly = _learn_partial(table, groups, scenario, decided)
    if partly is not None:
        found.add("", "partial", partly, "share")
        share = partly.value
        said = tr("部分实现使平均验收比例同台账；推迟取原比例", "partial: by the mean accepted share; late as in the base")
    whole = (1 - share) * completed
    late = whole * base.late / (base.complete + base.late)
    weights = {"complete": whole - late, "partial": share * completed, "late": late, "cancelled": float(cancelled)}
    rate = rates.share(completed, completed + cancelled)
    found.drive(("drivers", "outcome"), {name: round(max(value, _HALF), 2) for name, value in weights.items()}, completed + cancelled,
                tr(f"完成率 {shown(rate, 'share')}", f"completed {shown(rate, 'share')}"), said)


def _learn_partial(table: Table, groups: list[Applications], scenario: Scenario, decided: Decisions) -> Estimate | None:
    """Share of partial ones among the completed, with which a simulation accepts as much of what was approved as the ledger.

    An acceptance below what was approved may be a cut or an unfinished project: the scenario's cuts and overruns are taken as
    they are, and the partial ones explain the rest.
    """
    shares, whole, part = [], [], []
    for group in groups:
        if group.stream.outcome == "at_risk":
            mine = accepted_shares(table, group.rows[decided.completed[group.rows]])
            of_whole, of_part = expected_acceptance(scenario, group.stream)
            shares.append(mine)
            whole.append(np.full(len(mine), of_whole))
            part.append(np.full(len(mine), of_part))
    known = np.concatenate(shares) if shares else np.empty(0)
    if len(known) < FEWEST:
        return None
    mean, complete, partial = rates.mean(known), np.concatenate(whole).mean(), np.concatenate(part).mean()
    value = float(np.clip((complete - mean.value) / (complete - partial), 0.0, 1.0))
    return Estimate(value, mean.error / (complete - partial), len(known))


def expected_acceptance(scenario: Scenario, stream: Stream) -> tuple[float, float]:
    """Mean accepted share of approved investment in a simulation, of whole and of partial projects."""
    from scipy.stats import qmc

    drivers, behaviour = scenario.model.drivers, scenario.model.behaviour
    u = qmc.Sobol(4, rng=np.random.default_rng(_SEED)).random_base2(_POWER).T
    overrun = stream.overrun.value.ppf(u[0]) if stream.overrun else 1.0
    built = overrun * drivers.cost_index.value.ppf(u[1]) * (1 - behaviour.acceptance_cut.value.ppf(u[2]))
    low, high = behaviour.partial.value
    return float(np.minimum(built, 1.0).mean()), float(np.minimum(built * (low + (high - low) * u[3]), 1.0).mean())


def _learn_central(found: Fitted, table: Table, groups: list[Applications]) -> None:
    """Share of loans with central relief."""
    if not table.has("central_points"):
        return
    loans = np.concatenate([group.rows[table.money("loan_principal")[group.rows] > 0] for group in groups])
    if len(loans) < FEWEST:
        found.leave("", "central", tr(f"只有 {len(loans)} 笔贷款，少于 {FEWEST} 笔", f"{len(loans)} loans, fewer than {FEWEST}"))
        return
    share = rates.share(float((table.numbers("central_points")[loans] > 0).sum()), float(len(loans)))
    found.add("", "central", share, "share")
    found.drive(("behaviour", "central", "share"), round(share.value, 5), share.n, shown(share, "share"))
