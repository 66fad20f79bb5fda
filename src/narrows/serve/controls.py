"""What can be moved on the page: sliders, number fields and boxes, each with the value that is served."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from narrows.demand import Connections, FunctionDemand, HoldKind
from narrows.errors import one_line
from narrows.limits import SUBNETS_PER_FUNCTION
from narrows.network import Destination, HopKind, NatKind
from narrows.network_checks import most_addresses
from narrows.scenario import Scenario
from narrows.serve.state import LONGEST_HOLD, MOST_EACH, MOST_ENVIRONMENTS, SHORTEST_HOLD


@dataclass(frozen=True, slots=True)
class Control:
    """One value."""

    path: str
    """Where it stands in a state, as JSON: ``["functions","storefront","environments"]``."""
    label: str
    whose: str
    """For a screen reader: of what."""
    value: float | bool
    least: float = 0
    most: float = 0
    """Of the number field."""
    slides_to: float = 0
    """Of the slider, which is for what is likely."""
    step: float = 1
    slides_by: float = 1
    unit: str = ""
    off_with: str = ""
    """The path of a box: while it is ticked, this does not matter."""

    @property
    def is_box(self) -> bool:
        """Whether it is yes or no."""
        return isinstance(self.value, bool)

    @property
    def text(self) -> str:
        """The value as a number field has it."""
        return f"{self.value:.10g}"


@dataclass(frozen=True, slots=True)
class Group:
    """What can be moved of one thing."""

    name: str
    note: str
    controls: tuple[Control, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Controls:
    """Everything that can be moved."""

    functions: tuple[Group, ...]
    gateways: tuple[Control, ...]
    endpoints: tuple[Control, ...]


_OPEN = 2
"""Functions whose controls are shown at once, the largest."""


def controls_of(scenario: Scenario, names: Mapping[str, str]) -> Controls:
    """What can be moved of a scenario, the functions with the most connections first."""
    network, demand = scenario.network, scenario.demand

    def size(name: str) -> float:
        asked = demand.functions[name]
        each = sum(use.per_environment for use in asked.connections)
        return asked.environments.largest(demand.duration) * each

    functions = sorted((name for name in demand.functions if name in network.functions), key=lambda name: -size(name))
    gateways = [
        _addresses(name, names.get(name, name), nat.addresses, nat.kind) for name, nat in network.nat_gateways.items()
    ]
    endpoints = [_endpoint(scenario, one) for one in network.destinations.values() if not one.local]
    return Controls(
        tuple(_function(scenario, name, open=place < _OPEN) for place, name in enumerate(functions)),
        tuple(gateways),
        tuple(endpoints),
    )


def _function(scenario: Scenario, name: str, *, open: bool) -> Group:
    asked, function = scenario.demand.functions[name], scenario.network.functions[name]
    reserved = function.reserved_concurrency
    note = f"reserved concurrency stops it at {reserved:,}" if reserved is not None else ""
    most = round(asked.environments.largest(scenario.demand.duration))
    own = one_line(name, 80)
    controls = [
        Control(
            _path("functions", name, "environments"),
            "Environments",
            own,
            most,
            0,
            max(MOST_ENVIRONMENTS, most),
            _round_up(max(2 * most, 100)),
            slides_by=max(1, _round_up(2 * most / 200)),
        )
    ]
    for place, use in enumerate(asked.connections):
        controls += _use(name, place, use, asked, alone=len(asked.connections) == 1)
    if function.subnets:
        most_subnets = SUBNETS_PER_FUNCTION.value
        path = _path("functions", name, "subnets")
        controls.append(Control(path, "Subnets", own, len(function.subnets), 1, most_subnets, most_subnets))
    return Group(own, note, tuple(controls), open)


def _use(name: str, place: int, use: Connections, asked: FunctionDemand, *, alone: bool) -> Iterator[Control]:
    whose, to = one_line(f"{name} to {use.to}", 120), one_line(use.to, 60)
    base = ("functions", name, "connections", str(place))
    each, hold, reuse = (_path(*base, key) for key in ("each", "hold", "reuse"))
    kept = use.hold.kind is HoldKind.UNTIL_RECYCLED
    seconds = use.hold.mean if use.hold.kind is HoldKind.DURATION else asked.invocation_duration
    slides = _round_up(max(2 * use.per_environment, 20))
    yield Control(
        each,
        "Connections each" if alone else f"Connections each to {to}",
        whose,
        use.per_environment,
        1,
        max(MOST_EACH, use.per_environment),
        slides,
    )
    yield Control(reuse, "Kept open and reused", whose, kept)
    yield Control(
        hold,
        "Else closed after",
        whose,
        seconds,
        min(SHORTEST_HOLD, seconds),
        max(LONGEST_HOLD, seconds),
        _round_up(max(2 * seconds, 60)),
        0.1,
        1,
        "s",
        reuse,
    )


def _addresses(name: str, called: str, addresses: int, kind: NatKind) -> Control:
    most = most_addresses(kind)
    each = ", in each Availability Zone" if kind is NatKind.REGIONAL else ""
    shown = one_line(called, 80)
    return Control(_path("nat_gateways", name), f"Addresses of {shown}{each}", shown, addresses, 1, most, most)


def _endpoint(scenario: Scenario, destination: Destination) -> Control:
    there = [one for one in scenario.network.endpoints.values() if destination.name in one.destinations]
    proxied = bool(there) and all(one.kind is HopKind.PROXY for one in there)
    shown = one_line(destination.name, 80)
    words = f"{shown} through {'the proxy' if proxied else 'a VPC endpoint'}"
    return Control(_path("endpoints", destination.name), words, shown, bool(there))


def _path(*parts: str) -> str:
    return json.dumps(parts, separators=(",", ":"))


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, ...: 18,000 is 20,000."""
    if value <= 1:
        return 1
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= value * (1 - 1e-12))
