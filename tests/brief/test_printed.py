"""The brief in print: a PDF whose fonts are its own, which screen readers can read, and which is the same whenever it is made."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import pytest
import typst

from simulator.brief import printed
from simulator.brief.document import Table
from simulator.brief.printed import TEXT_WIDTH, write_printed
from simulator.charts import Tables
from simulator.charts.grid import Column, Grid
from simulator.errors import SimulatorError, StorageError
from simulator.statements import Number
from tests.brief.one_of_each import ALT, brief_by_hand, in_each_language, pictures_by_hand


@pytest.fixture(scope="module")
def tables(evidence):
    return Tables(evidence)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("print")


@pytest.fixture(scope="module")
def made(evidence, folder):
    """The brief by hand in each language, and what Typst was given and warned of when it was printed."""
    given = []

    def compiled(template, **settings):
        content = json.loads((Path(template).parent / "brief.json").read_text("utf-8"))
        pdf, warnings = typst.compile_with_warnings(template, **settings)
        given.append({"content": content, "settings": settings, "warnings": warnings})
        return pdf

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typst, "compile", compiled)
        briefs = in_each_language(evidence, folder, write_printed, ".pdf")
    return {each: (brief, seen) for (each, brief), seen in zip(briefs.items(), given, strict=True)}


@pytest.fixture
def written(made, folder, tongue):
    """The brief in each language, and its PDF."""
    return made[tongue][0], (folder / f"{tongue}.pdf").read_bytes()


@pytest.fixture
def seen(made, tongue):
    """What Typst was given, and what it warned of."""
    return made[tongue][1]


def unpacked(pdf: bytes) -> list[bytes]:
    """Its streams, decompressed where they are compressed, and what stands between them."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)

    def plain(stream: bytes) -> bytes:
        try:
            return zlib.decompressobj().decompress(stream)
        except zlib.error:
            return stream
    return [re.sub(rb"stream\r?\n.*?endstream", b"", pdf, flags=re.DOTALL), *map(plain, streams)]


def blocks(seen, kind):
    return [block for block in seen["content"]["blocks"] if block["kind"] == kind]


def test_it_is_set_without_a_warning_and_with_no_font_of_the_system(written, seen):
    _, pdf = written
    assert seen["warnings"] == []
    assert seen["settings"]["ignore_system_fonts"] is True
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z-]+)", b"".join(unpacked(pdf))))
    assert {name.split(b"-")[0] for name in fonts} == {b"NotoSerifSC", b"NotoSansSC", b"DejaVuSans"}


def test_it_says_its_title_author_and_language_and_has_a_text_for_each_picture(written, tongue):
    brief, pdf = written
    whole = b"".join(unpacked(pdf))
    assert f"<rdf:li xml:lang=\"x-default\">{brief.title}</rdf:li>".encode() in whole
    assert b"<rdf:li>subsidysim</rdf:li>" in whole
    assert b"<pdfuaid:part>1</pdfuaid:part>" in whole
    assert {"zh": b"(zh-CN)", "en": b"(en)"}[tongue] in whole
    assert whole.count(b"/Alt") >= 2


def test_the_same_brief_is_the_same_bytes_and_has_no_date(written, tables, tmp_path):
    brief, pdf = written
    write_printed(brief, pictures_by_hand(tables, tmp_path), tmp_path / "brief.pdf")
    assert (tmp_path / "brief.pdf").read_bytes() == pdf
    assert not re.search(rb"CreationDate|ModDate|CreateDate|ModifyDate", b"".join(unpacked(pdf)))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["brief.pdf", "outlay.svg"]


def test_it_carries_the_inventory(written):
    brief, pdf = written
    attached = [stream for stream in unpacked(pdf) if stream.startswith(b"{") and b'"numbers"' in stream]
    assert [json.loads(each) for each in attached] == [brief.inventory()]


def test_every_text_of_the_brief_is_set(written, seen):
    brief, _ = written
    content = seen["content"]
    assert (content["title"], content["subtitle"]) == (brief.title, brief.subtitle)
    assert [each["text"] for each in blocks(seen, "heading")] == [brief.blocks[i].text for i in (0, 5, 6)]
    assert blocks(seen, "paragraph")[0]["text"] == brief.blocks[1].statement.text.replace("𠮷", "〓")
    first, second = blocks(seen, "table")
    assert first["rows"] == [list(map(str, row)) for row in brief.blocks[2].grid.rows]
    assert [each["head"] for each in first["columns"]] == [column.head for column in brief.blocks[2].grid.columns]
    assert (second["totals"], second["assumed"]) == (1, [1])
    assert [each["alt"] for each in blocks(seen, "figure")] == [ALT, ALT]
    assert [each["caption"] for each in blocks(seen, "figure")] == [brief.figures[0].caption.text] * 2
    assert blocks(seen, "definitions")[0]["items"] == [list(item) for item in brief.blocks[-1].items]


def test_notes_stay_with_what_they_explain(seen):
    first, second = blocks(seen, "table")
    shown = seen["content"]["blocks"]
    for table in (first, second):
        after = shown[shown.index(table) + 1]
        assert table["noted"] == bool(after.get("note"))
    assert not any(figure["noted"] for figure in blocks(seen, "figure"))


@pytest.mark.parametrize(("columns", "least", "most"), [(3, 9.5, 9.5), (8, 7.5, 9.5), (11, 6.0, 7.5)])
def test_a_table_of_many_numbers_is_set_smaller_so_that_none_is_broken(columns, least, most):
    cells = [Number("outlay", "total", (), "money±", 1.2345e8, 1.2e6)] * 2
    grid = Grid("", [Column("年份", ["2026", "2027"]), *[Column("均值", cells, "亿元")] * (columns - 1)])
    table = printed._table(Table(1, grid))
    assert least <= table["size"] <= most
    assert sum(table["widths"]) == pytest.approx(1.0)
    digits = 0.56 * len(str(cells[0])) * table["size"]
    assert all(digits + 6 < TEXT_WIDTH * width for width in table["widths"][1:])  # 3 points on either side


@pytest.mark.parametrize(("zh", "en"), [
    (["财政支出与成效"], ["Outlay and effects"]),
    (["《上海市推动工业领域大规模设备更新行动》", "财政支出与成效测算"],
     ["Renewal of industrial equipment in Shanghai:", "what it will cost"]),
    (["上海市推动工业领域大规模设备", "更新行动财政支出与成效测算"], ["What the renewal of industrial", "equipment will cost in Shanghai"]),
])
def test_a_title_is_broken_between_its_parts(zh, en, tongue):
    lines = {"zh": zh, "en": en}[tongue]
    assert printed._title_lines({"zh": "", "en": " "}[tongue].join(lines)) == lines


def test_without_typst_the_remedy_is_said_and_nothing_is_written(tables, tongue, tmp_path, monkeypatch):
    monkeypatch.setattr(printed, "find_spec", lambda name: None)
    with pytest.raises(SimulatorError, match=r"python3 -m pip install 'subsidysim\[pdf\]'"):
        write_printed(brief_by_hand(tables), {}, tmp_path / "brief.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tables, tmp_path):
    with pytest.raises(StorageError, match=r"brief\.pdf"):
        write_printed(brief_by_hand(tables), pictures_by_hand(tables, tmp_path), tmp_path / "nowhere" / "brief.pdf")
