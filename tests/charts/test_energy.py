"""The energy chart: other readings are counted again as a run under them would have counted."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from simulator.charts import Tables, draw_chart, energy
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.evidence import NotShown
from simulator.impact import impact
from simulator.scenario import load_scenario
from simulator.weighting import draw_weights

READINGS = ["energy_accounting.new_capacity", "energy_accounting.realised_sum", "energy_accounting.run_rate_2027",
            "energy_accounting.engineering", "energy_base.all", "coal_factor.equivalent"]


@pytest.fixture(scope="module")
def table(evidence):
    return Tables(evidence)["energy"]


def hand_made(chances, goal=50e4, chosen=0):
    """Readings with these probabilities."""
    n = len(chances)
    means = np.full((n, 4, 2), [55e4, 1e3])
    return xr.Dataset({"saving": (("reading", "statistic", "part"), means), "goal": goal,
                       "reached": (("reading", "part"), [[chance, 0.004] for chance in chances])},
                      {"reading": READINGS[:n], "statistic": list(energy.STATISTICS), "part": ["value", "error"],
                       "chosen": ("reading", np.arange(n) == chosen)}, {"kind": "energy"})


def test_four_accountings_and_one_other_choice_of_base_and_of_coal(table):
    assert table["reading"].values.tolist() == READINGS
    assert table["reading"].values[table["chosen"]].tolist() == READINGS[:1]


def test_the_chosen_reading_counted_again_is_the_run_s_bit_for_bit(evidence):
    again = impact(evidence.scenario, evidence.drivers, evidence.results)
    for name in ("energy_saving", "energy_saving_supported", "energy_saving_induced"):
        assert again[name].values.tobytes() == evidence.results[name].values.tobytes(), name


def test_every_reading_is_what_a_run_under_it_says(quick, frame):
    table = Tables(quick)["energy"]
    for key in READINGS[1:]:
        other = load_scenario("baseline", draws=64, readings=dict([key.split(".")]))
        run = simulate(other, frame, draw_drivers(other))
        shown, own = table.sel(reading=key, part="value"), key != "energy_base.all"
        assert shown["saving"].sel(statistic="mean").item() == pytest.approx(run["energy_saving"].mean().item(), rel=1e-12)
        assert shown["reached"].item() == (run["energy_saving"].values >= 50e4).mean()
        induced = run["energy_saving_induced"].mean().item() if own else np.nan  # what projects save on another base is not in the run
        assert shown["components"].sel(component="induced").item() == pytest.approx(induced, rel=1e-12, nan_ok=True)


def test_components_add_up_and_the_first_two_are_what_is_supported(evidence, table):
    parts = table["components"].sel(part="value").drop_sel(reading="energy_base.all")
    means = table["saving"].sel(statistic="mean", part="value").drop_sel(reading="energy_base.all")
    assert parts.sum("component").values == pytest.approx(means.values, rel=1e-12)
    supported = evidence.results["energy_saving_supported"].weighted(draw_weights(evidence.results)).mean().item()
    assert parts.sel(reading=READINGS[0], component=["induced", "supported"]).sum().item() == pytest.approx(supported, rel=1e-12)
    assert (parts >= 0).all()


def test_a_run_of_another_reading_marks_its_own(evidence, frame):
    scenario = load_scenario("measured_savings", draws=64)
    own = str(scenario.model.readings.energy_accounting)
    results = simulate(scenario, frame, draw_drivers(scenario))
    table = Tables(_of(evidence, scenario, results))["energy"]
    assert table["reading"].values[table["chosen"]].tolist() == [f"energy_accounting.{own}"]
    assert table["saving"].sel(reading=f"energy_accounting.{own}", statistic="mean", part="value").item() == pytest.approx(
        results["energy_saving"].mean().item())


def test_a_saving_that_cannot_be_counted_again_is_not_shown_by_other_readings(evidence):
    changed = evidence.results.assign(energy_saving=1.001 * evidence.results["energy_saving"])
    with pytest.raises(NotShown):
        energy.data(_of(evidence, evidence.scenario, changed))


def _of(evidence, scenario, results):
    """The evidence of other results."""
    other = replace(evidence, scenario=scenario, scenarios=[scenario])
    other.__dict__["results"] = results
    return other


@pytest.mark.parametrize(("chances", "zh", "en"), [
    ([0.52, 0.07, 1.0], "50万吨标煤能否达到取决于口径：所选口径52%，其余7%到>99%",
     "Whether 500 kt ce are reached depends on the reading: 52% as chosen, 7% to >99% otherwise"),
    ([0.92, 0.90, 0.95], "达到50万吨标煤的可能与口径关系不大：所选口径92%，其余90%到95%",
     "500 kt ce are about as likely by any reading: 92% as chosen, 90% to 95% otherwise"),
    ([0.52], "有52%的可能达到50万吨标煤", "500 kt ce are reached with a probability of 52%"),
])
def test_the_title_says_whether_the_target_depends_on_the_reading(tongue, chances, zh, en):
    assert energy.finding(hand_made(chances)).text == {"zh": zh, "en": en}[tongue]


def test_without_a_target_the_title_gives_the_mean(tongue):
    assert energy.finding(hand_made([np.nan, np.nan], goal=np.nan)).text == {
        "zh": "按所选口径平均节能55.0万吨标煤", "en": "550 kt ce are saved on average by the chosen reading"}[tongue]


def test_the_grid_has_a_row_a_reading_with_its_title_in_the_language(evidence, tongue):
    grid = energy.grid(Tables(evidence)["energy"])
    assert len(grid.rows) == len(READINGS)
    assert str(grid.rows[4][0]) == {"zh": "基数：全部设备投资", "en": "Base: All equipment investment"}[tongue]
    assert [row[1] for row in grid.rows] == [{"zh": "是", "en": "yes"}[tongue], *[""] * 5]
    assert grid.native == "stacked" and sum(column.plotted for column in grid.columns) == 3


def test_it_is_drawn(evidence, tmp_path):
    draw_chart("energy", Tables(evidence), [tmp_path / "energy.svg"], "column")
    assert (tmp_path / "energy.svg").stat().st_size > 5_000
