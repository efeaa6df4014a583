"""The frame of potential projects: deterministic, balanced, complete, and the same after a round trip through a file."""

import csv
import io
import json

import numpy as np
import pytest

from kernels.futures import simulate_draws
from kernels.layouts import workspace
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.errors import FaultyFiles, SimulatorError
from simulator.pack import outputs, pack
from simulator.population import (
    COLUMNS,
    cells,
    draw_applications,
    read_applications,
    write_applications,
)
from simulator.scenario import load_scenario
from tests.support import CERTAIN, assert_identical, assert_z, financed, run, stream, tiny, variant, with_seed


def rows(frame, **chosen):
    """The rows of a frame with these values."""
    keep = np.full(frame.sizes["application"], True)
    for name, value in chosen.items():
        keep &= frame[name].values == value
    return frame.isel(application=keep)


def test_the_frame_depends_on_the_population_and_its_seed_only(baseline, frame, tmp_path):
    assert_identical(draw_applications(baseline), frame)
    assert_identical(draw_applications(with_seed(baseline, 1)), frame)
    for name in ("full_rate", "threshold_5000", "stacking_full", "rates_rise"):
        assert_identical(draw_applications(load_scenario(name)), frame)
    one = {"one": stream("first_of_kind", "1000万元", 20)}
    world = tiny(tmp_path, one)
    text = (tmp_path / "tiny.population.yaml").read_text(encoding="utf-8").replace('"seed": 7', '"seed": 8')
    (tmp_path / "other.population.yaml").write_text(text, encoding="utf-8")
    other = draw_applications(load_scenario(variant(tmp_path, {"population": "./other.population.yaml"})))
    assert np.array_equal(other["application"], draw_applications(world)["application"])
    assert not np.isin(other["arrival"], draw_applications(world)["arrival"]).any()


def test_every_row_has_an_identity_and_every_cell_its_ranks(baseline, frame):
    assert len(set(frame["application"].values)) == frame.sizes["application"]
    assert {cell.key for cell in cells(baseline)} == set(frame["cell"].values)
    for cell in cells(baseline):
        mine = rows(frame, cell=cell.key)
        assert np.array_equal(mine["rank"], np.arange(mine.sizes["application"]))
        assert set(mine["filing_year"].values) == {cell.year}
        assert set(mine["stream"].values) == {cell.stream}
        assert set(mine["size_class"].values) <= set(cell.classes)


def test_a_draw_has_between_5000_and_12000_projects_and_slots_suffice(frame, drivers):
    count = drivers["count"]
    assert 5_000 < count.sum("cell").mean() < 12_000
    slots = np.array([rows(frame, cell=str(cell)).sizes["application"] for cell in count["cell"].values])
    assert (count.values > slots).mean() < 1e-4
    assert np.all(count.values >= 0)


def test_shares_of_classes_add_up_to_the_streams_count(baseline):
    for name, given in baseline.model.population.streams.items():
        shares = [cell.share for cell in cells(baseline) if cell.stream == name and cell.year == 2025]
        assert sum(shares) == pytest.approx(1)
        means = [cell.mean for cell in cells(baseline) if cell.stream == name and cell.year == 2025]
        count = given.count.value
        stated = count.negative_binomial.mean if count.negative_binomial else count.poisson or count.fixed
        assert sum(means) == pytest.approx(stated)


DISTRIBUTED = ("equipment_share", "renewal_share", "fixed_asset_share", "p0", "build_factor", "energy_purpose", "score", "contracts")


def test_attributes_have_the_means_that_are_stated(baseline, frame):
    for name, given in baseline.model.population.streams.items():
        mine = rows(frame, stream=name)
        n = mine.sizes["application"]
        for column in DISTRIBUTED:
            values = mine[column].values
            noise = values.std() / np.sqrt(n)
            assert values.mean() == pytest.approx(getattr(given, column).value.mean(), abs=4 * noise + 1e-9), (name, column)
        lot = mine["central_lot"].values
        assert abs(lot.mean() - 0.5) < 4 / np.sqrt(12 * n)
        assert np.all((lot >= 0) & (lot < 1))


@pytest.mark.parametrize("column", ["sector", "district"])
def test_sectors_and_districts_have_their_weights(baseline, frame, column):
    weights = getattr(baseline.model.population, f"{column}s").value
    assert set(frame[column].values) == set(weights)
    for name, weight in weights.items():
        expected = weight / sum(weights.values())
        noise = np.sqrt(expected / frame.sizes["application"])
        assert (frame[column].values == name).mean() == pytest.approx(expected, abs=4 * noise)


def test_technical_upgrades_borrow_and_lease_as_stated(frame):
    mine = rows(frame, stream="technical_upgrade")
    loan, lease, investment = (mine[name].values for name in ("loan_principal", "lease_equipment", "investment"))
    assert (loan > 0).mean() == pytest.approx(0.55, abs=0.02)
    assert (lease > 0).mean() == pytest.approx(0.15, abs=0.02)
    assert ((loan > 0) & (lease > 0)).mean() == pytest.approx(0.10, abs=0.02)
    assert np.all(loan + lease <= investment)
    assert np.all(lease <= investment * mine["equipment_share"].values + 1e-6)
    only = (loan > 0) & (lease == 0)
    assert (loan / investment)[only].mean() == pytest.approx((0.3 + 0.6 + 0.8) / 3, abs=0.01)
    assert set(mine["loan_term"].values) == {3, 5, 8}
    assert set(mine["loan_grace"].values) == {1}
    assert np.all((mine["loan_spread"].values >= -0.005) & (mine["loan_spread"].values <= 0.006))


def test_potential_projects_have_not_filed_and_applications_have(frame):
    assert set(rows(frame, stream="technical_upgrade")["filed"].values) == {0}
    assert set(frame["filed"].values[frame["stream"].values != "technical_upgrade"]) == {1}


def test_the_first_year_begins_with_the_programme(frame):
    assert rows(frame, filing_year=2024)["arrival"].values.min() >= 0.42
    later = frame["arrival"].values[frame["filing_year"].values > 2024]
    assert np.all((later >= 0) & (later < 1))
    assert later.min() < 0.01
    assert later.max() > 0.99


def test_an_enterprise_has_one_size(frame):
    sizes = {}
    for name, size in zip(frame["enterprise"].values, frame["size_class"].values, strict=True):
        assert sizes.setdefault(name, size) == size
    assert len(sizes) > 5_000


def test_a_slot_has_no_known_size_and_a_constant_size_no_dispersion(frame, tmp_path):
    assert np.all(frame["size_sigma"] > 0)
    unsure = stream("first_of_kind", {"lognormal": {"median": "1000万元", "sigma": 1.1}}, 5)
    made = draw_applications(tiny(tmp_path, {"sure": stream("first_of_kind", "1000万元", 5), "unsure": unsure}))
    assert np.all(rows(made, stream="sure")["size_sigma"] == 0)
    assert rows(made, stream="unsure")["size_sigma"].values == pytest.approx(np.full(20, 1.1))
    assert np.all(made["investment"] == 1e7)
    assert np.all(made["contract"] == 1e7)


def test_more_projects_of_a_kind_leave_the_first_ones_as_they_were(tmp_path):
    few, many = (draw_applications(tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", n)}, name=f"n{n}"))
                 for n in (20, 50))
    for name in COLUMNS:
        first = many[name].values[(many["rank"] < 20).values]
        assert np.array_equal(first, few[name].values), name


# --- sizes by sector, months of filing --------------------------------------------------------------------------------

SIZED = {"lognormal": {"median": "3000万元", "sigma": 1.2}}
BORROWING = {**financed(loan=60, lease=20, both=20), "approval": None, "outcome": "at_risk", "equipment_share": {"value": {"beta": [6, 4]}}}
MONTHS = [0, 0, 0, 0, 0, 3, 1, 0, 0, 2, 0, 0]


def of_two_sectors(folder, name, **statements):
    """Technical upgrades of a small and a large sector."""
    made = stream(["upgrade_loan_interest", "upgrade_lease", "major_project"], SIZED, {"poisson": 60}, **BORROWING)
    tiny(folder, {"made": made}, name=name)
    return again(folder, name, sectors={"value": {"装备": 1, "汽车": 2}}, streams={"made": made | statements})


def again(folder, name, **statements):
    """The scenario with other statements in its population."""
    file = folder / f"{name}.population.yaml"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | statements, ensure_ascii=False), "utf-8")
    return load_scenario(folder / f"{name}.yaml")


def test_a_sectors_factor_scales_all_amounts_of_its_projects_and_nothing_else(tmp_path):
    plain = draw_applications(of_two_sectors(tmp_path, "plain"))
    sized = draw_applications(of_two_sectors(tmp_path, "sized", size_by_sector={"value": {"装备": 4}}))
    factor = np.where(plain["sector"].values == "装备", 4.0, 1.0)
    for name in COLUMNS:
        scaled = name in ("investment", "contract", "loan_principal", "lease_equipment")
        assert np.array_equal(sized[name].values, plain[name].values * factor if scaled else plain[name].values), name


def test_projects_of_different_planned_sizes_in_one_cell_are_all_followed_as_far_as_they_must_be(tmp_path):
    """The first word of a size that reaches a threshold, and the bound on support, differ from row to row."""
    scenario = of_two_sectors(tmp_path, "sized", size_by_sector={"value": {"装备": 20, "汽车": 0.05}})
    frame, drivers = draw_applications(scenario), draw_drivers(scenario, 64)
    ours, all_of_them = ({name: values.copy() for name, values in run_packed(scenario, frame, drivers, examine).items()}
                         for examine in (False, True))
    for name, values in ours.items():
        np.testing.assert_allclose(values, all_of_them[name], rtol=1e-12, atol=1e-4, err_msg=name)
    assert ours["flows"].any()


def run_packed(scenario, frame, drivers, examine):
    inputs = pack([scenario], frame, drivers, "district", examine=examine)
    made = outputs(inputs, 0, 2)
    simulate_draws(inputs, made, workspace(inputs), 0, drivers.sizes["draw"])
    return {name: getattr(made, name) for name in ("flows", "totals", "grouped")}


def test_the_control_has_mean_zero_for_sectors_of_different_sizes(tmp_path):
    scenario = of_two_sectors(tmp_path, "sized", size_by_sector={"value": {"装备": 8}})
    results = run(scenario, 4096)
    control = results["control"].values
    assert control.std() > 0
    for year in range(control.shape[1]):
        assert_z(control[:, year], 0.0)


def test_a_sector_of_larger_projects_is_paid_as_much_more_as_the_closed_form_says(tmp_path):
    """Below the cap the grant is a share of the contract: the mean over sectors is that of their factors."""
    made = stream("first_of_kind", "100万元", 300, size_by_sector={"value": {"装备": 4}})
    tiny(tmp_path, {"made": made}, CERTAIN, name="paid")
    scenario = again(tmp_path, "paid", sectors={"value": {"装备": 1, "汽车": 2}})
    frame = draw_applications(scenario)
    paid = run(scenario, 16, frame)["entitlement"].sum(["year", "instrument"]).values
    expected = 0.3 * 1e6 * (4 * (frame["sector"].values == "装备").sum() + (frame["sector"].values == "汽车").sum())
    assert paid == pytest.approx(np.full(16, expected))


def test_projects_come_in_by_their_months_and_not_before_the_programme(tmp_path):
    scenario = tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 4000, filing_months={"value": MONTHS})}, name="months")
    frame = draw_applications(again(tmp_path, "months", programme_start={"value": 6.5 / 12}))
    later = rows(frame, filing_year=2026)["arrival"].values
    assert np.histogram(later, np.arange(13) / 12)[0] / 4000 == pytest.approx(np.array(MONTHS) / 6, abs=0.002)
    july = later[(later * 12).astype(int) == 6] * 12 % 1
    assert np.sort(july) == pytest.approx((np.arange(len(july)) + 0.5) / len(july), abs=0.02)
    first = rows(frame, filing_year=2024)["arrival"].values
    assert first.min() >= 6.5 / 12
    assert (first * 12 < 7).mean() == pytest.approx(0.5 / 2.5, abs=0.01)
    assert scenario.model.population.streams["one"].filing_months.value == MONTHS


@pytest.mark.parametrize(("statement", "message"), [
    ({"size_by_sector": {"value": {"航天": 2}}}, "没有的行业：航天"),
    ({"size_by_sector": {"value": {"装备": 0}}}, "应大于 0"),
    ({"filing_months": {"value": [1] * 11}}, "项数太少"),
    ({"filing_months": {"value": [0] * 12}}, "不能全为 0"),
    ({"filing_months": {"value": [-1] + [1] * 11}}, "应不小于 0"),
])
def test_what_cannot_be_is_refused(tmp_path, statement, message):
    with pytest.raises(FaultyFiles, match=message):
        tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 20, **statement)})


def test_a_frame_survives_a_file_exactly(frame, tmp_path):
    write_applications(frame, tmp_path / "frame.csv")
    again = read_applications(tmp_path / "frame.csv")
    assert list(again.data_vars) == list(frame.data_vars) == list(COLUMNS)
    assert np.array_equal(again["application"], frame["application"])
    for name in COLUMNS:
        assert np.array_equal(again[name], frame[name]), name
        assert again[name].dtype.kind == frame[name].dtype.kind, name
        assert again[name].attrs == frame[name].attrs


def test_a_spreadsheet_can_open_the_file(frame, tmp_path):
    write_applications(frame.isel(application=slice(5)), tmp_path / "frame.csv")
    raw = (tmp_path / "frame.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert table[0] == ["application", *COLUMNS]
    assert len(table) == 6


def test_names_with_commas_quotes_and_line_breaks_survive(frame, tmp_path):
    awkward = frame.isel(application=slice(4)).copy()
    awkward["enterprise"] = ("application", np.array(['a,b', 'say "x"', "two\nlines", "上海 某某"]))
    awkward["investment"] = ("application", np.array([0.1 + 0.2, 1e-300, 1.7976931348623157e308, 123456789.01]))
    write_applications(awkward, tmp_path / "frame.csv")
    again = read_applications(tmp_path / "frame.csv")
    assert np.array_equal(again["enterprise"], awkward["enterprise"])
    assert np.array_equal(again["investment"], awkward["investment"])


def test_every_column_states_its_unit_and_both_names(frame):
    for name in COLUMNS:
        assert frame[name].attrs["units"]
        assert len(frame[name].attrs["long_name"].split(" ", 1)) == 2
    assert not any(np.isnan(frame[name].values).any() for name in COLUMNS if frame[name].dtype.kind == "f")


def test_a_frame_of_another_population_is_not_taken_for_certain_projects(tmp_path):
    """Its cells are unknown here: its slots must not all count as projects that exist in every draw."""
    world = tiny(tmp_path, {"one": stream("first_of_kind", "1000万元", 20)})
    foreign = draw_applications(tiny(tmp_path, {"two": stream("first_of_kind", "1000万元", 50)}, name="foreign"))
    with pytest.raises(SimulatorError):
        simulate(world, foreign, draw_drivers(world, 8))
