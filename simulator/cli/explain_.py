"""subsidysim explain: one project, clause by clause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simulator.cli.common import Verb, console, json_option, language_option, print_json, reading_option, table
from simulator.cli.ledger_options import LEDGER_SUFFIXES, ledger_options, load_ledger
from simulator.language import tr

HELP = tr(
    """逐条说明一个项目：原文、基数、比例、上限、哪个限制起作用、哪年付多少。

    不写 --draw 为名义情形：规模为计划规模（可用 --size 放大），各项不确定因素取中位数，上限比例按足额，精确到分。
    写 --draw 则为该次抽样中引擎实际算出的情形。项目编号形如 technical_upgrade.2025.large-0009。
    也可以写一个台账文件，逐条说明台账中的一个项目，精确到分。

    \b
    例：
      subsidysim explain baseline --project technical_upgrade.2025.large-0009 --size 8
      subsidysim explain baseline --project technical_upgrade.2025.large-0009 --draw 3
      subsidysim explain baseline --project first_of_kind_equipment.2026-0001 --draw 0
      subsidysim explain 台账.xlsx --project JG-2025-00012
    """,
    """One project, clause by clause: quote, base, rate, cap, which limit decided, what was paid when.

    Without --draw: the nominal case, exact to the 分: planned size (times --size), every uncertain quantity at its median,
    ceilings paid in full. With --draw: what the engine computed in that draw. Ids look like
    technical_upgrade.2025.large-0009. A ledger may stand in place of the scenario: one of its projects, exact to the 分.

    \b
    Examples:
      subsidysim explain baseline --project technical_upgrade.2025.large-0009 --size 8
      subsidysim explain baseline --project technical_upgrade.2025.large-0009 --draw 3
      subsidysim explain baseline --project first_of_kind_equipment.2026-0001 --draw 0
      subsidysim explain ledger.xlsx --project JG-2025-00012
    """,
)


_LISTED = 100  # rows of a ledger


@click.command("explain", cls=Verb, help=HELP)
@click.argument("name", metavar="SCENARIO|LEDGER")
@click.option("--project", metavar="ID", help=tr("项目编号；不写则列出各类项目的编号", "id of the project; without it, ids are listed"))
@click.option("--draw", type=click.IntRange(min=0), metavar="D",
              help=tr("抽样编号，从 0 起 [默认：名义情形]", "draw, from 0 [default: nominal]"))
@click.option("--size", type=click.FloatRange(min=0, min_open=True), default=1.0, metavar="X",
              help=tr("名义情形下规模为计划的几倍", "nominal case: times the planned size"))
@click.option("--policy", metavar="P", default="sh-2024-355", show_default=True,
              help=tr("台账：规则书或情景（名称或 .yaml）", "of a ledger: rule book or scenario (name or .yaml)"))
@ledger_options
@reading_option
@json_option
@language_option
def command(name: str, project: str | None, draw: int | None, size: float, policy: str, sheet: str | None, mapping: str | None, yes: bool,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Explain and print."""
    from simulator.cli.trail_text import as_dict, as_text
    from simulator.explanation import explain
    from simulator.scenario import load_rule_book, load_scenario

    if Path(name).suffix.lower() in LEDGER_SUFFIXES:
        if draw is not None or size != 1.0:
            raise click.UsageError(tr("台账中的项目没有 --draw 和 --size：规模和进度以台账为准",
                                      "a project of a ledger has no --draw and no --size"))
        scenario = load_rule_book(policy, readings=readings)
        ledger = load_ledger(name, scenario.model.policy.instruments, sheet, mapping, yes)
        if project is None:
            _list_rows(scenario, ledger)
            return
        found = _of_ledger(scenario, ledger, project)
    else:
        scenario = load_scenario(name, readings=readings)
        if project is None:
            _list_projects(scenario)
            return
        found = explain(scenario, project, draw, size=size)
    if as_json:
        print_json(as_dict(scenario, found))
    else:
        click.echo(as_text(scenario, found))


def _of_ledger(scenario: Any, ledger: Any, project: str) -> Any:
    """One project of a ledger."""
    from simulator.appraisal import price_ledger
    from simulator.ledger_explanation import explain_row

    return explain_row(price_ledger(ledger, scenario), project)


def _list_rows(scenario: Any, ledger: Any) -> None:
    """The first projects of a ledger, with what they file for."""
    rules = scenario.model.policy.instruments
    rows = [[str(ledger.rows[i]), ledger.columns["project"][i], tr("、", ", ").join(str(rules[key].short) for key in filed.split(";"))]
            for i, filed in enumerate(ledger.columns["instruments"][:_LISTED])]
    more = tr(f"，前 {_LISTED} 项", f", the first {_LISTED}") if ledger.n > _LISTED else ""
    console().print(table(tr(f"项目编号（共 {ledger.n:,} 项{more}）", f"Project ids ({ledger.n:,} in all{more})"),
                          [tr("行", "line"), tr("编号", "id"), tr("申报专项", "instruments")], rows, left=3))


def _list_projects(scenario: Any) -> None:
    """First and last id of every counting cell: ids are a cell and a number."""
    from simulator.population import draw_applications

    frame = draw_applications(scenario)
    ids, cells = frame["application"].values, frame["cell"].values
    rows = []
    for key, stream in scenario.model.population.streams.items():
        mine = ids[frame["stream"].values == key]
        for cell in dict.fromkeys(cells[frame["stream"].values == key]):
            own = mine[[str(i).startswith(f"{cell}-") for i in mine]]
            rows.append([str(stream.title), str(own[0]), str(own[-1])])
    console().print(table(tr("项目编号（单元内编号越大，出现的抽样越少）", "Project ids (the higher the number, the rarer the project)"),
                          [tr("类别", "stream"), tr("首个", "first"), tr("末个", "last")], rows, left=3))
