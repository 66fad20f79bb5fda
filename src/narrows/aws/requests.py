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
class Variable:
    """A variable of the shell, in the place of a value that only another command, or the user, knows."""

    name: str
    """Capital letters, digits and underscores."""

    def __str__(self) -> str:
        return f"${self.name}"


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
    keeps: Variable | None = None
    """The variable of the shell that takes what ``query`` leaves of the answer, as text."""
    about: Variable | None = None
    """What ``query`` asks about: it stands there as ``{about}``."""
    waits: str | None = None
    """The waiter of AWS's command line that asks this operation until it is so: ``nat-gateway-available``."""

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
    yield " ".join(map(_quoted, _words(request))) + into


def in_shell(request: Request) -> str:
    """The command of one request that changes an account, or waits for it; variables stay variables."""
    line = " ".join(map(_quoted, _words(request)))
    return line if request.keeps is None else f"{request.keeps.name}=$({line})"


_Part = str | Variable
_Parts = tuple[_Part, ...]
"""A word of a command: text, and variables of the shell in it."""
_PLAIN = re.compile(r"[A-Za-z0-9._:/@+*-]+")
"""Values that mean themselves in the shorthand of AWS's command line."""


def _quoted(word: _Parts) -> str:
    found = [f'"{part}"' if isinstance(part, Variable) else shlex.quote(part) for part in word if part != ""]
    return "".join(found) or "''"


def _words(request: Request) -> Iterator[_Parts]:
    verb = ("wait", request.waits) if request.waits else (_dashed(request.operation),)
    yield from ((one,) for one in ("aws", request.service, *verb))
    if request.region:
        yield from (("--region",), (request.region,))
    for name, value in request.parameters.items():
        option = _dashed(name)
        if isinstance(value, bool):
            yield (f"--{option}" if value else f"--no-{option}",)
            continue
        yield (f"--{option}",)
        if value is None:
            yield (_STAND_INS[option],)
        elif name == "MetricDataQueries":
            yield (f"file://{request.queries_file}",)
        elif isinstance(value, list | tuple):
            yield from _list(value)
        else:
            yield _word(value)
    if request.query:
        yield ("--query",)
        before, _, after = request.query.partition("{about}")
        yield (before,) if request.about is None else (before, request.about, after)
    if request.keeps is not None:
        yield from (("--output",), ("text",))


def _list(values: Sequence[object]) -> Iterator[_Parts]:
    """A list: a word for each, or JSON where a word cannot say it."""
    if any(isinstance(one, Mapping) and not _is_plain(one) for one in values):
        yield (json.dumps(values, separators=(",", ":")),)
    else:
        yield from map(_word, values)


def _is_plain(value: object) -> bool:
    """Whether the shorthand says a value without quotes."""
    if isinstance(value, Mapping):
        return bool(value) and all(_is_plain(part) for one in value.items() for part in one)
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_is_plain, value))
    return not isinstance(value, str) or _PLAIN.fullmatch(value) is not None


def _word(value: object) -> _Parts:
    """A value as the command line takes it: ``Name=vpc-id,Values=vpc-1,vpc-2`` for a mapping."""
    if isinstance(value, Variable):
        return (value,)
    if not isinstance(value, Mapping):
        return (str(value),)
    if not _is_plain(value):
        return (json.dumps(value, separators=(",", ":")),)
    return _joined([(*_scalar(key), "=", *_after_equals(part)) for key, part in value.items()])


def _after_equals(value: object) -> _Parts:
    if isinstance(value, Mapping):
        return ("{", *_joined([(*_scalar(key), "=", *_after_equals(part)) for key, part in value.items()]), "}")
    if isinstance(value, list | tuple):
        listed = _joined([_after_equals(one) for one in value])
        return ("[", *listed, "]") if any(isinstance(one, Mapping) for one in value) else listed
    return _scalar(value)


def _scalar(value: object) -> _Parts:
    if isinstance(value, Variable):
        return (value,)
    return (json.dumps(value) if isinstance(value, bool) else str(value),)


def _joined(words: Sequence[_Parts]) -> _Parts:
    """Words with commas between them, neighbouring texts as one."""
    found: list[_Part] = []
    for number, word in enumerate(words):
        for part in ((",",) if number else ()) + word:
            if found and isinstance(part, str) and isinstance(found[-1], str):
                found[-1] += part
            else:
                found.append(part)
    return tuple(found)


def _dashed(name: str) -> str:
    """``get-metric-data`` for ``GetMetricData``, ``describe-db-instances`` for ``DescribeDBInstances``"""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()
