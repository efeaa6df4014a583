"""A picture within a page: an SVG without the preamble of a file, whose ids meet no others."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_LEFT_OUT = (f"{_SVG}metadata", f"{_SVG}style")  # the only rule of a chart's style is one of the page: it would reach all of it
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def inlined(file: Path, prefix: str, alt: str) -> str:
    """The SVG of a chart as an element of a page.

    Parameters
    ----------
    prefix : str
        Before each id: glyphs of different charts have the same ids.
    alt : str
        What a reader who cannot see it should know.
    """
    root = ET.parse(file).getroot()
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _LEFT_OUT]:
            parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.attrib = dict(_attribute(name, value, prefix) for name, value in element.attrib.items())
        element.text, element.tail = (element.text or "").strip() or None, None
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": "img", "aria-label": alt}  # as wide as the page lets it be
    return ET.tostring(root, encoding="unicode")


def _attribute(name: str, value: str, prefix: str) -> tuple[str, str]:
    if name == "id":
        return name, prefix + value
    if name == _HREF:
        return "href", f"#{prefix}{value[1:]}" if value.startswith("#") else value
    return name, _REFERENCE.sub(rf"url(#{prefix}\1)", value)
