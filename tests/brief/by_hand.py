"""A small brief made by hand and written as a Word file, and Word files that somebody changed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from simulator.brief.document import Brief, Definitions, Figure, Heading, Paragraph, Table
from simulator.brief.word import write_word
from simulator.charts import Tables, chart
from simulator.evidence import Evidence
from simulator.language import language, tr
from simulator.statements import number, state

TEXT = "word/document.xml"


def written(evidence: Evidence, folder: Path) -> tuple[Path, Brief]:
    """The small brief of a run as a Word file in the folder, and the brief."""
    brief, file = small_brief(evidence), folder / "brief.docx"
    write_word(brief, picture(folder), file)
    return file, brief


def small_brief(evidence: Evidence) -> Brief:
    """An answer, a table and a figure of the outlay, a term."""
    outlay, module = Tables(evidence)["outlay"], chart("outlay")
    said = state("共需{total}亿元", "CNY {total} bn in all", total=number(outlay, "total", "money", statistic="mean"))
    blocks = (
        Heading(tr("一、结论", "1. The answer")), Paragraph(said), Heading(tr("（一）分年", "1.1 By year"), 2),
        Table(1, module.grid(outlay), (0.6, *[1] * 7)), Paragraph(state("注：±后为标准误。", "Note: standard errors after ±."), note=True),
        Figure(1, "outlay", module.finding(outlay), tr("分年拨付的扇形图", "a fan of the outlay by year")),
        Heading(tr("二、术语", "2. Terms")),
        Definitions([(tr("标准误", "standard error"), tr("重做一次会变动多少", "what changes when it is redone"))]))
    manifest = evidence.run.manifest
    return Brief(tr("资金需求简报", "What it costs"), tr("运行：", "Run: ") + evidence.name, blocks, {
        "format": 1, "program": str(manifest["kernels"]), "run": evidence.name, "seal": str(manifest["seal"]),
        "scenario": evidence.scenario.name, "lang": language(), "levers": None})


def picture(folder: Path) -> dict[str, Path]:
    """A white picture in the place of the chart."""
    width, height = 156, 92
    rows = zlib.compress((b"\0" + b"\xff" * width) * height)
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    file = folder / "outlay.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks))
    return {"outlay": file}


def part(file: Path, name: str = TEXT) -> str:
    """A part of a Word file."""
    with zipfile.ZipFile(file) as package:
        return package.read(name).decode()


def changed(file: Path, how: Callable[[str], str], name: str = TEXT) -> Path:
    """A copy of a Word file, one part of which was changed."""
    other = file.with_name(f"changed-{file.name}")
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(other, "w") as out:
        for each in package.namelist():
            content = package.read(each)
            out.writestr(each, how(content.decode()) if each == name else content)
    return other
