"""NAT gateways with one address."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import NAT_ADDRESSES, NAT_CONNECTIONS_PER_DESTINATION
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject
from narrows.network import NatKind


def check(subject: Subject) -> Iterator[Found]:
    """Only where functions are behind it, or it is there for certain and not known who is."""
    behind = {subnet.nat for function in subject.in_vpc for subnet in subject.function_subnets(function)}
    known = all(subnet.way is not None for subnet in subject.subnets.values()) and bool(subject.in_vpc)
    for nat in subject.nats.values():
        if nat.kind is NatKind.ZONAL and nat.addresses == 1 and (nat.key in behind or (nat.sure and not known)):
            limit = NAT_CONNECTIONS_PER_DESTINATION.value
            yield Found(nat, f"{nat.label} has one address: {limit:,} connections to one unique destination")


RULE = Rule(
    "one-address",
    Severity.INFO,
    "A NAT gateway has one address only.",
    "All that is behind it shares the ports of that address to each unique destination.",
    f"Where the peak needs more, add secondary addresses: up to {NAT_ADDRESSES.value} in all, in place.",
    check,
)
