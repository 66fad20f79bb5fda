"""NAT gateways without an alarm on the only metric that tells of refused connections."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_DIMENSION, NAT_NAMESPACE
from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import NatSeen, Subject

_METRIC = "ErrorPortAllocation"


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """Files that hold alarms should hold this one; where they hold none, alarms may stand elsewhere."""
    for nat in subject.nats.values():
        if not nat.sure or subject.alarms is None:
            continue
        watched = _watched(subject, nat)
        if watched is None or (not watched and not subject.whole):
            yield Unchecked(nat, "not everything in the files was understood: an alarm may be there")
        elif not watched:
            severity = Severity.WARNING if subject.alarms else Severity.INFO
            yield Found(nat, f"{nat.label} has no alarm on {_METRIC}", severity=severity)


def _watched(subject: Subject, nat: NatSeen) -> bool | None:
    """Whether an alarm is on it, or on what another rule says of it; None where one may be."""
    unsure = False
    for alarm in subject.alarms or ():
        if alarm.metric is None or alarm.namespace is None or alarm.dimensions is None:
            unsure = True
        elif alarm.metric == _METRIC:
            value = alarm.dimensions.get(NAT_DIMENSION)
            if value == nat.key or alarm.namespace != NAT_NAMESPACE or NAT_DIMENSION not in alarm.dimensions:
                return True
            unsure |= value is None or value not in subject.nats
    return None if unsure else False


RULE = Rule(
    "no-port-alarm",
    Severity.WARNING,
    "A NAT gateway has no alarm on ErrorPortAllocation.",
    "When a gateway is out of ports connections time out, and this metric alone tells it.",
    "Add an alarm in AWS/NATGateway on ErrorPortAllocation, Sum above 0, with the gateway's NatGatewayId.",
    check,
)
