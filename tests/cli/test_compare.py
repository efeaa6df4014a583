"""subsidysim compare: what is printed, what is refused, and that nothing is cut off."""

import json
import re
import shutil

import pytest

from simulator.cli.as_json import numbers
from simulator.cli.common import WIDTH, screen_width
from simulator.cli.figures import figure, spoken
from simulator.cli.layout import show_table
from simulator.language import set_language
from tests import support
from tests.cli.command import CHINESE, ROOT

ERROR = re.compile(r"±(?! 为标| standard)(?![0-9,]+(\.[0-9]+)?([^0-9.]|$))")  # one that has lost digits
LONG = "技改贷款贴息比例由百分之五十提高到百分之七十并取消单个项目的上限"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six scenario files of a tiny population: two alike, one in small things, others in large ones."""
    made = tmp_path_factory.mktemp("scenarios")
    size = {"lognormal": {"median": "2000万元", "sigma": 1}}
    support.tiny(made, {"made": support.stream("first_of_kind", size, 9), "users": support.stream("software_purchase", "100万元", 9)},
                 support.money("3亿元", enforce="commitment"), {"draws": 64})
    support.variant(made, name="again", extends="./tiny.yaml")
    support.variant(made, {"title": {"zh": LONG, "en": "A title much longer than a head of any table can ever be"}},
                    {"instruments": {"first_of_kind": {"rate": "60%", "cap": "5000万元"}}}, support.money("1亿元"),
                    {"drivers": {"award_intensity": "100%"}}, name="large", extends="./tiny.yaml")
    support.variant(made, {"instruments": {"upgrade_lease": {"rate": "10%"}}}, name="idle", extends="./tiny.yaml")
    support.variant(made, support.money("2亿元"), name="poor", extends="./tiny.yaml")
    support.variant(made, {"seed": 5}, name="seeded", extends="./tiny.yaml")
    return made


def names(folder, *wanted):
    return [folder / f"{name}.yaml" for name in wanted]


def assert_fits(out):
    """No line is wider than the screen, and no number is cut."""
    assert max(map(screen_width, out.splitlines())) <= WIDTH
    assert not [line for line in out.splitlines() if ERROR.search(line)]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("wanted", [("large",), ("large", "poor"), ("large", "poor", "idle"),
                                    ("large", "poor", "idle", "again", "seeded")], ids=len)
def test_every_line_fits_the_screen_whatever_the_number_and_titles_of_scenarios(say, folder, wanted, lang):
    code, out, err = say("compare", *names(folder, "tiny", *wanted), "--lang", lang, "--metric", "P(outlay_peak<=3e7CNY)")
    assert (code, err) == (0, "")
    assert_fits(out)
    assert bool(CHINESE.search(out)) == (lang == "zh")
    assert {"zh": "拨付合计", "en": "outlay"}[lang] in out
    assert "nan" not in out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_whole_programme_fits_the_screen_too(say, lang):
    code, out, err = say("compare", "baseline", "rates_fall", "full_rate", "capped_envelope_8", "--draws", 64, "--lang", lang,
                         "--no-attribution")
    assert (code, err) == (0, "")
    assert_fits(out)
    assert not CHINESE.search(re.sub(r"\d亿", "", out)) or lang == "zh"  # 5亿 and 2亿 are choices of a reading, and written so


def test_scenarios_that_are_alike_differ_by_nothing_and_are_warned_of(say, folder):
    code, out, _ = say("compare", *names(folder, "tiny", "again", "idle"))
    assert code == 0
    assert out.count("个潜在项目中 0 个受影响") == 2
    assert "again：与第一个完全相同" in out
    rows = [line.split() for line in out.splitlines() if line.startswith((" 拨付合计", " 2026"))]
    assert [row[-2:] for row in rows] == [["0", "0"]] * 2
    assert "affects 0 of" in say("compare", *names(folder, "tiny", "again"), "--lang", "en")[1]


def test_what_changed_is_listed_with_both_values(say, folder):
    _, out, _ = say("compare", *names(folder, "tiny", "poor"))
    assert re.search(r"预算 +appropriation\.industrial_development\.amount +3亿元 +2亿元", out)
    _, out, _ = say("compare", *names(folder, "tiny", "poor"), "--lang", "en")
    assert re.search(r"appropriation\.industrial_development\.amount +3e8CNY +2e8CNY", out)


def test_attribution_adds_up_and_can_be_left_out(say, folder):
    code, out, err = say("compare", *names(folder, "tiny", "large"), "--json")
    assert (code, err) == (0, "")
    found = json.loads(out, parse_constant=pytest.fail)
    shares = found["attribution"]["large"]["variables"]
    whole = [value for value, _ in shares["difference"]["values"]]
    for name in ("stacked", "shapley"):
        summed = [sum(change[j][0] for change in shares[name]["values"]) for j in range(len(whole))]
        assert summed == pytest.approx(whole, rel=1e-9, abs=1e-3)
    assert [each["what"] for each in found["changed"]["large"]] == [
        "first_of_kind.rate", "first_of_kind.cap", "appropriation.industrial_development.amount", "drivers.award_intensity"]
    assert found["comparison"]["variables"]["cheaper"]["dims"] == ["scenario", "part"]
    assert None in [value for value, _ in found["comparison"]["variables"]["value"]["values"][0]]  # no P95 of 64 draws
    assert "Shapley" in say("compare", *names(folder, "tiny", "large"))[1]
    code, out, _ = say("compare", *names(folder, "tiny", "large"), "--no-attribution")
    assert (code, "Shapley" in out) == (0, False)
    assert json.loads(say("compare", *names(folder, "tiny", "large"), "--no-attribution", "--json")[1])["attribution"] == {}


def test_missing_tails_are_explained(say, folder):
    assert "抽样少于 2,000 次，不给拨付合计 P95、拨付合计 CVaR95" in say("compare", *names(folder, "tiny", "again"))[1]


def test_saved_runs_are_paired_only_under_the_same_luck(say, folder, tmp_path):
    for name in ("tiny", "seeded", "poor"):
        assert say("run", *names(folder, name), "--out", tmp_path)[0] == 0
    runs = {each.name.rpartition("-")[0]: each for each in tmp_path.iterdir()}
    code, out, err = say("compare", runs["tiny"], runs["seeded"])
    assert (code, err) == (0, "")
    assert "不配对" in out
    assert re.search(r"种子 +seed +1 +5", out)
    assert_fits(out)
    assert "not paired" in say("compare", runs["tiny"], runs["seeded"], "--lang", "en")[1]
    code, out, _ = say("compare", runs["tiny"], runs["poor"])
    assert (code, "逐次配对" in out, "2亿元" in out) == (0, True, True)
    assert "逐位相同" in say("compare", runs["tiny"], runs["tiny"])[1]
    damaged = shutil.copytree(runs["poor"], tmp_path / "damaged")
    (damaged / "results.nc").write_bytes((damaged / "results.nc").read_bytes()[:-1] + b"?")
    code, out, err = say("compare", runs["tiny"], damaged)
    assert (code, out) == (4, "")
    assert "results.nc" in err
    code, out, err = say("compare", runs["tiny"], folder / "tiny.yaml")
    assert (code, out) == (2, "")
    assert "不能混在一起" in err


@pytest.mark.parametrize(("arguments", "zh", "en"), [
    (["baseline"], "至少要两个", "at least two"),
    ([], "缺少", "missing"),
    (["baseline", "nosuch"], "找不到情景 nosuch", "no such scenario: nosuch"),
    (["baseline", ROOT / "results/reference/baseline-128"], "不能混在一起", "cannot be mixed"),
    (["baseline", "full_rate", "--draws", "32", "--metric", "outlyy"], "是否指 outlay？", "did you mean outlay?"),
    (["baseline", "full_rate", "--draws", "32", "--metric", "P(outlay)"], "应含 <= 或 >=", "<= or >= is missing"),
    (["baseline", "full_rate", "--draws", "many"], "--draws", "--draws"),
])
def test_wrong_arguments_end_with_2_and_say_what_is_right(say, tmp_path, monkeypatch, arguments, zh, en):
    monkeypatch.chdir(tmp_path)
    for lang, words in (("zh", zh), ("en", en)):
        code, out, err = say("compare", *arguments, "--lang", lang)
        assert (code, out) == (2, "")
        assert words in err
        assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


# --- the tables of all four verbs -----------------------------------------------------------------------------------


@pytest.fixture(params=["zh", "en"])
def lang(request, monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")
    set_language(request.param)
    return request.param


@pytest.mark.parametrize(("left", "n"), [(1, 1), (1, 12), (2, 30), (4, 3)])
def test_a_table_that_is_too_wide_goes_on_below_and_keeps_every_number(capsys, lang, left, n):
    names_ = ["behaviour.a_very_long_name_of_an_assumption.which_goes_on.and_on.without_any_blank" if lang == "en" else LONG] * left
    wide = [f"-{1234567 + i:,}.25 ±{i}.125" for i in range(n)]
    show_table(LONG * 3, [*(f"head {i}" for i in range(left)), *(f"{LONG}\n(亿元)" for _ in range(n))],
               [[*names_, *wide], [*("x" for _ in range(left)), *wide]], left=left)
    out = capsys.readouterr().out
    assert max(map(screen_width, out.splitlines())) <= WIDTH
    for number in wide:
        assert out.count(f" {number} ") == 2


def test_figures_show_what_their_error_supports_and_never_a_row_of_noughts(lang):
    assert figure((1e5, 2e4), "CNY") == "0.0010 ±0.0002"
    assert figure((1.0, 2.0), "CNY", signed=True) == "≈0"
    assert figure((0.0, 0.0), "CNY", signed=True) == "0"
    assert figure((-2.5e8, 1e7), "CNY", signed=True) == "-2.5 ±0.1"
    assert figure((float("nan"), 1.0), "share") == "—"


def test_json_has_null_where_there_is_no_number():
    assert numbers({"a": [float("nan"), 1.0, (float("inf"), "x")]}) == {"a": [None, 1.0, [None, "x"]]}


@pytest.mark.parametrize(("written", "english"), [("5000万元", "5e7CNY"), ("1.25亿元", "1.25e8CNY"), ("77万元", "770000CNY"),
                                                  ("50%", "50%"), ("0.31tce/万元", "0.31 tce/10^4 CNY"), ("无", "none")])
def test_amounts_of_a_scenario_are_written_in_the_language(lang, written, english):
    assert spoken(written) == (written if lang == "zh" else english)
