"""What a line of a Lambda log says about a connection."""

from __future__ import annotations

import re
from collections.abc import Iterator

from narrows.case.model import CallerOutcome

# The words of Lambda itself, Python (socket, urllib3, botocore, requests, httpx, aiohttp, redis, psycopg, PyMySQL),
# Node.js (with the AWS SDK for JavaScript and node-postgres), Java, .NET, Go and gRPC, a line for each outcome and in
# this order: those that can only mean one thing come before those that can mean two. ``a & b`` needs both; a word in
# capitals or CamelCase must stand there as such, by itself; # is a number; the rest is compared in lower case.
WORDS = """
destination_full: max number of clients reached | sorry, too many clients already | remaining connection slots are
destination_full: ER_CON_COUNT_ERROR | no more connections allowed (max_client_conn) | too many open connections
destination_full: (1040, & too many connections | error 1040 & too many connections
policy_denied: because no vpc endpoint policy allows
tls_timed_out: tls handshake timeout | handshake operation timed out
unreachable: ENETUNREACH | EHOSTUNREACH | no route to host | network is unreachable
no_descriptor: EMFILE | ENFILE | too many open files
no_name: ENOTFOUND | EAI_AGAIN | EAI_NONAME | UnknownHostException | NameResolutionError | gaierror
no_name: name or service not known | failure in name resolution | nodename nor servname | no such host
no_name: dns resolution failed | name resolution failed | could not resolve host
refused: ECONNREFUSED | ConnectionRefusedError | connection refused | actively refused
answer_timed_out: ReadTimeout | ReadTimeoutError | ReadTimeoutException | ESOCKETTIMEDOUT | UND_ERR_HEADERS_TIMEOUT
answer_timed_out: UND_ERR_BODY_TIMEOUT | read timed out | read operation timed out | read etimedout
answer_timed_out: timeout reading from | read tcp & i/o timeout | read tcp & timed out
answer_timed_out: connection timed out after # ms | connection timed out after #ms | timed out after # ms of inactivity
answer_timed_out: [error] a request has exceeded the configured | connection timeout expired & period elapsed
timed_out: ConnectTimeout | ConnectTimeoutError | ConnectTimeoutException | ConnectionTimeoutError
timed_out: UND_ERR_CONNECT_TIMEOUT | connect timeout on | connect timeout error | connection timed out
timed_out: connect timed out | connecting timed out | timeout connecting to | connection attempt timed out
timed_out: errno 110] | dial tcp & i/o timeout | unable to connect & timed out | unable to connect & timeout
timed_out: timed out without establishing a connection | did not establish a connection with the server within
timed_out: connection timeout expired | connection to server at & failed: timeout expired | connection timeout to host
timed_out: OperationalError: timeout expired | OperationalError) timeout expired | OperationalError & "timeout expired
timed_out: can't connect to mysql server & (timed out) | connection terminated due to connection timeout
timed_out: failed to connect to all addresses | UNAVAILABLE & failed to connect | waiting for lb pick
reset: ECONNRESET | EPIPE | ConnectionResetError | BrokenPipeError | RemoteDisconnected | connection reset
reset: broken pipe | socket hang up | connection aborted | connection closed by peer | connection closed by server
reset: connection was closed before we received a valid response
answer_timed_out: SocketTimeoutException | DEADLINE_EXCEEDED | DeadlineExceeded | deadline exceeded
timed_out: ETIMEDOUT | socket.timeout | timeouterror: timed out
"""
_OF_A_POOL = "queuepool limit"
"""A pool of connections in the function itself that ran out of them: no connection was tried."""


def _rules() -> Iterator[tuple[str, str | None, re.Pattern[str] | None, CallerOutcome]]:
    for line in WORDS.strip().splitlines():
        outcome, _, alternatives = line.partition(": ")
        for words in alternatives.split(" | "):
            first, _, second = words.partition(" & ")
            pattern = None
            if "#" in first:
                pattern = re.compile(re.escape(first).replace(r"\#", r"\d+"), re.IGNORECASE)
            elif first != first.lower():
                # A setting, such as ConnectTimeout=5, is no failure.
                pattern = re.compile(rf"\b{re.escape(first)}\b(?!\s*[=:]\s*\d)")
            yield first.lower().partition("#")[0], second or None, pattern, CallerOutcome(outcome)


_RULES = tuple(_rules())

DEADLINE = re.compile(
    r"DEADLINE_EXCEEDED|[Dd]eadline [Ee]xceeded|DeadlineExceeded"
    r"|[Cc]onnection timed out after \d+ ?ms|timed out after \d+ ms of inactivity|a request has exceeded the configured"
)
"""What gRPC and the AWS SDK for JavaScript say of a call that took too long, whether its connect or its answer did."""
_TASK_TIMED_OUT = re.compile(r"Task timed out after \d")
_REPORT_TIMED_OUT = re.compile(r"REPORT RequestId:.*\bStatus: timeout\b")
_PLATFORM_EVENT = re.compile(r"\"platform\.\w+\"")
_STATUS_TIMEOUT = re.compile(r"\"status\":\s*\"timeout\"")
REQUEST = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
"""A request id."""


def invocation_timed_out(line: str) -> bool:
    """Whether Lambda says that an invocation ran into its timeout, as text or as JSON."""
    if _TASK_TIMED_OUT.search(line) or _REPORT_TIMED_OUT.match(line):
        return True
    # One after the other: a pattern of both would look for the second from every place where the first is.
    event = _PLATFORM_EVENT.search(line)
    return event is not None and _STATUS_TIMEOUT.search(line, event.end()) is not None


def outcome_of(line: str) -> CallerOutcome | None:
    """The outcome of a connection that a line tells of, or None."""
    lowered = line.lower()
    for first, second, pattern, outcome in _RULES:
        if first in lowered and (second is None or second in lowered) and (pattern is None or pattern.search(line)):
            return None if _OF_A_POOL in lowered else outcome
    return None
