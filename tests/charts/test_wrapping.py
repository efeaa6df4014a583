"""Lines break where a reader would break them, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.charts.wrapping import ems, wrap, wrap_short

TEXTS = st.text(alphabet="拨付合计有的可能超过亿元，。（）“”；：abc XYZ 0123456789.%±−/", max_size=60)
CLOSING, OPENING = "，。；：、）”！？,.;:)]%", "（“("


def without_blanks(text):
    return text.replace(" ", "")


@given(TEXTS, st.floats(6, 40))
def test_no_character_is_lost_and_no_order_changed(text, width):
    assert without_blanks("".join(wrap(text, width))) == without_blanks(text)


@given(st.text(alphabet="拨付合计的可能超过", max_size=60), st.floats(6, 40))
def test_lines_are_no_wider_than_asked_and_no_more_than_needed(text, width):
    lines = wrap(text, width)
    assert all(ems(line) <= width for line in lines)
    assert len(lines) == max(-(-len(text) // int(width)), 1)


@given(st.text(alphabet="拨付合计，。）的超过", min_size=20, max_size=60).filter(lambda text: "，，" not in text), st.floats(8, 20))
def test_no_line_begins_with_a_sign_that_closes(text, width):
    assert all(line[0] not in CLOSING for line in wrap(text, width)[1:] if line)


@pytest.mark.parametrize("width", [8.0, 9.5, 11.0, 13.0, 16.0])
def test_no_line_ends_with_a_sign_that_opens(width):
    lines = wrap("换用其他口径（节能量按“全部设备投资”计算）（贴息按“合同利息”计算）对拨付影响最大", width)
    assert all(line[-1] not in OPENING for line in lines)


@pytest.mark.parametrize("width", [6.0, 8.0, 10.0, 12.0, 14.0])
def test_a_number_stays_whole_and_with_its_unit(width):
    lines = wrap("拨付合计超过12,345.6亿元，节能量55.3±0.2万吨标煤，达成概率43.2%，截至2027年", width)
    for kept in ("12,345.6亿元", "55.3±0.2万吨标煤", "43.2%", "2027年"):
        assert any(kept in line for line in lines), kept


def test_words_break_at_blanks_and_lines_are_about_equally_long():
    lines = wrap("Outlay peaks in 2026 at CNY 2.06 bn and then falls for as long as the horizon lasts", 30.0)
    assert " ".join(lines) == "Outlay peaks in 2026 at CNY 2.06 bn and then falls for as long as the horizon lasts"
    assert max(map(ems, lines)) - min(map(ems, lines)) < 6.0


def test_a_text_that_fits_is_one_line():
    assert wrap("年度拨付", 4.0) == ["年度拨付"]
    assert wrap("", 4.0) == [""]


@pytest.mark.parametrize(("text", "short"), [("growth of the city's investment", "growth of the…"),
                                             ("按什么计算这一项的节能量", "按什么计算这一…")])
def test_a_text_that_is_too_long_is_cut_after_a_whole_word(text, short):
    assert wrap_short(text, 8.0, 1) == [short]
    assert wrap_short(text, 80.0, 1) == [text]
