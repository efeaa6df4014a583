"""The kernels compiled from a changed copy of their sources: beside the real ones, in the same process, kept in their cache.

A change names a file and says which text becomes which. A text that does not stand there exactly as often as expected is an
error: better no figure than one of something else.
"""

import hashlib
import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import kernels
from kernels import cache_folder


class Change(NamedTuple):
    """Text of one file of the kernels and what stands there instead."""

    file: str
    old: str
    new: str
    times: int = 1


CONTRACTED = [Change("compiled.py", "(njit, ", '(njit, fastmath={"contract"}, ', times=2)]  # may fuse multiply and add


def changed_sources(sources: Mapping[str, str], package: str, changes: Sequence[Change]) -> dict[str, str]:
    """The sources of a package of another name, with the changes made; its __init__ does nothing."""
    made = dict(sources)
    for change in changes:
        if (found := made[change.file].count(change.old)) != change.times:
            raise ValueError(f"kernels/{change.file} has changed, the benchmark must follow: {change.old.strip()!r} stands there {found} "
                             f"times, not {change.times}")
        made[change.file] = made[change.file].replace(change.old, change.new)
    made["__init__.py"] = '"""A changed copy for the benchmarks."""\n'
    return {name: text.replace("from kernels.", f"from {package}.").replace("from kernels import", f"from {package} import")
            for name, text in made.items()}


def source(file: str) -> str:
    """The text of one file of the kernels."""
    return (Path(kernels.__file__).parent / file).read_text("utf-8")


def variation(name: str, changes: Sequence[Change]) -> ModuleType:
    """The module `futures` of a changed copy. Inputs, outputs and workspace are those of the real kernels."""
    files = sorted(file.name for file in Path(kernels.__file__).parent.glob("*.py"))
    sources = {file: source(file) for file in files}
    digest = hashlib.sha256(repr((name, changes)).encode()).hexdigest()[:8]
    package = f"kernels_{name}_{digest}"
    place = cache_folder() / "benchmarks"
    for file, text in changed_sources(sources, package, changes).items():
        _write(place / package / file, text)
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
    return importlib.import_module(f"{package}.futures")


def _write(file: Path, text: str) -> None:
    """Only what differs: what numba has compiled goes by the date of the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text("utf-8") != text:
        file.write_text(text, "utf-8")
