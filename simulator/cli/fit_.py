"""subsidysim fit: learn a population from a ledger."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, print_json
from simulator.cli.ledger_options import ledger_options, load_ledger
from simulator.language import tr

HELP = tr(
    """从台账 LEDGER 估计申报对象：各类别的项目规模（含厚尾）、行业、融资、设备占比、年申报量和月份、立项率、完成率，都带
    标准误和拟合优度，写成情景可用的申报对象文件。

    台账没有的列、项数太少的参数，保留情景原来的值，并逐一说明。设有门槛的类别，门槛以下的企业不申报：规模按截断分布估计，
    数量折算到全部项目。完成情况和中央贴息比例不属于申报对象，最后另列出可直接使用的情景文件。

    \b
    例：
      subsidysim fit 台账.xlsx --out population.yaml
      subsidysim fit 台账.csv --out 2026.yaml --scenario my_scenario.yaml --json > fit.json
    """,
    """Learn from LEDGER who applies: sizes by stream (with a heavy tail where there is one), sectors, finance, equipment,
    applications a year and by month, approval and completion, each with its standard error and goodness of fit, as a
    population file that a scenario uses.

    What the ledger has no column or too few rows for stays as in the scenario, and is listed. Where a stream has a threshold,
    nobody below it files: sizes are learnt as truncated and numbers raised to all projects. How projects end and the share of
    central relief are no part of a population: a scenario that states them is printed at the end.

    \b
    Examples:
      subsidysim fit ledger.xlsx --out population.yaml
      subsidysim fit ledger.csv --out 2026.yaml --scenario my_scenario.yaml --json > fit.json
    """,
)


@click.command("fit", cls=Verb, help=HELP)
@click.argument("path", metavar="LEDGER")
@click.option("--out", required=True, metavar="FILE", type=click.Path(dir_okay=False),
              help=tr("写入的申报对象文件（.yaml）", "the population file to write (.yaml)"))
@click.option("--scenario", "name", metavar="SCENARIO", default="baseline", show_default=True,
              help=tr("提供申报类别、条款和其余取值的情景", "the scenario that gives streams, clauses and all other values"))
@click.option("--overwrite", is_flag=True, help=tr("覆盖已有的文件", "overwrite an existing file"))
@ledger_options
@json_option
@language_option
def command(path: str, out: str, name: str, overwrite: bool, sheet: str | None, mapping: str | None, yes: bool, as_json: bool) -> None:
    """Read, learn, write, print."""
    from simulator.cli.fit_text import as_figures, show_fit
    from simulator.fitting import fit, refuse_file, write_population
    from simulator.scenario import load_scenario

    scenario = load_scenario(name)
    refuse_file(out, overwrite)
    ledger = load_ledger(path, scenario.model.policy.instruments, sheet, mapping, yes)
    fitted = fit(ledger, scenario)
    write_population(fitted, scenario, out, overwrite=overwrite)
    if as_json:
        print_json(as_figures(fitted, out))
    else:
        show_fit(fitted, scenario, out)
