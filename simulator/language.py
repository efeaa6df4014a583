"""Which language users see: Chinese first, English with `--lang en` or SUBSIDYSIM_LANG=en."""

from __future__ import annotations

import os

LANGUAGES = ("zh", "en")
_current = os.environ.get("SUBSIDYSIM_LANG", "zh")
if _current not in LANGUAGES:
    _current = "zh"


def set_language(language: str) -> None:
    """Choose the language of all messages that are made from now on."""
    global _current
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {LANGUAGES}, got {language!r}")
    _current = language


def language() -> str:
    """The current language, `zh` or `en`."""
    return _current


def tr(zh: str, en: str) -> str:
    """The text in the current language."""
    return zh if _current == "zh" else en
