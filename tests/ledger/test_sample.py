"""The synthetic ledger: it reads without a doubt, prices without a fault, and is consistent with itself."""

import csv
from collections import Counter
from datetime import date

import numpy as np
import openpyxl
import pytest

from simulator.appraisal import price_ledger
from simulator.errors import SimulatorError
from simulator.ledger import COLUMNS, MISSING, read_ledger
from simulator.sample import draw_sample, write_sample

ROWS, SEED = 1500, 7


@pytest.fixture(scope="module")
def columns(baseline):
    return draw_sample(baseline, ROWS, SEED)


@pytest.fixture(scope="module")
def files(baseline, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    for suffix in (".csv", ".xlsx"):
        write_sample(baseline, ROWS, SEED, folder / f"样例{suffix}")
    return folder


@pytest.fixture(scope="module")
def ledger(baseline, files):
    return read_ledger(files / "样例.csv", baseline.model.policy.instruments)


@pytest.fixture(scope="module")
def priced(baseline, ledger):
    return price_ledger(ledger, baseline, processes=1)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_was_drawn_is_what_is_read_cell_by_cell_and_without_a_doubt(baseline, files, columns, suffix):
    read = read_ledger(files / f"样例{suffix}", baseline.model.policy.instruments)
    assert read.n == ROWS and read.unused == () and read.notes == ()
    assert read.dropped == (1 if suffix == ".xlsx" else 0)  # its row of totals, which agrees
    for id_ in COLUMNS:
        np.testing.assert_array_equal(read.columns[id_], columns[id_], err_msg=id_)


def test_every_instrument_is_filed_for(baseline, columns):
    filed = Counter(key for keys in columns["instruments"].tolist() for key in keys.split(";"))
    assert filed.keys() == baseline.model.policy.instruments.keys()


def test_a_small_sample_has_every_instrument_too(baseline):
    filed = {key for keys in draw_sample(baseline, 60, 1)["instruments"].tolist() for key in keys.split(";")}
    assert filed == baseline.model.policy.instruments.keys()


def test_every_status_occurs_and_agrees_with_its_dates(columns):
    status, as_of = columns["status"], date(2026, 10, 31)
    assert set(status.tolist()) == {"planned", "filed", "approved", "accepted", "paid", "terminated"}
    assert (columns["filed_on"][status == "planned"] == MISSING).all()
    assert (columns["filed_on"][status != "planned"] <= as_of.toordinal()).all()
    alive = np.isin(status, ("approved", "accepted", "paid"))
    assert (columns["approved_year"][alive] >= columns["filing_year"][alive]).all()
    assert (columns["approved_year"][alive] <= as_of.year).all()
    assert (columns["approved_year"][np.isin(status, ("planned", "filed"))] == MISSING).all()
    assert (columns["accepted_investment"][np.isin(status, ("planned", "filed", "approved"))] == MISSING).all()


def test_what_was_paid_is_what_the_clauses_pay(priced):
    columns, n = priced.ledger.columns, priced.ledger.n
    entitled = np.zeros(n, np.int64)
    np.add.at(entitled, priced.row[priced.in_package], priced.entitlement[priced.in_package])
    paid, status = columns["paid"], columns["status"]
    assert (paid <= entitled).all()
    assert (paid[status == "paid"] == entitled[status == "paid"]).all()
    assert (paid[status == "paid"] > 0).all()
    assert (paid[np.isin(status, ("planned", "filed", "terminated"))] == MISSING).all()
    assert (entitled[status == "terminated"] == 0).all()


def test_products_share_rows_and_a_row_of_one_product_has_one_enterprise(columns):
    rows = {}
    for product, enterprise in zip(columns["product"].tolist(), columns["enterprise"].tolist(), strict=True):
        if product:
            rows.setdefault(product, []).append(enterprise)
    assert max(map(len, rows.values())) > 1
    assert all(len(set(enterprises)) == 1 for enterprises in rows.values())


def test_an_enterprise_keeps_its_code_district_and_size(columns):
    known = {}
    for name, *rest in zip(*(columns[id_].tolist() for id_ in ("enterprise", "uscc", "district", "sector", "size")), strict=True):
        assert known.setdefault(name, rest) == rest
    assert len({uscc for uscc, *_ in known.values()}) == len(known) < ROWS


def test_nothing_in_it_can_be_taken_for_real(columns):
    assert all(title.endswith("（合成）") for title in columns["title"].tolist())
    assert all(code.startswith("91310000XX") for code in columns["uscc"].tolist())


def test_the_workbook_says_in_its_first_line_that_it_is_synthetic_and_ends_with_totals(files):
    sheet = openpyxl.load_workbook(files / "样例.xlsx").worksheets[0]
    assert "合成样例，非真实企业" in sheet.cell(1, 1).value
    assert sheet.cell(sheet.max_row, 1).value == "合计"


def test_amounts_are_written_as_clerks_write_them(files):
    with open(files / "样例.csv", encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    written = [row["项目总投资（万元）"] for row in rows if row["项目总投资（万元）"]]
    decimals = Counter(len(text.partition(".")[2]) for text in written)
    assert set(decimals) <= {0, 1, 2, 3, 4} and decimals[0] > len(written) / 2 and decimals[2] and decimals[4]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(baseline, tmp_path, suffix):
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        write_sample(baseline, 40, seed, tmp_path / f"{name}{suffix}")
    one, same, other = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "same", "other"))
    assert one == same != other


def test_pieces_do_not_depend_on_how_they_are_worked_on(baseline, monkeypatch):
    monkeypatch.setattr("simulator.sample.drawing.ROWS_AT_ONCE", 30)
    alone = draw_sample(baseline, 120, 3)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    together = draw_sample(baseline, 120, 3)
    assert len(set(alone["project"].tolist())) == 120
    for id_ in COLUMNS:
        np.testing.assert_array_equal(alone[id_], together[id_], err_msg=id_)


def test_one_row_is_a_ledger_too(baseline, tmp_path):
    write_sample(baseline, 1, 1, tmp_path / "one.csv")
    assert read_ledger(tmp_path / "one.csv", baseline.model.policy.instruments).n == 1


@pytest.mark.parametrize(("name", "rows", "said"), [("样例.txt", 10, "应以 .xlsx 或 .csv 结尾"), ("样例.xlsx", 100_001, "改用 .csv")])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_drawn(baseline, tmp_path, name, rows, said):
    with pytest.raises(SimulatorError, match=said):
        write_sample(baseline, rows, 1, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
