"""A synthetic ledger of any size, for demonstrations and tests: it reads without a doubt, and names nobody who exists."""

from simulator.sample.writing import draw_sample, write_sample

__all__ = ["draw_sample", "write_sample"]
