"""A number as a reader reads it, and an inventory that is not believed blindly."""

import copy
import json
from pathlib import Path

import pytest

from simulator.errors import SimulatorError
from simulator.verification.found import Marks, plain, read_inventory

GOOD = {"format": 1, "program": "0", "run": "baseline-1", "seal": "ab", "scenario": "baseline", "lang": "zh", "levers": None,
        "numbers": [{"id": "n1", "of": "outlay/total?statistic=mean#money", "text": "69.96", "in": "一、结论"}]}


def read(before, text, behind):
    marks = Marks()
    marks.say(before)
    marks.begin("n1")
    marks.say(text)
    marks.end("n1")
    marks.say(behind)
    marks.end_line()
    return marks.texts.get("n1")


@pytest.mark.parametrize(("before", "behind", "as_read"), [
    ("共需", "亿元", "69.96"), ("共需1", "亿元", "169.96"), ("共需1,", "亿元", "1,69.96"), ("共需", "5亿元", "69.965"),
    ("共需", ".5", "69.96.5"), ("共需−", "亿元", "-69.96"), ("共需１", "亿元", "169.96"), ("2024—2026年", "亿元", "69.96"),
    ("P95", "亿元", "69.96"), ("48.5—", "亿元", "69.96"), ("in 2026 CNY ", ". In 2027", "69.96"), ("48.5-", " bn", "69.96")])
def test_digits_right_beside_a_mark_belong_to_its_number(before, behind, as_read):
    assert [plain(text) for text in read(before, "69.96", behind)] == [as_read]


def test_a_line_is_what_stands_around_its_numbers():
    marks = Marks()
    for name, text in (("", "2026年拨付1"), ("n1", "69.96"), ("", "—"), ("n2", "71"), ("", "亿元 ")):
        if name:
            marks.begin(name)
        marks.say(text)
        if name:
            marks.end(name)
    marks.end_line()
    assert marks.lines == ["2026年拨付…—…亿元"]


def test_marks_that_lie_within_or_across_each_other_are_one_gap():
    marks = Marks()
    marks.say("共")
    marks.begin("n1")
    marks.begin("_n1")
    marks.say("69")
    marks.begin("n2")
    marks.say(".9")
    marks.end("n1")
    marks.end("_n1")
    marks.say("6")
    marks.end("n2")
    marks.say("亿元")
    marks.end_line()
    assert marks.lines == ["共…亿元"]


def test_a_mark_without_text_is_no_number():
    assert read("共需", " ", "亿元") is None


def test_a_mark_that_holds_two_lines_is_read_whole():
    marks = Marks()
    marks.begin("n1")
    marks.say("69.")
    marks.end_line()
    marks.say("96")
    marks.end("n1")
    marks.end_line()
    assert marks.texts == {"n1": ["69.96"]}


@pytest.mark.parametrize("typed", ["６９.９６", " 69.96 ", "69 .96", "\u300069.96", "69.96\n"])
def test_how_a_number_is_typed_makes_no_difference(typed):
    assert plain(typed) == plain("69.96")


@pytest.mark.parametrize("typed", ["69.97", "69.9", "-69.96", "69,96", "69.960"])
def test_another_number_does(typed):
    assert plain(typed) != plain("69.96")


def test_a_sound_inventory_is_read():
    assert read_inventory(json.dumps(GOOD), Path("简报.docx")) == GOOD


@pytest.mark.parametrize(("name", "value"), [
    ("run", "../../etc"), ("run", "a/b"), ("run", "a\\b"), ("run", ".."), ("run", ""), ("run", 1), ("seal", None), ("scenario", []),
    ("lang", "fr"), ("levers", "x"), ("levers", ["a"]), ("levers", [1, 2]), ("numbers", {}), ("numbers", ["n1"]),
    ("numbers", [{"id": "n1"}]), ("format", 2)])
def test_an_inventory_that_a_brief_would_not_carry_is_refused(name, value):
    odd = copy.deepcopy(GOOD) | {name: value}
    with pytest.raises(SimulatorError, match="subsidysim") as refused:
        read_inventory(json.dumps(odd), Path("简报.docx"))
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("text", [None, "", "{", "[]", "null", "[" * 100_000])
def test_what_is_no_inventory_is_refused_with_a_remedy(text):
    with pytest.raises(SimulatorError, match="subsidysim brief"):
        read_inventory(text, Path("简报.docx"))
