"""The city's investment path and its energy saving, by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from simulator.impact import coal_equivalent, coal_factor, impact, physical_programmes
from simulator.scenario import load_scenario

YI = 1e8
YEARS = list(range(2024, 2033))
PLAN = YEARS[:4]
WAN_TCE = 1e4
EXAMPLES = {e["id"]: e["expected"] for e in json.loads(
    (Path(__file__).parent / "clauses" / "worked_examples.json").read_text(encoding="utf-8"))}


def drivers(**values):
    """One draw: steady growth, half of it renewal, the intensity that meets 50万吨 on 2000亿."""
    plain = {"city_growth": [0.0] * 4, "city_renewal_share": 0.5, "pull_forward": 0.0, "energy_purpose_share": 0.0,
             "intensity_energy": 0.0, "intensity_other": 0.0, "realisation": 1.0, "decay": 0.0, "district_match": 0.0}
    made = xr.Dataset()
    for name, value in (plain | values).items():
        made[name] = (("draw", "filing_year") if name == "city_growth" else "draw", np.array([value], float))
    return made


def results(**by_year):
    """One draw of the engine's sums; what is not given is nothing."""
    made = xr.Dataset(coords={"year": YEARS})
    for name in ("induced_equipment", "supported_saving", "induced_saving"):
        made[name] = (("draw", "year"), np.array([list(by_year.get(name, ())) + [0.0] * (9 - len(by_year.get(name, ())))]))
    outlay = np.zeros((1, 9, 2))
    outlay[0, :, 0] = by_year.get("outlay", [0.0] * 9)
    outlay[0, :, 1] = outlay[0, :, 0]
    made["outlay"] = (("draw", "year", "instrument"), outlay)
    return made


@pytest.fixture(scope="module")
def read():
    """The baseline under other readings."""
    known = {}

    def read(**readings):
        key = tuple(readings.items())
        if key not in known:
            known[key] = load_scenario("baseline", readings=readings)
        return known[key]

    return read


def test_the_plan_s_own_growth_gives_4000_yi_in_four_years_and_a_quarter_more(baseline):
    steady = 1.25**0.25 - 1
    city = impact(baseline, drivers(city_growth=[steady] * 4), results())["city_equipment"].isel(draw=0).values
    assert city.sum() == pytest.approx(4000 * YI, rel=1e-5)
    assert city[-1] == pytest.approx(1.25 * 868.13 * YI)
    renewal = impact(baseline, drivers(city_growth=[steady] * 4), results())["city_renewal"].sum().item()
    assert renewal == pytest.approx(2000 * YI, rel=1e-5)


def test_growth_compounds_from_the_base_year(baseline):
    city = impact(baseline, drivers(city_growth=[0.1, -0.5, 0.0, 1.0]), results())["city_equipment"].isel(draw=0).values
    assert city / (868.13 * YI) == pytest.approx([1.1, 0.55, 0.55, 1.1])


@pytest.mark.parametrize(("case", "induced", "share", "added"), [
    ("nothing pulled forward", [100, 0, 0, 0], 0.0, [100, 0, 0, 0]),
    ("half of 40% missing in each of the next two years", [100, 0, 0, 0], 0.4, [100, -20, -20, 0]),
    ("every year its own", [100, 100, 100, 100], 0.4, [100, 80, 60, 60]),
    ("what the last years take comes after the plan", [0, 0, 100, 100], 1.0, [0, 0, 100, 50]),
    ("all of it only earlier", [100, 0, 0, 0], 1.0, [100, -50, -50, 0]),
])
def test_induced_investment_is_added_and_what_it_took_from_later_years_subtracted(baseline, case, induced, share, added):
    found = impact(baseline, drivers(pull_forward=share), results(induced_equipment=[value * YI for value in induced]))
    assert (found["city_equipment"].isel(draw=0).values - 868.13 * YI) / YI == pytest.approx(added)
    assert found["city_renewal"].values == pytest.approx(found["city_equipment"].values / 2)


def test_what_is_induced_after_the_plan_is_not_the_plan_s(baseline):
    late = impact(baseline, drivers(), results(induced_equipment=[0, 0, 0, 0, 100 * YI]))
    assert late["city_equipment"].values == pytest.approx(868.13 * YI)


@pytest.mark.parametrize(("reading", "realisation", "decay", "saving"), [
    ("engineering", 0.75, 0.02, 4.0),
    ("new_capacity", 0.75, 0.02, 3.0),
    ("run_rate_2027", 0.75, 0.0, 3.0),
    ("run_rate_2027", 0.75, 0.02, 0.75 * (0.98**3 + 0.98**2 + 0.98 + 1)),
    ("realised_sum", 1.0, 0.0, 3.5 + 2.5 + 1.5 + 0.5),
    ("realised_sum", 0.75, 0.02, 0.75 * (4 * 0.5 + 3 * 0.98 + 2 * 0.98**2 + 0.98**3)),
])
def test_the_four_readings_of_the_saving(read, reading, realisation, decay, saving):
    """1 tce of new yearly capacity in each of the four years."""
    scenario = read(energy_accounting=reading)
    found = impact(scenario, drivers(realisation=realisation, decay=decay), results(supported_saving=[1, 1, 1, 1]))
    assert found["energy_saving_supported"].item() == pytest.approx(saving)


@pytest.mark.parametrize(("year", "saving"), [(0, 3.5), (1, 2.5), (2, 1.5), (3, 0.5)])
def test_a_project_of_mid_2024_has_saved_for_three_and_a_half_years(read, year, saving):
    one = [float(i == year) for i in range(4)]
    found = impact(read(energy_accounting="realised_sum"), drivers(), results(induced_saving=one))
    assert found["energy_saving_induced"].item() == pytest.approx(saving)


def test_the_city_saves_by_purpose_and_intensity(read):
    """8% of 2000亿 at 0.337 tce/万元 and the rest at 0.00833: about 69万吨 claimed, 52万 at 75%."""
    given = drivers(energy_purpose_share=0.08, intensity_energy=0.337e-4, intensity_other=0.00833e-4, realisation=0.75,
                    city_growth=[1.25**0.25 - 1] * 4)
    claimed = 2000 * YI * (0.08 * 0.337e-4 + 0.92 * 0.00833e-4)
    assert claimed == pytest.approx(69 * WAN_TCE, rel=0.01)
    found = {reading: impact(read(energy_accounting=reading), given, results())["energy_saving"].item()
             for reading in ("engineering", "new_capacity")}
    assert found["engineering"] == pytest.approx(claimed, rel=1e-5)
    assert found["new_capacity"] == pytest.approx(0.75 * claimed, rel=1e-5)


def test_all_equipment_saves_twice_as_much_as_its_renewed_half(read):
    given = drivers(intensity_other=1e-6)
    renewal, all_ = (impact(read(energy_base=base), given, results())["energy_saving"].item() for base in ("renewal", "all"))
    assert renewal == pytest.approx(4 * 868.13 * YI * 0.5e-6)
    assert all_ == pytest.approx(2 * renewal)


def test_the_supported_and_the_induced_part_are_read_like_the_whole(read):
    scenario = read(energy_accounting="realised_sum")
    given = drivers(intensity_other=1e-6, decay=0.05, realisation=0.4)
    whole = [868.13 * YI * 0.5e-6] * 4
    found = impact(scenario, given, results(supported_saving=whole, induced_saving=[0.25 * part for part in whole]))
    assert found["energy_saving_supported"].item() == pytest.approx(found["energy_saving"].item())
    assert found["energy_saving_induced"].item() == pytest.approx(found["energy_saving"].item() / 4)


def test_coal_by_supply_counts_the_electric_half_at_its_equivalent(read):
    assert coal_factor(read()) == 1
    assert coal_factor(read(coal_factor="equivalent")) == pytest.approx(0.5 + 0.5 * 0.302 / 0.1229)
    found = impact(read(coal_factor="equivalent"), drivers(), results(supported_saving=[1, 1, 1, 1]))
    assert found["energy_saving_supported"].item() == pytest.approx(4 * (0.5 + 0.5 * 0.302 / 0.1229))


@pytest.mark.parametrize(("reading", "motors", "computing", "solar"), [
    ("calorific", 5.90, 1.29, 6.145), ("equivalent", 14.50, 3.17, 15.10)])
def test_the_physical_programmes_from_capacity_hours_load_and_saving(read, reading, motors, computing, solar):
    found = physical_programmes(read(coal_factor=reading))
    assert {name: value / WAN_TCE for name, value in found.items()} == pytest.approx(
        {"motors": motors, "computing": computing, "solar": solar}, abs=0.006)


def test_we28_ten_million_kilowatt_hours_in_coal():
    expected = EXAMPLES["WE28"]
    assert coal_equivalent(10_000_000, 0.1229e-3) == pytest.approx(float(expected["tce_equiv"]))
    assert coal_equivalent(10_000_000, 0.302e-3) == pytest.approx(float(expected["tce_equivalent_primary_alt"]))


def test_districts_match_municipal_outlay_beside_it(baseline):
    found = impact(baseline, drivers(district_match=0.25), results(outlay=[2.0, 4.0, *[0.0] * 7]))
    assert found["district_outlay"].isel(draw=0).values == pytest.approx([1.0, 2.0, *[0.0] * 7])


def test_every_variable_has_its_unit_and_both_names(baseline):
    found = impact(baseline, drivers(), results())
    assert list(found["plan_year"].values) == PLAN
    for variable in found.data_vars.values():
        assert variable.attrs["units"] in ("CNY", "tce")
        assert len(variable.attrs["long_name"].split(" ", 1)) == 2


def test_the_impact_of_a_run_is_that_of_its_sums(baseline, drivers_of_run, small_run):
    again = impact(baseline, drivers_of_run, small_run)
    for name in again.data_vars:
        assert np.array_equal(again[name], small_run[name]), name
    assert np.all(small_run["energy_saving_induced"] >= 0)
    inside = small_run["energy_saving_supported"].mean() / small_run["energy_saving"].mean()
    assert 0 < inside < 1


@pytest.fixture
def drivers_of_run(request):
    return request.getfixturevalue("drivers")
