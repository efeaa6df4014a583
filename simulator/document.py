"""What a YAML file says, with the place of every value, and its copy in the user's cache.

A rule book takes half a second to parse. What a file without faults says is therefore kept beside the compiled kernels,
under the hash of its bytes and of the parser, as JSON; a copy that cannot be read or written is not missed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kernels import user_cache
from simulator.errors import Fault, Position

Path_ = tuple[str | int, ...]  # where a value stands: ("drivers", "lpr", "cut")


@dataclass
class Document:
    """What a file says: plain values, the position of each, and what is wrong with it."""

    file: str
    content: dict[str, Any]
    positions: dict[Path_, Position] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@cache
def _parser() -> bytes:
    """Hash of the source of the parser: another parser may read the same bytes differently."""
    return hashlib.sha256(b"".join(Path(__file__).with_name(name).read_bytes() for name in ("document.py", "yamlfile.py"))).digest()


def _copy_of(raw: bytes) -> Path:
    return user_cache() / "documents" / f"{hashlib.sha256(_parser() + raw).hexdigest()[:32]}.json"


def recall(raw: bytes, file: str) -> Document | None:
    """What a file with these bytes says, if it has been read before."""
    try:
        kept = json.loads(_copy_of(raw).read_text("utf-8"))
        content, positions = kept["content"], kept["positions"]
        return Document(file, _revive(content), {tuple(path): Position(file, *place) for path, place in positions})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(raw: bytes, document: Document) -> None:
    """Keep what a file without faults says; written aside and renamed, so that nobody reads half of it."""
    target = _copy_of(raw)
    positions = [[path, [place.line, place.column]] for path, place in document.positions.items()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"content": _flatten(document.content), "positions": positions}, file)
        Path(aside).replace(target)
    except (OSError, ValueError):
        return


def _flatten(value: Any) -> Any:
    """JSON knows text keys only: a mapping becomes its pairs, so that the year 2026 stays a number."""
    if isinstance(value, dict):
        return {"": [[key, _flatten(item)] for key, item in value.items()]}
    return [_flatten(item) for item in value] if isinstance(value, list) else value


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _revive(item) for key, item in value[""]}
    return [_revive(item) for item in value] if isinstance(value, list) else value
