"""Comments that silence a rule: where they may stand, and what of them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrows.declared.model import Place
from narrows.lint.ignoring import Ignore, ignores_in
from narrows.lint.run import Result, lint

SCENARIO = """\
name: launch
region: us-east-1
vpc:
  subnets:
    private-a: {az: us-east-1a, route: nat-a}
  nat_gateways:
    nat-a: {addresses: 1}
destinations:
  cache: {addresses: 1, port: 443}
functions:
  storefront:
    subnets: [private-a]
    security_groups: [sg-app]
    connections:
      - to: cache
demand:
  storefront: {environments: 10}
duration: 5m
"""


def run(tmp_path: Path, text: str) -> Result:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    return lint([file])


def rules(result: Result) -> set[str]:
    return {one.rule for one in result.findings}


def test_without_a_comment_both_are_found(tmp_path: Path) -> None:
    assert rules(run(tmp_path, SCENARIO)) == {"one-address", "one-subnet"}


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        ("  storefront:\n", "  # narrows: ignore one-subnet it is next to its database\n  storefront:\n"),
        ("  storefront:\n", "  storefront:  # narrows: ignore one-subnet it is next to its database\n"),
        ("      - to: cache\n", "      # narrows: ignore one-subnet it is next to its database\n      - to: cache\n"),
        ("      - to: cache\n", "      - to: cache\n    # narrows: ignore one-subnet it is next to its database\n"),
    ],
    ids=["above", "at the end", "inside", "at the end of the block"],
)
def test_where_a_comment_may_stand(tmp_path: Path, line: str, comment: str) -> None:
    assert SCENARIO.count(line) >= 1
    result = run(tmp_path, SCENARIO.replace(line, comment, 1))
    assert rules(result) == {"one-address"}
    ((finding, reason),) = result.ignored
    assert (finding.rule, reason) == ("one-subnet", "it is next to its database")


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# narrows: ignore one-subnet", "one-subnet is ignored without a reason, and so is not"),
        ("# narrows: ignore one-subnett because", "there is no rule one-subnett to ignore"),
        ("# narrows: ignore", "this comment names no rule to ignore"),
        ("# narrows: ignore flow-log-fields because", "nothing here is ignored by it: flow-log-fields finds nothing"),
    ],
)
def test_a_comment_that_does_nothing_is_told(tmp_path: Path, comment: str, told: str) -> None:
    result = run(tmp_path, SCENARIO.replace("  storefront:\n", f"  {comment}\n  storefront:\n", 1))
    assert rules(result) == {"one-address", "one-subnet", "ignore"}
    (one,) = (one for one in result.findings if one.rule == "ignore")
    assert one.what == told
    assert one.place.line == 11


def test_a_comment_on_a_rule_that_did_not_run_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(SCENARIO.replace("  storefront:\n", "  # narrows: ignore one-subnet why\n  storefront:\n", 1))
    assert lint([file], ignore=["one-subnet", "one-address"]).findings == []


def test_a_comment_of_another_resource_ignores_nothing(tmp_path: Path) -> None:
    text = SCENARIO.replace("    private-a: {", "    # narrows: ignore one-subnet why\n    private-a: {")
    assert "one-subnet" in rules(run(tmp_path, text))
    text = SCENARIO.replace("    nat-a: {addresses: 1}", "    nat-a: {addresses: 1}  # narrows: ignore one-subnet why")
    assert "one-subnet" in rules(run(tmp_path, text))


def found(tmp_path: Path, name: str, text: str) -> list[Ignore]:
    file = tmp_path / name
    file.write_text(text)
    return ignores_in([str(file)])


TERRAFORM = """\
# narrows: ignore one-address a test account
resource "aws_nat_gateway" "a" {
  subnet_id = aws_subnet.a.id
}

resource "aws_lambda_function" "f" { // narrows: ignore one-subnet as small as can be
  description = "{ # narrows: ignore alarm-late this is a text"
  vpc_config {
    # narrows: ignore function-in-public-subnet it calls nothing
    subnet_ids = []
  }
  policy = <<-EOT
    } # narrows
  EOT
  /* } */
  # narrows: ignore security-group-per-function soon others
}
"""


def test_blocks_of_terraform(tmp_path: Path) -> None:
    told = {one.rule: (one.place.line, set(one.lines)) for one in found(tmp_path, "main.tf", TERRAFORM)}
    assert told == {
        "one-address": (1, {2}),
        "one-subnet": (6, {6}),
        "function-in-public-subnet": (9, {6, 10}),
        "security-group-per-function": (16, {6, 17}),
    }


def test_metadata_of_json(tmp_path: Path) -> None:
    text = """{
  "Outputs": {"Nat": {"Value": "Nat"}},
  "Resources": {
    "Nat": {
      "Type": "AWS::EC2::NatGateway",
      "Metadata": {"narrows": {"ignore": {"one-address": "a test account", "no-port-alarm": 7}}}
    },
    "Other": {"Type": "AWS::EC2::EIP", "Metadata": {"narrows": "what"}}
  }
}"""
    one, other = found(tmp_path, "t.json", text)
    assert (one.rule, one.reason, one.place.line) == ("one-address", "a test account", 4)
    assert (other.rule, other.reason) == ("no-port-alarm", "")
    assert one.covers("one-address", Place(one.place.file, one.place.line))


@pytest.mark.parametrize("text", ["{ narrows", '{"narrows": 1}', '["narrows"]', '{"Resources": {"narrows": []}}', ""])
def test_what_is_no_template_has_none(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, "t.json", text) == []


def test_a_file_that_is_not_there_or_no_text_has_none(tmp_path: Path) -> None:
    broken = tmp_path / "main.tf"
    broken.write_bytes(b"# narrows: ignore one-subnet \xff\n")
    assert ignores_in([str(broken), str(tmp_path / "none.tf"), str(tmp_path)]) == []


def test_a_file_of_terraform_in_json_is_one_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "main.tf").write_text("""\
resource "aws_subnet" "a" {
  cidr_block = "10.0.1.0/24"
}
# narrows: ignore one-subnet it is next to its database
resource "aws_lambda_function" "f" {
  vpc_config {
    subnet_ids         = [aws_subnet.a.id]
    security_group_ids = ["sg-1"]
  }
}
""")
    (folder / "tags.tf.json").write_text('{"locals": {"team": "shop"}}')
    monkeypatch.chdir(tmp_path)
    result = lint([Path("infra/tags.tf.json"), Path("infra/main.tf")])
    assert result.files == ["infra/main.tf", "infra/tags.tf.json"]
    assert [finding.place for finding, _ in result.ignored] == [Place("infra/main.tf", 5)]
    assert "one-subnet" not in rules(result)
