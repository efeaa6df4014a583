"""What scenario, policy and population files may say: frozen pydantic models that forbid unknown keys."""

from simulator.schema.policy import Instrument, Policy, Target
from simulator.schema.population import Population, Stream
from simulator.schema.scenario import ScenarioModel

__all__ = ["Instrument", "Policy", "Population", "ScenarioModel", "Stream", "Target"]
