"""Levers set by what is wanted: under chance constraints, for one goal or several, checked on fresh draws."""

from simulator.tuning.tune import tune

__all__ = ["tune"]
