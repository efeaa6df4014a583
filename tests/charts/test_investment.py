"""The investment chart against the run's own draws."""

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, draw_chart, investment
from simulator.weighting import draw_weights


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["investment"]


def hand_made(goal=4000e8, last=4267e8, induced=36e8, reached=(0.86, 0.004)):
    """Two years of a city."""
    city = np.array([last / 2, last])[:, None] * np.linspace(1.0, 1.1, 6)
    both = np.stack([city, np.full_like(city, 1e8)], axis=-1)
    small = np.array([[induced / 2, 1e7], [induced, 1e7]])
    coords = {"plan_year": [2026, 2027], "statistic": list(investment.STATISTICS), "part": ["value", "error"]}
    return xr.Dataset({"cumulated": (("plan_year", "statistic", "part"), both), "supported": (("plan_year", "part"), 10 * small),
                       "induced": (("plan_year", "part"), small), "induced_share": ("part", [induced / last, 1e-4]), "goal": goal,
                       "calendar": ("plan_year", [2026.0, 2027.0]),
                       "reached": ("part", list(reached))}, coords, {"kind": "investment"})


def weighted(evidence, values):
    return values.weighted(draw_weights(evidence.results)).mean("draw").values


def test_the_path_is_the_city_s_investment_added_up_year_by_year(evidence, table):
    city = evidence.results["city_equipment"]
    for i, year in enumerate(table["plan_year"].values):
        expected = weighted(evidence, city.isel(plan_year=slice(0, i + 1)).sum("plan_year"))
        assert table["cumulated"].sel(plan_year=year, statistic="mean", part="value").item() == pytest.approx(expected, rel=1e-12)


def test_half_of_the_draws_lie_between_the_quartiles(evidence, table):
    weights = draw_weights(evidence.results)
    total = evidence.results["city_equipment"].sum("plan_year")
    low, high = (table["cumulated"].isel(plan_year=-1).sel(statistic=name, part="value").item() for name in ("p25", "p75"))
    assert float(((total > low) & (total < high)).weighted(weights).mean()) == pytest.approx(0.5, abs=2 / 512)


@pytest.mark.parametrize("name", ["supported", "induced"])
def test_what_comes_after_the_plan_is_not_counted(evidence, table, name):
    within = evidence.results[f"{name}_equipment"].sel(year=slice(2024, 2027)).sum("year")
    assert table[name].sel(plan_year=2027, part="value").item() == pytest.approx(float(weighted(evidence, within)), rel=1e-12)
    assert within.mean() < evidence.results[f"{name}_equipment"].sum("year").mean()


def test_the_share_is_what_is_induced_of_the_city_s_investment(table):
    induced, city = table["induced"].isel(plan_year=-1), table["cumulated"].isel(plan_year=-1).sel(statistic="mean")
    assert table["induced_share"].sel(part="value").item() == pytest.approx((induced / city).sel(part="value").item())


def test_the_goal_is_the_document_s_and_its_probability_that_of_the_draws(evidence, table):
    hits = evidence.results["city_equipment"].sum("plan_year") >= 4000e8
    assert table["goal"].item() == 4000e8
    assert table["reached"].sel(part="value").item() == pytest.approx(float(weighted(evidence, hits.astype(float))))


def test_tails_need_more_draws_than_quartiles(table):
    shown = np.isfinite(table["cumulated"].sel(part="value")).all("plan_year")
    assert [name for name in investment.STATISTICS if not shown.sel(statistic=name)] == ["p5", "p95"]
    assert "抽样不足" in investment.note(table)


def test_the_title_says_what_is_reached_how_likely_and_how_little_is_induced(tongue):
    assert investment.finding(hand_made()).text == {
        "zh": "设备投资到2027年累计4,267亿元，有86%的可能达到4,000亿元；其中补助带动36.0亿元（0.8%）",
        "en": "Equipment worth CNY 426.7 bn by 2027 (target 400, probability 86%); CNY 3.60 bn (0.8%) of it is induced"}[tongue]


def test_without_a_target_the_title_gives_no_probability(tongue):
    text = investment.finding(hand_made(goal=np.nan, reached=(np.nan, np.nan))).text
    assert text == {"zh": "设备投资到2027年累计4,267亿元；其中补助带动36.0亿元（0.8%）",
                    "en": "Equipment worth CNY 426.7 bn by 2027; CNY 3.60 bn (0.8%) of it is induced"}[tongue]


def test_the_grid_has_a_row_a_year_and_the_target_in_the_last(table):
    grid = investment.grid(table)
    assert [row[0] for row in grid.rows] == ["2024", "2025", "2026", "2027"]
    target, chance = [column for column in grid.columns if column.head in ("目标", "达到概率")]
    assert [str(cell) for cell in target.cells] == ["", "", "", "4,000"]
    assert chance.cells[-1].value == table["reached"].sel(part="value").item()
    assert len(investment.grid(hand_made(goal=np.nan)).columns) == len(grid.columns) - 2


def test_it_is_drawn(evidence, tmp_path):
    draw_chart("investment", Tables(evidence), [tmp_path / "investment.svg"], "column")
    assert (tmp_path / "investment.svg").stat().st_size > 5_000
