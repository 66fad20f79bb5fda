"""Subnets without an address for each Hyperplane ENI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from narrows.limits import SUBNET_RESERVED_ADDRESSES
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found]:
    """Each security-group set takes one address in each subnet, each NAT gateway at least one."""
    sets: dict[str, set[frozenset[str]]] = {}
    for function in subject.in_vpc:
        if function.sure and function.groups is not None:
            for subnets, groups in ((function.subnets or (), function.groups), *function.pairs):
                for key in subnets:
                    sets.setdefault(key, set()).add(frozenset(groups))
    gateways = Counter(nat.subnet for nat in subject.nats.values() if nat.sure)
    for key, group_sets in sets.items():
        subnet = subject.subnets.get(key)
        if subnet is None:
            continue
        if subnet.free == 0:
            yield Found(subnet, f"{subnet.label} has no free address left: no further Hyperplane ENI can be made in it")
        elif subnet.free is None and subnet.block is not None:
            room = subnet.block.last - subnet.block.first + 1 - SUBNET_RESERVED_ADDRESSES.value
            needed = len(group_sets) + gateways[key]
            if needed > room:
                yield Found(subnet, f"{subnet.label} has {room:,} addresses, and {needed:,} interfaces need one each")


RULE = Rule(
    "subnet-too-small",
    Severity.ERROR,
    "A subnet has too few addresses for the Hyperplane ENIs of its functions.",
    "What finds no address is not created: functions stay Pending with SubnetOutOfIPAddresses, and Lambda cannot scale "
    "out the ENIs that are there.",
    "Use larger subnets, or share security groups among functions.",
    check,
)
