"""A page is read as a browser shows it, however it was edited."""

import json

import pytest

from simulator.verification import read_brief

INVENTORY = json.dumps({"format": 1, "program": "0", "run": "baseline-1", "seal": "ab", "scenario": "baseline", "lang": "zh",
                        "levers": None, "numbers": []})


@pytest.fixture
def read(tmp_path):
    def write_and_read(body):
        file = tmp_path / "brief.html"
        file.write_text("\ufeff" + f'<script type="application/json" id="inventory">{INVENTORY}</script>{body}', "utf-8")
        found = read_brief(file)
        return dict(found.texts), [line.text for line in found.lines]

    return write_and_read


def number(text, name="n1"):
    return f'<data id="{name}">{text}</data>'


@pytest.mark.parametrize("body", [f"<p><span>1</span>{number('69')}</p>", f"<p>1<wbr>{number('69')}</p>", f"<p><b>1</b>{number('69')}</p>"])
def test_what_stands_in_the_line_parts_no_number(read, body):
    assert read(body)[0] == {"n1": ["169"]}


def test_coloured_words_part_no_line(read):
    assert read('<p>市级<span style="background: yellow">财政</span>拨付</p>')[1] == ["市级财政拨付"]


@pytest.mark.parametrize("body", [f"<p>{number('69')}亿元</p><p>另需99</p>",
                                  "<p><data id=n1>69<p>亿元<p>另需99", "<p><data id=n1>69</p>另需99"])
def test_a_mark_that_nobody_ends_swallows_nothing(read, body):
    texts, lines = read(body)
    assert texts == {"n1": ["69"]}
    assert "另需99" in lines[-1]


def test_a_row_is_one_line_whose_cells_are_apart(read):
    rows = f"<tr><th>2026</th><td>{number('1')}</td><td>{number('2', 'n2')}</td></tr>"
    assert read(f"<table>{rows}</table>") == ({"n1": ["1"], "n2": ["2"]}, ["2026 | 1 | 2"])
    assert read(f"<table>{rows.replace('</td>', '').replace('</tr>', '')}<tr><td>3</table><p>完")[1] == ["2026 | 1 | 2", "3", "完"]


@pytest.mark.parametrize("body", ["<p hidden>甲<p>乙", "<ul><li hidden>甲<li>乙</ul>", "<param hidden><p>乙</p>",
                                  "<table><tr><td hidden>甲<td>乙</table>", '<p style="FONT-SIZE: 0px">甲</p>乙'])
def test_what_is_hidden_hides_nothing_else(read, body):
    assert read(body)[1] == ["乙"]
