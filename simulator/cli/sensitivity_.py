"""subsidysim sensitivity: what decides the answer."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, json_option, language_option, luck_options, print_json, progress, reading_option
from simulator.language import tr

_FEW = 16  # draws that show whether an event can be read

HELP = tr(
    """SCENARIO 的结果由什么决定：各驱动因素和假设占结果方差的份额（Sobol 指数：一阶为单独作用，总指数含交互），各因素单独取低、
    取高时结果移动多少（龙卷风表），哪一条假设（不是事实）最要紧，以及计划在什么情形下落空（PRIM）。

    驱动因素按情景写明的分布取第10和第90百分位；没有分布的单个假设一律上下各动20%（--spread），没有依据说明它们有多不确定。
    相关的因素方差不能分开，合为一个。

    \b
    例：
      subsidysim sensitivity baseline
      subsidysim sensitivity baseline --metric outlay.2026 --draws 2048
      subsidysim sensitivity capped_envelope
          --fails 'outlay_peak>12亿元'
      subsidysim sensitivity baseline --no-assumptions --json > sensitivity.json
    """,
    """What decides the results of SCENARIO: the share of variance of each driver and assumption (Sobol indices: first-order alone,
    total with interactions), how far each alone moves a result (tornado), which assumption (not fact) matters most, and in which
    futures the plan fails (PRIM).

    Drivers go from the 10th to the 90th percentile of their stated distributions; single assumed numbers without one are moved by
    20% each way (--spread), for nothing says how uncertain they are. Correlated factors share their variance and stand as one.

    \b
    Examples:
      subsidysim sensitivity baseline
      subsidysim sensitivity baseline --metric outlay.2026 --draws 2048
      subsidysim sensitivity capped_envelope
          --fails 'outlay_peak>1.2e9CNY'
      subsidysim sensitivity baseline --no-assumptions --json > sensitivity.json
    """,
)


@click.command("sensitivity", cls=Verb, help=HELP)
@click.argument("name", metavar="SCENARIO")
@click.option("--metric", "quantities", multiple=True, metavar="M",
              help=tr("要解释的指标，可多次使用 [默认：主要指标]",
                      "what to explain, repeatable [default: the headlines]"))
@click.option("--fails", metavar="EVENT", help=tr("怎样算落空，如 'outlay>80亿元' [默认：目标未齐]",
                                                  "what counts as failing [default: not all targets together]"))
@click.option("--assumptions/--no-assumptions", default=True, show_default=True,
              help=tr("没有分布的单个假设也各动一次（较慢）", "move single assumed numbers, too (slower)"))
@click.option("--spread", type=click.FloatRange(0.01, 0.9), default=0.2, show_default=True, metavar="S",
              help=tr("单个假设上下各动的幅度", "how far they are moved"))
@luck_options(256, default=1024)
@reading_option
@json_option
@language_option
def command(name: str, quantities: tuple[str, ...], fails: str | None, assumptions: bool, spread: float, draws: int, seed: int | None,
            threads: int | None, readings: dict[str, str] | None, as_json: bool) -> None:
    """Analyse and print."""
    from simulator.cli.as_json import plain
    from simulator.cli.sensitivity_text import failures_as_json, show_failures, show_tornado, show_variance
    from simulator.errors import SimulatorError
    from simulator.metrics import read_metric
    from simulator.scenario import load_scenario
    from simulator.sensitivity import decompose_variance, find_failures, move_assumptions, tornado
    from simulator.sensitivity.failures import DRAWS, Failures, happens
    from simulator.sensitivity.variance import EXPLAINED
    from simulator.variants import SharedLuck

    scenario = load_scenario(name, draws=draws, seed=seed, readings=readings)
    chosen = list(quantities) or list(EXPLAINED)
    luck = SharedLuck(draws, threads)
    if fails:  # a word that cannot be read, or a year, an instrument or a budget that is not there, is said before the work, not after
        happens(read_metric(f"P({fails})"), SharedLuck(_FEW, threads).headlines([scenario]).isel(variant=0))
    moved = None
    with progress(tr("方差分解", "shares of variance")) as tick:
        if assumptions:
            moved = move_assumptions(scenario, luck=luck, spread=spread, progress=tick)
        variance = decompose_variance(scenario, quantities=quantities or None, luck=luck, moved=moved, progress=tick)
    with progress(tr("龙卷风表", "tornado")) as tick:
        swings = tornado(scenario, metrics=chosen, luck=luck, moved=moved, progress=tick)
    failing: Failures | str
    try:
        with progress(tr("落空的情形", "futures that fail")) as tick:
            failing = find_failures(scenario, fails, luck=SharedLuck(max(draws, DRAWS), threads), progress=tick)
    except SimulatorError as error:  # it always or never fails: that is an answer, not a fault
        failing = str(error)
    if as_json:
        print_json({"variance": plain(variance), "tornado": plain(swings), "failures": failures_as_json(failing)})
        return
    show_variance(variance, scenario)
    show_tornado(swings)
    show_failures(failing)
