"""The matrix of targets and budget against the events of the draws, counted by hand."""

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, attainment, draw_chart
from simulator.evidence import NotShown
from simulator.weighting import draw_weights


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["attainment"]


def events_of(results):
    """Whether each event happens in each draw, from the run's variables alone."""
    path = results["city_equipment"]
    return {"investment": path.sum("plan_year") >= 4000e8, "renewal": results["city_renewal"].sum("plan_year") >= 2000e8,
            "growth": path.isel(plan_year=-1) >= 1.25 * 868.13e8, "energy": results["energy_saving"] >= 50e4}


def hand_made(chances, joint):
    """Events that have these probabilities by themselves; two at once are never asked for."""
    names = list(chances)
    both = np.full((len(names), len(names), 2), 0.004)
    both[range(len(names)), range(len(names)), 0] = list(chances.values())
    goals = {"budget": np.nan, "investment": 4000e8, "renewal": 2000e8, "growth": 0.25, "energy": 50e4}
    return xr.Dataset({"both": (("event", "other", "part"), both), "joint": ("part", [joint, 0.004]),
                       "goal": ("event", [goals[name] for name in names])},
                      {"event": names, "other": names, "part": ["value", "error"],
                       "together": ("event", [name in ("budget", "investment", "energy") for name in names])}, {"kind": "attainment"})


def test_a_cell_is_the_weighted_share_of_draws_in_which_both_happen(evidence, table):
    events, weights = events_of(evidence.results), draw_weights(evidence.results)
    assert table["event"].values.tolist() == list(events)
    for one, hits in events.items():
        for other, others in events.items():
            expected = float((hits & others).astype(float).weighted(weights).mean())
            assert table["both"].sel(event=one, other=other, part="value").item() == pytest.approx(expected, abs=1e-12), (one, other)


def test_the_joint_is_that_of_investment_and_energy_and_of_the_budget_where_one_is_stated(table, capped):
    assert table["joint"].values == pytest.approx(table["both"].sel(event="investment", other="energy").values)
    of_capped, results = Tables(capped)["attainment"], capped.results
    events = events_of(results) | {"budget": ~(results["overrun"] > 0).any(["year", "fund"])}
    assert of_capped["event"].values[0] == "budget"
    together = events["investment"] & events["energy"] & events["budget"]
    assert of_capped["joint"].sel(part="value").item() == together.values.mean()
    assert of_capped["both"].sel(event="budget", other="energy", part="value").item() == (events["budget"] & events["energy"]).values.mean()


def test_what_is_expected_stands_beside_the_goal(evidence, table):
    growth = (evidence.results["city_equipment"].isel(plan_year=-1) / 868.13e8 - 1).weighted(draw_weights(evidence.results)).mean()
    assert table["value"].sel(event="growth", part="value").item() == pytest.approx(float(growth))
    assert table["goal"].values.tolist() == [4000e8, 2000e8, 0.25, 50e4]


@pytest.mark.parametrize(("chances", "joint", "zh", "en"), [
    ({"investment": 0.86, "growth": 0.2, "energy": 0.52}, 0.46, "投资、节能目标都达到的可能是46%，最难的是节能，单独为52%",
     "46% likely to reach the investment and saving targets; hardest: saving, 52% by itself"),
    ({"budget": 0.38, "investment": 0.86, "energy": 0.52}, 0.17, "投资、节能目标都达到且不超预算的可能是17%，最难的是不超预算，单独为38%",
     "17% likely to reach the investment and saving targets within the budget; hardest: budget, 38% by itself"),
    ({"budget": 0.9, "energy": 0.52}, 0.5, "节能目标达到且不超预算的可能是50%，最难的是节能，单独为52%",
     "50% likely to reach the saving target within the budget; hardest: saving, 52% by itself"),
    ({"investment": 0.52, "energy": 0.52}, 0.4, "投资、节能目标都达到的可能是40%", "40% likely to reach the investment and saving targets"),
    ({"investment": 0.86}, 0.86, "投资≥4,000亿元的可能为86%", "investment ≥ CNY 400 bn: a probability of 86%"),
    ({"budget": 0.38}, 0.38, "不超预算的可能为38%", "within budget: a probability of 38%"),
    ({"renewal": 0.7, "growth": 0.2}, 1.0, "增长≥25%的可能为20%", "growth ≥ 25%: a probability of 20%"),
])
def test_the_title_names_what_is_reached_together_and_the_hardest_of_it(tongue, chances, joint, zh, en):
    assert attainment.finding(hand_made(chances, joint)).text == {"zh": zh, "en": en}[tongue]


def test_a_plan_without_targets_and_budget_has_nothing_to_show(evidence, monkeypatch):
    monkeypatch.setattr(attainment, "reached", lambda scenario, results: {"joint": np.ones(512, bool)})
    with pytest.raises(NotShown):
        attainment.data(evidence)


def test_the_grid_has_each_event_with_its_goal_and_all_at_once_below(capped, tongue):
    grid = attainment.grid(Tables(capped)["attainment"])
    names = {"zh": ["不超预算", "投资≥4,000亿元", "更新≥2,000亿元", "增长≥25%", "节能≥50万吨标煤", "全部同时"],
             "en": ["within budget", "investment ≥ CNY 400 bn", "renewal ≥ CNY 200 bn", "growth ≥ 25%", "saving ≥ 500 kt ce",
                    "all at once"]}
    units = {"zh": ["", "亿元", "亿元", "", "万吨标煤", ""], "en": ["", "CNY bn", "CNY bn", "", "kt ce", ""]}
    assert [str(row[0]) for row in grid.rows] == names[tongue]
    assert [row[3] for row in grid.rows] == units[tongue]
    assert grid.totals == 1 and grid.rows[0][1:3] == ("", "")


def test_it_is_drawn(capped, tmp_path):
    draw_chart("attainment", Tables(capped), [tmp_path / "attainment.svg"], "column")
    assert (tmp_path / "attainment.svg").stat().st_size > 5_000
