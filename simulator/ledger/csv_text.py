"""Text that is a table: which encoding and which separator it has, and its rows one by one."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Never

from simulator.errors import SimulatorError, StorageError, shown_path
from simulator.language import tr
from simulator.ledger.findings import MOST_COLUMNS

_PIECE = 2**20  # bytes at a time
_LONGEST_LINE = 2**20  # characters
_HEAD = 2**16  # characters from which the separator is told
_HEAD_ROWS = 50
_SEPARATORS = (",", "\t", ";")
_BEYOND_CHANCE = 8  # characters: GB18030 looks like that much UTF-8 once in a million files
_QUOTED = re.compile(r'"[^"]*"')
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(\D|$))")
_MARKUP = re.compile(r"\s*(<(!doctype|\?xml|html|head|body|table|workbook|[a-z:]+[\s>])|mime-version:)", re.IGNORECASE)
_OTHERS = {"%PDF": "PDF", "{\\rtf": "RTF", "ID;P": "SYLK"}


@dataclass(frozen=True)
class CsvRows:
    """The rows of a text file, read anew from the disk each time they are iterated; a cell is text, a blank line [].

    While they are iterated, `SimulatorError` is raised at a line whose quotes do not match or that has more than 2,000
    columns, `StorageError` if the file cannot be read any more.
    """

    file: str
    encoding: str
    separator: str

    def __iter__(self) -> Iterator[list[Any]]:
        line = 0
        try:
            with open(self.file, encoding=self.encoding, newline="") as text:
                reader = csv.reader(text, delimiter=self.separator, strict=True)
                for row in reader:
                    line = reader.line_num
                    if len(row) > MOST_COLUMNS:
                        raise refused(self.file, tr(f"第 {line} 行有 {len(row):,} 列", f"line {line} has {len(row):,} columns"),
                                      tr("请检查是否选错了文件", "see whether it is the right file"))
                    yield row
        except csv.Error as error:
            limit = f"{csv.field_size_limit():,}"
            raise refused(self.file, tr(f"从第 {line + 1} 行起，引号不成对，或一个单元格超过 {limit} 个字符",
                                        f"from line {line + 1} on, a quote is not closed, or a cell is longer than {limit} characters"),
                          tr('请补上引号；单元格内的引号写成两个 ""', 'close it; a quote inside a cell is written as ""')) from error
        except OSError as error:
            raise unreadable(self.file, error) from error


def refused(file: str, problem: str, remedy: str) -> SimulatorError:
    """The error that names a file, what is wrong with it, and the remedy."""
    return SimulatorError(f"{shown_path(file)}{tr('：', ': ')}{problem}{tr('；', '; ')}{remedy}")


def unreadable(file: str, error: OSError) -> StorageError:
    """The error of a disk or a permission."""
    reason = error.strerror or str(error)
    return StorageError(tr(f"无法读取 {shown_path(file)}：{reason}", f"cannot read {shown_path(file)}: {reason}"))


def read_csv(file: str) -> CsvRows:
    """Find out encoding and separator of a text file; it is gone through once, in pieces, and no row is kept.

    A byte order mark decides; otherwise it is UTF-8 if all of it is, else GB18030 if all of it is.

    Raises
    ------
    SimulatorError
        If it is in another encoding, binary, markup, empty, or has lines beyond 1,048,576 characters.
    """
    with open(file, "rb") as stream:
        encoding = _encoding(file, stream)
    with open(file, encoding=encoding, newline="") as text:
        head = text.read(_HEAD)
    if not head.strip():
        raise refused(file, tr("文件是空的", "the file is empty"), tr("请检查是否选错了文件", "see whether it is the right one"))
    if _MARKUP.match(head):
        raise refused(file, tr("内容是网页或 XML，不是表格文件", "it is a web page or XML, not a spreadsheet, whatever its name"),
                      tr("请用 Excel 或 WPS 打开后另存为 .xlsx", "open it in Excel and save it as .xlsx"))
    for start, name in _OTHERS.items():
        if head.startswith(start):
            raise refused(file, tr(f"这是 {name} 文件", f"it is a {name} file"), tr("请另存为 .xlsx 或 .csv", "save it as .xlsx or .csv"))
    return CsvRows(file, encoding, _separator(file, head))


def _encoding(file: str, stream: BinaryIO) -> str:
    mark = stream.read(3)
    if mark[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        failure, _ = _decode(file, stream, "utf-16")
        return "utf-16" if failure is None else _wrong(file, f"UTF-16: {failure:,}")
    failure, before = _decode(file, stream, "utf-8")
    if failure is None:
        return "utf-8-sig" if mark == codecs.BOM_UTF8 else "utf-8"
    if mark == codecs.BOM_UTF8 or before >= _BEYOND_CHANCE:
        _wrong(file, f"UTF-8: {failure:,}")
    other, _ = _decode(file, stream, "gb18030")
    return "gb18030" if other is None else _wrong(file, f"UTF-8: {failure:,}, GB18030: {other:,}")


def _wrong(file: str, where: str) -> Never:
    raise refused(file, tr(f"文字编码有误（出错的字节位置，从 0 起：{where}）",
                           f"its text is not in a known encoding (first wrong byte, from 0: {where})"),
                  tr("请另存为 UTF-8 编码的 .csv 或 .xlsx", "save it as .csv in UTF-8, or as .xlsx"))


def _decode(file: str, stream: BinaryIO, encoding: str) -> tuple[int | None, int]:
    """Byte at which the text ceases to be in this encoding (None: never), and how many characters beyond ASCII came before."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = beyond = line = 0
    while True:
        piece = stream.read(_PIECE)
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            good = error.object[:error.start].decode(encoding, "ignore")
            return done - waiting + error.start, beyond + _beyond_ascii(good)
        if "\0" in text:
            raise refused(file, tr("含有 NUL 字符，是二进制文件或没有标记的 UTF-16",
                                   "it has NUL characters: a binary file, or UTF-16 without a mark"),
                          tr("请另存为 UTF-8 编码的 .csv 或 .xlsx", "save it as .csv in UTF-8, or as .xlsx"))
        line = _check_line(file, line, text)
        beyond += _beyond_ascii(text) if beyond < _BEYOND_CHANCE else 0
        done += len(piece)
        if not piece:
            return None, beyond


def _beyond_ascii(text: str) -> int:
    return 0 if text.isascii() else len(text) - len(text.encode("ascii", "ignore"))


def _check_line(file: str, before: int, text: str) -> int:
    """Length of the line that goes on behind this piece; pieces are no longer than a line may be."""
    end = "\n" if "\n" in text else "\r"
    first = text.find(end)
    if before + (len(text) if first < 0 else first) > _LONGEST_LINE:
        raise refused(file, tr(f"有一行超过 {_LONGEST_LINE:,} 个字符", f"a line is longer than {_LONGEST_LINE:,} characters"),
                      tr("请检查是否选错了文件", "see whether it is the right file"))
    return before + len(text) if first < 0 else len(text) - text.rfind(end) - 1


def _separator(file: str, head: str) -> str:
    """One of comma, tab and semicolon: that of which most rows have the same number, and a large one."""
    if found := re.match(r"sep=([,;\t])\r?\n", head):
        return found[1]
    lines = _THOUSANDS.sub("", _QUOTED.sub("", head)).splitlines()[:_HEAD_ROWS]
    scores = {separator: _score([line.count(separator) for line in lines]) for separator in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda separator: scores[separator])
    if scores[best] == 0 and head.count("，") >= len(lines):
        raise refused(file, tr("以全角逗号“，”分隔", "its cells are separated by full-width commas"),
                      tr("请改用半角逗号，或另存为 .xlsx", "use plain commas, or save it as .xlsx"))
    return best


def _score(counts: list[int]) -> int:
    found = [count for count in counts if count]
    usual = max(found, key=found.count, default=0)
    return found.count(usual) ** 2 * usual
