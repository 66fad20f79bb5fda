"""The Runtime API over real sockets: who gets an event, and what is taken from whom."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.runtimes import RuntimeApi

_PREFIX = "/2018-06-01/runtime"
_NEXT = f"{_PREFIX}/invocation/next"


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as served:
        yield served


def _client(api: RuntimeApi) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(api.address, timeout=10)


def _taken(client: http.client.HTTPConnection) -> str:
    """The request of the event that a client asks for and gets."""
    client.request("GET", _NEXT)
    event = client.getresponse()
    event.read()
    return event.headers["Lambda-Runtime-Aws-Request-Id"]


def test_an_event_is_handed_out_and_its_answer_taken(api: RuntimeApi) -> None:
    invocation, client = api.send({"n": 1}, seconds=60), _client(api)
    client.request("GET", _NEXT)
    event = client.getresponse()
    assert json.loads(event.read()) == {"n": 1}
    request = event.headers["Lambda-Runtime-Aws-Request-Id"]
    client.request("POST", f"{_PREFIX}/invocation/{request}/response", b'"done"')
    assert client.getresponse().status == 202
    assert invocation.value() == "done"
    client.close()


def test_who_asked_and_went_gets_no_event(api: RuntimeApi) -> None:
    host, port = api.address.split(":")
    for _ in range(20):
        with socket.create_connection((host, int(port))) as gone:
            gone.sendall(f"GET {_NEXT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    client = _client(api)
    client.request("GET", _NEXT)
    api.send("for who is there")
    assert client.getresponse().read() == b'"for who is there"'
    client.close()


def test_a_body_in_chunks_is_one_body(api: RuntimeApi) -> None:
    invocation, client = api.send(), _client(api)
    name = _taken(client)
    client.request("POST", f"{_PREFIX}/invocation/{name}/response", iter([b'"o', b'k"']), encode_chunked=True)
    assert client.getresponse().status == 202
    assert invocation.value() == "ok"
    client.close()


def test_an_error_with_the_longest_traceback_in_its_head_is_taken(api: RuntimeApi) -> None:
    invocation, client = api.send(), _client(api)
    name = _taken(client)
    fault = "x" * 2**20
    head = {"Lambda-Runtime-Function-XRay-Error-Cause": fault, "Lambda-Runtime-Function-Error-Type": "Some.Error"}
    client.request("POST", f"{_PREFIX}/invocation/{name}/error", b"{}", head)
    assert client.getresponse().status == 202
    assert (invocation.answer().kind, invocation.answer().error_type) == ("error", "Some.Error")
    assert invocation.answer().fault == fault
    client.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/2015-03-31/functions"), ("POST", _NEXT), ("GET", "/invocation/next"), ("PUT", f"{_PREFIX}/init/error")],
)
def test_what_it_does_not_know_is_not_found(method: str, path: str, api: RuntimeApi) -> None:
    client = _client(api)
    client.request(method, path)
    assert client.getresponse().status == 404
    client.close()


@pytest.mark.parametrize("head", ["Content-Length: -1", "Content-Length: 99999999", "Transfer-Encoding: chunked"])
def test_what_is_no_request_ends_its_connection_and_no_other(head: str, api: RuntimeApi) -> None:
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port)), 10) as bad:
        bad.sendall(f"POST {_PREFIX}/init/error HTTP/1.1\r\n{head}\r\n\r\nnonsense\r\n".encode())
        with suppress(ConnectionResetError):
            assert bad.recv(1) == b""
    test_an_event_is_handed_out_and_its_answer_taken(api)
