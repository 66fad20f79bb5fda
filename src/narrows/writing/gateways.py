"""DescribeNatGateways, DescribeAddresses and DescribeVpcEndpoints."""

from __future__ import annotations

from datetime import datetime

from narrows.network import HopKind, NatKind
from narrows.writing.ids import ACCOUNT, name_tag
from narrows.writing.layout import LaidEndpoint, LaidNat, Layout, NatAddress
from narrows.writing.rules import DEFAULT_GROUP, group_name
from narrows.writing.vpc import Shape, route_table_id, route_tables, zone_id

_SERVICE_OF_GATEWAY = ("dynamodb", "s3")
_OPEN_POLICY = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'


def iso(moment: datetime) -> str:
    """A moment as AWS's command line prints it."""
    return moment.isoformat(timespec="seconds")


def nat_gateways(layout: Layout) -> Shape:
    """DescribeNatGateways."""
    return {"NatGateways": [_nat_gateway(layout, one) for one in layout.nats.values()]}


def _nat_gateway(layout: Layout, laid: LaidNat) -> Shape:
    regional = laid.nat.kind is NatKind.REGIONAL
    place = {} if laid.subnet is None else {"SubnetId": laid.subnet.id}
    if regional:
        place = {
            "AutoScalingIps": "disabled",
            "AutoProvisionZones": "disabled",
            "RouteTableId": layout.ids.of("rtb", laid.id, "regional"),
        }
    return {
        "CreateTime": iso(layout.made),
        "NatGatewayAddresses": [_nat_address(layout, laid, index) for index in range(len(laid.addresses))],
        "NatGatewayId": laid.id,
        "State": "available",
        **place,
        "VpcId": layout.vpc,
        "Tags": name_tag(laid.nat.name),
        "ConnectivityType": "private" if laid.nat.kind is NatKind.PRIVATE else "public",
        "AvailabilityMode": "regional" if regional else "zonal",
    }


def _nat_address(layout: Layout, laid: LaidNat, index: int) -> Shape:
    address = laid.addresses[index]
    shape: Shape = {"Status": "succeeded"}
    if address.public is not None:
        shape |= {
            "AllocationId": _allocation(layout, laid, index),
            "PublicIp": address.public,
            "AssociationId": _association(layout, laid, index),
        }
    if laid.subnet is None:
        zone = {"AvailabilityZone": address.az, "AvailabilityZoneId": zone_id(layout.region, address.az)}
        return {**shape, **zone}
    return {**shape, "NetworkInterfaceId": laid.eni, "PrivateIp": address.private, "IsPrimary": index == 0}


def _allocation(layout: Layout, laid: LaidNat, index: int) -> str:
    return layout.ids.of("eipalloc", laid.nat.name, index)


def _association(layout: Layout, laid: LaidNat, index: int) -> str:
    return layout.ids.of("eipassoc", laid.nat.name, index)


def addresses(layout: Layout) -> Shape:
    """DescribeAddresses: the Elastic IP addresses of the NAT gateways."""
    found = [
        _elastic_ip(layout, laid, index, address)
        for laid in layout.nats.values()
        for index, address in enumerate(laid.addresses)
        if address.public is not None
    ]
    return {"Addresses": found}


def _elastic_ip(layout: Layout, laid: LaidNat, index: int, address: NatAddress) -> Shape:
    label = laid.nat.name if index == 0 else f"{laid.nat.name}-{index + 1}"
    place = {"NetworkInterfaceId": laid.eni, "NetworkInterfaceOwnerId": ACCOUNT, "PrivateIpAddress": address.private}
    return {
        "AllocationId": _allocation(layout, laid, index),
        "AssociationId": _association(layout, laid, index),
        "Domain": "vpc",
        **(place if laid.subnet is not None else {}),
        "Tags": name_tag(label),
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": layout.region,
        "PublicIp": str(address.public),
    }


def vpc_endpoints(layout: Layout) -> Shape:
    """DescribeVpcEndpoints."""
    return {"VpcEndpoints": [_endpoint(layout, one) for one in layout.endpoints]}


def answers_to_names(layout: Layout, laid: LaidEndpoint) -> bool:
    """Whether an endpoint is found by the DNS names of its destinations (private DNS), from anywhere in the VPC."""
    endpoint, destinations = laid.endpoint, layout.network.destinations
    everywhere = not endpoint.azs or set(layout.azs()) <= set(endpoint.azs)
    named = all(name in destinations and destinations[name].host for name in endpoint.destinations)
    return endpoint.kind is HopKind.INTERFACE_ENDPOINT and everywhere and named


def _endpoint(layout: Layout, laid: LaidEndpoint) -> Shape:
    endpoint, ids = laid.endpoint, layout.ids
    common = {
        "VpcEndpointId": laid.id,
        "VpcId": layout.vpc,
        "State": "available",
        "RequesterManaged": False,
        "CreationTimestamp": iso(layout.made),
        "Tags": name_tag(endpoint.name),
        "OwnerId": ACCOUNT,
    }
    hosts = [layout.network.destinations[name].host or "" for name in endpoint.destinations]
    if endpoint.kind is HopKind.GATEWAY_ENDPOINT:
        service = _service_of(hosts)
        routed = [one for one in layout.subnets.values() if one.own and (not endpoint.azs or one.az in endpoint.azs)]
        return {
            **common,
            "VpcEndpointType": "Gateway",
            "ServiceName": f"com.amazonaws.{layout.region}.{service}",
            "PolicyDocument": _OPEN_POLICY,
            "RouteTableIds": [route_table_id(layout, one) for one in routed],
            "SubnetIds": [],
            "Groups": [],
            "PrivateDnsEnabled": False,
            "NetworkInterfaceIds": [],
            "DnsEntries": [],
        }
    private = answers_to_names(layout, laid)
    service = ids.of("vpce-svc", endpoint.name, "service")
    own_name = f"{laid.id}-{ids.digest('endpoint dns', laid.id)[:8]}.{service}.{layout.region}.vpce.amazonaws.com"
    entries = [{"DnsName": own_name, "HostedZoneId": "Z7HUB22UULQXV"}]
    entries += [{"DnsName": host, "HostedZoneId": "ZONEIDPENDING"} for host in hosts if private]
    return {
        **common,
        "VpcEndpointType": "Interface",
        "ServiceName": f"com.amazonaws.vpce.{layout.region}.{service}",
        "RouteTableIds": [],
        "SubnetIds": [subnet.id for _, subnet, _ in laid.interfaces],
        "Groups": [{"GroupId": layout.security_group(DEFAULT_GROUP), "GroupName": group_name(DEFAULT_GROUP)}],
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"},
        "PrivateDnsEnabled": private,
        "NetworkInterfaceIds": [eni for eni, _, _ in laid.interfaces],
        "DnsEntries": entries,
    }


def _service_of(hosts: list[str]) -> str:
    return next((one for one in _SERVICE_OF_GATEWAY if any(one in host for host in hosts)), "s3")


def prefix_lists(layout: Layout) -> Shape:
    """DescribePrefixLists: those of the gateway endpoints, with the addresses of their destinations."""
    found = {}
    for one in layout.endpoints:
        if one.endpoint.kind is HopKind.GATEWAY_ENDPOINT:
            served = [layout.network.destinations[name] for name in one.endpoint.destinations]
            service = _service_of([destination.host or "" for destination in served])
            found[layout.ids.of("pl", one.id, "list")] = {
                "PrefixListName": f"com.amazonaws.{layout.region}.{service}",
                "Cidrs": [f"{address}/32" for to in served for address in to.addresses if ":" not in address],
            }
    return {"PrefixLists": [{"PrefixListId": name, **about} for name, about in found.items()]}


def transit_gateway_attachments(layout: Layout) -> Shape:
    """DescribeTransitGatewayVpcAttachments: with a subnet in each zone, where a route leads to the transit gateway."""
    ids, first = layout.ids, {subnet.az: subnet.id for subnet in reversed(layout.subnets.values())}
    transit = ids.of("tgw", "transit", "gateway")
    routes = (route for table in route_tables(layout)["RouteTables"] for route in table["Routes"])
    if not any(route.get("TransitGatewayId") == transit for route in routes):
        return {"TransitGatewayVpcAttachments": []}
    attachment = {
        "TransitGatewayAttachmentId": ids.of("tgw-attach", "transit", "attachment"),
        "TransitGatewayId": transit,
        "VpcId": layout.vpc,
        "VpcOwnerId": ACCOUNT,
        "State": "available",
        "SubnetIds": list(first.values()),
        "CreationTime": iso(layout.made),
        "Options": {
            "DnsSupport": "enable",
            "SecurityGroupReferencingSupport": "enable",
            "Ipv6Support": "disable",
            "ApplianceModeSupport": "disable",
        },
        "Tags": name_tag("transit"),
    }
    return {"TransitGatewayVpcAttachments": [attachment]}
