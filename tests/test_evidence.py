"""A saved run as evidence: what it says, and what may be computed again from it."""

import dataclasses

import numpy as np
import pytest

from simulator.errors import DamagedRun, NotShown, SimulatorError
from simulator.evidence import BESIDE, open_evidence
from simulator.store import Run


def test_a_run_of_one_scenario_is_told_without_naming_it(evidence, small_run):
    assert evidence.scenario.name == "baseline"
    np.testing.assert_array_equal(evidence.results["outlay"].values, small_run["outlay"].values)


def test_the_first_scenario_is_told_unless_another_is_named(capped):
    assert capped.scenario.name == "capped_envelope_8"
    assert open_evidence(capped.run.folder, "baseline").scenario.name == "baseline"


def test_a_scenario_that_the_run_does_not_hold_is_refused_with_those_that_it_holds(capped):
    with pytest.raises(SimulatorError, match=r"rates_fall.*capped_envelope_8"):
        open_evidence(capped.run.folder, "rates_fall")


def test_a_run_of_several_scenarios_compares_them_and_one_of_a_single_one_shipped_ones(capped, quick):
    assert [each.name for each in capped.beside] == ["capped_envelope_8", "baseline"]
    assert [each.name for each in quick.beside] == ["baseline", *BESIDE]


def test_the_comparison_of_a_saved_run_is_of_what_was_saved(capped):
    saved = float(capped.comparison["value"].sel(scenario="baseline", metric="outlay", part="value"))
    saved = float(capped.comparison["value"].sel(scenario="baseline", metric="outlay", part="value"))
    baseline = capped.run.results["outlay"].sel(scenario="baseline").sum(["year", "instrument"])
    assert saved == pytest.approx(float(baseline.mean()), rel=1e-12)


def test_the_scenario_beside_others_has_the_figures_of_its_own_run(quick):
    beside = float(quick.comparison["value"].sel(scenario="baseline", metric="outlay", part="value"))
    assert beside == pytest.approx(float(quick.summary["outlay_total"].sel(statistic="mean", part="value")), rel=1e-9)


def test_the_levers_of_the_sweep_are_the_rates_of_the_two_instruments_that_pay_most(quick):
    dims = [str(dim) for dim in quick.sweep["unchanged"].dims]
    paid = quick.results["outlay"].sum("year").mean("draw")
    largest = sorted(paid["instrument"].values, key=lambda key: -float(paid.sel(instrument=key)))
    assert dims == [f"{key}.rate" for key in largest[:2]]
    assert bool(quick.sweep["unchanged"].values[2, 2])  # the middle of each range is the scenario as it stands


def test_a_run_from_a_ledger_refuses_to_simulate_anything_beside_it(quick):
    run = Run(quick.run.folder, quick.run.manifest, quick.run.results.assign_attrs(as_of="2026-11-30"))
    from_ledger = dataclasses.replace(quick, run=run)
    for name in ("readings", "tornado", "sweep", "beside"):
        with pytest.raises(NotShown, match="台账"):
            getattr(from_ledger, name)


def test_an_altered_run_is_refused(quick, tmp_path):
    folder = tmp_path / quick.run.folder.name
    folder.mkdir()
    for name in (*quick.run.manifest["files"], "manifest.json"):
        (folder / name).write_bytes((quick.run.folder / name).read_bytes())
    whole = bytearray((folder / "results.nc").read_bytes())
    whole[len(whole) // 2] ^= 1
    (folder / "results.nc").write_bytes(whole)
    with pytest.raises(DamagedRun, match=r"results\.nc"):
        open_evidence(folder)
