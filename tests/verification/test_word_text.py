"""A Word document is read as it is shown, whatever hands and programs have done to it."""

import re

import pytest

from simulator.verification import read_brief
from simulator.verification.found import plain
from tests.verification.small_brief import changed, written

CONTROL = r'<w:sdt><w:sdtPr><w:tag w:val="n1"/>.*?</w:sdt>'


@pytest.fixture(scope="module")
def made(evidence, tmp_path_factory):
    return written(evidence, tmp_path_factory.mktemp("word"))[0]


def read(made, change):
    return read_brief(changed(made, change))


def paragraph(text):
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def before_the_first(xml, text):
    """A run right before the mark of the first number."""
    return xml.replace('<w:bookmarkStart w:id="1" ', f'<w:r>{text}</w:r><w:bookmarkStart w:id="1" ', 1)


@pytest.mark.parametrize(("sign", "read_as"), [("<w:noBreakHyphen/>", "-"), ('<w:sym w:font="Symbol" w:char="F031"/>', "1"),
                                               ('<w:sym w:char="0039"/>', "9"), ("<w:t>1</w:t>", "1")])
def test_signs_that_are_no_text_are_read_with_the_number_behind_them(made, sign, read_as):
    found = read(made, lambda xml: before_the_first(xml, sign))
    assert plain(found.texts["n1"][0]).startswith(read_as)


def test_a_sign_without_a_sound_code_is_a_question_mark(made):
    assert any("?" in line.text for line in read(made, lambda xml: before_the_first(xml, '<w:sym w:char="x"/>')).lines)


@pytest.mark.parametrize("orphan", ['<w:bookmarkStart w:id="9999" w:name="_n5"/>', '<w:bookmarkStart w:id="1" w:name="_n5"/>'])
def test_a_mark_that_nobody_ends_swallows_nothing(made, orphan):
    added = f"<w:body><w:p>{orphan}<w:r><w:t>甲</w:t></w:r></w:p>" + paragraph("另需追加99亿元。")
    found, before = read(made, lambda xml: xml.replace("<w:body>", added, 1)), read_brief(made)
    assert "另需追加99亿元。" in [line.text for line in found.lines]
    assert found.texts.keys() == before.texts.keys()
    assert "甲" in found.texts["n5"]


def test_an_end_that_was_lost_leaves_the_other_numbers_alone(made):
    found = read(made, lambda xml: xml.replace('<w:bookmarkEnd w:id="1"/>', "", 1))
    assert found.texts == read_brief(made).texts


def test_a_copied_control_does_not_hide_what_was_typed_where_the_original_stood(made):
    def change(xml):
        control = re.search(CONTROL, xml).group()
        return xml.replace(control, "<w:r><w:t>99.9</w:t></w:r>", 1).replace("</w:p>", f"<w:r><w:t>另见</w:t></w:r>{control}</w:p>", 1)

    assert "99.9" in read(made, change).texts["n1"]


@pytest.mark.parametrize("field", [
    '<w:fldSimple w:instr=" SEQ 表 \\* ARABIC "><w:r><w:t>{}</w:t></w:r></w:fldSimple>',
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> SEQ 表</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{}</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'])
def test_what_word_counts_itself_is_not_compared(made, field):
    def lines(number):
        caption = f"<w:p>{field.format(number)}<w:r><w:t>分年</w:t></w:r></w:p>"
        return read(made, lambda xml: xml.replace("<w:body>", f"<w:body>{caption}", 1)).lines

    assert lines(1) == lines(2)
    assert lines(1)[0].text == "○分年"


def test_other_fields_are_read(made):
    field = '<w:fldSimple w:instr=" DATE "><w:r><w:t>2026年1月</w:t></w:r></w:fldSimple>'
    assert read(made, lambda xml: xml.replace("<w:body>", f"<w:body><w:p>{field}</w:p>", 1)).lines[0].text == "2026年1月"


def test_a_text_box_is_a_line_of_its_own_and_parts_no_number(made):
    box = (f'<w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:txbxContent>{paragraph("框中99")}</w:txbxContent></mc:Choice>'
           f'<mc:Fallback><w:txbxContent>{paragraph("框中99")}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r>')
    found = read(made, lambda xml: before_the_first(xml.replace("共需</w:t>", "共需1</w:t>", 1), "<w:t/>").replace(
        '<w:bookmarkStart w:id="1" ', f'{box}<w:bookmarkStart w:id="1" ', 1))
    assert found.texts["n1"][0].startswith("1")
    assert [line.text for line in found.lines].count("框中99") == 1


def test_footnotes_heads_and_feet_are_read(made):
    foot = read(made, lambda xml: xml)
    assert any("○" in line.text for line in foot.lines)  # the number of the page


def test_a_footer_that_was_written_into_is_read(made):
    import zipfile

    with zipfile.ZipFile(made) as package:
        name = next(each for each in package.namelist() if each.startswith("word/footer"))
    found = read_brief(changed(made, lambda xml: xml.replace("<w:r>", "<w:r><w:t>合计99亿元</w:t></w:r><w:r>", 1), name))
    assert any("合计99亿元" in line.text for line in found.lines)


def test_a_row_is_one_line_whose_cells_are_apart(made):
    (head,) = [line.text for line in read_brief(made).lines if line.text.startswith("年份 | ")]
    assert head.count(" | ") >= 2
