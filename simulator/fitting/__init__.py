"""Learning from a ledger: what its applications tell about the population, each figure with its error."""

from simulator.fitting.findings import Fitted, Goodness, Left, Parameter
from simulator.fitting.learning import fit
from simulator.fitting.population_file import population_text, refuse_file, scenario_text, write_population

__all__ = ["Fitted", "Goodness", "Left", "Parameter", "fit", "population_text", "refuse_file", "scenario_text", "write_population"]
