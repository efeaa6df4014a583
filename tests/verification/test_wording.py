"""Words, units and numbers without a mark are compared with the text as it was written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.charts import Tables
from simulator.verification import check, read_brief
from simulator.verification.found import Line
from simulator.verification.wording import Wording, compare_lines, differing
from tests.verification.small_brief import changed, written

WRITTEN = ["一、结论", "2026年", "2027年", "共需…亿元，见〔2024〕355号。", "P95：九成五不超过的数"]
NUMBERED = "\ue0ff\ue101"  # the mark n1
LINES = st.lists(st.sampled_from([*WRITTEN, "2028年", "共需…万元"]), max_size=8)


def as_lines(*texts):
    """Lines as they are read; … stands for a number that is marked, 69.96."""
    return [Line(text.replace("…", "69.96"), text.replace("…", NUMBERED)) for text in texts]


def compare(*texts):
    found = compare_lines(as_lines(*texts), as_lines(*WRITTEN))
    return list(found.renumbered), list(found.reworded), list(found.missing)


def test_the_text_as_it_was_written_differs_in_nothing():
    assert compare(*WRITTEN) == ([], [], [])


def test_order_copies_blanks_and_full_width_digits_make_no_difference():
    assert compare(*reversed(WRITTEN), "共需 … 亿元，见〔２０２４〕355号。", "2026年") == ([], [], [])


def test_a_digit_that_was_altered_in_a_line_is_found_even_if_another_line_says_the_same():
    assert compare(*["2027年" if line == "2026年" else line for line in WRITTEN]) == ([("2027年", "2026年")], [], [])


def test_every_one_of_several_lines_that_were_altered_alike_is_found():
    found, _, _ = compare(*["2028年" if line in ("2026年", "2027年") else line for line in WRITTEN])
    assert sorted(found) == [("2028年", "2026年"), ("2028年", "2027年")]


def test_a_unit_a_word_and_a_line_that_was_added_are_reworded_text():
    other = [line.replace("亿", "万") for line in WRITTEN]
    assert compare(*other) == ([], ["共需69.96万元，见〔2024〕355号。"], ["共需69.96亿元，见〔2024〕355号。"])
    assert compare(*WRITTEN, "另需5亿元。") == ([], ["另需5亿元。"], [])


def test_lines_that_are_no_longer_there_are_told():
    assert compare(*WRITTEN[1:-1]) == ([], [], ["一、结论", "P95：九成五不超过的数"])


def test_a_line_that_became_the_copy_of_another_is_missed():
    assert compare(*["2026年" if line == "一、结论" else line for line in WRITTEN]) == ([], [], ["一、结论"])


def test_numbers_that_have_changed_places_with_their_marks_are_altered():
    first, second = "\ue0ff\ue101", "\ue0ff\ue102"
    written_line, swapped = Line("1至2年", f"{first}至{second}年"), Line("2至1年", f"{second}至{first}年")
    assert compare_lines([swapped], [written_line]).renumbered == (("2至1年", "1至2年"),)


def test_a_number_that_was_typed_again_without_its_mark_is_no_other_text():
    assert compare_lines([Line("共1年", "共1年")], [Line("共1年", "共\ue0ff\ue101年")]) == Wording((), (), ())


@given(LINES, LINES)
def test_only_what_was_not_written_is_told(texts, written_texts):
    lines, there = as_lines(*texts), as_lines(*written_texts)
    found = compare_lines(lines, there)
    assert not set(found.reworded) & {line.text for line in there}
    assert all(now != right and right in {line.text for line in there} for now, right in found.renumbered)
    assert compare_lines(lines, lines) == Wording((), (), ())


def test_the_numbers_that_differ_are_told_alone():
    assert differing("2029年共2,001.5亿元", "2026年共2,001.5亿元") == ("2029", "2026")
    assert differing("1至 ２", "3至4") == ("1, 2", "3, 4")


def test_lines_whose_numbers_cannot_be_paired_are_told_whole():
    assert differing("共1至2", "共3") == ("共1至2", "共3")
    assert differing("甲1乙", "乙1甲") == ("甲1乙", "乙1甲")


@pytest.fixture(scope="module")
def made(evidence, tmp_path_factory):
    return written(evidence, tmp_path_factory.mktemp("word"))[0]


def report(made, evidence, change):
    return check(read_brief(changed(made, change)), Tables(evidence), read_brief(made))


def test_a_number_that_nobody_marked_is_named_with_its_line(made, evidence):
    found = report(made, evidence, lambda xml: xml.replace("P95：", "P90：", 1))
    (finding,) = found.findings
    assert (finding.kind, finding.now, finding.right, finding.of) == ("altered", "90", "95", "P90：九成五不超过的数")
    assert found.wording.reworded == ()


def test_a_unit_that_was_altered_is_told_and_no_fault(made, evidence):
    found = report(made, evidence, lambda xml: xml.replace("亿元，误差", "万元，误差", 1))
    assert found.agrees
    (line,) = found.wording.reworded
    assert re.fullmatch(r"“计划”共需[\d.]+万元，误差[\d.±]+亿元。", line)
    assert found.wording.missing == (line.replace("万元", "亿元"),)


def test_words_are_not_compared_where_all_marks_are_gone(made, evidence):
    assert report(made, evidence, lambda xml: xml.replace("w:val=\"n", "w:val=\"x").replace('w:name="_n', 'w:name="x')).wording is None
