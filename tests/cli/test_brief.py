"""subsidysim brief: where it lies, that nobody's edits are lost, and that it is verified as it was written."""

import re

import pytest

from tests.cli.command import CHINESE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("briefs")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_brief_is_written_and_verified(say, capped, folder, lang):
    where = folder / lang
    code, out, err = say("brief", capped.run.folder, "--format", "docx,html", "--out", where, "--lang", lang)
    assert (code, err) == (0, "")
    assert {file.name for file in where.iterdir()} == {"capped_envelope_8.docx", "capped_envelope_8.html"}
    assert int(re.search(r"(\d+) (?:个数字|numbers)", out)[1]) > 300
    assert bool(CHINESE.search(out)) == (lang == "zh")
    for file in where.iterdir():
        assert say("verify", file, "--run", capped.run.folder)[0] == 0


def test_a_brief_that_is_there_is_not_written_over(say, capped, tmp_path):
    there = tmp_path / "capped_envelope_8.docx"
    there.write_text("edited by hand")
    code, _, err = say("brief", capped.run.folder, "--out", tmp_path)
    assert code == 2
    assert "--overwrite" in err
    assert there.read_text() == "edited by hand"


def test_a_format_that_is_none_is_refused(say, capped, tmp_path):
    code, _, err = say("brief", capped.run.folder, "--format", "doc", "--out", tmp_path / "x")
    assert code == 2
    assert "docx" in err
    assert not (tmp_path / "x").exists()
