"""What the verbs that read a ledger share: its options, the question whether its amounts are right, and the report of what was read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from simulator.language import tr

if TYPE_CHECKING:
    from simulator.ledger import Ledger

LEDGER_SUFFIXES = (".xlsx", ".xlsm", ".xltx", ".xls", ".et", ".ods", ".ots", ".csv", ".tsv", ".tab", ".txt")


def ledger_options(command: Callable) -> Callable:
    """--sheet, --mapping, --yes."""
    for option in (
        click.option("--yes", is_flag=True, help=tr("金额看似差一万倍时不再询问", "do not ask when amounts look 10,000 times off")),
        click.option("--mapping", metavar="FILE", type=click.Path(dir_okay=False),
                     help=tr("列名对应文件（.yaml）", "mapping file of heads (.yaml)")),
        click.option("--sheet", metavar="NAME",
                     help=tr("工作表名 [默认：唯一像台账的一张]", "sheet [default: the only one that looks like a ledger]")),
    ):
        command = option(command)
    return command


def load_ledger(path: str, instruments: Mapping[str, Any], sheet: str | None, mapping: str | None, yes: bool) -> Ledger:
    """Read a ledger, ask if need be, and say on stderr what was read."""
    from simulator.cli.common import counter
    from simulator.cli.ledger_text import load_report
    from simulator.ledger import read_ledger

    with counter(tr("读入台账", "reading the ledger")) as tick:
        ledger = read_ledger(path, instruments, sheet=sheet, mapping=mapping, confirm=_confirm(yes), progress=tick)
    click.echo(load_report(ledger), err=True)
    return ledger


def _confirm(yes: bool) -> Callable[[str], bool] | None:
    """Agree at once with --yes, ask at a terminal, refuse elsewhere."""
    def agree(doubts: str) -> bool:
        click.echo(doubts, err=True)
        return True

    if yes:
        return agree
    if sys.stdin.isatty() and sys.stderr.isatty():
        return lambda doubts: click.confirm("\r\033[K" + doubts + "\n" + tr("金额无误，继续", "the amounts are right, go on"), err=True)
    return None
