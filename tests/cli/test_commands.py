"""The commands as a finance bureau meets them: figures, files, exit codes, and what is said when something is wrong."""

import json
import os
import re
import shlex
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from simulator.cli import VERBS
from simulator.cli import group as command_group
from tests import support
from tests.cli.command import AT_ONCE, CHINESE, ROOT, call, interrupted

FROM_THE_POLICY = re.compile(r"沪经信技〔2024〕355号|[○●] \d+亿|\([总一二三四五六七八九十]+\)|“[^”]*”|[≥≈>≤][\d.]+\S*")
SENTENCE = re.compile(r"\b(is|not|are|the|valid|range|must|should|expected|and|or)\b")


def figures(text):
    """JSON without NaN or Infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def width(line):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A scenario file of two streams, quick to run."""
    folder = tmp_path_factory.mktemp("scenarios")
    size = {"lognormal": {"median": "2000万元", "sigma": 1}}
    support.tiny(folder, {"made": support.stream("first_of_kind", size, 9), "users": support.stream("software_purchase", "100万元", 9)},
                 {"appropriation": {"industrial_development": {"amount": "3亿元", "enforce": "commitment"}}, "draws": 64})
    support.variant(folder, name="again")
    return folder / "tiny.yaml"


@pytest.fixture(scope="module")
def helps():
    return {(verb, lang): call(*verb.split(), "--help", "--lang", lang) for verb in ("", *VERBS) for lang in ("zh", "en")}


def test_every_verb_has_help_with_examples_in_both_languages(helps):
    for (verb, lang), shown in helps.items():
        assert (shown.returncode, shown.stderr) == (0, ""), verb
        head = {"zh": "例：", "en": "Example"}[lang]
        examples = shown.stdout.partition(head)[2].partition("\n\n")[0]
        assert f"subsidysim {verb}".strip() in examples, verb
        assert max(map(width, shown.stdout.splitlines())) <= 100, verb
        assert bool(CHINESE.search(FROM_THE_POLICY.sub("", shown.stdout.replace("to the 分", "")))) == (lang == "zh"), verb
        assert not re.search(r"Usage|Options|Commands|Examples", shown.stdout) or lang == "en"


def test_every_example_of_the_help_is_a_command_that_exists(helps):
    examples = re.findall(r"^ +subsidysim (.*)$", "\n".join(shown.stdout for shown in helps.values()), re.M)
    assert len(examples) > 30
    for example in examples:
        verb, *arguments = shlex.split(example.partition(">")[0])
        command_group.get_command(None, verb).make_context(verb, arguments)


@pytest.mark.parametrize("arguments", [[], ["run"], ["list"], ["explain"]])
def test_help_loads_nothing_heavy_and_is_immediate(arguments):
    heavy = "numba numpy xarray matplotlib pandas scipy pydantic ruamel rich h5py"
    script = (f"import sys\nfrom simulator.cli import main\ntry:\n main({[*arguments, '--help']})\nexcept SystemExit: pass\n"
              f"print([m for m in '{heavy}'.split() if m in sys.modules], file=sys.stderr)")
    took = [os.times()]
    for _ in range(3):
        assert call(script=script).stderr.strip() == "[]"
        took.append(os.times())
    assert min(b.children_user + b.children_system - a.children_user - a.children_system for a, b in pairwise(took)) < 0.15


def test_run_writes_one_folder_and_prints_one_screen(say, small, tmp_path):
    code, out, err = say("run", small, "--out", tmp_path)
    assert (code, err) == (0, "")
    (folder,) = tmp_path.iterdir()
    assert {file.name for file in folder.iterdir()} == {"results.nc", "tiny.yaml", "tiny.provenance.json", "manifest.json"}
    assert str(folder) in out.replace("\n", "")
    (leverage,) = [line for line in out.splitlines() if "撬动倍数" in line]
    assert re.search(r"毛 [\d.]+.*净 [\d.]+", leverage)
    assert all(words in out for words in ("超预算概率", "市级财政拨付", "各政策工具", "合计", "无谓补贴"))


def test_json_is_all_there_is_on_standard_output(say, small, tmp_path):
    code, out, err = say("run", small, "--out", tmp_path, "--json", "--draws", 48, "--seed", 11)
    found = figures(out)
    assert (code, err, Path(found["folder"]).parent) == (0, "", tmp_path)
    (scenario,) = found["scenarios"]
    assert (scenario["draws"], scenario["seed"], scenario["scenario"], found["differences"]) == (48, 11, "tiny", {})
    assert {"leverage_gross", "leverage_net", "deadweight_share", "outlay_by_year", "joint", "instruments"} <= set(scenario)
    assert len(scenario["targets"]) == 38
    assert scenario["outlay_total"]["p95"] == {"value": None, "error": None}  # 48 draws are too few


def test_a_scenario_against_itself_differs_by_exactly_nothing(say, tmp_path):
    code, out, _ = say("run", "baseline", "baseline", "--draws", 16, "--out", tmp_path, "--json")
    found = figures(out)
    assert code == 0
    assert list(found["differences"]) == ["baseline.2"]
    assert {(each["value"], each["error"]) for each in found["differences"]["baseline.2"].values()} == {(0.0, 0.0)}
    assert len(list(tmp_path.iterdir())) == 1


def test_draws_seed_and_threads_do_what_they_say(say, small, tmp_path):
    def outlay(*options):
        return figures(say("run", small, "--out", tmp_path, "--json", *options)[1])["scenarios"][0]["outlay_total"]["mean"]

    usual = outlay("--seed", 5)
    assert outlay("--seed", 5, "--threads", 1) == usual
    assert outlay("--seed", 6) != usual
    assert outlay("--seed", 5, "--draws", 32) != usual
    assert len(list(tmp_path.iterdir())) == 3


def test_readings_on_the_command_line_are_used_and_reported(say, small, tmp_path):
    options = ["--reading", "first_of_kind_scope=contract", "--reading", "response=none"]
    found = figures(say("run", small, "--out", tmp_path, "--json", *options)[1])["scenarios"][0]["readings"]
    assert {"first_of_kind_scope": "contract", "response": "none", "exclusivity": "one_per_project"}.items() <= found.items()


def test_show_prints_what_run_printed(say, small, tmp_path):
    _, printed, _ = say("run", small, "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    assert say("show", folder) == (0, printed[: printed.index("结果已存入")], "")
    assert figures(say("show", folder, "--json")[1]) == figures(say("run", small, "--out", tmp_path, "--json")[1])


def test_runs_are_listed_with_their_state_and_damaged_ones_refused_with_4(say, small, tmp_path):
    say("run", small, "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    (row,) = figures(say("list", "runs", "--out", tmp_path, "--json")[1])
    assert (row["文件夹"], row["情景"], row["状态"]) == (str(folder), "tiny", "完好")
    (folder / "results.nc").write_bytes((folder / "results.nc").read_bytes()[:-1] + b"?")
    (row,) = figures(say("list", "runs", "--out", tmp_path, "--json")[1])
    assert "results.nc" in row["状态"]
    for lang in ("zh", "en"):
        code, out, err = say("show", folder, "--lang", lang)
        assert (code, out) == (4, "")
        assert "results.nc" in err


@pytest.mark.parametrize("kind", ["scenario", "policy", "population"])
def test_schema_prints_what_the_files_of_editors_say(say, kind):
    assert figures(say("schema", kind)[1]) == json.loads((ROOT / "scenarios" / "schema" / f"{kind}.json").read_text("utf-8"))


SCREENS = {
    "run": ["run", "baseline", "--draws", "16"], "comparison": ["run", "baseline", "capped_envelope", "--draws", "16"],
    "a precision": ["run", "baseline", "--precision", "20%", "--draws", "16"],
    "one project": ["explain", "baseline", "--project", "technical_upgrade.2025.large-0009", "--size", "8"],
    "a draw": ["explain", "baseline", "--project", "first_of_kind_equipment.2026-0001", "--draw", "0"],
    "ids": ["explain", "baseline"], "check": ["check", "rates_fall"], "scenarios": ["list", "scenarios"],
    "readings": ["list", "readings"], "prices of readings": ["readings", "TINY", "--draws", "16"],
    "targets": ["list", "targets"], "instruments": ["list", "instruments"], "assumptions": ["list", "assumptions"],
}


@pytest.fixture(scope="module")
def screens(small, tmp_path_factory):
    """Every screen in both languages, one process a language: exit codes and texts."""
    out = tmp_path_factory.mktemp("out")
    script = ("import contextlib, io, json, sys\nfrom simulator.cli import main\nshown = {}\n"
              "for name, arguments in json.loads(sys.argv[1]).items():\n with contextlib.redirect_stdout(io.StringIO()) as text:\n"
              "  main([*arguments, '--lang', sys.argv[2]])\n shown[name] = text.getvalue()\nprint(json.dumps(shown))")
    asked = json.dumps({name: [*each, "--out", str(out)] if each[0] == "run" else each for name, each in SCREENS.items()})
    shown = {lang: call(asked.replace("TINY", str(small)), lang, script=script) for lang in ("zh", "en")}
    assert [each.stderr for each in shown.values()] == ["", ""]
    return {lang: figures(each.stdout) for lang, each in shown.items()}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", SCREENS)
def test_every_table_fits_a_hundred_columns(screens, name, lang):
    wide = [line for line in screens[lang][name].splitlines() if width(line.rstrip()) > 100 and not line.startswith("  “")]
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("name", [name for name in SCREENS if name not in ("targets", "instruments", "assumptions")])
def test_english_screens_have_no_chinese_but_the_policy_s(screens, name):
    """Its number, its clauses, its quotes and its goals as it writes them."""
    left = [line.strip() for line in screens["en"][name].splitlines() if CHINESE.search(FROM_THE_POLICY.sub("", line))]
    assert not left, "\n".join(left)


def test_an_amount_and_its_unit_are_not_run_together(screens):
    """`±0.110 kt ce` would be 0.1 and `10 kt ce`, but nobody reads it so."""
    assert not re.search(r"±[\d.]+(10 kt|10\^4)", screens["en"]["run"])


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["run", "baselin"], 2, "baseline"), (["run", "rate_fall"], 2, "rates_fall"), (["run", "nowhere/mine.yaml"], 2, "nowhere/mine.yaml"),
    (["run", "baseline", "--reading", "exclusivity=stak"], 2, "stack"),
    (["run", "baseline", "--reading", "exclusivity"], 2, "名称=取值"), (["run"], 2, "SCENARIO"),
    (["run", "baseline", "--draws", "5"], 2, "16"), (["run", "baseline", "--draws", "many"], 2, "--draws"),
    (["run", "baseline", "--precision", "0%"], 2, "0.5%"), (["run", "baseline", "--precision", "0.5"], 2, "0.5%"),
    (["run", "baseline", "--seed", "-1"], 2, "--seed"), (["run", "baseline", "--threads", "0"], 2, "--threads"),
    (["run", "baseline", "--drawss", "64"], 2, "--draws"), (["rn", "baseline"], 2, "run"), (["list", "runns"], 2, "runs"),
    (["show", "nowhere"], 3, "nowhere"),
    (["explain", "baseline", "--project", "software_rnd.2026-9999"], 2, "software_rnd.20"),
    (["explain", "baseline", "--project", "software_rnd.2026-0000", "--draw", "2048"], 2, "2047"),
    (["explain", "baseline", "--project", "software_rnd.2026-0000", "--size", "0"], 2, "--size"),
])
def test_a_mistake_is_said_in_chinese_with_what_would_be_right(say, arguments, code, said):
    found, out, err = say(*arguments)
    assert (found, out) == (code, "")
    assert said in err
    assert CHINESE.search(err)
    assert not SENTENCE.search(err), err
    assert "Traceback" not in err


BAD = """extends: baseline
name: bad
title: {zh: 坏, en: Bad}
question: {zh: 问, en: Why}
drivers:
  award_intensity: {value: 150%}
  aproval_level: {value: 50%}
behaviour:
  discount_rate: 6
instruments:
  upgrade_lease: {cap: 2000, rat: 5%}
"""


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", ("大于 1", "是否指 'approval_level'", "6%", "缺少单位", "是否指 'rate'")),
    ("en", ("equal to 1", "did you mean 'approval_level'", "6%", "no unit", "did you mean 'rate'"))])
def test_a_bad_file_gives_every_fault_with_its_line_and_writes_nothing(say, tmp_path, monkeypatch, lang, words):
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(BAD, "utf-8")
    for line in ("run bad.yaml --out out", "check bad.yaml", "readings bad.yaml", "run baseline bad.yaml --json"):
        code, out, err = say(*line.split(), "--lang", lang)
        assert (code, out) == (2, "")
        assert re.findall(r"^  bad\.yaml:(\d+):\d+: ", err, re.M) == ["6", "7", "9", "11", "11"]
        for line, word in zip(err.splitlines()[1:], words, strict=True):
            assert word in line
    assert [file.name for file in tmp_path.iterdir()] == ["bad.yaml"]


def test_an_out_folder_that_cannot_be_written_is_said_with_3(say, small, tmp_path):
    (tmp_path / "file").write_text("mine", "utf-8")
    code, out, err = say("run", small, "--out", tmp_path / "file" / "results")
    assert (code, out) == (3, "")
    assert str(tmp_path / "file" / "results") in err
    assert err.count("\n") == 1
    assert not SENTENCE.search(err.replace(str(tmp_path), "")), err
    assert say("run", small, "--out", tmp_path / "file")[0] == 2


@pytest.mark.parametrize("moment", ["starting", "simulating"])
def test_an_interrupt_ends_at_once_with_130_and_leaves_nothing(tmp_path, tmp_path_factory, moment):
    stamp = tmp_path_factory.mktemp("stamp") / "sent"
    done, seconds = interrupted(moment, stamp, "run", "baseline", "--draws", "40000", "--out", tmp_path / "out")
    assert seconds < AT_ONCE
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "已中断；没有留下未写完的文件。")
    assert list(tmp_path.iterdir()) == []


def test_names_and_paths_work_from_any_folder(small, tmp_path):
    done = call("run", "baseline", os.path.relpath(small.with_name("again.yaml"), tmp_path), "--draws", 16, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = (tmp_path / "results").iterdir()
    assert (tmp_path / figures(done.stdout)["folder"], {file.stem for file in folder.glob("*.yaml")}) == (folder, {"baseline", "again"})
