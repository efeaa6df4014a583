"""Small worlds for the tests: a scenario of a few streams, a run of it, and the kernel's arrays by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from kernels import layouts
from kernels.compiled import kernel
from kernels.luck import NODES, node_of, quantile
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.pack import outputs, rationed_instruments
from simulator.population import Cell, draw_applications
from simulator.rows import ROW, arrival_ranks, in_batches, largest_bases, smallest_words
from simulator.scenario import Scenario, load_scenario
from simulator.schema.distributions import Distribution, Number
from simulator.tables import Tables

FIRST_YEAR = 2024
SMALL_ONLY = {"small": 1, "medium": 0, "large": 0}

# Behaviour without chance: what is filed is approved at once, paid in full and built as planned.
CERTAIN: dict[str, Any] = {
    "drivers": {"award_intensity": "100%", "approval_level": "100%", "cost_index": 1, "delay": 1, "demand": 1},
    "behaviour": {"approval_lag": "0个月", "approval_size_correlation": "0%"},
    "correlations": [],
}


def stream(files_for: str | Sequence[str], size: object, count: object = 20, **statements: object) -> dict[str, Any]:
    """One stream of a population: by default small firms that have filed and performed their contracts, all approved."""
    return {
        "title": {"zh": "测试", "en": "test"},
        "files_for": [files_for] if isinstance(files_for, str) else list(files_for),
        "count": {"value": {"fixed": count} if isinstance(count, int) else count},
        "count_of": "applications",
        "size": {"value": size},
        "size_class": {"value": SMALL_ONLY},
        "approval": {"value": "100%"},
        "outcome": "executed",
    } | statements


def tiny(folder: Path, streams: Mapping[str, dict], *changes: Mapping[str, Any], name: str = "tiny",
         seed: int = 1, extends: str = "baseline") -> Scenario:
    """The baseline with a population of these streams and the given changes, by way of files as a user writes them."""
    population = {
        "id": "tiny", "title": {"zh": "小世界", "en": "tiny world"}, "seed": 7, "programme_start": {"value": "0%"},
        "sectors": {"value": {"装备": 1}}, "districts": {"value": {"浦东新区": 3, "嘉定区": 1}},
        "enterprises": {"value": 100}, "streams": dict(streams),
    }
    _write(folder / f"{name}.population.yaml", population)
    return load_scenario(variant(folder, {"population": f"./{name}.population.yaml", "seed": seed}, *changes,
                                 name=name, extends=extends))


def financed(loan: int = 0, lease: int = 0, both: int = 0, *, debt: str = "60%", leased: str = "50%", term: int = 5,
             spread: str = "0%") -> dict[str, Any]:
    """How the projects of a stream are paid for: percent of them by loan, by lease, by both; the rest have own money."""
    shares = {"loan": loan, "lease": lease, "loan_and_lease": both, "own": 100 - loan - lease - both}
    return {
        "finance": {"value": {name: f"{share}%" for name, share in shares.items()}},
        "loan_to_investment": {"value": debt}, "lease_to_equipment": {"value": leased},
        "loan_term": {"value": term}, "loan_spread": {"value": spread},
    }


def money(amount: object, **statements: object) -> dict[str, Any]:
    """A change of the main fund's appropriation."""
    return {"appropriation": {"industrial_development": {"amount": amount, **statements}}}


def changed(folder: Path, *changes: Mapping[str, Any], name: str = "variant") -> Scenario:
    """The baseline with these changes."""
    return load_scenario(variant(folder, *changes, name=name))


def with_seed(scenario: Scenario, seed: int) -> Scenario:
    """The same scenario with other luck, without reading its files again."""
    return dataclasses.replace(scenario, model=scenario.model.model_copy(update={"seed": seed}))


def variant(folder: Path, *changes: Mapping[str, Any], name: str = "variant", extends: str = "baseline") -> Path:
    """A scenario file that says only what differs; later changes win, key by key."""
    content: dict[str, Any] = {
        "extends": extends, "name": name, "title": {"zh": name, "en": name}, "question": {"zh": "?", "en": "?"}}
    for change in changes:
        for key, value in change.items():
            known = content.get(key)
            content[key] = known | value if isinstance(known, dict) and isinstance(value, dict) else value
    return _write(folder / f"{name}.yaml", content)


def _write(file: Path, content: dict[str, Any]) -> Path:
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")  # JSON is YAML
    return file


def run(scenario: Scenario | Sequence[Scenario], draws: int = 64, applications: xr.Dataset | None = None,
        **how: Any) -> xr.Dataset:
    """A whole run from the scenario alone."""
    first = scenario if isinstance(scenario, Scenario) else scenario[0]
    if applications is None:
        applications = draw_applications(first)
    return simulate(scenario, applications, draw_drivers(scenario, draws), **how)


def assert_identical(left: xr.Dataset, right: xr.Dataset) -> None:
    """Every variable bit for bit."""
    assert set(left.data_vars) == set(right.data_vars)
    for name in left.data_vars:
        assert left[name].dims == right[name].dims, name
        assert left[name].values.tobytes() == right[name].values.tobytes(), name


def assert_z(values: np.ndarray, expected: float, spread: float | None = None, limit: float = 4.0) -> None:
    """The mean of independent values lies within `limit` standard errors of what is expected."""
    values = np.asarray(values, float).ravel()
    spread = values.std(ddof=1) if spread is None else spread
    z = (values.mean() - expected) / (spread / np.sqrt(values.size))
    assert abs(z) <= limit, f"z = {z:.2f}: mean {values.mean():.8g}, expected {expected:.8g}"


def assert_near(found: xr.DataArray, truth: float, most: float) -> None:
    """A value with its error lies within four errors of what is true, and the error is no more than this share of it."""
    value, error = found.values
    assert abs(value - truth) <= 4 * error, f"{value:.6g} ± {error:.3g}, expected {truth:.6g}"
    assert error < most * abs(truth)


# --- the kernel's arrays by hand ------------------------------------------------------------------------------------


def projects(n: int, **columns: object) -> np.ndarray:
    """ROW[n] of projects that certainly exist and arrive one after the other, with the given columns."""
    made = np.zeros(n, ROW)
    made["key"], made["arrival"] = np.arange(1, n + 1), np.arange(n) / max(n, 1)
    made["filing_year"] = FIRST_YEAR
    for name in ("cell", "part", "size_table", "loan_table", "overrun_table"):
        made[name] = -1
    for name in ("investment", "contracts", "loan_term", "build_factor", "p0", "loan_growth"):
        made[name] = 1.0
    made["approval"] = np.nan
    for name, values in columns.items():
        made[name] = values
    return made


def policies(n_variant: int = 1, **columns: object) -> np.ndarray:
    """POLICY[n_variant] under which all is built within a month, accepted, and saves as planned, by the tables of `certain`."""
    made = np.zeros(n_variant, layouts.POLICY)
    made["size_multiplier"] = made["acceptance_table"] = made["build_table"] = made["energy_table"] = 1
    for name, values in columns.items():
        made[name] = values
    return made


def numbers(written: object) -> Distribution:
    """A distribution of plain numbers as a file states it."""
    return Distribution[Number].model_validate(written)


def certain() -> Tables:
    """Tables of the normal and, in row 1, of a multiplier that is always 1."""
    made = Tables()
    made.add(numbers(1.0))
    return made


def drivers(n_draw: int = 1, n_variant: int = 1, n_filing_year: int = 1, n_year: int = 3, **columns: object) -> np.ndarray:
    """Drivers of draws in which all file, all are approved and nothing goes wrong; interest rates are 0."""
    made = np.zeros((n_variant, n_draw, len(layouts.DRIVERS) + n_filing_year + n_year))
    made[..., len(layouts.DRIVERS): len(layouts.DRIVERS) + n_filing_year] = 1.0  # demand
    sure = dict.fromkeys(("award_intensity", "approval_level", "cost_index", "delay", "filing_small", "filing_medium", "filing_large",
                          "outcome_complete", "outcome_partial", "outcome_late"), 1.0)
    for name, values in (sure | {"approval_score": np.inf} | columns).items():
        made[..., layouts.DRIVERS.index(name)] = values
    return made


def inputs(rows: np.ndarray, instruments: np.ndarray, *, n_filing_year: int = 1, examine: bool = False,
           **given: np.ndarray) -> layouts.Inputs:
    """Inputs of hand-made rows; fields that are not given bind nothing. Leading axes: variant, then as in layouts.py.

    The rows are sorted as the engine sorts them; a given `score_rank` is that of the sorted rows. Who arrives first scores best.
    """
    n_variant, n_instrument = instruments.shape
    appropriation = given.setdefault("appropriation", np.full((n_variant, 1, 3), np.inf))
    funds = given.setdefault("funds", np.zeros((n_variant, appropriation.shape[1]), layouts.FUND))
    n_year = appropriation.shape[2]
    columns = {name: rows[name].copy() for name in ROW.names}
    batches, segments = in_batches(columns, instruments)
    rationed = rationed_instruments(instruments, funds)
    arrival = arrival_ranks(columns, np.ones_like(rationed) if examine else rationed)
    tables = given.setdefault("tables", certain().stacked())
    least_word = np.min([smallest_words(columns, of_variant, tables) for of_variant in instruments], axis=0)
    batches["has_least"] = least_word.any()
    made: dict[str, Any] = {name: columns[name] for name in ("key", "rank", "p0", "group", "part")} | {
        "seed": np.uint64(1), "first_year": FIRST_YEAR, "first_filing_year": FIRST_YEAR, "n_filing_year": n_filing_year,
        "batches": batches, "segments": segments, "instruments": instruments,
        "columns": np.stack([columns[name] for name in layouts.PROJECT], axis=1),
        "arrival_rank": arrival, "score_rank": np.tile(arrival, (n_variant, 1)),
        "counts": np.zeros((1, 1), np.int32),
        "least_word": least_word,
        "drivers": drivers(1, n_variant, n_filing_year, n_year),
        "tier_amounts": np.zeros((n_variant, n_instrument, layouts.N_TIER)),
        "tier_drivers": np.full((n_variant, n_instrument, layouts.N_TIER), -1, np.int32),
        "policies": policies(n_variant),
        "funded": np.ones((n_variant, n_instrument)),
        "like": np.tile(np.arange(n_variant, dtype=np.int32)[:, None], len(batches)),
        "central_points": np.zeros((n_variant, n_year)),
        "largest_base": largest_bases(columns, batches, segments, instruments),
        "control": no_control(n_variant, len(rows)), "rationed": rationed, "examine": examine,
    }
    return layouts.Inputs(**(made | given))


def no_control(n_variant: int, n_project: int) -> layouts.Control:
    """A control that looks at nobody."""
    return layouts.Control(np.zeros((n_variant, 0, NODES)), np.zeros((n_variant, n_project)), np.zeros(n_variant),
                           np.zeros((n_variant, 0)), np.zeros((n_variant, 1, 0)))


def workspace(given: layouts.Inputs, most_filed: int = layouts.MOST_FILED) -> layouts.Workspace:
    """Scratch that fits these inputs, and projects that file for more instruments than streams may."""
    work = layouts.workspace(given)
    return work._replace(
        filed=np.zeros(most_filed, work.filed.dtype),
        **{name: np.zeros((most_filed, *getattr(work, name).shape[1:])) for name in ("offer", "total", "chosen")})


@kernel()
def _look_up(tables, row, words, found):
    for i in range(words.size):
        node, part = node_of(words[i])
        found[i] = quantile(tables, row, node, part)


def multipliers(tables: np.ndarray, row: int, words: np.ndarray) -> np.ndarray:
    """What the kernel makes of these 32-bit words by one table."""
    found = np.empty(len(words))
    _look_up(tables, row, words.astype(np.uint64), found)
    return found


def outputs_of(given: layouts.Inputs) -> layouts.Outputs:
    """Zeroed outputs for all draws of these inputs."""
    return outputs(given, int(given.part.max()) + 1, int(given.group.max()) + 1)


def count_moments(cell: Cell) -> tuple[float, float]:
    """Mean and variance of a cell's count as stated, for checks and tables (a count raised to its floor: summed up)."""
    from scipy.stats import poisson

    if cell.count.fixed is not None:
        return float(cell.count.fixed), 0.0
    if cell.count.negative_binomial:
        return cell.mean, cell.mean + cell.mean**2 / cell.count.negative_binomial.dispersion
    n = np.arange(int(cell.mean + 20 * np.sqrt(cell.mean) + 40))
    weight, value = poisson.pmf(n, cell.mean), np.maximum(n, cell.count.at_least)
    mean = float(weight @ value)
    return mean, float(weight @ (value - mean) ** 2)
