"""Commitments and outlay: by year, in all, and what comes after the plan."""

import pytest

from simulator.charts import Tables
from simulator.charts.commitments import finding, grid
from simulator.weighting import draw_weights


@pytest.fixture(scope="module", params=["evidence", "capped"])
def told(request):
    return request.getfixturevalue(request.param)


def mean_of(told, name):
    found = told.results[name]
    return found.sum([dim for dim in found.dims if dim not in ("draw", "year")]).weighted(draw_weights(told.results)).mean("draw")


def value(table, name, **where):
    return float(table[name].sel(part="value", **where))


def test_years_are_weighted_means_and_add_up_to_the_total(told):
    table = Tables(told)["commitments"]
    for name in ("commitment", "outlay"):
        by_year = mean_of(told, name)
        assert table[name].sel(part="value").values == pytest.approx(by_year.values)
        assert value(table, f"{name}_total") == pytest.approx(float(by_year.sum()))


def test_the_tail_is_what_is_paid_after_the_last_filing_year(told):
    table = Tables(told)["commitments"]
    later = float(mean_of(told, "outlay").sel(year=slice(2028, None)).sum())
    assert value(table, "tail") == pytest.approx(later)
    assert value(table, "tail_share") == pytest.approx(later / value(table, "outlay_total"))


def test_commitments_are_what_is_paid_cut_and_still_due(told):
    """What lapses was never committed, and what is recovered has been paid and is taken off the outlay."""
    table = Tables(told)["commitments"]
    rest = sum(value(table, name) for name in ("cut", "due"))
    assert value(table, "commitment_total") == pytest.approx(value(table, "outlay_total") + rest, rel=1e-6)


def test_the_finding_says_both_and_the_tail(told):
    table = Tables(told)["commitments"]
    assert [number.variable for number in finding(table).numbers] == ["commitment_total", "outlay_total", "tail", "tail_share", "calendar"]
    assert grid(table).totals == 1
