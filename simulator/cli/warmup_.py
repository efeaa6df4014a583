"""subsidysim warmup: compile the kernels beforehand."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, language_option, progress
from simulator.language import tr

HELP = tr(
    """预先编译内核，约半分钟；以后的命令不再等待。编译结果存入用户缓存，环境变量 SUBSIDYSIM_CACHE 可指定位置。

    \b
    例：
      subsidysim warmup
    """,
    """Compile the kernels beforehand, about half a minute, so that no later command waits. They are kept in the user's
    cache, or where SUBSIDYSIM_CACHE points.

    \b
    Example:
      subsidysim warmup
    """,
)


@click.command("warmup", cls=Verb, help=HELP)
@language_option
def command() -> None:
    """A run of a few draws, thrown away."""
    from time import perf_counter

    from kernels import cache_folder
    from simulator.drivers import draw_drivers
    from simulator.engine import simulate
    from simulator.population import draw_applications
    from simulator.scenario import load_scenario

    started = perf_counter()
    scenario = load_scenario("baseline", draws=16)
    with progress(tr("编译", "compiling")) as tick:
        simulate(scenario, draw_applications(scenario), draw_drivers(scenario), progress=tick)
    click.echo(tr(f"内核已就绪（{perf_counter() - started:.1f} 秒），存于 {cache_folder()}",
                  f"Kernels are ready ({perf_counter() - started:.1f} s), kept in {cache_folder()}"))
