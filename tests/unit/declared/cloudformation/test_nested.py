"""Nested stacks, CDK's output and folders of templates: read together, one giving to another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrows.declared.cloudformation import read
from narrows.declared.model import Reference, Unknown
from narrows.declared.reading import all_declared, read_declared
from narrows.errors import InputError
from tests.unit.declared.cloudformation.templates import DATA, faults, one

SUBNETS = [Reference("Network/PrivateA"), Reference("Network/PrivateB")]


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def test_a_nested_stack_gives_its_outputs_to_another() -> None:
    found = read(DATA / "nested" / "root.yaml", {"Environment": "live"})
    assert one(found, "Network/Vpc").name == "live-net"
    worker = one(found, "Workers/Worker")
    assert worker.properties["VpcConfig"] == {"SubnetIds": SUBNETS, "SecurityGroupIds": [Reference("Workers/Group")]}
    assert worker.place.file.endswith("nested/apps/workers.json")
    assert worker.place.line == 11
    assert found.referred(SUBNETS[1]) == one(found, "Network/PrivateB")
    (fault,) = found.faults
    assert str(fault.place).endswith("nested/root.yaml:19")
    assert fault.text == (
        "the stack 'Monitoring' is not seen: its template is at "
        "https://s3.amazonaws.com/example-templates/monitoring.yaml"
    )


def test_a_stack_that_cannot_be_followed_says_why(tmp_path: Path) -> None:
    stack = "  {}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {}}}}}\n"
    urls = {
        "A": "t.yaml",
        "B": "../../etc/passwd",
        "C": "none.yaml",
        "D": "bad.yaml",
        "E": "!Sub 'https://${AWS::Region}/t'",
    }
    text = "Resources:\n" + "".join(stack.format(name, url) for name, url in urls.items())
    text += "  F: {Type: AWS::CloudFormation::Stack}\n"
    text += "  G: {Type: AWS::Serverless::Application, Properties: {Location: {ApplicationId: a}}}\n"
    found = read(written(tmp_path, {"t.yaml": text, "bad.yaml": "a: 1\na: 2\n"}) / "t.yaml")
    assert faults(found) == [
        "2: the stack 'A' is not seen: it is nested in itself",
        f"3: the stack 'B' is not seen: stands outside the folder {tmp_path}",
        "4: the stack 'C' is not seen: no such file or directory",
        "5: the stack 'D' is not seen: bad.yaml: line 2: 'a' stands here twice; the first is on line 1",
        "6: the stack 'E' is not seen: where its template is, is not known before it is deployed",
        "7: the stack 'F' is not seen: it names no template",
        "8: the stack 'G' is not seen: its template is in the Serverless Application Repository",
    ]


def test_stacks_that_multiply_are_refused(tmp_path: Path) -> None:
    stack = "  N{}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: t{}.yaml}}}}\n"
    files = {
        f"t{depth}.yaml": "Resources:\n" + "".join(stack.format(place, depth + 1) for place in range(4))
        for depth in range(14)
    }
    files["t14.yaml"] = "Resources: {V: {Type: AWS::EC2::VPC}}"
    with pytest.raises(InputError, match="makes more than 1,000 stacks; read fewer at a time"):
        read(written(tmp_path, files) / "t0.yaml")


def test_what_is_in_a_conditional_stack_is_conditional(tmp_path: Path) -> None:
    text = """
Parameters: {Nat: {Type: String}}
Conditions: {WithNat: !Equals [!Ref Nat, "yes"]}
Resources:
  Inner: {Type: AWS::CloudFormation::Stack, Condition: WithNat, Properties: {TemplateURL: inner.yaml}}
"""
    folder = written(tmp_path, {"t.yaml": text, "inner.yaml": "Resources: {V: {Type: AWS::EC2::VPC}}"})
    (found,) = read(folder / "t.yaml").resources
    assert (found.address, found.conditional) == ("Inner/V", "condition WithNat: parameter Nat has no default")
    assert read(folder / "t.yaml", {"Nat": "no"}).resources == ()


def test_what_cdk_synthesises() -> None:
    found = read(DATA / "cdk.out")
    assert (found.region, found.account) == ("eu-west-1", "111122223333")
    functions = {one.label: one for one in found.of("AWS::Lambda::Function")}
    assert list(functions) == [
        "Custom::VpcRestrictDefaultSGCustomResourceProvider/Handler",
        "Api",
        "Worker",
        "Batch/Nightly",
    ]
    private = [one.address for one in found.of("AWS::EC2::Subnet") if "Private" in one.label]
    groups = set()
    for name in ("Api", "Worker", "Batch/Nightly"):
        place = functions[name].properties["VpcConfig"]
        assert isinstance(place, dict)
        assert place["SubnetIds"] == [Reference(address) for address in private]
        groups |= {group.address for group in place["SecurityGroupIds"]}
    assert len(groups) == 3
    zones = [one.properties["AvailabilityZone"] for one in found.of("AWS::EC2::Subnet")]
    assert zones == ["eu-west-1a", "eu-west-1b"] * 2
    (gateway,) = found.of("AWS::EC2::NatGateway")
    (address,) = found.of("AWS::EC2::EIP")
    assert gateway.properties["AllocationId"] == Reference(address.address, "AllocationId")
    assert gateway.label == "Vpc/PublicSubnet1/NATGateway"
    assert not list(found.of("AWS::CDK::Metadata"))
    assert len(found.faults) == 1
    assert read(DATA / "cdk.out" / "manifest.json") == found


def test_two_stacks_with_the_same_ids_are_told_apart(tmp_path: Path) -> None:
    files = {
        "net.yaml": "Resources: {Vpc: {Type: AWS::EC2::VPC}}\nOutputs: {V: {Value: !Ref Vpc, Export: {Name: net-vpc}}}",
        "apps/app.yaml": """
Resources:
  Vpc: {Type: AWS::EC2::VPC}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue net-vpc}}
  Own: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc}}
""",
        "other.yaml": "Resources: {Group2: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue nothing}}}",
        "values.yaml": "Resources: {requests: {cpu: 1}}",
        "chart/template.yaml": "{{ if .Values.x }}\nkind: Pod",
        ".github/hidden.yaml": "Resources: {H: {Type: AWS::EC2::VPC}}",
        "node_modules/dep/t.yaml": "Resources: {H: {Type: AWS::EC2::VPC}}",
        "broken.yaml": "Resources:\n  B:\n    Type: AWS::EC2::VPC\n   x: 1\n",
    }
    found = read_declared(written(tmp_path, files))
    assert [one.address for one in found.resources] == [
        "apps/app.yaml/Vpc",
        "apps/app.yaml/Group",
        "apps/app.yaml/Own",
        "net.yaml/Vpc",
        "Group2",
    ]
    assert one(found, "apps/app.yaml/Group").properties["VpcId"] == Reference("net.yaml/Vpc")
    assert one(found, "apps/app.yaml/Own").properties["VpcId"] == Reference("apps/app.yaml/Vpc")
    assert isinstance(one(found, "Group2").properties["VpcId"], Unknown)
    (fault,) = found.faults
    assert str(fault.place) == "broken.yaml:4"
    assert fault.text.startswith("is not read: it is not valid YAML: ")
    assert one(found, "net.yaml/Vpc").place.file == "net.yaml"


def test_a_template_that_is_nested_in_another_of_the_folder_is_read_once() -> None:
    found = read_declared(DATA / "nested")
    assert found.files == ("root.yaml", "network.yml", "apps/workers.json")
    assert found.resources[0].place.file == "network.yml"
    assert one(found, "Workers/Worker").properties["Timeout"] == 120


def test_cdk_out_in_a_folder_is_taken() -> None:
    assert {one.file for one in (one.place for one in read_declared(DATA).resources)} == {
        "cdk.out/Network.template.json",
        "cdk.out/Service.template.json",
        "cdk.out/ServiceBatch92EB5FFE.nested.template.json",
    }
    assert read(DATA) == read(DATA / "cdk.out")


def test_a_folder_that_declares_nothing_or_only_what_is_broken(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"declares nothing that is read; name a folder of \.tf files, templates of "):
        read_declared(tmp_path)
    written(tmp_path, {"a.yaml": "Resources:\n  B:\n    Type: AWS::EC2::VPC\n   x: 1\n"})
    with pytest.raises(InputError, match=r"a\.yaml: line 4: is not valid YAML"):
        read_declared(tmp_path)


def test_files_of_other_tools_and_utf_16_in_a_folder(tmp_path: Path) -> None:
    template = "Resources:\n  V:\n    Type: AWS::EC2::VPC\n"
    framework = f"service: shop\nprovider: {{name: aws}}\nresources:\n  {template.replace(chr(10), chr(10) + '  ')}\n"
    written(tmp_path, {"serverless.yml": framework})
    with pytest.raises(InputError, match="declares nothing that is read"):
        read_declared(tmp_path)
    written(tmp_path, {"main.tf": 'resource "aws_vpc" "main" {}\n'})
    assert [found.source for found in all_declared(tmp_path)] == ["terraform"]
    (tmp_path / "main.tf").unlink()
    written(tmp_path, {"t.yaml": template})
    (tmp_path / "wide.yaml").write_bytes(template.encode("utf-16"))
    found = read_declared(tmp_path)
    assert [resource.address for resource in found.resources] == ["V"]
    assert [f"{fault.place}: {fault.text}" for fault in found.faults] == [
        "serverless.yml: is not read: it is the Serverless Framework's, not a CloudFormation template",
        "wide.yaml: is not read: it is UTF-16 text, or none at all",
    ]


def test_a_folder_of_templates_alone_is_one_declared(tmp_path: Path) -> None:
    folder = written(tmp_path, {"t.template": '{"Resources": {"V": {"Type": "AWS::EC2::VPC"}}}'})
    assert [one.source for one in all_declared(folder)] == ["cloudformation"]


def manifest(kind: str = "", **properties: object) -> str:
    """A manifest of one artifact, or of none."""
    artifact = {"type": kind, "environment": "aws://unknown-account/unknown-region", "properties": properties}
    return json.dumps({"version": "48.0.0", "artifacts": {"S": artifact} if kind else {}})


STACK, ASSEMBLY = "aws:cloudformation:stack", "cdk:cloud-assembly"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (manifest(), "manifest.json: names no stacks"),
        (manifest(STACK), "names no template of the stack 'S'"),
        (manifest(STACK, templateFile="../t.json"), "stands outside the folder"),
        (manifest(ASSEMBLY, directoryName="a"), "no such file"),
    ],
)
def test_a_manifest_that_is_none_of_cdk(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "t.json").write_text('{"Resources": {}}')
    with pytest.raises(InputError) as raised:
        read(written(tmp_path / "out", {"manifest.json": text}))
    assert error in str(raised.value)


def test_the_stacks_of_a_stage_are_read_too(tmp_path: Path) -> None:
    name = {"Key": "Name", "Value": {"Ref": "AWS::StackName"}}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Ref": "Cidr"}, "Tags": [name]}}
    stack = manifest(STACK, templateFile="S.json", stackName="prod-S", parameters={"Cidr": "10.7.0.0/16"})
    files = {
        "manifest.json": manifest(ASSEMBLY, directoryName="p"),
        "p/manifest.json": stack,
        "p/S.json": json.dumps({"Parameters": {"Cidr": {"Type": "String"}}, "Resources": {"V": vpc}}),
    }
    (found,) = read(written(tmp_path, files)).resources
    assert (found.name, found.properties["CidrBlock"]) == ("prod-S", "10.7.0.0/16")


def test_a_nested_stack_imports_by_the_name_of_another(tmp_path: Path) -> None:
    stack = "  {}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {}.yaml, Parameters: {{{}}}}}}}\n"
    by_name = "{{Net: !GetAtt {}.Outputs.Name}}"
    network = """\
Resources: {Vpc: {Type: AWS::EC2::VPC}}
Outputs:
  Name: {Value: !Ref AWS::StackName}
  Vpc: {Value: !Ref Vpc, Export: {Name: !Sub '${AWS::StackName}-vpc'}}
"""
    group = """\
Parameters: {Net: {Type: String}}
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !ImportValue {'Fn::Sub': '${Net}-vpc'}}}
"""
    root = "Resources:\n" + "".join(
        (
            stack.format("Old", "net", ""),
            stack.format("New", "net", ""),
            stack.format("OfOld", "group", by_name.format("Old")[1:-1]),
            stack.format("OfNew", "group", by_name.format("New")[1:-1]),
        )
    )
    written(tmp_path, {"root.yaml": root, "net.yaml": network, "group.yaml": group})
    found = read(tmp_path / "root.yaml")
    assert one(found, "OfOld/Group").properties["VpcId"] == Reference("Old/Vpc")
    assert one(found, "OfNew/Group").properties["VpcId"] == Reference("New/Vpc")


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.amazonaws.com/v2/net.yaml",
        "!Sub 'https://${Bucket}.s3.${AWS::Region}.amazonaws.com/v2/net.yaml'",
        "!Sub ['https://${B}/v2/net.yaml', {B: !Ref Bucket}]",
        "!Join ['/', ['https://example.com', !Ref Bucket, net.yaml]]",
    ],
)
def test_what_was_uploaded_stands_beside(url: str, tmp_path: Path) -> None:
    root = f"""\
Parameters: {{Bucket: {{Type: String}}}}
Resources:
  Net: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}}}}}
  Other: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: !Sub 'https://${{Bucket}}/${{Bucket}}.yaml'}}}}
"""
    written(tmp_path, {"root.yaml": root, "net.yaml": "Resources: {Vpc: {Type: AWS::EC2::VPC}}"})
    found = read(tmp_path / "root.yaml")
    assert one(found, "Net/Vpc").type == "AWS::EC2::VPC"
    (fault,) = faults(found)
    assert fault.startswith("4: the stack 'Other' is not seen: where its template is, is not known")


def test_an_output_that_a_nested_stack_does_not_have_and_one_of_a_single_subnet(tmp_path: Path) -> None:
    inner = "Resources: {A: {Type: AWS::EC2::Subnet}}\nOutputs: {Ids: {Value: !Join [',', [!Ref A]]}}\n"
    outer = """
Resources:
  Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.yaml}}
  F: {Type: X, Properties: {Ids: !Split [",", !GetAtt Net.Outputs.Ids], None: !GetAtt Net.Outputs.Nope}}
"""
    found = read(written(tmp_path, {"t.yaml": outer, "inner.yaml": inner}) / "t.yaml")
    assert one(found, "F").properties == {
        "Ids": [Reference("Net/A")],
        "None": Unknown("inner.yaml has no output Nope"),
    }


def test_a_stack_of_cdk_reads_the_outputs_of_another_by_its_name(tmp_path: Path) -> None:
    def artifact(name: str) -> dict[str, object]:
        return {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.json"}}

    manifest = {"version": "48", "artifacts": {name: artifact(name) for name in ("Net", "App")}}
    net = {"Resources": {"V": {"Type": "AWS::EC2::VPC"}}, "Outputs": {"Vpc": {"Value": {"Ref": "V"}}}}
    output = {"Fn::GetStackOutput": {"StackName": "Net", "OutputName": "Vpc"}}
    app = {"Resources": {"S": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": output}}}}
    files = {"manifest.json": manifest, "Net.json": net, "App.json": app}
    folder = written(tmp_path, {name: json.dumps(content) for name, content in files.items()})
    assert one(read(folder), "S").properties == {"VpcId": Reference("V")}
