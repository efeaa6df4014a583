"""subsidysim schema: the JSON Schema of the files, for editors."""

from __future__ import annotations

import click

from simulator.cli.common import Verb, language_option, print_json
from simulator.language import tr

KINDS = ("scenario", "policy", "population")
HELP = tr(
    """输出情景、政策或申报对象文件的 JSON Schema。自带文件的首行已指明它，编辑器据此补全和查错。

    \b
    例：
      subsidysim schema > scenario.json
      subsidysim schema policy
    """,
    """Print the JSON Schema of scenario, policy or population files. Shipped files name it in their first line, so that
    editors complete and check.

    \b
    Examples:
      subsidysim schema > scenario.json
      subsidysim schema policy
    """,
)


@click.command("schema", cls=Verb, help=HELP)
@click.argument("kind", metavar="[scenario|policy|population]", type=click.Choice(KINDS), default="scenario")
@language_option
def command(kind: str) -> None:
    """Print one schema."""
    from simulator.schema.json_schema import json_schema

    print_json(json_schema(kind))
