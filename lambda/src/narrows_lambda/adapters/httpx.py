"""httpx: ``client = adapters.httpx.client()`` is an ``httpx.Client``; ``async_client()`` an ``httpx.AsyncClient``."""

from __future__ import annotations

import time

from narrows_lambda.reuse import Policy, Reuse, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import httpx


def client(*, policy: Policy | None = None, **options: Any) -> httpx.Client:
    """A client by the policy.

    Args:
        policy: that of the process unless one is given.
        options: those of ``httpx.Client``; what is given here is as it is given.
    """
    import httpx

    shared = install(policy)
    retried = _retried(httpx)

    class Transport(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            failures = 0
            while True:
                _limit(request, shared)
                try:
                    answer = super().handle_request(request)
                except retried as error:
                    failures += 1
                    wait = shared.retries.wait(failures) if _may_repeat(request, error, httpx) else None
                    if wait is None:
                        raise
                    time.sleep(wait)
                else:
                    shared.retries.succeeded()
                    return answer

    class Client(httpx.Client):
        # Not ``transport=``: httpx leaves the environment's proxies out where it is given one.
        def _init_transport(self, transport: Any = None, **named: Any) -> Any:  # type: ignore[override]
            return transport if transport is not None else Transport(socket_options=_socket_options(shared), **named)

        def _init_proxy_transport(self, proxy: Any, **named: Any) -> Any:  # type: ignore[override]
            return Transport(proxy=proxy, socket_options=_socket_options(shared), **named)

    return Client(**(_options(shared, httpx) | options))


def async_client(*, policy: Policy | None = None, **options: Any) -> httpx.AsyncClient:
    """The same for asyncio; the client belongs to one event loop, and so does a function's."""
    import asyncio

    import httpx

    shared = install(policy)
    retried = _retried(httpx)

    class Transport(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            failures = 0
            while True:
                _limit(request, shared)
                try:
                    answer = await super().handle_async_request(request)
                except retried as error:
                    failures += 1
                    wait = shared.retries.wait(failures) if _may_repeat(request, error, httpx) else None
                    if wait is None:
                        raise
                    await asyncio.sleep(wait)
                else:
                    shared.retries.succeeded()
                    return answer

    class Client(httpx.AsyncClient):
        def _init_transport(self, transport: Any = None, **named: Any) -> Any:  # type: ignore[override]
            return transport if transport is not None else Transport(socket_options=_socket_options(shared), **named)

        def _init_proxy_transport(self, proxy: Any, **named: Any) -> Any:  # type: ignore[override]
            return Transport(proxy=proxy, socket_options=_socket_options(shared), **named)

    return Client(**(_options(shared, httpx) | options))


_REPEATABLE = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
"""Methods that do no more when they are done twice: RFC 9110, 9.2.2."""


def _retried(httpx: Any) -> tuple[type[Exception], ...]:
    return (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


def _may_repeat(request: httpx.Request, error: Exception, httpx: Any) -> bool:
    """Whether nothing was asked yet, or may be asked twice; a body that was a stream is gone either way."""
    from httpx import ByteStream

    if not isinstance(request.stream, ByteStream):
        return False
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) or request.method in _REPEATABLE


def _limit(request: httpx.Request, shared: Reuse) -> None:
    """Connect no longer than the invocation lasts."""
    timeouts = request.extensions.get("timeout", {})
    given = timeouts.get("connect")
    allowed = shared.retries.connect_timeout()
    if given is None or given > allowed:
        request.extensions["timeout"] = timeouts | {"connect": allowed}


def _socket_options(shared: Reuse) -> list[tuple[int, int, int]]:
    import socket

    return [(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, shared.policy.user_timeout_ms)]


def _options(shared: Reuse, httpx: Any) -> dict[str, Any]:
    policy = shared.policy
    return {
        # httpx gives a connection up after 5 s by default.
        "limits": httpx.Limits(
            max_connections=policy.connections,
            max_keepalive_connections=policy.connections,
            keepalive_expiry=policy.max_idle,
        ),
        "timeout": httpx.Timeout(5.0, connect=policy.connect_timeout),
    }
