"""Public NAT gateways whose own subnet has no way to an internet gateway."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import Subject, Way
from narrows.network import NatKind


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """A default route to a firewall or a transit gateway may lead there in the end: of those nothing is said."""
    for nat in subject.nats.values():
        if nat.kind is not NatKind.ZONAL or nat.subnet is None:
            continue
        subnet = subject.subnets.get(nat.subnet)
        if subnet is None or subnet.way is None:
            yield Unchecked(nat, "the routes of its subnet are not known")
        elif subnet.way is Way.NAT:
            to = "itself" if subnet.nat == nat.key else "a NAT gateway"
            what = f"{nat.label} stands in {subnet.label}, whose default route leads to {to}: it reaches nothing"
            yield Found(nat, what)
        elif subnet.way is Way.NONE:
            yield Found(nat, f"{nat.label} stands in {subnet.label}, which has no default route: it reaches nothing")


RULE = Rule(
    "nat-without-internet",
    Severity.ERROR,
    "A public NAT gateway stands in a subnet without a route to an internet gateway.",
    "It is there, costs as any other, and every connection through it times out.",
    "Put it in a subnet whose route table leads 0.0.0.0/0 to an internet gateway.",
    check,
)
