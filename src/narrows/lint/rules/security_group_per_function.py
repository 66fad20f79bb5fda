"""Security groups that differ in name only, and give each function ENIs of its own."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import LAMBDA_ENIS_PER_VPC
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import FunctionSeen, Opening, Subject
from narrows.listing import others_named

_Rules = tuple[frozenset[Opening], frozenset[Opening]]


def check(subject: Subject) -> Iterator[Found]:
    """Functions with the same subnets, whose security groups have the same rules and are named by no other group."""
    alike: dict[tuple[frozenset[str], frozenset[_Rules]], list[FunctionSeen]] = {}
    for function in subject.in_vpc:
        rules = _rules(subject, function)
        if function.sure and rules is not None:
            alike.setdefault((frozenset(function.subnets or ()), rules), []).append(function)
    for (subnets, _), functions in alike.items():
        sets = {frozenset(function.groups or ()) for function in functions}
        if len(sets) > 1:
            who = others_named([function.label for function in functions], 2, "function")
            what = (
                f"{who} have the same subnets and rules, but "
                f"{len(sets)} sets of security groups: {len(sets) * len(subnets):,} Hyperplane ENIs where "
                f"{len(subnets):,} would do"
            )
            yield Found(functions[0], what)


def _rules(subject: Subject, function: FunctionSeen) -> frozenset[_Rules] | None:
    """What a function's security groups let through; None where that is not known, or who is in one matters."""
    rules = set()
    for key in function.groups or ():
        group = subject.groups.get(key)
        if group is None or group.ingress is None or group.egress is None or key in subject.named_groups:
            return None
        if any(opening.open_ended or opening.groups for opening in (*group.ingress, *group.egress)):
            return None
        rules.add((frozenset(group.ingress), frozenset(group.egress)))
    return frozenset(rules) if rules else None


RULE = Rule(
    "security-group-per-function",
    Severity.INFO,
    "Functions have security groups of their own with the same rules, as CDK makes them.",
    f"Each set of security groups takes a Hyperplane ENI in each subnet, of {LAMBDA_ENIS_PER_VPC.value} that a VPC has "
    "by default. (Each also has a table of its own: where tables are full, that is what you want.)",
    "Give them one security group, unless a table is full.",
    check,
)
