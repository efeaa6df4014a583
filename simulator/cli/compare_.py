"""subsidysim compare: scenarios or saved runs against the first, and what brought the difference about."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.common import Verb, json_option, language_option, luck_options, print_json, progress, reading_option
from simulator.language import tr

if TYPE_CHECKING:
    from simulator.scenario import Scenario
    from simulator.variants import SharedLuck

HELP = tr(
    """比较情景（名称或 .yaml 文件），或比较已保存的结果（results 下的文件夹），都与第一个相比。

    各情景用同一批抽样，逐次抽样相减，所以差异的误差（± 后的数）比两个数各自的误差小得多；相同的情景相差恰好为 0。
    不止一处改动时，把差异归到各处改动上：按写明的先后逐项累加，以及与先后无关的归因（Shapley 值），两者都恰好加总为全部差异。

    \b
    例：
      subsidysim compare baseline full_rate
      subsidysim compare baseline rates_fall rates_rise --draws 8192
      subsidysim compare baseline my_scenario.yaml --metric 'P(outlay_peak<=20亿元)' --json
      subsidysim compare results/baseline-1a2b3c4d5e6f results/baseline-6f5e4d3c2b1a
    """,
    """Compare scenarios (names or .yaml files), or saved runs (folders below results), with the first of them.

    All scenarios meet the same draws and are subtracted draw by draw, so that the error of a difference (behind ±) is far
    smaller than that of its two sides, and a scenario differs from itself by exactly 0. Where a scenario makes several changes,
    the difference is attributed to them: stacked in the order written, and whatever the order (Shapley values); both add up.

    \b
    Examples:
      subsidysim compare baseline full_rate
      subsidysim compare baseline rates_fall rates_rise --draws 8192
      subsidysim compare baseline my_scenario.yaml --metric 'P(outlay_peak<=2e9CNY)' --json
      subsidysim compare results/baseline-1a2b3c4d5e6f results/baseline-6f5e4d3c2b1a
    """,
)


@click.command("compare", cls=Verb, help=HELP)
@click.argument("names", metavar="A B...", nargs=-1, required=True)
@luck_options()
@click.option("--metric", "metrics", multiple=True, metavar="M",
              help=tr("另加一个指标，可多次使用，如 'p90(outlay.2026)'", "one more figure, repeatable, such as 'p90(outlay.2026)'"))
@click.option("--attribution/--no-attribution", default=True, show_default=True,
              help=tr("把差异归到各处改动上（改动多时要多算一会儿）",
                      "attribute the difference to the changes (takes longer where there are many)"))
@reading_option
@json_option
@language_option
def command(names: tuple[str, ...], draws: int | None, seed: int | None, metrics: tuple[str, ...], attribution: bool, threads: int | None,
            readings: dict[str, str] | None, as_json: bool) -> None:
    """Compare and print."""
    if len(names) < 2 and not Path(names[0]).is_dir():  # a folder may hold several scenarios
        raise click.UsageError(tr("至少要两个：与第一个相比", "name at least two: the others are compared with the first"))
    saved = [Path(name).is_dir() for name in names]
    if all(saved):
        _saved_runs(names, metrics, as_json)
        return
    if missing := next((name for name in names if ("/" in name or "\\" in name) and not name.endswith((".yaml", ".yml"))
                        and not Path(name).exists()), None):
        raise click.UsageError(tr(f"没有文件夹 {missing}；subsidysim list runs 列出已存结果",
                                  f"no such folder: {missing}; see subsidysim list runs"))
    if any(saved):
        raise click.UsageError(tr("情景和已存结果不能混在一起比较：请都给情景，或都给结果文件夹",
                                  "scenarios and saved runs cannot be mixed: name only scenarios, or only folders"))
    from simulator.cli.as_json import plain
    from simulator.cli.compare_text import show_attribution, show_comparison
    from simulator.comparison import compare
    from simulator.comparison.differences import differences_between
    from simulator.comparison.paired import COMPARED
    from simulator.scenario import load_scenarios
    from simulator.variants import SharedLuck

    scenarios = load_scenarios(names, draws=draws, seed=seed, readings=readings)
    scenarios = [each.with_draws(scenarios[0].model.draws).with_seed(scenarios[0].model.seed) for each in scenarios]
    luck = SharedLuck(threads=threads)
    with progress(tr("模拟", "simulating")) as tick:
        table = compare(scenarios, metrics=list(dict.fromkeys((*COMPARED, *metrics))), luck=luck, progress=tick)
    shares = _attributions(scenarios, luck) if attribution else {}
    changed = {each.name: differences_between(scenarios[0], each) for each in scenarios[1:]}
    if as_json:
        print_json({"comparison": plain(table), "changed": {name: [asdict(each) for each in found] for name, found in changed.items()},
                    "attribution": {name: plain(each) for name, each in shares.items()}})
        return
    show_comparison(table, scenarios, changed)
    for each in scenarios[1:]:
        if each.name in shares:
            show_attribution(shares[each.name], scenarios[0], each)


def _attributions(scenarios: list[Scenario], luck: SharedLuck) -> dict[str, Any]:
    """What each change brings, for every scenario that makes more than one and not too many."""
    from simulator.changes import changes_between
    from simulator.comparison import attribute
    from simulator.comparison.attribution import MOST_CHANGES

    found = {}
    for each in scenarios[1:]:
        n = len(changes_between(scenarios[0], each))
        if n > MOST_CHANGES:
            click.echo(tr(f"{each.name} 有 {n} 处改动，不逐处归因（上限 {MOST_CHANGES} 处）",
                          f"{each.name} makes {n} changes, too many to attribute (at most {MOST_CHANGES})"), err=True)
        elif n > 1:
            with progress(tr(f"归因 {each.name}", f"attributing {each.name}")) as tick:
                found[each.name] = attribute(scenarios[0], each, luck=luck, progress=tick)
    return found


def _saved_runs(names: tuple[str, ...], metrics: tuple[str, ...], as_json: bool) -> None:
    from simulator.cli.as_json import plain
    from simulator.cli.compare_text import show_runs
    from simulator.comparison import compare_runs
    from simulator.comparison.paired import COMPARED

    table, changed = compare_runs(names, metrics=list(dict.fromkeys((*COMPARED, *metrics))))
    if as_json:
        print_json({"comparison": plain(table), "changed": {label: [asdict(each) for each in found] for label, found in changed.items()}})
        return
    show_runs(table, changed)
