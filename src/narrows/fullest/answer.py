"""The tables of a case, the fullest first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

from narrows.assumptions import Assumptions, PrintedAssumption
from narrows.aws.requests import shell_command
from narrows.case.model import Case, ObservedEni
from narrows.case.reading.aws_files import AWS_FILES
from narrows.evidence.facts import Facts
from narrows.evidence.paths import UNNAMED
from narrows.evidence.sharing import (
    enis_behind,
    is_regional,
    others_are_known,
    others_of_gateway,
    sharers_of_eni,
    sharers_of_gateway,
)
from narrows.evidence.tables import Seen, seen_on_eni, seen_ports, seen_unnamed_ports
from narrows.flowlogs.creating import flow_log_request
from narrows.fullest.model import SharedTable, SharedTableJson
from narrows.limits import HYPERPLANE_ENI_CONNECTIONS, NAT_CONNECTIONS_PER_DESTINATION
from narrows.network import Destination, EniKey, HopKind
from narrows.tables import TableId
from narrows.words import short_name

_NEEDED = ("functions", "subnets", "route-tables", "nat-gateways", "network-interfaces")
"""Kinds of evidence without which tables, or who shares them, are not known."""

_ANY = "any one destination"


class FullestJson(TypedDict):
    """The answer of ``fullest --json``."""

    functions: list[str]
    tables: list[SharedTableJson]
    tables_in_all: int
    without_table: list[str]
    missing: list[str]
    command: str | None
    assumptions: list[PrintedAssumption]


@dataclass(frozen=True)
class Fullest:
    """The answer to: which functions share this table, and how full is it?"""

    functions: tuple[str, ...]
    """Those in question."""
    all_in_question: bool
    """Whether those are all that the case lists, as where ``case.yaml`` names none: then none has a neighbour."""
    tables: tuple[SharedTable, ...]
    """By the lower end of how full they are in whole per cent, then by the upper; those of which nothing is known come
    last; then those that most functions share."""
    without_table: tuple[str, ...]
    """Functions that share none of them: in no VPC, or in one where no function in question is."""
    missing: tuple[str, ...]
    """Files that are not in the case, each with the operation of AWS's API that it is the answer of: without them some
    tables, or some of those who share them, are not known."""
    region: str | None
    assumptions: tuple[PrintedAssumption, ...]
    """Those that this answer used."""

    def command(self, most: int | None = None) -> str:
        """The command that makes the flow logs that tell more of the tables of which it is open whether they were full;
        empty where none is.

        Args:
            most: of so many tables at most, the fullest; of all when left out.
        """
        of_kinds: dict[str, dict[str, None]] = {}
        for one in self.tables[:most]:
            if one.would_tell and one.logged_at is not None:
                kind, resource = one.logged_at
                of_kinds.setdefault(kind, {})[resource] = None
        requests = [flow_log_request(kind, [*ids], self.region) for kind, ids in of_kinds.items()]
        return shell_command(requests) if requests else ""

    def to_json(self, most: int | None = None) -> FullestJson:
        """As ``--json`` prints it.

        Args:
            most: so many tables at most, the fullest; all when left out.
        """
        return FullestJson(
            functions=list(self.functions),
            tables=[one.to_json() for one in self.tables[:most]],
            tables_in_all=len(self.tables),
            without_table=list(self.without_table),
            missing=list(self.missing),
            command=self.command(most) or None,
            assumptions=list(self.assumptions),
        )


def fullest_tables(case: Case, assumptions: Assumptions | None = None, *, facts: Facts | None = None) -> Fullest:
    """Every Hyperplane ENI and NAT gateway of the VPCs of the functions in question: who shares it, how full it is.

    Args:
        facts: what the case shows, where it has been read; with its own assumptions.
    """
    facts = facts or Facts(case, assumptions or case.assumptions)
    found = _Tables(facts)
    tables = sorted((*found.of_enis(), *found.of_gateways()), key=_order)
    sharing = {one.function for table in tables for one in table.functions}
    known = case.topology.known
    return Fullest(
        functions=case.functions,
        all_in_question=facts.asked.issuperset(facts.ways.network.functions),
        tables=tuple(tables),
        without_table=tuple(sorted(set(facts.ways.network.functions) - sharing)),
        missing=tuple(f"{AWS_FILES[one].path} ({AWS_FILES[one].operation})" for one in _NEEDED if one not in known),
        region=case.region,
        assumptions=tuple(facts.assumptions.printed(tuple(facts.used))),
    )


def _order(one: SharedTable) -> tuple[object, ...]:
    share = one.share
    by_share = (1, 0.0, 0.0)
    if share is not None:
        # A handful of connections that are certain says no more of a table than none that are.
        by_share = 0, -round(share[0], 2), -math.inf if share[1] is None else -share[1]
    elif one.seen is not None:
        by_share = 1, -one.seen.low, 0.0
    return *by_share, -len(one.functions), *one.id.order


class _Tables:
    """The tables of a case, one after the other."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._network = facts.ways.network
        self._each = round(facts.assume("nat_connections_per_address"))

    def of_enis(self) -> Iterator[SharedTable]:
        """Those of Hyperplane ENIs: of functions, and listed ones that no function of the case has."""
        facts = self._facts
        listed = self._listed_enis if "network-interfaces" in facts.case.topology.known else None
        for key in self._keys:
            subnet = self._network.subnets.get(key.subnet)
            seen, capacity = seen_on_eni(facts, key), facts.ways.eni_capacity(key)
            told = _flow_logs_of(facts, key.subnet, seen) if _is_open(seen, capacity) else ""
            yield SharedTable(
                id=TableId(HopKind.HYPERPLANE_ENI, key),
                name=short_name(facts.case, key),
                zone=(subnet.az if subnet else "") or None,
                towards="",
                limit=HYPERPLANE_ENI_CONNECTIONS,
                each=HYPERPLANE_ENI_CONNECTIONS.value,
                capacity=capacity,
                addresses=None,
                seen=seen,
                functions=sharers_of_eni(facts, key),
                enis=None if listed is None else tuple(listed.get(key, ())),
                would_tell=told,
                logged_at=("Subnet", key.subnet),
            )

    @cached_property
    def _keys(self) -> tuple[EniKey, ...]:
        """Of the VPCs in question."""
        every = dict.fromkeys((*self._network.hyperplane_enis, *self._listed_enis))
        asked = self._facts.asked
        if asked.issuperset(self._network.functions):
            return tuple(every)
        mine = {
            self._vpc(key.subnet)
            for key, eni in self._network.hyperplane_enis.items()
            if not asked.isdisjoint(eni.functions)
        }
        # Of a subnet that no file describes nobody knows that it is in another VPC.
        return tuple(key for key in every if not mine or None in mine or self._vpc(key.subnet) in {None, *mine})

    def _vpc(self, subnet: str) -> str | None:
        engine = self._network.reachability
        place = None if engine is None else engine.config.places.get(subnet)
        return None if place is None else place.vpc

    @cached_property
    def _listed_enis(self) -> Mapping[EniKey, Sequence[ObservedEni]]:
        found: dict[EniKey, list[ObservedEni]] = {}
        for one in self._facts.case.topology.enis:
            found.setdefault(one.key, []).append(one)
        return found

    def of_gateways(self) -> Iterator[SharedTable]:
        """Those of NAT gateways: towards each destination of the functions in question, and towards the fullest other
        one that flow logs show."""
        mine = set(self._keys)
        for gateway, keys in sorted(enis_behind(self._facts).items()):
            zones = sorted(zone for zone in keys if zone is not None) if is_regional(self._facts, gateway) else [None]
            for zone in zones:
                if mine.isdisjoint(keys[zone]):
                    continue
                named = self._destinations.get((gateway, zone), {})
                for name in named:
                    yield self._towards(gateway, zone, self._network.destinations[name])
                fullest, seen = seen_unnamed_ports(self._facts, gateway, zone, frozenset(named))
                if fullest is not None or not named:
                    yield self._table(gateway, zone, fullest, fullest or _ANY, 1, seen)

    @cached_property
    def _destinations(self) -> Mapping[tuple[str, str | None], Mapping[str, None]]:
        """Of each NAT gateway, and zone where it is a regional one, the destinations in question behind it."""
        found: dict[tuple[str, str | None], dict[str, None]] = {}
        for way in self._facts.ways.ways:
            if way.kind is HopKind.NAT_GATEWAY and way.resource and way.subnet:
                zone = None
                if is_regional(self._facts, way.resource):
                    zone = self._network.subnets[way.subnet].az
                found.setdefault((way.resource, zone), {})[way.destination] = None
        return found

    def _towards(self, gateway: str, zone: str | None, destination: Destination) -> SharedTable:
        seen = seen_ports(self._facts, gateway, zone, destination.name)
        if destination.name == UNNAMED:
            return self._table(gateway, zone, None, _ANY, 1, seen)
        only = destination.addresses[0] if len(destination.addresses) == 1 else None
        where = destination.name if only is None else f"{only}:{destination.port}"
        several = f" ({destination.unique} addresses together)" if destination.unique > 1 else ""
        return self._table(gateway, zone, where, f"{destination.name}{several}", destination.unique, seen)

    def _table(
        self, gateway: str, zone: str | None, where: str | None, towards: str, unique: int, seen: Seen | None
    ) -> SharedTable:
        facts = self._facts
        addresses, known = facts.ways.addresses(gateway), self._network.nat_gateways.get(gateway)
        capacity = addresses * self._each * unique or None
        return SharedTable(
            id=TableId(HopKind.NAT_GATEWAY, gateway, zone, where),
            name=short_name(facts.case, gateway),
            zone=zone or (known.az if known else None),
            towards=towards,
            limit=NAT_CONNECTIONS_PER_DESTINATION,
            each=self._each,
            capacity=capacity,
            addresses=addresses or None,
            seen=seen,
            functions=sharers_of_gateway(facts, gateway, zone),
            others=others_of_gateway(facts, gateway, zone) if others_are_known(facts) else None,
            would_tell=self._what_tells_of(gateway, seen) if _is_open(seen, capacity) else "",
            logged_at=self._where_logged(gateway),
        )

    def _what_tells_of(self, gateway: str, seen: Seen | None) -> str:
        if seen is None and self._facts.nat(gateway).active is None:
            return f"ActiveConnectionCount of {self._facts.label(gateway)}"
        where = self._where_logged(gateway)
        return _flow_logs_of(self._facts, gateway if where is None else where[1], seen)

    def _where_logged(self, gateway: str) -> tuple[str, str] | None:
        if is_regional(self._facts, gateway):
            return "RegionalNatGateway", gateway
        subnet = self._facts.case.topology.nat_subnets.get(gateway)
        return None if subnet is None else ("Subnet", subnet)


def _is_open(seen: Seen | None, capacity: int | None) -> bool:
    """Whether it is not known that a table was full, nor that it was not."""
    if seen is None or seen.high is None or not capacity:
        return seen is None or not capacity or seen.low < capacity
    return seen.low < capacity <= seen.high


def _flow_logs_of(facts: Facts, resource: str, seen: Seen | None) -> str:
    """The flow logs that would tell more of a table; empty where those of the case tell all that flow logs can."""
    logs = facts.flow_logs
    if logs is None or seen is None or logs.source not in seen.source:
        better = ""
    elif seen.high is None:
        better = " without gaps"
    elif not logs.has_flags:
        better = " with tcp-flags"
    else:
        return ""
    return f"flow logs of {facts.label(resource)}{better}"
