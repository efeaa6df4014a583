"""Shares of sectors and districts over all streams, and of enterprise sizes in each."""

from __future__ import annotations

import numpy as np

from simulator.applications import Applications, Table
from simulator.fitting import attributes
from simulator.fitting.attributes import FEWEST, classes_of_all, digits
from simulator.fitting.findings import Fitted, too_few
from simulator.fitting.stream_sizes import Filing
from simulator.language import tr
from simulator.scenario import Scenario
from simulator.schema.values import SIZE_CLASSES


def learn_places(found: Fitted, table: Table, groups: list[Applications], scenario: Scenario,
                 filing: dict[str, Filing]) -> dict[str, float]:
    """Shares of sectors and districts over all streams; returns those of sectors among all projects."""
    rows = np.concatenate([group.rows for group in groups])
    population = scenario.model.population
    weights = {str(name): float(weight) for name, weight in population.sectors.value.items()}
    for column, base in (("sector", population.sectors.value), ("district", population.districts.value)):
        names = table.texts(column)[rows]
        stated = names[names != ""]
        if len(stated) < FEWEST:
            if table.has(column):
                found.leave("", f"{column}s", too_few(len(stated)))
            continue
        order = [*base, *sorted(set(stated) - set(base))]
        shares = attributes.shares_of(names, order)
        for name, each in shares.items():
            found.add("", column, each, "share", name)
        values = {name: each.value for name, each in shares.items()}
        if column == "sector":
            values = weights = _sectors_of_all(values, groups, filing)
        found.state((f"{column}s",), {name: digits(100 * value) for name, value in values.items()}, len(stated))
    return weights


def _sectors_of_all(shares: dict[str, float], groups: list[Applications], filing: dict[str, Filing]) -> dict[str, float]:
    """Shares among all projects, from those among who files: a sector of larger projects files more often where there is a threshold."""
    seen = np.array([[filing[group.key].seen(name) for name in shares] for group in groups])  # [stream, sector]
    numbers, filed = np.array([float(group.n) for group in groups]), np.array(list(shares.values()))
    weights = filed
    for _ in range(50):
        projects = numbers / (seen @ weights)
        weights = filed / (projects @ seen)
        weights = weights / weights.sum()
    return dict(zip(shares, weights.tolist(), strict=True))


def learn_classes(found: Fitted, table: Table, groups: list[Applications], filing: dict[str, Filing]) -> None:
    """Sizes of enterprises by stream."""
    for group in groups:
        names = table.texts("size")[group.rows]
        stated = int((names != "").sum())
        if stated < FEWEST:
            if table.has("size"):
                found.leave(group.key, "size_class", too_few(stated))
            continue
        shares = attributes.shares_of(names, SIZE_CLASSES)
        for name, each in shares.items():
            found.add(group.key, "size_class", each, "share", name)
        correlation = group.stream.size_class_correlation.value
        of_all = classes_of_all({name: each.value for name, each in shares.items()}, correlation, filing[group.key].seen(""))
        found.state(("streams", group.key, "size_class"), {name: digits(100 * value) for name, value in of_all.items()}, stated,
                    tr("已按门槛以上大企业较多折算", "allowing for large enterprises being more frequent above the threshold")
                    if of_all != {name: each.value for name, each in shares.items()} else "")
