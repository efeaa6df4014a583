"""What decides the answer: shares of variance, a tornado, and the futures in which the plan fails."""

from simulator.sensitivity.failures import find_failures
from simulator.sensitivity.indices import sobol_indices
from simulator.sensitivity.moved import move_assumptions
from simulator.sensitivity.tornado import tornado
from simulator.sensitivity.variance import decompose_variance

__all__ = ["decompose_variance", "find_failures", "move_assumptions", "sobol_indices", "tornado"]
