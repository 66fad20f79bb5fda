"""A network without holes: what nothing says has a stand-in, which is named as one, with a question beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from narrows.declared.described.told import Question
from narrows.declared.doubts import Doubt
from narrows.declared.imported.text import Path, Remarks
from narrows.network import Egress, Endpoint, Function, NatGateway, Network, SecurityGroup, Subnet

_SUBNETS, _GATEWAYS, _GROUPS = ("vpc", "subnets"), ("vpc", "nat_gateways"), ("vpc", "security_groups")
_ZONES = "abcdef"


class Settling:
    """Makes a network whole, step by step.

    Args:
        network: read from what is declared, in names.
        asked: what the files leave open of each function, by its name.
        answered: the network of a scenario in which people filled in what an earlier import left open.
        doubts: why it is not certain where a subnet leads, by its name.
    """

    def __init__(
        self,
        network: Network,
        asked: dict[str, list[Question]],
        answered: Network | None,
        remarks: Remarks,
        doubts: Mapping[str, Doubt],
    ) -> None:
        self._doubts = doubts
        self._asked, self._answered, self._remarks = asked, answered, remarks
        self.subnets, self.gateways = dict(network.subnets), dict(network.nat_gateways)
        self.groups, self.functions = dict(network.security_groups), dict(network.functions)
        self._whole = network
        self._standing: dict[tuple[str, str], str] = {}

    def settled(self) -> Network:
        """The network with nothing missing."""
        region = self._whole.region
        for name, function in self.functions.items():
            self.functions[name] = self._function(function)
        used = {subnet for function in self.functions.values() for subnet in _subnets_of(function)}
        for name, subnet in list(self.subnets.items()):
            if name not in used and _is_aside(subnet, self.gateways):
                del self.subnets[name]
        for index, (name, subnet) in enumerate(list(self.subnets.items())):
            self.subnets[name] = self._subnet(subnet, region, index)
        for name, gateway in self.gateways.items():
            self.gateways[name] = self._gateway(gateway)
        for name, function in self.functions.items():
            self.functions[name] = self._with_ipv6(function)
        endpoints = {name: self._endpoint(endpoint) for name, endpoint in self._whole.endpoints.items()}
        return replace(
            self._whole,
            region=region,
            endpoints=endpoints,
            subnets=self.subnets,
            nat_gateways=self.gateways,
            security_groups=self.groups,
            functions=self.functions,
        )

    def _function(self, function: Function) -> Function:
        asked = self._asked.get(function.name, [])
        place: Path = ("functions", function.name)
        subnets = list(dict.fromkeys(function.subnets))
        for question in _about(asked, "VpcConfig", "VpcConfig.SubnetIds"):
            subnets = self._open_subnets(function.name, subnets, question)
        for name in subnets:
            if name not in self.subnets:
                self.subnets[name] = self._of_answers(name) or self._elsewhere(name)
        groups = list(dict.fromkeys(function.security_groups))
        for question in _about(asked, "VpcConfig", "VpcConfig.SecurityGroupIds"):
            before = self._answered.functions.get(function.name) if self._answered else None
            if before is not None and set(groups) <= set(before.security_groups):
                groups = list(before.security_groups)
            else:
                groups.append(self._stand_in("group", question.why))
                self._remarks.ask((*place, "security_groups"), f"{question.member}: {question.why}")
        if subnets and not groups:
            groups.append(self._stand_in("group", function.name))
            self._remarks.ask((*place, "security_groups"), "a function in a VPC has a security group, and none is said")
        for name in groups:
            self.groups.setdefault(name, SecurityGroup(name))
        return replace(function, subnets=tuple(subnets), security_groups=tuple(groups))

    def _open_subnets(self, function: str, known: list[str], question: Question) -> list[str]:
        """The subnets of a function of which not all are known: as they were answered, else with stand-ins."""
        before = self._answered.functions.get(function) if self._answered else None
        if before is not None and set(known) <= set(before.subnets):
            return list(before.subnets)
        place: Path = ("functions", function, "subnets")
        self._remarks.ask(place, f"{question.member}: {question.why}")
        return [*known, *(self._stand_in("subnet", f"{question.why} {n}") for n in range(question.parts))]

    def _stand_in(self, kind: str, why: str) -> str:
        """A name of what is not known: the same where the same thing is not known."""
        taken: Iterable[str] = self.subnets if kind == "subnet" else self.groups
        if (kind, why) not in self._standing:
            number = 1
            while (name := f"unknown-{kind}-{number}") in {*taken, *self._standing.values()}:
                number += 1
            self._standing[kind, why] = name
        return self._standing[kind, why]

    def _of_answers(self, name: str) -> Subnet | None:
        """A subnet that is in no file, as people described it."""
        return None if self._answered is None else self._answered.subnets.get(name)

    def _elsewhere(self, name: str) -> Subnet:
        self._remarks.ask((*_SUBNETS, name), "it is in none of these files")
        return Subnet(name, "", Egress.UNKNOWN)

    def _subnet(self, subnet: Subnet, region: str, index: int) -> Subnet:
        place: Path = (*_SUBNETS, subnet.name)
        before = self._answered.subnets.get(subnet.name) if self._answered else None
        if not subnet.az:
            if before is not None:
                subnet = replace(subnet, az=before.az)
            else:
                subnet = replace(subnet, az=f"{region}{_ZONES[index % len(_ZONES)]}")
                self._remarks.ask((*place, "az"), "in which Availability Zone?")
        leads = subnet.route in self.gateways or (subnet.route in set(Egress) and subnet.route != Egress.UNKNOWN)
        if not leads and before is not None and self._is_way(before.route):
            return replace(subnet, route=before.route)
        if not leads:
            subnet = replace(subnet, route=self._some_gateway(subnet.az))
            doubt = self._doubts.get(subnet.name)
            left_open = "" if doubt is None else f" {doubt.place} leaves it open"
            self._remarks.ask((*place, "route"), f"where does its default route lead?{left_open}")
        return subnet

    def _is_way(self, route: str) -> bool:
        """Whether people said where a subnet leads. A NAT gateway that is in no file is there because they say so."""
        if self._answered is not None and route in self._answered.nat_gateways:
            self.gateways.setdefault(route, self._answered.nat_gateways[route])
        return route in self.gateways or route in set(Egress)

    def _some_gateway(self, zone: str) -> str:
        """What stands in for a way out that is not known: a NAT gateway of the same zone, else any."""
        near = [gateway.name for gateway in self.gateways.values() if gateway.az == zone]
        gateway = next(iter((*near, *self.gateways)), None)
        if gateway is None:
            gateway = "unknown-nat-gateway"
            self.gateways[gateway] = NatGateway(gateway)
            self._remarks.ask(
                (*_GATEWAYS, gateway), "it is in none of these files: is there one, and with how many addresses?"
            )
        return gateway

    def _gateway(self, gateway: NatGateway) -> NatGateway:
        before = self._answered.nat_gateways.get(gateway.name) if self._answered else None
        if gateway.az == "":
            # It stands in a subnet whose zone is not known.
            gateway = replace(gateway, az=before.az if before else None)
        if gateway.addresses < 1:
            if before is not None:
                return replace(gateway, addresses=before.addresses)
            place: Path = (*_GATEWAYS, gateway.name, "addresses")
            self._remarks.ask(place, "AWS adds addresses by itself: how many has it in each Availability Zone?")
            return replace(gateway, addresses=1)
        return gateway

    def _endpoint(self, endpoint: Endpoint) -> Endpoint:
        if "" not in endpoint.azs:
            return endpoint
        self._remarks.ask(("vpc", "endpoints", endpoint.name), "in which Availability Zones? Without azs it is in all")
        return replace(endpoint, azs=())

    def _with_ipv6(self, function: Function) -> Function:
        without = [name for name in function.subnets if not self.subnets[name].ipv6]
        if not function.dual_stack or not without:
            return function
        text = f"Ipv6AllowedForDualStack is true, and no IPv6 route out of {', '.join(without)} is in the files"
        self._remarks.ask(("functions", function.name), text)
        return replace(function, dual_stack=False)


def _about(questions: Iterable[Question], *members: str) -> list[Question]:
    return [question for question in questions if question.member in members]


def _subnets_of(function: Function) -> set[str]:
    return {*function.subnets, *(name for subnets, _ in function.versions for name in subnets)}


def _is_aside(subnet: Subnet, gateways: dict[str, NatGateway]) -> bool:
    """Whether no function would go into a subnet that none is in: a public one, or one that leads nowhere."""
    return subnet.route not in gateways and subnet.route != Egress.LOCAL
