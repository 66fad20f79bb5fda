"""One NAT gateway for the functions of several Availability Zones."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject
from narrows.network import NatKind


def check(subject: Subject) -> Iterator[Found]:
    """A regional one is in every zone that it is used from."""
    zones: dict[str, set[str]] = {}
    for function in subject.in_vpc:
        for subnet in subject.function_subnets(function):
            if subnet.nat is not None and subnet.zone is not None:
                zones.setdefault(subnet.nat, set()).add(subnet.zone)
    for key, names in zones.items():
        nat = subject.nats.get(key)
        if nat is not None and nat.kind is not NatKind.REGIONAL and len(names) > 1:
            yield Found(nat, f"{nat.label} carries the functions of {len(names)} zones: {', '.join(sorted(names))}")


RULE = Rule(
    "one-nat-gateway",
    Severity.INFO,
    "Functions of several Availability Zones leave by one zonal NAT gateway.",
    "Its zone takes all of them down with it, its addresses are shared, and traffic between zones is paid for.",
    "Give each zone a NAT gateway, or use a regional one.",
    check,
)
