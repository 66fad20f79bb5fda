"""NAT gateways without an alarm on the only metric that tells of refused connections."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_DIMENSION, NAT_NAMESPACE, NAT_PORT_ERRORS
from narrows.lint.rule import Found, Rule, Severity, Unchecked
from narrows.lint.subject import Subject


def check(subject: Subject) -> Iterator[Found | Unchecked]:
    """Files that hold alarms should hold this one; where they hold none, alarms may stand elsewhere."""
    if subject.alarms is None:
        return
    watched, unsure = _watched(subject)
    for nat in subject.nats.values():
        # An alarm that looks elsewhere was meant for one of the gateways: other rules tell of it.
        if not nat.sure or nat.key in watched or None in watched:
            continue
        if NAT_PORT_ERRORS in subject.left_out:
            yield Unchecked(
                nat, f"an alarm on {NAT_PORT_ERRORS} has a condition that does not hold with these parameters"
            )
        elif unsure or not subject.whole:
            yield Unchecked(nat, "not every alarm is known: one may be there")
        else:
            severity = Severity.WARNING if subject.alarms else Severity.INFO
            yield Found(nat, f"{nat.label} has no alarm on {NAT_PORT_ERRORS}", severity=severity)


def _watched(subject: Subject) -> tuple[set[str | None], bool]:
    """(The gateways that an alarm is on, with None for one that looks elsewhere; whether there may be others.)"""
    watched: set[str | None] = set()
    unsure = False
    for alarm in subject.alarms or ():
        if alarm.metric is None or alarm.namespace is None or alarm.dimensions is None:
            unsure = True
        elif alarm.metric == NAT_PORT_ERRORS:
            value = alarm.dimensions.get(NAT_DIMENSION)
            misses = alarm.namespace != NAT_NAMESPACE or NAT_DIMENSION not in alarm.dimensions
            watched.update([None] if misses else [] if value is None else [value])
            unsure |= not misses and (value is None or value not in subject.nats)
    return watched, unsure


RULE = Rule(
    "no-port-alarm",
    Severity.WARNING,
    "A NAT gateway has no alarm on ErrorPortAllocation.",
    "When a gateway is out of ports connections time out, and this metric alone tells it.",
    "Add an alarm in AWS/NATGateway on ErrorPortAllocation, Sum above 0, with the gateway's NatGatewayId.",
    check,
)
