"""subsidysim price: what the clauses pay every project of a ledger, to the 分."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from simulator.cli.common import Verb, counter, json_option, language_option, reading_option
from simulator.cli.ledger_options import ledger_options, load_ledger
from simulator.language import tr

if TYPE_CHECKING:
    from simulator.appraisal.funding import Rule

HELP = tr(
    """逐项计算台账中每个项目的应补额，精确到分：哪条起限制、余额多少、择优组合、逐年应计和拨付。

    LEDGER 为 xlsx、xls、ods 或 csv。先核对每个单元格，有一处问题就全部列出并以代码 2 退出，不写任何文件。
    空白样表用 subsidysim ledger template 生成。

    \b
    例：
      subsidysim price 台账.xlsx
      subsidysim price 台账.xlsx --out 应补额.xlsx
      subsidysim price 台账.csv --reading exclusivity=loan_and_lease --json > prices.json
      subsidysim price 台账.xlsx --policy my_rules.yaml
      subsidysim price 台账.xlsx --appropriation 2026=3000万元 --rule pro_rata
    """,
    """Price every project of a ledger to the 分: which limit decided, what is left of it, the best package, and each year's
    interest and payments.

    LEDGER is xlsx, xls, ods or csv. Every cell is checked first; if anything is wrong all of it is listed, the exit code is 2
    and nothing is written. `subsidysim ledger template` writes an empty form.

    \b
    Examples:
      subsidysim price ledger.xlsx
      subsidysim price ledger.xlsx --out prices.xlsx
      subsidysim price ledger.csv --reading exclusivity=loan_and_lease --json > prices.json
      subsidysim price ledger.xlsx --policy my_rules.yaml
      subsidysim price ledger.xlsx --appropriation 2026=30000000CNY --rule pro_rata
    """,
)


@click.command("price", cls=Verb, help=HELP)
@click.argument("path", metavar="LEDGER")
@click.option("--policy", metavar="P", default="sh-2024-355", show_default=True,
              help=tr("规则书或情景（名称或 .yaml；改条款的情景写 extends: baseline）",
                      "rule book or scenario (name or .yaml; one that changes clauses says extends: baseline)"))
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help=tr("写入 .xlsx 或 .csv", "write an .xlsx or .csv file"))
@click.option("--overwrite", is_flag=True, help=tr("覆盖已有的文件", "overwrite an existing file"))
@click.option("--appropriation", metavar="YEAR=AMOUNT",
              help=tr("当年新立项可用的预算，如 2026=3000万元：逐项列出安排多少",
                      "money for a year's new awards, such as 2026=30000000CNY: what each of them gets"))
@click.option("--rule", type=click.Choice(["by_score", "first_come", "pro_rata"]), default="by_score", show_default=True,
              help=tr("预算不够时：按评分、按申报先后、或同比例", "when it is not enough: by score, first come, or all alike"))
@click.option("--partial", is_flag=True, help=tr("最后一项可安排一部分", "the last award may be funded in part"))
@ledger_options
@reading_option
@json_option
@language_option
def command(path: str, policy: str, out: str | None, overwrite: bool, appropriation: str | None, rule: Rule, partial: bool,
            sheet: str | None, mapping: str | None, yes: bool, readings: dict[str, str] | None, as_json: bool) -> None:
    """Read, price, write, print."""
    from simulator.appraisal import price_ledger
    from simulator.appraisal.funding import fund, read_appropriation
    from simulator.cli.price_text import json_pieces, show_prices
    from simulator.outfile import refuse_to_overwrite
    from simulator.scenario import load_rule_book

    if partial and not appropriation:
        raise click.UsageError(tr("--partial 要和 --appropriation 一起用", "--partial belongs to --appropriation"))
    year_and_sum = read_appropriation(appropriation) if appropriation else None
    scenario = load_rule_book(policy, readings=readings)
    if out:
        from simulator.workbook import refuse_suffix

        refuse_suffix(out)
        refuse_to_overwrite(out, overwrite, path)
    ledger = load_ledger(path, scenario.model.policy.instruments, sheet, mapping, yes)
    with counter(tr("计算", "pricing")) as tick:
        priced = price_ledger(ledger, scenario, progress=tick)
    funding = fund(priced, *year_and_sum, rule, partial) if year_and_sum else None
    if out:
        from simulator.workbook import write_prices

        write_prices(priced, scenario, out, funding)
    if as_json:
        for piece in json_pieces(priced, funding):
            sys.stdout.write(piece)
    else:
        show_prices(priced, scenario, out, funding)
