"""What a plan's changes make of the network, piece by piece: what commands and patches are written from.

A change says what it is for people; its edits say which resources are new, which become something else, and what they
are made after. All edits together turn today's network into the plan's (``tests/unit/plan/test_edits.py`` holds them
to that), in an order in which whatever an edit names is there already: a subnet that leads to a NAT gateway of a later
change is an edit of that change, and so is what is placed in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from narrows.network import Endpoint, Function, NatGateway, NatKind, Network, Subnet
from narrows.plan.actions import Change
from narrows.plan.changes import (
    add_nat_addresses,
    add_nat_gateway,
    add_subnets,
    leave_vpc,
    reuse_connections,
    split_security_groups,
    use_egress_proxy,
    use_interface_endpoint,
    use_ipv6_egress,
    use_regional_nat_gateway,
)
from narrows.plan.changes.edits import zones
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
    traffic it takes over, that of others in the network too. That one stays: nothing is deleted."""
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
    """A function that needs a second published version with another configuration, behind an alias that sends half of
    the calls to each."""

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
    return _Edits(today, option).all()


_NAT_GATEWAYS = (add_nat_gateway.ACTION, use_regional_nat_gateway.ACTION)
_ENDPOINTS = (use_interface_endpoint.ACTION, use_egress_proxy.ACTION)
_ADDRESSES = (add_nat_addresses.ACTION, add_nat_gateway.ACTION)
_OF_FUNCTIONS = (leave_vpc.ACTION, use_ipv6_egress.ACTION)


class _Edits:
    """Each edit with its turn: the number of the first change by which everything that it names is there."""

    def __init__(self, today: Network, option: Option) -> None:
        self.today, self.after, self.changes = today, option.scenario.network, option.changes
        self.uses = option.scenario.demand.uses
        # Names of one kind may be those of another: what a change makes is told by its action.
        self.gateways = self._made(*_NAT_GATEWAYS)
        self.subnets = {
            name: max(turn, self.gateways.get(self.after.subnets[name].route, 0))
            for name, turn in self._made(add_subnets.ACTION).items()
        }
        self.groups = self._made(split_security_groups.ACTION)
        self.endpoints = {name: self._endpoint_turn(name, turn) for name, turn in self._made(*_ENDPOINTS).items()}
        self.placed = {
            name: self._turn(function, today.functions[name])
            for name, function in self.after.functions.items()
            if name in today.functions and _place(function) != _place(today.functions[name])
        }
        self.second = {
            name: max(self.placed.get(_first_version(name), 0), self._turn(half, today.functions[_first_version(name)]))
            for name, half in self.after.functions.items()
            if name not in today.functions
        }

    def all(self) -> tuple[ChangeEdits, ...]:
        return tuple(ChangeEdits(change, tuple(self._of(place))) for place, change in enumerate(self.changes))

    def _made(self, *actions: object) -> dict[str, int]:
        """What the changes of these actions make, each with the number of its change."""
        return {
            name: place for place, change in enumerate(self.changes) if change.action in actions for name in change.new
        }

    def _turn(self, function: Function, before: Function) -> int:
        """From which change on a function can have what it has after the plan."""
        turns = [self.subnets[subnet] for subnet in function.subnets if subnet in self.subnets]
        turns += [self.groups[group] for group in function.security_groups if group in self.groups]
        if not function.subnets or function.dual_stack != before.dual_stack:
            turns += [place for place, change in enumerate(self.changes) if change.action in _OF_FUNCTIONS]
        return max(turns, default=len(self.changes) - 1)

    def _of(self, place: int) -> Iterator[Edit]:
        change = self.changes[place]
        today, after = self.today, self.after
        for name in _at(self.gateways, place):
            yield NewNatGateway(after.nat_gateways[name], change.resource, self._zones(name))
        if change.action in _ADDRESSES:
            old, new = today.nat_gateways[change.resource], after.nat_gateways[change.resource]
            if new.addresses > old.addresses:
                yield MoreAddresses(old, new.addresses)
        for name in _at(self.subnets, place):
            yield NewSubnet(after.subnets[name], after.subnets[name].copy_of)
        for name, subnet in today.subnets.items():
            route = after.subnets[name].route
            if route != subnet.route and self.gateways.get(route) == place:
                yield Rerouted(name, subnet.route, route)
        if change.action is use_ipv6_egress.ACTION:
            for name, subnet in today.subnets.items():
                if after.subnets[name].ipv6 and not subnet.ipv6:
                    yield DualStack(name)
        for name in _at(self.groups, place):
            yield NewSecurityGroup(name, self._original(name))
        for name in _at(self.endpoints, place):
            yield self._endpoint(name)
        for name in _at(self.placed, place):
            yield _placed(today.functions[name], after.functions[name])
        for name in _at(self.second, place):
            yield SecondVersion(
                _first_version(name), after.functions[name].subnets, after.functions[name].security_groups
            )
        if change.action is reuse_connections.ACTION:
            yield ByHand(change.what)

    def _endpoint_turn(self, name: str, turn: int) -> int:
        """An endpoint stands in subnets and lets in groups that may come later than its own change."""
        edit = self._endpoint(name)
        subnets = [self.subnets.get(subnet, 0) for subnet in edit.subnets]
        groups = [self.groups.get(group, 0) for group in edit.security_groups]
        return max([turn, *subnets, *groups])

    def _endpoint(self, name: str) -> NewEndpoint:
        endpoint = self.after.endpoints[name]
        users = [
            function
            for function in self.after.functions.values()
            if any((function.name, target) in self.uses for target in endpoint.destinations)
        ]
        subnets = tuple(dict.fromkeys(subnet for function in users for subnet in function.subnets))
        groups = tuple(dict.fromkeys(group for function in users for group in function.security_groups))
        return NewEndpoint(endpoint, subnets, groups)

    def _zones(self, gateway: str) -> tuple[str, ...]:
        return zones(self.after, gateway) if self.after.nat_gateways[gateway].kind is NatKind.REGIONAL else ()

    def _original(self, group: str) -> str:
        """The security group that a new one is a copy of: what stands in its place today."""
        for name, function in self.after.functions.items():
            before = self.today.functions.get(name) or self.today.functions[_first_version(name)]
            for old, new in zip(before.security_groups, function.security_groups, strict=False):
                if new == group:
                    return old
        raise KeyError(group)


def _at(turns: dict[str, int], place: int) -> list[str]:
    return [name for name, turn in turns.items() if turn == place]


def _placed(before: Function, after: Function) -> Placed:
    return Placed(
        after.name, after.subnets, after.security_groups, before.subnets, before.security_groups, after.dual_stack
    )


def _first_version(name: str) -> str:
    return name.removesuffix(SECOND_VERSION)


def _place(function: Function) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    return function.subnets, function.security_groups, function.dual_stack
