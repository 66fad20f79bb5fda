"""S3 and DynamoDB reached through a NAT gateway that need not be."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import Subject
from narrows.network import NatKind

_SERVICES = {"s3": "S3", "dynamodb": "DynamoDB"}


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """In VPCs with functions behind a NAT gateway, where every endpoint is known."""
    if subject.endpoints is None:
        return
    seen: set[str] = set()
    for function in subject.in_vpc:
        for subnet in subject.function_subnets(function):
            nat = subject.nats.get(subnet.nat or "")
            if nat is None or subnet.vpc is None or subnet.vpc in seen or nat.kind is NatKind.PRIVATE:
                continue
            seen.add(subnet.vpc)
            unsure = any(endpoint.vpc is None or endpoint.service is None for endpoint in subject.endpoints)
            if unsure or not subject.whole:
                yield Unchecked(nat, "not every VPC endpoint is known")
                continue
            beside = (endpoint for endpoint in subject.endpoints if endpoint.vpc == subnet.vpc)
            services = {(endpoint.service or "").rpartition(".")[2] for endpoint in beside}
            optional = [name for service, name in _SERVICES.items() if service in subject.left_out - services]
            if optional:
                what = f"the endpoint of {' and '.join(optional)} has a condition that does not hold"
                yield Unchecked(nat, f"{what} with these parameters")
            missing = [name for service, name in _SERVICES.items() if service not in services | subject.left_out]
            if missing:
                what = f"what the functions behind {nat.label} send to {' and '.join(missing)} goes through it"
                yield Found(nat, f"{what}, and is paid for by the GB")


RULE = Rule(
    "no-gateway-endpoint",
    Severity.INFO,
    "A VPC with functions behind a NAT gateway has no endpoint of S3 or DynamoDB.",
    "A gateway endpoint costs nothing; through the NAT gateway each GB is paid for, and each connection takes a port.",
    "Where functions use S3 or DynamoDB, add a gateway endpoint and name their route tables in it.",
    check,
)
