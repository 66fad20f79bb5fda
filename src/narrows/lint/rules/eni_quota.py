"""More Hyperplane ENIs than a VPC may have."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.limits import LAMBDA_ENIS_PER_VPC
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import FunctionSeen, Subject
from narrows.network import EniKey


def check(subject: Subject) -> Iterator[Found]:
    """One for each subnet and security-group set, of published versions too."""
    quota = int(subject.quotas.get(LAMBDA_ENIS_PER_VPC.quota_code or "", LAMBDA_ENIS_PER_VPC.value))
    of_vpc: dict[str | None, dict[EniKey, FunctionSeen]] = {}
    for function in subject.in_vpc:
        if not function.sure or function.groups is None:
            continue
        for subnets, groups in ((function.subnets or (), function.groups), *function.pairs):
            for subnet in subnets:
                vpc = subject.subnets[subnet].vpc if subnet in subject.subnets else None
                if vpc is not None:
                    of_vpc.setdefault(vpc, {}).setdefault(EniKey(subnet, tuple(sorted(set(groups)))), function)
    for vpc, enis in of_vpc.items():
        if len(enis) > quota:
            first = next(iter(enis.values()))
            what = f"the functions of {subject.name(vpc or '')} need {len(enis):,} Hyperplane ENIs, and {quota:,} are"
            yield Found(first, f"{what} allowed")


RULE = Rule(
    "eni-quota",
    Severity.WARNING,
    "Functions need more Hyperplane ENIs than a VPC may have.",
    "What is above the quota is not created: deployments fail with ENILimitReached, and functions stay Pending.",
    f"Share security groups among functions, or have the quota raised ({LAMBDA_ENIS_PER_VPC.quota_code}).",
    check,
)
