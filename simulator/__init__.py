"""What an industrial-support policy will cost, and what it will bring: the public names.

>>> scenario = load_scenario("baseline")
>>> applications = draw_applications(scenario)
>>> drivers = draw_drivers(scenario)
>>> results = simulate(scenario, applications, drivers)
>>> table = summarise(results)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.appraisal import price_ledger
    from simulator.brief import write_brief
    from simulator.charts import draw_chart
    from simulator.comparison import attribute, compare, compare_runs
    from simulator.conditioning import remaining_applications
    from simulator.drivers import draw_drivers
    from simulator.engine import simulate
    from simulator.errors import SimulatorError
    from simulator.evidence import open_evidence
    from simulator.explanation import explain
    from simulator.language import set_language
    from simulator.ledger import read_ledger
    from simulator.ledger_explanation import explain_row
    from simulator.population import draw_applications, read_applications, write_applications
    from simulator.position import take_position
    from simulator.precision import simulate_to_precision
    from simulator.pricing import price
    from simulator.readings import price_readings
    from simulator.reporting import report
    from simulator.scenario import load_scenario, load_scenarios
    from simulator.sensitivity import decompose_variance, find_failures, move_assumptions, sobol_indices, tornado
    from simulator.store import open_run, save_run
    from simulator.summary import summarise
    from simulator.sweeping import diagnose_caps, diagnose_notches, sweep
    from simulator.targets import attainment, joint_attainment
    from simulator.tuning import tune
    from simulator.variants import SharedLuck
    from simulator.verification import verify
    from simulator.weighting import draw_weights

# Each name is imported when it is first used: numba, xarray and scipy cost a second together.
_HOMES = {
    "draw_drivers": "drivers", "simulate": "engine", "SimulatorError": "errors", "explain": "explanation",
    "set_language": "language", "draw_applications": "population", "read_applications": "population",
    "write_applications": "population", "simulate_to_precision": "precision", "price": "pricing", "price_readings": "readings",
    "report": "reporting",
    "load_scenario": "scenario", "load_scenarios": "scenario", "open_run": "store", "save_run": "store",
    "summarise": "summary", "attainment": "targets", "joint_attainment": "targets",
    "draw_weights": "weighting", "read_ledger": "ledger", "price_ledger": "appraisal", "explain_row": "ledger_explanation",
    "take_position": "position", "remaining_applications": "conditioning",
    "compare": "comparison", "attribute": "comparison", "compare_runs": "comparison",
    "sweep": "sweeping", "diagnose_caps": "sweeping", "diagnose_notches": "sweeping", "tune": "tuning",
    "decompose_variance": "sensitivity", "find_failures": "sensitivity", "move_assumptions": "sensitivity",
    "sobol_indices": "sensitivity", "tornado": "sensitivity", "SharedLuck": "variants",
    "open_evidence": "evidence", "draw_chart": "charts", "write_brief": "brief", "verify": "verification",
}
__all__ = [
    "SharedLuck", "SimulatorError", "attainment", "attribute", "compare", "compare_runs", "decompose_variance", "diagnose_caps",
    "diagnose_notches", "draw_applications", "draw_chart", "draw_drivers", "draw_weights", "explain", "explain_row", "find_failures",
    "joint_attainment", "load_scenario", "load_scenarios", "move_assumptions", "open_evidence", "open_run", "price", "price_ledger",
    "price_readings", "read_applications", "read_ledger", "remaining_applications", "report", "save_run", "set_language", "simulate",
    "simulate_to_precision", "sobol_indices", "summarise", "sweep", "take_position", "tornado", "tune", "verify",
    "write_applications", "write_brief",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"simulator.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
