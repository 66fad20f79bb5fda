"""Functions in subnets whose default route leads to an internet gateway."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject, Way


def check(subject: Subject) -> Iterator[Found]:
    """A Hyperplane ENI has no public IPv4 address. One that may use IPv6 has a way out, and is left alone."""
    for function in subject.in_vpc:
        if function.dual_stack is not False:
            continue
        public = [subnet.label for subnet in subject.function_subnets(function) if subnet.way is Way.INTERNET_GATEWAY]
        if public:
            part = "" if len(public) == len(set(function.subnets or ())) else ", and works from its other subnets"
            yield Found(function, f"{function.label} has no way to the internet from {', '.join(public)}{part}")


RULE = Rule(
    "function-in-public-subnet",
    Severity.WARNING,
    "A function is in a subnet whose default route leads to an internet gateway.",
    "Its network interface has no public IPv4 address: connections to the internet time out, whatever the load.",
    "Attach it to private subnets that lead to a NAT gateway, or to none if it needs no VPC.",
    check,
)
