"""A run to a precision is the run of as many draws, no draw is simulated twice, and what it says of itself is so."""

import json

import numpy as np
import pytest

from simulator import precision
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.population import draw_applications
from simulator.precision import reached, read_precision, relative_errors, round_sizes, simulate_to_precision
from simulator.reporting import report
from simulator.store import open_run, save_run
from tests.support import CERTAIN, assert_identical, money, run, stream, tiny

SIZE = {"lognormal": {"median": "2000万元", "sigma": 1}}
WAVES = {"negative_binomial": {"mean": 5, "dispersion": 4}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    streams = {"made": stream("first_of_kind", SIZE, WAVES), "centre": stream("energy_management_centre", SIZE, 3)}
    return tiny(tmp_path_factory.mktemp("world"), streams)


@pytest.fixture(scope="module")
def frame(world):
    return draw_applications(world)


@pytest.fixture(scope="module")
def found(world, frame):
    return simulate_to_precision(world, frame, "2%")


def said(results):
    return json.loads(results.attrs["precision"])


def test_the_result_is_bit_for_bit_that_of_as_many_draws(world, frame, found):
    assert found.sizes["draw"] == 4096
    usual = run(world, 4096, frame)
    assert_identical(found, usual)
    assert {**found.attrs, "precision": None} == {**usual.attrs, "precision": None}
    for name, variable in usual.variables.items():
        assert found[name].attrs == variable.attrs, name
    assert report(world, found) | {"precision": None} == report(world, usual)


def test_several_scenarios_are_bit_for_bit_those_of_as_many_draws(world, frame):
    tight = [world, world.renamed("again")]
    assert_identical(simulate_to_precision(tight, frame, 0.02, ceiling=3000), run(tight, 3000, frame))


def test_no_draw_is_simulated_twice_and_none_is_left_out(world, frame, monkeypatch):
    calls = []

    def watched(scenario, applications, drivers, **how):
        calls.append(np.flatnonzero(drivers["count"].values.any(axis=1)))
        return simulate(scenario, applications, drivers, **how)

    monkeypatch.setattr(precision, "simulate", watched)
    simulate_to_precision(world, frame, 1e-6, ceiling=5000)
    assert [len(draws) for draws in calls] == [1024, 1024, 2048, 904]
    assert np.array_equal(np.concatenate(calls), np.arange(5000))


@pytest.mark.parametrize(("ceiling", "rounds"), [
    (65_536, [1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]), (5000, [1024, 2048, 4096, 5000]), (1024, [1024]), (64, [64]),
])
def test_rounds_double_up_to_the_ceiling(ceiling, rounds):
    assert list(round_sizes(ceiling)) == rounds


def test_a_ceiling_below_two_draws_a_scramble_is_refused(world, frame):
    with pytest.raises(SimulatorError, match="16"):
        simulate_to_precision(world, frame, ceiling=15)


@pytest.mark.parametrize(("worst", "enough"), [
    ([], False), ([0.001], False), ([0.02, 0.004], False), ([0.004, 0.02], False), ([0.004, 0.02, 0.004], False),
    ([0.02, 0.004, 0.004], True), ([0.005, 0.005], True), ([np.inf, 0.001], False), ([0.004, np.nan], False),
])
def test_errors_must_be_small_enough_in_two_rounds_running(worst, enough):
    assert reached(worst, 0.005) == enough


def test_what_is_watched_is_the_mean_and_p95_of_the_whole_and_the_means_of_years_above_one_percent(world, found):
    figures = report(world, found)
    total = figures["outlay_total"]["mean"]["value"]
    years = {year: row["mean"] for year, row in figures["outlay_by_year"].items()}
    large = {f"outlay_by_year.{year}.mean": each for year, each in years.items() if each["value"] >= 0.01 * total}
    expected = {"outlay_total.mean": figures["outlay_total"]["mean"], "outlay_total.p95": figures["outlay_total"]["p95"]} | large
    assert 0 < len(large) < len(years)
    assert relative_errors(found) == {world.name: {name: each["error"] / each["value"] for name, each in expected.items()}}


def test_the_run_says_what_was_asked_used_and_reached(world, found):
    told = said(found)
    assert {name: told[name] for name in ("asked", "reached", "stopped_by", "ceiling", "rounds")} == {
        "asked": 0.02, "reached": True, "stopped_by": "precision", "ceiling": 65_536, "rounds": [1024, 2048, 4096]}
    assert told["errors"] == relative_errors(found)
    assert max(told["errors"][world.name].values()) <= 0.02
    assert report(world, found)["precision"] == told | {"errors": told["errors"][world.name]}


def test_every_scenario_has_to_reach_the_precision(tmp_path):
    """Beside a scenario that pays nearly every project the same stands one that pays a share: the draws are those of the harder."""
    streams = {"made": stream("first_of_kind", SIZE, 5)}
    calm = tiny(tmp_path, streams, CERTAIN, {"instruments": {"first_of_kind": {"cap": "200万元"}}}, name="calm")
    wild = tiny(tmp_path, streams, CERTAIN, {"instruments": {"first_of_kind": {"cap": "9亿元"}}}, name="wild")
    frame, asked = draw_applications(calm), 0.005
    alone = {each.name: simulate_to_precision(each, frame, asked).sizes["draw"] for each in (calm, wild)}
    assert alone["calm"] < alone["wild"]
    assert simulate_to_precision([calm, wild], frame, asked).sizes["draw"] == alone["wild"]


def test_a_ceiling_that_comes_first_is_told_with_what_is_reached(world, frame):
    told = said(simulate_to_precision(world, frame, 0.0001, ceiling=2048))
    assert (told["reached"], told["stopped_by"], told["rounds"]) == (False, "ceiling", [1024, 2048])
    assert max(told["errors"][world.name].values()) > 0.0001


def test_below_two_thousand_draws_the_p95_has_no_error_and_no_precision_is_reached(world, frame):
    told = said(simulate_to_precision(world, frame, "50%", ceiling=1999))
    assert told["errors"][world.name]["outlay_total.p95"] is None
    assert not told["reached"]


def test_memory_is_a_ceiling_too(world, frame, monkeypatch):
    def small(scenario, applications, drivers, **how):
        if drivers.sizes["draw"] > 2048:
            raise SimulatorError("needs more memory")
        return simulate(scenario, applications, drivers, **how)

    monkeypatch.setattr(precision, "simulate", small)
    results = simulate_to_precision(world, frame, 0.0001)
    assert (said(results)["stopped_by"], results.sizes["draw"]) == ("memory", 2048)
    monkeypatch.setattr(precision, "FIRST_ROUND", 4096)
    with pytest.raises(SimulatorError, match="memory"):
        simulate_to_precision(world, frame, 0.0001)


def test_an_outlay_without_chance_is_as_precise_as_can_be(tmp_path):
    sure = tiny(tmp_path, {"made": stream("first_of_kind", "1000万元", 5)}, CERTAIN)
    told = said(simulate_to_precision(sure, precision=1e-6))
    assert (told["reached"], told["rounds"][-1]) == (True, 4096)
    assert set(told["errors"]["tiny"].values()) == {0.0}


def test_nothing_paid_at_all_is_known_exactly(tmp_path):
    nothing = tiny(tmp_path, {"made": stream("first_of_kind", SIZE, 5)}, CERTAIN, money("0元", enforce="commitment"))
    assert said(simulate_to_precision(nothing))["reached"]


def test_the_applications_are_drawn_where_none_are_given(world, found):
    assert_identical(simulate_to_precision(world, precision="2%"), found)


def test_neither_threads_nor_the_split_change_the_number_of_draws_or_a_bit(world, frame, found):
    assert_identical(simulate_to_precision(world, frame, "2%", threads=1), found)
    by_size = simulate_to_precision(world, frame, "2%", by="size_class")
    assert by_size["outlay"].values.tobytes() == found["outlay"].values.tobytes()


def test_progress_is_told_the_draws_done_of_the_round_in_hand(world, frame):
    ticks = []
    simulate_to_precision(world, frame, "2%", progress=lambda done, total: ticks.append((done, total)))
    assert sorted({total for _, total in ticks}) == [1024, 2048, 4096]
    assert ticks[-1] == (4096, 4096)
    assert all(done <= total for done, total in ticks)


@pytest.mark.parametrize(("written", "value"), [
    ("0.5%", 0.005), (" 50% ", 0.5), ("25bp", 0.0025), (0.005, 0.005), (np.float64(0.01), 0.01),
])
def test_a_precision_is_a_percentage_or_a_share(written, value):
    assert read_precision(written) == pytest.approx(value)


@pytest.mark.parametrize("written", ["0%", "-1%", "51%", "0.5", "1e-3", "", "soon", "nan%", "1万元", 0, -0.1, 0.51, float("nan"), None])
def test_what_is_no_precision_is_refused_with_a_remedy(world, frame, written):
    with pytest.raises(SimulatorError, match=r"0\.5%") as caught:
        simulate_to_precision(world, frame, written)
    assert caught.value.exit_code == 2


def test_a_saved_run_keeps_what_was_asked_beside_the_run_of_as_many_draws(world, frame, found, tmp_path):
    saved, usual = save_run(world, found, tmp_path), save_run(world, run(world, 4096, frame), tmp_path)
    assert saved != usual
    opened = open_run(saved)
    with opened.results:
        assert opened.manifest["precision"] == said(opened.results) == said(found)
        assert_identical(opened.results.load(), found)
    assert "precision" not in open_run(usual).manifest


def test_a_frame_with_rows_that_exist_for_certain_gives_the_same_bits_too(world, frame):
    """Rows without a cell are in every draw: those of draws that are there already are not counted again."""
    certain = frame.copy(deep=True)
    certain["cell"][:3] = ""
    results = simulate_to_precision(world, certain, "0.001%", ceiling=2048)
    assert_identical(results, simulate(world, certain, draw_drivers(world, 2048)))


def test_a_scenario_can_state_another_number_of_draws(world):
    stated = world.with_draws(4096)
    assert (stated.model.draws, stated.content["draws"], stated.name) == (4096, 4096, world.name)
    assert stated.digest == stated.with_draws(64).with_draws(4096).digest != world.digest
