"""subsidysim ledger: an empty form, a synthetic sample, and a check of a ledger."""

from __future__ import annotations

import difflib

import click

from simulator.cli.common import Verb, counter, language_option
from simulator.cli.ledger_options import ledger_options, load_ledger
from simulator.language import tr

HELP = tr(
    """台账：空白样表、合成样例、核对。

    \b
    例：
      subsidysim ledger template
      subsidysim ledger sample --rows 500 --out 样例.xlsx
      subsidysim ledger check 台账.xlsx
    """,
    """Ledgers of applications: an empty form, a synthetic sample, a check.

    \b
    Examples:
      subsidysim ledger template
      subsidysim ledger sample --rows 500 --out sample.xlsx
      subsidysim ledger check ledger.xlsx
    """,
)
TEMPLATE_HELP = tr(
    """写一份空白台账：带单位的表头、下拉选项，以及每列的填写说明。填好后可直接用于 price、fit 和 run --ledger。

    \b
    例：
      subsidysim ledger template
      subsidysim ledger template --out 2026年申报台账.xlsx
    """,
    """Write an empty ledger: heads with units, drop-downs, and what belongs into each column. Filled in, price, fit and
    run --ledger read it.

    \b
    Examples:
      subsidysim ledger template
      subsidysim ledger template --out applications_2026.xlsx
    """,
)
SAMPLE_HELP = tr(
    """写一份合成的台账，供试用和演示：企业和项目都是虚构的，金额和进度按情景的申报对象抽取，已拨付按条款计算。

    文件名以 .xlsx 或 .csv 结尾；同一种子得到同样的文件。

    \b
    例：
      subsidysim ledger sample
      subsidysim ledger sample --rows 1000000 --out 样例.csv
    """,
    """Write a synthetic ledger to try things on: enterprises and projects are invented, amounts and progress drawn from the
    scenario's population, paid amounts by the clauses.

    The name ends in .xlsx or .csv; the same seed gives the same file.

    \b
    Examples:
      subsidysim ledger sample
      subsidysim ledger sample --rows 1000000 --out sample.csv
    """,
)
CHECK_HELP = tr(
    """核对台账的每个单元格，说明读到了什么：行数、合计、单位、起止日期。有问题时一次列出全部，以代码 2 退出。

    \b
    例：
      subsidysim ledger check 台账.xlsx
      subsidysim ledger check 台账.xlsx --sheet 汇总表 --mapping 列名.yaml
    """,
    """Check every cell of a ledger and say what was read: rows, totals, units, dates. If anything is wrong all of it is listed
    and the exit code is 2.

    \b
    Examples:
      subsidysim ledger check ledger.xlsx
      subsidysim ledger check ledger.xlsx --sheet Summary --mapping heads.yaml
    """,
)


class Group(Verb, click.Group):
    """Verbs about one thing, whose help speaks the chosen language."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the verbs."""
        super().format_options(ctx, formatter)
        with formatter.section(tr("命令", "Commands")):
            formatter.write_dl([(name, tr(*_SUMMARIES[name])) for name in self.commands])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or name the nearest."""
        if args and args[0] not in self.commands:
            near = difflib.get_close_matches(args[0], self.commands, n=1)
            hint = tr(f"；是否指 {near[0]}？", f"; did you mean {near[0]}?") if near else ""
            raise click.UsageError(tr(f"没有命令 {args[0]}", f"no such command: {args[0]}") + hint, ctx)
        return super().resolve_command(ctx, args)


_SUMMARIES = {
    "template": ("写一份空白台账", "write an empty ledger"),
    "sample": ("写一份合成的台账", "write a synthetic ledger"),
    "check": ("核对台账，说明读到了什么", "check a ledger and say what was read"),
}


@click.group("ledger", cls=Group, help=HELP, invoke_without_command=True, subcommand_metavar=tr("命令 [参数]...", "COMMAND [ARGS]..."))
@language_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """What can be done with ledgers."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


_policy = click.option("--policy", metavar="P", default="sh-2024-355", show_default=True,
                       help=tr("规则书或情景（名称或 .yaml）", "rule book or scenario (name or .yaml)"))
_overwrite = click.option("--overwrite", is_flag=True, help=tr("覆盖已有的文件", "overwrite an existing file"))


@command.command("template", cls=Verb, help=TEMPLATE_HELP)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), default="申报台账.xlsx", show_default=True,
              help=tr("写入的 .xlsx 文件", "the .xlsx file to write"))
@_overwrite
@_policy
@language_option
def template(out: str, overwrite: bool, policy: str) -> None:
    """Write the form."""
    from simulator.errors import SimulatorError
    from simulator.ledger.template import write_template
    from simulator.outfile import refuse_to_overwrite
    from simulator.scenario import load_rule_book

    if not out.lower().endswith(".xlsx"):
        raise SimulatorError(tr(f"{out}：文件名应以 .xlsx 结尾", f"{out}: the name must end in .xlsx"))
    refuse_to_overwrite(out, overwrite)
    rules = load_rule_book(policy).model.policy.instruments
    write_template(out, rules)
    click.echo(tr(f"已写入 {out}：空白台账，{len(rules)} 项专项", f"Written to {out}: an empty ledger for {len(rules)} instruments"))


@command.command("sample", cls=Verb, help=SAMPLE_HELP)
@click.option("--rows", type=click.IntRange(1, 1_000_000), default=500, show_default=True, metavar="N", help=tr("行数", "rows"))
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=355, show_default=True, metavar="S", help=tr("随机种子", "random seed"))
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), default="台账样例.xlsx", show_default=True,
              help=tr("写入的 .xlsx 或 .csv 文件", "the .xlsx or .csv file to write"))
@_overwrite
@click.option("--scenario", metavar="SCENARIO", default="baseline", show_default=True,
              help=tr("申报对象和条款取自这个情景", "whose population and clauses it is drawn from"))
@language_option
def sample(rows: int, seed: int, out: str, overwrite: bool, scenario: str) -> None:
    """Write the sample."""
    from simulator.outfile import refuse_to_overwrite
    from simulator.sample import write_sample
    from simulator.scenario import load_scenario

    refuse_to_overwrite(out, overwrite)
    with counter(tr("抽取", "drawing")) as tick:
        write_sample(load_scenario(scenario), rows, seed, out, progress=tick)
    click.echo(tr(f"已写入 {out}：{rows:,} 行，种子 {seed}（合成样例，非真实企业）",
                  f"Written to {out}: {rows:,} rows, seed {seed} (synthetic: no real enterprises)"))


@command.command("check", cls=Verb, help=CHECK_HELP)
@click.argument("path", metavar="LEDGER")
@_policy
@ledger_options
@language_option
def check(path: str, policy: str, sheet: str | None, mapping: str | None, yes: bool) -> None:
    """Read the ledger and say so."""
    from simulator.scenario import load_rule_book

    load_ledger(path, load_rule_book(policy).model.policy.instruments, sheet, mapping, yes)
