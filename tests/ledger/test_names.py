"""Heads and names of instruments as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ledger.names import comparable, plain, spelled, split_unit


@pytest.mark.parametrize(("head", "name", "inside"), [
    ("项目总投资（万元）", "项目总投资", ["万元"]), ("项目总投资(万元)", "项目总投资", ["万元"]),
    ("项目总投资【万元】", "项目总投资", ["万元"]),
    ("*项目总投资\n（ 万元 ）：", "项目总投资", ["万元"]), ("项目总投资/万元", "项目总投资", ["万元"]),
    ("项目总投资（单位：万元）", "项目总投资", ["万元"]),
    ("项目总投资（含税）（万元）", "项目总投资", ["含税", "万元"]), ("项目总投资（万元（含税））", "项目总投资", ["含税", "万元"]),
    ("贷款利率（％）", "贷款利率", ["%"]),
    ("项 目 编 号", "项目编号", []), ("项目总投资（万元", "项目总投资(万元", []), (None, "", []), ("", "", []), (0, "", []),
    (2025, "2025", []),
])
def test_a_head_is_a_name_and_what_stands_in_its_brackets(head, name, inside):
    assert split_unit(head) == (name, inside)


@given(st.text("()（）[]【】〔〕ab万元/ "))
def test_brackets_however_they_stand_come_to_an_end(head):
    name, inside = split_unit(head)
    assert len(name) + sum(map(len, inside)) <= len(plain(head))


@pytest.mark.parametrize("written", ["“三首”产品支持", '"三首"产品支持', "三首 产品支持", "《三首》产品支持", "'三首'产品支持"])
def test_quotes_and_blanks_do_not_tell_instruments_apart(written):
    assert spelled(written) == "三首产品支持"


def test_the_case_of_an_english_name_does_not_matter():
    assert spelled("Upgrade Loan Interest Subsidy") == spelled("upgrade loan interest subsidy")


@pytest.mark.parametrize("written", ["JG-001", "jg-001", "ＪＧ－００１", "JG–001", " JG - 001", "JG\u200b-001", "JG\n-001"])
def test_an_id_is_the_same_however_it_is_typed(written):
    assert comparable(written) == "JG-001"


def test_different_ids_stay_different():
    written = ["JG-001", "JG-01", "JG001", "JG_001", "JG/001", "技改-001", "JG-0O1"]
    assert len({comparable(each) for each in written}) == len(written)
