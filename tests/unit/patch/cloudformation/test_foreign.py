"""Templates as other people write them: conditions, CDK's output, SAM in a network of somebody else, nested stacks."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from narrows.errors import InputError
from narrows.network import NatKind
from narrows.patch.cloudformation import patch_cloudformation
from narrows.patch.model import Patch
from narrows.plan import make_plan
from narrows.plan.model import Plan
from tests.unit.patch.cloudformation.linting import decoded, errors
from tests.unit.plan.sites import site

FOREIGN = Path(__file__).parent / "foreign"


def plan_for(function: str, **more: Any) -> Plan:
    """Two subnets and three addresses are too few for it: one subnet more, two addresses more."""
    subnets, growth = more.pop("subnets", {"private-a": "nat-a"}), more.pop("growth", 1.0)
    scenario = site({function: (list(subnets), 9000, 10)}, subnets=subnets, **{"nats": {"nat-a": 1}, **more})
    return make_plan(scenario, growth=growth)


def patched(name: str, plan: Plan, folder: Path) -> tuple[Patch, Path]:
    """The patch of a foreign template or folder, written beside."""
    source = FOREIGN / name
    target = folder / name
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)
    patch = patch_cloudformation(plan, target)
    root = target if target.is_dir() else target.parent
    for one in patch.files:
        (root / one.path).write_bytes(one.after)
    return patch, target


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("conditions.yaml", "workers"),
        ("cdk.json", "storefront"),
        ("subnets-passed-in.yaml", "checkout"),
        ("nested", "storefront"),
    ],
)
@pytest.mark.parametrize("growth", [1.0, 6.0])
def test_cfn_lint_finds_no_error_more(name: str, function: str, growth: float, tmp_path: Path) -> None:
    patch, target = patched(name, plan_for(function, growth=growth), tmp_path)
    root = target if target.is_dir() else target.parent
    for one in patch.files:
        after = errors(root / one.path)
        before: Counter[str] = Counter()
        if one.before is not None:
            (root / one.path).write_bytes(one.before)
            before = errors(root / one.path)
        assert not after - before


def texts(patch: Patch) -> str:
    return "\n".join(f"{one.place} {one.text}" for one in patch.todo)


def test_what_depends_on_a_condition_gets_company_that_does_too(tmp_path: Path) -> None:
    patch, file = patched("conditions.yaml", plan_for("workers"), tmp_path)
    after = decoded(file)["Resources"]
    gateway = after["NATGateway1"]["Properties"]
    assert [one["Fn::GetAtt"][0] for one in gateway["SecondaryAllocationIds"]] == ["NATGateway1Eip2", "NATGateway1Eip3"]
    address = after["NATGateway1Eip2"]
    assert (address["Condition"], address["DependsOn"]) == ("NATGatewayCondition", "VPCGatewayAttachment")
    assert decoded(file)["Outputs"]["NATGateway1Eip2Address"]["Condition"] == "NATGatewayCondition"
    new = after["PrivateSubnet1No2"]["Properties"]
    assert new["CidrBlock"] == {"Fn::Select": [4, {"Fn::Cidr": [{"Ref": "VPCCIDR"}, 5, 8]}]}
    assert new["AvailabilityZone"] == {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    assert after["PrivateSubnet1No2Acl"]["Properties"]["NetworkAclId"] == {"Ref": "PrivateAcl"}
    inside = after["Workers"]["Properties"]["VpcConfig"]["Fn::If"][1]
    assert inside["SubnetIds"] == [{"Ref": "PrivateSubnet1"}, {"Ref": "PrivateSubnet1No2"}]
    assert after["Workers"]["DependsOn"] == "PrivateSubnet1No2Routes"
    assert "-   !Ref PrivateSubnet1No2\n" in file.read_text(), "the dash and its gap are as in the file"
    assert "NATGateway2" not in texts(patch)


def test_a_template_of_cdk_is_patched_and_said_to_be_written_over(tmp_path: Path) -> None:
    patch, file = patched("cdk.json", plan_for("storefront"), tmp_path)
    after = decoded(file)["Resources"]
    assert len(after["NetVpcPublicSubnet1NATGateway7A3C7B9C"]["Properties"]["SecondaryAllocationIds"]) == 2
    assert after["NetVpcPrivateSubnet1Subnet4B1D2A33No2"]["Properties"]["CidrBlock"] == "10.20.128.0/18"
    assert "cdk synth" in texts(patch)
    assert not file.read_text().endswith("\n")


def test_subnets_that_are_passed_in_are_asked_for(tmp_path: Path) -> None:
    patch, file = patched("subnets-passed-in.yaml", plan_for("checkout"), tmp_path)
    assert [one.path for one in patch.files] == ["subnets-passed-in.yaml", "narrows.yaml"]
    assert "subnets-passed-in.yaml:16 add private-a-2" in texts(patch)
    own = decoded(file.parent / "narrows.yaml")
    assert own["Resources"]["PrivateA2"]["Properties"]["CidrBlock"] == {"Ref": "PrivateA2Cidr"}
    assert set(patch.outputs) == {"NatAEip2Address", "NatAEip3Address"}
    assert "associate-nat-gateway-address" in texts(patch)


def test_nested_stacks_pass_the_new_subnet_on(tmp_path: Path) -> None:
    patch, folder = patched("nested", plan_for("storefront"), tmp_path)
    assert [one.path for one in patch.files] == ["root.yaml", "stacks/app.yaml", "stacks/network.yaml"]
    given = decoded(folder / "root.yaml")["Resources"]["App"]["Properties"]["Parameters"]["SubnetIds"]
    assert given["Fn::Join"][1][1] == {"Fn::GetAtt": ["Network", "Outputs.PrivateSubnet2Id"]}
    network = decoded(folder / "stacks" / "network.yaml")
    assert network["Outputs"]["PrivateSubnet2Id"] == {"Value": {"Ref": "PrivateSubnet2"}}
    assert network["Resources"]["PrivateSubnet2"]["Properties"]["CidrBlock"] == "172.16.2.0/24"


def test_a_template_brings_its_nested_stacks_along(tmp_path: Path) -> None:
    _, folder = patched("nested", plan_for("storefront"), tmp_path)
    shutil.copytree(FOREIGN / "nested", tmp_path / "again")
    named = patch_cloudformation(plan_for("storefront"), tmp_path / "again" / "root.yaml")
    assert {one.path: one.after for one in named.files} == {
        path: (folder / path).read_bytes() for path in ("root.yaml", "stacks/app.yaml", "stacks/network.yaml")
    }


def test_an_empty_folder_gets_a_template_of_its_own(tmp_path: Path) -> None:
    patch = patch_cloudformation(plan_for("storefront"), tmp_path)
    assert [(one.path, one.before) for one in patch.files] == [("narrows.yaml", None)]
    (tmp_path / "narrows.yaml").write_bytes(patch.files[0].after)
    own = decoded(tmp_path / "narrows.yaml")
    types = Counter(one["Type"] for one in own["Resources"].values())
    assert (types["AWS::EC2::EIP"], types["AWS::EC2::Subnet"]) == (2, 1)
    assert "no template declares the function storefront: add the subnets private-a-2 to it" in texts(patch)


def test_private_gateways_get_a_count(tmp_path: Path) -> None:
    template = tmp_path / "t.yaml"
    template.write_text(
        "Resources:\n  NatA:\n    Type: AWS::EC2::NatGateway\n    Properties:\n"
        "      SubnetId: subnet-0a1b2c3d4e5f67890\n      ConnectivityType: private\n"
    )
    plan = plan_for("storefront", kinds={"nat-a": NatKind.PRIVATE})
    patch = patch_cloudformation(plan, template)
    assert b"      ConnectivityType: private\n      SecondaryPrivateIpAddressCount: 2\n" in patch.files[0].after
    assert not [one for one in patch.outputs if "Nat" in one]


def test_two_that_could_be_meant_are_an_error_with_both_places(tmp_path: Path) -> None:
    for name in ("dev", "prod"):
        (tmp_path / f"{name}.yaml").write_bytes((FOREIGN / "conditions.yaml").read_bytes())
    with pytest.raises(InputError) as raised:
        patch_cloudformation(plan_for("workers"), tmp_path)
    text = str(raised.value)
    assert "two resources could be" in text
    assert "dev.yaml:" in text
    assert "prod.yaml:" in text


def test_ids_of_a_stack_say_which_is_meant(tmp_path: Path) -> None:
    """A plan of a case has ids; nothing in a template does."""
    shutil.copy(FOREIGN / "conditions.yaml", tmp_path / "t.yaml")
    gateway, subnet = "nat-0123456789abcdef0", "subnet-0123456789abcdef0"
    plan = plan_for("workers", subnets={subnet: gateway}, nats={gateway: 1})
    ids = {gateway: "NATGateway2", subnet: "PrivateSubnet2"}
    patch = patch_cloudformation(plan, tmp_path / "t.yaml", ids=ids)
    assert b"NATGateway2Eip2" in patch.files[0].after
    assert b"NATGateway1Eip2" not in patch.files[0].after
    assert b"PrivateSubnet2No2" in patch.files[0].after


_FULL = """\
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
  A:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: 10.9.0.0/17
      AvailabilityZone: us-east-1a
      Tags: [{Key: Name, Value: !Sub "${AWS::StackName}-a"}]
  B:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: LAST
      AvailabilityZone: us-east-1b
  NatA: {Type: AWS::EC2::NatGateway, Properties: {AllocationId: eipalloc-1, SubnetId: !Ref B}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref NatA}
  OfA: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref A, RouteTableId: !Ref Table}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: app, VpcId: !Ref Vpc}}
  Storefront:
    Type: AWS::Lambda::Function
    Properties:
      VpcConfig:
        SubnetIds: [!Ref A]
        SecurityGroupIds: [!Ref Group]
"""


def _in_a_full_vpc(last: str, folder: Path) -> tuple[object, str]:
    """(The block of the new subnet, what is left to do) where the last subnet leaves room, or none."""
    file = folder / "full.yaml"
    file.write_text(_FULL.replace("LAST", last))
    patch = patch_cloudformation(plan_for("storefront", growth=2.0), file)
    text = next(one.after for one in patch.files if one.path == "full.yaml")
    file.write_bytes(text)
    return decoded(file)["Resources"]["A2"]["Properties"]["CidrBlock"], texts(patch)


def test_no_room_in_a_vpc_is_said(tmp_path: Path) -> None:
    block, left = _in_a_full_vpc("10.9.128.0/17", tmp_path)
    assert block == {"Ref": "A2Cidr"}
    assert "10.9.0.0/16, all that the VPC has, is taken by its subnets: associate another block" in left
    assert "10.0.32.0" not in (tmp_path / "full.yaml").read_text()
    assert "a free block" not in left


def test_a_smaller_block_where_there_is_no_room_for_as_large_a_one(tmp_path: Path) -> None:
    block, left = _in_a_full_vpc("10.9.128.0/18", tmp_path)
    assert block == "10.9.192.0/18"
    assert "free as far as the templates show" in left
    assert "${AWS::StackName}-a-2" in (tmp_path / "full.yaml").read_text()
