"""subsidysim run: simulate, save, print."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, print_json, progress, reading_option
from simulator.language import tr

HELP = tr(
    """模拟 SCENARIO（自带情景的名称，或自己的 .yaml 文件），保存并打印结果。

    多个情景用同一批抽样，一次算完，并给出与第一个情景的配对差异。在 --out 下新建一个文件夹，写入 results.nc、
    合成后的情景和 manifest.json。

    \b
    例：
      subsidysim run baseline
      subsidysim run baseline rates_fall rates_rise
      subsidysim run my_scenario.yaml --draws 16384 --seed 7
      subsidysim run baseline --reading exclusivity=stack --json > figures.json
    """,
    """Simulate SCENARIO (a shipped name, or your own .yaml file), save and print the results.

    Several scenarios meet the same draws in one pass, and are compared with the first in pairs. Writes results.nc, the
    composed scenarios and manifest.json into a new folder under --out.

    \b
    Examples:
      subsidysim run baseline
      subsidysim run baseline rates_fall rates_rise
      subsidysim run my_scenario.yaml --draws 16384 --seed 7
      subsidysim run baseline --reading exclusivity=stack --json > figures.json
    """,
)


@click.command("run", cls=Verb, help=HELP)
@click.argument("names", metavar="SCENARIO...", nargs=-1, required=True)
@click.option("--draws", type=click.IntRange(16, 2**24), metavar="N",
              help=tr("抽样次数 [默认：情景自定]", "draws [default: the scenario's]"))
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S",
              help=tr("随机种子；同一种子在各情景中是同一批抽样", "random seed; the same draws in every scenario"))
@click.option("--out", type=click.Path(file_okay=False), default="results", show_default=True, metavar="DIR",
              help=tr("结果存放的文件夹", "folder for the results"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N",
              help=tr("线程数 [默认：全部核心]；不影响结果", "threads [default: all cores]; changes no figure"))
@reading_option
@json_option
@language_option
def command(names: tuple[str, ...], draws: int | None, seed: int | None, out: str, threads: int | None,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Simulate, save, print."""
    from simulator.cli.screen import show_comparison, show_scenario
    from simulator.drivers import draw_drivers
    from simulator.engine import simulate
    from simulator.population import draw_applications
    from simulator.reporting import differences, report
    from simulator.scenario import load_scenarios
    from simulator.store import check_writable, save_run

    scenarios = load_scenarios(names, draws=draws, seed=seed, readings=readings)
    check_writable(out)
    applications = draw_applications(scenarios[0])
    with progress(tr("模拟", "simulating")) as tick:
        results = simulate(scenarios, applications, draw_drivers(scenarios), threads=threads, progress=tick)
    folder = str(save_run(scenarios, results, out))
    reports = [report(each, results.sel(scenario=each.name)) for each in scenarios]
    paired = differences(scenarios, results)
    if as_json:
        print_json({"folder": folder, "scenarios": reports, "differences": paired})
    elif len(scenarios) == 1:
        show_scenario(reports[0], folder)
    else:
        show_comparison(reports, paired, folder)
