"""Flow logs as AWS would have written them, from connections that are known: the truth that reading is tested with."""

from narrows.flowlogs.writing.flows import Ending, Flows, Interface
from narrows.flowlogs.writing.options import FlowLogOptions, parse_options
from narrows.flowlogs.writing.records import aggregate
from narrows.flowlogs.writing.simulated import write_lives, write_simulated
from narrows.flowlogs.writing.write import write_flow_logs

__all__ = [
    "Ending",
    "FlowLogOptions",
    "Flows",
    "Interface",
    "aggregate",
    "parse_options",
    "write_flow_logs",
    "write_lives",
    "write_simulated",
]
