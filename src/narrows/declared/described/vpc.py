"""DescribeVpcs, DescribeSubnets and DescribeRouteTables of what is declared."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from narrows.declared import resource_types
from narrows.declared.described.told import Book, Shape, Told, present
from narrows.declared.ids import MAIN_TABLE, default_of, made_up
from narrows.declared.model import Unknown
from narrows.errors import shown
from narrows.limits import SUBNET_RESERVED_ADDRESSES

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    "NatGatewayId", "GatewayId", "EgressOnlyInternetGatewayId", "TransitGatewayId", "VpcPeeringConnectionId",
    "NetworkInterfaceId", "InstanceId", "CarrierGatewayId", "LocalGatewayId", "CoreNetworkArn",
)  # fmt: skip
"""Members of a route that are the same in AWS's answers."""


def vpcs(book: Book) -> list[Shape]:
    """DescribeVpcs."""
    return [
        present(VpcId=id, CidrBlock=told.text("CidrBlock"), Tags=told.tags(), State="available")
        for id, told in book.all(resource_types.VPC)
    ]


def subnets(book: Book) -> list[Shape]:
    """DescribeSubnets."""
    with_ipv6 = {told.text("SubnetId") for _, told in book.all(resource_types.SUBNET_BLOCK)}
    return [_subnet(id, told, id in with_ipv6) for id, told in book.all(resource_types.SUBNET)]


def vpc_of(told: Told) -> str | None:
    """The VPC of a resource. Those of which only the same unknown thing is said are in the same one."""
    value = told.value("VpcId")
    if isinstance(value, str) and value.startswith("vpc-"):
        return told.text("VpcId")
    raw = told.book.ids.resolved(told.resource.properties.get("VpcId"))
    return made_up("vpc", raw.why) if isinstance(raw, Unknown) else None


def _subnet(id: str, told: Told, ipv6: bool) -> Shape:
    if not told.flag("Ipv6Native") and "CidrBlock" not in told and "Ipv4NetmaskLength" not in told:
        told.ask("CidrBlock", "nothing says how large it is")
    block = told.text("CidrBlock")
    if ipv6 or any(key in told for key in ("Ipv6CidrBlock", "Ipv6CidrBlocks", "Ipv6NetmaskLength")):
        six = [present(Ipv6CidrBlock=_only_known(told, "Ipv6CidrBlock"))]
    else:
        six = []
    return present(
        SubnetId=id,
        VpcId=vpc_of(told),
        AvailabilityZone=told.text("AvailabilityZone") or told.text("AvailabilityZoneId"),
        AvailabilityZoneId=told.text("AvailabilityZoneId"),
        CidrBlock=block,
        AvailableIpAddressCount=_free(told, block),
        Ipv6CidrBlockAssociationSet=six,
        MapPublicIpOnLaunch=told.flag("MapPublicIpOnLaunch") or False,
        Tags=told.tags(),
        State="available",
    )


def _only_known(told: Told, key: str) -> str | None:
    """A block that does not matter where it is not known: nobody is asked for it."""
    return told.text(key) if told.known(key) else None


def _free(told: Told, block: str | None) -> int | None:
    """The addresses of a subnet in which nothing is yet."""
    if block is None:
        length = told.whole("Ipv4NetmaskLength")
    else:
        try:
            length = ipaddress.ip_network(block, strict=False).prefixlen
        except ValueError:
            return None  # the reader of cases says what is wrong with it
    return (
        None if length is None or not 0 < length <= 32 else max(0, 2 ** (32 - length) - SUBNET_RESERVED_ADDRESSES.value)
    )


def route_tables(book: Book) -> list[Shape]:
    """DescribeRouteTables: those that are declared, and the main one of each declared VPC."""
    blocks = _blocks_of_vpcs(book)
    tables: dict[str, Shape] = {}
    routes: dict[str, list[Shape]] = {}
    associations: dict[str, list[Shape]] = {}

    def add(id: str, vpc: str | None, tags: list[Shape]) -> None:
        routes[id] = [_local(block) for block in blocks.get(vpc or "", ())]
        associations[id] = []
        tables[id] = present(RouteTableId=id, VpcId=vpc, Tags=tags, Routes=routes[id], Associations=associations[id])

    for own in blocks:
        main = default_of(own, MAIN_TABLE)
        add(main, own, [])
        associations[main].append({"Main": True, "RouteTableId": main})
    for id, told in book.all(resource_types.ROUTE_TABLE):
        vpc = vpc_of(told)
        add(id, vpc, told.tags())
        routes[id] += [_route(part) for part in told.parts("Routes") or [] if _leads_somewhere(part)]
        if told.flag("Main") and vpc is not None:
            _make_main(associations, id, default_of(vpc, MAIN_TABLE))
    for _, told in book.all(resource_types.ROUTE):
        table = told.text("RouteTableId")
        if table in routes and _leads_somewhere(told):
            routes[table].append(_route(told))
    for listing, route in _routes_of_endpoints(book):
        if listing in routes:
            routes[listing].append(route)
    for _, told in book.all(resource_types.ROUTE_TABLE_ASSOCIATION, resource_types.MAIN_ROUTE_TABLE_ASSOCIATION):
        _associate(told, associations)
    for listed in associations.values():
        listed.sort(key=lambda association: "SubnetId" not in association)
    return list(tables.values())


def _blocks_of_vpcs(book: Book) -> dict[str, list[str]]:
    """The blocks of each declared VPC, as far as they are known: its own and those that are added to it."""
    blocks = {id: [told.text("CidrBlock")] for id, told in book.all(resource_types.VPC)}
    for _, told in book.all(resource_types.VPC_BLOCK):
        vpc = told.text("VpcId")
        if vpc in blocks and "CidrBlock" in told:
            blocks[vpc].append(told.text("CidrBlock"))
    return {id: [block for block in listed if block is not None] for id, listed in blocks.items()}


def _associate(told: Told, associations: dict[str, list[Shape]]) -> None:
    subnet, table = told.text("SubnetId"), told.text("RouteTableId")
    if table not in associations:
        if table is not None:
            told.ask("RouteTableId", f"{shown(table)} is not in these files")
        return
    if subnet is not None:
        associations[table].append({"Main": False, "RouteTableId": table, "SubnetId": subnet})
    elif "SubnetId" not in told and (vpc := told.text("VpcId")):
        _make_main(associations, table, default_of(vpc, MAIN_TABLE))


def _make_main(associations: dict[str, list[Shape]], table: str, before: str) -> None:
    """A table is the main one of its VPC from now on, instead of the one that AWS made."""
    if before in associations and table != before:
        associations[before][:] = [association for association in associations[before] if not association["Main"]]
    associations[table].append({"Main": True, "RouteTableId": table})


def _local(block: str) -> Shape:
    return {"DestinationCidrBlock": block, "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"}


def _leads_somewhere(told: Told) -> bool:
    """Whether it is known where a route is to; else it is asked."""
    if any(told.known(key) for key in _DESTINATIONS):
        return True
    for key in _DESTINATIONS:
        told.value(key)
    return False


def _route(told: Told) -> Shape:
    route = present(State="active", Origin="CreateRoute")
    route |= {key: told.text(key) for key in _DESTINATIONS if told.known(key)}
    for key in _TARGETS:
        if key in told and (target := told.text(key)):
            route[key] = target
    if "VpcEndpointId" in told and (endpoint := told.text("VpcEndpointId")):
        route["GatewayId"] = endpoint
    if str(route.get("GatewayId", "")).startswith("eigw-"):
        route["EgressOnlyInternetGatewayId"] = route.pop("GatewayId")
    return route


def prefix_list_of(service: str) -> str:
    """The id of AWS's prefix list of a service, such as ``com.amazonaws.us-east-1.s3``."""
    return made_up("pl", service)


def _routes_of_endpoints(book: Book) -> Iterator[tuple[str, Shape]]:
    """The routes that a gateway endpoint puts into its tables."""
    for id, told in book.all(resource_types.ENDPOINT):
        service = told.text("ServiceName")
        if told.text("VpcEndpointType") in (None, "Gateway") and service is not None:
            for table in told.texts("RouteTableIds") or []:
                target = {"DestinationPrefixListId": prefix_list_of(service), "GatewayId": id}
                yield table, {**target, "State": "active", "Origin": "CreateRoute"}
