"""Templates as other people write them."""

from __future__ import annotations

import pytest

from narrows.declared.cloudformation import read
from narrows.declared.model import Reference, Unknown
from tests.unit.declared.cloudformation.templates import DATA, declared, one


@pytest.mark.parametrize(
    ("zones", "nat", "subnets", "gateways", "routes"),
    [
        ("2", "one", 4, ["Nat1"], {"PrivateDefault1": "Nat1", "PrivateDefault2": "Nat1"}),
        ("2", "each", 4, ["Nat1", "Nat2"], {"PrivateDefault1": "Nat1", "PrivateDefault2": "Nat2"}),
        (
            "3",
            "one",
            6,
            ["Nat1"],
            {"PrivateDefault1": "Nat1", "PrivateDefault2": "Nat1", "PrivateDefault3": "Nat1"},
        ),
        (
            "3",
            "each",
            6,
            ["Nat1", "Nat2", "Nat3"],
            {"PrivateDefault1": "Nat1", "PrivateDefault2": "Nat2", "PrivateDefault3": "Nat3"},
        ),
    ],
)
def test_a_vpc_whose_parameters_say_how_many_zones_and_gateways(
    zones: str, nat: str, subnets: int, gateways: list[str], routes: dict[str, str]
) -> None:
    parameters = {"NumberOfAZs": zones, "NatGateways": nat, "AvailabilityZones": "us-east-1a,us-east-1b,us-east-1c"}
    found = read(DATA / "vpc-with-conditions.yaml", parameters)
    assert not found.faults
    assert len(list(found.of("AWS::EC2::Subnet"))) == subnets
    assert [one.address for one in found.of("AWS::EC2::NatGateway")] == gateways
    ways = {one.address: one.properties.get("NatGatewayId") for one in found.of("AWS::EC2::Route")}
    assert ways == {"PublicDefault": None, **{name: Reference(gateway) for name, gateway in routes.items()}}
    second = one(found, "PrivateSubnet2")
    assert (second.properties["AvailabilityZone"], second.properties["CidrBlock"]) == ("us-east-1b", "10.0.5.0/24")
    assert one(found, "PublicSubnet1").properties["MapPublicIpOnLaunch"] is True
    assert not any(one.conditional for one in found.resources)
    endpoint = one(found, "S3Endpoint").properties
    assert endpoint["ServiceName"] == Unknown("AWS::Region is not known", "com.amazonaws.${AWS::Region}.s3")
    tables = endpoint["RouteTableIds"]
    assert isinstance(tables, list)
    assert len(tables) == int(zones)


def test_subnets_of_zones_that_nobody_named_stand_in_different_ones() -> None:
    found = read(DATA / "vpc-with-conditions.yaml")
    zones = {one.address: one.properties["AvailabilityZone"] for one in found.of("AWS::EC2::Subnet")}
    assert zones["PublicSubnet1"] == zones["PrivateSubnet1"] != zones["PublicSubnet2"] == zones["PrivateSubnet2"]


def test_functions_made_by_a_loop() -> None:
    found = read(DATA / "with-loops.yaml")
    assert not found.faults
    assert [one.name for one in found.of("AWS::Lambda::Function")] == ["shop-cart", "shop-checkout", "shop-search"]
    assert one(found, "Functionsearch").properties["VpcConfig"] == {
        "SubnetIds": [Reference("Subneta"), Reference("Subnetb")],
        "SecurityGroupIds": [Reference("Groupsearch")],
    }
    assert [one.properties["CidrBlock"] for one in found.of("AWS::EC2::Subnet")] == ["10.9.0.0/20", "10.9.16.0/20"]
    assert len(list(read(DATA / "with-loops.yaml", {"Names": "a"}).of("AWS::Lambda::Function"))) == 1


def test_json_with_tabs_and_numbers_in_quotes() -> None:
    found = read(DATA / "old-and-inline.template")
    function, alarm = one(found, "Thumbnailer"), one(found, "PortAlarm")
    assert function.properties["Timeout"] == 300
    assert function.properties["FunctionName"] == Unknown("AWS::Region is not known", "thumbs-${AWS::Region}")
    place = function.properties["VpcConfig"]
    assert place == {"SubnetIds": ["subnet-0a1b2c3d", "subnet-4e5f6071"], "SecurityGroupIds": ["sg-11223344"]}
    assert (alarm.properties["Threshold"], alarm.properties["Period"]) == (0, 60)
    assert alarm.place_of("Namespace").line == 25
    assert function.place_of("VpcConfig", "SecurityGroupIds", 0).line == 18
    assert function.place_of("Nothing") == function.place


def test_a_thousand_resources() -> None:
    functions = {
        f"F{place}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "VpcConfig": {"SubnetIds": [{"Ref": "S"}], "SecurityGroupIds": [{"Ref": f"G{place % 499}"}]}
            },
        }
        for place in range(500)
    }
    groups = {f"G{place}": {"Type": "AWS::EC2::SecurityGroup"} for place in range(499)}
    found = declared({"Resources": {**functions, **groups, "S": {"Type": "AWS::EC2::Subnet"}}})
    assert (len(found.resources), found.faults) == (1_000, ())
    assert one(found, "F499").properties["VpcConfig"] == {
        "SubnetIds": [Reference("S")],
        "SecurityGroupIds": [Reference("G0")],
    }
