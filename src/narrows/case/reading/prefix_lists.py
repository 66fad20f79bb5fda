"""What is in prefix lists: their blocks, where AWS's answer has them, and else what the name of one of AWS's says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from narrows.addresses import Block
from narrows.addresses import block as parsed
from narrows.case.model import KnownDestination
from narrows.case.reading.aws_json import Record
from narrows.reachability.configuration import PrefixList
from narrows.service_names import DYNAMODB, S3, answers_to

_OF_AWS = re.compile(r"com\.amazonaws\.(?P<region>[a-z0-9-]+)\.(?P<service>[a-z0-9.-]+)")
"""As DescribePrefixLists and DescribeManagedPrefixLists name AWS's own: ``com.amazonaws.us-east-1.s3``."""


def prefix_lists(records: Iterable[Record], destinations: Mapping[str, KnownDestination]) -> dict[str, PrefixList]:
    """Each prefix list by its id.

    DescribePrefixLists has the blocks of the lists of gateway endpoints; DescribeManagedPrefixLists has names only, of
    one's own lists, too.
    """
    hosts = {key: one.host for key, one in destinations.items() if one.host is not None}
    judged: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    found: dict[str, PrefixList] = {}
    for record in records:
        name = record.text("PrefixListName") or ""
        if name not in judged:
            judged[name] = _judged(name, hosts)
        found[record.need("PrefixListId")] = PrefixList(_blocks(record), *judged[name])
    return found


def _judged(name: str, hosts: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """(The destinations that are of the service that a list is named after, those that are not)."""
    match = _OF_AWS.fullmatch(name)
    inside = {key: _is_of(match["service"], match["region"], host) for key, host in hosts.items()} if match else {}
    return (
        frozenset(key for key, one in inside.items() if one),
        frozenset(key for key, one in inside.items() if one is False),
    )


def blocks_of_lists(records: Iterable[Record]) -> dict[str, tuple[Block, ...]]:
    """The blocks of each prefix list of which an answer has them."""
    found = {record.need("PrefixListId"): _blocks(record) for record in records}
    return {name: blocks for name, blocks in found.items() if blocks}


def _blocks(record: Record) -> tuple[Block, ...]:
    found = []
    for text in record.texts("Cidrs"):
        try:
            found.append(parsed(text))
        except ValueError:
            raise record.error("holds a CIDR block that is none") from None
    return tuple(found)


def _is_of(service: str, region: str, host: str) -> bool | None:
    """Whether a list of AWS's holds the addresses that a name stands for."""
    host = host.lower().rstrip(".").removesuffix(".cn")
    aws = host.endswith(".amazonaws.com")
    if service not in (S3, DYNAMODB):
        # Which names its service has is not known here: only that it has none of another's.
        return False if aws and service not in host else None
    if answers_to(service, region, host, gateway=True):
        return True
    labels = host.split(".")
    if aws and region in host and any(one.startswith((service, "ddb")) for one in labels) and "streams" not in labels:
        return None  # a website, an access point of another kind: AWS does not say
    return False
