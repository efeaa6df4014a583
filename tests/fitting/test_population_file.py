"""What was learnt, as a file: it loads, it simulates, and as many file as in the ledger; and the verb that writes it."""

from __future__ import annotations

import csv
import json
from datetime import date

import numpy as np
import pytest

from simulator.cli.common import screen_width
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import SimulatorError
from simulator.fitting import fit, population_text, scenario_text, write_population
from simulator.ledger.columns import COLUMNS, MISSING
from simulator.population import draw_applications
from simulator.scenario import load_scenario
from tests.cli.conftest import say  # noqa: F401
from tests.fitting.ledgers import Truth, draw
from tests.fitting.test_coverage import MANY, SECTORS
from tests.support import variant

UPGRADE = Truth(key="technical_upgrade", instrument="upgrade_loan_interest", threshold=2e7, yearly=1200, median=1.5e7, sigma=1.3, **SECTORS,
                months=(0, 0, 3, 1, 1, 1, 1, 1, 1, 1, 0, 0))


@pytest.fixture(scope="module")
def fitted(baseline):
    return fit(draw(np.random.default_rng(4), *MANY[:1], UPGRADE), baseline)


@pytest.fixture(scope="module")
def written(baseline, fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fit")
    write_population(fitted, baseline, folder / "population.yaml")
    (folder / "fitted.yaml").write_text(scenario_text(fitted, folder / "population.yaml"), "utf-8")
    return load_scenario(folder / "fitted.yaml", draws=512)


def test_the_file_is_a_population_and_the_printed_lines_are_a_scenario(written, fitted):
    assert written.model.population.id == "population"
    assert written.name == "population"
    stream = written.model.population.streams["technical_upgrade"]
    assert stream.count_of == "applications"
    assert stream.p0.value.median() == 1.0  # dropped: who has filed invests
    assert stream.approval.value == pytest.approx(fitted.of("technical_upgrade", "approval").value, abs=1e-5)
    outcome = written.model.drivers.outcome.value
    ended = fitted.of("", "completion").n
    assert outcome.complete + outcome.partial + outcome.late + outcome.cancelled == pytest.approx(ended, abs=1)
    assert written.model.behaviour.central.share.value == pytest.approx(0.25, abs=0.04)


def test_every_value_that_was_learnt_says_so(written, fitted):
    stated = [path for path, value in fitted.statements.items() if isinstance(value, dict)]
    assert len(stated) > 20
    for path in stated:
        value = written.content["population"]
        for step in path:
            value = value[step]
        assert value["basis"] == "computed"
        assert value["note"].startswith("由台账 ")
        assert value["source"] == "台账.xlsx 0123456789ab"


def test_what_the_ledger_does_not_have_stays(written, baseline):
    for key in ("first_of_kind_software", "open_challenge"):
        assert written.model.population.streams[key] == baseline.model.population.streams[key]
    assert written.model.population.enterprises == baseline.model.population.enterprises


def test_as_many_file_in_a_simulation_as_in_the_ledger(written, fitted):
    """The threshold keeps half of the projects from filing; the number of all is so much larger."""
    results = simulate(written, draw_applications(written), draw_drivers(written))
    filed = results["applications"].mean("draw").sel(year=[2024, 2025, 2026, 2027])
    upgrades = filed.sel(instrument=["upgrade_loan_interest", "upgrade_lease", "major_project"]).sum("instrument")
    expected = fitted.of("technical_upgrade", "count").value
    assert upgrades.values == pytest.approx(np.full(4, expected), rel=0.03)
    centres = fitted.of("energy_management_centre", "count").value
    assert filed.sel(instrument="energy_management_centre").values == pytest.approx(np.full(4, centres), rel=0.02)


def test_projects_of_a_sector_are_as_much_larger_and_come_in_their_months(written, fitted):
    frame = draw_applications(written)
    mine = frame.isel(application=frame["stream"].values == "technical_upgrade")
    for name in SECTORS["factors"]:
        factor = np.unique(mine["investment"].values[mine["sector"].values == name])
        assert len(factor) == 1
    ratio = {name: mine["investment"].values[mine["sector"].values == name][0] for name in SECTORS["factors"]}
    larger, smaller = (fitted.of("technical_upgrade", "size_by_sector", name).value for name in ("装备", "汽车"))
    assert ratio["装备"] / ratio["汽车"] == pytest.approx(larger / smaller, rel=1e-4)
    later = mine["arrival"].values[mine["filing_year"].values == 2026]
    assert ((later * 12).astype(int) == 2).mean() == pytest.approx(0.3, abs=0.06)
    assert not np.isin((later * 12).astype(int), [0, 11]).any()


def test_a_scenario_of_ones_own_is_extended_by_its_path(tmp_path):
    mine = variant(tmp_path, {"seed": 5}, name="mine")
    (tmp_path / "below").mkdir()
    found = fit(draw(np.random.default_rng(4), UPGRADE), load_scenario(mine))
    text = scenario_text(found, tmp_path / "below" / "population.yaml")
    assert text.startswith('extends: "../mine.yaml"\n')
    write_population(found, load_scenario(mine), tmp_path / "below" / "population.yaml")
    (tmp_path / "below" / "fitted.yaml").write_text(text, "utf-8")
    assert load_scenario(tmp_path / "below" / "fitted.yaml").model.seed == 5


def test_the_same_ledger_gives_the_same_file(baseline, fitted, tmp_path):
    again = fit(draw(np.random.default_rng(4), *MANY[:1], UPGRADE), baseline)
    assert population_text(again, baseline, tmp_path / "a.yaml") == population_text(fitted, baseline, tmp_path / "a.yaml")


def test_a_file_is_not_overwritten_unless_asked(baseline, fitted, tmp_path):
    file = tmp_path / "population.yaml"
    file.write_text("mine", "utf-8")
    with pytest.raises(SimulatorError, match="--overwrite"):
        write_population(fitted, baseline, file)
    assert file.read_text("utf-8") == "mine"
    write_population(fitted, baseline, file, overwrite=True)
    assert file.read_text("utf-8").startswith("# ")
    assert [each.name for each in tmp_path.iterdir()] == ["population.yaml"]
    with pytest.raises(SimulatorError, match=r"\.yaml"):
        write_population(fitted, baseline, tmp_path / "population.txt")


# --- the verb ---------------------------------------------------------------------------------------------------------


def cell(name, value, rules):
    """One cell as a bureau writes it."""
    column = COLUMNS[name]
    if column.kind == "instruments":
        return "、".join(rules[each].title.zh for each in value.split(";"))
    if value == "" or (not isinstance(value, str) and value == MISSING):
        return ""
    forms = {"money": lambda v: f"{v / 1e6:.6f}", "date": lambda v: date.fromordinal(int(v)).isoformat(),
             "share": lambda v: f"{v / 1e6:.6f}%", "points": lambda v: f"{v / 1e6:.2f}", "choice": lambda v: column.choices[v][0]}
    return forms.get(column.kind, str)(value)


@pytest.fixture(scope="module")
def ledger_file(baseline, tmp_path_factory):
    made = draw(np.random.default_rng(4), Truth(yearly=60), Truth(**{**UPGRADE.__dict__, "yearly": 150.0}), refused_by_status=True)
    rules = baseline.model.policy.instruments
    names = [name for name in made.columns if name in COLUMNS and name not in ("tier", "contract", "product", "title")]
    file = tmp_path_factory.mktemp("ledger") / "台账.csv"
    with open(file, "w", newline="", encoding="utf-8-sig") as out:
        writer = csv.writer(out)
        writer.writerow([*(COLUMNS[name].full_head for name in names), "还本方式"])
        for i in range(made.n):
            borrows = made.columns["loan_principal"][i] != MISSING
            writer.writerow([*(cell(name, made.columns[name][i], rules) for name in names), "等额本金" if borrows else ""])
    return file


def test_the_verb_prints_figures_with_errors_and_a_scenario_that_can_be_used(say, ledger_file, tmp_path):  # noqa: F811
    code, out, _ = say("fit", ledger_file, "--out", tmp_path / "pop.yaml")
    assert code == 0
    for text in ("技术改造", "年申报量", "立项率", "±", "KS p", "保留原值的", "extends: baseline", 'population: "./pop.yaml"'):
        assert text in out
    lines = out[out.index("extends: baseline"):]
    (tmp_path / "scenario.yaml").write_text(lines, "utf-8")
    assert load_scenario(tmp_path / "scenario.yaml").model.population.id == "pop"
    code, _, error = say("fit", ledger_file, "--out", tmp_path / "pop.yaml")
    assert code == 2
    assert "--overwrite" in error


def test_lines_fit_a_screen_of_100_columns(say, ledger_file, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    _, out, _ = say("fit", ledger_file, "--out", "pop.yaml")
    assert [line for line in out.splitlines() if screen_width(line.rstrip()) > 100] == []


def test_the_verb_speaks_english_and_json(say, ledger_file, tmp_path):  # noqa: F811
    code, out, _ = say("fit", ledger_file, "--out", tmp_path / "pop.yaml", "--json", "--lang", "en")
    figures = json.loads(out)
    assert code == 0
    assert {each["name"] for each in figures["parameters"]} >= {"median", "sigma", "count", "approval", "completion", "filing_months"}
    assert figures["rows"] == len(ledger_file.read_text("utf-8-sig").splitlines()) - 1
    code, out, _ = say("fit", ledger_file, "--out", tmp_path / "other.yaml", "--lang", "en")
    assert "Left as in the base" in out
