"""The shipped scenarios load and compare; a faulty file gives every fault with its place, and never a traceback."""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.compose import SHIPPED
from simulator.errors import FaultyFiles, SimulatorError
from simulator.scenario import load_scenario, shipped_scenarios
from simulator.yamlfile import read_yaml

HEAD = "extends: baseline\nname: mine\n"  # statements of a case start on line 3


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@pytest.fixture
def report(tmp_path, monkeypatch):
    """What loading a file says, line by line, without the heading."""
    monkeypatch.chdir(tmp_path)

    def report(text, **instead):
        (tmp_path / "mine.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(FaultyFiles) as caught:
            load_scenario("mine.yaml", **instead)
        heading, *lines = str(caught.value).splitlines()
        assert str(len(lines)) in heading
        return [line.strip() for line in lines]

    return report


@pytest.fixture(scope="module")
def shipped():
    return {name: load_scenario(name) for name in shipped_scenarios()}


def test_all_scenarios_of_the_programme_are_shipped_the_baseline_first(shipped):
    assert next(iter(shipped)) == "baseline"
    assert set(shipped) >= {
        "full_rate", "capped_envelope", "rates_fall", "rates_rise", "central_overlap", "stacking_allowed",
        "threshold_moved", "major_project_definition", "tilt_to_small", "investment_slump", "measured_savings",
        "district_match", "fast_track", "capped_envelope_8", "capped_envelope_16", "capped_envelope_pro_rata",
        "central_overlap_gross", "stacking_full", "threshold_5000", "major_project_10", "measured_savings_run_rate",
    }


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_shares_the_frame_of_the_baseline(shipped, name):
    assert shipped[name].name == name
    assert shipped[name].population_digest == shipped["baseline"].population_digest


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_asks_a_question_of_its_own_in_both_languages(shipped, name):
    model = shipped[name].model
    assert re.search(r"[一-鿿].*？$", model.question.zh)
    assert re.fullmatch(r"[A-Z][^一-鿿]*\?", model.question.en.replace("亿元", ""))
    others = [other.model for key, other in shipped.items() if key != name]
    assert model.question not in [other.question for other in others]
    assert model.title not in [other.title for other in others]


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_differs_from_what_it_extends(shipped, name):
    changes = [o for o in shipped[name].overrides if o.path[0] not in ("name", "title", "question")]
    assert bool(changes) == (name != "baseline")
    assert all(o.old != o.new for o in changes)


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_composed_scenario_loads_again_as_the_same(shipped, name, tmp_path):
    file = tmp_path / "composed.yaml"
    file.write_text(shipped[name].text, "utf-8")
    again = load_scenario(file)
    assert again.digest == shipped[name].digest
    assert again.model == shipped[name].model


def test_draws_seed_and_readings_may_be_replaced_on_loading():
    scenario = load_scenario("baseline", draws=64, seed=7, readings={"major_threshold": "2亿"})
    assert (scenario.model.draws, scenario.model.seed) == (64, 7)
    assert scenario.model.policy.instruments["major_project"].threshold.value == 2e8


def test_a_value_knows_the_file_and_line_it_was_written_in(shipped):
    place = shipped["fast_track"].position("behaviour", "approval_lag", "value")
    line = (SHIPPED / "fast_track.yaml").read_text("utf-8").splitlines()[place.line - 1]
    assert place.file.endswith("fast_track.yaml")
    assert line[place.column - 1:].startswith("value: 2个月")
    around = shipped["fast_track"].position("drivers", "lpr", "shift")  # not stated: the nearest thing around it
    assert around.file.endswith("baseline.yaml")


EXCLUSIVITY = "应为 'one_per_project'、'loan_and_lease'、'stack'"


@pytest.mark.parametrize(("statement", "said"), [
    ("drivers:\n  award_intensty: 50%",
     "4:3: drivers.award_intensty: 未知的键 'award_intensty'；是否指 'award_intensity'？"),
    ("draw: 5", "3:1: draw: 未知的键 'draw'；是否指 'draws'？"),
    ("behaviour: {central: {pointz: {2024: 1%}}}",
     "3:23: behaviour.central.pointz: 未知的键 'pointz'；是否指 'points'？"),
    ("drivers: {demand: {lognormall: {mean: 1, sd: 1}}}",
     "3:20: drivers.demand.lognormall: 未知的键 'lognormall'；是否指 'lognormal'？"),
    ("xyzzy: 5", "3:1: xyzzy: 未知的键 'xyzzy'"),
    ("readings: {exclusivty: stack}", "3:12: readings.exclusivty: 未知的键 'exclusivty'；是否指 'exclusivity'？"),
    ("readings: {exclusivity: stak}", f"3:12: readings.exclusivity: {EXCLUSIVITY}，得到 'stak'；是否指 'stack'？"),
    ("instruments:\n  upgrade_laese: {cap: null}",
     "4:3: instruments.upgrade_laese: 未知的名称 'upgrade_laese'；是否指 'upgrade_lease'？"),
    ("appropriation: {energy_conservatio: {amount: null}}",
     "3:17: appropriation.energy_conservatio: 未知的名称 'energy_conservatio'；是否指 'energy_conservation'？"),
    ("drivers: {award_intensity: 50}", "3:11: drivers.award_intensity: 比例 50 大于 1；写作 50% 或 0 到 1 之间的小数"),
    ("drivers: {award_intensity: 150%}", "3:11: drivers.award_intensity: 应不大于 1，得到 '150%'"),
    ("drivers: {award_intensity: null}", "3:11: drivers.award_intensity: 必须且只能写一种分布"),
    ("drivers: {lpr: {floor: 2.5}}", "3:17: drivers.lpr.floor: 比例 2.5 大于 1；写作 2.5% 或 0 到 1 之间的小数"),
    ("instruments: {upgrade_lease: {rate: 101%}}",
     "3:31: policy.instruments.upgrade_lease.rate: 应不大于 1，得到 '101%'"),
    ("instruments: {upgrade_lease: {cap: -1万元}}",
     "3:31: policy.instruments.upgrade_lease.cap: 应不小于 0，得到 '-1万元'"),
    ("instruments: {upgrade_lease: {cap_scope: contract}}",
     "3:15: policy.instruments.upgrade_lease: 按合同计的上限（cap_scope: contract）只用于合同金额，"
     "基数为 lease_equipment 的写 project 或 product"),
    ("instruments: {upgrade_lease: {cap: {value: 2000}}}",
     "3:37: policy.instruments.upgrade_lease.cap.value: 2000 缺少单位，例如 2000万元"),
    ("appropriation: {industrial_development: {amount: 12}}",
     "3:42: appropriation.industrial_development.amount: 12 缺少单位，例如 2000万元"),
    ("appropriation: {industrial_development: {amount: {2024: -12亿元}}}",
     "3:51: appropriation.industrial_development.amount.2024: 应不小于 0，得到 '-12亿元'"),
    ("appropriation: {energy_conservation: {partial: no}}",
     "3:39: appropriation.energy_conservation.partial: 应为 true 或 false，得到 'no'"),
    ("behaviour: {approval_lag: 4}", "3:13: behaviour.approval_lag: 4 缺少单位，例如 4个月"),
    ("behaviour: {approval_lag: 4万元}", "3:13: behaviour.approval_lag: 4万元 的单位不对，例如 4个月"),
    ("behaviour: {score_bonus: {small: .inf, medium: 0, large: 0}}",
     "3:27: behaviour.score_bonus.small: 应为数字，得到 '.inf'"),
    ("behaviour: {score_bonus: {small: 1e309, medium: 0, large: 0}}",
     "3:27: behaviour.score_bonus.small: 应为有限的数，得到 inf"),
    ("years: {filing: [2027, 2024]}", "3:1: years: 年份应依次为首个申报年、末个申报年、现金期末"),
    ("years: {horizon: 2026}", "3:1: years: 年份应依次为首个申报年、末个申报年、现金期末"),
    ("years: {filing: [2024]}", "3:9: years.filing: 项数太少"),
    ("years: 2024", "3:1: years: 应为“键: 值”，得到 2024"),
    ("draws: ６４", "3:1: draws: 应为整数，得到 '６４'"),
    ("draws: 1_000", "3:1: draws: 应为整数，得到 '1_000'"),
    ("draws: 64.5", "3:1: draws: 应为整数，得到 64.5"),
    ("seed: true", "3:1: seed: 应为整数，得到 True"),
    ("seed: -1", "3:1: seed: 应不小于 0，得到 -1"),
    ("title: 标题", "3:1: title: 应为“键: 值”，得到 '标题'"),
    ("correlations: [{id: macro, value: 0.3}]", "3:16: correlations.0: 写明 among 或 between 之一"),
    ("policy: sh-2024-335", "3:1: policy: 找不到 'sh-2024-335'；是否指 'sh-2024-355'？"),
    ("drivers: {clawback: &x 1}", "3:21: drivers.clawback: 不支持锚点和别名（& 与 *）"),
    ("\tdraws: 64", "3:1: YAML 语法错误：while scanning for the next token: found character '\\t' that cannot start "
                    "any token；用空格缩进，不用制表符"),
    # tables that leave out a year or a size which the model needs
    ("drivers: {lpr: {published: {2025: 3%}}}", "3:17: drivers.lpr.published: 缺少 2024"),
    ("behaviour: {size_multiplier: {value: {small: 1, large: 1}}}", "3:13: behaviour.size_multiplier: 缺少 medium"),
    ("behaviour: {score_bonus: {small: 5}}", "3:13: behaviour.score_bonus: 缺少 medium、large"),
    ("drivers: {city_growth: {2024: {uniform: [0%, 1%]}}}", "3:11: drivers.city_growth: 缺少 2025、2026、2027"),
])
def test_a_fault_is_reported_once_with_its_place_and_remedy(report, statement, said):
    assert report(f"{HEAD}{statement}\n") == [f"mine.yaml:{said}"]


def test_six_different_faults_are_six_lines_in_the_order_of_the_file(report):
    text = HEAD + "draws: 4\ndrivers:\n  demnd: 1\n  delay: {triangular: [3, 2, 1]}\nyears: {filing: [2027, 2024]}\n" \
        "instruments:\n  upgrade_lease: {cap: -5万元}\n  upgrade_laon: {rate: 5%}\n"
    assert report(text) == [
        "mine.yaml:3:1: draws: 应不小于 8，得到 4",
        "mine.yaml:5:3: drivers.demnd: 未知的键 'demnd'；是否指 'demand'？",
        "mine.yaml:6:3: drivers.delay: 数值应由小到大",
        "mine.yaml:7:1: years: 年份应依次为首个申报年、末个申报年、现金期末",
        "mine.yaml:9:19: policy.instruments.upgrade_lease.cap: 应不小于 0，得到 '-5万元'",
        "mine.yaml:10:3: instruments.upgrade_laon: 未知的名称 'upgrade_laon'；是否指 'upgrade_lease'？",
    ]


def test_what_replaces_a_statement_on_loading_is_checked_too(report):
    assert report(HEAD, draws=3, readings={"exclusivity": "stak"}) == [
        "mine.yaml:1:1: draws: 应不小于 8，得到 3",
        f"mine.yaml:1:1: readings.exclusivity: {EXCLUSIVITY}，得到 'stak'；是否指 'stack'？"]


def test_an_empty_file_is_one_fault(report):
    assert report("") == ["mine.yaml:1:1: 文件为空"]


def test_a_report_is_in_english_where_asked_for(report, monkeypatch):
    monkeypatch.setattr("simulator.language._current", "en")
    assert report(f"{HEAD}draws: 4\n") == [
        "mine.yaml:3:1: draws: input should be greater than or equal to 8, got 4"]


@pytest.mark.parametrize("name", ["baseliine", "base\0line", "", "x" * 300, "./nowhere.yaml", "/"])
def test_an_unknown_scenario_is_an_error_with_the_nearest_name(name):
    with pytest.raises(SimulatorError) as caught:
        load_scenario(name)
    assert ("是否指 baseline？" in str(caught.value)) == name.startswith("bas")


def leaves(node, path=()):
    """The path of every value that holds no others."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [leaf for key, inner in items for leaf in leaves(inner, (*path, key))] or [path]


def replaced(node, path, junk):
    """A copy with junk at this path, as far as the path is still there."""
    if not path:
        return junk
    if isinstance(node, dict):
        return {key: replaced(inner, path[1:], junk) if key == path[0] else inner for key, inner in node.items()}
    if isinstance(node, list):
        return [replaced(inner, path[1:], junk) if key == path[0] else inner for key, inner in enumerate(node)]
    return node


FILES = {"scenario": "baseline.yaml", "policy": "policy/sh-2024-355.yaml", "population": "population/shanghai.yaml"}
ORIGINALS = {kind: json.loads(json.dumps(read_yaml(SHIPPED / file).content)) for kind, file in FILES.items()}
JUNK = [None, [], {}, [[]], -1, 0, 1e309, True, "x", "", "５０%", "50万元", "-5%", "1e999999999%", "2024", "\0", 10**30,
        {"value": None}, {"id": []}, {"x": {"y": "z"}}, [None, {}]]


@pytest.mark.parametrize(("kind", "head", "examples"), [
    ("scenario", {}, 40), ("scenario", {"extends": "baseline"}, 10), ("policy", {}, 15), ("population", {}, 15)])
def test_junk_anywhere_either_loads_or_is_reported_with_its_place(kind, head, examples, tmp_path):
    mine, mutant = tmp_path / "mine.yaml", tmp_path / "mutant.yaml"
    mine.write_text(f"{HEAD}{kind}: ./mutant.yaml\n", "utf-8")
    places = st.tuples(st.sampled_from(leaves(ORIGINALS[kind])), st.integers(0, 3), st.sampled_from(JUNK))

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(places, min_size=1, max_size=3))
    def check(mutations):
        content = ORIGINALS[kind]
        for path, above, junk in mutations:
            content = replaced(content, path[: max(1, len(path) - above)], junk)
        mutant.write_text(json.dumps({**head, **content}).replace("Infinity", "1e309"), "utf-8")
        faults = []
        try:
            loaded = load_scenario(mutant if kind == "scenario" else mine)
            assert loaded.digest
            assert loaded.population_digest
        except FaultyFiles as error:
            faults = error.faults
        assert all(fault.problem and re.fullmatch(r".*\.yaml:\d+:\d+", str(fault.position)) for fault in faults)

    check()
