"""`run --precision`: what is printed, saved and said when a precision is reached, when it is not, and when it is none."""

import json
import re

import pytest

from simulator.precision import CEILING
from simulator.store import open_run
from tests import support
from tests.cli.command import AT_ONCE, CHINESE, call, interrupted


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two scenario files of one stream, which state different numbers of draws."""
    folder = tmp_path_factory.mktemp("scenarios")
    made = support.stream("first_of_kind", {"lognormal": {"median": "2000万元", "sigma": 1}}, 9)
    support.tiny(folder, {"made": made}, {"draws": 64})
    support.variant(folder, {"population": "./tiny.population.yaml", "seed": 1, "draws": 32}, name="again")
    return folder / "tiny.yaml"


def lines_on_precision(out):
    """The lines from the one that says what was reached to the footnotes, as one text."""
    return re.search(r"^(精度|Precision)[：:].*?(?=^\*)", out, re.M | re.S)[0].replace("\n", "")


def test_the_screen_says_what_was_asked_used_and_reached(say, small, tmp_path):
    code, out, err = say("run", small, "--precision", "2%", "--out", tmp_path)
    assert (code, err) == (0, "")
    text = lines_on_precision(out)
    assert all(words in text for words in ("达到要求的 2%", "4,096 次抽样", "3 轮", "合计均值", "合计P95", "2024", "标准误"))
    assert "4,096 次抽样" in out.splitlines()[0]
    assert "Precision: the 2% asked for is reached" in say("run", small, "--precision", "2%", "--out", tmp_path, "--lang", "en")[1]


def test_json_has_the_same_for_every_scenario(say, small, tmp_path):
    code, out, err = say("run", small, small.with_name("again.yaml"), "--precision", "2%", "--out", tmp_path, "--json")
    assert (code, err) == (0, "")
    for scenario in json.loads(out)["scenarios"]:
        precision = scenario["precision"]
        assert (scenario["draws"], precision["asked"], precision["reached"]) == (4096, 0.02, True)
        assert precision["rounds"] == [1024, 2048, 4096]
        total = scenario["outlay_total"]
        for name in ("mean", "p95"):
            assert precision["errors"][f"outlay_total.{name}"] == total[name]["error"] / total[name]["value"] <= 0.02


def test_the_figures_and_the_saved_scenario_are_those_of_as_many_draws(say, small, tmp_path):
    found, usual = (json.loads(say("run", small, *how, "--out", tmp_path, "--json")[1])
                    for how in (("--precision", "2%"), ("--draws", 4096)))
    told = found["scenarios"][0].pop("precision")
    assert usual["scenarios"][0].pop("precision") is None
    assert found["scenarios"] == usual["scenarios"]
    opened = [open_run(each["folder"]) for each in (found, usual)]
    with opened[0].results as mine, opened[1].results as theirs:
        support.assert_identical(mine.load(), theirs.load())
    assert opened[0].manifest["precision"]["rounds"] == told["rounds"]
    assert opened[0].manifest["files"]["tiny.yaml"] == opened[1].manifest["files"]["tiny.yaml"]
    assert opened[0].manifest["files"]["tiny.provenance.json"] == opened[1].manifest["files"]["tiny.provenance.json"]


def test_show_prints_what_run_printed(say, small, tmp_path):
    _, printed, _ = say("run", small, "--precision", "2%", "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    assert say("show", folder) == (0, printed[: printed.index("结果已存入")], "")


@pytest.mark.parametrize(("options", "zh", "en"), [
    (("--precision", "0.01%", "--draws", 2048), ("没有达到要求的 0.01%", "上限为 2,048", "请提高 --draws"),
     ("0.01% was asked for", "allow more --draws")),
    (("--precision", "50%", "--draws", 2048), ("最后一轮为", "没有再一轮来确认"), ("no further round",)),
    (("--precision", "50%", "--draws", 64), ("只到 未知（合计P95）", "上限为 64"),
     ("unknown is reached (total P95)", "64 draws (1 round)")),
], ids=["not reached", "not confirmed", "too few for a P95"])
def test_a_ceiling_that_comes_first_is_said_plainly_and_is_no_failure(say, small, tmp_path, options, zh, en):
    for lang, words in (("zh", zh), ("en", en)):
        code, out, err = say("run", small, *options, "--out", tmp_path, "--lang", lang)
        assert (code, err) == (0, "")
        text = lines_on_precision(out)
        assert all(word in text.replace("  ", " ") for word in words), text
        assert not text.startswith(("精度：达到", "Precision: the"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_help_says_which_figures_are_watched_by_what_error_and_up_to_what_ceiling(lang):
    shown = call("run", "--help", "--lang", lang).stdout
    words = {"zh": ("均值和 P95", "不足合计 1%", "标准误", "两轮"),
             "en": ("standard errors", "mean and the P95", "1% of the total", "two rounds")}
    assert all(word in re.sub(r"\s+", " ", shown) for word in words[lang])
    assert f":{CEILING}]" in "".join(shown.replace("：", ":").split())


@pytest.mark.parametrize("written", ["0%", "-1%", "60%", "0.5", "soon", ""])
def test_what_is_no_precision_is_refused_in_either_language_and_writes_nothing(say, small, tmp_path, written):
    for lang in ("zh", "en"):
        code, out, err = say("run", small, f"--precision={written}", "--out", tmp_path / "out", "--lang", lang)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "--precision" in err
        assert "0.5%" in err
        assert bool(CHINESE.search(err)) == (lang == "zh")
        assert list(tmp_path.iterdir()) == []


def test_an_interrupt_between_or_within_rounds_ends_at_once_with_130_and_leaves_nothing(tmp_path, tmp_path_factory):
    stamp = tmp_path_factory.mktemp("stamp") / "sent"
    done, seconds = interrupted("simulating", stamp, "run", "baseline", "--precision", "0.001%", "--out", tmp_path / "out")
    assert seconds < AT_ONCE
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "已中断；没有留下未写完的文件。")
    assert list(tmp_path.iterdir()) == []
