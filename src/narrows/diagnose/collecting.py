"""Evidence that is not in a case, and the requests to AWS that put it there.

Each request has the case's own region, ids and window in it, and says where the reader looks for its answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from narrows.aws_requests import Request
from narrows.case.cloudwatch_names import (
    ANSWERED,
    LAMBDA_DIMENSION,
    LAMBDA_METRICS,
    LAMBDA_NAMESPACE,
    NAT_DIMENSION,
    NAT_METRICS,
    NAT_NAMESPACE,
    PERIOD,
)
from narrows.case.outcomes import FAILURES
from narrows.case.reading.aws_files import AWS_FILES
from narrows.case.reading.log_words import log_filter
from narrows.diagnose.model import Missing, Need, Reason
from narrows.evidence.facts import Facts
from narrows.listing import named
from narrows.network import NatKind

_NAT_ASKED = (
    "ErrorPortAllocation",
    "ActiveConnectionCount",
    "ConnectionAttemptCount",
    "ConnectionEstablishedCount",
    "IdleTimeoutCount",
    "PacketsDropCount",
    "PacketsInFromSource",
    "PacketsInFromDestination",
    "PeakBytesPerSecond",
    "PeakPacketsPerSecond",
)
_FUNCTION_ASKED = ("Throttles", "ConcurrentExecutions", "Invocations")
_MOST_FUNCTIONS = 100
"""That one command asks about: a command is there to be read and pasted."""
_MOST_GATEWAYS = 500 // len(_NAT_ASKED)
"""GetMetricData takes 500 queries at once."""
_PARAMETERS: dict[str, dict[str, object]] = {"ListFunctions": {"FunctionVersion": "ALL"}}
"""Of operations that list resources, where they do not list everything by themselves."""
_MARGIN = 300
"""Seconds around the failures, where ``case.yaml`` names no window."""


def nat_metrics(facts: Facts, gateways: Sequence[str], why: str) -> Missing | None:
    """The metrics of NAT gateways that tell what their tables did."""
    if not gateways:
        return None
    # Those that the case has least of come first, so that the next answer asks for what this one leaves out.
    asked = sorted(gateways, key=lambda name: facts.nat(name).port_errors is not None)[:_MOST_GATEWAYS]
    queries = [
        (NAT_NAMESPACE, name, NAT_METRICS[name].stat, NAT_DIMENSION, gateway)
        for gateway in asked
        for name in _NAT_ASKED
    ]
    what = (
        f"CloudWatch metrics of {named([facts.label(one) for one in asked])}{_among(asked, gateways, 'NAT gateways')}"
    )
    return _missing(Need.NAT_METRICS, what, why, _metric_data(facts, "nat-gateways", queries))


def function_metrics(facts: Facts, why: str) -> Missing | None:
    """The metrics of the functions in question."""
    functions = _asked(facts, facts.case.functions)
    if not functions:
        return None
    queries = [
        (LAMBDA_NAMESPACE, name, LAMBDA_METRICS[name].stat, LAMBDA_DIMENSION, function)
        for function in functions
        for name in _FUNCTION_ASKED
    ]
    what = f"CloudWatch metrics of {named(functions)}{_among(functions, facts.case.functions)}"
    return _missing(Need.FUNCTION_METRICS, what, why, _metric_data(facts, "functions", queries))


def metric(facts: Facts, name: str, query: tuple[str, str, str, str, str], why: str) -> Missing:
    """One metric: (namespace, metric, statistic, dimension, value), into ``cloudwatch/NAME.results.json``."""
    return _missing(
        Need.DESTINATION_METRICS, f"CloudWatch metric {query[1]} of {query[4]}", why, _metric_data(facts, name, [query])
    )


def caller_logs(facts: Facts, why: str) -> Missing | None:
    """The log lines of the functions in question that tell of connections."""
    functions = _asked(facts, facts.case.functions)
    if not functions:
        return None
    start, end = _span(facts)
    requests = [
        Request(
            "logs",
            "FilterLogEvents",
            {
                "logGroupName": f"/aws/lambda/{function}",
                "startTime": None if start is None else start * 1000,
                "endTime": None if end is None else end * 1000,
                "filterPattern": log_filter(),
            },
            _file("callers", function, ".json"),
            facts.case.region,
        )
        for function in functions
    ]
    return _missing(
        Need.CALLER_LOGS, f"log lines of {named(functions)}{_among(functions, facts.case.functions)}", why, *requests
    )


def topology(facts: Facts, kinds: Collection[str], why: str) -> Missing | None:
    """Answers of ListFunctions and the Describe operations, by the names of ``Topology.known``."""
    wanted = [one for name, one in AWS_FILES.items() if name in kinds]
    if not wanted:
        return None
    return Missing(
        Need.TOPOLOGY,
        ", ".join(f"{one.path} ({one.operation})" for one in wanted),
        tuple(
            Request(one.folder, one.operation, _PARAMETERS.get(one.operation, {}), one.path, facts.case.region)
            for one in wanted
        ),
        (Reason(why),),
        kinds=frozenset(one.name for one in wanted),
    )


def function_states(facts: Facts, functions: Sequence[str], why: str) -> Missing | None:
    """The states of functions with their reasons, which ListFunctions leaves out."""
    if not functions:
        return None
    asked = _asked(facts, functions)
    requests = [
        Request(
            "lambda",
            "GetFunctionConfiguration",
            {"FunctionName": name},
            _file("lambda", f"function-{name}", ".json"),
            facts.case.region,
        )
        for name in asked
    ]
    return _missing(
        Need.FUNCTION_STATES,
        f"state of {named(asked)}{_among(asked, functions)} (GetFunctionConfiguration)",
        why,
        *requests,
    )


def quotas(facts: Facts, service: str, why: str) -> Missing:
    """The applied quotas of an AWS service."""
    asked = Request(
        "service-quotas", "ListServiceQuotas", {"ServiceCode": service}, "service-quotas.json", facts.case.region
    )
    return _missing(Need.QUOTAS, "service-quotas.json (ListServiceQuotas)", why, asked)


def flow_logs(facts: Facts, why: str) -> Missing | None:
    """Flow logs of the subnets that the functions in question are attached to, and of the NAT gateways on their way."""
    from narrows.flowlogs.creating import BUCKET, flow_log_request

    attached = {key.subnet for key in facts.ways.keys}
    if not attached or facts.flow_logs is not None:
        return None
    gateways = [facts.ways.network.nat_gateways.get(name) for name in facts.ways.gateways]
    regional = [one.name for one in gateways if one is not None and one.kind is NatKind.REGIONAL]
    standing = facts.case.topology.nat_subnets
    subnets = sorted(attached | {standing[name] for name in facts.ways.gateways if name in standing})
    of_kinds = {"Subnet": subnets, "RegionalNatGateway": regional}
    requests = tuple(flow_log_request(kind, ids, facts.case.region) for kind, ids in of_kinds.items() if ids)
    what = (
        f"flow logs of {named([*subnets, *regional])}, every 60 s: put your bucket for {BUCKET}, and copy its files of "
        "the next load to flow-logs/"
    )
    return Missing(Need.FLOW_LOGS, what, requests, (Reason(why),), unusable_flow_logs(facts))


def unusable_flow_logs(facts: Facts) -> str:
    """Why the flow logs that are there do not do, in words; empty where no rule looked for them in vain."""
    if not facts.flow_logs_unusable:
        return ""
    # Exports of CloudWatch Logs have no header.
    told = "case.yaml may say the fields of those without a header: flow_logs: {format: ...}"
    return f"those in flow-logs/ cannot be used ({facts.flow_logs_unusable}; {told})"


def _missing(kind: Need, what: str, why: str, *requests: Request) -> Missing:
    return Missing(kind, what, requests, (Reason(why),))


def _metric_data(facts: Facts, name: str, queries: Sequence[tuple[str, str, str, str, str]]) -> Request:
    asked = [
        {
            "Id": f"m{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": metric_name,
                    "Dimensions": [{"Name": dimension, "Value": value}],
                },
                "Period": PERIOD,
                "Stat": stat,
            },
        }
        for index, (namespace, metric_name, stat, dimension, value) in enumerate(queries, 1)
    ]
    start, end = map(_iso, _span(facts))
    parameters: dict[str, object] = {"StartTime": start, "EndTime": end, "MetricDataQueries": asked}
    file = _file("cloudwatch", f"narrows-{name}", ANSWERED)
    return Request("cloudwatch", "GetMetricData", parameters, file, facts.case.region)


def _span(facts: Facts) -> tuple[int, int] | tuple[None, None]:
    """The time to ask about, seconds since 1970; None where the case does not tell."""
    if facts.window is not None:
        return facts.window
    failed = facts.symptoms.span(*FAILURES)
    return (None, None) if failed is None else (failed[0] - _MARGIN, failed[1] + _MARGIN)


def _iso(moment: int | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _file(folder: str, name: str, ending: str) -> str:
    """A file of the case for something whose name comes from outside."""
    return f"{folder}/{re.sub(r'[^A-Za-z0-9._-]', '_', name).lstrip('.-') or 'unnamed'}{ending}"


def _asked(facts: Facts, functions: Sequence[str]) -> Sequence[str]:
    """The functions that a command asks about: of very many, those with the most failures."""
    if len(functions) <= _MOST_FUNCTIONS:
        return functions
    return sorted(functions, key=lambda name: -facts.symptoms.total(*FAILURES, function=name))[:_MOST_FUNCTIONS]


def _among(asked: Sequence[str], every: Sequence[str], what: str = "functions") -> str:
    """What is to be known of a command that does not ask for all."""
    if len(asked) == len(every):
        return ""
    others = "; for others write functions: [NAME] into case.yaml" if what == "functions" else ""
    return f" ({len(asked)} of {len(every):,} {what}{others})"
