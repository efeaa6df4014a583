"""Options of the verbs that tell of a saved run: which of its scenarios, which levers are swept, which formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from simulator.language import tr


def run_options(command: Callable) -> Callable:
    """--scenario, --vary and --threads."""
    for option in (
        click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=tr("线程数", "threads")),
        click.option("--vary", "levers", multiple=True, metavar="X=A..B:N", callback=_two,
                     help=tr("热力图和前沿图用的两个调节项 [默认：拨付最多的两项工具的比例]",
                             "the two levers of the heat map and the front [default: the rates of the two largest instruments]")),
        click.option("--scenario", metavar="NAME",
                     help=tr("结果含几个情景时讲哪一个 [默认：第一个]", "which scenario of the run is told [default: the first]")),
    ):
        command = option(command)
    return command


def overwrite_option(command: Callable) -> Callable:
    """--overwrite."""
    return click.option("--overwrite", is_flag=True, help=tr("覆盖已有的文件", "replace files that are there already"))(command)


def chosen_formats(given: str, known: Sequence[str]) -> list[str]:
    """`svg,png` as a list; refuses what is none of the known ones."""
    chosen = list(dict.fromkeys(part.strip().lower() for part in given.split(",") if part.strip()))
    if strange := [part for part in chosen if part not in known]:
        raise click.BadParameter(tr(f"没有 {', '.join(strange)}；有：", f"no {', '.join(strange)}; there are: ") + ", ".join(known))
    if not chosen:
        raise click.BadParameter(tr("有：", "there are: ") + ", ".join(known))
    return chosen


def _two(_: click.Context, __: click.Parameter, given: Sequence[str]) -> tuple[Any, ...] | None:
    if len(given) not in (0, 2):
        raise click.BadParameter(tr("--vary 要么不写，要么写两次", "give --vary twice or not at all"))
    return tuple(given) or None
