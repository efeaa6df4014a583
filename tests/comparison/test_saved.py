"""Two saved runs: every kind of change is told by name with before and after, and only what met the same luck is paired."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from simulator import engine, store
from simulator.changes import with_values
from simulator.comparison import compare, compare_runs
from simulator.comparison.differences import Difference
from simulator.errors import DamagedRun, SimulatorError
from simulator.store import save_run
from simulator.variants import SharedLuck
from tests.support import run, stream, tiny

SIZE = {"lognormal": {"median": "2000万元", "sigma": 1}}
STREAMS = {"made": stream("first_of_kind", SIZE, 5), "centre": stream("energy_management_centre", SIZE, 5)}
DRAWS = 64


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("world"), STREAMS, {"draws": DRAWS})


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def results(world):
    return run(world, DRAWS)


@pytest.fixture(scope="module")
def first(world, results, out):
    return save_run(world, results, out)


def saved(scenario, out, draws=DRAWS):
    return save_run(scenario, run(scenario, draws), out)


def changed(first, other):
    """What is told of the one other run, and the comparison."""
    table, told = compare_runs([first, other], metrics=["outlay", "awards"])
    assert list(told) == table["scenario"].values.tolist()[1:]
    return next(iter(told.values())), table


RATE = ("policy", "instruments", "first_of_kind", "rate")


@pytest.mark.parametrize(("values", "expected"), [
    ({RATE: "45%"}, [("policy", "first_of_kind.rate", "30%", "45%")]),
    ({("policy", "instruments", "first_of_kind", "cap"): None}, [("policy", "first_of_kind.cap", "2000万元", "无")]),
    ({("readings", "exclusivity"): "stack"}, [("readings", "readings.exclusivity", "one_per_project", "stack")]),
    ({("population", "enterprises"): {"value": 90}}, [("population", "population.enterprises", "100", "90")]),
    ({("behaviour", "approval_lag"): {"value": "8个月"}}, [("assumptions", "behaviour.approval_lag", "4个月", "8个月")]),
    ({("drivers", "award_intensity"): {"value": "80%"}},
     [("assumptions", "drivers.award_intensity", "triangular: 60% / 90% / 100%", "80%")]),
    ({("appropriation", "energy_conservation", "amount"): "1亿元", ("appropriation", "energy_conservation", "enforce"): "cash"},
     [("appropriation", "appropriation.energy_conservation.amount", "无", "1亿元"),
      ("appropriation", "appropriation.energy_conservation.enforce", "none", "cash")]),
    ({RATE: "45%", ("energy", "electricity_share"): {"value": "60%"}},
     [("policy", "first_of_kind.rate", "30%", "45%"), ("assumptions", "energy.electricity_share", "50%", "60%")]),
], ids=["rate", "cap", "reading", "population", "behaviour", "driver", "appropriation", "two"])
def test_what_the_scenario_says_otherwise_is_told_with_before_and_after(world, results, first, tmp_path, values, expected):
    told, table = changed(first, save_run(with_values(world, values), results, tmp_path))  # what was simulated does not matter here
    found = sorted((each.kind, each.what, each.before, each.after) for each in told)
    for (kind, what, before, after), (ekind, ewhat, ebefore, eafter) in zip(found, sorted(expected), strict=True):
        assert (kind, what, before, after) == (ekind, ewhat, ebefore, eafter)
    assert table["paired"].values.all()


def test_runs_of_one_seed_are_paired_as_if_they_had_been_simulated_together(world, first, tmp_path):
    other = with_values(world, {RATE: "45%"}, "other")
    _, table = changed(first, saved(other, tmp_path))
    together = compare([world, other], metrics=["outlay", "awards"], luck=SharedLuck(DRAWS))
    for name in ("value", "difference", "value_by_year", "difference_by_year", "value_by_instrument", "difference_by_instrument",
                 "cheaper"):
        assert table[name].values.tobytes() == together[name].values.tobytes(), name
    assert table["unchanged"].values.tolist() == [True, False]
    assert table["unit"].values.tolist() == ["CNY", "1"]


def test_runs_of_other_seeds_are_not_paired_and_their_errors_are_larger(world, first, tmp_path):
    values = {RATE: "45%"}
    _, paired = changed(first, saved(with_values(world, values), tmp_path))
    told, apart = changed(first, saved(with_values(world, values | {("seed",): 2}), tmp_path))
    assert {(each.kind, each.what, each.before, each.after) for each in told} == {
        ("policy", "first_of_kind.rate", "30%", "45%"), ("seed", "seed", "1", "2")}
    assert paired["paired"].values.tolist() == [True, True]
    assert apart["paired"].values.tolist() == [True, False]
    (_, error), (_, wider) = paired["difference"].values[1, 0], apart["difference"].values[1, 0]
    assert wider > 1.5 * error
    assert wider == pytest.approx(np.hypot(*apart["value"].sel(metric="outlay", part="error").values))
    assert np.isnan(apart["cheaper"].values[1]).all()
    assert not apart["unchanged"].values[1]
    # its own row differs by nothing from itself, whatever stands beside it
    assert not apart["difference"].values[0].any()
    assert not apart["difference_by_year"].values[0].any()
    assert apart["unchanged"].values[0]


def test_another_number_of_draws_is_told_once_and_not_paired(world, first, tmp_path):
    told, table = changed(first, saved(world.with_draws(32), tmp_path, 32))
    assert told == [Difference("draws", "draws", "64", "32")]
    assert table["paired"].values.tolist() == [True, False]
    told, table = changed(first, saved(world, tmp_path, 48))  # by --draws, while the text says what it said
    assert told == [Difference("draws", "draws", "64", "48")]
    assert table["paired"].values.tolist() == [True, False]


def test_another_program_is_told_and_not_paired(world, first, tmp_path, monkeypatch):
    for module in (engine, store):
        monkeypatch.setattr(module, "source_hash", lambda: "f" * 64)
    told, table = changed(first, saved(world, tmp_path))
    before = json.loads((first / "manifest.json").read_text("utf-8"))["kernels"]
    assert told == [Difference("program", "kernels", before, "f" * 12)]
    assert table["paired"].values.tolist() == [True, False]


def test_other_libraries_are_told_by_name_and_version(world, results, first, tmp_path):
    versions = ["numpy 1.0", *results.attrs["versions"][1:-1], "dask 2"]
    told, _ = changed(first, save_run(world, results.assign_attrs(versions=versions), tmp_path))
    numpy, *_, xarray = (text.split()[1] for text in results.attrs["versions"])
    assert told == [Difference("libraries", "dask", "", "2"), Difference("libraries", "numpy", numpy, "1.0"),
                    Difference("libraries", "xarray", xarray, "")]


def test_another_ledger_and_its_day_are_told(world, results, tmp_path):
    folders = [save_run(world, results.assign_attrs(ledger=digit * 64, as_of=day), tmp_path)
               for digit, day in (("a", "2025-06-30"), ("b", "2025-12-31"))]
    told, _ = changed(*folders)
    assert told == [Difference("ledger", "ledger", "a" * 12, "b" * 12), Difference("ledger", "as_of", "2025-06-30", "2025-12-31")]
    told, _ = changed(save_run(world, results, tmp_path), folders[0])
    assert told == [Difference("ledger", "ledger", "", "a" * 12), Difference("ledger", "as_of", "", "2025-06-30")]


# --- labels -----------------------------------------------------------------------------------------------------------


def test_a_run_against_itself_differs_by_nothing_at_all(first):
    table, told = compare_runs([first, first])
    assert table["scenario"].values.tolist() == [first.name, f"{first.name}.2"]
    assert told == {f"{first.name}.2": []}
    assert table["unchanged"].values.all()
    differences = table["difference"].values
    known = ~np.isnan(table["value"].values)
    assert known.any()
    assert not differences[known].any()


def test_each_scenario_of_a_run_has_a_label_of_its_own(world, first, tmp_path):
    scenarios = [world, with_values(world, {RATE: "45%"}, "more"), with_values(world, {RATE: "10%"}, "less")]
    several = save_run(scenarios, run(scenarios, DRAWS), tmp_path)
    table, told = compare_runs([first, several], metrics=["outlay"])
    labels = [f"{several.name}:{each.name}" for each in scenarios]
    assert table["scenario"].values.tolist() == [first.name, *labels]
    assert list(told) == labels
    assert told[labels[0]] == []
    assert told[labels[1]] == [Difference("policy", "first_of_kind.rate", "30%", "45%")]
    assert table["unchanged"].values.tolist() == [True, True, False, False]
    together = compare(scenarios, metrics=["outlay"], luck=SharedLuck(DRAWS))
    assert table["difference"].values[1:].tobytes() == together["difference"].values.tobytes()
    assert table["difference_by_instrument"].values[1:].tobytes() == together["difference_by_instrument"].values.tobytes()


def test_years_and_instruments_are_compared_by_name_not_by_place(world, first, tmp_path):
    """A run of later years and a rule book of which the order is another: each year stands beside itself."""
    later = tiny(tmp_path, STREAMS, {"draws": DRAWS, "years": {"filing": [2025, 2027], "horizon": 2034}}, name="later")
    results = run(later, DRAWS)
    for one, other in (("first", "later"), ("later", "first")):
        folders = {"first": first, "later": save_run(later, results, tmp_path)}
        _, table = changed(folders[one], folders[other])
        assert table["year"].values.tolist() == list(range(2024, 2035))
        values = dict(zip((one, other), table["value_by_year"].sel(part="value").values, strict=True))
        assert values["later"][0] == 0
        assert values["later"][1:] == pytest.approx(results["outlay"].sum("instrument").mean("draw").values)
        assert values["first"][-2:].tolist() == [0, 0]
        assert table["difference_by_year"].sel(part="value").values[1] == pytest.approx(values[other] - values[one])
    told, _ = changed(first, folders["later"])
    assert {each.kind for each in told} == {"years"}


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("harm", ["results.nc", "tiny.yaml", "manifest.json"])
def test_a_damaged_run_is_refused_by_its_file_wherever_it_stands(first, tmp_path, place, harm):
    copy = tmp_path / first.name
    shutil.copytree(first, copy)
    content = bytearray((copy / harm).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / harm).write_bytes(content)
    folders = [first, first]
    folders[place] = copy
    with pytest.raises(DamagedRun, match=harm.replace(".", r"\.")):
        compare_runs(folders)


def test_a_folder_that_is_no_run_is_refused(first, tmp_path):
    with pytest.raises(SimulatorError, match=str(tmp_path)):
        compare_runs([first, tmp_path])


def test_differences_are_plain_records():
    assert [field.name for field in dataclasses.fields(Difference)] == ["kind", "what", "before", "after"]
