"""Files are read as YAML 1.2, literally: no guesses, no repetition, and the place of everything that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.yamlfile import LARGEST_FILE, read_yaml, scalar


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@pytest.fixture
def read(tmp_path):
    def read(text):
        file = tmp_path / "file.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_yaml(file)

    return read


def faults(document):
    """Line, column, field and what is said, of every fault."""
    return [(f.position.line, f.position.column, f.field, f.problem) for f in document.faults]


@pytest.mark.parametrize(("text", "value"), [
    ("1", 1), ("-5", -5), ("0.5", 0.5), ("1e3", 1000.0), ("20e6", 20e6), (".5", 0.5), ("010", 10),
    ("true", True), ("false", False), ("null", None), ("~", None), ("", None),
    ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("True", "True"), ("NULL", "NULL"),
    (".nan", ".nan"), (".inf", ".inf"), ("nan", "nan"), ("0x10", "0x10"), ("0o7", "0o7"), ("1_000", "1_000"),
    ("２", "２"), ("５０%", "５０%"), ("50%", "50%"), ("2000万元", "2000万元"),
    ("2024-05-31", "2024-05-31"), ("1:30", "1:30"), ("=", "="), ("<<", "<<"), ("1,5", "1,5"),
])
def test_only_what_is_plainly_a_number_or_truth_value_becomes_one(read, text, value):
    found = read(f"key: {text}\n")
    assert found.faults == []
    assert (found.content["key"], type(found.content["key"])) == (value, type(value))


@pytest.mark.parametrize("quoted", ["'50'", '"50"', "|-\n  50", ">-\n  50"])
def test_what_is_quoted_stays_text(read, quoted):
    assert read(f"key: {quoted}\n").content == {"key": "50"}


@pytest.mark.parametrize("digits", ["9" * 21, "9" * 5000, "1" + "0" * 309, "1e309", "-1e9999999999"])
def test_a_number_beyond_every_range_is_read_without_an_error(digits):
    assert isinstance(scalar(digits), float)


@given(st.text(max_size=30))
def test_any_plain_text_is_read_without_an_error(text):
    assert isinstance(scalar(text), (str, int, float, bool, type(None)))


@pytest.mark.parametrize(("text", "expected"), [
    ("a: 1\nb: 2\na: 3\n", [(3, 1, "a", "键重复")]),
    ("a: {b: 1, b: 2}\n", [(1, 11, "a.b", "键重复")]),
    ("2024: 1\n'2024': 2\n", [(2, 1, "2024", "键重复")]),
    ("2024: 1\n02024: 2\n", [(2, 1, "2024", "键重复")]),
    ("a: &x 1\nb: 2\n", [(1, 4, "a", "不支持锚点和别名（& 与 *）")]),
    ("a: &x 1\nb: *x\n", [(1, 4, "a", "不支持锚点和别名（& 与 *）"), (2, 1, "b", "不支持锚点和别名（& 与 *）")]),
    ("a: &x {c: 1}\nb:\n  <<: *x\n",
     [(1, 4, "a", "不支持锚点和别名（& 与 *）"), (3, 3, "b.<<", "不支持锚点和别名（& 与 *）")]),
    ("&x a: 1\n", [(1, 1, "", "不支持锚点和别名（& 与 *）")]),
    ("a: !!python/object:os.system x\n", [(1, 4, "a", "不支持标签（!）")]),
    ("a: !!str 5\n", [(1, 4, "a", "不支持标签（!）")]),
    ("a: !!binary aGVsbG8=\n", [(1, 4, "a", "不支持标签（!）")]),
    ("a: !mine 5\n", [(1, 4, "a", "不支持标签（!）")]),
    ("a: ! 5\n", [(1, 4, "a", "不支持标签（!）")]),
    ("!!map\na: 1\n", [(1, 1, "", "不支持标签（!）")]),
    ("!!str a: 1\n", [(1, 1, "", "不支持标签（!）")]),
    ("? [a]\n: 1\n", [(1, 3, "", "键应为文字")]),
    ("b: {[a]: 1}\n", [(1, 5, "b", "键应为文字")]),
    ('a: "\\ud800"\n', [(1, 4, "a", "含有不成对的代理字符")]),
    ('"\\udc00": 1\n', [(1, 1, "", "含有不成对的代理字符")]),
])
def test_what_hides_mistakes_is_a_fault_with_its_place(read, text, expected):
    assert faults(read(text)) == expected


@pytest.mark.parametrize(("text", "line", "column", "said"), [
    ("a:\n\tb: 1\n", 2, 1, "YAML 语法错误"),
    ("a:\n  b: 1\n\tc: 2\n", 3, 1, "YAML 语法错误"),
    ("a: [1, 2\nb: 3\n", 2, 2, "YAML 语法错误：while parsing a flow sequence: expected ',' or ']', but got ':'"),
    ("a: b: c\n", 1, 5, "YAML 语法错误：mapping values are not allowed here"),
    ("a: 'x\n", 2, 1, "found unexpected end of stream"),
    ("a: @x\n", 1, 4, "found character '@' that cannot start any token"),
    ("b: *x\n", 1, 4, "found undefined alias 'x'"),
    ("a: 1\n---\nb: 2\n", 2, 1, "expected a single document in the stream"),
    ("%YAML 3.0\n---\na: 1\n", 1, 1, "YAML 语法错误"),
    ("a: 1\nb: 二\x07\n", 2, 5, "不允许的字符 U+0007"),
    ("a: 1\x00\n", 1, 5, "不允许的字符 U+0000"),
    ("- 1\n- 2\n", 1, 1, "最外层应为“键: 值”"),
    ("hello\n", 1, 1, "最外层应为“键: 值”"),
    ("null\n", 1, 1, "最外层应为“键: 值”"),
    ("---\n", 1, 1, "最外层应为“键: 值”"),
    ("", 1, 1, "文件为空"),
    ("\n\n", 1, 1, "文件为空"),
    ("# only a comment\n", 1, 1, "文件为空"),
    ("a: 1\nb: 中文\n".encode("gbk"), 2, 1, "不是 UTF-8 编码"),
    ("a: 1\n".encode("utf-16"), 1, 1, "不是 UTF-8 编码"),
    (b"a: \xed\xa0\x80\n", 1, 1, "不是 UTF-8 编码"),
    (b"a: 1\n" * (LARGEST_FILE // 5 + 1), 1, 1, "文件过大"),
    ("a: " + "[" * 5000 + "]" * 5000, 1, 1, "嵌套过深"),
    ("\n".join(" " * i + "a:" for i in range(600)), 1, 1, "嵌套过深"),
])
def test_an_unreadable_file_is_one_fault_of_the_whole_file(read, text, line, column, said):
    found = read(text)
    assert [(f.position.line, f.position.column, f.field) for f in found.faults] == [(line, column, "")]
    assert said in found.faults[0].problem
    assert found.content == {}


@pytest.mark.parametrize(("text", "remedy"), [
    ("a:\n\tb: 1\n", "用空格缩进，不用制表符"),
    ("a: 中文\n".encode("gbk"), "请另存为 UTF-8"),
])
def test_a_frequent_mistake_comes_with_its_remedy(read, text, remedy):
    assert read(text).faults[0].remedy == remedy


def test_nesting_beyond_any_use_is_refused_where_it_becomes_too_deep(read):
    found = read("a: " + "[" * 50 + "]" * 50)
    assert [(line, column, problem) for line, column, _, problem in faults(found)] == [(1, 44, "嵌套过深")]


def test_a_nested_alias_does_not_multiply_what_is_read(read):
    levels = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9)}]\n" for i in range(1, 30))
    found = read("l0: &l0 [1]\n" + levels)
    assert len(found.faults) == 30
    assert not any(found.content.values())


def test_a_missing_file_and_a_folder_are_faults(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        (fault,) = read_yaml(path).faults
        assert fault.problem.startswith("无法读取：")
        assert fault.position.file == str(path)


@pytest.mark.parametrize("prefix", ["\ufeff", "", "# 注释\r\n", "%YAML 1.1\n---\n", "---\n"])
def test_a_byte_order_mark_a_comment_and_a_directive_change_nothing(read, prefix):
    found = read(f"{prefix}a: no\r\nb:\r\n  c: 2\r\n")
    assert (found.content, found.faults) == ({"a": "no", "b": {"c": 2}}, [])


def test_every_key_and_every_item_has_its_position(read):
    found = read("a: 1\nb:\n  c: [x, {d: 2}]\n  2024: 三\nlist:\n- 1\n-   e: 4\n")
    assert {path: (at.line, at.column) for path, at in found.positions.items()} == {
        (): (1, 1), ("a",): (1, 1), ("b",): (2, 1), ("b", "c"): (3, 3), ("b", "c", 0): (3, 7), ("b", "c", 1): (3, 10),
        ("b", "c", 1, "d"): (3, 11), ("b", 2024): (4, 3), ("list",): (5, 1), ("list", 0): (6, 3), ("list", 1): (7, 5),
        ("list", 1, "e"): (7, 5),
    }


def test_positions_count_characters_not_bytes(read):
    assert faults(read("一: {二: 三, 二: 四}\n")) == [(1, 11, "一.二", "键重复")]


def test_all_faults_of_a_file_are_found_at_once(read):
    found = read("a: 1\na: 2\nb: &x 1\nc: !t 1\nd: {e: 1, e: 2}\n")
    assert [line for line, *_ in faults(found)] == [2, 3, 4, 5]


@given(text=st.text(max_size=60))
def test_any_text_gives_a_mapping_or_a_fault(text, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = read_yaml(file)
    assert isinstance(found.content, dict)
    assert found.content or found.faults or text.strip().startswith(("{", "?"))
