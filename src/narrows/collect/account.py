"""The live account: calls of AWS as requests say them, read-only, counted, in all their pages."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from narrows.aws.operations import PRINTED_ONLY, operation
from narrows.aws.requests import Request
from narrows.aws_ids import REGION
from narrows.collect.problems import UNREADABLE, CallError, Cost, credentials, failed
from narrows.errors import InputError, shown
from narrows.packages import need

ATTEMPTS = 8
"""Of each call, the first included: botocore's adaptive mode waits longer after each, up to 20 seconds."""
AT_ONCE = 8
"""Calls at one time."""
_CONNECT, _READ = 10, 60
"""Seconds."""


class StoppedError(Exception):
    """The run has ended meanwhile, and makes no more calls."""


class Account:
    """One account in one Region, with the user's own credentials."""

    def __init__(self, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None) -> None:
        """Raises ``InputError`` where boto3 is not installed, and for a profile or Region that is not there."""
        need("boto3", "reading a live account")
        import boto3
        from botocore.config import Config

        try:
            self._session = boto3.session.Session(
                profile_name=profile, region_name=region or os.environ.get("AWS_REGION")
            )
            self.region: str = self._session.region_name or ""
        except Exception as error:
            credentials(error, profile)
            raise
        if self.region and not REGION.fits(self.region):
            raise InputError(f"{shown(self.region)} is not a Region", place="--region", advice=REGION.rule)
        if not self.region:
            raise InputError("no Region is named", advice="name it with --region, or set AWS_REGION")
        self.profile = profile
        self._endpoint_url = endpoint_url
        self._config = Config(
            retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            max_pool_connections=AT_ONCE,
            user_agent_extra="narrows",
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._stopped = False
        self.calls: Counter[str] = Counter()
        """How many were made of each IAM action, those that were throttled included."""
        self.metrics = 0
        """Metrics that GetMetricData was asked for, which is what it costs by."""
        _ask_for_no_code(self._session)

    def who(self) -> str:
        """The account's id; empty where it may not be asked. Raises ``InputError`` where the credentials do not do."""
        try:
            return str(self.answer(Request("sts", "GetCallerIdentity", {}, None))["Account"])
        except CallError as error:
            if error.cost is Cost.DENIED:
                return ""
            advice = "see --region, --endpoint-url, HTTPS_PROXY, and that aws sts get-caller-identity works"
            raise InputError(f"AWS does not answer: {error.text}", advice=advice) from None

    def stop(self) -> None:
        """Make no more calls: those under way end with ``StoppedError`` at their next attempt."""
        self._stopped = True

    def answer(self, request: Request) -> Any:
        """The whole answer of a request, all pages together, as the command line puts them together.

        Raises:
            CallError: this call failed.
            InputError: no call can succeed.
        """
        with self._errors(request):
            client = self.client(request.service)
            method = _method(request.operation)
            if not client.can_paginate(method):
                answer = getattr(client, method)(**request.parameters)
            else:
                answer = client.get_paginator(method).paginate(**request.parameters).build_full_result()
        answer.pop("ResponseMetadata", None)
        return answer

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The pages of an answer, one by one. Raises as ``answer`` does."""
        with self._errors(request):
            client = self.client(request.service)
            for page in client.get_paginator(_method(request.operation)).paginate(**request.parameters):
                page.pop("ResponseMetadata", None)
                yield page

    def read(self, bucket: str, key: str, chunk: Callable[[bytes], object]) -> None:
        """The bytes of an object in S3, as they come. Raises as ``answer`` does."""
        request = Request("s3", "GetObject", {"Bucket": bucket, "Key": key}, None)
        with self._errors(request):
            body = self.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            for part in body.iter_chunks(2**20):
                chunk(part)

    def client(self, service: str) -> Any:
        """The client of a service. Raises as ``answer`` does."""
        with self._lock:
            if service not in self._clients:
                client = self._session.client(service, endpoint_url=self._endpoint_url, config=self._config)
                client.meta.events.register("before-send", partial(self._count, service))
                client.meta.events.register("before-parameter-build", self._check)
                client.meta.events.register("after-call", _check_whole)
                self._clients[service] = client
            return self._clients[service]

    def _check(self, model: Any, params: Any, **_more: Any) -> None:
        """Nothing is ever called but what stands in the table of operations."""
        name = model.name
        operation(model.service_model.service_name, name)
        if name in PRINTED_ONLY:
            raise AssertionError(f"{name} changes the account")
        if name == "GetMetricData":
            with self._lock:
                self.metrics += len(params["MetricDataQueries"])

    def _count(self, service: str, event_name: str, **_more: Any) -> None:
        if self._stopped:
            raise StoppedError
        with self._lock:
            self.calls[operation(service, event_name.rpartition(".")[2]).action] += 1

    @contextmanager
    def _errors(self, request: Request) -> Iterator[None]:
        """Turns what botocore raises into ``CallError`` and ``InputError``."""
        try:
            yield
        except (InputError, CallError, StoppedError):
            raise
        except Exception as error:
            if not _is_of_botocore(error):
                raise
            raise failed(error, request, self.region, self.profile) from None


def _check_whole(http_response: Any, model: Any, **_more: Any) -> None:
    """An answer in JSON that ends in the middle is an empty one to botocore: there would be no functions at all."""
    if http_response.status_code >= 300 or "json" not in model.service_model.resolved_protocol:
        return
    try:
        json.loads(http_response.content or b"{}")
    except ValueError:
        raise CallError(Cost.FAILED, UNREADABLE) from None


def _is_of_botocore(error: BaseException) -> bool:
    return any(one.__module__.startswith("botocore") for one in type(error).__mro__)


def dumped(document: object) -> bytes:
    """An answer as JSON, as AWS's command line writes it: times in ISO 8601."""
    return (json.dumps(document, default=_plain, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} in an answer of AWS")


def _method(name: str) -> str:
    from botocore import xform_name

    return str(xform_name(name))


def _ask_for_no_code(session: Any) -> None:
    """Where nobody can type the code of an MFA device, say so instead of waiting for it."""
    if sys.stdin is not None and sys.stdin.isatty():
        return
    try:
        provider = session._session.get_component("credential_provider").get_provider("assume-role")
        provider._prompter = _no_code
    except Exception:
        # Another version of botocore: its own prompt ends at the end of stdin.
        return


def _no_code(*_question: object) -> str:
    problem = "the profile asks for the code of an MFA device, and nobody can type it here"
    raise InputError(problem, advice="run this in a terminal, or with the credentials of aws sts get-session-token")
