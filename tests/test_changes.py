"""A scenario with other values is that of a file stating them; what two scenarios state differently is found, and can be moved over."""

import copy
import json

import pytest

from simulator.changes import ABSENT, changes_between, with_changes, with_values
from simulator.errors import SimulatorError
from simulator.levers import with_levers
from simulator.provenance import instrument_values, scenario_values
from simulator.scenario import load_scenario, shipped_scenarios
from tests.support import assert_identical, changed, financed, run, stream, tiny, variant

FUND = ("appropriation", "industrial_development")
SHIPPED = shipped_scenarios()


def rule(instrument, *field):
    return ("policy", "instruments", instrument, *field)


def alike(one, other):
    """The same values, be the titles what they may."""
    titles = {name: getattr(other.model, name) for name in ("name", "title", "question")}
    return one.model.model_copy(update=titles) == other.model


def named(one, other):
    return [change.name for change in changes_between(one, other)]


@pytest.fixture(scope="module")
def shipped():
    return {name: load_scenario(name) for name in SHIPPED}


# path -> value, and the same as a file states it
STATED = {
    "rate": ({rule("upgrade_lease", "rate"): "8%"}, {"instruments": {"upgrade_lease": {"rate": "8%"}}}),
    "no cap": ({rule("upgrade_lease", "cap"): None}, {"instruments": {"upgrade_lease": {"cap": None}}}),
    "threshold": ({rule("major_project", "threshold"): "8亿元"}, {"instruments": {"major_project": {"threshold": "8亿元"}}}),
    "quota": ({rule("material_certification", "quota", "count"): 12},
              {"instruments": {"material_certification": {"quota": {"count": 12}}}}),
    "kind of quota": ({rule("material_certification", "quota", "kind"): "hard"},
                      {"instruments": {"material_certification": {"quota": {"kind": "hard"}}}}),
    "tier": ({rule("smart_factory", "tiers", "benchmark", "amount"): "600万元"},
             {"instruments": {"smart_factory": {"tiers": {"benchmark": {"amount": "600万元"}}}}}),
    "rate with a distribution": ({rule("software_purchase", "rate"): {"uniform": ["5%", "10%"]}},
                                 {"instruments": {"software_purchase": {"rate": {"uniform": ["5%", "10%"]}}}}),
    "several clauses": ({rule("upgrade_lease", "rate"): "8%", rule("upgrade_lease", "cap"): "1亿元", rule("major_project", "rate"): "5%"},
                        {"instruments": {"upgrade_lease": {"rate": "8%", "cap": "1亿元"}, "major_project": {"rate": "5%"}}}),
    "amount": ({(*FUND, "amount"): "9亿元", (*FUND, "enforce"): "cash"},
               {"appropriation": {"industrial_development": {"amount": "9亿元", "enforce": "cash"}}}),
    "amount of one year": ({(*FUND, "amount"): {2026: "9亿元"}},
                           {"appropriation": {"industrial_development": {"amount": {2026: "9亿元"}}}}),
    "behaviour": ({("behaviour", "approval_lag"): "2个月"}, {"behaviour": {"approval_lag": "2个月"}}),
    "behaviour below": ({("behaviour", "central", "share"): "40%"}, {"behaviour": {"central": {"share": "40%"}}}),
    "constant driver": ({("drivers", "award_intensity"): "85%"}, {"drivers": {"award_intensity": "85%"}}),
    "other distribution": ({("drivers", "demand"): {"lognormal": {"mean": 1, "sd": 0.3}}},
                           {"drivers": {"demand": {"lognormal": {"mean": 1, "sd": 0.3}}}}),
    "driver of a size": ({("drivers", "filing", "small"): "50%"}, {"drivers": {"filing": {"small": "50%"}}}),
    "switch": ({("readings", "exclusivity"): "stack"}, {"readings": {"exclusivity": "stack"}}),
    "reading that sets a value": ({("readings", "major_threshold"): "2亿"}, {"readings": {"major_threshold": "2亿"}}),
    "reading and a value of its own": ({("readings", "major_threshold"): "2亿", rule("major_project", "threshold"): "3亿元"},
                                       {"readings": {"major_threshold": "2亿"}, "instruments": {"major_project": {"threshold": "3亿元"}}}),
    "stream": ({("population", "streams", "software_users", "approval"): "45%"},
               {"streams": {"software_users": {"approval": "45%"}}}),
    "draws": ({("draws",): 64}, {"draws": 64}),
    "base of the city": ({("city", "base"): "900亿元"}, {"city": {"base": "900亿元"}}),
    "energy": ({("energy", "motors", "hours"): "5000小时"}, {"energy": {"motors": {"hours": "5000小时"}}}),
    "no correlations": ({("correlations",): []}, {"correlations": []}),
}


@pytest.mark.parametrize("case", STATED)
def test_a_scenario_with_other_values_is_that_of_a_file_stating_them(baseline, tmp_path, case):
    values, statement = STATED[case]
    if case == "no correlations":  # a file can only add to a list of items with ids
        assert with_values(baseline, values).model.correlations == []
        return
    assert alike(with_values(baseline, values), changed(tmp_path, statement))


@pytest.mark.parametrize("case", STATED)
def test_the_scenario_itself_stays_as_it_was(baseline, case):
    before, digest = copy.deepcopy((baseline.content, baseline.overrides, baseline.model)), baseline.digest
    moved = with_values(baseline, STATED[case][0], "moved")
    assert (baseline.content, baseline.overrides, baseline.model) == before
    assert json.dumps(baseline.content) == json.dumps(before[0])
    assert (moved.name, moved.content["name"]) == ("moved", "moved")
    assert moved.digest != digest


@pytest.mark.parametrize("case", STATED)
def test_a_scenario_with_other_values_loads_again_as_the_same(baseline, tmp_path, case):
    moved = with_values(baseline, STATED[case][0], "moved")
    (tmp_path / "moved.yaml").write_text(moved.text, "utf-8")
    assert load_scenario(tmp_path / "moved.yaml").model == moved.model


@pytest.fixture
def world(tmp_path):
    return tiny(tmp_path, {
        "lease": stream("upgrade_lease", {"lognormal": {"median": "1亿元", "sigma": 0.8}}, 6, **financed(lease=100)),
        "factory": stream("smart_factory", "1亿元", {"poisson": 3}, tier="benchmark"),
    })


@pytest.mark.parametrize("case", ["rate", "no cap", "tier", "amount", "constant driver", "behaviour", "switch"])
def test_a_run_of_it_is_bit_for_bit_that_of_the_file(world, tmp_path, case):
    values, statement = STATED[case]
    file = variant(tmp_path, statement, name="file", extends="./tiny.yaml")
    mine, theirs = run(with_values(world, values, "mine")), run(load_scenario(file))
    assert_identical(mine, theirs)
    assert case in ("switch", "amount") or (mine["outlay"].values != run(world)["outlay"].values).any()


def test_one_change_after_the_other_is_both_at_once(baseline):
    (a, x), (b, y) = (*STATED["rate"][0].items(), *STATED["constant driver"][0].items())
    assert with_values(with_values(baseline, {a: x}), {b: y}).model == with_values(baseline, {b: y, a: x}).model
    assert with_values(with_values(baseline, {a: "7%"}), {a: x}).model == with_values(baseline, {a: x}).model
    assert with_values(baseline, {}).model == baseline.model


def test_a_moved_value_is_an_assumption_in_the_list_of_grounds(baseline):
    moved = with_values(baseline, {rule("upgrade_lease", "rate"): "8%", ("city", "base"): "900亿元", ("behaviour", "central", "years"): 1})
    clauses = {(g.owner.split()[-1], g.field): (g.shown, g.basis, g.ground) for g in instrument_values(moved)}
    assert clauses["upgrade_lease", "rate"] == ("8%", "假设", "")
    assert clauses["upgrade_lease", "cap"][:2] == ("2000万元", "文件")
    others = {g.field: (g.shown, g.basis) for g in scenario_values(moved)}
    assert (others["city.base"], others["behaviour.central.years"]) == (("900亿元", "假设"), ("1", "假设"))
    replaced = {o.path: (o.old, o.new) for o in moved.overrides}
    assert replaced[rule("upgrade_lease", "rate")][1] == "8%"


def test_a_value_with_a_ground_of_its_own_keeps_it(baseline):
    fact = {"value": "8%", "basis": "fact", "note": "2026年公布", "source": "example.org"}
    rate = with_values(baseline, {rule("upgrade_lease", "rate"): fact}).model.policy.instruments["upgrade_lease"].rate
    assert (rate.basis, rate.note) == ("fact", "2026年公布")


@pytest.mark.parametrize(("values", "zh", "en"), [
    ({rule("upgrade_lease", "rate"): "500%"}, "policy.instruments.upgrade_lease.rate.value: 应不大于 1", "less than or equal to 1"),
    ({rule("upgrade_lease", "cap"): "5"}, "upgrade_lease.cap.value: 5 缺少单位，例如 2000万元", "5 has no unit, for example 2000万元"),
    ({rule("upgrade_lease", "cap"): "-5元"}, "upgrade_lease.cap.value: 应不小于 0", "greater than or equal to 0"),
    ({rule("upgrade_lease", "rate"): None}, "upgrade_lease.rate", "upgrade_lease.rate"),
    ({rule("upgrade_leas", "rate"): "5%"}, "未知的名称 'upgrade_leas'，是否指 'upgrade_lease'？", "did you mean 'upgrade_lease'?"),
    ({rule("upgrade_lease", "raet"): "5%"}, "未知的键 'raet'，是否指 'rate'？", "unknown key 'raet', did you mean 'rate'?"),
    ({rule("upgrade_lease", "fund"): "industry"}, "fund: 未知的资金 'industry'", "unknown fund 'industry'"),
    ({rule("upgrade_lease", "exclusion_group"): "other"}, "应属同一 exclusion_group", "must be of one exclusion_group"),
    ({rule("smart_factory", "tiers", "benchmark"): ABSENT}, "是否指 'demonstration'？", "did you mean 'demonstration'?"),
    ({rule("upgrade_lease"): ABSENT}, "未知的政策工具 'upgrade_lease'", "unknown instrument 'upgrade_lease'"),
    ({("appropriation", "industrial_develop", "amount"): "5亿元"},
     "是否指 'industrial_development'？", "did you mean 'industrial_development'?"),
    ({("appropriation",): {}},
     "appropriation: 缺少 industrial_development、energy_conservation", "appropriation: lacks industrial_development"),
    ({("policy", "instruments"): {}}, "未知的政策工具 'upgrade_lease'", "unknown instrument 'upgrade_lease'"),
    ({("drivers", "demnd"): 1}, "未知的键 'demnd'，是否指 'demand'？", "unknown key 'demnd', did you mean 'demand'?"),
    ({("drivers", "delay"): {"uniform": [2, 1]}}, "drivers.delay.value: 数值应由小到大", "must ascend"),
    ({("drivers", "filing"): {"small": "50%"}}, "drivers.filing: 缺少 medium、large", "drivers.filing: lacks medium"),
    ({("drivers", "city_growth"): {2024: "5%"}}, "缺少 2025、2026、2027", "lacks 2025、2026、2027"),
    ({("behaviour", "score_bonus"): {"small": 1}}, "behaviour.score_bonus: 缺少 medium、large", "lacks medium"),
    ({("readings", "exclusivity"): "stak"}, "readings.exclusivity: 应为", "did you mean 'stack'?"),
    ({("population", "streams", "nobody", "approval"): "5%"}, "population.streams.nobody: 未知的名称", "unknown name 'nobody'"),
    ({("draws",): 3}, "draws: 应不小于 8，得到 3", "greater than or equal to 8, got 3"),
], ids=str)
def test_a_value_that_cannot_be_is_an_error_with_field_and_remedy(baseline, tongue, values, zh, en):
    with pytest.raises(SimulatorError) as caught:
        with_values(baseline, values)
    assert {"zh": zh, "en": en}[tongue] in str(caught.value)
    assert "baseline.yaml" not in str(caught.value)  # the file is right


def test_a_reading_leaves_what_the_scenario_states_itself(tmp_path):
    own = {"readings": {"major_threshold": "10亿"}, "instruments": {"major_project": {"threshold": "3亿元"}}}
    moved = with_values(changed(tmp_path, own), {("readings", "major_threshold"): "2亿"})
    assert moved.model.readings.major_threshold == "2亿"
    assert moved.model.policy.instruments["major_project"].threshold.value == 3e8


# --- what two scenarios state differently ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_all_changes_together_make_the_other_scenario(shipped, name):
    for other in ("baseline", "full_rate", "rates_fall", "tilt_to_small", "threshold_moved"):
        for one, two in ((name, other), (other, name)):
            changes = changes_between(shipped[one], shipped[two])
            made = with_changes(shipped[one], changes, "made")
            assert (made.name, alike(made, shipped[two])) == ("made", True), (one, two)
            assert changes_between(made, shipped[two]) == []
            assert bool(changes) == (one != two)


EXPECTED = {
    "capped_envelope": ["appropriation.industrial_development"],
    "capped_envelope_pro_rata": ["appropriation.industrial_development"],
    "central_overlap": ["behaviour.central"],
    "central_overlap_gross": ["readings.interest_base", "behaviour.central"],
    "full_rate": ["readings.interest_base", "readings.cap_period_17", "readings.first_of_kind_scope", "readings.major_threshold",
                  "drivers.award_intensity", "drivers.approval_level"],
    "investment_slump": ["drivers.demand", "drivers.city_growth", "drivers.outcome"],
    "measured_savings_run_rate": ["readings.energy_accounting", "drivers.realisation"],
    "rates_fall": ["drivers.lpr"],
    "threshold_moved": ["upgrade_loan_interest.threshold", "upgrade_lease.threshold"],
    "tilt_to_small": ["behaviour.score_bonus", "appropriation.industrial_development"],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_changes_stand_in_the_order_in_which_they_were_written(shipped, name):
    """The scenario's own file first, then those that it extends."""
    changes = changes_between(shipped["baseline"], shipped[name])
    assert [change.name for change in changes] == EXPECTED[name]
    own = [change.place.line for change in changes if change.place.file.endswith(f"/{name}.yaml")]
    assert own == sorted(own) and own


def test_a_reading_and_the_values_that_it_sets_are_one_change(shipped):
    changes = {change.name: change for change in changes_between(shipped["baseline"], shipped["full_rate"])}
    assert set(changes["readings.major_threshold"].values) == {("readings", "major_threshold"), rule("major_project", "threshold")}
    assert changes["readings.major_threshold"].values["readings", "major_threshold"] == (ABSENT, "2亿")
    some = with_changes(shipped["baseline"], [changes["readings.major_threshold"]], "some")
    assert some.model.policy.instruments["major_project"].threshold.value == 2e8
    assert some.model.drivers == shipped["baseline"].model.drivers


def test_an_amount_and_how_it_is_enforced_are_one_change(shipped):
    [change] = changes_between(shipped["baseline"], shipped["capped_envelope"])
    assert set(change.values) == {(*FUND, "amount"), (*FUND, "enforce")}
    assert change.values[(*FUND, "enforce")] == ("none", "commitment")
    assert change.place.file.endswith("capped_envelope.yaml")


def test_another_population_is_one_change(baseline, world):
    assert set(named(baseline, world)) == {"population", "seed"}
    assert alike(with_changes(baseline, changes_between(baseline, world), "moved"), world)


@pytest.mark.parametrize("statement", [
    {"drivers": {"demand": {"value": {"lognormal": {"mean": 1, "sd": 0.1}}, "note": "另一个理由", "source": "example.org"}}},
    {"drivers": {"demand": {"lognormal": {"mean": 1, "sd": 0.1}}}},
    {"behaviour": {"approval_lag": "4个月"}},
    {"instruments": {"upgrade_lease": {"rate": {"value": "5%", "basis": "fact", "note": "同"}}}},
    {"instruments": {"material_certification": {"quota": {"note": "另一个理由"}}}},
    {"correlations": [{"id": "macro", "among": ["demand", "city_growth"], "value": {"value": 0.3, "note": "另一个理由"}}]},
    {"readings": {"exclusivity": "one_per_project", "major_threshold": "5亿"}},
], ids=str)
def test_another_ground_or_a_default_stated_outright_is_no_change(baseline, tmp_path, statement):
    other = changed(tmp_path, statement)
    assert named(baseline, other) == named(other, baseline) == []


@pytest.mark.parametrize("statement", [
    {"correlations": [{"id": "macro", "among": ["demand", "city_growth"], "value": {"value": 0.4}}]},
    {"instruments": {"upgrade_lease": {"fixed_asset_share": "60%"}}},
    {"instruments": {"material_certification": {"quota": None}}},
    {"appropriation": {"industrial_development": {"amount": {2026: "9亿元", 2027: None}, "enforce": "cash"}}},
    {"readings": {"major_threshold": "2亿"}, "instruments": {"major_project": {"threshold": "3亿元"}}},
    {"instruments": {"major_project": {"threshold": "2亿元"}}},
    {"drivers": {"lpr": {"shift": {2027: "-50bp"}}}, "years": {"filing": [2024, 2027], "horizon": 2033}},
    {"streams": {"software_users": {"approval": "45%"}}},
], ids=str)
@pytest.mark.parametrize("against", ["baseline", "major_project_definition", "full_rate"])
def test_changes_of_any_kind_can_be_moved_over_and_back(shipped, tmp_path, statement, against):
    one, other = shipped[against], changed(tmp_path, statement)
    assert named(one, other)
    for here, there in ((one, other), (other, one)):
        made = with_changes(here, changes_between(here, there), "made")
        assert named(made, there) == named(there, made) == []


def test_an_instrument_that_one_of_them_lacks_can_be_moved_over(tmp_path, baseline):
    extra = copy.deepcopy(baseline.content["policy"]["instruments"]["upgrade_lease"])
    extra["exclusion_group"] = {"value": "extra"}
    other = changed(tmp_path, {"instruments": {"another_lease": extra}})
    for here, there in ((baseline, other), (other, baseline)):
        assert named(with_changes(here, changes_between(here, there), "made"), there) == []


def test_a_moved_scenario_tells_its_changes_by_the_names_of_its_levers(baseline):
    from simulator.levers import find_lever

    names = ["upgrade_lease.rate", "drivers.award_intensity", "behaviour.approval_lag"]
    found = [find_lever(baseline, name) for name in names]
    moved = with_levers(baseline, list(zip(found, ["8%", "85%", "2个月"], strict=True)), "moved")
    assert sorted(named(baseline, moved)) == sorted(names)
