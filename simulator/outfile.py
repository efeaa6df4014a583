"""A file that is written whole or not at all: aside, flushed, and renamed once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.errors import SimulatorError, StorageError
from simulator.language import tr


def refuse_to_overwrite(file: str | Path, overwrite: bool = False, source: str | Path | None = None) -> None:
    """Raise SimulatorError where the file is there already and nobody asked to replace it, or where it is what is read."""
    if source is not None and os.path.realpath(file) == os.path.realpath(source):
        raise SimulatorError(tr(f"{file} 就是要读的台账，不能覆盖；换一个文件名",
                                f"{file} is the ledger itself and must not be replaced; choose another name"))
    if not overwrite and Path(file).exists():
        raise SimulatorError(tr(f"{file} 已存在；换一个文件名，或加 --overwrite 覆盖",
                                f"{file} exists; choose another name, or add --overwrite"))


def make_folder(folder: str | Path) -> Path:
    """The folder, made where it is not there yet.

    Raises
    ------
    StorageError
        If it cannot be made.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(tr(f"无法建立文件夹 {folder}：{error.strerror or error}",
                              f"cannot make the folder {folder}: {error.strerror or error}")) from error
    return Path(folder)


@contextmanager
def written_whole(file: str | Path) -> Iterator[Path]:
    """A path to write to; when all went well the file takes its place, otherwise nothing is left behind.

    The file is readable by its owner only: ledgers and prices name enterprises.

    Raises
    ------
    StorageError
        If the folder or the disk does not take it.
    """
    file = Path(file)
    aside: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=".writing-", suffix=file.suffix, dir=file.parent)
        os.close(handle)
        aside = Path(name)
        yield aside
        _flush(aside)
        aside.replace(file)
        aside = None
    except OSError as error:
        raise StorageError(tr(f"无法写入 {file}：{error.strerror or error}", f"cannot write {file}: {error.strerror or error}")) from error
    finally:
        if aside is not None:
            aside.unlink(missing_ok=True)


def _flush(file: Path) -> None:
    """On the disk, not only on its way there."""
    handle = os.open(file, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
