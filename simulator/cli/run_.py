"""subsidysim run: simulate, save, print."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, print_json, progress, reading_option
from simulator.language import tr

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
    """,
    """Simulate SCENARIO (a shipped name, or your own .yaml file), save and print the results.

    Several scenarios meet the same draws in one pass, and are compared with the first in pairs. Writes results.nc, the
    composed scenarios and manifest.json into a new folder under --out.

    With --precision the number of draws need not be known: 1,024, doubled round by round, until the standard errors (what
    stands behind ±) of the mean and the P95 of total outlay, and of the mean outlay of each year (but those below 1% of the
    total), are at most this share of their figures in two rounds running. The result is that of --draws of the same number,
    bit for bit.

    \b
    Examples:
      subsidysim run baseline
      subsidysim run baseline rates_fall rates_rise
      subsidysim run baseline --precision 0.5%
      subsidysim run my_scenario.yaml --draws 16384 --seed 7
      subsidysim run baseline --reading exclusivity=stack --json > figures.json
    """,
)


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
@reading_option
@json_option
@language_option
def command(names: tuple[str, ...], draws: int | None, precision: str | None, seed: int | None, out: str, threads: int | None,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Simulate, save, print."""
    from simulator.cli.screen import show_comparison, show_scenario
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
    applications = draw_applications(scenarios[0])
    with progress(tr("模拟", "simulating")) as tick:
        if asked is None:
            results = simulate(scenarios, applications, draw_drivers(scenarios), threads=threads, progress=tick)
        else:
            results = simulate_to_precision(scenarios, applications, asked, ceiling=draws or CEILING, threads=threads, progress=tick)
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
