"""A priced ledger on the screen, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from simulator.appraisal import BINDINGS, Priced
from simulator.appraisal.funding import Funding
from simulator.cli.common import console, table
from simulator.language import tr
from simulator.ledger import MISSING, PER_FEN
from simulator.scenario import Scenario
from simulator.units import WAN

_LINES_AT_ONCE = 10_000


def yuan(fen: int) -> str:
    """分 as 元 with two decimals, exactly."""
    return f"{fen // PER_FEN}.{fen % PER_FEN:02d}"


def json_pieces(priced: Priced, funding: Funding | None = None) -> Iterator[str]:
    """The JSON text piece by piece: a million rows need not be in memory at once."""
    funded = {} if funding is None else dict(zip(funding.lines.tolist(), funding.funded.tolist(), strict=True))
    yield '{"rows": ['
    for start in range(0, len(priced.row), _LINES_AT_ONCE):
        yield ("," if start else "") + "\n" + ",\n".join(_json_lines(priced, funded, start))
    totals: dict[str, Any] = {"entitlement": yuan(priced.total()), "all_entitlements": yuan(priced.total(package_only=False)),
              **{name: {str(year): yuan(fen) for year, fen in priced.by_year(name).items()} for name in ("accrued", "paid")}}
    ends = {"total": yuan(priced.total()), "totals": totals}
    if funding is not None:
        ends["appropriation"] = {"year": funding.year, "available": yuan(funding.available), "funded": yuan(int(funding.funded.sum())),
                                 "left": yuan(funding.left)}
    yield "\n], " + json.dumps(ends)[1:] + "\n"


def _json_lines(priced: Priced, funded: dict[int, int], start: int) -> Iterator[str]:
    """Some rows as JSON, put together by hand: json.dumps of a million small dicts takes as long as pricing them."""
    some = slice(start, start + _LINES_AT_ONCE)
    projects = [json.dumps(name, ensure_ascii=False) for name in priced.ledger.columns["project"][priced.row[some]].tolist()]
    columns = (getattr(priced, name)[some].tolist() for name in (
        "instrument", "entitlement", "binding", "left", "in_package", "accrued_year", "accrued", "paid_year", "paid"))
    keys = priced.keys
    for line, (project, code, entitlement, binding, left, chosen, accrued_in, accrued, paid_in, paid) in enumerate(
            zip(projects, *columns, strict=True), start):
        headroom = "null" if left == MISSING else f'"{yuan(left)}"'
        extra = f', "funded": "{yuan(funded[line])}"' if line in funded else ""
        yield (f'{{"project": {project}, "instrument": "{keys[code]}", "entitlement": "{yuan(entitlement)}", '
               f'"binding": "{BINDINGS[binding]}", "headroom": {headroom}, "accrued": {_dated(accrued_in, accrued)}, '
               f'"paid": {_dated(paid_in, paid)}, "in_package": {"true" if chosen else "false"}{extra}}}')


def _dated(years: list[int], amounts: list[int]) -> str:
    """A JSON object of years and amounts; an empty place has the year 0."""
    return "{" + ", ".join([f'"{year}": "{yuan(fen)}"' for year, fen in zip(years, amounts, strict=True) if year]) + "}"


def show_prices(priced: Priced, scenario: Scenario, file: str | None, funding: Funding | None = None) -> None:
    """The tables and what they rest on."""
    out = console()
    out.print(tr(f"{priced.ledger.file}：按 {scenario.model.policy.number or scenario.model.policy.id} 计算，{priced.ledger.n:,} 个项目",
                 f"{priced.ledger.file}: by {scenario.model.policy.number or scenario.model.policy.id}, {priced.ledger.n:,} projects"))
    out.print(_by_instrument(priced, scenario))
    out.print(_by_year(priced))
    if funding is not None:
        out.print(_funding(priced, funding))
    for line in _footnotes(priced, scenario, file):
        out.print(line)


def _wan(fen: float) -> str:
    return f"{fen / PER_FEN / WAN:,.2f}"


def _count(mask: np.ndarray) -> str:
    return f"{int(mask.sum()):,}"


def _by_instrument(priced: Priced, scenario: Scenario) -> Any:
    rules, rows = scenario.model.policy.instruments, []
    limits = [priced.binding == BINDINGS.index(name) for name in ("cap", "headroom", "quota")]
    for key, code in priced.terms.codes.items():
        mine = priced.instrument == code
        if not mine.any():
            continue
        chosen, rule = mine & priced.in_package, rules[key]
        title = str(rule.short) + ("" if rule.priced else " *")
        rows.append([f"({rule.clause})", title, _count(mine), _count(chosen), _wan(priced.entitlement[mine].sum()),
                     _wan(priced.entitlement[chosen].sum()), *(_count(chosen & limited) for limited in limits)])
    rows.append(["", tr("合计", "total"), _count(priced.row >= 0), _count(priced.in_package), _wan(priced.total(package_only=False)),
                 _wan(priced.total()), *(_count(priced.in_package & limited) for limited in limits)])
    return table(tr("应补额（万元）", "Entitlement (10 000 CNY)"),
                 [tr("条", "clause"), tr("工具", "instrument"), tr("申报", "filed"), tr("择优", "chosen"), tr("各自应补", "each alone"),
                  tr("择优应补", "in packages"),
                  tr("达上限", "at cap"), tr("余额限制", "headroom"), tr("超名额", "quota")], rows, left=2, last_is_total=1)


def _by_year(priced: Priced) -> Any:
    accrued, paid = priced.by_year("accrued"), priced.by_year("paid")
    rows = [[str(year), _wan(accrued.get(year, 0)), _wan(paid.get(year, 0))] for year in sorted(accrued.keys() | paid.keys())]
    rows.append([tr("合计", "total"), _wan(sum(accrued.values())), _wan(sum(paid.values()))])
    return table(tr("逐年（万元）", "By year (10 000 CNY)"), [tr("年份", "year"), tr("应计", "accrued"), tr("拨付", "paid")], rows,
                 last_is_total=1)


_SHOWN = 40  # awards of a year's budget; --json has them all


def _funding(priced: Priced, funding: Funding) -> Any:
    """Who gets what of a year's budget."""
    projects, asked = priced.ledger.columns["project"], priced.entitlement[funding.lines]
    rows = [[str(projects[priced.row[line]]), _wan(claim), _wan(got), _wan(claim - got)]
            for line, claim, got in list(zip(funding.lines.tolist(), asked.tolist(), funding.funded.tolist(), strict=True))[:_SHOWN]]
    if len(funding.lines) > _SHOWN:
        rows.append([tr(f"……另 {len(funding.lines) - _SHOWN:,} 项", f"... {len(funding.lines) - _SHOWN:,} more"), "", "", ""])
    rows.append([tr("合计", "total"), _wan(asked.sum()), _wan(funding.funded.sum()), _wan((asked - funding.funded).sum())])
    rows.append([tr("预算／结余", "money / left"), "", _wan(funding.available), _wan(funding.left)])
    return table(tr(f"{funding.year}年预算的安排（万元）", f"Appropriation of {funding.year} (10 000 CNY)"),
                 [tr("项目", "project"), tr("应补额", "entitlement"), tr("安排", "funded"), tr("未安排", "not funded")], rows,
                 last_is_total=1)


def _footnotes(priced: Priced, scenario: Scenario, file: str | None) -> Iterator[str]:
    used = [key for key, code in priced.terms.codes.items() if (priced.instrument == code).any()]
    if any(not scenario.model.policy.instruments[key].priced for key in used):
        yield tr("* 文件未给金额，按假设比例或金额的中位数计算。", "* The document names no amount: the median of an assumed one is taken.")
    chosen = scenario.model.readings.model_dump()
    other = [f"{name}={chosen[name]}" for name, reading in scenario.model.policy.readings.items() if chosen.get(name) != reading.default]
    yield tr("口径：", "Readings: ") + ("、".join(other) if other else tr("全部为默认", "all at their defaults")) + tr(
        "；最高比例按足额；验收和尾款按立项次年（假设）。",
        "; ceilings in full; acceptance and its payments a year after approval (assumed).")
    if "paid" in priced.ledger.columns:
        paid = _wan(priced.ledger.total("paid"))
        yield tr(f"台账已拨付合计 {paid}万元，不影响以上应补额。",
                 f"The ledger's paid amounts add up to {paid} (10 000 CNY); the entitlements do not depend on them.")
    if file:
        yield tr(f"已写入 {file}", f"Written to {file}")
