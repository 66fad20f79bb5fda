"""Interface endpoints whose security groups keep functions out."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import EndpointSeen, FunctionSeen, Opening, Subject
from narrows.listing import others_named
from narrows.reachability.rules import covers

_PORT = 443
_OTHER_PORTS = ("email-smtp", "cassandra", "transfer.server", "iot.data", "iot.credentials", "datasync")
"""Services of AWS that are spoken to at other ports as well."""


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """Services of AWS are spoken to at port 443; those of others at ports that nothing here says."""
    for endpoint in subject.endpoints or ():
        if endpoint.gateway is not False or not _speaks_https(endpoint.service):
            continue
        openings = _openings(subject, endpoint)
        if openings is None:
            yield Unchecked(endpoint, "not all rules of its security groups are known")
            continue
        taking = [opening for opening in openings if opening.takes(_PORT) is not False]
        if not taking:
            yield Found(endpoint, f"no security group of {endpoint.label} lets in port {_PORT}: nobody reaches it")
        elif endpoint.private_dns and endpoint.vpc is not None:
            out = [function for function in _of_vpc(subject, endpoint.vpc) if _kept_out(subject, function, taking)]
            if out:
                who = others_named([function.label for function in out], 2, "function")
                what = f"{endpoint.label} lets in none of {who}: with private DNS on, what they call of it times out"
                yield Found(endpoint, what, severity=Severity.INFO)


def _speaks_https(service: str | None) -> bool:
    name = (service or "").lower()
    of_aws = name.startswith("com.amazonaws.") and ".vpce." not in name and ".vpce-svc" not in name
    return of_aws and not name.endswith(_OTHER_PORTS)


def _openings(subject: Subject, endpoint: EndpointSeen) -> list[Opening] | None:
    """All that its security groups let in; None where it has none of its own (then the VPC's default one counts)."""
    openings: list[Opening] = []
    for key in endpoint.groups or ():
        group = subject.groups.get(key)
        if group is None or group.ingress is None:
            return None
        openings += group.ingress
    return openings if endpoint.groups else None


def _of_vpc(subject: Subject, vpc: str) -> Iterator[FunctionSeen]:
    for function in subject.in_vpc:
        if function.groups and any(subnet.vpc == vpc for subnet in subject.function_subnets(function)):
            yield function


def _kept_out(subject: Subject, function: FunctionSeen, taking: list[Opening]) -> bool:
    """Whether nothing that takes the port is for a function, for certain."""
    blocks = [subnet.block for subnet in subject.function_subnets(function)]
    if None in blocks or len(blocks) < len(set(function.subnets or ())):
        return False
    return not any(
        opening.open_ended
        or set(opening.groups) & set(function.groups or ())
        or any(covers(block, inside) is not False for block in opening.blocks for inside in blocks if inside)
        for opening in taking
    )


RULE = Rule(
    "endpoint-lets-nobody-in",
    Severity.ERROR,
    "An interface endpoint's security groups let nobody in, or not the functions beside it.",
    "With private DNS the service's name leads to the endpoint, and every connection to it times out.",
    "Let in TCP port 443 from the functions' security groups.",
    check,
)
