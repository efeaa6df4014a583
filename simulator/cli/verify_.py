"""subsidysim verify: whether every number of a brief still is that of its run."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.common import Verb, json_option, language_option, print_json, progress, wrapped
from simulator.errors import DamagedRun
from simulator.language import tr

if TYPE_CHECKING:
    from simulator.verification import Finding, Report, Wording

HELP = tr(
    """核对简报（Word 或 HTML）中的每个数字：从结果重新计算，与文件中现在的文字逐一比较。

    被改动、调换、失去标记或与结果不符的数字逐个列出，以代码 4 退出；全部一致以 0 退出。结果文件夹本身被改动时也以 4 退出。改写过或另加的
    文字也列出，但不算错：其中没有标记的数字由改写者负责。图不在核对之列。默认在简报所在的文件夹及其上级、results 文件夹中找这次运行。

    \b
    例：
      subsidysim verify results/baseline-1a2b3c4d5e6f/brief/baseline.docx
      subsidysim verify 简报.docx --run results/baseline-1a2b3c4d5e6f
      subsidysim verify 简报.html --json
    """,
    """Verify every number of a brief (Word or HTML): computed again from the run, and compared with what the file says now.

    Numbers that were altered, changed places, are no longer marked or are not what the run gives are listed, with exit code 4; 0 if all
    agree. A run that was altered itself is refused with 4, too. Text that was reworded or added is listed, but is no fault: numbers in
    it without a mark are their author's. Pictures are not checked. The run is looked for in the folders above the brief and in results.

    \b
    Examples:
      subsidysim verify results/baseline-1a2b3c4d5e6f/brief/baseline.docx
      subsidysim verify baseline.docx --run results/baseline-1a2b3c4d5e6f
      subsidysim verify brief.html --json
    """,
)
_WIDTH = 96
_MOST_LINES = 20  # of altered text that are printed


@click.command("verify", cls=Verb, help=HELP)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--run", "run_folder", metavar="RUN", type=click.Path(path_type=Path),
              help=tr("简报所用运行的文件夹 [默认：自动寻找]", "folder of the brief's run [default: looked for]"))
@json_option
@language_option
def command(file: Path, run_folder: Path | None, as_json: bool) -> None:
    """Compute again, compare, print."""
    from simulator.verification import verify

    with progress(tr("重新计算", "computing again")) as watch:
        report = verify(file, run_folder, progress=watch)
    if as_json:
        print_json({"file": str(file), "numbers": report.numbers, "agrees": report.agrees,
                    "findings": [asdict(finding) for finding in report.findings], "remarks": list(report.remarks),
                    "wording": None if report.wording is None else asdict(report.wording)})
    else:
        for line in _lines(report):
            click.echo(line)
    if not report.agrees:
        sys.exit(DamagedRun.exit_code)


def _lines(report: Report) -> Iterator[str]:
    """Every finding below its heading, unless no number is marked any more; the remarks, and the count."""
    place = None
    all_gone = len(report.findings) == report.numbers and all(finding.kind == "gone" for finding in report.findings)
    for finding in () if all_gone else report.findings:
        if finding.place != place:
            place = finding.place
            yield place or tr("（位置不明）", "(no known place)")
        yield from _indented(_said(finding), 2)
        yield from _indented(finding.of, 6)
    if report.wording is not None:
        yield from _texts(tr("改写或另加的文字", "Text that was reworded or added"), report.wording.reworded)
        yield from _texts(tr("程序所写、已不是原样的文字", "Text as it was written, and is no longer"), report.wording.missing)
    for remark in report.remarks:
        yield from _indented(tr("注意：", "Note: ") + remark, 0)
    yield from _indented(_verdict(report), 0)


def _texts(head: str, lines: Sequence[str]) -> Iterator[str]:
    """Some lines of a text below their heading."""
    if lines:
        yield head
    for line in lines[:_MOST_LINES]:
        yield from _indented(line, 2)
    if more := len(lines[_MOST_LINES:]):
        yield tr(f"  等，另有 {more:,} 段；全部见 --json", f"  and {more:,} more: see --json")


def _indented(text: str, by: int) -> Iterator[str]:
    return (" " * by + line for line in wrapped(text, _WIDTH - by))


def _said(finding: Finding) -> str:
    """What is wrong with one number."""
    now, made, right = finding.now, finding.made, finding.right
    if finding.kind == "altered":
        also = "" if made == right else tr(f"（生成时为 {made}）", f" (made as {made})")
        return tr(f"现为 {now}，应为 {right}{also}", f"says {now}, should be {right}{also}")
    if finding.kind == "unsupported":
        return tr(f"现为 {now}，与生成时一致，但结果是 {right}", f"says {now}, as it was made, but the run gives {right}")
    if finding.kind == "gone":
        return tr(f"已没有标记：被删除或另行录入，应为 {right}", f"no longer marked, deleted or typed anew; should be {right}")
    shown = made if now is None else now
    return tr(f"现为 {shown}，结果中没有这个数字", f"says {shown}, which the run does not have")


def _verdict(report: Report) -> str:
    if not report.agrees:
        wrong = len(report.findings)
        return tr(f"共 {report.numbers:,} 个数字，{wrong:,} 个与结果不符",
                  f"{wrong:,} of {report.numbers:,} numbers do not agree with the run")
    agrees = tr(f"{report.numbers:,} 个数字全部与结果一致", f"all {report.numbers:,} numbers agree with the run")
    return agrees + _of_the_text(report.wording)


def _of_the_text(wording: Wording | None) -> str:
    """What was found about the words, behind the verdict on the numbers."""
    if wording is None:
        return tr("（文字、单位和图不在核对之列）", " (words, units and pictures are not checked)")
    new, gone = len(wording.reworded), len(wording.missing)
    if not new and not gone:
        return tr("，文字和单位与程序所写的相同（图不在核对之列）", ", and words and units are as written (pictures are not checked)")
    return tr(f"；文字中 {new:,} 段不是程序所写，程序所写的 {gone:,} 段不再是原样（图不在核对之列）",
              f"; {new:,} lines of text are not as written, {gone:,} that were written are not there (pictures are not checked)")
