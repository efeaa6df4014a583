"""Tables as csv: heads with units, plain numbers, no formulas, all files or none."""

import csv

import pytest

from simulator.charts import Tables
from simulator.charts.grid import Column, Grid
from simulator.errors import StorageError
from simulator.export import Shown, shown_tables, write_csv


def lines(file):
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # spreadsheets tell UTF-8 by it
    return list(csv.reader(raw.decode("utf-8-sig").splitlines()))


def test_a_table_reads_back_as_it_is(evidence, tmp_path):
    shown, _ = shown_tables(Tables(evidence), ["outlay"])
    (file,) = write_csv(shown, tmp_path)
    head, *rows = lines(file)
    assert head[:3] == ["年份", "均值（亿元）", "均值标准误（亿元）"]
    cells = shown[0].grid.columns[1].cells
    assert [float(row[1]) for row in rows] == pytest.approx([cell.shown for cell in cells], rel=1e-14)
    assert [float(row[2]) for row in rows] == pytest.approx([cell.error / 1e8 for cell in cells], rel=1e-12)


def test_assumed_rows_say_so_in_a_column(evidence, tmp_path):
    shown, _ = shown_tables(Tables(evidence), ["instruments"])
    head, *rows = lines(*write_csv(shown, tmp_path))
    assert head[-1] == "金额属假设"
    assert [row[-1] for row in rows].count("是") == len(evidence.assumed)


def test_texts_that_begin_a_formula_are_neutralised(tmp_path):
    grid = Grid("", [Column("=head", ["=cmd()", "-1", "@x", "plain"])])
    head, *rows = lines(*write_csv([Shown("x", "x", "", grid)], tmp_path))
    assert head == ["'=head"]
    assert [row[0] for row in rows] == ["'=cmd()", "'-1", "'@x", "plain"]


def test_either_all_files_are_written_or_none_is(tmp_path):
    shown = [Shown(kind, kind, "", Grid("", [Column("a", ["1"])])) for kind in ("a", "b")]
    (tmp_path / "a.csv").write_text("before")
    (tmp_path / "b.csv").mkdir()  # cannot be replaced
    with pytest.raises(StorageError):
        write_csv(shown, tmp_path)
    assert (tmp_path / "a.csv").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.csv", "b.csv"]
