"""Pictures within a page: nothing of a file remains about them, and their ids stay their own."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from simulator.brief.inlined import inlined

SVG = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "nowhere">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="20pt" height="10pt" viewBox="0 0 20 10" xmlns="http://www.w3.org/2000/svg">
 <metadata><title>not shown</title></metadata>
 <defs><style type="text/css">*{stroke-linecap: butt}</style><clipPath id="c1"><path id="p1" d="M 0 0
L 1 1"/></clipPath></defs>
 <!-- a comment -->
 <g clip-path="url(#c1)" style="fill: url(#h1); stroke: #ffffff"><use xlink:href="#p1"/></g>
 <image xlink:href="data:image/png;base64,AAAA"/>
</svg>
"""


@pytest.fixture
def text(tmp_path):
    file = tmp_path / "x.svg"
    file.write_text(SVG, encoding="utf-8")
    return inlined(file, "figure-1-", 'a < b & "c"')


def test_nothing_of_a_file_remains(text):
    assert text.startswith("<svg viewBox=")
    for left_out in ("<?xml", "<!DOCTYPE", "<!--", "<metadata", "<style", "xmlns", "width=", "\n"):
        assert left_out not in text


def test_ids_and_what_refers_to_them_get_the_prefix_and_colours_and_data_do_not(text):
    root = ET.fromstring(text)
    assert root.find(".//clipPath").get("id") == "figure-1-c1"
    group = root.find("g")
    assert group.attrib == {"clip-path": "url(#figure-1-c1)", "style": "fill: url(#figure-1-h1); stroke: #ffffff"}
    assert group.find("use").get("href") == "#figure-1-p1"
    assert root.find("image").get("href") == "data:image/png;base64,AAAA"


def test_it_is_an_image_with_a_text_for_those_who_cannot_see_it(text):
    root = ET.fromstring(text)
    assert (root.get("role"), root.get("aria-label")) == ("img", 'a < b & "c"')
