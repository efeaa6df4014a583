"""The brief in print: a PDF on A4, made by Typst from a fixed template."""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from simulator.brief.document import Block, Brief, Definitions, Figure, Heading, Paragraph, Table
from simulator.brief.labels import has_numbers, label, own_unit, unit_line, width_of
from simulator.charts.grid import Column
from simulator.charts.wrapping import ems, wrap
from simulator.errors import SimulatorError
from simulator.fonts import SERIF_FAMILY, fallback_file, font_file, legible
from simulator.language import language, tr
from simulator.outfile import written_whole

INVENTORY = "inventory.json"
"""The name of the inventory among the files that the PDF carries."""
TITLE_WIDTH = {"zh": 20.0, "en": 24.0}  # characters of the title in a line
TEXT_WIDTH = 442.0  # points of a line
LARGEST_CELL = 9.5  # points; less in a table of many numbers
USUAL_CELL = 8.5  # points, down to which texts need not make room for numbers
NARROWEST = 8.0  # characters of a column of texts
WHOLE = 20  # lines of a table that is kept on one page


def write_printed(brief: Brief, pictures: Mapping[str, Path], file: Path) -> None:
    """Write the brief as a PDF. The same brief gives the same bytes.

    Parameters
    ----------
    pictures : Mapping
        The SVG of every figure, by its kind; its text is paths.

    Raises
    ------
    SimulatorError
        If Typst is not installed.
    StorageError
        If the file cannot be written; none is left half-written.
    """
    if find_spec("typst") is None:
        raise SimulatorError(tr("写 PDF 需要 typst：请运行 python3 -m pip install 'subsidysim[pdf]'（在源代码文件夹中为 '.[pdf]'）",
                                "a PDF needs typst: run python3 -m pip install 'subsidysim[pdf]' (in the source folder '.[pdf]')"))
    with tempfile.TemporaryDirectory() as folder:
        _lay_out(brief, pictures, Path(folder))
        made = _compiled(Path(folder))
    with written_whole(file) as aside:
        aside.write_bytes(made)


def _compiled(folder: Path) -> bytes:
    """For screen readers too (PDF/UA), with the fonts of the wheel and that of matplotlib for signs which they lack; none of the system."""
    import typst

    fallback = fallback_file()
    fonts = [font_file(SERIF_FAMILY).parent, *([fallback.parent] if fallback else [])]
    return bytes(typst.compile(folder / "brief.typ", root=folder, font_paths=fonts, ignore_system_fonts=True, pdf_standards=["ua-1"]))


def _lay_out(brief: Brief, pictures: Mapping[str, Path], folder: Path) -> None:
    """The template, and beside it what it reads."""
    template = files("simulator.brief") / "templates" / "brief.typ"
    (folder / "brief.typ").write_bytes(template.read_bytes())
    for figure in brief.figures:
        shutil.copyfile(pictures[figure.kind], folder / f"{figure.kind}.svg")
    for name, content in (("brief.json", _content(brief)), (INVENTORY, brief.inventory())):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _content(brief: Brief) -> dict[str, Any]:
    """What the template sets: texts in which every character can be drawn."""
    title = legible(brief.title)
    following = [*brief.blocks[1:], None]
    blocks = [part for block, after in zip(brief.blocks, following, strict=True) for part in _parts(block, after)]
    return {"lang": language(), "title": title, "lines": _title_lines(title), "subtitle": legible(brief.subtitle), "blocks": blocks,
            "inventory": tr("每个数字的出处", "where every number comes from")}


def _title_lines(title: str) -> list[str]:
    """A title of two parts has a line for each, if it does not fit into one; what is still longer is broken evenly."""
    width = TITLE_WIDTH[language()]
    if ems(title) <= width:
        return [title]
    return [line for part in re.split(r"(?<=》)|(?<=: )", title) for line in wrap(part.strip(), width)]


def _parts(block: Block, following: Block | None) -> list[dict[str, Any]]:
    """What the template sets of a block."""
    noted = isinstance(following, Paragraph) and following.note
    if isinstance(block, Heading):
        return [{"kind": "heading", "text": legible(block.text), "level": block.level}]
    if isinstance(block, Paragraph):
        return [_paragraph(block.statement.text, block.note, noted)]
    if isinstance(block, Table):
        return [{**_table(block), "noted": noted}]
    if isinstance(block, Figure):
        return [{"kind": "figure", "label": label(block), "caption": legible(block.caption.text), "alt": block.alt,
                 "file": f"{block.kind}.svg", "noted": noted}]
    assert isinstance(block, Definitions)
    return [{"kind": "definitions", "items": [[legible(term), legible(meaning)] for term, meaning in block.items]}]


def _paragraph(text: str, note: bool, noted: bool) -> dict[str, Any]:
    return {"kind": "paragraph", "text": legible(text), "note": note, "noted": noted}


def _table(block: Table) -> dict[str, Any]:
    grid = block.grid
    columns = [{"head": legible(column.head), "unit": own_unit(column, grid), "numbers": has_numbers(column)} for column in grid.columns]
    rows = [[legible(str(cell)) for cell in row] for row in grid.rows]
    shares, size = _measures(block)
    lines = sum(max(_lines(cell, TEXT_WIDTH * share / size) for cell, share in zip(row, shares, strict=True)) for row in rows)
    return {"kind": "table", "label": label(block), "caption": legible(grid.caption), "unit": unit_line(grid), "columns": columns,
            "rows": rows, "totals": grid.totals, "assumed": list(grid.assumed), "widths": shares, "size": size, "whole": lines <= WHOLE}


def _measures(block: Table) -> tuple[list[float], float]:
    """The shares of the columns, and the size of the cells, in which no number is broken; texts make room for numbers first."""
    columns = block.grid.columns
    needed = list(map(width_of, columns))
    for_numbers = sum(width for width, column in zip(needed, columns, strict=True) if has_numbers(column))
    room = (TEXT_WIDTH / USUAL_CELL - for_numbers) / max(sum(needed) - for_numbers, 1.0)

    def wanted(width: float, column: Column) -> float:
        return width if has_numbers(column) else min(width, max(room * width, NARROWEST))

    widths = block.widths or [wanted(width, column) for width, column in zip(needed, columns, strict=True)]
    shares = [width / sum(widths) for width in widths]
    fitting = [TEXT_WIDTH * share / width for share, width, column in zip(shares, needed, columns, strict=True) if has_numbers(column)]
    return shares, min([LARGEST_CELL, *fitting])


def _lines(cell: str, width: float) -> int:
    """How many lines a text takes, about, where so many characters fit into one."""
    return sum(max(1, math.ceil(ems(line) / max(width - 1.0, 1.0))) for line in cell.split("\n"))
