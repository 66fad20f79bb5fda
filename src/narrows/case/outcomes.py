"""What a caller can see of a connection, and all that is to be known of it: a new outcome is one more member here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AboutOutcome:
    """What is to be said of an outcome, and what follows from it."""

    was: str
    """What a sentence says of one connect: ``timed out``, ``was refused``."""
    were: str
    """The same of several."""
    label: str
    """In the legend of a chart."""
    colour: str
    """A CSS variable of the report's page."""
    failed: bool = False
    """Whether the connection failed, and the outcome says of what."""
    ambiguous: bool = False
    """Whether something else may have failed: a hanging connect is one of many reasons for it."""
    syn_sent: bool = False
    """Whether it is an attempt whose SYN was sent: who counts SYNs has counted it."""
    never_opened: bool = False
    """Whether a connection was wanted, and there was none."""
    report: str = ""
    """What an incident is reported with: ``time-outs``."""
    words: re.Pattern[str] | None = None
    """By which a report in free text is known to tell of it; None where no words do."""
    of: str = "connect"
    """What it happens to."""

    def told_of(self, number: int) -> str:
        """``1 connect was refused``, ``35,000 connects timed out``"""
        return f"1 {self.of} {self.was}" if number == 1 else f"{number:,} {self.of}s {self.were}"


class CallerOutcome(StrEnum):
    """What a caller saw. The value is the word for it in a case; charts stack outcomes in this order."""

    _value_: str
    about: AboutOutcome

    def __new__(cls, value: str, about: AboutOutcome | None = None) -> CallerOutcome:
        # Left out only where a member is looked up by its value, which makes none.
        assert about is not None, value
        member = str.__new__(cls, value)
        member._value_, member.about = value, about
        return member

    ESTABLISHED = (
        "established",
        AboutOutcome("was established", "were established", "established", "--chart-3", syn_sent=True),
    )
    TIMED_OUT = (
        "timed_out",
        AboutOutcome(
            "timed out",
            "timed out",
            "connect timed out",
            "--chart-bad",
            failed=True,
            syn_sent=True,
            never_opened=True,
            report="time-outs",
            words=re.compile(r"(?<!handshake )time[sd]?[ -]?out", re.I),
        ),
    )
    """The connect timed out."""
    INVOCATION_TIMED_OUT = (
        "invocation_timed_out",
        AboutOutcome(
            "was cut off with its invocation",
            "were cut off with their invocations",
            "invocation timed out",
            "--chart-5",
            ambiguous=True,
            never_opened=True,
        ),
    )
    """``Task timed out after``: the invocation ended before its connect did, or for any other reason."""
    ANSWER_TIMED_OUT = (
        "answer_timed_out",
        AboutOutcome(
            "waited for an answer in vain",
            "waited for an answer in vain",
            "answer timed out",
            "--chart-6",
            ambiguous=True,
        ),
    )
    """A read on an open connection timed out."""
    REFUSED = (
        "refused",
        AboutOutcome(
            "was refused",
            "were refused",
            "refused",
            "--chart-2",
            failed=True,
            syn_sent=True,
            never_opened=True,
            report="refused connections",
            words=re.compile(r"refus|ECONNREFUSED", re.I),
        ),
    )
    RESET = (
        "reset",
        AboutOutcome(
            "was reset",
            "were reset",
            "reset",
            "--chart-4",
            failed=True,
            report="resets",
            words=re.compile(r"\breset|ECONNRESET|hang up|broken pipe", re.I),
            of="connection",
        ),
    )
    """An open connection was reset: its SYN is that of the connect that was established before."""
    NO_DESCRIPTOR = (
        "no_descriptor",
        AboutOutcome(
            "found no free file descriptor (EMFILE)",
            "found no free file descriptor (EMFILE)",
            "no file descriptor",
            "--chart-1",
            failed=True,
            never_opened=True,
            report="missing file descriptors",
            words=re.compile(r"EMFILE|too many open files|descriptor", re.I),
        ),
    )
    """EMFILE: too many open files."""
    NO_NAME = (
        "no_name",
        AboutOutcome(
            "failed to resolve the name",
            "failed to resolve the name",
            "name not resolved",
            "--chart-13",
            failed=True,
            never_opened=True,
            report="names that could not be resolved",
            words=re.compile(r"ENOTFOUND|EAI_AGAIN|resol(ve|ution)|\bDNS\b", re.I),
        ),
    )
    """The name could not be resolved."""
    DESTINATION_FULL = (
        "destination_full",
        AboutOutcome(
            "was turned away by a full destination",
            "were turned away by a full destination",
            "destination full",
            "--chart-7",
            failed=True,
            syn_sent=True,
            never_opened=True,
            report="too many connections",
            words=re.compile(r"too many (open )?(connection|client)|max_?(connection|client)|connection slot", re.I),
        ),
    )
    """The destination itself said that it takes no more connections, on one that it had accepted to say so."""
    TLS_TIMED_OUT = (
        "tls_timed_out",
        AboutOutcome(
            "timed out in the TLS handshake",
            "timed out in the TLS handshake",
            "TLS handshake timed out",
            "--chart-8",
            failed=True,
            syn_sent=True,
            never_opened=True,
            report="TLS handshake timeouts",
            words=re.compile(r"(TLS|SSL) ?handshake|handshake time[sd]?[ -]?out", re.I),
        ),
    )
    """TCP was connected, and the TLS handshake was not answered in time."""
    TLS_CUT = (
        "tls_cut",
        AboutOutcome(
            "was cut in the TLS handshake",
            "were cut in the TLS handshake",
            "TLS handshake cut",
            "--chart-12",
            failed=True,
            syn_sent=True,
            never_opened=True,
            report="TLS handshakes that are cut",
            words=re.compile(r"before (secure )?TLS|(TLS|SSL) handshakes? .{0,20}\bcut", re.I),
        ),
    )
    """TCP was connected, and the other side closed the connection before TLS was up."""
    UNREACHABLE = (
        "unreachable",
        AboutOutcome(
            "found no way to the address",
            "found no way to the address",
            "unreachable",
            "--chart-9",
            failed=True,
            never_opened=True,
            report="unreachable hosts or networks",
            words=re.compile(r"unreachable|E(NET|HOST)UNREACH|no route to host", re.I),
        ),
    )
    """ENETUNREACH or EHOSTUNREACH: no route, or a host that none answers for. Whether a SYN was sent is not known."""
    POLICY_DENIED = (
        "policy_denied",
        AboutOutcome(
            "was denied by an endpoint policy",
            "were denied by an endpoint policy",
            "denied by endpoint policy",
            "--chart-10",
            failed=True,
            report="denials by an endpoint policy",
            words=re.compile(r"endpoint policy", re.I),
            of="request",
        ),
    )
    """A VPC endpoint's policy does not allow the action: the connection is open, and was counted when it opened."""
    CLOSED_IDLE = (
        "closed_idle",
        AboutOutcome(
            "was closed while it lay idle",
            "were closed while they lay idle",
            "closed while idle",
            "--chart-11",
            failed=True,
            report="closed idle connections",
            words=re.compile(r"wait_timeout|inactivity|idle[ -]?session|idle connection", re.I),
            of="connection",
        ),
    )
    """The peer closed an open connection because nothing used it, and says so: it was counted when it opened."""


FAILURES = tuple(one for one in CallerOutcome if one.about.failed)
"""Outcomes that say by themselves what failed."""
AMBIGUOUS = tuple(one for one in CallerOutcome if one.about.ambiguous)
"""Outcomes that a hanging connect is one of many reasons for."""
TRIED = tuple(one for one in CallerOutcome if not one.about.ambiguous)
"""Outcomes of connects of which it is known how they ended."""
NEVER_OPENED = tuple(one for one in CallerOutcome if one.about.never_opened)
"""Outcomes of connections that were wanted and that there were none of."""
