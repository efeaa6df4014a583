"""The brief in Word: the layout of an official document, native tables, and numbers that are marked though nobody sees it."""

import io
import json
import re
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.shared import Mm
from lxml import etree

from simulator.brief.document import Brief, Heading, Paragraph, Table
from simulator.brief.word import write_word
from simulator.brief.word_columns import fit
from simulator.brief.word_styles import TEXT_WIDTH, W
from simulator.brief.word_title import title_lines
from simulator.charts.grid import Column, Grid
from simulator.charts.wrapping import ems
from simulator.statements import state
from tests.cli.command import CHINESE
from tests.verification.small_brief import part, picture, written

NAME = {"w": W}


@pytest.fixture(scope="module")
def made(evidence, tmp_path_factory):
    """The small brief as a Word file, and the brief."""
    return written(evidence, tmp_path_factory.mktemp("word"))


@pytest.fixture(scope="module")
def text(made):
    """Its text as XML."""
    return etree.fromstring(part(made[0]).encode())


def value(element, name):
    return element.get(f"{{{W}}}{name}")


def test_the_page_is_a4_with_the_margins_of_official_documents(made):
    (section,) = docx.Document(made[0]).sections
    lengths = (section.page_width, section.page_height, section.top_margin, section.bottom_margin, section.left_margin,
               section.right_margin)
    assert [round(length / Mm(1)) for length in lengths] == [210, 297, 37, 35, 28, 26]


def test_every_number_is_marked_with_its_id_in_the_order_of_the_inventory(made, text):
    marks = [(value(control.find("w:sdtPr/w:tag", NAME), "val"), "".join(control.itertext("{*}t")))
             for control in text.iter("{*}sdt")]
    assert marks == [(entry["id"], entry["text"]) for entry in made[1].inventory()["numbers"]]
    ids = [value(each, "val") for each in text.findall(".//w:sdtPr/w:id", NAME)]
    assert len(set(ids)) == len(ids)


def test_marks_are_not_seen(text):
    properties = text.findall(".//w:sdtPr", NAME)
    assert {each.find("{http://schemas.microsoft.com/office/word/2012/wordml}appearance").values()[0] for each in properties} == {"hidden"}


@pytest.mark.parametrize("name", ["word/document.xml", "word/footer1.xml", "word/footer2.xml"])
def test_every_run_names_its_chinese_font(made, name):
    runs = [run for run in etree.fromstring(part(made[0], name).encode()).iter(f"{{{W}}}r") if "".join(run.itertext("{*}t")).strip()]
    assert runs
    assert all(value(run.find("w:rPr/w:rFonts", NAME), "eastAsia") for run in runs)


def test_the_fonts_are_those_of_official_documents_and_none_of_them_is_in_the_file(made):
    styles = {style.name: style for style in docx.Document(made[0]).styles}

    def chinese(name):
        return styles[name].element.rPr.rFonts.get(f"{{{W}}}eastAsia")

    assert [chinese(name) for name in ("Title", "Heading 1", "Heading 2", "Normal")] == [
        "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"]
    assert [styles[name].font.size.pt for name in ("Title", "Heading 1", "Normal")] == [22, 16, 16]
    assert styles["Normal"].paragraph_format.line_spacing.pt == 28
    with zipfile.ZipFile(made[0]) as package:
        names = package.namelist()
        assert not any("font" in name.lower() and not name.endswith("fontTable.xml") for name in names)
        assert "theme" not in " ".join(names)
        assert not any(b"Mincho" in package.read(name) or "明朝".encode() in package.read(name) for name in names)


def test_headings_are_real_ones(made):
    paragraphs = docx.Document(made[0]).paragraphs
    assert [(each.text, each.style.name) for each in paragraphs if each.style.name.startswith("Heading")] == [
        ("一、结论", "Heading 1"), ("（一）分年", "Heading 2"), ("二、术语", "Heading 1")]


def test_a_table_is_native_with_its_head_on_every_page_and_rows_in_one_piece(made):
    (table,) = docx.Document(made[0]).tables
    grid = made[1].blocks[3].grid
    assert [cell.text for cell in table.rows[0].cells] == [column.head for column in grid.columns]
    assert table.rows[0]._tr.findall(".//w:tblHeader", NAME)
    assert all(row._tr.findall(".//w:cantSplit", NAME) for row in table.rows)
    number, year = table.rows[1]._tr.findall(".//w:jc", NAME)[1], table.rows[1]._tr.findall(".//w:jc", NAME)[0]
    assert (value(year, "val"), value(number, "val")) == ("left", "right")
    assert table.rows[-1]._tr.findall(".//w:tcBorders/w:top", NAME)
    assert sum(column.width for column in table.columns) / 635 == pytest.approx(TEXT_WIDTH, abs=5)


def test_a_table_stays_on_the_page_of_its_note(made, tmp_path):
    (table,) = docx.Document(made[0]).tables
    assert all(row._tr.findall(".//w:keepNext", NAME) for row in table.rows)
    unnoted = replace(made[1], blocks=[block for block in made[1].blocks if not isinstance(block, Paragraph)])
    write_word(unnoted, picture(tmp_path), tmp_path / "unnoted.docx")
    (table,) = docx.Document(tmp_path / "unnoted.docx").tables
    assert [bool(row._tr.findall(".//w:keepNext", NAME)) for row in table.rows] == [True] * (len(table.rows) - 1) + [False]


def test_no_number_and_no_word_is_broken_where_the_table_has_room():
    columns = [Column("条", ["（十二）"]), Column("cap", ["(document) of each project"]), Column("quote", ["很长的原文" * 30])]
    style, widths = fit(Table(1, Grid("", columns), [0.1, 0.1, 9.8]))
    assert style == "SmallCell"  # the quote takes more than four lines in the largest size
    assert sum(widths) == pytest.approx(TEXT_WIDTH, abs=3)
    assert widths[0] >= 20 * 9 * 4 and widths[1] >= 20 * 9 * 0.54 * len("(document)")
    assert fit(Table(1, Grid("", columns[:2]), [1, 3])) == ("Cell", [round(TEXT_WIDTH / 4), round(TEXT_WIDTH * 3 / 4)])


def test_numbers_have_room_for_the_widest_font_and_heads_of_rows_for_two_lines():
    heads = Column("指标", ["带动新增投资之差"] * 3)
    figures = [Column(f"情景{j}", ["+1.655±0.003"] * 3) for j in range(5)]
    style, widths = fit(Table(1, Grid("", [heads, *figures])))
    assert style == "SmallCell"
    assert all(width >= 20 * 9 * 1.27 * ems("+1.655±0.003") for width in widths[1:])
    assert widths[0] >= 20 * 9 * 4
    assert sum(widths) == pytest.approx(TEXT_WIDTH, abs=6)


def test_a_table_that_is_far_too_wide_still_fits_the_page():
    style, widths = fit(Table(1, Grid("", [Column("digest", ["0123456789abcdef"])] * 40)))
    assert style == "TinyCell"
    assert sum(widths) == pytest.approx(TEXT_WIDTH, abs=40)


def test_captions_are_counted_by_word_a_tables_above_and_a_figures_below(text):
    fields = [value(each, "instr").strip() for each in text.iter(f"{{{W}}}fldSimple")]
    assert fields == ["SEQ 表 \\* ARABIC", "SEQ 图 \\* ARABIC"]
    body = list(text.find("w:body", NAME))
    caption = [i for i, each in enumerate(body) if each.find("w:pPr/w:pStyle[@w:val='Caption']", NAME) is not None]
    assert body[caption[0]].find("w:pPr/w:keepNext", NAME) is not None
    assert next(each.tag for each in body[caption[0]:] if each.tag.endswith("tbl")) and body[caption[1] - 1].findall(".//{*}inline")


def test_a_figure_says_what_it_shows_to_who_cannot_see_it(made):
    (shape,) = docx.Document(made[0]).inline_shapes
    properties = shape._inline.docPr
    figure = made[1].figures[0]
    assert (properties.get("descr"), properties.get("title")) == (figure.alt, figure.caption.text)
    assert shape.width.cm == pytest.approx(15.6)


def test_the_page_number_is_a_field_between_dashes_outside(made):
    for name, side in (("word/footer1.xml", "right"), ("word/footer2.xml", "left")):
        foot = part(made[0], name)
        assert "".join(etree.fromstring(foot.encode()).itertext("{*}t")) == "— 1 —"
        assert " PAGE " in foot
        assert f'<w:jc w:val="{side}"/>' in foot
    assert "evenAndOddHeaders" in part(made[0], "word/settings.xml")


def test_the_package_carries_the_inventory(made):
    item = etree.fromstring(part(made[0], "customXml/item1.xml").encode())
    assert item.tag == "{urn:subsidysim:brief}inventory"
    assert json.loads(item.text) == made[1].inventory()
    assert "customXml/item1.xml" in part(made[0], "word/_rels/document.xml.rels")


def test_the_same_brief_is_the_same_file_with_one_date(made, tmp_path):
    write_word(made[1], picture(tmp_path), tmp_path / "again.docx")
    assert (tmp_path / "again.docx").read_bytes() == made[0].read_bytes()
    with zipfile.ZipFile(made[0]) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(made[0]).core_properties
    assert (properties.author, properties.title, properties.language) == ("subsidysim", made[1].title, "zh-CN")


def test_each_language_is_written_in_its_own_fonts(evidence, tmp_path, tongue):
    file, brief = written(evidence, tmp_path)
    document = docx.Document(file)
    body = [each for each in document.paragraphs if each.style.name == "Normal"]
    assert body[0].runs[0].font.name == "Times New Roman"
    found = document.core_properties.language, document.styles["Normal"].font.size.pt
    assert found == {"zh": ("zh-CN", 16), "en": ("en-US", 12)}[tongue]
    seen = "".join(re.findall(r"<w:t[ >][^<]*", part(file)))
    assert bool(CHINESE.search(seen.replace(brief.title, ""))) == (tongue == "zh")


def test_what_xml_cannot_hold_is_shown_as_a_mark_and_a_line_break_as_one(tmp_path):
    odd = Brief("A\x0bB & <C>", "", [Heading("\ud800"), Paragraph(state("“\x00”\n二", "\x00"))])
    write_word(odd, {}, tmp_path / "odd.docx")
    texts = [each.text for each in docx.Document(io.BytesIO((tmp_path / "odd.docx").read_bytes())).paragraphs]
    assert texts == ["A〓B & <C>", "〓", "“〓”\n二"]


@pytest.mark.parametrize(("title", "lines"), [
    ("资金需求测算", ["资金需求测算"]),
    ("《推动工业领域大规模设备更新和创新产品扩大应用的专项行动》财政支出与成效测算",
     ["《推动工业领域大规模设备更新", "和创新产品扩大应用的专项行动》", "财政支出与成效测算"]),
    ("What it will cost, and what it will bring in the end", ["What it will cost, and what", " it will bring in the end"])])
def test_a_title_is_broken_where_a_reader_would_break_it(title, lines):
    found = title_lines(title, 20)
    assert found == lines
    assert "".join(found) == title and all(ems(line) <= 20 for line in found)


def test_a_subtitle_is_broken_between_its_parts():
    said = "沪经信技〔2024〕355号 · 基准情景 · 运行 baseline-e7ce35062105 · 2,048次抽样"
    assert title_lines(said, 28) == ["沪经信技〔2024〕355号 · 基准情景", "运行 baseline-e7ce35062105 · 2,048次抽样"]
