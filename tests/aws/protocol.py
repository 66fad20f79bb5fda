"""Calls of AWS over HTTP, read and answered by botocore's models of the services (and moto's reading of them)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict

from tests.aws.account import moment
from tests.aws.asked import Raw
from tests.aws.errors import AwsError

_SIGNED_AS = {
    "ec2": "ec2",
    "elasticache": "elasticache",
    "elasticloadbalancing": "elbv2",
    "es": "opensearch",
    "lambda": "lambda",
    "logs": "logs",
    "memorydb": "memorydb",
    "monitoring": "cloudwatch",
    "rds": "rds",
    "s3": "s3",
    "servicequotas": "service-quotas",
    "sts": "sts",
}
"""Services of botocore by the name in the scope of a signature."""
_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")
_ELBV2 = "2015-12-01"
"""Version of the API that shares its name with the one before it."""
_BODYLESS = frozenset({"header", "headers", "statusCode", "uri", "querystring"})
_ERRORS = {
    "ec2": "<Response><Errors><Error>{inside}</Error></Errors><RequestID>{id}</RequestID></Response>",
    "query": "<ErrorResponse><Error><Type>Sender</Type>{inside}</Error><RequestId>{id}</RequestId></ErrorResponse>",
    "rest-xml": "<Error>{inside}<RequestId>{id}</RequestId></Error>",
}
_REQUEST_ID = "5f0f1f1e-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Request:
    """A request of HTTP."""

    method: str
    target: str
    """Path and query."""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Understood:
    """What a request asks."""

    service: str
    operation: str
    region: str
    protocol: str
    """``ec2``, ``query``, ``json``, ``rest-json`` or ``rest-xml``."""
    parameters: dict[str, Any]
    model: OperationModel | None
    """None where the service has no such operation."""


def understand(request: Request) -> Understood:
    """The operation that a request asks for, with its parameters.

    The scope of its signature tells service and Region; without a signature it asks S3.
    """
    headers = Headers(list(request.headers.items()))
    parts = urlsplit(request.target)
    query = MultiDict(parse_qsl(parts.query, keep_blank_values=True))
    scope = _SCOPE.search(headers.get("Authorization", "") or f"Credential={query.get('X-Amz-Credential', '')}")
    signed, region = (scope["service"], scope["region"]) if scope else ("s3", "us-east-1")
    is_form = headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    form = MultiDict(parse_qsl(request.body.decode(), keep_blank_values=True)) if is_form else MultiDict()
    service = _SIGNED_AS.get(signed, signed)
    if service == "elbv2" and form.get("Version") != _ELBV2:
        service = "elb"
    if service not in _SIGNED_AS.values():
        return Understood(service, form.get("Action") or headers.get("X-Amz-Target") or parts.path, region,
                          "json", {}, None)  # fmt: skip
    model = get_model(service)
    captured: dict[str, str] = {}
    if "X-Amz-Target" in headers:
        protocol, name = "json", headers["X-Amz-Target"].rpartition(".")[2]
    elif is_form and "Action" in form:
        protocol, name = "ec2" if service == "ec2" else "query", form["Action"]
    else:
        protocol = model.metadata["protocol"]
        name, captured = _routed(service, request.method, parts.path, query)
    if name not in model.operation_names:
        return Understood(service, name, region, protocol, {}, None)
    operation = model.operation_model(name)
    read = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "body": request.body,
            "headers": headers,
            "method": request.method,
            "url_params": captured,
            "url_path": parts.path,
            "values": form if is_form else query,
        }
    )
    given = {key: value for key, value in read.items() if value is not None and value != []}
    return Understood(service, name, region, protocol, given, operation)


@cache
def get_model(service: str) -> ServiceModel:
    """Botocore's model of a service."""
    return get_service_model(service)


@cache
def _routes(service: str) -> list[tuple[str, re.Pattern[str], dict[str, str], str]]:
    """Method, path, what the query must hold, and operation; the most particular first."""
    found = []
    model = get_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = urlsplit(http["requestUri"])
        path = re.sub(
            r"\\\{(\w+)(\\\+)?\\\}", lambda one: f"(?P<{one[1]}>{'.+' if one[2] else '[^/]+'})", re.escape(uri.path)
        )
        needed = dict(parse_qsl(uri.query, keep_blank_values=True))
        found.append((http["method"], re.compile(path.rstrip("/") + "/?"), needed, name))
    return sorted(found, key=lambda one: (-len(one[2]), one[1].pattern.count("(?P"), one[1].pattern.count(".+")))


def _routed(service: str, method: str, path: str, query: MultiDict[str, str]) -> tuple[str, dict[str, str]]:
    for verb, pattern, needed, name in _routes(service):
        match = pattern.fullmatch(path)
        if verb == method and match and all(query.get(key) == value for key, value in needed.items()):
            return name, {key: unquote(value) for key, value in match.groupdict().items()}
    return f"{method} {path}", {}


def answer(asked: Understood, result: Mapping[str, Any]) -> Raw:
    """The answer of an operation in the protocol that it was asked in.

    What the shape of the answer does not know is there all the same where the protocol is JSON.
    """
    assert asked.model is not None
    if asked.protocol in {"json", "rest-json"}:
        body = json.dumps(_plain(asked.model.output_shape, result)).encode()
        version = get_model(asked.service).metadata.get("jsonVersion", "1.1")
        kind = "application/json" if asked.protocol == "rest-json" else f"application/x-amz-json-{version}"
        return Raw(200, {"Content-Type": kind, "x-amzn-RequestId": _REQUEST_ID}, body)
    made = get_serializer_class(asked.service, asked.protocol)(asked.model).serialize(result)
    body = made["body"] if isinstance(made["body"], bytes) else made["body"].encode()
    return Raw(made["status_code"], made["headers"], body)


def done(asked: Understood) -> Raw:
    """The answer of an operation that says nothing but that it was done."""
    if asked.protocol == "ec2":
        inside = f"<requestId>{_REQUEST_ID}</requestId><return>true</return>"
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<{asked.operation}Response>{inside}</{asked.operation}Response>'
        )
        return Raw(200, {"Content-Type": "text/xml;charset=UTF-8"}, text.encode())
    return Raw(204, {"x-amzn-RequestId": _REQUEST_ID}, b"")


def _plain(shape: Any, value: Any) -> Any:
    """A value as JSON has it: times as seconds, names as they go over the wire."""
    kind = shape.type_name if shape is not None else None
    if kind == "structure" and isinstance(value, Mapping):
        found = {}
        for key, one in value.items():
            member = shape.members.get(key)
            if one is None or (member is not None and member.serialization.get("location") in _BODYLESS):
                continue
            found[key if member is None else member.serialization.get("name", key)] = _plain(member, one)
        return found
    if kind == "list":
        return [_plain(shape.member, one) for one in value]
    if kind == "map":
        return {key: _plain(shape.value, one) for key, one in value.items()}
    if kind == "timestamp" and not isinstance(value, int | float):
        return moment(value).timestamp()
    return value


def refusal(asked: Understood, error: AwsError) -> Raw:
    """An error in the protocol that was asked in."""
    identified = {"x-amzn-RequestId": _REQUEST_ID}
    if asked.protocol == "rest-json":
        content = {"Type": "User", "message": error.message, **error.members}
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code, **identified}
        return Raw(error.status, headers, json.dumps(content).encode())
    if asked.protocol == "json":
        headers = {"Content-Type": "application/x-amz-json-1.1", **identified}
        if asked.service == "cloudwatch":
            headers["x-amzn-query-error"] = f"{error.code};Sender"
        content = {"__type": error.code, "message": error.message, **error.members}
        return Raw(error.status, headers, json.dumps(content).encode())
    members = {"Code": error.code, "Message": error.message, **error.members}
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items())
    text = _ERRORS[asked.protocol].format(inside=inside, id=_REQUEST_ID)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
    return Raw(error.status, {"Content-Type": "text/xml;charset=UTF-8", **identified}, body)


_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "double": (int, float),
    "float": (int, float),
    "integer": (int,),
    "list": (list, tuple),
    "long": (int,),
    "map": (Mapping,),
    "string": (str,),
    "structure": (Mapping,),
}


def problems(shape: Any, value: Any, where: str) -> Iterator[str]:
    """What is wrong with an answer by the shape that it should have: missing members, other types."""
    kind = shape.type_name
    if kind == "timestamp" and isinstance(value, int | float):
        return
    if kind == "timestamp":
        try:
            moment(value)
        except ValueError:
            yield f"{where}: {value!r} is no time"
        return
    expected = _TYPES.get(kind)
    if expected is None:
        return
    given: Any = value
    if not isinstance(given, expected) or (isinstance(given, bool) and kind != "boolean"):
        yield f"{where}: {given!r} is no {kind}"
    elif kind == "structure":
        yield from (f"{where}: {one} is missing" for one in shape.required_members if value.get(one) is None)
        for key, one in value.items():
            if one is not None and key in shape.members:
                yield from problems(shape.members[key], one, f"{where}.{key}")
    elif kind == "list":
        for index, one in enumerate(value):
            yield from problems(shape.member, one, f"{where}[{index}]")
    elif kind == "map":
        for key, one in value.items():
            yield from problems(shape.value, one, f"{where}.{key}")
