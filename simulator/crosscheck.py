"""What the schema cannot see: names that must exist elsewhere in the scenario, and tables that must be complete."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from simulator.compose import Composition
from simulator.errors import Fault, Position
from simulator.language import tr
from simulator.schema import ScenarioModel, Stream
from simulator.schema.values import SIZE_CLASSES
from simulator.yamlfile import Path_


def crosscheck(model: ScenarioModel, composition: Composition) -> list[Fault]:
    """Every dangling name and every gap of a scenario whose values are right one by one."""
    found = [*_gaps(model), *_funds(model)]
    for key, stream in model.population.streams.items():
        found += _stream(model, ("population", "streams", key), stream)
    return [Fault(_place(composition, path), ".".join(map(str, path)), problem, remedy) for path, problem, remedy in found]


Problem = tuple[Path_, str, str]  # where, what is wrong, what would be right


def _gaps(model: ScenarioModel) -> Iterator[Problem]:
    """Tables that leave out a size of enterprise, a year that the model needs, or a fund."""
    first, last = model.years.filing
    needed: list[tuple[Path_, Any, Iterable[str | int]]] = [
        (("drivers", "filing"), model.drivers.filing, SIZE_CLASSES),
        (("drivers", "additional"), model.drivers.additional, SIZE_CLASSES),
        (("drivers", "city_growth"), model.drivers.city_growth.value, range(first, last + 1)),
        (("drivers", "lpr", "published"), model.drivers.lpr.published.value, [first]),
        (("behaviour", "size_multiplier"), model.behaviour.size_multiplier.value, SIZE_CLASSES),
        (("behaviour", "score_bonus"), model.behaviour.score_bonus.value, SIZE_CLASSES),
        (("appropriation",), model.appropriation, model.policy.funds),
    ]
    for path, table, keys in needed:
        if missing := "、".join(str(key) for key in keys if key not in table):
            yield path, tr(f"缺少 {missing}", f"lacks {missing}"), ""


def _funds(model: ScenarioModel) -> Iterator[Problem]:
    for key, rule in model.policy.instruments.items():
        if rule.fund.value not in model.policy.funds:
            yield ("policy", "instruments", key, "fund"), *_unknown("资金", "fund", rule.fund.value, model.policy.funds)
    for fund in model.appropriation:
        if fund not in model.policy.funds:
            yield ("appropriation", fund), *_unknown("资金", "fund", fund, model.policy.funds)


def _stream(model: ScenarioModel, at: Path_, stream: Stream) -> Iterator[Problem]:
    """A stream files for instruments that exist and are alternatives of one another, and names its tier where there are tiers."""
    rules = model.policy.instruments
    known = [name for name in stream.files_for if name in rules]
    for i, name in enumerate(stream.files_for):
        if name not in rules:
            yield (*at, "files_for", i), *_unknown("政策工具", "instrument", name, rules)
    groups = sorted({rules[name].exclusion_group.value for name in known})
    if len(groups) > 1:
        yield (*at, "files_for"), tr(f"申报的政策工具应属同一 exclusion_group，得到 {'、'.join(groups)}",
                                     f"the instruments must be of one exclusion_group, got {', '.join(groups)}"), ""
    tiers = [tier for name in known for tier in (rules[name].tiers or {})]
    if tiers and len(known) > 1:
        yield (*at, "files_for"), tr("阶梯奖励只能单独申报", "a tiered award is filed for alone"), ""
    elif tiers and stream.tier is None:
        yield at, tr("缺少 tier", "tier is missing"), tr(f"可选 {'、'.join(tiers)}", f"one of {', '.join(tiers)}")
    elif stream.tier is not None and stream.tier not in tiers:
        yield (*at, "tier"), *_unknown("档次", "tier", stream.tier, tiers)


def _unknown(zh: str, en: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.4) or names[:1]
    return (tr(f"未知的{zh} {name!r}", f"unknown {en} {name!r}"),
            tr(f"是否指 {near[0]!r}？", f"did you mean {near[0]!r}?") if near else "")


def _place(composition: Composition, path: Path_) -> Position:
    """Where the value was written, or the nearest thing around it."""
    for length in range(len(path), 0, -1):
        if place := composition.positions.get(path[:length]):
            return place
    return Position(composition.files[0])
