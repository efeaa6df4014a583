"""The fonts of charts, pages and prints: Noto Sans SC and Noto Serif SC from their wheel, and woff2 subsets for pages.

No desktop needs a Chinese font: charts and prints are drawn with these files, and pages carry what they show of them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import tempfile
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from itertools import repeat
from pathlib import Path

from kernels import user_cache
from simulator.errors import SimulatorError
from simulator.language import tr

FAMILY = "Noto Sans SC"
SERIF_FAMILY = "Noto Serif SC"
FALLBACK = "DejaVu Sans"  # for signs that the others lack, such as ₂; it comes with matplotlib
MISSING = "〓"  # what Chinese printers set for a character that they do not have
_WHEEL = "pylopdf-fonts-zh-cn"
_PACKAGE = "pylopdf_fonts_zh_cn"
_DIGEST = hashlib.sha256().digest_size


def font_file(family: str = FAMILY) -> Path:
    """The font as it lies in its wheel.

    Raises
    ------
    SimulatorError
        If the wheel is not there: a chart with boxes for characters is never drawn.
    """
    spec = find_spec(_PACKAGE)
    file = Path(spec.origin).parent / f"{family.replace(' ', '')}-Regular.otf" if spec and spec.origin else None
    if file is None or not file.is_file():
        raise SimulatorError(tr(f"找不到中文字体 {family}：请运行 python3 -m pip install {_WHEEL}",
                                f"the font {family} is missing: run python3 -m pip install {_WHEEL}"))
    return file


def fallback_file() -> Path | None:
    """DejaVu Sans as it lies beside matplotlib, which is not imported for it."""
    spec = find_spec("matplotlib")
    file = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf" if spec and spec.origin else None
    return file if file and file.is_file() else None


@cache
def known_characters() -> frozenset[int]:
    """The code points that Noto Sans SC draws itself."""
    return _characters(font_file())


@cache
def drawn_characters() -> frozenset[int]:
    """The code points that a chart or a print can draw: those of Noto Sans SC and of its fallback."""
    fallback = fallback_file()
    return known_characters() | (_characters(fallback) if fallback else frozenset())


def _characters(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def width_in_ems(text: str) -> float:
    """How wide a text is in Noto Sans SC, in units of its size: a Chinese character is one."""
    return sum(map(_advances().get, map(ord, text), repeat(1.0)))


@cache
def _advances() -> dict[int, float]:
    from fontTools.ttLib import TTFont

    with TTFont(font_file(), lazy=True) as font:
        widths, size = font["hmtx"].metrics, float(font["head"].unitsPerEm)
        return {code: widths[glyph][0] / size for code, glyph in font.getBestCmap().items()}


def legible(text: str) -> str:
    """The text with 〓 in the place of what no font here can draw, such as a rare character of a name from a ledger."""
    return "".join(map(_legible, text))


def _legible(character: str) -> str:
    """Itself, a blank for other blanks, nothing for what is not seen, or 〓."""
    if character == "\n" or ord(character) in drawn_characters():
        return character
    if character.isspace():
        return " "
    unseen = unicodedata.category(character) in ("Cc", "Cf") or "VARIATION SELECTOR" in unicodedata.name(character, "")
    return "" if unseen else MISSING


@cache
def common_characters() -> frozenset[str]:
    """ASCII and all of GB2312, with the signs that it has."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)
    return frozenset(chinese + "".join(map(chr, range(0x20, 0x7F))) + "±×÷·–—‘’“”…≤≥≈−²³" + MISSING)


def woff2(text: str | None = None) -> bytes:
    """Noto Sans SC for a page.

    Parameters
    ----------
    text : str, optional
        What the page shows: the font holds its characters only, and is made at once. By default all of GB2312, for a page whose
        text is not known; that takes seconds, so it is made once and kept in the user's cache.
    """
    wanted = sorted(character for character in (common_characters() if text is None else set(text)) if ord(character) in known_characters())
    if text is not None:
        return _subset(wanted)
    made_of = [*map(importlib.metadata.version, (_WHEEL, "fonttools")), *wanted]
    name = hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]
    file = user_cache() / "fonts" / f"{FAMILY.replace(' ', '')}-{name}.kept"
    kept = _kept(file)
    if kept is None:
        kept = _subset(wanted)
        _keep(file, kept)
    return kept


def _subset(wanted: Iterable[str]) -> bytes:
    """The font with these characters only, compressed for pages."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options(layout_features=["kern"], hinting=False, notdef_outline=True)
    with TTFont(font_file(), lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font, tempfile.TemporaryFile() as out:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[ord(character) for character in wanted])
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(out)
        out.seek(0)
        return out.read()


def _kept(file: Path) -> bytes | None:
    """What was kept, if it is still what its digest in front says."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    digest, made = content[:_DIGEST], content[_DIGEST:]
    return made if hashlib.sha256(made).digest() == digest else None


def _keep(file: Path, made: bytes) -> None:
    """Into the cache, if it can be written; several processes may do so at once, as each renames a whole file."""
    aside: Path | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as out:
            aside = Path(out.name)
            out.write(hashlib.sha256(made).digest() + made)
        aside.replace(file)
    except OSError:
        if aside is not None:
            aside.unlink(missing_ok=True)
