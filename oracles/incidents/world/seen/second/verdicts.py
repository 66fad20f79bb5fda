"""What experts say, in few words: the verdicts of the second writer's incidents."""

from __future__ import annotations

from oracles.incidents.world import Expert, Headline

BLOCKED = "route-or-rule-blocked"
SILENT = "destination-not-answering"
REFUSING = "destination-refusing"
FULL = "destination-connection-limit"
NAT = "nat-port-exhaustion"
ENI = "hyperplane-eni-exhaustion"
DESCRIPTORS = "descriptor-exhaustion"
DNS = "dns-failure"
IDLE = "idle-timeout-reset"
TLS = "tls-handshake-timeout"
BANDWIDTH = "nat-bandwidth"
THROTTLED = "lambda-throttling"
QUOTA = "eni-quota-or-address-shortage"


def named(cause: str, because: str, *, says: tuple[str, ...] = (), also: tuple[str, ...] = ()) -> Expert:
    """One cause is named; ``also`` are further ones at work that must not be ruled out."""
    return Expert((cause,), (cause, *also), Headline.NAMED, because, says)


def either_of(because: str, *causes: str, says: tuple[str, ...] = ()) -> Expert:
    """Several causes are at work or likely, and any of them may be named."""
    return Expert(causes, causes, Headline.NAMED, because, says)


def left_open(because: str, *causes: str) -> Expert:
    """The evidence cannot settle it; ``causes`` must not be ruled out."""
    return Expert((), causes, Headline.OPEN, because)


def may_be(cause: str, because: str, *causes: str) -> Expert:
    """As far as the evidence goes the cause may be named, or it may be left open."""
    return Expert((cause,), (cause, *causes), Headline.OPEN, because)


def all_clear(because: str) -> Expert:
    """Nothing on the path is wrong."""
    return Expert((), (), Headline.CLEAR, because)


def no_name(because: str, *causes: str) -> Expert:
    """No cause can be named; to say that all is clear, or to leave it open, is right."""
    return Expert((), causes, Headline.EITHER, because)
