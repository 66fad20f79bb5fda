"""VPC configurations that Lambda does not take."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import SECURITY_GROUPS_PER_FUNCTION, SUBNETS_PER_FUNCTION
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Too many subnets or security groups, and subnets of different VPCs."""
    for one in subject.in_vpc:
        subnets, groups = set(one.subnets or ()), set(one.groups or ())
        for count, limit in ((len(subnets), SUBNETS_PER_FUNCTION), (len(groups), SECURITY_GROUPS_PER_FUNCTION)):
            if count > limit.value:
                yield Found(one, f"{one.label} has {count} {limit.unit}, and Lambda takes {limit.value}")
        vpcs = {subnet.vpc for subnet in subject.function_subnets(one)} - {None}
        if len(vpcs) > 1:
            yield Found(one, f"{one.label} has subnets of {len(vpcs)} VPCs: {', '.join(sorted(map(str, vpcs)))}")


RULE = Rule(
    "function-subnets",
    Severity.ERROR,
    "A function's VPC configuration is one that Lambda does not take.",
    "The deployment fails.",
    f"Name subnets of one VPC, {SUBNETS_PER_FUNCTION.value} at most, and {SECURITY_GROUPS_PER_FUNCTION.value} security "
    "groups at most.",
    check,
)
