"""subsidysim show: print a saved run again."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.common import Verb, json_option, language_option, print_json
from simulator.language import tr

HELP = tr(
    """核对并重新打印一次已保存的结果。文件缺失、截断或被改动时拒绝打开，以代码 4 退出。

    \b
    例：
      subsidysim show results/baseline-1a2b3c4d5e6f
      subsidysim show results/baseline-1a2b3c4d5e6f --json
    """,
    """Verify and print a saved run again. A damaged run is refused with exit code 4.

    \b
    Examples:
      subsidysim show results/baseline-1a2b3c4d5e6f
      subsidysim show results/baseline-1a2b3c4d5e6f --json
    """,
)


@click.command("show", cls=Verb, help=HELP)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@json_option
@language_option
def command(folder: Path, as_json: bool) -> None:
    """Open, check, print."""
    from simulator.cli.screen import show_comparison, show_scenario
    from simulator.reporting import differences, report
    from simulator.scenario import load_scenario
    from simulator.store import open_run

    run = open_run(folder)
    scenarios = [load_scenario(run.scenario_file(name)) for name in run.scenarios]
    reports = [report(each, run.results_of(each.name)) for each in scenarios]
    paired = differences(scenarios, run.results.load()) if len(scenarios) > 1 else {}
    if as_json:
        print_json({"folder": str(folder), "scenarios": reports, "differences": paired})
    elif len(scenarios) == 1:
        show_scenario(reports[0], None)
    else:
        show_comparison(reports, paired, None)
