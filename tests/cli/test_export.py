"""subsidysim export: where tables go, and what is refused."""

import pytest

from tests.cli.command import CHINESE


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_are_exported_as_a_workbook_or_csv(say, evidence, tmp_path, lang):
    chosen = ("--kind", "outlay", "--kind", "districts", "--lang", lang)
    code, out, err = say("export", evidence.run.folder, "--out", tmp_path / "x.xlsx", *chosen)
    assert (code, err) == (0, "")
    assert (tmp_path / "x.xlsx").exists()
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert say("export", evidence.run.folder, "--format", "csv", "--out", tmp_path / "csv", *chosen)[0] == 0
    assert {file.name for file in (tmp_path / "csv").iterdir()} == {"outlay.csv", "districts.csv"}


def test_what_is_there_is_not_replaced_unless_asked(say, evidence, tmp_path):
    file = tmp_path / "x.xlsx"
    file.write_text("mine")
    arguments = ("export", evidence.run.folder, "--kind", "outlay", "--out", file)
    assert say(*arguments)[0] == 2
    assert file.read_text() == "mine"
    assert say(*arguments, "--overwrite")[0] == 0
    assert file.read_bytes().startswith(b"PK")


def test_a_workbook_must_be_called_one(say, evidence, tmp_path):
    code, _, err = say("export", evidence.run.folder, "--kind", "outlay", "--out", tmp_path / "x.xls")
    assert code == 2
    assert ".xlsx" in err
