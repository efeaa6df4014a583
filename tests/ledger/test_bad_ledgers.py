"""A bad ledger is refused with the place and the value, and nothing is written; an odd one is priced right."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.cli import main
from tests.ledger.bad_ledgers import BAD, ODD, REFUSED, REFUSED_OR_RIGHT
from tests.ledger.books import Book, Case, changed
from tests.oracle.ledger import price


@pytest.fixture
def hand_in(tmp_path, capsys, monkeypatch):
    """Hand a ledger to the command: exit code, standard output, standard error; then what lies in the folders."""
    def price_it(case: Case):
        monkeypatch.setattr("simulator.language._current", "zh")
        (tmp_path / "in").mkdir()
        (tmp_path / "out").mkdir()
        path = tmp_path / "in" / f"台账{case.suffix}"
        case.write(path)
        before = {each.name for each in path.parent.iterdir()}
        monkeypatch.chdir(tmp_path / "out")
        try:
            main(["price", str(path), "--json", "--out", str(tmp_path / "out" / "价格.xlsx"), *case.options])
        except SystemExit as ended:
            code = ended.code or 0
        else:
            code = 0
        assert {each.name for each in path.parent.iterdir()} == before, "something was written beside the ledger"
        printed = capsys.readouterr()
        return path, code, printed.out, printed.err

    return price_it


def assert_refused(path: Path, code: int, out: str, err: str, says: tuple) -> None:
    """Exit 2, one report with the file, the places and the values, nothing on standard output, nothing written."""
    assert code == 2, f"exit {code}\n{out[:2000]}\n{err[-2000:]}"
    assert out == ""
    assert "Traceback" not in err
    assert path.name in err
    assert not list((path.parent.parent / "out").iterdir()), "something was written"
    for wanted in says:
        choices = (wanted,) if isinstance(wanted, str) else wanted
        assert any(said(each, err) for each in choices), f"none of {choices} in:\n{err[:3000]}"


def said(wanted: str, err: str) -> bool:
    """Whether the report says it; `#7` is the number of a line, standing alone."""
    if re.fullmatch(r"#\d+", wanted):
        return re.search(rf"(?<!\d){wanted[1:]}(?!\d)", err) is not None
    if re.fullmatch(r"[A-Z]{1,3}\d+", wanted):
        return re.search(rf"(?<![A-Z]){wanted}(?!\d)", err) is not None
    squeezed = "".join(err.split()).replace(",", "")
    return wanted in err or "".join(wanted.split()).replace(",", "") in squeezed


def assert_right(out: str, truth: tuple) -> None:
    """Every amount is the one that the ledger means."""
    found = {(row["project"], row["instrument"]): (Decimal(row["entitlement"]), row["binding"],
                                                    {year: Decimal(paid) for year, paid in row["paid"].items() if Decimal(paid)})
             for row in json.loads(out)["rows"]}
    awards = price(truth)
    assert found == {(award.project, award.instrument): (award.entitlement, award.binding, {
        str(year): amount for year, amount in award.paid.items()}) for award in awards}


def test_the_corpus_is_large_and_its_names_are_different():
    names = [case.name for case in (*BAD, *ODD)]
    assert len(set(names)) == len(names)
    assert len(REFUSED) >= 200 and len(ODD) >= 25


def test_the_good_ledger_behind_the_corpus_pays_by_every_usual_limit():
    awards = {(award.project, award.instrument): award for award in price(changed())}
    assert len(awards) == 8
    assert all(award.entitlement for award in awards.values())
    assert Book().lines[1][0] == "项目编号"


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_bad_ledger_is_refused_with_its_place_and_value(hand_in, case):
    assert_refused(*hand_in(case), case.says)


@pytest.mark.parametrize("case", REFUSED_OR_RIGHT, ids=lambda case: case.name)
def test_a_doubtful_ledger_is_refused_or_priced_right(hand_in, case):
    path, code, out, err = hand_in(case)
    if code:
        assert_refused(path, code, out, err, case.says)
    else:
        assert_right(out, case.truth)


@pytest.mark.parametrize("case", ODD, ids=lambda case: case.name)
def test_an_odd_but_good_ledger_is_priced_right(hand_in, case):
    _, code, out, err = hand_in(case)
    assert code == 0, err
    assert_right(out, case.truth)
    assert f"读入 {len(case.truth)} 行，拒绝 0 行" in err and "元" in err


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_the_ledger_itself_is_never_written_over(tmp_path, suffix):
    path = tmp_path / f"台账{suffix}"
    Book().save(path)
    before = path.read_bytes()
    for other in (path, tmp_path / ".." / tmp_path.name / path.name):
        with pytest.raises(SystemExit) as ended:
            main(["price", str(path), "--json", "--out", str(other), "--overwrite"])
        assert ended.value.code == 2
    assert path.read_bytes() == before


def test_prices_are_written_in_the_format_of_their_name_or_not_at_all(tmp_path):
    path = tmp_path / "台账.csv"
    Book().save(path)
    for name in ("价格.csv", "价格.txt"):
        try:
            main(["price", str(path), "--json", "--out", str(tmp_path / name)])
        except SystemExit as ended:
            if ended.code:
                assert not (tmp_path / name).exists()
                continue
        assert name.endswith(".csv") and not (tmp_path / name).read_bytes().startswith(b"PK")
