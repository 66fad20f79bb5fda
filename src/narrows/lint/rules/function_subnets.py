"""VPC configurations that Lambda does not take."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import SECURITY_GROUPS_PER_FUNCTION, SUBNETS_PER_FUNCTION
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Too many subnets or security groups, and subnets of different VPCs."""
    for function in subject.in_vpc:
        subnets, groups = set(function.subnets or ()), set(function.groups or ())
        for count, limit in ((len(subnets), SUBNETS_PER_FUNCTION), (len(groups), SECURITY_GROUPS_PER_FUNCTION)):
            if count > limit.value:
                yield Found(function, f"{function.label} has {count} {limit.unit}, and Lambda takes {limit.value}")
        vpcs = {subnet.vpc for subnet in subject.function_subnets(function)} - {None}
        if len(vpcs) > 1:
            listed = ", ".join(sorted(map(str, vpcs)))
            yield Found(function, f"{function.label} has subnets of {len(vpcs)} VPCs: {listed}")


RULE = Rule(
    "function-subnets",
    Severity.ERROR,
    "A function's VPC configuration is one that Lambda does not take.",
    "The deployment fails.",
    f"Name subnets of one VPC, {SUBNETS_PER_FUNCTION.value} at most, and {SECURITY_GROUPS_PER_FUNCTION.value} security "
    "groups at most.",
    check,
)
