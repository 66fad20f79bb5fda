"""The server: HTTP, its faults, and what it was asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.aws import (
    changing_functions,
    changing_gateways,
    changing_groups,
    changing_subnets,
    destinations,
    ec2,
    errors,
    functions,
    identity,
    logs,
    metrics,
    quotas,
    storage,
)
from tests.aws.account import Account, after
from tests.aws.asked import Asked, Handler, Raw
from tests.aws.errors import AwsError
from tests.aws.protocol import Request, Understood, answer, done, problems, refusal, understand

OPERATIONS: Mapping[str, Mapping[str, Handler]] = {
    **destinations.OPERATIONS,
    "cloudwatch": metrics.OPERATIONS,
    "ec2": ec2.OPERATIONS,
    "lambda": functions.OPERATIONS,
    "logs": logs.OPERATIONS,
    "s3": storage.OPERATIONS,
    "service-quotas": quotas.OPERATIONS,
    "sts": identity.OPERATIONS,
}
"""What answers, by service and operation as botocore calls them."""

CHANGING: Mapping[str, Mapping[str, Handler]] = {
    "ec2": {**changing_gateways.OPERATIONS, **changing_groups.OPERATIONS, **changing_subnets.OPERATIONS},
    "lambda": changing_functions.OPERATIONS,
    "service-quotas": changing_functions.QUOTAS,
}
"""What answers as well where the account may be changed: in memory alone, the folder stays as it is."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong."""

    throttle_every: int = 0
    """Every n-th call is throttled; 0: none."""
    denied: frozenset[str] = frozenset()
    """IAM actions that no policy allows (``ec2:DescribeSubnets``); ``*`` stands for any characters."""
    dies_after: int | None = None
    """After so many calls every connection is closed without an answer."""
    credentials: str = "valid"
    """Or ``expired``, ``invalid``, ``skewed`` (the caller's clock is), ``region-off`` (not opted in)."""
    repeats_page: frozenset[str] = frozenset()
    """Operations whose token leads to the same page with the same token, for ever."""
    breaks_page: frozenset[str] = frozenset()
    """Operations whose answer ends in the middle, and the connection with it."""
    is_unsure: bool = False
    """A metric that the case does not hold cannot be had (``InternalError``): AWS may have it, and the case tells
    nothing of it. Without this it is one that nothing was ever recorded of, as AWS answers for any name."""
    slow: float = 0.0
    """Seconds before each answer."""
    page: int | None = None
    """Items of a page at most (datapoints of GetMetricData, events that FilterLogEvents looks through)."""


@dataclass(frozen=True)
class Call:
    """What the server was asked, and how it answered."""

    service: str
    """As botocore calls it."""
    operation: str
    parameters: dict[str, Any]
    region: str
    status: int
    """Of HTTP; 0 where no answer came."""
    error: str | None
    """The error's code."""

    @property
    def action(self) -> str:
        """The IAM action: ``ec2:DescribeSubnets``, ``s3:ListBucket``."""
        return errors.action(self.service, self.operation)


class AwsServer:
    """A server on 127.0.0.1 that answers as AWS does, for what a case folder holds.

    Signatures are not verified; their scope tells service and Region. As a context manager it raises
    ``AssertionError`` at the end where an answer did not have the shape that botocore's model gives it.

    Args:
        case: the folder.
        faults: what goes wrong; may be set anew while the server runs.
        now: its clock; ten minutes after the case's window where left out.
        account: twelve digits.
        port: to listen on; a free one where left out.
        writable: whether the account may be changed, in memory.
    """

    def __init__(
        self,
        case: Path,
        *,
        faults: Faults | None = None,
        now: datetime | None = None,
        account: str = "123456789012",
        port: int = 0,
        writable: bool = False,
    ) -> None:
        self.faults = faults or Faults()
        self.writable = writable
        self.account = Account.of(case, account)
        self.now = (now or after(self.account.end)).astimezone(UTC)
        self.calls: list[Call] = []
        self.problems: list[str] = []
        """Answers without the shape that they should have, and what went wrong in the server itself."""
        self._regions: dict[str, Account] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> AwsServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if kind is None and self.problems:
            raise AssertionError("\n".join(self.problems))

    def respond(self, request: Request) -> tuple[Raw | None, bool]:
        """The answer to a request, None for none at all, and whether it is cut in the middle."""
        with self._lock:
            self._count += 1
            number, faults = self._count, self.faults
        asked = understand(request)
        if faults.slow:
            time.sleep(faults.slow)
        if faults.dies_after is not None and number > faults.dies_after:
            self._record(asked, 0, None)
            return None, False
        try:
            self._refuse(asked, number, faults)
            given = self._result(asked, faults)
        except AwsError as error:
            self._record(asked, error.status, error.code)
            return refusal(asked, error), False
        self._record(asked, given.status, None)
        return given, asked.operation in faults.breaks_page

    def _refuse(self, asked: Understood, number: int, faults: Faults) -> None:
        """Raises ``AwsError`` where AWS would not get to the operation."""
        if faults.credentials != "valid":
            raise errors.bad_credentials(asked.service, faults.credentials, self.now)
        if faults.throttle_every and number % faults.throttle_every == 0:
            raise errors.throttled(asked.service)
        if errors.is_denied(errors.action(asked.service, asked.operation), faults.denied):
            raise errors.access_denied(asked.service, asked.operation, self.account.id, self._resource(asked))

    def _resource(self, asked: Understood) -> str:
        """What a refusal names."""
        given, place = asked.parameters, f"{asked.region}:{self.account.id}"
        if asked.service == "s3":
            return f"arn:aws:s3:::{'/'.join(str(given[one]) for one in ('Bucket', 'Key') if one in given)}"
        if asked.service == "logs" and "logGroupName" in given:
            return f"arn:aws:logs:{place}:log-group:{given['logGroupName']}:log-stream:"
        if asked.service == "lambda" and "FunctionName" in given:
            return f"arn:aws:lambda:{place}:function:{given['FunctionName']}"
        return "*"

    def _result(self, asked: Understood, faults: Faults) -> Raw:
        handler = OPERATIONS.get(asked.service, {}).get(asked.operation)
        if handler is None and self.writable:
            handler = CHANGING.get(asked.service, {}).get(asked.operation)
        if handler is None or asked.model is None:
            raise errors.unknown_operation(asked.service, asked.operation)
        # Names of buckets are global; whoever calls S3 in the wrong Region is led to the right one.
        region = self.account.region if asked.service == "s3" else asked.region
        with self._lock:
            account = self._regions.setdefault(region, self.account.of_region(region))
        repeats = asked.operation in faults.repeats_page
        found = handler(
            Asked(
                asked.service,
                asked.operation,
                asked.parameters,
                account,
                self.now,
                faults.page,
                repeats,
                faults.is_unsure,
            )
        )
        if isinstance(found, Raw):
            return found
        found = {key: value for key, value in found.items() if value is not None}
        if asked.model.output_shape is None:
            return done(asked)
        wrong = list(problems(asked.model.output_shape, found, asked.operation))
        with self._lock:
            self.problems += wrong
        return answer(asked, found)

    def _record(self, asked: Understood, status: int, error: str | None) -> None:
        with self._lock:
            self.calls.append(Call(asked.service, asked.operation, asked.parameters, asked.region, status, error))

    def failed(self, error: Exception) -> Raw:
        """The answer where the server itself went wrong, which fails the test."""
        with self._lock:
            self.problems.append(f"{type(error).__name__}: {error}")
        return Raw(500, {"Content-Type": "text/plain"}, str(error).encode())

    def change(self, **faults: Any) -> None:
        """Set some faults anew, and leave the others."""
        self.faults = replace(self.faults, **faults)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    """A busy machine accepts late."""

    def __init__(self, address: tuple[str, int], aws: AwsServer) -> None:
        super().__init__(address, _Connection)
        self.aws = aws

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is its own business."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http
    wbufsize = -1
    """Head and body leave together: else each answer waits for the acknowledgement of its head."""
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, dict(self.headers.items()), self.rfile.read(length))
        try:
            found, is_cut = self.server.aws.respond(request)
        except Exception as error:
            found, is_cut = self.server.aws.failed(error), False
        if found is None:
            self.close_connection = True
            return
        self.send_response_only(found.status)
        self.send_header("Date", f"{self.server.aws.now:%a, %d %b %Y %H:%M:%S GMT}")
        for name, value in found.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in found.headers:
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body[: len(found.body) // 2] if is_cut else found.body)
        self.close_connection = is_cut or self.close_connection

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Calls are recorded; nothing is printed."""
