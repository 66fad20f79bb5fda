"""Who shares a Hyperplane ENI or a NAT gateway: the functions in question, their neighbours, and who is no function.

AWS answers this for nobody: an ENI does not name its functions, and a NAT gateway none of its clients. It follows from
what is attached where: a function, or a published version of it, is on the ENI of its subnet and security-group set,
and leaves by the NAT gateway that the subnet's route table leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from narrows.evidence.facts import Facts, once
from narrows.network import Egress, EniKey, NatKind, OtherClient

_NOT_NAT = frozenset(Egress)


@dataclass(frozen=True, slots=True)
class Sharer:
    """A function that shares a table."""

    function: str
    in_question: bool
    versions: tuple[str, ...] = ()
    """The published versions that share it, where the function's latest configuration does not; else empty."""

    @property
    def name(self) -> str:
        """``storefront``, or ``storefront (version 3)`` where only that version shares the table."""
        if not self.versions:
            return self.function
        return f"{self.function} (version{'s' * (len(self.versions) > 1)} {', '.join(self.versions)})"


def sharers_of_eni(facts: Facts, key: EniKey) -> tuple[Sharer, ...]:
    """Every function of the case on the ENI of a key, those in question first."""
    return _sharers(facts, [key])


def sharers_of_gateway(facts: Facts, gateway: str, zone: str | None = None) -> tuple[Sharer, ...]:
    """Every function of the case in a subnet that leads to a NAT gateway, those in question first.

    Args:
        zone: of a regional NAT gateway, whose tables in each Availability Zone are its own; all when left out.
    """
    return _sharers(facts, enis_behind(facts).get(gateway, {}).get(zone, ()))


def others_of_gateway(facts: Facts, gateway: str, zone: str | None = None) -> tuple[OtherClient, ...]:
    """What else leaves by a NAT gateway: instances, containers, ENIs of functions that the case does not list.

    Args:
        zone: of a regional NAT gateway; all when left out.
    """
    of_gateway = _others(facts).get(gateway, ())
    return tuple(one for one in of_gateway if zone is None or one.az in (None, zone))


def others_are_known(facts: Facts) -> bool:
    """Whether the case would show what else leaves by a NAT gateway."""
    return {"network-interfaces", "subnets", "route-tables"} <= facts.case.topology.known


@once
def zones_of_gateway(facts: Facts, gateway: str) -> frozenset[str]:
    """The Availability Zones from which anybody leaves by a NAT gateway."""
    found = {zone for zone in enis_behind(facts).get(gateway, {}) if zone is not None}
    return frozenset(found | {one.az for one in _others(facts).get(gateway, ()) if one.az})


@once
def neighbours_of_gateway(facts: Facts, gateway: str) -> tuple[str, ...]:
    """The functions behind a NAT gateway that are not in question."""
    return tuple(one.function for one in sharers_of_gateway(facts, gateway) if not one.in_question)


@once
def enis_behind(facts: Facts) -> Mapping[str, Mapping[str | None, Sequence[EniKey]]]:
    """The ENIs of functions whose subnets lead to each NAT gateway: all of them, and those of each zone."""
    network = facts.ways.network
    found: dict[str, dict[str | None, list[EniKey]]] = {}
    for key in network.hyperplane_enis:
        subnet = network.subnets.get(key.subnet)
        if subnet is None or subnet.route in _NOT_NAT:
            continue
        of_gateway = found.setdefault(subnet.route, {None: []})
        of_gateway[None].append(key)
        if subnet.az:
            of_gateway.setdefault(subnet.az, []).append(key)
    return found


@once
def least_of_neighbours(facts: Facts, gateway: str) -> Mapping[EniKey, float]:
    """For each ENI before a NAT gateway the share of its connections through the gateway that a neighbour has there,
    whichever has the least, as functions spread evenly over their subnets; empty where there is no neighbour."""
    keys = enis_behind(facts).get(gateway, {}).get(None, ())
    enis, older = facts.ways.network.hyperplane_enis, _only_versions(facts)
    of_function: dict[str, list[EniKey]] = {}
    for key in keys:
        for function in enis[key].functions:
            if function not in facts.asked:
                of_function.setdefault(function, []).append(key)
    shares: dict[EniKey, list[float]] = {key: [] for key in keys}
    for function, its in of_function.items():
        # How often which of its versions is invoked, nothing says.
        mixed = len(its) > 1 and any((function, key) in older for key in its)
        for key in its:
            shares[key].append(0.0 if mixed else 1 / len(its))
    on_all = len(of_function)
    return {key: min(each) if len(each) == on_all else 0.0 for key, each in shares.items()} if on_all else {}


def is_regional(facts: Facts, gateway: str) -> bool:
    """Whether a NAT gateway has tables of its own in each Availability Zone."""
    known = facts.ways.network.nat_gateways.get(gateway)
    return known is not None and known.kind is NatKind.REGIONAL


@once
def _others(facts: Facts) -> Mapping[str, Sequence[OtherClient]]:
    found: dict[str, list[OtherClient]] = {}
    for one in facts.ways.network.others.values():
        found.setdefault(one.route, []).append(one)
    return found


def _sharers(facts: Facts, keys: Sequence[EniKey]) -> tuple[Sharer, ...]:
    """The functions on any of these ENIs; by its versions only one whose latest configuration has none of them."""
    enis, older = facts.ways.network.hyperplane_enis, _only_versions(facts)
    found: dict[str, dict[str, None] | None] = {}
    for key in keys:
        for function in enis[key].functions if key in enis else ():
            versions = older.get((function, key))
            if versions is None:
                found[function] = None
            elif (before := found.setdefault(function, {})) is not None:
                before.update(dict.fromkeys(versions))
    sharers = [
        Sharer(function, function in facts.asked, tuple(sorted(versions or (), key=_number)))
        for function, versions in found.items()
    ]
    return tuple(sorted(sharers, key=lambda one: (not one.in_question, one.function)))


def _number(version: str) -> tuple[int, str]:
    """To sort versions by: 9 before 10."""
    return len(version), version


@once
def _only_versions(facts: Facts) -> Mapping[tuple[str, EniKey], Sequence[str]]:
    """The ENIs that a function has by published versions alone, with their numbers."""
    found: dict[tuple[str, EniKey], list[str]] = {}
    for one in facts.ways.network.functions.values():
        unnumbered = repeat((), len(one.versions) - len(one.version_numbers))
        for (subnets, groups), numbers in zip(one.versions, (*one.version_numbers, *unnumbered), strict=True):
            of_versions = tuple(sorted(set(groups)))
            for subnet in subnets:
                if of_versions != one.security_group_set or subnet not in one.subnets:
                    found.setdefault((one.name, EniKey(subnet, of_versions)), []).extend(numbers)
    return found
