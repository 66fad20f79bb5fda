"""Ids of declared resources: those that they have in the account, else ids made up from their addresses.

An id that is made up is one that AWS could give: the prefix of the kind and 17 hexadecimal digits, the same whenever
the same files are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from narrows.aws_ids import FUNCTION
from narrows.declared import resource_types
from narrows.declared.model import Declared, Reference, Resource, Unknown, Value

_PUBLISHED = (resource_types.VERSION, resource_types.ALIAS)
"""What is named in a function's place, and says whose it is."""
_PREFIX = {
    resource_types.VPC: "vpc",
    resource_types.SUBNET: "subnet",
    resource_types.ROUTE_TABLE: "rtb",
    "AWS::EC2::InternetGateway": "igw",
    "AWS::EC2::EgressOnlyInternetGateway": "eigw",
    "AWS::EC2::CarrierGateway": "cagw",
    "AWS::EC2::VPNGateway": "vgw",
    resource_types.NAT_GATEWAY: "nat",
    resource_types.ELASTIC_IP: "eipalloc",
    resource_types.SECURITY_GROUP: "sg",
    resource_types.NETWORK_ACL: "acl",
    resource_types.ENDPOINT: "vpce",
    "AWS::EC2::TransitGateway": "tgw",
    resource_types.TRANSIT_ATTACHMENT: "tgw-attach",
    resource_types.TRANSIT_VPC_ATTACHMENT: "tgw-attach",
    resource_types.PEERING_CONNECTION: "pcx",
    resource_types.PREFIX_LIST: "pl",
    resource_types.FLOW_LOG: "fl",
    "AWS::EC2::Instance": "i",
    "AWS::EC2::NetworkInterface": "eni",
}
_OWN_ID = {
    resource_types.ELASTIC_IP: ("AllocationId",),
    resource_types.SECURITY_GROUP: ("GroupId", "SecurityGroupId"),
    resource_types.FUNCTION: ("Arn", "FunctionName"),
    resource_types.VERSION: ("FunctionArn", "Version"),
    resource_types.ALIAS: ("AliasArn",),
}
"""Attributes that are a resource's own id, beside the name of its kind with ``Id`` behind it."""
DEFAULT_GROUP, DEFAULT_ACL, MAIN_TABLE = "DefaultSecurityGroup", "DefaultNetworkAcl", "DefaultRouteTable"
"""What each VPC has, as attributes of it. The last has none in CloudFormation, only in Terraform."""
_OF_VPC = {
    DEFAULT_GROUP: "sg",
    DEFAULT_ACL: "acl",
    MAIN_TABLE: "rtb",
    "MainRouteTable": "rtb",
    "MainRouteTableId": "rtb",
    "DefaultRouteTableId": "rtb",
}
_TAKEN_OVER = {
    "aws_default_security_group": DEFAULT_GROUP,
    "aws_default_network_acl": DEFAULT_ACL,
    "aws_default_route_table": MAIN_TABLE,
}
_FURTHEST = 20
"""References that lead to references: nobody's go further."""
_ROOM_FOR_NUMBER = 4
"""Letters of a function's name that are left for ``-2``, where another has it."""
_LENGTH_OF_END = 8
"""Letters that tell a name that was cut from others that begin alike."""


def made_up(prefix: str, text: str) -> str:
    """An id of that kind, the same for the same text."""
    return f"{prefix}-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:17]}"


def default_of(vpc: str, attribute: str) -> str:
    """The id of what a VPC has without anybody declaring it."""
    return made_up(_OF_VPC[attribute], f"{_OF_VPC[attribute]} of {vpc}")


class Ids:
    """The id of each resource, and what references stand for."""

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self.resource: dict[str, Resource] = {}
        """By address: what people declared there. What comes along with it has its address, too, and comes after."""
        for resource in declared.resources:
            self.resource.setdefault(resource.address, resource)
        self.of: dict[str, str] = {}
        """By address."""
        self.address: dict[str, str] = {}
        """By id: the other way."""
        for address, id in (*self._functions(), *self._others()):
            self.of.setdefault(address, id)
            self.address.setdefault(id, address)

    def resolved(self, value: Value) -> Value:
        """What a value stands for: of a reference an id or the value of a property; ``Unknown`` where nothing says."""
        for _ in range(_FURTHEST):
            if not isinstance(value, Reference):
                return value
            resource = self.resource.get(value.address)
            if resource is None:
                return Unknown(f"{value.address} is not in these files")
            value = self._attribute(resource, value.attribute)
        return Unknown("references lead round in a circle")

    def function_of(self, value: Value) -> str | None:
        """The name of the function that a ``FunctionName`` stands for: its own, its ARN, or one of a version or alias;
        None where that is not known."""
        for _ in range(_FURTHEST):
            resource = self.resource.get(value.address) if isinstance(value, Reference) else None
            if resource is not None and resource.type == resource_types.FUNCTION:
                return self.of[resource.address]
            if resource is None or resource.type not in _PUBLISHED:
                break
            value = resource.properties.get("FunctionName")
        name = self.resolved(value)
        if not isinstance(name, str):
            return None
        before, of_arn, after = name.partition(":function:")
        return (after if of_arn else before).partition(":")[0]

    def _attribute(self, resource: Resource, attribute: str) -> Value:
        own = (f"{resource.type.rpartition('::')[2]}Id", "Id", *_OWN_ID.get(resource.type, ()))
        if resource.address in self.of and (not attribute or attribute in own):
            return self.of[resource.address]
        if resource.type == resource_types.VPC and attribute in _OF_VPC:
            return default_of(self.of[resource.address], attribute)
        if attribute in resource.properties:
            return resource.properties[attribute]
        return Unknown(f"{attribute or 'the id'} of {resource.address} is known once it is made")

    def _functions(self) -> Iterator[tuple[str, str]]:
        """Each function's name: its own, unless another has it or it says none; then one made of its address."""
        taken: set[str] = set()
        for function in self._declared.of(resource_types.FUNCTION):
            name = function.id if function.id and FUNCTION.fits(function.id) else function.name
            if not name or not FUNCTION.fits(name) or name in taken:
                name = _as_function_name(function.address, taken)
            taken.add(name)
            yield function.address, name

    def _others(self) -> Iterator[tuple[str, str]]:
        taken: set[str] = set()
        for resource in self._declared.resources:
            prefix = _PREFIX.get(resource.type)
            if prefix is None:
                continue
            known = resource.id is not None and resource.id.startswith(f"{prefix}-") and resource.id not in taken
            id = (resource.id if known else None) or self._of_vpc(resource) or made_up(prefix, resource.address)
            taken.add(id)
            yield resource.address, id

    def _of_vpc(self, resource: Resource) -> str | None:
        """The id of what a VPC has anyway, and Terraform only takes over."""
        kind = re.search(r"(?:^|\.)(aws_default_[a-z_]+)\.[^.]+$", resource.address)
        attribute = _TAKEN_OVER.get(kind[1]) if kind else None
        vpc = resource.properties.get("VpcId")
        if attribute is None or not isinstance(vpc, Reference) or vpc.address not in self.resource:
            return None
        own = self.resource[vpc.address]
        return default_of(own.id or made_up("vpc", own.address), attribute)


def _as_function_name(address: str, taken: set[str]) -> str:
    base = plain_function_name(address.rpartition("/")[2].removeprefix("aws_lambda_function."))
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 1000))) if name not in taken)


def plain_function_name(name: str) -> str:
    """A name that Lambda would take, of what may be longer: a logical id of CDK's, whose end tells it from others."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "_") else "-" for letter in name)
    base, longest = plain.strip("-") or "function", FUNCTION.longest - _ROOM_FOR_NUMBER
    if len(base) <= longest:
        return base
    end = sha256(name.encode("utf-8", "replace")).hexdigest()[:_LENGTH_OF_END]
    return f"{base[: longest - 1 - len(end)]}-{end}"
