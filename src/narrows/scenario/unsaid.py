"""Defaults of narrows that decide what comes out of a scenario, and that it left unsaid: each a named assumption.

A scenario without ``hold`` is one in which connections stay open: whether ports run out may depend on that word alone.
So whatever was not said, and can decide, is printed with its value and with the key that says otherwise.
``tests/unit/scenario/test_unsaid.py`` varies every default of the table of fields and holds this to what it sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from narrows.assumptions import PrintedAssumption
from narrows.demand import HoldKind
from narrows.limits import Certainty
from narrows.network import HopKind
from narrows.scenario.commented import flow
from narrows.scenario.json_schema import Schema, read_schema
from narrows.yaml_source import dotted

if TYPE_CHECKING:
    from narrows.scenario.model import Scenario

_Place = tuple[str | int, ...]
_Decides = Callable[["_Seen", str, int], bool]
_MOST_PLACES = 3
"""Places of one default that are named; of more the number."""


@dataclass(frozen=True)
class Unsaid:
    """A default that is an assumption where it is left unsaid."""

    id: str
    """The part, and the key in it."""
    part: str
    """The definition in the schema that has the key."""
    key: str
    why: str
    """Why this default, and what depends on it."""
    decides: _Decides
    """Whether it can decide anything: for which owner, and which of its connections."""
    value: str = ""
    """In words, where the default is that there is none."""


def _always(_seen: _Seen, _owner: str, _index: int) -> bool:
    return True


def _of_invocations(seen: _Seen, owner: str, _index: int) -> bool:
    return any(use.hold.kind is HoldKind.INVOCATION for use in seen.scenario.demand.functions[owner].connections)


def _drawn(seen: _Seen, owner: str, index: int) -> bool:
    return isinstance(seen.use(owner, index).get("hold"), dict)


def _lognormal(seen: _Seen, owner: str, index: int) -> bool:
    hold = seen.use(owner, index).get("hold")
    return isinstance(hold, dict) and hold.get("distribution") == "lognormal"


def _retried(seen: _Seen, owner: str, index: int) -> bool:
    retries = seen.use(owner, index).get("retries")
    return isinstance(retries, dict) and retries.get("most") not in (None, 0)


def _through_nat(seen: _Seen, owner: str, index: int) -> bool:
    use = seen.scenario.demand.functions[owner].connections[index]
    return any(path.hop(HopKind.NAT_GATEWAY) for path in seen.scenario.network.paths(owner, use.to))


def _limited(seen: _Seen, owner: str, _index: int) -> bool:
    return seen.scenario.network.destinations[owner].max_connections is not None


def _proxy(seen: _Seen, owner: str, _index: int) -> bool:
    return seen.scenario.network.endpoints[owner].kind is HopKind.PROXY


_USE = "ConnectionsPart"
UNSAID = (
    Unsaid(
        "connections.hold", _USE, "hold",
        "most clients pool; where they do not, closed connections keep ports and far fewer environments fill a table",
        _always,
    ),
    Unsaid("connections.per_environment", _USE, "per_environment", "a pool has more; every table counts each", _always),
    Unsaid(
        "connections.connect_timeout", _USE, "connect_timeout",
        "clients differ; a longer one lives through more retransmitted SYNs and holds ports longer",
        _always,
    ),
    Unsaid(
        "connections.retries", _USE, "retries", "clients differ; retries add attempts where tables are full", _always,
        "none",
    ),
    Unsaid("retries.backoff", "RetriesPart", "backoff", "clients differ; it spreads what is tried again", _retried),
    Unsaid("retries.jitter", "RetriesPart", "jitter", "clients differ; without it retries come together", _retried),
    Unsaid("hold.distribution", "HoldPart", "distribution", "work has no memory, most often", _drawn),
    Unsaid("hold.sigma", "HoldPart", "sigma", "how long its tail is", _lognormal),
    Unsaid(
        "connections.bytes_per_second", _USE, "bytes_per_second", "what NAT gateways charge for and drop packets by",
        _through_nat,
    ),
    Unsaid(
        "demand.invocation", "DemandPart", "invocation",
        "how long a connection is open that ends with its invocation, and how often one is opened",
        _of_invocations,
    ),
    Unsaid(
        "demand.invocations_per_second", "DemandPart", "invocations_per_second",
        "how often each environment opens connections: one invocation after the other is the most",
        _of_invocations, "every environment busy all the time",
    ),
    Unsaid(
        "destinations.addresses", "DestinationPart", "addresses",
        "NAT gateways count connections to each address: with more there is more room", _always,
    ),
    Unsaid(
        "destinations.max_connections", "DestinationPart", "max_connections",
        "a server has a limit of its own, which may bind first", _always, "no limit",
    ),
    Unsaid("destinations.when_full", "DestinationPart", "when_full", "most servers refuse", _limited),
    Unsaid(
        "destinations.accepts_per_second", "DestinationPart", "accepts_per_second",
        "a server accepts only so many a second (TLS handshakes), and ignores the rest of a burst", _always, "no limit",
    ),
    Unsaid(
        "destinations.round_trip", "DestinationPart", "round_trip",
        "connections that are being opened hold table entries as long", _always,
    ),
    Unsaid("nat_gateways.addresses", "NatGatewayPart", "addresses", "what a new NAT gateway has", _always),
    Unsaid(
        "subnets.free_addresses", "SubnetPart", "free_addresses",
        "each further Hyperplane ENI that a plan adds takes one", _always,
    ),
    Unsaid("endpoints.reuse", "EndpointPart", "reuse", "a proxy that shares nothing is the least it can be", _proxy),
    Unsaid("duration", "", "duration", "a ramp that takes longer is cut, and what lingers is not seen", _always),
)  # fmt: skip
"""Every one."""


def unsaid_in(data: Mapping[str, Any], scenario: Scenario) -> tuple[PrintedAssumption, ...]:
    """Those that a scenario leaves unsaid, and that can decide what comes out of it, as every answer prints them.

    Args:
        data: the scenario as its file has it.
        scenario: what was made of it.
    """
    seen = _Seen(data, scenario)
    schema = read_schema()
    return tuple(_printed(one, places, schema) for one in UNSAID if (places := list(_places(one, seen))))


def every_default() -> tuple[PrintedAssumption, ...]:
    """Every one as answers print it, without the places of a scenario."""
    schema = read_schema()
    return tuple(_printed(unsaid, [], schema) for unsaid in UNSAID)


def _printed(one: Unsaid, places: list[_Place], schema: Schema) -> PrintedAssumption:
    part = schema["definitions"][one.part] if one.part else schema
    its = part["properties"][one.key]
    value = one.value or flow(its["default"])
    if one.id == "demand.invocation":
        value = str(its["default"]["duration"])
    more = len(places) - _MOST_PLACES
    say = [dotted(place) for place in places[:_MOST_PLACES]] + ([f"and {more:,} more"] if more > 0 else [])
    return PrintedAssumption(
        id=one.id,
        value=value,
        default=value,
        meaning=f"{its['description'].partition('. ')[0].removesuffix('.')}: {one.why}",
        source="a default of narrows, which the scenario leaves as it is",
        certainty=Certainty.UNVERIFIED.value,
        say=", ".join(say),
    )


def _places(one: Unsaid, seen: _Seen) -> Iterator[_Place]:
    """Where it is left unsaid, and can decide."""
    for place, written, owner, index in seen.written(one.part):
        if one.key not in written and one.decides(seen, owner, index):
            yield (*place, one.key)


class _Seen:
    """A scenario beside its file, as far as anything is asked of it."""

    def __init__(self, data: Mapping[str, Any], scenario: Scenario) -> None:
        self.data, self.scenario = data, scenario
        demand = scenario.demand
        self.active = [
            name
            for name, asked in demand.functions.items()
            if asked.connections and asked.environments.largest(demand.duration) > 0
        ]
        used = {use.to for name in self.active for use in demand.functions[name].connections}
        self.destinations = [
            name
            for name in scenario.network.destinations
            if name in used or any(use.to == name for uses in demand.others.values() for use in uses)
        ]

    def use(self, owner: str, index: int) -> Mapping[str, Any]:
        """Connections of a function, as they are written."""
        found: Mapping[str, Any] = self.data["functions"][owner]["connections"][index]
        return found

    def written(self, part: str) -> Iterator[tuple[_Place, Mapping[str, Any], str, int]]:
        """Everything in use that is written as such a part: where, what, of whom, and which of its connections."""
        if not part:
            yield (), self.data, "", 0
        elif part in ("ConnectionsPart", "RetriesPart", "HoldPart"):
            inner = {"RetriesPart": "retries", "HoldPart": "hold"}.get(part)
            for name in self.active:
                for index, use in enumerate(self.data["functions"][name]["connections"]):
                    place: _Place = ("functions", name, "connections", index)
                    if inner is None:
                        yield place, use, name, index
                    elif isinstance(use.get(inner), dict):
                        yield (*place, inner), use[inner], name, index
        elif part == "DemandPart":
            for name in self.active:
                asked = self.data["demand"][name]
                # The rate may stand in the trace of the environments.
                known = self.scenario.demand.functions[name].invocations_per_second is not None
                yield ("demand", name), asked | ({"invocations_per_second": None} if known else {}), name, 0
        elif part == "DestinationPart":
            for name in self.destinations:
                yield ("destinations", name), self.data["destinations"][name], name, 0
        else:
            yield from self._in_vpc(part)

    def _in_vpc(self, part: str) -> Iterator[tuple[_Place, Mapping[str, Any], str, int]]:
        network = self.scenario.network
        subnets = {subnet for name in self.active for subnet in network.functions[name].subnets}
        routes = {network.subnets[name].route for name in subnets} | {other.route for other in network.others.values()}
        section, used = {
            "SubnetPart": ("subnets", subnets),
            "NatGatewayPart": ("nat_gateways", routes),
            "EndpointPart": ("endpoints", set(network.endpoints)),
        }[part]
        for name, written in (self.data.get("vpc", {}).get(section) or {}).items():
            if name in used:
                yield ("vpc", section, name), written, name, 0
