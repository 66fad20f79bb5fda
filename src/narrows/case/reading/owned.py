"""What ElastiCache and RDS say of the destinations that are theirs: ``elasticache/`` and ``rds/``.

Files are taken for what they hold, whatever they are called; only the answer of DescribeDBParameters does not say which
group it is of: its file is called after it, or holds the name beside the parameters, as narrows asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from narrows.aws_ids import PARAMETER_GROUP
from narrows.bounds import RESOURCES
from narrows.case.owned import Owned, OwnedDatabase, OwnedEndpoint
from narrows.case.reading.aws_json import Budget, Record, load_json
from narrows.case.reading.folder import CaseFolder
from narrows.errors import InputError, shown

PARAMETERS = "db-parameters-"
"""What the name of a file begins with that holds an answer of DescribeDBParameters."""
MAX_CONNECTIONS = "max_connections"
"""The parameter, of PostgreSQL, MySQL and MariaDB alike."""
_MEMBERS = (
    "ReplicationGroups", "ReplicationGroupId", "Parameters", "ParameterName", "DBInstances", "DBInstanceIdentifier",
)  # fmt: skip
"""Of an answer, or of the resources in it."""
_NUMBER = re.compile(r"[0-9]{1,9}")
_IN_EFFECT = "in-sync"
"""``ParameterApplyStatus`` of a group whose values are those that the instance runs with."""


@dataclass(frozen=True, slots=True)
class _Room:
    """What a parameter group says."""

    connections: int | None
    source: str


def is_read(answer: Any) -> bool:
    """Whether a JSON document is one that ``read_owned`` reads something in."""
    pages = answer if isinstance(answer, list) else [answer]
    return any(isinstance(page, dict) and not page.keys().isdisjoint(_MEMBERS) for page in pages)


def read_owned(folder: CaseFolder, endpoints: Iterable[Record], used: Collection[str]) -> Owned:
    """Everything in ``elasticache/`` and ``rds/``, and what names the endpoints on the way.

    Args:
        endpoints: those of DescribeVpcEndpoints.
        used: ids of those that destinations of the case are reached through.

    Raises:
        InputError: a file cannot be read, or something in it has not the shape that AWS gives it.
    """
    budget = Budget()
    nodes: dict[str, tuple[str, ...]] = {}
    for file, record in _objects(folder, "elasticache", budget):
        groups = _listed(record, "ReplicationGroups", "ReplicationGroupId")
        if groups is None:
            folder.note(file, "passed over: it holds nothing that narrows reads")
        for group in groups or ():
            nodes.setdefault(group.need("ReplicationGroupId").lower(), group.texts("MemberClusters"))
        _bound(nodes, "replication groups", file)
    rooms: dict[str, _Room] = {}
    databases: dict[str, OwnedDatabase] = {}
    states: dict[str, str | None] = {}
    for file, record in _objects(folder, "rds", budget):
        parameters = _listed(record, "Parameters", "ParameterName")
        instances = _listed(record, "DBInstances", "DBInstanceIdentifier")
        if parameters is None and instances is None:
            folder.note(file, "passed over: it holds nothing that narrows reads")
        if parameters is not None:
            _take_parameters(folder, file, record, parameters, rooms)
        for instance in instances or ():
            name = instance.need("DBInstanceIdentifier").lower()
            if name not in databases:
                databases[name], states[name] = _database(instance)
        _bound(databases, "DB instances", file)
    return Owned(
        nodes=nodes,
        databases={name: _with_room(folder, one, states[name], rooms) for name, one in databases.items()},
        endpoints={
            name: OwnedEndpoint(vpc, service)
            for one in endpoints
            if (name := one.need("VpcEndpointId")) in used
            and one.text("VpcEndpointType") == "Interface"
            and (vpc := one.text("VpcId"))
            and (service := one.text("ServiceName"))
        },
    )


def _objects(folder: CaseFolder, place: str, budget: Budget) -> Iterator[tuple[Path, Record]]:
    """The objects in the files of a folder: an answer, or each of its pages or resources."""
    for file in folder.files(place, ".json"):
        answer = load_json(folder, file, budget)
        pages = answer if isinstance(answer, list) else [answer]
        for index, page in enumerate(pages):
            yield file, Record.of(page, file, f"[{index}]" if isinstance(answer, list) else "")


def _listed(record: Record, member: str, id: str) -> list[Record] | None:
    """The resources in an answer, or the one that it is; None where it is neither."""
    if member in record.data:
        return record.records(member)
    return [record] if id in record.data else None


def _bound(found: Sized, what: str, file: Path) -> None:
    if len(found) > RESOURCES:
        raise InputError(f"with it there are more than {RESOURCES:,} {what} in the case", file=file)


def _database(instance: Record) -> tuple[OwnedDatabase, str | None]:
    """An instance, and whether the values of its parameter group are in effect, in RDS's word."""
    groups = instance.records("DBParameterGroups")
    group = groups[0] if len(groups) == 1 else None
    one = OwnedDatabase(
        instance.need("DBInstanceIdentifier"),
        instance.text("DBClusterIdentifier"),
        group.text("DBParameterGroupName") if group else None,
    )
    return one, group.text("ParameterApplyStatus") if group else None


def _take_parameters(
    folder: CaseFolder, file: Path, answer: Record, parameters: Iterable[Record], rooms: dict[str, _Room]
) -> None:
    called = file.name.removesuffix(".json").removeprefix(PARAMETERS)
    group = answer.text("DBParameterGroupName") or called
    if not PARAMETER_GROUP.fits(group):
        problem = "does not say which DB parameter group it is of"
        raise InputError(problem, file=file, advice=f"call it {PARAMETERS}NAME.json")
    for one in parameters:
        if one.text("ParameterName") == MAX_CONNECTIONS:
            value = one.text("ParameterValue")
            number = int(value) if value and _NUMBER.fullmatch(value) else 0
            if value is not None and not number:
                text = f"{MAX_CONNECTIONS} of {group} is {shown(value)}, which gives no number by itself"
                folder.note(file, f"{text}: how many connections its databases take is not known")
            rooms.setdefault(group.lower(), _Room(number or None, folder.source(file)))


def _with_room(folder: CaseFolder, one: OwnedDatabase, state: str | None, rooms: Mapping[str, _Room]) -> OwnedDatabase:
    room = rooms.get((one.parameter_group or "").lower())
    if room is None or room.connections is None:
        return one
    if state not in (None, _IN_EFFECT):
        text = f"{one.parameter_group} is {shown(state)} at {one.id}: which {MAX_CONNECTIONS} is in effect is not known"
        folder.note(room.source, text)
        return one
    return replace(one, max_connections=room.connections, source=room.source)
