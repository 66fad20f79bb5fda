"""The incidents from public reports can be staged and read, and are in AWS's own shapes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrows.case import read_case
from narrows.diagnose.causes import CAUSES
from oracles.incidents.world import CaseFolder, Expert, Headline, Incident, incidents
from oracles.incidents.world.judge import judge
from oracles.incidents.world.reach import reaches
from tests.unit.case.aws_shapes import output_shape, problems

ALL = incidents()
EC2 = {
    "addresses": "DescribeAddresses",
    "dhcp-options": "DescribeDhcpOptions",
    "internet-gateways": "DescribeInternetGateways",
    "nat-gateways": "DescribeNatGateways",
    "network-acls": "DescribeNetworkAcls",
    "network-interfaces": "DescribeNetworkInterfaces",
    "route-tables": "DescribeRouteTables",
    "security-groups": "DescribeSecurityGroups",
    "subnets": "DescribeSubnets",
    "transit-gateway-vpc-attachments": "DescribeTransitGatewayVpcAttachments",
    "vpc-endpoints": "DescribeVpcEndpoints",
    "vpc-peering-connections": "DescribeVpcPeeringConnections",
    "vpcs": "DescribeVpcs",
}


def named(one: Incident) -> str:
    return f"{one.half}.{one.family}.{one.name}"


@pytest.mark.parametrize("one", ALL, ids=named)
def test_each_incident_is_read_without_an_error_and_names_its_source(one: Incident, tmp_path: Path) -> None:
    case = read_case(one.case().write(tmp_path / "case"))

    assert one.source
    assert one.expert.because
    assert {*one.expert.names, *one.expert.true} <= set(CAUSES)
    assert case.functions or case.callers.sources


def shape_of(path: str) -> Any:
    name = path.rsplit("/", 1)[-1].removesuffix(".json")
    if path.startswith("ec2/"):
        return output_shape("ec2", EC2[name])
    if path == "lambda/functions.json":
        return output_shape("lambda", "ListFunctions")
    if path.startswith("cloudwatch/") and path.endswith(".results.json"):
        return output_shape("cloudwatch", "GetMetricData")
    return None


def test_their_answers_are_in_the_shapes_of_aws() -> None:
    found = [
        f"{named(one)}: {path}{problem}"
        for one in ALL
        for path, content in one.case().contents().items()
        if (shape := shape_of(path)) is not None and isinstance(content, dict)
        for problem in problems(shape, content)
    ]

    assert found == []


def test_an_incident_is_the_same_each_time() -> None:
    for one in ALL[::7]:
        assert one.case().contents() == one.case().contents()


NOT_WALKED = {
    "egress_lacks_the_port_of_its_own_resolver": "the connection would get through, the query for its name does not",
    "endpoint_policy_denies": "the call is denied, not the connection",
    "endpoint_waits_to_be_accepted": "its interfaces are there, and lead nowhere",
    "function_is_in_no_vpc": "it has no subnet to walk from",
    "function_is_in_no_file": "which subnet it is in, the expert does not know",
    "security_groups_were_not_collected": "the expert does not see them",
}


@pytest.mark.parametrize(
    "one", [one for one in ALL if one.half == "seen" and one.name not in NOT_WALKED], ids=lambda one: one.name
)
def test_an_expert_names_a_route_or_rule_exactly_where_one_is_in_the_way(one: Incident) -> None:
    blocked = [reach for reach in reaches(one.case()) if reach.part is not None and reach.part < 1]

    assert bool(blocked) is ("route-or-rule-blocked" in one.expert.names), blocked


def refused(case: CaseFolder) -> None:
    log = case.log("checkout", tail=True)
    for minute in range(10):
        log.say(60.0 * minute, "ConnectionRefusedError: [Errno 111] Connection refused")
    case.yaml(functions=["checkout"])


def test_a_wrong_expectation_is_judged_as_a_false_ruling() -> None:
    expert = Expert(("dns-failure",), ("dns-failure",), Headline.NAMED, "to be proved wrong")

    judged = judge(Incident("refused", "seen", "here", "this test", expert, refused))

    assert not judged.right
    assert judged.expected == "dns-failure"
    assert judged.false_name or judged.wrong_headline


def test_an_expert_names_only_what_is_true_and_only_under_a_headline_that_names() -> None:
    with pytest.raises(ValueError, match="only what is true"):
        Expert(("dns-failure",), (), Headline.NAMED, "no")
    with pytest.raises(ValueError, match="exactly where"):
        Expert((), (), Headline.NAMED, "no")
