"""What several verbs share: options, progress, tables and JSON."""

from __future__ import annotations

import inspect
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from kernels import cache_folder
from simulator.language import LANGUAGES, tr
from simulator.units import YI, percent_with_error, with_error

WIDTH = 100


class Verb(click.Command):
    """A command whose help speaks the chosen language throughout."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix=tr("用法：", "Usage: "))

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The text, wrapped by what characters take on the screen: a Chinese one takes two columns."""
        for paragraph in inspect.cleandoc(self.help or "").split("\n\n"):
            formatter.write_paragraph()
            kept = paragraph.startswith("\b")
            for line in paragraph.removeprefix("\b\n").split("\n") if kept else wrapped(paragraph, 78):
                formatter.write(f"  {line}\n")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under their heading."""
        rows = [record for param in self.get_params(ctx)
                if isinstance(param, click.Option) and (record := param.get_help_record(ctx)) is not None]
        with formatter.section(tr("选项", "Options")):
            formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """--help, said in the language."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = tr("显示本说明", "show this message")
        return option


def screen_width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(paragraph: str, width: int) -> Iterator[str]:
    """Lines of at most this many columns, broken at blanks or between Chinese characters."""
    text = re.sub(r"(?<=[^\x00-\xff])\s+(?=[^\x00-\xff])", "", " ".join(paragraph.split()))
    line = ""
    for piece in re.findall(r"[^\x00-\xff]|[\x00-\xff]+?(?: |(?=[^\x00-\xff])|$)", text):
        if screen_width(line + piece.rstrip()) > width and piece not in "，。；：、）”":
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


def language_option(command: Callable) -> Callable:
    """--lang zh|en, already taken from the command line before help texts were made."""
    return click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False,
                        help=tr("界面语言 [默认：zh]", "language [default: zh]"))(command)


def json_option(command: Callable) -> Callable:
    """--json: figures for machines on stdout, everything else on stderr."""
    return click.option("--json", "as_json", is_flag=True,
                        help=tr("以 JSON 输出到标准输出", "print JSON to standard output"))(command)


def luck_options(least: int = 16, default: int | None = None) -> Callable[[Callable], Callable]:
    """--draws, --seed and --threads of verbs that simulate variants."""
    stated: dict[str, Any] = {} if default is None else {"default": default, "show_default": True}
    of_scenario = tr("抽样次数 [默认：情景自定]", "draws [default: the scenario's]") if default is None else tr("抽样次数", "draws")

    def add(command: Callable) -> Callable:
        for option in (click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=tr("线程数", "threads")),
                       click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="S", help=tr("随机种子", "random seed")),
                       click.option("--draws", type=click.IntRange(least, 2**24), metavar="N", help=of_scenario, **stated)):
            command = option(command)
        return command

    return add


def reading_option(command: Callable) -> Callable:
    """--reading k=v, several times."""
    return click.option("--reading", "readings", multiple=True, metavar="K=V", callback=_split,
                        help=tr("改用另一口径，可多次使用，如 exclusivity=stack",
                                "another reading, repeatable: exclusivity=stack"))(command)


def _split(_: click.Context, __: click.Parameter, given: Sequence[str]) -> dict[str, str] | None:
    for text in given:
        if "=" not in text:
            raise click.BadParameter(tr(f"应写作 名称=取值，得到 {text}", f"write name=choice, got {text}"))
    names = [text.split("=", 1)[0] for text in given]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise click.BadParameter(tr(f"口径 {twice} 写了两次", f"the reading {twice} is given twice"))
    if given:
        from simulator.schema.scenario import Readings

        if strange := next((name for name in names if name not in Readings.model_fields), None):
            raise click.BadParameter(tr(f"没有口径 {strange}；有：",
                                        f"no reading {strange}; there are: ") + "、".join(Readings.model_fields))
    return dict(text.split("=", 1) for text in given) or None


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while blocks finish; silent where nobody watches."""
    if not any(cache_folder().rglob("*.nbc")):
        click.echo(tr("首次运行要编译内核，约半分钟，只此一次……", "Compiling the kernels, about half a minute, only once..."), err=True)
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def counter(label: str) -> Iterator[Callable[[int], None]]:
    """Rows done so far, on stderr; silent where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    yield lambda done: click.echo(f"\r{label} {done:,}", nl=False, err=True)
    click.echo("\r\033[K", nl=False, err=True)


def print_json(content: Any) -> None:
    """Plain JSON, Chinese as it is."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False))


def console() -> Any:
    """A console of a fixed width where output is not a terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, emoji=False, markup=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1,
          last_is_total: int = 0) -> Any:
    """A plain table: the first `left` columns are text, the others are numbers aligned to the right."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False, expand=False)
    for i, name in enumerate(columns):
        made.add_column(name, justify="left" if i < left else "right", overflow="fold", no_wrap=i >= left or left == 1)
    for i, row in enumerate(rows):
        made.add_row(*row, end_section=last_is_total > 0 and i == len(rows) - last_is_total - 1)
    return made


def money(figure: dict[str, Any] | None, scale: float = YI) -> str:
    """An amount with its error, in 亿元 unless told otherwise."""
    return "—" if not figure or figure["value"] is None else with_error(figure["value"], _error(figure), scale)


def share(figure: dict[str, Any] | None) -> str:
    """A probability or share with its error."""
    return "—" if not figure or figure["value"] is None else percent_with_error(figure["value"], _error(figure))


def number(figure: dict[str, Any] | None) -> str:
    """A plain number with its error."""
    return "—" if not figure or figure["value"] is None else with_error(figure["value"], _error(figure))


def _error(figure: dict[str, Any]) -> float:
    return float("nan") if figure["error"] is None else figure["error"]
