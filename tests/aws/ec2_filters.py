"""The filters of EC2's Describe operations, each with the member that it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from tests.aws.errors import AwsError

_PERMISSIONS = {
    "cidr": "IpRanges.CidrIp",
    "from-port": "FromPort",
    "group-id": "UserIdGroupPairs.GroupId",
    "group-name": "UserIdGroupPairs.GroupName",
    "ipv6-cidr": "Ipv6Ranges.CidrIpv6",
    "prefix-list-id": "PrefixListIds.PrefixListId",
    "protocol": "IpProtocol",
    "to-port": "ToPort",
    "user-id": "UserIdGroupPairs.UserId",
}
_PROTOCOLS = {"icmp": "1", "tcp": "6", "udp": "17"}
"""Of network ACLs, whose filter takes names and whose answer holds numbers."""


def _below(filter: str, member: str, **names: str) -> dict[str, str]:
    return {f"{filter}.{name.replace('_', '-')}": f"{member}.{path}" for name, path in names.items()}


FILTERS: Mapping[str, Mapping[str, str]] = {
    "DescribeVpcs": {
        "cidr": "CidrBlock",
        "dhcp-options-id": "DhcpOptionsId",
        "is-default": "IsDefault",
        "owner-id": "OwnerId",
        "state": "State",
        "vpc-id": "VpcId",
        **_below("cidr-block-association", "CidrBlockAssociationSet", cidr_block="CidrBlock",
                 association_id="AssociationId", state="CidrBlockState.State"),
        **_below("ipv6-cidr-block-association", "Ipv6CidrBlockAssociationSet", ipv6_cidr_block="Ipv6CidrBlock",
                 ipv6_pool="Ipv6Pool", association_id="AssociationId", state="Ipv6CidrBlockState.State"),
    },
    "DescribeSubnets": {
        **dict.fromkeys(("availability-zone", "availabilityZone"), "AvailabilityZone"),
        **dict.fromkeys(("availability-zone-id", "availabilityZoneId"), "AvailabilityZoneId"),
        "available-ip-address-count": "AvailableIpAddressCount",
        **dict.fromkeys(("cidr-block", "cidr", "cidrBlock"), "CidrBlock"),
        "customer-owned-ipv4-pool": "CustomerOwnedIpv4Pool",
        **dict.fromkeys(("default-for-az", "defaultForAz"), "DefaultForAz"),
        "enable-dns64": "EnableDns64",
        "enable-lni-at-device-index": "EnableLniAtDeviceIndex",
        **_below("ipv6-cidr-block-association", "Ipv6CidrBlockAssociationSet", ipv6_cidr_block="Ipv6CidrBlock",
                 association_id="AssociationId", state="Ipv6CidrBlockState.State"),
        "ipv6-native": "Ipv6Native",
        "map-customer-owned-ip-on-launch": "MapCustomerOwnedIpOnLaunch",
        "map-public-ip-on-launch": "MapPublicIpOnLaunch",
        "outpost-arn": "OutpostArn",
        "owner-id": "OwnerId",
        **_below("private-dns-name-options-on-launch", "PrivateDnsNameOptionsOnLaunch", hostname_type="HostnameType",
                 enable_resource_name_dns_a_record="EnableResourceNameDnsARecord",
                 enable_resource_name_dns_aaaa_record="EnableResourceNameDnsAAAARecord"),
        "state": "State",
        "subnet-arn": "SubnetArn",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribeSecurityGroups": {
        "description": "Description",
        "group-id": "GroupId",
        "group-name": "GroupName",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
        **{f"ip-permission.{name}": f"IpPermissions.{path}" for name, path in _PERMISSIONS.items()},
        **{f"egress.ip-permission.{name}": f"IpPermissionsEgress.{path}" for name, path in _PERMISSIONS.items()},
    },
    "DescribeNetworkAcls": {
        **_below("association", "Associations", association_id="NetworkAclAssociationId",
                 network_acl_id="NetworkAclId", subnet_id="SubnetId"),
        "default": "IsDefault",
        **_below("entry", "Entries", cidr="CidrBlock", ipv6_cidr="Ipv6CidrBlock", protocol="Protocol",
                 rule_action="RuleAction", rule_number="RuleNumber", egress="Egress"),
        "entry.icmp.code": "Entries.IcmpTypeCode.Code",
        "entry.icmp.type": "Entries.IcmpTypeCode.Type",
        "entry.port-range.from": "Entries.PortRange.From",
        "entry.port-range.to": "Entries.PortRange.To",
        "network-acl-id": "NetworkAclId",
        "owner-id": "OwnerId",
        "vpc-id": "VpcId",
    },
    "DescribeRouteTables": {
        **_below("association", "Associations", gateway_id="GatewayId",
                 route_table_association_id="RouteTableAssociationId", route_table_id="RouteTableId",
                 subnet_id="SubnetId", main="Main"),
        "owner-id": "OwnerId",
        "route-table-id": "RouteTableId",
        **_below("route", "Routes", destination_cidr_block="DestinationCidrBlock",
                 destination_ipv6_cidr_block="DestinationIpv6CidrBlock",
                 destination_prefix_list_id="DestinationPrefixListId",
                 egress_only_internet_gateway_id="EgressOnlyInternetGatewayId", gateway_id="GatewayId",
                 instance_id="InstanceId", nat_gateway_id="NatGatewayId", transit_gateway_id="TransitGatewayId",
                 origin="Origin", state="State", vpc_peering_connection_id="VpcPeeringConnectionId"),
        "vpc-id": "VpcId",
    },
    "DescribeNatGateways": {
        "nat-gateway-id": "NatGatewayId",
        "state": "State",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribeAddresses": {
        "allocation-id": "AllocationId",
        "association-id": "AssociationId",
        "domain": "Domain",
        "instance-id": "InstanceId",
        "network-border-group": "NetworkBorderGroup",
        "network-interface-id": "NetworkInterfaceId",
        "network-interface-owner-id": "NetworkInterfaceOwnerId",
        "private-ip-address": "PrivateIpAddress",
        "public-ip": "PublicIp",
    },
    "DescribeNetworkInterfaces": {
        **_below("association", "Association", allocation_id="AllocationId", association_id="AssociationId",
                 ip_owner_id="IpOwnerId", public_ip="PublicIp", public_dns_name="PublicDnsName"),
        **_below("addresses", "PrivateIpAddresses", primary="Primary", private_ip_address="PrivateIpAddress"),
        **_below("addresses.association", "PrivateIpAddresses.Association", owner_id="IpOwnerId",
                 public_ip="PublicIp"),
        **_below("attachment", "Attachment", attach_time="AttachTime", attachment_id="AttachmentId",
                 delete_on_termination="DeleteOnTermination", device_index="DeviceIndex", instance_id="InstanceId",
                 instance_owner_id="InstanceOwnerId", status="Status"),
        "availability-zone": "AvailabilityZone",
        "availability-zone-id": "AvailabilityZoneId",
        "description": "Description",
        "group-id": "Groups.GroupId",
        "group-name": "Groups.GroupName",
        "interface-type": "InterfaceType",
        "ipv6-addresses.ipv6-address": "Ipv6Addresses.Ipv6Address",
        "mac-address": "MacAddress",
        "network-interface-id": "NetworkInterfaceId",
        "operator.managed": "Operator.Managed",
        "operator.principal": "Operator.Principal",
        "owner-id": "OwnerId",
        "private-dns-name": "PrivateDnsName",
        "private-ip-address": "PrivateIpAddress",
        "requester-id": "RequesterId",
        "requester-managed": "RequesterManaged",
        "source-dest-check": "SourceDestCheck",
        "status": "Status",
        "subnet-id": "SubnetId",
        "vpc-id": "VpcId",
    },
    "DescribeVpcEndpoints": {
        "ip-address-type": "IpAddressType",
        "service-name": "ServiceName",
        "service-region": "ServiceRegion",
        "vpc-endpoint-id": "VpcEndpointId",
        "vpc-endpoint-state": "State",
        "vpc-endpoint-type": "VpcEndpointType",
        "vpc-id": "VpcId",
    },
    "DescribeTransitGatewayVpcAttachments": {
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "TransitGatewayId",
        "vpc-id": "VpcId",
    },
    "DescribeVpcPeeringConnections": {
        **_below("accepter-vpc-info", "AccepterVpcInfo", cidr_block="CidrBlock", owner_id="OwnerId", vpc_id="VpcId"),
        **_below("requester-vpc-info", "RequesterVpcInfo", cidr_block="CidrBlock", owner_id="OwnerId",
                 vpc_id="VpcId"),
        "expiration-time": "ExpirationTime",
        "status-code": "Status.Code",
        "status-message": "Status.Message",
        "vpc-peering-connection-id": "VpcPeeringConnectionId",
    },
    "DescribePrefixLists": {"prefix-list-id": "PrefixListId", "prefix-list-name": "PrefixListName"},
    "DescribeManagedPrefixLists": {
        "owner-id": "OwnerId",
        "prefix-list-id": "PrefixListId",
        "prefix-list-name": "PrefixListName",
    },
    "DescribeFlowLogs": {
        "deliver-log-status": "DeliverLogsStatus",
        "flow-log-id": "FlowLogId",
        "log-destination-type": "LogDestinationType",
        "log-group-name": "LogGroupName",
        "resource-id": "ResourceId",
        "traffic-type": "TrafficType",
    },
}  # fmt: skip
"""By operation and name; filters of tags, which every one of them takes, stand in ``matches``."""


def matches(record: Mapping[str, Any], filters: Iterable[Mapping[str, Any]], paths: Mapping[str, str]) -> bool:
    """Whether a resource passes every filter: one of its values is like one of the filter's."""
    return all(_passes(record, str(one.get("Name")), one.get("Values") or (), paths) for one in filters)


def check(filters: Iterable[Mapping[str, Any]], paths: Mapping[str, str]) -> None:
    """Raises ``AwsError`` for a filter that the operation does not have."""
    for name in (str(one.get("Name")) for one in filters):
        if name not in paths and name != "tag-key" and not name.startswith("tag:"):
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")


def _passes(record: Mapping[str, Any], name: str, wanted: Iterable[str], paths: Mapping[str, str]) -> bool:
    tags = record.get("Tags") or ()
    if name in paths:
        values = _values(record, paths[name].split("."))
        if paths[name] == "Entries.Protocol":
            wanted = [_PROTOCOLS.get(one, one) for one in wanted]
    elif name.startswith("tag:"):
        values = (str(one.get("Value")) for one in tags if one.get("Key") == name.removeprefix("tag:"))
    else:
        values = (str(one.get("Key")) for one in tags)
    patterns = [_pattern(one) for one in wanted]
    return any(pattern.fullmatch(value) for value in values for pattern in patterns)


def _values(value: Any, path: list[str]) -> Iterator[str]:
    """The values at a path, of every item where there is a list on the way."""
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
    elif path:
        if isinstance(value, Mapping) and value.get(path[0]) is not None:
            yield from _values(value[path[0]], path[1:])
    elif isinstance(value, bool):
        yield "true" if value else "false"
    else:
        yield str(value)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    r"""``*`` is any characters, ``?`` is one, ``\`` takes the next one as it stands."""
    found = re.sub(
        r"\\(.)|([*?])|(.)",
        lambda one: {"*": ".*", "?": "."}[one[2]] if one[2] else re.escape(one[1] or one[3]),
        text,
        flags=re.DOTALL,
    )
    return re.compile(found, re.DOTALL)
