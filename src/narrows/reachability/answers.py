"""What is said of a connection's way: whether it is open, and what blocks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """How far connections get."""

    OPEN = "open"
    """To the destination, or out into the internet."""
    BEYOND = "beyond"
    """As far as this configuration goes: what lies beyond it is not here."""
    PARTLY = "partly"
    """Some of them do not: those to some of its addresses, or from some ports."""
    BLOCKED = "blocked"
    """Not one gets there, whatever the load."""
    UNKNOWN = "unknown"
    """Something on the way is not here."""


class Obstacle(StrEnum):
    """The kinds of blocks."""

    _value_: str
    file: str
    """Kind of answer of AWS that says it, as a case names it."""

    def __new__(cls, value: str, file: str = "") -> Obstacle:
        member = str.__new__(cls, value)
        member._value_, member.file = value, file
        return member

    EGRESS = "security-group-egress", "security-groups"
    INGRESS = "security-group-ingress", "security-groups"
    ACL = "network-acl", "network-acls"
    NO_ROUTE = "no-route", "route-tables"
    NO_ROUTE_BACK = "no-route-back", "route-tables"
    BLACKHOLE = "blackhole-route", "route-tables"
    PUBLIC_SUBNET = "public-subnet", "route-tables"
    NAT_SUBNET = "nat-gateway-subnet", "route-tables"
    PUBLIC_ACCESS = "public-access-blocked", "subnets"
    NAT_STATE = "nat-gateway-state", "nat-gateways"
    PRIVATE_ADDRESS = "private-address-to-nat-gateway", "route-tables"
    PRIVATE_NAT = "private-nat-gateway", "nat-gateways"
    NO_IPV6 = "no-ipv6", "subnets"
    PRIVATE_DNS = "private-dns-off", "vpc-endpoints"
    ENDPOINT_ROUTE = "gateway-endpoint-route", "route-tables"
    ENDPOINT_STATE = "endpoint-state", "vpc-endpoints"
    TRANSIT_GATEWAY = "transit-gateway-attachment", "transit-gateway-attachments"
    PORT_25 = "smtp-port", "functions"
    NO_VPC = "no-vpc", "functions"

    @property
    def is_of_route(self) -> bool:
        """Whether a VPC endpoint of the destination's would get round it."""
        return self in _OF_ROUTES


_OF_ROUTES = frozenset(
    (Obstacle.NO_ROUTE, Obstacle.BLACKHOLE, Obstacle.PUBLIC_SUBNET, Obstacle.NAT_SUBNET, Obstacle.NAT_STATE,
     Obstacle.PUBLIC_ACCESS,
     Obstacle.PRIVATE_ADDRESS, Obstacle.PRIVATE_NAT, Obstacle.NO_IPV6, Obstacle.TRANSIT_GATEWAY)
)  # fmt: skip

SMTP = 25
"""By default AWS lets nothing out on this port to public addresses: of EC2's instances and network interfaces, and of
Lambda functions. For a NAT gateway it lifts that where it is asked to; for functions outside of a VPC it does not (AWS
re:Post, How do I remove the restriction on port 25 from my Amazon EC2 instance or Lambda function?; EC2 User Guide,
Restriction on email sent using port 25). Private addresses stay open."""


@dataclass(frozen=True, slots=True)
class Block:
    """What lets no connection through."""

    kind: Obstacle
    text: str
    """The reason: a clause that begins with a small letter, unless it is an id, with ids of AWS for names."""
    resource: str
    """The id of the resource to mend."""
    file: str = ""
    """The kind of answer of AWS that says it, where it is not that of its kind."""

    def __str__(self) -> str:
        return self.text

    @property
    def mechanism(self) -> str:
        """Its kind, as ``diagnose --json`` names it."""
        return self.kind.value

    @property
    def said_by(self) -> str:
        """The kind of answer of AWS that says it, as a case names it."""
        return self.file or self.kind.file


@dataclass(frozen=True, slots=True)
class Answer:
    """How far connections of one function get from one of its subnets to one destination."""

    reach: Reach
    block: Block | None = None
    """What blocks them, all or some."""
    beyond: str | None = None
    """What they leave by for where no rule is known: a peering connection, transit gateway, proxy, load balancer."""
    missing: frozenset[str] = frozenset()
    """Kinds of answers of AWS, as a case names them, that would have to be there (or whole) for it to be known."""
    if_public: bool = False
    """Whether that is so only if the name of the destination, whose addresses are not here, stands for public ones."""


def both(answers: list[Answer]) -> Answer:
    """What the answers for each of several addresses come to, of which a connection takes one."""
    reaches = {one.reach for one in answers}
    blocks = [one.block for one in answers if one.block is not None]
    block = blocks[0] if blocks else None
    beyond = next((one.beyond for one in answers if one.beyond is not None), None)
    missing = frozenset[str]().union(*(one.missing for one in answers))
    if reaches == {Reach.BLOCKED}:
        return answers[0]
    if Reach.UNKNOWN in reaches:
        return Answer(Reach.UNKNOWN, None, beyond, missing)
    if reaches & {Reach.BLOCKED, Reach.PARTLY}:
        return Answer(Reach.PARTLY, block, beyond, missing)
    return Answer(Reach.BEYOND if Reach.BEYOND in reaches else Reach.OPEN, None, beyond, missing)
