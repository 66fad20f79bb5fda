"""What a line of a Lambda log says about a connection."""

from __future__ import annotations

import re

from narrows.case.model import CallerOutcome

# One expression for each outcome, tried in this order: the first that matches names it. They are the words of Lambda
# itself, Python (socket, urllib3, botocore, requests, redis), Node.js, Java, Go and gRPC. Those that can only mean one
# thing come before those that can mean two.
_WORDS: tuple[tuple[CallerOutcome, str], ...] = (
    (CallerOutcome.NO_DESCRIPTOR, r"\bEMFILE\b|[Tt]oo many open files|\bENFILE\b"),
    (
        CallerOutcome.NO_NAME,
        (
            r"\bENOTFOUND\b|\bEAI_AGAIN\b|\bEAI_NONAME\b|Name or service not known|Temporary failure in name resolution"
            r"|nodename nor servname|UnknownHostException|\bgaierror\b|NameResolutionError|no such host"
            r"|(?:DNS|[Nn]ame) resolution failed|Could not resolve host"
        ),
    ),
    (
        CallerOutcome.REFUSED,
        r"\bECONNREFUSED\b|[Cc]onnection refused|ConnectionRefusedError|actively refused",
    ),
    (
        CallerOutcome.ANSWER_TIMED_OUT,
        (
            r"\bReadTimeout\b|ReadTimeoutError|ReadTimeoutException|\bESOCKETTIMEDOUT\b|[Rr]ead timed out"
            r"|[Rr]ead operation timed out|\bread ETIMEDOUT\b|\bread tcp\b|Timeout reading from"
            r"|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT"
        ),
    ),
    (
        CallerOutcome.TIMED_OUT,
        (
            r"\bConnectTimeout\b|ConnectTimeoutError|ConnectTimeoutException|ConnectionTimeoutError|[Cc]onnect timeout"
            r"|UND_ERR_CONNECT_TIMEOUT|[Cc]onnection timed out|[Cc]onnect timed out|[Cc]onnecting timed out"
            r"|Timeout connecting to|[Cc]onnection attempt timed out|Errno 110\]|dial tcp\b[^\n]{0,300}?i/o timeout"
            r"|[Ff]ailed to connect to all addresses|UNAVAILABLE[^\n]{0,300}?[Ff]ailed to connect"
            r"|[Uu]nable to connect[^\n]{0,300}?timed? ?out|waiting for (?:LB pick|connection)"
        ),
    ),
    (
        CallerOutcome.RESET,
        (
            r"\bECONNRESET\b|\bEPIPE\b|[Cc]onnection reset|ConnectionResetError|[Bb]roken pipe|BrokenPipeError"
            r"|socket hang up|Connection aborted|RemoteDisconnected|Connection closed by (?:peer|server)"
        ),
    ),
    (
        CallerOutcome.ANSWER_TIMED_OUT,
        r"SocketTimeoutException|DEADLINE_EXCEEDED|[Dd]eadline [Ee]xceeded|DeadlineExceeded",
    ),
    (CallerOutcome.TIMED_OUT, r"\bETIMEDOUT\b|socket\.timeout|TimeoutError: timed out"),
)
_OUTCOME_OF = [(re.compile(words), outcome) for outcome, words in _WORDS]
_HINTS = re.compile(
    r"[Tt]ime(?:d |-)?out|TIMEDOUT|TIMEOUT|EMFILE|ENFILE|[Tt]oo many|ENOTFOUND|EAI_|ame or service|resol|nodename"
    r"|UnknownHost|gaierror|no such host|ECONN|refused|[Rr]eset|EPIPE|[Pp]ipe|hang up|aborted|RemoteDisc|closed by"
    r"|ead tcp|ailed to connect|Errno 110|waiting for|EADLINE|eadline"
)
"""Every line that says something has one of these: one cheap look that passes over nearly all lines."""

DEADLINE = re.compile(r"DEADLINE_EXCEEDED|[Dd]eadline [Ee]xceeded|DeadlineExceeded")
"""What gRPC says of a call that took too long, whether its connect or its answer did."""
TASK_TIMED_OUT = re.compile(r"Task timed out after \d")
REPORT_TIMED_OUT = re.compile(r"^REPORT RequestId:.*\bStatus: timeout\b|\"platform\.\w+\".*\"status\":\s*\"timeout\"")
REQUEST = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
"""A request id."""


def outcome_of(line: str) -> CallerOutcome | None:
    """The outcome of a connection that a line tells of, or None."""
    if _HINTS.search(line) is None:
        return None
    return next((outcome for words, outcome in _OUTCOME_OF if words.search(line)), None)
