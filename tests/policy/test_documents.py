"""The rule books say what the documents say, and leave no number out."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

TESTS = Path(__file__).parents[1]
BOOKS = {
    path.stem: YAML(typ="safe").load(path)
    for path in sorted((TESTS.parent / "scenarios" / "policy").glob("*.yaml"))
}
NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
# The plan of 2018 numbers its tasks "1." to "4." at the head of a line; these count nothing.
ITEM = re.compile(r"^\s*\d\.(?=\D)", re.MULTILINE)
CHINESE = dict(enumerate("零一二三四五六七八九十"))
ACTION, PLAN = BOOKS["sh-2024-355"], BOOKS["sh-2018-2020"]

each_book = pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)


def bare(text):
    """The text without white space and the asterisks of Markdown."""
    return re.sub(r"[\s*]", "", text)


def document(book):
    """The stored copy which a rule book quotes."""
    return bare(ITEM.sub("", (TESTS / "sources" / book["text"]).read_text("utf-8")))


def find(key, node):
    """Every value stored under `key`, at any depth."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and key in node:
        yield node[key]
    for child in children:
        yield from find(key, child)


def forgotten(book, text):
    """The numbers of a document that no quote of its rule book covers, each with its surroundings."""
    covered = set()
    for quote in map(bare, find("quote", book)):
        for place in re.finditer(re.escape(quote), text):
            covered.update(range(*place.span()))
    return [
        text[max(number.start() - 12, 0) : number.end() + 12]
        for number in NUMBER.finditer(text)
        if not covered.issuperset(range(*number.span()))
    ]


def stated(value, quote):
    """Whether a quote contains a number, with its unit, as a number of its own."""
    if isinstance(value, int):
        return str(value) in NUMBER.findall(quote) or f"{CHINESE.get(value)}年" in quote
    return re.search(r"(?<![\d.])" + re.escape(value.removesuffix("/年")) + r"(?![\d.%])", quote) is not None


def is_number(value):
    """50%, 2000万元, 3; not `loan_interest`, not true."""
    return not isinstance(value, bool) and NUMBER.match(str(value)) is not None


def stated_values(instrument):
    """Each number of an instrument that rests on the document, and the quote which backs it."""
    quota = instrument["quota"] or {}
    parts = [{"value": count, "basis": "document"} for count in quota.get("parts", {}).values()]
    for entry in [*instrument.values(), quota.get("count"), *parts]:
        if isinstance(entry, dict) and entry.get("basis") == "document" and is_number(entry["value"]):
            yield entry["value"], entry.get("quote", instrument["quote"])


def goals(target):
    """The numbers a target asks for, as written."""
    if "qualitative" in target["goal"]:
        return []
    (goal,) = target["goal"].values()
    return list(goal.values()) if isinstance(goal, dict) else [goal]


@each_book
def test_every_quote_stands_in_its_document(book):
    text = document(book)
    assert [quote for quote in find("quote", book) if bare(quote) not in text] == []


@each_book
def test_no_number_of_a_document_is_forgotten(book):
    assert forgotten(book, document(book)) == []


def test_a_forgotten_number_is_reported_with_its_surroundings():
    book = {**ACTION, "targets": [target for target in ACTION["targets"] if target["id"] != "T25"]}
    year, saving = forgotten(book, document(book))
    assert "到2027年累计节能量" in year
    assert "累计节能量50万吨标煤" in saving


@pytest.mark.parametrize("name", ACTION["instruments"])
def test_every_documented_value_of_an_instrument_stands_in_its_quote(name):
    values = list(stated_values(ACTION["instruments"][name]))
    assert [(value, quote) for value, quote in values if not stated(value, quote)] == []


@each_book
def test_every_number_of_a_target_stands_in_its_quote(book):
    assert [t["id"] for t in book["targets"] for goal in goals(t) if not stated(goal, t["quote"])] == []


@pytest.mark.parametrize(("value", "quote"), [
    ("5%", "投资额15%"),
    ("1亿元", "不高于11亿元"),
    ("50万元", "最高500万元"),
    (3, "30项"),
])
def test_a_number_is_not_found_inside_another(value, quote):
    assert not stated(value, quote)


def test_every_clause_and_target_is_there_once():
    assert len(ACTION["instruments"]) == 14
    assert [target["id"] for target in ACTION["targets"]] == [f"T{n:02}" for n in range(1, 39)]
    assert [target["id"] for target in PLAN["targets"]] == [f"P{n:02}" for n in range(1, 7)]


@each_book
def test_no_measure_is_listed_twice(book):
    measures = [measure["id"] for measure in book["measures"]]
    assert len(measures) == len(set(measures))


@pytest.mark.parametrize("name", ACTION["readings"])
def test_the_default_reading_is_what_the_rule_book_already_says(name):
    reading = ACTION["readings"][name]
    default = reading["choices"][reading["default"]].get("set", {})
    for choice in reading["choices"].values():
        assert choice.get("set", {}).keys() == default.keys()
    for path, value in default.items():
        instrument, field = path.split(".")
        assert ACTION["instruments"][instrument][field]["value"] == value
