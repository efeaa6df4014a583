"""subsidysim brief: the brief of a saved run."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.cli.common import Verb, language_option, progress
from simulator.cli.run_options import chosen_formats, overwrite_option, run_options
from simulator.language import tr

FORMATS = ("docx", "html", "pdf")
HELP = tr(
    """把已存结果 RUN 写成简报：三句话的结论、分年分工具的拨付表、各图、事实与假设、口径及代价、情景比较、方法和名词。

    Word 按公文版式，可以编辑；网页是单个文件，不需联网；PDF 需要先安装 pdf 附加组件。简报中的每个数字都记着它在结果中的出处，
    subsidysim verify 可以逐个核对。情景比较、口径和敏感性另作模拟，共约十秒。

    \b
    例：
      subsidysim brief results/baseline-1a2b3c4d5e6f
      subsidysim brief results/baseline-1a2b3c4d5e6f --format docx,html,pdf --out 简报/
      subsidysim brief results/capped-and-1-more-1a2b3c4d5e6f --scenario capped_envelope
    """,
    """Write the brief of a saved RUN: the answer in three sentences, outlay by year and instrument, charts, what is fact and what is
    assumed, readings and what they cost, scenarios compared, method and terms.

    Word is laid out as an official document and can be edited; the page is one file and needs no network; PDF needs the extra
    `pdf`. Every number knows where in the run it comes from, and subsidysim verify checks each. Scenarios, readings and
    sensitivity are simulated anew, ten seconds or so.

    \b
    Examples:
      subsidysim brief results/baseline-1a2b3c4d5e6f
      subsidysim brief results/baseline-1a2b3c4d5e6f --format docx,html,pdf --out briefs/
      subsidysim brief results/capped-and-1-more-1a2b3c4d5e6f --scenario capped_envelope
    """,
)


@click.command("brief", cls=Verb, help=HELP)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "formats", default="docx", show_default=True, metavar="docx,html,pdf",
              callback=lambda _, __, given: chosen_formats(given, FORMATS), help=tr("一种或几种格式", "one or several formats"))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help=tr("简报放在哪里 [默认：RUN/brief]", "folder for the brief [default: RUN/brief]"))
@run_options
@overwrite_option
@language_option
def command(folder: Path, formats: list[str], out: Path | None, scenario: str | None, levers: tuple[str, str] | None,
            threads: int | None, overwrite: bool) -> None:
    """Write and say where."""
    from simulator.brief import write_brief
    from simulator.charts import Tables
    from simulator.evidence import open_evidence
    from simulator.outfile import refuse_to_overwrite

    with progress(tr("另作模拟", "simulating anew")) as tick:
        evidence = open_evidence(folder, scenario, levers=levers, threads=threads, progress=tick)
        out = out or folder / "brief"
        name = evidence.scenario.name + tr("", ".en")
        files = [out / f"{name}.{suffix}" for suffix in formats]
        for file in files:
            refuse_to_overwrite(file, overwrite)
        brief = write_brief(Tables(evidence), files)
    for file in files:
        click.echo(str(file))
    n = sum(1 for _ in brief.marks())
    if marked := [file for file in files if file.suffix != ".pdf"]:
        where = f" --run {folder}" if out.resolve().parent != folder.resolve() else ""
        click.echo(tr(f"{n} 个数字可逐一核对：subsidysim verify {marked[0]}{where}",
                      f"{n} numbers can be checked: subsidysim verify {marked[0]}{where}"))
