"""SAM's templates declare what their translation declares, on the lines that people wrote."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from narrows.declared.model import Declared, Reference, Unknown
from narrows.errors import InputError
from tests.unit.declared.cloudformation.templates import DATA, declared, faults, one

SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Handler: app.handler
    Timeout: 29
    VpcConfig:
      SubnetIds: [!Ref A, !Ref B]
      SecurityGroupIds: [!GetAtt Group.GroupId]
Resources:
  A: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24}}
  B: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.1.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g}}
  Api:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: api/
      FunctionName: api
      ReservedConcurrentExecutions: 50
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}
      Timeout: 10
  Other:
    Type: AWS::Serverless::Function
    Properties:
      VpcConfig:
        SubnetIds: [subnet-9]
        SecurityGroupIds: [sg-9]
"""
BY_HAND = """\
Resources:
  A: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.0.0/24}}
  B: {Type: AWS::EC2::Subnet, Properties: {CidrBlock: 10.0.1.0/24}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g}}
  Api:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: api
      Runtime: python3.13
      Handler: app.handler
      Timeout: 10
      ReservedConcurrentExecutions: 50
      VpcConfig: {SubnetIds: [!Ref A, !Ref B], SecurityGroupIds: [!GetAtt Group.GroupId]}
  ApiVersion: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Api}}
  ApiAliaslive:
    Type: AWS::Lambda::Alias
    Properties:
      Name: live
      FunctionName: !Ref Api
      FunctionVersion: !GetAtt ApiVersion.Version
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}
"""
MATTERING = (
    "FunctionName", "Timeout", "VpcConfig", "ReservedConcurrentExecutions", "ProvisionedConcurrencyConfig", "Name",
    "Runtime", "CidrBlock", "GroupDescription",
)  # fmt: skip


def mattering(found: Declared, kinds: tuple[str, ...]) -> list[Any]:
    return [
        (one.type, {key: one.properties[key] for key in MATTERING if key in one.properties}) for one in found.of(*kinds)
    ]


def test_it_declares_what_its_translation_by_hand_declares() -> None:
    found, by_hand = declared(SAM), declared(BY_HAND)
    kinds = ("AWS::EC2::Subnet", "AWS::EC2::SecurityGroup", "AWS::Lambda::Version", "AWS::Lambda::Alias")
    assert mattering(found, kinds) == mattering(by_hand, kinds)
    assert mattering(found, ("AWS::Lambda::Function",))[0] == mattering(by_hand, ("AWS::Lambda::Function",))[0]
    assert one(found, "Api").properties["VpcConfig"] == one(by_hand, "Api").properties["VpcConfig"]
    assert not found.faults


def test_every_resource_has_the_line_of_what_it_was_made_from() -> None:
    found = declared(SAM)
    of_api = {one.type: one.place.line for one in found.resources if one.address.startswith("Api")}
    assert of_api == {
        "AWS::Lambda::Function": 14,
        "AWS::Lambda::Version": 14,
        "AWS::Lambda::Alias": 14,
        "AWS::IAM::Role": 14,
    }
    assert one(found, "Other").place.line == 23
    assert one(found, "Other").place_of("VpcConfig", "SubnetIds").line == 27
    # Its own value first, else that of Globals.
    assert one(found, "Api").place_of("Timeout").line == 22
    assert one(found, "Api").place_of("VpcConfig", "SubnetIds").line == 8
    # A list of Globals and one of a function become one list.
    assert one(found, "Other").properties["VpcConfig"]["SubnetIds"][-1:] == ["subnet-9"]  # type: ignore[index,call-overload]


def test_what_nobody_wrote_is_not_declared() -> None:
    assert "not-uploaded-yet" not in repr(declared(SAM))


def test_a_template_of_other_people() -> None:
    parameters = {"PrivateSubnets": "subnet-a,subnet-b", "DbPassword": "hush", "Stage": "prod"}
    text = (DATA / "sam-in-vpc.yaml").read_text(encoding="utf-8")
    found = declared(text, parameters)
    assert not found.faults
    orders, report = one(found, "OrdersFunction"), one(found, "ReportFunction")
    assert orders.properties["VpcConfig"] == {
        "SubnetIds": ["subnet-a", "subnet-b"],
        "SecurityGroupIds": [Reference("LambdaSecurityGroup")],
    }
    assert (orders.properties["Timeout"], orders.properties["ReservedConcurrentExecutions"]) == (60, 400)
    assert (
        "ReservedConcurrentExecutions"
        not in one(declared(text, {**parameters, "Stage": "dev"}), "OrdersFunction").properties
    )
    assert (report.properties["Timeout"], "VpcConfig" in report.properties) == (29, False)
    assert orders.place_of("Timeout").line == text[: text.index("Timeout: 60")].count("\n") + 1
    assert orders.place_of("VpcConfig").line == text[: text.index("VpcConfig:")].count("\n") + 1
    without = one(declared(text), "OrdersFunction").properties["VpcConfig"]
    assert without["SubnetIds"] == Unknown("parameter PrivateSubnets has no default", "${PrivateSubnets}")  # type: ignore[index,call-overload]
    assert "hush" not in repr(found)


REFUSED = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 29
    VpcConfig: {SubnetIds: [subnet-1], SecurityGroupIds: [sg-1]}
Resources:
  Good:
    Type: AWS::Serverless::Function
    Condition: Always
    Properties:
      {CodeUri: a/, Handler: a.b, Runtime: python3.13, AutoPublishAlias: live, VpcConfig: {SubnetIds: [subnet-2]}}
  Bad:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: a/, Handler: a.b, Runtime: python3.13, Timeout: 3, Events: 7}
Conditions:
  Always: !Equals [a, a]
"""


def test_what_the_translator_refuses_is_said_with_its_line_and_read_without_it() -> None:
    found = declared(REFUSED)
    assert faults(found) == [
        "12: SAM's translator refuses it: Resource with id [Bad] is invalid. Type of property 'Events' is invalid"
    ]
    good = one(found, "Good")
    assert good.type == "AWS::Lambda::Function"
    assert good.properties["VpcConfig"] == {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert (good.properties["Timeout"], one(found, "Bad").properties["Timeout"]) == (29, 3)
    assert one(found, "GoodAliaslive").properties["FunctionVersion"] == Reference("GoodVersion", "Version")


def test_a_template_with_loops_is_translated_too() -> None:
    found = declared("""\
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::All:
    - Name
    - [Cart, Search]
    - F${Name}:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: a/, Handler: a.b, Runtime: python3.13, Timeout: 7}
""")
    assert [(one.address, one.place.line) for one in found.of("AWS::Lambda::Function")] == [
        ("FCart", 6),
        ("FSearch", 6),
    ]
    assert not found.faults


def test_without_the_translator_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator", None)
    with pytest.raises(InputError) as raised:
        declared(SAM)
    assert str(raised.value).endswith("t.yaml: a template of SAM needs aws-sam-translator: pip install 'narrows[sam]'")


NAMES = [
    "CodeUri", "Handler", "Runtime", "Timeout", "VpcConfig", "Events", "AutoPublishAlias", "Policies", "Environment",
    "DeploymentPreference", "PackageType", "FunctionUrlConfig", "Layers", "Tags", "SnapStart",
]  # fmt: skip
KEYS = ["Ref", "Fn::Sub", "Type", "Properties", "SubnetIds", "Api", "Fn::If"]
KINDS = [
    "Function",
    "Api",
    "HttpApi",
    "StateMachine",
    "SimpleTable",
    "LayerVersion",
    "Application",
    "Connector",
    "Nope",
]
VALUES = st.recursive(
    st.sampled_from(["x", "", 3, -1, True, None, "live", "Image", "s3://b/k", "arn:aws:x"]) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    st.sampled_from(
        [
            "Function",
            "Api",
            "HttpApi",
            "StateMachine",
            "SimpleTable",
            "LayerVersion",
            "Application",
            "Connector",
            "Nope",
        ]
    ),
)
def test_whatever_a_function_is_written_as_it_is_read_or_refused(properties: Any, shared: Any, kind: str) -> None:
    template = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Globals": {"Function": shared},
        "Resources": {
            "F": {"Type": "AWS::Serverless::Function", "Properties": properties},
            "G": {"Type": f"AWS::Serverless::{kind}", "Properties": properties},
        },
    }
    found = declared(template)
    assert {one.type for one in found.resources if one.address == "F"} == {"AWS::Lambda::Function"}


def test_what_is_no_type_of_the_model_is_told() -> None:
    found = declared("""\
Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Serverless::Functoin, Properties: {Handler: x}}
""")
    assert faults(found) == ["3: 'F' is not seen: 'AWS::Serverless::Functoin' is no type of SAM's"]


def test_a_function_of_the_model_without_its_transform_is_told() -> None:
    found = declared("Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Handler: x}}\n")
    needed = "the template needs Transform: AWS::Serverless-2016-10-31"
    assert faults(found) == [f"2: 'F' is SAM's and is not seen: {needed}"]


def test_what_is_wrong_in_globals_is_told_on_their_line() -> None:
    (fault,) = declared(SAM.replace("    Runtime:", "    Bogus: 1\n    Runtime:", 1)).faults
    assert fault.place.line == 2


@pytest.mark.parametrize("handler", ["Handler: app.x, ", ""])
def test_macros_run_before_the_transform_of_the_model(handler: str) -> None:
    """Without a handler the translator refuses the function, and it is read without it."""
    found = declared(f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: s3://b/all.yaml}}}}
  F:
    Type: AWS::Serverless::Function
    Properties: {{{handler}Runtime: python3.13, CodeUri: ., Fn::Transform: {{Name: AWS::Include}}}}
""")
    assert one(found, "F").properties["VpcConfig"] == Unknown("Fn::Transform may give it")
    told = [text for text in faults(found) if "refuses" not in text]
    unseen = "AWS::Include runs when the template is deployed: what it gives is not seen"
    assert told == [f"3: {unseen}", f"6: {unseen}"]
    assert (len(told) < len(found.faults)) is (handler == "")
