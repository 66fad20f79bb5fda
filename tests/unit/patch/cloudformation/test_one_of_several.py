"""One function of several that share a VPC configuration: what changes for one changes for no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.patch.cloudformation import patch_cloudformation
from narrows.plan import make_plan
from narrows.plan.model import Plan
from tests.unit.patch.cloudformation.linting import decoded
from tests.unit.patch.cloudformation.test_foreign import plan_for, texts
from tests.unit.plan.sites import site

NETWORK = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
"""
FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties: {{Handler: index.handler, Runtime: python3.13, CodeUri: src/}}
"""
SUBNET = """\
  PrivateA:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: vpc-0123456789abcdef0
      CidrBlock: 10.8.0.0/20
"""
GLOBALS = """\
Globals:
  Function:
    VpcConfig:
      SubnetIds: [!Ref PrivateA]
      SecurityGroupIds: [sg-0123456789abcdef0]
"""
LOOP = """\
  Fn::ForEach::Workers:
    - Name
    - [Mail, Report]
    - Worker${Name}:
        Type: AWS::Serverless::Function
        Properties: {Handler: index.handler, Runtime: python3.13, CodeUri: src/}
"""


def plan() -> Plan:
    return plan_for("Orders", subnets={"PrivateA": "nat-a"})


def test_a_list_of_globals_is_added_to_in_the_function(tmp_path: Path) -> None:
    """SAM adds a function's own list to that of Globals, and no other function sees it."""
    template = tmp_path / "template.yaml"
    functions = FUNCTION.format(name="Orders") + FUNCTION.format(name="Mail")
    template.write_text(NETWORK + GLOBALS + "Resources:\n" + SUBNET + functions)
    (change, *_) = patch_cloudformation(plan(), template).files
    template.write_bytes(change.after)
    after = decoded(template)
    assert after["Globals"]["Function"]["VpcConfig"]["SubnetIds"] == [{"Ref": "PrivateA"}]
    assert after["Resources"]["Orders"]["Properties"]["VpcConfig"] == {"SubnetIds": [{"Ref": "PrivateA2"}]}
    assert "VpcConfig" not in after["Resources"]["Mail"]["Properties"]


def test_functions_of_a_loop_have_globals_too(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(NETWORK + GLOBALS + "Resources:\n" + SUBNET + FUNCTION.format(name="Orders") + LOOP)
    (change, *_) = patch_cloudformation(plan(), template).files
    template.write_bytes(change.after)
    after = decoded(template)
    assert after["Globals"]["Function"]["VpcConfig"]["SubnetIds"] == [{"Ref": "PrivateA"}]
    assert after["Resources"]["Orders"]["Properties"]["VpcConfig"] == {"SubnetIds": [{"Ref": "PrivateA2"}]}


def test_one_function_of_a_loop_is_to_do_with_its_place(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(NETWORK + "Resources:\n" + SUBNET + LOOP)
    wanted = plan_for("WorkerMail", subnets={"PrivateA": "nat-a"})
    patch = patch_cloudformation(wanted, template)
    assert "no template declares the function WorkerMail: add the subnets PrivateA-2 to it" in texts(patch)
    assert "template.yaml:9 (Fn::ForEach::Workers) a loop or an included template" in texts(patch)
    assert LOOP in next(one for one in patch.files if one.path == "template.yaml").after.decode()


def both() -> Plan:
    return make_plan(
        site(
            {"Orders": (["PrivateA"], 9000, 10), "Mail": (["PrivateA"], 9000, 10)},
            subnets={"PrivateA": "nat-a"},
            nats={"nat-a": 1},
        )
    )


PARENT = """\
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.8.0.0/16}}
  PrivateA:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.8.0.0/20}
  App:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: app.yaml
      Parameters:
        Subnets: !Join [",", [!Ref PrivateA]]
"""
CHILD = """\
Parameters:
  Subnets: {Type: List<AWS::EC2::Subnet::Id>}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig: {SubnetIds: !Ref Subnets, SecurityGroupIds: [sg-0123456789abcdef0]}
"""
OTHER = """\
  Cache:
    Type: AWS::ElastiCache::SubnetGroup
    Properties: {Description: shared, SubnetIds: !Ref Subnets}
"""


def test_a_list_that_is_passed_down_is_changed_for_its_only_user(tmp_path: Path) -> None:
    (tmp_path / "root.yaml").write_text(PARENT)
    (tmp_path / "app.yaml").write_text(CHILD)
    patch = patch_cloudformation(plan(), tmp_path)
    (root,) = (one for one in patch.files if one.path == "root.yaml")
    assert '!Join [",", [!Ref PrivateA, !Ref PrivateA2]]' in root.after.decode()


def test_a_list_that_is_passed_down_to_others_too_is_to_do(tmp_path: Path) -> None:
    (tmp_path / "root.yaml").write_text(PARENT)
    (tmp_path / "app.yaml").write_text(CHILD + OTHER)
    patch = patch_cloudformation(plan(), tmp_path)
    assert "app.yaml:7 the subnets of Orders come from elsewhere: add PrivateA2 of root.yaml to them" in texts(patch)
    (root,) = (one for one in patch.files if one.path == "root.yaml")
    assert '!Join [",", [!Ref PrivateA]]' in root.after.decode()


ANCHOR = """\
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig: &vpc
        SubnetIds: [!Ref PrivateA]
        SecurityGroupIds: [sg-0123456789abcdef0]
  Mail:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig: *vpc
"""


def test_what_an_anchor_shares_changes_where_all_want_it(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n" + SUBNET + ANCHOR)
    (change, *_) = patch_cloudformation(both(), template).files
    template.write_bytes(change.after)
    resources = decoded(template)["Resources"]
    assert len(resources["Orders"]["Properties"]["VpcConfig"]["SubnetIds"]) > 1
    assert resources["Orders"]["Properties"]["VpcConfig"] == resources["Mail"]["Properties"]["VpcConfig"]


def test_what_an_anchor_shares_is_refused_where_one_wants_it(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n" + SUBNET + ANCHOR)
    with pytest.raises(InputError, match=r"line 1[0-9]: cannot be changed here"):
        patch_cloudformation(plan(), template)
