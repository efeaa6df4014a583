"""subsidysim sweep: what is printed, what is refused, and the examples of its help."""

import json
import re
import shlex

import pytest

from tests.cli.command import CHINESE, call
from tests.cli.test_compare import assert_fits

RATE = "upgrade_loan_interest.rate=30%..70%:2"
LONG = "energy_management_centre.threshold=1000万元,无"


def examples(verb, lang):
    """The command lines that the help of a verb shows, continued lines joined."""
    shown = call(verb, "--help", "--lang", lang).stdout.partition({"zh": "例：", "en": "Examples:"}[lang])[2].partition("\n\n")[0]
    joined = re.sub(r"\n +(?=--)", " ", shown)
    return [shlex.split(line.partition(">")[0] if " > " in line else line)[2:] for line in joined.splitlines() if "subsidysim" in line]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("vary", [(RATE,), (LONG,), (RATE, "appropriation.industrial_development.2026=8e8CNY..2e9CNY:2"),
                                  ("energy_management_centre.rate=10%..20%:2", "first_of_kind.cap=1000万元..20000万元:12")], ids=len)
def test_every_line_fits_the_screen(say, vary, lang):
    code, out, err = say("sweep", "baseline", *(text for each in vary for text in ("--vary", each)), "--draws", 64, "--lang", lang,
                         "--metric", "P(outlay_peak<=2e9CNY & leverage_net>=1)", "--break-even", "mean(outlay)<=7e9CNY")
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert "nan" not in out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_caps_and_thresholds_fit_the_screen(say, lang):
    code, out, err = say("sweep", "baseline", "--caps", "--draws", 64, "--lang", lang)
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert out.count({"zh": "特别重大", "en": "Major project"}[lang]) == 2  # once among caps, once among thresholds


def test_a_value_is_compared_with_the_scenario_as_it_stands(say):
    _, out, _ = say("sweep", "baseline", "--vary", "upgrade_loan_interest.rate=50%,60%", "--draws", 64)
    assert "现为 50%" in out
    rows = [line.split() for line in out.splitlines()]
    assert next(row[1:] for row in rows if row[:1] == ["50%"]) == next(row[1:] for row in rows if row[:1] == ["现状"])


def test_a_distribution_is_shown_as_a_file_writes_it(say):
    _, out, _ = say("sweep", "baseline", "--vary", "software_purchase.rate=5%,20%", "--draws", 64)
    assert "现为 triangular: 5% / 10% / 20%" in out


@pytest.mark.parametrize(("lang", "said"), [("zh", "警告：这些取值不影响任何项目"), ("en", "Warning: these values affect 0 of")])
def test_a_lever_that_changes_nothing_is_warned_of(say, lang, said):
    for values, warned in (("9999亿元,99999亿元", True), ("10万元,99999亿元", False)):
        code, out, _ = say("sweep", "baseline", "--vary", f"smart_factory.cap={values}", "--draws", 64, "--lang", lang)
        assert (code, said in out) == (0, warned)


def test_json_is_plain_and_has_no_nan(say):
    code, out, err = say("sweep", "baseline", "--vary", "upgrade_lease.cap=1000万元,无", "--caps", "--draws", 64, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    assert set(found) == {"sweep", "caps", "notches"}
    assert found["sweep"]["coordinates"]["upgrade_lease.cap"]["values"] == [1e7, None]
    assert found["sweep"]["variables"]["value"]["dims"] == ["upgrade_lease.cap", "metric", "part"]


@pytest.mark.parametrize(("arguments", "zh", "en"), [
    (["baseline"], "请给出调节项", "name a lever"),
    (["nosuch", "--caps"], "找不到情景 nosuch", "no such scenario: nosuch"),
    (["baseline", "--vary", "upgrade_laese.rate=5%..15%"], "upgrade_lease.rate", "upgrade_lease.rate"),
    (["baseline", "--vary", RATE, "--vary", RATE], "一个或两个不同的", "one or two different"),
    (["baseline", "--vary", RATE, "--vary", "upgrade_lease.rate=1%,2%", "--vary", LONG], "一个或两个不同的", "one or two different"),
    (["baseline", "--vary", "upgrade_lease.rate"], "应写作 名称=取值", "write name=values"),
    (["baseline", "--vary", "upgrade_lease.rate=5%..15%:1"], "2 至 1000", "2 to 1000"),
    (["baseline", "--vary", "upgrade_lease.rate=15%..5%"], "应大于前一个", "must be above the first"),
    (["baseline", "--vary", "upgrade_lease.rate=5%,500%"], "应不大于 1", "less than or equal to 1"),
    (["baseline", "--vary", RATE, "--metric", "foo"], "没有指标 'foo'；有：", "no such figure: 'foo'; there are:"),
    (["baseline", "--vary", RATE, "--metric", "outlay.2050"], "没有 outlay.2050", "no such figure: outlay.2050"),
    (["baseline", "--vary", RATE, "--break-even", "P(outlay<=80亿元)"], "应含 <= 或 >=", "<= or >= is missing"),
    (["baseline", "--vary", RATE, "--break-even", "outlay<=80"], "例如 12亿元", "does not fit; for example"),
])
def test_wrong_arguments_end_with_2_and_say_what_is_right(say, tmp_path, monkeypatch, arguments, zh, en):
    monkeypatch.chdir(tmp_path)
    for lang, words in (("zh", zh), ("en", en)):
        code, out, err = say("sweep", *arguments, "--draws", 32, "--lang", lang)
        assert (code, out) == (2, "")
        assert words in err
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", ["compare", "sweep", "tune", "sensitivity"])
def test_every_example_of_the_help_runs(say, monkeypatch, verb):
    monkeypatch.setattr("simulator.sensitivity.failures.DRAWS", 256)
    for lang in ("zh", "en"):
        shown = [each for each in examples(verb, lang) if not re.search(r"results/|\.yaml", " ".join(each))]
        assert len(shown) >= 2
        if verb == "sensitivity":  # slow: the others differ in nothing but what --metric and --json say
            shown = [each for each in shown if "--fails" in each and lang == "zh"]
        for arguments in shown if lang == "zh" else shown[:1]:
            few = {"tune": ["--draws", 64, "--evaluations", 20], "sensitivity": ["--draws", 256, "--no-assumptions", "--metric", "outlay"]}
            code, _, err = say(verb, *arguments, *few.get(verb, ["--draws", 64]), "--json")
            assert (code, err) == (0, ""), arguments
