"""Amounts in the Chinese units of files are counted in those of the language."""

import pytest

from simulator.charts.amounts import in_language
from simulator.language import set_language


@pytest.mark.parametrize(("text", "zh", "en"), [
    ("77.4万元", "77.4万元", "CNY 0.774m"), ("1,200万元", "1,200万元", "CNY 12m"), ("2.5亿元", "2.5亿元", "CNY 0.25bn"),
    ("0.202tce/万元", "0.202tce/万元", "20.2 tce/CNY m"), ("70.7万元..359万元", "70.7万元–359万元", "CNY 0.707m–CNY 3.59m"),
    ("-6%..7.32%", "−6%–7.32%", "−6%–7.32%"), ("P10", "P10", "P10"), ("无", "无", "无")])
def test_an_amount_in_the_units_of_the_language(text, zh, en, tongue):
    assert in_language(text) == {"zh": zh, "en": en}[tongue]


@pytest.mark.parametrize("amount", [1.0, 80.0, 12_345.0])
def test_english_millions_are_a_hundredth_of_ten_thousands(amount):
    set_language("en")
    try:
        assert float(in_language(f"{amount:g}万元").strip("CNY m")) == pytest.approx(amount / 100, rel=1e-3)
    finally:
        set_language("zh")
