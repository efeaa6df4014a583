"""The brief of a run: sections in their order, numbers that can be found again, tables that add up, nothing typed."""

import dataclasses
import re

import numpy as np
import pytest

from simulator.brief import compose_brief
from simulator.brief.document import Definitions, Figure, Heading, Numbering, Paragraph, Table
from simulator.charts import Tables
from simulator.statements import Number, Quoted, find_number
from simulator.store import Run


@pytest.fixture(scope="module")
def tables(quick):
    return Tables(quick)


@pytest.fixture(scope="module")
def brief(tables):
    return compose_brief(tables)


def of(brief, kind):
    return [block for block in brief.blocks if isinstance(block, kind)]


def test_sections_stand_in_the_order_in_which_a_bureau_reads(brief):
    titles = [block.text for block in of(brief, Heading) if block.level == 1]
    assert [title[0] for title in titles] == list("一二三四五六七八")
    assert [title[2:] for title in titles] == ["结论", "要拨付多少", "带来多少", "哪些是事实，哪些是假设", "口径及其代价",
                                               "情景比较和敏感性", "方法与局限", "名词解释"]


def test_the_answer_is_three_sentences(brief):
    at = brief.blocks.index(next(block for block in of(brief, Heading) if block.text.endswith("结论")))
    answer = brief.blocks[at + 1: at + 4]
    assert all(isinstance(block, Paragraph) for block in answer)
    assert [block.statement.text.count("。") for block in answer] == [1, 1, 1]
    assert isinstance(brief.blocks[at + 4], Heading)


def test_every_number_is_found_again_at_its_address(brief, tables):
    marks = [number for number, _ in brief.marks()]
    assert len(marks) > 300
    for each in marks:
        assert find_number(tables, each.address).text == each.text, each.address


def test_the_inventory_names_every_number_once_in_the_order_of_reading(brief):
    inventory = brief.inventory()
    assert [each["id"] for each in inventory["numbers"]] == [f"n{i}" for i in range(1, len(inventory["numbers"]) + 1)]
    assert inventory["run"].startswith("baseline-")
    numbering = Numbering(brief)
    assert [numbering.take(number) for number, _ in brief.marks()] == [each["id"] for each in inventory["numbers"]]


def test_a_writer_that_comes_to_numbers_in_another_order_is_refused(brief):
    second = [number for number, _ in brief.marks()][1]
    with pytest.raises(ValueError, match="n1"):
        Numbering(brief).take(second)


def test_rows_and_columns_of_the_outlay_add_up_to_the_totals_that_are_printed(brief):
    table = next(block for block in of(brief, Table) if block.grid.totals and len(block.grid.columns) > 8)
    printed = np.array([[float(cell.text.replace(",", "").replace("−", "-")) for cell in row if isinstance(cell, Number) and
                         not isinstance(cell, Quoted)] for row in table.grid.rows])
    np.testing.assert_allclose(printed[:, :-1].sum(axis=1), printed[:, -1], atol=1e-9)
    np.testing.assert_allclose(printed[:-1].sum(axis=0), printed[-1], atol=1e-9)


def test_every_chart_that_the_run_can_have_stands_in_it_with_its_finding(brief, tables):
    shown = [figure.kind for figure in of(brief, Figure)]
    assert set(shown) == {kind for kind in tables if tables.get_shown(kind) is not None} - {"targets", "grounds", "known", "run"}
    assert [figure.number for figure in of(brief, Figure)] == list(range(1, len(shown) + 1))
    assert all(len(figure.alt) > 40 for figure in of(brief, Figure))


def test_no_result_is_typed_into_a_sentence(brief):
    """What digits the templates hold themselves are names: percentiles, the document's number."""
    statements = [block.statement for block in of(brief, Paragraph)] + [figure.caption for figure in of(brief, Figure)]
    typed = [piece for each in statements for piece in each.pieces if isinstance(piece, str)]
    assert {digits for piece in typed for digits in re.findall(r"\d[\d.,%]*", piece)} <= {"1", "10", "90"}


def test_cells_that_hold_digits_are_numbers_or_quoted(brief):
    """But for names: P95, the beginning of a question."""
    cells = [cell for table in of(brief, Table) for row in table.grid.rows for cell in row if isinstance(cell, str)]
    assert {cell for cell in cells if re.search(r"\d", re.sub(r"P\d+", "", cell))} == set()


def test_terms_are_explained(brief):
    (definitions,) = of(brief, Definitions)
    assert len({term for term, _ in definitions.items}) == len(definitions.items) >= 10


def test_a_run_from_a_ledger_says_what_was_not_simulated_anew(quick):
    nothing = 0.0 * quick.run.results["outlay"].mean("draw")
    results = quick.run.results.assign(outlay_paid=nothing, outlay_owed=nothing).assign_attrs(
        quick.run.results.attrs | {"as_of": "2026-11-30", "ledger": "x", "ledger_rows": 3})
    run = Run(quick.run.folder, quick.run.manifest, results)
    brief = compose_brief(Tables(dataclasses.replace(quick, run=run)))
    assert not {"readings", "tornado", "heat_map", "scenarios"} & {figure.kind for figure in of(brief, Figure)}
    assert any("台账" in block.statement.text for block in of(brief, Paragraph))
