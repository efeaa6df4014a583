"""The empty ledger: recognised as one, readable once it is filled in, with drop-downs where there are choices."""

import openpyxl
import pytest

from simulator.errors import FaultyFiles
from simulator.ledger import COLUMNS, read_ledger
from simulator.ledger.template import write_template
from tests.ledger.random_ledgers import credit_code

HEADS = 3  # line of the heads


@pytest.fixture(scope="module")
def rules(baseline):
    return baseline.model.policy.instruments


@pytest.fixture(scope="module")
def template(rules, tmp_path_factory):
    file = tmp_path_factory.mktemp("template") / "申报台账.xlsx"
    write_template(file, rules)
    return file


@pytest.fixture
def filled(template, tmp_path):
    """Fill rows into the form as somebody with a spreadsheet does."""
    def fill(*rows):
        book = openpyxl.load_workbook(template)
        sheet = book.worksheets[0]
        place = {cell.value: cell.column for cell in sheet[HEADS]}
        for line, row in enumerate(rows, HEADS + 1):
            for id_, value in row.items():
                sheet.cell(line, place[COLUMNS[id_].full_head], value)
        book.save(tmp_path / "filled.xlsx")
        return tmp_path / "filled.xlsx"

    return fill


def sheet_of(template):
    return openpyxl.load_workbook(template).worksheets[0]


def test_every_column_has_its_head_with_its_unit(template):
    assert [cell.value for cell in sheet_of(template)[HEADS]] == [column.full_head for column in COLUMNS.values()]


def test_an_empty_form_is_recognised_and_refused_for_having_no_application(template, rules):
    with pytest.raises(FaultyFiles, match="没有一行申报"):
        read_ledger(template, rules)


def test_a_form_that_is_filled_in_reads_exactly(filled, rules):
    file = filled({"project": "JG-1", "instruments": "技改贷款贴息、技改融资租赁补贴", "filing_year": 2026, "investment": 5000.25,
                   "loan_principal": 3000,
                   "loan_rate": 0.0345, "loan_years": 5, "repayment": "到期还本", "lease_equipment": 400, "uscc": credit_code(1)},
                  {"project": "JG-2", "instruments": "智能工厂", "filing_year": 2026, "tier": "标杆性智能工厂", "investment": 800,
                   "status": "申报"})
    ledger = read_ledger(file, rules)
    assert ledger.n == 2
    assert ledger.columns["investment"].tolist() == [5_000_250_000, 800_000_000]
    assert ledger.columns["instruments"].tolist() == ["upgrade_loan_interest;upgrade_lease", "smart_factory"]
    assert ledger.columns["loan_rate"][0] == 3_450_000
    assert ledger.columns["tier"].tolist() == ["", "benchmark"]
    assert ledger.unused == ()


def test_what_is_missing_is_said_with_its_cell(filled, rules):
    with pytest.raises(FaultyFiles, match="贷款本金"):
        read_ledger(filled({"project": "JG-1", "instruments": "技改贷款贴息", "filing_year": 2026, "investment": 5000}), rules)


def test_choices_and_instruments_drop_down(template, rules):
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    listed = {str(given.sqref).split(":")[0]: given.formula1 for given in sheet.data_validations.dataValidation if given.type == "list"}
    heads = {f"{cell.column_letter}{HEADS + 1}": cell.value for cell in sheet[HEADS]}
    chosen = {heads[cell]: formula for cell, formula in listed.items()}
    assert chosen["还本方式"] == '"到期还本,等额本金,等额本息"'
    assert chosen["状态"] == '"拟申报,申报,立项,验收,拨付,终止"'
    assert chosen["智能工厂等级"] == '"示范性智能工厂,标杆性智能工厂"'
    name, area = chosen["申报专项"].split("!")
    titles = [row[0].value for row in book[name][area.replace("$", "")]]
    assert titles == [rule.title.zh for rule in rules.values()]


def test_codes_are_cells_of_text_before_anybody_types(template):
    sheet = sheet_of(template)
    formats = {sheet.cell(HEADS, c).value: sheet.column_dimensions[openpyxl.utils.get_column_letter(c)].number_format
               for c in range(1, len(COLUMNS) + 1)}
    assert {formats[head] for head in ("项目编号", "统一社会信用代码", "产品编号")} == {"@"}
    assert formats["申报日期"] == "yyyy-mm-dd"
    assert formats["评分"] == "General"


def test_every_column_and_every_instrument_is_explained(template, rules):
    book = openpyxl.load_workbook(template)
    explained = [row[0].value for row in book["填写说明"].iter_rows(min_row=4)]
    assert explained == [column.full_head for column in COLUMNS.values()]
    listed = {row[0].value: row[3].value for row in book["专项清单"].iter_rows(min_row=4)}
    assert listed.keys() == {rule.title.zh for rule in rules.values()}
    assert listed["技改贷款贴息"] == "贷款本金；贷款利率；贷款期限；还本方式；项目总投资 或 核定投资"


def test_the_same_rule_book_gives_the_same_bytes(template, rules, tmp_path):
    write_template(tmp_path / "again.xlsx", rules)
    assert (tmp_path / "again.xlsx").read_bytes() == template.read_bytes()


def test_the_examples_of_choices_and_codes_would_be_read(template, filled, rules):
    book = openpyxl.load_workbook(template)
    examples = {row[1].value: row[5].value for row in book["填写说明"].iter_rows(min_row=4)}
    row = {id_: examples[id_] for id_ in ("project", "uscc", "size", "repayment", "tier", "status", "instruments", "filed_on",
                                          "filing_year", "loan_rate")}
    assert read_ledger(filled(row | {"certification_contract": 100}), rules).n == 1
