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
from simulator.drivers import draw_drivers
from simulator.engine import simulate
from simulator.population import Cell, draw_applications
from simulator.scenario import Scenario, load_scenario

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


# --- the kernel's arrays by hand ------------------------------------------------------------------------------------


def inputs(*, projects: np.ndarray, instruments: np.ndarray, policies: np.ndarray | None = None,
           drivers: np.ndarray | None = None, n_filing_year: int = 1, tier_amounts: np.ndarray | None = None,
           tables: np.ndarray | None = None, central_points: np.ndarray | None = None, funds: np.ndarray | None = None,
           appropriation: np.ndarray | None = None, score_rank: np.ndarray | None = None) -> layouts.Inputs:
    """Inputs of hand-made rows; what is not given binds nothing. Leading axes: variant, then as in layouts.py."""
    n_variant, n_instrument = instruments.shape
    appropriation = np.full((n_variant, 1, 3), np.inf) if appropriation is None else appropriation
    n_year = appropriation.shape[2]
    ranks = np.tile(np.arange(len(projects), dtype=np.int32), (n_variant, 1))
    return layouts.Inputs(
        seed=np.uint64(1), first_year=2024, first_filing_year=2024, projects=projects,
        counts=np.zeros((1, 1), np.int32),
        tables=np.zeros((1, 2601)) if tables is None else tables,
        drivers=np.zeros((n_variant, 1, 1)) if drivers is None else drivers,
        n_filing_year=n_filing_year,
        instruments=instruments,
        tier_amounts=np.zeros((n_variant, n_instrument, layouts.N_TIER)) if tier_amounts is None else tier_amounts,
        tier_drivers=np.full((n_variant, n_instrument, layouts.N_TIER), -1, np.int32),
        policies=np.zeros(n_variant, layouts.POLICY) if policies is None else policies,
        central_points=np.zeros((n_variant, n_year)) if central_points is None else central_points,
        funds=np.zeros((n_variant, appropriation.shape[1]), layouts.FUND) if funds is None else funds,
        appropriation=appropriation,
        score_rank=ranks if score_rank is None else score_rank,
    )


def workspace(given: layouts.Inputs, longest_package: int = 3, n_driver: int = 64) -> layouts.Workspace:
    """Scratch that fits these inputs."""
    n_fund, n_year = given.appropriation.shape[1:]
    return layouts.workspace(len(given.projects), n_driver, given.instruments.shape[1], n_fund, n_year, longest_package)


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
