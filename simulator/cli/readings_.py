"""subsidysim readings: the price of every reading."""

from __future__ import annotations

import click

from simulator.cli.common import (
    Verb,
    console,
    json_option,
    language_option,
    luck_options,
    money,
    print_json,
    progress,
    share,
    table,
)
from simulator.language import language, tr
from simulator.units import WAN

HELP = tr(
    """文件中含义不明的条款，各种读法（口径）的代价：与所选口径在同一批抽样下的配对差异。

    \b
    例：
      subsidysim readings baseline
      subsidysim readings my_scenario.yaml --draws 8192 --json
    """,
    """What each reading of each ambiguous clause costs: paired differences from the chosen one under the same draws.

    \b
    Examples:
      subsidysim readings baseline
      subsidysim readings my_scenario.yaml --draws 8192 --json
    """,
)


@click.command("readings", cls=Verb, help=HELP)
@click.argument("name", metavar="SCENARIO")
@luck_options(default=1024)
@json_option
@language_option
def command(name: str, draws: int, seed: int | None, threads: int | None, as_json: bool) -> None:
    """Simulate all readings and print their differences."""
    from simulator.readings import price_readings

    with progress(tr("模拟各口径", "simulating readings")) as tick:
        found = price_readings(name, draws=draws, seed=seed, threads=threads, progress=tick)
    if as_json:
        print_json(found)
        return
    out = console()
    rows = []
    for reading in found:
        clause = f"({reading['clause']})" if reading["clause"] else "—"
        rows.append([clause, f"{reading['reading']}{tr('：', ': ')}{reading['question'][language()]}", "", "", "", ""])
        for choice, figures in reading["choices"].items():
            mark = "●" if choice == reading["chosen"] else "○"
            title = f" {mark} {choice}  {figures['title'][language()]}"
            if choice == reading["chosen"]:
                rows.append(["", title, tr("所选", "chosen"), "", "", ""])
            else:
                rows.append(["", title, money(figures["outlay"]), money(figures["induced_investment"]),
                             money(figures["energy_saving"], WAN), share(figures["energy_target"])])
    out.print(table(
        tr(f"各口径与所选口径之差（{draws:,} 次抽样配对；亿元，万吨标煤）",
           f"Difference from the chosen reading ({draws:,} paired draws; 100 million CNY, 10 kt ce)"),
        [tr("条", "clause"), tr("口径", "reading"), tr("拨付", "outlay"), tr("带动新增", "induced"), tr("节能量", "saving"),
         tr("节能达标", "P(energy)")], rows, left=2))
    out.print(tr("改用某口径：subsidysim run --reading 名称=取值，或写进情景的 readings。",
                 "Use one: subsidysim run --reading name=choice, or state it under readings in a scenario."))
