"""What a plan's changes make of the network, piece by piece: what commands and patches are written from.

A change says what it is for people; its edits say which resources are new, which become something else, and what they
are made after. All edits together turn today's network into the plan's (``tests/unit/plan/test_edits.py`` holds them
to that), in an order in which whatever an edit names is there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from narrows.network import Endpoint, NatGateway, NatKind, Network, Subnet
from narrows.plan.actions import Change
from narrows.plan.changes.split_security_groups import SECOND_VERSION
from narrows.plan.model import Option


@dataclass(frozen=True, slots=True)
class MoreAddresses:
    """A NAT gateway gets more addresses (private ones, where it is private; in each zone, where it is regional)."""

    gateway: NatGateway
    """As it is today."""
    after: int
    """Addresses, for a regional one in each Availability Zone."""

    @property
    def more(self) -> int:
        """How many are new (in each Availability Zone, of a regional one)."""
        return self.after - self.gateway.addresses


@dataclass(frozen=True, slots=True)
class NewNatGateway:
    """A NAT gateway that is not there yet."""

    gateway: NatGateway
    beside: str
    """The one that it stands beside, in its subnet, and whose kind it has; for a regional one the zonal one whose
    traffic it takes over. That one stays: nothing is deleted."""
    zones: tuple[str, ...]
    """Of a regional one: where it needs addresses."""


@dataclass(frozen=True, slots=True)
class NewSubnet:
    """A subnet made after another, with that one's network ACL, and a route table of its way out."""

    subnet: Subnet
    copy_of: str


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A subnet of today whose default route leads elsewhere: open connections through the old way drop."""

    subnet: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class NewSecurityGroup:
    """A security group with the same rules as another."""

    name: str
    copy_of: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A function with another VPC configuration: none, where ``subnets`` are empty."""

    function: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    subnets_before: tuple[str, ...]
    security_groups_before: tuple[str, ...]
    dual_stack: bool = False


@dataclass(frozen=True, slots=True)
class SecondVersion:
    """A function that needs a second published version with another configuration, behind a weighted alias."""

    function: str
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DualStack:
    """A subnet that becomes dual-stack, with a route to an egress-only internet gateway."""

    subnet: str


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """A VPC endpoint, or a proxy of the user's own."""

    endpoint: Endpoint
    subnets: tuple[str, ...]
    """Of the functions that use it: an interface endpoint stands in one of them in each Availability Zone, a gateway
    endpoint in the route table of each."""
    security_groups: tuple[str, ...]
    """Of those functions: whom it lets in."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What no command and no patch can do: code that changes, a proxy that is built."""

    what: str


Edit = (
    MoreAddresses
    | NewNatGateway
    | NewSubnet
    | Rerouted
    | NewSecurityGroup
    | Placed
    | SecondVersion
    | DualStack
    | NewEndpoint
    | ByHand
)


@dataclass(frozen=True, slots=True)
class ChangeEdits:
    """A change of a plan with its edits."""

    change: Change
    edits: tuple[Edit, ...]


def edits_of(today: Network, option: Option) -> tuple[ChangeEdits, ...]:
    """The edits of each change of a plan or of an alternative, in the order of the changes."""
    return _Edits(today, option.scenario.network, option.changes, option.scenario.demand.uses).all()


class _Edits:
    def __init__(
        self, today: Network, after: Network, changes: Sequence[Change], uses: Sequence[tuple[str, str]]
    ) -> None:
        self.today, self.after, self.changes, self.uses = today, after, changes, uses
        moved = {
            name: one
            for name, one in after.functions.items()
            if name in today.functions and _place(one) != _place(today.functions[name])
        }
        self.last = {name: self._last(name) for name in moved}

    def all(self) -> tuple[ChangeEdits, ...]:
        return tuple(ChangeEdits(change, tuple(self._of(place))) for place, change in enumerate(self.changes))

    def _of(self, place: int) -> Iterator[Edit]:
        change = self.changes[place]
        today, after = self.today, self.after
        for name in change.new:
            if name in after.nat_gateways:
                yield NewNatGateway(after.nat_gateways[name], change.resource, self._zones(name))
            elif name in after.endpoints:
                yield from self._endpoint(name)
            elif name in after.subnets:
                subnet = after.subnets[name]
                yield NewSubnet(subnet, subnet.copy_of)
            elif name in self._groups():
                yield NewSecurityGroup(name, self._groups()[name])
        if change.resource in today.nat_gateways and change.resource in after.nat_gateways:
            old, new = today.nat_gateways[change.resource], after.nat_gateways[change.resource]
            if new.addresses > old.addresses and self._first(change.resource) == place:
                yield MoreAddresses(old, new.addresses)
        for name, subnet in today.subnets.items():
            then = after.subnets.get(name, subnet)
            if then.route != subnet.route and then.route in change.new:
                yield Rerouted(name, subnet.route, then.route)
        if change.action.id == "use-ipv6-egress":
            for name, subnet in today.subnets.items():
                if after.subnets[name].ipv6 and not subnet.ipv6:
                    yield DualStack(name)
        for name, last in self.last.items():
            if last == place:
                old_place, new_place = today.functions[name], after.functions[name]
                yield Placed(
                    name,
                    new_place.subnets,
                    new_place.security_groups,
                    old_place.subnets,
                    old_place.security_groups,
                    new_place.dual_stack,
                )
        if change.action.id == "split-security-groups":
            for name, one in after.functions.items():
                is_second = name not in today.functions and name.endswith(SECOND_VERSION)
                if is_second and any(group in change.new for group in one.security_groups):
                    yield SecondVersion(name.removesuffix(SECOND_VERSION), one.subnets, one.security_groups)
        if change.action.id == "reuse-connections":
            yield ByHand(change.what)

    def _endpoint(self, name: str) -> Iterator[Edit]:
        endpoint, after = self.after.endpoints[name], self.after
        users = [
            one
            for one in after.functions.values()
            if any((one.name, target) in self.uses for target in endpoint.destinations)
        ]
        subnets = tuple(dict.fromkeys(subnet for one in users for subnet in one.subnets))
        groups = tuple(dict.fromkeys(group for one in users for group in one.security_groups))
        yield NewEndpoint(endpoint, subnets, groups)

    def _zones(self, gateway: str) -> tuple[str, ...]:
        if self.after.nat_gateways[gateway].kind is not NatKind.REGIONAL:
            return ()
        behind = [one.az for one in self.after.subnets.values() if one.route == gateway]
        behind += [one.az for one in self.after.others.values() if one.route == gateway and one.az is not None]
        return tuple(sorted(set(behind)))

    def _first(self, resource: str) -> int:
        return next(place for place, one in enumerate(self.changes) if one.resource == resource)

    def _last(self, function: str) -> int:
        """The last change that touches a function: until then something that it is placed in may not be there."""
        one, before = self.after.functions[function], self.today.functions[function]
        added = {*one.subnets, *one.security_groups} - {*before.subnets, *before.security_groups}
        found = [place for place, change in enumerate(self.changes) if added & set(change.new)]
        if not found:
            ids = ("leave-vpc", "use-ipv6-egress")
            found = [place for place, change in enumerate(self.changes) if change.action.id in ids]
        return found[-1] if found else len(self.changes) - 1

    def _groups(self) -> dict[str, str]:
        """Each new security group with the one that it is a copy of."""
        found: dict[str, str] = {}
        for name, one in self.after.functions.items():
            before = self.today.functions.get(name.removesuffix(SECOND_VERSION), self.today.functions.get(name))
            if before is None:
                continue
            for old, new in zip(before.security_groups, one.security_groups, strict=False):
                if old != new:
                    found.setdefault(new, old)
        return found


def _place(function: object) -> tuple[object, ...]:
    return tuple(getattr(function, name) for name in ("subnets", "security_groups", "dual_stack"))
