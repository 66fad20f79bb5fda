"""What functions connect to: no file says it, but for the services of AWS that there are endpoints of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from narrows.case.model import KnownDestination
from narrows.declared.described import Described
from narrows.declared.described.told import Shape
from narrows.network import Destination, HopKind
from narrows.scenario import Scenario
from narrows.service_names import host_of

INTERNET = "internet"
"""What stands in for the destinations that nobody named yet."""
PORT = 443
"""Of HTTPS: what AWS's services answer on, and what stands in for a port that nobody named yet."""
_SERVICE = re.compile(r"(?:com|cn\.com)\.amazonaws\.(?P<region>[a-z0-9-]+)\.(?P<service>[a-z0-9.-]+)")
_GATEWAY = "Gateway"
_PROBE = "\0"
"""What the key of a destination begins with that is only there to find out what rules say of its port."""
_PROBED_ADDRESS = "203.0.113.1"
"""Somewhere in the internet: it belongs to nobody (RFC 5737)."""
_LONGEST_RANGE = 16
"""Ports of a range that are asked one by one: of a longer one only those of destinations."""
_MOST_PROBES = 400
_PROTOCOLS = {"6": "tcp", "17": "udp", "tcp": "tcp", "udp": "udp"}


@dataclass(frozen=True)
class Asked:
    """The destinations that a network is read for."""

    known: Mapping[str, KnownDestination]
    via: Mapping[str, tuple[str, ...]]
    """For some the endpoint (by id) that they go through."""
    destinations: Mapping[str, Destination]
    """As the scenario has them."""
    stand_in: frozenset[str] = field(default_factory=frozenset)
    """Those of which something must still be said."""
    told: bool = False
    """People said it: nothing here is to be asked."""


def services(described: Described) -> Asked:
    """A destination for each service of AWS that an endpoint is for, one for each other endpoint, and the internet."""
    known: dict[str, KnownDestination] = {}
    via: dict[str, tuple[str, ...]] = {}
    for record in described.answers.get("vpc-endpoints", ()):
        id, kind = str(record["VpcEndpointId"]), record.get("VpcEndpointType")
        if kind not in (_GATEWAY, "Interface"):
            continue
        service_and_region = _service_of(record)
        if service_and_region is not None:
            service, region = service_and_region
            key = service.replace(".", "-")
            known[key] = KnownDestination(key, host_of(service, region, gateway=kind == _GATEWAY), PORT, ())
            if kind == "Interface" and not record.get("PrivateDnsEnabled"):
                via[key] = (*via.get(key, ()), id)
        else:
            key = f"behind-{described.ids.address.get(id, id).replace('.', '-')}"[:120]
            known[key] = KnownDestination(key, None, PORT, ())
            via[key] = (id,)
    known[INTERNET] = KnownDestination(INTERNET, None, PORT, ())
    destinations = {key: Destination(key, PORT, (), host=destination.host) for key, destination in known.items()}
    return Asked(known, via, destinations, frozenset({INTERNET, *(key for key in via if known[key].host is None)}))


def of_answers(answers: Scenario, described: Described, ids: Mapping[str, str]) -> Asked:
    """Those of a scenario that was filled in before.

    Args:
        ids: by the name of an endpoint in a scenario its id.
    """
    network = answers.network
    known = {
        name: KnownDestination(name, destination.host, destination.port, destination.addresses, destination.protocol)
        for name, destination in network.destinations.items()
    }
    plain = {
        str(record["VpcEndpointId"])
        for record in described.answers.get("vpc-endpoints", ())
        if _service_of(record) is None
        or (record.get("VpcEndpointType") != _GATEWAY and not record.get("PrivateDnsEnabled"))
    }
    via: dict[str, tuple[str, ...]] = {}
    for endpoint in network.endpoints.values():
        id = ids.get(endpoint.name)
        if endpoint.kind is not HopKind.PROXY and id in plain:
            for name in endpoint.destinations:
                via[name] = (*via.get(name, ()), id)
    return Asked(known, via, network.destinations, told=True)


def _service_of(record: Shape) -> tuple[str, str] | None:
    """(The service, its Region) of an endpoint of AWS's own; None for anybody else's."""
    match = _SERVICE.fullmatch(str(record.get("ServiceName", "")))
    return None if match is None or match["region"] == "vpce" else (match["service"], match["region"])


def probes(described: Described, beside: Mapping[str, KnownDestination]) -> dict[str, KnownDestination]:
    """A destination for each port of which some rule says something, that no destination of ``beside`` has.

    Security groups are asked for a port of anywhere, network ACLs for one of the internet.
    """
    taken = {(destination.port, destination.protocol) for destination in beside.values()}
    groups = sorted(set(_of_groups(described)) - taken)
    acls = sorted(set(_of_acls(described)) - taken)
    asked: dict[str, KnownDestination] = {}
    for name, ports, addresses in (("group", groups, ()), ("acl", acls, (_PROBED_ADDRESS,))):
        for port, protocol in ports[:_MOST_PROBES]:
            key = f"{_PROBE}{name} {protocol} {port}"
            asked[key] = KnownDestination(key, None, port, addresses, protocol)
    return asked


def is_probe(key: str) -> bool:
    """Whether a destination is only there to ask for its port."""
    return key.startswith(_PROBE)


def _of_groups(described: Described) -> Iterator[tuple[int, str]]:
    for group in described.answers.get("security-groups", ()):
        for rule in _shapes(group.get("IpPermissionsEgress")):
            yield from _ports(rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))


def _of_acls(described: Described) -> Iterator[tuple[int, str]]:
    for acl in described.answers.get("network-acls", ()):
        for entry in _shapes(acl.get("Entries")):
            for spread in _shapes([entry.get("PortRange")]):
                yield from _ports(entry.get("Protocol"), spread.get("From"), spread.get("To"))


def _shapes(value: object) -> Iterable[Shape]:
    return [member for member in value if isinstance(member, dict)] if isinstance(value, list) else []


def _ports(protocol: object, low: object, high: object) -> Iterator[tuple[int, str]]:
    named = _PROTOCOLS.get(str(protocol))
    if named and isinstance(low, int) and isinstance(high, int) and high - low < _LONGEST_RANGE:
        yield from ((port, named) for port in range(max(1, low), min(high, 65535) + 1))


def long_ranges(described: Described, group: str) -> list[str]:
    """The ranges of ports that a security group lets out, in words, which are too long to be asked one by one."""
    ranges = []
    for record in described.answers.get("security-groups", ()):
        if record["GroupId"] == group:
            for rule in _shapes(record.get("IpPermissionsEgress")):
                low, high = rule.get("FromPort"), rule.get("ToPort")
                if isinstance(low, int) and isinstance(high, int) and high - low >= _LONGEST_RANGE:
                    ranges.append(f"{rule.get('IpProtocol')} {low}-{high}")
    return list(dict.fromkeys(ranges))
