"""Run a formula's own Python source and keep its local variables: the author's names are the trail."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def traced(formula: Any, *arguments: Any) -> tuple[Any, dict[str, Any]]:
    """What a formula returns on these arguments (floats or Decimals), and its locals as it returned."""
    source: Callable = getattr(formula, "py_func", formula)
    seen: dict[str, Any] = {}

    def watch(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is source.__code__:
            seen.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        result = source(*arguments)
    finally:
        sys.setprofile(before)
    return result, seen
