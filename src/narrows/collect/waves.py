"""What is asked next, given what the case holds: each wave needs ids that the one before it brought."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from narrows.aws import questions
from narrows.aws.questions import MetricQuery, Span
from narrows.aws.requests import Request
from narrows.case.cloudwatch_names import LAMBDA_METRICS, NAT_METRICS
from narrows.case.reading.aws_files import AWS_FILES, Resources
from narrows.case.reading.aws_json import Record
from narrows.collect.wanted import MOST_FUNCTIONS, Wanted
from narrows.limits import FUNCTION_TIMEOUT

LAYER = "narrows-lambda"
"""What the layer with the sensor is called where it was published as its build says."""
QUOTAS = ("vpc", "lambda", "ec2")
"""Services whose quotas are on the path."""
_LATER = ("transit-gateway-attachments", "vpc-peering-connections", "flow-logs")
"""What needs ids that other answers bring."""
_MOST_VALUES = 200
"""Of one filter of EC2."""
_OTHER_VPCS = ("subnets", "route-tables", "network-acls", "security-groups", "nat-gateways", "network-interfaces")
"""What is asked of a VPC that routes lead on to."""
_MOST_GATEWAYS = 1_000
"""Whose metrics are asked for; a Region's quota is far below."""
_MOST_NEIGHBOURS = 5_000
"""Functions beside those in question whose concurrency is asked for."""


@dataclass(frozen=True)
class Known:
    """What the answers so far say about the way of the connections."""

    functions: tuple[str, ...]
    """Those in question that are there."""
    neighbours: tuple[str, ...]
    """The other functions in these VPCs."""
    vpcs: tuple[str, ...]
    """Of the functions, or those that were named."""
    onward: tuple[str, ...]
    """VPCs that routes of these lead to over peering or a transit gateway, as far as the account sees them."""
    transit_gateways: tuple[str, ...]
    gateways: tuple[str, ...]
    """NAT gateways in all of them."""
    outside: tuple[str, ...] = ()
    """Those of the functions that are in no VPC."""


def known_of(resources: Resources, wanted: Wanted) -> Known:
    """What is known from ``lambda/`` and ``ec2/``."""
    in_vpc = {one.need("FunctionName"): vpc for one in resources["functions"] if (vpc := _vpc_of(one))}
    there = {one.need("FunctionName") for one in resources["functions"]}
    named = [one for one in resources["nat-gateways"] if one.need("NatGatewayId") in wanted.gateways]
    of_functions = [in_vpc[name] for name in wanted.functions if name in in_vpc]
    of_gateways = [vpc for one in named if (vpc := one.text("VpcId"))]
    vpcs = tuple(dict.fromkeys((*wanted.vpcs, *of_functions, *of_gateways)))
    tables = [one for one in resources["route-tables"] if one.text("VpcId") in vpcs]
    transit = _targets(tables, "TransitGatewayId")
    return Known(
        functions=tuple(name for name in wanted.functions if name in there),
        neighbours=tuple(name for name, vpc in in_vpc.items() if vpc in vpcs and name not in wanted.functions),
        vpcs=vpcs,
        onward=_onward(resources, vpcs, _targets(tables, "VpcPeeringConnectionId"), transit),
        transit_gateways=transit,
        gateways=tuple(one.need("NatGatewayId") for one in resources["nat-gateways"])[:_MOST_GATEWAYS],
        outside=tuple(name for name in wanted.functions if name in there and name not in in_vpc),
    )


def _vpc_of(function: Record) -> str | None:
    vpc = function.record("VpcConfig")
    return vpc.text("VpcId") if vpc else None


def _targets(tables: Iterable[Record], member: str) -> tuple[str, ...]:
    found = (route.text(member) for table in tables for route in table.records("Routes"))
    return tuple(sorted({one for one in found if one}))


def _onward(
    resources: Resources, vpcs: Sequence[str], peerings: Sequence[str], transit: Sequence[str]
) -> tuple[str, ...]:
    """VPCs at the other end of these peering connections, and those attached to these transit gateways.

    Of one in another account or Region nothing can be asked here: its answers are empty.
    """
    found: list[str] = []
    for peering in resources["vpc-peering-connections"]:
        if peering.text("VpcPeeringConnectionId") in peerings:
            ends = [peering.record("RequesterVpcInfo"), peering.record("AccepterVpcInfo")]
            found += [vpc for end in ends if end is not None and (vpc := end.text("VpcId"))]
    for attachment in resources["transit-gateway-attachments"]:
        vpc = attachment.text("VpcId")
        if vpc and attachment.text("TransitGatewayId") in transit:
            found.append(vpc)
    return tuple(vpc for vpc in dict.fromkeys(found) if vpc not in vpcs)


def about_what_is_named(wanted: Wanted, region: str) -> list[Request]:
    """The first wave: the functions, or the gateways, that were named; and the quotas, which need no id."""
    found = [questions.function_state(name, region) for name in wanted.functions]
    found += [questions.function_concurrency(name, region) for name in wanted.functions]
    for name in wanted.functions:
        found += questions.function_details(name, region)
    if wanted.gateways:
        asked = questions.describe("nat-gateways", (), region, beside="named")
        found.append(replace(asked, parameters={"NatGatewayIds": list(wanted.gateways)}))
    return found + [questions.quotas(service, region) for service in QUOTAS]


def functions_by_name(wanted: Wanted, region: str) -> list[Request]:
    """Where a function's own configuration was not to be had: it stands in the list of all."""
    asked = questions.describe("functions", (), region, beside="named")
    names = questions.literal(wanted.functions)
    query = f"Functions[?contains({names}, FunctionName)].{questions.NO_ENVIRONMENT}"
    return [replace(asked, query=query)] if wanted.functions else []


def about_the_vpcs(known: Known, region: str) -> list[Request]:
    """The second wave: everything in the VPCs that the functions are in, and alarms on NAT gateways and functions."""
    if not known.vpcs:
        return []
    kinds = [name for name in AWS_FILES if name not in _LATER]
    return [*(questions.describe(kind, known.vpcs, region) for kind in kinds), questions.alarms(region)]


def about_ways_to_others(known: Known, resources: Resources, region: str) -> list[Request]:
    """Where routes lead on to other VPCs: by which connections and attachments."""
    found = []
    tables = [one for one in resources["route-tables"] if one.text("VpcId") in known.vpcs]
    peerings = _targets(tables, "VpcPeeringConnectionId")
    if peerings:
        asked = questions.describe("vpc-peering-connections", (), region)
        found.append(replace(asked, parameters={"VpcPeeringConnectionIds": list(peerings)}))
    if known.transit_gateways:
        asked = questions.describe("transit-gateway-attachments", (), region)
        filters = [{"Name": "transit-gateway-id", "Values": list(known.transit_gateways)}]
        found.append(replace(asked, parameters={"Filters": filters}))
    return found


def about_flow_logs(known: Known, resources: Resources, region: str) -> list[Request]:
    """Which flow logs there are, of these VPCs, their subnets and NAT gateways."""
    if not known.vpcs:
        return []
    subnets = [one.need("SubnetId") for one in resources["subnets"] if one.text("VpcId") in known.vpcs]
    regional = [one.need("NatGatewayId") for one in resources["nat-gateways"]]
    watched = [*known.vpcs, *regional, *subnets]
    found = []
    for number, at in enumerate(range(0, len(watched), _MOST_VALUES), 1):
        asked = questions.describe("flow-logs", (), region, beside="" if number == 1 else f"{number}")
        filters = [{"Name": "resource-id", "Values": watched[at : at + _MOST_VALUES]}]
        found.append(replace(asked, parameters={"Filter": filters}))
    return found


def about_other_vpcs(known: Known, region: str) -> list[Request]:
    """What is on the way in the VPCs that routes lead on to."""
    if not known.onward:
        return []
    return [questions.describe(kind, known.onward, region, beside="onward") for kind in _OTHER_VPCS]


def metric_requests(known: Known, wanted: Wanted, region: str, period: int) -> list[Request]:
    """The metrics of the NAT gateways and functions, in as few calls as take them."""
    functions = wanted.functions or known.neighbours
    neighbours = known.neighbours[:_MOST_NEIGHBOURS] if wanted.functions else ()
    batches = (
        ("nat-gateways", questions.nat_queries(known.gateways, NAT_METRICS)),
        ("functions", questions.function_queries(functions, LAMBDA_METRICS)),
        ("neighbours", questions.function_queries(neighbours, ("ConcurrentExecutions",))),
    )
    return [
        questions.metric_data(name, part, wanted.span, region, period)
        for kind, queries in batches
        for name, part in questions.in_batches(kind, queries)
    ]


def log_requests(wanted: Wanted, region: str) -> list[Request]:
    """The log lines of the functions that were named."""
    return [questions.caller_log(name, wanted.span, region) for name in wanted.functions[:MOST_FUNCTIONS]]


def sensor_requests(wanted: Wanted, resources: Resources, region: str) -> list[Request]:
    """The lines of the sensor, of those functions that were named and have its layer: until the last invocation of the
    time that is asked for must have written its own."""
    longest: dict[str, int] = {}
    for one in resources["functions"]:
        if any(f":layer:{LAYER}:" in (layer.text("Arn") or "") for layer in one.records("Layers")):
            name, timeout = one.need("FunctionName"), math.ceil(one.number("Timeout") or FUNCTION_TIMEOUT.value)
            longest[name] = min(FUNCTION_TIMEOUT.value, max(longest.get(name, 0), timeout))
    sensed = [name for name in wanted.functions[:MOST_FUNCTIONS] if name in longest]
    return [questions.sensor_lines(name, _longer(wanted.span, longest[name]), region) for name in sensed]


def _longer(span: Span, seconds: int) -> Span:
    return span if span.end is None else replace(span, end=span.end + seconds + 1)


def not_yet_asked(request: Request, asked: Collection[MetricQuery]) -> Request | None:
    """A request for metrics without those that were asked for in the same time before; None where none is left."""
    if request.operation != "GetMetricData":
        return request
    queries = request.parameters["MetricDataQueries"]
    assert isinstance(queries, list)
    left = [one for one in queries if questions.query_of(one) not in asked]
    return replace(request, parameters={**request.parameters, "MetricDataQueries": left}) if left else None


def metrics_in(request: Request) -> list[MetricQuery]:
    """The metrics that a request asks for; none where it asks for something else."""
    queries = request.parameters.get("MetricDataQueries") if request.operation == "GetMetricData" else None
    return [questions.query_of(one) for one in queries] if isinstance(queries, list) else []
