"""``narrows lint PATH`` from the command line: exit codes, options, bad input."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from narrows.cli import main
from tests.unit.lint.test_ignoring import SCENARIO

ROOT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line in an empty folder with a scenario: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenario.yaml").write_text(SCENARIO)

    def run_main(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(("lint", *arguments))
        assert isinstance(left.value.code, int)
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run_main


def test_a_path_alone_is_of_infrastructure_and_says_how_to_mend(run: Run) -> None:
    code, out, err = run("scenario.yaml")
    assert (code, err) == (1, "")
    assert "scenario.yaml:11: warning one-subnet: storefront is in private-a alone" in out
    assert out.splitlines()[-1] == "1 warning, 1 info in 1 source"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fail-on", "error"), 0),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "info", "--select", "one-address"), 1),
        (("--select", "one-address"), 0),
        (("--ignore", "one-subnet"), 0),
        (("--fail-on", "never"), 0),
    ],
)
def test_exit_codes(run: Run, options: tuple[str, ...], code: int) -> None:
    assert run(*options, "scenario.yaml")[0] == code
    assert run("scenario.yaml", *options)[0] == code


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "markdown"])
def test_every_format_has_the_same_exit_code(run: Run, form: str) -> None:
    code, out, err = run("scenario.yaml", "--format", form)
    assert (code, err) == (1, "")
    assert "one-subnet" in out
    if form in ("json", "sarif"):
        json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--select", "one-subnett", "scenario.yaml"), "no rule one-subnett; did you mean 'one-subnet'?"),
        (("--fail-on", "bad", "scenario.yaml"), "--fail-on: is 'bad'; choose from error, warning, info, never"),
        (("--format", "xml", "scenario.yaml"), "--format: is 'xml'; choose from text, json, sarif, junit, markdown"),
        (("--parameters", "Subnets", "scenario.yaml"), "--parameters: is 'Subnets'; write NAME=VALUE"),
        (("none.yaml",), "none.yaml: no such file"),
        (("empty.yaml",), "empty.yaml: is empty"),
        (("broken.yaml",), "broken.yaml: line 2: is not valid YAML"),
        (("pod.yaml",), "pod.yaml: is Kubernetes', not a CloudFormation template"),
        (("launch.tfplan",), "launch.tfplan: is a plan file, not JSON; write it with: terraform show -json"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(run: Run, arguments: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "broken.yaml").write_text("name: [\n")
    (tmp_path / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\n")
    (tmp_path / "launch.tfplan").write_bytes(b"PK\x03\x04 and more")
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert told in err


def test_a_pipe_is_not_waited_for(run: Run, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    code, _, err = run("pipe.yaml")
    assert code == 2
    assert "is a pipe" in err


def test_the_lint_of_handlers_is_still_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def lambda_handler(event, context):\n    return 1\n")
    assert run("handlers", "app.py")[0] == 0
    (tmp_path / "handlers").mkdir()
    # A folder of that name is ./handlers: it holds nothing of infrastructure.
    assert run("./handlers")[0] == 2


def test_a_folder_may_be_called_as_the_command(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "infrastructure"
    folder.mkdir()
    (folder / "launch.yaml").write_text(
        "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Nat: {Type: AWS::EC2::NatGateway}\n"
    )
    alone, twice = (
        run("infrastructure", "--format", "json"),
        run("infrastructure", "infrastructure", "--format", "json"),
    )
    assert alone == twice
    assert "no-port-alarm" in alone[1]
    assert run("infrastructure", "scenario.yaml")[0] == 1


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("broken.tf", 'resource "aws_vpc" {{', "broken.tf:1: the syntax is broken"),
        (
            "broken.template",
            '{"Resources": {"Vpc": {"Type": "AWS::EC2::VPC"}',
            "broken.template:1: is not read: it is not valid JSON",
        ),
        ("latin.tf", "# caf\xe9\n", "latin.tf:1: is not read: it is not UTF-8 text"),
    ],
)
def test_a_broken_file_fails_the_run_and_the_others_are_looked_at(
    run: Run, tmp_path: Path, name: str, text: str, said: str
) -> None:
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "good.tf").write_text('resource "aws_nat_gateway" "a" {}\n')
    (folder / "template.yaml").write_text("Resources:\n  Nat: {Type: AWS::EC2::NatGateway}\n")
    assert run("infra")[0] == 0
    (folder / name).write_text(text, "latin-1")
    code, out, err = run("infra", "--fail-on", "never")
    assert code == 2
    assert said in err
    assert "one-address" in out


def test_one_path_named_twice_is_looked_at_once(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("scenario.yaml", "./scenario.yaml", str(tmp_path / "scenario.yaml"), "--format", "json")
    assert code == 1
    assert len(json.loads(out)["findings"]) == 2


STATE = {
    "format_version": "1.0",
    "terraform_version": "1.9.5",
    "values": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_cloudwatch_metric_alarm.ports",
                    "mode": "managed",
                    "type": "aws_cloudwatch_metric_alarm",
                    "name": "ports",
                    "provider_name": "registry.terraform.io/hashicorp/aws",
                    "schema_version": 1,
                    "values": {
                        "id": "ports",
                        "alarm_name": "ports",
                        "namespace": "AWS/NatGateway",
                        "metric_name": "ErrorPortAllocation",
                        "dimensions": {"NatGatewayId": "nat-0a1b2c3d4e5f60718"},
                        "statistic": "Sum",
                        "period": 60,
                        "evaluation_periods": 1,
                        "threshold": 0,
                        "comparison_operator": "GreaterThanThreshold",
                    },
                }
            ]
        }
    },
}


@pytest.mark.parametrize("indent", [None, 2])
def test_terraforms_state_is_no_scenario_and_has_no_lines(run: Run, tmp_path: Path, indent: int | None) -> None:
    (tmp_path / "state").write_text(json.dumps(STATE, indent=indent))
    code, out, _ = run("state")
    assert code == 1
    assert out.startswith("state: error alarm-namespace: ports waits for ErrorPortAllocation in AWS/NatGateway")


def test_one_file_of_terraform_stands_for_its_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "infra"
    folder.mkdir()
    (folder / "a.tf").write_text('locals {\n  subnet = "subnet-0a1b2c3d4e5f60718"\n}\n')
    (folder / "b.tf").write_text(
        'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  role = "r"\n  vpc_config {\n'
        '    subnet_ids = [local.subnet]\n    security_group_ids = ["sg-0a1b2c3d4e5f60718"]\n  }\n}\n'
    )
    code, out, _ = run("infra/a.tf", "infra/b.tf", "infra")
    assert code == 1
    assert out.count("one-subnet") == 1
    assert out.startswith("infra/b.tf:1: warning one-subnet: f is in subnet-0a1b2c3d4e5f60718 alone")


def test_what_parameters_would_add_is_not_called_missing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(
        """\
Parameters: {Topic: {Type: String, Default: ''}}
Conditions: {Told: !Not [!Equals [!Ref Topic, '']]}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/20}}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Of: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref Subnet, RouteTableId: !Ref Table}}
  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
  Nat: {Type: AWS::EC2::NatGateway, Properties: {AllocationId: eipalloc-1, SubnetId: subnet-1}}
  Ports:
    Type: AWS::CloudWatch::Alarm
    Condition: Told
    Properties:
      Namespace: AWS/NATGateway
      MetricName: ErrorPortAllocation
      Dimensions: [{Name: NatGatewayId, Value: !Ref Nat}]
  Buckets:
    Type: AWS::EC2::VPCEndpoint
    Condition: Told
    Properties: {VpcId: !Ref Vpc, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.s3'}
  App:
    Type: AWS::Lambda::Function
    Properties: {VpcConfig: {SubnetIds: [!Ref Subnet], SecurityGroupIds: [sg-1]}}
"""
    )
    code, out, _ = run("stack.yaml", "--format", "json", "--verbose", "--select", "no-port-alarm,no-gateway-endpoint")
    found = json.loads(out)
    assert (code, [one["what"] for one in found["findings"]]) == (
        0,
        ["what the functions behind Nat send to DynamoDB goes through it, and is paid for by the GB"],
    )
    assert [one["why"] for one in found["not_checked"]] == [
        "the endpoint of S3 has a condition that does not hold with these parameters",
        "an alarm on ErrorPortAllocation has a condition that does not hold with these parameters",
    ]
