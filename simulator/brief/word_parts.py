"""The package of a brief in Word: what it holds besides its text, and the same bytes for the same brief."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from simulator.brief.document import NAMESPACE
from simulator.brief.word_styles import STYLES, W, fonts_xml, section_xml, styles_xml
from simulator.brief.word_text import clean
from simulator.language import tr

W15 = "http://schemas.microsoft.com/office/word/2012/wordml"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_EXTENDED = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_CREATED = "2024-05-31T00:00:00Z"  # the same content gives the same bytes
_STAMP = (1980, 1, 1, 0, 0, 0)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = {
    "/word/document.xml": f"{_WORD}.document.main+xml", "/word/styles.xml": f"{_WORD}.styles+xml",
    "/word/settings.xml": f"{_WORD}.settings+xml", "/word/fontTable.xml": f"{_WORD}.fontTable+xml",
    "/word/footer1.xml": f"{_WORD}.footer+xml", "/word/footer2.xml": f"{_WORD}.footer+xml",
    "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    "/customXml/itemProps1.xml": "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
}


def blank(title: str, inventory: Mapping[str, Any]) -> bytes:
    """A package without text: page, styles, fonts, page numbers, properties and the inventory."""
    office = f"{R}/officeDocument"
    parts = {
        "[Content_Types].xml": _types_xml(),
        "_rels/.rels": _relations({"word/document.xml": office, "docProps/core.xml": f"{_PACKAGE}/relationships/metadata/core-properties",
                                   "docProps/app.xml": f"{R}/extended-properties"}),
        "word/document.xml": f'<w:document xmlns:w="{W}" xmlns:r="{R}" xmlns:mc="{_MC}" xmlns:w15="{W15}" mc:Ignorable="w15">'
                             f"<w:body>{section_xml()}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations({
            "styles.xml": f"{R}/styles", "settings.xml": f"{R}/settings", "fontTable.xml": f"{R}/fontTable",
            "footer1.xml": f"{R}/footer", "footer2.xml": f"{R}/footer", "../customXml/item1.xml": f"{R}/customXml"}),
        "word/styles.xml": styles_xml(), "word/settings.xml": _settings_xml(), "word/fontTable.xml": fonts_xml(),
        "word/footer1.xml": _footer_xml("right"), "word/footer2.xml": _footer_xml("left"),
        "docProps/core.xml": _core_xml(title),
        "docProps/app.xml": f'<Properties xmlns="{_EXTENDED}"><Application>subsidysim</Application></Properties>',
        "customXml/item1.xml": f'<inventory xmlns="{NAMESPACE}">{clean(json.dumps(inventory, ensure_ascii=False))}</inventory>',
        "customXml/itemProps1.xml": _item_xml(),
        "customXml/_rels/item1.xml.rels": _relations({"itemProps1.xml": f"{R}/customXmlProps"}),
    }
    return _packed({name: (_HEAD + text).encode() for name, text in parts.items()})


def repacked(package: bytes) -> bytes:
    """The same parts in one order and with one date: the same content is the same file, whenever it is made."""
    with zipfile.ZipFile(io.BytesIO(package)) as found:
        return _packed({name: found.read(name) for name in sorted(found.namelist(), key=lambda name: (name[0] != "[", name))})


def _packed(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.create_system = 0  # on every system
            package.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _types_xml() -> str:
    overrides = "".join(f'<Override PartName="{name}" ContentType="{type_}"/>' for name, type_ in _TYPES.items())
    return (f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>')


def _relations(targets: Mapping[str, str]) -> str:
    """Relationships rId1, rId2, ... to these parts, by their types."""
    found = "".join(f'<Relationship Id="rId{i}" Type="{type_}" Target="{target}"/>' for i, (target, type_) in enumerate(targets.items(), 1))
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _settings_xml() -> str:
    """Page numbers outside, Chinese punctuation, and the layout of today's Word."""
    return (f'<w:settings xmlns:w="{W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
            '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/>'
            '<w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>'
            '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
            f'<w:themeFontLang w:val="{tr("zh-CN", "en-US")}" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/>'
            '<w:listSeparator w:val=","/></w:settings>')


def _footer_xml(side: str) -> str:
    """— 1 —, a character away from the outer edge."""
    ink = f'<w:rPr><w:rFonts {STYLES["Footer"].here.xml} w:hint="eastAsia"/></w:rPr>'
    field = "".join(f"<w:r>{ink}{inside}</w:r>" for inside in (
        '<w:t xml:space="preserve">— </w:t>', '<w:fldChar w:fldCharType="begin"/>',
        '<w:instrText xml:space="preserve"> PAGE </w:instrText>', '<w:fldChar w:fldCharType="separate"/>', "<w:t>1</w:t>",
        '<w:fldChar w:fldCharType="end"/>', '<w:t xml:space="preserve"> —</w:t>'))
    return (f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:{side}Chars="100" w:{side}="280" w:firstLine="0"/>'
            f'<w:jc w:val="{side}"/></w:pPr>{field}</w:p></w:ftr>')


def _core_xml(title: str) -> str:
    return (f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{clean(title)}</dc:title><dc:creator>subsidysim</dc:creator><dc:language>{tr('zh-CN', 'en-US')}</dc:language>"
            f'<cp:lastModifiedBy>subsidysim</cp:lastModifiedBy><cp:revision>1</cp:revision>'
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{_CREATED}</dcterms:created>'
            f'<dcterms:modified xsi:type="dcterms:W3CDTF">{_CREATED}</dcterms:modified></cp:coreProperties>')


def _item_xml() -> str:
    name = str(uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)).upper()
    return (f'<ds:datastoreItem xmlns:ds="{_CUSTOM}" ds:itemID="{{{name}}}"><ds:schemaRefs><ds:schemaRef ds:uri="{NAMESPACE}"/>'
            "</ds:schemaRefs></ds:datastoreItem>")
