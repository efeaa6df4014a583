"""Outlay by year: statistics that are those of the draws, budgets where there are any, and labels clear of the line."""

import numpy as np
import pytest

from simulator.charts import Tables, draw_chart
from simulator.charts.outlay import data, finding, grid, note
from simulator.weighting import draw_weights


def of_parts(table, name, **where):
    return float(table[name].sel(part="value", **where))


def test_means_by_year_are_weighted_and_add_up_to_the_total(evidence):
    table = Tables(evidence)["outlay"]
    means = evidence.results["outlay"].sum("instrument").weighted(draw_weights(evidence.results)).mean("draw")
    np.testing.assert_allclose(table["by_year"].sel(statistic="mean", part="value"), means, rtol=1e-9)
    assert of_parts(table, "total", statistic="mean") == pytest.approx(float(means.sum()))
    assert of_parts(table, "tail", statistic="mean") == pytest.approx(float(means.sel(year=slice(2028, None)).sum()))


def test_half_of_the_draws_lie_between_the_quartiles(quick):
    """Draws of so small a run count alike."""
    table, totals = Tables(quick)["outlay"], quick.results["outlay"].sum(["year", "instrument"]).values
    low, high = (of_parts(table, "total", statistic=name) for name in ("p25", "p75"))
    assert np.mean((totals >= low) & (totals <= high)) == pytest.approx(0.5, abs=1 / 32)


def test_tails_of_too_few_draws_are_not_shown_and_the_note_says_so(evidence):
    table = Tables(evidence)["outlay"]
    assert np.isnan(table["by_year"].sel(statistic=["p5", "p95", "cvar95"])).all()
    assert "抽样不足" in note(table)


def test_without_a_budget_the_dearest_year_is_told(evidence):
    table = Tables(evidence)["outlay"]
    dearest = int(evidence.results["outlay"].sum("instrument").weighted(draw_weights(evidence.results)).mean("draw").idxmax("year"))
    assert finding(table).text.startswith(f"{dearest}年拨付最多")
    assert "fund_by_year" not in table


def test_with_a_budget_the_likeliest_overrun_of_its_fund_is_told(capped):
    table, results = Tables(capped)["outlay"], capped.results
    over = (results["overrun"].sel(fund="industrial_development") > 0).mean("draw")
    assert f"{int(over.idxmax('year'))}年" in finding(table).text
    theirs = [key for key, rule in capped.scenario.model.policy.instruments.items() if rule.fund.value == "industrial_development"]
    own = results["outlay"].sel(instrument=theirs).sum("instrument").mean("draw")
    np.testing.assert_allclose(table["fund_by_year"].sel(statistic="mean", part="value"), own, rtol=1e-9)


@pytest.mark.usefixtures("tongue")
def test_the_grid_has_a_row_a_year_and_the_total_last(capped):
    made = grid(data(capped).assign_attrs(kind="outlay"))
    assert [str(row[0]) for row in made.rows[:-1]] == [str(year) for year in capped.years]
    assert made.rows[-1][1].variable == "total"
    assert made.totals == 1


def test_it_is_drawn(capped, tmp_path):
    draw_chart("outlay", Tables(capped), [tmp_path / "outlay.png"], "column")
    assert (tmp_path / "outlay.png").stat().st_size > 10_000
