"""NAT gateways: what kind each one is, how many addresses work, and in what state it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from narrows.case.reading.aws_json import Record
from narrows.case.reading.folder import CaseFolder
from narrows.network import NatGateway, NatKind

_ADDRESS_WORKS = (None, "succeeded")
"""Before secondary addresses existed, answers had no status."""
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
        if state not in _GONE:
            read.nat_gateways[name] = _nat_gateway(folder, record, name, zones.get(subnet or ""))
    return read


def _nat_gateway(folder: CaseFolder, record: Record, name: str, zone: str | None) -> NatGateway:
    addresses = record.records("NatGatewayAddresses")
    working = [one for one in addresses if one.text("Status") in _ADDRESS_WORKS]
    if len(working) < len(addresses):
        text = f"{name}: {len(addresses) - len(working)} of {len(addresses)} addresses do not work yet, or no more"
        folder.note(record.file, text)
    if record.text("AvailabilityMode") == "regional":
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
