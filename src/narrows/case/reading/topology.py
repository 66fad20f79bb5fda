"""The network of a case, from what ListFunctions and the Describe operations said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from narrows.case.model import KnownDestination, Topology
from narrows.case.reading.aws_files import AWS_FILES, Resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.case_yaml import CaseYaml
from narrows.case.reading.denied import denied_ports
from narrows.case.reading.endpoints import read_endpoints
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.functions import ReadFunctions, read_functions
from narrows.case.reading.interfaces import lambda_enis, other_clients, owners
from narrows.case.reading.located import Located
from narrows.case.reading.nat import read_nat_gateways
from narrows.case.reading.network_acls import acls_of_subnets
from narrows.case.reading.reachability import read_reachability
from narrows.case.reading.security_groups import security_group
from narrows.case.reading.subnets import read_subnets
from narrows.case.reading.wiring import read_wiring
from narrows.errors import nearest
from narrows.network import Destination, Egress, Function, Network

_MOST_GUESSES = 20
"""For so many functions that no file describes, the name that was meant is guessed."""
_TO_OTHER_VPCS = ("VpcPeeringConnectionId", "TransitGatewayId")
"""Members of a route that leads there."""
_TAG_KEYS = {"network-interfaces": "TagSet"}


def read_topology(
    folder: CaseFolder, resources: Resources, about: CaseYaml, located: Located, region: str | None
) -> Topology:
    """What is there. A kind of which the case has no file stays empty, and is not in ``known``."""
    read = read_functions(folder, resources["functions"])
    used = _subnets_of(read.functions.values())
    asked = [read.functions[name] for name in about.functions if name in read.functions]
    in_question = _subnets_of(asked) or used
    interfaces = resources["network-interfaces"]
    subnets = read_subnets(folder, resources, located.destinations, in_question)
    nats = read_nat_gateways(folder, resources["nat-gateways"], {one.name: one.az for one in subnets.subnets.values()})
    destinations = {key: _destination(one, local=key in subnets.local) for key, one in located.destinations.items()}
    endpoints = read_endpoints(
        folder, resources["vpc-endpoints"], interfaces, located.destinations, about.via,
        subnets.subnets, subnets.vpcs, in_question, subnets.tables,
    )  # fmt: skip
    acls = acls_of_subnets(resources["network-acls"])
    denied = denied_ports(folder, resources, acls, subnets, nats.subnets, destinations.values(), in_question)
    named = _security_groups_of(read.functions.values())
    groups = [
        security_group(folder, record, destinations.values())
        for record in resources["security-groups"]
        if record.need("GroupId") in named
    ]
    network = Network(
        region=region or "",
        subnets={
            name: replace(one, denied_ports=denied[name]) if name in denied else one
            for name, one in subnets.subnets.items()
        },
        nat_gateways=nats.nat_gateways,
        destinations=destinations,
        functions=read.functions,
        security_groups={one.name: one for one in groups if one is not None},
        endpoints=endpoints,
        reachability=read_reachability(resources, located, about.via),
    )
    others, addresses = other_clients(
        interfaces, network.subnets, network.nat_gateways, frozenset(network.hyperplane_enis)
    )
    _note_what_is_missing(folder, resources, about, network, in_question)
    _note_rules_that_are_missing(folder, resources, network, asked, in_question, acls, nats.subnets)
    return Topology(
        network=replace(network, others=others),
        known=frozenset(resources.of),
        enis=lambda_enis(interfaces),
        nat_states=nats.states,
        nat_subnets=nats.subnets,
        nat_interfaces=nats.interfaces,
        nat_addresses=nats.addresses,
        function_states=read.states,
        names=_names(resources),
        sources=dict(resources.sources),
        subnets_with_acl=frozenset(acls),
        vpcs=_vpcs(read, about.functions, resources["route-tables"]),
        other_addresses=addresses,
        interface_owners=owners(interfaces),
        wiring=read_wiring(resources),
    )


def _vpcs(read: ReadFunctions, asked: Collection[str], tables: Iterable[Record]) -> tuple[str, ...]:
    """The VPCs of the functions in question: none where one is not stated, or where routes lead on to other VPCs."""
    functions = [name for name in asked or read.functions if read.functions.get(name, Function("", (), ())).subnets]
    known = [read.vpcs.get(name) for name in functions]
    if not set(asked) <= read.functions.keys() or None in known:
        return ()
    if any(route.text(way) for table in tables for route in table.records("Routes") for way in _TO_OTHER_VPCS):
        return ()
    return tuple(sorted({vpc for vpc in known if vpc}))


def _subnets_of(functions: Iterable[Function]) -> frozenset[str]:
    pairs = [pair for one in functions for pair in ((one.subnets, one.security_groups), *one.versions)]
    return frozenset(name for subnets, _ in pairs for name in subnets)


def _security_groups_of(functions: Iterable[Function]) -> frozenset[str]:
    pairs = [pair for one in functions for pair in ((one.subnets, one.security_groups), *one.versions)]
    return frozenset(name for _, groups in pairs for name in groups)


def _destination(known: KnownDestination, local: bool) -> Destination:
    return Destination(
        known.key,
        known.port or 0,
        known.addresses,
        known.protocol,
        known.host,
        local=local,
        ipv6=any(":" in address for address in known.addresses),
    )


def _names(resources: Resources) -> dict[str, str]:
    names: dict[str, str] = {}
    for kind, records in resources.of.items():
        if kind != "functions":
            key = AWS_FILES[kind].id
            for record in records:
                name = record.tag("Name", _TAG_KEYS.get(kind, "Tags")) or record.text("GroupName")
                if name:
                    names[record.need(key)] = name
    return names


def _note_what_is_missing(
    folder: CaseFolder, resources: Resources, about: CaseYaml, network: Network, in_question: Collection[str]
) -> None:
    """Say which names of the case no file describes."""
    if "functions" in resources:
        unknown = [name for name in about.functions if name not in network.functions]
        for place, name in enumerate(unknown):
            guess = nearest(name, set(network.functions)) if place < _MOST_GUESSES else None
            hint = f" (did you mean {guess}?)" if guess else ""
            folder.note(resources.source("functions"), f"does not hold {name}, which case.yaml asks about{hint}")
    if "subnets" in resources:
        for name in sorted(set(in_question) - set(network.subnets)):
            folder.note(resources.source("subnets"), f"does not hold {name}, which a function is attached to")
    if "nat-gateways" in resources:
        used = {network.subnets[name].route for name in in_question if name in network.subnets}
        for route in sorted(used - set(network.nat_gateways) - set(Egress)):
            folder.note(resources.source("nat-gateways"), f"does not hold {route}, which a function's subnet leads to")


def _note_rules_that_are_missing(
    folder: CaseFolder,
    resources: Resources,
    network: Network,
    asked: Collection[Function],
    in_question: Collection[str],
    with_acl: Collection[str],
    nat_subnets: Mapping[str, str],
) -> None:
    """Say which rules on the way are in no file: ``--filters``, ``--group-ids`` and ``--query`` leave some out."""
    if "security-groups" in resources:
        listed = {record.need("GroupId") for record in resources["security-groups"]}
        used = _security_groups_of(asked) or _security_groups_of(network.functions.values())
        for name in sorted(used - listed):
            folder.note(resources.source("security-groups"), f"does not hold {name}, which a function has")
    if "network-acls" in resources:
        source = resources.source("network-acls")
        for name in sorted(set(in_question) - set(with_acl)):
            folder.note(source, f"does not describe the network ACL of {name}, which a function is attached to")
        routes = {network.subnets[name].route for name in in_question if name in network.subnets}
        standing = {nat_subnets[route] for route in routes if route in nat_subnets}
        for name in sorted(standing - set(with_acl) - set(in_question)):
            folder.note(source, f"does not describe the network ACL of {name}, in which a NAT gateway stands")
