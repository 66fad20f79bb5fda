"""Declared resources as AWS would describe them: the answers of ListFunctions and of EC2's Describe operations.

What a resource means is worked out once, from such answers, by the reader of cases; here is only what each declaration
becomes once it is deployed, with what AWS adds by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from narrows.declared import resource_types
from narrows.declared.described import functions, gateways, rules, vpc
from narrows.declared.described.told import Book, Question, Shape
from narrows.declared.ids import Ids
from narrows.declared.model import Declared
from narrows.zones import region_of_zone

_ANSWERS: dict[str, Callable[[Book], list[Shape]]] = {
    "functions": functions.functions,
    "vpcs": vpc.vpcs,
    "subnets": vpc.subnets,
    "route-tables": vpc.route_tables,
    "nat-gateways": gateways.nat_gateways,
    "addresses": gateways.addresses,
    "security-groups": rules.security_groups,
    "network-acls": rules.network_acls,
    "vpc-endpoints": gateways.vpc_endpoints,
    "prefix-lists": gateways.prefix_lists,
    "transit-gateway-attachments": gateways.transit_attachments,
    "vpc-peering-connections": gateways.peering_connections,
    "flow-logs": gateways.flow_logs,
}
"""By the name of the file of a case."""


@dataclass(frozen=True)
class Described:
    """What AWS would answer."""

    answers: Mapping[str, list[Shape]]
    """By the name of a case's file (``nat-gateways``): the resources in it. Kinds of which nothing is declared are
    absent, unless a VPC is declared: then what is not there is known not to be."""
    ids: Ids
    questions: tuple[Question, ...]
    provisioned: Mapping[str, int]
    """Provisioned concurrency by function."""
    invoked_by: Mapping[str, list[str]]
    """What event source mappings say of each function's concurrency."""


def describe(declared: Declared, region: str | None = None) -> Described:
    """The answers for what is declared, and what the files leave open; ``region``, where they do not say it."""
    book = Book(declared, Ids(declared), region or region_of(declared))
    for resource in declared.resources:
        if resource.conditional:
            book.told(resource).ask("", resource.conditional)
    answers = {name: answer(book) for name, answer in _ANSWERS.items()}
    whole = any(True for _ in declared.of(resource_types.VPC))
    return Described(
        {name: records for name, records in answers.items() if records or whole},
        book.ids,
        tuple(book.questions),
        functions.provisioned(book),
        functions.invoked_by(book),
    )


def region_of(declared: Declared) -> str | None:
    """The Region that the files name; None where they name none."""
    if declared.region is not None:
        return declared.region
    zones = (subnet.properties.get("AvailabilityZone") for subnet in declared.of(resource_types.SUBNET))
    return next((region for zone in zones if isinstance(zone, str) and (region := region_of_zone(zone))), None)
