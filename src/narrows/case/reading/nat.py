"""NAT gateways: what kind each one is, how many addresses work, and in what state it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from narrows.case.model import NatInterface
from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.network import NatGateway, NatKind

_ADDRESS_WORKS = (None, "succeeded")
"""Before secondary addresses existed, answers had no status."""
_REGIONAL = "regional"
_GONE = ("deleted", "deleting", "failed")


@dataclass(frozen=True)
class ReadNatGateways:
    """Every NAT gateway by id."""

    nat_gateways: dict[str, NatGateway] = field(default_factory=dict)
    """Those that carry connections."""
    states: dict[str, str] = field(default_factory=dict)
    """Of all of them."""
    subnets: dict[str, str] = field(default_factory=dict)
    """The subnet that a zonal or private one stands in."""
    interfaces: dict[str, tuple[NatInterface, ...]] = field(default_factory=dict)
    """Of a zonal or private one, whatever its state: it may have carried connections at the time."""
    addresses: dict[str, int] = field(default_factory=dict)
    """Those that work; of a regional one in all zones together."""


def read_nat_gateways(folder: CaseFolder, records: list[Record], zones: dict[str, str]) -> ReadNatGateways:
    """The NAT gateways in these records; ``zones`` gives the Availability Zone of each subnet that is known."""
    read = ReadNatGateways()
    for record in records:
        name = record.need("NatGatewayId")
        state = record.text("State") or "unknown"
        failure = record.text("FailureMessage")
        read.states[name] = f"{state}: {failure}" if failure else state
        subnet = record.text("SubnetId")
        if subnet:
            read.subnets[name] = subnet
        listed = record.records("NatGatewayAddresses")
        working = [one for one in listed if one.text("Status") in _ADDRESS_WORKS]
        if record.text("AvailabilityMode") != _REGIONAL:
            read.interfaces[name] = _interfaces(listed)
        read.addresses[name] = len(working)
        if state not in _GONE:
            if len(working) < len(listed):
                text = f"{name}: {len(listed) - len(working)} of {len(listed)} addresses do not work yet, or no more"
                folder.note(record.file, text)
            read.nat_gateways[name] = _nat_gateway(folder, record, name, zones.get(subnet or ""), working)
    return read


def _interfaces(addresses: list[Record]) -> tuple[NatInterface, ...]:
    found: dict[str, NatInterface] = {}
    for one in sorted(addresses, key=lambda one: one.flag("IsPrimary") is not True):
        interface = one.text("NetworkInterfaceId")
        if interface:
            found.setdefault(interface, NatInterface(interface, one.text("PrivateIp")))
    return tuple(found.values())


def _nat_gateway(folder: CaseFolder, record: Record, name: str, zone: str | None, working: list[Record]) -> NatGateway:
    if record.text("AvailabilityMode") == _REGIONAL:
        return NatGateway(name, NatKind.REGIONAL, _fewest_of_a_zone(folder, record, name, working))
    kind = NatKind.PRIVATE if record.text("ConnectivityType") == "private" else NatKind.ZONAL
    return NatGateway(name, kind, len(working), zone)


def _fewest_of_a_zone(folder: CaseFolder, record: Record, name: str, working: list[Record]) -> int:
    zones = Counter(one.text("AvailabilityZone") or one.text("AvailabilityZoneId") or "" for one in working)
    if len(set(zones.values())) > 1:
        counts = ", ".join(f"{count} in {zone or 'no zone'}" for zone, count in sorted(zones.items()))
        folder.note(record.file, f"{name} has {counts}: the fewest are counted")
    if record.text("AutoScalingIps") == "enabled":
        folder.note(record.file, f"{name} adds addresses by itself: it may have had fewer at the time")
    return min(zones.values(), default=0)
