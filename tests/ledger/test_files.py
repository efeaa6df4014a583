"""Files become sheets of plain cells, whatever wrote them; what cannot be read is refused with the reason and a remedy."""

import csv
import datetime as dt
import os
import random
import re
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.errors import SimulatorError, StorageError
from simulator.ledger import child
from simulator.ledger.files import Sheet, read_sheets
from tests.ledger.crafted import numbers, ods_parts, record, save, xls, xlsx_parts

FILES = Path(__file__).parent / "files"
ROOT = Path(__file__).resolve().parents[2]
HEADS = ["项目编号", "项目总投资（万元）", "合计"]
BOM = b"\xef\xbb\xbf"


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@pytest.fixture
def text(tmp_path):
    """Read bytes as a csv: its rows."""
    def rows_of(content: bytes, name: str = "台账.csv") -> list:
        path = tmp_path / name
        path.write_bytes(content)
        [sheet] = read_sheets(path)
        assert (sheet.file, sheet.name, sheet.formulas, sheet.merged) == (str(path), "", frozenset(), ())
        return list(sheet.rows)

    return rows_of


def crafted(path: Path, rows: str, **how: str) -> Sheet:
    [sheet] = read_sheets(save(path, xlsx_parts(rows, **how)))
    return sheet


# Workbooks

@pytest.mark.parametrize("suffix", ["xlsx", "ods", "xls"])
def test_what_libreoffice_writes_is_read_whole(suffix):
    ledger, third = read_sheets(FILES / f"libreoffice.{suffix}")  # the second is hidden
    assert (ledger.name, third.name) == ("台账", "第二张")
    assert ledger.rows[:2] == [["设备更新项目台账", "", "", "", "", ""], ["项目编号", "项目总投资（万元）", "合计", "错误", "", ""]]
    assert ledger.rows[2] == ["P-1", 100.5, 201, "", True, dt.date(2026, 3, 1)]
    assert ledger.rows[4][:2] == ["合计", 300.5]
    assert ledger.merged == ((0, 0, 0, 3),)
    assert ledger.formulas == {(2, 2), (2, 3), (2, 4), (3, 2), (3, 3), (4, 1)}
    assert ledger.uncached == frozenset()
    assert ledger.errors == {(2, 3)}
    assert third.rows == [["", ""], ["", ""], ["", "v"]]


def test_formulas_that_openpyxl_wrote_have_no_value():
    ledger, _ = read_sheets(FILES / "openpyxl.xlsx")
    assert ledger.uncached == ledger.formulas == {(2, 2), (2, 3), (3, 2), (3, 3), (4, 1)}
    assert ledger.merged == ((0, 0, 0, 3),)


def test_the_nought_of_xlsxwriter_and_the_blank_of_xlwt_are_no_values():
    [sheet] = read_sheets(FILES / "xlsxwriter.xlsx")
    assert sheet.formulas == {(1, 2), (1, 3), (3, 0), (3, 1)}
    assert (1, 2) in sheet.uncached
    assert (1, 3) not in sheet.uncached
    assert sheet.rows[1][3] == 201
    [sheet] = read_sheets(FILES / "xlwt.xls")
    assert sheet.formulas == sheet.uncached == {(1, 2)}
    assert sheet.merged == ((3, 0, 3, 2),)


@pytest.mark.parametrize("name", ["pandas.xlsx", "pandas.ods"])
def test_what_pandas_writes_is_read_whole(name):
    [sheet] = read_sheets(FILES / name)
    assert sheet.rows == [["项目编号", "项目总投资（万元）", "申报日期", "三首"], ["P-1", 100.5, dt.date(2026, 3, 1), True],
                          ["P-2", 200.0, dt.date(2026, 4, 1), False]]


def test_rows_and_columns_begin_at_a1_whatever_is_empty(tmp_path):
    assert crafted(tmp_path / "a.xlsx", '<row r="2"><c r="C2"><v>1</v></c></row>').rows == [["", "", ""], ["", "", 1]]
    assert crafted(tmp_path / "b.xlsx", "<row/><row><c/><c><v>1</v></c></row>").rows == [["", ""], ["", 1]]
    assert crafted(tmp_path / "c.xlsx", "").rows == []


@pytest.mark.parametrize(("cell", "uncached"), [
    ("<c><f>1+1</f></c>", True), ("<c><f>1+1</f><v/></c>", True), ("<c><f>1+1</f><v></v></c>", True), ("<c><f>1+1</f><v>2</v></c>", False),
    ("<c><f>1-1</f><v>0</v></c>", False), ('<c t="str"><f>""</f><v></v></c>', False), ('<c><f t="shared" si="0"/><v>1</v></c>', False),
])
def test_a_formula_of_xlsx_without_a_value_is_uncached(tmp_path, cell, uncached):
    sheet = crafted(tmp_path / "a.xlsx", f'<row><c t="inlineStr"><is><t>a</t></is></c>{cell}</row>')
    assert sheet.formulas == {(0, 1)}
    assert sheet.uncached == ({(0, 1)} if uncached else frozenset())


@pytest.mark.parametrize(("attributes", "content", "uncached"), [
    ("", "", True), ("", "<text:p>1</text:p>", True), ("", "<text:p/>", False), ('office:value-type="float"', "", True),
    ('office:value-type="float" office:value="1"', "", False), ('office:value-type="string"', "<text:p>a</text:p>", False),
])
def test_a_formula_of_ods_without_a_value_is_uncached(tmp_path, attributes, content, uncached):
    cell = f'<table:table-cell table:formula="of:=IF(1;2;3)" {attributes}>{content}</table:table-cell>'
    [sheet] = read_sheets(save(tmp_path / "a.ods", ods_parts(f"<table:table-row>{cell}</table:table-row>")))
    assert sheet.formulas == {(0, 0)}
    assert sheet.uncached == ({(0, 0)} if uncached else frozenset())


def test_all_of_an_array_formula_is_formula(tmp_path):
    rows = '<row r="1"><c r="A1"><f t="array" ref="A1:B2">C1:D2</f><v>1</v></c><c r="B1"><v>2</v></c></row>'
    assert crafted(tmp_path / "a.xlsx", rows).formulas == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_prefixes_of_xml_change_nothing(tmp_path):
    parts = xlsx_parts('<row r="1"><c r="A1"><f>1</f><v>1</v></c></row>', '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')
    name = "xl/worksheets/sheet1.xml"
    parts[name] = re.sub(rb"<(/?)(?!\?)", rb"<\1x:", parts[name]).replace(b"xmlns=", b"xmlns:x=")
    [sheet] = read_sheets(save(tmp_path / "a.xlsx", parts))
    assert (sheet.rows, sheet.formulas, sheet.merged) == ([[1]], {(0, 0)}, ((0, 0, 1, 1),))


def test_errors_are_named_by_place_and_blank_in_the_rows(tmp_path):
    rows = '<row><c t="e"><v>#REF!</v></c><c t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    sheet = crafted(tmp_path / "a.xlsx", rows)
    assert (sheet.rows, sheet.errors, sheet.formulas) == ([["", ""]], {(0, 0), (0, 1)}, {(0, 1)})
    (tmp_path / "a.xls").write_bytes(xls(numbers((0, 0, 1)) + record(0x0205, bytes.fromhex("0000 0100 0000 17 01"))))
    assert read_sheets(tmp_path / "a.xls")[0].errors == {(0, 1)}
    failed = '<table:table-row><table:table-cell table:formula="of:=1/0" office:value-type="float" office:value="0">' \
             "<text:p>#DIV/0!</text:p></table:table-cell></table:table-row>"  # as Excel writes it
    assert read_sheets(save(tmp_path / "a.ods", ods_parts(failed)))[0].errors == {(0, 0)}


def test_repeated_cells_and_rows_of_ods_are_counted(tmp_path):
    rows = ('<table:table-row table:number-rows-repeated="2"><table:table-cell table:number-columns-repeated="2"/>'
            '<table:table-cell table:formula="of:=1" table:number-columns-repeated="2" office:value-type="float" office:value="1"/>'
            '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>'
            '<table:table-row><table:table-cell table:formula="of:=2" table:number-columns-spanned="3"/></table:table-row>'
            '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/>'
            "</table:table-row>")
    [sheet] = read_sheets(save(tmp_path / "a.ods", ods_parts(rows)))
    assert sheet.rows[:2] == [["", "", 1, 1]] * 2
    assert sheet.formulas == {(0, 2), (0, 3), (1, 2), (1, 3), (2, 0)}
    assert sheet.uncached == {(2, 0)}
    assert sheet.merged == ((2, 0, 2, 2),)


@given(places=st.sets(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_number_lies_where_it_was_written(tmp_path, places):
    (tmp_path / "a.xls").write_bytes(xls(numbers(*((row, column, row * 100 + column + 1) for row, column in sorted(places)))))
    [sheet] = read_sheets(tmp_path / "a.xls")
    found = {(row, column): value for row, cells in enumerate(sheet.rows) for column, value in enumerate(cells) if value != ""}
    assert found == {(row, column): row * 100 + column + 1 for row, column in places}


@given(data=st.data())
@settings(max_examples=20)
def test_a_broken_workbook_is_read_or_refused(tmp_path_factory, data):
    source = data.draw(st.sampled_from(sorted(path for path in FILES.iterdir() if path.suffix != ".md")))
    content = bytearray(source.read_bytes())
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(8, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("broken") / f"broken{source.suffix}"
    path.write_bytes(content[:data.draw(st.integers(8, len(content)))])
    try:
        sheets = read_sheets(path)
    except StorageError:
        raise
    except SimulatorError as refusal:
        said = str(refusal)
    else:
        said = f"{path.name}{len(sheets)}"
    assert path.name in said


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
def test_a_package_with_a_gap_is_damaged(tmp_path, suffix):
    content = (FILES / f"libreoffice.{suffix}").read_bytes()
    (tmp_path / f"a.{suffix}").write_bytes(content[:400] + content[9000:])  # the directory points before the first byte
    with pytest.raises(SimulatorError, match="已损坏") as refusal:
        read_sheets(tmp_path / f"a.{suffix}")
    assert refusal.value.exit_code == 2


# Limits of the process that reads workbooks

def test_a_process_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "SECONDS", 0.0)
    monkeypatch.setattr(child, "SECONDS_PER_BYTE", 0.0)
    with pytest.raises(SimulatorError, match="秒内未能读完"):
        read_sheets(FILES / "libreoffice.xlsx")


def test_a_process_that_cannot_start_is_our_fault_and_not_the_files(monkeypatch):
    monkeypatch.setattr(child, "_START", "raise SystemExit(1)")
    with pytest.raises(RuntimeError, match="did not start"):
        read_sheets(FILES / "libreoffice.xlsx")


def test_workbooks_are_read_from_a_folder_without_this_package(tmp_path):
    command = "import sys; from simulator.ledger.files import read_sheets; print(len(read_sheets(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", command, str(FILES / "libreoffice.ods")], cwd=tmp_path, check=True, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout.strip() == b"2"
    assert list(tmp_path.iterdir()) == []


# Text

@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8", BOM), ("gb18030", b""), ("utf-16", b"")])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_usual_encodings_and_separators_are_told_apart(text, encoding, mark, separator):
    rows = [HEADS, ["P-1", "1350.5", "一、二"], ["P-2", "", "𠮷"]]
    written = "\r\n".join(separator.join(row) for row in rows) + "\r\n"
    assert text(mark + written.encode(encoding)) == rows


def test_separators_within_quotes_and_thousands_do_not_mislead(text):
    assert text('编号\t投资\t贷款\nP-1\t1,350,000.00\t2,000,000.00\n'.encode())[1] == ["P-1", "1,350,000.00", "2,000,000.00"]
    assert text('编号,专项,备注\nP-1,"甲;乙;丙;丁;戊","a;b"\n'.encode())[1] == ["P-1", "甲;乙;丙;丁;戊", "a;b"]
    assert text("台账\n\n编号;投资\nP-1;1\n".encode()) == [["台账"], [], ["编号", "投资"], ["P-1", "1"]]
    assert text(b'sep=;\r\na,b;c\r\n')[1] == ["a,b", "c"]
    assert text(b'a,b\r"x\ny",2\r') == [["a", "b"], ["x\ny", "2"]]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "空的"), (BOM, "空的"), (b" \r\n" * 5, "空的"), (b"a,b\n1,\0\n", "NUL"), ("a,b\n1,2\n".encode("utf-16-le"), "NUL"),
    ("a,b".encode("utf-32"), "NUL"),
    ("项目编号,企业名称\n".encode() + b"1,\xe6\xe6\n", "UTF-8: 28"), (b"a,\xff\xff\n", "UTF-8: 2, GB18030: 2"),
    (BOM + "编号".encode("gb18030"), "UTF-8: 3"), ("设备更新项目台账汇总,".encode() + "甲".encode("gb18030"), "UTF-8: 31"),
    ("编号,企业".encode("gb18030") + b"\x81", "GB18030: 9"), (b"\xff\xfea\0b", "UTF-16: 4"),
    (b"a,b\n1,2\n\"3,4\n5,6\n", "第 3 行"), (b'a,b\n"1"2,3\n', "第 2 行"), (b'a,b\n"' + b"x,\n" * 99_999, "第 2 行"),
    (b"a" * 2_000_000, "1,048,576"), (b"a\n" + b"," * 2_000_000, "1,048,576"),
    (b"a\n" + b"," * 9_999, "10,000 列"), ("编号，企业，金额\n1，甲，5\n".encode(), "全角逗号"),
    (b"<html><body><table>", "网页"), (b" \n<?xml version='1.0'?><a/>", "网页"), (b"MIME-Version: 1.0\n", "网页"), (b"%PDF-1.7\n", "PDF"),
])
def test_text_that_is_no_table_is_refused_with_the_place(text, content, said):
    with pytest.raises(SimulatorError, match=re.escape(said)) as refusal:
        text(content)
    assert refusal.value.exit_code == 2
    assert "台账.csv" in str(refusal.value)
    assert "；" in str(refusal.value)


@given(rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=3, max_size=3),
                     min_size=2, max_size=5), encoding=st.sampled_from(["utf-8-sig", "utf-8", "gb18030"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_csv_writes_comes_back(text, rows, encoding):
    lines = "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in [HEADS, *rows])
    assert text(lines.encode(encoding)) == [HEADS, *rows]


@given(content=st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_noise_is_read_or_refused(text, content):
    try:
        rows = text(content)
    except SimulatorError as refusal:
        rows = [[str(refusal)]]
    assert all(isinstance(cell, str) for row in rows for cell in row)


def test_a_large_csv_streams(tmp_path):
    path = tmp_path / "大 台账.csv"
    with open(path, "w", encoding="gb18030", newline="") as file:
        line = ["上海某某机械有限公司", *(str(random.Random(n).random()) for n in range(25))]
        csv.writer(file).writerows([str(number), *line] for number in range(40_000))
    begun = time.monotonic()
    tracemalloc.start()
    try:
        [sheet] = read_sheets(path)
        assert sum(len(row) for row in sheet.rows) == 40_000 * 27
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < 20
    assert next(iter(sheet.rows))[0] == next(iter(sheet.rows))[0] == "0", "each iteration starts anew"


def test_a_csv_that_goes_away_while_it_is_read_is_a_matter_of_storage(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    [sheet] = read_sheets(path)
    path.unlink()
    with pytest.raises(StorageError):
        list(sheet.rows)


# Names and kinds

@pytest.mark.parametrize(("source", "name", "said"), [
    ("libreoffice.xlsx", "a.xls", "xlsx"), ("libreoffice.xls", "a.xlsx", "xls"), ("libreoffice.ods", "a.xlsx", "ods"),
    ("libreoffice.xlsx", "a.csv", "xlsx"),
])
def test_a_name_that_contradicts_the_content_is_refused(tmp_path, source, name, said):
    (tmp_path / name).write_bytes((FILES / source).read_bytes())
    with pytest.raises(SimulatorError, match=f"内容是 {said} 格式，扩展名却是 .{name[2:]}；请把扩展名改为 .{said}"):
        read_sheets(tmp_path / name)


@pytest.mark.parametrize("name", ["a.xlsx", "a.XLS", "a.ods"])
def test_text_called_a_workbook_is_refused(text, name):
    with pytest.raises(SimulatorError, match=r"内容是 csv 格式.*改为 \.csv"):
        text(b"a,b\n1,2\n", name)
    with pytest.raises(SimulatorError, match="开头不像工作簿"):
        text(bytes(range(256)), name)
    with pytest.raises(SimulatorError, match="网页"):
        text(b"<html><table><tr><td>1</td></tr></table></html>", name)


def test_names_with_blanks_capitals_and_no_extension_are_read(tmp_path):
    for name in ("台账 2026 (终稿).XLSX", "台账", "-a.xlsx", "台账.xlsx.bak"):
        (tmp_path / name).write_bytes((FILES / "libreoffice.xlsx").read_bytes())
        assert read_sheets(tmp_path / name)[0].file == str(tmp_path / name)


def test_a_relative_path_is_read_and_named_as_given(tmp_path, monkeypatch):
    (tmp_path / "a.ods").write_bytes((FILES / "pandas.ods").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert read_sheets("a.ods")[0].file == "a.ods"


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(SimulatorError, match="没有这个文件") as refusal:
        read_sheets(tmp_path / "没有.xlsx")
    assert refusal.value.exit_code == 2
    with pytest.raises(SimulatorError, match="不是文件"):
        read_sheets(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(SimulatorError, match="不是文件"):
            read_sheets(tmp_path / "pipe.csv")


def test_a_file_that_may_not_be_read_is_a_matter_of_storage(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("a,b")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", forbidden)
    with pytest.raises(StorageError, match="Permission denied") as refusal:
        read_sheets(tmp_path / "a.csv")
    assert refusal.value.exit_code == 3
