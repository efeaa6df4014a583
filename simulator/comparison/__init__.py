"""Scenarios and saved runs against one another: paired differences, what brought them about, and what was changed."""

from simulator.comparison.attribution import attribute
from simulator.comparison.paired import compare
from simulator.comparison.saved import compare_runs

__all__ = ["attribute", "compare", "compare_runs"]
