"""One or two levers over their ranges, where figures break even, and what caps and thresholds do."""

from simulator.sweeping.caps import diagnose_caps
from simulator.sweeping.notches import diagnose_notches
from simulator.sweeping.sweep import break_even, sweep

__all__ = ["break_even", "diagnose_caps", "diagnose_notches", "sweep"]
