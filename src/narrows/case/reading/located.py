"""Destinations of which a case knows only the name, located by how AWS describes its network interfaces.

AWS's services describe those that they make: ``EFS mount target for fs-... (fsmt-...)``, ``ELB app/NAME/ID``,
``ELB net/NAME/ID``, ``ELB NAME`` (a Classic Load Balancer), ``ElastiCache NAME-001``, ``VPC Endpoint Interface
vpce-...``, ``ES NAME`` (OpenSearch) and, without a name, ``RDSNetworkInterface``. The guides of the services say which
names each answers to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from narrows.case.model import KnownDestination
from narrows.case.reading.aws_json import Record

_DESCRIBED = (
    ("efs", re.compile(r"EFS mount target for (fs-[0-9a-z]+)(?: .*)?")),
    ("net", re.compile(r"ELB net/([^/]+/[0-9a-f]+)")),
    ("elb", re.compile(r"ELB (?:app/)?([^/]+)(?:/[0-9a-f]+)?")),
    ("node", re.compile(r"ElastiCache[ +]([A-Za-z0-9-]+)")),
    ("cache", re.compile(r"ElastiCache[ +]([A-Za-z0-9-]+?)(?:-\d{4})?-\d{3}")),
    ("vpce", re.compile(r"VPC Endpoint Interface (vpce-[0-9a-z]+)")),
    ("rds", re.compile(r"RDSNetworkInterface()")),
    ("es", re.compile(r"ES ([a-z0-9-]+)")),
)
"""What names the owner of an interface: a node of a cache is one of its replication group, too."""
_EFS = re.compile(r"(?:(?P<zone>[a-z0-9-]+)\.)?(?P<id>fs-[0-9a-z]+)\.efs\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_APPLICATION = re.compile(
    r"(?:dualstack\.)?(?P<internal>internal-)?(?P<name>[a-z0-9-]+)-\d+\.(?P<region>[a-z0-9-]+)\.elb\.amazonaws\.com"
)
"""Of an Application or a Classic Load Balancer."""
_NETWORK = re.compile(r"(?P<name>[a-z0-9-]+)-(?P<id>[0-9a-f]+)\.elb\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_CACHE = re.compile(
    r"(?:(?:master|replica|clustercfg)\.)?(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?:[a-z0-9]+\.){1,3}cache\.amazonaws\.com"
)
_ENDPOINT = re.compile(r"(?P<id>vpce-[0-9a-z]+)-[a-z0-9-]+\.[a-z0-9.-]+\.vpce\.amazonaws\.com")
_RDS = re.compile(r"[a-z0-9-]+\.(?!proxy-)[a-z0-9-]+\.(?P<region>[a-z0-9-]+)\.(?:rds|docdb|neptune)\.amazonaws\.com")
"""Of an instance or a cluster. A proxy's interfaces are described otherwise."""
_SEARCH = re.compile(r"vpc-(?P<name>[a-z0-9-]+)-[a-z0-9]{20,30}\.(?P<region>[a-z0-9-]+)\.es\.amazonaws\.com")
"""Of an OpenSearch domain inside a VPC."""
_LONGEST = 255
"""Characters of a description that EC2 takes, and of a DNS name."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where destinations are."""

    destinations: Mapping[str, KnownDestination]
    """All of them, those that were located with their addresses."""
    zones: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """The addresses that a name stands for in each Availability Zone, where that depends on it: mount targets of EFS
    (Amazon EFS User Guide, Mounting with a DNS name)."""
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Addresses one of which is the destination's, and which have the same security groups."""


def locate(destinations: Mapping[str, KnownDestination], interfaces: Iterable[Record]) -> Located:
    """Look for the destinations that have a name and no address."""
    nameless = {
        key: _plain(one.host)
        for key, one in destinations.items()
        if one.host and not one.addresses and len(one.host) <= _LONGEST
    }
    if not nameless:
        return Located(destinations)
    described = _by_owner(interfaces)
    found: dict[str, KnownDestination] = dict(destinations)
    zones: dict[str, Mapping[str, tuple[str, ...]]] = {}
    databases: dict[str, tuple[str, ...]] = {}
    alike: dict[str, tuple[str, ...]] = {}
    for key, host in nameless.items():
        if match := _RDS.fullmatch(host):
            # An account has thousands of interfaces, and a case may name as many databases.
            region = match["region"]
            if region not in databases:
                databases[region] = _databases(_here(match, described.get(("rds", ""), ())))
            alike[key] = databases[region]
            continue
        if match := _EFS.fullmatch(host):
            targets = _here(match, described.get(("efs", match["id"]), ()))
            if match["zone"]:
                targets = [one for one in targets if one.text("AvailabilityZone") == match["zone"]]
            addresses = _private(targets)
            zones[key] = _by_zone(targets)
        else:
            addresses = _addresses(host, described)
        if addresses:
            found[key] = replace(found[key], addresses=addresses)
    return Located(found, zones, {key: one for key, one in alike.items() if one})


def _by_owner(interfaces: Iterable[Record]) -> dict[tuple[str, str], list[Record]]:
    found: dict[tuple[str, str], list[Record]] = {}
    for record in interfaces:
        description = (record.text("Description") or "")[:_LONGEST]
        for kind, form in _DESCRIBED:
            if match := form.fullmatch(description):
                # DNS names are in small letters, whatever their owner wrote.
                found.setdefault((kind, match[1].lower()), []).append(record)
    return found


def _addresses(host: str, described: Mapping[tuple[str, str], list[Record]]) -> tuple[str, ...]:
    if match := _NETWORK.fullmatch(host):
        own = _here(match, described.get(("net", f"{match['name']}/{match['id']}"), ()))
        return _public(own) or _private(own)
    if match := _APPLICATION.fullmatch(host):
        own = _here(match, described.get(("elb", match["name"]), ()))
        if len({record.text("Description") for record in own}) != 1:
            return ()
        return _private(own) if match["internal"] else _public(own)
    if match := _CACHE.fullmatch(host):
        name = match["name"]
        keys = ("node", name), ("cache", name), ("cache", name.removesuffix("-ro"))
        return _private(next((described[key] for key in keys if key in described), ()))
    if match := _SEARCH.fullmatch(host):
        return _private(_here(match, described.get(("es", match["name"]), ())))
    if match := _ENDPOINT.fullmatch(host):
        return _private(described.get(("vpce", match["id"]), ()))
    return ()


def _here(match: re.Match[str], records: Iterable[Record]) -> list[Record]:
    """Those in the Region that a name says."""
    zones = [(record.text("AvailabilityZone"), record) for record in records]
    return [record for zone, record in zones if zone is None or zone.startswith(match["region"])]


def _databases(records: list[Record]) -> tuple[str, ...]:
    """Their addresses, where whichever is the one makes no difference to its security groups."""
    groups = {tuple(sorted(one.need("GroupId") for one in record.records("Groups"))) for record in records}
    vpcs = {record.text("VpcId") for record in records}
    return _private(records) if len(groups) == len(vpcs) == 1 else ()


def _by_zone(records: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[Record]] = {}
    for record in records:
        zone = record.text("AvailabilityZone")
        if zone is not None:
            found.setdefault(zone, []).append(record)
    return {zone: _private(those) for zone, those in found.items()}


def _private(records: Iterable[Record]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for record in records if (one := record.text("PrivateIpAddress"))))


def _public(records: Iterable[Record]) -> tuple[str, ...]:
    """Of what faces the internet, whose name stands for public addresses inside its VPC, too."""
    own = [record.record("Association") for record in records]
    return tuple(dict.fromkeys(address for one in own if one is not None and (address := one.text("PublicIp"))))


def _plain(host: str) -> str:
    return host.lower().rstrip(".").removesuffix(".cn")
