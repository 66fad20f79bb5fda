"""The example cases: made of files as AWS's own command line writes them, and diagnosed as their README tells."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrows.case import read_case
from narrows.diagnose import Status, diagnose
from narrows.network import EniKey, Resource
from tests.unit.case.aws_shapes import input_member, output_shape, problems
from tests.unit.diagnose.conftest import EXAMPLES

OUTPUTS = {
    "functions.json": ("lambda", "ListFunctions"),
    "subnets.json": ("ec2", "DescribeSubnets"),
    "route-tables.json": ("ec2", "DescribeRouteTables"),
    "nat-gateways.json": ("ec2", "DescribeNatGateways"),
    "security-groups.json": ("ec2", "DescribeSecurityGroups"),
    "network-acls.json": ("ec2", "DescribeNetworkAcls"),
    "network-interfaces.json": ("ec2", "DescribeNetworkInterfaces"),
    "vpc-endpoints.json": ("ec2", "DescribeVpcEndpoints"),
}
FILES = sorted(EXAMPLES.rglob("*.json"))

WANTED: dict[str, tuple[str, str, str | None, Resource, int | None]] = {
    # case: cause, status, mechanism, resource, next narrows, at connections
    "nat-churn": ("nat-port-exhaustion", "confirmed", "churn", "nat-0c5d9e7f1a3b82460", 130_000),
    "idle-timeout-reset": ("idle-timeout-reset", "likely", None, "nat-07b9d1f3a5c2e4680", 55_000),
    "eni-full-no-metric": (
        "hyperplane-eni-exhaustion",
        "likely",
        None,
        EniKey("subnet-0c1e3a5b7d9f24680", ("sg-0f4b6d8a1c3e25790",)),
        220_000,
    ),
    "emfile-leak": ("descriptor-exhaustion", "confirmed", None, "image-resizer", None),
    "redis-65000": ("destination-connection-limit", "confirmed", None, "sessions", 195_000),
    "security-group": ("route-or-rule-blocked", "confirmed", "security-group-egress", "sg-06d8f1a3b5c7e2490", 130_000),
}


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(EXAMPLES)) for file in FILES])
def test_files_have_the_shapes_of_the_service_models(file: Path) -> None:
    content = json.loads(file.read_text())
    if file.name.endswith(".queries.json"):
        shape = input_member("cloudwatch", "GetMetricData", "MetricDataQueries")
    elif file.name.endswith(".results.json"):
        shape = output_shape("cloudwatch", "GetMetricData")
    elif file.parent.name == "callers":
        shape = output_shape("logs", "FilterLogEvents")
    else:
        shape = output_shape(*OUTPUTS[file.name])
    assert list(problems(shape, content)) == []
    if file.name == "functions.json":
        # In the shape, but ListFunctions does not return them: GetFunction does.
        assert not any({"State", "LastUpdateStatus"} & set(one) for one in content["Functions"])


@pytest.mark.parametrize("name", sorted(WANTED))
def test_diagnosis(name: str) -> None:
    cause, status, mechanism, resource, after = WANTED[name]
    found = diagnose(read_case(EXAMPLES / name))
    assert found.narrows == cause
    result = found.cause(cause)
    assert (result.status, result.mechanism, result.resource) == (Status(status), mechanism, resource)
    assert (found.next_narrows and found.next_narrows.at_connections) == after


@pytest.mark.parametrize("name", sorted(WANTED))
def test_case_is_whole_and_tells_its_story(name: str) -> None:
    case = read_case(EXAMPLES / name)
    assert case.notes == ()
    assert case.written_by is None
    story = (EXAMPLES / name / "README.md").read_text()
    assert story.startswith(f"# {name}: ")
    assert f"narrows diagnose examples/cases/{name}" in story


def test_look_alikes_are_told_apart() -> None:
    redis = diagnose(read_case(EXAMPLES / "redis-65000"))
    assert not redis.cause("hyperplane-eni-exhaustion").status.reaches(Status.LIKELY)
    idle = diagnose(read_case(EXAMPLES / "idle-timeout-reset"))
    assert idle.cause("nat-port-exhaustion").status is Status.RULED_OUT
    full = diagnose(read_case(EXAMPLES / "eni-full-no-metric"))
    assert full.cause("nat-port-exhaustion").status is Status.RULED_OUT
    assert full.cause("route-or-rule-blocked").status is Status.RULED_OUT


@pytest.mark.parametrize("name", sorted(WANTED))
def test_evidence_names_a_file_that_is_there(name: str) -> None:
    for cause in diagnose(read_case(EXAMPLES / name)).causes:
        for one in cause.evidence:
            file = one.source.partition(",")[0].partition(":")[0]
            assert (EXAMPLES / name / file).exists(), one
            assert one.text.endswith(".")
            assert "\n" not in one.text
