"""Fonts, styles and page of a brief in Word, after the layout of Chinese official documents (GB/T 9704)."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.language import language

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
MILLIMETRE = 1440 / 25.4  # twips
PAPER = tuple(round(length * MILLIMETRE) for length in (210, 297))
MARGINS = {side: round(length * MILLIMETRE) for side, length in (("top", 37), ("right", 26), ("bottom", 35), ("left", 28))}
TEXT_WIDTH = PAPER[0] - MARGINS["left"] - MARGINS["right"]
_FOOTER = round(23 * MILLIMETRE)  # so that the page number stands 7 mm below the text
_HEADER = round(15 * MILLIMETRE)
_NARROWER = -5  # twentieths of a point between characters of the text: 28 of them a line, whatever program shows it
CELL_MARGIN = 57  # twips


@dataclass(frozen=True)
class Face:
    """The font of Chinese characters and that of everything else."""

    chinese: str
    western: str = "Times New Roman"

    @property
    def xml(self) -> str:
        """As attributes of w:rFonts."""
        return f'w:ascii="{self.western}" w:hAnsi="{self.western}" w:cs="{self.western}" w:eastAsia="{self.chinese}"'


FANGSONG, KAITI, HEITI = Face("仿宋_GB2312"), Face("楷体_GB2312"), Face("黑体")
SONGTI, TITLE = Face("宋体", "宋体"), Face("方正小标宋简体")
SERIF, SANS = Face("宋体"), Face("黑体", "Arial")  # in English; headings are bold
# Fonts that many machines lack, and those that stand in for them; none is in the file.
_STAND_INS = {"方正小标宋简体": "华文中宋", "仿宋_GB2312": "仿宋", "楷体_GB2312": "楷体", "黑体": "SimHei", "宋体": "SimSun"}


@dataclass(frozen=True)
class Style:
    """A paragraph style: font, sizes and lines in points in Chinese and in English; a line of 0 is as high as it needs."""

    name: str
    face: Face
    size: tuple[float, float]
    line: tuple[float, float] = (0, 0)
    align: str = "left"
    indented: bool = False
    """The first line by two characters."""
    space: tuple[float, float] = (0, 0)
    """Points above and below."""
    keep: bool = False
    """On the page of what follows."""
    outline: int | None = None
    english: Face = SERIF

    @property
    def here(self) -> Face:
        """The fonts in the language."""
        return self.face if language() == "zh" else self.english


_BODY = ((16.0, 12.0), (28.0, 20.0))
STYLES = {
    "Normal": Style("Normal", FANGSONG, *_BODY, "both", indented=True),
    "Title": Style("Title", TITLE, (22, 18), (34, 26), "center", space=(14, 8), keep=True, english=SANS),
    "Subtitle": Style("Subtitle", KAITI, (14, 11), (24, 18), "center", space=(0, 14)),
    "Heading1": Style("heading 1", HEITI, (16, 14), _BODY[1], indented=True, space=(6, 0), keep=True, outline=0, english=SANS),
    "Heading2": Style("heading 2", KAITI, *_BODY, indented=True, space=(2, 0), keep=True, outline=1, english=SANS),
    "Caption": Style("caption", HEITI, (12, 10.5), (18, 15), "center", space=(6, 4), english=SANS),
    "Figure": Style("Figure", FANGSONG, (10.5, 9), align="center", space=(8, 0), keep=True),
    "Note": Style("Note", FANGSONG, (10.5, 9), (15, 12), "both", space=(3, 6)),
    "Unit": Style("Unit of a table", FANGSONG, (10.5, 9), align="right", space=(0, 2), keep=True),
    "Cell": Style("Cell", FANGSONG, (10.5, 9.5), space=(2, 2)),
    "SmallCell": Style("Small cell", FANGSONG, (9, 8.5), space=(2, 2)),
    "TinyCell": Style("Tiny cell", FANGSONG, (7.5, 7.5), space=(2, 2)),
    "Definition": Style("Definition", FANGSONG, (12, 10.5), (20, 16), "both", space=(0, 3)),
    "Footer": Style("footer", SONGTI, (14, 10.5)),
}
_BUILT_IN = {"Normal", "Title", "Subtitle", "Heading1", "Heading2", "Caption", "Footer"}


def chosen(pair: tuple[float, float]) -> float:
    """Of the values for Chinese and English, that of the language."""
    return pair[0] if language() == "zh" else pair[1]


def styles_xml() -> str:
    """word/styles.xml: every style that is used, and no other."""
    plain = STYLES["Normal"]
    size, margin = round(2 * chosen(plain.size)), f'w:w="{CELL_MARGIN}" w:type="dxa"'
    return (f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts {plain.here.xml}/>'
            f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/><w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
            "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
            + "".join(_style_xml(key, style) for key, style in STYLES.items())
            + '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
            '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
            '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
            '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
            f'<w:left {margin}/><w:bottom w:w="0" w:type="dxa"/><w:right {margin}/></w:tblCellMar></w:tblPr>'
            '</w:style></w:styles>')


def _style_xml(key: str, style: Style) -> str:
    line, size = chosen(style.line), round(2 * chosen(style.size))
    spacing = f'w:before="{round(20 * style.space[0])}" w:after="{round(20 * style.space[1])}" '
    spacing += f'w:line="{round(20 * line)}" w:lineRule="exact"' if line else 'w:line="240" w:lineRule="auto"'
    two = f'w:firstLineChars="200" w:firstLine="{20 * size}"' if style.indented and language() == "zh" else 'w:firstLine="0"'
    default, custom = ' w:default="1"' if key == "Normal" else "", "" if key in _BUILT_IN else ' w:customStyle="1"'
    narrower = _NARROWER if style.size == STYLES["Normal"].size and language() == "zh" else 0
    bold = "<w:b/><w:bCs/>" if style.here == SANS else ""
    ink = f'<w:rFonts {style.here.xml}/>{bold}<w:spacing w:val="{narrower}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return (f'<w:style w:type="paragraph"{default}{custom} w:styleId="{key}"><w:name w:val="{style.name}"/>'
            + ('<w:basedOn w:val="Normal"/>' if key != "Normal" else "")
            + ('<w:next w:val="Normal"/>' if style.keep else "")
            + "<w:qFormat/><w:pPr>" + ("<w:keepNext/>" if style.keep else '<w:keepNext w:val="0"/>')
            + f'<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:spacing {spacing}/><w:ind {two}/><w:jc w:val="{style.align}"/>'
            + ("" if style.outline is None else f'<w:outlineLvl w:val="{style.outline}"/>')
            + f'</w:pPr><w:rPr>{ink}</w:rPr></w:style>')


def fonts_xml() -> str:
    """word/fontTable.xml: which fonts may stand in where those of official documents are not installed."""
    fonts = "".join(f'<w:font w:name="{name}"><w:altName w:val="{stand_in}"/><w:charset w:val="86"/><w:family w:val="auto"/>'
                    '<w:pitch w:val="variable"/></w:font>' for name, stand_in in _STAND_INS.items())
    return f'<w:fonts xmlns:w="{W}">{fonts}</w:fonts>'


def section_xml() -> str:
    """w:sectPr: A4, the margins of official documents, page numbers outside."""
    margins = " ".join(f'w:{side}="{width}"' for side, width in MARGINS.items())
    return ('<w:sectPr><w:footerReference w:type="default" r:id="rId4"/><w:footerReference w:type="even" r:id="rId5"/>'
            f'<w:pgSz w:w="{PAPER[0]}" w:h="{PAPER[1]}"/>'
            f'<w:pgMar {margins} w:header="{_HEADER}" w:footer="{_FOOTER}" w:gutter="0"/><w:cols w:space="720"/></w:sectPr>')
