"""subsidysim check: every fault of scenario files at once."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, language_option
from simulator.language import tr

HELP = tr(
    """检查情景文件及其引用的政策和申报对象文件，一次列出全部问题：文件:行:列、字段、数值和改法。

    有问题时以代码 2 退出。

    \b
    例：
      subsidysim check my_scenario.yaml
      subsidysim check baseline rates_fall
    """,
    """Check scenario files with the rule books and populations they use, and list every fault at once:
    file:line:column, field, value and remedy. Exits with 2 if there is any.

    \b
    Examples:
      subsidysim check my_scenario.yaml
      subsidysim check baseline rates_fall
    """,
)


@click.command("check", cls=Verb, help=HELP)
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@language_option
def command(names: tuple[str, ...]) -> None:
    """Load every file and say what it holds."""
    from simulator.errors import shown_path
    from simulator.scenario import load_scenarios

    for scenario in load_scenarios(names):
        model = scenario.model
        click.echo(tr(f"{scenario.name} 无误：{model.title}；", f"{scenario.name} is right: {model.title}; ")
                   + tr(f"{len(model.policy.instruments)} 项政策工具，{len(model.population.streams)} 类申报，{model.draws:,} 次抽样",
                        f"{len(model.policy.instruments)} instruments, {len(model.population.streams)} streams, {model.draws:,} draws"))
        for change in scenario.overrides:
            path = ".".join(map(str, change.path))
            place = shown_path(change.new_position.file) + f":{change.new_position.line}" if change.new_position else "--"
            if change.path[0] not in ("name", "title", "question", "instruments", "streams"):  # the last two show below, merged
                click.echo(f"  {place}  {path}: {_short(change.old)} -> {_short(change.new)}")


def _short(value: object) -> str:
    from simulator.provenance import as_text

    text = as_text(value.get("value", value) if isinstance(value, dict) else value)
    return text if len(text) <= 60 else text[:57] + "..."
