"""The incidents from public reports can be staged and read, and are in AWS's own shapes."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import pytest

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
    "transit-gateways": "DescribeTransitGateways",
    "vpc-block-public-access-exclusions": "DescribeVpcBlockPublicAccessExclusions",
    "vpc-block-public-access-options": "DescribeVpcBlockPublicAccessOptions",
    "vpc-endpoints": "DescribeVpcEndpoints",
    "vpc-peering-connections": "DescribeVpcPeeringConnections",
    "vpcs": "DescribeVpcs",
}


def named(one: Incident) -> str:
    return f"{one.half}.{one.family}.{one.name}"


FAMILIES = sorted({(one.half, one.family) for one in ALL})
EVERY = 3
"""Of other writers' incidents one in so many is judged here; ``python -m bench world`` judges all."""
UNNAMED = {
    "more_dark.one_host_is_silent_and_the_other_answers_in_the_same_log": "a warning, and no invocation fails",
    "more_idle_http.aiohttp_says_server_disconnected": "a warning, and no invocation fails",
    "second.hesitation.the_database_could_not_be_reached_for_two_minutes": "Prisma prints one text for every fault",
    "second.silent.only_logs_tell_that_one_host_went_dark": "what other tables hold, no file of the case says",
    "second.stale_requests.the_load_balancer_closed_the_kept_connection": "every invocation comes after such a pause",
    "seventh.names.lookups_fail_in_the_bursts": "a few lines of tens of thousands of invocations, none of which failed",
    "sixth.silent_and_refusing.hl7_listener_falls_silent": "what was answered stands in the handler's own lines",
    "third.names_and_handshakes.lookups_fail_in_bursts": "it is told as a warning",
    "ninth.small_ways.three_seconds_before_s3": "nobody but a line of the handler's own says what it connects to",
    "ninth.stale.hyper_reuses_a_closed_connection": "a warning, and no invocation fails",
}
"""Seen incidents of which nothing false is said, and not what an expert names: why not."""


@pytest.mark.parametrize("family", FAMILIES, ids=".".join)
def test_nothing_false_is_said_of_an_incident_and_what_an_expert_names_is_named(family: tuple[str, str]) -> None:
    """Of the unseen ones nothing is told but that they can be read: who mends does not look at them."""
    for one in (one for one in ALL if (one.half, one.family) == family):
        if "." in one.family and crc32(one.name.encode()) % EVERY:
            continue
        found = judge(one)

        assert one.source
        assert one.expert.because
        assert {*one.expert.names, *one.expert.true} <= set(CAUSES)
        if one.half == "seen":
            assert found.harmless, f"{one.name}: {found.faults}"
            assert found.right is (f"{one.family}.{one.name}" not in UNNAMED), f"{one.name}: {found.faults}"


def shape_of(path: str) -> Any:
    name = path.rsplit("/", 1)[-1].removesuffix(".json")
    if path.startswith("ec2/"):
        return output_shape("ec2", EC2[name])
    if path == "lambda/functions.json":
        return output_shape("lambda", "ListFunctions")
    if path.startswith("cloudwatch/") and path.endswith(".results.json"):
        return output_shape("cloudwatch", "GetMetricData")
    return None


def is_first(one: Incident) -> bool:
    """Whether it is of the first writer, and in shapes of the builder alone; the others were asked to add keys that
    nobody knows, as newer answers of AWS have."""
    return one.half == "seen" and "." not in one.family


OF_GET_FUNCTION = (
    "Tags: unknown member of FunctionConfiguration",
    "ReservedConcurrentExecutions: unknown member of FunctionConfiguration",
)
"""What only GetFunction says: people add it to what ListFunctions said."""


def test_their_answers_are_in_the_shapes_of_aws() -> None:
    found = [
        f"{named(one)}: {path}{problem}"
        for one in ALL[::9]
        for path, content in one.case().contents().items()
        if (shape := shape_of(path)) is not None and isinstance(content, dict)
        for problem in problems(shape, content)
        if not problem.endswith(OF_GET_FUNCTION) and (is_first(one) or "unknown member" not in problem)
    ]

    assert found == []


def test_an_incident_is_the_same_each_time() -> None:
    for one in ALL[::20]:
        assert one.case().contents() == one.case().contents()


WALKED = [one for one in ALL if is_first(one)]
"""Those whose networks are made by the builder that the oracle knows; other writers added shapes of their own."""
NOT_WALKED = {
    "egress_lacks_the_port_of_its_own_resolver": "the connection would get through, the query for its name does not",
    "endpoint_policy_denies": "the call is denied, not the connection",
    "endpoint_waits_to_be_accepted": "its interfaces are there, and lead nowhere",
    "function_is_in_no_vpc": "it has no subnet to walk from",
    "function_is_in_no_file": "which subnet it is in, the expert does not know",
    "security_groups_were_not_collected": "the expert does not see them",
}


@pytest.mark.parametrize("one", [one for one in WALKED if one.name not in NOT_WALKED], ids=lambda one: one.name)
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
    with pytest.raises(ValueError, match="where the headline is NAMED"):
        Expert((), (), Headline.NAMED, "no")
