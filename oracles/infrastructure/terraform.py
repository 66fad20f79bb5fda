"""A scenario as Terraform's resources, by the documentation of its aws provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from narrows.network import Endpoint, Function, HopKind, NatGateway, NatKind, Subnet
from narrows.scenario import Scenario
from oracles.infrastructure.laid import MAIN, SECOND, Laid, is_public, lay


@dataclass(frozen=True)
class Expression:
    """What is worked out only by Terraform: ``aws_vpc.main.id``."""

    text: str
    references: tuple[str, ...]
    """As a plan lists them."""


@dataclass(frozen=True)
class Blocks:
    """Blocks of one name, inside of a resource."""

    each: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Made:
    """A resource."""

    type: str
    name: str
    arguments: Mapping[str, Any]

    @property
    def address(self) -> str:
        """What others call it."""
        return f"{self.type}.{self.name}"


def of(address: str, attribute: str = "id") -> Expression:
    """An attribute of another resource."""
    return Expression(f"{address}.{attribute}", (f"{address}.{attribute}", address))


def resources(scenario: Scenario) -> list[Made]:
    """The resources: what no files of Terraform can say of a scenario is left out."""
    made = _Maker(lay(scenario))
    made.all()
    return made.found


class _Maker:
    def __init__(self, laid: Laid) -> None:
        self.laid = laid
        self.names = {name: _plain(name) for name in laid.names}
        self.found: list[Made] = []

    def add(self, type_: str, name: str, tag: str | None = None, **arguments: Any) -> str:
        if tag is not None:
            arguments["tags"] = {"Name": tag}
        self.found.append(Made(type_, name, arguments))
        return f"{type_}.{name}"

    def all(self) -> None:
        network = self.laid.network
        six = any(one.ipv6 for one in network.subnets.values())
        more = {"assign_generated_ipv6_cidr_block": True} if six else {}
        self.vpc = of(self.add("aws_vpc", "main", "network", cidr_block=MAIN, **more))
        self.add("aws_vpc_ipv4_cidr_block_association", "second", vpc_id=self.vpc, cidr_block=SECOND)
        self.internet = of(self.add("aws_internet_gateway", "main", vpc_id=self.vpc))
        if six:
            self.outwards = of(self.add("aws_egress_only_internet_gateway", "main", vpc_id=self.vpc))
        if any(one.route == "local" for one in network.subnets.values()):
            self.transit = of(self.add("aws_ec2_transit_gateway", "main"))
        for gateway in network.nat_gateways.values():
            self.gateway(gateway)
        for index, subnet in enumerate(network.subnets.values()):
            self.subnet(index, subnet)
        for name in self.laid.groups():
            self.group(name)
        for endpoint in self.laid.endpoints:
            self.endpoint(endpoint)
        for function in network.functions.values():
            self.function(function)

    def gateway(self, one: NatGateway) -> None:
        name = self.names[one.name]
        if one.kind is NatKind.REGIONAL:
            blocks = Blocks(
                tuple(
                    {
                        "allocation_ids": [self.address(f"{name}_{index}_{n}") for n in range(one.addresses)],
                        "availability_zone": zone,
                    }
                    for index, zone in enumerate(self.laid.zones)
                )
            )
            self.add(
                "aws_nat_gateway", name, one.name, availability_mode="regional", vpc_id=self.vpc,
                availability_zone_address=blocks,
            )  # fmt: skip
            return
        own = self.add(
            "aws_subnet", f"place_{name}", f"place of {one.name}", vpc_id=self.vpc,
            cidr_block=self.laid.standing[one.name], availability_zone=one.az,
        )  # fmt: skip
        if not is_public(one):
            more: dict[str, Any] = {}
            if one.addresses > 1:
                more = {"secondary_private_ip_address_count": one.addresses - 1}
            self.add(
                "aws_nat_gateway", name, one.name, connectivity_type="private", subnet_id=of(own), **more
            )  # fmt: skip
            return
        route = {"cidr_block": "0.0.0.0/0", "gateway_id": self.internet}
        self.table(f"place_{name}", own, f"place of {one.name}", [route])
        ids = [self.address(f"{name}_{n}") for n in range(one.addresses)]
        # Inline in every second gateway, associations of their own in the others: people write both.
        inline = len(ids) % 2 == 1 and len(ids) > 1
        secondary: dict[str, Any] = {"secondary_allocation_ids": ids[1:]} if inline else {}
        gateway = self.add("aws_nat_gateway", name, one.name, allocation_id=ids[0], subnet_id=of(own), **secondary)
        for index, id in enumerate([] if inline else ids[1:]):
            self.add("aws_nat_gateway_eip_association", f"{name}_{index}", allocation_id=id, nat_gateway_id=of(gateway))

    def address(self, name: str) -> Expression:
        return of(self.add("aws_eip", name, domain="vpc"))

    def table(self, name: str, subnet: str, tag: str, routes: list[dict[str, Any]]) -> None:
        """A route table with its routes inside."""
        more = {"route": Blocks(tuple(routes))} if routes else {}
        table = self.add("aws_route_table", name, tag, vpc_id=self.vpc, **more)
        self.add("aws_route_table_association", name, subnet_id=of(subnet), route_table_id=of(table))

    def subnet(self, index: int, one: Subnet) -> None:
        name = self.names[one.name]
        more: dict[str, Any] = {}
        if one.ipv6:
            text = f"cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, {index})"
            more = {"ipv6_cidr_block": Expression(text, ("aws_vpc.main.ipv6_cidr_block", "aws_vpc.main"))}
        own = self.add(
            "aws_subnet", name, one.name, vpc_id=self.vpc, cidr_block=self.laid.blocks[one.name],
            availability_zone=one.az, **more,
        )  # fmt: skip
        targets: dict[str, dict[str, Any]] = {
            "internet-gateway": {"gateway_id": getattr(self, "internet", None)},
            "local": {"transit_gateway_id": getattr(self, "transit", None)},
        }
        if one.route in self.names:
            targets[one.route] = {"nat_gateway_id": of(f"aws_nat_gateway.{self.names[one.route]}")}
        # Inside the table in every second subnet, resources of their own in the others: people write both.
        inside: list[dict[str, Any]] = []
        apart: list[dict[str, Any]] = []
        if one.route in targets:
            where, key = (inside, "cidr_block") if index % 2 else (apart, "destination_cidr_block")
            where.append({key: "0.0.0.0/0", **targets[one.route]})
        if one.ipv6:
            where, key = (inside, "ipv6_cidr_block") if index % 2 else (apart, "destination_ipv6_cidr_block")
            where.append({key: "::/0", "egress_only_gateway_id": self.outwards})
        self.table(name, own, one.name, inside)
        for number, route in enumerate(apart):
            self.add("aws_route", f"{name}_{number}", route_table_id=of(f"aws_route_table.{name}"), **route)
        if one.denied_ports:
            self.acl(name, own, one)

    def acl(self, name: str, own: str, one: Subnet) -> None:
        families = ({"cidr_block": "0.0.0.0/0"}, {"ipv6_cidr_block": "::/0"})
        denied = [(port, family) for port in sorted(one.denied_ports) for family in families]
        egress = [
            {"rule_no": number, "action": "deny", "protocol": "tcp", "from_port": port, "to_port": port, **family}
            for number, (port, family) in enumerate(denied, start=1)
        ]
        everything = [
            {"rule_no": 1000 + number, "action": "allow", "protocol": "-1", "from_port": 0, "to_port": 0, **family}
            for number, family in enumerate(families)
        ]
        self.add(
            "aws_network_acl", name, vpc_id=self.vpc, subnet_ids=[of(own)],
            egress=Blocks((*egress, *everything)), ingress=Blocks(tuple(everything)),
        )  # fmt: skip

    def group(self, name: str) -> None:
        described = self.laid.network.security_groups.get(name)
        ports = None if described is None else described.egress_ports
        anywhere = {"cidr_blocks": ["0.0.0.0/0"], "ipv6_cidr_blocks": ["::/0"]}
        if ports is None:
            rules: list[dict[str, Any]] = [{"from_port": 0, "to_port": 0, "protocol": "-1", **anywhere}]
        else:
            rules = [{"from_port": port, "to_port": port, "protocol": "tcp", **anywhere} for port in sorted(ports)]
        plain, inline = self.names[name], len(rules) % 2 == 1
        more = {"egress": Blocks(tuple(rules))} if inline else {}
        own = self.add("aws_security_group", plain, name, description=name, vpc_id=self.vpc, **more)
        for index, rule in enumerate([] if inline else rules):
            for family, block in (("cidr_ipv4", "0.0.0.0/0"), ("cidr_ipv6", "::/0")):
                self.add(
                    "aws_vpc_security_group_egress_rule", f"{plain}_{index}_{family}", security_group_id=of(own),
                    ip_protocol=rule["protocol"], from_port=rule["from_port"], to_port=rule["to_port"],
                    **{family: block},
                )  # fmt: skip

    def endpoint(self, one: Endpoint) -> None:
        name, service = self.names[one.name], self.laid.service(one)
        if one.kind is HopKind.GATEWAY_ENDPOINT:
            tables = [of(f"aws_route_table.{self.names[place.name]}") for place in self.laid.routed_to(one)]
            self.add("aws_vpc_endpoint", name, one.name, vpc_id=self.vpc, service_name=service, route_table_ids=tables)
            return
        subnets = [of(f"aws_subnet.{self.names[place.name]}") for place in self.laid.subnets_in(one)]
        private = {} if one.azs else {"private_dns_enabled": True}
        self.add(
            "aws_vpc_endpoint", name, one.name, vpc_id=self.vpc, service_name=service, vpc_endpoint_type="Interface",
            subnet_ids=subnets, **private,
        )  # fmt: skip

    def function(self, one: Function) -> None:
        more: dict[str, Any] = {}
        if one.subnets:
            config: dict[str, Any] = {
                "subnet_ids": [of(f"aws_subnet.{self.names[name]}") for name in one.subnets],
                "security_group_ids": [of(f"aws_security_group.{self.names[name]}") for name in one.security_groups],
            }
            if one.dual_stack:
                config["ipv6_allowed_for_dual_stack"] = True
            more["vpc_config"] = Blocks((config,))
        if one.reserved_concurrency is not None:
            more["reserved_concurrent_executions"] = one.reserved_concurrency
        self.add(
            "aws_lambda_function", self.names[one.name], function_name=one.name, filename="function.zip",
            role="arn:aws:iam::111122223333:role/function", runtime="python3.13", handler="index.handler",
            timeout=int(one.timeout), **more,
        )  # fmt: skip


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
