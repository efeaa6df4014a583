"""Many variants of a scenario under one luck, in passes that fit into memory; of each only the headlines are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from simulator.drivers import draw_drivers, instrument_values
from simulator.engine import fitting, refuse_too_large, simulate_apart
from simulator.errors import SimulatorError
from simulator.headlines import headlines
from simulator.language import tr
from simulator.population import draw_applications
from simulator.scenario import Scenario

PASS = 16  # variants that are simulated side by side: more cost memory and save no time
_DRIVING = ("drivers", "correlations")
_ALWAYS = ("control", "fingerprint")


class SharedLuck:
    """Applications and drivers, drawn once for all variants that share them; a variant meets the same luck in every call.

    Parameters
    ----------
    draws : int, optional
        By default those of the variant itself.
    threads : int, optional
        By default all cores; changes no figure.
    """

    def __init__(self, draws: int | None = None, threads: int | None = None) -> None:
        self.draws, self.threads = draws, threads
        self._applications: dict[str, xr.Dataset] = {}
        self._drivers: dict[tuple[str, str], xr.Dataset] = {}

    def applications(self, scenario: Scenario) -> xr.Dataset:
        """The frame of the scenario's population."""
        key = scenario.population_digest
        if key not in self._applications:
            self._applications = {key: draw_applications(scenario)}  # one at a time: a frame is large, populations come in groups
        return self._applications[key]

    def headlines(self, variants: Sequence[Scenario], progress: Callable[[int, int], None] | None = None, *,
                  keep: Sequence[str] | None = None) -> xr.Dataset:
        """Simulate these variants, and keep their headlines.

        Parameters
        ----------
        variants : sequence of Scenario
            With different names. Those of one population are simulated side by side; others meet the same drivers.
        progress : callable, optional
            Called with (draws done, draws in all) over all variants.
        keep : sequence of str, optional
            Variables to keep besides the control and the fingerprint; by default all of them.

        Returns
        -------
        Dataset(variant, draw)
            As `headlines`; `variant` are the names. attrs: projects, the potential projects of the first variant's frame.
        """
        names = [each.name for each in variants]
        if len(set(names)) != len(names):
            raise SimulatorError(tr("方案名称重复", "variants must have different names"))
        groups: dict[str, list[Scenario]] = {}
        for each in variants:
            groups.setdefault(each.population_digest, []).append(each)
        found: dict[str, xr.Dataset] = {}
        counts = {each.name: self.draws or each.model.draws for each in variants}
        if len(set(counts.values())) > 1:
            first, *others = (f"{name} {number}" for name, number in counts.items())
            raise SimulatorError(tr(f"抽样次数不同，无法逐次比较：{first}，{'、'.join(others)}；请用 --draws 给定",
                                    f"variants must have one number of draws: {first}, {', '.join(others)}; give --draws"))
        total, done = sum(counts.values()), 0
        projects = 0
        for group in groups.values():
            applications = self.applications(group[0])
            projects = projects or applications.sizes["application"]
            size = min(PASS, fitting(group[0], applications, counts[group[0].name]))
            group.sort(key=_driving)  # those with the same drivers side by side
            for start in range(0, len(group), size):
                some = group[start : start + size]

                def tell(draws: int, _: int, before: int = done, beside: int = len(some)) -> None:
                    if progress:
                        progress(before + draws * beside, total)

                results = simulate_apart(some, applications, self._drivers_of(some), threads=self.threads, progress=tell)
                for each, result in zip(some, results, strict=True):
                    lines = headlines(each, result)
                    if keep is not None:  # copied, for a part of it would keep all of it alive
                        lines = lines[[name for name in lines if name in (*_ALWAYS, *keep)]].copy(deep=True)
                    found[each.name] = lines
                refuse_too_large(2.0 * found[some[0].name].nbytes * len(variants))  # they are put together once
                done += sum(counts[each.name] for each in some)
        return _together([found[name] for name in names], names).assign_attrs(projects=projects)

    def _drivers_of(self, some: Sequence[Scenario]) -> xr.Dataset:
        """The drivers of a pass: one set, which is kept, where nothing that is drawn differs."""
        if len(kinds := {_driving(each) for each in some}) > 1:
            return draw_drivers(some, self.draws)
        key = (some[0].population_digest, kinds.pop())
        if key not in self._drivers:
            if len(self._drivers) >= PASS:
                self._drivers.clear()
            self._drivers[key] = draw_drivers(some[0], self.draws)
        return self._drivers[key]


def _driving(scenario: Scenario) -> str:
    """Variants with the same text have the same drivers: what is drawn, and which values of instruments are."""
    assumed = {name: each.model_dump_json() for name, each in instrument_values(scenario).items() if each.kind != "constant"}
    return json.dumps([*(scenario.content.get(key) for key in _DRIVING), assumed], ensure_ascii=False, sort_keys=True)


def _together(sets: Sequence[xr.Dataset], names: Sequence[str]) -> xr.Dataset:
    """The headlines of all variants in one Dataset; instruments and years that one of them lacks are 0 there."""
    whole = xr.concat(sets, dim=xr.DataArray(np.array(names, dtype=str), dims="variant", name="variant"), join="outer",
                      fill_value=0.0, combine_attrs="override", coords="minimal", compat="override")
    if "instrument" not in whole.dims:
        return whole
    instruments = list(dict.fromkeys(key for each in sets for key in each["instrument"].values.tolist()))
    return whole.sel(instrument=instruments)  # in the order of the first: an outer join may sort them
