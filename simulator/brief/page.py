"""The brief as a page: one file that needs no network and no font, in which every number says where it comes from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from simulator.brief.document import Brief, Figure, Numbering
from simulator.brief.inlined import inlined
from simulator.brief.labels import describe, has_numbers, label, own_unit, unit_line, width_of
from simulator.charts.grid import Grid
from simulator.fonts import woff2
from simulator.language import tr
from simulator.outfile import written_whole
from simulator.statements import Quoted

# Nothing is fetched and nothing runs; the inventory is data, which no policy of scripts concerns.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
WIDE = 53.0  # characters of a table that fit into a line of the page
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


def write_page(brief: Brief, pictures: Mapping[str, Path], file: Path) -> None:
    """Write the brief as one HTML file. The same brief gives the same bytes.

    Parameters
    ----------
    pictures : Mapping
        The SVG of every figure, by its kind; its text is paths. Empty for the text alone.

    Raises
    ------
    StorageError
        If the file cannot be written; none is left half-written.
    """
    page = _rendered(brief, pictures)
    with written_whole(file) as aside:
        aside.write_text(page, encoding="utf-8", newline="\n")


def _rendered(brief: Brief, pictures: Mapping[str, Path]) -> str:
    """The body first: the font of the head holds the characters that it shows."""
    templates = _templates()

    def picture(figure: Figure) -> Markup:
        return Markup(inlined(pictures[figure.kind], f"figure-{figure.number}-", figure.alt) if pictures else "")

    body = templates.get_template("body.html").render(
        brief=brief, picture=picture, take=Numbering(brief).take, run=brief.origin.get("run", ""), words=_words())
    font = base64.b64encode(woff2(brief.title + body)).decode("ascii")
    return templates.get_template("brief.html").render(
        brief=brief, body=Markup(body), font=font, policy=POLICY, lang=tr("zh-CN", "en"), inventory=_as_data(brief.inventory()))


@cache
def _templates() -> Environment:
    made = Environment(loader=PackageLoader("simulator.brief"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters.update(label=label, own_unit=own_unit, unit_line=unit_line, describe=describe)
    made.tests.update(of_numbers=has_numbers, wide=_is_wide, quoted=lambda cell: isinstance(cell, Quoted),
                      block=lambda block, kind: type(block).__name__ == kind)
    return made


def _is_wide(grid: Grid) -> bool:
    """Whether its numbers are set smaller, so that it need not be moved sideways."""
    return sum(map(width_of, grid.columns)) > WIDE


def _words() -> dict[str, str]:
    """What the page says itself."""
    return {
        "contents": tr("目录", "Contents"),
        "hint": tr("指针停在数字上，可见其单位和标准误；每个数字在运行结果中的出处随本页保存。",
                   "Point at a number for its unit and standard error; where each number stands in the run is kept within this page."),
    }


def _as_data(inventory: dict[str, Any]) -> Markup:
    """JSON that no parser of a page takes for anything else."""
    return Markup(json.dumps(inventory, ensure_ascii=False, allow_nan=False).translate(_ESCAPED))
