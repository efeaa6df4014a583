"""Several files that take their places together or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from simulator.errors import StorageError
from simulator.language import tr


@contextmanager
def written_together(folder: str | Path, names: Sequence[str]) -> Iterator[list[Path]]:
    """Paths to write to; when all went well all files take their places in the folder, otherwise it stays as it was.

    Raises
    ------
    StorageError
        If the folder or the disk does not take them.
    """
    folder = Path(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=folder) as scratch:
            new, old = Path(scratch, "new"), Path(scratch, "old")
            new.mkdir()
            old.mkdir()
            yield [new / name for name in names]
            _take_places(folder, new, old, names)
    except OSError as error:
        raise StorageError(tr(f"无法写入 {folder}：{error.strerror or error}",
                              f"cannot write to {folder}: {error.strerror or error}")) from error


def _take_places(folder: Path, new: Path, old: Path, names: Sequence[str]) -> None:
    """Move all files in; if one cannot, what was there before comes back."""
    with ExitStack() as undo:
        for name in names:
            if (folder / name).is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if (folder / name).exists():
                (folder / name).rename(old / name)
                undo.callback((old / name).rename, folder / name)
            (new / name).rename(folder / name)
            undo.callback((folder / name).unlink)
        undo.pop_all()
