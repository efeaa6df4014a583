"""What was read of a ledger, in words."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.errors import shown_path
from simulator.language import language, tr
from simulator.ledger import COLUMNS, PER_FEN, Ledger
from simulator.ledger.columns import MONEY_UNITS
from simulator.units import WAN, YI

_A_LINE = 3  # totals on a line


def load_report(ledger: Ledger) -> str:
    """Rows, totals with the units of the heads, dates, what was left out: a line each."""
    return "\n  ".join([*_parts(ledger), *ledger.notes])


def _parts(ledger: Ledger) -> Iterator[str]:
    name = shown_path(ledger.file) + (tr(f"［{ledger.sheet}］", f" [{ledger.sheet}]") if ledger.sheet else "")
    yield tr(f"{name}：读入 {ledger.n:,} 行，拒绝 0 行", f"{name}: {ledger.n:,} rows read, rejected = 0")
    for unit in MONEY_UNITS:
        stated = [id_ for id_, its in ledger.units.items() if its == unit and id_ in ledger.columns and ledger.total(id_)]
        for some in [stated[i: i + _A_LINE] for i in range(0, len(stated), _A_LINE)]:
            amounts = [f"{COLUMNS[id_].title} {money(ledger.total(id_))}" for id_ in some]
            yield tr("、", ", ").join(amounts) + tr(f"（表头单位 {unit}）", f" (heads in {unit})")
    span = ledger.span()
    if span:
        yield tr(f"申报 {span[0]} 至 {span[1]}", f"filed {span[0]} to {span[1]}")
    if ledger.dropped:
        yield tr(f"略去合计、注释等 {ledger.dropped:,} 行", f"{ledger.dropped:,} row(s) of totals and notes left out")
    if ledger.unused:
        yield tr("未使用的列：", "columns not used: ") + tr("、", ", ").join(ledger.unused)


def money(fen: int) -> str:
    """An amount as people say it; in full where it is small."""
    yuan = fen / PER_FEN
    if language() == "en":
        return f"CNY {yuan:,.2f}"
    for unit, size in (("亿元", YI), ("万元", WAN)):
        if yuan >= size:
            return f"{yuan / size:,.2f}{unit}"
    return f"{yuan:,.2f}元"
