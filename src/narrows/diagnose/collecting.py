"""Evidence that is not in a case, and the requests to AWS that put it there.

Each request has the case's own region, ids and window in it, and says where the reader looks for its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from narrows.aws import questions
from narrows.aws.questions import MetricQuery, Span
from narrows.aws.requests import Request
from narrows.case.outcomes import FAILURES
from narrows.case.reading.aws_files import AWS_FILES
from narrows.diagnose.model import Missing, Need, Reason
from narrows.evidence.facts import Facts
from narrows.limits import GET_METRIC_DATA_METRICS
from narrows.listing import named
from narrows.network import NatKind

_MOST_FUNCTIONS = 100
"""That one command asks about: a command is there to be read and pasted."""
_MOST_GATEWAYS = GET_METRIC_DATA_METRICS.value // len(questions.NAT_ASKED)
_MARGIN = 300
"""Seconds around the failures, where ``case.yaml`` names no window."""


def nat_metrics(facts: Facts, gateways: Sequence[str], why: str) -> Missing | None:
    """The metrics of NAT gateways that tell what their tables did."""
    if not gateways:
        return None
    # Those that the case has least of come first, so that the next answer asks for what this one leaves out.
    asked = sorted(gateways, key=lambda name: facts.nat(name).port_errors is not None)[:_MOST_GATEWAYS]
    what = (
        f"CloudWatch metrics of {named([facts.label(one) for one in asked])}{_among(asked, gateways, 'NAT gateways')}"
    )
    return _missing(Need.NAT_METRICS, what, why, _metric_data(facts, "nat-gateways", questions.nat_queries(asked)))


def function_metrics(facts: Facts, why: str) -> Missing | None:
    """The metrics of the functions in question."""
    functions = _asked(facts, facts.case.functions)
    if not functions:
        return None
    what = f"CloudWatch metrics of {named(functions)}{_among(functions, facts.case.functions)}"
    return _missing(
        Need.FUNCTION_METRICS, what, why, _metric_data(facts, "functions", questions.function_queries(functions))
    )


def metrics(facts: Facts, name: str, queries: Sequence[MetricQuery], why: str) -> Missing | None:
    """One metric of some resources, into ``cloudwatch/narrows-NAME.results.json``; None where there is none to ask."""
    if not queries:
        return None
    what = f"CloudWatch metric {queries[0].metric} of {named([one.resource for one in queries])}"
    return _missing(Need.DESTINATION_METRICS, what, why, _metric_data(facts, name, queries))


def nodes_of_group(facts: Facts, group: str, why: str) -> Missing:
    """The nodes of a replication group of ElastiCache."""
    asked = questions.replication_group(group, facts.case.region)
    return _missing(Need.DESTINATION_METRICS, f"{asked.file} ({asked.operation})", why, asked)


def caller_logs(facts: Facts, why: str) -> Missing | None:
    """The log lines of the functions in question that tell of connections."""
    functions = _asked(facts, facts.case.functions)
    if not functions:
        return None
    requests = [questions.caller_log(function, _span(facts), facts.case.region) for function in functions]
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
        tuple(questions.describe(one.name, facts.case.topology.vpcs, facts.case.region) for one in wanted),
        (Reason(why),),
        kinds=frozenset(one.name for one in wanted),
    )


def function_states(facts: Facts, functions: Sequence[str], why: str) -> Missing | None:
    """The states of functions with their reasons, which ListFunctions leaves out."""
    if not functions:
        return None
    asked = _asked(facts, functions)
    requests = [questions.function_state(name, facts.case.region) for name in asked]
    return _missing(
        Need.FUNCTION_STATES,
        f"state of {named(asked)}{_among(asked, functions)} (GetFunctionConfiguration)",
        why,
        *requests,
    )


def quotas(facts: Facts, service: str, why: str) -> Missing:
    """The applied quotas of an AWS service."""
    asked = questions.quotas(service, facts.case.region)
    return _missing(Need.QUOTAS, f"{asked.file} (ListServiceQuotas)", why, asked)


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


def _metric_data(facts: Facts, name: str, queries: Sequence[MetricQuery]) -> Request:
    return questions.metric_data(name, queries, _span(facts), facts.case.region)


def _span(facts: Facts) -> Span:
    """The time to ask about."""
    if facts.window is not None:
        return Span(*facts.window)
    failed = facts.symptoms.span(*FAILURES)
    return Span(None, None) if failed is None else Span(failed[0] - _MARGIN, failed[1] + _MARGIN)


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
