"""An inventory that was tampered with does not hide a number: the brief is composed again from the run."""

import copy

import pytest

from simulator.brief import compose_brief
from simulator.charts import Tables
from simulator.verification import Found, check


@pytest.fixture(scope="module")
def tables(quick):
    return Tables(quick)


@pytest.fixture(scope="module")
def inventory(tables):
    return compose_brief(tables).inventory()


def report(tables, inventory, change):
    """What is found where the inventory, and the text with it, went through `change`."""
    tampered = copy.deepcopy(inventory)
    change(tampered["numbers"])
    texts = {entry["id"]: [entry["text"]] for entry in tampered["numbers"]}
    return check(Found(tampered, texts), tables, Found(inventory, {}))


def test_an_inventory_as_it_was_written_agrees(tables, inventory):
    assert report(tables, inventory, lambda numbers: None).agrees


def test_a_number_that_was_dropped_is_named(tables, inventory):
    (found,) = report(tables, inventory, lambda numbers: numbers.pop(2)).findings
    assert (found.kind, found.id, found.right) == ("unsupported", "n3", inventory["numbers"][2]["text"])


def test_a_number_that_goes_by_the_address_of_another_is_named(tables, inventory):
    other = next(entry for entry in inventory["numbers"] if entry["of"].startswith("commitments/commitment_total"))

    def change(numbers):
        numbers[2].update(of=other["of"], text=other["text"])

    (found,) = report(tables, inventory, change).findings
    assert found.id == "n3"


def test_a_number_that_is_there_twice_or_new_is_named(tables, inventory):
    twice = report(tables, inventory, lambda numbers: numbers.append(dict(numbers[0])))
    new = report(tables, inventory, lambda numbers: numbers.append({**numbers[0], "id": "n9999"}))
    assert [found.id for found in twice.findings] == ["n1"]
    assert [found.id for found in new.findings] == ["n9999"]
