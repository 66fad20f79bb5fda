"""The simulator: a scenario in, a recording of every connection attempt out."""

from narrows.simulate.run import simulate

__all__ = ["simulate"]
