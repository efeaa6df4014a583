"""subsidysim export: the tables behind the charts of a saved run."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.charts import KINDS
from simulator.cli.common import Verb, language_option, progress
from simulator.cli.run_options import overwrite_option, run_options
from simulator.language import tr

FORMATS = ("xlsx", "csv")
HELP = tr(
    f"""导出已存结果 RUN 各图背后的表：工作簿（每图一页，附 Excel 图），或每图一个 csv。数字保留完整精度，标准误另列。

    图种：{"、".join(KINDS)}。默认导出这次结果能有的全部。情景比较、口径、敏感性、比例组合各表要另作模拟，共约十秒。

    \b
    例：
      subsidysim export results/baseline-1a2b3c4d5e6f
      subsidysim export results/baseline-1a2b3c4d5e6f --format csv --kind outlay --kind instruments
      subsidysim export results/baseline-1a2b3c4d5e6f --out 附表.xlsx --overwrite
    """,
    f"""Export the tables behind the charts of a saved RUN: a workbook with a sheet and an Excel chart for each, or csv, one file a
    chart. Numbers have full precision, standard errors a column of their own.

    Kinds: {", ".join(KINDS)}. By default all that this run can have. Those of scenarios, readings, sensitivity and pairs of rates
    simulate anew, ten seconds or so in all.

    \b
    Examples:
      subsidysim export results/baseline-1a2b3c4d5e6f
      subsidysim export results/baseline-1a2b3c4d5e6f --format csv --kind outlay --kind instruments
      subsidysim export results/baseline-1a2b3c4d5e6f --out tables.xlsx --overwrite
    """,
)


@click.command("export", cls=Verb, help=HELP)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--format", "kind_of_file", type=click.Choice(FORMATS), default="xlsx", show_default=True,
              help=tr("工作簿，或每图一个 csv", "a workbook, or csv, one file a chart"))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), metavar="KIND",
              help=tr("只要这一图的表，可多次使用", "the table of this chart only, repeatable"))
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE|DIR",
              help=tr("工作簿，或 csv 的文件夹 [默认：在 RUN/export]", "the workbook, or the folder of csv [default: in RUN/export]"))
@run_options
@overwrite_option
@language_option
def command(folder: Path, kind_of_file: str, kinds: tuple[str, ...], out: Path | None, scenario: str | None,
            levers: tuple[str, str] | None, threads: int | None, overwrite: bool) -> None:
    """Compute everything, then write."""
    from simulator.charts import Tables
    from simulator.errors import NotShown
    from simulator.evidence import open_evidence
    from simulator.export import shown_tables, write_csv, write_workbook
    from simulator.outfile import make_folder, refuse_to_overwrite

    chosen = list(dict.fromkeys(kinds or KINDS))
    out = out or _usual(folder, kind_of_file)
    if kind_of_file == "xlsx" and out.suffix.lower() != ".xlsx":
        raise click.UsageError(tr(f"{out} 应以 .xlsx 结尾", f"{out} must end in .xlsx"))
    for file in [out] if kind_of_file == "xlsx" else [out / f"{kind}.csv" for kind in chosen]:
        refuse_to_overwrite(file, overwrite)
    with progress(tr("算表", "computing")) as tick:
        evidence = open_evidence(folder, scenario, levers=levers, threads=threads, progress=tick)
        shown, left_out = shown_tables(Tables(evidence), chosen)
    if kinds and left_out:
        raise NotShown(tr("；", "; ").join(f"{kind}: {reason}" for kind, reason in left_out.items()))
    for kind, reason in left_out.items():
        click.echo(tr("未导出 ", "not exported: ") + f"{kind}: {reason}", err=True)
    if not shown:
        raise NotShown(tr("没有可以导出的表", "there is no table to export"))
    if kind_of_file == "xlsx":
        make_folder(out.parent)
        write_workbook(evidence, shown, left_out, out)
    else:
        write_csv(shown, make_folder(out))
    click.echo(tr(f"共 {len(shown)} 张表，在 {out}", f"{len(shown)} tables in {out}"))


def _usual(folder: Path, kind_of_file: str) -> Path:
    """Beside the results."""
    return folder / "export" / f"{folder.resolve().name}.xlsx" if kind_of_file == "xlsx" else folder / "export"
