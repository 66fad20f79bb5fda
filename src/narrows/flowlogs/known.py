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
    there = case.topology
    found = [KnownInterface(eni.id, "hyperplane-eni", str(eni.key), eni.private_address) for eni in there.enis]
    for name, working in there.nat_addresses.items():
        if name not in there.nat_interfaces:
            # Its records do not say in which zone its ports are taken, so the addresses of all of them count.
            found.append(KnownInterface(name, "regional-nat-gateway", name, None, working))
            continue
        gateway = there.network.nat_gateways.get(name)
        count = gateway.addresses if gateway is not None else 0
        found += [
            KnownInterface(one.id, "nat-gateway", name, one.private_address, count)
            for one in there.nat_interfaces[name]
        ]
    return tuple(found)
