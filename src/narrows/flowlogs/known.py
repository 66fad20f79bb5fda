"""What is known of interfaces before their records are read: from the topology of a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrows.case.model import Case


@dataclass(frozen=True, slots=True)
class KnownInterface:
    """An interface, what it belongs to, and its primary private address where that is known."""

    interface: str
    kind: str
    """``hyperplane-eni`` or ``nat-gateway``."""
    name: str
    """The ENI key, or the NAT gateway."""
    address: str | None
    addresses: int = 1
    """IPv4 addresses of a NAT gateway; 0 where nobody says."""

    @property
    def is_nat(self) -> bool:
        return self.kind.endswith("nat-gateway")


def known_interfaces(case: Case) -> tuple[KnownInterface, ...]:
    """Lambda's ENIs and the NAT gateways' interfaces, as far as the case lists them."""
    found = [KnownInterface(eni.id, "hyperplane-eni", str(eni.key), eni.private_address) for eni in case.topology.enis]
    for record in _nat_gateway_records(case):
        name = record.get("NatGatewayId")
        if not isinstance(name, str):
            continue
        listed = [one for one in _list(record.get("NatGatewayAddresses")) if isinstance(one, dict)]
        known = case.topology.network.nat_gateways.get(name)
        count = known.addresses if known is not None else 0
        if record.get("AvailabilityMode") == "regional":
            # Its records do not say in which zone its ports are taken, so the addresses of all of them count.
            working = [one for one in listed if one.get("Status") in (None, "succeeded")]
            found.append(KnownInterface(name, "regional-nat-gateway", name, None, len(working)))
            continue
        first: dict[str, dict[str, object]] = {}
        for one in sorted(listed, key=lambda one: one.get("IsPrimary") is not True):
            eni = one.get("NetworkInterfaceId")
            if isinstance(eni, str):
                first.setdefault(eni, one)
        for eni, one in first.items():
            address = one.get("PrivateIp")
            found.append(KnownInterface(eni, "nat-gateway", name, address if isinstance(address, str) else None, count))
    return tuple(found)


def _nat_gateway_records(case: Case) -> list[dict[str, object]]:
    """``NatGateways`` of every DescribeNatGateways answer: the topology does not keep their interfaces.

    The case has been read, so its files are known to be JSON inside its folder; anything odd is passed over.
    """
    import json

    source = case.topology.sources.get("nat-gateways")
    if source is None:
        return []
    try:
        document = json.loads((case.folder / source).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    listed = document.get("NatGateways") if isinstance(document, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
