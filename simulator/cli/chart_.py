"""subsidysim chart: charts of a saved run."""

from __future__ import annotations

from pathlib import Path

import click

from simulator.charts import FORMATS, KINDS, SIZES
from simulator.cli.common import Verb, language_option, progress
from simulator.cli.run_options import chosen_formats, run_options
from simulator.language import tr

HELP = tr(
    f"""把已存结果 RUN 画成图。标题就是结论，图下有出处；同一结果每次画出的文件逐字节相同，不需要系统装有中文字体。

    图种：{"、".join(KINDS)}。默认画这次结果能画的全部。情景比较、口径、敏感性、比例组合各图要另作模拟，共约十秒。

    \b
    例：
      subsidysim chart results/baseline-1a2b3c4d5e6f
      subsidysim chart results/baseline-1a2b3c4d5e6f --kind outlay --format png --size column
      subsidysim chart results/baseline-1a2b3c4d5e6f --kind heat_map
          --vary major_project.rate=2%..20%:7 --vary upgrade_lease.rate=1%..10%:4
    """,
    f"""Draw a saved RUN. Titles state the finding, the source stands below; the same run gives the same files, byte for byte, and
    no font of the system is needed.

    Kinds: {", ".join(KINDS)}. By default all that this run can have. Those of scenarios, readings, sensitivity and pairs of rates
    simulate anew, ten seconds or so in all.

    \b
    Examples:
      subsidysim chart results/baseline-1a2b3c4d5e6f
      subsidysim chart results/baseline-1a2b3c4d5e6f --kind outlay --format png --size column
      subsidysim chart results/baseline-1a2b3c4d5e6f --kind heat_map
          --vary major_project.rate=2%..20%:7 --vary upgrade_lease.rate=1%..10%:4
    """,
)


@click.command("chart", cls=Verb, help=HELP)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), metavar="KIND",
              help=tr("只画这一种，可多次使用", "this chart only, repeatable"))
@click.option("--format", "formats", default="svg", show_default=True, metavar="svg,png,pdf",
              callback=lambda _, __, given: chosen_formats(given, FORMATS), help=tr("一种或几种格式", "one or several formats"))
@click.option("--size", type=click.Choice(SIZES), default="page", show_default=True,
              help=tr("column 半栏8厘米，page 版心宽，slide 幻灯片", "column: 8 cm; page: the width of a page; slide"))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help=tr("图放在哪里 [默认：RUN/charts]", "folder for the charts [default: RUN/charts]"))
@run_options
@language_option
def command(folder: Path, kinds: tuple[str, ...], formats: list[str], size: str, out: Path | None, scenario: str | None,
            levers: tuple[str, str] | None, threads: int | None) -> None:
    """Draw and say where."""
    from simulator.charts import Tables, chart, draw_chart
    from simulator.evidence import NotShown, open_evidence
    from simulator.outfile import make_folder

    out = out or folder / "charts"
    files = {kind: [out / f"{kind}.{suffix}" for suffix in formats] for kind in kinds or KINDS}
    left_out, drawn = [], 0
    with progress(tr("作图", "drawing")) as tick:
        tables = Tables(open_evidence(folder, scenario, levers=levers, threads=threads, progress=tick))
        for kind, those in files.items():
            try:
                finding = chart(kind).finding(tables[kind])
                make_folder(out)  # not before there is something to put into it
                draw_chart(kind, tables, those, size)
            except NotShown as reason:
                if kinds:
                    raise
                left_out.append(f"{kind}: {reason}")
                continue
            drawn += 1
            click.echo(f"{', '.join(map(str, those))}\n  {finding.text}")
    for line in left_out:
        click.echo(tr("未画 ", "not drawn: ") + line, err=True)
    click.echo(tr(f"共 {drawn} 幅图，在 {out}", f"{drawn} charts in {out}"))
