"""What the packets of a connection pass: security groups, which remember it, and network ACLs, which do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from narrows.addresses import Block, is_private
from narrows.reachability.answers import Block as Blocked
from narrows.reachability.answers import Obstacle
from narrows.reachability.configuration import Configuration, Nic, Place, Service
from narrows.reachability.rules import EPHEMERAL, EVERY_PORT, Ports, SecurityRule, covers, crossed

_MOST_GROUPS = 5
"""Security groups in a reason: a function has five unless a quota was raised."""
_MOST_OTHERS = 3
"""Sources of connections that a security group lets in, in a sentence."""
LISTS = "prefix-lists"
"""The kind of answer that says what is in a prefix list."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one connection goes."""

    name: str
    block: Block
    """Its address; where that is not known, the block in which it lies."""
    port: int
    """0 where it is not known."""
    protocol: str
    gateway_endpoint: Service | None = None
    """The gateway endpoint whose service it belongs to."""
    groups: tuple[str, ...] | None = None
    """The security groups at its end, where they are known without its network interface (of a VPC endpoint)."""
    outside: bool = False
    """It is taken to be a public address, though it is not known which."""
    public: bool = False
    """It is a public address for sure: no rule for private ones is about it."""

    @property
    def ports(self) -> tuple[int, int]:
        """Its port, or all."""
        return (self.port, self.port) if self.port else EVERY_PORT

    @property
    def is_private(self) -> bool:
        """Whether no internet gateway carries packets to it."""
        return is_private(self.block)


class StopError(Exception):
    """The connection ends here: it is blocked, or nothing more is known."""


@dataclass(slots=True)
class Port:
    """A source port that answers come back to: those that are let through for sure, and those that perhaps are."""

    sure: Ports = (EPHEMERAL,)
    perhaps: Ports = (EPHEMERAL,)


@dataclass(slots=True)
class Passing:
    """A connection from a function's subnet, and what is known of it so far."""

    config: Configuration
    place: str
    groups: tuple[str, ...]
    source: Block
    target: Target
    blocked: Blocked | None = None
    partly: Blocked | None = None
    beyond: str | None = None
    missing: set[str] = field(default_factory=set)
    _back: list[Callable[[], None]] = field(default_factory=list)
    _client: Port = field(default_factory=Port)
    _translated: Port = field(default_factory=Port)

    def _block(self, kind: Obstacle, text: str, resource: str, file: str = "") -> None:
        if self.blocked is None:
            self.blocked = Blocked(kind, text, resource, file)

    def _end(self, kind: Obstacle, text: str, resource: str, file: str = "") -> NoReturn:
        self._block(kind, text, resource, file)
        raise StopError

    def _lost(self, *kinds: str) -> NoReturn:
        """Nothing more is known of the way."""
        self.missing.update(kinds)
        raise StopError

    def _place(self, subnet: str) -> Place:
        return self.config.places.get(subnet) or Place(subnet, None, ())

    def _service(self, id: str | None) -> Service | None:
        return self.config.services_by_id.get(id)

    def _standing(self, vpc: str | None) -> Place | None:
        """The subnet of a VPC that the destination is in."""
        to = self.target.block
        return next(
            (one for one in self.config.places_of.get(vpc, ()) if any(covers(block, to) for block in one.blocks)),
            None,
        )

    # Security groups

    def _let_out(self) -> None:
        """Egress of the function's security groups: what one of them lets out, no other takes back."""
        found, missing = self._any_rule(self.groups, ingress=False)
        if found is False:
            port = f" port {self.target.port}" if self.target.port else " anything"
            groups = ", ".join(self.groups[:_MOST_GROUPS])
            text = f"no security group of {{function}} ({groups}) lets out{port} to {self.target.name}"
            self._end(Obstacle.EGRESS, text, self.groups[0])
        if found is None:
            self.missing |= missing

    def _let_in(self, groups: tuple[str, ...], owner: str) -> None:
        """Ingress of the security groups at the destination."""
        found, missing = self._any_rule(groups, ingress=True)
        if found is False:
            one = len(groups) == 1
            whose = f"the security group{'' if one else 's'} of {owner} ({', '.join(groups)}) let{'s' if one else ''}"
            self._end(Obstacle.INGRESS, f"{whose} {self._only_others(groups)}", groups[0])
        if found is None:
            self.missing |= missing

    def _only_others(self, groups: tuple[str, ...]) -> str:
        """What some security groups let in, and that this is not among it."""
        mine = self.groups[0] if self.groups else self.place
        port = f" on {self.target.port}" if self.target.port else ""
        rules = [rule for name in groups for rule in (self.config.groups[name].ingress or ())]
        taking = [rule for rule in rules if rule.takes(self.target.protocol, self.target.ports)]
        blocks = dict.fromkeys(str(block) for rule in taking for block in rule.blocks)
        others = [*blocks, *sorted({name for rule in taking for name in (*rule.groups, *rule.prefix_lists)})]
        if not others or not self.target.port:
            return f"nothing in from {mine}{port}"
        more = f" and {len(others) - _MOST_OTHERS} more" if len(others) > _MOST_OTHERS else ""
        return (
            f"{self.target.port} in from {', '.join(others[:_MOST_OTHERS])}{more} only, not from "
            f"{mine if len(blocks) < len(others) else self.place}"
        )

    def _any_rule(self, groups: tuple[str, ...], ingress: bool) -> tuple[bool | None, set[str]]:
        missing: set[str] = set()
        for name in groups:
            group = self.config.groups.get(name)
            rules = None if group is None else group.ingress if ingress else group.egress
            if rules is None:
                missing.add("security-groups")
                continue
            for rule in rules:
                takes = rule.takes(self.target.protocol, self.target.ports)
                names = False if takes is False else self._names(rule, ingress, missing)
                if takes and names:
                    return True, set()
                if takes is None and names is not False:
                    missing.add("case.yaml")
        if not groups:
            missing.add("functions" if not ingress else "network-interfaces")
        return (None, missing) if missing else (False, missing)

    def _names(self, rule: SecurityRule, ingress: bool, missing: set[str]) -> bool | None:
        """Whether a rule names the other end: its address, its security group, a prefix list that it is in."""
        peer = self.source if ingress else self.target.block
        found: bool | None = False
        for block in rule.blocks:
            within = False if not ingress and self._is_of_others(block) else covers(block, peer)
            if within:
                return True
            if within is None:
                found = None
                missing.add("network-interfaces")
        if rule.groups:
            others = self.groups if ingress else self._groups_there(rule.groups)
            if others is None:
                found = None
                missing.add("network-interfaces")
            elif rule.groups.intersection(others):
                return True
        if rule.prefix_lists:
            inside = self._in_lists(rule.prefix_lists, ingress)
            if inside:
                return True
            if inside is None:
                found = None
                missing.add(LISTS)
        return found

    def _is_of_others(self, block: Block) -> bool:
        """Whether a block holds private addresses, and the destination has a public one."""
        return self.target.public and is_private(block)

    def _groups_there(self, asked: frozenset[str]) -> tuple[str, ...] | None:
        """The security groups at the destination; None where they are not known."""
        if self.target.groups is not None:
            return self.target.groups
        here = self._place(self.place).vpc
        for vpc in (here, *(one for one in self.config.vpcs if one != here)):
            nic = self._nic(vpc)
            if nic is not None:
                return nic.groups
        if self.target.outside or not self._exact or not asked <= self.config.groups.keys():
            return None
        if "route-tables" not in self.config.known or any(covers(one, self.target.block) for one in self.config.inside):
            return None
        # Groups of this case are on interfaces in its VPCs, and it is in none of them.
        return None if any(self._standing(vpc) for vpc in self.config.vpcs) else ()

    def _in_lists(self, lists: frozenset[str], ingress: bool) -> bool | None:
        """Whether the other end is in one of some prefix lists."""
        judged = {self._comes_from(name) if ingress else self._in_list(name) for name in lists}
        return True if True in judged else None if None in judged else False

    def _comes_from(self, name: str) -> bool | None:
        listed = self.config.lists.get(name)
        return None if listed is None else listed.holds("", self.source)

    def _in_list(self, name: str | None) -> bool | None:
        """Whether the destination is in a prefix list: those of gateway endpoints hold what they are for."""
        services = self.config.services_of_list.get(name, ())
        if any(self._is_for_target(self._service(one)) for one in services):
            return True
        listed = self.config.lists.get(name or "")
        found = None if listed is None else listed.holds(self.target.name, self.target.block)
        return False if found is None and services else found

    def _is_for_target(self, service: Service | None) -> bool:
        """Whether a gateway endpoint is for the destination's service. A VPC may have several, for its route tables."""
        mine = self.target.gateway_endpoint
        return mine is not None and service is not None and (mine.id == service.id or mine.service == service.service)

    @property
    def _exact(self) -> bool:
        return self.target.block.first == self.target.block.last

    def _nic(self, vpc: str | None) -> Nic | None:
        one = self.target.block
        return self.config.nics.get((vpc, one.version, one.first)) if vpc and self._exact else None

    # Network ACLs

    def _acl(self, subnet: str, egress: bool, peer: Block) -> None:
        """The SYN passes the network ACL of a subnet."""
        acl = self.config.acl_of.get(subnet)
        if acl is None:
            self.missing.add("network-acls")
            return
        public = self.target.public and peer == self.target.block
        sure, perhaps = acl.allowed(egress, peer, self.target.ports, self.target.protocol, public)
        if not perhaps:
            port = f" port {self.target.port}" if self.target.port else " every port"
            way = "" if subnet == self.place else " to what comes in" if not egress else " to what goes out"
            self._end(Obstacle.ACL, f"the network ACL of {subnet} denies{port}{way} ({acl.id})", subnet)
        if sure != (self.target.ports,):
            self.missing.add("network-interfaces" if self.target.port else "case.yaml")

    def _answers(self, subnet: str, egress: bool, peer: Block, port: Port) -> None:
        """The answer passes the network ACL of a subnet, once the SYN has arrived."""
        self._back.append(lambda: self._answer_passes(subnet, egress, peer, port))

    def _answer_passes(self, subnet: str, egress: bool, peer: Block, port: Port) -> None:
        acl = self.config.acl_of.get(subnet)
        if acl is None:
            self.missing.add("network-acls")
            return
        public = self.target.public and peer == self.target.block
        sure, perhaps = acl.allowed(egress, peer, EPHEMERAL, self.target.protocol, public)
        port.sure, port.perhaps = crossed(port.sure, sure), crossed(port.perhaps, perhaps)
        way = "out" if egress else "in"
        low, high = EPHEMERAL
        if not port.perhaps:
            text = f"{subnet}'s network ACL lets no answers {way} on {low}-{high} ({acl.id})"
            self._block(Obstacle.ACL, text, subnet)
        elif port.sure != port.perhaps:
            self.missing.add("network-interfaces")
        elif port.sure != (EPHEMERAL,) and self.partly is None:
            only = ", ".join(f"{one}-{other}" if one != other else f"{one}" for one, other in port.sure[:3])
            text = f"{subnet}'s network ACL lets answers {way} on {only} of {low}-{high} only ({acl.id})"
            self.partly = Blocked(Obstacle.ACL, text, subnet)
