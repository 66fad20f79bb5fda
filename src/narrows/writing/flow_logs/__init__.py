"""Flow logs as AWS would have written them, from connections that are known: the truth that reading is tested with."""

from narrows.writing.flow_logs.flows import Ending, Flows, Interface
from narrows.writing.flow_logs.options import FlowLogOptions, parse_options
from narrows.writing.flow_logs.records import aggregate
from narrows.writing.flow_logs.simulated import write_lives, write_simulated
from narrows.writing.flow_logs.write import write_flow_logs

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
