"""The document's 38 targets: what the run says to each, and that nothing is said where no instrument drives it."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from simulator.compose import SHIPPED
from simulator.impact import physical_programmes
from simulator.reporting import report
from simulator.scenario import load_scenario
from simulator.targets import attainment, joint_attainment, simulated_values
from tests import support

YI = 1e8
SIMULATED = ("T01", "T02", "T16", "T17", "T25")
COUNTED = {"T15": "material_certification.project", "T18": "open_challenge.scenario",
           "T19": "smart_factory.benchmark", "T20": "smart_factory.demonstration"}
PARTS = {"equipment": 30, "software": 15, "material": 10}
PHYSICAL = {"T24": "motors", "T31": "computing", "T26": "solar"}


def hand_made(baseline, *, path=None, renewal=None, saving=None, over=None, awards=None):
    """A run of 16 draws in which only what is given happens: equipment and renewal by plan year in 亿元, saving in tce."""
    years, plan = np.arange(2024, 2033), np.arange(2024, 2028)
    parts = sorted({*COUNTED.values(), *(f"first_of_kind.{name}" for name in PARTS)})
    counts = np.zeros((16, 9, len(parts)))
    for part, by_year in (awards or {}).items():
        counts[:, :, parts.index(part)] = by_year
    money = np.full((9, 2), np.inf)
    overrun = np.zeros((16, 9, 2))
    if over is not None:
        money[2, 0], overrun[:, 2, 0] = 1e9, np.asarray(over, float)
    draws = np.ones((16, 1))
    return xr.Dataset({
        "city_equipment": (("draw", "plan_year"), draws * np.asarray(path if path is not None else [1000] * 4) * YI),
        "city_renewal": (("draw", "plan_year"), draws * np.asarray(renewal if renewal is not None else [500] * 4) * YI),
        "energy_saving": (("draw",), np.asarray(saving if saving is not None else np.zeros(16), float)),
        "part_awards": (("draw", "year", "part"), counts),
        "overrun": (("draw", "year", "fund"), overrun), "appropriation": (("year", "fund"), money),
    }, coords={"year": years, "plan_year": plan, "part": parts, "fund": list(baseline.model.policy.funds)}, attrs={"scrambles": 8})


def found(baseline, results):
    return {each.target.id: each for each in attainment(baseline, results)}


def half_and_half(low, high):
    """Eight draws of one and eight of the other, in every scramble one."""
    return np.repeat([low, high], 8)


def test_all_38_targets_are_listed_in_the_document_s_order(baseline, small_run):
    assert [each.target.id for each in attainment(baseline, small_run)] == [f"T{n:02d}" for n in range(1, 39)]


def test_what_no_instrument_drives_has_no_result(baseline, small_run):
    tracked = [each for each in attainment(baseline, small_run) if each.target.treatment == "tracked"]
    assert len(tracked) >= 20
    for each in tracked:
        assert (each.result, each.probability, each.by_part) == (None, None, None), each.target.id


def test_what_is_said_to_be_modelled_has_a_result(baseline, small_run):
    empty = [f"{each.target.id} {each.target.treatment}" for each in attainment(baseline, small_run)
             if each.target.treatment != "tracked" and each.result is None and each.by_part is None]
    assert empty == []


def test_what_has_a_result_is_said_to_be_modelled(baseline, small_run):
    with_result = {each.target.id: each.target.treatment for each in attainment(baseline, small_run) if each.result or each.by_part}
    assert with_result == {**dict.fromkeys(SIMULATED, "simulated"), **dict.fromkeys((*COUNTED, "T34"), "counted"),
                           **dict.fromkeys((*PHYSICAL, "T32"), "physical")}


@pytest.mark.parametrize(("key", "results", "expected", "probability"), [
    ("T01", {"renewal": [500, 500, 500, 500]}, 2000 * YI, 1.0),
    ("T01", {"renewal": [500, 500, 500, 499]}, 1999 * YI, 0.0),
    ("T02", {"path": [900, 900, 900, 1085.17]}, 1085.17 / 868.13 - 1, 1.0),  # 1.25 x 868.13 is 1085.1625
    ("T02", {"path": [900, 900, 900, 1085.16]}, 1085.16 / 868.13 - 1, 0.0),
    ("T16", {"path": [1000, 1000, 1000, 1000]}, 4000 * YI, 1.0),
    ("T16", {"path": [1000, 1000, 1000, 999.99]}, 3999.99 * YI, 0.0),
    ("T25", {"saving": half_and_half(499_999, 500_000)}, 499_999.5, 0.5),
])
def test_a_simulated_target_is_reached_where_the_city_s_path_reaches_it(baseline, key, results, expected, probability):
    each = found(baseline, hand_made(baseline, **results))[key]
    assert each.result.value == pytest.approx(expected, rel=1e-12)
    assert each.probability.value == probability


def test_an_about_goal_has_a_result_but_no_probability(baseline):
    each = found(baseline, hand_made(baseline, path=[1000] * 4, renewal=[480] * 4))["T17"]
    assert (each.result.value, each.probability, each.goal) == (pytest.approx(0.48), None, 0.5)


@pytest.mark.parametrize(("key", "by_year", "result", "probability"), [
    ("T18", [9, 20, 20, 20, 11, 0, 0, 0, 0], 20.0, 1.0),  # a filing year on average: approval takes months
    ("T18", [9, 20, 20, 19, 11, 0, 0, 0, 0], 79 / 4, 0.0),
    ("T19", [5, 5, 5, 4, 1, 0, 0, 0, 0], 20.0, 1.0),  # in all; approved just after the plan, filed within it
    ("T19", [5, 5, 5, 4, 0, 0, 0, 0, 0], 19.0, 0.0),
    ("T20", [0, 100, 100, 100, 0, 0, 0, 0, 0], 300.0, 1.0),
    ("T15", [0, 10, 9, 11, 0, 0, 0, 0, 0], 10.0, None),  # about ten
])
def test_a_counted_target_counts_supported_projects(baseline, key, by_year, result, probability):
    each = found(baseline, hand_made(baseline, awards={COUNTED[key]: by_year}))[key]
    assert each.result.value == pytest.approx(result)
    assert (each.probability and each.probability.value) == probability


def test_first_of_kind_is_counted_by_part(baseline):
    awards = {f"first_of_kind.{name}": [0, goal, goal, goal - 1 + extra, goal, 0, 0, 0, 0]
              for (name, goal), extra in zip(PARTS.items(), (1, 0, 4), strict=True)}
    each = found(baseline, hand_made(baseline, awards=awards))["T34"]
    assert {name: (hit.value, goal) for name, (hit, _, goal) in each.by_part.items()} == {
        "equipment": (1.0, 30), "software": (0.0, 15), "material": (1.0, 10)}


@pytest.mark.parametrize(("key", "programme", "tonnes"), [
    ("T24", "motors", 3e6 * 4000 * 0.04 * 0.1229e-3), ("T31", "computing", 1e5 * 8760 * 0.6 * 0.2 * 0.1229e-3),
    ("T26", "solar", 5e5 * 1000 * 0.1229e-3)])
def test_a_physical_programme_is_reckoned_without_a_probability(baseline, small_run, key, programme, tonnes):
    each = found(baseline, small_run)[key]
    assert each.result.value == pytest.approx(tonnes)
    assert each.result.value == physical_programmes(baseline)[programme]
    assert each.probability is None


# --- together ----------------------------------------------------------------------------------------------------------

sixteen = st.lists(st.booleans(), min_size=16, max_size=16).map(np.array)


@given(sixteen, sixteen, sixteen)
def test_the_joint_attainment_is_the_share_of_draws_that_reach_all(baseline, invested, saved, over):
    path = np.where(invested, 1000, 999)[:, None] * np.ones((16, 4))
    results = hand_made(baseline, path=path, saving=np.where(saved, 5e5, 4e5), over=over)
    joint = {name: each.value for name, each in joint_attainment(baseline, results).items()}
    assert joint["joint"] == (invested & saved & ~over).mean()
    assert (joint["investment"], joint["energy"], joint["budget"]) == (invested.mean(), saved.mean(), (~over).mean())
    assert joint["joint"] <= min(joint["investment"], joint["energy"], joint["budget"])


def test_without_an_appropriation_the_joint_attainment_has_no_budget(baseline, small_run):
    joint = joint_attainment(baseline, small_run)
    assert "budget" not in joint
    assert joint["joint"].value <= min(joint["investment"].value, joint["energy"].value)
    assert set(joint) == {"investment", "renewal", "growth", "energy", "joint"}


# --- the rule book decides -------------------------------------------------------------------------------------------

OTHER_GOALS = {
    "at_least: 2000亿元": "at_least: 1234亿元", "at_least: 25%": "at_least: 12%", "at_least: 4000亿元": "at_least: 3210亿元",
    "at_least: 50万吨标煤": "at_least: 12万吨标煤", "at_least: 20个/年": "at_least: 7个/年", "at_least: 20家": "at_least: 6家",
    "at_least: 300家": "at_least: 111家", "equipment: 30项/年": "equipment: 31项/年", "material: 10项/年": "material: 8项/年",
}


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The baseline under a rule book with other goals."""
    folder = tmp_path_factory.mktemp("goals")
    text = (SHIPPED / "policy" / "sh-2024-355.yaml").read_text("utf-8")
    for goal, instead in OTHER_GOALS.items():
        assert text.count(goal) == 1, goal
        text = text.replace(goal, instead)
    (folder / "rules.yaml").write_text(text, "utf-8")
    return load_scenario(support.variant(folder, {"policy": "./rules.yaml"}))


def test_goals_are_read_from_the_rule_book(other, small_run):
    goals = {each.target.id: each.goal for each in attainment(other, small_run)}
    assert {key: goals[key] for key in ("T01", "T02", "T16", "T25", "T18", "T19", "T20")} == {
        "T01": 1234 * YI, "T02": 0.12, "T16": 3210 * YI, "T25": 120_000, "T18": 7, "T19": 6, "T20": 111}
    parts = next(each.by_part for each in attainment(other, small_run) if each.target.id == "T34")
    assert {name: goal for name, (_, _, goal) in parts.items()} == {"equipment": 31, "software": 15, "material": 8}
    assert {key: goal for key, (_, goal) in simulated_values(other, small_run).items()}["T16"] == 3210 * YI


def test_lower_goals_are_reached_more_often(baseline, other, small_run):
    here, there = (joint_attainment(each, small_run) for each in (baseline, other))
    assert all(there[name].value >= here[name].value for name in here)
    assert there["joint"].value > here["joint"].value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_screen_names_the_goals_of_the_rule_book_not_those_of_another(other, small_run, capsys, monkeypatch, language):
    from simulator.cli.screen import show_comparison, show_scenario

    monkeypatch.setattr("simulator.language._current", language)
    figures = report(other, small_run)
    assert {target["id"]: target["goal"] for target in figures["targets"]}["T16"] == "≥3210亿元"
    show_scenario(figures, None)
    show_comparison([figures], {}, None)
    shown = capsys.readouterr().out
    assert "3210亿" in shown
    assert [goal for goal in ("4000亿", "2000亿", "50万吨", "+25%") if goal in shown] == []
