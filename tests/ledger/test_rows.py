"""Some rows at a time: what is an application and what is not, what every row needs, and where each fault stands."""

from datetime import date

import numpy as np
import pytest

from simulator.ledger import MISSING
from simulator.ledger.columns import needed
from simulator.ledger.rows import MOST_FAULTS, Plan, check_rows, filed_in

PLACE = {"project": 0, "instruments": 1, "filing_year": 2, "investment": 3, "contract": 4}
HEADS = ["项目编号", "申报专项", "申报年度", "项目总投资(元)", "合同金额(元)"]


@pytest.fixture(scope="module")
def plan(baseline):
    """A sheet of five columns for all instruments of the rule book."""
    rules = baseline.model.policy.instruments

    def make(**changes):
        more = list(changes.get("place", PLACE))[len(PLACE):]
        needs, titles = {key: needed(rule) for key, rule in rules.items()}, {key: str(rule.title) for key, rule in rules.items()}
        settled = {"place": PLACE, "unit": {"investment": "元", "contract": "元"}, "instruments": {key: key for key in rules}, "tiers": {},
                   "needs": needs, "titles": titles, "heads": [*HEADS, *more]}
        return Plan(**settled | changes)

    return make


GOOD = ["P1", "first_of_kind", "2025", "", "100"]


def said(part):
    """(row, column): problem, for every fault of the rows."""
    return {(row, column): problem for row, column, _, problem, _ in part.faults}


# --- what is an application -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [
    ["合计", "", "", "", "100"], ["", "合计", "", "", "100"], ["合 计", None, None, None, 100], ["小计", "", "", "", ""], ["浦东新区小计",
    "", "", "", "1"],
    ["合计（7项）", "", "", "", "100"], ["共计7个", "", "", "", "100"], ["Total", "", "", "", "1"], ["本页合计：", "", "", "", ""],
    ["注：以上金额为核定数", "", "", "", ""], ["填表人：张三", "", "", "审核：李四", ""], ["备注", "", "", "", ""], ["", "",
    "制表日期 2026-01-01", "", ""],
    ["单位负责人：李四", "", "", "填表人：王五", ""], ["经办：李四", "", "", "", ""], ["（盖章）", None, None, None, None], ["合计", "/",
    "—", "", "100"],
    HEADS, ["项目编号", "申报专项", "申报年度", "项目总投资（元）", "合同金额（元）"],
])
def test_sums_notes_and_repeated_heads_are_left_out_and_counted(plan, row):
    part = check_rows(plan(), 5, [GOOD, row])
    assert (part.rows.tolist(), part.dropped, part.faults) == ([5], 1, [])


@pytest.mark.parametrize("row", [[], ["", "", ""], [None] * 5, ["  ", "\u3000", "\u200b"]])
def test_blank_rows_are_nothing(plan, row):
    part = check_rows(plan(), 5, [row, GOOD])
    assert (part.rows.tolist(), part.dropped, part.faults) == ([6], 0, [])


@pytest.mark.parametrize("name", ["注塑-001", "Note-7", "日期-3", "备注", "总计", "制-1", "项目编号"])
def test_a_row_that_files_for_an_instrument_is_an_application_whatever_its_name(plan, name):
    part = check_rows(plan(), 0, [[name, "open_challenge", "2025"]])
    assert (part.columns["project"].tolist(), part.dropped, part.faults) == ([name], 0, [])


def test_a_number_before_a_sum_does_not_make_it_an_application(plan):
    moved = {id_: c + 1 for id_, c in PLACE.items()}
    part = check_rows(plan(place=moved, heads=["序号", *HEADS]), 0, [["1", *GOOD], ["2", "合计", "", "", "", "100"]])
    assert (len(part.rows), part.dropped, part.totals) == (1, 1, [(1, {"contract": 10000})])


def test_the_amounts_of_a_sum_are_kept_for_comparison(plan):
    part = check_rows(plan(), 3, [GOOD, ["合计", "", "", "约5", "1,234.50"]])
    assert part.totals == [(4, {"contract": 123450})]


@pytest.mark.parametrize("row", [["", "first_of_kind", "2025", "", "100"], ["", "", "", "", "100"], ["  ", "x", "", "",
""], [None, None, None, 5.0, None]])
def test_a_row_without_an_id_is_a_fault_not_left_out(plan, row):
    part = check_rows(plan(), 7, [row])
    assert said(part) == {(7, 0): "缺少项目编号"}


@pytest.mark.parametrize("name", ["注塑-001", "Note-7", "备-3", "日期1"])
def test_a_row_with_an_id_and_nothing_that_it_files_for_is_a_fault_not_a_note(plan, name):
    part = check_rows(plan(), 7, [[name, "", "2025"]])
    assert said(part) == {(7, 1): "缺少申报专项"}


def test_another_table_below_is_a_fault(plan):
    part = check_rows(plan(), 7, [["", "合同金额(元)", "申报专项", "项目编号", ""]])
    assert said(part) == {(7, 1): "这里另起了一张表"}


def test_an_id_that_a_spreadsheet_made_a_date_is_said_to_be_one(plan):
    part = check_rows(plan(), 0, [[date(2025, 3, 1), *GOOD[1:]]])
    assert said(part) == {(0, 0): "应为文本编号"}


def test_an_id_that_is_a_formula_or_an_error_is_said_to_be_one(plan):
    for kind, problem in (("formulas", "是公式，不是值"), ("errors", "是公式的错误值")):
        part = check_rows(plan(**{kind: frozenset({(3, 0)})}), 3, [["", *GOOD[1:]]])
        assert [fault[3][: len(problem)] for fault in part.faults] == [problem]


# --- what every row needs ---------------------------------------------------------------------------------------


def test_an_empty_cell_that_the_instrument_needs_is_said_with_the_instrument(plan):
    part = check_rows(plan(), 2, [GOOD, ["P2", "first_of_kind;scenario_demonstration", "2025", "", ""]])
    assert said(part) == {(3, 4): "缺少合同金额", (3, 3): "缺少项目总投资"}
    assert {fault[4] for fault in part.faults} == {"专项““三首”产品支持”需要它", "专项“应用场景标杆示范奖励”需要它"}


def test_a_column_that_is_not_there_is_said_once_for_each_instrument_that_needs_it(plan):
    row = ["P", "upgrade_loan_interest;upgrade_lease", "2025", "30000000", ""]
    part = check_rows(plan(), 2, [row, ["Q", *row[1:]]])
    assert part.faults == []
    assert sorted(problem for _, problem in part.of_heads) == sorted(
        [f"缺少“{head}”一列，专项“技改贷款贴息”需要它" for head in ("贷款本金", "贷款利率", "贷款期限", "还本方式")]
        + ["缺少“融资租赁设备投资额”一列，专项“技改融资租赁补贴”需要它"])


def test_the_approved_investment_stands_in_for_the_planned_one(plan):
    place = PLACE | {"approved_investment": 5}
    rows = [["P1", "major_project", "2025", "", "", "600000000"], ["P2", "major_project", "2025", "", "", ""]]
    part = check_rows(plan(place=place, unit={"investment": "元", "contract": "元", "approved_investment": "元"}), 0, rows)
    assert said(part) == {(1, 3): "缺少项目总投资"}


def test_a_cell_that_cannot_be_read_is_one_fault_not_two(plan):
    part = check_rows(plan(), 0, [["P1", "first_of_kind", "25", "", "约5"], ["P2", "三手", "2025", "", "5"]])
    assert list(said(part)) == [(1, 1), (0, 2), (0, 4)]
    assert len(part.faults) == 3


def test_a_year_is_needed_from_one_of_three_columns(plan):
    place = PLACE | {"filed_on": 5, "approved_year": 6}
    rows = [["P1", "first_of_kind", "", "", "1", "2025-03-01", ""], ["P2", "first_of_kind", "", "", "1", "", "2026"],
            ["P3", "first_of_kind", "", "", "1", "", ""]]
    part = check_rows(plan(place=place), 0, rows)
    assert said(part) == {(2, 2): "缺少申报年度"}
    assert filed_in(part.columns).tolist() == [2025, MISSING, MISSING]


@pytest.mark.parametrize(("filed", "day"), [("2025", ""), ("", "2025-01-01"), ("", "2025-12-31"), ("2025", "2024-06-01")])
def test_nothing_is_approved_before_it_is_filed(plan, filed, day):
    place = PLACE | {"filed_on": 5, "approved_year": 6}
    rows = [["P1", "first_of_kind", filed, "", "1", day, "2024"], ["P2", "first_of_kind", filed, "", "1", day, "2025"]]
    assert said(check_rows(plan(place=place), 0, rows)) == {(0, 6): "早于申报年度 2025"}


# --- values out of place ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("filed", "day", "faults"), [
    ("2026", "2025-12-30", {}), ("2025", "2026-01-05", {}), ("2028", "2025-03-01", {(0, 5): "与申报年度 2028 相差一年以上"}),
])
def test_a_filing_year_may_lie_a_year_from_its_date_and_no_further(plan, filed, day, faults):
    rows = [["P1", "first_of_kind", filed, "", "1", day]]
    assert said(check_rows(plan(place=PLACE | {"filed_on": 5}), 0, rows)) == faults


def test_a_thousands_comma_that_splits_a_cell_of_csv_is_refused_not_read_as_the_part_before_it(plan):
    part = check_rows(plan(), 1, [[*GOOD[:4], "2", "000"]])
    assert said(part) == {(1, 5): "这一行的单元格比表头多"}


def test_blank_cells_beyond_the_heads_and_short_rows_are_fine(plan):
    part = check_rows(plan(), 1, [[*GOOD, "", None, " "], ["P2", "open_challenge", "2025"]])
    assert part.faults == []
    assert part.columns["contract"].tolist() == [10000, MISSING]


def test_values_below_a_head_that_was_lost_are_refused_at_the_head(plan):
    part = check_rows(plan(heads=[*HEADS, ""], blank=[5]), 1, [GOOD, [*GOOD, "5"], [*GOOD, "6"]])
    assert [(column, problem) for column, problem in part.of_heads] == [(5, "没有列名，下面却有内容")]
    assert "见第 3 行“5”" in part.of_heads[5, "没有列名，下面却有内容"]


def test_formulas_errors_and_merged_cells_are_refused_where_they_are_read(plan):
    rows = [GOOD, ["P2", *GOOD[1:3], "", "7", "x"], ["P3", *GOOD[1:]], ["P4", *GOOD[1:]], ["合计", "", "", "", "107"]]
    part = check_rows(plan(heads=[*HEADS, "备注"], formulas=frozenset({(1, 4), (1, 5), (4, 4)}), errors=frozenset({(1, 3), (2, 5)}),
                           merged=((2, 4, 3, 4), (0, 5, 3, 5), (0, 0, 0, 0))), 0, rows)
    assert said(part) == {(1, 4): "是公式，不是值", (1, 3): "是公式的错误值（#REF!、#N/A、#VALUE!、#DIV/0! 之类）", (2,
    4): "是合并单元格，只有左上角有值"}


# --- many rows ----------------------------------------------------------------------------------------------------


def test_faults_beyond_the_first_thousand_are_counted(plan):
    part = check_rows(plan(), 0, [[f"P{i}", "first_of_kind", "2025", "", "x"] for i in range(MOST_FAULTS + 5)])
    assert len(part.faults) + part.more_faults >= MOST_FAULTS + 5
    assert len(part.faults) == MOST_FAULTS


def test_a_piece_read_on_its_own_is_what_it_is_within_the_whole(plan):
    rows = [[f"P{i}", "first_of_kind", "2025", "", str(i)] for i in range(10)]
    whole, pieces = check_rows(plan(), 3, rows), [check_rows(plan(), 3, rows[:4]), check_rows(plan(), 7, rows[4:])]
    assert np.concatenate([piece.rows for piece in pieces]).tolist() == whole.rows.tolist()
    for id_, values in whole.columns.items():
        assert np.concatenate([piece.columns[id_] for piece in pieces]).tolist() == values.tolist()


def test_no_rows_are_no_rows(plan):
    part = check_rows(plan(), 3, [])
    assert (len(part.rows), part.faults, part.columns["contract"].dtype) == (0, [], np.int64)
