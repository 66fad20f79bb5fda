"""NAT gateways, VPC endpoints and what else leads out of a VPC, as AWS describes them."""

from __future__ import annotations

from narrows.declared import resource_types
from narrows.declared.described.told import Book, Shape, Told, present
from narrows.declared.described.vpc import prefix_list_of, vpc_of
from narrows.declared.ids import made_up

_REGIONAL = "regional"
_GATEWAY_ENDPOINT = "Gateway"
_MANY = 1_000
"""Addresses of one NAT gateway: many more than AWS gives any."""


def nat_gateways(book: Book) -> list[Shape]:
    """DescribeNatGateways. Each is taken to work: what is declared is to be there."""
    return [_nat_gateway(id, told) for id, told in book.all(resource_types.NAT_GATEWAY)]


def _nat_gateway(id: str, told: Told) -> Shape:
    mode = told.text("AvailabilityMode")
    private = told.text("ConnectivityType") == "private"
    return present(
        NatGatewayId=id,
        VpcId=vpc_of(told),
        SubnetId=told.text("SubnetId"),
        State="available",
        ConnectivityType="private" if private else "public",
        AvailabilityMode=mode,
        AutoScalingIps="enabled" if mode == _REGIONAL and "AvailabilityZoneAddresses" not in told else None,
        NatGatewayAddresses=_by_zone(told) if mode == _REGIONAL else _of_zonal(id, told, private),
        Tags=told.tags(),
    )


def _of_zonal(id: str, told: Told, private: bool) -> list[Shape]:
    """One address at least: AWS makes no NAT gateway without. Which they are is not known before they are there."""
    more = 0
    for key in ("SecondaryAllocationIds", "SecondaryPrivateIpAddresses"):
        if key in told:
            more = max(more, _length(told, key))
    if private and more == 0:
        more = told.whole("SecondaryPrivateIpAddressCount") or 0
    interface = made_up("eni", id)
    return [
        {"Status": "succeeded", "IsPrimary": number == 0, "NetworkInterfaceId": interface}
        for number in range(1 + min(more, _MANY))
    ]


def _length(told: Told, key: str) -> int:
    """How many members a list has, known or not."""
    value = told.value(key)
    return len(value) if isinstance(value, list | tuple) else int(value is not None)


def _by_zone(told: Told) -> list[Shape]:
    addresses: list[Shape] = []
    for index, part in enumerate(told.parts("AvailabilityZoneAddresses") or []):
        zone = part.text("AvailabilityZone") or part.text("AvailabilityZoneId") or f"zone-{index}"
        addresses += [
            {"Status": "succeeded", "AvailabilityZone": zone} for _ in range(min(_length(part, "AllocationIds"), _MANY))
        ]
    return addresses


def addresses(book: Book) -> list[Shape]:
    """DescribeAddresses: of those whose address is known, as only a state says it."""
    described = []
    for id, told in book.all(resource_types.ELASTIC_IP):
        address = told.text("PublicIp") if told.known("PublicIp") else None
        if address is not None:
            described.append(present(PublicIp=address, AllocationId=id, Domain="vpc", Tags=told.tags()))
    return described


def vpc_endpoints(book: Book) -> list[Shape]:
    """DescribeVpcEndpoints."""
    return [_endpoint(id, told) for id, told in book.all(resource_types.ENDPOINT)]


def _endpoint(id: str, told: Told) -> Shape:
    kind = told.text("VpcEndpointType") or _GATEWAY_ENDPOINT
    common = present(
        VpcEndpointId=id,
        VpcId=vpc_of(told),
        VpcEndpointType=kind,
        ServiceName=told.text("ServiceName"),
        State="available",
        Tags=told.tags(),
    )
    if kind == _GATEWAY_ENDPOINT:
        return {**common, "RouteTableIds": told.texts("RouteTableIds") or [], "PrivateDnsEnabled": False}
    groups = told.texts("SecurityGroupIds") or []
    options = told.part("DnsOptions")
    inbound = options.flag("PrivateDnsOnlyForInboundResolverEndpoint") if options else None
    if inbound is None and options is not None:
        only = options.text("PrivateDnsOnlyForInboundResolverEndpoint")
        inbound = only == "OnlyInboundResolver" if only else None
    subnets = told.texts("SubnetIds") or []
    return present(
        **common,
        SubnetIds=subnets,
        # Each subnet has an interface of the endpoint's: which address it gets is not known before.
        NetworkInterfaceIds=[made_up("eni", f"{id} in {subnet}") for subnet in subnets],
        Groups=[{"GroupId": group} for group in groups],
        PrivateDnsEnabled=told.flag("PrivateDnsEnabled") or False,
        DnsOptions=None if inbound is None else {"PrivateDnsOnlyForInboundResolverEndpoint": inbound},
    )


def prefix_lists(book: Book) -> list[Shape]:
    """DescribePrefixLists: AWS's own of each gateway endpoint's service; which blocks are in them no file says."""
    services = {
        told.text("ServiceName")
        for _, told in book.all(resource_types.ENDPOINT)
        if told.text("VpcEndpointType") in (None, _GATEWAY_ENDPOINT)
    }
    lists: list[Shape] = [
        {"PrefixListId": prefix_list_of(service), "PrefixListName": service}
        for service in sorted(filter(None, services))
    ]
    for id, told in book.all(resource_types.PREFIX_LIST):
        blocks = [entry.text("Cidr") for entry in told.parts("Entries") or []]
        lists.append(
            present(
                PrefixListId=id,
                PrefixListName=told.text("PrefixListName"),
                Cidrs=[cidr for cidr in blocks if cidr] or None,
            )
        )
    return lists


def transit_attachments(book: Book) -> list[Shape]:
    """DescribeTransitGatewayVpcAttachments."""
    kinds = (resource_types.TRANSIT_ATTACHMENT, resource_types.TRANSIT_VPC_ATTACHMENT)
    return [
        present(
            TransitGatewayAttachmentId=id,
            TransitGatewayId=told.text("TransitGatewayId"),
            VpcId=vpc_of(told),
            SubnetIds=told.texts("SubnetIds") or [],
            State="available",
            Tags=told.tags(),
        )
        for id, told in book.all(*kinds)
    ]


def peering_connections(book: Book) -> list[Shape]:
    """DescribeVpcPeeringConnections."""
    return [
        present(
            VpcPeeringConnectionId=id,
            RequesterVpcInfo=present(VpcId=vpc_of(told)),
            Status={"Code": "active"},
            Tags=told.tags(),
        )
        for id, told in book.all(resource_types.PEERING_CONNECTION)
    ]


def flow_logs(book: Book) -> list[Shape]:
    """DescribeFlowLogs."""
    return [
        present(
            FlowLogId=id,
            FlowLogStatus="ACTIVE",
            ResourceId=told.text("ResourceId"),
            TrafficType=told.text("TrafficType"),
            LogDestinationType=told.text("LogDestinationType"),
            LogFormat=told.text("LogFormat"),
            MaxAggregationInterval=told.whole("MaxAggregationInterval"),
            Tags=told.tags(),
        )
        for id, told in book.all(resource_types.FLOW_LOG)
    ]
