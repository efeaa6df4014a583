"""subsidysim list: what there is, and where each value comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from simulator.cli.common import Verb, console, json_option, language_option, print_json, table
from simulator.language import language, tr

KINDS = ("scenarios", "instruments", "targets", "readings", "assumptions", "levers", "metrics", "runs")
HELP = tr(
    """列出情景、政策工具（条款、原文、数值及其依据）、目标、口径、假设，可调的数（levers，供 sweep 和 tune）、
    可写在约束里的指标（metrics），或已保存的结果。

    除 scenarios、metrics 和 runs 外，可指明情景，默认 baseline。

    \b
    例：
      subsidysim list scenarios
      subsidysim list instruments
      subsidysim list assumptions rates_fall
      subsidysim list levers
    """,
    """List scenarios, instruments (clause, quote, values and their ground), targets, readings, assumptions, what sweep and tune
    may move (levers), what can stand in constraints (metrics), or saved runs.

    All but scenarios, metrics and runs take a scenario, baseline by default.

    \b
    Examples:
      subsidysim list scenarios
      subsidysim list instruments
      subsidysim list assumptions rates_fall
      subsidysim list levers
    """,
)


@click.command("list", cls=Verb, help=HELP)
@click.argument("kind", metavar="[" + "|".join(KINDS) + "]", type=click.Choice(KINDS))
@click.argument("name", metavar="[SCENARIO]", default="baseline")
@click.option("--out", type=click.Path(file_okay=False), default="results", show_default=True, metavar="DIR",
              help=tr("结果存放的文件夹", "folder of the results"))
@json_option
@language_option
def command(kind: str, name: str, out: str, as_json: bool) -> None:
    """Print one list."""
    columns, rows, note = _LISTS[kind](name, out)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    screen = console()
    if kind in _IN_BLOCKS:
        from rich.padding import Padding

        for indent, line in _blocks(rows):
            screen.print(Padding(line, (0, 0, 0, indent)))
    else:
        made = table("", columns, rows, left=len(columns))
        made.columns[0].no_wrap = True  # names are copied, so they stay whole
        screen.print(made)
    if note:
        screen.print(note)


Listing = tuple[list[str], list[list[str]], str]


def _scenarios(_: str, __: str) -> Listing:
    from simulator.scenario import load_scenario, shipped_scenarios

    found = [load_scenario(name).model for name in shipped_scenarios()]
    rows = [[model.name, str(model.title), str(model.question)] for model in found]
    return [tr("名称", "name"), tr("情景", "scenario"), tr("回答的问题", "question")], rows, ""


def _instruments(name: str, _: str) -> Listing:
    from simulator.provenance import instrument_values

    return _ground_columns(), [_row(value) for value in instrument_values(_load(name))], ""


def _targets(name: str, _: str) -> Listing:
    treatments = {"simulated": tr("模拟", "simulated"), "counted": tr("计数", "counted"), "physical": tr("按物量核对", "physical"),
                  "tracked": tr("只列示，不模拟", "tracked, not modelled")}
    rows = [[t.id, f"({t.clause})", t.indicator.model_dump()[language()], str(t.goal), str(t.by or "—"), treatments[t.treatment], t.quote]
            for t in _load(name).model.policy.targets]
    return ["", tr("条", "clause"), tr("指标", "indicator"), tr("目标", "goal"), tr("期限", "by"), tr("处理", "treatment"),
            tr("原文", "quote")], rows, ""


def _levers(name: str, _: str) -> Listing:
    from simulator.levers import levers
    from simulator.provenance import as_text

    rows = [[lever.name, lever.title, as_text(lever.written)] for lever in levers(_load(name))]
    return [tr("名称", "name"), tr("含义", "meaning"), tr("现值", "now")], rows, tr(
        "预算可指明年份，如 appropriation.industrial_development.2026；用法见 subsidysim sweep --help、tune --help",
        "An appropriation may name a year: appropriation.industrial_development.2026. See subsidysim sweep --help, tune --help")


def _metrics(_: str, __: str) -> Listing:
    from simulator.headlines import HEADLINES, RATIOS

    units = {"CNY": tr("元", "CNY"), "tce": tr("吨标煤", "tce"), "1": ""}
    rows = [[key, tr(each.zh, each.en), units[each.units]] for key, each in HEADLINES.items()]
    rows += [[key, tr(zh, en), ""] for key, (zh, en, _, _) in RATIOS.items()]
    return [tr("名称", "name"), tr("含义", "meaning"), tr("单位", "unit")], rows, tr(
        "outlay 可按年份或工具细分：outlay.2026、outlay.major_project。单写是均值；还可写 p95(outlay)、cvar95(outlay)、"
        "P(outlay<=80亿元 & energy_saving>=50万吨标煤)",
        "outlay has years and instruments: outlay.2026, outlay.major_project. A bare name is its mean; also p95(outlay), "
        "cvar95(outlay), P(outlay<=8e9CNY & energy_saving>=500000tce)")


def _readings(name: str, _: str) -> Listing:
    model = _load(name).model
    rows = []
    for key, reading in model.policy.readings.items():
        chosen = str(getattr(model.readings, key))
        choices = "\n".join(f"{'●' if choice == chosen else '○'} {choice}: {given.title}" for choice, given in reading.choices.items())
        rows.append([f"({reading.clause})" if reading.clause else "—", key, str(reading.question), choices, str(reading.ground)])
    return [tr("条", "clause"), tr("口径", "reading"), tr("问题", "question"), tr("读法（●为所选）", "choices (● chosen)"),
            tr("理由", "ground")], rows, tr("各口径的代价：subsidysim readings ", "What they cost: subsidysim readings ") + name


def _assumptions(name: str, _: str) -> Listing:
    from simulator.provenance import scenario_values

    return _ground_columns(), [_row(value) for value in scenario_values(_load(name))], ""


def _runs(_: str, out: str) -> Listing:
    from simulator.store import describe_runs

    rows = [[str(run["folder"]), "、".join(run["scenarios"]), f"{run['draws']:,}", str(run["seed"]), run["state"]]
            for run in describe_runs(Path(out))]
    return [tr("文件夹", "folder"), tr("情景", "scenarios"), tr("抽样", "draws"), tr("种子", "seed"), tr("状态", "state")], rows, ""


_IN_BLOCKS = ("instruments", "assumptions")


def _ground_columns() -> list[str]:
    return [tr("所属", "owner"), tr("字段", "field"), tr("数值", "value"), tr("依据", "basis"), tr("原文或理由", "quote or reason"),
            tr("出处", "file:line")]


def _row(value: Any) -> list[str]:
    return [value.owner, value.field, value.shown, value.basis, value.ground, value.place]


def _blocks(rows: list[list[str]]) -> Iterator[tuple[int, str]]:
    """One block an owner: its name once, then a line a value, with the reason below where there is one; with indents."""
    last = None
    for owner, field, shown, basis, ground, place in rows:
        if owner != last:
            yield 0, f"\n{owner}"
            last = owner
        if field == "quote":
            yield 2, f"“{ground}”  {place}"
            continue
        yield 2, f"{field:<26} {shown}  [{basis}]  {place}"
        if ground:
            yield 8, ground


def _load(name: str) -> Any:
    from simulator.scenario import load_scenario

    return load_scenario(name)


_LISTS: dict[str, Callable[[str, str], Listing]] = {
    "scenarios": _scenarios, "instruments": _instruments, "targets": _targets, "readings": _readings,
    "assumptions": _assumptions, "levers": _levers, "metrics": _metrics, "runs": _runs,
}
