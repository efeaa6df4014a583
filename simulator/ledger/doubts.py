"""Amounts that look 10,000 times off, so that somebody should look at their unit before they are believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from simulator.language import tr
from simulator.ledger.columns import COLUMNS, MISSING, PER_FEN

if TYPE_CHECKING:
    from simulator.ledger.read import Ledger

_BEYOND = 10  # a single amount may lie this many times outside of what is usual for the column
_SHOWN = 5
_PARTS = ("equipment", "incremental_investment", "loan_principal", "lease_equipment", "paid", "accepted_investment")
_LARGEST_PART = 1000  # times the investment that it is part of, beyond which the two are in different units


def doubts_of(ledger: Ledger, caps: Mapping[str, float | None] | None = None) -> list[str]:
    """One sentence for each column and each kind of doubt; nothing if all amounts look right. `caps` of the clauses in CNY."""
    found = []
    for id_, column in COLUMNS.items():
        if column.kind != "money" or id_ not in ledger.columns:
            continue
        fen = ledger.columns[id_]
        given = np.flatnonzero((fen != MISSING) & (fen > 0))
        if not given.size:
            continue
        amounts, (low, high) = fen[given] / PER_FEN, column.usual
        median = float(np.median(amounts))
        head = f"{column.title}（{ledger.units[id_]}）"
        if not low <= median <= high:
            found.append(tr(f"{head}：中位数是 {_said(median)}，通常在 {_said(low)} 至 {_said(high)} 之间",
                            f"{head}: the median is {median:,.0f} CNY, usual are {low:,.0f} to {high:,.0f}"))
        else:
            found += _single(ledger, head, given[(amounts < low / _BEYOND) | (amounts > high * _BEYOND)], fen)
    return found + _mixed_units(ledger) + (_beyond_caps(ledger, caps) if caps else [])


def _single(ledger: Ledger, head: str, rows: np.ndarray, fen: np.ndarray) -> list[str]:
    if not rows.size:
        return []
    examples = tr("；",
                  "; ").join(tr(f"第 {ledger.rows[i]} 行 {_said(fen[i] / PER_FEN)}", f"line {ledger.rows[i]}: {fen[i] / PER_FEN:,.0f} CNY")
                                  for i in rows[:_SHOWN])
    return [tr(f"{head}：{rows.size} 个数大小异常（{examples}）", f"{head}: {rows.size} unusual amount(s) ({examples})")]


def _mixed_units(ledger: Ledger) -> list[str]:
    """A part that is a thousand times the whole."""
    whole = ledger.columns.get("investment", ledger.columns.get("approved_investment"))
    if whole is None:
        return []
    found = []
    for id_ in _PARTS:
        if id_ in ledger.columns:
            part = ledger.columns[id_]
            odd = np.flatnonzero((whole > 0) & (part > 0) & (part / _LARGEST_PART > np.maximum(whole, 1)))
            found += _single(ledger, tr(f"{COLUMNS[id_].head}是总投资的 {_LARGEST_PART} 倍以上",
                                        f"{id_} is over {_LARGEST_PART} times the investment"), odd, part)
    return found


def _beyond_caps(ledger: Ledger, caps: Mapping[str, float | None]) -> list[str]:
    """More was paid than all the caps of what a project files for allow."""
    if "paid" not in ledger.columns:
        return []
    paid, filed = ledger.columns["paid"], ledger.columns["instruments"]
    most = {text: sum(np.inf if caps[key] is None else float(caps[key] or 0.0) for key in text.split(";")) for text in set(filed.tolist())}
    odd = np.flatnonzero((paid != MISSING) & (paid / PER_FEN > np.array([most[text] for text in filed.tolist()])))
    return _single(ledger, tr("已拨付超过所报专项的上限", "more was paid than the caps of the instruments allow"), odd, paid)


def _said(amount: float) -> str:
    """An amount as people say it."""
    for unit, size in (("亿元", 1e8), ("万元", 1e4)):
        if amount >= size:
            shown = amount / size
            return f"{shown:,.4g}{unit}" if shown < 1000 else f"{shown:,.0f}{unit}"
    return f"{amount:,.2f}元"
