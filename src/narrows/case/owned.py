"""What the services behind a case's destinations say of themselves: nodes of caches, room of databases, endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OwnedDatabase:
    """A DB instance of RDS, as DescribeDBInstances lists it."""

    id: str
    """``DBInstanceIdentifier``"""
    cluster: str | None
    """``DBClusterIdentifier``; None for an instance that is in no cluster."""
    parameter_group: str | None
    """The DB parameter group that it has; None where the answer names none."""
    max_connections: int | None = None
    """Connections that it takes, where its parameter group is there, in effect, and holds a number."""
    source: str = ""
    """The file that says ``max_connections``."""


@dataclass(frozen=True, slots=True)
class OwnedEndpoint:
    """What CloudWatch knows an interface endpoint by, beside its id."""

    vpc: str
    service: str
    """Its whole name, such as ``com.amazonaws.us-east-1.sqs``."""


@dataclass(frozen=True)
class Owned:
    """Resources of the account that destinations are, or are reached through. What is not there is not known."""

    nodes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By ``ReplicationGroupId``, in small letters: the cache clusters that are its nodes."""
    databases: Mapping[str, OwnedDatabase] = field(default_factory=dict)
    """By ``DBInstanceIdentifier``, in small letters."""
    endpoints: Mapping[str, OwnedEndpoint] = field(default_factory=dict)
    """By id, the interface endpoints that destinations are reached through."""

    def members(self, cluster: str) -> tuple[OwnedDatabase, ...]:
        """The instances of a cluster of RDS, as far as they are known."""
        return tuple(one for one in self.databases.values() if (one.cluster or "").lower() == cluster.lower())
