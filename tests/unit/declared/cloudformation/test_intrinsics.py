"""Intrinsic functions are worked out as CloudFormation does, as far as what they need is known."""

from __future__ import annotations

from typing import Any

import pytest

from narrows.declared.model import Reference, Unknown
from tests.unit.declared.cloudformation.templates import declared, faults, one, value

PARAMETERS = {
    "Name": {"Type": "String", "Default": "shop"},
    "Size": {"Type": "Number", "Default": "30"},
    "Groups": {"Type": "List<AWS::EC2::SecurityGroup::Id>", "Default": "sg-1, sg-2"},
    "Open": {"Type": "String"},
    "Ids": {"Type": "CommaDelimitedList"},
    "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/images/latest"},
    "Password": {"Type": "String", "NoEcho": True, "Default": "hush"},
}
VPC = {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}}
MAPPINGS = {"M": {"eu-west-1": {"Cidr": "10.2.0.0/16"}}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Ref": "Name"}, "shop"),
        ({"Ref": "Size"}, 30),
        ({"Ref": "Groups"}, ["sg-1", "sg-2"]),
        ({"Ref": "V"}, Reference("V")),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::NoValue"}, "absent"),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"Fn::GetAtt": ["V", "DefaultSecurityGroup"]}, Reference("V", "DefaultSecurityGroup")),
        ({"Fn::GetAtt": "V.DefaultSecurityGroup"}, Reference("V", "DefaultSecurityGroup")),
        ({"Fn::GetAtt": ["V", "VpcId"]}, Reference("V")),
        ({"Fn::GetAtt": ["V", "CidrBlock"]}, "10.1.0.0/16"),
        ({"Fn::Sub": "${Name}-${AWS::Region}-${Size}"}, "shop-eu-west-1-30"),
        ({"Fn::Sub": "${!Name} ${ Name }"}, "${Name} shop"),
        ({"Fn::Sub": ["${A}.${Name}", {"A": {"Ref": "Size"}}]}, "30.shop"),
        ({"Fn::Sub": "${V}"}, Reference("V")),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 1, True]]}, "a-shop-1-true"),
        ({"Fn::Join": [",", {"Ref": "Groups"}]}, "sg-1,sg-2"),
        ({"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "V"}, "x"]]}]}, [Reference("V"), "x"]),
        ({"Fn::Split": [",", {"Fn::Join": [",", [{"Ref": "V"}]]}]}, [Reference("V")]),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::Select": ["1", {"Ref": "Groups"}]}, "sg-2"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "eu-west-1a"),
        ({"Fn::Select": [2, {"Fn::GetAZs": "us-west-2"}]}, "us-west-2c"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Cidr"]}, "10.2.0.0/16"),
        ({"Fn::FindInMap": ["M", "mars", "Cidr", {"DefaultValue": "10.3.0.0/16"}]}, "10.3.0.0/16"),
        ({"Fn::Cidr": [{"Fn::GetAtt": ["V", "CidrBlock"]}, 3, 8]}, ["10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"]),
        ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/24", "2", "4"]}]}, "10.0.0.16/28"),
        ({"Fn::Cidr": ["2600:1f14::/56", 2, 64]}, ["2600:1f14::/64", "2600:1f14:0:1::/64"]),
        ({"Fn::Base64": "hi"}, "aGk="),
        ({"Fn::Length": {"Ref": "Groups"}}, 2),
        ({"Fn::ToJsonString": {"a": {"Ref": "Size"}}}, '{"a":30}'),
        ({"Fn::If": ["Yes", {"Ref": "Name"}, 2]}, "shop"),
        ({"Fn::If": ["Maybe", "same", "same"]}, "same"),
        ({"Fn::If": [{"Fn::Equals": [{"Ref": "Size"}, 30]}, 1, 2]}, 1),
    ],
)
def test_what_is_known_is_worked_out(expression: Any, expected: Any) -> None:
    conditions = {"Yes": {"Fn::Equals": ["1", 1]}, "Maybe": {"Fn::Equals": [{"Ref": "Open"}, "x"]}}
    sections: dict[str, Any] = {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": conditions,
        "Resources": VPC,
    }
    assert value(expression, {"AWS::Region": "eu-west-1"}, **sections) == expected


@pytest.mark.parametrize(
    ("expression", "why", "text"),
    [
        ({"Ref": "Open"}, "parameter Open has no default", "${Open}"),
        ({"Ref": "Image"}, "parameter Image is read from Systems Manager", "${Image}"),
        ({"Ref": "Password"}, "parameter Password is not shown (NoEcho)", "${Password}"),
        ({"Fn::Select": [1, {"Ref": "Ids"}]}, "parameter Ids has no default: element 1", "${Ids.1}"),
        ({"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}, "AWS::Region is not known", "com.amazonaws.${AWS::Region}.s3"),
        ({"Fn::Select": [1, {"Fn::GetAZs": ""}]}, "the Region is not known", "${AWS::Region}b"),
        ({"Fn::GetAZs": ""}, "the Availability Zones of a Region", ""),
        ({"Fn::Sub": "${V}/x"}, "${V}/x is known once it is made", "${V}/x"),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["V", "Arn"]}, ":*"]]},
         "${V.Arn}:* is known once it is made", "${V.Arn}:*"),
        ({"Fn::ImportValue": "net"}, "Fn::ImportValue of net, which no template here exports", "${net}"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Open}-net"}},
         "Fn::ImportValue of ${Open}-net: parameter Open has no default", ""),
        ({"Fn::GetStackOutput": {"StackName": "net", "OutputName": "A"}},
         "Fn::GetStackOutput of net.A, which no template here has", "${net.A}"),
        ({"Fn::GetStackOutput": {"StackName": "net", "OutputName": "A", "Region": "eu-west-1"}},
         "Fn::GetStackOutput of net.A in another Region or account", "${net.A}"),
        ({"Fn::GetStackOutput": {"StackName": {"Ref": "Open"}, "OutputName": "A"}},
         "parameter Open has no default", ""),
        ("{{resolve:secretsmanager:db:SecretString:password}}",
         "{{resolve:secretsmanager:db:SecretString:password}} is read when the template is deployed",
         "${resolve:secretsmanager:db:SecretString:password}"),
        ({"Fn::Sub": "{{resolve:ssm:/${Name}/a}}"}, "{{resolve:ssm:/shop/a}} is read when the template is deployed",
         "${resolve:ssm:/shop/a}"),
        ({"Fn::If": ["Maybe", 1, 2]}, "condition Maybe: parameter Open has no default", ""),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "Fn::Transform with AWS::Include", ""),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "Cidr"]}, "AWS::Region is not known", ""),
        ({"Fn::Cidr": [{"Ref": "Open"}, 1, 8]}, "parameter Open has no default", ""),
    ],
)  # fmt: skip
def test_what_is_not_known_says_why_and_keeps_what_is(expression: Any, why: str, text: str) -> None:
    conditions = {"Maybe": {"Fn::Equals": [{"Ref": "Open"}, "x"]}}
    sections: dict[str, Any] = {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": conditions,
        "Resources": VPC,
    }
    assert value(expression, **sections) == Unknown(why, text)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("!Ref Vcp", "'Vcp' is neither a resource nor a parameter; did you mean 'Vpc'?"),
        ("!GetAtt Vcp.CidrBlock", "'Vcp' is neither a resource nor a parameter; did you mean 'Vpc'?"),
        ('!Sub "${Vcp}-x"', "'Vcp' is neither a resource nor a parameter; did you mean 'Vpc'?"),
        ("!Ref Gone", "'Gone' is left out by its condition"),
        ("!Frobnicate 3", "Fn::Frobnicate is not known here: what it gives is not seen"),
        ("!GetStackOutput {StackName: net}", "Fn::GetStackOutput is not written as CloudFormation takes it"),
        ("!Select [7, [a, b]]", "Fn::Select takes '7' of a list of 2"),
        ("!FindInMap [A, b, c]", "Fn::FindInMap finds nothing at 'A', 'b', 'c'"),
        ("!Cidr [10.0.0.0/24, 9, 8]", "Fn::Cidr cannot be worked out: the block has no room for them, or is none"),
        ("!If [Nope, 1, 2]", "there is no condition 'Nope'; known: Never"),
        ("!Join [a]", "Fn::Join is not written as CloudFormation takes it"),
        ("{Fn::Transform: {Name: Boo}, a: 1}", "Boo runs when the template is deployed: what it gives is not seen"),
    ],
)
def test_what_is_not_understood_is_a_fault_with_its_line(line: str, fault: str) -> None:
    text = f"""
Conditions:
  Never: !Equals [a, b]
Resources:
  Vpc: {{Type: AWS::EC2::VPC}}
  Gone: {{Type: AWS::EC2::VPC, Condition: Never}}
  R:
    Type: AWS::EC2::Subnet
    Properties:
      CidrBlock: 10.0.0.0/24
      P: {line}
"""
    found = declared(text)
    assert faults(found) == [f"11: {fault}"]
    assert [one.address for one in found.resources] == ["Vpc", "R"]


def test_zones_of_a_region_are_taken_in_order_and_that_is_said_once() -> None:
    zones = [{"Fn::Select": [place, {"Fn::GetAZs": ""}]} for place in (0, 1)]
    subnets = [{"Type": "AWS::EC2::Subnet", "Properties": {"AvailabilityZone": zone}} for zone in zones]
    found = declared({"Resources": dict(zip("AB", subnets, strict=True))}, {"AWS::Region": "eu-west-3"})
    assert [one.properties["AvailabilityZone"] for one in found.resources] == ["eu-west-3a", "eu-west-3b"]
    (fault,) = found.faults
    assert fault.text.startswith("the Availability Zones of eu-west-3 are taken in alphabetical order: ")
    assert (found.region, fault.place.line) == ("eu-west-3", None)


def test_a_secret_is_compared_and_never_shown() -> None:
    template = {
        "Parameters": {"Password": {"Type": "String", "NoEcho": "true", "Default": "hush"}},
        "Conditions": {"Has": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Password"}, ""]}]}},
        "Resources": {
            "F": {
                "Type": "AWS::Lambda::Function",
                "Condition": "Has",
                "Properties": {"Environment": {"Variables": {"P": {"Fn::Sub": "x ${Password}"}}}},
            }
        },
    }
    found = declared(template)
    assert len(found.resources) == 1
    assert "hush" not in repr(found)


def test_two_resources_that_state_each_other_do_not_turn_in_a_circle() -> None:
    found = declared("""
Resources:
  A: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: !GetAtt B.AvailabilityZone}}
  B: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: !GetAtt A.AvailabilityZone}}
""")
    assert one(found, "A").properties["AvailabilityZone"] == Reference("B", "AvailabilityZone")
    assert one(found, "B").properties["AvailabilityZone"] == Reference("A", "AvailabilityZone")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{{resolve:ssm:/a}}", "{{resolve:ssm:/b}}"),
        ({"Fn::Sub": "{{resolve:ssm:/a}}"}, {"Fn::Sub": "{{resolve:ssm:/b}}"}),
        ({"Fn::If": ["Maybe", "sg-1", {"Ref": "V"}]}, {"Fn::If": ["Maybe", "sg-2", {"Ref": "V"}]}),
        ({"Fn::Select": [0, {"Ref": "Ids"}]}, {"Fn::Select": [1, {"Ref": "Ids"}]}),
        ({"Fn::ImportValue": {"Fn::Sub": "${Open}-a"}}, {"Fn::ImportValue": {"Fn::Sub": "${Open}-b"}}),
        ({"Fn::Split": [",", {"Fn::GetAtt": ["V", "A"]}]}, {"Fn::Split": [",", {"Fn::GetAtt": ["V", "B"]}]}),
    ],
)
def test_what_is_not_the_same_has_not_the_same_reason(first: Any, second: Any) -> None:
    """An import gives what is not known for the same reason the same stand-in: one ENI for two sets of groups."""
    conditions = {"Maybe": {"Fn::Equals": [{"Ref": "Open"}, "x"]}}
    values = [value(one, Parameters=PARAMETERS, Resources=VPC, Conditions=conditions) for one in (first, second, first)]
    whys = [one.why for one in values if isinstance(one, Unknown)]
    assert whys[0] == whys[2] != whys[1]
