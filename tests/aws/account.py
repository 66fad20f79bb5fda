"""What a case folder holds, as the resources of an account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml

Record = dict[str, Any]
_Made = TypeVar("_Made")

_KINDS = {
    "FlowLogs": "FlowLogId",
    "VpcPeeringConnections": "VpcPeeringConnectionId",
    "NatGateways": "NatGatewayId",
    "VpcEndpoints": "VpcEndpointId",
    "NetworkAcls": "NetworkAclId",
    "RouteTables": "RouteTableId",
    "SecurityGroups": "GroupId",
    "Addresses": "PublicIp",
    "NetworkInterfaces": "NetworkInterfaceId",
    "TransitGatewayVpcAttachments": "TransitGatewayAttachmentId",
    "PrefixLists": "PrefixListId",
    "Subnets": "SubnetId",
    "Vpcs": "VpcId",
}
"""The answer's member and the id of each kind in ``ec2/``; a bare resource is of the first kind whose id it has."""

OWN_FILES = {
    "Addresses": "addresses",
    "NatGateways": "nat-gateways",
    "NetworkAcls": "network-acls",
    "NetworkInterfaces": "network-interfaces",
    "PrefixLists": "prefix-lists",
    "RouteTables": "route-tables",
    "SecurityGroups": "security-groups",
    "Subnets": "subnets",
    "TransitGatewayVpcAttachments": "transit-gateway-attachments",
    "VpcEndpoints": "vpc-endpoints",
    "Vpcs": "vpcs",
}
"""The file that counts where two differ."""


@dataclass(frozen=True)
class Document:
    """One JSON object of a file: an answer, or a resource by itself."""

    stem: str
    """Name of the file without its ending."""
    data: Record


@dataclass(frozen=True)
class Account:
    """An account with what stands in a case folder; ``of_region`` has nothing where the case has another Region."""

    folder: Path
    id: str = "123456789012"
    about: Record = field(default_factory=dict)
    """Content of ``case.yaml``."""
    region: str = "us-east-1"
    is_empty: bool = False
    _made: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, account: str) -> Account:
        """The account of a case. Raises ``OSError`` where ``case.yaml`` cannot be read."""
        about = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
        return cls(folder, account, about, about.get("region") or "us-east-1")

    def of_region(self, region: str) -> Account:
        """This account as it is in a Region: a case holds one."""
        return self if region == self.region else Account(self.folder, self.id, {}, region, is_empty=True)

    @cached_property
    def end(self) -> datetime:
        """The end of the case's window; of everything that it holds, where it names none."""
        window = self.about.get("window")
        if window:
            end = window[1] if isinstance(window, list | tuple) else window
            return moment(end)
        return datetime(2026, 11, 30, tzinfo=UTC)

    def files(self, folder: str, ending: str) -> list[Path]:
        """Files below a folder of the case, in order of their names; ``.`` is the case's own folder alone."""
        if self.is_empty:
            return []
        found = self.folder.glob(f"*{ending}") if folder == "." else (self.folder / folder).rglob(f"*{ending}")
        return sorted(one for one in found if one.is_file())

    def once(self, name: str, make: Callable[[], _Made]) -> _Made:
        """What ``make`` makes of the case's files, made at the first call: a server sees a case as it was."""
        if name not in self._made:
            self._made[name] = make()
        found: _Made = self._made[name]
        return found

    def documents(self, folder: str) -> list[Document]:
        """Every object in the JSON files of a folder, pages and bare lists taken apart."""
        return self.once(
            f"documents of {folder}",
            lambda: [Document(file.stem, one) for file in self.files(folder, ".json") for one in objects(file)],
        )

    @cached_property
    def ec2(self) -> dict[str, list[Record]]:
        """Resources by the member of the answer that holds them, each once."""
        documents = self.documents("ec2")
        return {member: self._merged(documents, member, id) for member, id in _KINDS.items()}

    def _merged(self, documents: list[Document], member: str, id: str) -> list[Record]:
        own = OWN_FILES.get(member)
        found: dict[str, Record] = {}
        for document in sorted(documents, key=lambda one: one.stem != own):
            for record in _records(document.data, member):
                merge(found, record.get(id) or record.get("AllocationId") or record.get("PrivateIp"), record)
        return list(found.values())

    def list_of(self, folder: str, member: str, id: str) -> list[Record]:
        """The resources in the answers of a folder that are not of EC2, each once."""
        found: dict[str, Record] = {}
        for document in self.documents(folder):
            for record in document.data.get(member) or ():
                merge(found, record.get(id), record)
        return list(found.values())


def merge(found: dict[str, Record], key: Any, record: Record) -> None:
    """Take a resource up; one that is there already keeps what it says, and gets what it lacks."""
    there = found.get(key, {})
    found[key] = {**record, **{name: value for name, value in there.items() if value is not None}}


def _records(data: Record, member: str) -> list[Record]:
    if member in data:
        return list(data[member])
    if any(one in data for one in _KINDS):
        return []
    return [data] if next((one for one, id in _KINDS.items() if id in data), None) == member else []


def objects(file: Path) -> Iterator[Record]:
    """The objects that a JSON file holds: one, a list of them, or several documents one after the other."""
    raw = file.read_bytes()
    text = raw.decode(json.detect_encoding(raw)).lstrip("\ufeff").strip()
    decoder, position = json.JSONDecoder(), 0
    while position < len(text):
        document, position = decoder.raw_decode(text, position)
        position = re.compile(r"[\s\ufeff]*").match(text, position).end()  # type: ignore[union-attr]
        yield from (one for one in (document if isinstance(document, list) else [document]) if isinstance(one, dict))


def moment(value: Any) -> datetime:
    """A time as files write it: ISO 8601, seconds since 1970, or what YAML made of it."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def after(end: datetime) -> datetime:
    """The server's clock, where a test sets none: what was measured has arrived."""
    return end + timedelta(minutes=10)
