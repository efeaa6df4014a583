"""Which row holds the heads, what each means, and in which unit: or what is wrong with them."""

import pytest

from simulator.ledger.columns import COLUMNS
from simulator.ledger.heads import FIRST_ROWS, find_heads, unit_of_title
from simulator.ledger.mapping import FormMapping

PLAIN = ["项目编号", "申报专项", "申报年度"]


def heads(*more, above=(), below=(), merged=(), **mapping):
    """The heads of a sheet with three plain columns and these."""
    return find_heads([*above, [*PLAIN, *more], *below], merged, FormMapping(**mapping))


def faults(*more, **how):
    return [f"{value}：{problem}；{remedy}" for _, _, value, problem, remedy in heads(*more, **how).faults]


def test_heads_stand_in_any_order_below_titles():
    found = find_heads([["2026年申报汇总表", "", ""], [], ["申报年度", "合同金额（万元）", "申报专项",
    "项目编号"], ["x"] * 4], (), FormMapping())
    assert (found.row, found.place, found.unit["contract"]) == (2, {"filing_year": 0, "contract": 1, "instruments": 2, "project": 3},
    "万元")
    assert found.faults == []


@pytest.mark.parametrize("id_", list(COLUMNS))
def test_every_column_is_known_by_head_id_and_aliases_in_any_case(id_):
    column, unit = COLUMNS[id_], "（元）" if COLUMNS[id_].kind == "money" else ""
    for name in (column.head, column.id, column.id.upper(), *column.aliases):
        found = find_heads([[name + unit, "申报单位" if id_ != "enterprise" else "评分"]], (), FormMapping())
        assert found.place[id_] == 0, name
        assert found.faults == []
    assert find_heads([[column.full_head, "企业名称" if id_ != "enterprise" else "评分"]], (), FormMapping()).faults == []


def test_the_english_id_of_the_issue_for_instruments_is_known():
    assert find_heads([["project", "instrument"]], (), FormMapping()).place == {"project": 0, "instruments": 1}


def test_no_two_columns_share_a_name():
    names = [name.casefold() for column in COLUMNS.values() for name in {column.id, column.head, *column.aliases}]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("head", "unit"), [
    ("合同金额（元）", "元"), ("合同金额(万元)", "万元"), ("合同金额[亿元]", "亿元"), ("合同金额/万元", "万元"),
    ("合同金额（单位：万元）", "万元"), ("合同金额（ 万 元 ）", "万元"),
    ("合同金额（含税）（万元）", "万元"), ("合同金额（万元（含税））", "万元"), ("contract（万元）", "万元"),
    ("合同金额\n（万元）", "万元"), ("合同金额（万元）（万元）", "万元"),
])
def test_the_unit_of_an_amount_is_in_its_head(head, unit):
    found = heads(head)
    assert (found.faults, found.unit["contract"]) == ([], unit)


@pytest.mark.parametrize("head", ["合同金额", "合同金额（）", "合同金额（含税）", "合同金额（万）", "合同金额（万元？）"])
def test_an_amount_without_a_unit_is_refused(head):
    assert faults(head) == [f"{head}：没有写明金额单位；写作 合同金额（元）、合同金额（万元）或 合同金额（亿元）"]


@pytest.mark.parametrize("head", ["合同金额（百万元）", "合同金额（万美元）", "合同金额（USD）", "合同金额（元）（万元）", "合同金额（%）",
"合同金额（千元）"])
def test_a_foreign_unit_of_money_or_two_are_refused(head):
    assert faults(head) == [f"{head}：单位不对或互相矛盾；写明一个单位，如 合同金额（万元）"]


@pytest.mark.parametrize(("head", "example"), [
    ("贷款利率（‰）", "贷款利率（%）"), ("贷款利率（bp）", "贷款利率（%）"), ("贷款利率（月）", "贷款利率（%）"),
    ("贷款利率（万元）", "贷款利率（%）"),
    ("贷款期限（月）", "贷款期限（年）"), ("贷款期限（个月）", "贷款期限（年）"), ("年节能量（万千瓦时）", "年节能量（tce）"),
    ("更新设备占比（万元）", "更新设备占比（%）"),
])
def test_a_rate_by_the_month_and_a_term_in_months_are_refused(head, example):
    assert faults(head) == [f"{head}：单位不对或互相矛盾；写明一个单位，如 {example}"]


def test_two_columns_of_one_meaning_are_refused():
    assert faults("总投资（万元）", "项目总投资（元）") == ["项目总投资（元）：“项目总投资”有两列；只留一列"]


@pytest.mark.parametrize(("slip", "right"), [
    ("提款日斯", "提款日期"), ("核定投姿（万元）", "核定投资"), ("Statuss", "状态"), ("状志", "状态"), ("评份", "评分"),
    ("己拨付（元）", "已拨付"),
    ("中央贴息点教", "中央贴息点数"),
])
def test_a_slip_of_the_pen_is_refused_as_it_would_change_what_is_paid(slip, right):
    assert faults(slip) == [f"{slip}：不认识的列名；是否指“{right}”？不是则在对应文件的 ignore 中列出"]
    assert faults(slip, ignore=frozenset({slip.partition("（")[0]})) == []


def test_columns_of_the_bureaus_own_are_left_aside_and_said():
    found = heads("联系人", "", "备注", None)
    assert (found.unused, found.blank, found.faults) == (["联系人", "备注"], [4, 6], [])


def test_a_sheet_without_two_known_heads_is_no_ledger():
    assert find_heads([["项目编号", "金额"], ["1", "2"]], (), FormMapping()) is None
    assert find_heads([], (), FormMapping()) is None


def test_heads_are_looked_for_in_the_first_rows_only():
    titles = [["标题"]] * FIRST_ROWS
    assert find_heads([*titles[1:], PLAIN], (), FormMapping()).row == FIRST_ROWS - 1
    assert find_heads([*titles, PLAIN], (), FormMapping()) is None


# --- heads of two lines -------------------------------------------------------------------------------------


UPPER, LOWER = [*PLAIN, "贷款（万元）", "", "合同金额（元）"], ["", "", "", "本金", "利率（%）", ""]
MERGED = ((0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 4), (0, 5, 1, 5))


def test_merged_heads_of_two_lines_are_read_together():
    found = find_heads([UPPER, LOWER, ["P1"]], MERGED, FormMapping())
    assert (found.row, found.faults) == (1, [])
    assert found.place == {"project": 0, "instruments": 1, "filing_year": 2, "loan_principal": 3, "loan_rate": 4, "contract": 5}
    assert (found.unit["loan_principal"], found.unit["loan_rate"], found.unit["contract"]) == ("万元", "%", "元")


def test_the_lower_line_alone_is_the_head_where_it_is_a_whole_name():
    found = find_heads([UPPER, ["", "", "", "贷款本金（亿元）", "贷款利率（%）", ""]], MERGED, FormMapping())
    assert (found.place["loan_principal"], found.unit["loan_principal"], found.unit["loan_rate"]) == (3, "亿元", "%")


# --- what a mapping changes ---------------------------------------------------------------------------------


def test_a_mapping_renames_a_head_and_states_its_unit():
    found = heads("总投资概算", heads={"总投资概算": "investment"}, units={"总投资概算": "万元"})
    assert (found.place["investment"], found.unit["investment"], found.faults) == (3, "万元", [])


def test_a_mapping_states_the_unit_of_a_head_with_other_brackets():
    for stated in ("合同金额(含税)", "合同金额"):
        found = heads("合同金额（含税）", units={stated: "亿元"})
        assert (found.unit["contract"], found.faults) == ("亿元", []), stated


def test_a_mapping_that_contradicts_the_unit_of_a_head_is_refused():
    (said,) = faults("合同金额（元）", units={"合同金额(元)": "万元"})
    assert said == "合同金额（元）：单位不对或互相矛盾；写明一个单位，如 合同金额（万元）"


def test_a_mapping_gives_a_usual_name_another_meaning():
    found = heads("总投资（万元）", heads={"总投资": "approved_investment"})
    assert "investment" not in found.place
    assert found.place["approved_investment"] == 3


def test_a_head_that_the_mapping_ignores_is_not_read_even_if_it_is_known():
    found = heads("合同金额（元）", "已拨付（元）", ignore=frozenset({"已拨付"}))
    assert "paid" not in found.place
    assert (found.faults, found.unused) == ([], [])


def test_of_two_columns_of_one_meaning_the_mapping_may_ignore_one():
    found = heads("合同金额（元）", "销售合同金额（元）", ignore=frozenset({"销售合同金额(元)"}))
    assert (found.place["contract"], found.faults) == (3, [])


# --- titles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("title", "unit"), [
    ("申报汇总表（单位：万元）", "万元"), ("金额单位:元", "元"), ("单位 亿元", "亿元"), ("填报单位：市经信委", ""), ("", ""), (None, ""),
    (2025, "")])
def test_the_unit_of_a_title_is_found_for_the_message(title, unit):
    assert unit_of_title([["", title]]) == unit
