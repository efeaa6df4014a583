"""subsidysim tune: set levers by what is wanted."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, luck_options, print_json, progress, reading_option
from simulator.language import tr

HELP = tr(
    """为 SCENARIO 定一个或几个数：满足约束的最大（最小）取值，使某项指标最好的取值，或几项目标的帕累托前沿。

    约束写作 'P(outlay<=80亿元)>=95%'、'P(outlay_peak<=20亿元)>=90%'、'leverage_net>=1'、'mean(outlay.2026)<=15亿元'。
    一个数、只有约束时求最大值（--smallest 求最小值）；有一个目标时求最优；几个数而没有目标时求拨付、带动新增投资、带动节能
    的前沿（需要 subsidysim[optimize]）。反过来也行：把预算作为调节项，问多少预算才够。

    所得取值在另一批四倍的抽样上复核；并说明哪条约束起作用，再多拨付1亿元能换来什么。

    \b
    例：
      subsidysim tune baseline --lever major_project.rate=2%..20%
          --subject-to 'P(outlay<=80亿元)>=95%'
      subsidysim tune baseline --lever upgrade_loan_interest.rate=30%..100%:5%
          --maximize induced_investment
          --subject-to 'P(outlay_peak<=22亿元)>=90%'
      subsidysim tune capped_envelope --lever appropriation.industrial_development=5亿元..30亿元
          --smallest --subject-to 'P(lapsed<=1亿元)>=90%'
      subsidysim tune baseline --lever major_project.rate=5%..15%:1%
          --lever upgrade_loan_interest.rate=30%..70%:5%
          --evaluations 2000 --subject-to 'P(outlay<=85亿元)>=90%'
    """,
    """Set one or several numbers of SCENARIO: the largest (smallest) that meets the constraints, the best for some figure, or the
    Pareto front of several goals.

    Constraints: 'P(outlay<=8e9CNY)>=95%', 'P(outlay_peak<=2e9CNY)>=90%', 'leverage_net>=1', 'mean(outlay.2026)<=1.5e9CNY'.
    One lever and only constraints: its largest value (--smallest: its smallest); one goal: the best; several levers and no goal:
    the front of outlay, induced investment and induced saving (needs subsidysim[optimize]). Backwards, too: with an
    appropriation as the lever, how much is enough.

    What is found is checked on other draws, four times as many; and you are told which constraint binds, and what outlay of
    another 100 million CNY would buy.

    \b
    Examples:
      subsidysim tune baseline --lever major_project.rate=2%..20%
          --subject-to 'P(outlay<=8e9CNY)>=95%'
      subsidysim tune baseline --lever upgrade_loan_interest.rate=30%..100%:5%
          --maximize induced_investment
          --subject-to 'P(outlay_peak<=2.2e9CNY)>=90%'
      subsidysim tune capped_envelope --lever appropriation.industrial_development=5e8CNY..3e9CNY
          --smallest --subject-to 'P(lapsed<=1e8CNY)>=90%'
      subsidysim tune baseline --lever major_project.rate=5%..15%:1%
          --lever upgrade_loan_interest.rate=30%..70%:5%
          --evaluations 2000 --subject-to 'P(outlay<=8.5e9CNY)>=90%'
    """,
)


@click.command("tune", cls=Verb, help=HELP)
@click.argument("name", metavar="SCENARIO")
@click.option("--lever", "levers", multiple=True, required=True, metavar="X=A..B[:STEP]",
              help=tr("调节项及其范围，可多次使用", "a lever and its range, repeatable"))
@click.option("--maximize", multiple=True, metavar="M", help=tr("使这一指标最大，可多次使用", "as large as can be, repeatable"))
@click.option("--minimize", multiple=True, metavar="M", help=tr("使这一指标最小，可多次使用", "as small as can be, repeatable"))
@click.option("--subject-to", "constraints", multiple=True, metavar="C", help=tr("约束，可多次使用", "a constraint, repeatable"))
@click.option("--smallest", is_flag=True,
              help=tr("求满足约束的最小取值 [默认：最大]", "the smallest value that will do [default: the largest]"))
@click.option("--evaluations", type=click.IntRange(20, 100_000), default=600, show_default=True, metavar="N",
              help=tr("几个数或几个目标时最多试多少点", "points to be tried, with several levers or goals"))
@luck_options(64)
@reading_option
@json_option
@language_option
def command(name: str, levers: tuple[str, ...], maximize: tuple[str, ...], minimize: tuple[str, ...], constraints: tuple[str, ...],
            smallest: bool, evaluations: int, draws: int | None, seed: int | None, threads: int | None,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Tune and print."""
    from simulator.cli.as_json import plain
    from simulator.cli.tune_text import show_tuning
    from simulator.scenario import load_scenario
    from simulator.tuning import tune
    from simulator.variants import SharedLuck

    scenario = load_scenario(name, draws=draws, seed=seed, readings=readings)
    with progress(tr("逐点模拟", "simulating points")) as tick:
        found = tune(scenario, levers, maximize=maximize, minimize=minimize, subject_to=constraints,
                     prefer="smallest" if smallest else "largest", evaluations=evaluations, luck=SharedLuck(threads=threads), progress=tick)
    if as_json:
        print_json(plain(found))
        return
    show_tuning(found, scenario)
