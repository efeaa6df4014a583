"""The policy brief: Word, a page or PDF, in which every number can be computed again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from simulator.brief.compose import compose_brief
from simulator.brief.document import Brief
from simulator.charts import Tables, draw_chart
from simulator.errors import SimulatorError
from simulator.language import tr
from simulator.outfile import make_folder

__all__ = ["FORMATS", "Brief", "compose_brief", "write_brief", "write_text"]

FORMATS = ("docx", "html", "pdf")
_PICTURES = {"docx": "png", "html": "svg", "pdf": "svg"}
Writer = Callable[[Brief, Mapping[str, Path], Path], None]


def write_brief(tables: Tables, files: Sequence[Path]) -> Brief:
    """Compose the brief of a run and write it to these files, by their suffixes: docx, html, pdf.

    Raises
    ------
    SimulatorError
        If a PDF is asked for and typst is not installed.
    StorageError
        If a file cannot be written; none is left half-written.
    """
    writers = {file: _writer(file.suffix.lower().lstrip(".")) for file in files}
    brief = compose_brief(tables)
    suffixes = sorted({_PICTURES[file.suffix.lower().lstrip(".")] for file in files})
    with tempfile.TemporaryDirectory() as scratch:
        for figure in brief.figures:
            draw_chart(figure.kind, tables, [Path(scratch) / f"{figure.kind}.{suffix}" for suffix in suffixes], headline=False)
        for file, write in writers.items():
            make_folder(file.parent)
            suffix = _PICTURES[file.suffix.lower().lstrip(".")]
            write(brief, {figure.kind: Path(scratch) / f"{figure.kind}.{suffix}" for figure in brief.figures}, file)
    return brief


def write_text(brief: Brief, file: Path) -> None:
    """Write a brief as docx or html without its pictures: what is verified of it."""
    _writer(file.suffix.lower().lstrip("."))(brief, {}, file)


def _writer(suffix: str) -> Writer:
    """Each with its own library, imported when it is asked for."""
    if suffix == "docx":
        from simulator.brief.word import write_word

        return write_word
    if suffix == "html":
        from simulator.brief.page import write_page

        return write_page
    if suffix != "pdf":
        raise SimulatorError(tr(f"简报的格式有：{', '.join(FORMATS)}", f"formats of a brief: {', '.join(FORMATS)}"))
    from simulator.brief.printed import write_printed

    return write_printed
