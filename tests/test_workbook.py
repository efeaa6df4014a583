"""The workbook of prices: it reads back to the 分, adds up by every column, and nothing in it is executed."""

import csv
import zipfile
from datetime import date
from decimal import Decimal

import numpy as np
import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from simulator.appraisal import price_ledger
from simulator.errors import SimulatorError, StorageError
from simulator.language import set_language
from simulator.ledger import MISSING, Ledger
from simulator.sample import draw_sample
from simulator.scenario import load_scenario
from simulator.workbook import write_prices

TOTAL, FILTERED, HEADS = 2, 3, 4  # rows of a sheet of lines, from 0
DANGEROUS = ("=1+1", "+86", "-5", "@SUM(A1)", "\tx", "=HYPERLINK(\"x\")", "'quoted", "1e5", "0012", "TRUE", "http://localhost/", "_x0041_",
             " spaces ")


def ledger_of(columns):
    n = len(columns["project"])
    return Ledger("台账.xlsx", "申报台账", "0" * 64, np.arange(n) + 4, columns, {"investment": "万元"})


@pytest.fixture(scope="module")
def priced(baseline):
    columns = draw_sample(baseline, 400, 11)
    for i, text in enumerate(DANGEROUS):
        columns["enterprise"][i] = columns["title"][i] = text
    return price_ledger(ledger_of(columns), baseline, processes=1)


@pytest.fixture(scope="module")
def file(priced, baseline, tmp_path_factory):
    file = tmp_path_factory.mktemp("prices") / "应补额.xlsx"
    write_prices(priced, baseline, file)
    return file


@pytest.fixture(scope="module")
def detail(file):
    """Rows of the detail as calamine sees them."""
    return CalamineWorkbook.from_path(file).get_sheet_by_name("明细").to_python(skip_empty_area=False)


def column(rows, head):
    place = rows[HEADS].index(head)
    return [row[place] for row in rows[HEADS + 1:]]


def fen(values):
    """Cells in 元 as 分; each is within a hair of a whole 分, or it was not exact."""
    found = []
    for value in values:
        if value != "":
            exact = Decimal(repr(float(value))) * 100
            assert exact == exact.to_integral_value(), value
            found.append(int(exact))
        else:
            found.append(0)
    return found


def test_every_amount_reads_back_to_the_fen(detail, priced):
    lines = priced.ledger.rows[priced.row].tolist()
    assert column(detail, "台账行") == lines
    assert fen(column(detail, "应补额（元）")) == priced.entitlement.tolist()
    assert fen(column(detail, "组合应补额（元）")) == np.where(priced.in_package, priced.entitlement, 0).tolist()
    assert fen(column(detail, "上限余额（元）")) == np.where(priced.left == MISSING, 0, priced.left).tolist()
    for year in priced.years:
        for which, word in (("accrued", "应计"), ("paid", "拨付")):
            head = f"{year}年{word}（元）"
            amounts = np.where((getattr(priced, f"{which}_year") == year) & priced.in_package[:, None], getattr(priced, which),
                               0).sum(axis=1)
            if amounts.any():
                assert fen(column(detail, head)) == amounts.tolist(), head
            else:
                assert head not in detail[HEADS]


def test_every_column_adds_up_to_the_fen_to_its_total(detail):
    money = [head for head in detail[HEADS] if head.endswith("（元）")]
    assert len(money) > 12
    for head in money:
        place = detail[HEADS].index(head)
        assert sum(fen(column(detail, head))) == fen([detail[TOTAL][place]])[0] == fen([detail[FILTERED][place]])[0], head


def test_totals_are_those_of_the_ledger_of_the_packages_and_of_the_summary(detail, file, priced):
    total = {head: value for head, value in zip(detail[HEADS], detail[TOTAL], strict=True) if head.endswith("（元）")}
    assert fen([total["组合应补额（元）"]])[0] == priced.total()
    assert fen([total["应补额（元）"]])[0] == priced.total(package_only=False)
    assert fen([total["台账已拨付（元）"]])[0] == priced.ledger.total("paid")
    for word in ("应计", "拨付"):
        assert sum(fen([value for head, value in total.items() if head.endswith(f"年{word}（元）")])) == priced.total()
    summary = CalamineWorkbook.from_path(file).get_sheet_by_name("汇总").to_python()
    heads = [row for row in summary if row[1] == "政策工具"]
    sums = [row for row in summary if row[1] == "合计"]
    assert fen([sums[0][heads[0].index("组合应补额（元）")]])[0] == priced.total()
    for head, row, which in ((heads[2], sums[2], "accrued"), (heads[3], sums[3], "paid")):
        stated = {name: value for name, value in zip(head, row, strict=True) if name.endswith("年（元）")}
        assert {int(name[:4]): fen([value])[0] for name, value in stated.items()} == priced.by_year(which)
        assert fen([row[head.index("合计（元）")]])[0] == priced.total()


def test_the_summary_adds_up_by_instrument_and_tells_assumed_amounts_apart(file, baseline):
    rows = CalamineWorkbook.from_path(file).get_sheet_by_name("汇总").to_python()
    top = next(i for i, row in enumerate(rows) if row[1] == "政策工具")
    place = rows[top].index("组合应补额（元）")
    lines = [row for row in rows[top + 1:] if row[0]][: len(baseline.model.policy.instruments)]
    parts = {row[1]: row[place] for row in reversed(rows[top + 1:]) if not row[0] and row[1]}  # the first table counts
    assumed = [row for row in lines if row[1].endswith(" *")]
    assert [row[1] for row in assumed] == [f"{rule.title} *" for rule in baseline.model.policy.instruments.values() if not rule.priced]
    assert sum(fen([row[place] for row in assumed])) == fen([parts["其中：金额属假设的条款 *"]])[0]
    assert sum(fen([row[place] for row in lines])) == fen([parts["合计"]])[0]
    said = "".join(str(cell) for row in rows for cell in row)
    assert "验收一律按立项次年计" in said and "0" * 64 in said and "沪经信技〔2024〕355号" in said


def test_texts_read_back_exactly_and_none_is_a_formula(file, detail, priced):
    assert column(detail, "企业名称") == [priced.ledger.columns["enterprise"][row] for row in priced.row]
    assert set(DANGEROUS) <= set(column(detail, "项目名称"))
    sheet = openpyxl.load_workbook(file)["明细"]
    formulas = {cell.row for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas == {TOTAL + 1, FILTERED + 1}
    quoted = {cell.value: cell.quotePrefix for row in sheet.iter_rows(min_row=HEADS + 2) for cell in row if cell.value in DANGEROUS}
    assert len(quoted) == len(DANGEROUS) - 1  # openpyxl does not undo the escape of _x0041_
    assert all(is_quoted == (text[0] in "=+-@\t") for text, is_quoted in quoted.items())


def test_nothing_in_the_workbook_links_or_runs(file):
    with zipfile.ZipFile(file) as parts:
        names = parts.namelist()
        content = "".join(parts.read(name).decode() for name in names if name.endswith((".xml", ".rels")))
    assert not [name for name in names if "externalLink" in name or "vba" in name.lower() or "embeddings" in name]
    assert "TargetMode=" not in content and "<hyperlink" not in content


def test_the_base_is_the_approved_investment_or_what_was_accepted_of_it(detail, priced):
    columns = priced.ledger.columns
    seen = set()
    for name, amount, row in zip(column(detail, "计算基数"), fen(column(detail, "基数金额（元）")), priced.row, strict=True):
        ids = {"项目总投资": "investment", "核定投资": "approved_investment", "验收认定投资": "accepted_investment",
               "贷款本金": "loan_principal"}
        if name in ids:
            seen.add(name)
            assert amount == columns[ids[name]][row]
        if name in ("项目总投资", "核定投资"):
            assert columns["accepted_investment"][row] == MISSING or columns["accepted_investment"][row] >= amount
    assert seen == {"项目总投资", "核定投资", "验收认定投资", "贷款本金"}


def test_alternatives_are_the_lines_outside_of_the_packages_with_their_own_years(file, priced):
    rows = CalamineWorkbook.from_path(file).get_sheet_by_name("备选").to_python(skip_empty_area=False)
    outside = ~priced.in_package & (priced.entitlement > 0)
    assert outside.any()
    assert fen(column(rows, "若选此项应补额（元）")) == priced.entitlement[outside].tolist()
    alone = [not priced.ledger.columns["product"][row] for row in priced.row[outside]]  # of a product, rows are settled together
    packages = fen(column(rows, "入选组合应补额（元）"))
    assert all(one <= best for one, best, mine in zip(priced.entitlement[outside].tolist(), packages, alone, strict=True) if mine)
    paid = [head for head in rows[HEADS] if head.endswith("年拨付（元）")]
    by_line = np.sum([fen(column(rows, head)) for head in paid], axis=0)
    assert by_line.tolist() == priced.entitlement[outside].tolist()


def test_the_best_alternative_stands_once_a_project(detail, priced):
    stated = fen(column(detail, "最高备选（元）"))
    for row in np.unique(priced.row):
        mine = priced.row == row
        outside = priced.entitlement[mine & ~priced.in_package].max(initial=0)
        assert sum(value for value, there in zip(stated, mine, strict=True) if there) == (outside if (mine & priced.in_package).any()
                                                                                          else 0)


def test_every_clause_stands_with_its_verbatim_quote_and_its_readings(file, baseline):
    rows = CalamineWorkbook.from_path(file).get_sheet_by_name("条款").to_python()
    quotes = {row[2] for row in rows}
    assert {rule.quote for rule in baseline.model.policy.instruments.values()} <= quotes
    said = "".join(str(cell) for row in rows for cell in row)
    assert "11.3397%（假设），假设分布的中位数" in said  # 软件采购
    assert all(str(reading.question) in said for reading in baseline.model.policy.readings.values())


def test_a_reading_that_was_changed_is_named(tmp_path, priced):
    scenario = load_scenario("baseline", readings={"exclusivity": "stack"})
    write_prices(price_ledger(priced.ledger, scenario, processes=1), scenario, tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "p.xlsx")
    summary = "".join(str(cell) for row in book.get_sheet_by_name("汇总").to_python() for cell in row)
    assert "同一项目能否同时享受" in summary and "全部可叠加" in summary
    assert "已改，默认为：每个项目择优一项" in {row[6] for row in book.get_sheet_by_name("条款").to_python()}


def test_charts_are_native_and_titled(file):
    with zipfile.ZipFile(file) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert ["各年拨付（按政策工具）" in chart for chart in charts] == [True, False]
    assert ["组合应补额（按政策工具）" in chart for chart in charts] == [False, True]
    assert all("亿元" in chart for chart in charts)
    assert "<a:pattFill" in charts[0]  # so that a black-and-white print tells the layers apart


def test_sheets_print_on_a4_with_heads_and_page_numbers(file):
    book = openpyxl.load_workbook(file)
    for sheet in book.worksheets:
        assert sheet.page_setup.paperSize == 9
        assert "&P" in sheet.oddFooter.right.text
        if sheet.title in ("明细", "备选"):
            assert sheet.page_setup.orientation == "landscape"
            assert sheet.print_title_rows == "$5:$5" and sheet.print_title_cols == "$A:$B"
            assert sheet.freeze_panes == "C6" and sheet.auto_filter.ref.startswith("A5:")
        else:
            assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_more_lines_than_a_sheet_holds_go_on_another(tmp_path, monkeypatch, priced, baseline):
    monkeypatch.setattr("simulator.workbook.lines.MOST_LINES", 150)
    write_prices(priced, baseline, tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "p.xlsx")
    names = [name for name in book.sheet_names if name.startswith("明细")]
    assert names == ["明细1", "明细2", "明细3"]
    pieces = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names]
    assert [amount for piece in pieces for amount in fen(column(piece, "应补额（元）"))] == priced.entitlement.tolist()
    place = pieces[0][HEADS].index("应补额（元）")
    assert sum(fen([piece[TOTAL][place] for piece in pieces])) == priced.total(package_only=False)


def test_heads_are_english_when_english_is_spoken(tmp_path, monkeypatch, priced, baseline):
    monkeypatch.setattr("simulator.language._current", "zh")
    set_language("en")
    write_prices(priced, baseline, tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "p.xlsx")
    assert book.sheet_names == ["summary", "charts", "detail", "alternatives", "clauses", "notes"]
    rows = book.get_sheet_by_name("detail").to_python(skip_empty_area=False)
    assert fen(column(rows, "entitlement (CNY)")) == priced.entitlement.tolist()
    assert set(column(rows, "in package")) == {"yes", "no"}


def test_a_ledger_that_is_paid_nothing_and_names_nobody_is_a_workbook_too(tmp_path, baseline):
    columns = {"project": np.array(["A-1"], object), "instruments": np.array(["upgrade_loan_interest"], object),
               "filing_year": np.array([2025]),
               "investment": np.array([100_000_000]), "loan_principal": np.array([50_000_000]), "loan_rate": np.array([3_000_000]),
               "loan_years": np.array([3]), "repayment": np.array(["bullet"], object)}
    write_prices(price_ledger(ledger_of(columns), baseline), baseline, tmp_path / "p.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "p.xlsx")
    assert book.sheet_names == ["汇总", "明细", "条款", "说明"]
    rows = book.get_sheet_by_name("明细").to_python(skip_empty_area=False)
    assert column(rows, "决定因素") == ["未达门槛"] and column(rows, "应补额（元）") == [0.0]


def test_very_large_amounts_are_exact_to_the_fen(tmp_path, baseline):
    columns = {"project": np.array([f"A-{i}" for i in range(3)], object), "instruments": np.array(["first_of_kind"] * 3, object),
               "filing_year": np.array([2025] * 3), "contract": np.array([999_999_999_999_999, 1, 333_333]),
               "filed_on": np.array([date(2025, 5, 1).toordinal()] * 3)}
    write_prices(price_ledger(ledger_of(columns), baseline), baseline, tmp_path / "p.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "p.xlsx").get_sheet_by_name("明细").to_python(skip_empty_area=False)
    assert fen(column(rows, "基数金额（元）")) == [999_999_999_999_999, 1, 333_333]
    assert fen([rows[TOTAL][rows[HEADS].index("基数金额（元）")]]) == [1_000_000_000_333_333]


def test_the_same_prices_give_the_same_bytes(tmp_path, file, priced, baseline):
    write_prices(priced, baseline, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


def test_csv_has_the_same_lines_exact_and_neutralised(tmp_path, detail, priced, baseline):
    write_prices(priced, baseline, tmp_path / "p.csv")
    assert (tmp_path / "p.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with open(tmp_path / "p.csv", encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert list(rows[0]) == [head for head in detail[HEADS] if head]
    assert [int(Decimal(row["应补额（元）"]) * 100) for row in rows] == priced.entitlement.tolist()
    assert not [text for row in rows for text in row.values() if text.startswith(("=", "+", "-", "@", "\t"))]
    assert rows[0]["企业名称"] == "'=1+1"


@pytest.mark.parametrize("name", ["p.xlsx", "p.csv"])
def test_a_folder_that_is_not_there_is_said(tmp_path, priced, baseline, name):
    with pytest.raises(StorageError, match="无法写入"):
        write_prices(priced, baseline, tmp_path / "missing" / name)


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace"])
def test_a_disk_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, priced, baseline, suffix, failing):
    def full(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / f"p{suffix}").write_text("old")
    monkeypatch.setattr(failing, full)
    with pytest.raises(StorageError, match="No space left"):
        write_prices(priced, baseline, tmp_path / f"p{suffix}")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(f"p{suffix}", "old")]


def test_an_interrupted_workbook_leaves_nothing(tmp_path, monkeypatch, priced, baseline):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("simulator.workbook.write_notes", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_prices(priced, baseline, tmp_path / "p.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_file_is_refused(tmp_path, priced, baseline):
    with pytest.raises(SimulatorError, match=r"应以 \.xlsx 或 \.csv 结尾"):
        write_prices(priced, baseline, tmp_path / "p.pdf")
