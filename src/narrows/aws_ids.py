"""What AWS's ids and names look like. Whatever else stands where one belongs is refused where it is read.

What narrows prints, and people paste, holds such ids: one that begins with a dash would be an option of the command, a
space or a semicolon another word. So each is checked once, by the member of AWS's answer that it stands in.

Ids that AWS gives today are a prefix and 8 or 17 hexadecimal digits; its own models say less of them (Lambda's
``subnet-[0-9a-z]*``, EC2's nothing), and people who make a case by hand, or hide their ids in one, write
``subnet-a`` or ``nat-xxxx_1``. So letters, digits, dashes and underscores may follow the prefix: nothing that a shell,
a command line, a terminal or a file name takes for anything else.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Pattern(NamedTuple):
    """What one kind of id or name looks like."""

    what: str
    """As messages call it."""
    form: re.Pattern[str]
    longest: int
    """Characters."""
    rule: str = ""
    """What to write, for those that people write themselves."""

    def fits(self, text: str) -> bool:
        """Whether a text is such an id or name."""
        return len(text) <= self.longest and self.form.fullmatch(text) is not None


def _id(what: str, *prefixes: str) -> Pattern:
    return Pattern(f"the id of {what}", re.compile(rf"(?:{'|'.join(prefixes)})-[0-9A-Za-z_-]+"), 64)


_FUNCTION_RULE = "write up to 64 letters, digits, - and _, of which - is not the first"
FUNCTION = Pattern("the name of a function", re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*"), 64, _FUNCTION_RULE)
"""AWS's pattern, but for one that begins with a dash."""
FUNCTION_REFERENCE = Pattern(
    "the name or ARN of a function",
    re.compile(
        r"(?:arn:aws[a-z-]*:lambda:)?(?:[a-z0-9-]+:)?(?:\d{12}:)?(?:function:)?"
        r"[A-Za-z0-9_][A-Za-z0-9_-]*(?::(?:\$LATEST|[A-Za-z0-9_-]+))?"
    ),
    256,
    _FUNCTION_RULE,
)
"""As the parameter ``FunctionName`` of Lambda's API takes it: with account and Region, version or alias, or without."""
REGION = Pattern("a Region", re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}"), 32, "such as us-east-1")
ZONE = Pattern("an Availability Zone", re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*"), 64, "such as us-east-1a")
"""Its name or id, of a Local Zone too; a network border group as well."""
ARN = Pattern("an ARN", re.compile(r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:\d*:[\w+=,.@:/$*#-]+", re.ASCII), 2**10)
ADDRESS = Pattern("an IP address", re.compile(r"[0-9a-fA-F:.]+"), 45)
VERSION = Pattern("a version of a function", re.compile(r"\$LATEST(?:\.PUBLISHED)?|[0-9]+"), 20)
QUOTA_CODE = Pattern("a quota code", re.compile(r"[A-Za-z][A-Za-z0-9-]*"), 128)
DIMENSION = Pattern("a value of a dimension", re.compile(r"[!-9;-~][ -~]*"), 2**10)
"""CloudWatch takes printable ASCII that does not begin with a colon; nor, here, with a space."""
METRIC = Pattern("a name in CloudWatch", re.compile(r"[!-9;-~][ -~]*"), 255)
LOG_STREAM = Pattern("the name of a log stream", re.compile(r"[ -)+-9;-~]+"), 512)

DATABASE = Pattern("the name of a database of RDS", re.compile(r"[A-Za-z][A-Za-z0-9-]*"), 63)
"""Of an instance or a cluster (Amazon RDS API Reference, CreateDBInstance)."""
PARAMETER_GROUP = Pattern("the name of a DB parameter group", re.compile(r"[A-Za-z][A-Za-z0-9.-]*"), 255)
"""Those that RDS makes have a dot: ``default.postgres16``."""
CACHE = Pattern("the name of a cache", re.compile(r"[A-Za-z][A-Za-z0-9-]*"), 63)
"""Of a replication group or a node of it (Amazon ElastiCache API Reference, CreateReplicationGroup)."""

SUBNET = _id("a subnet", "subnet")
SECURITY_GROUP = _id("a security group", "sg")
INTERFACE = _id("a network interface", "eni")
NAT_GATEWAY = _id("a NAT gateway", "nat")
VPC = _id("a VPC", "vpc")
ENDPOINT = _id("a VPC endpoint", "vpce")
ROUTE_TABLE = _id("a route table", "rtb")
ROUTE_TABLE_ASSOCIATION = _id("an association of a route table", "rtbassoc")
NETWORK_ACL = _id("a network ACL", "acl")
GATEWAY = Pattern("the id of a gateway", re.compile(r"local|[a-z]+-[0-9A-Za-z_-]+"), 64)
"""Of a route: an internet or virtual private gateway, or a gateway endpoint."""

PATTERNS: dict[str, Pattern] = {
    "SubnetId": SUBNET,
    "SubnetIds": SUBNET,
    "GroupId": SECURITY_GROUP,
    "SecurityGroupIds": SECURITY_GROUP,
    "NetworkInterfaceId": INTERFACE,
    "NetworkInterfaceIds": INTERFACE,
    "NatGatewayId": NAT_GATEWAY,
    "VpcId": VPC,
    "VpcEndpointId": ENDPOINT,
    "RouteTableId": ROUTE_TABLE,
    "RouteTableIds": ROUTE_TABLE,
    "RouteTableAssociationId": ROUTE_TABLE_ASSOCIATION,
    "NetworkAclId": NETWORK_ACL,
    "GatewayId": GATEWAY,
    "CarrierGatewayId": _id("a carrier gateway", "cagw"),
    "EgressOnlyInternetGatewayId": _id("an egress-only internet gateway", "eigw"),
    "TransitGatewayId": _id("a transit gateway", "tgw"),
    "TransitGatewayAttachmentId": _id("an attachment of a transit gateway", "tgw-attach"),
    "PrefixListId": _id("a prefix list", "pl"),
    "VpcPeeringConnectionId": _id("a peering connection", "pcx"),
    "LocalGatewayId": _id("a local gateway", "lgw"),
    "InstanceId": _id("an instance", "i", "mi"),
    "DestinationPrefixListId": _id("a prefix list", "pl"),
    "CoreNetworkArn": ARN,
    "OdbNetworkArn": ARN,
    "FunctionArn": ARN,
    "SubnetArn": ARN,
    "SecurityGroupArn": ARN,
    "FunctionName": FUNCTION,
    "Version": VERSION,
    "AvailabilityZone": ZONE,
    "AvailabilityZoneId": ZONE,
    "NetworkBorderGroup": ZONE,
    "PublicIp": ADDRESS,
    "PrivateIp": ADDRESS,
    "PrivateIpAddress": ADDRESS,
    "Ipv6Address": ADDRESS,
    "QuotaCode": QUOTA_CODE,
    "DBInstanceIdentifier": DATABASE,
    "DBClusterIdentifier": DATABASE,
    "DBParameterGroupName": PARAMETER_GROUP,
    "ReplicationGroupId": CACHE,
    "MemberClusters": CACHE,
    "MetricName": METRIC,
    "Namespace": METRIC,
    "Stat": METRIC,
    "logStreamName": LOG_STREAM,
}
"""By the member of an answer of AWS that holds one, or a list of them. What is free text to AWS, such as the values of
tags, has none here."""
