"""The fast simulator: every connection attempt, SYN, answer, close and timeout, one event after the other.

``oracles/twin`` is the same machine in plain Python and gives the identical event log; read that one first. The modules
here follow it function by function, in what numba compiles.
"""

from narrows.simulate.events import Logged
from narrows.simulate.kernel.loop import Status, advance
from narrows.simulate.kernel.state import Memory

__all__ = ["Logged", "Memory", "Status", "advance"]
