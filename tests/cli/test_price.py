"""subsidysim price and explain on a ledger: exit codes, what is printed, what is written and what is not."""

import json
import stat
from decimal import Decimal

import pytest

from tests.cli.command import MAIN, call
from tests.ledgers import LOAN, write_ledger

LOANED = {"instruments": "技改贷款贴息、技改融资租赁补贴", "filing_year": 2025, "investment": 5000, "lease_equipment": 1000,
          "loan_principal": 3000, **LOAN}
CONTRACT = {"instruments": "“三首”产品支持", "filing_year": 2025, "contract": 4000, "product": "CP-1"}


@pytest.fixture
def ledger(tmp_path):
    """A ledger of three projects: half of 90万 interest for three years, and 30% of twice 4000万 under one cap of 2000万."""
    return write_ledger(tmp_path / "台账.csv", [LOANED, CONTRACT, CONTRACT])


@pytest.fixture
def priced(say, ledger):
    """The rows that --json prints, by project and instrument, and all of it."""
    def price(*options):
        code, out, err = say("price", ledger, "--json", *options)
        assert code == 0, err
        answer = json.loads(out)
        return {(row["project"], row["instrument"]): row for row in answer["rows"]}, answer

    return price


# --- what is printed --------------------------------------------------------------------------------------------


def test_json_prints_every_project_and_instrument_in_yuan_with_two_decimals(priced):
    rows, answer = priced()
    assert rows["P1", "upgrade_loan_interest"] == {
        "project": "P1", "instrument": "upgrade_loan_interest", "entitlement": "1350000.00", "binding": "rate", "headroom": "18650000.00",
        "accrued": {"2025": "450000.00", "2026": "450000.00", "2027": "450000.00"},
        "paid": {"2026": "450000.00", "2027": "450000.00", "2028": "450000.00"}, "in_package": True}
    assert rows["P1", "upgrade_lease"] == {
        "project": "P1", "instrument": "upgrade_lease", "entitlement": "500000.00", "binding": "rate", "headroom": "19500000.00",
        "accrued": {"2025": "500000.00"}, "paid": {"2025": "250000.00", "2026": "250000.00"}, "in_package": False}
    assert (rows["P2", "first_of_kind"]["entitlement"], rows["P3", "first_of_kind"]["entitlement"]) == ("12000000.00", "8000000.00")
    assert rows["P3", "first_of_kind"]["binding"] == "headroom"
    assert list(answer) == ["rows", "total", "totals"]
    assert answer["total"] == "21350000.00"


def test_the_totals_reconcile_with_the_rows_by_every_column(priced):
    rows, answer = priced()
    chosen = [row for row in rows.values() if row["in_package"]]
    assert Decimal(answer["total"]) == sum(Decimal(row["entitlement"]) for row in chosen)
    assert Decimal(answer["totals"]["all_entitlements"]) == sum(Decimal(row["entitlement"]) for row in rows.values())
    for column in ("accrued", "paid"):
        for year, amount in answer["totals"][column].items():
            assert Decimal(amount) == sum(Decimal(row[column].get(year, 0)) for row in chosen)
        assert sum(map(Decimal, answer["totals"][column].values())) == Decimal(answer["total"])


def test_the_report_of_the_load_goes_to_standard_error_and_the_tables_to_standard_output(say, ledger):
    code, out, err = say("price", ledger)
    assert code == 0
    assert "读入 3 行，拒绝 0 行" in err
    assert "合同金额 8,000.00万元（表头单位 万元）" in err
    assert "申报 2025 至 2025" in err
    assert "2,135.00" in out
    assert "沪经信技〔2024〕355号" in out
    assert "口径：全部为默认" in out


def test_everything_is_said_in_english_too(say, ledger):
    code, out, err = say("price", ledger, "--lang", "en", "--reading", "exclusivity=stack")
    assert code == 0
    assert "3 rows read, rejected = 0" in err
    assert "Entitlement (10 000 CNY)" in out
    assert "Readings: exclusivity=stack" in out
    assert "2,185.00" in out


@pytest.mark.parametrize(("reading", "total"), [("exclusivity=stack", "21850000.00"), ("exclusivity=loan_and_lease", "21850000.00"),
                                                ("first_of_kind_scope=contract", "25350000.00"),
                                                ("threshold_inclusive=strict", "21350000.00")])
def test_a_reading_changes_what_is_paid(priced, reading, total):
    assert priced("--reading", reading)[1]["total"] == total


def test_several_readings_hold_together(priced):
    readings = "--reading", "exclusivity=stack", "--reading", "first_of_kind_scope=contract"
    assert priced(*readings)[1]["total"] == "25850000.00"


def test_a_scenario_of_other_rules_is_a_policy_too(priced, tmp_path):
    changed = {"extends": "baseline", "name": "half", "title": {"zh": "减半", "en": "half"}, "question": {"zh": "?", "en": "?"},
               "instruments": {"first_of_kind": {"cap": {"value": "1000万元", "basis": "assumption", "note": "试算"}}}}
    (tmp_path / "half.yaml").write_text(json.dumps(changed), "utf-8")
    assert priced("--policy", tmp_path / "half.yaml")[1]["total"] == "11350000.00"


# --- what is refused --------------------------------------------------------------------------------------------


def test_a_faulty_ledger_ends_with_2_and_writes_nothing(say, tmp_path):
    faulty = write_ledger(tmp_path / "台账.csv", [LOANED | {"loan_rate": "345%"}, CONTRACT | {"contract": "约5"}])
    for more in ((), ("--json",), ("--out", tmp_path / "价格.xlsx"), ("--out", tmp_path / "价格.csv", "--json")):
        code, out, err = say("price", faulty, *more)
        assert (code, out) == (2, "")
        assert "2 处问题" in err
        assert "“345%” 超过 24%" in err
        assert "“约5” 应为数字" in err
        assert "Traceback" not in err
        assert [each.name for each in tmp_path.iterdir()] == ["台账.csv"]


@pytest.mark.parametrize(("arguments", "said"), [
    (["none.csv"], "没有这个文件"), ([], "LEDGER"), (["LEDGER", "--policy", "nowhere"], "nowhere"),
    (["LEDGER", "--reading", "exclusivity"], "应写作 名称=取值"),
    (["LEDGER", "--reading", "exclusivity=all"], "all"), (["LEDGER", "--reading", "nothing=all"], "nothing"),
    (["LEDGER", "--sheet", "甲"], "没有工作表 甲"),
    (["LEDGER", "--mapping", "none.yaml"], "none.yaml"),
])
def test_a_wrong_command_ends_with_2_and_says_what_is_wrong(say, ledger, arguments, said):
    code, out, err = say("price", *(ledger if each == "LEDGER" else each for each in arguments))
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_doubtful_amounts_are_refused_where_nobody_can_be_asked_unless_yes(say, tmp_path):
    doubtful = write_ledger(tmp_path / "台账.csv", [CONTRACT | {"contract": 40_000_000}])
    code, out, err = say("price", doubtful)
    assert (code, out) == (2, "")
    assert "像是差了一万倍" in err
    assert "--yes" in err
    code, _, err = say("price", doubtful, "--yes")
    assert code == 0
    assert "像是差了一万倍" in err


# --- what is written --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["价格.xlsx", "价格.csv"])
def test_out_writes_one_file_for_its_owner_and_never_over_another(say, ledger, tmp_path, name):
    out = tmp_path / name
    code, printed, err = say("price", ledger, "--out", out)
    assert code == 0, err
    assert f"已写入 {out}" in " ".join(printed.split()).replace(f"/ {name}", f"/{name}") or name in printed
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["台账.csv", name])
    before = out.read_bytes()
    code, printed, err = say("price", ledger, "--out", out)
    assert (code, printed) == (2, "")
    assert "已存在；换一个文件名，或加 --overwrite 覆盖" in err
    assert out.read_bytes() == before
    assert say("price", ledger, "--out", out, "--overwrite")[0] == 0


def test_a_folder_that_is_not_there_is_no_place_to_write_to(say, ledger, tmp_path):
    code, _, err = say("price", ledger, "--out", tmp_path / "none" / "价格.xlsx")
    assert code == 3
    assert "无法写入" in err


def test_the_ledger_itself_is_never_overwritten_even_if_told_to(say, ledger):
    before = ledger.read_bytes()
    code, _, err = say("price", ledger, "--out", ledger, "--overwrite")
    assert code == 2, err
    assert ledger.read_bytes() == before


def test_a_file_of_another_kind_is_refused_before_anything_is_read(say, ledger, tmp_path):
    code, out, err = say("price", ledger, "--out", tmp_path / "价格.pdf")
    assert (code, out) == (2, "")
    assert ".xlsx" in err
    assert [each.name for each in tmp_path.iterdir()] == ["台账.csv"]


# --- explain ------------------------------------------------------------------------------------------------------


def test_explain_prints_the_trail_of_one_project(say, ledger):
    code, out, err = say("explain", ledger, "--project", "P3")
    assert code == 0
    assert "读入 3 行" in err
    assert "累计上限余额起作用" in out
    assert "800.00" in out
    assert "连续三年" not in out


def test_explain_prints_the_same_amounts_as_json(say, ledger):
    code, out, _ = say("explain", ledger, "--project", "P1", "--json")
    assert code == 0
    found = json.loads(out)
    assert [(each["instrument"], each["amounts"], each["in_package"]) for each in found["instruments"]] == [
        ("upgrade_loan_interest", ["450000.00"] * 3, True), ("upgrade_lease", ["500000.00"], False)]
    assert [(each["year"], each["paid"]) for each in found["payments"]] == [(2026, "450000.00"), (2027, "450000.00"), (2028, "450000.00")]


def test_explain_of_a_ledger_speaks_english(say, ledger):
    code, out, _ = say("explain", ledger, "--project", "P2", "--lang", "en")
    assert code == 0
    assert "line 3" in out
    assert "the rate decides" in out


def test_explain_without_a_project_lists_those_of_the_ledger(say, ledger):
    code, out, _ = say("explain", ledger)
    assert code == 0
    assert "项目编号（共 3 项）" in out
    assert "P1" in out


def test_standard_output_that_is_full_or_closed_is_no_traceback(ledger):
    full = call("price", ledger, "--json", script="import os, sys\nos.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n" + MAIN)
    assert (full.returncode, "Traceback" in full.stderr) == (3, False)
    closed = call("price", ledger, "--json", script="import os, sys\nr, w = os.pipe(); os.close(r); os.dup2(w, 1)\n" + MAIN)
    assert (closed.returncode, "Traceback" in closed.stderr) == (1, False)


@pytest.mark.parametrize(("arguments", "said"), [(("--project", "P9"), "台账中没有项目 P9"),
                                                 (("--project", "P1", "--draw", "3"), "--draw"),
                                                 (("--project", "P1", "--size", "3"), "--size")])
def test_explain_refuses_what_a_ledger_does_not_have(say, ledger, arguments, said):
    code, out, err = say("explain", ledger, *arguments)
    assert (code, out) == (2, "")
    assert said in err
