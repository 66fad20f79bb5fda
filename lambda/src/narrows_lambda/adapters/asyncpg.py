"""asyncpg: ``pool = run(adapters.asyncpg.pool(DSN))`` is an ``asyncpg.Pool``, on a loop at module level."""

from __future__ import annotations

from narrows_lambda.reuse import Policy, install

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    import asyncpg


async def pool(dsn: str | None = None, *, policy: Policy | None = None, **options: Any) -> asyncpg.Pool:
    """A pool by the policy, for the running loop; it opens a connection when one is first asked for.

    Args:
        dsn: as for ``asyncpg.create_pool``.
        policy: that of the process unless one is given.
        options: those of ``asyncpg.create_pool``; what is given here is as it is given.
    """
    import asyncio
    import socket

    import asyncpg

    from narrows_lambda.adapters._loop import settle

    shared = install(policy)
    by_policy = shared.policy

    class Pool(asyncpg.Pool):  # type: ignore[misc]
        async def _acquire(self, timeout: float | None) -> Any:
            await settle()
            return await super()._acquire(timeout)

    async def connect(*arguments: Any, **named: Any) -> Any:
        failures = 0
        while True:
            try:
                made = await asyncpg.connect(*arguments, **({"timeout": shared.retries.connect_timeout()} | named))
            except (OSError, asyncio.TimeoutError):  # noqa: PERF203 - that is what a retry is
                failures += 1
                wait = shared.retries.wait(failures)
                if wait is None:
                    raise
                await asyncio.sleep(wait)
            else:
                shared.retries.succeeded()
                opened = getattr(getattr(made, "_transport", None), "get_extra_info", lambda _: None)("socket")
                if opened is not None:
                    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, by_policy.user_timeout_ms)
                return made

    settings: dict[str, Any] = {
        "min_size": 0,
        "max_size": options.get("max_size") or shared.share(str(dsn or options.get("host"))),
        "max_inactive_connection_lifetime": by_policy.max_idle,
        "connect": connect,
        # What create_pool fills in.
        "max_queries": 50_000,
        "loop": None,
        "connection_class": asyncpg.Connection,
        "record_class": asyncpg.Record,
    }
    return await Pool(dsn, **(settings | options))
