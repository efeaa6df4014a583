"""Columns of a spreadsheet from a grid: numbers in the unit of the head, errors beside them, digits as printed."""

import numpy as np
import pytest
import xarray as xr

from simulator.charts.grid import Column, Grid
from simulator.export.fields import Amount, assumed_rows, fields_of
from simulator.statements import number, quoted

TABLE = xr.Dataset({
    "money": ("part", [1.2345e9, 2.1e6]), "share": ("part", [0.4567, 0.01]), "exact": ((), 12e8), "none": ("part", [np.nan, np.nan]),
    "more": ("part", [5e8, 1e6]), "words": ((), "不超过30%")}, attrs={"kind": "t"})


def field(form, variable, **options):
    return list(fields_of(Grid("", [Column("头", [number(TABLE, variable, form)], "亿元", **options)])))


def test_a_number_keeps_its_precision_in_the_unit_of_the_head_and_shows_what_its_error_supports():
    (value,), (error,) = (each.cells for each in field("money±", "money"))
    assert (value.value, value.pattern) == (pytest.approx(12.345), "#,##0.00")
    assert (error.value, error.pattern) == (pytest.approx(0.021), "#,##0.00")


def test_a_share_stays_a_fraction_and_is_shown_in_percent():
    value, error = field("share±", "share")
    assert (value.cells[0].value, value.cells[0].pattern) == (0.4567, "0%")
    assert error.is_error and error.cells[0].value == 0.01
    assert value.is_share


def test_what_is_exact_has_no_column_of_errors():
    assert len(field("money", "exact")) == 1


def test_what_the_draws_do_not_tell_is_empty():
    (only,) = field("money±", "none")
    assert only.cells == ("",)
    assert only.is_text


def test_a_signed_number_shows_its_sign():
    assert field("money+±", "more")[0].cells[0].pattern == "+#,##0.00;-#,##0.00;#,##0.00"


def test_a_quoted_text_is_a_text():
    (only,) = fields_of(Grid("", [Column("原文", [quoted(TABLE, "words")])]))
    assert only.cells == ("不超过30%",)


def test_rows_may_be_counted_from_the_end():
    grid = Grid("", [Column("", ["a", "b", "c"])], assumed=[-1, 0])
    assert assumed_rows(grid) == {0, 2}
    assert not any(isinstance(cell, Amount) for each in fields_of(grid) for cell in each.cells)
