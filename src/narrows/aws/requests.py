"""Requests to AWS as data, and the command line that makes them: one view of the same thing."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from narrows.aws.operations import operation
from narrows.case.cloudwatch_names import ANSWERED, ASKED

_STAND_INS = {"start-time": "START", "end-time": "END"}
"""What stands in a command for a time that is not known: it is for its reader to fill in."""


class RequestJson(TypedDict):
    """A request in an answer of ``--json``."""

    service: str
    operation: str
    region: str | None
    parameters: dict[str, object]
    query: str | None
    file: str | None
    permission: str
    only_reads: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One call of an operation, as an SDK makes it."""

    service: str
    """As the SDKs and the command line call it: ``ec2``, ``cloudwatch``."""
    operation: str
    """``GetMetricData``"""
    parameters: Mapping[str, object]
    """By the names of the API. A time (text in ISO 8601, or milliseconds where the API wants these) is None where it
    is not known: whoever makes the request must say it."""
    file: str | None
    """Where the answer goes, in the folder of a case; None where the answer is no evidence."""
    region: str | None = None
    """None for the one that the user has set."""
    only_reads: bool = True
    """Whether it changes nothing in the account."""
    query: str | None = None
    """JMESPath: what of the answer goes into the file, where that is not all of it."""

    @property
    def permission(self) -> str:
        """The IAM action that allows it."""
        return operation(self.service, self.operation).action

    @property
    def queries_file(self) -> str | None:
        """Where GetMetricData's queries go, without which its answer does not tell what is what."""
        if self.file is None or not self.file.endswith(ANSWERED):
            return None
        return self.file.removesuffix(ANSWERED) + ASKED

    def to_json(self) -> RequestJson:
        """As an answer prints it."""
        return RequestJson(
            service=self.service,
            operation=self.operation,
            region=self.region,
            parameters=dict(self.parameters),
            query=self.query,
            file=self.file,
            permission=self.permission,
            only_reads=self.only_reads,
        )


def shell_command(requests: Sequence[Request]) -> str:
    """One command for a POSIX shell in the folder of a case: it makes the folders, and each request in turn."""
    folders = dict.fromkeys(one.file.split("/")[0] for one in requests if one.file and "/" in one.file)
    made = [f"mkdir -p {shlex.join(folders)}"] if folders else []
    return " && ".join([*made, *(part for one in requests for part in _parts(one))])


def _parts(request: Request) -> Iterator[str]:
    """The commands of one request: what it asks with goes to a file first where that is more than words."""
    written = request.queries_file
    if written is not None:
        queries = json.dumps(request.parameters["MetricDataQueries"], separators=(",", ":"))
        yield f"printf %s {shlex.quote(queries)} > {shlex.quote(written)}"
    into = "" if request.file is None else f" > {shlex.quote(request.file)}"
    yield shlex.join(_words(request)) + into


def _words(request: Request) -> Iterator[str]:
    yield from ("aws", request.service, _dashed(request.operation))
    if request.region:
        yield from ("--region", request.region)
    for name, value in request.parameters.items():
        option = _dashed(name)
        yield f"--{option}"
        if value is None:
            yield _STAND_INS[option]
        elif name == "MetricDataQueries":
            yield f"file://{request.queries_file}"
        elif isinstance(value, list | tuple):
            yield from map(_word, value)
        else:
            yield _word(value)
    if request.query:
        yield from ("--query", request.query)


def _word(value: object) -> str:
    """A value as the command line takes it: ``Name=vpc-id,Values=vpc-1,vpc-2`` for a mapping."""
    if not isinstance(value, Mapping):
        return str(value)
    parts = []
    for key, part in value.items():
        plain = json.dumps(part) if isinstance(part, bool) else part
        parts.append(f"{key}={','.join(map(str, plain)) if isinstance(plain, list | tuple) else plain}")
    return ",".join(parts)


def _dashed(name: str) -> str:
    """``get-metric-data`` for ``GetMetricData``, ``describe-db-instances`` for ``DescribeDBInstances``"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
