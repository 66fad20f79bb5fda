"""Evidence taken away at random: what people have of an incident is never all that there could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from narrows.scenario import Scenario
from oracles.networks.dice import Dice

_PURPOSE = 0x7A4E

CallerEvidence = Literal["every attempt", "failure lines", "failure lines without names", "nothing"]
FlowLogs = Literal["whole", "v2", "a file missing", "an interface missing", "none"]


@dataclass(frozen=True)
class Taken:
    """What is left of the evidence, and what is not."""

    callers: CallerEvidence = "every attempt"
    flow_logs: FlowLogs = "whole"
    version: int = 5
    """Of the flow logs' format."""
    interval: int = 60
    """Seconds of their aggregation."""
    idle_gap: float = 120.0
    """Mean seconds between what an open connection sends."""
    metrics: tuple[tuple[str, str], ...] = ()
    """(metric, NAT gateway or function as the scenario names it) without a datapoint."""
    addresses: tuple[str, ...] = ()
    """Destinations whose addresses ``case.yaml`` does not say."""
    interfaces: bool = False
    """There is no ``ec2/network-interfaces.json``."""

    def words(self) -> list[str]:
        """What was taken away, a line each."""
        found = [] if self.callers == "every attempt" else [f"callers: {self.callers}"]
        if self.flow_logs != "whole":
            found.append(f"flow logs: {self.flow_logs}")
        found += [f"no {metric} of {resource}" for metric, resource in self.metrics]
        found += [f"no addresses of {name}" for name in self.addresses]
        return [*found, "no network-interfaces.json"] if self.interfaces else found


def draw_taken(seed: int, scenario: Scenario) -> Taken:
    """What is taken away of the case of a seed; of one in ten nothing."""
    dice = Dice(seed, _PURPOSE)
    whole = dice.chance(0.1)
    callers: CallerEvidence = dice.pick(
        ("every attempt", "every attempt", "failure lines", "failure lines without names", "nothing")
    )
    flow_logs: FlowLogs = dice.pick(("none", "none", "whole", "whole", "v2", "a file missing", "an interface missing"))
    interval, idle_gap = dice.pick((60, 60, 600)), dice.pick((120.0, 200.0, 280.0))
    regional = any(one.kind == "regional" for one in scenario.network.nat_gateways.values())
    version = dice.pick((5, 11)) if regional else 5
    metrics = []
    for name in scenario.network.nat_gateways:
        metrics += [(metric, name) for metric in ("ErrorPortAllocation", "ActiveConnectionCount") if dice.chance(0.15)]
    metrics += [("ConcurrentExecutions", name) for name in scenario.network.functions if dice.chance(0.12)]
    every = dice.chance(0.1)
    addresses = tuple(name for name in scenario.network.destinations if dice.chance(0.12) or every)
    interfaces = dice.chance(0.15)
    if whole:
        return Taken(version=version, interval=interval, idle_gap=idle_gap)
    return Taken(
        callers, flow_logs, 2 if flow_logs == "v2" else version, interval, idle_gap, tuple(metrics), addresses,
        interfaces,
    )  # fmt: skip
