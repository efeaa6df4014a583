"""subsidysim chart: what is drawn where, and what is refused before anything is written."""

import pytest

from simulator.charts import KINDS
from tests.cli.command import CHINESE


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_charts_are_drawn_in_every_format_that_is_asked_for(say, evidence, tmp_path, lang):
    code, out, err = say("chart", evidence.run.folder, "--kind", "outlay", "--kind", "energy", "--format", "svg,png,pdf",
                         "--size", "column", "--out", tmp_path / "charts", "--lang", lang)
    assert (code, err) == (0, "")
    assert {file.name for file in (tmp_path / "charts").iterdir()} == {f"{kind}.{suffix}" for kind in ("outlay", "energy")
                                                                       for suffix in ("svg", "png", "pdf")}
    assert bool(CHINESE.search(out)) == (lang == "zh")


def test_charts_lie_in_the_folder_of_the_run_unless_told_otherwise(say, quick):
    assert say("chart", quick.run.folder, "--kind", "outlay")[0] == 0
    assert say("chart", quick.run.folder, "--kind", "outlay")[0] == 0  # once more, over what is there
    assert (quick.run.folder / "charts" / "outlay.svg").exists()
    assert say("show", quick.run.folder)[0] == 0  # the run is still intact


@pytest.mark.parametrize(("wrong", "said"), [
    (("--kind", "outlays"), "outlay"), (("--format", "svg,gif"), "gif"), (("--format", ","), "svg"),
    (("--vary", "major_project.rate=5%..9%:2"), "两次"), (("--scenario", "rates_fall"), "baseline")])
def test_what_is_wrong_is_said_and_nothing_is_written(say, quick, tmp_path, wrong, said):
    code, out, err = say("chart", quick.run.folder, "--out", tmp_path / "charts", *wrong)
    assert (code, out) == (2, "")
    assert said in err
    assert not (tmp_path / "charts").exists()


def test_a_folder_that_is_no_run_is_named(say, tmp_path):
    code, _, err = say("chart", tmp_path)
    assert code == 3
    assert str(tmp_path) in err


def test_the_help_names_every_kind(say):
    shown = say("chart", "--help")[1]
    assert all(kind in shown.replace("\n", "") for kind in KINDS)


def test_the_heat_map_takes_the_levers_that_are_asked_for(say, quick, tmp_path):
    code, out, _ = say("chart", quick.run.folder, "--kind", "heat_map", "--vary", "upgrade_lease.rate=3%..7%:3",
                       "--vary", "energy_management_centre.cap=500万元,1000万元", "--out", tmp_path)
    assert code == 0
    assert (tmp_path / "heat_map.svg").exists()
    assert "heat_map" in out
