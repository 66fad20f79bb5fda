"""Network interfaces: the Hyperplane ENIs of Lambda, and who else leaves by the same NAT gateways."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping

from narrows.case.model import ObservedEni
from narrows.case.reading.aws_json import Record
from narrows.network import EniKey, NatGateway, NatKind, OtherClient, Subnet

_LAMBDA = "lambda"
_OF_LAMBDA = "AWS Lambda VPC ENI-"
"""How Lambda describes its ENIs: one that is being detached is of type ``interface``."""
_NO_CLIENTS = (
    "natGateway", "nat_gateway", "vpc_endpoint", "load_balancer", "network_load_balancer", "gateway_load_balancer",
    "gateway_load_balancer_endpoint", "transit_gateway", "trunk",
)  # fmt: skip
"""Interface types that open no connections of their own to the outside."""
_NO_CLIENT_DESCRIPTIONS = re.compile(r"ELB |EFS mount target|VPC Endpoint|Interface for NAT Gateway|Route 53 Resolver")
_OWNED = re.compile(r"ELB |ElastiCache |RDSNetworkInterface|EFS mount target|VPC Endpoint Interface")
_KINDS = (
    ("containers", re.compile(r"arn:aws[\w-]*:ecs:|Amazon EKS|aws-K8S|aws-k8s-branch", re.IGNORECASE)),
    ("databases", re.compile(r"RDSNetworkInterface|ElastiCache|Redshift|DMSNetworkInterface")),
    ("builds", re.compile(r"CodeBuild")),
)


def lambda_enis(records: list[Record]) -> tuple[ObservedEni, ...]:
    """Every ENI of Lambda. ``RequesterManaged`` is false on them: only type and description tell."""
    found = []
    for record in records:
        subnet = record.text("SubnetId")
        if _is_lambda(record) and subnet:
            found.append(
                ObservedEni(
                    record.need("NetworkInterfaceId"),
                    EniKey(subnet, _groups(record)),
                    record.text("Status") or "unknown",
                    record.text("PrivateIpAddress"),
                    record.text("Description") or "",
                )
            )
    return tuple(found)


def owners(records: list[Record]) -> dict[str, str]:
    """What AWS's own description says that the interface with an address belongs to."""
    found = {}
    for record in records:
        description = record.text("Description") or ""
        address = record.text("PrivateIpAddress")
        if address and _OWNED.match(description):
            found[address] = description
    return found


def other_clients(
    records: list[Record],
    subnets: Mapping[str, Subnet],
    nat_gateways: Mapping[str, NatGateway],
    own: Collection[EniKey],
) -> tuple[dict[str, OtherClient], dict[str, tuple[str, ...]]]:
    """Everything but the functions of the case (whose ENIs are ``own``) that leaves by one of its NAT gateways.

    Grouped by NAT gateway, kind and Name tag; for each group its private addresses.
    """
    groups: dict[tuple[str, str, str | None, str], list[str]] = {}
    for record in records:
        subnet = subnets.get(record.text("SubnetId") or "")
        nat = nat_gateways.get(subnet.route) if subnet else None
        kind = _client_kind(record, own)
        if subnet is None or nat is None or kind is None:
            continue
        zone = subnet.az if nat.kind is NatKind.REGIONAL else None
        label = record.tag("Name", "TagSet") or f"{kind} behind {nat.name}"
        address = record.text("PrivateIpAddress")
        groups.setdefault((label, nat.name, zone, kind), []).extend([address] if address else [])
    shared = Counter(label for label, *_ in groups)
    clients: dict[str, OtherClient] = {}
    found: dict[str, tuple[str, ...]] = {}
    for (label, route, zone, kind), addresses in groups.items():
        name = label if shared[label] == 1 else f"{label} ({', '.join(filter(None, (kind, route, zone)))})"
        clients[name] = OtherClient(name, route, zone, kind, addresses[0] if len(addresses) == 1 else None)
        found[name] = tuple(addresses)
    return clients, found


def _client_kind(record: Record, own: Collection[EniKey]) -> str | None:
    """What kind of client an interface belongs to; None when it is none, or one of the case's own functions."""
    kind = record.text("InterfaceType") or "interface"
    if _is_lambda(record):
        return None if EniKey(record.text("SubnetId") or "", _groups(record)) in own else "functions"
    description = record.text("Description") or ""
    if kind in _NO_CLIENTS or record.text("Status") == "available" or _NO_CLIENT_DESCRIPTIONS.match(description):
        return None
    if kind == "branch":
        return "containers"
    return next((name for name, known in _KINDS if known.match(description)), "instances")


def _is_lambda(record: Record) -> bool:
    return record.text("InterfaceType") == _LAMBDA or (record.text("Description") or "").startswith(_OF_LAMBDA)


def _groups(record: Record) -> tuple[str, ...]:
    return tuple(sorted({one.need("GroupId") for one in record.records("Groups")}))
