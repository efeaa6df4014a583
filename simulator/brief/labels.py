"""What a reader finds beside the tables, figures and numbers of a brief: 表1, 单位：亿元, 标准误."""

from __future__ import annotations

import math

from simulator.brief.document import Figure, Table
from simulator.charts.grid import Column, Grid
from simulator.charts.wrapping import ems
from simulator.language import tr
from simulator.statements import SCALES, Form, Number, Quoted, unit_name, unit_size

WIDEST_CELL = 16.0  # characters; a column takes no more from the others
LEAST_HEAD = 2.0


def label(block: Table | Figure) -> str:
    """表1, 图1."""
    return f"{tr('表', 'Table ')}{block.number}" if isinstance(block, Table) else f"{tr('图', 'Figure ')}{block.number}"


def has_numbers(column: Column) -> bool:
    """Whether it is a column of numbers, and of no texts of the run: they stand to the right."""
    return any(isinstance(cell, Number) for cell in column.cells) and not any(isinstance(cell, Quoted) for cell in column.cells)


def width_of(column: Column) -> float:
    """In characters, of its longest line and the space beside it; a head and a longer text are broken, a number never."""
    lines = [line for text in (column.unit, *column.cells) for line in str(text).split("\n")]
    width = max(1.04 * ems(line) + 0.5 * line.count("±") for line in lines)
    return min(max(width, 0.55 * ems(column.head), LEAST_HEAD), WIDEST_CELL) + 1.0


def common_unit(grid: Grid) -> str:
    """The unit of all numbers of a table that do not carry it themselves, said once above it; empty where they differ."""
    units = {column.unit for column in grid.columns if any(_needs_unit(cell) for cell in column.cells)}
    return units.pop() if len(units) == 1 else ""


def _needs_unit(cell: str | Number) -> bool:
    return isinstance(cell, Number) and not isinstance(cell, Quoted) and SCALES[Form.read(cell.form).scale].unit[0] != "%"


def unit_line(grid: Grid) -> str:
    """单位：亿元, or nothing."""
    unit = common_unit(grid)
    return tr(f"单位：{unit}", unit) if unit else ""


def own_unit(column: Column, grid: Grid) -> str:
    """The unit that a column says itself below its head."""
    return "" if column.unit == common_unit(grid) else column.unit


def describe(number: Number) -> str:
    """Unit and standard error of a number: 亿元，标准误0.031; of a text, that it is quoted."""
    if isinstance(number, Quoted):
        return tr("原文", "quoted")
    scale = Form.read(number.form).scale
    spoken = "points" if SCALES[scale].unit[0] == "%" else scale  # an error of a share is one of points
    unit = "" if spoken != scale else unit_name(scale)
    return tr("，", ", ").join(filter(None, [unit, _error(number, spoken)]))


def _error(number: Number, scale: str) -> str:
    if not math.isfinite(number.error):
        return tr("抽样不足，标准误未知", "too few draws for a standard error")
    if number.error <= 0:
        return tr("没有抽样误差", "without sampling error")
    error = number.error / unit_size(scale)
    digits = f"{error:,.{max(0, 1 - math.floor(math.log10(error)))}f}"
    points = unit_name(scale) if scale == "points" else ""
    return tr(f"标准误{digits}{points}", f"standard error {digits} {points}".rstrip())
