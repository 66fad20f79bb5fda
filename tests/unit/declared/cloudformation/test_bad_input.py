"""What is no template, or a broken one, is one clear line with file and line; what is made to exhaust is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from narrows.declared.cloudformation import read
from narrows.declared.model import Unknown
from narrows.errors import InputError
from tests.unit.declared.cloudformation.templates import declared, faults


def error_of(text: str | bytes, name: str = "t.yaml", folder: Path | None = None) -> str:
    if isinstance(text, bytes):
        assert folder is not None
        file = folder / name
        file.write_bytes(text)
        with pytest.raises(InputError) as raised:
            read(file)
        return str(raised.value).removeprefix(f"{folder}/")
    with pytest.raises(InputError) as raised:
        declared(text, name=name)
    return str(raised.value).rpartition(f"/{name}: ")[2]


NO_TEMPLATE = "not a CloudFormation template"
AS_UTF_8 = "save it as UTF-8, if it is meant to be read"
PACKAGED = "run 'serverless package', and name the template that it writes into .serverless"
TABS = "indent with spaces, and put text that begins with %, @ or ` in quotes"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "is empty"),
        ("# nothing yet\n", "is empty"),
        ("just text", "holds no mapping; a template has the key Resources"),
        ("a: 1", "is not a CloudFormation template: it declares no Resources; a template has the key Resources"),
        (
            "resources: {}",
            "is not a CloudFormation template: it declares no Resources; write Resources for 'resources'",
        ),
        (
            "Resource:\n  V: {Type: AWS::EC2::VPC}\n",
            "is not a CloudFormation template: it declares no Resources; write Resources for 'Resource'",
        ),
        ("apiVersion: v1\nkind: Pod\n---\napiVersion: v1\nkind: Pod\n", f"is Kubernetes', {NO_TEMPLATE}"),
        ("kind: Pod\nname: {{ include x . }}\n", f"is Helm's, {NO_TEMPLATE}"),
        ("services:\n  web: {image: nginx}\n", f"is Docker Compose's, {NO_TEMPLATE}"),
        (
            "service: shop\nprovider: {name: aws}\nresources:\n  Resources: {}\n",
            f"is the Serverless Framework's, {NO_TEMPLATE}; {PACKAGED}",
        ),
        ('{"app": "npx cdk"}', f"is CDK's, {NO_TEMPLATE}; run 'cdk synth', and name the folder cdk.out"),
        (
            "Resources:\n  V: {{ vpc }}\n",
            "line 2: a key must be plain text; put {{ ... }} in quotes, or fill it in first",
        ),
        ("\nResources: [1]", "line 2: Resources is no mapping of logical ids to resources"),
        ('resource "aws_vpc" "main" {\n}\n', f"is Terraform's, {NO_TEMPLATE}; run 'narrows import terraform'"),
        ("Resources:\n  A: {Type: X}\n  A: {Type: Y}\n", "line 3: 'A' stands here twice; the first is on line 2"),
        (
            "Resources:\n\tA: 1\n",
            "line 2: is not valid YAML: found character that cannot start any token; " + TABS,
        ),
        ("Resources:\n  A: &a [*a]\n", "line 2: contains itself; remove the alias"),
        ("Resources:\n  A: *a\n", "line 2: no anchor 'a' stands above this alias"),
        ("Resources: {}\n---\nResources: {}\n", "line 2: holds more than one document; split the file"),
        ("Resources:\n  A: !!set {a}\n", "line 2: the tag '!!set' is none that CloudFormation takes"),
        ("Resources:\n  ? [a]\n  : 1\n", "line 2: a key must be plain text"),
        ("A: " + "[" * 200, "line 1: is nested too deeply"),
        ("A: 1\nB: \a\n", "line 2: is not valid YAML: it holds a control character"),
    ],
)
def test_what_is_no_template_is_one_line(text: str, error: str) -> None:
    assert error_of(text) == error


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"Resources": {\n"A": 1,\n"A": 2}}', "line 3: 'A' stands here twice; the first is on line 2"),
        ('{"Resources": {\n"A": 1,}}', "line 2: is not valid JSON: a ',' stands before '}'"),
        ('{"Resources": [1,\n]}', "line 1: is not valid JSON: a ',' stands before ']'"),
        ('{"Resources": {\nA: 1}}', "line 2: is not valid JSON: a key in quotes is missing"),
        ('{\n// why\n"Resources": {}}', "line 2: is not valid JSON: it takes no comments"),
        ('{"Resources": [1 2]}', "line 1: is not valid JSON: a ',' or ']' is missing"),
        ('{"Resources": {}}\n{}', "line 2: is not valid JSON: more follows after its end"),
        ('{"Resources": tru}', "line 1: is not valid JSON: 't' begins no value"),
        ('{"Resources": "a', "line 1: is not valid JSON: unterminated string starting"),
        ('{"Resources": "\\ud800"}', "line 1: is not valid JSON: '\\ud800' holds half a character"),
        ('{"a":' * 200, "line 1: is nested too deeply"),
        ('{"terraform_version": "1.9.0"}', f"is Terraform's, {NO_TEMPLATE}; run 'narrows import terraform'"),
    ],
)
def test_json_that_is_no_template_is_one_line(text: str, error: str) -> None:
    assert error_of(text, "t.json") == error


def test_yaml_that_begins_with_a_brace_is_yaml() -> None:
    assert len(declared("{Resources: {V: {Type: AWS::EC2::VPC}}}").resources) == 1


@pytest.mark.parametrize(
    "text",
    [
        "service: &s {a: b}\nprovider: &p {a: b}\nResources: {M: {Type: X}}\n",
        "Resources:\n  M:\n    Type: X\n    Properties:\n      UserData: |\n        {{ include .Values.a }}\n",
    ],
)
def test_words_of_other_tools_in_a_template_do_not_matter(text: str) -> None:
    assert [one.address for one in declared(text).resources] == ["M"]


def test_a_binary_a_large_file_a_folder_and_what_stands_elsewhere(tmp_path: Path) -> None:
    assert error_of(b"\x7fELF\xff\xfe", folder=tmp_path) == f"t.yaml: line 1: is not UTF-8 text; {AS_UTF_8}"
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        wide = error_of("Resources: {}\n".encode(encoding), folder=tmp_path)
        assert wide == f"t.yaml: is UTF-16 text, or none at all; {AS_UTF_8}"
    latin = error_of("A: 1\n# für\n".encode("latin-1"), folder=tmp_path)
    assert latin == f"t.yaml: line 2: is not UTF-8 text; {AS_UTF_8}"
    large = error_of(b"#" * (4 * 2**20 + 1), folder=tmp_path)
    assert large == "t.yaml: is larger than 4 MiB, the most that is read; CloudFormation takes 1 MB"
    (tmp_path / "link.yaml").symlink_to("/etc/hostname")
    for path, error in {
        tmp_path: "holds no manifest.json of CDK; name a template, or a folder cdk.out",
        tmp_path / "none.yaml": "no such file or directory",
        tmp_path / "link.yaml": f"stands outside the folder {tmp_path}; name a folder that holds both",
    }.items():
        with pytest.raises(InputError) as raised:
            read(path)
        assert str(raised.value) == f"{path}: {error}"


BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{place}: &a{place} [{','.join([f'*a{place - 1}'] * 9)}]\n" for place in range(1, 40)
)
TOO_MANY = "holds more than 400,000 values; write fewer, or fewer aliases"
WORDS = ",".join(f"w{place}" for place in range(200))
LOOPS = f"""
Resources:
  Fn::ForEach::A:
    - a
    - [{WORDS}]
    - Fn::ForEach::B:
        - b
        - [{WORDS}]
        - Fn::ForEach::C: [c, [{WORDS}], {{"${{a}}${{b}}${{c}}": {{Type: AWS::EC2::VPC}}}}]
"""
LONG = f"""
Parameters: {{P: {{Type: String, Default: {"x" * 100_000}}}}}
Resources:
  A: {{Type: X, Properties: {{P: [{", ".join(["!Sub '" + "${P}" * 10 + "'"] * 100)}]}}}}
"""
LISTS = f"""
Parameters: {{P: {{Type: CommaDelimitedList, Default: "{"," * 50_000}"}}}}
Resources:
  A: {{Type: X, Properties: {{P: [{", ".join(["!Ref P"] * 100)}]}}}}
"""
CHAIN = (
    "Conditions:\n"
    + "".join(f"  C{place}: !Not [!Condition C{place + 1}]\n" for place in range(2_000))
    + """
  C2000: !Equals [a, a]
Resources:
  V: {Type: AWS::EC2::VPC, Condition: C0}
"""
)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (BOMB, f"line 6: {TOO_MANY}"),
        pytest.param(
            LOOPS, "line 9: holds more than 400,000 values; write fewer, or fewer aliases", marks=pytest.mark.slow
        ),
        (LONG, "takes more than 4,000,000 steps to work out"),
        (LISTS, "takes more than 4,000,000 steps to work out"),
        (CHAIN, "its values or conditions are made of each other too deeply"),
    ],
)
def test_what_is_made_to_exhaust_the_machine_is_refused_in_time(text: str, error: str) -> None:
    began = time.process_time()
    assert error_of(text) == error
    assert time.process_time() - began < 10


def test_a_text_that_is_too_long_is_not_known() -> None:
    found = declared(LONG.replace("${P}" * 10, "${P}" * 11))
    assert "it is longer than 1,048,576 characters" in repr(found.by_address["A"].properties["P"])


def test_resources_that_are_none_are_faults_and_the_rest_is_read() -> None:
    found = declared("""\
Resources:
  A: 7
  B: {Properties: {}}
  C: {Type: AWS::EC2::VPC, Properties: 7}
  D: {Type: AWS::EC2::VPC, Properties: !Ref X}
  E: {Type: AWS::EC2::VPC}
  F: {Type: My::Shared::Vpc::MODULE}
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}
  Fn::ForEach::G: [x, !Ref Names, {"G${x}": {Type: AWS::EC2::VPC}}]
Parameters: {Names: {Type: CommaDelimitedList}}
Transform: [AWS::LanguageExtensions, Company::Tags]
""")
    assert [one.address for one in found.resources] == ["C", "D", "E", "F"]
    assert faults(found) == [
        "2: 'A' has no Type",
        "3: 'B' has no Type",
        "4: the Properties of 'C' are no mapping",
        "5: 'X' is neither a resource nor a parameter",
        "5: the Properties of 'D' are not known: no X in the template",
        "7: 'F' is a module: what it declares is not seen",
        "8: AWS::Include runs when the template is deployed: what it gives is not seen",
        "9: the loop 'G' is not known: what it makes is not seen",
        "11: Company::Tags changes the template when it is deployed: what it adds is not seen",
    ]


def test_sections_and_conditions_of_another_shape_are_told() -> None:
    found = declared("""\
Parameters: [a]
Mappings: 7
Conditions: x
Outputs:
Resources:
  A: {Type: AWS::EC2::VPC, Condition: [Live]}
  B: {Type: aws::ec2::vpc}
  Fn::If: [Live, {C: {Type: AWS::EC2::VPC}}, !Ref AWS::NoValue]
""")
    assert [one.address for one in found.resources] == ["A", "B"]
    assert faults(declared("Parameters:\n  P: String\nResources: {}\n")) == ["2: the parameter 'P' has no Type"]
    assert faults(found) == [
        "1: Parameters is no mapping",
        "2: Mappings is no mapping",
        "3: Conditions is no mapping",
        "6: the Condition of 'A' is no name of one",
        "7: 'aws::ec2::vpc' of 'B' is no type: those of AWS begin with 'AWS::'",
        "8: 'Fn::If' is no name of a resource: what it gives is not seen",
    ]


def test_a_macro_within_a_resource_is_told() -> None:
    found = declared("""\
Resources:
  A:
    Type: AWS::EC2::VPC
    Fn::Transform: {Name: Tags}
  B:
    Fn::Transform: {Name: Whole}
""")
    assert [one.address for one in found.resources] == ["A"]
    assert faults(found) == [
        "4: Tags runs when the template is deployed: what it gives is not seen",
        "6: Whole runs when the template is deployed: what it gives is not seen",
    ]


def test_a_function_whose_properties_are_not_all_seen_may_be_in_a_vpc() -> None:
    found = declared("""\
Resources:
  A: {Type: AWS::Lambda::Function, Properties: {Timeout: 9, Fn::Transform: {Name: AWS::Include}}}
  B: {Type: AWS::Lambda::Function, Fn::Transform: {Name: Vpc}}
  C: {Type: AWS::Lambda::Function, Properties: !ImportValue of-c}
  D: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: []}, Fn::Transform: {Name: AWS::Include}}}
""")
    given = Unknown("Fn::Transform may give it")
    assert {one.address: one.properties for one in found.resources} == {
        "A": {"Timeout": 9, "VpcConfig": given},
        "B": {"VpcConfig": given},
        "C": {"VpcConfig": Unknown("Fn::ImportValue of of-c, which no template here exports")},
        "D": {"VpcConfig": {"SubnetIds": []}},
    }


def test_what_is_in_a_module_is_not_known_and_told_once() -> None:
    found = declared("""\
Resources:
  Net: {Type: My::Org::Vpc::MODULE}
  A: {Type: X, Properties: {P: [!Ref NetVpc, !GetAtt Net.Vpc.Arn, !Sub "${Net.Vpc}", !Ref Nat]}}
""")
    assert faults(found) == [
        "2: 'Net' is a module: what it declares is not seen",
        "3: 'Nat' is neither a resource nor a parameter; did you mean 'Net'?",
    ]
    assert found.by_address["A"].properties["P"][0] == Unknown("NetVpc is in the module Net", "${NetVpc}")  # type: ignore[index]


@pytest.mark.parametrize(
    ("resources", "fault"),
    [
        ("A: {Type: X, Properties: {P: !Ref A}}", "2: 'A' depends on itself"),
        ("A: {Type: X, Properties: {P: !GetAtt A.Q}}", "2: 'A' depends on itself"),
        (
            (
                "A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !GetAtt B.VpcId}}\n"
                "  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !GetAtt A.VpcId}}"
            ),
            "2: these depend on each other in a circle: A, B",
        ),
        (
            (
                "C: {Type: X, Properties: {P: {Q: [!Ref A]}}}\n  A: {Type: X, Properties: {P: !Ref B}}\n"
                "  B: {Type: X, Properties: {P: !Ref A}}"
            ),
            "3: these depend on each other in a circle: A, B",
        ),
    ],
)
def test_a_circle_of_resources_is_told(resources: str, fault: str) -> None:
    assert faults(declared(f"Resources:\n  {resources}\n")) == [fault]


@pytest.mark.slow
def test_a_template_of_a_megabyte_is_read_in_seconds() -> None:
    subnet = "  S{}:\n    Type: AWS::EC2::Subnet\n    Properties:\n      CidrBlock: 10.0.0.0/24\n      VpcId: !Ref V\n"
    text = "Resources:\n  V: {Type: AWS::EC2::VPC}\n" + "".join(subnet.format(place) for place in range(11_000))
    assert len(text) > 1_000_000
    began = time.process_time()
    found = declared(text)
    assert (len(found.resources), found.faults) == (11_001, ())
    assert found.by_address["S10999"].place.line == 2 + 5 * 11_000 - 4
    assert time.process_time() - began < 20
