"""A scenario in a notebook: one line, and a small page with who wants how many connections to whom."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.demand import Hold, HoldKind
from narrows.errors import one_line
from narrows.html_table import HtmlTable, html_page
from narrows.listing import counted, named
from narrows.scenario.model import Scenario
from narrows.units import format_duration


def short(scenario: Scenario) -> str:
    """``Scenario(launch-load-test: 1 function, 1 subnet, 1 NAT gateway, 1 destination; 5m)``"""
    return one_line(f"Scenario({_headline(scenario)})", 300)


def html(scenario: Scenario) -> str:
    """What functions want, and the NAT gateways."""
    network = scenario.network
    uses = HtmlTable(
        ("function", "subnets", "most environments", "to", "connections each", "hold"),
        _uses(scenario),
        sum(max(1, len(asked.connections)) for asked in scenario.demand.functions.values()),
    )
    gateways = HtmlTable(
        ("NAT gateway", "kind", "addresses", "subnets that route to it"),
        (
            (name, one.kind.value, one.addresses, sum(subnet.route == name for subnet in network.subnets.values()))
            for name, one in network.nat_gateways.items()
        ),
        len(network.nat_gateways),
    )
    assumed = [f"{name} = {value}" for name, value in scenario.assumptions.written().items()]
    notes = [f"Assumed otherwise than by default: {named(assumed)}."] if assumed else []
    return html_page(_headline(scenario), (uses, gateways), notes)


def _headline(scenario: Scenario) -> str:
    network = scenario.network
    there = [
        counted(len(things), thing)
        for things, thing in (
            (network.functions, "function"),
            (network.others, "other client"),
            (network.subnets, "subnet"),
            (network.nat_gateways, "NAT gateway"),
            (network.endpoints, "endpoint"),
            (network.destinations, "destination"),
        )
        if things
    ]
    return f"{one_line(scenario.name, 80)}: {', '.join(there)}; {format_duration(scenario.demand.duration)}"


def _uses(scenario: Scenario) -> Iterator[tuple[object, ...]]:
    demand = scenario.demand
    for name, asked in demand.functions.items():
        function = scenario.network.functions.get(name)
        subnets = named(function.subnets) if function is not None else ""
        most = round(asked.environments.largest(demand.duration))
        if not asked.connections:
            yield name, subnets, most, None, None, None
        for use in asked.connections:
            yield name, subnets, most, use.to, use.each, _held(use.hold)


def _held(hold: Hold) -> str:
    if hold.kind is not HoldKind.DURATION:
        return hold.kind.value.replace("_", " ")
    return f"{format_duration(hold.mean)}, {hold.distribution.value}"
