"""What a scenario calls the resources of an account: by the names that people gave them, else by their addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from narrows.declared.account import DescribedAccount
from narrows.network import Egress, Endpoint, Function, NatGateway, Network, SecurityGroup, Subnet

_LONGEST = 128
"""Characters of a name in a scenario."""
_RESERVED = frozenset(way.value for way in Egress)
"""What a NAT gateway cannot be called: as a route it means something else."""


@dataclass(frozen=True)
class Names:
    """The name of each resource by its id, kind by kind; functions keep theirs."""

    subnets: Mapping[str, str]
    nat_gateways: Mapping[str, str]
    security_groups: Mapping[str, str]
    endpoints: Mapping[str, str]

    @property
    def all(self) -> dict[str, str]:
        """Of every kind: ids are of one kind each."""
        return {**self.subnets, **self.nat_gateways, **self.security_groups, **self.endpoints}


def names_of(account: DescribedAccount) -> Names:
    """Names that are unique among those of their kind, and can be written."""
    network, answers = account.network, account.described.answers

    def names(kind: str, id: str, *more: str) -> dict[str, str]:
        return _names(account, dict.fromkeys((*(str(answer[id]) for answer in answers.get(kind, ())), *more)))

    placed = [
        pair
        for function in network.functions.values()
        for pair in ((function.subnets, function.security_groups), *function.versions)
    ]
    return Names(
        names("subnets", "SubnetId", *(name for subnets, _ in placed for name in subnets)),
        names("nat-gateways", "NatGatewayId"),
        names("security-groups", "GroupId", *(name for _, groups in placed for name in groups)),
        names("vpc-endpoints", "VpcEndpointId"),
    )


def _names(account: DescribedAccount, ids: Iterable[str]) -> dict[str, str]:
    ids = list(ids)
    wanted = {id: _wanted(account, id) for id in ids}
    counts = Counter(wanted.values())
    names: dict[str, str] = {}
    taken = {name for name, count in counts.items() if name is not None and count == 1}
    for id in ids:
        name = wanted[id]
        if name is None or counts[name] > 1:
            name = _fresh(_valid(account.address_of.get(id)) or id, taken)
            taken.add(name)
        names[id] = name
    return names


def _wanted(account: DescribedAccount, id: str) -> str | None:
    """What people call it; None where nobody calls it anything that can be written."""
    address = account.address_of.get(id)
    if address is not None:
        resource = account.described.ids.resource[address]
        return _valid(resource.name) or _valid(resource.label)
    groups = account.described.answers.get("security-groups", ())
    named = (str(group["GroupName"]) for group in groups if group["GroupId"] == id and "GroupName" in group)
    return _valid(next(named, None))


def _valid(name: str | None) -> str | None:
    if name is None or not name.strip() or not name.isprintable() or len(name) > _LONGEST or name in _RESERVED:
        return None
    return name


def _fresh(name: str, taken: set[str]) -> str:
    name = name[: _LONGEST - 6]
    return name if name not in taken else next(f"{name}-{n}" for n in range(2, 10**5) if f"{name}-{n}" not in taken)


def renamed(network: Network, names: Names) -> Network:
    """The network with names in place of ids."""

    def pair(subnets: Iterable[str], groups: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (
            tuple(names.subnets.get(id, id) for id in subnets),
            tuple(names.security_groups.get(id, id) for id in groups),
        )

    def function(before: Function) -> Function:
        subnets, groups = pair(before.subnets, before.security_groups)
        versions = tuple(pair(*version) for version in before.versions)
        return replace(before, subnets=subnets, security_groups=groups, versions=versions)

    def subnet(before: Subnet) -> Subnet:
        return replace(
            before, name=names.subnets[before.name], route=names.nat_gateways.get(before.route, before.route)
        )

    def gateway(before: NatGateway) -> NatGateway:
        return replace(before, name=names.nat_gateways[before.name])

    def group(before: SecurityGroup) -> SecurityGroup:
        return replace(before, name=names.security_groups[before.name])

    def endpoint(before: Endpoint) -> Endpoint:
        return replace(before, name=names.endpoints.get(before.name, before.name))

    return replace(
        network,
        subnets={new.name: new for new in map(subnet, network.subnets.values())},
        nat_gateways={new.name: new for new in map(gateway, network.nat_gateways.values())},
        security_groups={new.name: new for new in map(group, network.security_groups.values())},
        endpoints={new.name: new for new in map(endpoint, network.endpoints.values())},
        functions={name: function(before) for name, before in network.functions.items()},
        reachability=None,
    )
