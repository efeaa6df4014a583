"""subsidysim tune: what is printed and refused, what cannot be met, and an interrupt."""

import io
import json
import re
import signal
import sys
from contextlib import contextmanager

import pytest

from tests.cli.command import AT_ONCE, CHINESE, interrupted
from tests.cli.test_compare import assert_fits

RATE = "major_project.rate=2%..20%:2%"
LEVERS = "--lever", "major_project.rate=5%..15%:1%", "--lever", "upgrade_loan_interest.rate=30%..70%:5%"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_value_under_many_constraints_fits_the_screen(say, lang):
    wanted = ["P(outlay<=8e9CNY)>=95%",
              "P(outlay_peak<=2e9CNY & leverage_net>=0.5)>=50%", "p95(outlay)<=9e9CNY", "mean(outlay.2026)<=5e9CNY"]
    code, out, err = say("tune", "baseline", "--lever", RATE, "--draws", 64, "--lang", lang,
                         *(text for each in wanted for text in ("--subject-to", each)))
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert {"zh": "抽样太少", "en": "too few draws"}[lang] in out  # of a P95, which 64 draws do not tell
    assert re.search(r"major_project\.rate = \d+%", out)
    assert {"zh": "再多拨付1亿元，能换来", "en": "Another 100 million CNY of outlay here buys"}[lang] in out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_front_shows_its_levers_and_goals_and_fits_the_screen(say, lang):
    code, out, err = say("tune", "baseline", *LEVERS, "--evaluations", 40, "--draws", 64, "--lang", lang,
                         "--subject-to", "P(outlay<=8.5e9CNY)>=90%", "--subject-to", "leverage_net>=0.9",
                         "--minimize", "deadweight", "--maximize", "awards")
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert re.search(r"^ A +B ", out, re.M)
    assert re.search(r"^ \d+% +\d+% ", out, re.M)
    assert {"zh": "获支持项目数", "en": "supported projects"}[lang].split()[0] in out


@pytest.mark.parametrize(("lang", "said"), [("zh", "最好也只到 46.59亿元"), ("en", "at best 46.59 (10^8 CNY)")])
def test_what_cannot_be_met_is_an_answer_that_says_how_far_it_comes(say, lang, said):
    how = "tune", "baseline", "--lever", RATE, "--subject-to", "mean(outlay)<=5e8CNY", "--draws", 64
    code, out, err = say(*how, "--lang", lang)
    assert (code, err) == (0, "")
    assert said in out
    found = json.loads(say(*how, "--json")[1], parse_constant=pytest.fail)
    assert found["attributes"]["status"] == "none"
    assert found["attributes"]["best_reach"] == pytest.approx([46.59e8], rel=1e-3)


@pytest.mark.parametrize(("lang", "said"), [("zh", "在此范围内不影响任何项目"), ("en", "affects 0 of")])
def test_a_lever_that_changes_nothing_is_warned_of(say, lang, said):
    for lever, warned in (("smart_factory.cap=999亿元..9999亿元", True), (RATE, False)):
        code, out, err = say("tune", "baseline", "--lever", lever, "--subject-to", "mean(outlay)<=200亿元", "--draws", 64, "--lang", lang)
        assert (code, err, said in out) == (0, "", warned)


@pytest.mark.parametrize(("lang", "said"), [("zh", "但在此范围内没有可放心采用的取值"),
                                            ("en", "but no value in this range is safe to set")])
@pytest.mark.parametrize("lever", ["major_project.rate=9%..20%", "major_project.rate=9%..20%:1%"])
def test_a_value_that_holds_by_luck_only_is_not_called_safe(say, lang, said, lever):
    how = "tune", "baseline", "--lever", lever, "--subject-to", "P(outlay<=8.871e9CNY)>=95%", "--draws", 256
    code, out, err = say(*how, "--lang", lang)
    assert (code, err) == (0, "")
    assert_fits(out)
    flowing = "".join(out.split()) if lang == "zh" else " ".join(out.split())
    assert said in flowing
    assert not re.search("（可放心采用）|\\(safe to set\\)", out)
    found = json.loads(say(*how, "--json")[1], parse_constant=pytest.fail)
    assert found["variables"]["lever_value"]["values"][0][0][3] is None


def test_a_front_that_is_one_point_is_shown(say):
    idle = [text for name in ("smart_factory", "first_of_kind") for text in ("--lever", f"{name}.cap=999亿元..9999亿元")]
    code, out, err = say("tune", "baseline", *idle, "--evaluations", 20, "--draws", 64)
    assert (code, err) == (0, "")
    assert_fits(out)
    assert out.count("在此范围内不影响任何项目") == 1  # the other is beyond its cap as it stands, and the same throughout


def test_json_is_plain_and_has_no_nan(say):
    code, out, err = say("tune", "baseline", "--lever", RATE, "--maximize", "induced_investment", "--subject-to", "p95(outlay)<=90亿元",
                         "--draws", 64, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert found["variables"]["fresh"]["values"] == [[[None, None]]]
    assert found["attributes"]["goals"] == ["max induced_investment"]


@pytest.mark.parametrize(("arguments", "zh", "en"), [
    ([], "缺少 --lever", "--lever is missing"),
    (["--lever", RATE], "请给出目标", "state a goal"),
    (["--lever", RATE, "--lever", RATE, "--maximize", "awards"], "不同的调节项", "different levers"),
    (["--lever", "major_projct.rate=2%..20%", "--maximize", "awards"], "是否指 major_project.rate", "did you mean major_project.rate"),
    (["--lever", RATE, "--maximize", "award"], "是否指 awards", "did you mean awards"),
    (["--lever", RATE, "--subject-to", "P(outlay<=80亿元)"], "应含 <= 或 >=", "<= or >= is missing"),
    (["--lever", RATE, "--subject-to", "outlay<=80"], "80 不合适", "80 does not fit"),
    (["--lever", "major_project.rate", "--maximize", "awards"], "应写作 名称=取值", "write name=values"),
    (["--lever", "major_project.rate=20%..2%", "--maximize", "awards"], "应大于前一个", "must be above the first"),
    (["--lever", "major_project.rate=2%..20%:1亿元", "--maximize", "awards"], "单位与取值一致", "in the unit of the values"),
    (["--lever", "major_project.rate=50%..300%", "--maximize", "awards"], "应不大于 1", "less than or equal to 1"),
    (["--lever", RATE, "--maximize", "awards", "--evaluations", "3"], "--evaluations", "--evaluations"),
])
def test_wrong_arguments_end_with_2_and_say_what_is_right(say, tmp_path, monkeypatch, arguments, zh, en):
    monkeypatch.chdir(tmp_path)
    for lang, words in (("zh", zh), ("en", en)):
        code, out, err = say("tune", "baseline", *arguments, "--draws", 64, "--lang", lang)
        assert (code, out) == (2, "")
        assert words in err
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_before_any_point_is_known_ends_at_once_with_130_and_writes_nothing(tmp_path, tmp_path_factory):
    stamp = tmp_path_factory.mktemp("stamp") / "sent"
    done, seconds = interrupted("simulating", stamp, "tune", "baseline", *LEVERS, "--draws", 40000)
    assert seconds < AT_ONCE
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "已中断；没有留下未写完的文件。")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("search", [(), ("--maximize", "awards")], ids=["front", "one goal"])
def test_an_interrupt_of_a_search_shows_what_had_been_found(say, monkeypatch, search):
    @contextmanager
    def interrupting(_):
        def tick(done, _):
            if 32 <= done < 48:
                signal.raise_signal(signal.SIGINT)
        yield tick

    monkeypatch.setattr("simulator.cli.tune_.progress", interrupting)
    code, out, err = say("tune", "baseline", *LEVERS, *search, "--draws", 64)
    assert (code, err) == (0, "")
    assert "已中断：以下是到中断时为止所找到的" in out
    assert re.search(r"试了 3\d 点", out)


class Terminal(io.StringIO):
    """A standard error that somebody watches."""

    def isatty(self):
        return True


def test_progress_goes_to_a_terminal_on_standard_error_only(say, monkeypatch):
    watched = Terminal()
    monkeypatch.setattr(sys, "stderr", watched)
    code, out, _ = say("tune", "baseline", "--lever", RATE, "--maximize", "awards", "--draws", 64)
    assert code == 0
    assert "逐点模拟" in watched.getvalue()
    assert "逐点模拟" not in out
    assert "\x1b" not in out
