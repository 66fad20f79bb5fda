"""aiohttp: ``session = run(adapters.aiohttp.session())`` is an ``aiohttp.ClientSession``, on a loop at module level."""

from __future__ import annotations

from narrows_lambda.reuse import Policy, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import aiohttp


async def session(*, policy: Policy | None = None, **options: Any) -> aiohttp.ClientSession:
    """A session by the policy, for the running loop.

    Args:
        policy: that of the process unless one is given.
        options: those of ``aiohttp.ClientSession``; what is given here is as it is given.
    """
    import asyncio
    import socket

    import aiohttp

    from narrows_lambda.adapters._loop import settle

    shared = install(policy)
    by_policy = shared.policy

    class Connector(aiohttp.TCPConnector):
        async def connect(self, *arguments: Any, **named: Any) -> Any:
            await settle()
            failures = 0
            while True:
                try:
                    made = await super().connect(*arguments, **named)
                except (aiohttp.ClientConnectorError, asyncio.TimeoutError):  # noqa: PERF203 - that is what a retry is
                    # Nothing was asked yet: any request may try again.
                    failures += 1
                    wait = shared.retries.wait(failures, by_policy.connect_timeout)
                    if wait is None:
                        raise
                    await asyncio.sleep(wait)
                else:
                    shared.retries.succeeded()
                    return made

    def opened(info: Any) -> socket.socket:
        family, kind, protocol, _, _ = info
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, by_policy.user_timeout_ms)
        return made

    settings: dict[str, Any] = {
        "timeout": aiohttp.ClientTimeout(total=300, sock_connect=by_policy.connect_timeout),
    }
    if "connector" not in options:
        settings["connector"] = Connector(
            limit_per_host=by_policy.connections, keepalive_timeout=by_policy.max_idle, socket_factory=opened
        )
    return aiohttp.ClientSession(**(settings | options))
