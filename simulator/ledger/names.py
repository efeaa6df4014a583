"""Names of heads and instruments as people write them, made comparable."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_BRACKETS = re.compile(r"[（(\[【〔]([^（）()\[\]【】〔〕]*)[）)\]】〕]")
_SLASH_UNIT = re.compile(r"[/／]\s*(元|万元|亿元|%|吨标煤|tce)$")
_IGNORED = " \t\r\n\u3000\xa0\ufeff*＊:：_"
_QUOTES = str.maketrans("", "", "“”\"‘’'《》 \u3000")


def plain(head: Any) -> str:
    """A head without blanks, stars, underscores, line breaks and full-width forms."""
    return unicodedata.normalize("NFKC", str(head or "")).translate({ord(c): None for c in _IGNORED})


def split_unit(head: Any) -> tuple[str, list[str]]:
    """The name in a head, and what stands in its brackets: 项目总投资（万元） -> 项目总投资, [万元]."""
    shown = plain(head)
    name, inside = shown, []
    while found := _BRACKETS.findall(name):  # brackets within brackets: from the inmost
        inside += [re.sub(r"^单位", "", part) for part in found]
        name = _BRACKETS.sub("", name)
    if match := _SLASH_UNIT.search(name):
        return name[: match.start()], [*inside, match[1]]
    return name, inside


def spelled(name: str) -> str:
    """A name of an instrument without quotes and blanks, for comparison."""
    return name.translate(_QUOTES).casefold()


def comparable(code: str) -> str:
    """An identifier however it is written: full-width forms, dashes, invisible characters, blanks and case make no difference."""
    if code.isascii() and code.isalnum():
        return code.upper()
    shown = (c for c in unicodedata.normalize("NFKC", code) if not c.isspace() and unicodedata.category(c) != "Cf")
    return "".join("-" if unicodedata.category(c) == "Pd" else c for c in shown).casefold().upper()
