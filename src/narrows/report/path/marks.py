"""What is said of the resources in the picture: which binds, and which would be next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from narrows.diagnose.causes import CAUSES
from narrows.diagnose.model import CauseResult, Status
from narrows.network import Destination, HopKind, Resource
from narrows.report.path.model import Mark, Spill
from narrows.tables import Table

if TYPE_CHECKING:
    from narrows.diagnose.model import Diagnosis


@dataclass(frozen=True)
class Marks:
    """What a diagnosis says of resources, or what a planner's tables do."""

    mark: Mark | None
    """Of what binds."""
    cause: CauseResult | None
    """The diagnosis's own, where there is one."""
    binding: frozenset[Resource]
    following: Resource | None
    only_first: bool
    """Nothing binds: what follows would be the first."""
    following_to: str | None = None
    """The unique destination, by its name or as ``203.0.113.10:443``, that a NAT gateway which follows is full to; None
    for any."""
    full: HopKind | None = None
    """The kind of table that is full, of what binds; None where it binds by something else, such as bandwidth."""
    binding_to: tuple[str, ...] = ()
    """The destinations that a NAT gateway which binds is full to; none for any."""
    binding_zone: str | None = None
    """The Availability Zone in which a regional NAT gateway binds; None for any."""
    spill: Spill | None = None
    """What does not get through, where it is known without a case."""

    @classmethod
    def of(cls, diagnosis: Diagnosis) -> Marks:
        """Those of a diagnosis."""
        cause, after = diagnosis.binding, diagnosis.next_narrows
        mark = {Status.CONFIRMED: Mark.NARROWS, Status.LIKELY: Mark.LIKELY}.get(cause.status) if cause else None
        binding = frozenset({cause.resource}) if cause and cause.resource else frozenset()
        full = CAUSES[cause.id].table if cause else None
        return cls(mark, cause, binding, after.resource if after else None, cause is None, full=full)

    @classmethod
    def planned(cls, narrows: Table | None, following: Table | None, spill: Spill | None = None) -> Marks:
        """Of a planner's tables: the one that does not hold and is full first, and the one that is full next."""
        return cls(
            None if narrows is None else Mark.NARROWS,
            None,
            frozenset() if narrows is None else frozenset({narrows.resource}),
            None if following is None else following.resource,
            narrows is None,
            None if following is None else following.id.destination,
            None if narrows is None else narrows.kind,
            () if narrows is None else (narrows.id.destination or "", *narrows.destinations),
            None if narrows is None else narrows.id.zone,
            spill,
        )

    def towards(self, destination: Destination, zone: str) -> Marks:
        """Those of tables that are to one destination, in one zone."""
        names = names_of(destination)
        elsewhere = self.following_to is not None and self.following_to not in names
        marks = replace(self, following=None) if elsewhere else self
        to_others = bool(self.binding_to) and not set(self.binding_to).intersection(names)
        if to_others or (zone and self.binding_zone is not None and zone != self.binding_zone):
            return replace(marks, binding=frozenset())
        return marks

    def at(self, *resources: Resource) -> Mark | None:
        """The mark of a pipe that stands for these resources."""
        if self.mark and self.binding.intersection(resources):
            return self.mark
        if self.following in resources:
            return Mark.FIRST if self.only_first else Mark.NEXT
        return None

    def binds(self, table: HopKind, resource: Resource) -> bool:
        """Whether the table of a resource is what is full; a gateway may bind by its bandwidth instead."""
        return self.full is table and self.mark is not None and resource in self.binding


def names_of(destination: Destination) -> tuple[str, ...]:
    """Everything that a destination is called by."""
    unique = (f"{address}:{destination.port}" for address in destination.addresses)
    return tuple(filter(None, (destination.name, *destination.addresses, *unique, destination.host)))
