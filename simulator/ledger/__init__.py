"""A bureau's ledger of applications: read as it is, checked cell by cell, as columns of exact numbers."""

from simulator.ledger.columns import COLUMNS, MISSING, PER_FEN, PER_ONE, Column
from simulator.ledger.read import Ledger, read_ledger

__all__ = ["COLUMNS", "MISSING", "PER_FEN", "PER_ONE", "Column", "Ledger", "read_ledger"]
