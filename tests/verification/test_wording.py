"""Words, units and numbers without a mark are compared with the text as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.charts import Tables
from simulator.verification import check, read_brief
from simulator.verification.wording import compare_lines, differing
from tests.verification.small_brief import changed, written

WRITTEN = ["一、结论", "2026年", "2027年", "共需…亿元，见〔2024〕355号。", "…", "…", "P95：九成五不超过的数"]
LINES = st.lists(st.sampled_from([*WRITTEN, "2028年", "共需…万元", ""]), max_size=8)


def compare(*lines):
    found = compare_lines(lines, WRITTEN)
    return list(found.renumbered), list(found.reworded), found.missing


def test_the_text_as_it_was_written_differs_in_nothing():
    assert compare(*WRITTEN) == ([], [], 0)


def test_order_copies_blanks_and_full_width_digits_make_no_difference():
    assert compare(*reversed(WRITTEN), "共需 … 亿元，见〔２０２４〕355号。", "2026年", "", " ") == ([], [], 0)


def test_a_digit_that_was_altered_in_a_line_is_found_even_if_another_line_says_the_same():
    assert compare(*["2027年" if line == "2026年" else line for line in WRITTEN]) == ([("2027年", "2026年")], [], 0)


def test_a_unit_a_word_and_a_line_that_was_added_are_reworded_text():
    other = "共需…万元，见〔2024〕355号。"
    assert compare(*[other if line.startswith("共") else line for line in WRITTEN]) == ([], [other], 1)
    assert compare(*WRITTEN, "另需5亿元。") == ([], ["另需5亿元。"], 0)


def test_lines_that_are_no_longer_there_are_counted():
    assert compare(*WRITTEN[1:-1]) == ([], [], 2)


@given(LINES, LINES)
def test_only_what_was_not_written_is_told(lines, written_lines):
    found = compare_lines(lines, written_lines)
    assert not set(found.reworded) & set(written_lines)
    assert all(now != right and right in written_lines and now in lines for now, right in found.renumbered)
    assert compare_lines(lines, lines).missing == 0


def test_the_numbers_that_differ_are_told_alone():
    assert differing("2029年共2,001.5亿元", "2026年共2,001.5亿元") == ("2029", "2026")
    assert differing("1至 ２", "3至4") == ("1, 2", "3, 4")


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
    assert found.wording.reworded == ("“计划”共需…万元，误差…亿元。",)


def test_words_are_not_compared_where_all_marks_are_gone(made, evidence):
    assert report(made, evidence, lambda xml: xml.replace("w:val=\"n", "w:val=\"x").replace('w:name="_n', 'w:name="x')).wording is None
