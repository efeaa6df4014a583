"""Runs and paragraphs of a brief in Word, and the marks around its numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from simulator.brief.word_styles import HEITI, SERIF, STYLES, TEXT_WIDTH, Face, W, chosen
from simulator.brief.word_title import title_lines
from simulator.fonts import MISSING
from simulator.language import language, tr
from simulator.statements import Number, Quoted

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST_MARK = 1000  # ids of content controls: numbers of their own in the file


def sound(text: str) -> str:
    """Without what no XML may hold."""
    return _NOT_IN_XML.sub(MISSING, text)


def clean(text: str) -> str:
    """As XML has it; what XML cannot hold becomes 〓."""
    return escape(sound(text), {'"': "&quot;"})


def run(text: str, face: Face, *, figures: bool = False, bold: bool = False) -> str:
    """A run. Signs that both fonts have, such as “ and —, are Chinese in Chinese text, and western in figures."""
    hint = ' w:hint="eastAsia"' if language() == "zh" and not figures else ""
    lines = "<w:br/>".join(f'<w:t xml:space="preserve">{clean(line)}</w:t>' for line in text.split("\n"))
    return f'<w:r><w:rPr><w:rFonts {face.xml}{hint}/>{"<w:b/>" if bold else ""}</w:rPr>{lines}</w:r>'


def strong(text: str) -> str:
    """A run that stands out: 黑体, or bold."""
    return run(text, HEITI) if language() == "zh" else run(text, SERIF, bold=True)


def field(code: str, shown: str, face: Face) -> str:
    """What Word counts itself, and what it shows until then."""
    return f'<w:fldSimple w:instr=" {code} ">{run(shown, face, figures=True)}</w:fldSimple>'


@dataclass(frozen=True)
class Writer:
    """Writes texts whose numbers are marked; `take` gives the id of each number in its turn."""

    take: Callable[[Number], str]

    def runs(self, pieces: Sequence[str | Number], face: Face) -> str:
        """Texts as runs, and each number as a run within a mark that nobody sees."""
        return "".join(self._marked(piece, face) if isinstance(piece, Number) else run(piece, face) for piece in pieces if piece != "")

    def paragraph(self, style: str, pieces: Sequence[str | Number], *, lead: str = "", properties: str = "") -> str:
        """A paragraph in a style; `lead` are runs before the pieces, `properties` further ones of the paragraph, which follow keepNext."""
        text = lead + self.runs(pieces, STYLES[style].here)
        return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{text}</w:p>'

    def title(self, style: str, text: str) -> str:
        """A title in lines of like length."""
        face, room = STYLES[style].here, TEXT_WIDTH / 20 / chosen(STYLES[style].size)
        lines = [run(line, face) for line in title_lines(text, room)]
        return self.paragraph(style, [], lead="<w:r><w:br/></w:r>".join(lines))

    def caption(self, kind: tuple[str, str], number: int, pieces: Sequence[str | Number], *, keep: bool) -> str:
        """表1, counted by Word so that it can list all tables, and the text; to be kept on the page of what follows, or not."""
        name, face = tr(*kind), STYLES["Caption"].here
        label = run(name + tr("", " "), face) + field(f"SEQ {name} \\* ARABIC", str(number), face)
        return self.paragraph("Caption", pieces, lead=label + run("\u3000" if language() == "zh" else ".  ", face),
                              properties="<w:keepNext/>" if keep else "")

    def definition(self, term: str, meaning: str) -> str:
        """A term, set apart, and what it means."""
        return self.paragraph("Definition", [meaning], lead=strong(term + tr("：", ": ")))

    def _marked(self, number: Number, face: Face) -> str:
        """A content control without frame or colour, whose tag is the number's id.

        A hidden bookmark around it says the same to programs that drop the tags of controls.
        """
        mark = self.take(number)
        i, inside = mark[1:], run(number.text, face, figures=not isinstance(number, Quoted))
        return (f'<w:bookmarkStart w:id="{i}" w:name="_{mark}"/><w:sdt><w:sdtPr><w:tag w:val="{mark}"/>'
                f'<w:id w:val="{_FIRST_MARK + int(i)}"/><w15:appearance w15:val="hidden"/></w:sdtPr>'
                f'<w:sdtContent>{inside}</w:sdtContent></w:sdt><w:bookmarkEnd w:id="{i}"/>')


def whole(xml: str, namespaces: str = "") -> str:
    """An element with its namespaces, so that it can be parsed alone."""
    tag, rest = xml.split(">", 1)
    return f'{tag} xmlns:w="{W}"{namespaces}>{rest}'
