"""VPC endpoints, and which destinations of a case are reached through them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase

from narrows.case.model import KnownDestination
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.case.reading.routes import RouteTables
from narrows.network import Endpoint, HopKind, Subnet
from narrows.service_names import answers_to

_KINDS = {"Interface": HopKind.INTERFACE_ENDPOINT, "Gateway": HopKind.GATEWAY_ENDPOINT}
_AWS_SERVICE = re.compile(r"(?:com|cn\.com)\.amazonaws\.(?P<region>[a-z0-9-]+)\.(?P<service>[a-z0-9.-]+)")
WORKS = (None, "available", "Available", "partial", "Partial")


def read_endpoints(
    folder: CaseFolder,
    records: list[Record],
    interfaces: list[Record],
    destinations: Mapping[str, KnownDestination],
    via: Mapping[str, tuple[str, ...]],
    subnets: Mapping[str, Subnet],
    subnet_vpcs: Mapping[str, str],
    used: Collection[str],
    tables: RouteTables,
) -> dict[str, Endpoint]:
    """The endpoints that some destination of the case is reached through.

    A destination goes through an endpoint when ``case.yaml`` says so (``via``), when one of its addresses is the
    endpoint's, or when the endpoint answers to its DNS name in the VPC of the functions. ``used`` are their subnets.
    """
    addresses = _addresses_of_interfaces(interfaces)
    vpcs = {subnet_vpcs[name] for name in used if name in subnet_vpcs}
    found: dict[str, Endpoint] = {}
    for record in records:
        name = record.need("VpcEndpointId")
        kind = _KINDS.get(record.text("VpcEndpointType") or "Gateway")
        if kind is None or record.text("State") not in WORKS:
            continue
        named = tuple(key for key, ways in via.items() if name in ways)
        own = {address for eni in record.texts("NetworkInterfaceIds") for address in addresses.get(eni, ())}
        matched = [
            key
            for key, one in destinations.items()
            if key not in via
            and (not own.isdisjoint(one.addresses) or (one.host is not None and _answers_to(record, kind, one.host)))
        ]
        in_reach = not vpcs or record.text("VpcId") in (None, *vpcs)
        serves = (*named, *(matched if in_reach else ()))
        if not serves:
            continue
        if kind is HopKind.GATEWAY_ENDPOINT:
            azs = _zones_of_tables(folder, record, subnets, subnet_vpcs, used, tables)
        elif record.flag("PrivateDnsEnabled") is False and not matched:
            azs = tuple(sorted({subnets[one].az for one in record.texts("SubnetIds") if one in subnets}))
        else:
            azs = ()
        if azs is not None:
            found[name] = Endpoint(name, kind, serves, azs)
    for key, ways in via.items():
        for way in ways:
            if way.startswith("vpce-"):
                if way not in found:
                    folder.note("case.yaml", f"{key} goes through {way}, of which the case holds no description")
            else:
                before = found.get(way)
                found[way] = Endpoint(way, HopKind.PROXY, (*(before.destinations if before else ()), key))
    return found


def _addresses_of_interfaces(interfaces: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    return {
        record.need("NetworkInterfaceId"): tuple(
            filter(None, (record.text("PrivateIpAddress"), record.text("Ipv6Address")))
        )
        for record in interfaces
    }


def _answers_to(record: Record, kind: HopKind, host: str) -> bool:
    """Whether a DNS name resolves to an endpoint inside its VPC."""
    if answers_by_dns(record, host):
        return True
    if kind is HopKind.INTERFACE_ENDPOINT and (record.flag("PrivateDnsEnabled") is False or for_premises_only(record)):
        return False
    return is_of_service(record, kind, host)


def for_premises_only(record: Record) -> bool:
    """Whether its private DNS answers only what comes in by an inbound Resolver endpoint.

    Names that the VPC itself looks up lead to the gateway endpoint then (Amazon S3 User Guide, AWS PrivateLink for S3).
    """
    options = record.record("DnsOptions")
    return options is not None and options.flag("PrivateDnsOnlyForInboundResolverEndpoint") is True


def answers_by_dns(record: Record, host: str) -> bool:
    """Whether a DNS name is one of those that AWS lists for an endpoint."""
    host = host.lower().rstrip(".")
    names = [(entry.text("DnsName") or "").lower().replace("\\052", "*") for entry in record.records("DnsEntries")]
    if for_premises_only(record):
        names = [name for name in names if ".vpce." in name]
    return any(name and fnmatchcase(host, _pattern(name)) for name in names)


def is_of_service(record: Record, kind: HopKind, host: str) -> bool:
    """Whether a DNS name is one of the service's that an endpoint is for, though it may not resolve to it."""
    host = host.lower().rstrip(".")
    service = _AWS_SERVICE.fullmatch(record.text("ServiceName") or "")
    return service is not None and answers_to(
        service["service"], service["region"], host, gateway=kind is HopKind.GATEWAY_ENDPOINT
    )


def _pattern(name: str) -> str:
    """A DNS name with ``*`` as a pattern in which nothing else is special."""
    return name.replace("[", "[[]").replace("?", "[?]")


def _zones_of_tables(
    folder: CaseFolder,
    record: Record,
    subnets: Mapping[str, Subnet],
    subnet_vpcs: Mapping[str, str],
    used: Collection[str],
    tables: RouteTables,
) -> tuple[str, ...] | None:
    """The Availability Zones whose subnets have a route to a gateway endpoint; empty for all, None for none."""
    routed = set(record.texts("RouteTableIds"))
    inside: set[str] = set()
    outside: set[str] = set()
    for name in used:
        subnet, table = subnets.get(name), tables.of(name, subnet_vpcs.get(name))
        if subnet is not None and table is not None:
            (inside if table.id in routed else outside).add(subnet.az)
    if not outside:
        return ()
    if inside & outside:
        text = f"{record.text('VpcEndpointId')} has routes in some of the functions' subnets of one zone, not in all"
        folder.note(record.file, text)
    clear = tuple(sorted(inside - outside))
    return clear or None
