"""Alarms whose threshold lets connections fail first."""

from __future__ import annotations

from collections.abc import Iterator

from narrows.case.cloudwatch_names import NAT_DIMENSION, NAT_NAMESPACE, NAT_OPEN, NAT_PORT_ERRORS
from narrows.limits import NAT_CONNECTIONS_PER_DESTINATION
from narrows.lint.rule import Found, Rule, Severity
from narrows.lint.subject import AlarmSeen, Subject
from narrows.network import NatKind


def check(subject: Subject) -> Iterator[Found]:
    """ErrorPortAllocation above 0 is a failed connection; ActiveConnectionCount counts all destinations together, and
    one of them may hold them all."""
    for alarm in subject.alarms or ():
        threshold = alarm.threshold
        if alarm.namespace != NAT_NAMESPACE or threshold is None:
            continue
        if alarm.metric == NAT_PORT_ERRORS:
            silent = _silent(alarm, threshold)
            if silent >= 1:
                what = f"{alarm.label} is silent while up to {silent:,.0f} connections fail in a period"
                yield Found(alarm, what, "compare with GreaterThanThreshold and 0")
        elif alarm.metric == NAT_OPEN and (alarm.comparison or "").startswith("GreaterThan"):
            nat = subject.nats.get((alarm.dimensions or {}).get(NAT_DIMENSION) or "")
            if nat is None or nat.addresses is None or nat.kind is NatKind.REGIONAL:
                continue
            capacity = nat.addresses * NAT_CONNECTIONS_PER_DESTINATION.value
            if threshold >= capacity:
                what = (
                    f"{alarm.label} fires above {threshold:,.0f} connections, and {nat.label} is full for one unique "
                    f"destination at {capacity:,}"
                )
                yield Found(alarm, what, f"where most connections are to one destination, stay below {capacity:,}")


def _silent(alarm: AlarmSeen, threshold: float) -> float:
    """The most failed connections of a period of which it says nothing."""
    if alarm.comparison == "GreaterThanThreshold":
        return threshold
    return threshold - 1 if alarm.comparison == "GreaterThanOrEqualToThreshold" else 0


RULE = Rule(
    "alarm-threshold",
    Severity.INFO,
    "An alarm's threshold lets connections fail before it fires.",
    "Each ErrorPortAllocation is a connection that failed; a gateway can be full for one destination long before the "
    "sum over all destinations is large.",
    "Alarm on ErrorPortAllocation above 0, and on ActiveConnectionCount below the gateway's limit to one destination.",
    check,
)
