"""subsidysim ledger: the form, the sample and the check through the command, and prices of a sample as a workbook."""

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from simulator.cli.common import screen_width
from simulator.cli.ledger_text import load_report
from simulator.ledger import read_ledger


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_template_is_written_where_the_user_is(say, here):
    code, out, err = say("ledger", "template")
    assert (code, err) == (0, "")
    assert "已写入 申报台账.xlsx" in out and "14 项专项" in out
    assert [file.name for file in here.iterdir()] == ["申报台账.xlsx"]


def test_an_existing_file_is_not_overwritten_unless_asked(say, here):
    for arguments in (("template", "--out", "a.xlsx"), ("sample", "--rows", 20, "--out", "a.csv")):
        (here / arguments[-1]).write_text("mine")
        code, out, err = say("ledger", *arguments)
        assert (code, out) == (2, "")
        assert "已存在" in err and "--overwrite" in err
        assert (here / arguments[-1]).read_text() == "mine"
        assert say("ledger", *arguments, "--overwrite")[0] == 0
        assert (here / arguments[-1]).read_bytes() != b"mine"


def test_a_sample_is_checked_and_the_load_is_reported(say, here):
    code, out, _ = say("ledger", "sample", "--rows", 300, "--seed", 9, "--out", "样例.xlsx")
    assert code == 0 and "合成样例，非真实企业" in out
    code, out, err = say("ledger", "check", "样例.xlsx")
    assert code == 0
    said = out + err
    assert "样例.xlsx［申报台账］：读入 300 行，拒绝 0 行" in said
    assert "项目总投资" in said and "表头单位 万元" in said and "已拨付" in said and "表头单位 元" in said
    assert "申报 2024-06-0" in said and "至 2026-10-" in said and "略去合计、注释等 1 行" in said


def test_the_check_speaks_english(say, here):
    assert say("ledger", "sample", "--rows", 30, "--out", "s.csv", "--lang", "en")[0] == 0
    code, out, err = say("ledger", "check", "s.csv", "--lang", "en")
    assert code == 0
    assert "s.csv: 30 rows read, rejected = 0" in out + err and "CNY" in out + err


def test_a_bad_ledger_ends_with_two_and_every_fault(say, here):
    say("ledger", "sample", "--rows", 30, "--out", "s.xlsx")
    book = openpyxl.load_workbook("s.xlsx")
    sheet = book.worksheets[0]
    sheet["D5"], sheet["I6"] = "91310000XX", 1924
    book.save("s.xlsx")
    code, out, err = say("ledger", "check", "s.xlsx")
    assert (code, out) == (2, "")
    assert "2 处问题" in err and "!D5" in err and "!I6" in err


def test_an_empty_template_is_no_ledger_yet(say, here):
    say("ledger", "template", "--out", "t.xlsx")
    code, _, err = say("ledger", "check", "t.xlsx")
    assert code == 2 and "没有一行申报" in err


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("template", "--out", "t.docx"), 2, "应以 .xlsx 结尾"),
    (("sample", "--out", "s.ods"), 2, "应以 .xlsx 或 .csv 结尾"),
    (("sample", "--rows", 0), 2, "--rows"),
    (("sample", "--rows", 200_000, "--out", "s.xlsx"), 2, "改用 .csv"),
    (("template", "--out", "missing/t.xlsx"), 3, "无法写入"),
    (("sampel",), 2, "是否指 sample？"),
    (("check",), 2, "缺少 LEDGER"),
])
def test_what_cannot_be_done_is_said_and_nothing_is_written(say, here, arguments, code, said):
    ended, _, err = say("ledger", *arguments)
    assert ended == code and said in err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("verb", [(), ("template",), ("sample",), ("check",)])
def test_every_help_has_examples(say, verb):
    code, out, _ = say("ledger", *verb, "--help")
    assert code == 0 and "例：" in out and f"subsidysim {' '.join(('ledger', *verb))}" in out


def test_a_sample_is_priced_into_a_workbook(say, here):
    say("ledger", "sample", "--rows", 120, "--out", "s.xlsx")
    assert say("price", "s.xlsx", "--out", "p.xlsx")[0] == 0
    assert CalamineWorkbook.from_path("p.xlsx").sheet_names[:3] == ["汇总", "图表", "明细"]
    code, _, err = say("price", "s.xlsx", "--out", "p.xlsx")
    assert code == 2 and "已存在" in err


def test_remarks_stand_on_lines_of_their_own(say, here, baseline):
    say("ledger", "sample", "--rows", 30, "--out", "s.xlsx")
    book = openpyxl.load_workbook("s.xlsx")
    sheet = book.worksheets[0]
    place = next(cell.column for cell in sheet[3] if cell.value == "项目总投资（万元）")
    sheet.cell(sheet.max_row, place, sheet.cell(sheet.max_row, place).value + 1)
    book.save("s.xlsx")
    first, *others = load_report(read_ledger("s.xlsx", baseline.model.policy.instruments)).split("\n")
    assert "拒绝 0 行" in first and all(line.startswith("  ") for line in others) and "合计与明细不符" in others[-1]
    assert max(map(screen_width, others)) <= 100
