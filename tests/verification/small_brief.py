"""A small brief of a run as a Word file, and how somebody changes it behind our back."""

import re
import struct
import zipfile
import zlib

from simulator.brief.document import Brief, Definitions, Figure, Heading, Paragraph, Table
from simulator.brief.word import write_word
from simulator.charts import Tables, chart
from simulator.language import language, tr
from simulator.statements import number, state

TEXT = "word/document.xml"


def small_brief(evidence):
    """Two sections, a table and a figure of the outlay by year; its first number is the total."""
    table, module = Tables(evidence)["outlay"], chart("outlay")
    total = state("“计划”共需{total}亿元，误差{error}亿元。", "CNY {total} bn, with its error {error} bn, are needed.",
                  total=number(table, "total", "money.2", statistic="mean"), error=number(table, "total", "money±", statistic="mean"))
    peak = number(table, "by_year", "money", year=2026, statistic="mean")
    grid = module.grid(table)
    blocks = [
        Heading(tr("一、结论", "1. Answer")), Paragraph(total),
        Heading(tr("（一）分年", "1.1 By year"), 2), Table(1, grid, [0.6] + [1] * (len(grid.columns) - 1)),
        Paragraph(state("注：某年{peak}亿元。", "Note: CNY {peak} bn in a year.", peak=peak), note=True),
        Figure(1, "outlay", module.finding(table), tr("逐年的折线", "a line over the years")),
        Heading(tr("二、术语", "2. Terms")), Definitions([("P95", tr("九成五不超过的数", "not exceeded in 95 of 100"))])]
    origin = {"format": 1, "program": "0", "run": evidence.name, "seal": evidence.run.manifest["seal"], "scenario": evidence.scenario.name,
              "lang": language(), "levers": None}
    return Brief(tr("资金需求测算", "Money needed"), evidence.name, blocks, origin)


def picture(folder):
    """The smallest PNG there is, as the picture of the outlay."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    file = folder / "outlay.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))
    return {"outlay": file}


def written(evidence, folder):
    """The small brief as a Word file, and the brief."""
    brief, file = small_brief(evidence), folder / "brief.docx"
    write_word(brief, picture(folder), file)
    return file, brief


def part(file, name=TEXT):
    """A part of a package as text."""
    with zipfile.ZipFile(file) as package:
        return package.read(name).decode()


def changed(file, change, name=TEXT):
    """A copy of a package beside it in which a part went through `change`."""
    other = file.with_name(f"changed-{file.name}")
    with zipfile.ZipFile(file) as package, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as out:
        for entry in package.namelist():
            content = package.read(entry)
            out.writestr(entry, change(content.decode()).encode() if entry == name else content)
    return other


def without_marks(xml):
    """The text as a program leaves it that knows neither content controls nor bookmarks."""
    return re.sub(r'<w:tag w:val="n\d+"/>|<w:bookmark[^>]*>', "", xml)
