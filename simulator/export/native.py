"""Native charts of a table's cells: series told apart by patterns, dashes and marks, so that a black-and-white print says the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from simulator.charts.grid import Native
from simulator.export.fields import Amount, Field
from simulator.spreadsheet import Book

_LEAST_HEIGHT, _BAR = 380, 22  # pixels
_AROUND = 130  # pixels above and below the bars of a chart
_INK = "#404040"
_FILLS: tuple[tuple[str, str], ...] = (  # pattern, colour; none: solid; dark and light take turns
    ("", "#1F3864"), ("", "#9DC3E6"), ("wide_upward_diagonal", "#2E75B6"), ("", "#D9D9D9"), ("small_grid", "#404040"),
    ("", "#FFFFFF"), ("narrow_horizontal", "#7F7F7F"), ("wide_downward_diagonal", "#1F3864"), ("", "#7F7F7F"),
    ("dotted_diamond", "#2E75B6"),
    ("narrow_vertical", "#1F3864"), ("", "#2E75B6"))
_LAYERS = (*(fill for fill in _FILLS if "diagonal" not in fill[0]), ("small_confetti", "#404040"), ("large_grid", "#2E75B6"))
_HATCHES = ("wide_upward_diagonal", "wide_downward_diagonal", "dark_upward_diagonal", "light_downward_diagonal")  # what is assumed
_LINES: tuple[tuple[str, str, str], ...] = (  # colour, dash, mark
    ("#1F3864", "solid", "circle"), ("#2E75B6", "dash", "diamond"), ("#7F7F7F", "square_dot", "square"),
    ("#1F3864", "long_dash_dot", "triangle"), ("#404040", "round_dot", "x"), ("#2E75B6", "long_dash", "plus"))
_FONT = {"size": 10, "bold": False}
_GRID = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.5}}
_STACKED = {"type": "column", "subtype": "stacked"}
_TYPES: dict[str, dict[str, str]] = {
    "stacked": _STACKED, "stacked_rows": _STACKED, "column": {"type": "column"}, "bar": {"type": "bar"}, "line": {"type": "line"},
    "scatter": {"type": "scatter"}, "curve": {"type": "scatter", "subtype": "straight"}}
_MANY = 24  # points: a mark for each is too many


@dataclass(frozen=True)
class Plot:
    """What is drawn: which columns and rows of which sheet, and how."""

    native: Native
    sheet: str
    title: str
    alt: str
    fields: Sequence[Field]
    heads: int
    """The row of their names."""
    rows: tuple[int, int]
    assumed: set[int]
    """Rows from the first that rest on assumed amounts."""
    width: int
    """Pixels."""

    @property
    def plotted(self) -> list[int]:
        """Columns that are series; of a scatter the first is the horizontal one."""
        return [c for c, field in enumerate(self.fields) if field.plotted and not field.is_text]

    @property
    def kind(self) -> str:
        """As `native`; a line over numbers is a curve, which keeps their distances."""
        across = [cell for cell in self.fields[0].cells if isinstance(cell, Amount)]
        return "curve" if self.native == "line" and across and across[0].scale != "year" else self.native

    @property
    def across(self) -> int:
        """The column of the horizontal axis, or of the names of bars."""
        return self.plotted[0] if self.kind == "scatter" else 0

    @property
    def series(self) -> list[int]:
        """Columns that are drawn against one axis: those with the unit of the first."""
        columns = self.plotted[1:] if self.kind == "scatter" else [c for c in self.plotted if c]
        return [c for c in columns if self.fields[c].shown_unit == self.fields[columns[0]].shown_unit]

    @property
    def size(self) -> dict[str, int]:
        """High enough to name every bar."""
        bars = self.rows[1] - self.rows[0] + 1 if self.kind == "bar" else 0
        return {"width": self.width, "height": max(_LEAST_HEIGHT, _AROUND + _BAR * bars)}

    def range(self, column: int) -> list[Any]:
        """The cells of a column without totals."""
        return [self.sheet, self.rows[0], column, self.rows[1], column]


def insert_chart(book: Book, sheet: Any, row: int, column: int, plot: Plot) -> None:
    """Insert the chart with its corner in this cell; none where nothing is plotted."""
    if not plot.series or plot.rows[1] < plot.rows[0]:
        return
    chart = book.workbook.add_chart(_TYPES[plot.kind])
    for series in _series_by_row(plot) if plot.kind == "stacked_rows" else _series_by_column(plot):
        chart.add_series(series)
    chart.set_title({"name": _plain(plot.title), "name_font": {"size": 12}, "overlay": False})
    _axes(chart, plot)
    right = plot.kind == "stacked_rows"  # many layers
    chart.set_legend({"none": True} if len(plot.series) == 1 else {"position": "right" if right else "bottom", "font": _FONT})
    chart.set_size(plot.size)
    chart.show_blanks_as("gap")
    sheet.insert_chart(row, column, chart, {"description": plot.alt, "object_position": 2})


def _series_by_column(plot: Plot) -> Iterator[dict[str, Any]]:
    for number, c in enumerate(plot.series):
        yield {"name": [plot.sheet, plot.heads, c], "categories": plot.range(plot.across), "values": plot.range(c), **_look(plot, number)}


def _series_by_row(plot: Plot) -> Iterator[dict[str, Any]]:
    """A layer a row, over the plotted columns, which stand side by side; what rests on assumed amounts is hatched, each differently."""
    first, last = plot.series[0], plot.series[-1]
    border = {"color": _INK, "width": 0.75}
    layers, hatches = cycle(_LAYERS), cycle(_HATCHES)
    for number, row in enumerate(range(plot.rows[0], plot.rows[1] + 1)):
        fill = _fill(next(hatches), "#404040") if number in plot.assumed else _fill(*next(layers))
        yield {"name": [plot.sheet, row, first - 1], "categories": [plot.sheet, plot.heads, first, plot.heads, last],
               "values": [plot.sheet, row, first, row, last], "gap": 60, "border": border, **fill}


def _look(plot: Plot, number: int) -> dict[str, Any]:
    """How a series looks: a fill of its own, or a line with dashes and marks."""
    if plot.kind in ("line", "curve", "scatter"):
        colour, dash, mark = _LINES[number % len(_LINES)]
        marker = {"type": mark, "size": 7, "border": {"color": colour}, "fill": {"color": colour}}
        many = plot.rows[1] - plot.rows[0] > _MANY and plot.kind != "scatter"
        return {"line": {"none": True} if plot.kind == "scatter" else {"color": colour, "width": 2, "dash_type": dash},
                "marker": {"type": "none"} if many else marker}
    look = {"gap": 60, "border": {"color": _INK, "width": 0.75}, **_fill(*_FILLS[number % len(_FILLS)])}
    if plot.assumed and len(plot.series) == 1:  # hatched, as in the chart
        hatched = {**_fill("wide_upward_diagonal", "#7F7F7F"), "border": look["border"]}
        look["points"] = [hatched if row in plot.assumed else None for row in range(plot.rows[1] - plot.rows[0] + 1)]
    return look


def _fill(pattern: str, colour: str) -> dict[str, Any]:
    if not pattern:
        return {"fill": {"color": colour}}
    return {"pattern": {"pattern": pattern, "fg_color": colour, "bg_color": "#FFFFFF"}}


def _axes(chart: Any, plot: Plot) -> None:
    """Titles in units; the largest bar stands on top as the first row does."""
    across, up = plot.fields[plot.across], plot.fields[plot.series[0]]
    values = {"name": _plain(up.shown_unit if len(plot.series) > 1 or not up.unit else _titled(up)), "name_font": _FONT, "num_font": _FONT,
              "num_format": "0%" if up.is_share else "General", "major_gridlines": _GRID, **_limits(plot)}
    if plot.kind == "scatter":
        values["name"] = _plain(_titled(up))
    if plot.kind == "bar":
        chart.set_y_axis({"reverse": True, "crossing": "max", "num_font": _FONT, "label_position": "low", "interval_unit": 1,
                          "major_gridlines": {"visible": False}})
        chart.set_x_axis(values)
        return
    numeric = {"num_format": "0%" if across.is_share else "General", "major_gridlines": {"visible": False}}
    name = {} if plot.kind == "stacked_rows" else {"name": _plain(_titled(across))}  # years need none
    chart.set_x_axis({**name, "name_font": _FONT, "num_font": _FONT, "label_position": "low"}
                     | (numeric if plot.kind in ("scatter", "curve") else {}))
    chart.set_y_axis(values)


def _limits(plot: Plot) -> dict[str, float]:
    """An axis of probabilities ends at one."""
    cells = [cell.value for c in plot.series for cell in plot.fields[c].cells if isinstance(cell, Amount)]
    return {"min": 0.0, "max": 1.0} if plot.fields[plot.series[0]].is_share and all(0 <= value <= 1 for value in cells) else {}


def _titled(field: Field) -> str:
    unit = field.shown_unit
    return f"{field.head} ({unit})" if unit else field.head


def _plain(text: str) -> str:
    """A title of a chart that begins with an equals sign would be read as a reference."""
    return f" {text}" if text.startswith("=") else text
