"""subsidysim verify: what is printed, and how it ends."""

import json
import re

import pytest

from simulator.verification import read_brief
from tests.cli.command import CHINESE
from tests.cli.test_compare import assert_fits
from tests.verification.small_brief import changed, without_marks, written


@pytest.fixture(autouse=True)
def _of_this_program(monkeypatch):
    """The small brief is none that the program would write anew: it is checked by its own inventory only."""
    monkeypatch.setattr("simulator.verification.program_hash", lambda: "0")
    monkeypatch.setattr("simulator.verification._anew", lambda found, tables, suffix: None)


@pytest.fixture
def made(evidence, tmp_path):
    return written(evidence, tmp_path)


@pytest.fixture
def altered(made):
    """Its first number is 1.00, its second has no mark any more."""
    first = made[1].inventory()["numbers"][0]["text"]
    return changed(made[0], lambda xml: xml.replace(f">{first}<", ">1.00<", 1)
                   .replace('<w:tag w:val="n2"/>', "", 1).replace('w:name="_n2"', 'w:name="x"', 1))


@pytest.mark.parametrize(("lang", "said"), [
    ("zh", r"\d+ 个数字全部与结果一致（文字、单位和图不在核对之列）\n"),
    ("en", r"all \d+ numbers agree with the run \(words, units and pictures are not checked\)\n")])
def test_a_brief_that_agrees_is_said_to_in_one_line(say, made, evidence, lang, said):
    code, out, err = say("verify", made[0], "--run", evidence.run.folder, "--lang", lang)
    assert (code, err) == (0, "")
    assert re.fullmatch(said, out)


def test_what_was_altered_is_printed_below_its_heading(say, altered, made, evidence):
    code, out, err = say("verify", altered, "--run", evidence.run.folder)
    numbers = made[1].inventory()["numbers"]
    assert (code, err) == (4, "")
    assert out.splitlines() == [
        "一、结论", f"  现为 1.00，应为 {numbers[0]['text']}", "      分年拨付：拨付合计（均值）",
        f"  已没有标记：被删除或另行录入，应为 {numbers[1]['text']}", "      分年拨付：拨付合计（均值）",
        f"共 {len(numbers)} 个数字，2 个与结果不符"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_line_fits_the_screen(say, altered, evidence, lang):
    code, out, _ = say("verify", altered, "--run", evidence.run.folder, "--lang", lang)
    assert code == 4
    assert_fits(out)
    if lang == "en":
        assert not CHINESE.search(out.replace("一、结论", ""))  # the heading of the brief


@pytest.mark.parametrize(("lang", "said"), [
    ("zh", "；文字中 2 段不是程序所写，程序所写的 2 段不再是原样（图不在核对之列）"),
    ("en", "; 2 lines of text are not as written, 2 that were written are not there (pictures are not checked)")])
def test_text_that_was_reworded_or_added_is_told_and_no_fault(say, made, evidence, monkeypatch, lang, said):
    def edited(xml):
        added = "<w:body><w:p><w:r><w:t>另需5亿元。</w:t></w:r></w:p>"
        return xml.replace("亿元，误差", "万元，误差", 1).replace("<w:body>", added, 1).replace(">一、结论<", "><", 1)

    monkeypatch.setattr("simulator.verification._anew", lambda found, tables, suffix: read_brief(made[0]))
    code, out, _ = say("verify", changed(made[0], edited), "--run", evidence.run.folder, "--lang", lang)
    assert code == 0
    texts = [re.sub(r"\d\d[\d.±]+", "…", line) for line in out.splitlines() if line.startswith("  ")]
    assert texts == ["  另需5亿元。", "  “计划”共需…万元，误差…亿元。", "  一、结论", "  “计划”共需…亿元，误差…亿元。"]
    assert "".join(out.split()).endswith("".join(said.split()))
    assert_fits(out)


def test_a_file_without_any_mark_is_told_in_two_lines(say, made, evidence):
    code, out, _ = say("verify", changed(made[0], without_marks), "--run", evidence.run.folder)
    assert code == 4
    assert [line[:2] for line in out.splitlines()] == ["注意", "共 "]


def test_json_has_every_finding(say, altered, evidence):
    code, out, _ = say("verify", altered, "--run", evidence.run.folder, "--json")
    found = json.loads(out)
    assert (code, found["agrees"], [each["kind"] for each in found["findings"]]) == (4, False, ["altered", "gone"])
    assert found["findings"][0].keys() == {"kind", "id", "place", "now", "made", "right", "of"}


def test_what_cannot_be_verified_is_told_with_a_remedy(say, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "brief.pdf").write_bytes(b"%PDF-1.7")
    for file, said, ends in ((made[0], "--run", 2), ("brief.pdf", "Word", 2), ("none.docx", "无法读取", 3)):
        code, out, err = say("verify", file)
        assert (code, out) == (ends, "")
        assert said in err
