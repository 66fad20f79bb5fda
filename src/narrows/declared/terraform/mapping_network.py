"""VPCs, subnets, gateways and routes: from Terraform's names to CloudFormation's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from narrows.declared.model import Reference, Resource, Unknown, Value
from narrows.declared.terraform.instances import Instance, without_indices
from narrows.declared.terraform.kinds import Block, Kind, Properties, block_maps, child, is_said, itself
from narrows.limits import FLOW_LOG_DEFAULT_INTERVAL

_ROUTE_TARGETS: Final = {
    "carrier_gateway_id": "CarrierGatewayId",
    "core_network_arn": "CoreNetworkArn",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "gateway_id": "GatewayId",
    "instance_id": "InstanceId",
    "local_gateway_id": "LocalGatewayId",
    "nat_gateway_id": "NatGatewayId",
    "network_interface_id": "NetworkInterfaceId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_endpoint_id": "VpcEndpointId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
}
_INLINE_ROUTE: Final = {
    **_ROUTE_TARGETS,
    "cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
}
MAIN: Final = "AWS::EC2::MainRouteTableAssociation"
"""CloudFormation has no such type."""
EIP_ASSOCIATION: Final = "AWS::EC2::NatGatewayEipAssociation"
"""CloudFormation has no such type: its NAT gateways list their addresses."""


def _vpc(instance: Instance, properties: Properties) -> Iterator[Resource]:
    if instance.values.get("assign_generated_ipv6_cidr_block") is True:
        yield child(
            instance, "AWS::EC2::VPCCidrBlock", {"VpcId": itself(instance), "AmazonProvidedIpv6CidrBlock": True}
        )


def _internet_gateway(instance: Instance, properties: Properties) -> Iterator[Resource]:
    if is_said(vpc := instance.values.get("vpc_id")):
        yield child(instance, "AWS::EC2::VPCGatewayAttachment", {"VpcId": vpc, "InternetGatewayId": itself(instance)})


def _routes(instance: Instance, properties: Properties) -> Iterator[Resource]:
    routes = instance.values.get("route")
    if isinstance(routes, Unknown):
        yield child(instance, "AWS::EC2::Route", {"RouteTableId": itself(instance), "DestinationCidrBlock": routes})
    for route in block_maps(routes):
        said = {name: route[key] for key, name in _INLINE_ROUTE.items() if is_said(route.get(key))}
        if said.get("GatewayId") != "local":
            _name_target(said)
            yield child(instance, "AWS::EC2::Route", {"RouteTableId": itself(instance), **said})


def _route(instance: Instance, properties: Properties) -> Iterator[Resource]:
    _name_target(properties)
    yield from ()


def _name_target(route: Properties) -> None:
    """AWS takes the id of a NAT gateway as a ``GatewayId``, too, and Terraform's users write it so."""
    gateway = route.get("GatewayId")
    if isinstance(gateway, Reference):
        is_nat = without_indices(gateway.address).rpartition(".")[0].endswith("aws_nat_gateway")
    else:
        is_nat = isinstance(gateway, str) and gateway.startswith("nat-")
    if is_nat and route.get("NatGatewayId") is None:
        route["NatGatewayId"] = route.pop("GatewayId")


def _default_route_table(instance: Instance, properties: Properties) -> Iterator[Resource]:
    vpc = properties.get("VpcId") or owner_of(instance.values.get("default_route_table_id"))
    if vpc is not None:
        properties["VpcId"] = vpc
        yield child(instance, MAIN, {"VpcId": vpc, "RouteTableId": itself(instance)})
    yield from _routes(instance, properties)


def owner_of(value: Value) -> Value:
    """The VPC whose default route table, network ACL or security group a value is; None where that is not said."""
    return Reference(value.address, "id") if isinstance(value, Reference) else None


def _association(instance: Instance, properties: Properties) -> Iterator[Resource]:
    if is_said(gateway := instance.values.get("gateway_id")):
        table = {"GatewayId": gateway, "RouteTableId": instance.values.get("route_table_id")}
        yield child(instance, "AWS::EC2::GatewayRouteTableAssociation", table)


def _flow_log(instance: Instance, properties: Properties) -> Iterator[Resource]:
    kinds = (
        ("vpc_id", "VPC"),
        ("subnet_id", "Subnet"),
        ("eni_id", "NetworkInterface"),
        ("transit_gateway_id", "TransitGateway"),
        ("transit_gateway_attachment_id", "TransitGatewayAttachment"),
        ("regional_nat_gateway_id", "RegionalNatGateway"),
    )
    for key, kind in kinds:
        if is_said(value := instance.values.get(key)):
            properties["ResourceId"], properties["ResourceType"] = value, kind
    yield from ()


_VPC: Final = {
    "cidr_block": "CidrBlock",
    "enable_dns_hostnames": "EnableDnsHostnames",
    "enable_dns_support": "EnableDnsSupport",
    "instance_tenancy": "InstanceTenancy",
    "ipv4_ipam_pool_id": "Ipv4IpamPoolId",
    "ipv4_netmask_length": "Ipv4NetmaskLength",
}
_VPC_DEFAULTS: Final[Mapping[str, Value]] = {
    "enable_dns_hostnames": False,
    "enable_dns_support": True,
    "instance_tenancy": "default",
}
_OF_VPC: Final = {
    "default_network_acl_id": "DefaultNetworkAcl",
    "default_security_group_id": "DefaultSecurityGroup",
    "ipv6_cidr_block": "Ipv6CidrBlocks",
}
_SUBNET: Final = {
    "assign_ipv6_address_on_creation": "AssignIpv6AddressOnCreation",
    "availability_zone": "AvailabilityZone",
    "availability_zone_id": "AvailabilityZoneId",
    "cidr_block": "CidrBlock",
    "enable_dns64": "EnableDns64",
    "ipv6_cidr_block": "Ipv6CidrBlock",
    "ipv6_native": "Ipv6Native",
    "map_public_ip_on_launch": "MapPublicIpOnLaunch",
    "vpc_id": "VpcId",
}
_SUBNET_DEFAULTS: Final[Mapping[str, Value]] = {
    "assign_ipv6_address_on_creation": False,
    "enable_dns64": False,
    "ipv6_native": False,
    "map_public_ip_on_launch": False,
}
_CIDR: Final = {
    "cidr_block": "CidrBlock",
    "ipv6_cidr_block": "Ipv6CidrBlock",
    "assign_generated_ipv6_cidr_block": "AmazonProvidedIpv6CidrBlock",
    "vpc_id": "VpcId",
}

KINDS: Final[Mapping[str, Kind]] = {
    "aws_vpc": Kind("AWS::EC2::VPC", _VPC, _VPC_DEFAULTS, more=_vpc, attributes=_OF_VPC),
    "aws_default_vpc": Kind("AWS::EC2::VPC", _VPC, _VPC_DEFAULTS, more=_vpc, attributes=_OF_VPC),
    "aws_vpc_ipv4_cidr_block_association": Kind("AWS::EC2::VPCCidrBlock", _CIDR, tags=False),
    "aws_vpc_ipv6_cidr_block_association": Kind(
        "AWS::EC2::VPCCidrBlock", _CIDR, {"assign_generated_ipv6_cidr_block": False}, tags=False
    ),
    "aws_subnet": Kind("AWS::EC2::Subnet", _SUBNET, _SUBNET_DEFAULTS),
    "aws_default_subnet": Kind("AWS::EC2::Subnet", _SUBNET, _SUBNET_DEFAULTS),
    "aws_internet_gateway": Kind("AWS::EC2::InternetGateway", {}, more=_internet_gateway),
    "aws_internet_gateway_attachment": Kind(
        "AWS::EC2::VPCGatewayAttachment",
        {"internet_gateway_id": "InternetGatewayId", "vpc_id": "VpcId"},
        tags=False,
    ),
    "aws_egress_only_internet_gateway": Kind("AWS::EC2::EgressOnlyInternetGateway", {"vpc_id": "VpcId"}),
    "aws_eip": Kind(
        "AWS::EC2::EIP",
        {
            "domain": "Domain",
            "instance": "InstanceId",
            "network_border_group": "NetworkBorderGroup",
            "public_ipv4_pool": "PublicIpv4Pool",
        },
        {"domain": "vpc", "public_ipv4_pool": "amazon"},
        attributes={"public_ip": "PublicIp"},
    ),
    "aws_nat_gateway": Kind(
        "AWS::EC2::NatGateway",
        {
            "allocation_id": "AllocationId",
            "availability_mode": "AvailabilityMode",
            "availability_zone_address": Block(
                "AvailabilityZoneAddresses",
                {
                    "allocation_ids": "AllocationIds",
                    "availability_zone": "AvailabilityZone",
                    "availability_zone_id": "AvailabilityZoneId",
                },
                many=True,
            ),
            "connectivity_type": "ConnectivityType",
            "private_ip": "PrivateIpAddress",
            "secondary_allocation_ids": "SecondaryAllocationIds",
            "secondary_private_ip_address_count": "SecondaryPrivateIpAddressCount",
            "secondary_private_ip_addresses": "SecondaryPrivateIpAddresses",
            "subnet_id": "SubnetId",
            "vpc_id": "VpcId",
        },
        {"availability_mode": "zonal", "connectivity_type": "public", "secondary_private_ip_address_count": 0},
    ),
    "aws_nat_gateway_eip_association": Kind(
        EIP_ASSOCIATION, {"allocation_id": "AllocationId", "nat_gateway_id": "NatGatewayId"}, tags=False
    ),
    "aws_route_table": Kind("AWS::EC2::RouteTable", {"vpc_id": "VpcId"}, more=_routes),
    "aws_default_route_table": Kind("AWS::EC2::RouteTable", {"vpc_id": "VpcId"}, more=_default_route_table),
    "aws_route": Kind(
        "AWS::EC2::Route",
        {
            **_ROUTE_TARGETS,
            "destination_cidr_block": "DestinationCidrBlock",
            "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
            "destination_prefix_list_id": "DestinationPrefixListId",
            "route_table_id": "RouteTableId",
        },
        tags=False,
        more=_route,
    ),
    "aws_route_table_association": Kind(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"route_table_id": "RouteTableId", "subnet_id": "SubnetId"},
        tags=False,
        more=_association,
    ),
    "aws_main_route_table_association": Kind(MAIN, {"route_table_id": "RouteTableId", "vpc_id": "VpcId"}, tags=False),
    "aws_ec2_transit_gateway": Kind("AWS::EC2::TransitGateway", {}),
    "aws_ec2_transit_gateway_vpc_attachment": Kind(
        "AWS::EC2::TransitGatewayVpcAttachment",
        {"subnet_ids": "SubnetIds", "transit_gateway_id": "TransitGatewayId", "vpc_id": "VpcId"},
    ),
    "aws_vpc_peering_connection": Kind(
        "AWS::EC2::VPCPeeringConnection",
        {"peer_owner_id": "PeerOwnerId", "peer_region": "PeerRegion", "peer_vpc_id": "PeerVpcId", "vpc_id": "VpcId"},
    ),
    "aws_vpn_gateway": Kind("AWS::EC2::VPNGateway", {}),
    "aws_carrier_gateway": Kind("AWS::EC2::CarrierGateway", {"vpc_id": "VpcId"}),
    "aws_network_interface": Kind(
        "AWS::EC2::NetworkInterface", {"security_groups": "GroupSet", "subnet_id": "SubnetId"}
    ),
    "aws_instance": Kind("AWS::EC2::Instance", {"subnet_id": "SubnetId", "vpc_security_group_ids": "SecurityGroupIds"}),
    "aws_ec2_managed_prefix_list": Kind("AWS::EC2::PrefixList", {"name": "PrefixListName"}),
    "aws_flow_log": Kind(
        "AWS::EC2::FlowLog",
        {
            "destination_options": Block(
                "DestinationOptions",
                {
                    "file_format": "FileFormat",
                    "hive_compatible_partitions": "HiveCompatiblePartitions",
                    "per_hour_partition": "PerHourPartition",
                },
            ),
            "log_destination": "LogDestination",
            "log_destination_type": "LogDestinationType",
            "log_format": "LogFormat",
            "log_group_name": "LogGroupName",
            "max_aggregation_interval": "MaxAggregationInterval",
            "traffic_type": "TrafficType",
        },
        {"log_destination_type": "cloud-watch-logs", "max_aggregation_interval": FLOW_LOG_DEFAULT_INTERVAL.value},
        more=_flow_log,
    ),
}
"""By Terraform's type."""
