"""Every value is listed with its basis, its quote or reason, and the file and line where it stands; assumed amounts are marked."""

import json
import re
from functools import cache
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.compose import SHIPPED
from simulator.explanation import explain
from simulator.provenance import instrument_values, scenario_values
from simulator.reporting import report
from simulator.scenario import load_scenario
from simulator.schema.values import BASIS_TITLES
from simulator.units import parse_quantity
from simulator.yamlfile import read_yaml
from tests import support

UNPRICED = {"software_purchase", "open_challenge", "smart_factory"}
WORDS = {"无": "null", "是": "true", "否": "false", "none": "null", "yes": "true", "no": "false"}
IN_CHINESE = {3: "三"}
PROSE = {"title", "short", "question", "quote", "note", "source", "clause", "threshold_wording", "basis", "ground", "id", "name",
         "among", "between", "per"}
BASELINE, RULES, POPULATION = SHIPPED / "baseline.yaml", SHIPPED / "policy" / "sh-2024-355.yaml", SHIPPED / "population" / "shanghai.yaml"


@pytest.fixture(autouse=True)
def chinese(monkeypatch):
    monkeypatch.setattr("simulator.language._current", "zh")


@cache
def lines(file):
    return Path(file).read_text("utf-8").splitlines()


def block(file, first):
    """The statement that begins in this line (from 1): its line and the deeper ones below it; numbers of lines and text."""
    def indent(text):
        return len(text) - len(text.lstrip(" -"))

    written, last = lines(file), first
    while last < len(written) and (not written[last].strip() or indent(written[last]) > indent(written[first - 1])):
        last += 1
    return range(first, last + 1), "\n".join(written[first - 1: last])


def place_of(ground, files):
    name, _, line = ground.place.rpartition(":")
    (file,) = (file for file in files if Path(file).name == name)
    return file, int(line)


def listed_values(scenario):
    return [*instrument_values(scenario), *scenario_values(scenario)]


@pytest.fixture(scope="module")
def listed(baseline):
    return listed_values(baseline)


def test_every_value_stands_in_the_file_and_line_that_are_named(listed, baseline):
    wrong = []
    for each in listed:
        file, line = place_of(each, baseline.files)
        _, text = block(file, line)
        field = each.field.split(".")[-1]
        shown = each.ground if each.field == "quote" else each.shown
        tokens = [WORDS.get(token, token) for token in ([shown] if each.field == "quote" else re.split(r"[\s/,():]+", shown)) if token]
        if not (field in lines(file)[line - 1] or field == "value") or not all(token in text for token in tokens):
            wrong.append((each.place, each.field, shown))
    assert not wrong, wrong


def numbers_of(file, sections):
    """(path, line) of every number or quantity that a file states in these sections, prose and numbers of years aside."""
    document = read_yaml(file)

    def walk(node, path):
        if isinstance(node, dict):
            for key, inner in node.items():
                if key not in PROSE:
                    yield from walk(inner, (*path, key))
        elif isinstance(node, list):
            for i, inner in enumerate(node):
                yield from walk(inner, (*path, i))
        elif not isinstance(node, bool) and node is not None:
            try:
                parse_quantity(node)
            except ValueError:
                return
            yield ".".join(map(str, path)), document.positions[path].line

    return [found for section in sections for found in walk(document.content[section], (section,))]


@pytest.mark.parametrize(("file", "sections"), [
    (RULES, ["instruments"]),
    (BASELINE, ["drivers", "correlations", "appropriation", "behaviour", "city", "energy"]),
    (POPULATION, ["programme_start", "enterprises", "sectors", "districts", "streams"]),
], ids=["rule book", "baseline", "population"])
def test_no_number_of_the_files_is_missing_from_the_lists(baseline, file, sections):
    fields = [f"instruments.{each.owner.rsplit(' ', 1)[-1]}.{each.field}" for each in instrument_values(baseline)]
    fields += [each.field.removeprefix("population.") for each in scenario_values(baseline)]
    covered = tuple(f"{field}." for field in fields)
    numbers = numbers_of(file, sections)
    assert len(numbers) > 40
    missing = [f"{file.name}:{line} {path}" for path, line in numbers if not f"{path}.".startswith(covered)]
    assert not missing, "\n".join(missing)


def test_every_value_has_a_basis_in_words(listed):
    assert {each.basis for each in listed} <= {titles["zh"] for titles in BASIS_TITLES.values()}


def test_a_number_that_the_document_is_said_to_state_stands_in_its_quote(baseline):
    wrong = []
    for key, rule in baseline.model.policy.instruments.items():
        mine = [each for each in instrument_values(baseline) if each.owner.endswith(f" {key}") and each.basis == "文件"]
        for each in mine:
            number = re.fullmatch(r"[0-9.]+(%|万元|亿元)?", each.shown)
            words = (each.shown, IN_CHINESE.get(int(each.shown), each.shown) if each.shown.isdigit() else each.shown)
            if number and not any(word in rule.quote + each.ground for word in words):
                wrong.append((each.place, key, each.field, each.shown))
    assert not wrong, wrong


def test_every_value_of_an_instrument_has_a_quote_or_a_reason(baseline):
    """What the document states has the instrument's quote above it; everything else says why."""
    without = [f"{each.place} {each.field} [{each.basis}]" for each in instrument_values(baseline)
               if not each.ground and each.basis != "文件"]
    assert not without, "\n".join(without)


def test_every_driver_and_every_assumption_about_behaviour_has_a_reason_or_a_source(baseline):
    without = [f"{each.place} {each.field} [{each.basis}]" for each in scenario_values(baseline)
               if each.place.startswith("baseline.yaml") and not each.ground]
    assert not without, "\n".join(without)


def test_a_fact_or_a_figure_from_the_document_always_says_from_where(listed):
    assert [each for each in listed if each.basis in ("事实", "推算") and not each.ground] == []
    assert [each for each in scenario_values(load_scenario("baseline")) if each.basis == "文件" and not each.ground] == []


@pytest.mark.parametrize(("name", "field", "shown"), [
    ("rates_fall", "drivers.lpr.shift", "2026"), ("threshold_5000", "threshold", "5000万元"),
    ("capped_envelope_8", "appropriation.industrial_development.amount", "8亿元"),
])
def test_a_value_that_a_scenario_states_names_the_scenario_s_own_line(name, field, shown):
    scenario = load_scenario(name)
    mine = [each for each in listed_values(scenario) if each.field == field and each.place.startswith(f"{name}.yaml:")]
    assert mine
    for each in mine:
        assert shown in each.shown
        assert shown in block(SHIPPED / f"{name}.yaml", int(each.place.rpartition(":")[2]))[1]
        assert each.basis == "假设"
        assert each.ground


def test_a_reading_s_value_is_listed_as_the_reading_s_choice(tmp_path):
    file = support.variant(tmp_path, {"readings": {"major_threshold": "2亿"}}, name="mine")
    (threshold,) = (each for each in instrument_values(load_scenario(file))
                    if each.field == "threshold" and each.owner.endswith(" major_project"))
    assert (threshold.shown, threshold.basis) == ("2亿元", "假设")
    assert "major_threshold" in threshold.ground
    assert threshold.place.startswith("mine.yaml:")
    assert "2亿" in block(file, int(threshold.place.rpartition(":")[2]))[1]


# --- assumed amounts -------------------------------------------------------------------------------------------------


def test_the_document_leaves_three_instruments_without_an_amount(baseline):
    assert {key for key, rule in baseline.model.policy.instruments.items() if not rule.priced} == UNPRICED


def test_assumed_amounts_are_marked_in_figures(baseline, small_run):
    instruments = report(baseline, small_run)["instruments"]
    assert {key for key, each in instruments.items() if each["assumed_amount"]} == UNPRICED


@pytest.mark.parametrize("language", ["zh", "en"])
def test_assumed_amounts_are_marked_on_the_screen_and_explained_below(baseline, small_run, capsys, monkeypatch, language):
    from simulator.cli.screen import show_scenario

    monkeypatch.setattr("simulator.language._current", language)
    show_scenario(report(baseline, small_run), None)
    shown = capsys.readouterr().out.splitlines()
    for key, rule in baseline.model.policy.instruments.items():
        named = [line for line in shown if line.startswith(f" ({rule.clause})")
                 and (f" {rule.title} " in line or f" {rule.short} " in line or str(rule.title)[:12] in line)]
        assert named, key
        marked = any(" * " in line for line in named)
        assert marked == (key in UNPRICED), named
    assert any(line.startswith("* ") for line in shown)
    assert sum("*" in line for line in shown) >= 5  # three instruments, their sum, the footnote


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("stream", ["software_users", "smart_factory_benchmark", "open_challenge", "software_rnd"])
def test_assumed_amounts_are_marked_where_a_project_is_explained(baseline, frame, monkeypatch, stream, language):
    from simulator.cli.trail_text import as_text

    monkeypatch.setattr("simulator.language._current", language)
    found = explain(baseline, f"{stream}.2026-0000", applications=frame)
    mark = {"zh": "[金额属假设]", "en": "[assumed amount]"}[language]
    assert (mark in as_text(baseline, found)) == (stream != "software_rnd")


@pytest.mark.parametrize("stream", ["software_users", "open_challenge", "software_rnd"])
def test_assumed_amounts_are_marked_in_the_figures_of_an_explanation(baseline, frame, stream):
    from simulator.cli.trail_text import as_dict

    found = as_dict(baseline, explain(baseline, f"{stream}.2026-0000", applications=frame))
    assert [each.get("assumed_amount") for each in found["instruments"]] == [stream != "software_rnd"]


def test_assumed_amounts_are_listed_as_assumptions(capsys):
    main(["list", "instruments", "--json"])
    rows = json.loads(capsys.readouterr().out)
    assert len(rows) > 150
    for key in UNPRICED:
        amounts = [row for row in rows if row["所属"].endswith(key) and row["字段"].split(".")[-1] in ("rate", "amount", "cap")]
        assert amounts
        assert {row["依据"] for row in amounts} == {"假设"}
