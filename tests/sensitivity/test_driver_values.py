"""Drivers in their unit: which are shares follows from the scenario's schema, and all are written one way."""

import numpy as np
import pytest

from simulator.drivers import BY_CLASS, SCALARS, draw_drivers, instrument_values
from simulator.schema.scenario import Drivers
from simulator.sensitivity.driver_values import WITHOUT_VALUES, driver_text, range_text, unit_of_driver, values_of
from simulator.sensitivity.factors import factors

NUMBERS = {"elasticity", "cost_index", "delay", "demand", "district_match"}
INTENSITIES = {"intensity_energy", "intensity_other"}


def test_which_drivers_are_shares_is_as_the_schema_has_it():
    units = {name: unit_of_driver(name) for name in Drivers.model_fields if name not in WITHOUT_VALUES}
    assert {name for name, unit in units.items() if unit == "1"} == NUMBERS
    assert {name for name, unit in units.items() if unit == "tce/CNY"} == INTENSITIES
    shares = {name for name, unit in units.items() if unit == "share"}
    assert shares == units.keys() - NUMBERS - INTENSITIES
    assert {*SCALARS, *BY_CLASS, "demand", "lpr", "city_growth"} == units.keys()


def test_values_of_instruments_are_known_by_their_names(baseline):
    for name, each in instrument_values(baseline).items():
        assert unit_of_driver(name) == ("share" if each.ppf(np.array([0.999]))[0] <= 1.0 else "CNY"), name


def test_every_uncertain_driver_has_values_but_the_two_without_a_number(baseline):
    drivers = draw_drivers(baseline, 64)
    found = {each.name: values_of(drivers, each.name) for each in factors(baseline, merge=False)}
    assert {name for name, values in found.items() if values is None} == set(WITHOUT_VALUES)
    for name, values in found.items():
        if values is not None:
            assert values.shape[0] == 64
            assert unit_of_driver(name) != "share" or np.abs(values).max() <= 1.0, name
    assert np.array_equal(found["filing"], drivers["filing"].values)
    assert np.array_equal(found["delay"][:, 0], drivers["delay"].values)


@pytest.mark.parametrize(("value", "unit", "text"), [
    (0.0826, "share", "8.26%"), (1.0, "share", "100%"), (-0.0512, "share", "-5.12%"), (0.0, "share", "0%"), (1.0826, "1", "1.08"),
    (5.825e6, "CNY", "582万元"), (1.5e7, "CNY", "1,500万元"), (7.07e5, "CNY", "70.7万元"), (3.1e-5, "tce/CNY", "0.31tce/万元")])
def test_a_value_is_written_in_its_unit(value, unit, text):
    assert driver_text(value, unit) == text


def test_of_several_values_the_range_is_written():
    assert range_text(np.array([0.3, 0.1, 0.2]), "share") == "10%..30%"
    assert range_text(np.array([0.3, 0.30001]), "share") == "30%"
