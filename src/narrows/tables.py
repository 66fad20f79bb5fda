"""The central word: a table of connections, what it is of and what it holds. A cause says which it is that is full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from narrows.network import EniKey, HopKind, Resource


class TableId(NamedTuple):
    """What tells one table from all others."""

    kind: HopKind
    """``HYPERPLANE_ENI``, ``NAT_GATEWAY``, ``DESTINATION`` or ``ENVIRONMENT``."""
    resource: Resource
    """The key of the ENI, the NAT gateway, the destination, or the function whose environments it is of."""
    zone: str | None = None
    """Of a regional NAT gateway, which has addresses of its own in each Availability Zone."""
    destination: str | None = None
    """The unique destination, for a table that is counted by it: ``203.0.113.10:443``, or a name where no address is
    known. All that are alike stand for each other."""

    @property
    def name(self) -> str:
        """The resource as text, for people and JSON."""
        return str(self.resource) if self.zone is None else f"{self.resource}/{self.zone}"

    @property
    def order(self) -> tuple[str, str, str]:
        """To sort by."""
        return self.kind.value, self.name, self.destination or ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of connections, with the most entries that it must hold."""

    id: TableId
    capacity: int
    """Of all its addresses together, for a NAT gateway."""
    peak: int
    others: int = 0
    """Of the peak, what is not the functions'."""
    destinations: tuple[str, ...] = ()
    """The names of the destinations whose connections fill it, for one that is counted by unique destination."""

    @property
    def kind(self) -> HopKind:
        """What it is a table of."""
        return self.id.kind

    @property
    def resource(self) -> Resource:
        """Whose it is."""
        return self.id.resource

    @property
    def headroom(self) -> float:
        """The part of it that stays free at the peak; negative when it does not hold."""
        return 1.0 - self.peak / self.capacity

    def fits(self, headroom: float) -> bool:
        """Whether the peak leaves so much of it free."""
        return self.peak <= (1.0 - headroom) * self.capacity + 1e-6

    def to_json(self) -> dict[str, object]:
        """The table as ``--json`` prints it."""
        return {
            "kind": self.id.kind.value,
            "resource": self.id.name,
            "destination": self.id.destination,
            "capacity": self.capacity,
            "peak": self.peak,
            "others": self.others,
            "headroom": round(self.headroom, 4),
        }


def eni_table(subnet: str, security_groups: tuple[str, ...]) -> TableId:
    """The table of the Hyperplane ENI of a subnet and a security-group set."""
    return TableId(HopKind.HYPERPLANE_ENI, EniKey(subnet, security_groups))
