"""The command `subsidysim`: one verb a file, each imported only when it is called."""

from __future__ import annotations

import difflib
import errno
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from simulator.errors import SimulatorError, StorageError
from simulator.language import LANGUAGES, set_language, tr

VERBS = ("run", "chart", "brief", "export", "verify", "compare", "sweep", "tune", "sensitivity", "readings", "explain", "price", "ledger",
         "fit", "check", "list", "show", "schema", "warmup")
INTERRUPTED = 130
_NO_ROOM = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT", "EIO", "EFBIG")}
CUT_OFF = 1  # whoever read our output has seen enough; so says click too


class Verbs(click.Group):
    """Loads a verb's module only when it is asked for, so that --help is immediate."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs in the order of a first day's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the verb."""
        if name not in VERBS:
            return None
        return importlib.import_module(f"simulator.cli.{name}_").command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or name the nearest."""
        if args and args[0] not in VERBS:
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = tr(f"；是否指 {near[0]}？", f"; did you mean {near[0]}?") if near else ""
            raise click.UsageError(tr(f"没有命令 {args[0]}", f"no such command: {args[0]}") + hint, ctx)
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        formatter.write_usage(ctx.command_path, tr("命令 [参数]...", "COMMAND [ARGS]..."), prefix=tr("用法：", "Usage: "))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options of the whole command, then the verbs."""
        with formatter.section(tr("选项", "Options")):
            formatter.write_dl([("--lang [zh|en]", tr("界面语言", "language")), ("--version", tr("显示版本", "show the version")),
                                ("-h, --help", tr("显示本说明", "show this message"))])
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section(tr("命令", "Commands")):
            formatter.write_dl([(verb, tr(*_SUMMARIES[verb])) for verb in VERBS])


_SUMMARIES = {
    "run": ("模拟一个或多个情景，保存并打印结果", "simulate scenarios, save and print the results"),
    "chart": ("把已存结果画成可放进简报的图", "charts of a saved run that go into a brief"),
    "brief": ("由已存结果写成简报：Word、网页或 PDF", "the brief of a saved run: Word, a page or PDF"),
    "export": ("把各图背后的表导出为工作簿或 csv", "the tables behind the charts as a workbook or csv"),
    "verify": ("核对简报中每个数字是否仍与结果一致", "whether every number of a brief still is that of its run"),
    "compare": ("比较情景或已存结果，并把差异归到各处改动", "compare scenarios or saved runs, and attribute the difference"),
    "sweep": ("一两个数取遍一个范围，各项结果怎样变；上限和门槛的作用", "one or two numbers over a range; what caps and thresholds do"),
    "tune": ("在概率约束下定比例、上限或预算", "set rates, caps or budgets under chance constraints"),
    "sensitivity": ("哪个因素、哪条假设决定结果，计划在什么情形下落空", "what decides the answer, and in which futures the plan fails"),
    "readings": ("各条款不同口径的代价", "what each reading of each ambiguous clause costs"),
    "explain": ("逐条说明一个项目得到多少、为什么", "one project, clause by clause"),
    "price": ("逐项计算台账的应补额，精确到分", "price every project of a ledger, to the 分"),
    "ledger": ("台账的空白样表、合成样例和核对", "an empty form, a synthetic sample, and a check of ledgers"),
    "fit": ("由台账估计申报对象，写成情景可用的文件", "estimate a population from a ledger, as a file for scenarios"),
    "check": ("检查情景文件，一次列出全部问题", "check scenario files and list every fault"),
    "list": ("列出情景、政策工具、目标、口径、假设、已存结果", "list scenarios, instruments, targets, readings, assumptions, runs"),
    "show": ("重新打印一次已保存的结果", "print a saved run again"),
    "schema": ("输出情景文件的 JSON Schema，供编辑器使用", "print the JSON Schema of scenario files, for editors"),
    "warmup": ("预先编译内核", "compile the kernels beforehand"),
}


@click.group(cls=Verbs, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False, is_eager=True, hidden=True)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True,
              callback=lambda ctx, _, asked: _version(ctx) if asked else None, hidden=True)
@click.pass_context
def group(ctx: click.Context) -> None:
    """The whole command; its help text is made in the language that is asked for."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def _version(ctx: click.Context) -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"subsidysim {version('subsidysim')}")
    except PackageNotFoundError:
        click.echo(tr("subsidysim（未安装，从源码运行）", "subsidysim (not installed, run from its sources)"))
    ctx.exit()


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: what the user can mend is said in one message, an interrupt ends with 130, a bug keeps its traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _choose_language(given)
    _speak_utf8()
    group.help = tr(
        "模拟产业扶持政策：每年要拨付多少、有多大把握、带来多少。\n\n\b\n例：\n  subsidysim run baseline\n"
        "  subsidysim run baseline rates_rise --draws 4096\n"
        "  subsidysim explain baseline --project technical_upgrade.2025.large-0009 --draw 3",
        "Simulate an industrial-support policy: what it will cost each year, how sure that is, and what it brings.\n\n\b\n"
        "Examples:\n  subsidysim run baseline\n  subsidysim run baseline rates_rise --draws 4096\n"
        "  subsidysim explain baseline --project technical_upgrade.2025.large-0009 --draw 3",
    )
    try:
        group.main(given, prog_name="subsidysim", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has seen enough
        _say_nothing_more()
        sys.exit(CUT_OFF)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        click.echo(tr(f"无法写出：{error.strerror}", f"cannot write: {error.strerror}"), err=True)
        _say_nothing_more()
        sys.exit(StorageError.exit_code)
    except SimulatorError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo(_said(error), err=True)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(tr("已中断；没有留下未写完的文件。", "Interrupted; no file was left unfinished."), err=True)
        sys.exit(INTERRUPTED)


def _say_nothing_more() -> None:
    """What is still to be written to standard output is dropped, lest Python tries again as it ends."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _said(error: click.ClickException) -> str:
    """What is wrong with the command line, in the language, and where help is."""
    text = error.format_message()
    if isinstance(error, click.NoSuchOption):
        near = tr("；是否指 ", "; did you mean ") + "、".join(error.possibilities) + tr("？", "?") if error.possibilities else ""
        text = tr(f"没有选项 {error.option_name}", f"no such option: {error.option_name}") + near
    elif isinstance(error, click.MissingParameter) and error.param is not None:
        name = error.param.make_metavar(error.ctx) if isinstance(error.param, click.Argument) and error.ctx else error.param.opts[-1]
        text = tr(f"缺少 {name}", f"{name} is missing")
    elif isinstance(error, click.BadParameter) and error.param is not None:
        name = error.param.make_metavar(error.ctx) if isinstance(error.param, click.Argument) and error.ctx else error.param.opts[-1]
        kind = error.param.type
        wanted = tr(_expected(kind), error.message) or error.message
        value = (re.findall(r"'([^']*)'", error.message) or [""])[0] if not isinstance(kind, click.Choice) else ""
        text = tr(f"{name} 的取值{value and f' {value} '}不对：{wanted}", f"{name}: {wanted}")
    elif match := re.match(r"Got unexpected extra arguments? \((.*)\)", text):
        text = tr(f"多出的参数：{match[1]}", f"unexpected extra arguments: {match[1]}")
    context = getattr(error, "ctx", None)
    hint = tr(f"用法见 {context.command_path} --help", f"See {context.command_path} --help") if context else ""
    return f"{text}\n{hint}".rstrip()


def _expected(kind: click.ParamType) -> str:
    """In Chinese, what a value should have been; empty where click's own callback has said it."""
    if isinstance(kind, click.Choice):
        return "应为 " + "、".join(map(str, kind.choices))
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        number = "整数" if isinstance(kind, click.IntRange) else "数"
        low = f"{'大于' if kind.min_open else '不小于'} {kind.min}" if kind.min is not None else ""
        high = f"{'小于' if kind.max_open else '不大于'} {kind.max}" if kind.max is not None else ""
        return f"应为{'、'.join(part for part in (low, high) if part)} 的{number}"
    return ""


def _choose_language(arguments: list[str]) -> None:
    """Before any help text is made: --lang en or --lang=en, anywhere on the line."""
    for place, argument in enumerate(arguments):
        _, equals, value = argument.partition("=")
        if argument == "--lang" and place + 1 < len(arguments):
            value = arguments[place + 1]
        elif not (equals and argument.startswith("--lang=")):
            continue
        if value in LANGUAGES:
            set_language(value)


def _speak_utf8() -> None:
    """Chinese on any console: an old code page shows a replacement instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None and (stream.encoding or "").lower() not in ("utf-8", "utf8"):
            reconfigure(encoding="utf-8" if not stream.isatty() else stream.encoding, errors="replace")
