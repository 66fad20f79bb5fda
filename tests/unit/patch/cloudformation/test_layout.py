"""What is written: only the lines that must change, in the file's own layout, or one clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.errors import InputError
from narrows.patch.cloudformation import patch_cloudformation
from narrows.patch.cloudformation.stack import logical_ids
from tests.unit.patch.cloudformation.test_foreign import plan_for

GATEWAY = """\
Resources:
  Addr: {Type: AWS::EC2::EIP}
  NatA:
    Type: AWS::EC2::NatGateway
    Properties:
      SubnetId: subnet-0a1b2c3d4e5f67890
      AllocationId: !GetAtt Addr.AllocationId
"""


def after(text: str, folder: Path, name: str = "t.yaml") -> str:
    file = folder / name
    file.write_bytes(text.encode())
    (change,) = (one for one in patch_cloudformation(plan_for("f"), file).files if one.path == name)
    return change.after.decode()


def refused(text: str, folder: Path, name: str = "t.yaml") -> str:
    file = folder / name
    file.write_bytes(text.encode())
    with pytest.raises(InputError) as raised:
        patch_cloudformation(plan_for("f"), file)
    assert file.read_bytes() == text.encode()
    return str(raised.value).replace(f"{folder}/", "")


def test_a_list_that_is_there_is_made_longer_where_it_stands(tmp_path: Path) -> None:
    text = (
        GATEWAY
        + "      SecondaryAllocationIds:   # two more\n      - eipalloc-0a1b2c3d4e5f67890 # first\n      # end\n"
    )
    new = after(text, tmp_path)
    wanted = "      - eipalloc-0a1b2c3d4e5f67890 # first\n      - !GetAtt NatAEip3.AllocationId\n"
    assert wanted in new
    assert "2 in the template and nat-a 1" in str(patch_cloudformation(plan_for("f"), tmp_path / "t.yaml").todo)
    assert "NatAEip4" not in new, "three in all, as the plan says"


def test_a_byte_order_mark_and_windows_lines_stay(tmp_path: Path) -> None:
    text = "\ufeff" + GATEWAY.replace("\n", "\r\n")
    new = after(text, tmp_path)
    assert new.startswith("\ufeffResources:\r\n")
    assert new.count("\r\n") == new.count("\n")


def test_a_file_without_a_last_newline_keeps_none(tmp_path: Path) -> None:
    assert not after(GATEWAY.rstrip("\n"), tmp_path).endswith("\n")


def test_long_intrinsics_stay_long(tmp_path: Path) -> None:
    long = GATEWAY.replace("!GetAtt Addr.AllocationId", "{'Fn::GetAtt': [Addr, AllocationId]}")
    new = after(long, tmp_path)
    assert "!GetAtt" not in new
    assert "Fn::GetAtt" in new


def test_a_block_text_at_the_end_is_not_made_longer(tmp_path: Path) -> None:
    text = GATEWAY + "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        ZipFile: |\n"
    text += "          a = 1\n\n          # the end\n"
    new = after(text, tmp_path)
    assert "          # the end\n  NatAEip2:\n" in new


def test_json_on_one_line_stays_on_one_line(tmp_path: Path) -> None:
    text = '{"Resources":{"NatA":{"Type":"AWS::EC2::NatGateway","Properties":{"AllocationId":"eipalloc-0a1b2c3d"}}}}'
    new = after(text, tmp_path, "t.json")
    assert "\n" not in new
    assert '"SecondaryAllocationIds":[{"Fn::GetAtt":["NatAEip2","AllocationId"]},' in new


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{Resources: {NatA: {Type: AWS::EC2::NatGateway}}}", "line 1: its outermost mapping is in braces"),
        ("Resources: {NatA: {Type: 'AWS::EC2::NatGateway'}}\n", "line 1: 'Resources' is in braces"),
        (
            "Metadata: &r\n  A: {Type: 'AWS::EC2::EIP'}\nResources: *r\n",
            "line 3: 'Resources' is an alias: a change would not stand where it is read; write it out",
        ),
        (GATEWAY + "  NatA:\n    Type: AWS::EC2::EIP\n", "line 8: 'NatA' stands here twice"),
        ("Resources:\n\tNatA: 1\n", "line 2: is not valid YAML"),
        ("Resources:\n  A: [1\n", "is not valid YAML"),
        (GATEWAY + "---\nResources: {}\n", "line 8: found another document; write one template to a file"),
        ("just text\n", "holds no mapping; a template has 'Resources:'"),
        ("", "is empty; a template has 'Resources:'"),
        ("name: a scenario\n", "is no template; a template has 'Resources:'"),
        ("Resources:\n  A: *nowhere\n", "there is no anchor 'nowhere' before this alias"),
        ("? [a, b]\n: 1\n", "a key must be plain text"),
    ],
)
def test_what_cannot_be_patched_is_one_line(text: str, problem: str, tmp_path: Path) -> None:
    said = refused(text, tmp_path)
    assert problem in said
    assert said.startswith("t.yaml")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"Resources": {"A": 1,}}', "line 1: is not valid JSON: a name in quotes is missing"),
        ('{"Resources": {\n"A": 1, "A": 2}}', "line 2: 'A' stands here twice"),
        ('{"Resources": {"A": 1}} x', "line 1: is not valid JSON: something follows the template's end"),
        ('{"Resources": {"A": ', "is not valid JSON: it ends too early"),
        ('{"Resources": {"A": ' + "[" * 100, "is not valid JSON: it is nested too deeply"),
    ],
)
def test_json_that_is_broken_is_one_line(text: str, problem: str, tmp_path: Path) -> None:
    assert problem in refused(text, tmp_path, "t.json")


def test_what_an_anchor_shares_is_not_changed_behind_the_back_of_others(tmp_path: Path) -> None:
    shared = GATEWAY.replace("    Properties:\n", "    Properties: &both\n")
    text = shared + "  NatB:\n    Type: AWS::EC2::NatGateway\n    Properties: *both\n"
    said = refused(text, tmp_path)
    assert "cannot be changed here without changing more than the plan asks for" in said


def test_aliases_that_multiply_are_bounded(tmp_path: Path) -> None:
    text = "A0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for number in range(1, 9):
        text += f"A{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n"
    assert "holds more than 200,000 values" in refused(text + GATEWAY, tmp_path)


def test_unknown_intrinsics_and_macros_stay_as_they_are(tmp_path: Path) -> None:
    text = GATEWAY.replace("Resources:\n", "Transform: [Mine, AWS::LanguageExtensions]\nResources:\n") + (
        "  Fn::ForEach::Topics:\n    - Name\n    - [a, b]\n    - Topic${Name}: {Type: AWS::SNS::Topic}\n"
        "  Own:\n    Type: Custom::Thing\n    Properties: {A: !Mystery {b: !Unknown [1, x]}, B: !Transform {Name: M}}\n"
    )
    new = after(text, tmp_path)
    for line in text.splitlines():
        assert f"{line}\n" in new


@pytest.mark.slow
@pytest.mark.parametrize("name", ["t.yaml", "t.json"])
def test_a_template_of_a_megabyte_takes_seconds(name: str, tmp_path: Path) -> None:
    many = 4200
    if name == "t.json":
        topics = "".join(
            f'"T{k}": {{"Type": "AWS::SNS::Topic", "Properties": {{"TopicName": "{"x" * 180}{k}"}}}},\n'
            for k in range(many)
        )
        text = f'{{\n"Resources": {{\n{topics}"NatA": {{"Type": "AWS::EC2::NatGateway", "Properties": '
        text += '{"AllocationId": "eipalloc-0a1b2c3d4e5f67890"}}\n}\n}\n'
    else:
        one = "  T{}:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: {}\n"
        text = GATEWAY + "".join(one.format(k, "x" * 180 + str(k)) for k in range(many))
    assert len(text) > 1_000_000
    assert "NatAEip2" in after(text, tmp_path, name)


def test_the_ids_of_a_stack_are_read_from_both_answers(tmp_path: Path) -> None:
    file = tmp_path / "ids.json"
    file.write_text('{"StackResourceSummaries": [{"LogicalResourceId": "A", "PhysicalResourceId": "nat-1"}]}')
    assert logical_ids(file) == {"nat-1": "A"}
    file.write_text('{"StackResources": [{"LogicalResourceId": "A", "PhysicalResourceId": "nat-1"}]}')
    assert logical_ids(file) == {"nat-1": "A"}
    for text, problem in (("{", "is not valid JSON"), ("{}", "lists no resources of a stack"), ("[1]", "resource 1")):
        file.write_text(text)
        with pytest.raises(InputError, match=problem):
            logical_ids(file)
