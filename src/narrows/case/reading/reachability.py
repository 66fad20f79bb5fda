"""The configuration that the reachability of destinations is worked out from, out of AWS's answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from narrows.addresses import Block
from narrows.addresses import block as parsed
from narrows.case.model import KnownDestination
from narrows.case.reading.aws_files import Resources
from narrows.case.reading.aws_json import Record
from narrows.case.reading.endpoints import WORKS, answers_by_dns, for_premises_only, is_of_service
from narrows.case.reading.located import Located
from narrows.case.reading.network_acls import acls_of_subnets
from narrows.case.reading.prefix_lists import prefix_lists
from narrows.case.reading.security_groups import security_rules
from narrows.network import HopKind
from narrows.reachability.configuration import (
    Configuration,
    Gateway,
    Leads,
    Nic,
    Place,
    Route,
    RoutesOf,
    Service,
)
from narrows.reachability.engine import Reachability
from narrows.reachability.transit import Attachment

_FIREWALL = "GatewayLoadBalancer"
_LAMBDA = "lambda"
_BOTH_WAYS = "block-bidirectional"
"""VPC Block Public Access of a subnet: nothing passes an internet gateway, whoever began it."""
_FAR = ("TransitGatewayId", "LocalGatewayId", "CoreNetworkArn", "OdbNetworkArn")
_APPLIANCES = ("InstanceId", "NetworkInterfaceId")


def read_reachability(resources: Resources, located: Located, via: Mapping[str, tuple[str, ...]]) -> Reachability:
    """What of the resources of a case is on the ways of connections."""
    destinations = located.destinations
    accounts = _accounts(resources["functions"])
    places = {one.id: one for one in (_place(record, accounts) for record in resources["subnets"])}
    tables = [_table(record) for record in resources["route-tables"]]
    interfaces = resources["network-interfaces"]
    nics, nic_addresses, lambda_addresses = _interfaces(interfaces)
    endpoints = resources["vpc-endpoints"]
    return Reachability(
        Configuration(
            known=frozenset(resources.of),
            places=places,
            table_of=_tables_of(resources["route-tables"], tables, places.values()),
            tables={one.id: one for one in tables},
            acl_of={name: one.acl for name, one in acls_of_subnets(resources["network-acls"]).items()},
            groups={one.id: one for one in map(security_rules, resources["security-groups"])},
            nics=nics,
            nic_addresses=nic_addresses,
            lambda_addresses=lambda_addresses,
            gateways={one.id: one for one in map(_gateway, resources["nat-gateways"])},
            services=tuple(
                _service(record, destinations, via, nic_addresses)
                for record in endpoints
                if record.text("VpcEndpointType") in (None, "Interface", "Gateway") and record.text("State") in WORKS
            ),
            lists=prefix_lists(resources["prefix-lists"], destinations),
            attachments=_attachments(resources["transit-gateway-attachments"], places),
            firewalls={
                record.need("VpcEndpointId"): next(iter(record.texts("SubnetIds")), None)
                for record in endpoints
                if record.text("VpcEndpointType") == _FIREWALL
            },
            via=via,
            in_zone=located.zones,
            alike=located.alike,
            out_of_order=_out_of_order(endpoints, destinations, via),
        )
    )


def _out_of_order(
    records: list[Record], destinations: Mapping[str, KnownDestination], via: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, str]]:
    """Interface endpoints that are there and let nothing through, such as those that wait to be accepted."""
    found = {}
    for record in records:
        state = record.text("State")
        if record.text("VpcEndpointType") != "Interface" or state in WORKS or state is None:
            continue
        name = record.need("VpcEndpointId")
        for key, one in destinations.items():
            if name in via.get(key, ()) or (one.host is not None and answers_by_dns(record, one.host)):
                found[key] = name, state
    return found


def _accounts(functions: Iterable[Record]) -> frozenset[str]:
    arns = (record.text("FunctionArn") for record in functions)
    return frozenset(parts[4] for arn in arns if arn and len(parts := arn.split(":")) > 4)


def _place(record: Record, accounts: frozenset[str]) -> Place:
    blocks = [record.block("CidrBlock")]
    blocks += [one.block("Ipv6CidrBlock") for one in record.records("Ipv6CidrBlockAssociationSet") if _associated(one)]
    owner, states = record.text("OwnerId"), record.record("BlockPublicAccessStates")
    return Place(
        record.need("SubnetId"),
        record.text("VpcId"),
        tuple(one for one in blocks if one is not None),
        record.text("AvailabilityZone"),
        shared=owner is not None and bool(accounts) and owner not in accounts,
        shut=states is not None and states.text("InternetGatewayBlockMode") == _BOTH_WAYS,
    )


def _attachments(
    records: Iterable[Record], places: Mapping[str, Place]
) -> dict[tuple[str, str], tuple[Attachment, ...]]:
    found: dict[tuple[str, str], list[Attachment]] = {}
    for record in records:
        gateway, vpc = record.text("TransitGatewayId"), record.text("VpcId")
        if gateway is None or vpc is None:
            continue
        zones = frozenset(places[one].zone if one in places else None for one in record.texts("SubnetIds"))
        one = Attachment(record.need("TransitGatewayAttachmentId"), record.text("State"), zones)
        found.setdefault((gateway, vpc), []).append(one)
    return {key: tuple(attached) for key, attached in found.items()}


def _associated(record: Record) -> bool:
    state = record.record("Ipv6CidrBlockState")
    return state is None or state.text("State") in (None, "associated")


def _table(record: Record) -> RoutesOf:
    routes = [route for route in map(_route, record.records("Routes")) if route is not None]
    with_blocks = [one for one in routes if one.block is not None]
    with_blocks.sort(key=lambda one: (-(one.block.prefix if one.block else 0), one.propagated))
    by_list = tuple(one for one in routes if one.prefix_list is not None)
    return RoutesOf(record.need("RouteTableId"), record.text("VpcId"), tuple(with_blocks), by_list)


def _route(record: Record) -> Route | None:
    block = record.block("DestinationCidrBlock") or record.block("DestinationIpv6CidrBlock")
    prefix_list = None if block else record.text("DestinationPrefixListId")
    if block is None and prefix_list is None:
        return None
    leads, target = _leads(record)
    gone = record.text("State") == "blackhole"
    return Route(block, prefix_list, leads, target, gone, record.text("Origin") == "EnableVgwRoutePropagation")


def _leads(record: Record) -> tuple[Leads, str | None]:
    gateway = record.text("GatewayId") or ""
    nat, peering = record.text("NatGatewayId"), record.text("VpcPeeringConnectionId")
    if nat:
        return Leads.NAT, nat
    if peering:
        return Leads.PEERING, peering
    for prefix, leads in (("igw-", Leads.INTERNET), ("vgw-", Leads.FAR), ("vpce-", Leads.ENDPOINT)):
        if gateway.startswith(prefix):
            return leads, gateway
    if gateway == "local":
        return Leads.LOCAL, gateway
    carrier, egress_only = record.text("CarrierGatewayId"), record.text("EgressOnlyInternetGatewayId")
    if carrier or egress_only:
        return (Leads.INTERNET, carrier) if carrier else (Leads.EGRESS_ONLY, egress_only)
    for keys, leads in ((_FAR, Leads.FAR), (_APPLIANCES, Leads.INTERFACE)):
        target = next((found for key in keys if (found := record.text(key))), None)
        if target:
            return leads, target
    return Leads.OTHER, gateway or None


def _tables_of(records: Sequence[Record], tables: Sequence[RoutesOf], places: Iterable[Place]) -> dict[str, RoutesOf]:
    own: dict[str, RoutesOf] = {}
    main: dict[str | None, RoutesOf] = {}
    for record, table in zip(records, tables, strict=True):
        for association in record.records("Associations"):
            subnet = association.text("SubnetId")
            if subnet:
                own[subnet] = table
            elif association.flag("Main") and table.vpc:
                main[table.vpc] = table
    by_default = {one.id: main[one.vpc] for one in places if one.vpc in main}
    return {**by_default, **own}


def _interfaces(
    records: Sequence[Record],
) -> tuple[
    dict[tuple[str, int, int], Nic],
    dict[str, tuple[Block, ...]],
    dict[tuple[str, tuple[str, ...]], tuple[Block, ...]],
]:
    """(By VPC and address; the addresses of each; those of the Hyperplane ENIs by subnet and security groups)."""
    nics: dict[tuple[str, int, int], Nic] = {}
    addresses: dict[str, tuple[Block, ...]] = {}
    own: dict[tuple[str, tuple[str, ...]], tuple[Block, ...]] = {}
    for record in records:
        groups = tuple(sorted({one.need("GroupId") for one in record.records("Groups")}))
        kind, subnet, vpc = record.text("InterfaceType") or "interface", record.text("SubnetId"), record.text("VpcId")
        nic = Nic(record.need("NetworkInterfaceId"), subnet, groups, kind)
        found = _addresses(record)
        addresses[nic.id] = found
        if kind == _LAMBDA and subnet:
            own[subnet, groups] = tuple(dict.fromkeys((*own.get((subnet, groups), ()), *found)))
        elif vpc:
            for one in found:
                nics[vpc, one.version, one.first] = nic
    return nics, addresses, own


def _addresses(record: Record) -> tuple[Block, ...]:
    texts = [record.text("PrivateIpAddress"), record.text("Ipv6Address")]
    texts += [one.text("PrivateIpAddress") for one in record.records("PrivateIpAddresses")]
    texts += [one.text("Ipv6Address") for one in record.records("Ipv6Addresses")]
    try:
        return tuple(dict.fromkeys(parsed(one) for one in texts if one))
    except ValueError:
        raise record.error("holds an address that is none") from None


def _gateway(record: Record) -> Gateway:
    regional = record.text("AvailabilityMode") == "regional"
    return Gateway(
        record.need("NatGatewayId"),
        record.text("State") or "unknown",
        None if regional else record.text("SubnetId"),
        record.text("ConnectivityType") == "private",
        regional,
        record.text("RouteTableId") if regional else None,
    )


def _service(
    record: Record,
    destinations: Mapping[str, KnownDestination],
    via: Mapping[str, tuple[str, ...]],
    addresses: Mapping[str, tuple[Block, ...]],
) -> Service:
    name = record.need("VpcEndpointId")
    kind = HopKind.GATEWAY_ENDPOINT if record.text("VpcEndpointType") != "Interface" else HopKind.INTERFACE_ENDPOINT
    interfaces = record.texts("NetworkInterfaceIds")
    hosts = {key: one.host for key, one in destinations.items() if one.host is not None}
    told = {key for key, ways in via.items() if name in ways}
    return Service(
        id=name,
        service=record.text("ServiceName") or name,
        vpc=record.text("VpcId"),
        by_route=kind is HopKind.GATEWAY_ENDPOINT,
        private_dns=record.flag("PrivateDnsEnabled") is not False,
        names=frozenset(
            key for key, host in hosts.items() if is_of_service(record, kind, host) and not for_premises_only(record)
        ),
        own_names=frozenset(told | {key for key, host in hosts.items() if answers_by_dns(record, host)}),
        interfaces=interfaces,
        subnets=record.texts("SubnetIds"),
        groups=tuple(sorted({one.need("GroupId") for one in record.records("Groups")})),
    )
