"""The headlines of a run are those of its report, and their parts add up to the whole."""

import numpy as np
import pytest
import xarray as xr

from simulator.headlines import EVENTS, HEADLINES, RATIOS, headlines
from simulator.metrics import read_metric
from simulator.reporting import report
from simulator.schema.policy import Target
from simulator.summary import Estimate
from simulator.weighting import draw_weights
from tests.support import financed, money, run, stream, tiny

DRAWS = 64
SIZE = {"lognormal": {"median": "1亿元", "sigma": 1.0}}


def world(folder, *changes, **how):
    return tiny(folder, {
        "upgrade": stream(["upgrade_loan_interest", "upgrade_lease", "major_project"], SIZE, 8, count_of="potential_projects",
                          approval=None, outcome="at_risk", **financed(loan=40, lease=40)),
        "factory": stream("smart_factory", "1亿元", {"poisson": 3}, tier="benchmark"),
    }, *changes, **how)


@pytest.fixture(scope="module")
def scarce(tmp_path_factory):
    """A small world whose money is short, so that projects wait and lapse, and a yardstick for the other fund."""
    scenario = world(tmp_path_factory.mktemp("scarce"), money({2024: "500万元", 2025: "1000万元", 2026: "1亿元", 2027: "500万元"},
                                                               enforce="commitment", wait_years=1))
    return scenario, run(scenario, DRAWS)


@pytest.fixture(scope="module")
def exceeded(tmp_path_factory):
    """A yardstick that some draws exceed, and targets that some reach."""
    scenario = world(tmp_path_factory.mktemp("exceeded"), money("6000万元"), name="exceeded")
    return scenario, run(scenario, DRAWS)


@pytest.fixture(scope="module")
def whole(baseline, small_run):
    return baseline, small_run


CASES = ["whole", "scarce", "exceeded"]


@pytest.fixture(params=CASES)
def ran(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def lines(ran):
    return headlines(*ran)


def said(figures):
    """A figure of a report."""
    return Estimate(*(np.nan if figures[name] is None else figures[name] for name in ("value", "error")))


def assert_same(found, figures):
    expected = said(figures)
    assert found.value == pytest.approx(expected.value, rel=1e-12, nan_ok=True)
    assert found.error == pytest.approx(expected.error, rel=1e-6, abs=1e-9 * abs(expected.value), nan_ok=True)


def figure(lines, text):
    return read_metric(text).estimate(lines)


def test_totals_are_those_of_the_report(ran, lines):
    told = report(*ran)
    assert_same(figure(lines, "outlay"), told["outlay_total"]["mean"])
    assert_same(figure(lines, "median(outlay)"), told["outlay_total"]["p50"])
    assert_same(figure(lines, "outlay_later"), told["outlay_tail"]["mean"])
    assert_same(figure(lines, "awards"), told["projects"])
    for name in RATIOS:
        assert_same(figure(lines, name), told[name])
    for name, key in (("energy_saving", "energy_saving"),
                      ("energy_supported", "energy_saving_supported"), ("energy_induced", "energy_saving_induced")):
        assert_same(figure(lines, name), told["energy"][key])


def test_years_and_instruments_are_those_of_the_report(ran, lines):
    told = report(*ran)
    for year, figures in told["outlay_by_year"].items():
        assert_same(figure(lines, f"outlay.{year}"), figures["mean"])
        assert_same(figure(lines, f"median(outlay.{year})"), figures["p50"])
    for name, figures in told["instruments"].items():
        assert_same(figure(lines, f"outlay.{name}"), figures["outlay"]["mean"])


def test_goals_are_reached_as_often_as_in_the_report(ran, lines):
    told = report(*ran)["joint"]
    for name, key in (("investment_target", "investment"), ("energy_target", "energy"), ("joint", "joint")):
        assert_same(figure(lines, name), told[key])
    if "budget" in told:
        assert_same(figure(lines, "in_budget"), told["budget"])
    else:
        assert np.isnan(lines["in_budget"]).all()
        assert np.isnan(figure(lines, "in_budget").value)


def test_the_budget_of_these_worlds_is_exceeded_by_some_draws_only(exceeded, scarce):
    assert 0 < float(headlines(*exceeded)["in_budget"].mean()) < 1
    assert float(headlines(*scarce)["backlog"].sum()) > 0
    assert float(headlines(*scarce)["lapsed"].sum()) > 0


def test_parts_add_up_to_the_whole_in_every_draw(lines):
    assert lines["outlay_by_year"].sum("year").values == pytest.approx(lines["outlay"].values, rel=1e-12)
    for name in ("outlay", "entitlement", "applications"):
        assert lines[f"{name}_by_instrument"].sum("instrument").values == pytest.approx(lines[name].values, rel=1e-12)
    assert (lines["outlay_peak"] == lines["outlay_by_year"].max("year")).all()
    later = lines["outlay_by_year"].sel(year=slice(int(lines["plan_year"].max()) + 1, None)).sum("year")
    assert lines["outlay_later"].values == pytest.approx(later.values, rel=1e-12)


def test_means_of_parts_add_up_to_the_mean_of_the_whole(lines):
    """Draws count alike in all of them."""
    total = figure(lines, "outlay").value
    for dim in ("year", "instrument"):
        assert sum(figure(lines, f"outlay.{key}").value for key in lines[dim].values) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("name", ["commitment", "entitlement", "applications", "awards", "supported_investment", "induced_investment",
                                  "deadweight", "overrun", "lapsed", "city_equipment"])
def test_a_total_is_that_of_the_run_draw_by_draw(ran, lines, name):
    values = ran[1][name]
    assert lines[name].values == pytest.approx(values.sum([dim for dim in values.dims if dim != "draw"]).values, rel=1e-12)


def test_what_waits_is_counted_at_the_end_of_the_plan_only(scarce):
    results = scarce[1]
    backlog = results["backlog"].transpose("draw", "year", ...)
    at_end = backlog.sel(year=int(results["plan_year"].max())).sum(backlog.dims[2:])
    assert (headlines(*scarce)["backlog"] == at_end.values).all()
    assert (headlines(*scarce)["backlog"] < backlog.sum(backlog.dims[1:])).any()


def test_every_headline_has_a_unit_a_name_in_both_languages_and_no_gaps(ran, lines):
    assert set(HEADLINES) < set(lines.data_vars)
    for name, each in HEADLINES.items():
        assert lines[name].dims == ("draw",)
        assert lines[name].attrs == {"units": each.units, "long_name": f"{each.zh} {each.en}"}
        assert name == "in_budget" or np.isfinite(lines[name]).all()
    assert all(set(np.unique(lines[name])) <= {0.0, 1.0} for name in EVENTS if np.isfinite(lines[name]).all())
    assert all(array.attrs["units"] in ("CNY", "tce", "1") and array.attrs["long_name"] for key, array in lines.items() if key != "control")


def test_headlines_are_the_same_whether_a_scenario_was_run_alone_or_beside_another(scarce):
    scenario, results = scarce
    beside = run([scenario, scenario.renamed("again")], DRAWS)
    for name in (scenario.name, "again"):
        xr.testing.assert_identical(headlines(scenario, beside.sel(scenario=name)), headlines(scenario, results))


def test_draws_count_as_in_the_run_itself(whole):
    np.testing.assert_array_equal(draw_weights(headlines(*whole)), draw_weights(whole[1]))


def without(scenario, *ids):
    """A scenario whose document has fewer targets."""
    from dataclasses import replace

    kept: list[Target] = [target for target in scenario.model.policy.targets if target.id not in ids]
    policy = scenario.model.policy.model_copy(update={"targets": kept})
    return replace(scenario, model=scenario.model.model_copy(update={"policy": policy}))


def test_a_target_that_the_document_does_not_state_is_nan_and_asks_nothing_of_the_joint_probability(exceeded):
    scenario, results = exceeded
    fewer = headlines(without(scenario, "T16", "T25"), results)
    assert np.isnan(fewer["investment_target"]).all() and np.isnan(fewer["energy_target"]).all()
    xr.testing.assert_equal(fewer["joint"].variable, fewer["in_budget"].variable)
    told = report(without(scenario, "T16"), results)["joint"]
    assert_same(figure(headlines(without(scenario, "T16"), results), "joint"), told["joint"])


def test_without_targets_and_budget_all_is_well(whole):
    scenario, results = whole
    lines = headlines(without(scenario, "T16", "T25"), results)
    assert (lines["joint"] == 1.0).all()
    assert figure(lines, "joint") == Estimate(1.0, 1.5 / results.sizes["draw"])
