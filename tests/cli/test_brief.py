"""subsidysim brief: where it lies, that nobody's edits are lost, and that it is verified as it was written."""

import re

import pytest

from tests.cli.command import CHINESE


@pytest.mark.parametrize(("lang", "suffix"), [("zh", "docx"), ("en", "html")])
def test_a_brief_is_written_and_verified(say, capped, tmp_path, lang, suffix):
    code, out, err = say("brief", capped.run.folder, "--format", suffix, "--out", tmp_path, "--lang", lang)
    assert (code, err) == (0, "")
    (file,) = tmp_path.iterdir()
    assert file.name == {"zh": "capped_envelope_8.docx", "en": "capped_envelope_8.en.html"}[lang]
    assert int(re.search(r"(\d+) (?:个数字|numbers)", out)[1]) > 300
    assert bool(CHINESE.search(out.replace(str(file), ""))) == (lang == "zh")
    code, out, _ = say("verify", file, "--run", capped.run.folder)
    assert code == 0
    assert "文字和单位与程序所写的相同" in out


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
