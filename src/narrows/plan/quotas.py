"""Every quota increase that a plan needs, with its code, what it is now and what it must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from narrows.limits import (
    ELASTIC_IPS_PER_REGION,
    INTERFACE_ENDPOINTS_PER_VPC,
    LAMBDA_ENIS_PER_VPC,
    NAT_ELASTIC_IPS_QUOTA,
    NAT_GATEWAYS_PER_AZ,
    PRIVATE_NAT_ADDRESSES,
    Limit,
)
from narrows.network import HopKind, NatKind, Network
from narrows.plan.changes.edits import home_zone, zones
from narrows.plan.routing import count_enis

CURRENT = {"applied": "now", "default": "by default", "in-use": "in use"}
"""What a quota's current value is, by ``QuotaNeed.current_is``, in words that follow it."""


@dataclass(frozen=True, slots=True)
class QuotaNeed:
    """One quota that must be raised before the changes are made."""

    limit: Limit
    resource: str
    """What it is counted over."""
    current: int
    known: bool
    """Whether ``current`` is the account's own value; AWS's default otherwise, or what is in use if that is more."""
    needed: int
    at_least: bool = False
    """Whether more may count against it than this network shows."""

    @property
    def current_is(self) -> str:
        """``applied`` to the account, AWS's ``default``, or what is ``in-use`` where that is more than the default."""
        if self.known:
            return "applied"
        return "default" if self.current == self.limit.value else "in-use"

    def to_json(self) -> dict[str, object]:
        """The quota as ``plan --json`` prints it."""
        return {
            "code": self.limit.quota_code,
            "service": self.limit.quota_service,
            "id": self.limit.id,
            "resource": self.resource,
            "unit": self.limit.unit,
            "current": self.current,
            "current_is": self.current_is,
            "needed": self.needed,
            "at_least": self.at_least,
        }


def needed_quotas(before: Network, after: Network, applied: Mapping[str, float]) -> tuple[QuotaNeed, ...]:
    """The quotas that the network after the changes exceeds and the one before does not.

    Args:
        applied: the account's own values by quota code, as far as they are known.
    """
    # A NAT gateway whose traffic another takes over stands until nothing uses it any more.
    after = replace(after, nat_gateways={**before.nat_gateways, **after.nat_gateways})
    stand = _zones_of_gateways(before, {})
    used = {(limit.id, resource): (limit, count) for limit, resource, count, _ in _used(before, stand)}
    needs: dict[str, QuotaNeed] = {}
    for limit, resource, count, at_least in _used(after, _zones_of_gateways(after, stand)):
        had = used.get((limit.id, resource), (limit, 0))[1]
        known = limit.quota_code is not None and limit.quota_code in applied
        current = int(applied[str(limit.quota_code)]) if known else max(limit.value, had)
        if count <= had or count <= current:
            continue
        if limit.id not in needs or needs[limit.id].needed < count:
            needs[limit.id] = QuotaNeed(limit, resource, current, known, count, at_least)
    return tuple(needs.values())


def _zones_of_gateways(network: Network, before: Mapping[str, str | None]) -> dict[str, str | None]:
    """The Availability Zone of each NAT gateway that stands in one, inferred where it is not known.

    Args:
        before: those of gateways that were there before: they stay where they are, whatever subnets lead to them.
    """
    return {
        name: nat.az or before.get(name) or home_zone(network, name)
        for name, nat in network.nat_gateways.items()
        if nat.kind is not NatKind.REGIONAL
    }


def _used(network: Network, stand: Mapping[str, str | None]) -> Iterator[tuple[Limit, str, int, bool]]:
    """(limit, what it is counted over, how many, whether there may be more) for every adjustable quota."""
    public = 0
    for nat in network.nat_gateways.values():
        if nat.kind is NatKind.PRIVATE:
            yield PRIVATE_NAT_ADDRESSES, nat.name, nat.addresses, False
        elif nat.kind is NatKind.ZONAL:
            yield NAT_ELASTIC_IPS_QUOTA, nat.name, nat.addresses, False
            public += nat.addresses
        else:
            public += nat.addresses * max(1, len(zones(network, nat.name)))
    yield ELASTIC_IPS_PER_REGION, network.region, public, True
    inferred = any(network.nat_gateways[name].az is None for name in stand)
    for az, count in Counter(az for az in stand.values() if az is not None).items():
        yield NAT_GATEWAYS_PER_AZ, az, count, inferred
    yield LAMBDA_ENIS_PER_VPC, "the VPC", count_enis(network), True
    endpoints = sum(one.kind is HopKind.INTERFACE_ENDPOINT for one in network.endpoints.values())
    yield INTERFACE_ENDPOINTS_PER_VPC, "the VPC", endpoints, True
