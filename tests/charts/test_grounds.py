"""The table of grounds: every clause verbatim, every value with its basis, every driver, every reading."""

import pytest

from simulator.charts import Tables
from simulator.charts.grounds import grid, grid_of_drivers, grid_of_readings


@pytest.fixture
def table(evidence, tongue):
    return Tables(evidence)["grounds"]


def test_every_clause_stands_with_its_words(table, evidence):
    rules = evidence.scenario.model.policy.instruments
    assert table["quote"].values.tolist() == [rule.quote for rule in rules.values()]
    assert len(grid(table).rows) == len(rules)


def test_instruments_without_an_amount_are_marked_and_their_rate_says_that_it_is_assumed(table, evidence, tongue):
    marked = [str(key) for key in table["instrument"].values if str(table["title"].sel(instrument=key).item()).endswith("*")]
    assert marked == evidence.assumed
    said = {"zh": "假设", "en": "assumption"}[tongue]
    assert all(said in str(table["rate"].sel(instrument=key).item()) for key in marked)


def test_values_of_the_document_say_so(table, tongue):
    loan = table.sel(instrument="upgrade_loan_interest")
    assert str(loan["rate"].item()).startswith({"zh": "50%（文件）", "en": "50% (document)"}[tongue])
    assert str(loan["cap"].item()).startswith({"zh": "2000万元（文件）", "en": "CNY 20m (document)"}[tongue])


def test_every_stated_driver_has_a_title_and_a_value(table):
    rows = grid_of_drivers(table).rows
    assert len(rows) >= 15
    assert all(str(cell) for row in rows for cell in row[:3])


def test_every_reading_is_argued(table, evidence):
    rows = grid_of_readings(table).rows
    assert len(rows) == len(evidence.scenario.model.policy.readings)
    assert all(str(cell) for row in rows for cell in row)
