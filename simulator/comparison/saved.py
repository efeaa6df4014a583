"""Two saved runs: how far their figures lie apart, and what was changed between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from simulator.comparison.differences import Difference, differences_between
from simulator.comparison.paired import COMPARED, compare_headlines
from simulator.errors import SimulatorError
from simulator.headlines import headlines
from simulator.language import tr
from simulator.metrics import read_metrics
from simulator.scenario import Scenario, load_scenario
from simulator.store import Run, open_run


@dataclass(frozen=True)
class Member:
    """One scenario of a saved run."""

    label: str
    run: Run
    scenario: Scenario

    @property
    def lines(self) -> xr.Dataset:
        """Its headlines, from what was saved."""
        return headlines(self.scenario, self.run.results_of(self.scenario.name))


def members(folder: str | Path) -> list[Member]:
    """The scenarios of a saved run, which is verified on opening."""
    run = open_run(folder)
    several = len(run.scenarios) > 1
    return [Member(f"{run.folder.name}:{name}" if several else run.folder.name, run, load_scenario(str(run.scenario_file(name).absolute())))
            for name in run.scenarios]


def compare_runs(folders: Sequence[str | Path], *, metrics: Sequence[str] = COMPARED) -> tuple[xr.Dataset, dict[str, list[Difference]]]:
    """Saved runs against the first, scenario by scenario.

    Returns
    -------
    Dataset, dict
        The comparison as `compare` gives it, under labels of folder and scenario; `paired` (scenario), false where seed, draws or
        kernels differ from the first, so that luck is part of the difference and its error that of two runs. And of each label what
        was changed against the first: policy, population, seed, version and all the rest.

    Raises
    ------
    DamagedRun
        If a file of a run was altered.
    """
    found = _labelled([member for folder in folders for member in members(folder)])
    first = found[0]
    if len(found) < 2:
        raise SimulatorError(tr(f"{first.label} 只有一个情景：再给一个结果文件夹与它相比",
                                f"{first.label} holds one scenario: name another run beside it"))
    paired = [_same_luck(first, each) for each in found]
    table = compare_headlines([each.lines for each in found], [each.label for each in found], read_metrics(metrics), paired=paired)
    table["paired"] = ("scenario", paired)
    return table, {each.label: what_changed(first, each) for each in found[1:]}


def what_changed(one: Member, other: Member) -> list[Difference]:
    """Everything that is not the same: of the scenarios, then of the runs and the program that made them."""
    changes = differences_between(one.scenario, other.scenario)
    for name, kind in (("draws", "draws"), ("seed", "seed"), ("ledger", "ledger"), ("as_of", "ledger"), ("kernels", "program")):
        before, after = (each.run.manifest.get(name, "") for each in (one, other))
        if before != after and not any(each.kind == kind and each.what == name for each in changes):
            changes.append(Difference(kind, name, _short(before), _short(after)))
    versions = [set(map(str, each.run.manifest.get("versions", []))) for each in (one, other)]
    for library in sorted({text.split()[0] for text in versions[0] ^ versions[1]}):
        before, after = (next((text.split()[1] for text in own if text.split()[0] == library), "") for own in versions)
        changes.append(Difference("libraries", library, before, after))
    return changes


def _labelled(found: Sequence[Member]) -> list[Member]:
    """With labels that differ: what has the same, such as a run beside itself, gets a number."""
    seen: dict[str, int] = {}
    labelled = []
    for each in found:
        seen[each.label] = seen.get(each.label, 0) + 1
        labelled.append(each if seen[each.label] == 1 else replace(each, label=f"{each.label}.{seen[each.label]}"))
    return labelled


def _same_luck(one: Member, other: Member) -> bool:
    """Whether draw d of both met the same luck."""
    return all(one.run.manifest.get(name) == other.run.manifest.get(name) for name in ("seed", "draws", "kernels"))


def _short(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) > 40 or (len(text) > 20 and text.isalnum()) else text
