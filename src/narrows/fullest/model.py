"""A table that functions share: what it is of, who shares it, how full it is as far as is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from narrows.case.model import ObservedEni
from narrows.evidence.sharing import Sharer
from narrows.evidence.tables import Seen
from narrows.limits import Limit
from narrows.network import EniKey, OtherClient
from narrows.tables import TableId


class SharerJson(TypedDict):
    """A function that shares a table."""

    name: str
    in_question: bool
    versions: list[str]


class _ClientJson(TypedDict):
    name: str
    kind: str


class _EniJson(TypedDict):
    id: str
    status: str


class OccupancyJson(TypedDict):
    """How full a table got. ``high`` and ``share`` are null, or end in null, where nothing says so."""

    low: int
    high: int | None
    share: list[float | None] | None
    text: str
    source: str
    assumed: bool


class _LimitJson(TypedDict):
    id: str
    value: int
    certainty: str


class SharedTableJson(TypedDict):
    """One table in the answer of ``fullest --json``."""

    kind: str
    resource: str
    name: str
    zone: str | None
    destination: str | None
    subnet: str | None
    security_groups: list[str] | None
    enis: list[_EniJson] | None
    addresses: int | None
    limit: _LimitJson
    capacity: int | None
    occupancy: OccupancyJson | None
    functions: list[SharerJson]
    others: list[_ClientJson] | None
    would_tell: str | None


@dataclass(frozen=True, slots=True)
class SharedTable:
    """One table of connections with those who share it."""

    id: TableId
    """Of a NAT gateway's table ``destination`` is the unique destination, ``203.0.113.10:443``; the name of one with
    several addresses, or of none that is known, whose tables are taken together; None for whichever has the most."""
    name: str
    """The resource as people know it, by Name tags."""
    zone: str | None
    """The Availability Zone of the ENI's subnet, of the regional NAT gateway's table, or that a zonal one stands in."""
    towards: str
    """The destination in words; empty for an ENI."""
    limit: Limit
    each: int
    """The limit's value as this answer uses it: of one ENI, or of one address of a NAT gateway to one unique
    destination."""
    capacity: int | None
    """Of all its ENIs, or of all its addresses to all unique destinations; None where the case does not say."""
    addresses: int | None
    """IPv4 addresses of the NAT gateway; None for an ENI, and where the case does not say."""
    seen: Seen | None
    """The most connections that it held at once; None where nothing tells."""
    functions: tuple[Sharer, ...]
    """Those in question first, then by name."""
    others: tuple[OtherClient, ...] | None = ()
    """What else leaves by the NAT gateway; None where the case would not show it."""
    enis: tuple[ObservedEni, ...] | None = None
    """The ENIs of the key that DescribeNetworkInterfaces lists; None where it was not asked, or of a NAT gateway."""
    would_tell: str = ""
    """What would say how full it is; empty where that is known well enough to say whether it was full."""
    logged_at: tuple[str, str] | None = None
    """What a flow log that tells of it is of: ``ResourceType`` of CreateFlowLogs and id; None where it is not known."""

    @property
    def share(self) -> tuple[float, float | None] | None:
        """The ends of the interval as shares of the capacity; None where either is not known."""
        if self.seen is None or not self.capacity:
            return None
        high = None if self.seen.high is None else self.seen.high / self.capacity
        return self.seen.low / self.capacity, high

    @property
    def key(self) -> EniKey | None:
        """Subnet and security groups; None for a NAT gateway."""
        return self.id.resource if isinstance(self.id.resource, EniKey) else None

    def to_json(self) -> SharedTableJson:
        """As ``--json`` prints it."""
        key = self.key
        return SharedTableJson(
            kind=self.id.kind.value,
            resource=str(self.id.resource),
            name=self.name,
            zone=self.zone,
            destination=self.id.destination,
            subnet=None if key is None else key.subnet,
            security_groups=None if key is None else list(key.security_groups),
            enis=None if self.enis is None else [_EniJson(id=one.id, status=one.status) for one in self.enis],
            addresses=self.addresses,
            limit=_LimitJson(id=self.limit.id, value=self.each, certainty=self.limit.certainty.value),
            capacity=self.capacity,
            occupancy=None if self.seen is None else self._occupancy(self.seen),
            functions=[
                SharerJson(name=one.function, in_question=one.in_question, versions=list(one.versions))
                for one in self.functions
            ],
            others=None if self.others is None else [_ClientJson(name=one.name, kind=one.kind) for one in self.others],
            would_tell=self.would_tell or None,
        )

    def _occupancy(self, seen: Seen) -> OccupancyJson:
        share = self.share
        return OccupancyJson(
            low=round(seen.low),
            high=None if seen.high is None else round(seen.high),
            share=None if share is None else [None if one is None else round(one, 4) for one in share],
            text=seen.text,
            source=seen.source,
            assumed=seen.assumed,
        )
