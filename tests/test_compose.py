"""Scenarios are put together in one stated order, and every replaced value is on record with its place."""

import json

import pytest

from simulator.compose import compose, exists, locate
from simulator.errors import Position

BOOK = """\
instruments:
  grant: {rate: {value: 10%, basis: document}, threshold: {value: 5亿元, quote: 原文}, cap_period: lifetime}
  loan: {rate: {value: 50%}}
readings:
  size:
    default: large
    choices:
      large: {title: 大, set: {grant.threshold: 5亿元}}
      small: {title: 小, set: {grant.threshold: 2亿元}}
  period:
    default: life
    choices:
      life: {title: 累计}
      year: {title: 每年, set: {grant.cap_period: year}}
funds: {main: {title: 资金}}
"""
POPULATION = """\
streams:
  upgrade: {files_for: [grant], count: {poisson: 10}}
"""
BASE = """\
name: base
policy: ./book.yaml
population: ./people.yaml
drivers:
  demand: {value: {lognormal: {mean: 1, sd: 0.1}}, note: 起伏}
  rates: {cut: 10bp, floor: 2%}
  growth: {triangular: [0, 1, 2]}
correlations:
  - {id: one, value: 0.1}
  - {id: two, value: 0.2}
"""


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@pytest.fixture
def put(tmp_path):
    """Write scenarios beside a rule book and a population, and compose the last one."""
    def put(instead=None, **files):
        for name, text in {"book": BOOK, "people": POPULATION, "base": BASE, **files}.items():
            (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        return compose(tmp_path / f"{name}.yaml", instead)

    return put


def where(position):
    """File and line of a position, without the folder."""
    return position and (position.file.rsplit("/", 1)[-1], position.line)


def changes(composition):
    """What was replaced: path, old, its place, new, its place."""
    return [(".".join(map(str, o.path)), o.old, where(o.old_position), o.new, where(o.new_position))
            for o in composition.overrides if o.path != ("name",)]


def said(composition):
    """File, line, field, problem and remedy of every fault."""
    return [(*where(f.position), f.field, f.problem, f.remedy) for f in composition.faults]


def test_later_files_win_key_by_key(put):
    whole = put(middle="extends: ./base.yaml\nname: middle\ndrivers: {rates: {cut: 20bp, extra: 1}}\n",
                top="extends: ./middle.yaml\nname: top\ndrivers:\n  rates: {cut: 30bp}\n")
    assert whole.faults == []
    assert whole.content["drivers"] == {
        "demand": {"value": {"lognormal": {"mean": 1, "sd": 0.1}}, "note": "起伏"},
        "rates": {"cut": "30bp", "floor": "2%", "extra": 1},
        "growth": {"triangular": [0, 1, 2]},
    }
    assert whole.content["name"] == "top"
    assert [where(Position(file))[0] for file in whole.files] == [
        "top.yaml", "middle.yaml", "base.yaml", "book.yaml", "people.yaml"]


@pytest.mark.parametrize("key", ["demand", "growth"])
@pytest.mark.parametrize("value", [{"value": 1}, {"value": {"uniform": [0, 1]}}, {"uniform": [0, 1]}, "50%", None])
def test_a_value_or_distribution_is_replaced_whole_with_its_note(put, key, value):
    whole = put(top=f"extends: ./base.yaml\ndrivers: {{{key}: {json.dumps(value)}}}\n")
    assert whole.content["drivers"][key] == value


def test_the_place_of_a_replaced_value_is_that_of_the_new_one(put):
    whole = put(top="extends: ./base.yaml\nname: top\n\ndrivers:\n  demand: {uniform: [0, 1]}\n")
    places = {path: where(place) for path, place in whole.positions.items()}
    assert places["drivers", "demand", "uniform"] == ("top.yaml", 5)
    assert places["drivers", "rates", "cut"] == ("base.yaml", 6)
    assert places["drivers",] == ("top.yaml", 4)  # the last file that says something about it
    assert ("drivers", "demand", "value") not in places


def test_items_of_a_list_merge_by_their_id(put):
    whole = put(top="extends: ./base.yaml\nname: top\ncorrelations:\n- {id: three, value: 3}\n- {id: one, value: 1}\n")
    assert whole.content["correlations"] == [
        {"id": "one", "value": 1}, {"id": "two", "value": 0.2}, {"id": "three", "value": 3}]
    places = [where(whole.positions["correlations", i, "value"]) for i in range(3)]
    assert places == [("top.yaml", 5), ("base.yaml", 10), ("top.yaml", 4)]
    assert changes(whole) == [
        ("correlations.three", None, None, {"id": "three", "value": 3}, ("top.yaml", 4)),
        ("correlations.one", {"id": "one", "value": 0.1}, ("base.yaml", 9), {"id": "one", "value": 1}, ("top.yaml", 5)),
    ]


@pytest.mark.parametrize("items", [[1, 2], [{"id": ["a"]}], [{"id": 5}], [{"value": 1}], [{"id": "a"}, 1], []])
def test_a_list_without_ids_is_replaced_whole(put, items):
    assert put(top=f"extends: ./base.yaml\ncorrelations: {json.dumps(items)}\n").content["correlations"] == items


def test_every_replaced_value_is_logged_old_to_new_with_both_places(put):
    whole = put(middle="extends: ./base.yaml\ndrivers: {rates: {cut: 20bp}}\n",
                top="extends: ./middle.yaml\n\ndrivers:\n  rates: {cut: 30bp, floor: 2%}\ndraws: 64\n")
    assert changes(whole) == [
        ("drivers.rates.cut", "10bp", ("base.yaml", 6), "20bp", ("middle.yaml", 2)),
        ("drivers.rates.cut", "20bp", ("middle.yaml", 2), "30bp", ("top.yaml", 4)),
        ("draws", None, None, 64, ("top.yaml", 5)),  # first stated here; what stays the same (floor) is no change
    ]


def test_statements_of_the_command_line_come_last(put):
    whole = put({"seed": 2, "draws": None, "readings": {"size": "small"}}, top="extends: ./base.yaml\nseed: 1\n")
    assert whole.content["seed"] == 2
    assert "draws" not in whole.content
    assert whole.content["policy"]["instruments"]["grant"]["threshold"]["value"] == "2亿元"


def test_a_reading_patches_the_instruments_and_says_so(put):
    whole = put(top="extends: ./base.yaml\nreadings:\n  size: small\n")
    assert whole.content["policy"]["instruments"]["grant"]["threshold"] == {
        "value": "2亿元", "quote": "原文", "basis": "assumption", "note": "size: small"}
    assert ("policy.instruments.grant.threshold", "5亿元", ("book.yaml", 2), "2亿元", ("top.yaml", 3)) in changes(whole)


def test_a_reading_patches_a_value_that_the_rule_book_writes_bare(put):
    whole = put(top="extends: ./base.yaml\nreadings: {period: year}\n")
    assert whole.content["policy"]["instruments"]["grant"]["cap_period"]["value"] == "year"


def test_a_scenario_on_its_own_with_default_readings_replaces_nothing(put):
    assert put(base=BASE).overrides == []
    assert put(base=BASE).content["policy"]["instruments"]["grant"]["threshold"] == {"value": "5亿元", "quote": "原文"}


def test_a_reading_that_patches_an_unknown_instrument_is_a_fault(put):
    whole = put(book=BOOK.replace("grant.threshold: 2亿元", "grand.threshold: 2亿元"),
                top="extends: ./base.yaml\nreadings: {size: small}\n")
    assert said(whole) == [("book.yaml", 9, "policy.readings.size.choices.small.set.grand.threshold",
                            "未知的政策工具 'grand'", "")]


def test_an_instrument_value_of_the_scenario_beats_a_reading(put):
    whole = put(top="extends: ./base.yaml\nreadings: {size: small}\n"
                    "instruments: {grant: {threshold: {value: 3亿元}}}\n")
    assert whole.content["policy"]["instruments"]["grant"]["threshold"] == {"value": "3亿元"}
    assert [change[2:] for change in changes(whole) if change[0].endswith("threshold")] == [
        (("book.yaml", 2), "2亿元", ("top.yaml", 2)), (("top.yaml", 2), {"value": "3亿元"}, ("top.yaml", 3))]
    assert whole.content["policy"]["instruments"]["loan"] == {"rate": {"value": "50%"}}


def test_a_stream_of_the_scenario_changes_the_population(put):
    whole = put(top="extends: ./base.yaml\nstreams: {upgrade: {count: {fixed: 5}}}\n")
    assert whole.content["population"]["streams"]["upgrade"] == {"files_for": ["grant"], "count": {"fixed": 5}}


@pytest.mark.parametrize(("statement", "field", "remedy"), [
    ("instruments: {grand: {rate: 5%}}", "instruments.grand", "是否指 'grant'？"),
    ("instruments: {xyz: null}", "instruments.xyz", ""),
    ("streams: {upgrad: {count: 5}}", "streams.upgrad", "是否指 'upgrade'？"),
    ("appropriation: {maine: {amount: null}}", "appropriation.maine", "是否指 'main'？"),
])
def test_a_statement_about_something_unknown_is_one_fault_with_the_nearest_name(put, statement, field, remedy):
    whole = put(top=f"extends: ./base.yaml\n{statement}\n")
    assert said(whole) == [("top.yaml", 2, field, f"未知的名称 {field.split('.')[1]!r}", remedy)]


def test_a_scenario_may_add_a_whole_instrument(put):
    whole = put(top="extends: ./base.yaml\ninstruments: {bonus: {shape: capped_share}}\n")
    assert whole.faults == []
    assert whole.content["policy"]["instruments"]["bonus"] == {"shape": "capped_share"}


CARRIED = """\
policy:
  instruments: {grant: {threshold: {value: 3亿元}}}
  readings: {size: {default: large, choices: {small: {set: {grant.threshold: 2亿元}}}}}
population: ./people.yaml
"""


@pytest.mark.parametrize(("base", "statement", "threshold"), [
    ("readings: {size: small}\n", "seed: 1", "3亿元"),  # the reading was applied when it was composed
    ("", "readings: {size: small}", "2亿元"),
    ("readings: {size: large}\n", "readings: {size: small}", "2亿元"),
    ("readings: {size: small}\n", "instruments: {grant: {threshold: {value: 4亿元}}}", "4亿元"),
])
def test_a_scenario_that_carries_its_rule_book_takes_later_statements_only(put, base, statement, threshold):
    whole = put(carried=CARRIED + base, top=f"extends: ./carried.yaml\n{statement}\n")
    assert whole.faults == []
    assert whole.content["policy"]["instruments"]["grant"]["threshold"]["value"] == threshold


@pytest.mark.parametrize(("text", "problem"), [
    ("extends: ./top.yaml\n", "循环引用：top.yaml -> top.yaml"),
    ("extends: ./other.yaml\n", "循环引用：top.yaml -> other.yaml -> top.yaml"),
    ("extends: ./nobody.yaml\n", "找不到 './nobody.yaml'"),
    ("extends: baseliine\n", "找不到 'baseliine'"),
    ('extends: "a\\0.yaml"\n', "找不到 'a\\x00.yaml'"),
    (f"extends: {'a' * 300}.yaml\n", f"找不到 '{'a' * 300}.yaml'"),
    ("extends: ''\n", "找不到 ''"),
    ("extends: 5\n", "应为文件名"),
])
def test_an_impossible_base_is_the_only_fault_and_stands_where_it_is_named(put, text, problem):
    ((file, line, field, found, _),) = said(put(other="name: other\nextends: ./top.yaml\n", top=text))
    assert (line, field, found) == (2 if file == "other.yaml" else 1, "extends", problem)


@pytest.mark.parametrize("key", ["policy", "population"])
@pytest.mark.parametrize(("written", "problem"), [
    ("nobody", "找不到 'nobody'"), ('"a\\0.yaml"', "找不到 'a\\x00.yaml'"), ("[1]", "缺少 {key}"), ("5", "缺少 {key}")])
def test_a_missing_rule_book_or_population_stands_where_it_is_named(put, key, written, problem):
    whole = put(top=f"extends: ./base.yaml\n{key}: {written}\n")
    assert [fault[:4] for fault in said(whole)] == [("top.yaml", 2, key, problem.format(key=key))]


def test_the_nearest_shipped_file_is_offered(put):
    assert said(put(top="extends: baseliine\n"))[0][4] == "是否指 'baseline'？"
    assert said(put(top="extends: ./base.yaml\npolicy: sh-2024-335\n"))[0][4] == "是否指 'sh-2024-355'？"


def test_a_bare_name_is_a_shipped_file_and_a_path_is_relative_to_the_file_that_names_it(tmp_path):
    assert exists(locate("baseline", tmp_path))
    assert locate("../a.yaml", tmp_path / "b") == tmp_path.resolve() / "a.yaml"
    assert locate("/a.yaml", tmp_path) == locate("/a.yaml", tmp_path.parent)
