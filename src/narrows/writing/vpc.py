"""DescribeVpcs, DescribeSubnets and DescribeRouteTables."""

from __future__ import annotations

from typing import Any

from narrows.network import Egress, HopKind
from narrows.writing.ids import ACCOUNT, name_tag
from narrows.writing.layout import LaidSubnet, Layout

Shape = dict[str, Any]
"""An answer of AWS, or a part of one."""


def vpcs(layout: Layout) -> Shape:
    """DescribeVpcs."""
    blocks = layout.blocks
    return {
        "Vpcs": [
            {
                "OwnerId": ACCOUNT,
                "InstanceTenancy": "default",
                "CidrBlockAssociationSet": [
                    {
                        "AssociationId": layout.ids.of("vpc-cidr-assoc", block, "block"),
                        "CidrBlock": block,
                        "CidrBlockState": {"State": "associated"},
                    }
                    for block in blocks
                ],
                "IsDefault": False,
                "Tags": name_tag(layout.name),
                "VpcId": layout.vpc,
                "State": "available",
                "CidrBlock": blocks[0],
                "DhcpOptionsId": layout.ids.of("dopt", "default", "options"),
            }
        ]
    }


def subnets(layout: Layout) -> Shape:
    """DescribeSubnets."""
    return {"Subnets": [_subnet(layout, index, one) for index, one in enumerate(layout.subnets.values())]}


def _subnet(layout: Layout, index: int, subnet: LaidSubnet) -> Shape:
    dual_stack = subnet.own is not None and subnet.own.ipv6
    six = {
        "AssociationId": layout.ids.of("subnet-cidr-assoc", subnet.id, "ipv6"),
        "Ipv6CidrBlock": f"2001:db8:0:{index + 1:x}::/64",
        "Ipv6CidrBlockState": {"State": "associated"},
    }
    return {
        "AvailabilityZoneId": zone_id(layout.region, subnet.az),
        "MapCustomerOwnedIpOnLaunch": False,
        "OwnerId": ACCOUNT,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [six] if dual_stack else [],
        "Tags": name_tag(subnet.name),
        "SubnetArn": layout.ids.arn("ec2", f"subnet/{subnet.id}"),
        "EnableDns64": False,
        "Ipv6Native": False,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "SubnetId": subnet.id,
        "State": "available",
        "VpcId": layout.vpc,
        "CidrBlock": str(subnet.block),
        "AvailableIpAddressCount": subnet.free,
        "AvailabilityZone": subnet.az,
        "DefaultForAz": False,
        "MapPublicIpOnLaunch": False,
    }


def zone_id(region: str, az: str) -> str:
    """``use1-az1`` for ``us-east-1a``."""
    words = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "gov": "g"}
    area, *rest = region.split("-")
    short = area
    for part in rest:
        for word, letter in words.items():
            part = part.replace(word, letter)
        short += part
    letter = az[-1:] if az.startswith(region) and az[-1:].isalpha() else "a"
    return f"{short}-az{ord(letter.lower()) - ord('a') + 1}"


def route_table_id(layout: Layout, subnet: LaidSubnet) -> str:
    """The id of a subnet's own route table."""
    return layout.ids.of("rtb", subnet.id, "own")


def route_tables(layout: Layout) -> Shape:
    """DescribeRouteTables: the VPC's main table, which leads nowhere, and one for each subnet."""
    main = layout.ids.of("rtb", "main", "table")
    tables = [_table(layout, main, "main", [_association(layout, main, main)], _local_routes(layout))]
    for subnet in layout.subnets.values():
        own = route_table_id(layout, subnet)
        association = _association(layout, own, subnet.id) | {"SubnetId": subnet.id}
        tables.append(_table(layout, own, subnet.name, [association], _routes(layout, subnet)))
    return {"RouteTables": tables}


def _table(layout: Layout, name: str, label: str, associations: list[Shape], routes: list[Shape]) -> Shape:
    return {
        "Associations": associations,
        "PropagatingVgws": [],
        "RouteTableId": name,
        "Routes": routes,
        "Tags": name_tag(label),
        "VpcId": layout.vpc,
        "OwnerId": ACCOUNT,
    }


def _association(layout: Layout, table: str, subject: str) -> Shape:
    return {
        "Main": subject == table,
        "RouteTableAssociationId": layout.ids.of("rtbassoc", table, subject),
        "RouteTableId": table,
        "AssociationState": {"State": "associated"},
    }


def _local_routes(layout: Layout) -> list[Shape]:
    return [
        {"DestinationCidrBlock": block, "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active"}
        for block in layout.blocks
    ]


def _routes(layout: Layout, subnet: LaidSubnet) -> list[Shape]:
    ids, network = layout.ids, layout.network
    transit = {"TransitGatewayId": ids.of("tgw", "transit", "gateway")}
    routes = _local_routes(layout)
    way = _default_way(layout, subnet, transit)
    if way is not None:
        routes.append({"DestinationCidrBlock": "0.0.0.0/0", **way, **_ACTIVE})
    if subnet.own is not None and subnet.own.ipv6:
        gateway = ids.of("eigw", "egress", "only")
        routes.append({"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": gateway, **_ACTIVE})
    for destination in network.destinations.values():
        if destination.local and subnet.own is not None:
            for address in destination.addresses:
                block = {"DestinationIpv6CidrBlock": f"{address}/128"}
                block = block if ":" in address else {"DestinationCidrBlock": f"{address}/32"}
                routes.append({**block, **transit, **_ACTIVE})
    for one in layout.endpoints:
        by_route = one.endpoint.kind is HopKind.GATEWAY_ENDPOINT
        if by_route and subnet.own is not None and (not one.endpoint.azs or subnet.az in one.endpoint.azs):
            prefix_list = ids.of("pl", one.id, "list")
            routes.append({"DestinationPrefixListId": prefix_list, "GatewayId": one.id, **_ACTIVE})
    return routes


_ACTIVE = {"Origin": "CreateRoute", "State": "active"}


def _default_way(layout: Layout, subnet: LaidSubnet, transit: Shape) -> Shape | None:
    ids, route = layout.ids, subnet.route
    if route == Egress.NONE:
        return None
    if route == Egress.INTERNET_GATEWAY:
        return {"GatewayId": ids.of("igw", "internet", "gateway")}
    if route == Egress.LOCAL:
        return transit
    if route == Egress.UNKNOWN:
        return {"NetworkInterfaceId": ids.of("eni", "unknown", subnet.name)}
    return {"NatGatewayId": ids.of("nat", route)}
