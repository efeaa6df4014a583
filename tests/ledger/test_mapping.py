"""A mapping file: the names of one bureau's form, said once; every fault of it with its line."""

import pytest

from simulator.errors import FaultyFiles
from simulator.ledger.mapping import read_mapping

KNOWN = {"技改贷款贴息": "upgrade_loan_interest", "upgrade_loan_interest": "upgrade_loan_interest"}


@pytest.fixture
def mapped(tmp_path):
    """What a mapping file says."""
    def read(text):
        file = tmp_path / "form.yaml"
        file.write_text(text, encoding="utf-8")
        return read_mapping(file, KNOWN)

    return read


@pytest.fixture
def refused(mapped):
    """What is said of a mapping file that is refused."""
    def read(text):
        with pytest.raises(FaultyFiles) as fault:
            mapped(text)
        return str(fault.value)

    return read


def test_heads_units_and_instruments_are_renamed(mapped):
    found = mapped("heads: {总投资概算: 项目总投资, 专 项: instruments}\nunits: {总投资概算: 万元}\nignore: [联系人, 电话]\n"
                   "instruments: {“技改”贴息: 技改贷款贴息}\n")
    assert found.heads == {"总投资概算": "investment", "专项": "instruments"}
    assert found.units == {"总投资概算": "万元"}
    assert found.ignore == {"联系人", "电话"}
    assert found.instruments == {"技改贴息": "upgrade_loan_interest"}


def test_any_part_may_be_left_out(mapped):
    assert mapped("ignore: [联系人]").heads == {}


def test_every_fault_is_said_with_its_line(refused):
    said = refused("heads: {总投资概算: 项目总投姿}\nunits:\n  总投资概算: 百万元\n"
                   "instruments: {贴息: 技改贷款贴现}\nhead: {}\nignore: 联系人\n")
    problems = {1: "没有 '项目总投姿'；是否指 项目总投资？", 3: "没有 '百万元'", 4: "是否指 技改贷款贴息？",
                5: "未知的键 'head'；应为 heads、units、ignore、instruments", 6: "应为列表"}
    assert "5 处问题" in said
    for line, problem in problems.items():
        assert any(f"form.yaml:{line}:" in each and problem in each for each in said.splitlines()), problem


@pytest.mark.parametrize(("text", "problem"), [
    ("heads: [a]", "应为“本表的名称: 标准名称”"), ("units: 万元", "应为“本表的名称: 标准名称”"), ("- a", "最外层应为"), ("", "文件为空"),
    ("heads: {a: [b}", "YAML 语法错误"),
    ("heads: {a: 项目编号, a: 项目名称}", "键重复"), ("heads:", "应为“本表的名称: 标准名称”"), ("units: {a: 万美元}", "没有 '万美元'"),
    ("ignore:", "应为列表"),
])
def test_what_is_no_mapping_is_refused(refused, text, problem):
    assert problem in refused(text)


def test_a_mapping_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FaultyFiles, match="无法读取"):
        read_mapping(tmp_path / "none.yaml", KNOWN)
