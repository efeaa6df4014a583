"""The brief as a page: one file that needs nothing else, in which every number can be computed again."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest
from fontTools.ttLib import TTFont

from simulator.brief.page import POLICY, write_page
from simulator.charts import Tables
from simulator.errors import StorageError
from simulator.fonts import known_characters
from simulator.statements import find_number
from simulator.verification import read_brief
from tests.brief.one_of_each import ALT, SEAL, brief_by_hand, in_each_language, pictures_by_hand

EMPTY = {"meta", "col"}  # elements of the page that have no end


@dataclass
class Element:
    """An element of a page with everything below it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        below = [each for child in self.children if isinstance(child, Element) for each in (child, *child.all())]
        return [each for each in below if tag in ("", each.tag) and attributes.items() <= each.attributes.items()]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found


class Reader(HTMLParser):
    """Builds the tree of a page whose elements all end where they should."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs)
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop().tag == tag

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(page: str) -> Element:
    reader = Reader()
    reader.feed(page)
    reader.close()
    (root,) = reader.open
    return root


@pytest.fixture(scope="module")
def tables(evidence):
    return Tables(evidence)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def briefs(evidence, folder):
    return in_each_language(evidence, folder, write_page, ".html")


@pytest.fixture
def written(briefs, folder, tongue):
    """The brief by hand in each language, and its page."""
    return briefs[tongue], (folder / f"{tongue}.html").read_bytes().decode("utf-8")


def test_every_number_stands_in_the_inventory_and_is_computed_again_from_its_address(written, tables):
    brief, page = written
    inventory = json.loads(read(page).one("script").text)
    assert inventory == brief.inventory()
    marked = read(page).all("data")
    assert [(each.attributes["id"], each.attributes["data-of"], each.text) for each in marked] == [
        (each["id"], each["of"], each["text"]) for each in inventory["numbers"]]
    for each in marked:
        found = find_number(tables, each.attributes["data-of"])
        assert repr(found.value) == each.attributes["value"]
        assert each.attributes["data-run"] == "run-1"


def test_it_is_read_back_by_who_verifies_it(written, folder, tongue):
    brief, _ = written
    found = read_brief(folder / f"{tongue}.html")
    assert found.inventory == brief.inventory()
    assert found.texts == {each["id"]: [each["text"]] for each in brief.inventory()["numbers"]}


def test_texts_are_those_of_the_brief_without_a_blank_between_their_pieces(written):
    brief, page = written
    root = read(page)
    said, table = brief.blocks[1], brief.blocks[2]
    assert root.one("main").all("p")[0].text == said.statement.text
    rows = root.all("table")[0].all("tr")
    assert [[cell.text for cell in row.all() if cell.tag in ("th", "td")] for row in rows[1:]] == [
        list(map(str, row)) for row in table.grid.rows]
    assert [each.text for each in root.all("h2")] == [brief.blocks[0].text, brief.blocks[5].text]
    assert [each.text for each in root.one("nav").all("a")] == [each.text for each in root.all("h2")]
    assert root.one("dl").one("dd").text == brief.blocks[-1].items[0][1]


def test_captions_are_numbered_in_the_language(written, tongue):
    _, page = written
    root = read(page)
    labels = {"zh": ["表1", "图1", "表2", "图2"], "en": ["Table 1", "Figure 1", "Table 2", "Figure 2"]}
    assert [each.text.strip() for each in root.all("span", **{"class": "label"})] == labels[tongue]
    assert root.one("html").attributes["lang"] == {"zh": "zh-CN", "en": "en"}[tongue]


def test_tables_tell_heads_sums_units_and_assumed_rows_apart(written, tongue):
    page = written[1]
    first, second = read(page).all("table")
    assert [each.attributes["scope"] for each in second.one("thead").all("th")] == ["col"] * 3
    assert first.one("caption").all("span", **{"class": "unit"})[0].text == {"zh": "单位：亿元", "en": "CNY bn"}[tongue]
    assert second.one("caption").all("span", **{"class": "unit"}) == []
    assert [each.text for each in second.one("thead").all("span")] == {"zh": ["亿元", "倍"], "en": ["CNY bn", "times"]}[tongue]
    (sums,) = second.one("tbody", **{"class": "totals"}).all("tr")
    assert sums.all("th")[0].text == {"zh": "合计", "en": "total"}[tongue]
    assert [row.all("th")[0].text for row in second.all("tr", **{"class": "assumed"})] == [{"zh": "乙", "en": "B"}[tongue]]
    assert [each.attributes["style"] for each in second.all("col")] == ["width: 60%", "width: 20%", "width: 20%"]
    assert {cell.attributes.get("class") for cell in second.all("td")} == {"number"}


def test_the_page_needs_nothing_else_and_runs_nothing(written):
    _, page = written
    root = read(page)
    assert root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"] == POLICY
    assert root.one("script").attributes == {"type": "application/json", "id": "inventory"}
    assert {value[:1] for each in root.all() for name, value in each.attributes.items() if name in ("href", "src")} == {"#"}
    assert [name for each in root.all() for name in each.attributes if name.startswith("on")] == []
    assert set(re.findall(r"url\(\"?(.{5})", root.one("style").text)) == {"data:"}
    assert "@import" not in page


def test_ids_are_unique_and_every_reference_finds_its_own(written):
    _, page = written
    root = read(page)
    ids = [each.attributes["id"] for each in root.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes["href"][1:] for each in root.all("a")} <= set(ids)
    pictures = root.all("svg")
    assert len(pictures) == 2
    for picture in pictures:
        own = {each.attributes["id"] for each in picture.all() if "id" in each.attributes}
        uses = {each.attributes["href"][1:] for each in picture.all("use")}
        assert uses and uses <= own
        assert set(re.findall(r"url\(#([^)]+)\)", str(picture))) <= own
        assert picture.attributes["aria-label"] == ALT


def test_the_font_holds_what_the_page_shows(written):
    _, page = written
    encoded = re.search(r"url\(\"data:font/woff2;base64,([^\"]+)\"\)", page)[1]
    with TTFont(io.BytesIO(base64.b64decode(encoded, validate=True))) as font:
        held = set(font.getBestCmap())
    body = read(page).one("body")
    shown = {ord(character) for part in ("header", "main", "footer") for character in body.all(part)[0].text}
    assert shown & known_characters() <= held
    assert len(held) < 400


def test_hostile_texts_stay_texts(tables, tmp_path):
    brief = replace(brief_by_hand(tables), title=f'{SEAL}<img src=x onerror="alert(1)">')
    write_page(brief, pictures_by_hand(tables, tmp_path), tmp_path / "brief.html")
    root = read((tmp_path / "brief.html").read_text("utf-8"))
    assert root.one("h1").text == root.one("title").text == brief.title
    assert json.loads(root.one("script").text)["seal"] == SEAL
    assert root.all("img") == []


def test_the_same_brief_is_the_same_bytes_and_takes_the_place_of_what_was_there(written, tables, tmp_path):
    brief, page = written
    (tmp_path / "brief.html").write_text("of yesterday")
    write_page(brief, pictures_by_hand(tables, tmp_path), tmp_path / "brief.html")
    assert (tmp_path / "brief.html").read_bytes() == page.encode("utf-8")
    assert "\r" not in page
    assert sorted(file.name for file in tmp_path.iterdir()) == ["brief.html", "outlay.svg"]


def test_a_folder_that_is_not_there_is_said(tables, tmp_path):
    with pytest.raises(StorageError, match=r"brief\.html"):
        write_page(brief_by_hand(tables), pictures_by_hand(tables, tmp_path), tmp_path / "nowhere" / "brief.html")
