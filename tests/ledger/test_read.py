"""A file becomes a ledger: the sheet, the heads, the rows, and what is said of all of them; or every fault at once."""

import hashlib

import openpyxl
import pytest

from simulator.errors import FaultyFiles, SimulatorError
from simulator.ledger import MISSING, read_ledger
from simulator.ledger import read as reading

HEAD = "项目编号,申报专项,申报年度,合同金额（万元）"
GOOD = f"{HEAD}\nP1,三首,2025,200\nP2,三首,2026,300.000001\n"


@pytest.fixture
def read(baseline, tmp_path):
    """Read a text as a ledger, agreeing with every doubt unless told otherwise."""
    def read_text(text, confirm=lambda doubts: True, encoding="utf-8", **how):
        file = tmp_path / "台账.csv"
        file.write_bytes(text.encode(encoding))
        return read_ledger(file, baseline.model.policy.instruments, confirm=confirm, **how)

    return read_text


@pytest.fixture
def refused(read):
    """The lines of the report on a text that is refused."""
    def read_text(text, kind=FaultyFiles, **how):
        with pytest.raises(kind) as fault:
            read(text, **how)
        return str(fault.value).splitlines()

    return read_text


@pytest.fixture
def sheets(baseline, tmp_path):
    """Read a workbook of these sheets."""
    def read_sheets(content, **how):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in content.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / "台账.xlsx")
        return read_ledger(tmp_path / "台账.xlsx", baseline.model.policy.instruments, confirm=lambda doubts: True, **how)

    return read_sheets


# --- what is read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_ledger_is_columns_of_exact_numbers(read, encoding):
    found = read(GOOD, encoding=encoding)
    assert found.columns["project"].tolist() == ["P1", "P2"]
    assert found.columns["contract"].tolist() == [200_000_000, 300_000_001]
    assert (found.n, found.rows.tolist(), found.total("contract"), found.units) == (2, [2, 3], 500_000_001, {"contract": "万元"})
    assert (found.dropped, found.unused, found.notes, found.span()) == (0, (), (), ("2025", "2026"))
    assert found.digest == hashlib.sha256(GOOD.encode(encoding)).hexdigest()


def test_titles_sums_and_columns_of_the_bureaus_own_are_left_out_and_said(read):
    found = read(f"2026年申报汇总表,,,\n,,,\n备注,{HEAD}\n,P1,三首,2025,200\n很好,P2,三首,2026,300\n合计,,,,500\n注：单位盖章有效,,,,\n")
    assert (found.rows.tolist(), found.dropped, found.unused, found.notes) == ([4, 5], 2, ("备注",), ())


def test_a_sum_that_differs_from_the_rows_is_said_and_not_believed(read):
    assert "第 4 行的合计与明细不符：合同金额 写 6,000,000.00元，明细合计 5,000,000.01元" in read(GOOD + "合计,,,600\n").notes[0]
    assert read(GOOD + "合计,,,500.000001\n").notes == ()
    assert read(GOOD + "小计,,,1\n合计,,,2\n").notes == ()  # which rows each of them adds up is not known


def test_the_year_of_filing_comes_from_its_date_or_from_the_approval_where_it_is_not_given(read):
    found = read("项目编号,申报专项,申报年度,申报日期,立项年度,合同金额（元）\n"
                 "A,三首,2024,2025-02-01,,1\nB,三首,,2025-12-31,2026,1\nC,三首,,,2027,1\n")
    assert found.columns["filing_year"].tolist() == [2024, 2025, 2027]
    assert found.span() == ("2025-02-01", "2025-12-31")
    assert read("项目编号,申报专项,立项年度,合同金额（元）\nA,三首,2025,1\n").columns["filing_year"].tolist() == [2025]


def test_a_number_with_commas_in_quotes_is_one_cell_of_csv(read):
    assert read(f'{HEAD}\nP1,三首,2025,"2,000"\n').columns["contract"].tolist() == [2_000_000_000]


def test_long_ledgers_are_read_in_pieces_with_the_same_result(read, monkeypatch):
    text = HEAD + "\n" + "".join(f"P{i},三首,2025,{i}\n" for i in range(1, 60)) + "合计,,,1770\n"
    whole = read(text)
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 25)
    monkeypatch.setattr("simulator.parallel._cores", lambda: 1)
    counted = []
    pieces = read(text, progress=counted.append)
    for id_, values in whole.columns.items():
        assert pieces.columns[id_].tolist() == values.tolist()
    assert (pieces.rows.tolist(), pieces.dropped, pieces.notes) == (whole.rows.tolist(), 1, ())
    assert counted == [25, 50, 59]


# --- what is refused --------------------------------------------------------------------------------------------


def test_every_fault_comes_in_one_report_with_cell_value_and_remedy(refused):
    said = refused(f"{HEAD},贷款利率\nP1,三首,25,约5,\nP1,三手,2025,,345%\n")
    assert said[0].endswith("台账.csv 有 5 处问题：")
    assert [line.split("台账.csv:")[1] for line in said[1:]] == [
        "2:3 (C2): “25” 应为 2000 至 2099 的四位年份", "2:4 (D2): “约5” 应为数字；没有就留空",
        "3:1 (A3): “P1” 与第 2 行的项目编号重复；一个项目一行，几项专项写在同一格",
        "3:2 (B3): “三手” 没有专项“三手”；是否指 三首？", "3:5 (E3): “345%” 超过 24%",
    ]


@pytest.mark.parametrize("twin", ["JG-001", "jg-001", " JG-001 ", "ＪＧ－００１", "JG-001\u200b", "J\u200bG-001", "Jg-001",
                                  "JG－001", "JG—001", "JG -001"])
def test_one_project_on_two_rows_is_refused_however_it_is_typed(refused, twin):
    for first, second in (("JG-001", twin), (twin, "JG-001")):
        said = refused(f"{HEAD}\n{first},三首,2025,1\n{second},三首,2025,1\n")
        assert len(said) == 2
        assert "(A3): " in said[1]
        assert "与第 2 行的项目编号重复" in said[1]


@pytest.mark.parametrize(("text", "problem"), [
    ("项目编号,申报年度,合同金额（元）\nP1,2025,1\n", "缺少“申报专项”一列"),
    ("申报专项,申报年度,合同金额（元）\n三首,2025,1\n", "缺少“项目编号”一列"),
    ("项目编号,申报专项,合同金额（元）\nP1,三首,1\n", "缺少“申报年度”一列"),
    ("项目编号,申报专项,申报年度\nP1,三首,2025\n", "缺少“合同金额”一列，专项““三首”产品支持”需要它"),
    (HEAD.replace("（万元）", "") + "\nP1,三首,2025,1\n", "没有写明金额单位"), (f"{HEAD}\n", "表头下面没有一行申报"),
    (f"{HEAD}\n合计,,,0\n", "没有一行申报"),
    (f"{HEAD}\nP1,三首,2025,2,000\n", "这一行的单元格比表头多"), (f"{HEAD},\nP1,三首,2025,2,000\n", "没有列名，下面却有内容"),
])
def test_a_ledger_that_would_be_read_wrongly_is_refused(refused, text, problem):
    said = refused(text)
    assert len(said) == 2
    assert problem in said[1]


def test_a_unit_in_the_title_is_no_unit_but_is_named(refused):
    said = refused("申报表（单位：万元）,,,\n" + GOOD.replace("（万元）", ""))
    assert "没有写明金额单位" in said[1]
    assert said[1].endswith("（标题写的是万元）")


@pytest.mark.parametrize("text", ["a,b,c\n1,2,3\n", "项目编号\nP1\n", "第一行\n第二行\n"])
def test_a_table_without_the_heads_of_a_ledger_is_refused(refused, text):
    assert "前 50 行里找不到表头" in refused(text, SimulatorError)[0]


def test_a_fault_of_the_heads_in_every_piece_is_said_once(refused, monkeypatch):
    monkeypatch.setattr(reading, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr("simulator.parallel._cores", lambda: 1)
    said = refused(f"{HEAD},\n" + "".join(f"P{i},三首,2025,1,x\n" for i in range(9)))
    assert len(said) == 2
    assert "(E1): 没有列名" in said[1]
    assert "见第 2 行“x”" in said[1]


# --- doubts, sheets, mapping --------------------------------------------------------------------------------------


def test_amounts_that_look_ten_thousand_times_off_are_refused_unless_somebody_agrees(read, refused):
    text = f"{HEAD}\nP1,三首,2025,30000000\n"
    said = refused(text, SimulatorError, confirm=None)
    assert "的金额像是差了一万倍：" in said[0]
    assert "合同金额（万元）：中位数是 3,000亿元" in said[1]
    assert said[-1] == "核对表头单位；确认无误则加 --yes"
    asked = []
    assert refused(text, SimulatorError, confirm=lambda doubts: asked.append(doubts)) == ["没有读入：请核对金额单位"]
    assert "一万倍" in asked[0]
    assert read(text, confirm=lambda doubts: True).n == 1


ROWS = [["项目编号", "申报专项", "申报年度", "合同金额（元）"], ["P1", "三首", 2025, 200_000]]


def test_the_sheet_that_is_a_ledger_is_found_among_others(sheets):
    found = sheets({"说明": [["填表说明"]], "台账": ROWS, "名单": [["项目编号", "企业名称"], ["P1", "某厂"]]})
    assert (found.sheet, found.n, found.columns["contract"].tolist()) == ("台账", 1, [20_000_000])


def test_of_two_ledgers_in_a_workbook_one_must_be_named(sheets):
    content = {"甲": ROWS, "乙": [ROWS[0], ["P2", "三首", 2025, 300_000], ["P3", "三首", 2025, 300_000]]}
    with pytest.raises(SimulatorError, match="有几张工作表都像台账：甲、乙；用 --sheet 指明"):
        sheets(content)
    assert sheets(content, sheet="乙").n == 2
    with pytest.raises(SimulatorError, match="没有工作表 丙；有：甲、乙"):
        sheets(content, sheet="丙")


def test_a_text_file_has_no_sheets_to_choose_from(refused):
    assert refused(GOOD, SimulatorError, sheet="甲") == ["没有工作表 甲：文本文件只有一张表，不用 --sheet"]


def test_an_error_of_a_formula_in_a_column_that_need_not_be_filled_is_refused_not_read_as_empty(sheets):
    with pytest.raises(FaultyFiles, match="台账!E2: 是公式的错误值（#REF!"):
        sheets({"台账": [[*ROWS[0], "核定投资（元）"], [*ROWS[1], "#REF!"]]})


def test_a_fault_in_a_workbook_is_named_by_sheet_and_cell(sheets):
    with pytest.raises(FaultyFiles, match="台账!D2: “-5” 不能为负数"):
        sheets({"台账": [ROWS[0], ["P1", "三首", 2025, -5]]})


def test_a_mapping_file_reads_the_form_of_one_bureau(read, tmp_path):
    mapping = tmp_path / "form.yaml"
    mapping.write_text("heads: {序列号: 项目编号, 类别: 申报专项, 合同总价: 合同金额}\nunits: {合同总价: 亿元}\n"
                       "instruments: {首台套: 三首}\nignore: [已拨付]\n", "utf-8")
    found = read("序列号,类别,年度,合同总价,已拨付\nP1,首台套,2025,0.5,十元\n", mapping=mapping)
    assert found.columns["instruments"].tolist() == ["first_of_kind"]
    assert found.columns["contract"].tolist() == [5_000_000_000]
    assert "paid" not in found.columns


def test_what_is_not_given_is_missing(read):
    found = read("项目编号,申报专项,申报年度,合同金额（元）,核定投资（元）,评分,状态,提款日期\nP1,三首,2025,1,,,,\n")
    columns = found.columns
    assert (columns["approved_investment"][0], columns["drawn_on"][0], columns["status"][0]) == (MISSING, MISSING, "")
    assert columns["score"][0] != columns["score"][0]
