"""Hostile and foreign files are refused with the reason and a remedy, within 10 s and 512 MiB, and nothing stays behind."""

import io
import json
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import SimulatorError
from simulator.ledger.files import read_sheets
from simulator.ledger.findings import Refused, place
from simulator.ledger.guard import inspect
from simulator.ledger.xml_scan import check_formula
from tests.ledger.crafted import (
    OFFICE,
    SHEET,
    TYPES,
    WORKBOOK,
    Parts,
    container,
    numbers,
    ods_parts,
    record,
    relations,
    save,
    sheet,
    workbook_stream,
    xls,
    xlsx_parts,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(__file__).parent / "files"
SECONDS = 10
MEBIBYTE = 2**20

_ALONE = """
import json, pathlib, resource, sys
from simulator.errors import SimulatorError
from simulator.ledger.files import read_sheets
try:
    for sheet in read_sheets(sys.argv[1]):
        for row in sheet.rows:
            pass
    said, code = "", 0
except SimulatorError as error:
    said, code = str(error), error.exit_code
unit = 1 if sys.platform == "darwin" else 1024
status = pathlib.Path("/proc/self/status")  # on Linux, ru_maxrss remembers what the process that started this one used
if status.exists():
    own = int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
else:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([said, code, own * unit, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit]))
"""


def read_alone(path: Path, language: str = "zh") -> tuple[str, int]:
    """Read a file in a process of its own: what is said, and the exit code; time and memory are held against the bar."""
    begun = time.monotonic()
    environment = {"PYTHONPATH": str(ROOT), "SUBSIDYSIM_LANG": language, "PATH": "", "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", _ALONE, str(path)], cwd=path.parent, env=environment,
                          capture_output=True, text=True, encoding="utf-8", check=True)
    assert time.monotonic() - begun < SECONDS
    said, code, own, childs = json.loads(done.stdout)
    assert max(own, childs) < 512 * MEBIBYTE
    assert done.stderr == ""
    return said, code


def bent(edit: Callable[[Parts], object], make: Callable[..., Parts] = xlsx_parts, **how: object) -> Callable[[Path], object]:
    """A package of which some parts are replaced."""
    def write(path: Path) -> None:
        parts = make(**how)
        edit(parts)
        save(path, parts)

    return write


def flood(name: str, head: bytes, piece: bytes, times: int, tail: bytes,
          make: Callable[..., Parts] = xlsx_parts) -> Callable[[Path], object]:
    """A package with one part that is the same piece over and over."""
    def write(path: Path) -> None:
        parts = make("")
        parts.pop(name, None)
        save(path, parts)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package, package.open(name, "w") as part:
            part.write(head)
            for _ in range(times):
                part.write(piece)
            part.write(tail)

    return write


def cells(rows: str, after: str = "") -> Callable[[Path], object]:
    return lambda path: save(path, xlsx_parts(rows, after))


def ods_cell(attributes: str, content: str = "", row: str = "", before: str = "") -> Callable[[Path], object]:
    rows = f"<table:table-row {row}><table:table-cell {attributes}>{content}</table:table-cell></table:table-row>"
    return lambda path: save(path, ods_parts(rows, before))


def related(type_: str, target: str = "other", mode: str = "", of: str = SHEET) -> Callable[[Path], object]:
    folder, _, name = of.rpartition("/")
    return bent(lambda parts: parts.update({f"{folder}/_rels/{name}.rels": relations((type_, target), mode=mode)}))


def lie(change: Callable[[bytes, int], bytes]) -> Callable[[Path], object]:
    """A package in whose directory the entry of the sheet is changed; `change` gets the bytes and where that entry is."""
    def write(path: Path) -> None:
        save(path, xlsx_parts(after=" " * MEBIBYTE))
        content = path.read_bytes()
        name = content.rindex(SHEET.encode())
        path.write_bytes(change(content, name - 46))

    return write


def with_size(content: bytes, entry: int, size: int) -> bytes:
    return content[:entry + 24] + struct.pack("<I", size) + content[entry + 28:]


def many_entries(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        for number in range(100_000):
            package.writestr(zipfile.ZipInfo(f"{number}.xml"), b"")


def nested(path: Path) -> None:
    inner = b"<row/>" * 100_000
    for _ in range(6):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
            for number in range(10):
                package.writestr(f"{number}.zip", inner)
        inner = held.getvalue()
    path.write_bytes(inner)


def long_texts(path: Path) -> None:
    """One text of 1 MB in 100,000 cells: small until it is parsed."""
    cell = '<c t="s"><v>0</v></c>'
    parts = xlsx_parts("".join(f"<row>{cell * 100}</row>" for _ in range(1000)))
    parts["xl/sharedStrings.xml"] = sheet("").replace(b"<sheetData></sheetData>", b"").replace(
        b"worksheet", b"sst").replace(b"</sst>", b"<si><t>" + b"x" * MEBIBYTE + b"</t></si></sst>")
    save(path, parts)


OPEN, _, CLOSE = sheet("|").partition(b"|")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DTD = f'<!DOCTYPE w [<!ENTITY l0 "ha">{LAUGHS}]>'
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
DEEP = '<row r="1"><c r="A1"><v>1</v></c><c r="Z1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>'
VALUE = 'office:value-type="float" office:value="1"'
ROW_OF_ODS = f'<table:table-row><table:table-cell {VALUE} table:number-columns-repeated="26"/></table:table-row>'
EMPTY_OF_ODS = '<table:table-row table:number-rows-repeated="1048574"><table:table-cell/></table:table-row>'
MACRO_BOOK = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
FILE_MONIKER = bytes.fromhex("0303000000000000C000000000000046")
OUTSIDE_BOOK = record(0x01AE, struct.pack("<HHB", 1, 9, 0) + b"\x01other.xls" + struct.pack("<HB", 1, 0) + b"S")

BOMBS = {
    "rows without end": (".xlsx", flood(SHEET, OPEN, b"<row/>" * 100_000, 600, CLOSE), "压缩炸弹"),
    "rows that just pass for a ledger": (".xlsx", cells("".join(f'<row><c><v>{random.Random(1).random()}</v></c>{"<c/>" * 200}</row>'
                                                             for _ in range(100_000))), "过大"),
    "noughts in a picture": (".xlsx", flood("xl/media/a.png", b"", bytes(MEBIBYTE), 700, b""), "压缩炸弹"),
    "an ods of noughts": (".ods", flood("content.xml", b"<a>", b" " * MEBIBYTE, 300, b"</a>", ods_parts), "压缩炸弹"),
    "a hundred thousand entries": (".xlsx", many_entries, "100,000 个文件"),
    "zips within zips": (".xlsx", nested, "没有电子表格"),
    "less stated than there is": (".xlsx", lie(lambda content, entry: with_size(content, entry, 1000)), "大小与目录所写不符"),
    "more stated than there is": (".xlsx", lie(lambda content, entry: with_size(content, entry, 9_000_000)), "大小与目录所写不符"),
    "one long text in every cell": (".xlsx", long_texts, "480 MB"),
    "billions of laughs": (".xlsx", bent(lambda parts: parts.update({SHEET: sheet("<row><c><v>&l11;</v></c></row>", before=DTD)})), "DTD"),
    "a far cell": (".xlsx", cells(FAR), "XFD1048576"),
    "a deep cell": (".xlsx", cells(DEEP), "A1048576"),
    "a deep cell of ods": (".ods", lambda path: save(path, ods_parts(ROW_OF_ODS + EMPTY_OF_ODS + ROW_OF_ODS)), "Z1048576"),
    "a sheet of ods full of ones": (".ods", ods_cell(VALUE + ' table:number-columns-repeated="16384"',
                                                     row='table:number-rows-repeated="1048576"'), "XFD1048576"),
    "a far cell of xls": (".xls", lambda path: path.write_bytes(xls(numbers((0, 0, 1), (65535, 255, 1)))), "IV65536"),
    "an extent of xls without end": (".xls", lambda path: path.write_bytes(
        xls(record(0x0200, struct.pack("<IIHHH", 0, 0xFFFFFFFF, 0, 0xFFFF, 0)))), "很远的"),
    "a matrix without end": (".xlsx", cells('<row><c><f t="array" ref="A1:XFD1048576">1</f><v>1</v></c></row>'), "过大"),
    "two million merged ranges": (".xlsx", cells("", "<mergeCells>" + '<mergeCell ref="A1:B1"/>' * 1_100_000 + "</mergeCells>"), "过大"),
    "formulas without end": (".xlsx", cells("".join(f"<row>{'<c><f>1</f></c>' * 200}</row>" for _ in range(6000))), "过大"),
    "columns without end": (".xlsx", cells(f"<row>{'<c><v>1</v></c>' * 3000}</row>"), "很远的"),
    "a chain of sectors that bites its tail": (".xls", lambda path: path.write_bytes(
        xls(numbers((0, 0, 1))).replace(struct.pack("<7I", *range(1, 8)), struct.pack("<7I", *range(1, 7), 0), 1)), "扇区"),
}

FOREIGN = {
    "a macro project": (".xlsx", bent(lambda parts: parts.update({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"})), "宏"),
    "a workbook for macros": (".xlsm", bent(lambda parts: parts.update({TYPES: parts[TYPES].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", MACRO_BOOK)})), "宏"),
    "a macro sheet": (".xlsx", bent(lambda parts: parts.update({"xl/macrosheets/sheet1.xml": b"<a/>"})), "宏"),
    "a macro sheet of xls": (".xls", lambda path: path.write_bytes(xls(kind=1)), "宏"),
    "a macro project of xls": (".xls", lambda path: path.write_bytes(xls(more={"_VBA_PROJECT_CUR": b""})), "宏"),
    "macros of ods": (".ods", lambda path: path.write_bytes((FILES / "macros.ods").read_bytes()), "宏"),
    "a listener of ods": (".ods", bent(lambda parts: parts.update({"content.xml": parts["content.xml"].replace(
        b"<office:body>", b'<office:scripts><script:event-listener xmlns:script="s"/></office:scripts><office:body>')}),
        ods_parts, rows=""), "宏"),
    "links to other workbooks": (".xlsx", bent(lambda parts: parts.update({"xl/externalLinks/externalLink1.xml": b"<a/>"})), "外部数据"),
    "a relation to other workbooks": (".xlsx", related("externalLink", "elsewhere/1.xml"), "外部数据"),
    "a connection": (".xlsx", bent(lambda parts: parts.update({"xl/connections.xml": b"<a/>"})), "外部数据"),
    "a query table": (".xlsx", related("queryTable"), "外部数据"),
    "a formula of another workbook": (".xlsx", cells("<row><c><f>[1]Sheet1!A1</f><v>1</v></c></row>"), "[1]Sheet1!"),
    "a link to a program": (".xlsx", cells("<row><c><f>cmd|'/c calc'!A0</f><v>1</v></c></row>"), "外部数据"),
    "a name from another workbook": (".xlsx", bent(lambda parts: parts.update({WORKBOOK: parts[WORKBOOK].replace(
        b"</workbook>", b"<definedNames><definedName>'[a.xlsx]S'!$A$1</definedName></definedNames></workbook>")})), "a.xlsx"),
    "a link to a file": (".xlsx", related("hyperlink", "file:" "///C:/a.pdf", ' TargetMode="External"'),
                         "超链接指向文件（file:" "///C:/a.pdf）"),
    "a picture from elsewhere": (".xlsx", related("image", "https://example.org/a.png", ' TargetMode="External"'), "外部数据"),
    "a template from elsewhere": (".xlsx", related("attachedTemplate", "http://x/a", ' TargetMode="External"', WORKBOOK), "外部数据"),
    "links of ods": (".ods", lambda path: path.write_bytes((FILES / "linked.ods").read_bytes()), "外部数据"),
    "a linked sheet of ods": (".ods", ods_cell("", before='<table:table-source xlink:href="a.ods"/>'), "外部数据"),
    "a picture of ods from elsewhere": (".ods", ods_cell("", '<draw:image xlink:href="https://example.org/a.png"/>'), "外部数据"),
    "a link of ods to a file": (".ods", ods_cell("", '<text:a xlink:href="../a.pdf">a</text:a>'), "超链接"),
    "links of xls": (".xls", lambda path: path.write_bytes((FILES / "linked.xls").read_bytes()), "外部数据"),
    "another book of xls": (".xls", lambda path: path.write_bytes(xls(whole=OUTSIDE_BOOK)), "外部数据"),
    "a link of xls to a file": (".xls", lambda path: path.write_bytes(xls(record(0x01B8, bytes(32) + FILE_MONIKER))), "超链接"),
    "an object": (".xlsx", related("oleObject", "../embeddings/oleObject1.bin"), "嵌入"),
    "an embedded workbook": (".xlsx", bent(lambda parts: parts.update({"xl/embeddings/a.xlsx": b"PK"})), "嵌入"),
    "an object of ods": (".ods", ods_cell("", '<draw:object-ole xlink:href="./Object 1"/>'), "嵌入"),
    "an object of xls": (".xls", lambda path: path.write_bytes(xls(more={"MBD0123ABCD": b""})), "嵌入"),
    "a declaration in a part nobody reads": (".xlsx", bent(lambda parts: parts.update(
        {"xl/theme/theme1.xml": b'<?xml version="1.0"?><!DOCTYPE a><a/>'})), "DTD"),
    "a declaration in UTF-16": (".xlsx", bent(lambda parts: parts.update(
        {"customXml/item1.xml": '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16")})), "DTD"),
    "a sheet in UTF-16": (".xlsx", bent(lambda parts: parts.update({SHEET: sheet("").decode().encode("utf-16")})), "UTF-8"),
    "a declaration of ods": (".ods", bent(lambda parts: parts.update({"content.xml": parts["content.xml"].replace(
        b'<?xml version="1.0"?>', b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:' b'///etc/hostname">')}), ods_parts, rows=""), "DTD"),
    "a locked package": (".xlsx", lie(lambda content, entry: content[:entry + 8] + b"\x01" + content[entry + 9:]), "密码"),
    "a locked workbook": (".xlsx", lambda path: path.write_bytes(container({"EncryptionInfo": b"x", "EncryptedPackage": b"x"})), "密码"),
    "a locked xls": (".xls", lambda path: path.write_bytes(xls(whole=record(0x002F, b"\x01\0" + bytes(52)))), "密码"),
    "a locked ods": (".ods", bent(lambda parts: parts.update({"META-INF/manifest.xml": parts["META-INF/manifest.xml"].replace(
        b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>")}), ods_parts, rows=""), "密码"),
    "a path that climbs": (".xlsx", bent(lambda parts: parts.update({"../../a": b""})), "路径"),
    "an absolute path": (".xlsx", bent(lambda parts: parts.update({"/tmp/a": b""})), "路径"),
    "a part that is there twice": (".xlsx", bent(lambda parts: parts.update({SHEET.upper(): b""})), "两个"),
    "a cell that is there twice": (".xlsx", cells('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "重复"),
    "a value cut short by a comment": (".xlsx", cells("<row><c><v>1<!-- -->2</v></c></row>"), "注释"),
    "two sheets in one part": (".xlsx", bent(lambda parts: parts.update({WORKBOOK: parts[WORKBOOK].replace(
        b"</sheets>", b'<sheet name="T" sheetId="2" r:id="rId1"/></sheets>')})), "共用"),
    "a letter": (".docx", bent(lambda parts: (parts.pop(WORKBOOK), parts.update({"word/document.xml": b"<a/>"}))), "没有电子表格"),
    "a binary workbook": (".xlsb", bent(lambda parts: (parts.pop(WORKBOOK), parts.update({"xl/workbook.bin": b"a"}))), "xlsb"),
    "an old letter": (".doc", lambda path: path.write_bytes(container({"WordDocument": b"x"})), "没有电子表格"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_ten_seconds_and_half_a_gibibyte(tmp_path, name):
    suffix, write, reason = BOMBS[name]
    path = tmp_path / f"台账 2026{suffix}"
    write(path)
    said, code = read_alone(path)
    assert code == 2
    assert said.startswith(f"{path.name}：")
    assert reason in said
    assert "；" in said, "no remedy"
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == [path], "something stayed behind"


@pytest.mark.parametrize("name", FOREIGN)
def test_what_has_no_place_in_a_ledger_is_refused_with_a_remedy(tmp_path, monkeypatch, name):
    monkeypatch.setattr("simulator.language._current", "zh")
    suffix, write, reason = FOREIGN[name]
    path = tmp_path / f"台账 2026{suffix}"
    write(path)
    begun = time.monotonic()
    with pytest.raises(SimulatorError, match=re.escape(f"{path.name}：") + f".*{re.escape(reason)}.*；") as refusal:
        read_sheets(path)
    assert refusal.value.exit_code == 2
    assert time.monotonic() - begun < SECONDS
    assert list(tmp_path.iterdir()) == [path], "something stayed behind"


def test_a_refusal_can_be_read_in_english(tmp_path):
    save(tmp_path / "far.xlsx", xlsx_parts(FAR))
    assert read_alone(tmp_path / "far.xlsx", "en")[0] == (
        "far.xlsx: sheet 'S' has content as far away as XFD1048576, with 2 cells filled in all; "
        "find it with Ctrl+End, delete its row and column, and save")


@pytest.mark.parametrize("formula", [
    "SUM(A1:B2)", "'二 月'!B3*2", "Table1[2024]+Sheet2!A1", "Table1[[#This Row],[金额]]", 'IF(A1="[1]a!","x|y!",1)', 'HYPERLINK("https://a.b")',
    "of:=[.A1]+[$'二 月'.B2]", "of:={1;2|3;4}", "CALLS(1)", "[0]!Name", "A1&\"'[x.xlsx]y'!z\"",
])
def test_formulas_within_the_workbook_pass(formula):
    check_formula(formula)


@pytest.mark.parametrize("formula", [
    "[1]Sheet1!A1", "'[其他.xlsx]二 月'!B3", "'C:\\x\\[a.xls]S'!A1+1", "'[2]S 1'!A1", "cmd|'/c calc'!A0", "WEBSERVICE(\"http://a\")",
    "of:='file:" "///a.ods'#$S.A1", 'of:=DDE("soffice";"a";"b")', "RTD(\"x\",,\"y\")",
])
def test_formulas_that_reach_outside_are_refused(formula):
    with pytest.raises(Refused, match="外部数据"):
        check_formula(formula)


def test_a_cell_far_away_passes_if_nothing_is_in_it(tmp_path):
    path = save(tmp_path / "a.xlsx", xlsx_parts('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'))
    assert read_alone(path) == ("", 0)


def test_a_sheet_with_gaps_is_a_ledger_and_one_with_little_else_is_not():
    def looked_through(rows: int, gap: int) -> None:
        written = "".join(f'<row r="{row * gap}"><c r="Z{row * gap}"><v>1</v></c></row>' for row in range(1, rows + 1))
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as package:
            for name, content in xlsx_parts(written).items():
                package.writestr(name, content)
        inspect(held)

    looked_through(5_000, 20)
    with pytest.raises(Refused, match="很远的"):
        looked_through(100, 1_000)


def test_cells_are_named_as_users_name_them():
    assert [place(row, column) for row, column in ((0, 0), (6, 25), (0, 26), (1048575, 16383))] == ["A1", "Z7", "AA1", "XFD1048576"]


REAL = sorted(path for path in FILES.iterdir() if path.suffix in (".xlsx", ".xls", ".ods"))


@given(data=st.data())
def test_a_real_file_with_broken_bytes_is_looked_through_or_refused(data):
    content = bytearray(data.draw(st.sampled_from(REAL)).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(8, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(content)), st.integers(8, len(content))))
    look_through_or_refuse(bytes(content[:cut]))


@given(head=st.sampled_from([b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]), rest=st.binary(max_size=3000))
def test_noise_is_looked_through_or_refused(head, rest):
    look_through_or_refuse(head + rest)


@given(cells=st.binary(max_size=400), seed=st.integers(0, 999))
def test_noise_among_the_records_of_an_xls_is_looked_through_or_refused(cells, seed):
    noise = random.Random(seed)
    kinds = (0x0006, 0x00BD, 0x00E5, 0x0203, 0x0205, 0x0200, 0x01B8, 0x01AE, 0x0085, 0x0809, 0x000A)
    records = b"".join(record(noise.choice(kinds), cells[at:at + 20]) for at in range(0, len(cells), 20))
    look_through_or_refuse(container({"Workbook": workbook_stream(records) if seed % 2 else workbook_stream(whole=records)}))


@given(text=st.text(alphabet="<>/crvft=\"1A: &;!-[]'sheetData", max_size=200))
def test_noise_among_the_cells_of_an_xlsx_is_looked_through_or_refused(text):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for name, content in xlsx_parts(text).items():
            package.writestr(name, content)
    look_through_or_refuse(held.getvalue())


def look_through_or_refuse(content: bytes) -> None:
    try:
        kind, sheets = inspect(io.BytesIO(content))
    except Refused as refusal:
        said = f"{refusal.problem}；{refusal.remedy}"
    else:
        said = f"{kind}；{len(sheets)}"
    assert not said.startswith("；")
    assert not said.endswith("；")


def test_links_to_pages_pass(tmp_path):
    parts = xlsx_parts('<row><c t="inlineStr"><is><t>a</t></is></c></row>', '<hyperlinks><hyperlink ref="A1" r:id="rId1" '
                       f'xmlns:r="{OFFICE}"/></hyperlinks>')
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = relations(("hyperlink", "https://example.org/"), ("hyperlink", "mailto:a@example.org"),
                                                             mode=' TargetMode="External"')
    assert read_alone(save(tmp_path / "a.xlsx", parts)) == ("", 0)
