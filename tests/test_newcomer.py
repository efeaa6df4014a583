"""The newcomer's test: a made-up instrument of an existing shape is one block of YAML, and it shows up everywhere."""

import json
import textwrap
from decimal import Decimal

import pytest

from simulator.cli import main
from simulator.explanation import explain
from simulator.population import draw_applications
from simulator.provenance import instrument_values
from simulator.reporting import report
from simulator.scenario import load_scenario
from tests import support

HEAD = """\
extends: baseline
name: newcomer
title: {zh: 新条款, en: New clause}
question: {zh: 新条款要花多少？, en: What does the new clause cost?}
draws: 64
"""
SHAPES = {
    "capped_share": """\
        shape: capped_share
        base: {value: investment, basis: assumption, note: 试}
        rate: {value: 12%, basis: assumption, note: 试}
        rate_is: {value: flat, basis: assumption, note: 试}
        cap: {value: 90万元, basis: assumption, note: 试}
        payout: {value: two_tranches, basis: assumption, note: 试}""",
    "interest_subsidy": """\
        shape: interest_subsidy
        base: {value: loan_interest, basis: assumption, note: 试}
        rate: {value: 40%, basis: assumption, note: 试}
        rate_is: {value: flat, basis: assumption, note: 试}
        cap: {value: 90万元, basis: assumption, note: 试}
        term: {value: 2, basis: assumption, note: 试}
        payout: {value: in_arrears, basis: assumption, note: 试}""",
    "tiered_award": """\
        shape: tiered_award
        base: {value: tier, basis: assumption, note: 试}
        cap: {value: null, basis: assumption, note: 试}
        tiers: {gold: {title: {zh: 金, en: Gold}, amount: {value: 70万元, note: 试}}}
        payout: {value: at_once, basis: assumption, note: 试}""",
}
INSTRUMENT = """\
instruments:
  made_up:
        title: {zh: 试行补贴, en: Pilot subsidy}
        short: {zh: 试行, en: Pilot}
        clause: 九十九
        quote: 试行补贴的原文
        priced: false
SHAPE
        cap_scope: {value: project, basis: assumption, note: 试}
        cap_period: {value: lifetime, basis: assumption, note: 试}
        fund: {value: energy_conservation, basis: assumption, note: 试}
        exclusion_group: {value: made_up, basis: assumption, note: 试}
        beneficiary: {value: {zh: 企业, en: enterprise}, basis: assumption, note: 试}
"""
STREAM = """\
streams:
  pilots:
    title: {zh: 试行项目, en: Pilots}
    files_for: [made_up]
    count: {value: {poisson: 11}}
    count_of: applications
    size: {value: {lognormal: {median: 600万元, sigma: 0.8}}}
    size_class: {value: {small: 1}}
    approval: {value: 100%}
    outcome: executed
"""
FINANCE = """\
    finance: {value: {loan: 100%, lease: 0%, loan_and_lease: 0%, own: 0%}}
    loan_to_investment: {value: 50%}
    loan_term: {value: 5}
    loan_spread: {value: 0%}
    lease_to_equipment: {value: 50%}
"""
MORE = {"capped_share": "", "interest_subsidy": FINANCE, "tiered_award": "    tier: gold\n"}


@pytest.fixture(scope="module", params=SHAPES)
def file(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "newcomer.yaml"
    shape = textwrap.indent(textwrap.dedent(SHAPES[request.param]), " " * 8)
    path.write_text(HEAD + INSTRUMENT.replace("SHAPE", shape) + STREAM + MORE[request.param], "utf-8")
    return path


@pytest.fixture(scope="module")
def scenario(file):
    return load_scenario(file)


@pytest.fixture(scope="module")
def applications(scenario):
    return draw_applications(scenario)


@pytest.fixture(scope="module")
def results(scenario, applications):
    return support.run(scenario, 64, applications)


def test_it_is_a_coordinate_of_the_results_and_pays_projects(results):
    assert results["instrument"].values[-1] == "made_up"
    mine = results.sel(instrument="made_up")
    assert float(mine["awards"].sum("year").mean()) == pytest.approx(44, abs=4)  # four years of eleven, less the start of 2024
    assert float(mine["outlay"].sum("year").mean()) > 1e6


def test_the_other_instruments_do_not_notice_it(results, baseline, frame, scenario):
    alone = support.run(load_scenario("baseline", draws=64), 64, frame)
    others = list(baseline.model.policy.instruments)
    for name in ("applications", "entitlement", "outlay", "deadweight", "induced_investment"):
        assert results[name].sel(instrument=others).values.tobytes() == alone[name].values.tobytes(), name


def test_it_is_in_the_report(scenario, results):
    figures = report(scenario, results)["instruments"]["made_up"]
    assert (figures["title"]["zh"], figures["clause"], figures["assumed_amount"]) == ("试行补贴", "九十九", True)
    assert figures["outlay"]["mean"]["value"] > 1e6


def test_its_values_are_listed_with_the_lines_of_the_newcomer_s_file(scenario, file):
    mine = [each for each in instrument_values(scenario) if each.owner.endswith("made_up")]
    assert len(mine) >= 9
    lines = file.read_text("utf-8").splitlines()
    for each in mine:
        name, _, line = each.place.partition(":")
        assert name == "newcomer.yaml"
        assert each.field.split(".")[-1] in lines[int(line) - 1]


def test_its_project_is_explained_clause_and_payment(scenario, applications):
    nominal = explain(scenario, "pilots.2026-0003", applications=applications)
    (entitled,) = nominal.entitlements
    assert nominal.package == {"made_up"}
    expected = {"capped_share": Decimal(720_000), "tiered_award": Decimal(700_000)}
    shape = scenario.model.policy.instruments["made_up"].shape
    if shape in expected:
        assert entitled.total == expected[shape]
    else:  # 300万 borrowed for five years, one of them free, at an LPR near 3%
        first, second = entitled.amounts
        assert Decimal(30_000) < second == first < Decimal(42_000)
    lived = explain(scenario, "pilots.2026-0003", 5, applications=applications)
    assert lived.status == "funded"
    assert sum(payment.committed for payment in lived.payments) == pytest.approx(sum(lived.entitlements[0].amounts))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_is_on_every_screen(file, tmp_path, capsys, monkeypatch, language):
    title, short = {"zh": ("试行补贴", "试行"), "en": ("Pilot subsidy", "Pilot")}[language]

    def shown(*arguments):
        monkeypatch.setattr("simulator.language._current", language)
        main([*map(str, arguments), "--lang", language])
        return capsys.readouterr().out

    screen = shown("run", file, "--out", tmp_path)
    (line,) = [line for line in screen.splitlines() if "(九十九)" in line]
    assert short in line
    assert " * " in line
    assert title in shown("list", "instruments", file)
    assert title in shown("explain", file, "--project", "pilots.2026-0003")
    assert "15" in shown("check", file)
    figures = json.loads(shown("run", file, "--out", tmp_path, "--json"))["scenarios"][0]
    assert figures["instruments"]["made_up"]["title"][language] == title
    assert json.loads(shown("explain", file, "--project", "pilots.2026-0003", "--json"))["instruments"][0]["quote"] == "试行补贴的原文"
    assert "pilots.2024-0000" in shown("explain", file)


@pytest.mark.parametrize(("mistake", "instead", "said"), [
    ("rate: {value: 12%", "rate: {value: 12", "12%"), ("rate_is: {value: flat", "rate_is: {value: fixed", "flat"),
    ("shape: capped_share", "shape: caped_share", "capped_share"), ("fund: {value: energy", "fund: {value: enrgy", "enrgy_conservation"),
    ("files_for: [made_up]", "files_for: [madeup]", "madeup"), ("cap: {value: 90万元", "kap: {value: 90万元", "cap"),
    ("payout: {value: two_tranches", "payout: {value: in_arrears", "in_arrears"),
])
def test_a_newcomer_s_mistake_is_said_with_its_line(tmp_path, capsys, mistake, instead, said):
    text = HEAD + INSTRUMENT.replace("SHAPE", SHAPES["capped_share"]) + STREAM
    assert mistake in text
    path = tmp_path / "newcomer.yaml"
    path.write_text(text.replace(mistake, instead), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path)])
    assert ended.value.code == 2
    faults = capsys.readouterr().err.splitlines()[1:]
    line = next(n for n, written in enumerate(path.read_text("utf-8").splitlines(), 1) if instead in written)
    owner = next(n for n, written in enumerate(path.read_text("utf-8").splitlines(), 1) if written.strip() in ("made_up:", "pilots:"))
    assert any(said in fault for fault in faults)
    assert any(f"newcomer.yaml:{n}:" in fault for fault in faults for n in (line, owner)), faults


@pytest.mark.parametrize(("shape", "stated", "said"), [
    ("tiered_award", "", "tier"), ("tiered_award", "    tier: golden\n", "gold"), ("capped_share", "    tier: gold\n", "tier"),
], ids=["no tier", "an unknown tier", "a tier of an instrument without tiers"])
def test_a_tier_that_does_not_fit_its_instrument_is_a_fault(tmp_path, capsys, shape, stated, said):
    path = tmp_path / "newcomer.yaml"
    path.write_text(HEAD + INSTRUMENT.replace("SHAPE", SHAPES[shape]) + STREAM + stated, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["run", str(path), "--draws", "16", "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_newcomer_with_waves_of_applications_leaves_the_luck_of_the_others(tmp_path, frame):
    """A number of applications that swings from year to year needs dimensions of its own: none of another's."""
    path = tmp_path / "newcomer.yaml"
    waves = STREAM.replace("{poisson: 11}", "{negative_binomial: {mean: 11, dispersion: 5}}")
    path.write_text(HEAD + INSTRUMENT.replace("SHAPE", SHAPES["capped_share"]) + waves, "utf-8")
    newcomer, alone = support.run(load_scenario(path), 16), support.run(load_scenario("baseline", draws=16), 16, frame)
    assert newcomer["outlay"].sel(instrument=alone["instrument"]).values.tobytes() == alone["outlay"].values.tobytes()
