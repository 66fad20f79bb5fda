"""The simulator: a scenario in, a recording of every connection attempt out."""

from narrows.simulate.kernel.compiled import is_compiled, keeps_compiled
from narrows.simulate.replications import Interval, Replications, intervals, replicate
from narrows.simulate.run import simulate_scenario, simulate_with_log

__all__ = [
    "Interval",
    "Replications",
    "intervals",
    "is_compiled",
    "keeps_compiled",
    "replicate",
    "simulate_scenario",
    "simulate_with_log",
]
