"""A brief as a Word document: styles of official documents, native tables, and every number in a mark that nobody sees."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from simulator.brief.document import Block, Brief, Definitions, Figure, Heading, Numbering, Paragraph, Table
from simulator.brief.word_parts import W15, blank, repacked
from simulator.brief.word_tables import table_xml
from simulator.brief.word_text import Writer, sound, whole
from simulator.language import tr
from simulator.outfile import written_whole

_FIGURE = ("图", "Figure")
_PICTURE_CM = 15.6
_EMU = 360_000  # per cm


def write_word(brief: Brief, pictures: Mapping[str, Path], file: Path) -> None:
    """Write a brief as .docx; the same brief gives the same bytes.

    Parameters
    ----------
    brief : Brief
    pictures : Mapping[str, Path]
        A PNG for the kind of every figure; empty for the text alone.
    file : Path

    Raises
    ------
    StorageError
        If the file cannot be written; nothing is left half-written.
    """
    from docx import Document

    document = Document(io.BytesIO(blank(brief.title, brief.inventory())))
    writer = Writer(Numbering(brief).take)
    _append(document, writer.title("Title", brief.title))
    if brief.subtitle:
        _append(document, writer.title("Subtitle", brief.subtitle))
    for block, following in zip_longest(brief.blocks, brief.blocks[1:]):
        if isinstance(block, Figure) and pictures:
            _add_picture(document, block, pictures[block.kind])
        noted = isinstance(following, Paragraph) and following.note
        for xml in _block_xml(block, writer, noted):
            _append(document, xml)
    made = io.BytesIO()
    document.save(made)
    with written_whole(file) as aside:
        aside.write_bytes(repacked(made.getvalue()))


def _block_xml(block: Block, writer: Writer, noted: bool) -> Iterator[str]:
    """The paragraphs and tables of a block, a picture apart; one that is noted stays on the page of its note."""
    if isinstance(block, Heading):
        yield writer.paragraph(f"Heading{block.level}", [block.text])
    elif isinstance(block, Paragraph):
        yield writer.paragraph("Note" if block.note else "Normal", block.statement.pieces)
    elif isinstance(block, Table):
        yield from table_xml(block, writer, noted)
    elif isinstance(block, Figure):
        yield writer.caption(_FIGURE, block.number, block.caption.pieces, keep=noted)
    elif isinstance(block, Definitions):
        for term, meaning in block.items:
            yield writer.definition(term, meaning)


def _append(document: Any, xml: str) -> None:
    """At the end of the text, before the properties of the page."""
    from docx.oxml import parse_xml

    document.element.body.sectPr.addprevious(parse_xml(whole(xml, f' xmlns:w15="{W15}"')))


def _add_picture(document: Any, figure: Figure, picture: Path) -> None:
    """The picture in the line, with what a reader who cannot see it should know."""
    run = document.add_paragraph(style="Figure").add_run()
    shape = run.add_picture(io.BytesIO(picture.read_bytes()), width=round(_PICTURE_CM * _EMU))
    properties = shape._inline.docPr
    properties.set("name", f"{tr(*_FIGURE)}{figure.number}")
    properties.set("descr", sound(figure.alt))
    properties.set("title", sound(figure.caption.text))
