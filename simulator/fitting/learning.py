"""From a ledger to what it tells about who applies: stream by stream, then what all streams share."""

from __future__ import annotations

from pathlib import Path

from simulator.applications import Applications, Table, applications_of
from simulator.compose import SHIPPED
from simulator.errors import SimulatorError
from simulator.fitting.decisions import decisions_of
from simulator.fitting.findings import Fitted
from simulator.fitting.outcomes import learn_outcomes
from simulator.fitting.places import learn_classes, learn_places
from simulator.fitting.stream_attributes import learn_attributes
from simulator.fitting.stream_counts import learn_counts
from simulator.fitting.stream_sizes import Filing, learn_sizes
from simulator.language import tr
from simulator.ledger import Ledger
from simulator.scenario import Scenario


def fit(ledger: Ledger, scenario: Scenario) -> Fitted:
    """What a ledger tells about the population of a scenario.

    Parameters
    ----------
    ledger : Ledger
        As read and checked; only `columns`, `file` and `digest` are looked at.
    scenario : Scenario
        Gives the streams, the clauses with their thresholds, the published LPR, and what the ledger does not tell.

    Returns
    -------
    Fitted
        Figures with standard errors, goodness of fit, what was left at the base, and the statements of the file.

    Notes
    -----
    Planned rows (拟申报) have not filed and are left out. Where every instrument of a stream has a threshold, who lies below
    it does not file: sizes are those of all projects, seen from the threshold on, and the number is raised to all projects, so
    that as many as in the ledger can file in a simulation.
    """
    table = Table(ledger.columns)
    found = Fitted(Path(ledger.file).name, ledger.digest, scenario.name, _reference(scenario), table.n)
    everybody, untold = applications_of(table, scenario)
    groups = [group for group in (each.that_reach_it() for each in everybody) if group.n]
    if not groups:
        raise SimulatorError(tr(f"{found.file} 没有可用于估计的申报", f"{found.file} has no applications to learn from"))
    _say_what_is_left_out(found, table, groups)
    filing: dict[str, Filing] = {}
    for group in groups:
        learn_attributes(found, table, group, scenario)
        filing[group.key] = learn_sizes(found, table, group, scenario)
    weights = learn_places(found, table, groups, scenario, filing)
    learn_counts(found, table, groups, scenario, filing, weights)
    learn_classes(found, table, groups, filing)
    learn_outcomes(found, table, groups, scenario, decisions_of(table))
    for key in untold:
        why = tr("台账未把“三首”分列，全部计入首台套装备", "the ledger does not tell first-of-kind products apart: all count as equipment")
        found.state(("streams", key, "count"), {"fixed": 0}, found.n, why)
        found.leave(key, "count", why)
    return found


def _reference(scenario: Scenario) -> str:
    """The name of a shipped scenario, the path of any other."""
    file = Path(scenario.files[0]).resolve()
    return file.stem if file.parent == SHIPPED else str(file)


def _say_what_is_left_out(found: Fitted, table: Table, groups: list[Applications]) -> None:
    planned = int((table.texts("status") == "planned").sum())
    if planned:
        found.notes.append(tr(f"拟申报 {planned} 项未计入", f"{planned} planned rows have not filed and are left out"))
    others = table.n - planned - int(sum(group.contracts.sum() + group.below for group in groups))
    if others:
        found.notes.append(tr(f"{others} 项的申报专项不属于任何申报类别，未计入", f"{others} rows file for what no stream files for"))
