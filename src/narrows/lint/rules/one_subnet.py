"""Functions in one subnet only."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import HYPERPLANE_ENI_CONNECTIONS
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """One subnet is one Hyperplane ENI, whatever the concurrency."""
    for function in subject.in_vpc:
        if len(set(function.subnets or ())) == 1:
            where = subject.name((function.subnets or ("",))[0])
            limit = HYPERPLANE_ENI_CONNECTIONS.value
            what = f"{function.label} is in {where} alone: one Hyperplane ENI, {limit:,} connections, and one zone"
            yield Found(function, what)


RULE = Rule(
    "one-subnet",
    Severity.WARNING,
    "A function is in one subnet only.",
    "All its connections share one Hyperplane ENI, whose table no metric shows, and one Availability Zone.",
    "Add a subnet in another Availability Zone: a Hyperplane ENI each, for nothing.",
    check,
)
