"""How a VPC is put together, as far as a case says it: what commands that change it are made from.

A network says where connections go; this says by which route table, association and block they do. Ids are AWS's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from narrows.addresses import Block


@dataclass(frozen=True, slots=True)
class WiredVpc:
    """A VPC."""

    blocks: tuple[Block, ...]
    """Of IPv4 and IPv6."""


@dataclass(frozen=True, slots=True)
class WiredSubnet:
    """A subnet."""

    vpc: str | None
    blocks: tuple[Block, ...]
    """Of IPv4 and IPv6."""


@dataclass(frozen=True, slots=True)
class WiredRoute:
    """One route."""

    to: tuple[str, str]
    """The member that says where to, as CreateRoute takes it, and its value.
    ``DestinationCidrBlock``, ``0.0.0.0/0``."""
    by: tuple[str, str]
    """The same of what it leads to: ``NatGatewayId``, ``nat-1``."""
    copied: bool = True
    """Whether another table gets it by CreateRoute: not the VPC's own, a propagated one, or one that leads nowhere."""


@dataclass(frozen=True, slots=True)
class WiredTable:
    """A route table."""

    vpc: str | None
    routes: tuple[WiredRoute, ...]
    is_main: bool = False
    associations: Mapping[str, str] = field(default_factory=dict)
    """By subnet the id of its association."""
    propagating: tuple[str, ...] = ()
    """Virtual private gateways that put their routes into it."""


@dataclass(frozen=True, slots=True)
class WiredAcl:
    """A network ACL."""

    is_default: bool
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WiredGroup:
    """A security group, with its rules as AuthorizeSecurityGroupIngress and -Egress take them."""

    vpc: str | None
    name: str | None
    ingress: tuple[Mapping[str, object], ...]
    egress: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class WiredGateway:
    """A NAT gateway."""

    vpc: str | None
    subnet: str | None
    """Of a zonal or private one."""
    addresses: tuple[tuple[str | None, str | None], ...]
    """(Availability Zone of a regional one's, private address of another's) of each."""


@dataclass(frozen=True, slots=True)
class WiredEndpoint:
    """A gateway endpoint."""

    vpc: str | None
    service: str
    """Its ``ServiceName``."""
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Wiring:
    """All of it, by id."""

    vpcs: Mapping[str, WiredVpc] = field(default_factory=dict)
    subnets: Mapping[str, WiredSubnet] = field(default_factory=dict)
    tables: Mapping[str, WiredTable] = field(default_factory=dict)
    acls: Mapping[str, WiredAcl] = field(default_factory=dict)
    groups: Mapping[str, WiredGroup] = field(default_factory=dict)
    gateways: Mapping[str, WiredGateway] = field(default_factory=dict)
    endpoints: Mapping[str, WiredEndpoint] = field(default_factory=dict)

    def table_of(self, subnet: str) -> str | None:
        """The route table that a subnet uses: its own, else its VPC's main one; None where neither is known."""
        own = next((id for id, one in self.tables.items() if subnet in one.associations), None)
        vpc = self.subnets[subnet].vpc if subnet in self.subnets else None
        if own is not None or vpc is None:
            return own
        return next((id for id, one in self.tables.items() if one.is_main and one.vpc == vpc), None)

    def acl_of(self, subnet: str) -> str | None:
        """The network ACL of a subnet, where it is known."""
        return next((id for id, one in self.acls.items() if subnet in one.subnets), None)
