"""The chart of readings: differences are those of two runs, and what is told of them is true."""

import re
from types import SimpleNamespace

import pytest

from simulator.charts import Tables, draw_chart, readings
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.evidence import NotShown
from simulator.scenario import load_scenario
from simulator.weighting import draw_weights

NOTHING = dict.fromkeys(readings.MEASURES, (0.0, 0.0))


def choice(zh, **changes):
    values = {name: {"value": value, "error": error} for name, (value, error) in (NOTHING | changes).items()}
    return {"title": {"zh": zh, "en": f"Way {zh}"}, **values}


def reading(key, clause, choices, question="按什么计算这一项补助的金额基数？"):
    return {"reading": key, "clause": clause, "question": {"zh": question, "en": "By what is it counted?"}, "chosen": "0",
            "choices": {str(i): each for i, each in enumerate(choices)}}


def table_of(*told):
    fake = SimpleNamespace(readings=list(told), results=SimpleNamespace(sizes={"draw": 64}))
    return readings.data(fake).assign_attrs(kind="readings")


def test_a_difference_is_that_of_two_runs_under_the_same_draws(quick, frame):
    table = Tables(quick)["readings"]
    other = load_scenario("baseline", draws=64, readings={"exclusivity": "stack"})
    run, base = simulate(other, frame, draw_drivers(other)), quick.results
    for name in ("outlay", "induced_investment"):
        means = [each[name].sum(["year", "instrument"]).weighted(draw_weights(each)).mean("draw").item() for each in (run, base)]
        shown = table["difference"].sel(choice="exclusivity.stack", measure=name, part="value").item()
        assert shown == pytest.approx(means[0] - means[1], rel=1e-9), name


def test_only_what_was_not_chosen_is_shown_in_the_rule_book_s_order(quick):
    table, policy = Tables(quick)["readings"], quick.scenario.model.policy
    chosen = quick.scenario.model.readings
    assert table["choice"].values.tolist() == [f"{key}.{other}" for key, each in policy.readings.items() for other in each.choices
                                               if other != str(getattr(chosen, key))]


def test_the_finding_is_the_reading_that_moves_outlay_most(tongue):
    table = table_of(reading("coal_factor", "十四", [choice("甲"), choice("乙", outlay=(3e8, 1e6))]),
                     reading("exclusivity", "七", [choice("丙"), choice("丁", outlay=(-12.3e8, 1e7)), choice("戊", outlay=(90e8, 80e8))]))
    assert readings.finding(table).text == {
        "zh": "换用“(七)并用：丁”对拨付影响最大：−12.3亿元",
        "en": "Of all readings, (7) combining: way 丁, moves outlay most: CNY −1.23 bn"}[tongue]


def test_where_no_reading_moves_outlay_the_saving_is_told_and_else_that_nothing_moves(tongue):
    saving = table_of(reading("coal_factor", "十四", [choice("甲"), choice("乙", energy_saving=(8e4, 1e3), outlay=(5e6, 4e6))]))
    assert "+8.0" in readings.finding(saving).text or "+80" in readings.finding(saving).text
    nothing = table_of(reading("coal_factor", None, [choice("甲"), choice("乙")]))
    assert not list(readings.finding(nothing).numbers)
    assert re.search("其余1种读法不影响结果|1 without any effect", readings.note(nothing))


def test_small_changes_are_counted_but_not_drawn():
    table = table_of(*(reading(f"own{i}", None, [choice("甲"), choice("乙", outlay=(i * 1e8, 1e6))]) for i in range(1, 13)))
    assert "另有4种变化较小" in readings.note(table)
    assert readings._shown(table) == [f"own{i}.1" for i in range(5, 13)]
    assert len(readings.grid(table).rows) == 12


def test_a_reading_without_a_shorter_name_goes_by_the_beginning_of_its_question(tongue):
    label = readings.grid(table_of(reading("own", "二十三", [choice("甲"), choice("乙")]))).rows[0][0]
    assert re.fullmatch({"zh": "\\(二十三\\)按什么计算.*…：乙", "en": r"\(23\) By what is it…: way 乙"}[tongue], str(label))


@pytest.mark.parametrize(("clause", "number"), [
    ("七", "7"), ("十", "10"), ("十四", "14"), ("二十", "20"), ("四十二", "42"), ("附件1", "附件1")])
def test_english_counts_clauses_in_arabic_numbers(clause, number):
    assert readings._arabic(clause) == number


def test_a_missing_figure_is_none_and_a_rule_book_without_readings_has_no_chart(tmp_path):
    table = table_of(reading("coal_factor", "十四", [choice("甲"), choice("乙", energy_target=(None, None))]))
    cells = dict(zip([column.head for column in readings.grid(table).columns], readings.grid(table).rows[0], strict=True))
    assert str(cells["节能目标达成概率"]) == "—"
    with pytest.raises(NotShown, match="口径"):
        table_of()


def test_it_draws(quick, tmp_path):
    draw_chart("readings", Tables(quick), [tmp_path / "drawn.png"], "column")
    assert (tmp_path / "drawn.png").stat().st_size > 5_000
