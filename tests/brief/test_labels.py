"""What stands beside tables, figures and numbers: units are said once, errors in the unit of their number."""

from __future__ import annotations

import math

import pytest

from simulator.brief.labels import common_unit, describe, has_numbers, own_unit, unit_line
from simulator.charts.grid import Column, Grid
from simulator.statements import Number, Quoted


def a_number(form: str = "money", value: float = 1.5e9, error: float = 2.345e6) -> Number:
    return Number("outlay", "total", (), form, value, error)


YEARS = Column("年份", ["2026", "2027"])
MONEY = Column("均值", [a_number(), "—"], "亿元")
SHARES = Column("概率", [a_number("share±", 0.5, 0.01), ""])
RATIOS = Column("倍数", [a_number("ratio", 8.2, 0.1), ""])


@pytest.mark.parametrize(("columns", "unit"), [
    ([YEARS, MONEY, MONEY], "亿元"),
    ([YEARS, MONEY, SHARES], "亿元"),  # percentages carry their sign
    ([YEARS, MONEY, RATIOS], ""),  # else a ratio would be read as money
    ([YEARS, SHARES], ""),
    ([YEARS], ""),
])
def test_a_unit_is_said_once_only_where_all_numbers_have_it(columns, unit):
    grid = Grid("", columns)
    assert common_unit(grid) == unit
    assert unit_line(grid) == (f"单位：{unit}" if unit else "")
    assert own_unit(MONEY, grid) == ("" if unit == "亿元" else "亿元")


@pytest.mark.parametrize(("number", "said"), [
    (a_number(), {"zh": "亿元，标准误0.023", "en": "CNY bn, standard error 0.0023"}),
    (a_number("money±", error=3.2e8), {"zh": "亿元，标准误3.2", "en": "CNY bn, standard error 0.32"}),
    (a_number("energy", 5e5, 0.0), {"zh": "万吨标煤，没有抽样误差", "en": "kt ce, without sampling error"}),
    (a_number("share.0", 0.4, 0.0052), {"zh": "标准误0.52个百分点", "en": "standard error 0.52 points"}),
    (a_number("points+", 0.4, 0.0052), {"zh": "个百分点，标准误0.52个百分点", "en": "points, standard error 0.52 points"}),
    (a_number("count", 400.0, 12.3), {"zh": "标准误12", "en": "standard error 12"}),
    (a_number(value=math.nan, error=math.nan), {"zh": "亿元，抽样不足，标准误未知", "en": "CNY bn, too few draws for a standard error"}),
])
def test_a_number_says_its_unit_and_its_standard_error_with_two_digits(tongue, number, said):
    assert describe(number) == said[tongue]


def test_what_is_quoted_is_a_text_without_unit_and_error(tongue):
    words = Quoted("grounds", "text", (), "text", math.nan, math.nan, "不超过30%")
    assert describe(words) == {"zh": "原文", "en": "quoted"}[tongue]
    assert has_numbers(MONEY) and not has_numbers(Column("条款", [words, a_number()]))
    assert common_unit(Grid("", [Column("条款", [words]), MONEY])) == "亿元"
