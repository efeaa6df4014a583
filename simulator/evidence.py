"""A saved run as evidence: what it says, and what can be computed again from its scenario under the same luck."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import xarray as xr

from kernels import source_hash
from simulator.changes import changes_between, with_changes
from simulator.comparison.paired import COMPARED, compare_headlines
from simulator.drivers import draw_drivers
from simulator.errors import NotShown, SimulatorError
from simulator.headlines import headlines
from simulator.language import tr
from simulator.metrics import read_metrics
from simulator.readings import price_readings
from simulator.reporting import rests_on_assumption
from simulator.scenario import Scenario, load_scenario, load_scenarios
from simulator.sensitivity import tornado
from simulator.store import Run, open_run
from simulator.summary import summarise
from simulator.sweeping import sweep
from simulator.variants import SharedLuck
from simulator.weighting import Draws

# Scenarios that stand beside a run of one scenario: everything is paid at its ceiling, rates, the investment climate, procedure.
BESIDE = ("full_rate", "investment_slump", "rates_rise", "fast_track")
READINGS_DRAWS = 512
TORNADO_DRAWS = 256
SWEEP_DRAWS = 256
SWEPT_POINTS = 5
EXPLAINED = ("outlay", "energy_saving")

__all__ = ["Evidence", "NotShown", "open_evidence", "refuse_without_outlay"]


def refuse_without_outlay(results: xr.Dataset) -> None:
    """Raise NotShown where nothing is paid in any draw."""
    if not results["outlay"].size or not float(results["outlay"].max()) > 0.0:
        raise NotShown(tr("这个情景没有任何拨付", "nothing is paid in this scenario"))


@dataclass(frozen=True, eq=False)
class Evidence:
    """One scenario of a saved run. Everything that costs time is computed when it is first asked for, and kept.

    Titles within are of the language in which they were asked for: `dataclasses.replace(evidence)` starts anew in another.
    """

    run: Run
    scenario: Scenario
    scenarios: Sequence[Scenario]
    """All of the run."""
    levers: tuple[str, str] | None = None
    """Two levers with their ranges for the sweep; by default the rates of the two largest instruments."""
    threads: int | None = None
    progress: Callable[[int, int], None] | None = None

    @property
    def name(self) -> str:
        """The run's identifier: the name of its folder."""
        return self.run.folder.resolve().name

    @cached_property
    def results(self) -> xr.Dataset:
        """Of the scenario, in memory."""
        return self.run.results_of(self.scenario.name)

    @cached_property
    def draws(self) -> Draws:
        """How its draws count."""
        return Draws.of(self.results)

    @cached_property
    def summary(self) -> xr.Dataset:
        """As `summarise`."""
        return summarise(self.results)

    @cached_property
    def drivers(self) -> xr.Dataset:
        """The drivers of its draws, drawn again."""
        return draw_drivers(self.scenario, self.results.sizes["draw"])

    @property
    def years(self) -> list[int]:
        """Of the cash horizon."""
        return [int(year) for year in self.results["year"].values]

    @property
    def last_filing_year(self) -> int:
        """After which everything that is paid is the tail."""
        return self.scenario.model.years.filing[1]

    @property
    def with_ledger(self) -> bool:
        """Whether the run starts from a ledger, which is not kept: nothing else can be simulated beside it."""
        return "as_of" in self.results.attrs

    @property
    def same_program(self) -> bool:
        """Whether the kernels are still those of the run."""
        return str(self.run.manifest["kernels"]) == source_hash()

    @property
    def assumed(self) -> list[str]:
        """Instruments whose amount itself is an assumption."""
        return [key for key, rule in self.scenario.model.policy.instruments.items() if rests_on_assumption(rule)]

    def short(self, instrument: str) -> str:
        """An instrument's short title in the language."""
        return str(self.scenario.model.policy.instruments[instrument].short)

    @cached_property
    def readings(self) -> list[dict[str, Any]]:
        """As `price_readings`."""
        self._refuse_with_ledger()
        path = self.run.scenario_file(self.scenario.name).absolute()
        return price_readings(path, draws=min(READINGS_DRAWS, self._n), threads=self.threads, progress=self.progress)

    @cached_property
    def tornado(self) -> xr.Dataset:
        """As `tornado`, for EXPLAINED."""
        self._refuse_with_ledger()
        luck = SharedLuck(min(TORNADO_DRAWS, self._n), self.threads)
        return tornado(self.scenario, metrics=EXPLAINED, luck=luck, progress=self.progress)

    @cached_property
    def sweep(self) -> xr.Dataset:
        """As `sweep` of two levers."""
        self._refuse_with_ledger()
        luck = SharedLuck(min(SWEEP_DRAWS, self._n), self.threads)
        return sweep(self.scenario, self.levers or self._largest_rates(), luck=luck, progress=self.progress)

    @cached_property
    def beside(self) -> list[Scenario]:
        """The scenarios that are compared: those of the run, or shipped ones beside its only one."""
        if len(self.scenarios) > 1:
            first = self.scenario.name
            return sorted(self.scenarios, key=lambda each: each.name != first)
        self._refuse_with_ledger()
        own, model = self.scenario, self.scenario.model
        usual, *others = load_scenarios(["baseline", *(name for name in BESIDE if name != own.name)], draws=self._n, seed=model.seed)
        fitting = [each for each in (usual, *others) if each.model.policy.id == model.policy.id and each.model.years == model.years]
        if not fitting:
            raise NotShown(tr("这次运行只有一个情景，自带情景中没有同一政策、同样年份的可以相比",
                              "the run holds one scenario, and no shipped one has its policy and years"))
        told = own.with_draws(self._n)
        return [told, *([usual] if told.name != usual.name else []), *(_on_top(told, usual, each) for each in fitting[1:])]

    @cached_property
    def comparison(self) -> xr.Dataset:
        """As `compare`, the scenario first; what the run holds is taken from it, the others are simulated under its luck."""
        saved = {each.name for each in self.scenarios}
        others = [each for each in self.beside if each.name not in saved]
        lines = SharedLuck(threads=self.threads).headlines(others, self.progress) if others else None
        sets = [headlines(each, self.run.results_of(each.name)) if lines is None or each.name in saved else lines.sel(variant=each.name)
                for each in self.beside]
        return compare_headlines(sets, [each.name for each in self.beside], read_metrics(COMPARED, self.scenario))

    @property
    def _n(self) -> int:
        return int(self.results.sizes["draw"])

    def _largest_rates(self) -> tuple[str, str]:
        """The rates of the two instruments that pay most, from half of each to half as much again."""
        rules = self.scenario.model.policy.instruments
        paid = self.results["outlay"].sum("year").mean("draw")
        with_rate = {key: float(rule.rate.value.constant) for key, rule in rules.items()
                     if rule.rate and rule.rate.value.constant is not None}
        largest = sorted(with_rate, key=lambda key: -float(paid.sel(instrument=key)))[:2]
        if len(largest) < 2:
            raise NotShown(tr("政策中按比例支持的工具不足两项", "fewer than two instruments of the policy have a rate"))

        def lever(key: str) -> str:
            rate = with_rate[key]
            return f"{key}.rate={50 * rate:.10g}%..{100 * min(1.5 * rate, 1.0):.10g}%:{SWEPT_POINTS}"

        return lever(largest[0]), lever(largest[1])

    def _refuse_with_ledger(self) -> None:
        if self.with_ledger:
            raise NotShown(tr("这次运行从台账出发，台账不随结果保存，不能另作模拟",
                              "the run starts from a ledger, which is not kept with it: nothing else can be simulated beside it"))


def _on_top(own: Scenario, usual: Scenario, companion: Scenario) -> Scenario:
    """What a companion changes in the baseline, changed in the scenario that is told: a difference from it has one cause."""
    made = with_changes(own, changes_between(usual, companion), companion.name)
    return replace(made, model=made.model.model_copy(update={"title": companion.model.title}))


def open_evidence(folder: str | Path, scenario: str | None = None, *, levers: tuple[str, str] | None = None, threads: int | None = None,
                  progress: Callable[[int, int], None] | None = None) -> Evidence:
    """Open a saved run as evidence.

    Parameters
    ----------
    folder : str or Path
        Of the run; verified on opening.
    scenario : str, optional
        Which of its scenarios is told; by default the first.
    levers : (str, str), optional
        For the sweep, such as ("major_project.rate=5%..15%:5", "upgrade_loan_interest.rate=30%..70%:5").

    Raises
    ------
    DamagedRun
        If a file of the run was altered.
    SimulatorError
        If the run has no such scenario.
    """
    run = open_run(folder)
    if scenario is not None and scenario not in run.scenarios:
        raise SimulatorError(tr(f"{folder} 没有情景 {scenario}；有：", f"{folder} has no scenario {scenario}; it has: ")
                             + tr("、", ", ").join(run.scenarios))
    scenarios = [load_scenario(run.scenario_file(name).absolute()) for name in run.scenarios]
    chosen = next(each for each in scenarios if each.name == (scenario or run.scenarios[0]))
    return Evidence(run, chosen, scenarios, levers, threads, progress)
