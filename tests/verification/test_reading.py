"""Briefs are read as they come back from other programs and other hands, and what is no brief is refused."""

import json
import re
import zipfile

import pytest

from simulator.errors import SimulatorError
from simulator.verification import read_brief
from simulator.verification.found import plain, without_marks
from tests.verification.small_brief import TEXT, changed, written

BOMB = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture(scope="module")
def made(evidence, tmp_path_factory):
    """The small brief as a Word file, and the brief."""
    return written(evidence, tmp_path_factory.mktemp("word"))


def page(brief, body):
    """A page with the inventory in its head, as the brief's page has it."""
    data = json.dumps(brief.inventory(), ensure_ascii=False).replace("<", "\\u003c")
    return (f'<!doctype html><html><head><title>5</title><script type="application/json" id="inventory">{data}</script>'
            f"<style>data {{}}</style></head><body>{body}</body></html>")


def test_a_word_file_gives_back_its_inventory_and_every_number(made):
    found, inventory = read_brief(made[0]), made[1].inventory()
    assert found.inventory == inventory
    assert found.texts == {entry["id"]: [entry["text"]] for entry in inventory["numbers"]}


def test_runs_that_were_split_and_tracked_changes_are_read_as_they_stand(made):
    first = made[1].inventory()["numbers"][0]["text"]
    old = f'<w:t xml:space="preserve">{first}</w:t></w:r>'
    tracked = (f'<w:t>{first[:2]}</w:t></w:r><w:del w:id="7" w:author="a"><w:r><w:delText>{first[2:]}</w:delText></w:r></w:del>'
               '<w:moveFrom w:id="8" w:author="a"><w:r><w:t>8</w:t></w:r></w:moveFrom>'
               '<w:ins w:id="9" w:author="a"><w:r><w:t>.01</w:t></w:r></w:ins>')
    found = read_brief(changed(made[0], lambda text: text.replace(old, tracked, 1)))
    assert found.texts["n1"] == [first[:2] + ".01"]


def test_a_number_whose_place_shows_a_placeholder_is_gone(made):
    def emptied(text):
        return text.replace('<w:tag w:val="n1"/>', '<w:tag w:val="n1"/><w:showingPlcHdr/>', 1).replace('w:name="_n1"', 'w:name="_x"')

    found = read_brief(changed(made[0], emptied))
    assert "n1" not in found.texts
    assert "n2" in found.texts


def test_numbers_are_found_by_their_bookmarks_where_a_program_has_dropped_the_tags(made):
    found = read_brief(changed(made[0], lambda text: re.sub(r'<w:tag w:val="n\d+"/>', "", text)))
    assert found.texts == read_brief(made[0]).texts


def test_the_inventory_is_found_whatever_its_part_is_called(made, tmp_path):
    other = tmp_path / "renamed.docx"
    with zipfile.ZipFile(made[0]) as package, zipfile.ZipFile(other, "w") as out:
        for name in package.namelist():
            out.writestr(name.replace("item1.xml", "item7.xml"), package.read(name))
    assert read_brief(other).inventory == made[1].inventory()


def test_a_page_gives_back_what_stands_in_its_data_elements(made, tmp_path):
    file = tmp_path / "brief.html"
    file.write_text(page(made[1], '<p>共需<data id="n1" value="1">69<b>.96</b></data>亿元</p><p>1</p>'
                         '<p><span class="label">图3&#x3000;</span><data id="n2">５</data>1</p>'
                         '<td><data id="n1">3</data></td><del><data id="n3">8</data></del><data id="other">4</data>'), "utf-8")
    found = read_brief(file)
    assert found.inventory == made[1].inventory()
    assert found.texts == {"n1": ["69.96", "3"], "n2": ["５1"]}


def test_a_number_that_is_hidden_is_not_there(made, tmp_path):
    def hidden(by):
        return lambda xml: re.sub(r'(<w:tag w:val="n1"/>.*?<w:rPr>)', rf"\g<1>{by}", xml, count=1)

    assert "n1" not in read_brief(changed(made[0], hidden("<w:vanish/>"))).texts
    assert "n1" in read_brief(changed(made[0], hidden('<w:vanish w:val="0"/>'))).texts
    file = tmp_path / "brief.html"
    file.write_text(page(made[1], '<p hidden>a<br><b>b</b><data id="n1">1</data></p><p style="color: red; display : none"><i>3</i></p>'
                         '<p style="color: red"><data id="n2">2</data></p>'), "utf-8")
    found = read_brief(file)
    assert (found.texts, [line.text for line in found.lines]) == ({"n2": ["2"]}, ["2"])


def test_what_stands_around_the_numbers_is_read_line_by_line(made):
    lines = [without_marks(plain(line.form), "…") for line in read_brief(made[0]).lines]
    assert any(line.startswith("2026|…|…") for line in lines)
    assert {plain(text) for text in ("“计划”共需…亿元，误差…亿元。", "一、结论", "注：某年…亿元。", "P95：九成五不超过的数")} <= set(lines)


def test_lines_end_within_a_control_that_a_program_has_put_around_several(made):
    def wrapped(xml):
        return xml.replace("<w:body>", "<w:body><w:sdt><w:sdtContent>", 1).replace("<w:sectPr", "</w:sdtContent></w:sdt><w:sectPr", 1)

    assert read_brief(changed(made[0], wrapped)).lines == read_brief(made[0]).lines


@pytest.mark.parametrize("part", [TEXT, "customXml/item1.xml", "_rels/.rels"])
def test_entities_are_refused_before_they_grow(made, part):
    with pytest.raises(SimulatorError, match="DTD") as refused:
        read_brief(changed(made[0], lambda text: text.replace("?>", f"?>{BOMB}", 1), part))
    assert refused.value.exit_code == 2


def test_a_zip_bomb_is_refused(made):
    with pytest.raises(SimulatorError, match="200"):
        read_brief(changed(made[0], lambda text: text.replace("</w:body>", " " * 2**25 + "</w:body>")))


@pytest.mark.parametrize(("name", "content", "said"), [
    ("a.docx", b"PK\x03\x04 no package", "Word"), ("a.docx", b"", "Word"), ("a.html", b"\xff\xfe", "HTML"), ("a.html", b"<p>1</p>", "清单"),
    ("a.html", b"<![oops[", "subsidysim"), ("a.pdf", b"%PDF", "PDF"), ("a.txt", b"1", ".docx"), ("a.xlsx", b"PK", ".docx")])
def test_what_is_no_brief_is_refused_with_a_remedy(tmp_path, name, content, said):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SimulatorError, match=said) as refused:
        read_brief(file)
    assert refused.value.exit_code == 2


def test_a_package_without_text_or_inventory_is_refused(made, tmp_path):
    for missing, said in ((TEXT, "document.xml"), ("customXml/item1.xml", "清单"), ("_rels/.rels", "rels")):
        other = tmp_path / "less.docx"
        with zipfile.ZipFile(made[0]) as package, zipfile.ZipFile(other, "w") as out:
            for name in package.namelist():
                if name != missing:
                    out.writestr(name, package.read(name))
        with pytest.raises(SimulatorError, match=said):
            read_brief(other)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    for name in ("none.docx", "none.html"):
        with pytest.raises(SimulatorError, match="无法读取"):
            read_brief(tmp_path / name)
