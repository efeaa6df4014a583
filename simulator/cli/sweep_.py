"""subsidysim sweep: one or two levers over a range, and what caps and thresholds do."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, luck_options, print_json, progress, reading_option
from simulator.language import tr

HELP = tr(
    """让 SCENARIO 的一个或两个数取遍一个范围，看拨付、带动、达标怎样变。各点用同一批抽样，与情景现状逐次配对。

    可调的是政策工具的比例、上限、门槛、名额、分档金额，以及各资金的年度预算（可指明年份）；其他假设也可以：
    subsidysim list levers 列出全部。取值写作“最小..最大:个数”，或用逗号列出（无 表示不设上限）。

    --caps 说明每个上限碰到多少项目、省了多少钱、放宽一万元要多拨多少；每个门槛两侧各有多少项目、差一点的损失多大。

    \b
    例：
      subsidysim sweep baseline --vary upgrade_loan_interest.rate=30%..70%:9
      subsidysim sweep baseline --vary major_project.rate=5%..15%:11
          --vary major_project.cap=5000万元,1亿元,2亿元
      subsidysim sweep capped_envelope
          --vary appropriation.industrial_development.2026=8亿元..20亿元:7
      subsidysim sweep baseline --vary major_project.rate=5%..20%:7
          --break-even 'P(outlay<=80亿元)>=95%'
      subsidysim sweep baseline --caps
    """,
    """Let one or two numbers of SCENARIO take all values of a range, and see what moves. All points meet the same draws, and are
    paired with the scenario as it stands.

    Levers are rates, caps, thresholds, quotas and tiers of the instruments, appropriations (of one year, too), and other
    assumptions: subsidysim list levers. Write least..most:number, or values with commas (none: no limit).

    --caps tells of every cap how many projects it binds, what it saves, and what one more 10 000 CNY on it costs; and of every
    threshold how many projects lie just beside it, and how large the jump is.

    \b
    Examples:
      subsidysim sweep baseline --vary upgrade_loan_interest.rate=30%..70%:9
      subsidysim sweep baseline --vary major_project.rate=5%..15%:11
          --vary major_project.cap=50000000CNY,100000000CNY
      subsidysim sweep capped_envelope
          --vary appropriation.industrial_development.2026=8e8CNY..2e9CNY:7
      subsidysim sweep baseline --vary major_project.rate=5%..20%:7
          --break-even 'P(outlay<=8e9CNY)>=95%'
      subsidysim sweep baseline --caps
    """,
)


@click.command("sweep", cls=Verb, help=HELP)
@click.argument("name", metavar="SCENARIO")
@click.option("--vary", "vary", multiple=True, metavar="X=A..B:N",
              help=tr("调节项及其取值，一个或两个", "a lever and its values; one or two"))
@click.option("--caps", is_flag=True, help=tr("各项上限和门槛的作用", "what each cap and threshold does"))
@click.option("--metric", "metrics", multiple=True, metavar="M", help=tr("另加一个指标，可多次使用", "one more figure, repeatable"))
@click.option("--break-even", "breaks", multiple=True, metavar="C",
              help=tr("求此条件恰好成立之处，如 'mean(outlay)<=60亿元'",
                      "where this condition just holds, such as 'leverage_net>=1'"))
@luck_options()
@reading_option
@json_option
@language_option
def command(name: str, vary: tuple[str, ...], caps: bool, metrics: tuple[str, ...], breaks: tuple[str, ...], draws: int | None,
            seed: int | None, threads: int | None, readings: dict[str, str] | None, as_json: bool) -> None:
    """Sweep, diagnose, print."""
    from simulator.cli.as_json import plain
    from simulator.cli.sweep_text import show_caps, show_notches, show_sweep
    from simulator.scenario import load_scenario
    from simulator.sweeping import diagnose_caps, diagnose_notches, sweep
    from simulator.sweeping.sweep import PER_DRAW, SWEPT
    from simulator.variants import SharedLuck

    if not vary and not caps:
        raise click.UsageError(tr("请给出调节项，如 --vary upgrade_loan_interest.rate=30%..70%:9，或用 --caps",
                                  "name a lever, such as --vary upgrade_loan_interest.rate=30%..70%:9, or --caps"))
    scenario = load_scenario(name, draws=draws, seed=seed, readings=readings)
    luck = SharedLuck(threads=threads)
    found = {}
    if vary:
        with progress(tr("模拟各取值", "simulating")) as tick:
            found["sweep"] = sweep(scenario, vary, metrics=list(dict.fromkeys((*SWEPT, *metrics))), breaks=breaks, luck=luck, progress=tick)
    if caps:
        with progress(tr("模拟上限和门槛", "simulating caps and thresholds")) as tick:
            found["caps"] = diagnose_caps(scenario, luck=luck, progress=tick)
            found["notches"] = diagnose_notches(scenario, luck=luck, progress=tick)
    if as_json:
        print_json({key: plain(table, PER_DRAW) for key, table in found.items()})
        return
    if vary:
        show_sweep(found["sweep"], scenario, metrics)
    if caps:
        show_caps(found["caps"], scenario)
        show_notches(found["notches"], scenario)
