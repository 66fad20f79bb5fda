"""What commands know: ids of the account as they stand, and variables of the shell for what only it knows."""

from __future__ import annotations

import re
from collections.abc import Iterable

from narrows.aws.requests import Variable
from narrows.aws_ids import NAT_GATEWAY, ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC, ZONE, Pattern
from narrows.case.wiring import Wiring
from narrows.network import Network
from narrows.plan.steps import Ask

Value = str | Variable

_LONGEST = 32
"""Characters of a variable's name, what tells it from others left out."""
_AN_ID = re.compile(r"[a-z]+-(?:[0-9a-f]{8}|[0-9a-f]{17})")
"""What AWS makes: no name that people give in a scenario looks so."""
_KINDS = {
    SUBNET: ("SUBNET", "the id of subnet", "subnet-..."),
    SECURITY_GROUP: ("SG", "the id of security group", "sg-..."),
    NAT_GATEWAY: ("NAT", "the id of NAT gateway", "nat-..."),
    ROUTE_TABLE: ("RTB", "the id of the route table of subnet", "rtb-..."),
    VPC: ("VPC", "the id of the VPC of", "vpc-..."),
    ZONE: ("ZONE", "the Availability Zone", "..."),
}


class Known:
    """Values by kind and name. What is not known becomes a variable that the next step asks for.

    Args:
        network: today's.
        wiring: of a case; None for a scenario, whose names are its author's.
    """

    def __init__(self, network: Network, wiring: Wiring | None) -> None:
        self.network = network
        self.is_case = wiring is not None
        self.wiring = wiring or Wiring()
        self._made: dict[tuple[str, str], Value] = {}
        self._variables: set[str] = set()
        self._asks: list[Ask] = []

    def id(self, kind: Pattern, name: str, what: str = "") -> Value:
        """The id of something: as it stands, in a variable that a command fills, or asked for.

        Args:
            what: how it is asked for, where its name alone does not say it.
        """
        word, of_kind, example = _KINDS[kind]
        key = word, name
        if key not in self._made:
            if name and kind.fits(name) and (kind is ZONE or self.is_case or _AN_ID.fullmatch(name)):
                self._made[key] = name
            else:
                self._made[key] = self.ask(word, name, what or f"{of_kind} {name}", example)
        return self._made[key]

    def made(self, kind: Pattern, name: str, label: str) -> Variable:
        """The variable that takes the id of something that a command makes; ``label`` is what people call it."""
        word = _KINDS[kind][0]
        variable = self.variable(word, label)
        self._made[word, name] = variable
        return variable

    def is_made(self, kind: Pattern, name: str) -> bool:
        """Whether a command makes it."""
        return (_KINDS[kind][0], name) in self._made

    def ask(self, word: str, name: str, what: str, example: str) -> Variable:
        """A variable that the user fills in."""
        variable = self.variable(word, name)
        self._asks.append(Ask(variable.name, what, example))
        return variable

    def variable(self, word: str, name: str = "") -> Variable:
        """A variable that nothing else has."""
        plain = re.sub(r"[^A-Z0-9]+", "_", name.upper().removeprefix(f"{word}-")).strip("_")[:_LONGEST]
        base = f"{word}_{plain}" if plain else f"{word}_1"
        candidate, number = base, 2
        while candidate in self._variables:
            candidate = f"{base}_{number}" if plain else f"{word}_{number}"
            number += 1
        self._variables.add(candidate)
        return Variable(candidate)

    def take_asks(self) -> tuple[Ask, ...]:
        """What was asked for since the last time."""
        asks = tuple(self._asks)
        self._asks.clear()
        return asks

    def vpc(self, *subnets: str, gateways: Iterable[str] = (), groups: Iterable[str] = ()) -> Value:
        """The VPC of subnets, NAT gateways or security groups: what any of them is in."""
        wiring = self.wiring
        vpcs = [wiring.subnets[name].vpc for name in subnets if name in wiring.subnets]
        vpcs += [wiring.gateways[name].vpc for name in gateways if name in wiring.gateways]
        vpcs += [wiring.groups[name].vpc for name in groups if name in wiring.groups]
        return self.id(VPC, next(filter(None, vpcs), None) or "the functions")
