"""Which resource a plan's values come from, in the shapes of the real provider's plans: sets of attributes that are
written as blocks have one expression for all of them, and values that are not known are left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from narrows.declared.model import Declared, Reference, Unknown
from narrows.declared.terraform import read


class PlanOf:
    """A plan's JSON, made of its resources."""

    def __init__(self) -> None:
        self.resources: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []
        self.blocks: dict[str, dict[str, Any]] = {}

    def add(
        self,
        name: str,
        key: str | int | None = None,
        values: dict[str, Any] | None = None,
        unknown: dict[str, Any] | None = None,
        **expressions: Any,
    ) -> None:
        """One instance; what its attributes refer to, as lists of references or as blocks."""
        type_, label = name.split(".")
        address = name if key is None else f"{name}[{json.dumps(key)}]"
        one = {"address": address, "mode": "managed", "type": type_, "name": label, "values": values or {}}
        self.resources.append(one if key is None else {**one, "index": key})
        change = {"actions": ["create"], "after": values or {}, "after_unknown": {"id": True, **(unknown or {})}}
        self.changes.append({"address": address, "mode": "managed", "change": change})
        said = {n: {"references": one} if isinstance(one, list) else one for n, one in expressions.items()}
        each = said.pop("each", None)
        block = {"address": name, "mode": "managed", "type": type_, "name": label, "expressions": said}
        self.blocks[name] = block if each is None else {**block, "for_each_expression": each}

    def read(self, folder: Path) -> Declared:
        """What narrows makes of it."""
        file = folder / "plan.json"
        file.write_text(
            json.dumps(
                {
                    "format_version": "1.2",
                    "planned_values": {"root_module": {"resources": self.resources}},
                    "resource_changes": self.changes,
                    "configuration": {"root_module": {"resources": list(self.blocks.values())}},
                }
            )
        )
        return read(file)


def test_routes_written_as_blocks_of_one_attribute(tmp_path: Path) -> None:
    plan = PlanOf()
    plan.add("aws_nat_gateway.n")
    plan.add("aws_internet_gateway.i")
    empty = {"cidr_block": "", "ipv6_cidr_block": "", "gateway_id": "", "vpc_endpoint_id": ""}
    plan.add(
        "aws_route_table.r",
        values={"route": [{**empty, "cidr_block": "0.0.0.0/0"}, {**empty, "ipv6_cidr_block": "::/0"}]},
        unknown={"route": [{"nat_gateway_id": True}, {"gateway_id": True}], "vpc_id": True},
        route=[
            "aws_nat_gateway.n.id", "aws_nat_gateway.n", "aws_internet_gateway.i.id", "aws_internet_gateway.i",
        ],
        vpc_id=["local.vpc_id"],
    )  # fmt: skip
    declared = plan.read(tmp_path)
    own = {"RouteTableId": Reference("aws_route_table.r")}
    assert [one.properties for one in declared.of("AWS::EC2::Route")] == [
        {**own, "NatGatewayId": Reference("aws_nat_gateway.n"), "DestinationCidrBlock": "0.0.0.0/0"},
        {**own, "GatewayId": Reference("aws_internet_gateway.i"), "DestinationIpv6CidrBlock": "::/0"},
    ]
    (table,) = declared.of("AWS::EC2::RouteTable")
    assert table.properties["VpcId"] == Unknown("local.vpc_id is not in the plan's JSON")


def test_the_only_one_that_is_made_is_the_one_that_is_meant(tmp_path: Path) -> None:
    plan = PlanOf()
    plan.add("aws_vpc.new")
    plan.add("aws_vpc.old", values={"id": "vpc-1"})
    plan.add("aws_subnet.s", unknown={"vpc_id": True}, vpc_id=["local.vpc_id"])
    (subnet,) = plan.read(tmp_path).of("AWS::EC2::Subnet")
    assert subnet.properties["VpcId"] == Reference("aws_vpc.new")


def test_a_key_is_the_same_only_where_the_expression_looks_at_it(tmp_path: Path) -> None:
    plan = PlanOf()
    for key in range(2):
        plan.add("aws_subnet.s", key)
        plan.add("aws_eip.e", key)
        plan.add(
            "aws_nat_gateway.n",
            key,
            unknown={"subnet_id": True, "allocation_id": True},
            subnet_id=["aws_subnet.s"],
            allocation_id=["aws_eip.e", "count.index"],
        )
    plan.add("aws_eip.other", 0)
    plan.add("aws_nat_gateway.o", 0, unknown={"allocation_id": True}, allocation_id=["aws_eip.e", "count.index"])
    declared = plan.read(tmp_path)
    for key in range(2):
        gateway = declared.by_address[f"aws_nat_gateway.n[{key}]"]
        assert gateway.properties["AllocationId"] == Reference(f"aws_eip.e[{key}]")
        # element(aws_subnet.s[*].id, 0) has the same references as aws_subnet.s[*].id has.
        assert gateway.properties["SubnetId"] == Unknown("known after apply")
    assert declared.by_address["aws_nat_gateway.o[0]"].properties["AllocationId"] == Unknown("known after apply")


def test_what_is_made_from_a_resource_is_not_that_resource(tmp_path: Path) -> None:
    plan = PlanOf()
    plan.add("aws_vpc.v")
    plan.add(
        "aws_subnet.s",
        unknown={"ipv6_cidr_block": True, "vpc_id": True, "availability_zone": True},
        ipv6_cidr_block=["aws_vpc.v.ipv6_cidr_block", "aws_vpc.v"],
        vpc_id=["aws_vpc.v.id", "aws_vpc.v"],
    )
    (subnet,) = plan.read(tmp_path).of("AWS::EC2::Subnet")
    # What nobody configured is AWS's to say.
    assert subnet.properties == {"VpcId": Reference("aws_vpc.v"), "Ipv6CidrBlock": Unknown("known after apply")}


def test_a_set_that_is_not_known_is_all_that_it_refers_to_and_that_is_said(tmp_path: Path) -> None:
    plan = PlanOf()
    for key in ("a", "b"):
        plan.add("aws_subnet.s", key)
    plan.add("aws_vpc_endpoint.e", unknown={"subnet_ids": True}, subnet_ids=["aws_subnet.s"])
    plan.add(
        "aws_db_proxy.p", unknown={"vpc_subnet_ids": True}, vpc_subnet_ids=['aws_subnet.s["a"].id', 'aws_subnet.s["a"]']
    )
    declared = plan.read(tmp_path)
    endpoint = declared.by_address["aws_vpc_endpoint.e"]
    assert endpoint.properties["SubnetIds"] == [Reference('aws_subnet.s["a"]'), Reference('aws_subnet.s["b"]')]
    assert declared.by_address["aws_db_proxy.p"].properties["VpcSubnetIds"] == [Reference('aws_subnet.s["a"]')]
    assert [one.text for one in declared.faults] == [
        "subnet_ids of aws_vpc_endpoint.e: all 2 that it refers to are taken; the plan leaves open which"
    ]


def test_each_value_is_the_instance_of_its_key(tmp_path: Path) -> None:
    plan = PlanOf()
    for key in ("a", "b"):
        plan.add("aws_subnet.s", key)
        plan.add(
            "aws_route_table_association.r",
            key,
            unknown={"subnet_id": True},
            subnet_id=["each.value.id", "each.value"],
            each={"references": ["aws_subnet.s"]},
        )
    found = {one.address: one.properties for one in plan.read(tmp_path).of("AWS::EC2::SubnetRouteTableAssociation")}
    assert found == {
        f'aws_route_table_association.r["{key}"]': {"SubnetId": Reference(f'aws_subnet.s["{key}"]')} for key in "ab"
    }
