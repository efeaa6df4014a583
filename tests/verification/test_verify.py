"""A brief is compared with its run: altered, unsupported, gone, unknown; and the run with what the brief was made from."""

import json
import re
import shutil

import docx
import pytest

from simulator.charts import Tables
from simulator.errors import DamagedRun, SimulatorError
from simulator.language import language
from simulator.store import MANIFEST, RESULTS
from simulator.verification import check, read_brief, verify
from simulator.verification.check import describe
from tests.verification.small_brief import changed, without_marks, written


@pytest.fixture(scope="module")
def made(evidence, tmp_path_factory):
    """The small brief as a Word file, and the brief."""
    return written(evidence, tmp_path_factory.mktemp("word"))


@pytest.fixture
def copied(evidence, tmp_path):
    """A copy of the run, to be spoilt."""
    return shutil.copytree(evidence.run.folder, tmp_path / evidence.name)


def first(made):
    return made[1].inventory()["numbers"][0]


def mark(name, text):
    return f'(<w:tag w:val="{name}"/>.*?<w:t xml:space="preserve">){re.escape(text)}<'


def retyped(made, text):
    """The file with its first number typed over."""
    return changed(made[0], lambda xml: re.sub(mark("n1", first(made)["text"]), rf"\g<1>{text}<", xml, count=1))


def test_an_untouched_brief_agrees_in_each_language(evidence, tmp_path, tongue):
    file, brief = written(evidence, tmp_path)
    report = verify(file, evidence.run.folder)
    assert report.agrees and report.remarks == ()
    assert report.numbers == len(list(brief.marks())) > 50
    assert language() == tongue


def test_an_english_brief_is_verified_by_who_reads_chinese(evidence, tmp_path, monkeypatch):
    monkeypatch.setattr("simulator.language._current", "en")
    file, _ = written(evidence, tmp_path)
    monkeypatch.setattr("simulator.language._current", "zh")
    assert verify(file, evidence.run.folder).agrees
    assert language() == "zh"


def test_a_brief_that_another_program_has_saved_agrees(evidence, made, tmp_path):
    docx.Document(made[0]).save(tmp_path / "saved.docx")
    assert verify(tmp_path / "saved.docx", evidence.run.folder).agrees


def test_one_digit_that_was_altered_is_named_with_its_place_and_meaning(evidence, made):
    right = first(made)["text"]
    typed = right[:-1] + str((int(right[-1]) + 1) % 10)
    (finding,) = verify(retyped(made, typed), evidence.run.folder).findings
    assert (finding.kind, finding.id, finding.place) == ("altered", "n1", "一、结论")
    assert (finding.now, finding.made, finding.right) == (typed, right, right)
    assert finding.of == "分年拨付：拨付合计（均值）"


def test_full_width_digits_and_blanks_alter_nothing(evidence, made):
    wide = first(made)["text"].translate({48 + i: 0xFF10 + i for i in range(10)})
    assert verify(retyped(made, f"{wide[:2]} {wide[2:]}"), evidence.run.folder).agrees


def test_a_digit_that_was_typed_before_a_number_is_found(evidence, made):
    moved = changed(made[0], lambda xml: xml.replace("共需</w:t>", "共需1</w:t>", 1))
    (finding,) = verify(moved, evidence.run.folder).findings
    assert (finding.kind, finding.now) == ("altered", "1" + first(made)["text"])


def test_every_copy_of_a_number_is_compared(evidence, made):
    control = r'<w:sdt><w:sdtPr><w:tag w:val="n1"/>.*?</w:sdt>'
    right = first(made)["text"]

    def twice(xml):
        found = re.search(control, xml).group()
        return xml.replace(found, found + "<w:r><w:t>、</w:t></w:r>" + found.replace(right, "1.00"), 1)

    (finding,) = verify(changed(made[0], twice), evidence.run.folder).findings
    assert (finding.id, finding.now) == ("n1", "1.00")


def test_a_number_whose_mark_was_deleted_is_gone(evidence, made):
    less = changed(made[0], lambda xml: re.sub(r'<w:sdt><w:sdtPr><w:tag w:val="n1"/>.*?</w:sdt>', "", xml, count=1))
    (finding,) = verify(less, evidence.run.folder).findings
    assert (finding.kind, finding.id, finding.now) == ("gone", "n1", None)


def test_a_file_that_lost_all_its_marks_is_said_to_have_lost_them(evidence, made):
    report = verify(changed(made[0], without_marks), evidence.run.folder)
    assert {finding.kind for finding in report.findings} == {"gone"}
    assert len(report.findings) == report.numbers
    assert any("标记" in remark for remark in report.remarks)


def test_a_number_that_was_altered_with_its_inventory_is_not_what_the_run_gives(evidence, made):
    right = first(made)["text"]
    both = changed(retyped(made, "1.00"), lambda xml: xml.replace(f'text&quot;: &quot;{right}&quot;', "text&quot;: &quot;1.00&quot;", 1)
                   .replace(f'"text": "{right}"', '"text": "1.00"', 1), "customXml/item1.xml")
    (finding,) = verify(both, evidence.run.folder).findings
    assert (finding.kind, finding.now, finding.made, finding.right) == ("unsupported", "1.00", "1.00", right)


@pytest.mark.parametrize("address", ["outlay/total?statistic=none#money", "nowhere/total?#money", "outlay/none?#money", "none",
                                     "outlay/total?statistic=mean#none", "outlay/total?year=x#money", "outlay/total?#money"])
def test_an_address_that_the_run_does_not_have_is_unknown(evidence, made, address):
    found = read_brief(made[0])
    found.inventory["numbers"] = [first(made) | {"of": address}]
    (finding, *others) = check(found, Tables(evidence)).findings
    assert (finding.kind, finding.right, finding.of) == ("unknown", None, address)
    assert {each.kind for each in others} == {"unknown"}  # marks that the inventory no longer has


def test_a_table_that_this_run_cannot_have_is_unknown_and_not_a_failure(evidence, made):
    found = read_brief(made[0])
    found.inventory["numbers"][0]["of"] = "outlay/over?year=2026#share"
    assert [each.kind for each in check(found, Tables(evidence)).findings] == ["unknown"]


def test_a_run_that_was_altered_is_said_to_be(made, copied):
    with open(copied / RESULTS, "r+b") as file:
        file.seek(-1, 2)
        file.write(b"!")
    with pytest.raises(DamagedRun, match=re.escape(RESULTS)) as refused:
        verify(made[0], copied)
    assert refused.value.exit_code == 4


def test_another_run_under_the_same_name_is_not_taken_for_it(made, copied, quick):
    shutil.rmtree(copied)
    shutil.copytree(quick.run.folder, copied)
    with pytest.raises(DamagedRun, match="不是简报所用"):
        verify(made[0], copied)


def test_a_run_of_other_scenarios_is_not_taken_for_it(made, capped, tmp_path):
    other = json.loads((capped.run.folder / MANIFEST).read_text("utf-8"))
    assert other["scenarios"][0] != "baseline"
    with pytest.raises(DamagedRun, match="不是简报所用"):
        verify(made[0], capped.run.folder)


def test_the_run_is_found_above_the_brief_and_beside_it_and_among_the_results(made, copied, tmp_path, monkeypatch):
    (copied / "brief").mkdir()
    inside = shutil.copy(made[0], copied / "brief")
    assert verify(inside).agrees
    (tmp_path / "elsewhere").mkdir()
    outside = shutil.copy(made[0], tmp_path / "elsewhere")
    (tmp_path / "work" / "results").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    shutil.move(copied, tmp_path / "work" / "results" / copied.name)
    assert verify(outside).agrees


def test_a_run_that_is_not_found_is_asked_for(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SimulatorError, match="--run") as refused:
        verify(made[0])
    assert refused.value.exit_code == 2


def test_another_version_of_the_program_is_remarked_on(evidence, made, monkeypatch):
    monkeypatch.setattr("simulator.evidence.source_hash", lambda: "another")
    report = verify(made[0], evidence.run.folder)
    assert report.agrees
    assert len(report.remarks) == 1 and "版本" in report.remarks[0]


def test_a_number_is_described_in_the_language(evidence, tongue):
    said = describe("outlay/by_year?year=2026&statistic=p95#money", Tables(evidence))
    assert said == {"zh": "分年拨付：分年拨付（2026、P95）", "en": "Outlay by year: outlay (2026, P95)"}[tongue]
