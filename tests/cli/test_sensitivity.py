"""subsidysim sensitivity: what is printed, what is refused, and what counts as an answer."""

import json
import re
from itertools import islice

import pytest

from simulator.sensitivity import moved
from tests.cli.command import CHINESE
from tests.cli.test_compare import assert_fits

FEW = "--draws", 256, "--no-assumptions"


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr("simulator.sensitivity.failures.DRAWS", 256)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_line_fits_the_screen(say, lang):
    code, out, err = say("sensitivity", "baseline", *FEW, "--metric", "energy_saving", "--metric", "outlay.2026", "--lang", lang)
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert {"zh": "最要紧的假设是", "en": "The assumption that decides"}[lang] in out
    assert {"zh": "全部落空的", "en": "of all failures lie here"}[lang] in out
    assert {"zh": "第10百分位", "en": "10th percentile"}[lang] in out
    assert "nan" not in out


def test_single_assumptions_are_moved_too(say, monkeypatch):
    every = moved.fixed_assumptions
    monkeypatch.setattr(moved, "fixed_assumptions", lambda scenario, spread: islice(every(scenario, spread), 3))
    code, out, err = say("sensitivity", "baseline", "--draws", 256, "--metric", "outlay", "--spread", 0.3)
    assert (code, err) == (0, "")
    assert_fits(out)
    assert "单个假设" in out
    assert "上下各动30%" in out


@pytest.mark.parametrize(("lang", "variance", "swings", "percent"), [
    ("zh", "带动新增投资、撬动倍数（净）在各次抽样中", "没有哪个因素能移动带动新增投资", r"全市设备投资增速不高于 \d[\d.]*%"),
    ("en", "no variance to apportion", "No factor moves induced investment", r"growth of the city's investment is at most \d[\d.]*%")])
def test_figures_that_a_reading_stills_are_named_and_the_others_told(say, lang, variance, swings, percent):
    code, out, err = say("sensitivity", "baseline", *FEW, "--reading", "response=none", "--fails", "city_equipment<4235亿元",
                         "--lang", lang)
    assert (code, err) == (0, "")
    assert_fits(out)
    together = " ".join(out.split())
    assert variance in together
    assert swings in together
    assert re.search(percent, together)
    assert "nan" not in out


def test_json_is_plain_and_what_always_fails_is_an_answer(say):
    code, out, err = say("sensitivity", "baseline", *FEW, "--metric", "outlay", "--fails", "outlay>1亿元", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert set(found) == {"variance", "tornado", "failures"}
    assert "全部失败" in found["failures"]["remark"]


@pytest.mark.parametrize(("arguments", "zh", "en"), [
    (["nosuch"], "找不到情景 nosuch", "no such scenario: nosuch"),
    (["baseline", "--metric", "outlyy"], "是否指 outlay", "did you mean outlay"),
    (["baseline", "--metric", "p90(outlay)"], "每次抽样的数", "a figure of every draw"),
    (["baseline", "--fails", "outlay"], "应含 <= 或 >=", "<= or >= is missing"),
    (["baseline", "--fails", "outlay>80"], "80 不合适", "80 does not fit"),
    (["baseline", "--fails", "in_budget<1"], "情景没有这个数：in_budget（不超预算）", "no such figure: in_budget (within the budget)"),
    (["baseline", "--metric", "induced_investment", "--reading", "response=none"], "带动新增投资", "induced investment"),
    (["baseline", "--fails", "outlay.2050>1亿元"], "没有 outlay.2050", "no such figure: outlay.2050"),
    (["baseline", "--spread", "2"], "--spread", "--spread"),
])
def test_wrong_arguments_end_with_2_and_say_what_is_right(say, tmp_path, monkeypatch, arguments, zh, en):
    monkeypatch.chdir(tmp_path)
    for lang, words in (("zh", zh), ("en", en)):
        code, out, err = say("sensitivity", *arguments, *FEW, "--lang", lang)
        assert (code, out) == (2, "")
        assert words in err
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
