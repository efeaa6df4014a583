"""The container of xls files, OLE2, as [MS-CFB] describes it: streams by name, read in bounds."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.language import tr
from simulator.ledger.findings import damaged

_END = 0xFFFFFFFA  # sector numbers from here on mean something else: end of chain, free, and so on
STREAM, _ROOT = 2, 5


@dataclass(frozen=True)
class Entry:
    """A stream or folder of the container."""

    name: str
    kind: int
    start: int
    size: int


class Container:
    """An OLE2 file in memory; chains are followed no further than the file is long."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.sector_size = 1 << number("<H", data, 30)
        if self.sector_size not in (512, 4096):
            raise damaged(tr("扇区大小", "the size of its sectors"))
        self.fat = _numbers(b"".join(self._sector(each) for each in self._fat_sectors()))
        directory = self._chain(number("<I", data, 48))
        self.entries = [entry for at in range(0, len(directory) - 127, 128) if (entry := _entry(directory[at:at + 128]))]
        root = next((entry for entry in self.entries if entry.kind == _ROOT), None)
        self.mini = self._chain(root.start) if root else b""
        self.mini_fat = _numbers(self._chain(number("<I", data, 60)))

    def stream(self, entry: Entry) -> bytes:
        """The content of a stream."""
        if entry.size >= number("<I", self.data, 56):
            return self._chain(entry.start)[:entry.size]
        steps = _follow(entry.start, self.mini_fat)
        return b"".join(self.mini[step * 64:step * 64 + 64] for step in steps)[:entry.size]

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self.sector_size
        return self.data[at:at + self.sector_size]

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(step) for step in _follow(start, self.fat))

    def _fat_sectors(self) -> list[int]:
        found = [number for number in struct.unpack_from("<109I", self.data.ljust(512, b"\0"), 76) if number < _END]
        more, seen = number("<I", self.data, 68), set[int]()
        while more < _END and more not in seen:
            seen.add(more)
            numbers = _numbers(self._sector(more))
            found += [number for number in numbers[:-1] if number < _END]
            more = numbers[-1] if numbers else _END
        if len(set(found)) < len(found):
            raise damaged(tr("扇区分配表", "its table of sectors"))
        return found


def number(form: str, data: bytes, at: int) -> int:
    """The number at a place of the bytes, in this form of `struct`; a file that ends before it is damaged."""
    try:
        return int(struct.unpack_from(form, data, at)[0])
    except struct.error as error:
        raise damaged(tr("过早结束", "it ends too soon")) from error


def _numbers(data: bytes) -> array[int]:
    numbers = array("I", data[:len(data) // 4 * 4])
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    return numbers


def _follow(start: int, table: array[int]) -> Iterator[int]:
    left = len(table)
    while start < _END:
        if left == 0 or start >= len(table):
            raise damaged(tr("扇区链", "a chain of its sectors"))
        yield start
        start, left = table[start], left - 1


def _entry(data: bytes) -> Entry | None:
    length = min(max(number("<H", data, 64) - 2, 0), 62)
    kind = data[66]
    return Entry(data[:length].decode("utf-16-le", "replace"), kind, number("<I", data, 116), number("<I", data, 120)) if kind else None
