"""How a scenario is played in the lab."""

from __future__ import annotations

from dataclasses import dataclass

from narrows.lab.runtimes.plan import Function
from narrows.limits import NAT_IDLE_TIMEOUT
from narrows.writing.flow_logs.options import FlowLogOptions


@dataclass(frozen=True)
class Options:
    """How a scenario is played."""

    scale: float = 1.0
    """Factor on every table and on all demand."""
    speed: float = 1.0
    """The ramp's compression in time. SYN retransmits, timeouts and holds stay as long as they are."""
    serve: tuple[str, ...] = ()
    """A real server's command line, run at the destination."""
    serve_client: tuple[str, ...] = ()
    """A command that is run in an execution environment's place when the run is half over."""
    function: Function | None = None
    """A real function, run by a real Lambda runtime in each execution environment of the scenario's function."""
    capture: str | None = None
    """Where to write captured packets (pcapng)."""
    flow_logs: FlowLogOptions | None = None
    """How to write flow logs; None for none. It costs the run some speed."""
    packets: int = 100_000
    """The most packets to capture: the last ones are kept."""
    nat_idle_timeout: float = float(NAT_IDLE_TIMEOUT.value)
    tables: bool = True
    """False leaves the tables of ENIs and NAT gateways away, to see what they cost."""
    replication: int = 0
