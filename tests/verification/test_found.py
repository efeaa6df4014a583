"""A number as a reader reads it, and an inventory that is not believed blindly."""

import copy
import json
from pathlib import Path

import pytest

from simulator.errors import SimulatorError
from simulator.verification.found import Marks, plain, read_inventory, without_marks

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
    (line,) = marks.lines
    assert (line.text, without_marks(line.form, "…")) == ("2026年拨付169.96—71亿元", "2026年拨付…—…亿元")


def test_marks_that_lie_within_or_across_each_other_are_one_gap():
    marks = Marks()
    marks.say("共")
    marks.begin("n1")
    marks.begin("n1", weak=True)
    marks.say("69")
    marks.begin("n2")
    marks.say(".9")
    marks.end("n1")
    marks.end("n1", weak=True)
    marks.say("6")
    marks.end("n2")
    marks.say("亿元")
    marks.end_line()
    assert [without_marks(line.form, "…") for line in marks.lines] == ["共…亿元"]


def test_a_line_with_other_numbers_in_its_places_is_another_line():
    def line(*names):
        marks = Marks()
        for name in names:
            marks.begin(name)
            marks.say("1")
            marks.end(name)
            marks.say("至")
        marks.end_line()
        return marks.lines[0]

    assert line("n1", "n2").text == line("n2", "n1").text
    assert line("n1", "n2").form != line("n2", "n1").form


def test_a_mark_without_text_is_no_number():
    assert read("共需", " ", "亿元") is None


def test_a_mark_ends_with_its_line():
    marks = Marks()
    marks.begin("n1")
    marks.say("69.")
    marks.end_line()
    marks.say("96")
    marks.end("n1")
    marks.end_line()
    assert (marks.texts, [line.text for line in marks.lines]) == ({"n1": ["69."]}, ["69.", "96"])


def test_a_weak_mark_counts_where_no_other_of_its_name_lies_within():
    marks = Marks()
    for text, name in (("1", "n1"), ("2", ""), ("3", "n2")):
        marks.begin("n1", weak=True)
        if name:
            marks.begin(name)
        marks.say(text)
        if name:
            marks.end(name)
        marks.end("n1", weak=True)
        marks.say("、")
    marks.end_line()
    assert {name: sorted(texts) for name, texts in marks.texts.items()} == {"n1": ["1", "2", "3"], "n2": ["3"]}


@pytest.mark.parametrize("typed", ["６９.９６", " 69.96 ", "69 .96", "\u300069.96", "69.96\n", "\ufeff69.\u200b96"])
def test_how_a_number_is_typed_makes_no_difference(typed):
    assert plain(typed) == plain("69.96")


@pytest.mark.parametrize("typed", ["69.97", "69.9", "-69.96", "69,96", "69.960", "69.⁹6"])
def test_another_number_does(typed):
    assert plain(typed) != plain("69.96")


def test_a_sound_inventory_is_read():
    assert read_inventory(json.dumps(GOOD), Path("简报.docx")) == GOOD


@pytest.mark.parametrize(("name", "value"), [
    ("run", "../../etc"), ("run", "a/b"), ("run", "a\\b"), ("run", ".."), ("run", ""), ("run", 1), ("seal", None), ("scenario", []),
    ("lang", "fr"), ("levers", "x"), ("program", None), ("levers", ["a"]), ("levers", [1, 2]), ("numbers", {}), ("numbers", ["n1"]),
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
