"""Lambda's Runtime API, for one execution environment: the HTTP that a runtime speaks with it.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

_PREFIX = "/2018-06-01/runtime/"
_LARGEST = 6 << 20
"""Bytes of a response that Lambda takes."""
_LARGEST_HEAD = 2 << 20
"""Bytes before a body: awslambdaric sends up to a mebibyte of the traceback for X-Ray in a header."""
_LONGEST_TYPE = 128
_ESTABLISHED = 1
INIT_ERROR = "init-error"


@dataclass(frozen=True)
class Event:
    """An invocation as the runtime gets it."""

    request: str
    arn: str
    deadline: int
    """Milliseconds since 1970."""
    payload: bytes


@dataclass(frozen=True)
class Answer:
    """What a runtime made of an event, or of its initialization."""

    kind: str
    """``response`` or ``error``; ``init-error`` where it could not begin."""
    request: str = ""
    """Of the event."""
    body: bytes = b""
    error_type: str = ""
    """Such as ``Runtime.ImportModuleError``."""
    fault: str = ""
    """What X-Ray is to know of an error."""


class RuntimeApi:
    """The API at one listening socket. It hands out one event at a time, as Lambda does."""

    def __init__(self, asks: Callable[[], None], answers: Callable[[Answer], None]) -> None:
        """Start with nothing to hand out.

        Args:
            asks: called when the runtime asks for its next event.
            answers: called with what it made of one, or why it could not begin.
        """
        self._asks, self._answers = asks, answers
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self.taken = 0
        """Connections that were made to it, in all."""
        self._talking: set[asyncio.Task[None]] = set()

    @property
    def talking(self) -> int:
        """Connections that there are now."""
        return len(self._talking)

    async def listen(self, listening: socket.socket) -> None:
        """Take what connects to a socket that listens already."""
        self._server = await asyncio.start_server(self._talk, sock=listening, limit=_LARGEST_HEAD)

    def hand_out(self, event: Event) -> None:
        """Give the runtime this event when it asks, or now if it waits."""
        self._events.put_nowait(event)

    def forget(self) -> None:
        """The runtime is gone: what was to be handed out to it, and its connections, are too."""
        while not self._events.empty():
            self._events.get_nowait()
        for task in list(self._talking):
            task.cancel()

    def close(self) -> None:
        """Listen no more."""
        self.forget()
        if self._server is not None:
            self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._talking.add(task)
        self.taken += 1
        try:
            while (asked := await _request(reader)) is not None:
                status, headers, content = await self._answer(asked, writer)
                lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(content)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join((*lines, "", "")).encode() + content)
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            # Whoever asked is gone, or was told to go.
            pass
        finally:
            self._talking.discard(task)
            writer.transport.abort()

    async def _answer(self, asked: _Request, writer: asyncio.StreamWriter) -> tuple[str, dict[str, str], bytes]:
        kind, request = "", ""
        match asked.method, *asked.path.partition(_PREFIX)[2].split("/"):
            case "GET", "invocation", "next":
                event = await self._next(writer)
                return "200 OK", _headers(event), event.payload
            case "GET", "restore", "next":
                # What SnapStart restores has nothing to wait for.
                return "200 OK", {}, b""
            case "POST", "init" | "restore", "error":
                kind = INIT_ERROR
            case "POST", "invocation", request, "response" | "error" as kind:
                pass
            case _:
                return "404 Not Found", {}, b'{"errorType":"NotFound"}'
        error_type = asked.headers.get("lambda-runtime-function-error-type", "")[:_LONGEST_TYPE]
        fault = asked.headers.get("lambda-runtime-function-xray-error-cause", "")
        self._answers(Answer(kind, request, asked.body, error_type, fault))
        return "202 Accepted", {}, b'{"status":"OK"}'

    async def _next(self, writer: asyncio.StreamWriter) -> Event:
        """The next event for whoever asks; none for one that is gone, whose question may only now be read."""
        _check_there(writer)
        self._asks()
        event = await self._events.get()
        try:
            _check_there(writer)
        except OSError:
            self.hand_out(event)
            raise
        return event


def _check_there(writer: asyncio.StreamWriter) -> None:
    """Raise ConnectionResetError where the other end has closed, as the kernel knows before the stream does."""
    state = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    if state[0] != _ESTABLISHED:
        raise ConnectionResetError


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


async def _request(reader: asyncio.StreamReader) -> _Request | None:
    """The next request; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _Request(method, path, headers, await _chunks(reader))
    length = int(headers.get("content-length", 0))
    if not 0 <= length <= _LARGEST:
        raise ValueError("a body that is too large")
    return _Request(method, path, headers, await reader.readexactly(length))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        if len(body) + size > _LARGEST:
            raise ValueError("a body that is too large")
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    with suppress(asyncio.IncompleteReadError):
        while await reader.readuntil(b"\r\n") != b"\r\n":
            pass
    return body


def _headers(event: Event) -> dict[str, str]:
    return {
        "Lambda-Runtime-Aws-Request-Id": event.request,
        "Lambda-Runtime-Deadline-Ms": str(event.deadline),
        "Lambda-Runtime-Invoked-Function-Arn": event.arn,
        "Lambda-Runtime-Trace-Id": f"Root=1-00000000-{event.request.replace('-', '')[:24]};Sampled=0",
    }
