"""A run as plain figures: what the screen prints and what `--json` gives, from one place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from simulator.scenario import Scenario
from simulator.schema import Instrument
from simulator.summary import Estimate, estimate, mean, paired_difference, summarise
from simulator.targets import DECIDING, attainment, joint_attainment
from simulator.weighting import Draws

STATISTICS = ("mean", "p5", "p50", "p95", "cvar95")
COMPARED = {
    "outlay": "CNY", "supported_investment": "CNY", "induced_investment": "CNY", "deadweight": "CNY",
    "city_equipment": "CNY", "energy_saving": "tce", "overrun": "CNY", "backlog": "CNY",
}


def report(scenario: Scenario, results: xr.Dataset) -> dict[str, Any]:
    """All headlines of one scenario: numbers with their errors as {"value", "error"}, money in CNY, energy in tce."""
    table = summarise(results)
    draws = Draws.of(results)
    years = [int(year) for year in results["year"].values]
    return {
        "scenario": scenario.name,
        "title": scenario.model.title.model_dump(),
        "question": scenario.model.question.model_dump(),
        "policy": scenario.model.policy.number or scenario.model.policy.id,
        "draws": results.sizes["draw"],
        "precision": _precision(scenario, results),
        "seed": scenario.model.seed,
        "last_filing_year": scenario.model.years.filing[1],
        "projects": _figure(_projects(results)),
        "outlay_by_year": {year: _figures(table["outlay_by_year"].sel(year=year)) for year in years},
        "outlay_total": _figures(table["outlay_total"]),
        "outlay_tail": _figures(table["outlay_tail"]),
        "outlay_priced": _figure(_outlay_of(scenario, results, priced=True)),
        "outlay_assumed": _figure(_outlay_of(scenario, results, priced=False)),
        "known": _known(results, draws),
        "appropriation": _appropriation(results, table),
        "leverage_gross": _pair(table["leverage_gross"]),
        "leverage_net": _pair(table["leverage_net"]),
        "deadweight_share": _pair(table["deadweight_share"]),
        "district_outlay": _figure(estimate(results["district_outlay"].sum("year").values, mean, draws)),
        "energy": {name: _figure(estimate(results[name].values, mean, draws))
                   for name in ("energy_saving", "energy_saving_supported", "energy_saving_induced")},
        "joint": {name: _figure(hit) for name, hit in joint_attainment(scenario, results).items()},
        "goals": {name: str(target.goal) for name, key in DECIDING.items() for target in scenario.model.policy.targets if target.id == key},
        "targets": [_target(each) for each in attainment(scenario, results)],
        "instruments": {key: _instrument(key, rule, table) for key, rule in scenario.model.policy.instruments.items()},
        "readings": scenario.model.readings.model_dump(),
    }


def differences(scenarios: Sequence[Scenario], results: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Paired differences of every scenario against the first, with paired errors; exactly 0 where nothing differs."""
    first = scenarios[0].name
    return {
        each.name: {name: {**_figure(paired_difference(results, name, each.name, first)), "unit": unit}
                    for name, unit in COMPARED.items()}
        for each in scenarios[1:]
    }


def rests_on_assumption(rule: Instrument) -> bool:
    """Whether the amount itself is assumed: the document names no rate, or no amount of the tiers."""
    return not rule.priced


def _precision(scenario: Scenario, results: xr.Dataset) -> dict[str, Any] | None:
    """What precision was asked and reached, with the relative errors of this scenario; None where draws were a number."""
    if "precision" not in results.attrs:
        return None
    said = json.loads(results.attrs["precision"])
    return {**said, "errors": said["errors"][scenario.name]}


def _projects(results: xr.Dataset) -> Estimate:
    return estimate(results["awards"].sum(["year", "instrument"]).values, mean, Draws.of(results))


def _outlay_of(scenario: Scenario, results: xr.Dataset, priced: bool) -> Estimate:
    """Outlay of the instruments whose amounts the document names, or of those that run on assumed amounts."""
    keys = [key for key, rule in scenario.model.policy.instruments.items() if rests_on_assumption(rule) != priced]
    outlay = results["outlay"].sel(instrument=keys).sum(["year", "instrument"]).values
    return estimate(outlay, mean, Draws.of(results))


def _instrument(key: str, rule: Instrument, table: xr.Dataset) -> dict[str, Any]:
    return {
        "title": rule.title.model_dump(),
        "short": rule.short.model_dump(),
        "clause": rule.clause,
        "assumed_amount": rests_on_assumption(rule),
        "applications": _pair(table["applications"].sel(instrument=key)),
        "awards": _pair(table["awards"].sel(instrument=key)),
        "outlay": _figures(table["by_instrument"].sel(instrument=key)),
    }


def _target(each: Any) -> dict[str, Any]:
    target = each.target
    return {
        "id": target.id,
        "clause": target.clause,
        "indicator": target.indicator.model_dump(),
        "goal": str(target.goal),
        "by": target.by,
        "treatment": target.treatment,
        "modelled": each.result is not None or each.by_part is not None,
        "probability": _figure(each.probability) if each.probability else None,
        "result": {**_figure(each.result), "unit": each.unit} if each.result else None,
        "parts": {name: {"probability": _figure(hit), "result": _figure(result), "goal": goal}
                  for name, (hit, result, goal) in (each.by_part or {}).items()},
    }


def _appropriation(results: xr.Dataset, table: xr.Dataset) -> dict[str, Any]:
    """By fund and year, where one is stated: the amount and P(outlay above it)."""
    found: dict[str, Any] = {}
    for fund in results["fund"].values:
        for year in results["year"].values:
            amount = float(results["appropriation"].sel(fund=fund, year=year))
            if np.isfinite(amount):
                over = _pair(table["over_appropriation"].sel(fund=fund, year=year))
                found.setdefault(str(fund), {})[int(year)] = {"amount": amount, "probability_over": over}
    return found


def _known(results: xr.Dataset, draws: Draws) -> dict[str, Any] | None:
    """By year, what a ledger says was paid and what it owes, exactly, and the forecast beside them; None without a ledger."""
    if "as_of" not in results.attrs:
        return None
    certain = results["outlay_paid"] + results["outlay_owed"]
    forecast = (results["outlay"] - certain).sum("instrument")
    years = [int(year) for year in results["year"].values]
    def of_year(which: str, year: int) -> float:
        return round(float(results[which].sel(year=year).sum()), 2)

    return {
        "as_of": str(results.attrs["as_of"]), "ledger": str(results.attrs["ledger"]), "rows": int(results.attrs["ledger_rows"]),
        "by_year": {year: {"paid": of_year("outlay_paid", year), "owed": of_year("outlay_owed", year),
                           "forecast": _figure(estimate(forecast.sel(year=year).values, mean, draws))} for year in years},
        "paid": round(float(results["outlay_paid"].sum()), 2), "owed": round(float(results["outlay_owed"].sum()), 2),
        "owed_later": round(float(results["owed_later"]), 2),
        "forecast": _figure(estimate(forecast.sum("year").values, mean, draws)),
    }


def _figures(values: xr.DataArray) -> dict[str, Any]:
    return {name: _pair(values.sel(statistic=name)) for name in STATISTICS}


def _pair(values: xr.DataArray) -> dict[str, Any]:
    value, error = (float(x) for x in values.values)
    return _figure(Estimate(value, error))


def _figure(found: Estimate) -> dict[str, Any]:
    return found.as_dict()
