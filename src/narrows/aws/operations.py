"""Every operation of AWS that narrows calls, with the permission that allows it: what is not here is never called.

Those of a plan's commands stand apart: narrows prints them for the user to run, and calls none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an AWS service. None that narrows calls changes anything in an account."""

    service: str
    """As SDKs and the command line call it."""
    name: str
    action: str
    """The IAM action that allows it."""
    resources: str
    """What the permission can be restricted to, as an ARN pattern; ``*`` where IAM takes nothing else."""
    tells: str
    """What for."""


_ANY = "*"
_FUNCTIONS = "arn:{partition}:lambda:*:*:function:*"
_LOG_GROUPS = "arn:{partition}:logs:*:*:log-group:*"
_REPLICATION_GROUPS = "arn:{partition}:elasticache:*:*:replicationgroup:*"
_DATABASES, _PARAMETER_GROUPS = "arn:{partition}:rds:*:*:db:*", "arn:{partition}:rds:*:*:pg:*"
_BUCKETS, _OBJECTS = "arn:{partition}:s3:::*", "arn:{partition}:s3:::*/AWSLogs/*vpcflowlogs/*"


def _describe(name: str, tells: str) -> Operation:
    return Operation("ec2", name, f"ec2:{name}", _ANY, tells)


_OPERATIONS = (
    Operation("sts", "GetCallerIdentity", "sts:GetCallerIdentity", _ANY, "whether the credentials are good"),
    Operation("lambda", "GetFunctionConfiguration", "lambda:GetFunctionConfiguration", _FUNCTIONS,
              "subnets, security groups and state of a function"),
    Operation("lambda", "GetFunctionConcurrency", "lambda:GetFunctionConcurrency", _FUNCTIONS,
              "its reserved concurrency"),
    Operation("lambda", "ListAliases", "lambda:ListAliases", _FUNCTIONS, "which versions are called"),
    Operation("lambda", "ListProvisionedConcurrencyConfigs", "lambda:ListProvisionedConcurrencyConfigs", _FUNCTIONS,
              "environments that are always there"),
    Operation("lambda", "ListEventSourceMappings", "lambda:ListEventSourceMappings", _ANY, "what scales it"),
    Operation("lambda", "ListFunctions", "lambda:ListFunctions", _ANY,
              "which functions share its ENIs and NAT gateways"),
    _describe("DescribeVpcs", "the VPC"),
    _describe("DescribeSubnets", "zones and free addresses"),
    _describe("DescribeSecurityGroups", "rules on the way"),
    _describe("DescribeNetworkAcls", "rules on the way"),
    _describe("DescribeRouteTables", "the way of the connections"),
    _describe("DescribeNatGateways", "NAT gateways with their addresses"),
    _describe("DescribeAddresses", "Elastic IPs"),
    _describe("DescribeNetworkInterfaces", "Hyperplane ENIs, and who else leaves by a NAT gateway"),
    _describe("DescribeVpcEndpoints", "connections that pass no NAT gateway"),
    _describe("DescribeVpcPeeringConnections", "ways to other VPCs"),
    _describe("DescribeTransitGatewayVpcAttachments", "ways to other VPCs"),
    _describe("DescribePrefixLists", "the addresses of gateway endpoints"),
    _describe("DescribeFlowLogs", "where flow logs are"),
    Operation("service-quotas", "ListServiceQuotas", "servicequotas:ListServiceQuotas", _ANY, "applied quotas"),
    Operation("elasticache", "DescribeReplicationGroups", "elasticache:DescribeReplicationGroups", _REPLICATION_GROUPS,
              "the nodes of a cache that is a destination, which have its metrics"),
    Operation("rds", "DescribeDBInstances", "rds:DescribeDBInstances", _DATABASES,
              "the instances of a database that is a destination, and their parameter groups"),
    Operation("rds", "DescribeDBParameters", "rds:DescribeDBParameters", _PARAMETER_GROUPS,
              "how many connections such a database takes"),
    Operation("cloudwatch", "GetMetricData", "cloudwatch:GetMetricData", _ANY, "metrics"),
    Operation("cloudwatch", "DescribeAlarms", "cloudwatch:DescribeAlarms", _ANY,
              "which alarms tell of a full table, for the lint"),
    Operation("logs", "FilterLogEvents", "logs:FilterLogEvents", _LOG_GROUPS, "log lines of failures; flow logs"),
    Operation("s3", "ListObjectsV2", "s3:ListBucket", _BUCKETS, "flow-log files of the window"),
    Operation("s3", "GetObject", "s3:GetObject", _OBJECTS, "flow-log files of the window"),
    Operation("ec2", "CreateFlowLogs", "ec2:CreateFlowLogs", _ANY, "printed, never called"),
)  # fmt: skip


def _changes(*names: str) -> Iterator[Operation]:
    for name in names:
        yield Operation("ec2", name, f"ec2:{name}", _ANY, "a step of a plan")


_IN_COMMANDS = (
    *_changes(
        "AllocateAddress", "ReleaseAddress",
        "CreateNatGateway", "DeleteNatGateway",
        "AssociateNatGatewayAddress", "DisassociateNatGatewayAddress",
        "AssignPrivateNatGatewayAddress", "UnassignPrivateNatGatewayAddress",
        "CreateSubnet", "DeleteSubnet", "ReplaceNetworkAclAssociation",
        "CreateRouteTable", "DeleteRouteTable",
        "AssociateRouteTable", "DisassociateRouteTable", "ReplaceRouteTableAssociation",
        "CreateRoute", "ReplaceRoute", "DeleteRoute", "EnableVgwRoutePropagation",
        "CreateSecurityGroup", "DeleteSecurityGroup",
        "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
        "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
        "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints",
        "AssociateSubnetCidrBlock", "DisassociateSubnetCidrBlock",
        "CreateEgressOnlyInternetGateway", "DeleteEgressOnlyInternetGateway",
    ),
    *(
        Operation("lambda", name, f"lambda:{name}", _FUNCTIONS, "a step of a plan")
        for name in ("UpdateFunctionConfiguration", "PublishVersion", "GetFunction", "GetFunctionConfiguration",
                     "GetAlias", "UpdateAlias", "DeleteFunction")
    ),
    Operation("service-quotas", "RequestServiceQuotaIncrease", "servicequotas:RequestServiceQuotaIncrease", _ANY,
              "quotas that a plan needs"),
)  # fmt: skip

OPERATIONS: dict[tuple[str, str], Operation] = {(one.service, one.name): one for one in _OPERATIONS}
"""By service and name."""

IN_COMMANDS: dict[tuple[str, str], Operation] = {(one.service, one.name): one for one in _IN_COMMANDS}
"""Those that only commands of a plan use, by service and name: they change an account, or look up what is changed."""

PRINTED_ONLY = frozenset({"CreateFlowLogs"})
"""What stands in commands for the user to run: it changes the account."""


def operation(service: str, name: str) -> Operation:
    """The operation. Raises ``KeyError`` for one that narrows does not know, and so may neither call nor print."""
    found = OPERATIONS.get((service, name))
    return IN_COMMANDS[service, name] if found is None else found
