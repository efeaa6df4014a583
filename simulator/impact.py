"""What the programme brings: the city's equipment investment, and energy toward the target, by reading."""

from __future__ import annotations

import numpy as np
import xarray as xr

from simulator.scenario import Scenario


def impact(scenario: Scenario, drivers: xr.Dataset, results: xr.Dataset) -> xr.Dataset:
    """City path and energy saving of one scenario, over the plan years.

    Returns
    -------
    Dataset(draw, plan_year)
        city_equipment, city_renewal [CNY]; energy_saving with its supported and induced parts [tce]; district_outlay
        (draw, year) [CNY], reported beside municipal outlay and never added to it.
    """
    first, last = scenario.model.years.filing
    plan = list(range(first, last + 1))
    induced = results["induced_equipment"].sel(year=plan).values
    pulled = _pulled_forward(induced, drivers["pull_forward"].values)
    growth = np.cumprod(1.0 + drivers["city_growth"].values, axis=1)
    equipment = scenario.model.city.base.value * growth + induced - pulled
    renewal = equipment * drivers["city_renewal_share"].values[:, None]

    share = drivers["energy_purpose_share"].values
    intensity = share * drivers["intensity_energy"].values + (1 - share) * drivers["intensity_other"].values
    base = equipment if scenario.model.readings.energy_base == "all" else renewal
    found: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {}

    def add(name: str, dims: tuple[str, ...], values: np.ndarray, units: str, long_name: str) -> None:
        found[name] = dims, values, {"units": units, "long_name": long_name}

    add("city_equipment", ("draw", "plan_year"), equipment, "CNY", "全市工业设备投资 equipment investment of the city")
    add("city_renewal", ("draw", "plan_year"), renewal, "CNY", "全市设备更新 renewal of the city")
    for name, capacity, long_name in (
        ("energy_saving", base * intensity[:, None], "节能量 energy saving"),
        ("energy_saving_supported", results["supported_saving"].sel(year=plan).values, "受支持项目节能量 of supported projects"),
        ("energy_saving_induced", results["induced_saving"].sel(year=plan).values, "带动新增节能量 of induced projects"),
    ):
        add(name, ("draw",), accounted_saving(scenario, drivers, capacity), "tce", long_name)
    match = drivers["district_match"].values[:, None] * results["outlay"].values.sum(axis=2)
    add("district_outlay", ("draw", "year"), match, "CNY", "区级配套 district match")
    return xr.Dataset(found, coords={"plan_year": plan, "year": results["year"].values})


def _pulled_forward(induced: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Induced investment that is missing later, half in each of the two following years: (draw, plan_year)."""
    missing = np.zeros_like(induced)
    half = 0.5 * share[:, None] * induced
    missing[:, 1:] += half[:, :-1]
    missing[:, 2:] += half[:, :-2]
    return missing


def accounted_saving(scenario: Scenario, drivers: xr.Dataset, capacity: np.ndarray) -> np.ndarray:
    """Saving that counts toward the target, by the reading energy_accounting, from yearly new capacity [tce]: (draw,).

    new_capacity: annual saving of what was installed in the plan years, as realised. engineering: as claimed.
    realised_sum: what is saved over the plan years, half in the year of installation. run_rate_2027: what is still
    saved a year at the end of the plan.
    """
    reading = scenario.model.readings.energy_accounting
    capacity = capacity * coal_factor(scenario)
    if reading == "engineering":
        return capacity.sum(axis=1)
    realised = capacity * drivers["realisation"].values[:, None]
    if reading == "new_capacity":
        return realised.sum(axis=1)
    n = capacity.shape[1]
    kept = (1.0 - drivers["decay"].values)[:, None]
    if reading == "run_rate_2027":
        return (realised * kept ** np.arange(n - 1, -1, -1)).sum(axis=1)
    years_saved = np.stack([0.5 + (kept ** np.arange(1, n - i)).sum(axis=1) for i in range(n)], axis=1)
    return (realised * years_saved).sum(axis=1)


def coal_factor(scenario: Scenario) -> float:
    """Calorific tce to the reading's tce: electricity counts by the supply's coal rate under `equivalent`."""
    energy = scenario.model.energy
    if scenario.model.readings.coal_factor == "calorific":
        return 1.0
    return 1.0 + energy.electricity_share.value * (energy.equivalent.value / energy.calorific.value - 1.0)


def coal_equivalent(kilowatt_hours: float, tce_per_kwh: float) -> float:
    """Electricity in tce."""
    return kilowatt_hours * tce_per_kwh


def physical_programmes(scenario: Scenario) -> dict[str, float]:
    """Yearly saving (supply for solar) of the document's physical programmes, bottom-up [tce a year].

    A cross-check of the same saving, never added to it; solar is supply, not saving.
    """
    energy = scenario.model.energy
    factor = (energy.calorific if scenario.model.readings.coal_factor == "calorific" else energy.equivalent).value
    found = {}
    for name in ("motors", "computing", "solar"):
        programme = getattr(energy, name)
        hours = programme.hours.value * programme.load.value * programme.saving.value
        found[name] = coal_equivalent(programme.capacity.value * hours, factor)
    return found
