"""Native charts with the figures that they draw: told apart by patterns, so that a black-and-white print says the same."""

from __future__ import annotations

from typing import Any

from simulator.appraisal import Priced
from simulator.language import tr
from simulator.spreadsheet import Book
from simulator.workbook.fields import Rules
from simulator.workbook.tables import by_instrument, by_year, years_of

_APART = 6  # layers of a stack that can be told apart; smaller ones are one layer
_LOOKS: tuple[tuple[str, str], ...] = (  # pattern, colour; none: solid
    ("", "#1F3864"), ("wide_upward_diagonal", "#2E75B6"), ("", "#9DC3E6"), ("small_grid", "#404040"), ("", "#D9D9D9"),
    ("narrow_horizontal", "#7F7F7F"), ("", "#FFFFFF"))
_FONT = {"size": 10, "bold": False}
_GRID = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}
_FIRST = 48  # row of the figures, below the charts


def write_charts(book: Book, priced: Priced, rules: Rules) -> None:
    """Write the sheet; none where nothing is paid."""
    table = by_year(priced, "paid")
    years = years_of(table)
    if not years:
        return
    name = tr("图表", "charts")
    sheet = book.sheet(name, [26, *(13,) * max(len(years), 6)], landscape=False)
    sheet.fit_to_pages(1, 1)
    largest = max(sum(amounts.get(year, 0) for amounts in table.values()) for year in years)
    unit, scale = (tr("亿元", "CNY 100 million"), 10**10) if largest >= 10**10 else (tr("万元", "CNY 10,000"), 10**6)
    layers = _layers(rules, table)
    bars = sorted(((str(rules[each.key].short), each.entitlement) for each in by_instrument(priced)), key=lambda bar: -bar[1])
    book.title(sheet, tr("图表", "Charts"), tr("按拨付年度；组合内金额", "by year of payment; what the packages pay"))
    _write_figures(book, sheet, layers, years, bars, unit, scale)
    _stack(book, sheet, name, [label for label, _ in layers], len(years), unit)
    _bars(book, sheet, name, len(bars), unit, _FIRST + len(layers) + 5)


def _layers(rules: Rules, table: dict[str, dict[int, int]]) -> list[tuple[str, dict[int, int]]]:
    """Instruments with the largest amounts, and the others together. [分]"""
    ordered = sorted((key for key in table if table[key]), key=lambda key: -sum(table[key].values()))
    kept = ordered if len(ordered) <= _APART + 1 else ordered[:_APART]
    layers = [(str(rules[key].short), table[key]) for key in kept]
    others = [table[key] for key in ordered[len(kept):]]
    if others:
        years = {year for amounts in others for year in amounts}
        layers.append((tr(f"其他{len(others)}项", f"{len(others)} others"),
                       {year: sum(amounts.get(year, 0) for amounts in others) for year in years}))
    return layers


def _write_figures(book: Book, sheet: Any, layers: Any, years: list[int], bars: Any, unit: str, scale: int) -> None:
    book.text(sheet, _FIRST, 0, tr(f"图中数据：各年拨付（{unit}）", f"Figures: paid by year ({unit})"), "section")
    book.texts(sheet, _FIRST + 1, [tr("政策工具", "instrument"), *(tr(f"{year}年", str(year)) for year in years)], "head")
    for row, (label, amounts) in enumerate(layers, _FIRST + 2):
        book.text(sheet, row, 0, label)
        for c, year in enumerate(years, 1):
            sheet.write_number(row, c, amounts.get(year, 0) / scale, book.style("money"))
    below = _FIRST + len(layers) + 3
    book.text(sheet, below, 0, tr(f"图中数据：各政策工具应补额（{unit}）", f"Figures: entitlement by instrument ({unit})"), "section")
    book.texts(sheet, below + 1, [tr("政策工具", "instrument"), unit], "head")
    for row, (label, amount) in enumerate(bars, below + 2):
        book.text(sheet, row, 0, label)
        sheet.write_number(row, 1, amount / scale, book.style("money"))


def _stack(book: Book, sheet: Any, name: str, labels: list[str], n_year: int, unit: str) -> None:
    """Columns by year, a layer an instrument."""
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for number, row in enumerate(range(_FIRST + 2, _FIRST + 2 + len(labels))):
        pattern, colour = _LOOKS[number]
        look = {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}} if pattern else {"fill": {"color": colour}}
        chart.add_series({"name": [name, row, 0], "categories": [name, _FIRST + 1, 1, _FIRST + 1, n_year],
                          "values": [name, row, 1, row, n_year],
                          "gap": 60, "border": {"color": "#404040", "width": 0.75}, **look})
    chart.set_title({"name": tr("各年拨付（按政策工具）", "Paid by year and instrument"), "name_font": {"size": 14}, "overlay": False})
    _axes(chart, tr("拨付年度", "year of payment"), unit)
    chart.set_legend({"position": "right", "font": _FONT})
    chart.set_size({"width": 960, "height": 420})
    sheet.insert_chart(2, 0, chart)


def _bars(book: Book, sheet: Any, name: str, n: int, unit: str, first: int) -> None:
    """One bar an instrument, the largest on top."""
    chart = book.workbook.add_chart({"type": "bar"})
    chart.add_series({"name": tr("组合应补额", "entitlement"), "categories": [name, first, 0, first + n - 1, 0],
                      "values": [name, first, 1, first + n - 1, 1],
                      "fill": {"color": "#9DC3E6"}, "border": {"color": "#1F3864", "width": 0.75}, "gap": 40,
                      "data_labels": {"value": True, "num_format": "#,##0.00", "font": _FONT}})
    chart.set_title({"name": tr("组合应补额（按政策工具）", "Entitlement by instrument"), "name_font": {"size": 14}})
    chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": _FONT, "major_gridlines": {"visible": False}})
    chart.set_x_axis({"name": unit, "name_font": _FONT, "num_font": _FONT, "num_format": "#,##0.0#", "major_gridlines": _GRID})
    chart.set_legend({"none": True})
    chart.set_size({"width": 960, "height": 440})
    sheet.insert_chart(24, 0, chart)


def _axes(chart: Any, across: str, up: str) -> None:
    chart.set_x_axis({"name": across, "name_font": _FONT, "num_font": _FONT})
    chart.set_y_axis({"name": up, "name_font": _FONT, "num_font": _FONT, "num_format": "#,##0.0#", "major_gridlines": _GRID})
