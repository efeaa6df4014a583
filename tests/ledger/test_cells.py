"""One cell at a time: what a clerk may write, what it is read as, and what is refused with a remedy."""

import contextlib
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.ledger import COLUMNS, MISSING
from simulator.ledger.cells import CellFault, check_character, parser_of
from tests.ledger import random_ledgers

INSTRUMENTS = {"技改贷款贴息": "upgrade_loan_interest", "upgrade_loan_interest": "upgrade_loan_interest",
               "技改融资租赁补贴": "upgrade_lease",
               "三首产品支持": "first_of_kind", "firstofkind": "first_of_kind"}
TIERS = {"demonstration": ("示范性智能工厂", "示范"), "benchmark": ("标杆性智能工厂", "标杆")}
UNITS = {"元": 2, "万元": 6, "亿元": 10}  # decimals of a 分


def read(id_, value, unit=None):
    """One cell of a column, below a head with this unit."""
    unit = unit if unit is not None else "元" if COLUMNS[id_].kind == "money" else ""
    return parser_of(COLUMNS[id_], unit, INSTRUMENTS, TIERS)(value)


def refused(id_, value, unit=None):
    """What is said of a cell that is refused: problem and remedy."""
    with pytest.raises(CellFault) as fault:
        read(id_, value, unit)
    return f"{fault.value.problem}；{fault.value.remedy}"


# --- money ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "written", "fen"), [
    ("元", "1234.56", 123456), ("元", "1234", 123400), ("元", "0.01", 1), ("元", "0", 0), ("万元", "2000", 2_000_000_000),
    ("万元", "0.000001", 1), ("亿元", "1.2", 12_000_000_000), ("亿元", "0.0000000001", 1), ("元", "1,234,567.80", 123456780),
    ("万元", "2,000", 2_000_000_000), ("元", "12.3400000", 1234), ("元", " 12\u3000", 1200), ("元", "\u200b12\u200b", 1200),
    ("元", 12, 1200), ("元", 0.1 + 0.2, 30), ("万元", 1234.567891, 1234567891), ("元", 1e16 / 1000, 10**15), ("元", -0.0, 0),
])
def test_an_amount_is_read_in_the_unit_of_its_head_exactly(unit, written, fen):
    assert read("investment", written, unit) == fen


@pytest.mark.parametrize("nothing", ["", "   ", None, "-", "—", "——", "/", "无", "\u200b"])
def test_what_clerks_write_for_nothing_is_nothing(nothing):
    assert read("investment", nothing) == MISSING
    assert read("drawn_on", nothing) == MISSING
    assert read("loan_rate", nothing) == MISSING


@given(st.integers(0, 10**15), st.sampled_from(list(UNITS)), st.booleans())
def test_every_amount_written_out_in_any_unit_is_read_back(fen, unit, grouped):
    amount = Decimal(fen).scaleb(-UNITS[unit])
    assert read("investment", f"{amount:,f}" if grouped else f"{amount:f}", unit) == fen


@given(st.integers(0, 10**15 - 1), st.sampled_from(list(UNITS)))
def test_every_amount_of_fifteen_digits_survives_the_floats_of_a_spreadsheet(fen, unit):
    assert read("investment", float(Decimal(fen).scaleb(-UNITS[unit])), unit) == fen


@given(st.integers(0, 10**15 - 1), st.integers(1, 9), st.sampled_from(list(UNITS)))
def test_a_tenth_of_a_fen_is_never_lost(fen, tenths, unit):
    finer = Decimal(fen * 10 + tenths).scaleb(-UNITS[unit] - 1)
    assert "比 1 分还细；四舍五入到分" in refused("investment", f"{finer:f}", unit)


@pytest.mark.parametrize(("written", "said"), [
    ("-5", "不能为负数"), ("(5)", "不能为负数"), ("−5", "不能为负数"), (-5, "不能为负数"), (-0.01, "不能为负数"),
    ("５０００", "含全角字符；写作 5000"), ("5，000", "含全角字符；写作 5000"), ("5000元", "数字后有文字；只写数字，单位写在表头"),
    ("0.5亿", "数字后有文字"), ("5e3", "是科学计数法，可能已丢失数位"), ("5,0000", "千位分隔符的位置不对；去掉逗号"),
    ("5000,50", "千位分隔符"),
    ("约5000", "应为数字；没有就留空"), ("5000-6000", "应为数字"), ("5_000", "应为数字"), ("٥٠٠٠", "应为数字"), ("５O", "数字后有文字"),
    (".5", "应为数字"),
    ("5.", "应为数字"), ("+5", "应为数字"), ("50%", "数字后有文字"), ("=1+1", "是公式，不是值；复制后选择性粘贴为数值"),
    ("#REF!", "是公式的错误值"),
    ("#N/A", "是公式的错误值"), ("nan", "应为数字"), ("inf", "应为数字"), (float("nan"), "不是有限的数"), (float("inf"), "不是有限的数"),
    (True, "应为数字；单元格格式"), (date(2025, 3, 1), "应为数字"), ("10000000000000.01", "大得不可能；表头单位是元"),
    (1e300, "大得不可能"),
    ("9" * 5000, "数字太长"), (1e-7, "比 1 分还细"), (1234.567, "比 1 分还细"),
])
def test_what_is_no_amount_is_refused_with_a_remedy(written, said):
    assert said in refused("investment", written)


# --- shares, rates, points, years ---------------------------------------------------------------------------


@pytest.mark.parametrize(("id_", "unit", "written", "hundred_millionths"), [
    ("loan_rate", "", "3.45%", 3_450_000), ("loan_rate", "", "0.0345", 3_450_000), ("loan_rate", "", 0.0345, 3_450_000),
    ("loan_rate", "%", "3.45", 3_450_000), ("loan_rate", "%", 3.45, 3_450_000), ("loan_rate", "%", "0.45%", 450_000),
    ("loan_rate", "", "0", 0), ("loan_rate", "%", 0, 0), ("loan_rate", "", "24%", 24_000_000), ("loan_rate", "", "3.45 %", 3_450_000),
    ("loan_rate", "", "3.123456%", 3_123_456), ("renewal_share", "", "60%", 60_000_000), ("renewal_share", "", "1", 10**8),
    ("renewal_share", "%", 60, 60_000_000), ("renewal_share", "", 0.6, 60_000_000), ("renewal_share", "", "100%", 10**8),
    ("central_points", "", "1.5", 1_500_000), ("central_points", "%", "1.5", 1_500_000), ("central_points", "", "1.5个百分点", 1_500_000),
    ("central_points", "", "1.5 百分点", 1_500_000), ("central_points", "", "1.5%", 1_500_000), ("central_points", "", 0, 0),
    ("central_points", "百分点", 0.1, 100_000),
])
def test_a_share_is_what_it_says(id_, unit, written, hundred_millionths):
    assert read(id_, written, unit) == hundred_millionths


@pytest.mark.parametrize(("id_", "unit", "written", "said"), [
    ("loan_rate", "", "345%", "超过 24%"), ("loan_rate", "", "3.45", "超过 24%；百分数写作 3.45%"),
    ("loan_rate", "", "24.000001%", "超过 24%"),
    ("loan_rate", "%", "0.0345", "0.0345 是 0.0345% 还是 3.45%？；在单元格里写出 %"), ("loan_rate", "%", 0.25, "是 0.25% 还是 25.00%"),
    ("loan_rate", "", "0.0345%", "年利率低于 0.1%；年利率写作 3.45%"), ("loan_rate", "", "3.45%%", "数字后有文字"),
    ("loan_rate", "", "-3%", "不能为负数"),
    ("loan_rate", "", "3.1234567%", "小数位太多"), ("loan_rate", "", "%", "应为数字"), ("loan_rate", "", "34.5‰", "数字后有文字"),
    ("loan_rate", "", "345bp", "数字后有文字"), ("loan_rate", "", "=3%", "是公式"), ("loan_rate", "", True, "应为数字"),
    ("renewal_share", "", "60", "超过 100%；百分数写作 60%"), ("renewal_share", "", "160%", "超过 100%"),
    ("renewal_share", "%", 0.6, "0.6% 还是 60.00%"),
    ("renewal_share", "%", 1, "1% 还是 100.00%"), ("central_points", "", "0.015", "应为 0.1 至 5 个百分点；1.5个百分点写作 1.5"),
    ("central_points", "", "150", "应为 0.1 至 5 个百分点"), ("central_points", "", "百分点", "应为数字"),
    ("central_points", "", "1.23456789", "小数位太多"),
])
def test_a_share_that_could_mean_two_things_is_refused(id_, unit, written, said):
    assert said in refused(id_, written, unit)


@pytest.mark.parametrize(("id_", "written", "found"), [
    ("loan_years", "5", 5), ("loan_years", "5年", 5), ("loan_years", 5.0, 5), ("loan_years", "5.0", 5), ("loan_years", "1", 1),
    ("loan_years", 50, 50),
    ("central_years", 0, 0), ("central_years", "2", 2), ("central_years", "", MISSING), ("filing_year", "2025", 2025),
    ("filing_year", 2025.0, 2025),
    ("filing_year", "2025年", 2025), ("filing_year", "2025年度", 2025), ("filing_year", "2000", 2000), ("approved_year", "", MISSING),
])
def test_years_are_whole(id_, written, found):
    assert read(id_, written) == found


@pytest.mark.parametrize(("id_", "written", "said"), [
    ("loan_years", "0", "应为 1 至 50 的整年数；按年填写，不按月"), ("loan_years", "2.5", "应为 1 至 50"),
    ("loan_years", 60, "应为 1 至 50"),
    ("loan_years", "60个月", "数字后有文字"), ("loan_years", "五年", "应为数字"), ("loan_years", "年", "应为数字"),
    ("loan_years", "1" * 400, "数字太长"),
    ("central_years", 11, "应为 0 至 10"), ("filing_year", "25", "应为 2000 至 2099 的四位年份"), ("filing_year", "1999", "四位年份"),
    ("filing_year", 2025.5, "四位年份"), ("filing_year", "2100", "四位年份"), ("filing_year", "年度", "应为数字"),
    ("filing_year", 45717, "四位年份"),
    ("filing_year", date(2025, 1, 1), "应为数字"), ("filing_year", True, "应为数字"),
])
def test_what_is_no_number_of_years_is_refused(id_, written, said):
    assert said in refused(id_, written)


def test_a_score_lies_between_0_and_100_and_energy_may_stand_in_ten_thousand_tonnes():
    assert (read("score", "86.5"), read("score", 100), read("energy_saving", "1.5", "万吨标煤")) == (86.5, 100, 15_000)
    assert read("score", "") != read("score", "")  # not a number: none is given
    assert "超过 100" in refused("score", "860")
    assert "超过" in refused("energy_saving", "1000001", "万吨标煤")


# --- dates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["2026-03-05", "2026-3-5", "2026/3/5", "2026.03.05", "2026年3月5日", "20260305", 20260305, 20260305.0,
                                     "2026-03-05 00:00:00", "2026-03-05T00:00", date(2026, 3, 5), datetime(2026, 3, 5, 8, 30),
                                     " 2026-03-05 "])
def test_a_date_is_read_where_year_month_and_day_stand_in_this_order(written):
    assert date.fromordinal(read("filed_on", written)) == date(2026, 3, 5)


@pytest.mark.parametrize(("written", "said"), [
    ("03/04/2026", "不是明确的日期；写作 2026-03-15"), ("26-03-05", "不是明确的日期"), ("2026-03", "不是明确的日期"),
    ("2026", "不是明确的日期"),
    ("2026-03/05", "不是明确的日期"), ("2026-03-05 08:30", "不是明确的日期"), (46086, "不是明确的日期"), (46086.5, "不是明确的日期"),
    ("三月初", "不是明确的日期"),
    ("2026-02-29", "没有这一天"), ("2026-13-01", "没有这一天"), ("0000-01-01", "没有这一天"), ("1999-12-31", "应在 2000 至 2099 年之间"),
    (date(2100, 1, 1), "应在 2000"), (True, "不是明确的日期"), (float("inf"), "不是有限的数"), (float("nan"), "不是有限的数"),
    ("=TODAY()", "是公式"),
])
def test_a_date_that_could_be_another_one_is_refused(written, said):
    assert said in refused("filed_on", written)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]))
def test_every_day_of_the_century_is_read_back_from_every_way_to_write_it(day, way):
    assert read("drawn_on", day.strftime(way)) == day.toordinal()


# --- texts and codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "found"), [
    ("JG-001", "JG-001"), (" JG-001\xa0", "JG-001"), ("JG-001\u200b", "JG-001"), ("'0012", "0012"), (20250001, "20250001"),
    (20250001.0, "20250001"),
    ("JG\n001", "JG\n001"), ("007", "007"), ("2E", "2E"), ("", ""), (None, ""),
])
def test_an_id_is_kept_as_it_is_written(written, found):
    assert read("project", written) == found


@pytest.mark.parametrize("written", ["无", "/", "—", "-", "－"])
def test_a_product_that_is_none_is_no_product_that_rows_share(written):
    assert read("product", written) == ""


@pytest.mark.parametrize(("written", "said"), [
    (2025.5, "应为文本编号"), (True, "应为文本编号"), (date(2025, 3, 1), "应为文本编号"), (1e15, "末几位已经失真；设为文本格式后重新填写"),
    (913100000000000019, "末几位已经失真"), ("9.131E+17", "是科学计数法，末几位已经失真"), ("2.02501e+11", "是科学计数法"),
    ("=A1", "是公式"), ("#REF!", "错误值"),
    ("x" * 501, "长于 500 字"), ("a\x07b", "含控制字符"), (float("nan"), "不是有限的数"), (float("inf"), "不是有限的数"),
])
def test_an_id_that_a_spreadsheet_has_changed_is_refused(written, said):
    assert said in refused("project", written)


def test_a_number_in_a_column_of_text_is_taken_as_it_is_shown():
    assert (read("title", 3.0), read("title", 3.5), read("title", None), read("title", "a\tb")) == ("3", "3.5", "", "a\tb")
    assert "不是有限的数" in refused("title", float("inf"))


def test_the_known_credit_code_is_right_and_small_letters_are_too():
    assert read("uscc", "91350100M000100Y43") == read("uscc", " 91350100m000100y43") == read("uscc",
        "'91350100M000100Y43") == "91350100M000100Y43"
    assert check_character("91350100M000100Y4") == "3"
    assert read("uscc", "") == read("uscc", None) == ""


@given(st.integers(0, 99_999_999), st.integers(0, 17), st.integers(1, 30))
def test_a_credit_code_with_any_one_character_changed_is_refused(number, place, further):
    right, letters = random_ledgers.credit_code(number), "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert read("uscc", right) == right
    other = letters[(letters.index(right[place]) + further) % 31]
    assert "校验位不对；与营业执照核对" in refused("uscc", right[:place] + other + right[place + 1:])


@pytest.mark.parametrize(("written", "said"), [
    ("91350100M000100Y4", "应为18位"), ("91350100M000100Y430", "应为18位"), ("9135O100M000100Y43", "不含 I、O、S、V、Z"),
    (9.13501e17, "末几位已经失真"),
    ("正在办理", "应为18位"), ("９１350100M000100Y43", "应为18位"),
])
def test_what_is_no_credit_code_is_refused(written, said):
    assert said in refused("uscc", written)


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("id_", "written", "found"), [
    ("repayment", "到期还本", "bullet"), ("repayment", " 等额本息 ", "equal_payment"), ("repayment", "Equal_Principal", "equal_principal"),
    ("status", "已立项", "approved"), ("status", "终止", "terminated"), ("status", None, ""), ("size", "小微", "small"),
    ("size", "中", "medium"),
    ("tier", "标杆", "benchmark"), ("tier", "demonstration", "demonstration"), ("tier", "", ""),
])
def test_a_word_of_a_few_is_known_by_all_its_spellings(id_, written, found):
    assert read(id_, written) == found


@pytest.mark.parametrize(("id_", "written"), [("status", "在建"), ("status", "立项、验收"), ("status", 3), ("repayment", "等额"),
                                              ("tier", "灯塔"), ("size", "-")])
def test_another_word_is_refused_with_all_choices(id_, written):
    official = {"status": "拟申报、申报、立项、验收、拨付、终止", "repayment": "到期还本、等额本金、等额本息",
                "tier": "示范性智能工厂、标杆性智能工厂",
                "size": "小型、中型、大型"}
    assert f"不在可选之列；应为 {official[id_]}" in refused(id_, written)


@pytest.mark.parametrize("between", ["、", ";", "；", ",", "，", "\n", "、 ", " ; "])
def test_several_instruments_stand_in_one_cell_and_come_in_the_order_of_the_clauses(between):
    assert read("instruments", f"“三首”产品支持{between}upgrade_loan_interest") == "upgrade_loan_interest;first_of_kind"


def test_an_instrument_is_known_without_its_quotes_and_blanks_in_any_case():
    assert read("instruments", '"三首"产品支持') == read("instruments", "First Of Kind、") == "first_of_kind"


@pytest.mark.parametrize(("written", "said"), [
    ("技改贷款贴现", "没有专项“技改贷款贴现”；是否指 技改贷款贴息？"), ("技改贷款贴息、技改奖励", "没有专项“技改奖励”"),
    ("xyz", "名称见 subsidysim list instruments"),
    ("技改贷款贴息、upgrade_loan_interest", "同一专项写了两次"), ("", "缺少申报专项"), (None, "缺少申报专项"), ("、", "缺少申报专项"),
    (7, "没有专项“7”"),
])
def test_an_instrument_that_is_not_of_the_rule_book_is_refused(written, said):
    assert said in refused("instruments", written)


# --- anything at all ------------------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), st.times(), st.timedeltas(), st.text(),
    st.text("0123456789.,-−%年月日无/＝=#eE+（）() \u3000\u200b'个百分点"),
    st.from_regex(r"[0-9]{1,60}(\.[0-9]{0,60})?(年|%|万|个月)?", fullmatch=True))


@pytest.mark.parametrize("id_", list(COLUMNS))
@given(value=ANYTHING)
def test_whatever_stands_in_a_cell_it_is_a_value_or_a_fault_never_a_crash(id_, value):
    with contextlib.suppress(CellFault):
        found = read(id_, value)
        assert type(found) in (int, float, str)
        assert type(found) is not int or found == MISSING or 0 <= found <= 10**15
