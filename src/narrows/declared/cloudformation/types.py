"""What resources of some types are known for: attributes that say what a property says, and numbers in quotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from narrows.declared.cloudformation.nodes import Node
from narrows.declared.model import Value

_STATED = {
    ("AWS::EC2::VPC", "CidrBlock"),
    ("AWS::EC2::Subnet", "AvailabilityZone"),
    ("AWS::EC2::Subnet", "CidrBlock"),
    ("AWS::EC2::Subnet", "VpcId"),
    ("AWS::EC2::SecurityGroup", "VpcId"),
}
"""Attributes that give a property back."""
_LIKE_REF = {
    ("AWS::EC2::SecurityGroup", "GroupId"),
    ("AWS::EC2::SecurityGroup", "Id"),
    ("AWS::EC2::VPC", "VpcId"),
    ("AWS::EC2::Subnet", "SubnetId"),
    ("AWS::EC2::NatGateway", "NatGatewayId"),
    ("AWS::EC2::InternetGateway", "InternetGatewayId"),
    ("AWS::EC2::RouteTable", "RouteTableId"),
    ("AWS::EC2::VPCEndpoint", "Id"),
    ("AWS::EC2::EgressOnlyInternetGateway", "Id"),
    ("AWS::EC2::NetworkAcl", "Id"),
}
"""Attributes that give what ``Ref`` gives."""
_DECISIVE = {"AWS::Lambda::Function": ("VpcConfig",)}
"""Properties without which another thing is there than with them: a function that fills no table of a VPC."""
_TYPED = ("AWS::EC2::", "AWS::Lambda::", "AWS::CloudWatch::")
"""Resources whose properties are looked at."""
_NUMBERS = frozenset({
    "Timeout", "MemorySize", "ReservedConcurrentExecutions", "ProvisionedConcurrentExecutions", "FromPort", "ToPort",
    "MaxAggregationInterval", "RuleNumber", "Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
    "SecondaryPrivateIpAddressCount", "Ipv4NetmaskLength", "Ipv6NetmaskLength", "From", "To", "BatchSize",
})  # fmt: skip
_BOOLEANS = frozenset({
    "MapPublicIpOnLaunch", "EnableDnsHostnames", "EnableDnsSupport", "PrivateDnsEnabled", "AssignIpv6AddressOnCreation",
    "EnableDns64", "Egress", "AmazonProvidedIpv6CidrBlock", "Ipv6AllowedForDualStack", "Ipv6Native",
    "ActionsEnabled",
})  # fmt: skip


def stated_by(kind: str, attribute: str) -> str:
    """The property that an attribute of a resource gives back; empty where there is none."""
    return attribute if (kind, attribute) in _STATED else ""


def same_as_ref(kind: str, attribute: str) -> bool:
    """Whether an attribute of a resource is what ``Ref`` gives."""
    return (kind, attribute) in _LIKE_REF


def decisive(kind: str) -> tuple[str, ...]:
    """Properties of a type that are not taken to be absent where not all of a resource's properties are seen."""
    return _DECISIVE.get(kind, ())


def is_module(resource: Node) -> bool:
    """Whether a resource stands for those that a module of the registry declares."""
    kind = resource.get("Type")
    return kind is not None and (kind.text or "").endswith("::MODULE")


def typed(kind: str, properties: Mapping[str, Value]) -> Mapping[str, Value]:
    """Properties with numbers for numbers and booleans for booleans: CloudFormation takes both in quotes."""
    if not kind.startswith(_TYPED):
        return properties
    return {name: _typed(name, value) for name, value in properties.items()}


def _typed(name: str, value: Value) -> Value:
    if isinstance(value, str):
        if name in _BOOLEANS and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if name in _NUMBERS and len(value) < 16 and value.removeprefix("-").isdecimal() and value.isascii():
            return int(value)
        return value
    if isinstance(value, Mapping):
        # Names of environment variables and tags are the user's own.
        return value if name in ("Variables", "Tags") else {key: _typed(key, member) for key, member in value.items()}
    if isinstance(value, Sequence):
        return [_typed(name, element) for element in value]
    return value
