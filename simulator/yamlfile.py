"""Read a YAML 1.2 file into plain values, keeping the place of every key, and refusing what nobody needs.

Values are built from the text of the nodes, not by the library: Python's float() would take full-width digits, `1_000`
and `nan`. Duplicate keys, tags, anchors and aliases are faults (they hide mistakes, or bombs).
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

from simulator.document import Document, Path_, recall, remember
from simulator.errors import Fault, Position
from simulator.language import tr

LARGEST_FILE = 500_000  # bytes; our own largest is 60 kB, and 500 kB of brackets and commas take half a minute
DEEPEST = 40
_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")  # longer ones are read as floats: no number of ours needs more
_SURROGATE = re.compile("[\ud800-\udfff]")  # "\\ud800" in quotes: half a character, which no file can hold
_FLOAT = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][+-]?[0-9]+)?")


_read: dict[tuple[str, int, int], Document] = {}  # files without faults, by path, time and size: a rule book takes half a second


def read_yaml(path: Path) -> Document:
    """Read one file; faults are collected in the document, never raised. An unchanged file is parsed once."""
    try:
        state = path.stat()
    except (OSError, ValueError):
        return _parse(path)
    key = (str(path), state.st_mtime_ns, state.st_size)
    document = _read.get(key) or _parse(path)
    if document.faults:
        return document
    _read[key] = document
    return Document(document.file, copy.deepcopy(document.content), dict(document.positions))


def _parse(path: Path) -> Document:
    document = Document(str(path), {})
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise ValueError(tr(f"文件过大（上限 {LARGEST_FILE:,} 字节）", f"file above {LARGEST_FILE:,} bytes"))
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        document.faults.append(Fault(Position(str(path), line), "", tr("不是 UTF-8 编码", "not UTF-8"),
                                     tr("请另存为 UTF-8", "save it as UTF-8")))
        return document
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        document.faults.append(Fault(Position(str(path)), "", tr(f"无法读取：{reason}", f"cannot read: {reason}")))
        return document
    if (known := recall(raw, str(path))) is not None:
        return known
    node = _compose(text, document)
    if node is not None:
        content = _Builder(document, text).build(node, (), 0)
        if isinstance(content, dict):
            document.content = content
        elif not document.faults:
            problem = tr("最外层应为“键: 值”", "the top level must be a mapping")
            document.faults.append(Fault(Position(str(path)), "", problem))
    if not document.faults:
        remember(raw, document)
    return document


def _compose(text: str, document: Document) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    problem = (tr("文件为空", "the file is empty"), "")
    place = Position(document.file)
    try:
        if (node := YAML(typ="safe", pure=True).compose(text)) is not None:
            return node
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Position(document.file, mark.line + 1, mark.column + 1) if mark else place
        said = ": ".join(filter(None, (error.context, error.problem)))
        problem = (tr(f"YAML 语法错误：{said}", f"YAML syntax: {said}"),
                   tr("用空格缩进，不用制表符", "indent with spaces, not tabs") if "\\t" in said else "")
    except ReaderError as error:
        before = text[: error.position]
        place = Position(document.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        code = f"U+{error.character:04X}"
        problem = (tr(f"不允许的字符 {code}", f"the character {code} is not allowed"), "")
    except RecursionError:
        problem = (tr("嵌套过深", "nested too deeply"), "")
    except YAMLError as error:
        problem = (tr(f"YAML 语法错误：{error}", f"YAML syntax: {error}"), "")
    document.faults.append(Fault(place, "", *problem))
    return None


class _Builder:
    def __init__(self, document: Document, text: str):
        self.document = document
        self.text = text
        self.seen: set[int] = set()

    def fault(self, place: Any, path: Path_, zh: str, en: str) -> None:
        field_ = ".".join(map(str, path))
        place = place if isinstance(place, Position) else self.position(place)
        self.document.faults.append(Fault(place, field_, tr(zh, en)))

    def position(self, node: Any) -> Position:
        return Position(self.document.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: Any, path: Path_, depth: int) -> Any:
        """The plain value of a node; its position is noted under its path."""
        place = self.document.positions.setdefault(path, self.position(node))
        if id(node) in self.seen:  # the node stands where its anchor is, the alias where its key is
            self.fault(place, path, "不支持锚点和别名（& 与 *）", "anchors and aliases (& and *) are not supported")
            return None
        if not self.plain(node, path):
            return None
        if depth > DEEPEST:
            self.fault(node, path, "嵌套过深", "nested too deeply")
            return None
        kind = type(node).__name__
        if kind == "MappingNode":
            return self.mapping(node, path, depth)
        if kind == "SequenceNode":
            return [self.build(item, (*path, i), depth + 1) for i, item in enumerate(node.value)]
        return scalar(node.value) if node.style not in ("'", '"', "|", ">") else node.value

    def plain(self, node: Any, path: Path_) -> bool:
        """Whether a node is free of anchors, of tags, which the library resolves silently, and of broken text."""
        self.seen.add(id(node))
        first = self.text[node.start_mark.index: node.start_mark.index + 1]
        if first == "&" or getattr(node, "anchor", None):
            self.fault(node, path, "不支持锚点和别名（& 与 *）", "anchors and aliases (& and *) are not supported")
            return False
        if first == "!":
            self.fault(node, path, "不支持标签（!）", "tags (!) are not supported")
            return False
        if isinstance(node.value, str) and _SURROGATE.search(node.value):
            self.fault(node, path, "含有不成对的代理字符", "contains half a surrogate pair")
            return False
        return True

    def mapping(self, node: Any, path: Path_, depth: int) -> dict[str, Any]:
        """A mapping; keys are text, or years; a key that stands twice is a fault."""
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if type(key_node).__name__ != "ScalarNode":
                self.fault(key_node, path, "键应为文字", "a key must be text")
                continue
            key: Any = key_node.value
            if _INTEGER.fullmatch(key):  # quoted too, as JSON writes them: 2026 and "2026" are one year
                key = int(key)
            if not self.plain(key_node, path):
                continue
            if key in result:
                self.fault(key_node, (*path, key), "键重复", "duplicate key")
                continue
            self.document.positions[(*path, key)] = self.position(key_node)
            result[key] = self.build(value_node, (*path, key), depth + 1)
        return result


def scalar(text: str) -> Any:
    """A plain scalar: null, true, false, an ASCII number, else text (`no`, `50%` and `２` are text)."""
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
