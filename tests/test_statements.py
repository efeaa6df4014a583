"""Numbers in sentences: how they are written, and that the cell they come from is found again by their address."""

import re

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.language import language, set_language
from simulator.statements import Form, Number, find_number, number, read_address, state, unit_name, unit_size

KEYS = st.text(min_size=1, max_size=12).filter(lambda text: "\x00" not in text)
ROWS = ["甲&乙", "a=b#c?d/e%f", "50%", "无", "a+b c", "%26"]


@pytest.fixture
def table():
    values = np.stack([np.arange(12.0).reshape(6, 2) * 1e8, np.full((6, 2), 1e7)], axis=-1)
    return xr.Dataset({"amount": (("row", "year", "part"), values), "share": ("row", np.linspace(0.0, 1.0, 6)), "whole": ((), 7.0)},
                      {"row": ROWS, "year": [2024, 2025], "part": ["value", "error"]}, {"kind": "made"})


def written(form, value, error=0.0):
    return Form.read(form).write(value, error)


@pytest.mark.parametrize("row", ROWS)
def test_an_address_finds_its_cell_again_whatever_it_is_called(table, row):
    one = number(table, "amount", "money±", row=row, year=2025)
    assert find_number({"made": table}, one.address) == one
    assert one.value == table["amount"].sel(row=row, year=2025, part="value").item()


@given(KEYS, st.integers(0, 9999))
def test_an_address_says_its_selection_and_nothing_else(key, year):
    one = Number("table", "variable", (("row", key), ("year", str(year))), "money.2+±", 1.0, 0.0)
    assume("\n" not in key)
    assert read_address(one.address) == ("table", "variable", {"row": key, "year": str(year)}, "money.2+±")


def test_a_number_is_computed_again_and_not_remembered(table):
    address = number(table, "amount", "money", row="无", year=2024).address
    table["amount"] = table["amount"] * 2.0
    assert find_number({"made": table}, address).value == 12e8


def test_a_cell_without_part_has_no_error_and_one_without_dims_no_selection(table):
    assert number(table, "share", "share", row="50%").error == 0.0
    whole = number(table, "whole", "count")
    assert (whole.address, str(find_number({"made": table}, whole.address))) == ("made/whole?#count", "7")


@pytest.mark.parametrize(("variable", "where"), [("amount", {"row": "无"}), ("amount", {"row": "没有", "year": 2024}), ("none", {}),
                                                 ("amount", {"row": "无", "year": 2024, "part": "value"}), ("share", {})])
def test_what_is_not_one_cell_is_refused(table, variable, where):
    with pytest.raises(KeyError):
        number(table, variable, "money", **where)


@pytest.mark.parametrize("address", ["made/amount", "made?row=1#money", "made/amount?row=无&year=2024#nothing", "made/amount?row=无#"])
def test_what_is_no_address_is_refused(table, address):
    with pytest.raises(ValueError, match=r"no address|no such form"):
        find_number({"made": table}, address)


@pytest.mark.parametrize(("form", "value", "error", "zh", "en"), [
    ("money.2", 69.963e8, 3e6, "69.96", "6.996"),
    ("money.0", 69.963e8, 3e6, "70", "7.0"),
    ("money", 69.963e8, 7e7, "70.0", "7.00"),
    ("money", 12e8, 0.0, "12", "1.2"),
    ("money±", 92.06e8, 0.67e8, "92.1±0.7", "9.21±0.07"),
    ("money±", 12e8, 0.0, "12", "1.2"),
    ("money+", 12.3e8, 1e7, "+12.3", "+1.23"),
    ("money+", -12.3e8, 1e7, "−12.3", "−1.23"),
    ("money.1+", -1e5, 0.0, "0.0", "0.00"),
    ("money.0", 12345e8, 0.0, "12,345", "1,234.5"),
    ("energy.1", 553_143.0, 0.0, "55.3", "553"),
    ("share.0", 0.4321, 0.0, "43%", "43%"),
    ("share.1+", 0.4321, 0.0, "+43.2%", "+43.2%"),
    ("points.1+", -0.0357, 0.0, "−3.6", "−3.6"),
    ("ratio.2", 1.0457, 0.02, "1.05", "1.05"),
    ("count.0", 15560.0, 0.0, "15,560", "15,560"),
    ("year", 2026.0, 0.0, "2026", "2026"),
    ("money±", float("nan"), float("nan"), "—", "—"),
    ("share±", float("inf"), 0.1, "—", "—"),
])
def test_a_number_is_written_in_the_units_of_the_language(form, value, error, zh, en, tongue):
    assert written(form, value, error) == {"zh": zh, "en": en}[tongue]


@pytest.mark.parametrize(("form", "value", "error", "text"), [
    ("share.0", 0.004, 0.001, "<1%"), ("share.0", 0.996, 0.001, ">99%"), ("share.1", 0.0003, 0.0001, "<0.1%"),
    ("share.0", 0.0, 0.0, "0%"), ("share.0", 1.0, 0.0, "100%"),  # that is so, and no draw could tell otherwise
    ("share.0", 0.0, 0.003, "<1%"), ("share.0", 1.0, 0.003, ">99%"),  # every draw agrees, which is not certainty
    ("share.0", 0.006, 0.001, "1%"), ("share.0", 0.994, 0.001, "99%"),
    ("share.0+", 0.004, 0.001, "0%"), ("share.0+", 1.0, 0.003, "+100%"),  # a difference has no such bounds
])
def test_a_probability_is_not_rounded_to_never_or_always(form, value, error, text):
    assert written(form, value, error) == text


@given(st.floats(-1e13, 1e13), st.floats(1e4, 1e9), st.sampled_from(["money", "money+", "money±", "energy", "ratio", "count"]))
def test_what_is_written_is_within_half_a_digit_of_the_number(value, error, form):
    before = language()
    for tongue in ("zh", "en"):
        set_language(tongue)
        text, by = written(form, value, error), unit_size(Form.read(form).scale)
        shown = text.partition("±")[0]
        digit = 10.0 ** -len(shown.partition(".")[2])
        assert abs(float(shown.replace(",", "").replace("−", "-")) - value / by) <= 0.5000001 * digit + 1e-12 * abs(value / by)
        assert not re.fullmatch(r"[+−][0.]+", shown)
    set_language(before)


@pytest.mark.parametrize("text", ["", "yuan", "money.", "money.12", "money±+", "Money", "money 2"])
def test_what_is_no_form_is_refused(text):
    with pytest.raises(ValueError, match="no such form"):
        Form.read(text)


def test_what_is_shown_is_in_the_unit_of_the_language_but_a_share_stays_one(tongue):
    money, share = (Number("t", "v", (), form, value, 0.0) for form, value in (("money", 7e9), ("share", 0.05)))
    assert (money.shown, unit_name("money")) == {"zh": (70.0, "亿元"), "en": (7.0, "CNY bn")}[tongue]
    assert share.shown == 0.05


def test_a_statement_keeps_its_numbers_in_the_order_of_its_language(table, tongue):
    first, second = (number(table, "amount", "money.0", row=row, year=2025) for row in ("无", "50%"))
    told = state("从{first}到{second}亿元", "to {second} from CNY {first} bn", first=first, second=second)
    assert told.text == {"zh": "从7到5亿元", "en": "to 0.5 from CNY 0.7 bn"}[tongue]
    assert list(told.numbers) == ([first, second] if tongue == "zh" else [second, first])


def test_statements_nest_and_add_up_without_losing_their_numbers(table):
    one = number(table, "share", "share.0", row="甲&乙")
    inner = state("{one}", "{one}", one=one)
    whole = state("花括号{{}}，{inner}；{text}", "{inner} {text}", inner=inner, text="文字") + "。" + inner
    assert whole.text == "花括号{}，0%；文字。0%"
    assert list(whole.numbers) == [one, one]


def test_a_template_that_misses_a_part_is_an_error():
    with pytest.raises(KeyError, match="missing"):
        state("{missing}", "{missing}")
