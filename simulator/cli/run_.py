"""subsidysim run: simulate, save, print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from simulator.cli.common import Verb, json_option, language_option, print_json, progress, reading_option
from simulator.cli.ledger_options import ledger_options, load_ledger
from simulator.language import tr

if TYPE_CHECKING:
    from simulator.position import Position
    from simulator.scenario import Scenario

HELP = tr(
    """模拟 SCENARIO（自带情景的名称，或自己的 .yaml 文件），保存并打印结果。

    多个情景用同一批抽样，一次算完，并给出与第一个情景的配对差异。在 --out 下新建一个文件夹，写入 results.nc、
    合成后的情景和 manifest.json。

    用 --precision 时不必先定抽样次数：从 1,024 次起逐轮加倍，直到合计拨付的均值和 P95、以及各年拨付的均值（不足合计 1%
    的年份不计）的标准误（即 ± 后的数）连续两轮不超过其值的这一比例。结果与 --draws 取同一次数时逐位相同。

    \b
    例：
      subsidysim run baseline
      subsidysim run baseline rates_fall rates_rise
      subsidysim run baseline --precision 0.5%
      subsidysim run my_scenario.yaml --draws 16384 --seed 7
      subsidysim run baseline --reading exclusivity=stack --json > figures.json
      subsidysim run baseline --ledger 台账.xlsx --as-of 2026-11-30
    """,
    """Simulate SCENARIO (a shipped name, or your own .yaml file), save and print the results.

    Several scenarios meet the same draws in one pass, and are compared with the first in pairs. Writes results.nc, the
    composed scenarios and manifest.json into a new folder under --out.

    With --precision the number of draws need not be known: 1,024, doubled round by round, until the standard errors (what
    stands behind ±) of the mean and the P95 of total outlay, and of the mean outlay of each year (but those below 1% of the
    total), are at most this share of their figures in two rounds running. The result is that of --draws of the same number,
    bit for bit.

    With --ledger and --as-of the forecast starts from what has happened: what the ledger says was paid is fact, approved
    projects are owed what the clauses say, filed ones face approval and outcome, and the scenario's population files the rest.

    \b
    Examples:
      subsidysim run baseline
      subsidysim run baseline rates_fall rates_rise
      subsidysim run baseline --precision 0.5%
      subsidysim run my_scenario.yaml --draws 16384 --seed 7
      subsidysim run baseline --reading exclusivity=stack --json > figures.json
      subsidysim run baseline --ledger ledger.xlsx --as-of 2026-11-30
    """,
)


_SHOWN = 5  # projects that a remark names


@click.command("run", cls=Verb, help=HELP)
@click.argument("names", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--draws", type=click.IntRange(16, 2**24), metavar="N",
              help=tr("抽样次数 [默认：情景自定]；与 --precision 同用时是上限 [默认：65536]",
                      "draws [default: the scenario's]; beside --precision the ceiling [default: 65536]"))
@click.option("--precision", metavar="P%",
              help=tr("抽样到标准误不超过其值的 P%，如 0.5%", "draw until standard errors are at most P% of their figures, e.g. 0.5%"))
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S",
              help=tr("随机种子；同一种子在各情景中是同一批抽样", "random seed; the same draws in every scenario"))
@click.option("--out", type=click.Path(file_okay=False), default="results", show_default=True, metavar="DIR",
              help=tr("结果存放的文件夹", "folder for the results"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N",
              help=tr("线程数 [默认：全部核心]；不影响结果", "threads [default: all cores]; changes no figure"))
@click.option("--ledger", "path", metavar="LEDGER",
              help=tr("申报台账（xlsx、xls、ods、csv）", "ledger of applications (xlsx, xls, ods, csv)"))
@click.option("--as-of", metavar="DATE", help=tr("台账的数据日，如 2026-11-30", "the day of the ledger, such as 2026-11-30"))
@ledger_options
@reading_option
@json_option
@language_option
def command(names: tuple[str, ...], draws: int | None, precision: str | None, seed: int | None, out: str, threads: int | None,
            path: str | None, as_of: str | None, sheet: str | None, mapping: str | None, yes: bool,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Simulate, save, print."""
    from simulator.cli.screen import show_comparison, show_scenario
    from simulator.conditioning import remaining_applications
    from simulator.drivers import draw_drivers
    from simulator.engine import simulate
    from simulator.population import draw_applications
    from simulator.precision import CEILING, read_precision, simulate_to_precision
    from simulator.reporting import differences, report
    from simulator.scenario import load_scenarios
    from simulator.store import check_writable, save_run

    asked = None if precision is None else read_precision(precision)
    draws = draws or (None if asked is None else CEILING)
    scenarios = load_scenarios(names, draws=draws, seed=seed, readings=readings)
    check_writable(out)
    known = _positions(scenarios, path, as_of, sheet, mapping, yes)
    applications = remaining_applications(known[0]) if known else draw_applications(scenarios[0])
    with progress(tr("模拟", "simulating")) as tick:
        if asked is None:
            results = simulate(scenarios, applications, draw_drivers(scenarios), threads=threads, progress=tick, known=known)
        else:
            results = simulate_to_precision(scenarios, applications, asked, ceiling=draws or CEILING, threads=threads, progress=tick,
                                            known=known)
            scenarios = [each.with_draws(results.sizes["draw"]) for each in scenarios]
    folder = str(save_run(scenarios, results, out))
    reports = [report(each, results.sel(scenario=each.name)) for each in scenarios]
    paired = differences(scenarios, results)
    if as_json:
        print_json({"folder": folder, "scenarios": reports, "differences": paired})
    elif len(scenarios) == 1:
        show_scenario(reports[0], folder)
    else:
        show_comparison(reports, paired, folder)


def _positions(scenarios: Sequence[Scenario], path: str | None, as_of: str | None, sheet: str | None, mapping: str | None, yes: bool,
               ) -> list[Position] | None:
    """Where each scenario stands by the ledger; None without one."""
    if (path is None) != (as_of is None):
        raise click.UsageError(tr("--ledger 和 --as-of 要一起用：数据日决定哪些是事实",
                                  "--ledger and --as-of belong together: the day says what is fact"))
    if path is None or as_of is None:
        return None
    from simulator.position import overpaid, take_position

    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise click.UsageError(tr(f"--as-of 应写作 2026-11-30，得到 {as_of}", f"write --as-of as 2026-11-30, got {as_of}")) from None
    ledger = load_ledger(path, scenarios[0].model.policy.instruments, sheet, mapping, yes)
    positions = [take_position(each, ledger, day) for each in scenarios]
    if more := overpaid(positions[0]):
        total, names = f"{sum(more.values()) / 100:,.2f}", tr("、", ", ").join(list(more)[:_SHOWN])
        click.echo(tr(f"注意：{len(more):,} 个项目已拨付比条款应补额多，共 {total}元，按事实计入：{names}",
                      f"note: {len(more):,} projects were paid more than the clauses give, {total} CNY in all, counted as facts: {names}"),
                      err=True)
    return positions
