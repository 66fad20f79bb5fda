"""Values of parameters, as users give them, and what CloudFormation would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.declared.cloudformation import read_parameters
from narrows.errors import InputError
from tests.unit.declared.cloudformation.templates import declared, one


def test_they_are_given_as_words_and_as_files(tmp_path: Path) -> None:
    aws = tmp_path / "aws.json"
    aws.write_text(
        '[\n{"ParameterKey": "A", "ParameterValue": "a"},\n{"ParameterKey": "B", "UsePreviousValue": true}\n]'
    )
    plain = tmp_path / "plain.yaml"
    plain.write_text("C: [c1, c2]\nD: 4\n")
    wrapped = tmp_path / "configuration.json"
    wrapped.write_text('{"Parameters": {"E": "e"}}')
    pairs = tmp_path / "pairs.json"
    pairs.write_text('["G=g", "H=h=h"]')
    assert read_parameters([str(pairs)]) == {"G": "g", "H": "h=h"}
    assert read_parameters([r"ParameterKey=A,ParameterValue=a\,b"]) == {"A": "a,b"}
    words = ["A=first", str(aws), str(plain), str(wrapped), "F=x=y", "AWS::Region=eu-west-1"]
    assert read_parameters(words) == {
        "A": "a", "C": "c1,c2", "D": "4", "E": "e", "F": "x=y", "AWS::Region": "eu-west-1",
    }  # fmt: skip
    assert read_parameters(["A=1", "A=2"]) == {"A": "2"}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ('[{"Key": "A"}]', "line 1: has no ParameterKey; write [{"),
        ('[\n{"ParameterKey": "A", "ParameterValue": {}}]', "line 2: the value of 'A' is no text; write [{"),
        ('[{"ParameterKey": "A"}]', "line 1: 'A' has no ParameterValue; write [{"),
        (
            '[{"ParameterKey": "A", "ParameterValue": "a"},\n{"ParameterKey": "A", "ParameterValue": "b"}]',
            "line 2: 'A' stands here twice; the first is on line 1",
        ),
        ("7", 'line 1: holds no values of parameters; write {"Name": "value"}, or [{'),
        ('["A"]', "line 1: has no ParameterKey; write [{"),
        ("[1, 2", "line 1: is not valid JSON: a ',' or ']' is missing"),
        ("", "is empty"),
    ],
)
def test_a_file_of_them_that_is_none_is_one_line(tmp_path: Path, content: str, error: str) -> None:
    file = tmp_path / "p.json"
    file.write_text(content)
    with pytest.raises(InputError) as raised:
        read_parameters([str(file)])
    assert str(raised.value).startswith(f"{file}: {error}")


def test_a_word_that_is_neither_is_one_line(tmp_path: Path) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text("version = 0.1\n")
    for word, error in {
        "Subnets": "no such file or directory; write Key=Value, or the name of a file",
        "my_key=1": "no such file or directory; write Key=Value, or the name of a file",
        str(config): "is TOML, which is not read for parameters; write its values as Key=Value",
    }.items():
        with pytest.raises(InputError) as raised:
            read_parameters([word])
        assert str(raised.value) == f"{word}: {error}"


TEMPLATE = """
Parameters:
  Zones:
    Type: String
    AllowedValues: [2, 3]
    Default: 2
  Size: {Type: Number, Default: 1.5}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Timeout: "30"
      MemorySize: !Ref Size
      Environment: {Variables: {Timeout: "30"}}
      X: !Ref Zones
"""


def test_numbers_in_quotes_are_numbers_where_aws_takes_numbers() -> None:
    properties = one(declared(TEMPLATE, {"Size": "512"}), "F").properties
    assert properties == {"Timeout": 30, "MemorySize": 512, "Environment": {"Variables": {"Timeout": "30"}}, "X": 2}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"Zone": "3"}, "has no parameter 'Zone'; did you mean 'Zones'?"),
        ({"Zones": "4"}, "line 5: parameter 'Zones' does not allow this value; allowed: 2, 3"),
    ],
)
def test_what_cloudformation_would_refuse_is_refused(given: dict[str, str], error: str) -> None:
    with pytest.raises(InputError) as raised:
        declared(TEMPLATE, given)
    assert str(raised.value).endswith(f"t.yaml: {error}")
