"""The workbook of a run: every sheet with its finding, numbers as numbers, native charts over the right cells, the same bytes again."""

import re
import zipfile

import openpyxl
import pytest

from simulator.charts import KINDS, Tables, chart
from simulator.charts.grid import Column, Grid
from simulator.export import Shown, shown_tables, write_workbook
from simulator.export.table_sheet import FIRST, NAMES
from simulator.statements import Number, Quoted


@pytest.fixture(scope="module")
def shown(quick):
    return shown_tables(Tables(quick), KINDS)


@pytest.fixture(scope="module")
def file(quick, shown, tmp_path_factory):
    file = tmp_path_factory.mktemp("export") / "x.xlsx"
    write_workbook(quick, *shown, file)
    return file


@pytest.fixture(scope="module")
def book(file):
    return openpyxl.load_workbook(file)


def test_there_is_a_sheet_for_every_chart_between_contents_and_notes(book, shown):
    assert book.sheetnames == ["目录", *(each.name for each in shown[0]), "说明"]
    assert {each.kind for each in shown[0]} == set(KINDS)


def test_every_sheet_begins_with_its_finding_and_its_source(book, shown, quick):
    for each in shown[0]:
        sheet = book[each.name]
        (finding,), (source,) = ([cell.value for cell in sheet[row] if cell.value] for row in (1, 2))
        assert finding == each.finding
        assert quick.name in source


def test_cells_hold_the_numbers_of_the_grid_and_their_errors(book, shown):
    for each in shown[0]:
        sheet = book[each.name]
        heads = [cell.value for cell in sheet[NAMES + 1]]
        for column in each.grid.columns:
            at = heads.index(column.head) + 1 if heads.count(column.head) == 1 else None
            for row, cell in enumerate(column.cells, FIRST + 1):
                if at and isinstance(cell, Number) and not isinstance(cell, Quoted) and cell.text != "—":
                    assert sheet.cell(row, at).value == pytest.approx(cell.shown, rel=1e-12), (each.kind, column.head, row)
                    if cell.error > 0:
                        assert sheet.cell(row, at + 1).value > 0


def test_heads_name_their_units(book):
    units = [cell.value for cell in book["分年拨付"][NAMES + 2]]
    assert units.count("亿元") == 7
    assert "标准误" in units


def test_native_charts_draw_cells_of_their_own_sheet(file):
    with zipfile.ZipFile(file) as package:
        charts = [package.read(name).decode() for name in package.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    assert len(charts) >= 10
    for xml in charts:
        sheets = {sheet.strip("'") for sheet in re.findall(r"<c:f>([^!]+)!", xml)}
        assert len(sheets) == 1


def test_outlay_is_stacked_by_instrument_over_the_years(file, quick):
    with zipfile.ZipFile(file) as package:
        stacked = next(xml for name in package.namelist() if name.startswith("xl/charts/chart") and
                       "分工具拨付" in (xml := package.read(name).decode()))
    assert stacked.count("<c:ser>") == len(quick.scenario.model.policy.instruments)
    assert 'grouping val="stacked"' in stacked


def test_the_same_tables_give_the_same_bytes(quick, shown, file, tmp_path):
    write_workbook(quick, *shown, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


def test_no_text_becomes_a_formula(quick, tmp_path):
    strange = Shown("districts", "分区", "=1+1", Grid("=2+2", [Column("=head", ["=cmd()", "+1", "@x"])], "=note"))
    write_workbook(quick, [strange], {"pareto": "=reason"}, tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as package:
        assert not any(b"<f>" in package.read(name) for name in package.namelist() if name.startswith("xl/worksheets"))
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["分区"].cell(FIRST + 1, 1).value == "=cmd()"


def test_what_is_left_out_is_said_with_its_reason(quick, tmp_path):
    write_workbook(quick, [], {"pareto": "理由在此"}, tmp_path / "x.xlsx")
    said = [cell.value for row in openpyxl.load_workbook(tmp_path / "x.xlsx")["目录"].iter_rows() for cell in row]
    assert "理由在此" in said
    assert chart("pareto").NAME[0] in said


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_every_chart_can_name_a_sheet(kind):
    for name in chart(kind).NAME:
        assert 0 < len(name) <= 31
        assert not set(name) & set("[]:*?/\\")


def test_every_layer_of_a_stack_looks_different_and_what_is_assumed_is_hatched(file, quick):
    with zipfile.ZipFile(file) as package:
        stacked = next(xml for name in package.namelist() if name.startswith("xl/charts/chart") and
                       "分工具拨付" in (xml := package.read(name).decode()))
    looks = re.findall(r"<c:ser>.*?<c:spPr>(.*?)<a:ln", stacked)
    assert len(set(looks)) == len(looks) == len(quick.scenario.model.policy.instruments)
    assert sum("Diag" in look for look in looks) == len(quick.assumed)


def test_pages_side_by_side_never_part_a_number_from_its_error(quick, tmp_path):
    amount = Number("t", "x", (), "money±", 12.345e8, 2e6)
    wide = Grid("", [Column("name", ["a", "b"]), *(Column(f"head{i}", [amount, amount], "亿元") for i in range(17))])
    write_workbook(quick, [Shown("scenarios", "情景对比", "", wide)], {}, tmp_path / "x.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx")["情景对比"]
    breaks = [each.id for each in sheet.col_breaks.brk]
    assert len(breaks) == 1
    assert sheet.cell(NAMES + 2, breaks[0] + 1).value == "亿元"
