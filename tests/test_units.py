"""Amounts as people write them, and numbers with only the digits that their errors support."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.units import (
    EXAMPLES,
    FEN,
    UNITS,
    parse_quantity,
    percent_with_error,
    read_as,
    round_to_fen,
    share_out,
    supported_decimals,
    with_error,
)


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@pytest.mark.parametrize(("written", "value", "dimension"), [
    ("2000万元", "20000000", "money"),
    ("1亿元", "100000000", "money"),
    ("0.01元", "0.01", "money"),
    ("868.13亿元", "86813000000", "money"),
    ("50%", "0.5", "share"),
    ("3.35%", "0.0335", "share"),
    ("-50bp", "-0.005", "share"),
    ("5个百分点", "0.05", "share"),
    ("50万吨标煤", "500000", "energy"),
    ("0.31tce/万元", "0.000031", "intensity"),
    ("300万千瓦", "3000000", "power"),
    ("0.1229kgce/kWh", "0.0001229", "coal factor"),
    ("3年", "3", "time"),
    ("4000小时", "4000", "hours"),
    ("15工作日", "15", "days"),
    ("20家", "20", "count"),
    ("2万个", "20000", "count"),
    (3, "3", "number"),
    (0.1, "0.1", "number"),
    (1e22, "1e22", "number"),
    ("+1.5e3", "1500", "number"),
    (" 12 亿元 ", "1200000000", "money"),
])
def test_an_amount_is_read_exactly_with_its_dimension(written, value, dimension):
    quantity = parse_quantity(written)
    assert (quantity.value, quantity.dimension) == (Decimal(value), dimension)


@pytest.mark.parametrize("written", [
    "５０%", "２０００万元", "٣%", "50％",  # digits and signs that only look right
    "1_000", "1_000万元", "2,000万元", "2 000万元", "两千万元",
    "nan", "inf", "-inf", "NaN%", math.nan, math.inf, -math.inf,
    "2000万", "20亿", "50 percent", "万元", "%", "", " ", "5%%", "5%万元", "1-2%", "0x10", ".5", "5.", "1e", "--1",
    None, True, False, [], {}, [1], b"5%",
    "1e999999999999999999999", "1e9999999亿元",  # beyond what a decimal can hold
])
def test_what_is_not_an_amount_is_refused_with_a_reason(written):
    with pytest.raises(ValueError, match="数量"):
        parse_quantity(written)


@pytest.mark.parametrize(("dimension", "written", "value"), [
    ("money", "2000万元", 20e6),
    ("share", "50%", 0.5),
    ("share", 0.5, 0.5),
    ("share", 1, 1.0),
    ("share", 0, 0.0),
    ("share", "-50bp", -0.005),
    ("time", "4个月", 1 / 3),
    ("number", 0.8, 0.8),
    ("number", "80%", 0.8),
    ("number", "20个", 20.0),
])
def test_an_amount_is_read_in_the_unit_of_the_inside(dimension, written, value):
    assert read_as(dimension, written) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("dimension", "written", "message"), [
    ("money", 2000, "2000 缺少单位，例如 2000万元"),
    ("money", "50%", "50% 的单位不对，例如 2000万元"),
    ("money", "50万吨标煤", "50万吨标煤 的单位不对，例如 2000万元"),
    ("time", 4, "4 缺少单位，例如 4个月"),
    ("energy", "50万元", "50万元 的单位不对，例如 50万吨标煤"),
    ("intensity", 0.3, "0.3 缺少单位，例如 0.31tce/万元"),
    ("share", 50, "比例 50 大于 1；写作 50% 或 0 到 1 之间的小数"),
    ("share", 1.5, "比例 1.5 大于 1；写作 1.5% 或 0 到 1 之间的小数"),
    ("share", "50个", "50个 的单位不对，例如 50%"),
    ("share", "50万元", "50万元 的单位不对，例如 50%"),
    ("number", "50万元", "50万元 的单位不对，例如 0.8"),
])
def test_a_missing_or_wrong_unit_is_named_with_an_example(dimension, written, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_as(dimension, written)
    assert str(caught.value) == message


def test_an_amount_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match="数量"):
        read_as("money", "1e400元")


@pytest.mark.parametrize(("dimension", "example"), EXAMPLES.items())
def test_the_example_given_for_a_dimension_is_itself_accepted(dimension, example):
    assert math.isfinite(read_as(dimension, example))


@given(number=st.decimals(-10**9, 10**9, places=4), unit=st.sampled_from(sorted(UNITS)))
def test_every_unit_scales_exactly(number, unit):
    dimension, factor = UNITS[unit]
    quantity = parse_quantity(f"{number}{unit}")
    assert (quantity.value, quantity.dimension) == (number * factor, dimension)


@given(st.text(max_size=20))
def test_any_text_is_a_quantity_or_a_value_error(text):
    try:
        quantity = parse_quantity(text)
    except ValueError:
        return
    assert quantity.value.is_finite()


@pytest.mark.parametrize(("amount", "paid"), [
    ("0.005", "0.01"), ("0.004999", "0.00"), ("2.675", "2.68"), ("1.005", "1.01"), ("-0.005", "-0.01"), ("10", "10.00"),
])
def test_money_is_rounded_half_up_to_the_fen(amount, paid):
    assert str(round_to_fen(Decimal(amount))) == paid


@pytest.mark.parametrize(("total", "claims", "paid"), [
    ("100", ["1", "1", "1"], ["33.34", "33.33", "33.33"]),
    ("0.01", ["5", "7"], ["0.00", "0.01"]),
    ("600", ["100", "200", "300"], ["100.00", "200.00", "300.00"]),
    ("0", ["1", "2"], ["0.00", "0.00"]),
    ("10", [], []),
    ("10", ["0", "0"], ["0.00", "0.00"]),
    ("10", ["0", "3"], ["0.00", "10.00"]),
])
def test_a_total_is_shared_out_in_proportion(total, claims, paid):
    assert [str(amount) for amount in share_out(Decimal(total), [Decimal(claim) for claim in claims])] == paid


fen = st.integers(0, 10**15).map(lambda n: n * FEN)


@given(total=fen, claims=st.lists(fen, min_size=1, max_size=40).filter(any))
def test_sharing_out_conserves_the_total_and_stays_within_a_fen_of_each_share(total, claims):
    paid = share_out(total, claims)
    assert sum(paid) == total
    whole = sum(claims)
    for amount, claim in zip(paid, claims, strict=True):
        assert amount >= 0
        assert abs(amount * whole - total * claim) < FEN * whole  # no division, so exact


@given(total=fen, claims=st.lists(fen, min_size=2, max_size=20).filter(any), data=st.data())
def test_equal_claims_never_differ_by_more_than_a_fen(total, claims, data):
    twin = data.draw(st.sampled_from(claims))
    paid = share_out(total, [*claims, twin])
    assert abs(paid[-1] - paid[claims.index(twin)]) <= FEN


@pytest.mark.parametrize(("error", "decimals"), [
    (20, 0), (1, 0), (0.96, 1), (0.2, 1), (0.04, 2), (0.001, 3), (0, 2), (-1, 2), (math.nan, 2), (math.inf, 2),
])
def test_an_error_supports_the_decimals_up_to_its_first_digit(error, decimals):
    assert supported_decimals(error) == decimals


@pytest.mark.parametrize(("value", "error", "scale", "text"), [
    (12.34567, 0.2, 1, "12.3 ±0.2"),
    (1234567.0, 30.0, 1, "1,234,567 ±30"),
    (1.2345e9, 3e6, 1e8, "12.35 ±0.03"),
    (0.5, 1e-9, 1, "0.5000 ±0.0000"),
    (5, 0, 1, "5.00"),
    (5, math.nan, 1, "5.00"),
    (math.nan, 1, 1, "—"),
    (math.inf, 1, 1, "—"),
])
def test_a_value_shows_only_the_digits_that_its_error_supports(value, error, scale, text):
    assert with_error(value, error, scale) == text


@pytest.mark.parametrize(("value", "error", "text"), [
    (0.38123, 0.004, "38.1% ±0.4"),
    (0.38123, 0.03, "38% ±3"),
    (0.38123, 0.00001, "38.12%"),
    (1.0, 0.0, "100.0%"),
    (0.25, math.inf, "25.0%"),
    (math.nan, 0.1, "—"),
])
def test_a_probability_is_shown_in_percent_with_its_error(value, error, text):
    assert percent_with_error(value, error) == text
